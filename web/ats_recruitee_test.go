package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
)

// recruiteePlayed is Recruitee: it sends candidates, and its report is ours to write.
type recruiteePlayed struct {
	*atsWorld
	test string
	down []int
	told []map[string]any
}

const recruiteeReport = "0d4b6f9e-5a6c-4a52-9f0e-1c2d3e4f5a6b"

func playRecruitee(t *testing.T) *recruiteePlayed {
	p := &recruiteePlayed{atsWorld: newATSWorld(t, assess.NewConnection{Vendor: assess.Recruitee, Account: "fourfold", Credential: "partner-secret"})}
	p.vendor = func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		err := json.NewDecoder(r.Body).Decode(&body)
		known := map[any]bool{"sent": true, "completed": true, "failed": true, "canceled": true}
		switch {
		case r.Method != http.MethodPatch || r.URL.Path != "/api/p/fourfold/reports/"+recruiteeReport || r.Host != "integrations.recruitee.com":
			w.WriteHeader(http.StatusNotFound)
		case r.Header.Get("RT-PARTNER-SECRET") != "partner-secret":
			w.WriteHeader(http.StatusForbidden)
		case len(p.down) > 0:
			w.WriteHeader(p.down[0])
			p.down = p.down[1:]
		case err != nil || !known[body["status"]]:
			w.WriteHeader(http.StatusUnprocessableEntity)
		default:
			p.told = append(p.told, body)
			w.WriteHeader(http.StatusOK)
			fmt.Fprint(w, `{}`)
		}
	}
	return p
}

func (p *recruiteePlayed) list() {
	p.Helper()
	listed := p.as(http.MethodGet, "/tests", "").want(http.StatusOK)
	var tests []struct{ Name, ID string }
	if err := json.Unmarshal([]byte(listed.Body), &tests); err != nil || len(tests) != 1 {
		p.Fatalf("the list: %v %s", err, listed.Body)
	}
	p.test = tests[0].ID
}

func (p *recruiteePlayed) order(report string) string {
	return fmt.Sprintf(`{"first_name":"Ana","last_name":"Ruiz","email":"ana@example.test","candidate_id":4711,"company_id":12,`+
		`"report_id":%q,"test_id":%q,"test_name":"Collector","admin":null}`, report, p.test)
}

func (p *recruiteePlayed) send() {
	p.Helper()
	p.as(http.MethodPost, "/candidates", p.order(recruiteeReport)).want(http.StatusOK)
}

func TestRecruitee(t *testing.T) {
	p := playRecruitee(t)
	p.list()
	p.send()
	p.note("(The same order comes again, as after an answer that was lost.)")
	if p.send(); p.invitations() != 1 {
		t.Error("a replayed order is another sitting")
	}
	p.candidate("ana@example.test")
	p.deliver()
	if len(p.told) != 1 || p.told[0]["status"] != "completed" || p.told[0]["completed_at"] != "2026-11-02T09:18:30Z" || !strings.Contains(fmt.Sprint(p.told[0]["score"]), "Endurance 100") {
		t.Fatalf("Recruitee knows %v", p.told)
	}
	life := p.said()

	p = playRecruitee(t)
	p.list()
	p.send()
	p.forget()
	p.down = []int{http.StatusBadGateway, http.StatusForbidden}
	p.arrives(assess.ReasonStatus)
	transcripts(t, assess.Recruitee, life, p.said())
}

func TestRecruiteeIsRefused(t *testing.T) {
	p := playRecruitee(t)
	p.list()
	for name, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"no report":         {p.order(""), 400, "report_id"},
		"a way out":         {p.order("../../c/12/partner"), 400, "report_id"},
		"dots":              {p.order(".."), 400, "report_id"},
		"a test nobody has": {strings.Replace(p.order(recruiteeReport), p.test, "1", 1), 400, "test_id"},
	} {
		got := p.as(http.MethodPost, "/candidates", c.body)
		if got.Status != c.status || !strings.Contains(got.field("error"), c.says) {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	p.call(http.MethodGet, "/ats/recruitee/tests", "", "Authorization", "Bearer "+p.key+"x").want(http.StatusUnauthorized)
	p.call(http.MethodGet, "/ats/recruitee/tests", "").want(http.StatusUnauthorized)
}

// The candidate stops; Recruitee hears that there will be nothing.
func TestRecruiteeHearsThatTheCandidateStopped(t *testing.T) {
	p := playRecruitee(t)
	p.list()
	p.send()
	p.deliver()
	link := p.linkTo("ana@example.test")
	p.open(link)
	b := p.back(link)
	b.send(http.MethodPost, "/sit/withdraw", strings.NewReader("confirm=yes"), "application/x-www-form-urlencoded")
	p.deliver()
	if len(p.told) != 1 || p.told[0]["status"] != "canceled" || p.told[0]["subtitle"] != "Withdrew" {
		t.Errorf("Recruitee knows %v", p.told)
	}
}
