package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
)

// workablePlayed is Workable as far as its contract could be read.
type workablePlayed struct {
	*atsWorld
	test string
	id   string
	down []int
	told []map[string]any
}

const workableCallback = "https://acme.workable.com/assessments/8823119"

func playWorkable(t *testing.T) *workablePlayed {
	p := &workablePlayed{atsWorld: newATSWorld(t, assess.NewConnection{Vendor: assess.Workable, Hosts: []string{"acme.workable.com"}, Credential: "workable-token"})}
	p.vendor = func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		err := json.NewDecoder(r.Body).Decode(&body)
		switch {
		case r.Method != http.MethodPut || r.URL.Path != "/assessments/8823119" || r.Host != "acme.workable.com":
			w.WriteHeader(http.StatusNotFound)
		case r.Header.Get("Authorization") != "Bearer workable-token":
			w.WriteHeader(http.StatusUnauthorized)
		case len(p.down) > 0:
			w.WriteHeader(p.down[0])
			p.down = p.down[1:]
		case err != nil || body["status"] == "completed" && body["results_url"] == nil:
			w.WriteHeader(http.StatusUnprocessableEntity)
		default:
			p.told = append(p.told, body)
			w.WriteHeader(http.StatusOK)
		}
	}
	return p
}

func (p *workablePlayed) list() {
	p.Helper()
	listed := p.as(http.MethodGet, "/tests", "").want(http.StatusOK)
	_, rest, _ := strings.Cut(listed.Body, `"id":"`)
	p.test, _, _ = strings.Cut(rest, `"`)
}

func (p *workablePlayed) order(email string) string {
	return fmt.Sprintf(`{"test_id":%q,"job_shortcode":"GROOV005","job_title":"Collector","callback_url":%q,`+
		`"candidate":{"first_name":"Ana","last_name":"Ruiz","email":%q,"phone":null},"unheard_of":7}`, p.test, workableCallback, email)
}

func (p *workablePlayed) send() {
	p.Helper()
	p.id = p.as(http.MethodPost, "/assessments", p.order("ana@example.test")).want(http.StatusCreated).field("assessment_id")
}

func (p *workablePlayed) statuses() string {
	var all []string
	for _, t := range p.told {
		all = append(all, fmt.Sprint(t["status"]))
	}
	return strings.Join(all, " ")
}

func TestWorkable(t *testing.T) {
	p := playWorkable(t)
	p.list()
	p.send()
	first := p.id
	p.note("(The same order comes again, as after an answer that was lost.)")
	if p.send(); p.id != first || p.invitations() != 1 {
		t.Errorf("a replayed order is another sitting: %s and %s", first, p.id)
	}
	p.candidate("ana@example.test")
	p.deliver()
	if got := p.statuses(); got != "pending completed" {
		t.Fatalf("Workable was told %q", got)
	}
	result := p.told[1]["assessment"].(map[string]any)
	if result["grade"] != nil {
		t.Errorf("a verdict went out: %v", result["grade"])
	}
	if result["score"] != "Communication 100 · Endurance 100 · Negotiation 100 · Legal knowledge 100" || result["duration"] != "00:18:30" {
		t.Errorf("the result is %v", result)
	}
	life := p.said()

	p = playWorkable(t)
	p.list()
	p.send()
	p.deliver()
	p.forget()
	p.down = []int{http.StatusInternalServerError, hangUp}
	p.arrives(assess.ReasonNoConnection)
	transcripts(t, assess.Workable, life, p.said())
}

func TestWorkableHearsOfEveryEnd(t *testing.T) {
	p := playWorkable(t)
	p.list()
	p.send()
	p.deliver()
	p.house.Clock.Advance(15 * 24 * time.Hour) // past the link's time
	if err := p.house.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.deliver()
	if got := p.statuses(); got != "pending expired" {
		t.Errorf("Workable was told %q", got)
	}

	p = playWorkable(t)
	p.list()
	p.send()
	id, err := assess.ParseID(assess.InvitationID, p.id)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.house.CancelInvitation(t.Context(), p.house.Owner, id); err != nil {
		t.Fatal(err)
	}
	p.deliver() // what it was is not told any more once it is over
	if got := p.statuses(); got != "rejected" {
		t.Errorf("Workable was told %q", got)
	}
}

