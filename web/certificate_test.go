package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// A bank that cannot fill the form says which requirements clash, and nothing is
// published.
func TestPublishingNamesWhatClashes(t *testing.T) {
	house := houseOnSQLite(t)
	poor, err := assess.Open(t.Context(), assess.Config{
		Database: house.DSN, Secret: []byte(assesstest.Secret), PublicURL: publicURL.String(), Clock: house.Clock.Now,
		Bank: func() (questions.Bank, error) {
			bank, err := questions.Builtin()
			bank.Items = slices.DeleteFunc(bank.Items, func(i questions.Item) bool {
				return i.Quality == questions.Legal && i.Kind == questions.Rank
			})
			return bank, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { poor.Close() })
	house.Center = poor
	for _, l := range []struct {
		lang questions.Lang
		text string
	}{
		{questions.English, "Questions of a kind: Legal knowledge, Put in order: exactly 1. With the others met, the nearest is 0."},
		{questions.Chinese, "各题型的题目：法律知识、排出顺序：恰好 1。 在满足其余要求时，最接近的是 0。"},
	} {
		b := browse(t, house, l.lang)
		b.Get("/assessments/new").Fill("email", "olive@harbour.test").Fill("password", "a long enough password").Submit("form button")
		if l.lang == questions.Chinese {
			if err := poor.SetLanguage(t.Context(), house.Owner, questions.Chinese); err != nil {
				t.Fatal(err)
			}
			b.Get("/assessments/new")
		}
		b.Fill("title_zh", "晚班").Fill("title_en", "Evening team").Fill("contact", "hr@harbour.test").Submit("main form button")
		b.Submit(".page-head button")
		if b.Status != http.StatusUnprocessableEntity {
			t.Errorf("status %d", b.Status)
		}
		if lines := b.All(".problem-box li"); len(lines) != 1 || text(lines[0]) != l.text {
			t.Errorf("%s: %d lines, %q", l.lang, len(lines), text(b.One(".problem-box")))
		}
		if len(b.All("article.item")) != 0 {
			t.Error("it is published all the same")
		}
	}
}

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
