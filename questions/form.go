package questions

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// FormSchema names the shape of a form's document.
const FormSchema = "fourfold.form/1"

// Form is a test as it is published: frozen, with all a server, a report or a later
// re-score needs, so that nobody has to look into the bank again.
type Form struct {
	Schema       string         `json:"schema"`
	Blueprint    string         `json:"blueprint"`
	Jurisdiction string         `json:"jurisdiction"`
	Seed         uint64         `json:"seed,string"` // As text: JavaScript's numbers end at 2⁵³.
	Limit        int            `json:"limit_seconds"`
	Status       Status         `json:"status"`      // The lowest of its items.
	KeyVersion   string         `json:"key_version"` // Of its items, joined by "+" where they differ.
	Notice       Text           `json:"notice"`
	Premise      Text           `json:"premise"`
	Scale        []ScaleLabel   `json:"scale"`
	Items        []Item         `json:"items"`
	Chances      []Chance       `json:"chances"` // By position, so that nobody has to enumerate again.
	Practice     []Item         `json:"practice"`
	Facts        []Fact         `json:"facts"` // Those the items cite, by id.
	Guides       []Guide        `json:"guides"`
	Qualities    []QualityGuide `json:"qualities"`
	FollowUps    []Text         `json:"follow_ups"`
	Certificate  *Certificate   `json:"certificate,omitempty"` // Forms published before there were certificates have none.
}

// JSON is the form's canonical text: the same bytes on every machine.
func (f Form) JSON() ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// Hash names the form by its canonical text.
func (f Form) Hash() string {
	text, err := f.JSON()
	if err != nil {
		panic(err) // A Form holds only strings, numbers and lists of them.
	}
	digest := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(digest[:])
}

// ParseForm reads a form's canonical text. It refuses a text that JSON would write
// differently, so that a form and its hash cannot part, and a form that could not
// be scored.
func ParseForm(text []byte) (Form, error) {
	var f Form
	if err := json.Unmarshal(text, &f); err != nil {
		return Form{}, fmt.Errorf("form: %w", err)
	}
	if f.Schema != FormSchema {
		return Form{}, f.Check() // before what another schema writes otherwise
	}
	if again, err := f.JSON(); err != nil || !bytes.Equal(again, text) {
		return Form{}, errors.New("form: the text is not canonical")
	}
	if err := f.Check(); err != nil {
		return Form{}, err
	}
	return f, nil
}

// Check refuses a form that could not be scored.
func (f Form) Check() error {
	if f.Schema != FormSchema {
		return fmt.Errorf("form: schema %q is not %q", f.Schema, FormSchema)
	}
	if len(f.Chances) != len(f.Items) {
		return fmt.Errorf("form: %d chance levels for %d items", len(f.Chances), len(f.Items))
	}
	for _, i := range append(f.Items[:len(f.Items):len(f.Items)], f.Practice...) {
		if formats[i.Kind] == nil {
			return fmt.Errorf("form: %s: unknown kind %q", i.ID, i.Kind)
		}
		if _, ok := i.rule(); !ok {
			return fmt.Errorf("form: %s: unknown %s rule %q", i.ID, i.Kind, i.Rule)
		}
		if err := i.checkBounds(); err != nil {
			return fmt.Errorf("form: %s: %w", i.ID, err)
		}
	}
	return nil
}

// checkBounds keeps an item from elsewhere enumerable.
func (i Item) checkBounds() error {
	if n := len(i.Options); n < fewestOptions || n > mostOptions {
		return fmt.Errorf("%d options, not %d to %d", n, fewestOptions, mostOptions)
	}
	if i.Kind == ChooseK && (i.K < 1 || i.K >= len(i.Options)) {
		return fmt.Errorf("chooses %d of %d options", i.K, len(i.Options))
	}
	for _, o := range i.Options {
		if o.Effectiveness < 1 || o.Effectiveness > mostOptions {
			return fmt.Errorf("option %s is keyed %d", o.ID, o.Effectiveness)
		}
	}
	return nil
}

// Vector writes the responses, by position, as one string of bytes.
func (f Form) Vector(responses []Response) []byte {
	var vector []byte
	for position, i := range f.Items {
		vector = append(vector, i.Encode(responses[position])...)
	}
	return vector
}

// Responses reads what Vector wrote.
func (f Form) Responses(vector []byte) ([]Response, error) {
	responses := make([]Response, len(f.Items))
	for position, i := range f.Items {
		n := len(i.Options)
		if len(vector) < n {
			return nil, fmt.Errorf("vector ends within position %d", position)
		}
		r, err := i.Decode(vector[:n])
		if err != nil {
			return nil, fmt.Errorf("vector at position %d: %w", position, err)
		}
		responses[position], vector = r, vector[n:]
	}
	if len(vector) > 0 {
		return nil, fmt.Errorf("vector has %d bytes too many", len(vector))
	}
	return responses, nil
}

// Fact returns the cited fact with that id.
func (f Form) Fact(id string) (Fact, bool) {
	for _, fact := range f.Facts {
		if fact.ID == id {
			return fact, true
		}
	}
	return Fact{}, false
}

// Guide returns the interview guide of a facet.
func (f Form) Guide(facet Facet) (Guide, bool) {
	for _, g := range f.Guides {
		if g.Facet == facet {
			return g, true
		}
	}
	return Guide{}, false
}

// Quality returns what a report says of a quality.
func (f Form) Quality(q Quality) (QualityGuide, bool) {
	for _, g := range f.Qualities {
		if g.Quality == q {
			return g, true
		}
	}
	return QualityGuide{}, false
}
