package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/web/notify"
)

func TestAProgramManagesWebhooks(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		ats := programOf(t, house, assess.ManageHooks, assess.WriteInvitations)
		var made webhookSecret
		ats.call("POST", "/api/v1/webhooks", `{"url": "https://ats.example/hooks", "events": ["result.ready", "invitation.created"]}`).want(201).into(&made)
		if !strings.HasPrefix(made.Secret, "whsec_") || made.Status != "enabled" || len(made.Events) != 2 {
			t.Errorf("%+v", made)
		}
		path := "/api/v1/webhooks/" + made.ID
		got := ats.call("GET", path, "").want(200)
		if strings.Contains(got.text, "whsec_") {
			t.Error("the secret is shown again")
		}
		for body, code := range map[string]string{
			`{"url": "https://ats.example/hooks"}`:                      "taken",
			`{"url": "https://10.0.0.1/"}`:                              "private_address",
			`{"url": "ats"}`:                                            "url",
			`{"url": "http://ats.example/"}`:                            "https_only",
			`{"url": "https://b.example/", "events": ["result.deady"]}`: "oneof",
			`{"url": "https://b.example/", "secret": "mine"}`:           "unknown_field",
			`{}`: "required",
		} {
			p := ats.call("POST", "/api/v1/webhooks", body).want(400).problem(errBadRequest)
			if len(p.Errors) != 1 || p.Errors[0].Code != code || p.Errors[0].Detail == "" || !strings.HasPrefix(p.Errors[0].Pointer, "#/") {
				t.Errorf("%s: %+v, want %s", body, p.Errors, code)
			}
		}

		for n := range 5 {
			ats.call("POST", "/api/v1/invitations", orderFor(house, "Ann", ""), "Idempotency-Key", fmt.Sprint("order ", n)).want(201)
		}
		carry(house, serverBusy)
		var types []string
		for next := path + "/deliveries?limit=2&state=pending,dead"; next != ""; {
			page := ats.call("GET", next, "").want(200)
			var list deliveryList
			page.into(&list)
			for _, d := range list.Deliveries {
				types = append(types, fmt.Sprint(d.Type, " ", d.State, " ", *d.Reason, " ", d.Attempts))
			}
			next = ""
			if list.NextCursor != nil {
				address, _, _ := strings.Cut(strings.TrimPrefix(page.Header.Get("Link"), "<"+publicURL.String()), ">")
				next = address
			}
		}
		if len(types) != 5 || types[0] != "invitation.created pending status 1" {
			t.Errorf("%q", types)
		}
		var list deliveryList
		ats.call("GET", path+"/deliveries?limit=1", "").want(200).into(&list)
		carry(house, taken)
		house.Clock.Advance(time.Minute)
		carry(house, taken)
		var one deliveryDetail
		ats.call("GET", "/api/v1/deliveries/"+list.Deliveries[0].ID, "").want(200).into(&one)
		if one.State != assess.Delivered || len(one.Log) != 2 || *one.Log[0].Status != 503 || one.Message.Data.Invitation != *one.Invitation {
			t.Errorf("%+v", one)
		}
		var again deliveryDetail
		ats.call("POST", "/api/v1/deliveries/"+one.ID+"/resend", "").want(202).into(&again)
		if again.State != assess.Pending || again.Event != one.Event {
			t.Errorf("%+v", again)
		}
		ats.call("GET", path+"/deliveries?cursor=dlv_0", "").want(400)
		ats.call("POST", path+"/disable", "").want(200)
		ats.call("POST", "/api/v1/deliveries/"+one.ID+"/resend", "").want(409).problem(assess.ErrConflict)
		ats.call("POST", path+"/test", "").want(409).problem(assess.ErrConflict)
		ats.call("POST", path+"/enable", "").want(200)
		p := ats.call("POST", "/api/v1/webhooks", `{"url": "https://hooks.example.com/", "events": ["result.ready", "result.lost"]}`).want(400).problem(errBadRequest)
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "#/events/1" {
			t.Errorf("%+v", p.Errors)
		}
		ats.call("POST", path+"/rotate", `{"overlap_hours": 721}`).want(400)
		ats.call("DELETE", path, "").want(204)
		ats.call("GET", path, "").want(404).problem(assess.ErrNotFound)
		ats.call("DELETE", path, "").want(404)
	})
}

// The document tells what a webhook's body is, and the bodies keep to it.
func TestTheDocumentDescribesWebhooks(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.Scopes...)
	var d struct {
		Webhooks   map[string]struct{ Post struct{ Summary string } }
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	ats.call("GET", "/api/openapi.json", "").want(200).into(&d)
	for _, k := range assess.EventKinds {
		if d.Webhooks[string(k)].Post.Summary == "" {
			t.Errorf("%s is not in the document", k)
		}
	}
	if len(d.Webhooks) != len(assess.EventKinds)+1 {
		t.Errorf("%d webhooks in the document", len(d.Webhooks))
	}
	e := assess.Event{Kind: assess.ResultReady, Invitation: uuid.New(), Sitting: uuid.New(), Result: uuid.New()}
	if m := notify.MessageOf(e); d.Components.Schemas["Message"].Properties["data"] == nil || m.Data.Result == "" {
		t.Errorf("%+v", d.Components.Schemas["Message"])
	}
}

