package measure

import "math"

// Covariance is what classical test theory asks of a sample: how many persons answered
// every item, the item means and the sample covariances (divisor N−1).
type Covariance struct {
	N    int64
	Mean []float64
	cov  []float64 // k × k, row by row
}

func newCovariance(k int) Covariance {
	return Covariance{Mean: make([]float64, k), cov: make([]float64, k*k)}
}

// Items returns the number of items.
func (c Covariance) Items() int { return len(c.Mean) }

// At returns the covariance of items i and j, the variance when they are the same.
func (c Covariance) At(i, j int) float64 { return c.cov[i*len(c.Mean)+j] }

func (c Covariance) set(i, j int, v float64) {
	c.cov[i*len(c.Mean)+j] = v
	c.cov[j*len(c.Mean)+i] = v
}

// Select returns the covariance of the items at the given places, in that order.
func (c Covariance) Select(places []int) Covariance {
	s := newCovariance(len(places))
	s.N = c.N
	for i, p := range places {
		s.Mean[i] = c.Mean[p]
		for j, q := range places {
			s.cov[i*len(places)+j] = c.At(p, q)
		}
	}
	return s
}

// Total returns the mean and the variance of the sum of all items.
func (c Covariance) Total() (mean, variance float64) {
	for _, m := range c.Mean {
		mean += m
	}
	for _, v := range c.cov {
		variance += v
	}
	return mean, variance
}

// between returns the covariance of the sums of two sets of items.
func (c Covariance) between(a, b []int) float64 {
	sum := 0.0
	for _, i := range a {
		for _, j := range b {
			sum += c.At(i, j)
		}
	}
	return sum
}

// trace returns the sum of the item variances.
func (c Covariance) trace() float64 {
	sum := 0.0
	for i := range c.Mean {
		sum += c.At(i, i)
	}
	return sum
}

// usable returns why a coefficient over at least so many items cannot be had, if so.
func (c Covariance) usable(items int) Reason {
	_, total := c.Total()
	switch {
	case c.Items() < items:
		return TooFewItems
	case c.N < 2:
		return TooFewPersons
	case math.IsNaN(total) || math.IsInf(total, 0):
		return OutOfRange
	case total <= negligible*c.trace() || total == 0:
		return NoVariance
	}
	return ""
}

// negligible is the share of the item variances below which the variance of their sum
// is rounding: items that cancel each other exactly leave a few units in the last place.
const negligible = 1e-13

// Running collects a Covariance from rows of any finite numbers in one pass and constant
// memory, updating means and co-moments as each row comes (Welford 1962; Bennett et al.
// 2009). Where marks are whole units, Moments is exact and takes rows back.
type Running struct {
	n    int64
	mean []float64
	co   []float64 // sums of products about the means, k × k
	late []float64
}

// NewRunning returns an empty collection over k items.
func NewRunning(k int) *Running {
	return &Running{mean: make([]float64, k), co: make([]float64, k*k), late: make([]float64, k)}
}

// Add counts one row. It changes nothing and returns the reason when the row is not one
// finite number per item.
func (r *Running) Add(row []float64) Reason {
	if len(row) != len(r.mean) {
		return Mismatched
	}
	for _, x := range row {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return OutOfRange
		}
	}
	r.n++
	n, k := float64(r.n), len(row)
	for i, x := range row {
		r.late[i] = x - r.mean[i]
		r.mean[i] += r.late[i] / n
	}
	for i, d := range r.late {
		d *= (n - 1) / n
		at := r.co[i*k : (i+1)*k]
		for j := i; j < k; j++ {
			at[j] += d * r.late[j]
		}
	}
	return ""
}

// Covariance returns what the rows so far amount to.
func (r *Running) Covariance() Covariance {
	k := len(r.mean)
	c := newCovariance(k)
	c.N = r.n
	copy(c.Mean, r.mean)
	if r.n < 2 {
		return c
	}
	for i := range k {
		for j := i; j < k; j++ {
			c.set(i, j, r.co[i*k+j]/float64(r.n-1))
		}
	}
	return c
}
