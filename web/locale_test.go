package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

func allWords(t *testing.T) words {
	t.Helper()
	w, err := builtInWords()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var slotPattern = regexp.MustCompile(`\{[a-z_]+\}`)

func slotsOf(p phrase) []string {
	slots := slotPattern.FindAllString(p.Other, -1)
	slices.Sort(slots)
	return slices.Compact(slots)
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	w := allWords(t)
	for key, en := range w[questions.English] {
		zh, ok := w[questions.Chinese][key]
		if !ok {
			t.Errorf("%s has no Chinese text", key)
			continue
		}
		if en.Other == "" || zh.Other == "" {
			t.Errorf("%s is empty", key)
		}
		if zh.One != "" {
			t.Errorf("%s: Chinese has one form", key)
		}
		if !slices.Equal(slotsOf(en), slotsOf(zh)) {
			t.Errorf("%s: the slots are %v in English and %v in Chinese", key, slotsOf(en), slotsOf(zh))
		}
		if strings.ContainsAny(en.Other+zh.Other, "!！") {
			t.Errorf("%s raises its voice", key)
		}
	}
	for key := range w[questions.Chinese] {
		if _, ok := w[questions.English][key]; !ok {
			t.Errorf("%s has no English text", key)
		}
	}
}

// usedKey finds the keys pages and code name outright.
var usedKey = regexp.MustCompile(`\bt "([^"]+)"`)

func TestEveryTextAPageNamesExists(t *testing.T) {
	w := allWords(t)
	err := fs.WalkDir(embedded, "pages", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		page, err := fs.ReadFile(embedded, path)
		for _, m := range usedKey.FindAllSubmatch(page, -1) {
			if _, ok := w[questions.English][string(m[1])]; !ok {
				t.Errorf("%s: no text for %q", path, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryReasonHasATitleAndAText(t *testing.T) {
	w := allWords(t)
	reasons := append(slices.Collect(maps.Keys(statuses)), errInternal)
	for _, e := range append(reasons, assess.Errors...) {
		for _, key := range []string{"error." + string(e) + ".title", "error." + string(e)} {
			if _, ok := w[questions.English][key]; !ok {
				t.Errorf("no text for %q", key)
			}
		}
	}
	for _, e := range assess.Errors {
		if _, ok := statuses[e]; !ok {
			t.Errorf("%s has no status", e)
		}
	}
	fields := []string{"unknown_field", "duplicate", "wrong_type", "malformed", "unknown_option", "out_of_range", "same_option", "repeated_option", "wrong_kind"}
	for _, f := range append(fields, assess.FieldWords...) {
		if _, ok := w[questions.English]["field."+f]; !ok {
			t.Errorf("no text for %q", "field."+f)
		}
	}
}

// Keys that pages put together from a value; each value must have its text.
func TestEveryTextAPagePutsTogetherExists(t *testing.T) {
	w := allWords(t)
	var keys []string
	for _, q := range questions.Qualities {
		keys = append(keys, "quality."+string(q), "candidate.about."+string(q))
		for _, l := range []questions.Level{questions.Closer, questions.Mixed, questions.Further} {
			keys = append(keys, fmt.Sprintf("candidate.feedback.%s.%s", q, l), "candidate.level."+string(l))
		}
	}
	for _, k := range questions.Kinds {
		keys = append(keys, "candidate.how."+string(k))
	}
	for _, s := range []assess.SittingState{assess.Submitted, assess.Expired, assess.Withdrawn, assess.Voided} {
		keys = append(keys, "candidate.done."+string(s), "candidate.done."+string(s)+".text")
	}
	for _, s := range []string{"answered", "incomplete", "blank"} {
		keys = append(keys, "candidate.state."+s)
	}
	for _, b := range consentBoxes {
		keys = append(keys, "candidate.consent."+b)
	}
	for _, l := range languages {
		keys = append(keys, "common.language."+string(l))
	}
	for _, k := range append(slices.Clone(assess.EventKinds), assess.WebhookTest) {
		keys = append(keys, "event."+string(k))
	}
	for _, s := range assess.DeliveryStates {
		keys = append(keys, "deliveries.state."+string(s))
	}
	for _, r := range assess.Reasons {
		keys = append(keys, "reason."+string(r))
	}
	for _, s := range assess.Scopes {
		keys = append(keys, "scope."+string(s))
	}
	for _, key := range append(keys, "candidate.level.not_shown") {
		if _, ok := w[questions.English][key]; !ok {
			t.Errorf("no text for %q", key)
		}
	}
}

func TestAKeyStandsInOneFile(t *testing.T) {
	_, err := loadWords(fstest.MapFS{
		"locale/en/a.json": {Data: []byte(`{"hello": "Hello"}`)},
		"locale/en/b.json": {Data: []byte(`{"hello": "Good day"}`)},
	})
	if err == nil || !strings.Contains(err.Error(), `"hello"`) {
		t.Errorf("a key in two files: got %v", err)
	}
}

func TestSlotsAndPlurals(t *testing.T) {
	var english map[string]phrase
	if err := json.Unmarshal([]byte(`{"left": {"one": "{n} minute of {of}", "other": "{n} minutes of {of}"}}`), &english); err != nil {
		t.Fatal(err)
	}
	w := words{questions.English: english}
	for n, want := range map[int]string{0: "0 minutes of {n}", 1: "1 minute of {n}", 2: "2 minutes of {n}"} {
		got, err := w.text(questions.English, "left", "n", n, "of", "{n}")
		if err != nil || got != want {
			t.Errorf("%d: got %q, %v; want %q", n, got, err, want)
		}
	}
	if _, err := w.text(questions.English, "gone"); err == nil {
		t.Error("an unknown key has a text")
	}
}
