package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// carry sends what is due, and says the same of each message.
func carry(house *assesstest.House, say assess.Outcome) {
	house.Post(func(assess.Parcel) assess.Outcome { return say })
}

var (
	serverBusy = assess.Outcome{Verdict: assess.Again, Status: 503, Reason: assess.ReasonStatus, Request: "POST https://ats.example/hooks", Took: 12 * time.Millisecond}
	taken      = assess.Outcome{Verdict: assess.Arrived, Status: 204, Request: "POST https://ats.example/hooks"}
)

// An owner adds an endpoint, sees a message fail and sends it again.
func TestAnOwnerLooksAfterAnEndpoint(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/settings/webhooks").Has(".empty", "No endpoints yet")
	b.Fill("url", "http://localhost/hooks").Fill("name", "ATS").Fill("events", "result.ready").Submit("main form button")
	b.Is("/settings/webhooks", http.StatusBadRequest).Has("#url-error", "https://").Has(".error-summary", "Address")
	if got := attribute(b.One("#url"), "value"); got != "http://localhost/hooks" {
		t.Errorf("what was typed is gone: %q", got)
	}
	if len(b.All(`input[value="result.ready"][checked]`)) != 1 {
		t.Error("what was ticked is gone")
	}
	b.Fill("url", "https://ats.example/hooks").Submit("main form button").Is("/settings/webhooks", http.StatusOK)
	secret := attribute(b.One("input#secret"), "value")
	if !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("secret %q", secret)
	}
	b.Get("/settings/webhooks").Has("table", "ATS").Has("table", "Result ready")
	hook := attribute(b.One("a.row-link"), "href")
	b.Get(hook).Has("h1", "ATS").Has("main", "Nothing has been sent yet")
	if strings.Contains(text(b.page), secret) {
		t.Error("the secret is shown again")
	}

	ann := house.Invited("Ann Secretname").Started()
	if _, err := house.Submit(t.Context(), ann.Seat); err != nil {
		t.Fatal(err)
	}
	carry(house, serverBusy)
	b.Get(hook).Has("table", "Result ready").Has("table", "On its way").Has("table", "The answer was not 2xx").Has(".facts", "Failing since")
	b.Get(hook+"?state=delivered").Has("main", "No delivery is in this state")
	b.Get(hook)
	delivery := attribute(b.One("table a.row-link"), "href")
	b.Get(delivery).Has("table", "503").Has("table", "12 ms").Has("pre", `"result"`)
	if strings.Contains(text(b.page), "Secretname") {
		t.Error("the message names the candidate")
	}
	if len(b.All(`form[action="`+delivery+`/resend"]`)) != 0 {
		t.Error("what is on its way can be sent again")
	}
	for range 9 { // in vain, to the end of the schedule
		house.Clock.Advance(27 * time.Hour)
		carry(house, serverBusy)
	}
	b = owner(t, house, delivery).Has("h1", "Given up") // the session of before is long over
	b.Submit(`form[action="` + delivery + `/resend"] button`).On(delivery + "?done=resent")
	carry(house, taken)
	b.Get(delivery).Has("h1", "Delivered").Has("table", "204")
	b.Get(hook).Has(".facts", "Working")

	b.Submit(`form[action="`+hook+`/test"] button`).On(hook+"?done=test").Has("table", "Test")
	b.Fill("overlap", "1").Submit(`form[action="`+hook+`/rotate"] button`).Is(hook+"/rotate", http.StatusOK).Has(".once", "signed with the old secret too")
	if again := attribute(b.One("input#secret"), "value"); again == secret {
		t.Error("the secret has not changed")
	}
	b.Get(hook).Fill("url", "https://ats.example:22/").Submit(`form[action="`+hook+`/change"] button`).Is(hook+"/change", http.StatusBadRequest).Has("#url-error", "443")
	b.Get(hook).Fill("url", "https://new.example/").Submit(`form[action="`+hook+`/change"] button`).On(hook+"?done=saved").Has(".facts", "https://new.example/")
	b.Submit(`form[action="`+hook+`/disable"] button`).On(hook+"?done=disabled").Has(".facts", "Disabled")
	b.Submit(`form[action="` + hook + `/enable"] button`).On(hook + "?done=enabled")
	b.Submit(`form[action="`+hook+`/remove"] button`).On("/settings/webhooks?done=removed").Has(".empty", "No endpoints yet")
	b.Get(hook).Is(hook, http.StatusNotFound)
	b.Get(delivery).Is(delivery, http.StatusOK) // its deliveries outlive it

	chinese := browse(t, house, questions.Chinese)
	chinese.Get("/settings/webhooks").On("/signin?next=%2Fsettings%2Fwebhooks")
}

// An owner gives a key an end and, later, a new secret beside the old one.
func TestAnOwnerRotatesAKey(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/settings")
	for _, lifetime := range []string{"soon", "-1", "31", "99999999999"} { // no choice of the page, and not for good
		b.send(http.MethodPost, "/settings/keys", strings.NewReader("key_name=ATS&scopes=results:read&lifetime="+lifetime), "application/x-www-form-urlencoded")
		b.Is("/settings/keys", http.StatusBadRequest).Has("#lifetime-error", "passed already")
	}
	b.Get("/settings").Fill("key_name", "ATS").Fill("scopes", "results:read").Fill("lifetime", "90").Submit(`form[action="/settings/keys"] button`)
	first := attribute(b.One("input#secret"), "value")
	var page string
	for _, link := range b.All("a.row-link") {
		if to := attribute(link, "href"); strings.HasPrefix(to, "/settings/keys/") {
			page = to
		}
	}
	b.Get(page).Has("h1", "ATS").Has(".facts", "Expires")
	b.Fill("overlap", "24").Submit(`form[action="`+page+`/rotate"] button`).Is(page+"/rotate", http.StatusOK).Has(".notice-box", first[len(first)-4:])
	second := attribute(b.One("input#secret"), "value")
	opens := func(secret string, want bool) {
		t.Helper()
		if _, err := house.KeyActor(t.Context(), secret); (err == nil) != want {
			t.Errorf("%s…%s: %v", secret[:18], secret[len(secret)-4:], err)
		}
	}
	opens(first, true)
	opens(second, true)
	house.Clock.Advance(25 * time.Hour)
	opens(first, false)
	opens(second, true)
	house.Clock.Advance(90 * 24 * time.Hour)
	opens(second, false)
	b = owner(t, house, page).Has("h1", "Expired")
	if len(b.All(`form[action="`+page+`/rotate"]`)) != 0 {
		t.Error("a key that has expired can be rotated")
	}
}
