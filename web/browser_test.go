package web

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// browser is one person's browser without scripts: it fills in the forms it is
// shown, sends what they hold and follows redirects.
type browser struct {
	*testing.T
	server  http.Handler
	jar     http.CookieJar
	lang    questions.Lang
	at      *url.URL
	Status  int
	Header  http.Header
	page    *html.Node
	filled  url.Values
	touched map[string]bool
	seen    bytes.Buffer // Every byte received.
}

// browse opens a browser in front of a house's server.
func browse(t *testing.T, house *assesstest.House, l questions.Lang) *browser {
	t.Helper()
	return browseAt(t, New(house.Center, Config{PublicURL: publicURL}), l)
}

func browseAt(t *testing.T, server http.Handler, l questions.Lang) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{T: t, server: server, jar: jar, lang: l, at: publicURL}
}

// another is a second window of the same browser.
func (b *browser) another() *browser {
	return &browser{T: b.T, server: b.server, jar: b.jar, lang: b.lang, at: b.at}
}

// Get opens a page.
func (b *browser) Get(path string) *browser {
	b.Helper()
	return b.send(http.MethodGet, path, nil, "")
}

func (b *browser) send(method, path string, body io.Reader, contentType string) *browser {
	b.Helper()
	to, err := b.at.Parse(path)
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest(method, to.String(), body)
	r.Header.Set("Accept-Language", string(b.lang))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if method == http.MethodPost {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range b.jar.Cookies(to) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	answer := w.Result()
	b.jar.SetCookies(to, answer.Cookies())
	b.seen.Write(w.Body.Bytes())
	if err := w.Result().Header.Write(&b.seen); err != nil {
		b.Fatal(err)
	}
	if to := answer.Header.Get("Location"); to != "" {
		return b.Get(to)
	}
	b.at, b.Status, b.Header, b.filled, b.touched = to, answer.StatusCode, answer.Header, url.Values{}, map[string]bool{}
	if b.page, err = html.Parse(w.Body); err != nil {
		b.Fatal(err)
	}
	return b
}

// Fill answers the fields of a name: text typed, or the values ticked or chosen.
func (b *browser) Fill(name string, values ...string) *browser {
	b.Helper()
	fields := b.All(`[name="` + name + `"]`)
	if len(fields) == 0 {
		b.Fatalf("%s has no field %q", b.at, name)
	}
	b.filled[name] = values
	b.touched[name] = true
	return b
}

// Submit presses a button and sends its form.
func (b *browser) Submit(button string) *browser {
	b.Helper()
	pressed := b.One(button)
	form := pressed
	for form != nil && form.Data != "form" {
		form = form.Parent
	}
	if form == nil {
		b.Fatalf("%s: %s stands in no form", b.at, button)
	}
	values := url.Values{}
	for _, field := range find(form, "input,select,textarea") {
		name := attribute(field, "name")
		if name == "" || b.touched[name] {
			continue
		}
		if v, on := current(field); on {
			values.Add(name, v)
		}
	}
	for name, v := range b.filled {
		values[name] = v
	}
	if name := attribute(pressed, "name"); name != "" {
		values.Set(name, attribute(pressed, "value"))
	}
	return b.send(http.MethodPost, attribute(form, "action"), strings.NewReader(values.Encode()), "application/x-www-form-urlencoded")
}

// current is what a field sends when nobody touches it.
func current(field *html.Node) (value string, on bool) {
	if field.Data == "select" {
		chosen := find(field, "option[selected]")
		switch {
		case len(chosen) == 0:
			return "", true
		case hasAttribute(chosen[0], "value"):
			return attribute(chosen[0], "value"), true
		}
		return text(chosen[0]), true
	}
	if field.Data == "textarea" {
		for text := range field.Descendants() {
			value += text.Data
		}
		return value, true
	}
	switch attribute(field, "type") {
	case "radio", "checkbox":
		return attribute(field, "value"), hasAttribute(field, "checked")
	}
	return attribute(field, "value"), true
}

// Path is where the browser is.
func (b *browser) Path() string { return b.at.RequestURI() }

// On fails unless the browser is at a path with status 200.
func (b *browser) On(path string) *browser {
	b.Helper()
	return b.Is(path, http.StatusOK)
}

// Is fails unless the browser is at a path with a status.
func (b *browser) Is(path string, status int) *browser {
	b.Helper()
	if b.Path() != path || b.Status != status {
		b.Fatalf("at %s with status %d, want %s with %d\n%s", b.Path(), b.Status, path, status, b.Text("main"))
	}
	return b
}

// All finds every element a selector fits.
func (b *browser) All(selector string) []*html.Node { return find(b.page, selector) }

// One finds the first element a selector fits, and fails without one.
func (b *browser) One(selector string) *html.Node {
	b.Helper()
	all := b.All(selector)
	if len(all) == 0 {
		b.Fatalf("%s has no %s\n%s", b.at, selector, text(b.page))
	}
	return all[0]
}

// Text is the text of the first element a selector fits.
func (b *browser) Text(selector string) string {
	b.Helper()
	return text(b.One(selector))
}

// Has fails unless the element a selector fits contains a text.
func (b *browser) Has(selector, want string) *browser {
	b.Helper()
	if got := b.Text(selector); !strings.Contains(got, want) {
		b.Errorf("%s %s says %q, want %q in it", b.at, selector, got, want)
	}
	return b
}

// find understands selectors like `form#answer li.row input[type="radio"][checked], h1`.
func find(root *html.Node, selector string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		for part := range strings.SplitSeq(selector, ",") {
			if n.Type == html.ElementNode && fitsPath(n, root, strings.Fields(part)) {
				found = append(found, n)
				break
			}
		}
	}
	return found
}

func fitsPath(n, root *html.Node, path []string) bool {
	last := len(path) - 1
	if !fitsOne(n, path[last]) {
		return false
	}
	if last == 0 {
		return true
	}
	for up := n.Parent; up != nil && up != root; up = up.Parent {
		if fitsPath(up, root, path[:last]) {
			return true
		}
	}
	return false
}

func fitsOne(n *html.Node, simple string) bool {
	simple, brackets, _ := strings.Cut(simple, "[")
	for _, bracket := range strings.FieldsFunc(brackets, func(r rune) bool { return r == '[' || r == ']' }) {
		name, value, valued := strings.Cut(bracket, "=")
		if !hasAttribute(n, name) || valued && attribute(n, name) != strings.Trim(value, `"`) {
			return false
		}
	}
	for simple != "" {
		end := strings.IndexAny(simple[1:], ".#") + 1
		if end == 0 {
			end = len(simple)
		}
		word := simple[:end]
		simple = simple[end:]
		switch word[0] {
		case '.':
			if !slices.Contains(strings.Fields(attribute(n, "class")), word[1:]) {
				return false
			}
		case '#':
			if attribute(n, "id") != word[1:] {
				return false
			}
		default:
			if n.Data != word {
				return false
			}
		}
	}
	return true
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttribute(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// text is what a node says, with single spaces.
func text(n *html.Node) string {
	var all []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" {
			all = append(all, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(all, " ")
}
