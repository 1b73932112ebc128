package questions_test

import (
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// The AAMC's table for every key and rating, in halves of a credit: full on the keyed
// category, half one step off on the same side, none across the middle.
func TestPREviewTable(t *testing.T) {
	for keyedAt, credits := range map[int][4]int{
		1: {2, 1, 0, 0},
		2: {1, 2, 0, 0},
		3: {0, 0, 2, 1},
		4: {0, 0, 1, 2},
	} {
		for n, want := range credits {
			i := under("preview_rate4/1", keyed(questions.Rate, keyedAt))
			if m, ok := i.Mark(rated(n + 1)); !ok || m != (questions.Mark{Num: want, Den: 2}) {
				t.Errorf("keyed %d, rated %d: %v, %v; want %d/2", keyedAt, n+1, m, ok, want)
			}
		}
	}
	testMarks(t, under("preview_rate4/1", keyed(questions.Rate, 4, 3, 2, 1)), []marking{
		{"as keyed", rated(4, 3, 2, 1), questions.Mark{Num: 8, Den: 8}},
		{"each a step off on its side", rated(3, 4, 1, 2), questions.Mark{Num: 4, Den: 8}},
		{"a step off across the middle", rated(4, 2, 3, 1), questions.Mark{Num: 4, Den: 8}},
		{"a blank earns none", rated(4, 3, 2, 0), questions.Mark{Num: 6, Den: 8}},
	})
}

func TestDistance(t *testing.T) {
	i := under("distance/1", keyed(questions.Rate, 4, 3, 2, 1))
	testMarks(t, i, []marking{
		{"as keyed", rated(4, 3, 2, 1), questions.Mark{Num: 10, Den: 10}},
		{"as far off as can be", rated(1, 1, 4, 4), questions.Mark{Num: 0, Den: 10}},
		{"each a step off", rated(3, 4, 1, 2), questions.Mark{Num: 6, Den: 10}},
		{"on the fence", rated(2, 2, 2, 2), questions.Mark{Num: 6, Den: 10}},
		{"partial", rated(4, 3, 2, 0), questions.Mark{}},
	})
}

// Sitting on the fence pays under distance and not under concordance: that is why the
// latter is the default. Over the rate items of the bank, rating everything 2 earns
// .63 by distance.
func TestFenceSittingPaysUnderDistanceOnly(t *testing.T) {
	num, den := 0, 0
	for _, i := range builtin(t).Items {
		if i.Kind != questions.Rate || len(i.Options) != 5 {
			continue
		}
		m, _ := under("distance/1", i).Mark(rated(2, 2, 2, 2, 2))
		num, den = num+m.Num, den+m.Den
		if c, _ := i.Mark(rated(2, 2, 2, 2, 2)); 2*c.Num != c.Den {
			t.Errorf("%s: concordance %v, want one half", i.ID, c)
		}
	}
	if den == 0 || float64(num)/float64(den) < .6 {
		t.Errorf("distance gives a fence-sitter %d/%d", num, den)
	}
}
