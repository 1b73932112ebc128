package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

func houseOnSQLite(t *testing.T) *assesstest.House {
	t.Helper()
	return assesstest.Open(t, t.TempDir()+"/fourfold.db")
}

// owner signs the house's owner in and leaves the browser at a page.
func owner(t *testing.T, house *assesstest.House, path string) *browser {
	t.Helper()
	b := browse(t, house, questions.English)
	return b.Get(path).Fill("email", "olive@harbour.test").Fill("password", "a long enough password").Submit("form button").On(path)
}

func TestSigningInLeadsWhereOneWanted(t *testing.T) {
	house := houseOnSQLite(t)
	b := browse(t, house, questions.English)
	b.Get("/candidates?stage=submitted").On("/signin?next=%2Fcandidates%3Fstage%3Dsubmitted")

	b.Fill("email", "olive@harbour.test").Fill("password", "not the password").Submit("form button")
	b.Is("/signin", http.StatusUnauthorized).Has("main", "not right")
	if got := attribute(b.One(`input[name="email"]`), "value"); got != "olive@harbour.test" {
		t.Errorf("the address typed is gone: %q", got)
	}
	if got := attribute(b.One(`input[name="password"]`), "value"); got != "" {
		t.Error("the password comes back in the page")
	}
	b.Fill("email", " Olive@Harbour.test ").Fill("password", "a long enough password").Submit("form button")
	b.On("/candidates?stage=submitted").Has("header", "Harbour Collections")

	b.Submit(".leave button").On("/signin")
	b.Get("/overview").On("/signin?next=%2Foverview")
}

func TestSigningInStaysOnThisServer(t *testing.T) {
	b := browse(t, houseOnSQLite(t), questions.English)
	for _, next := range []string{"//evil.test", "https://evil.test/", `/\evil.test`, "javascript:alert(1)", "evil.test"} {
		path := "/signin?" + url.Values{"next": {next}}.Encode()
		if b.Get(path); b.Status != http.StatusBadRequest {
			t.Errorf("next=%s: %d", next, b.Status)
		}
	}
}

func TestTheSessionCookieIsKeptFromScripts(t *testing.T) {
	house := houseOnSQLite(t)
	for public, want := range map[string]string{
		"https://tests.example.org": "__Host-session=",
		"http://localhost:8080":     "session=",
	} {
		u, err := url.Parse(public)
		if err != nil {
			t.Fatal(err)
		}
		w := signInFrom(New(house.Center, Config{PublicURL: u}), "192.0.2.9:1", "olive@harbour.test", "a long enough password")
		cookie := w.Header().Get("Set-Cookie")
		if !strings.HasPrefix(cookie, want) || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
			t.Errorf("%s: %q", public, cookie)
		}
		if secure := strings.Contains(cookie, "Secure"); secure != (u.Scheme == "https") {
			t.Errorf("%s: %q", public, cookie)
		}
	}
}

func signInFrom(server http.Handler, address, email, password string) *httptest.ResponseRecorder {
	body := url.Values{"email": {email}, "password": {password}}.Encode()
	r := httptest.NewRequest(http.MethodPost, "/signin", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = address
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	return w
}

func TestGuessingAPasswordIsSlow(t *testing.T) {
	house := houseOnSQLite(t)
	server := New(house.Center, Config{PublicURL: publicURL})
	for range 20 {
		signInFrom(server, "192.0.2.1:50000", "olive@harbour.test", "a wrong password")
	}
	w := signInFrom(server, "192.0.2.1:50001", "olive@harbour.test", "a long enough password")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("the 21st try: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if w := signInFrom(server, "192.0.2.1:50002", "someone@harbour.test", "a wrong password"); w.Code != http.StatusUnauthorized {
		t.Errorf("a colleague in the same office: %d", w.Code)
	}
	if w := signInFrom(server, "192.0.2.2:50000", "olive@harbour.test", "a long enough password"); w.Code != http.StatusSeeOther {
		t.Errorf("the owner from elsewhere: %d", w.Code)
	}
}

func TestAOneTimeLinkSurvivesBeingLookedAt(t *testing.T) {
	house := houseOnSQLite(t)
	link, err := house.SignInLink(t.Context(), house.Owner, house.Owner.ID)
	if err != nil {
		t.Fatal(err)
	}
	path := "/signin/" + assesstest.LinkToken(link)
	scanner := browse(t, house, questions.English)
	scanner.Get(path).On(path).Get(path).On(path)

	b := browse(t, house, questions.English)
	b.Get(path).Submit("form button").On("/overview")
	again := browse(t, house, questions.Chinese)
	again.Get(path).Is(path, http.StatusNotFound).Has("h1", "不能用")
}

func TestSettingUpHappensOnce(t *testing.T) {
	clock := &assesstest.Clock{}
	clock.Advance(time.Hour) // off zero, which is no time
	center := assesstest.Center(t, t.TempDir()+"/new.db", clock)
	link, err := center.SetUpLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := "/setup/" + assesstest.LinkToken(link)
	b := browseAt(t, New(center, Config{PublicURL: publicURL}), questions.Chinese)
	b.Get(path).On(path)
	b.Fill("name", "海港外包").Fill("owner_name", "").Fill("email", "lin@haigang.test").Fill("password", "short").Submit("form button")
	b.Is(path, http.StatusBadRequest).Has(".error-summary", "您的姓名").Has(".error-summary", "密码")
	if got := attribute(b.One("input#name"), "value"); got != "海港外包" {
		t.Errorf("the name typed is gone: %q", got)
	}
	b.Fill("owner_name", "林晓").Fill("password", "一句记得住的长长的话").Submit("form button")
	b.On("/overview").Has("h1", "概览").Has(".empty", "还没有邀请任何人")
	b.Get(path).Is(path, http.StatusNotFound)
}
