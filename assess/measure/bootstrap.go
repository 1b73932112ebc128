package measure

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// Draws is how often persons are resampled for a bootstrap standard error. The seed is
// fixed, so the same data give the same figure.
const (
	Draws         = 1000
	bootstrapSeed = 4
)

// bootstrap fills in the standard error of every equated score: the standard deviation
// (divisor draws − 1) over conversions made from resampled persons (Efron 1979). Draws
// that allow no conversion are left out.
func bootstrap(out []Equated, conversion func(*resampler) func(float64) Figure) {
	draw := &resampler{rand.NewPCG(bootstrapSeed, bootstrapSeed)}
	spread := make([]spread, len(out))
	for range Draws {
		convert := conversion(draw)
		for i, e := range out {
			if y := convert(e.X); y.Known() {
				spread[i].add(y.Value)
			}
		}
	}
	for i, s := range spread {
		out[i].Bootstrap = s.sd()
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

func (r *resampler) scores(s Scores) Scores {
	out := Scores{}
	values := s.Values()
	r.counts(len(values), func(i int) int64 { return s[values[i]] }, func(i int, n int64) { out[values[i]] = n })
	return out
}

func (r *resampler) anchored(a Anchored) Anchored {
	out := Anchored{}
	pairs := a.pairs()
	r.counts(len(pairs), func(i int) int64 { return a[pairs[i]] }, func(i int, n int64) { out[pairs[i]] = n })
	return out
}

func (r *resampler) counts(kinds int, count func(int) int64, keep func(int, int64)) {
	var left int64
	for i := range kinds {
		left += count(i)
	}
	todo := left
	for i := range kinds {
		c := count(i)
		if c == 0 || todo == 0 {
			continue
		}
		n := todo
		if c < left {
			n = int64(distuv.Binomial{N: float64(todo), P: float64(c) / float64(left), Src: r.source}.Rand())
		}
		left -= c
		todo -= n
		if n > 0 {
			keep(i, n)
		}
	}
}
