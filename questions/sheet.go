package questions

import (
	"io/fs"
	"maps"
	"slices"
)

// Sheet is a list of items in the form of a bank file, with where each field
// stands in it: what an author writes at a time.
type Sheet struct {
	Items  []Item
	places places
}

// ReadSheet reads items as bank/*.yaml holds them. What is wrong with them is
// Faults, which name the file as given; whether they are well written, only Lint
// of a bank With the sheet tells.
func ReadSheet(file string, text []byte) (Sheet, error) {
	return readSheet(file, text, scored)
}

// ReadPractice reads items as practice.yaml holds them, any number of them.
func ReadPractice(file string, text []byte) (Sheet, error) {
	return readSheet(file, text, practice)
}

func readSheet(file string, text []byte, u use) (Sheet, error) {
	r := &reader{places: places{}}
	top, ok := r.parse(file, text)
	if !ok {
		return Sheet{}, r.faults
	}
	items := top.items(u)
	if len(r.faults) > 0 {
		return Sheet{}, r.faults.sorted()
	}
	return Sheet{items, r.places}, nil
}

// With is the bank with the sheet's items in it: an item takes the place of the
// one of the same id, others come at the end.
func (b Bank) With(s Sheet) Bank {
	b.Items, b.places = slices.Clone(b.Items), maps.Clone(b.places)
	if b.places == nil {
		b.places = places{}
	}
	for _, i := range s.Items {
		if n := b.index(i.ID); n >= 0 {
			b.Items[n] = i
		} else {
			b.Items = append(b.Items, i)
		}
	}
	maps.Copy(b.places, s.places)
	return b
}

// Without is the bank without the items of those ids.
func (b Bank) Without(ids ...string) Bank {
	b.Items = slices.DeleteFunc(slices.Clone(b.Items), func(i Item) bool { return slices.Contains(ids, i.ID) })
	return b
}

// Item returns the bank's item with that id.
func (b Bank) Item(id string) (Item, bool) {
	if n := b.index(id); n >= 0 {
		return b.Items[n], true
	}
	return Item{}, false
}

func (b Bank) index(id string) int {
	return slices.IndexFunc(b.Items, func(i Item) bool { return i.ID == id })
}

// BuiltinFiles are the files of the bank that comes with the program, as Load
// reads them.
func BuiltinFiles() fs.FS { return builtin }

// Fault is something else that is wrong with a field of the sheet, beyond what
// reading and lint find.
func (s Sheet) Fault(field, word, message string) Fault {
	return s.places.fault(field, word, message)
}
