package web

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// A whole session, every byte of it recorded: pages, JSON, refusals, headers and
// what is left after the end. Nothing of the key may be in it.
func TestNothingOfTheKeyReachesACandidate(t *testing.T) {
	house := houseOn(t)
	for _, l := range languages {
		b := browse(t, house, l)
		b.started(house.Invited("Ann").Link)
		b.Submit(`[value="review"]`)
		for n := range house.Form.Items {
			path := fmt.Sprintf("/sit/items/%d", n+1)
			b.Get(path).answerPage()
			b.Submit(`[value="next"]`)
			b.post(path, `{"revision":9,"response":{}}`)
			b.post(path, `{"revision":1,"response":{"best":"A","ratings":{"A":9}}}`)
			b.Get(path + "?check=next&include=*&fields=key")
		}
		b.Get("/sit/state").Get("/sit/about").Get("/sit/review").Submit("#submit button").Submit(`[name="confirm"]`).On("/sit/done")
		for _, path := range []string{"/sit/items/1", "/sit/review", "/sit/practice/1", "/sit/state", "/sit/receipt"} {
			b.Get(path)
		}
		if !strings.Contains(b.seen.String(), `"kind":"candidate","outcome"`) {
			t.Error("no receipt was received")
		}
		for _, part := range append(b.Get("/sit").All(`link[rel="stylesheet"]`), b.All("script")...) {
			b.Get(attribute(part, "href") + attribute(part, "src"))
		}
		seen := html.UnescapeString(b.seen.String())
		for what, secrets := range keyOf(t, house.Form) {
			for _, secret := range secrets {
				if strings.Contains(seen, secret) {
					t.Errorf("%s: the candidate received a %s: %q", l, what, secret)
				}
			}
		}
	}
}

// keyOf lists what a form knows and a candidate must not.
func keyOf(t *testing.T, form *questions.Form) map[string][]string {
	t.Helper()
	secrets := map[string][]string{"rule's name": {"best_worst/1", "concordance/1", "pairs/1", "sum_k/1", "distance/1"}, "mark": {`"mark"`, `"num"`}, "field of the key": {"effectiveness", "redline", `"eff"`}}
	add := func(what string, texts ...string) {
		for _, s := range texts {
			if s != "" {
				secrets[what] = append(secrets[what], s)
			}
		}
	}
	for _, item := range append(form.Items, form.Practice...) {
		add("item id", item.ID)
		add("facet", string(item.Facet))
		add("reviewer's note", item.SMECheck)
		for _, o := range item.Options {
			add("reason", o.Why.Chinese, o.Why.English)
		}
	}
	for _, f := range form.Facts {
		add("rule of law", f.Text.Chinese, f.Text.English)
	}
	for _, g := range form.Guides {
		add("interview guide", g.Probe.Chinese, g.Probe.English, g.HearGood.English, g.HearBad.English)
	}
	if n := len(secrets["reason"]); n < 2*4*len(form.Items) {
		t.Fatalf("only %d reasons to look for", n)
	}
	return secrets
}

// Two forms that differ in nothing but their key look the same to the last byte.
func TestPagesDoNotDependOnTheKey(t *testing.T) {
	house := houseOn(t)
	text, err := house.Form.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var other questions.Form
	if err := json.Unmarshal(text, &other); err != nil {
		t.Fatal(err)
	}
	for i := range other.Items {
		for o := range other.Items[i].Options {
			option := &other.Items[i].Options[o]
			option.Effectiveness, option.Redline, option.Why = 5-option.Effectiveness, !option.Redline, questions.Text{Chinese: "别的", English: "other"}
		}
	}
	a := newApp(house.Center, Config{PublicURL: publicURL})
	for p := range other.Items {
		for _, l := range languages {
			page := func(f *questions.Form) string {
				q := questionOf(f, f.Items[p], f.Order(p, 42), questions.Response{}, l)
				out, err := a.execute(l, "candidate/item", "question", q)
				if err != nil {
					t.Fatal(err)
				}
				return string(out)
			}
			if page(house.Form) != page(&other) {
				t.Errorf("item %d in %s shows its key", p, l)
			}
		}
	}
}
