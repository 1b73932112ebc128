package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// appCode is what an app with the secret shows.
func appCode(t *testing.T, house *assesstest.House, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, house.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestASecondFactorInPages(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/settings/factors")
	b.Submit(`form[action="/settings/factors/app"] button`).On("/settings/factors/app").One("figure.code svg")
	secret := b.Text("code.secret")
	b.Fill("app_code", "000000x").Submit(`form[action="/settings/factors/app/confirm"] button`)
	b.Is("/settings/factors/app/confirm", http.StatusBadRequest).Has(".error-summary", "does not fit")
	if again := b.Text("code.secret"); again != secret {
		t.Fatal("a mistyped code makes another secret")
	}
	secret = strings.ReplaceAll(secret, " ", "")
	b.Fill("app_code", appCode(t, house, secret)).Submit(`form[action="/settings/factors/app/confirm"] button`)
	b.On("/settings/factors/app/confirm").Has(".done-box", "set up")
	codes := b.All(".codes li code")
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes are shown", len(codes))
	}
	recovery := text(codes[0])
	if b.Get("/settings/factors").On("/settings/factors"); len(b.All(".codes li")) != 0 || len(b.All("code.secret")) != 0 {
		t.Error("secrets are shown twice")
	}

	house.Clock.Advance(time.Minute)
	b.Submit(`form[action="/settings/factors/app"] button`).On("/settings/factors/app")
	other := strings.ReplaceAll(b.Text("code.secret"), " ", "")
	b.Fill("app_code", appCode(t, house, other)).Fill("app_proof", "000000").Submit(`form[action="/settings/factors/app/confirm"] button`)
	b.Is("/settings/factors/app/confirm", http.StatusBadRequest).Has("#app_proof-error", "does not fit")
	if len(b.All("#passkey_proof-error, #app_code-error")) != 0 {
		t.Error("a wrong proof is blamed on another field")
	}
	b.Fill("app_code", appCode(t, house, other)).Fill("app_proof", appCode(t, house, secret)).Submit(`form[action="/settings/factors/app/confirm"] button`)
	b.On("/settings/factors/app/confirm").Has(".done-box", "set up")
	secret = other

	b.Submit(".leave button")
	house.Clock.Advance(time.Minute)
	b.Get("/candidates").Fill("email", "olive@harbour.test").Fill("password", "a long enough password").Submit("form button")
	b.On("/signin/second?next=%2Fcandidates")
	elsewhere := browseAt(t, b.server, questions.English)
	elsewhere.jar = b.jar
	elsewhere.Get("/overview").On("/signin?next=%2Foverview") // a password alone opens nothing
	b.Fill("code", "123").Submit("main form button").Is("/signin/second", http.StatusUnauthorized).Has(".error-summary", "does not fit")
	b.Fill("code", appCode(t, house, secret)).Submit("main form button").On("/candidates")
	b.Get("/signin/second").Is("/signin/second", http.StatusUnauthorized).Has(".problem-box", "begin again")

	b.Get("/settings/factors").Fill("remove_code", recovery).Submit(`form[action="/settings/factors/remove"] button`)
	b.On("/settings/factors?done=removed").Has(".done-box", "removed")
	if len(b.All("table")) != 0 {
		t.Error("the factor is still listed")
	}
}

func TestWhoMustHaveASecondFactorSetsOneUpFirst(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/settings/signin")
	b.Fill("required", "yes").Submit(`form[action="/settings/signin/factor"] button`)
	b.On("/settings/factors").Has(".notice-box", "asks for a second factor")
	for _, path := range []string{"/", "/overview", "/settings", "/settings/signin", "/candidates/new"} {
		b.Get(path).On("/settings/factors")
	}
	b.Submit(`form[action="/settings/factors/app"] button`)
	secret := strings.ReplaceAll(b.Text("code.secret"), " ", "")
	b.Fill("app_code", appCode(t, house, secret)).Submit(`form[action="/settings/factors/app/confirm"] button`)
	b.On("/settings/factors/app/confirm")
	if len(b.All(".notice-box")) != 0 {
		t.Error("whoever has set it up is still asked to")
	}
	b.Get("/overview").On("/overview")
	if required, err := house.FactorRequired(t.Context(), house.Owner); err != nil || !required {
		t.Errorf("required: %v, %v", required, err)
	}
}
