package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/web/notify"
)

// greenhousePlayed is Greenhouse as its documentation has it: it lists the tests,
// sends one, and asks for the status as soon as it is told that the test is complete.
type greenhousePlayed struct {
	*atsWorld
	test      string
	interview string
	down      []int // What a PATCH is answered with before Greenhouse works again.
	pulled    vendorAnswer
}

const greenhouseURL = "https://app.greenhouse.io/integrations/testing_partners/take_home_tests/33"

func playGreenhouse(t *testing.T) *greenhousePlayed {
	g := &greenhousePlayed{atsWorld: newATSWorld(t, assess.NewConnection{Vendor: assess.Greenhouse})}
	g.vendor = func(w http.ResponseWriter, r *http.Request) {
		key, password, _ := r.BasicAuth()
		switch {
		case r.Method != http.MethodPatch || r.URL.String() != "/integrations/testing_partners/take_home_tests/33" || r.Host != "app.greenhouse.io":
			w.WriteHeader(http.StatusNotFound)
		case key != g.key || password != "":
			w.WriteHeader(http.StatusUnauthorized)
		case len(g.down) > 0:
			w.WriteHeader(g.down[0])
			g.down = g.down[1:]
		default:
			g.pulled = g.status() // the GET follows at once, before the PATCH is answered
			w.WriteHeader(http.StatusOK)
		}
	}
	return g
}

func (g *greenhousePlayed) as(method, path, body string) vendorAnswer {
	g.Helper()
	return g.call(method, "/ats/greenhouse"+path, body, "Authorization", basicAuth(g.key))
}

func basicAuth(key string) string {
	r, _ := http.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth(key, "")
	return r.Header.Get("Authorization")
}

// list picks the first test.
func (g *greenhousePlayed) list() {
	g.Helper()
	listed := g.as(http.MethodGet, "/list_tests", "").want(http.StatusOK)
	g.test = strings.Split(strings.TrimPrefix(listed.Body, `[{"partner_test_id":"`), `"`)[0]
}

// order has null for what there is not and members nobody has heard of.
func (g *greenhousePlayed) order(email, url string) string {
	return fmt.Sprintf(`{"partner_test_id":%q,"candidate":{"first_name":"Ana","last_name":"Ruiz","preferred_name":null,"email":%q,`+
		`"resume_url":null,"phone_number":null,"greenhouse_profile_url":"https://app.greenhouse.io/people/11?application_id=22"},`+
		`"sent_by":"rec@example.test","url":%q,"added_next_year":{"deep":[1,2]}}`, g.test, email, url)
}

func (g *greenhousePlayed) send() {
	g.Helper()
	g.interview = g.as(http.MethodPost, "/send_test", g.order("ana@example.test", greenhouseURL)).want(http.StatusOK).field("partner_interview_id")
}

func (g *greenhousePlayed) status() vendorAnswer {
	g.Helper()
	return g.as(http.MethodGet, "/test_status?partner_interview_id="+g.interview, "").want(http.StatusOK)
}

func TestGreenhouse(t *testing.T) {
	g := playGreenhouse(t)
	g.list()
	g.send()
	if got := g.status().field("partner_status"); got != "invited" {
		t.Errorf("before it is opened the status is %q", got)
	}
	g.note("(The same order comes again, as after an answer that was lost.)")
	first := g.interview
	if g.send(); g.interview != first || g.invitations() != 1 {
		t.Errorf("a replayed order is another sitting: %s and %s", first, g.interview)
	}
	g.candidate("ana@example.test")
	g.deliver()
	g.became(assess.ResultReady, assess.Delivered, "", 1)
	if got := g.pulled.field("partner_status"); got != "complete" {
		t.Errorf("after the PATCH the status is %q", got)
	}
	if got := g.pulled.field("metadata", "Communication"); got != "100" {
		t.Errorf("communication is %s", got)
	}
	if got := g.pulled.field("partner_profile_url"); got != "http://fourfold.test/candidates/"+first+"/report" {
		t.Errorf("the report is at %s", got)
	}
	g.as(http.MethodPost, "/response_error", `{"api_call":"test_status","errors":["partner_score is missing"],"partner_interview_id":"x","candidate_email":"ana@example.test"}`).want(http.StatusOK)
	owner(t, g.house, "/settings/connections/"+assess.FormatID(assess.ConnectionID, g.connection.ID)).Has(".problem-box", "partner_score is missing")
	life := g.said()

	g = playGreenhouse(t)
	g.list()
	g.send()
	g.forget()
	g.down = []int{http.StatusServiceUnavailable, hangUp, http.StatusBadGateway}
	g.candidate("ana@example.test")
	g.deliver()
	g.became(assess.ResultReady, assess.Pending, assess.ReasonStatus, 1)
	g.later(10 * time.Second)
	g.became(assess.ResultReady, assess.Pending, assess.ReasonNoConnection, 2)
	g.later(6 * time.Minute)
	g.later(40 * time.Minute)
	g.became(assess.ResultReady, assess.Delivered, "", 4)
	if g.pulled.field("partner_status") != "complete" {
		t.Error("the result was not fetched after the outage")
	}
	transcripts(t, assess.Greenhouse, life, g.said())
}

