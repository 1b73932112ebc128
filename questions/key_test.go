package questions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// keyFile writes a key file that gives an item the reasons it has and other figures.
func keyFile(version string, i questions.Item, key ...int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "key_version: %s\nitems:\n  %s:\n    options:\n", version, i.ID)
	for n, o := range i.Options {
		fmt.Fprintf(&b, "      %s: {eff: %d, why_zh: %q, why_en: %q}\n", o.ID, key[n], o.Why.Chinese, o.Why.English)
	}
	return b.String()
}

// ratedItem is the first item of the form to be rated whose key may be turned about
// without offence to lint: no option of it is a red line.
func ratedItem(t *testing.T, f questions.Form) (int, questions.Item) {
	t.Helper()
	for n, i := range f.Items {
		free := i.Kind == questions.Rate
		for _, o := range i.Options {
			free = free && !o.Redline
		}
		if free {
			return n, i
		}
	}
	t.Fatal("the form has no item to rate without a red line")
	return 0, questions.Item{}
}

// turned is the key of an item upside down.
func turned(i questions.Item) []int {
	var key []int
	for _, o := range i.Options {
		key = append(key, 5-o.Effectiveness)
	}
	return key
}

func TestAFormUnderAnotherKey(t *testing.T) {
	f := shortForm(t, 7)
	n, item := ratedItem(t, f)
	k, err := questions.ReadKeyFile("panel.yaml", []byte(keyFile("panel-1", item, turned(item)...)))
	if err != nil {
		t.Fatal(err)
	}
	g, err := f.Rekeyed(k)
	if err != nil {
		t.Fatal(err)
	}
	if g.Hash() == f.Hash() || !g.SameQuestions(f) {
		t.Error("the new form is not the old one with another key")
	}
	if !strings.HasSuffix(g.KeyVersion, "+panel-1") || g.Items[n].KeyVersion != "panel-1" || g.Items[n].Status != questions.DraftAuthorKey {
		t.Errorf("version %s of the form, %s of the item, status %s", g.KeyVersion, g.Items[n].KeyVersion, g.Items[n].Status)
	}
	if f.Items[n].Options[0].Effectiveness != item.Options[0].Effectiveness {
		t.Error("the published form was changed")
	}
	for r := range item.Responses() {
		was, _ := f.Items[n].Mark(r)
		is, _ := g.Items[n].Mark(r)
		if was.Num+is.Num != was.Den || was.Den != is.Den {
			t.Fatalf("%v earns %v, and %v under the key turned upside down", r, was, is)
		}
	}
	text, err := g.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := questions.ParseForm(text); err != nil {
		t.Errorf("the new form cannot be read again: %v", err)
	}
}

func TestAKeyMayBeJSON(t *testing.T) {
	f := shortForm(t, 7)
	_, item := ratedItem(t, f)
	k, err := questions.ReadKeyFile("panel.json", []byte(`{"key_version": "p", "note": "n", "items": {"`+item.ID+`": {"rule": "concordance/1", "options": {"A": {"eff": 4, "why_zh": "好", "why_en": "good"}}}}}`))
	if err != nil || k.Version != "p" || k.Note != "n" || len(k.Items) != 1 || k.Items[0].Options[0].Effectiveness != 4 {
		t.Errorf("%+v, %v", k, err)
	}
}

