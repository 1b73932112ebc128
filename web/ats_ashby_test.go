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

// ashbyPlayed is Ashby: every call is a POST, and what we report is only believed
// when it says success.
type ashbyPlayed struct {
	*atsWorld
	kind    string
	id      string
	down    []string // Bodies, with a status before each, that are answered before Ashby works.
	updates []map[string]any
}

func playAshby(t *testing.T) *ashbyPlayed {
	a := &ashbyPlayed{atsWorld: newATSWorld(t, assess.NewConnection{Vendor: assess.Ashby, Credential: "ashby-key"})}
	a.vendor = func(w http.ResponseWriter, r *http.Request) {
		key, _, _ := r.BasicAuth()
		var update map[string]any
		err := json.NewDecoder(r.Body).Decode(&update)
		switch {
		case r.Method != http.MethodPost || r.URL.Path != "/assessment.update" || r.Host != "api.ashbyhq.com" || r.UserAgent() == "":
			w.WriteHeader(http.StatusNotFound)
		case key != "ashby-key":
			w.WriteHeader(http.StatusUnauthorized)
		case len(a.down) > 0:
			status, body, _ := strings.Cut(a.down[0], " ")
			a.down = a.down[1:]
			var code int
			fmt.Sscan(status, &code)
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		case err != nil || update["assessment_id"] == nil || update["timestamp"] == nil || update["assessment_status"] == nil && update["cancelled_reason"] == nil ||
			update["assessment_result"] != nil && update["assessment_profile_url"] == nil || !uniqueIdentifiers(update):
			fmt.Fprint(w, `{"success":false,"errors":["invalid_input"],"errorInfo":{"code":"invalid_input","message":"not to the schema"}}`)
		default:
			a.updates = append(a.updates, update)
			fmt.Fprint(w, `{"success":true,"results":{}}`)
		}
	}
	return a
}

// uniqueIdentifiers checks every field of an update for Ashby's one shape.
func uniqueIdentifiers(update map[string]any) bool {
	seen := map[string]bool{}
	check := func(v any) bool {
		f, ok := v.(map[string]any)
		if !ok {
			return false
		}
		id, _ := f["identifier"].(string)
		known := map[any]bool{"numeric_score": true, "numeric_duration_minutes": true, "url": true, "string": true, "boolean_success": true}
		fresh := id != "" && !seen[id]
		seen[id] = true
		return fresh && f["label"] != "" && known[f["type"]] && f["value"] != nil
	}
	for _, name := range []string{"assessment_status", "assessment_profile_url", "assessment_result", "cancelled_reason"} {
		if v, ok := update[name]; ok && !check(v) {
			return false
		}
	}
	all, _ := update["metadata"].([]any)
	for _, v := range all {
		if !check(v) {
			return false
		}
	}
	return true
}

func (a *ashbyPlayed) as(path, body string) vendorAnswer {
	a.Helper()
	return a.call(http.MethodPost, "/ats/ashby"+path, body, "Authorization", basicAuth(a.key))
}

func (a *ashbyPlayed) list() {
	a.Helper()
	listed := a.as("/assessment.list", "{}").want(http.StatusOK)
	_, rest, _ := strings.Cut(listed.Body, `"assessment_type_id":"`)
	a.kind, _, _ = strings.Cut(rest, `"`)
}

// order has ids as numbers here and there, and members nobody has heard of.
func (a *ashbyPlayed) order(email string) string {
	return fmt.Sprintf(`{"assessment_type_id":%q,"candidate":{"ashby_id":"c1","first_name":"Ana","last_name":"Ruiz","email":%q,`+
		`"ashby_profile_url":"https://app.ashbyhq.com/x"},"application":{"ashby_id":77,"status":"Active"},`+
		`"job":{"ashby_id":"j1","name":"Collector","ashby_job_url":"https://app.ashbyhq.com/y","req_id":null,"hiringTeam":[]},"additional_fields":{"f1":true}}`, a.kind, email)
}

func (a *ashbyPlayed) start() {
	a.Helper()
	a.id = a.as("/assessment.start", a.order("ana@example.test")).want(http.StatusOK).field("results", "assessment_id")
}

