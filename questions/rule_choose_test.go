package questions_test

import (
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// The UK Foundation Programme: 4 for each right pick of three among eight, 0 for more
// than three picks.
func TestUKFPOChoose3(t *testing.T) {
	i := under("ukfpo_choose3/1", keyed(questions.ChooseK, 4, 1, 4, 1, 1, 3, 2, 1)) // A, C and F
	i.K = 3
	testMarks(t, i, []marking{
		{"as keyed", chosen("A", "C", "F"), questions.Mark{Num: 12, Den: 12}},
		{"two right", chosen("A", "B", "C"), questions.Mark{Num: 8, Den: 12}},
		{"one right", chosen("B", "D", "F"), questions.Mark{Num: 4, Den: 12}},
		{"none right", chosen("B", "D", "E"), questions.Mark{Num: 0, Den: 12}},
		{"two picks, both right", chosen("A", "F"), questions.Mark{Num: 8, Den: 12}},
		{"four picks, three of them right", chosen("A", "B", "C", "F"), questions.Mark{Num: 0, Den: 12}},
		{"all eight", chosen("A", "B", "C", "D", "E", "F", "G", "H"), questions.Mark{Num: 0, Den: 12}},
		{"blank", chosen(), questions.Mark{}},
	})
	// Three drawn of eight hold 3·3/8 right ones on average: 4.5 of 12.
	testChance(t, i, 56, "3/8", "25/448")
	i.K = 2
	if m, ok := i.Mark(chosen("A", "C")); ok {
		t.Errorf("an item that asks for two: %v, want none", m)
	}
}
