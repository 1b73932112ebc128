package questions_test

import (
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// The key of the first item of the bank: range 3, so marks are sixths.
func TestBestWorst(t *testing.T) {
	i := keyed(questions.BestWorst, 2, 4, 1, 3, 2)
	testMarks(t, i, []marking{
		{"as keyed", picked("B", "C"), questions.Mark{Num: 6, Den: 6}},
		{"reversed", picked("C", "B"), questions.Mark{Num: 0, Den: 6}},
		{"the second best", picked("D", "C"), questions.Mark{Num: 5, Den: 6}},
		{"a middling pair", picked("D", "A"), questions.Mark{Num: 4, Den: 6}},
		{"two the key holds equal", picked("A", "E"), questions.Mark{Num: 3, Den: 6}},
		{"blank", picked("", ""), questions.Mark{}},
		{"best alone", picked("B", ""), questions.Mark{}},
		{"worst alone", picked("", "C"), questions.Mark{}},
	})
	// e varies by 1.3 among five options (n − 1), so e_best − e_worst has variance 2.6.
	testChance(t, i, 20, "1/2", "13/180")
}

func TestBestWorstWithNarrowKey(t *testing.T) {
	testMarks(t, keyed(questions.BestWorst, 3, 2, 2, 2), []marking{
		{"as keyed", picked("A", "C"), questions.Mark{Num: 2, Den: 2}},
		{"in between", picked("B", "C"), questions.Mark{Num: 1, Den: 2}},
		{"reversed", picked("D", "A"), questions.Mark{Num: 0, Den: 2}},
	})
}
