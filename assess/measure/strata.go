package measure

import "slices"

// Side is the group a person belongs to when an item's fairness is asked about.
type Side int

// The two sides of a comparison.
const (
	Reference Side = iota
	Focal
)

// Matched counts one item's marks by matching score, side and mark level. It is integers
// only, so shards add up and an erased person is taken back out.
type Matched struct {
	levels int
	counts map[int64]*[2][]int64
}

// NewMatched returns an empty table of an item with so many mark levels, 0 the lowest.
func NewMatched(levels int) Matched {
	return Matched{levels, map[int64]*[2][]int64{}}
}

// Add counts a person with the given matching score, side and mark level. The score
// includes the item itself.
func (m Matched) Add(score int64, side Side, level int) Reason {
	return m.count(score, side, level, 1)
}

// Remove takes back what Add counted.
func (m Matched) Remove(score int64, side Side, level int) Reason {
	return m.count(score, side, level, -1)
}

// Merge adds the persons of another shard.
func (m Matched) Merge(o Matched) Reason {
	if m.levels != o.levels {
		return Mismatched
	}
	for score, sides := range o.counts {
		for side, levels := range sides {
			for level, n := range levels {
				m.count(score, Side(side), level, n)
			}
		}
	}
	return ""
}

func (m Matched) count(score int64, side Side, level int, by int64) Reason {
	if level < 0 || level >= m.levels || side != Reference && side != Focal {
		return OutOfRange
	}
	at := m.counts[score]
	if at == nil {
		at = &[2][]int64{make([]int64, m.levels), make([]int64, m.levels)}
		m.counts[score] = at
	}
	if at[side][level]+by < 0 {
		return BadCounts
	}
	at[side][level] += by
	return ""
}

// Stratum is the persons of one matching score: how many of each side reached each
// mark level.
type Stratum struct {
	Score            float64
	Reference, Focal []int64
}

// Strata returns the counts from the lowest score to the highest.
func (m Matched) Strata() []Stratum {
	out := make([]Stratum, 0, len(m.counts))
	for score, at := range m.counts {
		out = append(out, Stratum{float64(score), slices.Clone(at[Reference]), slices.Clone(at[Focal])})
	}
	slices.SortFunc(out, func(a, b Stratum) int {
		if a.Score < b.Score {
			return -1
		}
		return 1
	})
	return out
}

// Table returns the stratum as a two-by-two table: the highest level is right, every
// other wrong.
func (s Stratum) Table() Table {
	right := func(levels []int64) (right, wrong int64) {
		for level, n := range levels {
			if level == len(levels)-1 {
				right = n
			} else {
				wrong += n
			}
		}
		return right, wrong
	}
	var t Table
	t.A, t.B = right(s.Reference)
	t.C, t.D = right(s.Focal)
	return t
}
