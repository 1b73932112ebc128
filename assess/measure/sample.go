package measure

import (
	"math"
	"math/bits"
	"slices"
)

// Sample collects a Covariance from rows of any finite numbers in one pass and constant
// memory, in the cheapest way the rows so far allow: bit planes while every mark is a
// whole number of 0 to 255, exact sums of products while they are whole at all, running
// co-moments (Running) from the first that is not.
type Sample struct {
	limits  []int64 // per item, the largest mark the planes at hand hold
	planes  *Sliced
	exact   Moments // all that is no longer in planes
	running *Running
	small   []uint8
	whole   []int64
}

// NewSample returns an empty collection over k items.
func NewSample(k int) *Sample {
	s := &Sample{
		limits: slices.Repeat([]int64{1}, k),
		exact:  NewMoments(slices.Repeat([]int64{1}, k)),
		small:  make([]uint8, k),
		whole:  make([]int64, k),
	}
	s.slice()
	return s
}

// slice begins new planes.
func (s *Sample) slice() {
	s.planes, _ = NewSliced(slices.Clone(s.limits)) // limits are 1 to 255
}

// Add counts one row. It changes nothing and returns the reason when the row is not one
// finite number per item.
func (s *Sample) Add(row []float64) Reason {
	if len(row) != len(s.limits) {
		return Mismatched
	}
	if s.running != nil {
		return s.running.Add(row)
	}
	small, whole, grown := true, true, false
	for i, x := range row {
		switch n := int64(x); {
		case math.IsNaN(x) || math.IsInf(x, 0):
			return OutOfRange
		case float64(n) != x || n > MaxMark || n < -MaxMark:
			whole = false
		case n < 0 || n > math.MaxUint8:
			small = false
			s.whole[i] = n
		default:
			grown = grown || n > s.limits[i]
			s.whole[i] = n
			s.small[i] = uint8(n)
		}
	}
	switch {
	case !whole:
		s.float()
		return s.running.Add(row)
	case !small:
		return s.exact.Add(s.whole)
	case grown:
		s.settle()
		for i, n := range s.whole {
			s.limits[i] = max(s.limits[i], 1<<bits.Len64(uint64(n))-1)
		}
		s.slice()
	}
	return s.planes.Add(s.small)
}

// settle moves what the planes counted to the exact sums.
func (s *Sample) settle() {
	m := s.planes.Moments()
	m.Units = s.exact.Units // the planes' limits bound marks; they are not what a full mark counts
	s.exact.Merge(m)
	s.slice()
}

// float goes on with running co-moments.
func (s *Sample) float() {
	s.settle()
	s.running = runningFrom(s.exact.Covariance())
}

// Covariance returns what the rows so far amount to; more may be added after.
func (s *Sample) Covariance() Covariance {
	if s.running != nil {
		return s.running.Covariance()
	}
	s.settle()
	return s.exact.Covariance()
}

// runningFrom goes on where a covariance ends.
func runningFrom(c Covariance) *Running {
	k := c.Items()
	r := NewRunning(k)
	r.n = c.N
	copy(r.mean, c.Mean)
	for i := range k {
		for j := i; j < k; j++ {
			r.co[i*k+j] = c.At(i, j) * float64(max(0, c.N-1))
		}
	}
	return r
}
