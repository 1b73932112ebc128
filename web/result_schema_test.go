package web

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

func compiledResultSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	return compiled(t, "urn:fourfold:schema:result:1", resultSchemaText)
}

// compiled is a schema that holds formats too.
func compiled(t *testing.T, id, schema string) *jsonschema.Schema {
	t.Helper()
	text, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(id, text); err != nil {
		t.Fatal(err)
	}
	made, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestResultsFitTheirSchema(t *testing.T) {
	schema := compiledResultSchema(t)
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		whole := house.Invited("Whole").Started().Answers()
		wrong := backwards(t, house)
		part := house.Invited("Part").Started().Answers(0, 1, 2, 3, 4, 5, 6, 7, 8)
		blank := house.Invited("Blank").Started()
		for _, p := range []*assesstest.Person{whole, wrong, part, blank} {
			r, err := house.Submit(t.Context(), p.Seat)
			if err != nil {
				t.Fatal(err)
			}
			fits(t, schema, r)
		}
	})
}

// backwards is a person who calls effective what the key calls harmful, so that
// the result has red lines in it.
func backwards(t *testing.T, house *assesstest.House) *assesstest.Person {
	t.Helper()
	p := house.Invited("Wrong").Started()
	for i, item := range house.Form.Items {
		var worst questions.Response
		least := 2.0
		for r := range item.Responses() {
			if m, ok := item.Mark(r); ok && float64(m.Num)/float64(m.Den) < least {
				least, worst = float64(m.Num)/float64(m.Den), r
			}
		}
		if err := p.Save(t.Context(), i, 1, worst); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func fits(t *testing.T, schema *jsonschema.Schema, r assess.Result) {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(r.JSON)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(document); err != nil {
		t.Errorf("%v\nin %s", err, r.JSON)
	}
}

// A member nobody described is refused at every level, and so is one that is
// left out or of another type.
func TestTheResultSchemaIsStrict(t *testing.T) {
	schema := compiledResultSchema(t)
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	r, err := house.Submit(t.Context(), backwards(t, house).Seat)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	refused := func(change string, edit func(document any)) {
		t.Helper()
		tried++
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(r.JSON)))
		if err != nil {
			t.Fatal(err)
		}
		edit(document)
		if schema.Validate(document) == nil {
			t.Errorf("the schema takes a result with %s", change)
		}
	}
	for _, at := range objects(t, r.JSON) {
		refused("an unknown member in "+at.where, func(d any) { at.in(d)["extra"] = 1 })
		for name := range at.value {
			refused("no "+name+" in "+at.where, func(d any) { delete(at.in(d), name) })
			refused("a list for "+name+" in "+at.where, func(d any) { at.in(d)[name] = []any{[]any{}} })
		}
	}
	if !strings.Contains(string(r.JSON), `"redlines":[{`) || tried < 100 {
		t.Errorf("%d changes were tried on %s", tried, r.JSON)
	}
}

// place is an object in a document, and how to find it in a copy.
type place struct {
	where string
	value map[string]any
	in    func(document any) map[string]any
}

// objects lists every object of a document, of lists only the first of each.
func objects(t *testing.T, text []byte) []place {
	t.Helper()
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var found []place
	var walk func(where string, v any, in func(any) any)
	walk = func(where string, v any, in func(any) any) {
		switch v := v.(type) {
		case map[string]any:
			found = append(found, place{where, v, func(d any) map[string]any { return in(d).(map[string]any) }})
			for name, inner := range v {
				walk(where+"/"+name, inner, func(d any) any { return in(d).(map[string]any)[name] })
			}
		case []any:
			if len(v) > 0 {
				walk(where+"/0", v[0], func(d any) any { return in(d).([]any)[0] })
			}
		}
	}
	walk("", document, func(d any) any { return d })
	return found
}
