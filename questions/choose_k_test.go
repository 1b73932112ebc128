package questions_test

import (
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// Two of five options keyed 2 1 4 1 4 sum to 2 at least and 8 at most.
func TestChooseK(t *testing.T) {
	i := keyed(questions.ChooseK, 2, 1, 4, 1, 4)
	testMarks(t, i, []marking{
		{"as keyed", chosen("C", "E"), questions.Mark{Num: 6, Den: 6}},
		{"in any order", chosen("E", "C"), questions.Mark{Num: 6, Den: 6}},
		{"one good, one middling", chosen("A", "C"), questions.Mark{Num: 4, Den: 6}},
		{"one good, one bad", chosen("B", "E"), questions.Mark{Num: 3, Den: 6}},
		{"one middling, one bad", chosen("A", "D"), questions.Mark{Num: 1, Den: 6}},
		{"the two worst", chosen("B", "D"), questions.Mark{Num: 0, Den: 6}},
		{"blank", chosen(), questions.Mark{}},
		{"one only", chosen("C"), questions.Mark{}},
		{"one too many", chosen("A", "C", "E"), questions.Mark{}},
	})
	// Two drawn of five have mean 2·2.4 and variance 2·1.84·3/4 (no replacement).
	testChance(t, i, 10, "7/15", "23/300")
}
