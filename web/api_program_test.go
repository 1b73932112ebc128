package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	contract "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// program is an applicant tracking system in a story. Every answer it gets from a
// call is held against the OpenAPI document that servers give out.
type program struct {
	t        testing.TB
	server   http.Handler
	key      string
	contract contract.Validator
}

// publicURL is where the test center believes to be.
var publicURL = &url.URL{Scheme: "http", Host: "fourfold.test"}

// programOf starts the server of a house and makes a key with the scopes given.
func programOf(t testing.TB, house *assesstest.House, scopes ...assess.Scope) *program {
	t.Helper()
	server := New(house.Center, Config{PublicURL: publicURL})
	p := &program{t: t, server: server, contract: contractOf(t, server)}
	return p.with(house, scopes...)
}

// with is the same program under a key of its own.
func (p *program) with(house *assesstest.House, scopes ...assess.Scope) *program {
	p.t.Helper()
	_, key, err := house.MakeKey(p.t.Context(), house.Owner, assess.NewKey{Name: "Test", Scopes: scopes})
	if err != nil {
		p.t.Fatal(err)
	}
	other := *p
	other.key = key
	return &other
}

// everyAnswer are headers that come with every answer and are described once, in
// docs/api.md.
var everyAnswer = []string{
	"content-security-policy", "cross-origin-opener-policy", "referrer-policy", "x-content-type-options", "accept-ranges",
	"ratelimit", "ratelimit-policy", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
	"retry-after", "www-authenticate",
}

// theContract is the same for every server: reading and checking it for each took a
// tenth of the time of all tests here.
var theContract struct {
	sync.Mutex
	validator contract.Validator
}

// contractOf checks by the document that the first server gave out.
func contractOf(t testing.TB, server http.Handler) contract.Validator {
	t.Helper()
	theContract.Lock()
	defer theContract.Unlock()
	if theContract.validator != nil {
		return theContract.validator
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET /api/openapi.json: %d %s", w.Code, w.Body)
	}
	document, err := libopenapi.NewDocument(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	v, errs := contract.NewValidator(document, config.WithFormatAssertions(), config.WithStrictMode(),
		config.WithStrictIgnoredHeadersExtra(everyAnswer...), config.WithoutSecurityValidation())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, faults := v.ValidateDocument(); !ok {
		for _, f := range faults {
			t.Errorf("the document: %s", f)
		}
		t.FailNow()
	}
	theContract.validator = v
	return v
}

// reply is what came back.
type reply struct {
	t testing.TB
	*http.Response
	text string
}

// call sends one request; headers are given as name, value, name, value.
func (p *program) call(method, path, body string, headers ...string) reply {
	p.t.Helper()
	r := httptest.NewRequest(method, publicURL.String()+path, strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.key != "" {
		r.Header.Set("Authorization", "Bearer "+p.key)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	answer := reply{t: p.t, Response: w.Result(), text: w.Body.String()}
	answer.Body = io.NopCloser(strings.NewReader(answer.text))
	r.Body = io.NopCloser(strings.NewReader(body))
	if strings.HasPrefix(path, "/api/v1/") && answer.StatusCode != http.StatusNotModified {
		p.hold(r, answer)
	}
	return answer
}

// hold holds an answer against the document.
func (p *program) hold(r *http.Request, answer reply) {
	p.t.Helper()
	ok, faults := p.contract.ValidateHttpResponse(r, answer.Response)
	if ok {
		return
	}
	for _, f := range faults {
		p.t.Errorf("%s %s → %d breaks the contract: %s %s", r.Method, r.URL.Path, answer.StatusCode, f.Message, f.Reason)
		for _, s := range f.SchemaValidationErrors {
			p.t.Errorf("  %s: %s", s.KeywordLocation, s.Reason)
		}
	}
	p.t.Logf("the answer was %s", answer.text)
}

// want fails the test unless the answer has the status; it returns the answer.
func (a reply) want(status int) reply {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%d, want %d: %s", a.StatusCode, status, a.text)
	}
	return a
}

// into reads the answer's body.
func (a reply) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.text), v); err != nil {
		a.t.Fatalf("%v in %s", err, a.text)
	}
}

// problem reads the answer as a problem document with that code.
func (a reply) problem(code assess.Error) problem {
	a.t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Fatalf("Content-Type %q: %s", got, a.text)
	}
	var p problem
	a.into(&p)
	if p.Code != code {
		a.t.Fatalf("code %q, want %q: %s", p.Code, code, a.text)
	}
	return p
}
