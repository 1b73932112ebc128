package web

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// openAPIText is as much of an OpenAPI document as the tests look at.
type openAPIText struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string
		Security    []map[string][]string
		Responses   map[string]any
	}
	Components struct{ Schemas map[string]map[string]any }
}

func readOpenAPI(t *testing.T) openAPIText {
	t.Helper()
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.Scopes...)
	var d openAPIText
	ats.call("GET", "/api/openapi.json", "").want(200).into(&d)
	return d
}

// The pages of the documentation are the only addresses under /api that the
// document does not hold.
func TestEveryCallIsInTheDocument(t *testing.T) {
	d := readOpenAPI(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %q", d.OpenAPI)
	}
	for _, route := range newApp(nil, Config{PublicURL: publicURL}).router().Routes() {
		if !strings.HasPrefix(route.Path, "/api/") || strings.HasPrefix(route.Path, "/api/docs") || route.Method == http.MethodHead {
			continue
		}
		path := openPath(route.Path)
		operation, ok := d.Paths[path][strings.ToLower(route.Method)]
		if !ok || operation.OperationID == "" {
			t.Errorf("%s %s is not in the document", route.Method, path)
		}
		if open := operation.Security == nil; open == strings.HasPrefix(path, "/api/v1/") {
			t.Errorf("%s %s: the document says open to anyone: %v", route.Method, path, open)
		}
	}
}

// What the validator refuses, the document forbids.
func TestTheDocumentSaysWhatTheValidatorChecks(t *testing.T) {
	d := readOpenAPI(t)
	for name, want := range map[string]string{
		"Order":          `{"additionalProperties": false, "required": ["assessment", "candidate"]}`,
		"OrderCandidate": `{"additionalProperties": false, "required": ["name", "email"], "properties": {"name": {"maxLength": 120}, "email": {"format": "email", "maxLength": 254}}}`,
		"Invitation":     `{"properties": {"link": {"type": ["null", "string"]}}}`,
		"Time":           `{"type": ["string", "null"], "format": "date-time"}`,
	} {
		var expected map[string]any
		if err := json.Unmarshal([]byte(want), &expected); err != nil {
			t.Fatal(err)
		}
		if got := d.Components.Schemas[name]; !holds(got, expected) {
			t.Errorf("%s: %v does not hold %s", name, got, want)
		}
	}
	if _, closed := d.Components.Schemas["Invitation"]["additionalProperties"]; closed {
		t.Error("answers could never grow: Invitation is closed")
	}
}

// holds reports whether got has everything want has.
func holds(got, want any) bool {
	w, ok := want.(map[string]any)
	if !ok {
		return reflect.DeepEqual(got, want)
	}
	g, ok := got.(map[string]any)
	if !ok {
		return false
	}
	for key, value := range w {
		if !holds(g[key], value) {
			return false
		}
	}
	return true
}

// A struct tag cannot name a list in Go, so two of them repeat one.
func TestTagsKnowEveryWord(t *testing.T) {
	stage, _ := reflect.TypeFor[invitationQuery]().FieldByName("Stage")
	words := strings.Fields(tagRule(stage, "oneof"))
	for _, s := range assess.Stages {
		if !slices.Contains(words, string(s)) {
			t.Errorf("the stage filter does not know %q", s)
		}
	}
	if len(words) != len(assess.Stages) {
		t.Errorf("the stage filter knows %v", words)
	}
	kind, _ := reflect.TypeFor[webhookBody]().FieldByName("Events")
	kinds := strings.Fields(tagRule(kind, "oneof"))
	for _, k := range assess.EventKinds {
		if !slices.Contains(kinds, string(k)) {
			t.Errorf("an endpoint cannot ask for %q", k)
		}
	}
	if len(kinds) != len(assess.EventKinds) {
		t.Errorf("an endpoint may ask for %v", kinds)
	}
	extra, _ := reflect.TypeFor[order]().FieldByName("ExtraTime")
	values := enumerated(extra.Type, tagRule(extra, "oneof"))
	for _, percent := range assess.ExtraTimes {
		if !slices.Contains(values, any(percent)) {
			t.Errorf("an order cannot ask for %d per cent", percent)
		}
	}
	if len(values) != len(assess.ExtraTimes) {
		t.Errorf("an order may ask for %v", values)
	}
}

func tagRule(f reflect.StructField, name string) string {
	for _, rule := range strings.Split(f.Tag.Get("binding"), ",") {
		if n, limit, _ := strings.Cut(rule, "="); n == name {
			return limit
		}
	}
	return ""
}
