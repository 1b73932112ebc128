package qti

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/fourfold/fourfold/questions"
)

// Package is what a QTI package brings: items as a bank holds them.
type Package struct {
	Items    []questions.Item
	Practice []questions.Item
}

// manifestWords is what a manifest may hold.
var manifestWords = vocabulary{
	"manifest": {"identifier"}, "metadata": nil, "schema": nil, "schemaversion": nil, "organizations": nil, "resources": nil,
	"resource": {"identifier", "type", "href"}, "file": {"href"}, "dependency": {"identifierref"},
	"qtiMetadata": nil, "interactionType": nil, "scoringMode": nil, "toolName": nil, "toolVersion": nil,
	"lom": nil, "general": nil, "identifier": nil, "catalog": nil, "entry": nil, "language": nil, "keyword": nil, "string": {"language"},
}

// testWords is what a test may hold. Nothing of it is taken over: sections follow
// from the items.
var testWords = vocabulary{
	"qti-assessment-test":     {"identifier", "title", "xml:lang", "tool-name", "tool-version"},
	"qti-outcome-declaration": {"identifier", "cardinality", "base-type"}, "qti-default-value": nil, "qti-value": nil,
	"qti-rubric-block": {"view", "use"}, "qti-content-body": nil, "p": nil,
	"qti-test-part":          {"identifier", "navigation-mode", "submission-mode"},
	"qti-assessment-section": {"identifier", "title", "visible"}, "qti-assessment-item-ref": {"identifier", "href", "category"},
	"qti-weight": {"identifier", "value"}, "qti-outcome-processing": nil, "qti-set-outcome-value": {"identifier"},
	"qti-sum": nil, "qti-divide": nil, "qti-test-variables": {"variable-identifier", "weight-identifier", "include-category", "base-type"},
	"qti-base-value": {"base-type"},
}

// Import reads a package whose items were written by Export, whoever has handled it
// since: it is taken for hostile. Nothing is written anywhere, entries are read one
// at a time, and the first thing that is wrong is returned as a *Refusal with the
// entry's name. The items are as sound as those of a bank file that loads.
func Import(r io.ReaderAt, size int64) (Package, error) {
	a, err := openArchive(r, size)
	if err != nil {
		return Package{}, err
	}
	resources, err := readManifest(a)
	if err != nil {
		return Package{}, err
	}
	j := joiner{places: map[string]int{}}
	known := ledger{}
	for _, name := range a.names {
		kind, listed := resources.kinds[name]
		switch {
		case name == manifestFile, listed && kind == itemType:
		case !listed:
			return Package{}, refuse(name, "unlisted", "is not in the manifest")
		case kind == testType:
			text, err := a.content(name)
			if err != nil {
				return Package{}, err
			}
			if _, err := readDocument(name, text, itemSpace, "qti-assessment-test", testWords); err != nil {
				return Package{}, err
			}
		default:
			if _, err := a.content(name); err != nil {
				return Package{}, err
			}
		}
	}
	for _, name := range resources.items {
		text, err := a.content(name)
		if err != nil {
			return Package{}, err
		}
		h, err := readItem(name, text, known)
		if err != nil {
			return Package{}, err
		}
		if err := j.add(h); err != nil {
			return Package{}, err
		}
	}
	return j.whole()
}

// contents is what a manifest lists.
type contents struct {
	items []string          // Item files, in order.
	kinds map[string]string // The type of each file.
}

func readManifest(a *archive) (contents, error) {
	text, err := a.content(manifestFile)
	if err != nil {
		return contents{}, err
	}
	doc, err := readDocument(manifestFile, text, packageSpace, "manifest", manifestWords)
	if err != nil {
		return contents{}, err
	}
	list, err := doc.down("resources")
	if err != nil {
		return contents{}, err
	}
	c := contents{kinds: map[string]string{}}
	for _, r := range list.SelectElements("resource") {
		href, kind := attribute(r, "href"), attribute(r, "type")
		if href != path.Clean(href) || !plainName.MatchString(href) {
			return contents{}, refuse(manifestFile, "traversal", "points to %q, which is no file of the package", href)
		}
		if !slices.Contains([]string{itemType, testType, otherType}, kind) {
			return contents{}, refuse(manifestFile, "resource", "lists %s as %q, which cannot be read", href, kind)
		}
		if _, twice := c.kinds[href]; twice {
			return contents{}, refuse(manifestFile, "duplicate", "lists %s twice", href)
		}
		for _, f := range r.SelectElements("file") {
			if attribute(f, "href") != href {
				return contents{}, refuse(manifestFile, "resource", "gives %s more files than itself", href)
			}
		}
		if c.kinds[href] = kind; kind == itemType {
			c.items = append(c.items, href)
		}
	}
	if len(c.items) == 0 {
		return contents{}, refuse(manifestFile, "empty", "lists no items")
	}
	return c, nil
}

// joiner puts the two languages of each item together.
type joiner struct {
	halves []half
	places map[string]int
}

// half is an item in one language; the other's texts are empty.
type half struct {
	entry    string
	language questions.Lang
	item     questions.Item
	both     bool
}

func (j *joiner) add(h half) error {
	n, known := j.places[h.item.ID]
	if !known {
		j.places[h.item.ID] = len(j.halves)
		j.halves = append(j.halves, h)
		return nil
	}
	first := &j.halves[n]
	if first.both || first.language == h.language {
		return refuse(h.entry, "duplicate", "is item %s in the language of %s again", h.item.ID, first.entry)
	}
	if what := first.differs(h); what != "" {
		return refuse(h.entry, "languages", "differs from %s in %s, which both languages share", first.entry, what)
	}
	first.both = true
	first.item.Stem = joined(first.item.Stem, h.item.Stem)
	for k, o := range h.item.Options {
		mine := &first.item.Options[k]
		mine.Text, mine.Why = joined(mine.Text, o.Text), joined(mine.Why, o.Why)
	}
	return nil
}

func joined(a, b questions.Text) questions.Text {
	return questions.Text{Chinese: a.Chinese + b.Chinese, English: a.English + b.English}
}

// differs names the first thing beside texts in which two halves differ.
func (h half) differs(other half) string {
	for _, f := range itemFields {
		if !slices.Equal(f.get(h.item), f.get(other.item)) {
			return f.name
		}
	}
	same := slices.EqualFunc(h.item.Options, other.item.Options, func(a, b questions.Option) bool {
		return a.ID == b.ID && a.Effectiveness == b.Effectiveness && a.Redline == b.Redline && slices.Equal(a.Legal, b.Legal)
	})
	if !same {
		return "the options' key"
	}
	return ""
}

// whole returns the items once each has both languages, and has passed the same
// reader as a bank file.
func (j *joiner) whole() (Package, error) {
	var p Package
	for _, h := range j.halves {
		if !h.both {
			return Package{}, refuse(h.entry, "languages", "is item %s in one language only", h.item.ID)
		}
		read, into := questions.ReadSheet, &p.Items
		if h.item.Quality == "" {
			read, into = questions.ReadPractice, &p.Practice
		}
		text, err := questions.WriteItems([]questions.Item{h.item})
		if err != nil {
			return Package{}, fmt.Errorf("%s: %w", h.entry, err)
		}
		sheet, err := read(h.entry, text)
		if faults := (questions.Faults)(nil); errors.As(err, &faults) {
			return Package{}, refuse(h.entry, "item", "%s: %s", strings.TrimPrefix(faults[0].Field, h.item.ID+"/"), faults[0].Message)
		}
		if err != nil {
			return Package{}, err
		}
		*into = append(*into, sheet.Items...)
	}
	return p, nil
}
