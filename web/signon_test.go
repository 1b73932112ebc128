package web

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/web/notify"
)

// signOnWorld is a server and a provider, each at an address of its own. The
// server's clock is the system's, as a provider's is, and some time ahead.
type signOnWorld struct {
	*testing.T
	house, neighbour *assesstest.House
	center           *assess.Center
	idp              *idp
	origin           string
	ahead            atomic.Int64
}

const signOnClient = "fourfold"

func newSignOnWorld(t *testing.T) *signOnWorld {
	t.Helper()
	w := &signOnWorld{T: t, house: houseOnSQLite(t)}
	w.neighbour = w.house.Neighbour()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.origin = server.URL
	public, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.center, err = assess.Open(t.Context(), assess.Config{
		Database: w.house.DSN, Secret: []byte(assesstest.Secret), PublicURL: server.URL, AllowPrivateWebhooks: true,
		Clock: func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.center.Close() })
	handler = New(w.center, Config{PublicURL: public, Outbound: notify.Client(true)})
	w.idp = startIDP(t, map[string]*storage.Client{
		signOnClient: storage.WebClient(signOnClient, "the client's secret", w.door(w.house)+"/callback", w.door(w.neighbour)+"/callback"),
	})
	return w
}

func (w *signOnWorld) door(house *assesstest.House) string {
	return w.origin + "/signin/oidc/" + assess.FormatID(assess.OrganizationID, house.Owner.Organization)
}

func (w *signOnWorld) provider() assess.NewSignOn {
	return assess.NewSignOn{Name: "Harbour ID", Issuer: w.idp.URL, ClientID: signOnClient, Secret: "the client's secret"}
}

func (w *signOnWorld) set(house *assesstest.House, in assess.NewSignOn) {
	w.Helper()
	if err := w.center.SetSignOn(w.Context(), house.Owner, in); err != nil {
		w.Fatal(err)
	}
}

// visitor is a browser that goes from server to server, as a real one does.
type visitor struct {
	*testing.T
	http.Client
	origin string
}

func (w *signOnWorld) visitor() *visitor {
	w.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	v := &visitor{T: w.T, origin: w.origin}
	v.Jar, v.Transport = jar, inEnglish{}
	v.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/callback") && strings.HasPrefix(r.URL.String(), w.origin) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return v
}

// inEnglish asks every server for English.
type inEnglish struct{}

func (inEnglish) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept-Language", "en")
	return http.DefaultTransport.RoundTrip(r)
}

// page is where a visitor has got to.
type page struct {
	path   string
	status int
	body   string
}

func (v *visitor) get(address string) page {
	v.Helper()
	answer, err := v.Get(address)
	return v.at(answer, err)
}

func (v *visitor) at(answer *http.Response, err error) page {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.Fatal(err)
	}
	return page{answer.Request.URL.Path, answer.StatusCode, string(body)}
}

// vouched goes through the provider's door and its login form, and returns the
// address the provider sends the visitor back to.
func (v *visitor) vouched(door, subject string) string {
	v.Helper()
	answer, err := v.Get(door)
	if at := v.at(answer, err); at.path != "/login/username" {
		v.Fatalf("%s leads to %+v", door, at)
	}
	answer, err = v.PostForm(answer.Request.URL.String(), url.Values{"username": {subject}, "password": {"password of " + subject}})
	if err != nil {
		v.Fatal(err)
	}
	answer.Body.Close()
	back := answer.Header.Get("Location")
	if !strings.HasPrefix(back, v.origin) {
		v.Fatalf("the provider answers %d and leads to %q", answer.StatusCode, back)
	}
	return back
}

func (v *visitor) comes(door, subject string) page {
	v.Helper()
	return v.get(v.vouched(door, subject))
}

// refusedWith fails unless the page is the sign-in page with a reason.
func (w *signOnWorld) refusedWith(p page, status int, words string) {
	w.Helper()
	if p.status != status || !strings.Contains(p.body, words) || !strings.Contains(p.body, `name="password"`) {
		w.Errorf("%s answers %d, want %d and %q:\n%s", p.path, p.status, status, words, p.body)
	}
}

func (w *signOnWorld) in(p page, where string) {
	w.Helper()
	if p.status != http.StatusOK || p.path != where {
		w.Errorf("at %s with %d, want %s:\n%s", p.path, p.status, where, p.body)
	}
}

