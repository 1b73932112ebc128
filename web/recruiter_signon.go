package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/fourfold/fourfold/assess"
)

// providerDoor is the button that leads to an organization's provider.
type providerDoor struct{ Name, Address string }

// doorOf is an organization's own way in, which never changes.
func doorOf(s assess.SignOn) string {
	return "/signin/oidc/" + assess.FormatID(assess.OrganizationID, s.Organization)
}

func (h recruiter) callbackOf(s assess.SignOn) string {
	return h.cfg.PublicURL.JoinPath(doorOf(s), "callback").String()
}

// providerFor finds whose provider the sign-in page offers: that of the organization
// this browser last came in by, or the server's only one. Of a server with several
// a stranger learns nothing.
func (h recruiter) providerFor(c *gin.Context) (assess.SignOn, error) {
	if id, err := assess.ParseID(assess.OrganizationID, h.cookie(c, houseCookie)); err == nil {
		p, err := h.center.Provider(c.Request.Context(), id)
		if !errors.Is(err, assess.ErrNotFound) {
			return p.SignOn, err
		}
	}
	return h.center.OnlySignOn(c.Request.Context())
}

// showSignIn shows the sign-in page, with the provider's button where there is one.
func (h recruiter) showSignIn(c *gin.Context, status int, p signInPage) error {
	s, err := h.providerFor(c)
	switch {
	case err == nil:
		p.Provider = &providerDoor{Name: s.Name, Address: doorOf(s)}
		if p.Next != "" {
			p.Provider.Address += "?" + url.Values{"next": {p.Next}}.Encode()
		}
	case !errors.Is(err, assess.ErrNotFound):
		return err
	}
	return h.render(c, status, "recruiter/signin", p)
}

// refused shows the sign-in page with the reason somebody was not let in.
func (h recruiter) refused(c *gin.Context, why assess.Error, next string) error {
	return h.showSignIn(c, statuses[why], signInPage{Form: signInForm(), Next: next, Problem: h.sayer(c).say("error." + string(why))})
}

func (h recruiter) tooMany(c *gin.Context) error {
	return h.showSignIn(c, http.StatusTooManyRequests, signInPage{Form: signInForm(),
		Problem: h.sayer(c).say("signin.too_many", "minutes", int(triesWindow.Minutes()))})
}

// wayIn reads whose provider is meant; an organization without one is not found,
// like one that is not there.
func (h recruiter) wayIn(c *gin.Context) (assess.Provider, error) {
	id, err := assess.ParseID(assess.OrganizationID, c.Param("organization"))
	if err != nil {
		return assess.Provider{}, err
	}
	return h.center.Provider(c.Request.Context(), id)
}

// startSignOn sends the reader to the organization's provider.
func (h recruiter) startSignOn(tries throttle) handler {
	return func(c *gin.Context) error {
		next := c.Query("next")
		if next != "" && !local(next) {
			return errBadRequest
		}
		if tries.crowded(c) {
			return h.tooMany(c)
		}
		known, err := h.wayIn(c)
		if err != nil {
			return err
		}
		p, err := h.oidc.of(c.Request.Context(), known.Issuer, h.center.Now())
		if err != nil {
			return h.distrust(c, known, next, err)
		}
		flow, cookie, err := h.center.StartSignOn(known.Organization, next)
		if err != nil {
			return err
		}
		h.setCookie(c, signOnCookie, cookie, assess.SignOnLasts)
		client := h.providerClient(p, known)
		return redirect(c, client.AuthCodeURL(flow.State, oidc.Nonce(flow.Nonce), oauth2.S256ChallengeOption(flow.Verifier)))
	}
}

// distrust tells the reader that the provider failed; what exactly failed is for the
// log alone.
func (h recruiter) distrust(c *gin.Context, known assess.Provider, next string, why error) error {
	h.log.Warn("identity provider", "request", requestID(c), "issuer", known.Issuer, "error", why)
	if err := h.center.RefuseSignOn(c.Request.Context(), known.Organization, assess.ErrProvider); err != nil {
		return err
	}
	return h.refused(c, assess.ErrProvider, next)
}

