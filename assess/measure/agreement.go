package measure

import (
	"cmp"
	"math"
	"slices"
)

// Concordance is Kendall's coefficient of concordance among raters.
type Concordance struct {
	W, WTies Figure // uncorrected, and corrected for ties
	Chi2, P  Figure // m(n−1)·WTies with n−1 degrees of freedom
}

// KendallW compares how m raters rank n objects (Kendall & Babington Smith 1939); rows
// are objects, columns raters, ties share their mean rank. With S the sum of squared
// deviations of the rank sums, W = 12S / (m²(n³−n)); corrected for ties the divisor is
// m²(n³−n) − m·Σ(t³−t) over all ties of t objects.
func KendallW(ratings [][]float64) Concordance {
	if why := rectangular(ratings); why != "" {
		u := unknown(why)
		return Concordance{u, u, u, u}
	}
	n, m := float64(len(ratings)), float64(len(ratings[0]))
	sums := make([]float64, len(ratings))
	ties := 0.0
	for j := range ratings[0] {
		column := make([]float64, len(ratings))
		for i := range ratings {
			column[i] = ratings[i][j]
		}
		ranks, tied := rank(column)
		for i, r := range ranks {
			sums[i] += r
		}
		ties += tied
	}
	s, middle := 0.0, m*(n+1)/2
	for _, r := range sums {
		s += (r - middle) * (r - middle)
	}
	all := m * m * (n*n*n - n)
	c := Concordance{W: known(12 * s / all)}
	if all <= m*ties {
		u := unknown(AllTied)
		c.WTies, c.Chi2, c.P = u, u, u
		return c
	}
	c.WTies = known(12 * s / (all - m*ties))
	c.Chi2, c.P = chiSquare(m*(n-1)*c.WTies.Value, n-1)
	return c
}

// rectangular returns why ratings cannot be compared, if so: at least two objects, two
// raters, and a finite number from each rater for each object.
func rectangular(ratings [][]float64) Reason {
	if len(ratings) < 2 {
		return TooFewPersons
	}
	for _, row := range ratings {
		if len(row) != len(ratings[0]) {
			return Mismatched
		}
		for _, x := range row {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return OutOfRange
			}
		}
	}
	if len(ratings[0]) < 2 {
		return TooFewRaters
	}
	return ""
}

// rank returns mean ranks, 1 the lowest, and Σ(t³−t) over the ties.
func rank(values []float64) (ranks []float64, ties float64) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks = make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+to+1) / 2
		}
		t := float64(to - from)
		ties += t*t*t - t
		from = to
	}
	return ranks, ties
}

// Intraclass are the six coefficients of Shrout & Fleiss 1979. The first number says how
// raters meet objects (1: other raters for each object; 2: the same raters, a sample of
// many; 3: these raters only), the second whether one rating or the mean of k is used.
type Intraclass struct{ ICC11, ICC21, ICC31, ICC1k, ICC2k, ICC3k Figure }

// ICC computes them from the two-way analysis of variance with one rating per cell; rows
// are objects, columns raters. B, W, J and E are the mean squares between objects, within
// objects, between raters and of the residual.
func ICC(ratings [][]float64) Intraclass {
	if why := rectangular(ratings); why != "" {
		u := unknown(why)
		return Intraclass{u, u, u, u, u, u}
	}
	rows, columns := len(ratings), len(ratings[0])
	n, k := float64(rows), float64(columns)
	origin := ratings[0][0] // so that equal ratings are exactly 0
	grand := 0.0
	rowMean, columnMean := make([]float64, rows), make([]float64, columns)
	for i, row := range ratings {
		for j, x := range row {
			x -= origin
			rowMean[i] += x / k
			columnMean[j] += x / n
			grand += x / (n * k)
		}
	}
	var between, judges, residual float64
	for i, row := range ratings {
		between += k * square(rowMean[i]-grand)
		for j, x := range row {
			residual += square(x - origin - rowMean[i] - columnMean[j] + grand)
		}
	}
	for _, m := range columnMean {
		judges += n * square(m-grand)
	}
	for _, sum := range []*float64{&between, &judges, &residual} {
		if *sum <= negligible*(between+judges+residual) {
			*sum = 0
		}
	}
	w := (judges + residual) / (n * (k - 1))
	b := between / (n - 1)
	j := judges / (k - 1)
	e := residual / ((n - 1) * (k - 1))
	return Intraclass{
		ICC11: share(b-w, b+(k-1)*w),
		ICC21: share(b-e, b+(k-1)*e+k*(j-e)/n),
		ICC31: share(b-e, b+(k-1)*e),
		ICC1k: share(b-w, b),
		ICC2k: share(b-e, b+(j-e)/n),
		ICC3k: share(b-e, b),
	}
}

func square(x float64) float64 { return x * x }

func share(part, whole float64) Figure {
	if whole <= 0 {
		return unknown(NoVariance)
	}
	return known(part / whole)
}

// Panel is what a panel of experts says of one object.
type Panel struct {
	N          int
	Median, SD Figure
}

// PanelOf summarizes one object's ratings.
func PanelOf(ratings []float64) Panel {
	s := Scores{}
	for _, x := range ratings {
		if why := s.Add(x, 1); why != "" {
			return Panel{len(ratings), unknown(why), unknown(why)}
		}
	}
	if len(ratings) == 1 {
		return Panel{1, s.Median(), unknown(TooFewRaters)}
	}
	return Panel{len(ratings), s.Median(), s.SD()}
}
