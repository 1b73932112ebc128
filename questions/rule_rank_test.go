package questions_test

import (
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// under is the item marked by another rule.
func under(rule string, i questions.Item) questions.Item {
	i.Rule = rule
	return i
}

// The UK Foundation Programme's table: per option 4 marks at its rank, one less for each
// place off. Its own examples: all right 20, all reversed 8, one neighbouring swap 18.
func TestUKFPORank5(t *testing.T) {
	i := under("ukfpo_rank5/1", keyed(questions.Rank, 5, 4, 3, 2, 1))
	testMarks(t, i, []marking{
		{"as keyed", ranked(1, 2, 3, 4, 5), questions.Mark{Num: 20, Den: 20}},
		{"reversed", ranked(5, 4, 3, 2, 1), questions.Mark{Num: 8, Den: 20}},
		{"neighbours swapped", ranked(2, 1, 3, 4, 5), questions.Mark{Num: 18, Den: 20}},
		{"the best put last", ranked(5, 1, 2, 3, 4), questions.Mark{Num: 12, Den: 20}},
		{"two tied, both lose their marks", ranked(1, 1, 3, 4, 5), questions.Mark{Num: 12, Den: 20}},
		{"all tied", ranked(3, 3, 3, 3, 3), questions.Mark{Num: 0, Den: 20}},
		{"two left blank", ranked(1, 2, 3, 0, 0), questions.Mark{Num: 12, Den: 20}},
		{"nothing answered", ranked(), questions.Mark{}},
	})
	if m, ok := i.Credit(ranked()); !ok || m != (questions.Mark{Den: 20}) {
		t.Errorf("the rule itself gives blanks %v, %v; want 0/20", m, ok)
	}
	lowest, highest, sum, n := 20, 0, 0, 0
	for r := range i.Responses() {
		m, ok := i.Mark(r)
		if !ok || m.Den != 20 {
			t.Fatalf("%v: %v, %v", r, m, ok)
		}
		lowest, highest, sum, n = min(lowest, m.Num), max(highest, m.Num), sum+m.Num, n+1
	}
	if lowest != 8 || highest != 20 || n != 120 || sum != 12*n {
		t.Errorf("over %d permutations: min %d, max %d, sum %d; want 120: 8, 20, mean 12", n, lowest, highest, sum)
	}
	if mean := i.Chance().Mean.String(); mean != "3/5" {
		t.Errorf("chance %s, want 3/5", mean)
	}
}

// A key in another order than the letters'.
func TestUKFPORank5OfAnyOrder(t *testing.T) {
	i := under("ukfpo_rank5/1", keyed(questions.Rank, 4, 3, 5, 1, 2)) // CABED
	testMarks(t, i, []marking{{"ACBED", ranked(1, 3, 2, 5, 4), questions.Mark{Num: 18, Den: 20}}})
}

// UK general-practice specialty training, 12 less one per place: with CABED keyed,
// ACBED earns 10.
func TestGPSTRank(t *testing.T) {
	i := under("gpst_rank/1", keyed(questions.Rank, 4, 3, 5, 1, 2))
	testMarks(t, i, []marking{
		{"as keyed", ranked(2, 3, 1, 5, 4), questions.Mark{Num: 12, Den: 12}},
		{"ACBED", ranked(1, 3, 2, 5, 4), questions.Mark{Num: 10, Den: 12}},
		{"reversed", ranked(4, 3, 5, 1, 2), questions.Mark{Num: 0, Den: 12}},
		{"a tie counts where it says", ranked(2, 3, 1, 4, 4), questions.Mark{Num: 11, Den: 12}},
		{"a blank is as far off as can be", ranked(2, 3, 1, 5, 0), questions.Mark{Num: 9, Den: 12}},
	})
	if m, _ := i.Credit(ranked()); m != (questions.Mark{Den: 12}) {
		t.Errorf("all blank: %v, want 0/12", m)
	}
	long := under("gpst_rank/1", keyed(questions.Rank, 6, 5, 4, 3, 2, 1))
	testMarks(t, long, []marking{{"18 places off", ranked(6, 5, 4, 3, 2, 1), questions.Mark{Num: 0, Den: 12}}})
}

// A rule that needs an order has no mark where the key leaves two options tied, and is
// not offered for such an item.
func TestRankRulesNeedAnOrder(t *testing.T) {
	tied := keyed(questions.Rank, 4, 3, 2, 2, 1)
	for _, rule := range []string{"ukfpo_rank5/1", "gpst_rank/1"} {
		if m, ok := under(rule, tied).Mark(ranked(1, 2, 3, 4, 5)); ok {
			t.Errorf("%s: %v, want none", rule, m)
		}
	}
	if got := tied.Rules(); len(got) != 1 || got[0] != "pairs/1" {
		t.Errorf("rules of a tied key: %v", got)
	}
	if got := keyed(questions.Rank, 4, 3, 2, 1).Rules(); len(got) != 2 || got[1] != "gpst_rank/1" {
		t.Errorf("rules of four in order: %v", got)
	}
	if got := keyed(questions.Rank, 5, 4, 3, 2, 1).Rules(); len(got) != 3 {
		t.Errorf("rules of five in order: %v", got)
	}
}
