package questions_test

import (
	"errors"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

func TestRulesAreListedByKindTheDefaultFirst(t *testing.T) {
	for kind, usual := range map[questions.Kind]string{
		questions.BestWorst: "best_worst/1", questions.Rate: "concordance/1", questions.Rank: "pairs/1", questions.ChooseK: "sum_k/1",
	} {
		list := questions.RulesOf(kind)
		if len(list) == 0 || list[0] != usual {
			t.Errorf("%s: %v", kind, list)
		}
		for _, rule := range list {
			if of, ok := questions.KindOf(rule); !ok || of != kind {
				t.Errorf("%s is listed for %s and is for %s", rule, kind, of)
			}
		}
	}
	if list := questions.RulesOf("sort"); list != nil {
		t.Errorf("a kind nobody knows has rules %v", list)
	}
}

// Every rule that is said to fit is put on, and the form it gives can be read again;
// one that does not fit is refused by name.
func TestRulesThatFitAForm(t *testing.T) {
	f := shortForm(t, 7)
	for _, kind := range questions.Kinds {
		fits := map[string]bool{}
		for _, rule := range f.RulesFor(kind) {
			fits[rule] = true
		}
		if !fits[questions.RulesOf(kind)[0]] {
			t.Errorf("the default rule of %s does not fit", kind)
		}
		for _, rule := range questions.RulesOf(kind) {
			g, err := f.WithRules(rule)
			if !fits[rule] {
				var refused *questions.RuleError
				if !errors.As(err, &refused) || refused.Rule != rule || refused.Item == "" {
					t.Errorf("%s does not fit, but: %v", rule, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s fits, but: %v", rule, err)
				continue
			}
			text, err := g.JSON()
			if err != nil {
				t.Fatal(err)
			}
			again, err := questions.ParseForm(text)
			if err != nil || !again.SameQuestions(f) {
				t.Errorf("%s: %v", rule, err)
			}
			for n, i := range g.Items {
				if (i.Kind == kind) != (i.Rule == rule) || g.Chances[n] != i.Chance() {
					t.Errorf("%s: item %s of kind %s has rule %s and chance %v", rule, i.ID, i.Kind, i.Rule, g.Chances[n])
				}
			}
		}
	}
	var refused *questions.RuleError
	if _, err := f.WithRules("magic/9"); !errors.As(err, &refused) || refused.Item != "" {
		t.Errorf("an unknown rule: %v", err)
	}
}
