package questions

import (
	"regexp"
	"slices"
)

// Words an item may use.
var (
	Jurisdictions = []string{"CN", "US", "UK"}
	Incidents     = []string{"article", "SME", "QA-recording", "complaint", "rule"}
	Genders       = []string{"female", "male"}
)

// AnyJurisdiction is the jurisdiction of an item that rests on no country's rules.
const AnyJurisdiction = "any"

// Bounds that keep an item enumerable; the craft's own, narrower ones are lint.
const (
	fewestOptions = 2
	mostOptions   = 8
	longestItem   = 600 // seconds
)

var itemID = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*$`)

// use says what an item is for: practice items measure nothing and so carry no tags.
type use int

const (
	scored use = iota
	practice
)

// items reads a file's list of items; ok is false when it is no YAML at all.
func (r *reader) items(file string, u use) (items []Item, ok bool) {
	top, ok := r.open(file)
	if !ok {
		return nil, false
	}
	return top.items(u), true
}

// items reads a list of items.
func (v value) items(u use) (items []Item) {
	for _, entry := range v.list() {
		items = append(items, entry.named("id").item(u))
	}
	return items
}

// practice reads the practice items, one of each kind, in the order of Kinds.
func (r *reader) practice(file string) []Item {
	items, ok := r.items(file, practice)
	if !ok {
		return nil
	}
	for _, kind := range Kinds {
		if n := len(ofKind(items, kind)); n != 1 {
			r.fail(place{file, 1}, "", "practice", "needs one %s item, has %d", kind, n)
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		return slices.Index(Kinds, a.Kind) - slices.Index(Kinds, b.Kind)
	})
	return items
}

func ofKind(items []Item, kind Kind) []Item {
	var of []Item
	for _, i := range items {
		if i.Kind == kind {
			of = append(of, i)
		}
	}
	return of
}

func (o object) item(u use) Item {
	defer o.close()
	i := Item{
		ID:           o.id(),
		Version:      o.number("version", 1, 1_000_000),
		Kind:         Kind(o.word("kind", names(Kinds)...)),
		Jurisdiction: o.word("jurisdiction", append([]string{AnyJurisdiction}, Jurisdictions...)...),
		Seconds:      o.number("seconds", 1, longestItem),
		Stem:         o.bilingual("stem"),
		Status:       Status(o.word("status", names(Statuses)...)),
		KeyVersion:   o.text("key_version"),
		Duties:       []string{},
		Mindsets:     []string{},
		Enemies:      []string{},
		Legal:        []string{},
	}
	if u == scored {
		i.Quality = Quality(o.word("quality", names(Qualities)...))
		i.Facet = Facet(o.word("facet", names(allFacets())...))
		i.Duties = o.texts("duties")
		i.Mindsets = o.texts("mindsets")
		i.Incident = o.word("incident", Incidents...)
		i.Legal = o.texts("legal")
		i.SMECheck = o.text("sme_check")
		i.Problem = o.text("problem")
	}
	if o.has("sensitive") {
		i.Sensitive = o.truth("sensitive")
	}
	if o.has("transparent") {
		i.Transparent = o.truth("transparent")
	}
	if o.has("enemies") {
		i.Enemies = o.texts("enemies")
	}
	if o.has("debtor") {
		i.Debtor = o.debtor()
	}
	i.Rule = o.rule(i.Kind)
	i.Options = o.options(i.Rule)
	if i.Kind == ChooseK {
		i.K = o.number("k", 1, max(len(i.Options)-1, 1))
	}
	return i
}

func (o object) id() string {
	id := o.text("id")
	if id != "" && !itemID.MatchString(id) {
		o.at("id").fault("id", "%q is not words of a–z, 0–9 and _ joined by dots", id)
	}
	return id
}

func (o object) debtor() Debtor {
	field, _ := o.get("debtor")
	inner := field.object()
	defer inner.close()
	var d Debtor
	if inner.has("surname") {
		d.Surname = inner.text("surname")
	}
	if inner.has("gender") {
		d.Gender = inner.word("gender", Genders...)
	}
	return d
}

// options reads the options and their key: ratings within the scale, or, where the rule
// wants an order, from as many as there are options down to 1.
func (o object) options(rule string) []Option {
	entries := o.list("options")
	highest := highestRating
	if rules[rule].order {
		highest = max(highest, len(entries))
	}
	var options []Option
	for _, entry := range entries {
		options = append(options, entry.named("option").option(highest))
	}
	if n := len(options); o.has("options") && (n < fewestOptions || n > mostOptions) {
		o.at("options").fault("out_of_range", "are %d, not within %d to %d", n, fewestOptions, mostOptions)
	}
	return options
}

func (o object) option(highest int) Option {
	defer o.close()
	option := Option{
		ID:            o.text("option"),
		Effectiveness: o.number("eff", 1, highest),
		Text:          o.both(""),
		Why:           o.both("why_"),
		Legal:         []string{},
	}
	if o.has("redline") {
		option.Redline = o.truth("redline")
	}
	if o.has("legal") {
		option.Legal = o.texts("legal")
	}
	return option
}

// rule reads the item's scoring rule, which is the kind's default when not given.
func (o object) rule(kind Kind) string {
	format, known := formats[kind]
	switch {
	case !known:
		return "" // The unknown kind is fault enough.
	case !o.has("rule"):
		return format.rule().name
	}
	return o.word("rule", RulesOf(kind)...)
}

// names turns a list of words of any type into texts.
func names[T ~string](words []T) []string {
	texts := make([]string, len(words))
	for n, word := range words {
		texts[n] = string(word)
	}
	return texts
}

func allFacets() []Facet {
	var facets []Facet
	for _, q := range Qualities {
		facets = append(facets, Facets[q]...)
	}
	return facets
}
