package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
)

// komboPlayed is Kombo: it holds the list of packages, signs the orders it sends,
// lists those that are open, and takes one result for each.
type komboPlayed struct {
	*atsWorld
	packages []map[string]any
	open     []string // Orders, as JSON.
	down     []int
	results  map[string]map[string]any
}

func playKombo(t *testing.T) *komboPlayed {
	k := &komboPlayed{results: map[string]map[string]any{}, atsWorld: newATSWorld(t, assess.NewConnection{
		Vendor: assess.Kombo, Account: "recruitee:HWUTwvyx2wLoSUHphiWVrp28", Credential: "kombo-key", Signing: "kombo-webhook-secret"})}
	k.vendor = func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if r.Method == http.MethodPut {
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
		}
		order, isResult := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v1/assessment/orders/"), "/result")
		switch {
		case r.Header.Get("Authorization") != "Bearer kombo-key" || r.Header.Get("X-Integration-Id") != "recruitee:HWUTwvyx2wLoSUHphiWVrp28" || r.Host != "api.kombo.dev":
			komboAnswer(w, http.StatusUnauthorized, "PLATFORM.AUTHENTICATION_INVALID")
		case len(k.down) > 0:
			komboAnswer(w, k.down[0], "PLATFORM.UNKNOWN_ERROR")
			k.down = k.down[1:]
		case r.Method == http.MethodPut && r.URL.Path == "/v1/assessment/packages":
			k.packages = nil
			for _, p := range body["packages"].([]any) {
				k.packages = append(k.packages, p.(map[string]any))
			}
			fmt.Fprint(w, `{"status":"success","data":{}}`)
		case r.Method == http.MethodGet && r.URL.Path == "/v1/assessment/orders" && r.URL.Query().Get("statuses") == "OPEN":
			k.listOpen(w, r.URL.Query().Get("cursor"))
		case r.Method == http.MethodPut && isResult:
			switch {
			case k.results[order] != nil:
				komboAnswer(w, http.StatusConflict, "ATS.ORDER_NOT_OPEN")
			case body["status"] == nil || body["result_url"] == nil || body["completed_at"] == nil:
				komboAnswer(w, http.StatusBadRequest, "PLATFORM.INPUT_INVALID")
			default:
				k.results[order] = body
				fmt.Fprint(w, `{"status":"success","data":{}}`)
			}
		default:
			komboAnswer(w, http.StatusNotFound, "PLATFORM.NOT_FOUND")
		}
	}
	return k
}

