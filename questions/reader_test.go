package questions

import (
	"os"
	"testing"
	"testing/fstest"
)

// Whatever stands in a file, reading it ends in values that can be used or in
// faults that say what is wrong and where.
func FuzzReader(f *testing.F) {
	for _, file := range []string{"testdata/small/bank/small.yaml", "testdata/small/law/small.yaml", "blueprints.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("- &a [*a]\n- <<: *a\n"))
	f.Add([]byte("- {id: x, options: [{option: A}, {option: A}, 3, [], ~]}"))
	f.Add([]byte("? [a]\n: b\n---\n- !!binary x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		read := func(as func(*reader) Bank) {
			r := &reader{fsys: fstest.MapFS{"fuzz.yaml": {Data: text}}, places: places{}}
			b := as(r)
			for _, fault := range r.faults {
				if fault.File != "fuzz.yaml" || fault.Line < 1 || fault.Word == "" || fault.Message == "" {
					t.Errorf("fault %+v does not say what is wrong where", fault)
				}
			}
			if len(r.faults) > 0 {
				return
			}
			b.places = r.places
			b.Check("2026-11-25")
			for _, i := range b.Items {
				i.Mark(Response{})
			}
		}
		read(func(r *reader) Bank {
			items, _ := r.items("fuzz.yaml", scored)
			return Bank{Items: items}
		})
		read(func(r *reader) Bank {
			return Bank{Practice: r.practice("fuzz.yaml")}
		})
		read(func(r *reader) Bank {
			b := Bank{Facts: map[string]Fact{}}
			r.facts("fuzz.yaml", b.Facts)
			return b
		})
		read(func(r *reader) Bank {
			b := Bank{Guides: map[Facet]Guide{}, Qualities: map[Quality]QualityGuide{}, Blueprints: map[string]Blueprint{}}
			r.interview("fuzz.yaml", &b)
			r.blueprints("fuzz.yaml", &b)
			return b
		})
	})
}
