package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/notify"
)

// atsWorld is a house's real server, an applicant tracking system that is played
// by a test, and a mail server, which speak over real connections. The names of
// hosts lead to them; the clock is moved by hand.
type atsWorld struct {
	*testing.T
	house      *assesstest.House
	connection assess.Connection
	key        string
	server     *httptest.Server
	client     *http.Client // The vendor's, to us.
	senders    map[assess.TargetKind]notify.Sender
	kombo      *notify.Kombo
	mails      *assesstest.Mailbox

	// vendor plays the other side of what we call.
	vendor http.HandlerFunc

	mu         sync.Mutex
	transcript strings.Builder
}

func newATSWorld(t *testing.T, in assess.NewConnection) *atsWorld {
	t.Helper()
	w := &atsWorld{T: t, house: assesstest.Open(t, filepath.Join(t.TempDir(), "fourfold.db")), mails: assesstest.OpenMailbox(t)}
	in.Language = questions.English
	var err error
	if w.connection, w.key, err = w.house.Connect(t.Context(), w.house.Owner, in); err != nil {
		t.Fatal(err)
	}
	cfg := Config{PublicURL: publicURL, Log: slog.New(slog.DiscardHandler)}
	w.server = httptest.NewServer(New(w.house.Center, cfg))
	t.Cleanup(w.server.Close)
	w.client = dialling(&http.Client{}, w.server.Listener.Addr().String())

	other := httptest.NewTLSServer(http.HandlerFunc(w.called))
	t.Cleanup(other.Close)
	ours := dialling(notify.Client(true), other.Listener.Addr().String())
	stationery := NewStationery(cfg)
	post, err := notify.NewPost("smtp://"+w.mails.Address, "tests@fourfold.test")
	if err != nil {
		t.Fatal(err)
	}
	w.senders = map[assess.TargetKind]notify.Sender{
		assess.ConnectionTarget: notify.Connections(w.house.Center, ours, stationery.Speak),
		assess.MailTarget:       notify.Letters(w.house.Center, post, stationery.Write),
	}
	w.kombo = notify.NewKombo(w.house.Center, ours, stationery.Speak, cfg.Log)
	return w
}

// dialling is a client all of whose connections lead to one place.
func dialling(c *http.Client, place string) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", place)
	}
	c.Transport = &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	return c
}

// deliver sends everything that is due now, as the program's own loop does.
func (w *atsWorld) deliver() {
	w.Helper()
	w.house.Post(func(p assess.Parcel) assess.Outcome { return w.senders[p.Kind].Send(w.Context(), p) })
}

// later moves the clock on and sends what is due then.
func (w *atsWorld) later(d time.Duration) {
	w.Helper()
	w.house.Clock.Advance(d)
	w.note(fmt.Sprintf("… %s later", d))
	w.deliver()
}

// vendorAnswer is what a vendor got from us.
type vendorAnswer struct {
	*testing.T
	Status int
	Body   string
}

func (a vendorAnswer) want(status int) vendorAnswer {
	a.Helper()
	if a.Status != status {
		a.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

// field is one member of the answer's object, by its path.
func (a vendorAnswer) field(path ...string) string {
	a.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil {
		a.Fatalf("%v: %s", err, a.Body)
	}
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			a.Fatalf("no %v in %s", path, a.Body)
		}
		v = object[name]
	}
	if text, ok := v.(string); ok {
		return text
	}
	return fmt.Sprint(v)
}

