package measure

import (
	"math"
	"sort"
)

// Equated is a score of the new form X with its equivalent on the old form Y.
type Equated struct {
	X         float64
	Y         Figure
	Bootstrap Figure // standard error over resampled persons
	Delta     Figure // standard error by the delta method
}

// Line is a linear conversion from X to Y.
type Line struct{ Slope, Intercept Figure }

// At converts x.
func (l Line) At(x float64) Figure {
	if why := firstReason(l.Slope, l.Intercept); why != "" {
		return unknown(why)
	}
	return known(l.Slope.Value*x + l.Intercept.Value)
}

// Linear gives X and Y, taken by random groups of the same population, the same mean and
// SD: y = μ_Y + σ_Y/σ_X·(x − μ_X) (Kolen & Brennan 2014, 2.3).
func Linear(x, y Scores) Line { return lineBetween(x.moments(), y.moments()) }

func lineBetween(x, y centralMoments) Line {
	switch {
	case x.n < 2 || y.n < 2:
		return Line{unknown(TooFewPersons), unknown(TooFewPersons)}
	case x.variance <= 0 || y.variance <= 0:
		return Line{unknown(NoVariance), unknown(NoVariance)}
	}
	slope := math.Sqrt(y.variance / x.variance)
	return Line{known(slope), known(y.mean - slope*x.mean)}
}

// EquateLinear converts every score in at, with standard errors. By the delta method
// (Braun & Holland 1982; Kolen & Brennan 2014, 7.3) the variance, with z = (x−μ_X)/σ_X, is
// σ_Y²·{1/n_X + 1/n_Y + (sk_X/n_X + sk_Y/n_Y)·z + ((ku_X−1)/4n_X + (ku_Y−1)/4n_Y)·z²}.
func EquateLinear(x, y Scores, at []float64) []Equated {
	from, to := x.distribution(), y.distribution()
	mx, my := from.moments(), to.moments()
	line := lineBetween(mx, my)
	out := make([]Equated, len(at))
	for i, score := range at {
		y := line.At(score)
		out[i] = Equated{score, y, y, y}
		if y.Known() {
			z := (score - mx.mean) / math.Sqrt(mx.variance)
			out[i].Delta = known(math.Sqrt(my.variance * (mx.lineError(z) + my.lineError(z))))
		}
	}
	bootstrap(out, func(draw resampler) func(float64) Figure {
		return lineBetween(draw.from(from).moments(), draw.from(to).moments()).At
	})
	return out
}

func (m centralMoments) lineError(z float64) float64 {
	return max(0, 1+m.skewness*z+(m.kurtosis-1)/4*z*z) / m.n
}

// EquateEquipercentile converts every score in at to the score of Y with the same
// percentile rank, both forms having whole-number scores taken by random groups, each
// score spread evenly over its unit (Kolen & Brennan 2014, 2.5). The delta method is
// Lord's (1982; Kolen & Brennan 2014, 7.3).
func EquateEquipercentile(x, y Scores, at []float64) []Equated {
	out := make([]Equated, len(at))
	dx, dy := x.distribution(), y.distribution()
	from, why := newLadder(dx)
	to, whyY := newLadder(dy)
	if why == "" {
		why = whyY
	}
	for i, score := range at {
		out[i] = Equated{X: score}
		if why != "" {
			out[i].Y, out[i].Bootstrap, out[i].Delta = unknown(why), unknown(why), unknown(why)
			continue
		}
		p := from.rank(score)
		out[i].Y, out[i].Delta = to.score(p), to.deltaError(p, from.n)
	}
	if why != "" {
		return out
	}
	bootstrap(out, func(draw resampler) func(float64) Figure {
		from, _ := newLadder(draw.from(dx))
		to, _ := newLadder(draw.from(dy))
		return func(score float64) Figure { return to.score(from.rank(score)) }
	})
	return out
}

// ladder is a distribution of whole-number scores, a rung for each from the lowest that
// occurs to the highest.
type ladder struct {
	n     float64
	first float64
	upTo  []float64 // how many persons are on each rung or below it
}

// longestLadder bounds the range of whole-number scores; no test has a hundred thousand
// points, and every draw of the bootstrap builds its ladders anew.
const longestLadder = 100_000

func newLadder(d distribution) (ladder, Reason) {
	var l ladder
	for i, v := range d.values {
		switch {
		case v != math.Trunc(v):
			return ladder{}, NotWhole
		case d.counts[i] == 0:
			continue
		case len(l.upTo) == 0:
			l.first = v
		case v-l.first >= longestLadder:
			return ladder{}, OutOfRange
		}
		for l.first+float64(len(l.upTo)) < v {
			l.upTo = append(l.upTo, l.n)
		}
		l.n += float64(d.counts[i])
		l.upTo = append(l.upTo, l.n)
	}
	if l.n == 0 {
		return ladder{}, TooFewPersons
	}
	return l, ""
}

// before returns the count below rung i.
func (l ladder) before(i int) float64 {
	if i == 0 {
		return 0
	}
	return l.upTo[i-1]
}

// rank returns the share of persons below x, who are spread evenly around each score.
func (l ladder) rank(x float64) float64 {
	place := x - l.first + .5
	i := int(math.Floor(place))
	switch {
	case place <= 0:
		return 0
	case i >= len(l.upTo):
		return 1
	}
	below := l.before(i)
	return (below + (place-float64(i))*(l.upTo[i]-below)) / l.n
}

// score is the inverse of rank. Where nobody has the scores that would do, it is the
// middle of the gap; beyond the ends it is half a point past the last score.
func (l ladder) score(p float64) Figure {
	if l.n == 0 {
		return unknown(TooFewPersons)
	}
	up, down := l.rungAbove(p), l.rungBelow(p)
	return known((l.solve(up, p) + l.solve(down, p)) / 2)
}

// rungAbove is the first rung whose count up to it exceeds share p, rungBelow the first
// that reaches it; they differ where a gap in the scores holds nobody.
func (l ladder) rungAbove(p float64) int {
	return l.lowest(func(c float64) bool { return c > p*l.n*(1+1e-15) })
}

func (l ladder) rungBelow(p float64) int {
	return l.lowest(func(c float64) bool { return c >= p*l.n*(1-1e-15) && c > 0 })
}

// lowest returns the first rung whose count is enough, or else the last.
func (l ladder) lowest(enough func(count float64) bool) int {
	i := sort.Search(len(l.upTo), func(i int) bool { return enough(l.upTo[i]) })
	return min(i, len(l.upTo)-1)
}

// solve returns the score within rung i below which share p lies.
func (l ladder) solve(i int, p float64) float64 {
	below := l.before(i)
	within := (p*l.n - below) / (l.upTo[i] - below)
	return l.first + float64(i) - .5 + max(0, min(1, within))
}

// deltaError is the standard error at share p when nX persons took the other form.
func (l ladder) deltaError(p, nX float64) Figure {
	i := l.rungAbove(p)
	below, upTo := l.before(i)/l.n, l.upTo[i]/l.n
	density := upTo - below
	if density <= 0 || p <= 0 || p >= 1 {
		return unknown(ZeroCells)
	}
	v := p*(1-p)*(nX+l.n)/(nX*l.n) - max(0, upTo-p)*max(0, p-below)/(l.n*density)
	return known(math.Sqrt(max(0, v)) / density)
}
