package qti_test

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/fourfold/fourfold/questions"
)

// The rules QTI 3.0 publishes for the elements we write, in our own words: what an
// element may hold in which order, and the attributes it must and may have. The
// schema itself is not ours to keep; tools/qti-schema holds a package against it
// where one has it.
type grammar struct {
	children string // Names in order, with ?, * or + behind them; "" for text only.
	need     string
	may      string
}

var grammars = map[string]grammar{
	"qti-assessment-item": {"qti-response-declaration* qti-outcome-declaration* qti-item-body? qti-response-processing?",
		"identifier title time-dependent", "xml:lang adaptive tool-name tool-version label"},
	"qti-response-declaration":     {"qti-correct-response? qti-mapping?", "identifier cardinality", "base-type"},
	"qti-correct-response":         {"qti-value+", "", ""},
	"qti-value":                    {"", "", ""},
	"qti-mapping":                  {"qti-map-entry+", "", "lower-bound upper-bound default-value"},
	"qti-map-entry":                {"", "map-key mapped-value", "case-sensitive"},
	"qti-outcome-declaration":      {"qti-default-value?", "identifier cardinality", "base-type normal-minimum normal-maximum"},
	"qti-default-value":            {"qti-value+", "", ""},
	"qti-item-body":                {"p* qti-choice-interaction* qti-match-interaction* qti-rubric-block*", "", "xml:lang"},
	"p":                            {"", "", "class"},
	"qti-prompt":                   {"", "", ""},
	"qti-choice-interaction":       {"qti-prompt? qti-simple-choice+", "response-identifier", "shuffle max-choices min-choices"},
	"qti-simple-choice":            {"", "identifier", "fixed"},
	"qti-match-interaction":        {"qti-prompt? qti-simple-match-set+", "response-identifier", "shuffle max-associations min-associations"},
	"qti-simple-match-set":         {"qti-simple-associable-choice*", "", ""},
	"qti-simple-associable-choice": {"", "identifier match-max", "match-min fixed"},
	"qti-rubric-block":             {"qti-content-body", "use view", ""},
	"qti-content-body":             {"p* dl*", "", ""},
	"dl":                           {"dt|dd", "", "class"},
	"dt":                           {"", "", ""},
	"dd":                           {"", "", ""},
	"qti-response-processing":      {"", "", "template"},
	"qti-assessment-test": {"qti-outcome-declaration* qti-rubric-block* qti-test-part+ qti-outcome-processing?",
		"identifier title", "xml:lang tool-name tool-version"},
	"qti-test-part":           {"qti-assessment-section+", "identifier navigation-mode submission-mode", ""},
	"qti-assessment-section":  {"qti-assessment-item-ref*", "identifier title visible", ""},
	"qti-assessment-item-ref": {"qti-weight*", "identifier href", "category"},
	"qti-weight":              {"", "identifier value", ""},
	"qti-outcome-processing":  {"qti-set-outcome-value*", "", ""},
	"qti-set-outcome-value":   {"qti-sum? qti-divide?", "identifier", ""},
	"qti-sum":                 {"qti-test-variables+", "", ""},
	"qti-divide":              {"qti-sum qti-base-value", "", ""},
	"qti-test-variables":      {"", "variable-identifier", "weight-identifier include-category base-type"},
	"qti-base-value":          {"", "base-type", ""},
	"manifest":                {"metadata organizations resources", "identifier", ""},
	"organizations":           {"", "", ""},
	"resources":               {"resource*", "", ""},
	"resource":                {"metadata? file+ dependency*", "identifier type", "href"},
	"file":                    {"", "href", ""},
	"dependency":              {"", "identifierref", ""},
	"metadata":                {"schema? schemaversion? qtiMetadata? lom?", "", ""},
	"schema":                  {"", "", ""},
	"schemaversion":           {"", "", ""},
	"qtiMetadata":             {"interactionType* scoringMode* toolName? toolVersion?", "", ""},
	"interactionType":         {"", "", ""},
	"scoringMode":             {"", "", ""},
	"toolName":                {"", "", ""},
	"toolVersion":             {"", "", ""},
	"lom":                     {"general?", "", ""},
	"general":                 {"identifier* language* keyword*", "", ""},
	"identifier":              {"catalog? entry?", "", ""},
	"catalog":                 {"", "", ""},
	"entry":                   {"", "", ""},
	"language":                {"", "", ""},
	"keyword":                 {"string*", "", ""},
	"string":                  {"", "", ""},
}

