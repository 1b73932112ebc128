package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

func TestWhatIsWrongWithAnOrderIsNamed(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.Scopes...)
	id := assess.FormatID(assess.AssessmentID, house.Assessment.ID)
	foreign := assess.FormatID(assess.AssessmentID, house.Neighbour().Assessment.ID)
	ann := `"candidate": {"name": "Ann", "email": "ann@example.com"}`
	whole := `{"assessment": "` + id + `", ` + ann

	for _, c := range []struct{ name, body, pointer, word string }{
		{"nothing", ``, "#", "malformed"},
		{"no object", `[]`, "#", "wrong_type"},
		{"null", `null`, "#", "wrong_type"},
		{"cut off", whole, "#", "malformed"},
		{"trailing data", whole + `} {}`, "#", "malformed"},
		{"an unknown member", whole + `, "score": 100}`, "#/score", "unknown_field"},
		{"an unknown member inside", `{"assessment": "` + id + `", "candidate": {"name": "Ann", "email": "ann@example.com", "role": "owner"}}`, "#/candidate/role", "unknown_field"},
		{"a name with a slash and a dot", whole + `, "a/b.c": 1}`, "#/a~1b.c", "unknown_field"},
		{"a header's field in the body", whole + `, "Key": "x"}`, "#/Key", "unknown_field"},
		{"another case", strings.Replace(whole, `"assessment"`, `"Assessment"`, 1) + `}`, "#/Assessment", "unknown_field"},
		{"a member twice", whole + `, "assessment": "` + id + `"}`, "#/assessment", "duplicate"},
		{"a number for text", whole + `, "reference": 7}`, "#/reference", "wrong_type"},
		{"text for a number", whole + `, "extra_time": "150"}`, "#/extra_time", "wrong_type"},
		{"a fraction", whole + `, "extra_time": 1.5}`, "#/extra_time", "wrong_type"},
		{"an enormous number", whole + `, "extra_time": 1e400}`, "#/extra_time", "wrong_type"},
		{"null for text", whole + `, "reference": null}`, "#/reference", "wrong_type"},
		{"a list for an object", `{"assessment": "` + id + `", "candidate": []}`, "#/candidate", "wrong_type"},
		{"a date that is none", whole + `, "expires_at": "2026-02-30T10:00:00Z"}`, "#/expires_at", "wrong_type"},
		{"broken UTF-8", whole + ", \"reference\": \"\xff\"}", "#/reference", "malformed"},
		{"half a surrogate pair", whole + `, "reference": "\ud800"}`, "#/reference", "malformed"},
		{"depth", whole + `, "reference": ` + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000) + `}`, "#/reference", "wrong_type"},
		{"no candidate", `{"assessment": "` + id + `"}`, "#/candidate/name", "required"},
		{"no name", strings.Replace(whole, `"Ann"`, `""`, 1) + `}`, "#/candidate/name", "required"},
		{"a name of blanks", strings.Replace(whole, `"Ann"`, `"   "`, 1) + `}`, "#/candidate/name", assess.WordRequired},
		{"a long name", strings.Replace(whole, `"Ann"`, `"`+strings.Repeat("安", 121)+`"`, 1) + `}`, "#/candidate/name", "max"},
		{"a name with a zero byte", strings.Replace(whole, `"Ann"`, `"A\u0000n"`, 1) + `}`, "#/candidate/name", assess.WordForbidden},
		{"no address", strings.Replace(whole, `ann@example.com`, `ann`, 1) + `}`, "#/candidate/email", "email"},
		{"a language we do not speak", whole + `, "language": "fr"}`, "#/language", "oneof"},
		{"an odd extra time", whole + `, "extra_time": 110}`, "#/extra_time", "oneof"},
		{"yesterday", whole + `, "expires_at": "2020-01-01T00:00:00Z"}`, "#/expires_at", assess.WordInPast},
		{"an assessment that is no id", strings.Replace(whole, id, "asm_1", 1) + `}`, "#/assessment", assess.WordUnknown},
		{"another house's assessment", strings.Replace(whole, id, foreign, 1) + `}`, "#/assessment", assess.WordUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			ats := *ats
			ats.t = t
			p := ats.call("POST", "/api/v1/invitations", c.body, "Idempotency-Key", "k", "Content-Type", "application/json").want(400).problem(errBadRequest)
			if !slices.ContainsFunc(p.Errors, func(e problemField) bool { return e.Pointer == c.pointer && e.Code == c.word && e.Detail != "" }) {
				t.Errorf("errors %+v; want %s at %s", p.Errors, c.word, c.pointer)
			}
		})
	}

	t.Run("another house's assessment is like none", func(t *testing.T) {
		var said []string
		for _, other := range []string{foreign, assess.FormatID(assess.AssessmentID, uuid.New())} {
			got := ats.call("POST", "/api/v1/invitations", strings.Replace(whole, id, other, 1)+`}`, "Idempotency-Key", "k").want(400)
			said = append(said, strings.ReplaceAll(got.text, got.Header.Get("X-Request-Id"), ""))
		}
		if said[0] != said[1] {
			t.Errorf("a foreign assessment: %s\nan unknown one: %s", said[0], said[1])
		}
	})
	t.Run("bottomless", func(t *testing.T) {
		p := ats.call("POST", "/api/v1/invitations", whole+`, "reference": `+strings.Repeat("[", 30_000), "Idempotency-Key", "k").want(400).problem(errBadRequest)
		if !strings.HasPrefix(p.Errors[0].Pointer, "#/reference") || len(p.Errors[0].Pointer) > 210 {
			t.Errorf("errors %+v", p.Errors)
		}
	})
	t.Run("too much", func(t *testing.T) {
		ats.call("POST", "/api/v1/invitations", whole+`, "reference": "`+strings.Repeat("x", maxBody)+`"}`, "Idempotency-Key", "k").want(413).problem(errTooLarge)
	})
	t.Run("not JSON", func(t *testing.T) {
		ats.call("POST", "/api/v1/invitations", whole+"}", "Idempotency-Key", "k", "Content-Type", "text/plain").want(415).problem(errMediaType)
	})
	for name, key := range map[string]string{"no key": "", "half a quote": `"abc`, "a long key": strings.Repeat("k", 256), "a key in Chinese": "订单"} {
		t.Run(name, func(t *testing.T) {
			p := ats.call("POST", "/api/v1/invitations", whole+"}", "Idempotency-Key", key).want(400).problem(errBadRequest)
			if len(p.Errors) != 1 || p.Errors[0].Parameter != "Idempotency-Key" {
				t.Errorf("errors %+v", p.Errors)
			}
		})
	}
	nothingWasMade(t, ats)
}

