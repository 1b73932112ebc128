package measure

import (
	"maps"
	"math"
	"slices"
)

// Scores counts how many persons have each score. Counts add up over shards, and scores
// are counted, not binned, so medians and percentiles are exact.
type Scores map[float64]int64

// Add counts n persons with score x, or takes them back when n is negative.
func (s Scores) Add(x float64, n int64) Reason {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return OutOfRange
	case s[x]+n < 0:
		return BadCounts
	case s[x]+n == 0:
		delete(s, x)
	default:
		s[x] += n
	}
	return ""
}

// Merge adds the persons of another shard.
func (s Scores) Merge(o Scores) {
	for x, n := range o {
		s[x] += n
	}
}

// Values returns the scores that occur, lowest first.
func (s Scores) Values() []float64 { return slices.Sorted(maps.Keys(s)) }

// N returns the number of persons.
func (s Scores) N() int64 {
	var n int64
	for _, c := range s {
		n += c
	}
	return n
}

// Mean returns the mean score.
func (s Scores) Mean() Figure {
	m := s.moments()
	if m.n == 0 {
		return unknown(TooFewPersons)
	}
	return known(m.mean)
}

// SD returns the standard deviation with divisor N−1.
func (s Scores) SD() Figure {
	m := s.moments()
	if m.n < 2 {
		return unknown(TooFewPersons)
	}
	return known(math.Sqrt(m.variance * m.n / (m.n - 1)))
}

// Median returns the middle score, for an even number of persons the mean of the two.
func (s Scores) Median() Figure {
	n := s.N()
	if n == 0 {
		return unknown(TooFewPersons)
	}
	values := s.Values()
	at := func(rank int64) float64 {
		i := 0
		for below := s[values[0]]; below <= rank; below += s[values[i]] {
			i++
		}
		return values[i]
	}
	low, high := at((n-1)/2), at(n/2)
	return known(low + (high-low)/2)
}

// Above returns how many persons score strictly above x.
func (s Scores) Above(x float64) int64 {
	var n int64
	for v, c := range s {
		if v > x {
			n += c
		}
	}
	return n
}

// centralMoments are count, mean and the central moments with divisor N.
type centralMoments struct{ n, mean, variance, skewness, kurtosis float64 }

func (s Scores) moments() centralMoments { return s.distribution().moments() }

// distribution is Scores in order, so that sums round alike on every run.
type distribution struct {
	values []float64
	counts []int64
}

func (s Scores) distribution() distribution {
	d := distribution{values: s.Values()}
	for _, x := range d.values {
		d.counts = append(d.counts, s[x])
	}
	return d
}

func (d distribution) moments() centralMoments {
	m := centralMoments{n: float64(sum(d.counts))}
	if m.n == 0 {
		return m
	}
	origin := d.values[0] // so that equal scores have no variance at all
	for i, x := range d.values {
		m.mean += (x - origin) * (float64(d.counts[i]) / m.n)
	}
	m.mean += origin
	var third, fourth float64
	for i, x := range d.values {
		gap, share := x-m.mean, float64(d.counts[i])/m.n
		m.variance += share * gap * gap
		third += share * gap * gap * gap
		fourth += share * gap * gap * gap * gap
	}
	if m.variance > 0 {
		m.skewness = third / math.Pow(m.variance, 1.5)
		m.kurtosis = fourth / (m.variance * m.variance)
	}
	return m
}