// call makes one of the vendor's calls to us.
func (w *atsWorld) call(method, address, body string, headers ...string) vendorAnswer {
	w.Helper()
	if strings.HasPrefix(address, "/") {
		address = publicURL.String() + address
	}
	r, err := http.NewRequestWithContext(w.Context(), method, address, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := w.client.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	if answer.Header.Get("Content-Type") != "application/json" {
		w.Errorf("%s %s answers with %s", method, address, answer.Header.Get("Content-Type"))
	}
	w.exchange(w.vendorName(), "Fourfold", r, body, answer.StatusCode, said)
	return vendorAnswer{w.T, answer.StatusCode, string(said)}
}

// as is a call with the connection's key as a bearer token.
func (w *atsWorld) as(method, path, body string) vendorAnswer {
	w.Helper()
	return w.call(method, "/ats/"+string(w.connection.Vendor)+path, body, "Authorization", "Bearer "+w.key)
}

func (w *atsWorld) vendorName() string { return assess.VendorNames[w.connection.Vendor] }

// called is what we call: the test's vendor answers, and both stand in the transcript.
func (w *atsWorld) called(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	w.vendor(answer, r)
	if answer.Code == hangUp {
		w.exchange("Fourfold", w.vendorName(), r, string(body), 0, nil)
		conn, _, err := http.NewResponseController(out).Hijack()
		if err != nil {
			w.Error(err)
			return
		}
		conn.Close()
		return
	}
	w.exchange("Fourfold", w.vendorName(), r, string(body), answer.Code, answer.Body.Bytes())
	for name, values := range answer.Header() {
		out.Header()[name] = values
	}
	out.WriteHeader(answer.Code)
	out.Write(answer.Body.Bytes())
}

// hangUp breaks the connection instead of answering.
const hangUp = 999

// shownHeaders are those a contract speaks of.
var shownHeaders = []string{"Authorization", "Accept", "Content-Type", "Rt-Partner-Secret", "X-Integration-Id", "X-Kombo-Signature"}

func (w *atsWorld) exchange(from, to string, r *http.Request, body string, status int, answer []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := &w.transcript
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	fmt.Fprintf(t, "%s → %s\n%s https://%s%s\n", from, to, r.Method, host, r.URL.RequestURI())
	for _, name := range shownHeaders {
		if v := r.Header.Get(name); v != "" {
			fmt.Fprintf(t, "%s: %s\n", name, v)
		}
	}
	if body != "" {
		fmt.Fprintf(t, "%s\n", body)
	}
	switch {
	case status == 0:
		fmt.Fprintf(t, "← the connection breaks\n\n")
	case len(answer) == 0:
		fmt.Fprintf(t, "← %d\n\n", status)
	default:
		fmt.Fprintf(t, "← %d %s\n\n", status, answer)
	}
}

// note writes a line of the story.
func (w *atsWorld) note(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(&w.transcript, "%s\n\n", line)
}

// forget begins a transcript anew.
func (w *atsWorld) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.transcript.Reset()
}

// candidate takes the test in a browser, over the wire, as the key would, from the
// link in the letter to the page of thanks.
func (w *atsWorld) candidate(to string) {
	w.Helper()
	w.deliver()
	link := w.linkTo(to)
	w.note("(The candidate opens the link in the letter and takes the test.)")
	w.open(link)
	w.finish(link)
}

// finish answers every question of a test that has been started, and submits it.
func (w *atsWorld) finish(link string) {
	w.Helper()
	b := w.back(link)
	for i := range w.house.Form.Items {
		response, err := json.Marshal(w.house.Keyed(i))
		if err != nil {
			w.Fatal(err)
		}
		if status, said, _ := b.post(fmt.Sprintf("/sit/items/%d", i+1), fmt.Sprintf(`{"revision":1,"response":%s,"spent_ms":900}`, response)); status != http.StatusOK {
			w.Fatalf("answer %d: %d %v", i+1, status, said)
		}
	}
	w.house.Clock.Advance(18*time.Minute + 30*time.Second)
	b.Get("/sit/review").Submit("#submit button").Submit(`[name="confirm"]`).On("/sit/done")
}

// arrives lets Ana take the test, and her result arrive at the third try; the reason
// is of the second.
func (w *atsWorld) arrives(second assess.Reason) {
	w.Helper()
	w.candidate("ana@example.test")
	w.deliver()
	w.later(10 * time.Second)
	w.became(assess.ResultReady, assess.Pending, second, 2)
	w.later(6 * time.Minute)
	w.became(assess.ResultReady, assess.Delivered, "", 3)
}

// open starts the test behind a link in a browser.
func (w *atsWorld) open(link string) {
	w.Helper()
	w.browser().started(strings.TrimPrefix(link, publicURL.String()))
}

// back comes back to a test that has been started, with another browser.
func (w *atsWorld) back(link string) *browser {
	w.Helper()
	return w.browser().Get(strings.TrimPrefix(link, publicURL.String())).Submit("main button").On("/sit/items/1")
}

