package main

import (
	"fmt"
	"slices"

	"github.com/fourfold/fourfold/assess/measure"
)

// scoring says where the score of a row is found: in a column named score, in the only
// column, or else it is the sum of all. A column named count says how many persons a
// row stands for.
type scoring struct {
	places []int
	count  int // -1 where every row is one person
	anchor int // -1 without one
}

// scoring looks for the columns; anchor names one more, or none.
func (t *table) scoring(anchor string, except []string) (s scoring, err error) {
	s.count, s.anchor = -1, -1
	if anchor != "" {
		at, ok := t.column(anchor)
		if !ok {
			return s, fmt.Errorf("%s:1: there is no column %s for the anchor; it has %s", t.file, anchor, listOr(t.columns, "none"))
		}
		s.anchor = at
		except = append(slices.Clone(except), anchor)
	}
	if at, ok := t.column("count"); ok && len(t.columns) > 1 {
		s.count = at
		except = append(slices.Clone(except), t.columns[at])
	}
	if at, ok := t.column("score"); ok && at != s.anchor {
		s.places = []int{at}
		return s, nil
	}
	s.places, err = t.others(except...)
	return s, err
}

// eachScore calls take with the score of every complete row, its anchor score and how
// many persons it stands for. It returns how many persons there are, an incomplete row
// being one, and how many were used.
func (t *table) eachScore(s scoring, take func(score, anchor float64, n int64) measure.Reason) (all, used int64, err error) {
	places := s.places
	if s.anchor >= 0 {
		places = append(slices.Clone(places), s.anchor)
	}
	if s.count >= 0 {
		places = append(slices.Clone(places), s.count)
	}
	complete, err := t.eachRow(places, func(marks []float64) error {
		score, anchor, n := 0.0, 0.0, int64(1)
		for _, x := range marks[:len(s.places)] {
			score += x
		}
		rest := marks[len(s.places):]
		if s.anchor >= 0 {
			anchor, rest = rest[0], rest[1:]
		}
		if s.count >= 0 {
			var err error
			if n, err = t.tallied(rest[0], s.count); err != nil {
				return err
			}
		}
		used += n
		if n == 0 {
			return nil
		}
		if why := take(measure.SumOfMarks(score), anchor, n); why != "" {
			return t.refused(why)
		}
		return nil
	})
	return used + t.rows - complete, used, err
}
