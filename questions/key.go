package questions

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Key is another key for a published form: how effective the options are, why, and
// by which rule items are marked. It never says anything a candidate reads.
type Key struct {
	Version string
	Note    string // What is new about it, in the author's words; may be empty.
	Items   []KeyedItem

	places places
}

// KeyedItem is one item's new key.
type KeyedItem struct {
	Item    string
	Rule    string // Empty keeps the item's rule.
	Options []KeyedOption
}

// KeyedOption is what the new key holds of one option.
type KeyedOption struct {
	Option        string
	Effectiveness int
	Why           Text
}

// MaxKey is the largest key file that is read, far above that of a long form.
const MaxKey = 1 << 20

var keyVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// whatCandidatesRead are the fields of an item that a key must leave alone.
var whatCandidatesRead = []string{"stem", "kind", "k", "zh", "en", "text", "version", "id", "option"}

// ReadKeyFile reads a key file, YAML or JSON, of the form
//
//	key_version: panel-2027-01
//	note: what the panel changed
//	items:
//	  law.debt.001:
//	    rule: concordance/1
//	    options:
//	      A: {eff: 1, why_zh: …, why_en: …}
//
// where note and rule may be left out. It fails with Faults that name every line.
func ReadKeyFile(name string, text []byte) (Key, error) {
	r := &reader{places: places{}}
	if len(text) > MaxKey {
		r.fail(place{name, 1}, "", "too_large", "is larger than %d bytes", MaxKey)
		return Key{}, r.faults
	}
	top, ok := r.parse(name, text)
	if !ok {
		return Key{}, r.faults
	}
	k := top.object().key()
	if len(r.faults) > 0 {
		return Key{}, r.faults.sorted()
	}
	k.places = r.places
	for path, at := range r.places { // lint names an item by its id alone
		if inner, ok := strings.CutPrefix(path, "items/"); ok {
			k.places[inner] = at
		}
	}
	return k, nil
}

func (o object) key() Key {
	defer o.close()
	k := Key{Version: o.text("key_version")}
	if k.Version != "" && !keyVersion.MatchString(k.Version) {
		o.at("key_version").fault("key_version", "%q is not up to 40 letters, digits, dots, dashes and underscores", k.Version)
	}
	if o.has("note") {
		k.Note = o.text("note")
	}
	if field, ok := o.get("items"); ok {
		items := field.object()
		for pair := range slices.Chunk(field.node.Content, 2) { // an item stands where its name does
			o.places[join(field.path, pair[0].Value)] = place{o.file, pair[0].Line}
		}
		for _, id := range slices.Sorted(maps.Keys(items.fields)) {
			item, _ := items.get(id)
			k.Items = append(k.Items, item.object().keyedItem(id))
		}
		if len(items.fields) == 0 {
			field.fault("missing", "name no item")
		}
	}
	return k
}

func (o object) keyedItem(id string) KeyedItem {
	defer o.close()
	i := KeyedItem{Item: id}
	o.leavesAlone()
	if o.has("rule") {
		i.Rule = o.text("rule")
	}
	if field, ok := o.get("options"); ok {
		options := field.object()
		for _, option := range slices.Sorted(maps.Keys(options.fields)) {
			v, _ := options.get(option)
			i.Options = append(i.Options, v.object().keyedOption(option))
		}
	}
	return i
}

func (o object) keyedOption(id string) KeyedOption {
	defer o.close()
	o.leavesAlone()
	return KeyedOption{Option: id, Effectiveness: o.number("eff", 1, highestRating), Why: o.both("why_")}
}

// leavesAlone notes a fault for each field of what candidates read.
func (o object) leavesAlone() {
	for _, name := range whatCandidatesRead {
		if field, given := o.unread[name]; given {
			delete(o.unread, name)
			field.fault("question", "is what candidates read: a key changes eff, the reasons and the rule alone")
		}
	}
}

// Rekeyed returns the form under another key. Questions, options and their order stay
// as they are, so responses given to the form are responses to the new one. Items the
// key does not name keep theirs; those it names begin the ladder of a key's life again.
// It fails with Faults: for items and options the form does not have or the key leaves
// out, and for whatever lint finds that it did not find before.
func (f Form) Rekeyed(k Key) (Form, error) {
	var faults Faults
	note := func(path, word, message string) {
		faults = append(faults, k.places.fault(path, word, message))
	}
	old := f
	f.Items, f.Chances = slices.Clone(f.Items), slices.Clone(f.Chances)
	for _, keyed := range k.Items {
		n := slices.IndexFunc(f.Items, func(i Item) bool { return i.ID == keyed.Item })
		if n < 0 {
			note(keyed.Item, "unknown_item", "is not on the form")
			continue
		}
		if f.Items[n].KeyVersion == k.Version {
			note("key_version", "taken", k.Version+" is already the version of "+keyed.Item+"'s key")
			continue
		}
		i, found := f.Items[n].rekeyed(keyed)
		for _, c := range found {
			note(join(keyed.Item, c.field), c.word, c.message)
		}
		if len(found) > 0 {
			continue
		}
		i.KeyVersion, i.Status = k.Version, DraftAuthorKey
		f.Items[n], f.Chances[n] = i, i.Chance()
	}
	if len(faults) > 0 {
		return Form{}, faults.sorted()
	}
	if faults = f.lintedBeside(old, k); len(faults) > 0 {
		return Form{}, faults.sorted()
	}
	f.Status, f.KeyVersion = f.keyOf()
	f.Certificate = nil // It was of the other key.
	return f, nil
}

