package measure

import (
	"maps"
	"slices"
)

// Side is the group a person belongs to when an item's fairness is asked about.
type Side int

// The two sides of a comparison.
const (
	Reference Side = iota
	Focal
)

// Matched counts the marks of a form's items by matching score and side. It is integers
// only, so shards add up and an erased person is taken back out.
type Matched struct {
	levels []int
	limits limits
	most   int                   // levels of any item; each has as many places in a row
	rows   map[int64]*[2][]int64 // by score, then by side
}

// NewMatched returns empty counts of items with so many mark levels each, 0 the lowest.
func NewMatched(levels []int) Matched {
	m := Matched{levels: slices.Clone(levels), rows: map[int64]*[2][]int64{}}
	var highest []uint8
	for _, n := range levels {
		m.most = max(m.most, n)
		highest = append(highest, uint8(min(n-1, 255)))
	}
	if slices.ContainsFunc(levels, func(n int) bool { return n < 1 }) {
		return m // an item without a level takes no mark, and so nobody is counted
	}
	m.limits = newLimits(highest)
	return m
}

// Add counts a person with the given matching score, which includes every item, and
// side, whose marks are at the given levels.
func (m Matched) Add(score int64, side Side, marks []uint8) Reason {
	row, why := m.row(score, side, marks)
	if why != "" {
		return why
	}
	at := 0
	for _, level := range marks {
		row[at+int(level)]++
		at += m.most
	}
	return ""
}

// Remove takes back what Add counted.
func (m Matched) Remove(score int64, side Side, marks []uint8) Reason {
	row, why := m.row(score, side, marks)
	if why != "" {
		return why
	}
	for i, level := range marks {
		if row[i*m.most+int(level)] == 0 {
			return BadCounts
		}
	}
	for i, level := range marks {
		row[i*m.most+int(level)]--
	}
	return ""
}

// Merge adds the persons of another shard.
func (m Matched) Merge(o Matched) Reason {
	if !slices.Equal(m.levels, o.levels) {
		return Mismatched
	}
	for score, sides := range o.rows {
		to := m.sides(score)
		for side, row := range sides {
			for i, n := range row {
				to[side][i] += n
			}
		}
	}
	return ""
}

func (m Matched) row(score int64, side Side, marks []uint8) ([]int64, Reason) {
	if why := m.limits.check(marks); why != "" {
		return nil, why
	}
	if side != Reference && side != Focal {
		return nil, OutOfRange
	}
	return m.sides(score)[side], ""
}

func (m Matched) sides(score int64) *[2][]int64 {
	at := m.rows[score]
	if at == nil {
		at = &[2][]int64{make([]int64, m.limits.items*m.most), make([]int64, m.limits.items*m.most)}
		m.rows[score] = at
	}
	return at
}

// Stratum is the persons of one matching score: how many of each side reached each
// mark level.
type Stratum struct {
	Score            float64
	Reference, Focal []int64
}

// Strata returns one item's counts from the lowest score that occurs to the highest.
func (m Matched) Strata(item int) []Stratum {
	if item < 0 || item >= len(m.levels) {
		return nil
	}
	from := item * m.most
	to := from + m.levels[item]
	var out []Stratum
	for _, score := range slices.Sorted(maps.Keys(m.rows)) {
		at := m.rows[score]
		s := Stratum{float64(score), slices.Clone(at[Reference][from:to]), slices.Clone(at[Focal][from:to])}
		if sum(s.Reference)+sum(s.Focal) > 0 {
			out = append(out, s)
		}
	}
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
