package measure

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// MostLevels bounds how many different marks an item may have where groups are compared.
const MostLevels = 256

// Matching counts the marks of items by matching score and side, as Matched does, but
// need not be told beforehand which marks there are.
type Matching struct {
	marks [][]float64 // per item, the marks that occur, in order of appearance
	rows  map[float64]*[2][][]int64
	N     [2]int64 // persons by side
}

// NewMatching returns empty counts of so many items.
func NewMatching(items int) *Matching {
	return &Matching{marks: make([][]float64, items), rows: map[float64]*[2][][]int64{}}
}

// Add counts a person; the matching score is the sum of all marks. It changes nothing
// and returns the reason, and the place of the item it is about, when there is not one
// finite mark per item or an item has more different marks than MostLevels.
func (m *Matching) Add(side Side, marks []float64) (at int, why Reason) {
	if len(marks) != len(m.marks) {
		return 0, Mismatched
	}
	score := 0.0
	for i, x := range marks {
		if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1e9 {
			return i, OutOfRange
		}
		if len(m.marks[i]) == MostLevels && !slices.Contains(m.marks[i], x) {
			return i, TooManyLevels
		}
		score += x
	}
	score = SumOfMarks(score)
	row := m.rows[score]
	if row == nil {
		row = &[2][][]int64{make([][]int64, len(m.marks)), make([][]int64, len(m.marks))}
		m.rows[score] = row
	}
	for i, x := range marks {
		level := slices.Index(m.marks[i], x)
		if level < 0 {
			level = len(m.marks[i])
			m.marks[i] = append(m.marks[i], x)
		}
		counts := &row[side][i]
		for len(*counts) <= level {
			*counts = append(*counts, 0)
		}
		(*counts)[level]++
	}
	m.N[side]++
	return 0, ""
}

// SumOfMarks rounds a sum to nine decimals, so that .1+.2 and .3 are one score.
func SumOfMarks(sum float64) float64 { return math.Round(sum*1e9) / 1e9 }

// Swap makes the reference side the focal one and the other way round.
func (m *Matching) Swap() {
	for _, row := range m.rows {
		row[Reference], row[Focal] = row[Focal], row[Reference]
	}
	m.N[Reference], m.N[Focal] = m.N[Focal], m.N[Reference]
}

// Item returns one item's strata, the lowest score first, and its marks, the lowest
// first, in the order of the strata's levels.
func (m *Matching) Item(i int) (strata []Stratum, marks []float64) {
	order := make([]int, len(m.marks[i]))
	for level := range order {
		order[level] = level
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(m.marks[i][a], m.marks[i][b]) })
	for _, level := range order {
		marks = append(marks, m.marks[i][level])
	}
	for _, score := range slices.Sorted(maps.Keys(m.rows)) {
		s := Stratum{Score: score}
		for side, to := range []*[]int64{&s.Reference, &s.Focal} {
			counts := m.rows[score][side][i]
			for _, level := range order {
				n := int64(0)
				if level < len(counts) {
					n = counts[level]
				}
				*to = append(*to, n)
			}
		}
		strata = append(strata, s)
	}
	return strata, marks
}
