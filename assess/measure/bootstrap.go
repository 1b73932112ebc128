package measure

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Draws is how often persons are resampled for a bootstrap standard error. The seed is
// fixed, so the same data give the same figure.
const (
	Draws         = 1000
	bootstrapSeed = 4
)

// bootstrap fills in the standard error of every equated score: the standard deviation
// (divisor draws − 1) over conversions made from resampled persons (Efron 1979). Scores
// without an equivalent keep their reason; draws that allow no conversion are left out.
func bootstrap(out []Equated, conversion func(resampler) func(float64) Figure) {
	if !slices.ContainsFunc(out, func(e Equated) bool { return e.Y.Known() }) {
		return
	}
	draw := resampler{rand.NewPCG(bootstrapSeed, bootstrapSeed)}
	spreads := make([]spread, len(out))
	for range Draws {
		convert := conversion(draw)
		for i, e := range out {
			if y := convert(e.X); y.Known() {
				spreads[i].add(y.Value)
			}
		}
	}
	for i, s := range spreads {
		if out[i].Y.Known() {
			out[i].Bootstrap = s.sd()
		}
	}
}

// spread follows the mean and the squared deviations of a stream of numbers.
type spread struct{ n, mean, squares float64 }

func (s *spread) add(x float64) {
	s.n++
	d := x - s.mean
	s.mean += d / s.n
	s.squares += d * (x - s.mean)
}

func (s spread) sd() Figure {
	if s.n < 2 {
		return unknown(TooFewPersons)
	}
	return known(math.Sqrt(s.squares / (s.n - 1)))
}

// resampler draws as many persons as there are, with replacement. Persons with the same
// scores are alike, so the draw is of counts: each in turn is binomial among what is left.
type resampler struct{ source rand.Source }

func (r resampler) from(d distribution) distribution {
	return distribution{d.values, r.counts(d.counts)}
}

func (r resampler) fromJoint(j joint) joint { return joint{j.pairs, r.counts(j.counts)} }

func (r resampler) counts(of []int64) []int64 {
	drawn := make([]int64, len(of))
	left := sum(of)
	todo := left
	for i, c := range of {
		switch {
		case c == 0 || todo == 0:
		case c == left:
			drawn[i] = todo
		default:
			drawn[i] = int64(distuv.Binomial{N: float64(todo), P: float64(c) / float64(left), Src: r.source}.Rand())
		}
		left -= c
		todo -= drawn[i]
	}
	return drawn
}
