package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/fourfold/fourfold/assess/measure"
)

// record is what a command answers: named values in the order they are shown. As JSON a
// figure that does not exist is null, and reason and reasons say why; note and notes say
// what a reader should know about those that do.
type record []entry

// entry is one named value: a measure.Figure, an attribute, a record's own kind of thing
// – text, number, truth – or a list of records. A measure.Note is no value of its own but
// joins the record's notes.
type entry struct {
	name  string
	value any
}

// attribute is a word or a truth that may not exist, as a figure may not.
type attribute struct {
	value  any
	reason measure.Reason
}

// print writes the answer as JSON or as a table for people.
func (r record) print(w io.Writer, asJSON bool) error {
	if !asJSON {
		return r.write(w)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// MarshalJSON keeps the order.
func (r record) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	text.WriteByte('{')
	for n, e := range slices.Concat(r.values(), r.remarks()) {
		if n > 0 {
			text.WriteByte(',')
		}
		value := e.value
		switch v := e.value.(type) {
		case measure.Figure:
			value = nil
			if v.Known() {
				value = v.Value
			}
		case attribute:
			value = nil
			if v.reason == "" {
				value = v.value
			}
		}
		name, err := json.Marshal(e.name)
		if err != nil {
			return nil, err
		}
		shown, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		text.Write(name)
		text.WriteByte(':')
		text.Write(shown)
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// values are the entries that are shown each by itself.
func (r record) values() record {
	return slices.DeleteFunc(slices.Clone(r), func(e entry) bool {
		_, note := e.value.(measure.Note)
		return note
	})
}

// remarks are reason, reasons, note and notes, as far as there are any.
func (r record) remarks() record {
	var out record
	if lacks := r.lacks(); len(lacks) > 0 {
		words := record{}
		for _, l := range lacks {
			for _, name := range l.names {
				words = append(words, entry{name, string(l.why)})
			}
		}
		out = append(out, entry{"reason", lacks.String()}, entry{"reasons", words})
	}
	if notes := r.notes(); len(notes) > 0 {
		texts := make([]string, len(notes))
		for n, note := range notes {
			texts[n] = noteText(note)
		}
		out = append(out, entry{"note", strings.Join(texts, "; ")}, entry{"notes", notes})
	}
	return out
}

// lack is a reason and the figures it explains.
type lack struct {
	why   measure.Reason
	names []string
}

type lacks []lack

func (r record) lacks() lacks {
	var all lacks
	for _, e := range r {
		why := measure.Reason("")
		switch v := e.value.(type) {
		case measure.Figure:
			why = v.Reason
		case attribute:
			why = v.reason
		}
		if why == "" {
			continue
		}
		at := slices.IndexFunc(all, func(l lack) bool { return l.why == why })
		if at < 0 {
			at = len(all)
			all = append(all, lack{why: why})
		}
		all[at].names = append(all[at].names, e.name)
	}
	return all
}

func (l lacks) String() string {
	lines := make([]string, len(l))
	for n, lack := range l {
		lines[n] = fmt.Sprintf("%s: %s (%s)", strings.Join(lack.names, ", "), reasonText(lack.why), lack.why)
	}
	return strings.Join(lines, "; ")
}

func (r record) notes() []measure.Note {
	notes := []measure.Note{}
	for _, e := range r {
		if note, ok := e.value.(measure.Note); ok && note != "" && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	return notes
}

// write shows single values a line each, then every list as a table with its remarks
// below.
func (r record) write(w io.Writer) error {
	single := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range r.values() {
		if _, list := e.value.([]record); !list {
			fmt.Fprintf(single, "%s\t%s\n", e.name, shown(e.value))
		}
	}
	if err := single.Flush(); err != nil {
		return err
	}
	for _, l := range r.lacks() {
		fmt.Fprintf(w, "\nno %s: %s\n", strings.Join(l.names, ", "), reasonText(l.why))
	}
	for _, note := range r.notes() {
		fmt.Fprintf(w, "\nnote: %s\n", noteText(note))
	}
	for _, e := range r {
		if list, ok := e.value.([]record); ok && len(list) > 0 {
			if err := writeList(w, e.name, list); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeList(w io.Writer, title string, list []record) error {
	fmt.Fprintf(w, "\n%s\n", title)
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(r record, cell func(e entry) string) {
		cells := make([]string, 0, len(r))
		for _, e := range r.values() {
			cells = append(cells, cell(e))
		}
		fmt.Fprintln(columns, strings.Join(cells, "\t"))
	}
	line(list[0], func(e entry) string { return e.name })
	for _, r := range list {
		line(r, func(e entry) string { return shown(e.value) })
	}
	if err := columns.Flush(); err != nil {
		return err
	}
	for _, remark := range remarksOf(list) {
		fmt.Fprintf(w, "%s: %s\n", strings.Join(remark.of, "; "), remark.text)
	}
	return nil
}

// remark is one text and the lines of a list it is about.
type remark struct {
	text string
	of   []string
}

// remarksOf gathers what is to be said of a list's lines, each text once.
func remarksOf(list []record) []remark {
	var all []remark
	add := func(text string, r record) {
		at := slices.IndexFunc(all, func(m remark) bool { return m.text == text })
		if at < 0 {
			at = len(all)
			all = append(all, remark{text: text})
		}
		all[at].of = append(all[at].of, shown(r[0].value))
	}
	for _, r := range list {
		for _, l := range r.lacks() {
			add(fmt.Sprintf("no %s: %s", strings.Join(l.names, ", "), reasonText(l.why)), r)
		}
		for _, note := range r.notes() {
			add(noteText(note), r)
		}
	}
	return all
}

// shown is a value for people: six digits are as many as anyone reads.
func shown(value any) string {
	switch v := value.(type) {
	case measure.Figure:
		if !v.Known() {
			return "n/a"
		}
		return strconv.FormatFloat(v.Value, 'g', 6, 64)
	case attribute:
		if v.reason != "" {
			return "n/a"
		}
		return shown(v.value)
	case float64:
		return strconv.FormatFloat(v, 'g', 6, 64)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	}
	return fmt.Sprint(value)
}

// reasonTexts say why a figure does not exist.
var reasonTexts = map[measure.Reason]string{
	measure.TooFewItems:   "it needs more items",
	measure.TooFewPersons: "it needs more complete rows",
	measure.TooFewRaters:  "it needs two raters or more",
	measure.NoVariance:    "the values never vary",
	measure.NoReliability: "the reliability it rests on is zero or less",
	measure.AllTied:       "no rater told two objects apart",
	measure.Singular:      "some items say exactly what others say",
	measure.HeywoodCase:   "one factor would leave an item no error of its own, a Heywood case",
	measure.NoConvergence: "the iteration did not settle",
	measure.Separated:     "score or group foretells every mark, so no estimate is finite",
	measure.NoStrata:      "no stratum, or too few, can be compared",
	measure.ZeroCells:     "empty cells would make it divide by zero",
	measure.OneGroup:      "there is no second group to compare with",
	measure.EmptyGroup:    "the group has no members",
	measure.NoSelections:  "nobody was selected",
	measure.AllSelected:   "everybody was selected",
	measure.IsReference:   "this is the group others are compared with",
	measure.SmallCategory: "under two percent of all, left out",
	measure.TooManyLevels: "it has more different marks than groups can be compared by",
	measure.NotAsked:      "what it rests on was not given",
	measure.NotWhole:      "the method needs whole-number scores",
	measure.OutOfRange:    "a number is too large to compute with",
	measure.BadCounts:     "the counts cannot be: negative, or a part above its whole",
	measure.Mismatched:    "there is not one value for each",
}

// reasonText words a reason; one without words is its own word.
func reasonText(why measure.Reason) string {
	if text, ok := reasonTexts[why]; ok {
		return text
	}
	return string(why)
}

var noteTexts = map[measure.Note]string{
	measure.SmallNumbers:   "small numbers: so few that the figure says little",
	measure.NegativeAsZero: "a negative reliability was taken as zero",
}

func noteText(note measure.Note) string {
	if text, ok := noteTexts[note]; ok {
		return text
	}
	return string(note)
}
