package main_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"github.com/fourfold/fourfold/assess/assesstest"
)

// A member sets up an app and a passkey, and comes in with either; the browser's own
// authenticator makes and proves the passkey.
func TestSecondFactorsInTheBrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	s := &server{URL: "http://localhost:0", database: engines["SQLite"](t), printed: map[string]string{}} // browsers take passkeys for a name
	t.Run("set up", func(t *testing.T) { assesstest.Open(t, s.database) })
	s.start(t)
	const email, password = "olive@harbour.test", "a long enough password"
	for _, d := range []device{phoneZh, desktopEn} {
		t.Run(d.name, func(t *testing.T) {
			w := b.open(t, d, s.URL)
			w.visit("/signin")
			w.inspect()
			w.do("give the password", chromedp.SendKeys(chromedp.CSS("#email"), email), chromedp.SendKeys(chromedp.CSS("#password"), password))
			w.follow(`form[action="/signin"] button`)
			w.chooseLanguage()

			w.visit("/settings/signin")
			w.inspect()
			w.do("name a provider without TLS", chromedp.SendKeys(chromedp.CSS("#name"), "Harbour ID"), chromedp.SendKeys(chromedp.CSS("#issuer"), "http://login.example.com"),
				chromedp.SendKeys(chromedp.CSS("#client_id"), "fourfold"), chromedp.SendKeys(chromedp.CSS("#client_secret"), "secret"))
			w.follow(`form[action="/settings/signin"] button`)
			w.await(`document.querySelector(".error-summary") !== null`)
			w.inspect()

			w.visit("/settings/factors")
			w.inspect()
			w.follow(`form[action="/settings/factors/app"] button`)
			w.inspect()
			secret := strings.ReplaceAll(ask[string](w, `document.querySelector("code.secret").textContent`), " ", "")
			w.do("type a wrong code", chromedp.SendKeys(chromedp.CSS("#app_code"), "none"))
			w.follow(`form[action="/settings/factors/app/confirm"] button`)
			w.inspect()
			w.do("type the code", chromedp.SendKeys(chromedp.CSS("#app_code"), codeNow(t, secret)))
			w.follow(`form[action="/settings/factors/app/confirm"] button`)
			w.await(`document.querySelectorAll(".codes li").length === 10`)
			w.inspect()
			recovery := ask[string](w, `document.querySelector(".codes code").textContent`)
			another := ask[string](w, `document.querySelector(".codes li:last-child code").textContent`)

			w.authenticator()
			w.visit("/settings/factors")
			w.do("name a passkey", chromedp.SendKeys(chromedp.CSS("#passkey_name"), "Laptop"), chromedp.SendKeys(chromedp.CSS("#passkey_proof"), another))
			w.press(`form[data-passkey] button`)
			w.await(`document.querySelector(".done-box") !== null && document.body.innerText.includes("Laptop")`)
			w.inspect()

			for n, way := range []string{"passkey", "recovery"} {
				w.visit("/settings")
				w.follow(".leave button")
				w.do("give the password", chromedp.SendKeys(chromedp.CSS("#email"), email), chromedp.SendKeys(chromedp.CSS("#password"), password))
				w.follow(`form[action="/signin"] button`)
				w.await(`location.pathname === "/signin/second"`)
				if n == 0 {
					w.inspect()
				}
				if way == "passkey" {
					w.press(`form[data-passkey] button`)
				} else {
					w.do("type a recovery code", chromedp.SendKeys(chromedp.CSS("#code"), recovery))
					w.follow(`form[action="/signin/second"] button`)
				}
				w.await(`location.pathname === "/overview"`)
			}

			// The next device begins without factors.
			s.signInLinkOf(t, email, "--reset")
			w.visit("/overview")
			if got := w.path(); got != "/signin" {
				t.Errorf("a session outlives the reset: at %s", got)
			}
		})
	}
}

func codeNow(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// authenticator puts a device that makes passkeys into the person's hands.
func (w *window) authenticator() {
	w.Helper()
	if _, err := chromedp.Call(w.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		w.Fatal(err)
	}
	_, err := chromedp.Call(w.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	if err != nil {
		w.Fatal(err)
	}
}
