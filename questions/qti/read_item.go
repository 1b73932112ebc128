package qti

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	"github.com/fourfold/fourfold/questions"
)

// itemWords is what an item may hold.
var itemWords = vocabulary{
	"qti-assessment-item":      {"identifier", "title", "xml:lang", "adaptive", "time-dependent", "tool-name", "tool-version"},
	"qti-response-declaration": {"identifier", "cardinality", "base-type"},
	"qti-correct-response":     nil, "qti-value": nil,
	"qti-mapping": {"lower-bound", "upper-bound", "default-value"}, "qti-map-entry": {"map-key", "mapped-value"},
	"qti-outcome-declaration": {"identifier", "cardinality", "base-type", "normal-minimum", "normal-maximum"}, "qti-default-value": nil,
	"qti-item-body": nil, "p": nil, "qti-prompt": nil,
	"qti-choice-interaction": {"response-identifier", "shuffle", "min-choices", "max-choices"}, "qti-simple-choice": {"identifier"},
	"qti-match-interaction": {"response-identifier", "shuffle", "min-associations", "max-associations"}, "qti-simple-match-set": nil,
	"qti-simple-associable-choice": {"identifier", "fixed", "match-min", "match-max"},
	"qti-rubric-block":             {"view", "use"}, "qti-content-body": nil, "dl": {"class"}, "dt": nil, "dd": nil,
	"qti-response-processing": {"template"},
}

// readItem reads one language of an item.
func readItem(entry string, text []byte, known ledger) (half, error) {
	doc, err := readDocument(entry, text, itemSpace, "qti-assessment-item", itemWords)
	if err != nil {
		return half{}, err
	}
	h := half{entry: entry, language: questions.Lang(attribute(doc.root, "xml:lang"))}
	if !slices.Contains(languages, h.language) {
		return half{}, refuse(entry, "language", "is in %q, not in zh-CN or en", h.language)
	}
	for _, step := range []func(document, *half) error{readKey, readStem, readOptions} {
		if err := step(doc, &h); err != nil {
			return half{}, err
		}
	}
	return h, checkItem(doc, h, known)
}

func (h half) text(s string) questions.Text {
	if h.language == questions.English {
		return questions.Text{English: s}
	}
	return questions.Text{Chinese: s}
}

// readKey reads the block for authors and scorers.
func readKey(doc document, h *half) error {
	content, err := doc.down("qti-item-body", "qti-rubric-block", "qti-content-body")
	if err != nil {
		return err
	}
	if views := strings.Fields(attribute(content.Parent(), "view")); len(views) == 0 || slices.Contains(views, "candidate") {
		return refuse(doc.entry, "view", "shows its key to candidates")
	}
	h.item = questions.Item{Duties: []string{}, Mindsets: []string{}, Enemies: []string{}, Legal: []string{}}
	for n, list := range content.ChildElements() {
		terms, err := doc.terms(list)
		if err != nil {
			return err
		}
		switch class := attribute(list, "class"); {
		case n == 0 && class == itemClass:
			err = h.setFields(terms)
		case n > 0 && class == optionClass:
			err = h.addOption(terms)
		default:
			err = refuse(doc.entry, "structure", "its block for scorers has a list %q in place %d", class, n+1)
		}
		if err != nil {
			return err
		}
	}
	i := h.item
	if !slices.Contains(questions.Kinds, i.Kind) {
		return refuse(doc.entry, "kind", "is of an unknown kind %q", i.Kind)
	}
	if len(i.Options) < 2 || len(i.Options) > 8 || i.K < 0 || i.K > len(i.Options) {
		return refuse(doc.entry, "structure", "has %d options to choose %d from", len(i.Options), i.K)
	}
	if why := unfit(i); why != "" {
		return refuse(doc.entry, "item", "%s", why)
	}
	return nil
}

// terms reads a list of names with their values.
func (d document) terms(list *etree.Element) ([]term, error) {
	var all []term
	for _, e := range list.ChildElements() {
		text, err := d.plain(e)
		if err != nil {
			return nil, err
		}
		switch {
		case e.FullTag() == "dt":
			all = append(all, term{name: text})
		case e.FullTag() == "dd" && len(all) > 0:
			last := &all[len(all)-1]
			last.values = append(last.values, text)
		default:
			return nil, refuse(d.entry, "structure", "a list holds <%s> where a name is wanted", e.FullTag())
		}
	}
	return all, nil
}