func TestAshby(t *testing.T) {
	a := playAshby(t)
	a.list()
	a.start()
	first := a.id
	a.note("(The same order comes again, as after an answer that was lost.)")
	if a.start(); a.id != first || a.invitations() != 1 {
		t.Errorf("a replayed order is another sitting: %s and %s", first, a.id)
	}
	a.deliver()
	link := a.linkTo("ana@example.test")
	a.note("(The candidate opens the link in the letter and starts.)")
	a.open(link)
	a.deliver()
	if len(a.updates) != 1 || fmt.Sprint(a.updates[0]["assessment_status"].(map[string]any)["value"]) != "Started" {
		t.Fatalf("after the start Ashby knows %v", a.updates)
	}
	a.finish(link)
	a.deliver()
	if len(a.updates) != 2 || a.updates[1]["assessment_result"] == nil {
		t.Fatalf("after the end Ashby knows %v", a.updates)
	}
	at := time.UnixMilli(int64(a.updates[1]["timestamp"].(float64)))
	if !at.Equal(a.house.Clock.Now().Truncate(time.Millisecond)) {
		t.Errorf("the result is of %s, want %s", at, a.house.Clock.Now())
	}
	a.note("(A late replay of the order is told at once how it stands.)")
	replay := a.as("/assessment.start", a.order("ana@example.test")).want(http.StatusOK)
	if replay.field("results", "assessment_id") != first || replay.field("results", "update_request", "assessment_status", "value") != "Completed" {
		t.Errorf("the late replay: %s", replay.Body)
	}
	a.as("/assessment.cancel", `{"assessment_id":"`+first+`"}`).want(http.StatusConflict)
	life := a.said()

	a = playAshby(t)
	a.list()
	a.start()
	a.forget()
	a.down = []string{`503 {"message":"maintenance"}`, `200 {"success":false,"errors":["try_later"],"errorInfo":{"code":"try_later","message":"ana@example.test is locked"}}`, "429 "}
	a.candidate("ana@example.test")
	a.deliver()
	a.became(assess.ResultReady, assess.Pending, assess.ReasonStatus, 1)
	a.later(10 * time.Second)
	d := a.became(assess.ResultReady, assess.Pending, assess.ReasonRefused, 2)
	whole, err := a.house.Delivery(t.Context(), a.house.Owner, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if said := whole.Log[1].Detail; !strings.Contains(said, "try_later") || strings.Contains(said, "ana@example.test") {
		t.Errorf("the log says %q", said)
	}
	a.later(6 * time.Minute)
	a.later(40 * time.Minute)
	a.became(assess.ResultReady, assess.Delivered, "", 4)
	a.became(assess.SittingStarted, assess.Delivered, assess.ReasonMoot, 1)
	if len(a.updates) != 1 || a.updates[0]["assessment_result"] == nil {
		t.Errorf("after the outage Ashby knows %v", a.updates)
	}
	if n := a.audited("result.sent", ""); n != 4 { // once for each try, and not for what was moot
		t.Errorf("the audit log says %d times that the result was sent", n)
	}
	transcripts(t, assess.Ashby, life, a.said())
}

func TestAshbyCancelsAndOrdersAgain(t *testing.T) {
	a := playAshby(t)
	a.list()
	a.start()
	first := a.id
	a.as("/assessment.cancel", `{"assessment_id":"`+first+`"}`).want(http.StatusOK)
	a.as("/assessment.cancel", `{"assessment_id":"`+first+`"}`).want(http.StatusOK)
	a.deliver()
	if len(a.updates) != 0 {
		t.Errorf("Ashby is told of what it did itself: %v", a.updates)
	}
	if a.start(); a.id == first {
		t.Error("a cancelled order cannot be placed again")
	}
	second := a.id
	if a.start(); a.id != second {
		t.Error("the new order is not kept")
	}
	a.as("/assessment.start", a.order("bea@example.test")).want(http.StatusConflict)

	// We cancel; Ashby is told.
	id, err := assess.ParseID(assess.InvitationID, second)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.house.CancelInvitation(t.Context(), a.house.Owner, id); err != nil {
		t.Fatal(err)
	}
	a.deliver()
	if len(a.updates) != 1 || a.updates[0]["cancelled_reason"] == nil || a.updates[0]["assessment_id"] != second {
		t.Errorf("after we cancelled Ashby knows %v", a.updates)
	}

	for name, c := range map[string]struct {
		path, body string
		status     int
		field      []string
		says       string
	}{
		"a type nobody has": {"/assessment.start", strings.Replace(a.order("c@example.test"), a.kind, "pkg_x", 1), 422, []string{"message"}, "assessment_type_id"},
		"no address":        {"/assessment.start", a.order(""), 422, []string{"message"}, "candidate.email"},
		"no JSON":           {"/assessment.start", "", 422, []string{"message"}, "well-formed"},
		"an unknown order":  {"/assessment.cancel", `{"assessment_id":"inv_01jd9m3v8h7f2a0q4c6r5t8wxy"}`, 404, []string{"errorInfo", "code"}, "not_found"},
	} {
		got := a.as(c.path, c.body)
		if got.Status != c.status || !strings.Contains(got.field(c.field...), c.says) {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	// A key in the other half of basic authentication is the same key.
	r, _ := http.NewRequest(http.MethodPost, "/", nil)
	r.SetBasicAuth("", a.key)
	a.call(http.MethodPost, "/ats/ashby/assessment.list", "{}", "Authorization", r.Header.Get("Authorization")).want(http.StatusOK)
}