// rekeyed is the item under its new key.
func (i Item) rekeyed(k KeyedItem) (Item, []complaint) {
	var found []complaint
	i.Options = slices.Clone(i.Options)
	given := map[string]KeyedOption{}
	for _, o := range k.Options {
		given[o.Option] = o
		if _, ok := i.Option(o.Option); !ok {
			found = append(found, complaint{"options/" + o.Option, "unknown_option", "is no option of the item"})
		}
	}
	for n := range i.Options {
		o := &i.Options[n]
		if keyed, ok := given[o.ID]; ok {
			o.Effectiveness, o.Why = keyed.Effectiveness, keyed.Why
		} else {
			found = append(found, complaint{"options", "missing", "leave out option " + o.ID})
		}
	}
	if k.Rule != "" {
		if kind, ok := KindOf(k.Rule); !ok || kind != i.Kind {
			found = append(found, complaint{"rule", "unknown_word", k.Rule + " is not one of " + strings.Join(RulesOf(i.Kind), ", ")})
			return i, found
		}
		i.Rule = k.Rule
	}
	if len(found) == 0 && !i.fits(i.Rule) {
		found = append(found, complaint{"rule", "rule", i.Rule + " cannot mark the item under this key"})
	}
	return i, found
}

// lintedBeside is what lint finds in the form that it did not find in the old one.
func (f Form) lintedBeside(old Form, k Key) Faults {
	before := map[string]bool{}
	for _, fault := range old.lint(places{}) {
		before[fault.Field+fault.Message] = true
	}
	var faults Faults
	for _, fault := range f.lint(k.places) {
		if !before[fault.Field+fault.Message] {
			faults = append(faults, fault)
		}
	}
	return faults
}

// lint looks at the form's items as a bank.
func (f Form) lint(at places) []Fault {
	facts := make(map[string]Fact, len(f.Facts))
	for _, fact := range f.Facts {
		facts[fact.ID] = fact
	}
	return Bank{Items: f.Items, Facts: facts, places: at}.Lint()
}

// keyOf is the status and the version of a form's key: the lowest status of its items
// and their versions joined.
func (f Form) keyOf() (Status, string) {
	status := Statuses[len(Statuses)-1]
	var versions []string
	for _, i := range f.Items {
		status = Statuses[max(0, min(slices.Index(Statuses, status), slices.Index(Statuses, i.Status)))]
		versions = append(versions, i.KeyVersion)
	}
	slices.Sort(versions)
	return status, strings.Join(slices.Compact(versions), "+")
}

// Recomputed is the form with all that follows from its items worked out again: chance
// levels, status and the version of the key.
func (f Form) Recomputed() Form {
	f.Chances = make([]Chance, len(f.Items))
	for n, i := range f.Items {
		f.Chances[n] = i.Chance()
	}
	f.Status, f.KeyVersion = f.keyOf()
	return f
}

// SameQuestions reports whether two forms ask the same: all that differs is key,
// reasons and rules.
func (f Form) SameQuestions(g Form) bool {
	a, errA := f.unkeyed()
	b, errB := g.unkeyed()
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// unkeyed is the form's text without its key.
func (f Form) unkeyed() ([]byte, error) {
	f.KeyVersion, f.Status, f.Chances, f.Certificate = "", "", nil, nil
	f.Items = slices.Clone(f.Items)
	for n := range f.Items {
		i := &f.Items[n]
		i.Rule, i.KeyVersion, i.Status = "", "", ""
		i.Options = slices.Clone(i.Options)
		for o := range i.Options {
			i.Options[o].Effectiveness, i.Options[o].Why = 0, Text{}
		}
	}
	return json.Marshal(f)
}

// KeyFile writes the form's key as ReadKeyFile reads it, for an author to change. It
// bears no version: a changed key needs one of its own.
func (f Form) KeyFile() []byte {
	top, items := newMapping(), newMapping()
	top.text("key_version", "")
	top.comment("The key of form "+f.Hash()+".", "Give it a version of its own, change eff, the reasons or a rule, and leave out the items that stay as they are.")
	top.text("note", "")
	top.put("items", items.node)
	for _, i := range f.Items {
		item, options := newMapping(), newMapping()
		item.word("rule", i.Rule)
		item.put("options", options.node)
		for _, o := range i.Options {
			option := newMapping()
			option.node.Style = yaml.FlowStyle
			option.number("eff", o.Effectiveness)
			option.both("why_", o.Why)
			options.put(o.ID, option.node)
			options.comment(o.Text.English)
		}
		items.put(i.ID, item.node)
		items.comment(i.Stem.English)
	}
	text, err := written(top.node)
	if err != nil {
		panic(err) // Nodes of texts and numbers can always be written.
	}
	return text
}
