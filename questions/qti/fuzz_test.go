package qti

import (
	"bytes"
	"encoding/xml"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// Whatever an item's file holds, it is refused in words that name it, or it is one
// that we could have written: written again it reads the same.
func FuzzItem(f *testing.F) {
	b, err := questions.Builtin()
	if err != nil {
		f.Fatal(err)
	}
	known := ledger{}
	for _, kind := range questions.Kinds {
		i := b.Items[slices.IndexFunc(b.Items, func(i questions.Item) bool { return i.Kind == kind })]
		p, _ := known.of(i)
		for _, l := range languages {
			text, err := xml.Marshal(itemElement(b, i, l, p))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := readItem("item.xml", text, known)
		if err != nil {
			if r := (*Refusal)(nil); !errors.As(err, &r) || r.Entry != "item.xml" || r.Message == "" {
				t.Errorf("refused by %v", err)
			}
			return
		}
		p, _ := known.of(h.item)
		var again bytes.Buffer
		if err := xml.NewEncoder(&again).Encode(itemElement(b, h.item, h.language, p)); err != nil {
			t.Fatal(err)
		}
		if back, err := readItem("item.xml", again.Bytes(), known); err != nil || !reflect.DeepEqual(back, h) {
			t.Errorf("read as %+v, written and read again as %+v, %v", h, back, err)
		}
	})
}