func (h *half) setFields(terms []term) error {
	seen := map[string]bool{}
	for _, t := range terms {
		at := slices.IndexFunc(itemFields, func(f itemField) bool { return f.name == t.name })
		if at < 0 || seen[t.name] || !itemFields[at].set(&h.item, t.values) {
			return refuse(h.entry, "field", "its field %q is unknown, given twice or not as it should be", t.name)
		}
		seen[t.name] = true
	}
	return nil
}

func (h *half) addOption(terms []term) error {
	o := questions.Option{Legal: []string{}}
	seen := map[string]bool{}
	for _, t := range terms {
		ok := len(t.values) == 1 && !seen[t.name]
		seen[t.name] = true
		switch {
		case t.name == "legal" && len(t.values) > 0:
			o.Legal, ok = t.values, true
		case !ok:
		case t.name == "option":
			o.ID = t.values[0]
		case t.name == "effectiveness":
			n, err := strconv.Atoi(t.values[0])
			o.Effectiveness, ok = n, err == nil
		case t.name == "why":
			o.Why = h.text(t.values[0])
		case t.name == "redline":
			o.Redline = t.values[0] == "true"
			ok = o.Redline
		default:
			ok = false
		}
		if !ok {
			return refuse(h.entry, "field", "the field %q of option %q is unknown, given twice or not as it should be", t.name, o.ID)
		}
	}
	if _, twice := h.item.Option(o.ID); twice {
		return refuse(h.entry, "duplicate", "keys option %q twice", o.ID)
	}
	h.item.Options = append(h.item.Options, o)
	return nil
}

func readStem(doc document, h *half) error {
	body, err := doc.down("qti-item-body")
	if err != nil {
		return err
	}
	p, err := doc.only(body, "p")
	if err != nil {
		return err
	}
	text, err := doc.plain(p)
	h.item.Stem = h.text(text)
	return err
}

// readOptions reads what candidates read of the options, which stand in the order
// of the key.
func readOptions(doc document, h *half) error {
	path := []string{"qti-item-body", "qti-match-interaction"}
	name := "qti-simple-associable-choice"
	if h.item.Kind == questions.ChooseK {
		path[1], name = "qti-choice-interaction", "qti-simple-choice"
	}
	interaction, err := doc.down(path...)
	if err != nil {
		return err
	}
	list := interaction
	if h.item.Kind != questions.ChooseK {
		sets := interaction.SelectElements("qti-simple-match-set")
		if len(sets) != 2 {
			return refuse(doc.entry, "structure", "matches %d sets, not 2", len(sets))
		}
		list = sets[0]
	}
	choices := list.SelectElements(name)
	if len(choices) != len(h.item.Options) {
		return refuse(doc.entry, "structure", "shows %d options and keys %d", len(choices), len(h.item.Options))
	}
	for n, c := range choices {
		o := &h.item.Options[n]
		if id := attribute(c, "identifier"); id != o.ID {
			return refuse(doc.entry, "structure", "shows option %q where the key has %q", id, o.ID)
		}
		text, err := doc.plain(c)
		if err != nil {
			return err
		}
		o.Text = h.text(text)
	}
	return nil
}

// checkItem holds what the item declares against what follows from its key, so that
// no engine scores by other numbers than the ones that came in.
func checkItem(doc document, h half, known ledger) error {
	i := h.item
	if got, want := attribute(doc.root, "identifier"), identifier(i, h.language); got != want {
		return refuse(doc.entry, "identifier", "is called %q, its fields say %q", got, want)
	}
	p, ok := known.of(i)
	if !ok {
		return refuse(doc.entry, "item", "its key or rule gives no marks")
	}
	mapping, err := doc.down("qti-response-declaration", "qti-mapping")
	if err != nil {
		return err
	}
	want := p.mapping(i)
	entries := mapping.SelectElements("qti-map-entry")
	if len(entries) != len(want.Entries) {
		return refuse(doc.entry, "mapping", "has %d map entries, its key gives %d", len(entries), len(want.Entries))
	}
	for n, e := range entries {
		if w := want.Entries[n]; attribute(e, "map-key") != w.Key || attribute(e, "mapped-value") != w.Value {
			return refuse(doc.entry, "mapping", "maps %q to %s where its key gives %q and %s",
				attribute(e, "map-key"), attribute(e, "mapped-value"), w.Key, w.Value)
		}
	}
	if got := attribute(mapping, "upper-bound"); got != want.Upper {
		return refuse(doc.entry, "mapping", "is bounded by %q, its key gives %s", got, want.Upper)
	}
	processing, err := doc.down("qti-response-processing")
	if err != nil {
		return err
	}
	if t := attribute(processing, "template"); t != mapResponse {
		return refuse(doc.entry, "template", "is scored by %q, not by the standard's map_response", t)
	}
	return nil
}
