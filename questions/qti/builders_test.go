package qti_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/fourfold/fourfold/questions"
)

// loaded is read once: tests clone what they change.
var loaded = sync.OnceValues(questions.Builtin)

func builtin(t testing.TB) questions.Bank {
	t.Helper()
	b, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// someText draws a text as a bank may hold it: not empty, no space around it, and
// with all that XML or YAML might stumble over.
func someText(t *rapid.T, name string) string {
	runes := rapid.SampledFrom([]rune("aZ9 <&>\"'\\/#:-]%{}|*!?\t\n\r\u0085\u00a0\u2028\ufeff您好，𠮷😀"))
	return strings.TrimSpace("x" + rapid.StringOfN(runes, 0, 24, -1).Draw(t, name) + "]]>")
}

func someTexts(t *rapid.T, name string, from ...string) []string {
	list := []string{}
	for _, s := range from {
		if rapid.Bool().Draw(t, name) {
			list = append(list, s)
		}
	}
	return list
}

func both(t *rapid.T, name string) questions.Text {
	return questions.Text{Chinese: someText(t, name+" zh"), English: someText(t, name+" en")}
}

// someItem draws an item of the supported subset: what a bank file may hold, with
// options named by letters and no more answers than can be looked at.
func someItem(t *rapid.T, n int, practice bool) questions.Item {
	i := questions.Item{
		ID:           fmt.Sprintf("%d_com.x%d", rapid.IntRange(0, 9).Draw(t, "id"), n),
		Version:      rapid.IntRange(1, 1_000_000).Draw(t, "version"),
		Kind:         rapid.SampledFrom(questions.Kinds).Draw(t, "kind"),
		Jurisdiction: rapid.SampledFrom([]string{"any", "CN", "US", "UK"}).Draw(t, "jurisdiction"),
		Seconds:      rapid.IntRange(1, 600).Draw(t, "seconds"),
		Sensitive:    rapid.Bool().Draw(t, "sensitive"),
		Transparent:  rapid.Bool().Draw(t, "transparent"),
		Status:       rapid.SampledFrom(questions.Statuses).Draw(t, "status"),
		KeyVersion:   someText(t, "key version"),
		Stem:         both(t, "stem"),
		Duties:       []string{}, Mindsets: []string{}, Legal: []string{},
		Enemies: someTexts(t, "enemies", "a.b", "no", "1.5"),
	}
	if rapid.Bool().Draw(t, "debtor") {
		i.Debtor = questions.Debtor{Surname: someText(t, "surname"), Gender: rapid.SampledFrom([]string{"", "female", "male"}).Draw(t, "gender")}
	}
	if !practice {
		i.Quality = rapid.SampledFrom(questions.Qualities).Draw(t, "quality")
		i.Facet = rapid.SampledFrom(questions.Facets[i.Quality]).Draw(t, "facet")
		i.Duties = someTexts(t, "duties", questions.Duties...)
		i.Mindsets = someTexts(t, "mindsets", "M1", "M5", "null", "~")
		i.Incident = rapid.SampledFrom([]string{"article", "SME", "complaint"}).Draw(t, "incident")
		i.Legal = someTexts(t, "legal", "CN01", "yes")
		i.SMECheck, i.Problem = someText(t, "sme check"), someText(t, "problem")
	}
	for k := range rapid.IntRange(2, 5).Draw(t, "options") {
		o := questions.Option{
			ID: string(rune('A' + k)), Effectiveness: rapid.IntRange(1, 4).Draw(t, "effectiveness"),
			Text: both(t, "text"), Why: both(t, "why"), Redline: rapid.Bool().Draw(t, "redline"),
			Legal: someTexts(t, "facts", "CN27", "CN24"),
		}
		i.Options = append(i.Options, o)
	}
	if !slices.ContainsFunc(i.Options, func(o questions.Option) bool { return o.Effectiveness != i.Options[0].Effectiveness }) {
		i.Options[0].Effectiveness = i.Options[0].Effectiveness%4 + 1 // a key that tells no options apart gives no marks
	}
	if i.Kind == questions.ChooseK {
		i.K = rapid.IntRange(1, len(i.Options)-1).Draw(t, "k")
	}
	i.Rule = rapid.SampledFrom(i.Rules()).Draw(t, "rule")
	return i
}
