package questions_test

import (
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// Four options keyed 3 1 4 2 make six pairs.
func TestRank(t *testing.T) {
	i := keyed(questions.Rank, 3, 1, 4, 2)
	testMarks(t, i, []marking{
		{"as keyed", ranked(2, 4, 1, 3), questions.Mark{Num: 6, Den: 6}},
		{"the middle pair swapped", ranked(3, 4, 1, 2), questions.Mark{Num: 5, Den: 6}},
		{"first and last swapped", ranked(2, 1, 4, 3), questions.Mark{Num: 1, Den: 6}},
		{"in the order shown", ranked(1, 2, 3, 4), questions.Mark{Num: 3, Den: 6}},
		{"reversed", ranked(3, 1, 4, 2), questions.Mark{Num: 0, Den: 6}},
		{"blank", ranked(), questions.Mark{}},
		{"partial", ranked(2, 0, 1, 0), questions.Mark{}},
		{"tied", ranked(1, 1, 3, 4), questions.Mark{}},
	})
	// Inversions of n things have variance n(n−1)(2n+5)/72 (Kendall 1938): 13/6 for four.
	testChance(t, i, 24, "1/2", "13/216")
}

func TestRankWithTiedKey(t *testing.T) {
	testMarks(t, keyed(questions.Rank, 4, 2, 2, 1), []marking{
		{"either order of the tied pair", ranked(1, 3, 2, 4), questions.Mark{Num: 5, Den: 5}},
		{"reversed", ranked(4, 2, 3, 1), questions.Mark{Num: 0, Den: 5}},
	})
}