func TestAKeyThatIsRefused(t *testing.T) {
	f := shortForm(t, 7)
	n, item := ratedItem(t, f)
	good := keyFile("panel-1", item, turned(item)...)
	redline := func() (questions.Item, int) {
		for _, i := range f.Items {
			for o, option := range i.Options {
				if option.Redline {
					return i, o
				}
			}
		}
		t.Fatal("no red line on the form")
		return questions.Item{}, 0
	}
	breach, option := redline()
	spared := make([]int, len(breach.Options))
	for o := range spared {
		spared[o] = breach.Options[o].Effectiveness
	}
	spared[option] = 4
	for story, c := range map[string]struct{ text, want string }{
		"empty":                         {" \n# nothing\n", "is empty"},
		"no mapping":                    {"- 1", "must be a mapping"},
		"broken":                        {"items: [", "key.yaml:"},
		"no version":                    {strings.Replace(good, "key_version: panel-1", "note: x", 1), "key.yaml:1: key_version: is missing"},
		"a version with a space":        {strings.Replace(good, "panel-1", "panel 1", 1), "is not up to 40 letters"},
		"a version that is taken":       {strings.Replace(good, "panel-1", `"`+item.KeyVersion+`"`, 1), "is already the version"},
		"no items":                      {"key_version: x\nitems: {}", "name no item"},
		"an item from elsewhere":        {strings.Replace(good, item.ID, "law.none.001", 1), "key.yaml:3: law.none.001: is not on the form"},
		"an option too many":            {strings.Replace(good, "      A:", "      Z: {eff: 1, why_zh: 无, why_en: none}\n      A:", 1), item.ID + "/options/Z: is no option of the item"},
		"an option left out":            {strings.Join(strings.SplitAfter(good, "\n")[:len(item.Options)+3], ""), "leave out option"},
		"another stem":                  {strings.Replace(good, "    options:", "    stem: {zh: 别的, en: other}\n    options:", 1), "is what candidates read"},
		"another text of an option":     {strings.Replace(good, "{eff:", "{en: other, eff:", 1), "is what candidates read"},
		"an unknown field":              {strings.Replace(good, "{eff:", "{colour: red, eff:", 1), "is not a known field"},
		"effectiveness beyond":          {strings.Replace(good, "eff: ", "eff: 1", 1), "not within 1 to 4"},
		"a reason in the wrong writing": {strings.Replace(good, `why_zh: "`, `why_zh: "x", why_en: "x"} #`, 1), "is not Chinese"},
		"all the same":                  {keyFile("panel-1", item, []int{2, 2, 2, 2, 2}[:len(item.Options)]...), "cannot mark the item"},
		"a rule of another kind":        {strings.Replace(good, "    options:", "    rule: pairs/1\n    options:", 1), "pairs/1 is not one of concordance/1"},
		"a red line called effective":   {keyFile("panel-1", breach, spared...), "a red line is keyed 1, not 4"},
	} {
		t.Run(story, func(t *testing.T) {
			k, err := questions.ReadKeyFile("key.yaml", []byte(c.text))
			if err == nil {
				_, err = f.Rekeyed(k)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	if f.Items[n].KeyVersion != item.KeyVersion {
		t.Error("a refused key changed the form")
	}
}

func TestFormsThatAskSomethingElse(t *testing.T) {
	f := shortForm(t, 7)
	for story, change := range map[string]func(*questions.Form){
		"a stem":      func(f *questions.Form) { f.Items[3].Stem.English += " " },
		"an option":   func(f *questions.Form) { f.Items[3].Options[1].Text.Chinese += "。" },
		"an order":    func(f *questions.Form) { f.Items[0], f.Items[1] = f.Items[1], f.Items[0] },
		"a time":      func(f *questions.Form) { f.Limit++ },
		"a red line":  func(f *questions.Form) { f.Items[3].Options[1].Redline = !f.Items[3].Options[1].Redline },
		"practice":    func(f *questions.Form) { f.Practice[0].Stem.English += " " },
		"what counts": func(f *questions.Form) { f.Items[0].K++ },
	} {
		text, err := f.JSON()
		if err != nil {
			t.Fatal(err)
		}
		g, err := questions.ParseForm(text)
		if err != nil {
			t.Fatal(err)
		}
		if !f.SameQuestions(g) {
			t.Fatal("a form does not ask what its own text asks")
		}
		if change(&g); f.SameQuestions(g) {
			t.Errorf("%s was changed, and the forms are said to ask the same", story)
		}
	}
}

// What is handed out to be changed comes back: with a version put in, the same key.
func TestAKeyFileComesBack(t *testing.T) {
	f := shortForm(t, 7)
	text := strings.Replace(string(f.KeyFile()), `key_version: ""`, "key_version: again", 1)
	text = strings.Replace(text, `note: ""`, "note: nothing", 1)
	k, err := questions.ReadKeyFile("key.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	g, err := f.Rekeyed(k)
	if err != nil {
		t.Fatal(err)
	}
	for n := range g.Items {
		g.Items[n].KeyVersion = f.Items[n].KeyVersion
	}
	g.KeyVersion, g.Certificate = f.KeyVersion, f.Certificate // A form under a new key begins without a certificate.
	if g.Hash() != f.Hash() {
		t.Error("the key came back otherwise than it went out")
	}
}