var (
	xmlName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9._-]*$`)
	natural = regexp.MustCompile(`^[0-9]+$`)
)

// patterns hold each grammar's children as a pattern over their names.
var patterns = func() map[string]*regexp.Regexp {
	all := map[string]*regexp.Regexp{}
	for tag, g := range grammars {
		pattern := "^"
		for _, part := range strings.Fields(g.children) {
			name, many := strings.TrimRight(part, "?*+"), ""
			if len(name) < len(part) {
				many = part[len(name):]
			}
			if strings.Contains(name, "|") {
				many = "*"
			}
			pattern += "((" + name + ") )" + many
		}
		all[tag] = regexp.MustCompile(pattern + "$")
	}
	return all
}()

// obeys holds an element and all below it against the grammar.
func obeys(t *testing.T, file string, e *etree.Element) {
	t.Helper()
	g, known := grammars[e.Tag]
	if !known {
		t.Errorf("%s: <%s> is no element of QTI", file, e.Tag)
		return
	}
	var tags []string
	for _, child := range e.ChildElements() {
		tags = append(tags, child.Tag)
		obeys(t, file, child)
	}
	sequence := strings.Join(tags, " ") + " "
	if g.children == "" && len(tags) == 0 {
		sequence = ""
	}
	if !patterns[e.Tag].MatchString(strings.TrimLeft(sequence, " ")) {
		t.Errorf("%s: <%s> holds %q, allowed is %q", file, e.Tag, sequence, g.children)
	}
	allowed := append(strings.Fields(g.need), strings.Fields(g.may)...)
	for _, need := range strings.Fields(g.need) {
		if e.SelectAttr(need) == nil {
			t.Errorf("%s: <%s> lacks %s", file, e.Tag, need)
		}
	}
	for _, a := range e.Attr {
		key := a.FullKey()
		if !slices.Contains(allowed, key) && key != "xmlns" && key != "xmlns:xsi" && key != "xsi:schemaLocation" {
			t.Errorf("%s: <%s> must not have %s", file, e.Tag, key)
		}
		switch {
		case strings.HasSuffix(key, "identifier") && !xmlName.MatchString(a.Value):
			t.Errorf("%s: %s=%q is no XML name", file, key, a.Value)
		case slices.Contains([]string{"min-choices", "max-choices", "match-min", "match-max", "min-associations", "max-associations"}, key) && !natural.MatchString(a.Value):
			t.Errorf("%s: %s=%q is no whole number", file, key, a.Value)
		case slices.Contains([]string{"mapped-value", "lower-bound", "upper-bound", "value"}, key):
			if _, err := strconv.ParseFloat(a.Value, 64); err != nil {
				t.Errorf("%s: %s=%q is no number", file, key, a.Value)
			}
		}
	}
}

func parsed(t *testing.T, file string, text []byte) *etree.Element {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(text); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return doc.Root()
}

// every returns an attribute of all elements that the path finds.
func every(e *etree.Element, path, name string) []string {
	var all []string
	for _, found := range e.FindElements(path) {
		all = append(all, found.SelectAttrValue(name, ""))
	}
	return all
}

// Every file of the built-in bank's package keeps the published rules, and all its
// references lead somewhere.
func TestPackageKeepsThePublishedRules(t *testing.T) {
	b := builtin(t)
	files := entries(t, exported(t, b))
	manifest := parsed(t, "imsmanifest.xml", files["imsmanifest.xml"])
	obeys(t, "imsmanifest.xml", manifest)
	if got := manifest.FindElement("metadata/schemaversion").Text(); got != "3.0.0" {
		t.Errorf("schema version %q", got)
	}
	ids := every(manifest, "resources/resource", "identifier")
	if slices.Sort(ids); len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("the manifest names two resources alike")
	}
	for _, to := range every(manifest, "resources/resource/dependency", "identifierref") {
		if _, found := slices.BinarySearch(ids, to); !found {
			t.Errorf("the manifest points to %s, which it does not list", to)
		}
	}
	listed := every(manifest, "resources/resource", "href")
	for name := range files {
		if name != "imsmanifest.xml" && !slices.Contains(listed, name) {
			t.Errorf("%s is not in the manifest", name)
		}
	}
	for _, r := range manifest.FindElements("resources/resource") {
		name := r.SelectAttrValue("href", "")
		text, there := files[name]
		if !there {
			t.Errorf("the manifest lists %s, which is not there", name)
			continue
		}
		switch r.SelectAttrValue("type", "") {
		case "imsqti_item_xmlv3p0":
			item := parsed(t, name, text)
			obeys(t, name, item)
			itemIsWhole(t, name, item)
			if item.SelectAttrValue("identifier", "") != r.SelectAttrValue("identifier", "") {
				t.Errorf("%s is called otherwise than in the manifest", name)
			}
		case "imsqti_test_xmlv3p0":
			test := parsed(t, name, text)
			obeys(t, name, test)
			testIsWhole(t, name, test, files, len(b.Items))
		case "webcontent":
		default:
			t.Errorf("%s is of a type QTI does not know", name)
		}
	}
	if len(listed) != 2*(len(b.Items)+len(b.Practice))+3 {
		t.Errorf("%d resources for %d items", len(listed), len(b.Items)+len(b.Practice))
	}
}

// itemIsWhole looks at what a schema cannot say of an item: variables are declared
// as their interaction needs them, and maps and answers name what is there.
func itemIsWhole(t *testing.T, name string, item *etree.Element) {
	t.Helper()
	declared := item.SelectElement("qti-response-declaration")
	var sources, targets []string
	interaction := item.FindElement("qti-item-body/qti-choice-interaction")
	baseType := "identifier"
	if interaction != nil {
		sources = every(interaction, "qti-simple-choice", "identifier")
		if low, high := interaction.SelectAttrValue("min-choices", ""), interaction.SelectAttrValue("max-choices", ""); low != high || low != "2" {
			t.Errorf("%s: chooses %s to %s", name, low, high)
		}
	} else {
		interaction, baseType = item.FindElement("qti-item-body/qti-match-interaction"), "directedPair"
		sets := interaction.SelectElements("qti-simple-match-set")
		if len(sets) != 2 {
			t.Fatalf("%s: %d match sets", name, len(sets))
		}
		sources, targets = every(sets[0], "qti-simple-associable-choice", "identifier"), every(sets[1], "qti-simple-associable-choice", "identifier")
	}
	all := slices.Concat(sources, targets)
	if slices.Sort(all); len(slices.Compact(slices.Clone(all))) != len(sources)+len(targets) {
		t.Errorf("%s: choices named alike: %v", name, all)
	}
	if declared.SelectAttrValue("identifier", "") != interaction.SelectAttrValue("response-identifier", "") ||
		declared.SelectAttrValue("cardinality", "") != "multiple" || declared.SelectAttrValue("base-type", "") != baseType {
		t.Errorf("%s: the response is not declared as its interaction needs it", name)
	}
	possible := map[string]bool{}
	for _, s := range sources {
		if targets == nil {
			possible[s] = true
		}
		for _, to := range targets {
			possible[s+" "+to] = true
		}
	}
	keys := every(declared, "qti-mapping/qti-map-entry", "map-key")
	if slices.Sort(keys); !slices.Equal(keys, slices.Sorted(maps.Keys(possible))) {
		t.Errorf("%s: maps %v", name, keys)
	}
	answers := declared.FindElements("qti-correct-response/qti-value")
	for _, a := range answers {
		if !possible[a.Text()] {
			t.Errorf("%s: the keyed answer %q cannot be given", name, a.Text())
		}
	}
	least, _ := strconv.Atoi(interaction.SelectAttrValue("min-associations", interaction.SelectAttrValue("min-choices", "")))
	if len(answers) != least {
		t.Errorf("%s: the keyed answer has %d parts of %d", name, len(answers), least)
	}
	if got := every(item, "qti-outcome-declaration", "identifier"); !slices.Equal(got, []string{"SCORE", "MAXSCORE"}) {
		t.Errorf("%s: declares %v", name, got)
	}
	for _, o := range item.SelectElements("qti-outcome-declaration") {
		if o.SelectAttrValue("base-type", "") != "float" || o.SelectAttrValue("cardinality", "") != "single" {
			t.Errorf("%s: %s is no single float", name, o.SelectAttrValue("identifier", ""))
		}
	}
	for _, view := range every(item, "qti-item-body/qti-rubric-block", "view") {
		if strings.Contains(view, "candidate") {
			t.Errorf("%s: the key is shown to candidates", name)
		}
	}
}

// testIsWhole looks at a test's references, and that each quality has its outcome.
func testIsWhole(t *testing.T, name string, test *etree.Element, files map[string][]byte, items int) {
	t.Helper()
	want := []string{"SCORE", "MAXSCORE", "COMMUNICATION", "ENDURANCE", "NEGOTIATION", "LEGAL"}
	if got := every(test, "qti-outcome-declaration", "identifier"); !slices.Equal(got, want) {
		t.Errorf("%s: declares %v", name, got)
	}
	set := every(test, "qti-outcome-processing/qti-set-outcome-value", "identifier")
	if slices.Sort(set); !slices.Equal(set, slices.Sorted(slices.Values(want))) {
		t.Errorf("%s: sets %v", name, set)
	}
	count := map[string]int{}
	for _, ref := range test.FindElements("qti-test-part/qti-assessment-section/qti-assessment-item-ref") {
		file := path.Join(path.Dir(name), ref.SelectAttrValue("href", ""))
		item := parsed(t, file, files[file])
		if item == nil || item.SelectAttrValue("identifier", "") != ref.SelectAttrValue("identifier", "") {
			t.Errorf("%s: %s is not the item it refers to", name, file)
			continue
		}
		if item.SelectAttrValue("xml:lang", "") != test.SelectAttrValue("xml:lang", "") {
			t.Errorf("%s: %s is in another language", name, file)
		}
		category := ref.SelectAttrValue("category", "")
		count[category]++
		if category == "practice" {
			continue
		}
		most := item.FindElement("qti-outcome-declaration[@identifier='MAXSCORE']/qti-default-value/qti-value").Text()
		max, _ := strconv.ParseFloat(most, 64)
		weight, _ := strconv.ParseFloat(ref.FindElement("qti-weight").SelectAttrValue("value", ""), 64)
		if got := fmt.Sprintf("%.12f", max*weight); got != "1.000000000000" {
			t.Errorf("%s: %s weighs %s of %s", name, file, ref.FindElement("qti-weight").SelectAttrValue("value", ""), most)
		}
	}
	total := 0
	for _, q := range questions.Qualities {
		total += count[string(q)]
		outcome := test.FindElement("qti-outcome-processing/qti-set-outcome-value[@identifier='" + strings.ToUpper(string(q)) + "']/qti-divide/qti-base-value")
		if outcome.Text() != strconv.Itoa(count[string(q)]) {
			t.Errorf("%s: the mean of %s is over %s of %d items", name, q, outcome.Text(), count[string(q)])
		}
	}
	if total != items || count["practice"] != 4 {
		t.Errorf("%s: %d items and %d for practice", name, total, count["practice"])
	}
}

// Whatever bytes come in, they are refused in words or read into items that a
// package can carry again.
func FuzzImport(f *testing.F) {
	pack := packed(f, small(f))
	f.Add(pack)
	f.Add(pack[:len(pack)/2])
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := imported(data); err == nil {
			exported(t, questions.Bank{Items: p.Items, Practice: p.Practice})
		} else if err.Error() == "" {
			t.Error("refused without a word")
		}
	})
}
