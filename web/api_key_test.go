package web

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

func TestAKeyOpensTheAPI(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		ats := programOf(t, house, assess.ReadAssessments)
		basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(ats.key+":"))
		for _, header := range []string{"Bearer " + ats.key, "bearer " + ats.key, basic} {
			ats.call("GET", "/api/v1/assessments", "", "Authorization", header).want(200)
		}

		wrong := ats.key[:len(ats.key)-1] + "!"
		for _, header := range []string{"", "Bearer", "Bearer ", "Bearer " + wrong, "Basic !!!", "Token " + ats.key, ats.key} {
			got := ats.call("GET", "/api/v1/assessments", "", "Authorization", header).want(401)
			got.problem(assess.ErrUnauthenticated)
			if challenge := got.Header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Bearer ") {
				t.Errorf("Authorization %q: WWW-Authenticate %q", header, challenge)
			}
		}
		ats.call("GET", "/api/v1/assessments?key="+ats.key, "", "Authorization", "").want(401)
	})
}

func TestAMissingScopeIsNamed(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.ReadAssessments)
	got := ats.call("GET", "/api/v1/invitations", "").want(403)
	if p := got.problem(assess.ErrScope); !strings.Contains(p.Detail, "invitations:read") {
		t.Errorf("detail %q", p.Detail)
	}
	if challenge := got.Header.Get("WWW-Authenticate"); !strings.Contains(challenge, `scope="invitations:read"`) {
		t.Errorf("WWW-Authenticate %q", challenge)
	}
}

func TestRevokedAndExpiredKeysOpenNothing(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.Scopes...)
	key, secret, err := house.MakeKey(t.Context(), house.Owner, assess.NewKey{
		Name: "Short", Scopes: assess.Scopes, ExpiresAt: assess.At(house.Clock.Now().Add(time.Hour)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ats.call("GET", "/api/v1/assessments", "", "Authorization", "Bearer "+secret).want(200)
	house.Clock.Advance(time.Hour)
	ats.call("GET", "/api/v1/assessments", "", "Authorization", "Bearer "+secret).want(401)

	keys, err := house.Keys(t.Context(), house.Owner)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.ID == key.ID {
			continue
		}
		if err := house.RevokeKey(t.Context(), house.Owner, k.ID); err != nil {
			t.Fatal(err)
		}
	}
	ats.call("GET", "/api/v1/assessments", "").want(401).problem(assess.ErrUnauthenticated)
}

func TestAKeyHasABudget(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.ReadAssessments)
	quiet := ats.with(house, assess.ReadAssessments)
	first := ats.call("GET", "/api/v1/assessments", "").want(200)
	if got := first.Header.Get("RateLimit-Policy"); got != `"default";q=600;w=60` {
		t.Errorf("RateLimit-Policy %s", got)
	}
	if got := first.Header.Get("RateLimit"); !strings.HasPrefix(got, `"default";r=599;t=`) {
		t.Errorf("RateLimit %s", got)
	}
	for range callsPerMinute - 1 {
		spend(t, ats)
	}
	over := ats.call("GET", "/api/v1/assessments", "").want(429)
	over.problem(errTooMany)
	if over.Header.Get("Retry-After") == "" || !strings.HasPrefix(over.Header.Get("RateLimit"), `"default";r=0;`) {
		t.Errorf("429 with Retry-After %q, RateLimit %q", over.Header.Get("Retry-After"), over.Header.Get("RateLimit"))
	}
	quiet.call("GET", "/api/v1/assessments", "").want(200)
}

// spend makes a call without holding its answer against the contract.
func spend(t *testing.T, ats *program) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "/api/v1/assessments", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+ats.key)
	w := &answerOnly{header: http.Header{}}
	ats.server.ServeHTTP(w, r)
	if w.status != http.StatusOK {
		t.Fatalf("%d: %s", w.status, w.body.String())
	}
}

func TestGuessingKeysIsSlow(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.ReadAssessments)
	for range attemptsPerMinute {
		ats.call("GET", "/api/v1/assessments", "", "Authorization", "Bearer guess").want(401)
	}
	ats.call("GET", "/api/v1/assessments", "", "Authorization", "Bearer guess").want(429).problem(errTooMany)
	ats.call("GET", "/api/v1/assessments", "").want(200)
}
