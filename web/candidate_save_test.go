package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// post sends JSON as the page's script does.
func (b *browser) post(path, body string) (int, map[string]any, http.Header) {
	b.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range b.jar.Cookies(publicURL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	b.seen.Write(w.Body.Bytes())
	var reply map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		b.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
	}
	return w.Code, reply, w.Header()
}

func TestTheScriptSaves(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	path := fmt.Sprintf("/sit/items/%d", itemOf(t, house, questions.BestWorst))
	save := func(revision int, response string) (int, map[string]any) {
		status, reply, _ := b.post(path, fmt.Sprintf(`{"revision":%d,"response":%s,"spent_ms":1200}`, revision, response))
		return status, reply
	}
	if status, reply := save(1, `{"best":"A"}`); status != http.StatusOK || reply["saved"] != true || reply["revision"] != 1.0 {
		t.Fatalf("the first save: %d %v", status, reply)
	}
	if status, reply := save(1, `{"best":"A"}`); status != http.StatusOK || reply["revision"] != 1.0 {
		t.Errorf("the same again, as after a lost reply: %d %v", status, reply)
	}
	for _, revision := range []int{1, 3} {
		status, reply := save(revision, `{"best":"B"}`)
		if kept, ok := reply["kept"].(map[string]any); status != http.StatusConflict || reply["code"] != "stale_revision" || !ok || kept["revision"] != 1.0 {
			t.Errorf("revision %d on 1: %d %v", revision, status, reply)
		}
	}
	if status, reply := save(2, `{"best":"B","worst":"A"}`); status != http.StatusOK || reply["revision"] != 2.0 {
		t.Errorf("the next save: %d %v", status, reply)
	}
	b.Get(path).One("#best-B[checked]")
	if v := attribute(b.One(`[name="revision"]`), "value"); v != "3" {
		t.Errorf("the form will send revision %s, want 3", v)
	}
	if v := attribute(b.One(`[name="spent_ms"]`), "value"); v != "1200" {
		t.Errorf("the form goes on from %s ms, want 1200", v)
	}

	house.Clock.Advance(46 * time.Minute)
	status, reply := save(3, `{"best":"C"}`)
	if status != http.StatusConflict || reply["code"] != "too_late" || reply["title"] != "Received too late, not counted" {
		t.Errorf("after the deadline: %d %v", status, reply)
	}
}

func TestBadSavesNameTheField(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	path := fmt.Sprintf("/sit/items/%d", itemOf(t, house, questions.BestWorst))
	for _, c := range []struct{ body, pointer, code string }{
		{`{"revision":1,"response":{},"score":1}`, "#/score", "unknown_field"},
		{`{"revision":1,"response":{"best":"A","why":"x"}}`, "#/response/why", "unknown_field"},
		{`{"revision":1,"revision":2,"response":{}}`, "#/revision", "duplicate"},
		{`{"revision":"1","response":{}}`, "#/revision", "wrong_type"},
		{`{"revision":1.5,"response":{}}`, "#/revision", "wrong_type"},
		{`{"revision":1,"response":{"best":7}}`, "#/response/best", "wrong_type"},
		{`{"revision":1,"response":{}} {}`, "", "malformed"},
		{`{"revision":1,"response":`, "", "malformed"},
		{`{"revision":0,"response":{}}`, "#/revision", ""},
		{`{"response":{}}`, "#/revision", ""},
		{`{"revision":1}`, "#/response", "required"},
		{`{"revision":1,"response":{},"spent_ms":-1}`, "#/spent_ms", ""},
		{`{"revision":1,"response":{"best":"A","worst":"A"}}`, "#/response/worst", "same_option"},
		{`{"revision":1,"response":{"best":"Z"}}`, "#/response/best", "unknown_option"},
		{`{"revision":1,"response":{"chosen":["A"]}}`, "#/response/chosen", "wrong_kind"},
	} {
		status, reply, _ := b.post(path, c.body)
		faults, _ := reply["errors"].([]any)
		if status != http.StatusBadRequest || len(faults) == 0 {
			t.Errorf("%s: %d %v", c.body, status, reply)
			continue
		}
		f := faults[0].(map[string]any)
		if c.pointer != "" && f["pointer"] != c.pointer || c.code != "" && f["code"] != c.code || f["detail"] == "" {
			t.Errorf("%s: %v, want %s %s", c.body, f, c.pointer, c.code)
		}
	}
	large := `{"revision":1,"response":{"best":"` + strings.Repeat("A", maxBody) + `"}}`
	if status, reply, _ := b.post(path, large); status != http.StatusRequestEntityTooLarge {
		t.Errorf("an oversize body: %d %v", status, reply)
	}
	if status, _, _ := b.post("/sit/items/25", `{"revision":1,"response":{}}`); status != http.StatusNotFound {
		t.Errorf("an item that is not there: %d", status)
	}
	for form, field := range map[string]string{
		"revision=1&best=A&extra=1": "no such field", "revision=one": "wrong type", "revision=1&revision=2": "more than once", "revision=1&rating.A=x": "wrong type",
	} {
		b.send(http.MethodPost, path, strings.NewReader(form), "application/x-www-form-urlencoded")
		b.Is(path, http.StatusBadRequest).Has("main ul", field)
	}
	if b.Get(path); len(b.All("#answer input[checked]")) != 0 {
		t.Error("something of it was stored")
	}
}

