package questions_test

import (
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// Five options keyed 2 4 1 3 2 make nine pairs the key tells apart, and a tied
// rating is half a pair: marks are eighteenths.
func TestRate(t *testing.T) {
	i := keyed(questions.Rate, 2, 4, 1, 3, 2)
	testMarks(t, i, []marking{
		{"as keyed", rated(2, 4, 1, 3, 2), questions.Mark{Num: 18, Den: 18}},
		{"reversed", rated(3, 1, 4, 2, 3), questions.Mark{Num: 0, Den: 18}},
		{"one higher throughout ties the top pair", rated(3, 4, 2, 4, 3), questions.Mark{Num: 17, Den: 18}},
		{"one tie with the worst", rated(1, 4, 1, 3, 2), questions.Mark{Num: 17, Den: 18}},
		{"best and second best swapped", rated(2, 3, 1, 4, 2), questions.Mark{Num: 16, Den: 18}},
		{"blank", rated(), questions.Mark{}},
		{"one option left out", rated(2, 4, 1, 3, 0), questions.Mark{}},
	})
	testChance(t, i, 1024, "1/2", "13/324")
}

// Sitting on the fence earns exactly what guessing does; under plain distance it
// would have earned .63.
func TestRateSameThroughout(t *testing.T) {
	for _, key := range [][]int{{2, 4, 1, 3, 2}, {3, 1, 4, 2, 1}, {1, 4, 2, 3, 1}, {1, 4, 2, 1, 3}, {4, 1, 1, 1, 1}} {
		i := keyed(questions.Rate, key...)
		for rating := 1; rating <= 4; rating++ {
			m, ok := i.Mark(rated(rating, rating, rating, rating, rating))
			if !ok || 2*m.Num != m.Den {
				t.Errorf("key %v, every rating %d: %v, want one half", key, rating, m)
			}
		}
	}
}
