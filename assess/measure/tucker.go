package measure

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Anchored counts how many persons of one group have each pair of form score and anchor
// score, in that order.
type Anchored map[[2]float64]int64

// Add counts n persons, or takes them back when n is negative.
func (a Anchored) Add(form, anchor float64, n int64) Reason {
	at := [2]float64{form, anchor}
	switch {
	case math.IsNaN(form+anchor) || math.IsInf(form, 0) || math.IsInf(anchor, 0):
		return OutOfRange
	case a[at]+n < 0:
		return BadCounts
	case a[at]+n == 0:
		delete(a, at)
	default:
		a[at] += n
	}
	return ""
}

// joint is Anchored in order, so that sums round alike on every run.
type joint struct {
	pairs  [][2]float64
	counts []int64
}

func (a Anchored) joint() joint {
	j := joint{pairs: slices.SortedFunc(maps.Keys(a), func(p, q [2]float64) int {
		return cmp.Or(cmp.Compare(p[0], q[0]), cmp.Compare(p[1], q[1]))
	})}
	for _, p := range j.pairs {
		j.counts = append(j.counts, a[p])
	}
	return j
}

// AnchorMoments are a group's means, variances and covariance (divisor N) of form and
// anchor.
type AnchorMoments struct {
	N                  float64
	Form, Anchor       float64
	VarForm, VarAnchor float64
	Covariance         float64
}

// Moments returns the group's moments.
func (a Anchored) Moments() AnchorMoments { return a.joint().moments() }

func (j joint) moments() AnchorMoments {
	m := AnchorMoments{N: float64(sum(j.counts))}
	if m.N == 0 {
		return m
	}
	origin := j.pairs[0] // so that equal scores have no variance at all
	for i, p := range j.pairs {
		share := float64(j.counts[i]) / m.N
		m.Form += share * (p[0] - origin[0])
		m.Anchor += share * (p[1] - origin[1])
	}
	m.Form += origin[0]
	m.Anchor += origin[1]
	for i, p := range j.pairs {
		share, x, v := float64(j.counts[i])/m.N, p[0]-m.Form, p[1]-m.Anchor
		m.VarForm += share * x * x
		m.VarAnchor += share * v * v
		m.Covariance += share * x * v
	}
	return m
}

// Tucker converts X, taken by one group, to Y, taken by another that need not be alike,
// by way of an anchor both took (Gulliksen 1950; Kolen & Brennan 2014, 4.1). It supposes
// that regressions of form on anchor are the same in both groups and gives the forms the
// same mean and SD in the population made of both with weights N₁/(N₁+N₂) and
// N₂/(N₁+N₂). With γ the regression slopes and d the difference of the anchor means:
//
//	μ(X) = μ₁(X) − w₂γ₁d        σ²(X) = σ₁²(X) − w₂γ₁²(σ₁²(V)−σ₂²(V)) + w₁w₂γ₁²d²
//	μ(Y) = μ₂(Y) + w₁γ₂d        σ²(Y) = σ₂²(Y) + w₁γ₂²(σ₁²(V)−σ₂²(V)) + w₁w₂γ₂²d²
func Tucker(x, y AnchorMoments) Line {
	if x.N < 2 || y.N < 2 {
		return Line{unknown(TooFewPersons), unknown(TooFewPersons)}
	}
	return TuckerWeighted(x, y, x.N/(x.N+y.N))
}

// TuckerWeighted is Tucker with another weight, between 0 and 1, for the group that took X.
func TuckerWeighted(x, y AnchorMoments, w1 float64) Line {
	if x.VarAnchor <= 0 || y.VarAnchor <= 0 {
		return Line{unknown(NoVariance), unknown(NoVariance)}
	}
	w2 := 1 - w1
	g1, g2 := x.Covariance/x.VarAnchor, y.Covariance/y.VarAnchor
	d, dVar := x.Anchor-y.Anchor, x.VarAnchor-y.VarAnchor
	return lineBetween(
		centralMoments{
			n:        x.N,
			mean:     x.Form - w2*g1*d,
			variance: x.VarForm - w2*g1*g1*dVar + w1*w2*g1*g1*d*d,
		},
		centralMoments{
			n:        y.N,
			mean:     y.Form + w1*g2*d,
			variance: y.VarForm + w1*g2*g2*dVar + w1*w2*g2*g2*d*d,
		},
	)
}

// EquateTucker converts every score in at, with standard errors. The delta method takes
// the derivative of the converted score by each of the ten moments numerically and the
// sampling covariance of the moments from the persons (Kolen & Brennan 2014, 7.3): the
// variance is that of each person's influence, over N, added over the groups.
func EquateTucker(x, y Anchored, at []float64) []Equated {
	from, to := x.joint(), y.joint()
	mx, my := from.moments(), to.moments()
	line := Tucker(mx, my)
	out := make([]Equated, len(at))
	for i, score := range at {
		y := line.At(score)
		out[i] = Equated{score, y, y, y}
		if y.Known() {
			out[i].Delta = tuckerError(from, to, mx, my, score)
		}
	}
	bootstrap(out, func(draw resampler) func(float64) Figure {
		return Tucker(draw.fromJoint(from).moments(), draw.fromJoint(to).moments()).At
	})
	return out
}

func tuckerError(x, y joint, mx, my AnchorMoments, score float64) Figure {
	byX, why := mx.slopes(func(m AnchorMoments) Figure { return Tucker(m, my).At(score) })
	if why != "" {
		return unknown(why)
	}
	byY, why := my.slopes(func(m AnchorMoments) Figure { return Tucker(mx, m).At(score) })
	if why != "" {
		return unknown(why)
	}
	return known(math.Sqrt(x.influence(mx, byX)/mx.N + y.influence(my, byY)/my.N))
}

// slopes returns the derivatives of f by the five moments, by central differences.
func (m AnchorMoments) slopes(f func(AnchorMoments) Figure) (by [5]float64, why Reason) {
	for i := range by {
		up, down := m, m
		scale := []float64{math.Sqrt(m.VarForm), math.Sqrt(m.VarAnchor), m.VarForm, m.VarAnchor, math.Sqrt(m.VarForm * m.VarAnchor)}[i]
		h := 1e-5 * scale
		*up.moment(i) += h
		*down.moment(i) -= h
		high, low := f(up), f(down)
		if why := firstReason(high, low); why != "" {
			return by, why
		}
		by[i] = (high.Value - low.Value) / (2 * h)
	}
	return by, ""
}

func (m *AnchorMoments) moment(i int) *float64 {
	return []*float64{&m.Form, &m.Anchor, &m.VarForm, &m.VarAnchor, &m.Covariance}[i]
}

// influence is the variance over persons of what one person adds to the moments, weighed
// by the derivatives.
func (j joint) influence(m AnchorMoments, by [5]float64) float64 {
	sum := 0.0
	for i, p := range j.pairs {
		x, v := p[0]-m.Form, p[1]-m.Anchor
		one := by[0]*x + by[1]*v + by[2]*(x*x-m.VarForm) + by[3]*(v*v-m.VarAnchor) + by[4]*(x*v-m.Covariance)
		sum += float64(j.counts[i]) / m.N * one * one
	}
	return sum
}
