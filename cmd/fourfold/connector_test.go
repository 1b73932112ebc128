package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// From an order in an ATS through a letter and a candidate's phone to the result
// in the ATS: the built program, a mail server, and a Greenhouse that behaves as
// its documentation says.
func TestAnOrderFromAnATSComesBackAsItsResult(t *testing.T) {
	t.Parallel()
	mails := assesstest.OpenMailbox(t)
	s := &server{database: filepath.Join(t.TempDir(), "fourfold.db"), printed: map[string]string{}}
	t.Run("set up", func(t *testing.T) {
		h := assesstest.Open(t, s.database)
		if _, _, err := h.MakeKey(t.Context(), h.Owner, assess.NewKey{Name: "tests", Scopes: assess.Scopes}); err != nil {
			t.Fatal(err)
		}
	})
	s.start(t, "--allow-private-webhooks", "--smtp", "smtp://"+mails.Address, "--mail-from", "tests@fourfold.test")

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ats := &greenhouse{origin: s.URL + "/ats/greenhouse", host: listener.Addr().String(), told: make(chan map[string]any, 1)}
	said := s.connect(t, 0, "greenhouse", "--public-url", s.URL, "--host", ats.host, "--allow-private-webhooks")
	ats.key, _, _ = strings.Cut(strings.TrimPrefix(said, "key "), "\n")
	fake := httptest.NewUnstartedServer(ats)
	fake.Listener.Close()
	fake.Listener = listener
	fake.Start()
	t.Cleanup(fake.Close)

	var tests []struct {
		ID string `json:"partner_test_id"`
	}
	ats.call(t, http.MethodGet, "/list_tests", "", &tests)
	var sent struct {
		ID string `json:"partner_interview_id"`
	}
	ats.call(t, http.MethodPost, "/send_test", fmt.Sprintf(`{"partner_test_id":%q,"candidate":{"first_name":"Ana","last_name":"Ruiz","email":"ana@example.test"},"url":"http://%s/take_home_tests/33"}`, tests[0].ID, ats.host), &sent)
	ats.interview = sent.ID

	letter := assesstest.Letter{}
	for deadline := time.Now().Add(patience); letter.Text == ""; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no letter came:\n%s", s.output)
		}
		letter, _ = mails.To("ana@example.test")
	}
	b := startBrowser(t)
	w := b.open(t, phoneEn, s.URL)
	w.visit(regexp.MustCompile(`http://\S+/t/\S+`).FindString(letter.Text))
	w.reachTheItems()
	w.answerEveryItem()
	w.submit()

	select {
	case status := <-ats.told:
		if status["partner_status"] != "complete" || status["partner_profile_url"] != s.URL+"/candidates/"+sent.ID+"/report" {
			t.Errorf("Greenhouse knows %v", status)
		}
	case <-time.After(patience):
		t.Fatalf("Greenhouse was told nothing:\n%s", s.output)
	}

	// The owner's pages about it.
	w = b.open(t, desktopEn, s.URL)
	w.visit(s.signInLinkOf(t, "olive@harbour.test"))
	w.follow("main form button")
	for _, path := range []string{"/settings/connections", "/settings/connections/new?vendor=workable", "/candidates/" + sent.ID, "/candidates/new"} {
		w.visit(path)
		w.inspect()
	}
	w.visit("/settings/connections")
	w.follow("a.row-link")
	w.await(`fetch(location.href).then(r => r.text()).then(t => t.includes("Delivered"))`)
	w.inspect()
}

// greenhouse is the system that orders. When it is told that a test is complete, it
// asks how it went before it answers.
type greenhouse struct {
	origin, host, key, interview string
	told                         chan map[string]any
}

func (g *greenhouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, _, _ := r.BasicAuth()
	if r.Method != http.MethodPatch || r.URL.Path != "/take_home_tests/33" || key != g.key {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var status map[string]any
	if err := g.ask(r.Context(), http.MethodGet, "/test_status?partner_interview_id="+g.interview, "", &status); err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	g.told <- status
}

func (g *greenhouse) call(t *testing.T, method, path, body string, into any) {
	t.Helper()
	if err := g.ask(t.Context(), method, path, body, into); err != nil {
		t.Fatal(err)
	}
}

func (g *greenhouse) ask(ctx context.Context, method, path, body string, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, g.origin+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.SetBasicAuth(g.key, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %d", method, path, answer.StatusCode)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}