func TestWorkableIsRefusedInItsOwnWords(t *testing.T) {
	p := playWorkable(t)
	p.list()
	p.send()
	for name, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"no JSON":           {"{", 400, "well-formed"},
		"a nested id":       {strings.Replace(p.order("b@example.test"), `"`+p.test+`"`, `{"id":1}`, 1), 400, "wrong type"},
		"no callback":       {strings.Replace(p.order("b@example.test"), workableCallback, "", 1), 422, "callback_url"},
		"a foreign host":    {strings.Replace(p.order("b@example.test"), "acme", "other", 1), 422, "list of hosts"},
		"a number for test": {strings.Replace(p.order("b@example.test"), `"`+p.test+`"`, "2", 1), 400, "test_id"},
		"another candidate": {p.order("b@example.test"), 409, "another candidate"},
	} {
		got := p.as(http.MethodPost, "/assessments", c.body)
		if got.Status != c.status || got.field("status") != fmt.Sprint(c.status) || !strings.Contains(got.field("message"), c.says) {
			t.Errorf("%s: %d %s, want %d and %q", name, got.Status, got.Body, c.status, c.says)
		}
	}
	wrong := p.call(http.MethodGet, "/ats/workable/tests", "", "Authorization", "Bearer nonsense").want(http.StatusUnauthorized)
	if wrong.field("status") != "401" || wrong.field("message") == "" {
		t.Errorf("a wrong token: %s", wrong.Body)
	}
}

// What the vendor issues may come later: until then results wait where they can be
// seen, and are sent again from the page.
func TestWithoutItsTokenAResultWaitsToBeSentAgain(t *testing.T) {
	p := &workablePlayed{atsWorld: newATSWorld(t, assess.NewConnection{Vendor: assess.Workable, Hosts: []string{"acme.workable.com"}})}
	p.vendor = func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no such job", http.StatusUnprocessableEntity)
	}
	p.list()
	p.send()
	p.deliver()
	p.became(assess.InvitationCreated, assess.Failed, assess.ReasonNoCredential, 1)

	page := "/settings/connections/" + assess.FormatID(assess.ConnectionID, p.connection.ID)
	b := owner(t, p.house, page).Has("h1", "Waits for the vendor's key").Has("table.told", "key to call the vendor with is missing")
	b.Fill("credential", "has a space").Submit(`form[action="`+page+`/secrets"] button`).Is(page+"/secrets", http.StatusBadRequest).Has("#credential-error", "cannot be used")
	b.Fill("credential", "the-token").Submit(`form[action="`+page+`/secrets"] button`).Has(".done-box", "Saved").Has("h1", "Ready")
	b.Submit("table.told button").Has(".done-box", "on its way").Has("table.told", "On its way")
	p.deliver()
	d := p.became(assess.InvitationCreated, assess.Failed, assess.ReasonStatus, 2)
	b.Get(page).Has("table.told", "Refused").Has("table.told", "no such job")

	p.vendor = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) }
	b.Submit("table.told button")
	p.deliver()
	if again := p.became(assess.InvitationCreated, assess.Delivered, "", 3); again.Event != d.Event {
		t.Error("the message changed its id")
	}
}

// An outage longer than the schedule ends: nothing is retried in silence for ever.
func TestNothingIsRetriedForEver(t *testing.T) {
	p := playWorkable(t)
	p.list()
	p.send()
	calls := 0
	p.vendor = func(w http.ResponseWriter, r *http.Request) {
		calls++
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	p.deliver()
	for range 20 {
		p.later(27 * time.Hour)
	}
	d := p.became(assess.InvitationCreated, assess.Dead, assess.ReasonStatus, calls)
	if calls < 5 || calls > 12 {
		t.Errorf("%d calls", calls)
	}
	b := owner(t, p.house, "/settings/connections/"+assess.FormatID(assess.ConnectionID, p.connection.ID)).Has("table.told", "Given up")
	b.Get("/settings/connections").Has("main table", "1 message could not be delivered")
	b.Get("/candidates/"+p.id).Has("main", "Ordered through Workable").Has("main", "Given up")
	b.Get("/settings/connections/" + assess.FormatID(assess.ConnectionID, p.connection.ID))
	b.Submit("table.told button")
	p.vendor = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) }
	p.deliver()
	if again := p.became(assess.InvitationCreated, assess.Delivered, "", calls+1); again.ID != d.ID {
		t.Error("another message was sent")
	}
}
