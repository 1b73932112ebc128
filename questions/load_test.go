package questions_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fourfold/fourfold/questions"
)

// smallBank is a sound bank of one item beside the real texts and blueprints.
func smallBank(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for name, from := range map[string]string{
		"bank/small.yaml": "testdata/small/bank/small.yaml",
		"law/small.yaml":  "testdata/small/law/small.yaml",
		"practice.yaml":   "practice.yaml",
		"interview.yaml":  "interview.yaml",
		"blueprints.yaml": "blueprints.yaml",
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// damage is one fault put into a file of the small bank.
type damage struct {
	file     string
	old, new string   // What stands there is replaced once; an empty old appends.
	want     []string // Every fault that must be listed, and no other.
}

func (d damage) to(t *testing.T, files fstest.MapFS) fs.FS {
	t.Helper()
	text := string(files[d.file].Data)
	damaged := strings.Replace(text, d.old, d.new, 1)
	if d.old == "" {
		damaged = text + d.new
	}
	if damaged == text {
		t.Fatalf("%q is not in %s", d.old, d.file)
	}
	files[d.file] = &fstest.MapFile{Data: []byte(damaged)}
	return files
}

func listed(faults []questions.Fault) string {
	var lines []string
	for _, f := range faults {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

func TestLoadReadsAnItem(t *testing.T) {
	b, err := questions.Load(smallBank(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Items) != 1 || len(b.Practice) != 4 {
		t.Fatalf("%d items and %d for practice, want 1 and 4", len(b.Items), len(b.Practice))
	}
	i := b.Items[0]
	if i.ID != "end.calm.901" || i.Rule != "best_worst/1" || i.Debtor.Surname != "Tan" || i.Problem != "abuse" {
		t.Errorf("item read as %+v", i)
	}
	option, _ := i.Option("B")
	if !option.Redline || option.Effectiveness != 1 || option.Why.In(questions.English) != "Threatening; escalates the conflict." {
		t.Errorf("option read as %+v", option)
	}
	if fact := b.Facts["CN90"]; fact.EffectiveFrom != "2026-01-30" || fact.Citation.In(questions.Chinese) != "测试用规则" {
		t.Errorf("fact read as %+v", fact)
	}
}

// A rule whose key is an order takes an effectiveness for each of its options, beyond the
// scale of ratings.
func TestLoadReadsAnOrderAsAKey(t *testing.T) {
	files := smallBank(t)
	text := strings.NewReplacer(
		"kind: best_worst", "kind: rank\n  rule: ukfpo_rank5/1", "eff: 4", "eff: 5", "eff: 3", "eff: 4",
		"  legal: [CN90]\n  sme", `    - option: E
      eff: 3
      zh: "请同事接着谈。"
      en: "Ask a colleague to go on with the call."
      why_zh: "避开了冲突，也推开了责任。"
      why_en: "Avoids the conflict and the duty."
  legal: [CN90]
  sme`).Replace(string(files["bank/small.yaml"].Data))
	files["bank/small.yaml"] = &fstest.MapFile{Data: []byte(text)}
	b, err := questions.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	if faults := b.Lint(); complains(faults, "needs") {
		t.Errorf("lint: %s", listed(faults))
	}
	if m, ok := b.Items[0].Mark(ranked(2, 5, 1, 4, 3)); !ok || m != (questions.Mark{Num: 20, Den: 20}) {
		t.Errorf("the key itself earns %v, %v", m, ok)
	}
	best := strings.Replace(text, "eff: 5", "eff: 6", 1)
	files["bank/small.yaml"] = &fstest.MapFile{Data: []byte(best)}
	if _, err := questions.Load(files); err == nil || !strings.Contains(err.Error(), "is 6, not within 1 to 5") {
		t.Errorf("effectiveness 6 of five options: %v", err)
	}
}

func TestLoadListsFaults(t *testing.T) {
	const item = "bank/small.yaml"
	for story, d := range map[string]damage{
		"unknown field of an item": {item, "  seconds: 70", "  seconds: 70\n  second: 70", []string{
			"bank/small.yaml:12: end.calm.901/second: is not a known field"}},
		"unknown field of an option": {item, "      eff: 3", "      eff: 3\n      best: true", []string{
			"bank/small.yaml:21: end.calm.901/options/A/best: is not a known field"}},
		"missing field": {item, "  kind: best_worst\n", "", []string{
			"bank/small.yaml:1: end.calm.901/kind: is missing"}},
		"missing translation of the stem": {item, "    en: \"Mr Tan", "    fr: \"Mr Tan", []string{
			"bank/small.yaml:16: end.calm.901/stem/en: is missing",
			"bank/small.yaml:17: end.calm.901/stem/fr: is not a known field"}},
		"missing translation of a reason": {item, "      why_zh: \"跳过了提醒。\"\n", "", []string{
			"bank/small.yaml:39: end.calm.901/options/D/why_zh: is missing"}},
		"empty text": {item, "\"不出声，等他骂完再谈。\"", "\"\"", []string{
			"bank/small.yaml:21: end.calm.901/options/A/zh: is empty"}},
		"text with space around it": {item, "\"A 2 or 3.\"", "\" A 2 or 3.\"", []string{
			"bank/small.yaml:46: end.calm.901/sme_check: begins or ends with space"}},
		"key given twice": {item, "  seconds: 70", "  seconds: 70\n  seconds: 80", []string{
			"bank/small.yaml:12: end.calm.901/seconds: is given twice"}},
		"number as text": {item, "seconds: 70", "seconds: \"70\"", []string{
			"bank/small.yaml:11: end.calm.901/seconds: must be a whole number"}},
		"number with a fraction": {item, "seconds: 70", "seconds: 70.5", []string{
			"bank/small.yaml:11: end.calm.901/seconds: must be a whole number"}},
		"text as number": {item, "key_version: \"0.1\"", "key_version: 0.1", []string{
			"bank/small.yaml:4: end.calm.901/key_version: must be text"}},
		"list where text belongs": {item, "problem: abuse", "problem: [abuse]", []string{
			"bank/small.yaml:14: end.calm.901/problem: must be text"}},
		"text where a list belongs": {item, "duties: [D1]", "duties: D1", []string{
			"bank/small.yaml:7: end.calm.901/duties: must be a list"}},
		"text where a mapping belongs": {item, "debtor: {surname: Tan, gender: male}", "debtor: Tan", []string{
			"bank/small.yaml:13: end.calm.901/debtor: must be a mapping"}},
		"no truth value": {item, "redline: true", "redline: perhaps", []string{
			"bank/small.yaml:31: end.calm.901/options/B/redline: must be true or false"}},
		"unknown kind": {item, "kind: best_worst", "kind: most_least", []string{
			`bank/small.yaml:9: end.calm.901/kind: "most_least" is not one of best_worst, rate, rank, choose_k`}},
		"unknown quality": {item, "quality: endurance", "quality: patience", []string{
			`bank/small.yaml:5: end.calm.901/quality: "patience" is not one of communication, endurance, negotiation, legal`}},
		"unknown jurisdiction": {item, "jurisdiction: CN", "jurisdiction: EU", []string{
			`bank/small.yaml:10: end.calm.901/jurisdiction: "EU" is not one of any, CN, US, UK`}},
		"unknown status": {item, "status: draft-author-key", "status: draft", []string{
			`bank/small.yaml:3: end.calm.901/status: "draft" is not one of draft-author-key, sme-reviewed, piloted, validated`}},
		"unknown gender": {item, "gender: male", "gender: m", []string{
			`bank/small.yaml:13: end.calm.901/debtor/gender: "m" is not one of female, male`}},
		"unknown scoring rule": {item, "  seconds: 70", "  rule: pairs/1\n  seconds: 70", []string{
			`bank/small.yaml:11: end.calm.901/rule: "pairs/1" is not one of best_worst/1`}},
		"effectiveness beyond the scale": {item, "eff: 3", "eff: 5", []string{
			"bank/small.yaml:20: end.calm.901/options/A/eff: is 5, not within 1 to 4"}},
		"choose_k without k": {item, "kind: best_worst", "kind: choose_k", []string{
			"bank/small.yaml:1: end.calm.901/k: is missing"}},
		"k larger than the options": {item, "kind: best_worst", "kind: choose_k\n  k: 4", []string{
			"bank/small.yaml:10: end.calm.901/k: is 4, not within 1 to 3"}},
		"k of another kind": {item, "  kind: best_worst", "  kind: best_worst\n  k: 2", []string{
			"bank/small.yaml:10: end.calm.901/k: is not a known field"}},
		"id with spaces": {item, "id: end.calm.901", "id: End calm", []string{
			`bank/small.yaml:1: End calm/id: "End calm" is not words of a–z, 0–9 and _ joined by dots`}},
		"id that steers a terminal": {item, "id: end.calm.901", "id: \"end.calm.\\e[2J\"", []string{
			`bank/small.yaml:1: "end.calm.\x1b[2J/id": "end.calm.\x1b[2J" is not words of a–z, 0–9 and _ joined by dots`}},
		"option named twice": {item, "option: D", "option: C", []string{
			"bank/small.yaml:39: end.calm.901/options/C/option: is already at bank/small.yaml:33"}},
		"tag listed twice": {item, "[D1]", "[D1, D1]", []string{
			`bank/small.yaml:7: end.calm.901/duties/#2: "D1" is listed twice`}},
		"alias": {item, "mindsets: [M7]", "mindsets: &m [M7]\n  enemies: *m", []string{
			"bank/small.yaml:9: end.calm.901/enemies: is an alias; write the value out"}},
		"merge key": {item, "  seconds: 70", "  seconds: 70\n  <<: {seconds: 80}", []string{
			"bank/small.yaml:12: end.calm.901/<<: is not a known field"}},
		"several documents": {item, "", "---\n- id: other\n", []string{
			"bank/small.yaml:1: expected single document, found multiple"}},
		"broken YAML": {item, "duties: [D1]", "duties: [D1", []string{
			"bank/small.yaml:8: did not find expected ',' or ']'"}},
		"mapping instead of a list": {"law/small.yaml", "- id: CN90\n ", "id: CN90\nlaw:\n ", []string{
			"law/small.yaml:1: must be a list"}},
		"fact given twice": {"law/small.yaml", "", "- id: CN90\n", []string{
			"law/small.yaml:14: CN90/id: is already at law/small.yaml:1",
			"law/small.yaml:14: #2/jurisdiction: is missing",
			"law/small.yaml:14: #2/text: is missing",
			"law/small.yaml:14: #2/citation: is missing",
			"law/small.yaml:14: #2/sources: is missing",
			"law/small.yaml:14: #2/checked_on: is missing",
			"law/small.yaml:14: #2/review_by: is missing",
			"law/small.yaml:14: #2/confidence: is missing"}},
		"no such day": {"law/small.yaml", "\"2026-01-30\"", "\"2026-02-30\"", []string{
			`law/small.yaml:10: CN90/effective_from: "2026-02-30" is not a date as YYYY-MM-DD`}},
		"review before the check": {"law/small.yaml", "\"2027-11-01\"", "\"2025-11-01\"", []string{
			"law/small.yaml:12: CN90/review_by: is before checked_on"}},
		"practice item too many": {"practice.yaml", "kind: rank", "kind: rate", []string{
			"practice.yaml:1: needs one rate item, has 2",
			"practice.yaml:1: needs one rank item, has 0"}},
		"facet without a guide": {"interview.yaml", "facet: com.listen", "facet: com.explain", []string{
			"interview.yaml:71: facets: do not say anything of com.listen",
			"interview.yaml:91: facets/com.explain/facet: is already at interview.yaml:71"}},
		"facets that do not add up": {"blueprints.yaml", "com.explain: 2", "com.explain: 3", []string{
			"blueprints.yaml:20: blueprints/S/facets: of communication add up to 7, the kinds to 6"}},
		"scale out of order": {"blueprints.yaml", "{value: 4,", "{value: 3,", []string{
			"blueprints.yaml:10: scale/#1/value: comes out of order: from 4 down to 1"}},
	} {
		t.Run(story, func(t *testing.T) {
			_, err := questions.Load(d.to(t, smallBank(t)))
			var faults questions.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("Load = %v, want Faults", err)
			}
			if got, want := listed(faults), strings.Join(d.want, "\n"); got != want {
				t.Errorf("faults:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestLoadNamesMissingFiles(t *testing.T) {
	_, err := questions.Load(fstest.MapFS{})
	const want = "blueprints.yaml:1: open blueprints.yaml: file does not exist\n" +
		"interview.yaml:1: open interview.yaml: file does not exist\n" +
		"practice.yaml:1: open practice.yaml: file does not exist"
	if err == nil || err.Error() != want {
		t.Errorf("Load = %v, want\n%s", err, want)
	}
}

func TestLoadRefusesSameIDInTwoFiles(t *testing.T) {
	files := smallBank(t)
	files["bank/zz.yaml"] = files["bank/small.yaml"]
	_, err := questions.Load(files)
	const want = "bank/zz.yaml:1: end.calm.901/id: is already at bank/small.yaml:1"
	if err == nil || err.Error() != want {
		t.Errorf("Load = %v, want\n%s", err, want)
	}
}

// A few hundred bytes of nested aliases would stand for billions of values.
func TestLoadRefusesAliasBomb(t *testing.T) {
	bomb := "- &a0 x\n"
	for n := range 30 {
		bomb += fmt.Sprintf("- &a%d [*a%d, *a%d, *a%d, *a%d]\n", n+1, n, n, n, n)
	}
	files := smallBank(t)
	files["bank/small.yaml"] = &fstest.MapFile{Data: []byte(bomb)}
	_, err := questions.Load(files)
	if want := "bank/small.yaml:2: #2: must be a mapping"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Load = %v, want among others\n%s", err, want)
	}
}

// That blind keyers met an item's whole key is kept with the item, and a form of items
// without the mark reads as it did before there was one.
func TestLoadTransparent(t *testing.T) {
	d := damage{"bank/small.yaml", "  seconds: 70", "  seconds: 70\n  transparent: true", nil}
	b, err := questions.Load(d.to(t, smallBank(t)))
	if err != nil {
		t.Fatal(err)
	}
	marked, err := json.Marshal(b.Items[0])
	if err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(b.Practice[0])
	if err != nil {
		t.Fatal(err)
	}
	const mark = `"transparent":true`
	if !b.Items[0].Transparent || !strings.Contains(string(marked), mark) {
		t.Errorf("the mark is lost: %s", marked)
	}
	if b.Practice[0].Transparent || strings.Contains(string(plain), "transparent") {
		t.Errorf("an item without the mark says: %s", plain)
	}
}