func komboAnswer(w http.ResponseWriter, status int, code string) {
	if status == hangUp {
		w.WriteHeader(status)
		return
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"status":"error","error":{"code":%q,"title":null,"message":"as it says"}}`, code)
}

// listOpen gives one order a page.
func (k *komboPlayed) listOpen(w http.ResponseWriter, cursor string) {
	at := 0
	fmt.Sscan(cursor, &at)
	next, page := "null", ""
	if at < len(k.open) {
		page = k.open[at]
	}
	if at+1 < len(k.open) {
		next = fmt.Sprintf(`"%d"`, at+1)
	}
	fmt.Fprintf(w, `{"status":"success","data":{"next":%s,"results":[%s]}}`, next, page)
}

func (k *komboPlayed) order(id, email string) string {
	return fmt.Sprintf(`{"id":%q,"package_id":%q,"status":"OPEN","integration_id":"recruitee:HWUTwvyx2wLoSUHphiWVrp28",`+
		`"candidate":{"remote_id":12345,"email":%s,"first_name":null,"last_name":"Ruiz","phone":null},"application":{"remote_id":"54321"},`+
		`"job":{"remote_id":"67890","name":"Collector","job_code":null,"location":{"city":"Berlin"},"hiring_team":[]},"new":true}`, id, k.packages[0]["id"], email)
}

func (k *komboPlayed) webhook(id, email, secret string) vendorAnswer {
	k.Helper()
	body := `{"id":"evt_1","type":"assessment:order-received","data":` + k.order(id, email) + `}`
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return k.call(http.MethodPost, "/ats/kombo/orders/"+k.key, body, "X-Kombo-Signature", base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}

func (k *komboPlayed) ask() {
	k.Helper()
	if err := k.kombo.Ask(k.Context()); err != nil {
		k.Fatal(err)
	}
}

func TestKombo(t *testing.T) {
	k := playKombo(t)
	k.ask()
	if len(k.packages) != 1 || k.packages[0]["type"] != "SKILLS_TEST" {
		t.Fatalf("Kombo's packages are %v", k.packages)
	}
	k.webhook("B5KQKhAgTv6ZwzrfAbqbhipd", `"ana@example.test"`, "kombo-webhook-secret").want(http.StatusOK)
	k.note("(The same order comes again, and stands in the list of open ones too.)")
	k.webhook("B5KQKhAgTv6ZwzrfAbqbhipd", `"ana@example.test"`, "kombo-webhook-secret").want(http.StatusOK)
	k.open = []string{k.order("B5KQKhAgTv6ZwzrfAbqbhipd", `"ana@example.test"`), k.order("Lost1", `"bea@example.test"`)}
	k.house.Clock.Advance(assess.PollEvery)
	k.ask()
	if n := k.invitations(); n != 2 {
		t.Errorf("%d invitations for two orders, one of whose webhooks was lost", n)
	}
	k.candidate("ana@example.test")
	k.deliver()
	result := k.results["B5KQKhAgTv6ZwzrfAbqbhipd"]
	if result["status"] != "COMPLETED" || result["score"] != nil || len(result["attributes"].([]any)) < 8 {
		t.Fatalf("the result is %v", result)
	}
	life := k.said()

	k = playKombo(t)
	k.ask()
	k.webhook("Out1", `"ana@example.test"`, "kombo-webhook-secret").want(http.StatusOK)
	k.forget()
	k.down = []int{http.StatusServiceUnavailable, hangUp}
	k.arrives(assess.ReasonNoConnection)
	transcripts(t, assess.Kombo, life, k.said())
}

func TestKomboMustSign(t *testing.T) {
	k := playKombo(t)
	k.ask()
	wrong := k.webhook("X1", `"ana@example.test"`, "another secret").want(http.StatusUnauthorized)
	if wrong.field("status") != "error" {
		t.Errorf("a wrong signature: %s", wrong.Body)
	}
	k.call(http.MethodPost, "/ats/kombo/orders/"+k.key, `{}`).want(http.StatusUnauthorized)
	k.call(http.MethodPost, "/ats/kombo/orders/nonsense", `{}`).want(http.StatusUnauthorized)
	if n := k.invitations(); n != 0 {
		t.Errorf("%d invitations from unsigned orders", n)
	}
	// A candidate without an address can be invited; the link is passed on by hand.
	k.webhook("X2", "null", "kombo-webhook-secret").want(http.StatusOK)
	k.deliver()
	if n := k.invitations(); n != 1 || len(k.mails.Letters()) != 0 {
		t.Errorf("%d invitations and %d letters", n, len(k.mails.Letters()))
	}
	k.webhook("../packages", `"ana@example.test"`, "kombo-webhook-secret").want(http.StatusBadRequest)

	// A list that cannot be read stands on the connection's page.
	k.down = []int{http.StatusInternalServerError}
	k.house.Clock.Advance(assess.PollEvery)
	k.ask()
	owner(t, k.house, "/settings/connections/"+assess.FormatID(assess.ConnectionID, k.connection.ID)).Has(".problem-box", "PLATFORM.UNKNOWN_ERROR")
	k.house.Clock.Advance(assess.PollEvery)
	k.ask()
	if b := owner(t, k.house, "/settings/connections/"+assess.FormatID(assess.ConnectionID, k.connection.ID)); len(b.All(".problem-box")) != 0 {
		t.Error("a problem that has passed still stands there")
	}
}
