package web

import (
	"net/url"
	"slices"

	"github.com/fourfold/fourfold/questions"
)

// form is a form as its page shows it: what was typed and what is wrong with it.
type form struct {
	Fields []field
}

// field is one question of a form.
type field struct {
	Name         string
	Label        string // Keys of texts.
	Hint         string
	Type         string // An input's type, or textarea; choices make it a select.
	Autocomplete string
	Required     bool
	Choices      []choice
	Value        string
	Error        string // Already in the reader's language.
}

// choice is one option of a select or one box to tick.
type choice struct {
	Value string
	Text  string
	Lang  questions.Lang // Set where the text is always in one language.
	On    bool
}

var languageChoices = []choice{
	{Value: string(questions.Chinese), Text: "中文", Lang: questions.Chinese},
	{Value: string(questions.English), Text: "English", Lang: questions.English},
}

// Field returns the field of that name.
func (f form) Field(name string) field {
	i := slices.IndexFunc(f.Fields, func(x field) bool { return x.Name == name })
	return f.Fields[i]
}

// Wrong lists the fields something is wrong with.
func (f form) Wrong() []field {
	return slices.DeleteFunc(slices.Clone(f.Fields), func(x field) bool { return x.Error == "" })
}

// filled puts back what was typed, passwords excepted.
func (f form) filled(typed url.Values) form {
	f.Fields = slices.Clone(f.Fields)
	for i, x := range f.Fields {
		if typed.Has(x.Name) && x.Type != "password" {
			f.Fields[i].Value = typed.Get(x.Name)
		}
	}
	return f
}

// faulty says what is wrong, by field.
func (f form) faulty(texts map[string]string) form {
	f.Fields = slices.Clone(f.Fields)
	for i, x := range f.Fields {
		f.Fields[i].Error = texts[x.Name]
	}
	return f
}