func TestGreenhouseIsRefusedInItsOwnWords(t *testing.T) {
	g := playGreenhouse(t)
	g.list()
	g.send()
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"a test nobody has":      {"POST", "/send_test", strings.Replace(g.order("b@example.test", greenhouseURL+"4"), g.test, "asm_01jd9m3v8h7f2a0q4c6r5t8wxy", 1), 404, "partner_test_id: "},
		"no JSON":                {"POST", "/send_test", "{", 400, "well-formed"},
		"a list":                 {"POST", "/send_test", "[]", 400, "wrong type"},
		"no address":             {"POST", "/send_test", g.order("", greenhouseURL+"5"), 400, "candidate.email: "},
		"a bad address":          {"POST", "/send_test", g.order("not one", greenhouseURL+"6"), 400, "candidate.email: "},
		"no candidate":           {"POST", "/send_test", `{"partner_test_id":"` + g.test + `","url":"` + greenhouseURL + `7"}`, 400, "candidate.first_name: "},
		"no url":                 {"POST", "/send_test", g.order("b@example.test", ""), 400, "url: "},
		"another candidate":      {"POST", "/send_test", g.order("b@example.test", greenhouseURL), 422, "another candidate"},
		"an order nobody has":    {"GET", "/test_status?partner_interview_id=inv_01jd9m3v8h7f2a0q4c6r5t8wxy", "", 404, "no such test or order"},
		"an order without an id": {"GET", "/test_status", "", 404, "no such test or order"},
	} {
		got := g.as(c.method, c.path, c.body)
		if got.Status != c.status || !strings.Contains(got.field("errors"), c.says) {
			t.Errorf("%s: %d %s, want %d and %q", name, got.Status, got.Body, c.status, c.says)
		}
	}
	if n := g.invitations(); n != 1 {
		t.Errorf("%d invitations after refused orders", n)
	}
}

// An order may only ask for the hosts of its connection: a key in the wrong hands
// must not carry our credential anywhere.
func TestACallbackToAnUnknownHostIsRefused(t *testing.T) {
	g := playGreenhouse(t)
	g.list()
	for _, address := range []string{
		"https://evil.example/take_home_tests/1", "http://app.greenhouse.io/1", "https://app.greenhouse.io.evil.example/1",
		"https://app.greenhouse.io@evil.example/1", "https://app.greenhouse.io:8443/1", "https://127.0.0.1/1", "https://[::1]/1",
		"https://169.254.169.254/latest", "https://2130706433/1", "file:///etc/passwd", "//app.greenhouse.io/1", "https://sub.app.greenhouse.io/1",
		"https://app.greenhouse.io/1#part", "https://app.greenhouse.io\\@evil.example/1",
	} {
		got := g.as(http.MethodPost, "/send_test", g.order("ana@example.test", address))
		if got.Status != http.StatusUnprocessableEntity && got.Status != http.StatusBadRequest || g.invitations() != 0 {
			t.Errorf("%s: %d %s", address, got.Status, got.Body)
		}
	}
	if g.audited("connection.callback_refused", "https://evil.example") == 0 {
		t.Error("a refused host is not in the audit log")
	}
	// The usual host, however it is written, is the usual host.
	g.as(http.MethodPost, "/send_test", g.order("ana@example.test", "https://APP.greenhouse.io:443/take_home_tests/1")).want(http.StatusOK)
}

// A redirect is not followed – it could lead the key anywhere – and a private
// address behind a public name is not called at all.
func TestAVendorCannotSendUsElsewhere(t *testing.T) {
	g := playGreenhouse(t)
	g.list()
	g.send()
	g.candidate("ana@example.test")
	strayed := false
	works := g.vendor
	g.vendor = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/elsewhere") {
			strayed = true
		}
		w.Header().Set("Location", "https://app.greenhouse.io/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	g.deliver()
	g.became(assess.ResultReady, assess.Pending, assess.ReasonRedirect, 1)
	if strayed {
		t.Error("a redirect was followed")
	}

	// The guarded client, with the vendor's name leading to this very machine.
	stationery := NewStationery(Config{PublicURL: publicURL})
	guarded := notify.Client(false)
	transport := guarded.Transport.(*http.Transport)
	dial, here := transport.DialContext, g.mails.Address
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) { return dial(ctx, network, here) }
	free := g.senders[assess.ConnectionTarget]
	g.senders[assess.ConnectionTarget] = notify.Connections(g.house.Center, guarded, stationery.Speak)
	g.later(10 * time.Second)
	g.became(assess.ResultReady, assess.Pending, assess.ReasonAddress, 2)

	g.senders[assess.ConnectionTarget], g.vendor = free, works
	g.later(6 * time.Minute)
	g.became(assess.ResultReady, assess.Delivered, "", 3)
}
