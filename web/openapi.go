package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"

	"github.com/fourfold/fourfold/assess"
)

// book is the OpenAPI document of the API, written from the very structs that
// read its calls. It is written when somebody first asks for it, which keeps it
// out of the way of a starting server.
type book struct {
	server  string
	entries []entry
	write   func() ([]byte, error)
}

// entry is what the book says of one operation.
type entry struct {
	method, path string
	in, out      any
	id           string
	summary      string
	detail       string
	scope        assess.Scope
	status       int
	declines     []assess.Error
	answer       map[string]any
	shape        any
	tag          string
}

func newBook(server *url.URL) *book {
	b := &book{server: strings.TrimSuffix(server.String(), "/")}
	b.write = sync.OnceValues(b.compose)
	return b
}

func (b *book) enter(e entry) { b.entries = append(b.entries, e) }

const about = `Order tests for candidates and fetch their results. A key is made in Fourfold under Settings and carries only
the scopes it was given. Problems come as RFC 9457 documents with a stable code, in English or in Chinese by Accept-Language.
The API grows by addition only: expect members you do not know.`

// The parts of the document.
const (
	tagCalls = "Tests and results"
	tagHooks = "Webhooks"
	tagAbout = "About the API"
)

// compose writes the document.
func (b *book) compose() ([]byte, error) {
	r := openapi31.NewReflector()
	r.DefaultOptions = append(r.DefaultOptions, schemaRules...)
	r.Spec.Info.WithTitle("Fourfold").WithVersion("1").WithDescription(about)
	r.Spec.WithServers(openapi31.Server{URL: b.server})
	r.Spec.WithTags(openapi31.Tag{Name: tagCalls}, openapi31.Tag{Name: tagHooks}, openapi31.Tag{Name: tagAbout})
	r.Spec.SetHTTPBearerTokenSecurity("key", "API key", "The key as a bearer token.")
	r.Spec.SetHTTPBasicSecurity("basic", "The key as the user name, with an empty password.")
	result, err := resultComponent()
	if err != nil {
		return nil, err
	}
	r.Spec.ComponentsEns().WithSchemasItem("Result", result)
	for _, e := range b.entries {
		if err := e.add(r); err != nil {
			return nil, err
		}
	}
	if err := describeWebhooks(r); err != nil {
		return nil, err
	}
	return json.MarshalIndent(r.Spec, "", "  ")
}

// add writes one operation into the document.
func (e entry) add(r *openapi31.Reflector) error {
	op, err := r.NewOperationContext(e.method, openPath(e.path))
	if err != nil {
		return err
	}
	op.SetID(e.id)
	op.SetSummary(e.summary)
	op.SetDescription(e.detail)
	op.AddReqStructure(e.in, openapi.WithCustomize(func(b openapi.ContentOrReference) {
		b.(*openapi31.RequestBodyOrReference).RequestBody.WithRequired(true)
	}))
	if e.shape != nil {
		op.AddRespStructure(e.shape, openapi.WithHTTPStatus(e.status))
	}
	op.AddRespStructure(e.out, openapi.WithHTTPStatus(e.status), openapi.WithCustomize(func(r openapi.ContentOrReference) {
		if e.answer != nil {
			r.(*openapi31.ResponseOrReference).Response.WithContentItem("application/json", openapi31.MediaType{Schema: e.answer})
		}
	}))
	if slices.Contains(tagged(reflect.TypeOf(e.in).Elem(), "header"), "If-None-Match") {
		op.AddRespStructure(nil, openapi.WithHTTPStatus(http.StatusNotModified))
	}
	declines := append([]assess.Error{errInternal}, e.declines...)
	op.SetTags(tagAbout)
	if e.scope != "" {
		op.SetTags(cmp.Or(e.tag, tagCalls))
		op.AddSecurity("key")
		op.AddSecurity("basic")
		op.SetDescription(strings.TrimSpace(e.detail + "\n\nNeeds the scope `" + string(e.scope) + "`."))
		declines = append(declines, errBadRequest, assess.ErrUnauthenticated, assess.ErrScope, errTooMany, assess.ErrUnavailable)
	}
	for status, words := range byStatus(declines) {
		op.AddRespStructure(new(problem), openapi.WithHTTPStatus(status), openapi.WithContentType("application/problem+json"),
			func(u *openapi.ContentUnit) {
				u.Description = http.StatusText(status) + ": " + strings.Join(words, ", ") + "."
			})
	}
	return r.AddOperation(op)
}

func byStatus(words []assess.Error) map[int][]string {
	all := map[int][]string{}
	for _, w := range words {
		status := faultOf(w).Status
		all[status] = append(all[status], "`"+string(w)+"`")
	}
	return all
}
