package web

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// Every requirement of a form and of parallel forms is put into words, in both languages.
func TestRequirementsAreSaidInWords(t *testing.T) {
	bank, err := questions.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	made, err := bank.AssembleAll(questions.Request{Blueprint: bank.Blueprints["S"], Jurisdiction: "CN", On: "2026-11-25", Forms: 2})
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Concat(made.Forms[0].Certificate.Lines, made.Between)
	w := allWords(t)
	for l, want := range map[questions.Lang][]string{
		questions.English: {
			"Questions of a kind: Legal knowledge, Put in order | exactly 1 | 1",
			"Questions of a facet: patient persistence | exactly 2 | 2",
			"Women among the debtors | 40% to 60% | ",
			"Correlation of length and effectiveness over all options: Chinese | −0.250 to 0.250 | ",
			"Planned time | at most 2700 s | 1860 s",
			"Questions that two forms share | none | 0",
		},
		questions.Chinese: {
			"各题型的题目：法律知识、排出顺序 | 恰好 1 | 1",
			"欠款人中的女性 | 40% 至 60% | ",
			"两份试卷共有的题目 | 没有 | 0",
		},
	} {
		var said []string
		for _, v := range requirementViews(sayer{l, w}, lines) {
			said = append(said, v.Name+" | "+v.Asked+" | "+v.Reached)
			if strings.Contains(v.Name, "_") || strings.Contains(v.Name, "quota.") {
				t.Errorf("%s: %q is not said in words", l, v.Name)
			}
		}
		for _, text := range want {
			if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, text) }) {
				t.Errorf("%s: nobody says %q:\n%s", l, text, strings.Join(said, "\n"))
			}
		}
	}
	_, err = bank.Assemble(bank.Blueprints["S"], "US", 1, "2026-11-25")
	var conflict *questions.Conflict
	if !errors.As(err, &conflict) {
		t.Fatalf("a form on rules the bank has no items for: %v", err)
	}
	views := requirementViews(sayer{questions.English, w}, conflict.Requirements)
	if len(views) != 2 || views[1].Name != "Questions of a quality: Legal knowledge" || views[1].Asked != "exactly 6" || views[1].Reached == "" {
		t.Errorf("clash %+v", views)
	}
}