// audited counts entries of the house with an action and a detail.
func (w *signOnWorld) audited(action, detail string) int {
	w.Helper()
	var n int
	if err := w.house.Database().Get(&n, `SELECT (SELECT count(*) FROM audit_inbox WHERE action = $1 AND detail = $2) + (SELECT count(*) FROM audit_entries WHERE action = $1 AND detail = $2)`, action, detail); err != nil {
		w.Fatal(err)
	}
	return n
}

func TestMembersSignInThroughTheirProvider(t *testing.T) {
	w := newSignOnWorld(t)
	w.set(w.house, w.provider())
	w.idp.person("sub-olive", "Olive@Harbour.test", true)

	t.Run("with a button", func(t *testing.T) {
		v := w.visitor()
		if p := v.get(w.origin + "/signin"); !strings.Contains(p.body, "Harbour ID") || !strings.Contains(p.body, `href="`+strings.TrimPrefix(w.door(w.house), w.origin)) {
			t.Fatalf("no button:\n%s", p.body)
		}
		p := v.comes(w.door(w.house)+"?next=%2Fcandidates", "sub-olive")
		w.in(p, "/candidates")
		if w.audited("member.linked", "") != 1 || w.audited("member.signed_in_by_provider", "") != 1 {
			t.Error("the audit log does not say so")
		}
	})
	t.Run("by who they are, not by their address", func(t *testing.T) {
		rita, _, err := w.center.AddMember(t.Context(), w.house.Owner, assess.NewMember{Email: "rita@harbour.test", Name: "Rita", Role: assess.Auditor, Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		w.idp.person("sub-olive", "rita@harbour.test", true) // the owner's account now bears Rita's address
		p := w.visitor().comes(w.door(w.house), "sub-olive")
		w.in(p, "/overview")
		if !strings.Contains(p.body, "Olive Owner") {
			t.Error("a changed address took over another account")
		}
		w.idp.person("sub-new", "olive@harbour.test", true) // and somebody else bears the owner's
		w.refusedWith(w.visitor().comes(w.door(w.house), "sub-new"), http.StatusForbidden, "already linked")
		w.idp.person("sub-rita", "rita@harbour.test", true)
		w.in(w.visitor().comes(w.door(w.house), "sub-rita"), "/overview")

		w.idp.person("sub-rita-again", "rita@harbour.test", true) // an account made anew at the provider
		w.refusedWith(w.visitor().comes(w.door(w.house), "sub-rita-again"), http.StatusForbidden, "already linked")
		if err := w.center.ResetSignIn(t.Context(), w.house.Owner, rita.ID); err != nil {
			t.Fatal(err)
		}
		w.in(w.visitor().comes(w.door(w.house), "sub-rita-again"), "/overview")
		w.idp.person("sub-rita", "rita@harbour.test", true)
		w.refusedWith(w.visitor().comes(w.door(w.house), "sub-rita"), http.StatusForbidden, "already linked")
		if err := w.center.DisableMember(t.Context(), w.house.Owner, rita.ID); err != nil {
			t.Fatal(err)
		}
		w.refusedWith(w.visitor().comes(w.door(w.house), "sub-rita-again"), http.StatusForbidden, "is a member here")
	})
	t.Run("with the address in the token", func(t *testing.T) {
		w.idp.inside = true
		defer func() { w.idp.inside = false }()
		if _, _, err := w.center.AddMember(t.Context(), w.house.Owner, assess.NewMember{Email: "ina@harbour.test", Name: "Ina", Role: assess.Recruiter, Language: "en"}); err != nil {
			t.Fatal(err)
		}
		w.idp.person("sub-ina", "ina@harbour.test", true)
		w.in(w.visitor().comes(w.door(w.house), "sub-ina"), "/overview")
	})
}

func TestWhomNoProviderLetsIn(t *testing.T) {
	w := newSignOnWorld(t)
	w.set(w.house, w.provider())
	w.idp.person("sub-olive", "olive@harbour.test", false)
	w.idp.person("sub-nobody", "nobody@harbour.test", true)
	w.idp.person("sub-nora", "nora@other.test", true)
	door := w.door(w.house)

	w.refusedWith(w.visitor().comes(door, "sub-olive"), http.StatusForbidden, "not verified your email")
	w.refusedWith(w.visitor().comes(door, "sub-nobody"), http.StatusForbidden, "is a member here")
	w.refusedWith(w.visitor().comes(door, "sub-nora"), http.StatusForbidden, "is a member here") // of another organization
	w.idp.person("sub-olive", "olive@harbour.test", true)

	t.Run("the token is of another flow", func(t *testing.T) {
		w.twisted(t, func(r *storage.AuthRequest) op.AuthRequest { r.Nonce = "another"; return r })
	})
	t.Run("the token is for another client", func(t *testing.T) {
		w.idp.issuedTo = "another"
		defer func() { w.idp.issuedTo = "" }()
		w.twisted(t, func(r *storage.AuthRequest) op.AuthRequest { return forAnother{r, "another"} })
	})
	t.Run("the token has expired", func(t *testing.T) {
		back := w.visitorBack(t, "sub-olive")
		w.ahead.Store(int64(tokenLife + time.Minute))
		defer w.ahead.Store(0)
		w.refusedWith(back(), http.StatusBadGateway, "did not confirm")
	})
	t.Run("the flow is too old", func(t *testing.T) {
		back := w.visitorBack(t, "sub-olive")
		w.ahead.Store(int64(assess.SignOnLasts + time.Minute))
		defer w.ahead.Store(0)
		w.refusedWith(back(), http.StatusBadRequest, "begin again")
	})
	t.Run("the state is another", func(t *testing.T) {
		v := w.visitor()
		back, err := url.Parse(v.vouched(door, "sub-olive"))
		if err != nil {
			t.Fatal(err)
		}
		q := back.Query()
		q.Set("state", "another")
		back.RawQuery = q.Encode()
		w.refusedWith(v.get(back.String()), http.StatusBadRequest, "begin again")
	})
	t.Run("the browser is another", func(t *testing.T) {
		back := w.visitor().vouched(door, "sub-olive")
		w.refusedWith(w.visitor().get(back), http.StatusBadRequest, "begin again")
	})
	t.Run("the code was used", func(t *testing.T) {
		v := w.visitor()
		back := v.vouched(door, "sub-olive")
		w.in(v.get(back), "/overview")
		w.refusedWith(v.get(back), http.StatusBadRequest, "begin again") // the flow is over
	})
	t.Run("the organization is another", func(t *testing.T) {
		w.set(w.neighbour, w.provider())
		v := w.visitor()
		back := v.vouched(door, "sub-olive")
		w.refusedWith(v.get(strings.Replace(back, door, w.door(w.neighbour), 1)), http.StatusBadRequest, "begin again")
		w.refusedWith(w.visitor().comes(w.door(w.neighbour), "sub-olive"), http.StatusForbidden, "is a member here")
		if p := w.visitor().get(w.origin + "/signin"); strings.Contains(p.body, "Harbour ID") {
			t.Error("a server of two organizations tells a stranger about one")
		}
		if err := w.center.RemoveSignOn(t.Context(), w.neighbour.Owner); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("the provider says no", func(t *testing.T) {
		v := w.visitor()
		back, err := url.Parse(v.vouched(door, "sub-olive"))
		if err != nil {
			t.Fatal(err)
		}
		back.RawQuery = url.Values{"error": {"access_denied"}, "state": {back.Query().Get("state")}}.Encode()
		w.refusedWith(v.get(back.String()), http.StatusBadGateway, "did not confirm")
	})
	t.Run("another issuer answers", func(t *testing.T) {
		v := w.visitor()
		w.refusedWith(v.get(v.vouched(door, "sub-olive")+"&iss=https%3A%2F%2Fevil.test"), http.StatusBadGateway, "did not confirm")
	})
	t.Run("the secret is wrong", func(t *testing.T) {
		in := w.provider()
		in.Secret = "not the client's secret"
		w.set(w.house, in)
		w.refusedWith(w.visitor().comes(door, "sub-olive"), http.StatusBadGateway, "did not confirm")
	})
	for detail, least := range map[string]int{"provider_failed": 5, "not_a_member": 2, "address_unverified": 1} {
		if got := w.audited("signon.refused", detail); got < least {
			t.Errorf("%s is audited %d times, want %d", detail, got, least)
		}
	}
	if p := w.visitor().get(door + "?next=%2F%2Fevil.test"); p.status != http.StatusBadRequest {
		t.Errorf("the way back may lead away: %d", p.status)
	}
}

func (w *signOnWorld) twisted(t *testing.T, twist func(*storage.AuthRequest) op.AuthRequest) {
	t.Helper()
	w.idp.twist = twist
	defer func() { w.idp.twist = nil }()
	before := w.audited("signon.refused", "provider_failed")
	w.refusedWith(w.visitor().comes(w.door(w.house), "sub-olive"), http.StatusBadGateway, "did not confirm")
	if got := w.audited("signon.refused", "provider_failed"); got != before+1 {
		t.Errorf("audited %d times, want once", got-before)
	}
}

// visitorBack is a visitor on the way back from the provider.
func (w *signOnWorld) visitorBack(t *testing.T, subject string) func() page {
	t.Helper()
	v := w.visitor()
	back := v.vouched(w.door(w.house), subject)
	return func() page { return v.get(back) }
}

func TestPasswordsAreOffOnceAnOwnerCameThroughTheProvider(t *testing.T) {
	w := newSignOnWorld(t)
	v := w.visitor()
	signIn := url.Values{"email": {"olive@harbour.test"}, "password": {"a long enough password"}}
	post := func(v *visitor, path string, form url.Values) page {
		answer, err := v.PostForm(w.origin+path, form)
		return v.at(answer, err)
	}
	w.in(post(v, "/signin", signIn), "/overview")
	form := url.Values{"name": {"Harbour ID"}, "issuer": {"http://127.0.0.1:1"}, "client_id": {signOnClient}, "client_secret": {"the client's secret"}}
	if p := post(v, "/settings/signin", form); p.status != http.StatusBadRequest || !strings.Contains(p.body, "No OpenID Connect provider answers") || strings.Contains(p.body, "the client&#39;s secret") {
		t.Fatalf("an address nobody answers at: %d\n%s", p.status, p.body)
	}
	form.Set("issuer", w.idp.URL)
	form.Set("password_off", "yes")
	if p := post(v, "/settings/signin", form); p.status != http.StatusBadRequest || !strings.Contains(p.body, "First sign in through this provider") {
		t.Fatalf("passwords go off before anybody came in: %d\n%s", p.status, p.body)
	}
	form.Del("password_off")
	w.in(post(v, "/settings/signin", form), "/settings/signin")
	var kept string
	if err := w.house.Database().Get(&kept, "SELECT client_secret FROM sign_ons"); err != nil || !strings.HasPrefix(kept, "v1.") {
		t.Errorf("the secret is kept as %q, %v", kept, err)
	}

	w.idp.person("sub-olive", "olive@harbour.test", true)
	w.in(w.visitor().comes(w.door(w.house), "sub-olive"), "/overview")
	form.Set("password_off", "yes")
	form.Del("client_secret") // the one that is kept stays
	w.in(post(v, "/settings/signin", form), "/settings/signin")

	w.refusedWith(post(w.visitor(), "/signin", signIn), http.StatusForbidden, "its own identity provider")
	signIn.Set("password", "a wrong password")
	w.refusedWith(post(w.visitor(), "/signin", signIn), http.StatusUnauthorized, "not right")
	w.in(w.visitor().comes(w.door(w.house), "sub-olive"), "/overview")

	form.Set("issuer", strings.Replace(w.idp.URL, "127.0.0.1", "localhost", 1)) // the secret is not for it
	if err := w.center.SetSignOn(t.Context(), w.house.Owner, assess.NewSignOn{Name: "Other", Issuer: "http://other.test", ClientID: "x"}); err == nil || !strings.Contains(err.Error(), "client_secret") {
		t.Errorf("a secret is handed to another issuer: %v", err)
	}
	w.in(post(v, "/settings/signin/remove", nil), "/settings/signin")
	signIn.Set("password", "a long enough password")
	w.in(post(w.visitor(), "/signin", signIn), "/overview")
}

// TestAProviderIsOutside holds the client that asks providers against addresses that
// are not of the outside.
func TestAProviderIsOutside(t *testing.T) {
	asked := atomic.Int64{}
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer inside.Close()
	house := houseOnSQLite(t)
	for _, issuer := range []string{"http://login.example.com", "https://127.0.0.1", "https://localhost", "https://169.254.169.254/", "https://[::1]", "https://10.1.2.3", "https://login.internal", "https://login.example.com:8080", "ftp://x", "login"} {
		err := house.CheckSignOn(house.Owner, &assess.NewSignOn{Name: "x", Issuer: issuer, ClientID: "x", Secret: "x"})
		if fields := fieldErrors(err); len(fields) != 1 || fields[0].Field != "issuer" {
			t.Errorf("%s: %v", issuer, err)
		}
	}
	if _, err := newProviders(notify.Client(false)).of(t.Context(), inside.URL, time.Now()); err == nil || asked.Load() != 0 {
		t.Errorf("a provider at a private address: %v, asked %d times", err, asked.Load())
	}
}
