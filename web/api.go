package web

import (
	"bytes"
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// api is the room of programs: applicant tracking systems with a key.
type api struct {
	*app
	calls    *budget // What one key may spend.
	attempts *budget // What one address may spend on keys that open nothing.
	book     *book
}

func newAPI(a *app) api {
	nameFields()
	return api{app: a, calls: newBudget(callsPerMinute), attempts: newBudget(attemptsPerMinute), book: newBook(a.cfg.PublicURL)}
}

// forPrograms answers in English what does not ask for a language: the authors of
// programs read it, and a program asks for none. A vendor's system is answered in
// its connection's language, and in English until that is known.
func forPrograms(c *gin.Context) {
	path := c.Request.URL.Path
	if strings.HasPrefix(path, "/api/") && c.GetHeader("Accept-Language") == "" || strings.HasPrefix(path, "/ats/") {
		speak(c, questions.English)
	}
}

// operation is one call of the API. Its route, the reading and checking of its
// request, and its place in the OpenAPI document all come from In and Out: a
// field tagged path, query or header is a parameter, one tagged json stands in
// the body, and the binding tag is both the rule and the schema.
type operation[In, Out any] struct {
	id       string // The operation's name for client generators.
	summary  string
	detail   string
	right    assess.Right // What the caller's key must allow; "" is open to anyone.
	status   int          // Of success; 200 when not said.
	declines []assess.Error
	answer   map[string]any // The schema of the answer, where Out is a document;
	shape    any            // or what the document is written from.
	tag      string         // Its part of the document; tagCalls when not said.
	handle   func(ctx context.Context, by assess.Actor, in In) (Out, error)

	// spoken stands in for handle where the answer holds texts for people.
	spoken func(ctx context.Context, by assess.Actor, in In, l questions.Lang) (Out, error)
}

// offer makes an operation reachable at a route and enters it in the document.
// What can be read by GET can be asked about by HEAD.
func offer[In, Out any](h api, r gin.IRouter, method, path string, o operation[In, Out]) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	serve := h.page(func(c *gin.Context) error {
		by, err := h.admit(c, o.right)
		if err != nil {
			return err
		}
		var in In
		if err := bind(c, &in); err != nil {
			return err
		}
		var out Out
		if o.spoken != nil {
			out, err = o.spoken(c.Request.Context(), by, in, lang(c))
		} else {
			out, err = o.handle(c.Request.Context(), by, in)
		}
		if err != nil {
			return err
		}
		return respond(c, o.status, out)
	})
	r.Handle(method, path, serve)
	if method == http.MethodGet {
		r.HEAD(path, serve)
	}
	h.book.enter(entry{
		method: method, path: path, in: new(In), out: new(Out), id: o.id, summary: o.summary, detail: o.detail,
		scope: assess.Needs(o.right), status: o.status, declines: o.declines, answer: o.answer, shape: o.shape, tag: o.tag,
	})
}

// respond writes what an operation returned: fields tagged header as headers, a
// document as the bytes it is, anything else as JSON.
func respond(c *gin.Context, status int, out any) error {
	v := reflect.ValueOf(out)
	for _, f := range reflect.VisibleFields(v.Type()) {
		if name := f.Tag.Get("header"); name != "" {
			if value := v.FieldByIndex(f.Index).String(); value != "" {
				c.Header(name, value)
			}
		}
	}
	if d, ok := out.(document); ok {
		c.Header("Content-Type", "application/json")
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(d.Content))
		return nil
	}
	if status == http.StatusNoContent {
		c.Status(status)
		return nil
	}
	body, err := json.Marshal(out, json.Deterministic(true))
	if err != nil {
		return err
	}
	c.Data(status, "application/json", body)
	return nil
}

// document is an answer whose bytes are settled already. With an ETag, callers
// who have it are told so instead (304).
type document struct {
	ETag    string `header:"ETag" description:"The hash of the document, in quotes."`
	Links   string `header:"Link" description:"Where else to look: the report for people as rel=alternate."`
	Content []byte
}

// location returns the full address of a path on this server.
func (h api) location(path ...string) string {
	return h.cfg.PublicURL.JoinPath(path...).String()
}

// openPath turns Gin's ":id" into OpenAPI's "{id}".
func openPath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}
