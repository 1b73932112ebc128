package questions

import (
	"embed"
	"io/fs"
)

//go:embed bank/*.yaml law/*.yaml practice.yaml interview.yaml blueprints.yaml
var builtin embed.FS

// Builtin reads the bank that comes with the program.
func Builtin() (Bank, error) {
	return Load(builtin)
}

// Load reads a bank: items from bank/*.yaml, rules of law from law/*.yaml, and
// practice.yaml, interview.yaml and blueprints.yaml. It refuses the bank as a whole
// when anything is wrong, with Faults that name every file, line and field.
func Load(fsys fs.FS) (Bank, error) {
	return load(fsys, fsys)
}

// LoadBeside reads a bank as Load does, save that whatever it lacks but the items –
// law, practice items, texts, blueprints – is taken from the built-in bank.
func LoadBeside(fsys fs.FS) (Bank, error) {
	return load(fsys, builtin)
}

func load(fsys, beside fs.FS) (Bank, error) {
	r := &reader{fsys: fsys, places: places{}}
	b := Bank{
		Facts:      map[string]Fact{},
		Guides:     map[Facet]Guide{},
		Qualities:  map[Quality]QualityGuide{},
		Blueprints: map[string]Blueprint{},
		places:     r.places,
	}
	from := func(pattern string) []string {
		r.fsys = fsys
		if len(r.files(pattern)) == 0 {
			r.fsys = beside
		}
		return r.files(pattern)
	}
	for _, file := range r.files("bank/*.yaml") {
		items, _ := r.items(file, scored)
		b.Items = append(b.Items, items...)
	}
	from("practice.yaml")
	b.Practice = r.practice("practice.yaml")
	for _, file := range from("law/*.yaml") {
		r.facts(file, b.Facts)
	}
	from("interview.yaml")
	r.interview("interview.yaml", &b)
	from("blueprints.yaml")
	r.blueprints("blueprints.yaml", &b)
	if len(r.faults) > 0 {
		return Bank{}, r.faults.sorted()
	}
	return b, nil
}

func (r *reader) files(pattern string) []string {
	names, err := fs.Glob(r.fsys, pattern)
	if err != nil {
		panic(err) // Only a malformed pattern fails, and the patterns are constants.
	}
	return names
}
