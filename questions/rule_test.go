package questions_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
	"pgregory.net/rapid"
)

// Whatever was answered – tied, blank, over-picked – a mark under any rule is within 0
// and 1, its denominator is the item's, and the key itself earns 1.
func TestEveryRuleMarksWithinZeroAndOne(t *testing.T) {
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.OneOf(rapid.Custom(anItem), rapid.Custom(anOrderedItem), rapid.Custom(aChoiceOfEight)).Draw(t, "item")
		i.Rule = rapid.SampledFrom(i.Rules()).Draw(t, "rule")
		seen[i.Rule] = true
		best, ok := i.Mark(asKeyed(i))
		if !ok || best.Num != best.Den {
			t.Fatalf("%s: the key itself earns %v, %v", i.Rule, best, ok)
		}
		if m, ok := i.Credit(aResponse(t, i)); ok && (m.Num < 0 || m.Num > m.Den || m.Den != best.Den) {
			t.Fatalf("%s: %v beside %v", i.Rule, m, best)
		}
		if c := i.Chance(); c.Mean.Den == 0 || c.Mean.Num >= c.Mean.Den {
			t.Fatalf("%s: chance %v", i.Rule, c)
		}
	})
	for _, name := range questions.RuleNames() {
		if !seen[name] && name != questions.ProfileStatistic && name != questions.ZScoreStatistic {
			t.Errorf("%s was never drawn", name)
		}
	}
}

// anOrderedItem draws four or five options to rank, none keyed like another.
func anOrderedItem(t *rapid.T) questions.Item {
	n := rapid.IntRange(4, 5).Draw(t, "options")
	return keyed(questions.Rank, rapid.Permutation([]int{1, 2, 3, 4, 5}[:n]).Draw(t, "order")...)
}

// aChoiceOfEight draws eight options of which three are effective.
func aChoiceOfEight(t *rapid.T) questions.Item {
	i := keyed(questions.ChooseK, rapid.Permutation([]int{4, 4, 3, 2, 2, 1, 1, 1}).Draw(t, "key")...)
	i.K = 3
	return i
}

// asKeyed is the response that the key itself would give.
func asKeyed(i questions.Item) questions.Response {
	options := slices.Clone(i.Options)
	slices.SortStableFunc(options, func(a, b questions.Option) int { return b.Effectiveness - a.Effectiveness })
	r := questions.Response{}
	switch i.Kind {
	case questions.BestWorst:
		r = picked(options[0].ID, options[len(options)-1].ID)
	case questions.Rate:
		r.Ratings = map[string]int{}
		for _, o := range options {
			r.Ratings[o.ID] = o.Effectiveness
		}
	case questions.Rank:
		r.Ranks = map[string]int{}
		for n, o := range options {
			r.Ranks[o.ID] = n + 1
		}
	case questions.ChooseK:
		for _, o := range options[:i.K] {
			r.Chosen = append(r.Chosen, o.ID)
		}
		slices.Sort(r.Chosen)
	}
	return r
}

func TestRulesArePlainlyNamed(t *testing.T) {
	for word, want := range map[string]string{
		"best_worst": "best_worst/1", "rate": "concordance/1", "concordance": "concordance/1", "rank": "pairs/1",
		"choose_k": "sum_k/1", "ukfpo_rank5": "ukfpo_rank5/1", "ukfpo_choose3/1": "ukfpo_choose3/1", "zscore": "zscore/1",
	} {
		if got, ok := questions.RuleNamed(word); !ok || got != want {
			t.Errorf("%s is %q, %v; want %s", word, got, ok, want)
		}
	}
}

// A bank may choose a named rule; what the rule asks of the key takes the place of what
// the kind asks.
func TestBankWithANamedRule(t *testing.T) {
	i := keyed(questions.Rank, 5, 4, 3, 2, 1)
	if formatOnly := (questions.Bank{Items: []questions.Item{i}}).Lint(); !complains(formatOnly, "rank needs four options") {
		t.Errorf("five options ranked by the default rule: %v", formatOnly)
	}
	i.Rule = "ukfpo_rank5/1"
	if named := (questions.Bank{Items: []questions.Item{i}}).Lint(); complains(named, "needs") {
		t.Errorf("five options ranked by a rule for five: %v", named)
	}
	i.Options = i.Options[:4]
	if short := (questions.Bank{Items: []questions.Item{i}}).Lint(); !complains(short, "ukfpo_rank5/1 needs five options in a strict order") {
		t.Errorf("four options ranked by a rule for five: %v", short)
	}
}

func complains(faults []questions.Fault, words string) bool {
	return slices.ContainsFunc(faults, func(f questions.Fault) bool { return strings.Contains(f.Message, words) })
}
