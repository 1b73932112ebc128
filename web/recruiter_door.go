package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/httprate"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// How often a password may be tried, for one address from one place and for any
// address from one place. A whole office may share the second.
const (
	triesPerAddress = 10
	triesPerPlace   = 60
	triesWindow     = 15 * time.Minute
)

// throttle slows down guessing. It counts by place, so that nobody can lock
// another person out from elsewhere.
type throttle struct {
	address, place *httprate.RateLimiter
}

func newThrottle() throttle {
	return throttle{
		address: httprate.NewRateLimiter(triesPerAddress, triesWindow),
		place:   httprate.NewRateLimiter(triesPerPlace, triesWindow),
	}
}

// full counts a try and reports whether there were too many; it then sets
// Retry-After.
func (t throttle) full(c *gin.Context, email string) bool {
	place := c.ClientIP()
	return t.place.OnLimit(c.Writer, c.Request, place) ||
		t.address.OnLimit(c.Writer, c.Request, place+" "+strings.ToLower(strings.TrimSpace(email)))
}

// crowded counts a try from a place, whoever it is for.
func (t throttle) crowded(c *gin.Context) bool {
	return t.place.OnLimit(c.Writer, c.Request, c.ClientIP())
}

type signInPage struct {
	desk
	Form     form
	Next     string
	Problem  string
	Provider *providerDoor
}

func signInForm() form {
	return form{Fields: []field{
		{Name: "email", Label: "signin.field.email", Type: "email", Autocomplete: "username", Required: true},
		{Name: "password", Label: "signin.field.password", Type: "password", Autocomplete: "current-password", Required: true},
	}}
}

// signin shows the form; next is the page that was wanted.
func (h recruiter) signin(c *gin.Context) error {
	next := c.Query("next")
	if next != "" && !local(next) {
		return errBadRequest
	}
	return h.showSignIn(c, http.StatusOK, signInPage{Form: signInForm(), Next: next})
}

// signIn opens a session. A wrong address and a wrong password look the same.
func (h recruiter) signIn(tries throttle) handler {
	return func(c *gin.Context) error {
		next := c.PostForm("next")
		if next != "" && !local(next) {
			return errBadRequest
		}
		email := c.PostForm("email")
		page := signInPage{Form: signInForm().filled(c.Request.PostForm), Next: next}
		if tries.full(c, email) {
			page.Problem = h.sayer(c).say("signin.too_many", "minutes", int(triesWindow.Minutes()))
			return h.showSignIn(c, http.StatusTooManyRequests, page)
		}
		entry, err := h.center.SignIn(c.Request.Context(), email, c.PostForm("password"))
		if errors.Is(err, assess.ErrWrongPassword) {
			page.Problem = h.sayer(c).say("signin.wrong")
			return h.showSignIn(c, http.StatusUnauthorized, page)
		}
		if errors.Is(err, assess.ErrPasswordOff) {
			return h.refused(c, assess.ErrPasswordOff, next)
		}
		if err != nil {
			return err
		}
		return h.keepEntry(c, entry, next)
	}
}

type signInLinkPage struct {
	desk
	Gone bool
}

// signinLink shows a one-time link without using it up: mail scanners open links
// before people do.
func (h recruiter) signinLink(c *gin.Context) error {
	err := h.center.DoorKnown(c.Request.Context(), assess.DoorSignIn, c.Param("token"))
	return h.oneTime(c, err)
}

// signInByLink uses the link up.
func (h recruiter) signInByLink(c *gin.Context) error {
	entry, err := h.center.SignInByLink(c.Request.Context(), c.Param("token"))
	if err != nil {
		return h.oneTime(c, err)
	}
	return h.keepEntry(c, entry, "")
}

func (h recruiter) oneTime(c *gin.Context, err error) error {
	switch {
	case err == nil:
		return h.render(c, http.StatusOK, "recruiter/signin_link", signInLinkPage{})
	case errors.Is(err, assess.ErrLinkUnknown), errors.Is(err, assess.ErrLinkExpired):
		return h.render(c, faultOf(err).Status, "recruiter/signin_link", signInLinkPage{Gone: true})
	}
	return err
}

// signOut ends the session here and on the server.
func (h recruiter) signOut(c *gin.Context) error {
	if err := h.center.SignOut(c.Request.Context(), h.cookie(c, sessionCookie)); err != nil {
		return err
	}
	h.dropCookie(c, sessionCookie)
	return redirect(c, "/signin")
}

type setUpPage struct {
	desk
	Form form
}

func setUpForm(l questions.Lang) form {
	return form{Fields: []field{
		{Name: "name", Label: "setup.field.name", Hint: "setup.hint.name", Autocomplete: "organization", Required: true},
		{Name: "language", Label: "setup.field.language", Required: true, Choices: languageChoices, Value: string(l)},
		{Name: "owner_name", Label: "setup.field.owner_name", Autocomplete: "name", Required: true},
		{Name: "email", Label: "setup.field.email", Type: "email", Autocomplete: "username", Required: true},
		{Name: "password", Label: "setup.field.password", Hint: "setup.hint.password", Type: "password", Autocomplete: "new-password", Required: true},
	}}
}

// setup shows the form of the first start.
func (h recruiter) setup(c *gin.Context) error {
	if err := h.center.DoorKnown(c.Request.Context(), assess.DoorSetUp, c.Param("token")); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, "recruiter/setup", setUpPage{Form: setUpForm(lang(c))})
}

// setUp makes the organization and its owner, and signs the owner in.
func (h recruiter) setUp(c *gin.Context) error {
	session, err := h.center.SetUp(c.Request.Context(), c.Param("token"), assess.NewOrganization{
		Name:      c.PostForm("name"),
		Language:  questions.Lang(c.PostForm("language")),
		OwnerName: c.PostForm("owner_name"),
		Email:     c.PostForm("email"),
		Password:  c.PostForm("password"),
	})
	if texts := h.fieldTexts(c, err); texts != nil {
		return h.render(c, http.StatusBadRequest, "recruiter/setup",
			setUpPage{Form: setUpForm(lang(c)).filled(c.Request.PostForm).faulty(texts)})
	}
	if err != nil {
		return err
	}
	h.keepSession(c, session)
	return redirect(c, "/")
}
