package measure

import (
	"math/big"
	"slices"
)

// MaxMark bounds a mark in Moments: products of two then stay below 2³⁰, and the sums
// of as many persons as there are on Earth below 2⁶³.
const MaxMark = 1 << 15

// Moments are the sufficient statistics of classical test theory over persons who
// answered every item: how many they are, the sum of each item's marks and the sums of
// the products of two. All are integers, so shards add up, an erased person is taken
// back out, and a recount gives the same numbers to the last digit.
//
// A mark is counted in its item's own unit: 2 where Units is 3 stands for 2/3.
type Moments struct {
	Units    []int64 // per item, what a full mark counts
	N        int64
	Sums     []int64
	Products []int64 // the upper triangle row by row: 0·0, 0·1, … 0·k−1, 1·1, …
}

// NewMoments returns empty moments of items with the given units.
func NewMoments(units []int64) Moments {
	k := len(units)
	return Moments{
		Units:    slices.Clone(units),
		Sums:     make([]int64, k),
		Products: make([]int64, k*(k+1)/2),
	}
}

// Add counts one person's marks. It changes nothing and returns the reason when they
// are not one per item or one is larger than MaxMark.
func (m *Moments) Add(marks []int64) Reason { return m.count(marks, 1) }

// Remove takes back what Add counted.
func (m *Moments) Remove(marks []int64) Reason {
	if m.N == 0 {
		return BadCounts
	}
	return m.count(marks, -1)
}

func (m *Moments) count(marks []int64, by int64) Reason {
	if len(marks) != len(m.Units) {
		return Mismatched
	}
	for _, x := range marks {
		if x > MaxMark || x < -MaxMark {
			return OutOfRange
		}
	}
	m.N += by
	at := 0
	for i, x := range marks {
		x *= by
		m.Sums[i] += x
		for _, y := range marks[i:] {
			m.Products[at] += x * y
			at++
		}
	}
	return ""
}

// Merge adds the persons of another shard.
func (m *Moments) Merge(o Moments) Reason { return m.combine(o, 1) }

// Subtract takes back what Merge added.
func (m *Moments) Subtract(o Moments) Reason {
	if o.N > m.N {
		return BadCounts
	}
	return m.combine(o, -1)
}

func (m *Moments) combine(o Moments, by int64) Reason {
	if !slices.Equal(m.Units, o.Units) {
		return Mismatched
	}
	m.N += by * o.N
	for i, s := range o.Sums {
		m.Sums[i] += by * s
	}
	for i, p := range o.Products {
		m.Products[i] += by * p
	}
	return ""
}

// Covariance returns means and sample covariances, each the float nearest to the exact
// fraction (N·Σxy − Σx·Σy) / (N·(N−1)·units).
func (m Moments) Covariance() Covariance {
	k := len(m.Units)
	c := newCovariance(k)
	c.N = m.N
	if m.N == 0 || slices.ContainsFunc(m.Units, func(u int64) bool { return u <= 0 }) {
		return c
	}
	at := 0
	for i := range k {
		c.Mean[i] = quotient(big.NewInt(m.Sums[i]), m.N, m.Units[i])
		for j := i; j < k; j++ {
			if m.N > 1 {
				above := product(m.N, m.Products[at])
				above.Sub(above, product(m.Sums[i], m.Sums[j]))
				c.set(i, j, quotient(above, m.N, m.N-1, m.Units[i], m.Units[j]))
			}
			at++
		}
	}
	return c
}

func product(factors ...int64) *big.Int {
	p := big.NewInt(1)
	for _, f := range factors {
		p.Mul(p, big.NewInt(f))
	}
	return p
}

func quotient(above *big.Int, below ...int64) float64 {
	v, _ := new(big.Rat).SetFrac(above, product(below...)).Float64()
	return v
}