func TestABatchAnswersForEachOrder(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		ats := programOf(t, house, assess.WriteInvitations)
		body := `{"invitations": [` + strings.Join([]string{
			orderFor(house, "Ann", ""),
			orderFor(house, "", ""),
			strings.Replace(orderFor(house, "Bea", ""), "asm_", "asm_0", 1),
			orderFor(house, "Cid", `, "expires_at": "2020-01-01T00:00:00Z", "extra_time": 100`),
			orderFor(house, "Dan", `, "reference": "R-4"`),
		}, ", ") + `]}`
		first := ats.call("POST", "/api/v1/invitations/bulk", body, "Idempotency-Key", "b1").want(200)
		var got batchAnswer
		first.into(&got)
		if got.Created != 2 || got.Refused != 3 || len(got.Results) != 5 {
			t.Fatalf("%s", first.text)
		}
		for i, code := range []string{"", "required", "unknown_value", "in_past", ""} {
			r := got.Results[i]
			switch {
			case code == "" && (r.Invitation == nil || r.Problem != nil):
				t.Errorf("order %d: %+v", i, r.Problem)
			case code != "" && (r.Invitation != nil || len(r.Problem.Errors) != 1 || r.Problem.Errors[0].Code != code):
				t.Errorf("order %d: %+v, want %s", i, r.Problem, code)
			}
		}
		if got.Results[1].Problem.Errors[0].Pointer != "#/candidate/name" || got.Results[4].Invitation.Reference != "R-4" {
			t.Errorf("%+v, %+v", got.Results[1].Problem, got.Results[4].Invitation)
		}
		again := ats.call("POST", "/api/v1/invitations/bulk", body, "Idempotency-Key", `"b1"`).want(200)
		if again.text != first.text || again.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("a repetition differs: %s", again.text)
		}
		ats.call("POST", "/api/v1/invitations/bulk", strings.Replace(body, "Ann", "Eve", 1), "Idempotency-Key", "b1").want(422).problem(assess.ErrKeyReused)
		ats.call("POST", "/api/v1/invitations", orderFor(house, "Ann", ""), "Idempotency-Key", "b1").want(422).problem(assess.ErrKeyReused)
		ats.call("POST", "/api/v1/invitations/bulk", `{"invitations": []}`, "Idempotency-Key", "b2").want(400)
		many := `{"invitations": [` + strings.TrimSuffix(strings.Repeat(orderFor(house, "Ann", "")+",", 501), ",") + `]}`
		ats.call("POST", "/api/v1/invitations/bulk", many, "Idempotency-Key", "b3").want(400)
		full := `{"invitations": [` + strings.TrimSuffix(strings.Repeat(orderFor(house, "Ann", "")+",", 500), ",") + `]}`
		ats.call("POST", "/api/v1/invitations/bulk", full, "Idempotency-Key", "b4").want(200).into(&got)
		if got.Created != 500 || got.Refused != 0 {
			t.Errorf("%d made of 500", got.Created)
		}
		ats.call("POST", "/api/v1/invitations/bulk", `{"invitations": "`+strings.Repeat("x", 600<<10)+`"}`, "Idempotency-Key", "b5").want(413)
		ats.call("POST", "/api/v1/invitations", `{"x": "`+strings.Repeat("x", 100<<10)+`"}`, "Idempotency-Key", "b6").want(413)
	})
}

func TestCancellingTwiceIsCancellingOnce(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.WriteInvitations)
	ann, bob := house.Invited("Ann"), house.Invited("Bob").Started()
	path := "/api/v1/invitations/" + assess.FormatID(assess.InvitationID, ann.Invitation.ID) + "/cancel"
	for range 2 {
		var got invitationEntry
		ats.call("POST", path, "").want(200).into(&got)
		if got.Stage != assess.StageCancelled || got.Link != nil {
			t.Errorf("%+v", got)
		}
	}
	if _, err := house.Submit(t.Context(), bob.Seat); err != nil {
		t.Fatal(err)
	}
	ats.call("POST", "/api/v1/invitations/"+assess.FormatID(assess.InvitationID, bob.Invitation.ID)+"/cancel", "").want(409).problem(assess.ErrConflict)
}

func TestAResultByItsOwnID(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		ats := programOf(t, house, assess.ReadResults)
		ann := house.Invited("Ann").Started().Answers(0, 1, 2)
		made, err := house.Submit(t.Context(), ann.Seat)
		if err != nil {
			t.Fatal(err)
		}
		path := "/api/v1/results/" + assess.FormatID(assess.ResultID, made.ID)
		got := ats.call("GET", path, "").want(200)
		var r resultSummary
		got.into(&r)
		if r.KeyStatus != "draft-author-key" || !r.Support || r.Notice.English == "" || r.Answered != 3 || r.Hash != made.Hash || len(r.Profile) != 4 {
			t.Errorf("%+v", r)
		}
		for i, q := range r.Profile {
			kept := made.Document.Qualities[i]
			if q.Band != nil || q.BandReason == "" || kept.Shown != (q.Closeness != nil) || q.Closeness != nil && *q.Closeness != *kept.Closeness {
				t.Errorf("%+v beside %+v", q, kept)
			}
		}
		if !strings.HasSuffix(r.Links.Document, "/result") || !strings.Contains(got.Header.Get("Link"), `rel="alternate"`) {
			t.Errorf("links %+v, Link %q", r.Links, got.Header.Get("Link"))
		}
		if same := ats.call("GET", path, "", "If-None-Match", got.Header.Get("ETag")); same.StatusCode != http.StatusNotModified {
			t.Errorf("unchanged: %d", same.StatusCode)
		}
		ats.call("GET", strings.Replace(path, "res_", "inv_", 1), "").want(404).problem(assess.ErrNotFound)
	})
}

func TestARequestInFlightSaysWhenToComeAgain(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	w := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(w)
	c.Request = httptest.NewRequest(http.MethodPost, "/api/v1/invitations", nil)
	newApp(house.Center, Config{PublicURL: publicURL}).failed(c, assess.ErrInFlight)
	if w.Code != http.StatusConflict || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"request_in_flight"`) {
		t.Errorf("%d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
}