func nothingWasMade(t *testing.T, ats *program) {
	t.Helper()
	var list invitationList
	ats.call("GET", "/api/v1/invitations", "").want(200).into(&list)
	if len(list.Invitations) != 0 {
		t.Errorf("refused orders made %d invitations", len(list.Invitations))
	}
}

func TestWhatIsWrongWithAnIdempotencyKeyIsNamed(t *testing.T) {
	for header, word := range map[string]string{
		`""`: assess.WordRequired, `"open`: "quotes", `"`: "quotes", "a\x7fb": assess.WordForbidden,
		strings.Repeat("x", 256): assess.WordTooLong, `"` + strings.Repeat("x", 256) + `"`: assess.WordTooLong,
		strings.Repeat("x", 301): assess.WordTooLong, `"` + strings.Repeat(`\"`, 150) + `"`: assess.WordTooLong,
	} {
		_, err := idempotencyKey(header)
		if f := fieldErrors(err); len(f) != 1 || f[0].Word != word || f[0].Field != "?Idempotency-Key" {
			t.Errorf("%.20q: %v, want %s", header, err, word)
		}
	}
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.WriteInvitations)
	one, many := orderFor(house, "Ann", ""), `{"invitations": [`+orderFor(house, "Ann", "")+`]}`
	for path, body := range map[string]string{"/api/v1/invitations": one, "/api/v1/invitations/bulk": many} {
		for _, n := range []int{256, 301} {
			p := ats.call("POST", path, body, "Idempotency-Key", strings.Repeat("x", n)).want(400).problem(errBadRequest)
			if len(p.Errors) != 1 || p.Errors[0].Parameter != "Idempotency-Key" || !strings.Contains(p.Errors[0].Detail, "255") {
				t.Errorf("%s with a key of %d characters: %+v", path, n, p.Errors)
			}
		}
	}
	for _, header := range []string{"order-1", `"order-1"`} {
		if key, err := idempotencyKey(header); err != nil || key != "order-1" {
			t.Errorf("%s: %q, %v", header, key, err)
		}
	}
	if key, err := idempotencyKey(`"a\"\\"`); err != nil || key != `a"\` {
		t.Errorf("escaped: %q, %v", key, err)
	}
}

func TestPointersAreJSONPointers(t *testing.T) {
	for field, want := range map[string]string{
		"": "", "candidate.email": "/candidate/email", "events[2]": "/events/2", "invitations[0].candidate.name": "/invitations/0/candidate/name",
		"/a~1b.c[0]": "/a~1b.c[0]",
	} {
		if got := pointer(field); got != want {
			t.Errorf("%q is %q, want %q", field, got, want)
		}
	}
}

func TestWhatIsWrongWithAQueryIsNamed(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.Scopes...)
	for query, want := range map[string]problemField{
		"limit=0":                               {Parameter: "limit", Code: "min"},
		"limit=251":                             {Parameter: "limit", Code: "max"},
		"limit=ten":                             {Parameter: "limit", Code: "wrong_type"},
		"limit=99999999999999999999":            {Parameter: "limit", Code: "wrong_type"},
		"limit=5&limit=6":                       {Parameter: "limit", Code: "duplicate"},
		"Limit=5":                               {Parameter: "Limit", Code: "unknown_field"},
		"organization=other":                    {Parameter: "organization", Code: "unknown_field"},
		"stage=rejected":                        {Parameter: "stage", Code: "oneof"},
		"stage=started,started":                 {Parameter: "stage", Code: "unique"},
		"stage[]=started":                       {Parameter: "stage[]", Code: "unknown_field"},
		"cursor=abc":                            {Parameter: "cursor", Code: assess.WordUnknown},
		"cursor=bnVsbA":                         {Parameter: "cursor", Code: assess.WordUnknown},
		"reference=%ff":                         {Parameter: "reference", Code: assess.WordForbidden},
		"reference=%00":                         {Parameter: "reference", Code: assess.WordForbidden},
		"reference=" + strings.Repeat("x", 121): {Parameter: "reference", Code: "max"},
	} {
		p := ats.call("GET", "/api/v1/invitations?"+query, "").want(400).problem(errBadRequest)
		if len(p.Errors) != 1 || p.Errors[0].Parameter != want.Parameter || p.Errors[0].Code != want.Code {
			t.Errorf("?%.40s: errors %+v, want %s at %s", query, p.Errors, want.Code, want.Parameter)
		}
	}
	for _, query := range []string{"%zz", "a;b", "limit=%"} {
		ats.call("GET", "/api/v1/invitations?"+query, "").want(400).problem(errBadRequest)
	}
	ats.call("GET", "/api/v1/assessments?limit=5", "").want(400).problem(errBadRequest)
	ats.call("GET", "/api/v1/assessments", "{}").want(200)
}

// A caller can set what an order holds, and nothing else about an invitation.
func TestNothingElseCanBeAssigned(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.Scopes...)
	names := []string{"organization_id", "organization", "tenant_id", "role", "scopes", "is_admin", "score", "state", "deadline", "generation", "link", "Key", "IdempotencyKey", "Fingerprint"}
	names = append(names, tagged(reflect.TypeFor[invitationEntry](), "json")...)
	for _, name := range names {
		if slices.Contains(tagged(reflect.TypeFor[order](), "json"), name) {
			continue
		}
		for _, value := range []string{`"x"`, `1`, `true`, `{}`} {
			p := ats.call("POST", "/api/v1/invitations", orderFor(house, "Ann", fmt.Sprintf(`, %q: %s`, name, value)), "Idempotency-Key", "k").want(400).problem(errBadRequest)
			if p.Errors[0].Code != "unknown_field" {
				t.Errorf("%s: %+v", name, p.Errors)
			}
		}
	}
	nothingWasMade(t, ats)
}

// FuzzOrder sends anything at all as an order: whatever a person types, the
// server answers, and never with a fault of its own.
func FuzzOrder(f *testing.F) {
	house := assesstest.Open(f, f.TempDir()+"/fourfold.db")
	ats := programOf(f, house, assess.Scopes...)
	f.Add(orderFor(house, "Ann", ""), "key")
	f.Add(orderFor(house, "\x00", `, "reference": "\u0000"`), `"quoted"`)
	f.Add(orderFor(house, "Ann", `, "expires_at": "0000-01-01T00:00:00Z"`), "k")
	f.Add(orderFor(house, "Ann", `, "expires_at": "9999-12-31T23:59:59.999999999+23:59", "extra_time": 0`), "k")
	f.Add(orderFor(house, "\u202e'; DROP TABLE invitations; --", `, "reference": "=HYPERLINK(1)"`), "k")
	f.Add(`{"candidate": {"name": {"name": {}}}}`, `"`)
	calls := 0
	f.Fuzz(func(t *testing.T, body, key string) {
		if calls++; calls%(callsPerMinute/2) == 0 { // a new key has a new budget
			ats.t = t
			ats = ats.with(house, assess.Scopes...)
		}
		r, err := http.NewRequest(http.MethodPost, "/api/v1/invitations", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer " + ats.key}, "Content-Type": {"application/json"}, "Idempotency-Key": {key}}
		w := &answerOnly{header: http.Header{}}
		ats.server.ServeHTTP(w, r)
		switch w.status {
		case http.StatusCreated, http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity,
			http.StatusRequestEntityTooLarge:
		default:
			t.Errorf("%d for %q with key %q: %s", w.status, body, key, w.body.String())
		}
		if !json.Valid([]byte(w.body.String())) {
			t.Errorf("the answer is not JSON: %s", w.body.String())
		}
	})
}

// answerOnly keeps an answer without the cost of a recorder.
type answerOnly struct {
	header http.Header
	status int
	body   strings.Builder
}

func (a *answerOnly) Header() http.Header         { return a.header }
func (a *answerOnly) WriteHeader(status int)      { a.status = status }
func (a *answerOnly) Write(b []byte) (int, error) { return a.body.Write(b) }