// returnSignOn lets in whom the provider vouches for.
func (h recruiter) returnSignOn(tries throttle) handler {
	return func(c *gin.Context) error {
		if tries.crowded(c) {
			return h.tooMany(c)
		}
		known, err := h.wayIn(c)
		if err != nil {
			return err
		}
		flow, err := h.center.ReturnSignOn(h.cookie(c, signOnCookie), known.Organization, c.Query("state"))
		if err != nil {
			return h.refused(c, assess.ErrSignOn, "")
		}
		h.dropCookie(c, signOnCookie)
		if iss := c.Query("iss"); iss != "" && iss != known.Issuer {
			return h.distrust(c, known, flow.Next, errors.New("another issuer answered"))
		}
		if c.Query("error") != "" || c.Query("code") == "" {
			return h.distrust(c, known, flow.Next, errors.New("the provider let nobody in"))
		}
		who, err := h.identify(c.Request.Context(), known, flow, c.Query("code"))
		if err != nil {
			return h.distrust(c, known, flow.Next, err)
		}
		session, err := h.center.SignInByProvider(c.Request.Context(), known.Organization, who)
		for _, why := range []assess.Error{assess.ErrProvider, assess.ErrUnverified, assess.ErrNoMember, assess.ErrOtherIdentity} {
			if errors.Is(err, why) {
				return h.refused(c, why, flow.Next)
			}
		}
		if err != nil {
			return err
		}
		h.setCookie(c, houseCookie, c.Param("organization"), houseRemembered)
		return h.keepEntry(c, assess.Entry{Session: session}, flow.Next)
	}
}

// houseRemembered is for how long a browser's sign-in page offers the provider last
// used in it.
const houseRemembered = 180 * 24 * time.Hour

type signInSettingsPage struct {
	desk
	Done           string
	Set            bool
	Form           form
	PasswordOff    bool
	Door, Callback string
	Required       bool // A second factor, of every member.
}

func signOnForm(s assess.SignOn) form {
	secret := field{Name: "client_secret", Label: "signon.field.client_secret", Hint: "signon.hint.client_secret", Type: "password", Autocomplete: "off", Required: s.Issuer == ""}
	if s.Issuer != "" {
		secret.Hint = "signon.hint.client_secret.kept"
	}
	return form{Fields: []field{
		{Name: "name", Label: "signon.field.name", Hint: "signon.hint.name", Autocomplete: "off", Required: true, Value: s.Name},
		{Name: "issuer", Label: "signon.field.issuer", Hint: "signon.hint.issuer", Type: "url", Autocomplete: "off", Required: true, Value: s.Issuer},
		{Name: "client_id", Label: "signon.field.client_id", Autocomplete: "off", Required: true, Value: s.ClientID},
		secret,
		{Name: "password_off", Label: "signon.field.password_off"},
	}}
}

// signInSettings shows how members sign in.
func (h recruiter) signInSettings(c *gin.Context) error {
	s, err := h.center.SignOn(c.Request.Context(), actor(c))
	if err != nil && !errors.Is(err, assess.ErrNotFound) {
		return err
	}
	p := signInSettingsPage{Set: err == nil, Form: signOnForm(s), PasswordOff: s.PasswordOff}
	switch done := c.Query("done"); done {
	case "set", "removed":
		p.Done = h.sayer(c).say("signon." + done + ".done")
	}
	return h.showSignInSettings(c, http.StatusOK, p)
}

func (h recruiter) showSignInSettings(c *gin.Context, status int, p signInSettingsPage) error {
	var err error
	if p.Required, err = h.center.FactorRequired(c.Request.Context(), actor(c)); err != nil {
		return err
	}
	here := assess.SignOn{Organization: actor(c).Organization}
	p.desk, p.Callback = deskAt(c, "settings"), h.callbackOf(here)
	p.Door = h.cfg.PublicURL.JoinPath(doorOf(here)).String()
	return h.render(c, status, "recruiter/signin_settings", p)
}

// setSignOn keeps the provider, once it has said who it is.
func (h recruiter) setSignOn(c *gin.Context) error {
	ctx, by := c.Request.Context(), actor(c)
	in := assess.NewSignOn{Name: c.PostForm("name"), Issuer: c.PostForm("issuer"), ClientID: c.PostForm("client_id"),
		Secret: c.PostForm("client_secret"), PasswordOff: c.PostForm("password_off") == "yes"}
	err := h.center.CheckSignOn(by, &in)
	if err == nil {
		if _, asked := h.oidc.of(ctx, in.Issuer, h.center.Now()); asked != nil {
			h.log.Warn("identity provider", "request", requestID(c), "issuer", in.Issuer, "error", asked)
			err = assess.FieldErrors{{Field: "issuer", Word: assess.WordProvider}}
		}
	}
	if err == nil {
		err = h.center.SetSignOn(ctx, by, in)
	}
	if texts := h.fieldTexts(c, err); texts != nil {
		kept, err := h.center.SignOn(ctx, by)
		if err != nil && !errors.Is(err, assess.ErrNotFound) {
			return err
		}
		return h.showSignInSettings(c, http.StatusBadRequest, signInSettingsPage{
			Set: err == nil, Form: signOnForm(kept).filled(c.Request.PostForm).faulty(texts), PasswordOff: in.PasswordOff})
	}
	if err != nil {
		return err
	}
	return redirect(c, "/settings/signin?done=set")
}

// removeSignOn takes the provider away.
func (h recruiter) removeSignOn(c *gin.Context) error {
	if err := h.center.RemoveSignOn(c.Request.Context(), actor(c)); err != nil {
		return err
	}
	return redirect(c, "/settings/signin?done=removed")
}