// browser speaks with the real server over the wire.
func (w *atsWorld) browser() *browser {
	w.Helper()
	server := &url.URL{Scheme: "http", Host: w.server.Listener.Addr().String()}
	wire := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(server)
		r.Out.Host = r.In.Host
		r.Out.Header.Set("Accept-Encoding", "identity")
	}}
	return browseAt(w.T, wire, questions.English)
}

// scrubbers make a transcript the same on every run.
var scrubbers = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`\b(inv|asm|res|can|sit)_[0-9a-z]{26}\b`), "${1}_…"},
	{regexp.MustCompile(`min, [0-9a-z]{4}\)`), "min, …)"},
	{regexp.MustCompile(`fourfold_live_[0-9A-Za-z]{38}`), "fourfold_live_…"},
	{regexp.MustCompile(`(Authorization: Basic ).*`), "${1}(the key as user name, no password)"},
	{regexp.MustCompile(`(X-Kombo-Signature: ).*`), "${1}…"},
	{regexp.MustCompile(`"requestId":"[0-9A-Za-z]+"`), `"requestId":"…"`},
}

// said is the transcript so far.
func (w *atsWorld) said() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.transcript.String()
	for _, s := range scrubbers {
		text = s.from.ReplaceAllString(text, s.to)
	}
	return strings.TrimSpace(text)
}

// transcripts compares what was said with what the documentation shows. With
// FOURFOLD_WRITE_TRANSCRIPTS set it writes the documentation instead.
func transcripts(t *testing.T, vendor assess.Vendor, life, outage string) {
	t.Helper()
	name := filepath.Join("..", "docs", "connectors", string(vendor)+".md")
	text := fmt.Sprintf(`# %[1]s: what is said

This is what the %[1]s that the tests play and the real server said to each other over HTTP, once through a whole life
and once through an outage. Ids and keys are shortened. A test holds this page to what is said
(`+"`go test -run %[1]s ./web`"+`, with `+"`FOURFOLD_WRITE_TRANSCRIPTS=1`"+` it is written anew); what is known at first hand of
%[1]s's contract and what is not stands in [connectors.md](../connectors.md).

## A whole life

`+"```\n%[2]s\n```"+`

## An outage

`+"```\n%[3]s\n```\n", assess.VendorNames[vendor], life, outage)
	if os.Getenv("FOURFOLD_WRITE_TRANSCRIPTS") != "" {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != text {
		was, is := strings.Split(string(kept), "\n"), strings.Split(text, "\n")
		for i := range is {
			if i >= len(was) || was[i] != is[i] {
				t.Fatalf("%s:%d is not what was said:\n%s", name, i+1, is[i])
			}
		}
		t.Fatalf("%s shows more than was said", name)
	}
}

// deliveries are what became of the messages to the connection, newest first.
func (w *atsWorld) deliveries() []assess.Delivery {
	w.Helper()
	page, err := w.house.Deliveries(w.Context(), w.house.Owner, assess.DeliveryFilter{Target: w.connection.ID})
	if err != nil {
		w.Fatal(err)
	}
	return page.Deliveries
}

// became fails unless the newest message about an event has come to this.
func (w *atsWorld) became(kind assess.EventKind, state assess.DeliveryState, reason assess.Reason, attempts int) assess.Delivery {
	w.Helper()
	for _, d := range w.deliveries() {
		if d.Kind != kind {
			continue
		}
		if d.State != state || d.Reason != reason || d.Attempts != attempts {
			w.Fatalf("%s is %s (%q) after %d attempts, want %s (%q) after %d", kind, d.State, d.Reason, d.Attempts, state, reason, attempts)
		}
		return d
	}
	w.Fatalf("there is no message about %s", kind)
	return assess.Delivery{}
}

// invitations counts the house's invitations.
func (w *atsWorld) invitations() int {
	w.Helper()
	page, err := w.house.Invitations(w.Context(), w.house.Owner, assess.InvitationFilter{})
	if err != nil {
		w.Fatal(err)
	}
	return len(page.Invitations)
}

// audited counts how often an action stands in the audit log.
func (w *atsWorld) audited(action, detail string) int {
	w.Helper()
	if err := w.house.Seal(w.Context()); err != nil {
		w.Fatal(err)
	}
	entries, err := w.house.AuditEntries(w.Context(), w.house.Owner, 0, 200)
	if err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if e.Action == action && (detail == "" || e.Detail == detail) {
			n++
		}
	}
	return n
}