func TestSavesFromElsewhereAreRefused(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	r := httptest.NewRequest(http.MethodPost, "/sit/submit", strings.NewReader("confirm=yes"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	for _, c := range b.jar.Cookies(publicURL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("another site's form: %d", w.Code)
	}
	b.Get("/sit/items/1").On("/sit/items/1")
}

// With the database gone the page keeps what was typed, and sends it again.
func TestWhatWasTypedOutlivesTheDatabase(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	path := fmt.Sprintf("/sit/items/%d", itemOf(t, house, questions.ChooseK))
	ids := b.Get(path).optionIDs()
	seats := b.jar.Cookies(publicURL)
	if err := house.Close(); err != nil {
		t.Fatal(err)
	}

	b.Fill("chosen", ids[0], ids[1]).Submit(`[value="next"]`).Is(path, http.StatusServiceUnavailable)
	if b.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	b.Has("h1", "cannot save right now")
	if n := len(b.All(`form [name="chosen"]`)); n != 2 || attribute(b.One(`form [name="revision"]`), "value") != "1" {
		t.Fatalf("the page holds %d of 2 choices", n)
	}
	if status, reply, header := b.post(path, `{"revision":1,"response":{}}`); status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Errorf("the script is told %d %v", status, reply)
	}

	b.server = New(house.Second(), Config{PublicURL: publicURL})
	b.jar.SetCookies(publicURL, seats)
	b.Submit("main form button").On(fmt.Sprintf("/sit/items/%d", itemOf(t, house, questions.ChooseK)+1))
	b.Get(path).One("#chosen-" + ids[0] + "[checked]")
}

func TestTheScriptAsksHowThingsStand(t *testing.T) {
	house := houseOn(t)
	ann := house.Invited("Ann").Started().Answers(0, 1)
	b := browse(t, house, questions.English)
	b.jar.SetCookies(publicURL, []*http.Cookie{{Name: seatCookie, Value: house.SeatCookie(ann.Seat)}})
	house.Clock.Advance(5 * time.Minute)
	r := httptest.NewRequest(http.MethodGet, "/sit/state", nil)
	r.Header.Set("Accept", "application/json")
	for _, c := range b.jar.Cookies(publicURL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	var s sittingState
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if s.State != assess.Started || *s.SecondsLeft != 40*60 || s.Revisions[0] != 1 || s.Revisions[2] != 0 {
		t.Errorf("state %s", w.Body)
	}
}
