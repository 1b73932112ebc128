package web

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/web/chart"
)

// keepEntry leaves what a first proof has brought with the browser, and leads on: to
// where the reader wanted, or to the second factor.
func (h recruiter) keepEntry(c *gin.Context, e assess.Entry, next string) error {
	if e.Step != "" {
		h.setCookie(c, stepCookie, e.Step, assess.StepLasts)
		to := "/signin/second"
		if next != "" {
			to += "?" + url.Values{"next": {next}}.Encode()
		}
		return redirect(c, to)
	}
	h.keepSession(c, e.Session)
	if next == "" {
		next = "/"
	}
	return redirect(c, next)
}

type secondPage struct {
	desk
	Form    form
	Next    string
	Problem string
	Kinds   []assess.FactorKind
}

// Has reports whether the member has a factor of that kind.
func (p secondPage) Has(kind assess.FactorKind) bool { return slices.Contains(p.Kinds, kind) }

func secondForm() form {
	return form{Fields: []field{{Name: "code", Label: "factor.field.code", Hint: "factor.hint.code", Autocomplete: "one-time-code", Required: true}}}
}

// second asks for the second factor.
func (h recruiter) second(c *gin.Context) error {
	next := c.Query("next")
	if next != "" && !local(next) {
		return errBadRequest
	}
	return h.showSecond(c, http.StatusOK, secondPage{Form: secondForm(), Next: next})
}

func (h recruiter) showSecond(c *gin.Context, status int, p secondPage) error {
	kinds, err := h.center.StepFactors(c.Request.Context(), h.cookie(c, stepCookie))
	if errors.Is(err, assess.ErrStep) {
		return h.refused(c, assess.ErrStep, p.Next)
	}
	if err != nil {
		return err
	}
	p.Kinds = kinds
	return h.render(c, status, "recruiter/second", p)
}

// proveSecond takes a second factor: a code, or what the browser's passkey has signed.
func (h recruiter) proveSecond(tries throttle, prove func(c *gin.Context, step string) (assess.Session, error)) handler {
	return func(c *gin.Context) error {
		next := c.PostForm("next")
		if next != "" && !local(next) {
			return errBadRequest
		}
		if tries.crowded(c) {
			return h.tooMany(c)
		}
		session, err := prove(c, h.cookie(c, stepCookie))
		p := secondPage{Form: secondForm(), Next: next}
		switch {
		case errors.Is(err, assess.ErrStep):
			return h.refused(c, assess.ErrStep, next)
		case errors.Is(err, assess.ErrTooManyTries):
			p.Problem = h.sayer(c).say("error." + string(assess.ErrTooManyTries))
			return h.showSecond(c, http.StatusTooManyRequests, p)
		case errors.Is(err, assess.ErrWrongCode):
			p.Form = p.Form.faulty(map[string]string{"code": h.sayer(c).say("error." + string(assess.ErrWrongCode))})
			return h.showSecond(c, http.StatusUnauthorized, p)
		case errors.Is(err, assess.ErrPasskey):
			p.Problem = h.sayer(c).say("error." + string(assess.ErrPasskey))
			return h.showSecond(c, http.StatusUnauthorized, p)
		case err != nil:
			return err
		}
		h.dropCookie(c, stepCookie)
		return h.keepEntry(c, assess.Entry{Session: session}, next)
	}
}

func (h recruiter) byCode(c *gin.Context, step string) (assess.Session, error) {
	return h.center.SignInByCode(c.Request.Context(), step, c.PostForm("code"))
}

type factorsPage struct {
	desk
	Done, Problem string
	Factors       []factorView
	Codes         int      // Recovery codes that are left,
	Fresh         []string // and those that were just made, shown this once.
	App           *appView
	AppCode       form
	Renew, Remove form
	Passkeys      bool // Browsers take them for this server.
	Passkey       form
	Unproved      map[string]string // What is wrong with the proof that lets another factor in, by field.
}

// Wrong lists what is wrong in any of the forms.
func (p factorsPage) Wrong() []field {
	return slices.Concat(p.AppCode.Wrong(), p.Passkey.Wrong(), p.Renew.Wrong(), p.Remove.Wrong())
}

type factorView struct {
	assess.Factor
	ID string
}

// appView is an app that is being set up.
type appView struct {
	Secret  string
	Picture template.HTML
}

func codeForm(name string) form {
	return form{Fields: []field{{Name: name, Label: "factor.field.code", Hint: "factor.hint.code", Autocomplete: "one-time-code", Required: true}}}
}

// appForm asks for the first code of an app that is being set up.
func appForm() form {
	return form{Fields: []field{{Name: "app_code", Label: "factor.field.app_code", Autocomplete: "one-time-code", Required: true}}}
}

// proof asks for a code of a factor in use, before another is let in.
func (p factorsPage) proof(name string) field {
	return field{Name: name, Label: "factor.field.proof", Hint: "factor.hint.code", Autocomplete: "one-time-code", Required: true, Error: p.Unproved[name]}
}

// factors shows the member's own second factors.
func (h recruiter) factors(c *gin.Context) error {
	p := factorsPage{}
	if done := c.Query("done"); done == "removed" {
		p.Done = h.sayer(c).say("factor." + done + ".done")
	}
	return h.showFactors(c, http.StatusOK, p)
}

func (h recruiter) showFactors(c *gin.Context, status int, p factorsPage) error {
	all, codes, err := h.center.Factors(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	p.desk, p.Codes = deskAt(c, "settings"), codes
	p.Passkeys = h.center.PasskeysPossible()
	if p.Passkey.Fields == nil {
		p.Passkey = passkeyForm()
	}
	if len(all) > 0 {
		p.AppCode.Fields = append(p.AppCode.Fields, p.proof("app_proof"))
		p.Passkey.Fields = append(p.Passkey.Fields, p.proof("passkey_proof"))
	}
	say := h.sayer(c)
	var choices []choice
	for _, f := range all {
		v := factorView{Factor: f, ID: assess.FormatID(assess.FactorID, f.ID)}
		if v.Name == "" {
			v.Name = say.say("factor." + string(f.Kind))
		}
		p.Factors = append(p.Factors, v)
		choices = append(choices, choice{Value: v.ID, Text: v.Name})
	}
	if p.Renew.Fields == nil {
		p.Renew = codeForm("renew_code")
	}
	if p.Remove.Fields == nil {
		p.Remove = codeForm("remove_code")
	}
	which := field{Name: "factor", Label: "factor.field.factor", Required: true, Choices: choices}
	if len(choices) > 0 {
		which.Value = choices[0].Value
	}
	p.Remove.Fields = append([]field{which}, p.Remove.Fields...)
	return h.render(c, status, "recruiter/factors", p)
}

// showApp shows the secret of an app that is being set up.
func (h recruiter) showApp(c *gin.Context, status int, p factorsPage) error {
	app, err := h.center.StartCodeApp(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	picture, err := chart.QR(app.Address, h.sayer(c).say("factor.qr"))
	if err != nil {
		return err
	}
	p.App = &appView{Secret: grouped(app.Secret), Picture: picture}
	if p.AppCode.Fields == nil {
		p.AppCode = appForm()
	}
	return h.showFactors(c, status, p)
}

// grouped puts spaces into a secret that is typed by hand.
func grouped(secret string) string {
	var groups []string
	for part := range slices.Chunk([]byte(secret), 4) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, " ")
}

// startApp begins to set up an app.
func (h recruiter) startApp(c *gin.Context) error { return h.showApp(c, http.StatusOK, factorsPage{}) }

// wrongCode says in a form what is wrong with a code; ok is false when the error is
// about something else.
func (h recruiter) wrongCode(c *gin.Context, f form, err error) (wrong form, problem string, status int, ok bool) {
	say := h.sayer(c)
	switch {
	case errors.Is(err, assess.ErrTooManyTries):
		return f, say.say("error." + string(assess.ErrTooManyTries)), http.StatusTooManyRequests, true
	case errors.Is(err, assess.ErrWrongCode):
		return f.faulty(map[string]string{f.Fields[0].Name: say.say("error." + string(assess.ErrWrongCode))}), "", http.StatusBadRequest, true
	}
	return f, "", 0, false
}

// confirmApp makes the app a factor, and shows the recovery codes this once.
func (h recruiter) confirmApp(c *gin.Context) error {
	session, codes, err := h.center.ConfirmCodeApp(c.Request.Context(), actor(c), c.PostForm("app_code"), c.PostForm("app_proof"))
	if texts := h.fieldTexts(c, err); texts != nil {
		return h.showApp(c, http.StatusBadRequest, factorsPage{Unproved: map[string]string{"app_proof": texts["proof"]}})
	}
	if f, problem, status, ok := h.wrongCode(c, appForm(), err); ok {
		return h.showApp(c, status, factorsPage{AppCode: f, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.factorAdded(c, session, codes)
}

// factorAdded keeps the session that replaces the present one, and shows the recovery
// codes that were made.
func (h recruiter) factorAdded(c *gin.Context, s assess.Session, codes []string) error {
	h.keepSession(c, s)
	c.Set(memberKey, s.Member) // who is no longer asked to set one up
	return h.showFactors(c, http.StatusOK, factorsPage{Fresh: codes, Done: h.sayer(c).say("factor.added.done")})
}

// renewCodes makes new recovery codes.
func (h recruiter) renewCodes(c *gin.Context) error {
	codes, err := h.center.RenewRecoveryCodes(c.Request.Context(), actor(c), c.PostForm("renew_code"))
	if f, problem, status, ok := h.wrongCode(c, codeForm("renew_code"), err); ok {
		return h.showFactors(c, status, factorsPage{Renew: f, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.showFactors(c, http.StatusOK, factorsPage{Fresh: codes})
}

// removeFactor takes one of the member's own factors away.
func (h recruiter) removeFactor(c *gin.Context) error {
	id, err := assess.ParseID(assess.FactorID, c.PostForm("factor"))
	if err != nil {
		return err
	}
	err = h.center.RemoveFactor(c.Request.Context(), actor(c), id, c.PostForm("remove_code"))
	if f, problem, status, ok := h.wrongCode(c, codeForm("remove_code"), err); ok {
		return h.showFactors(c, status, factorsPage{Remove: f, Problem: problem})
	}
	if err != nil {
		return err
	}
	return redirect(c, "/settings/factors?done=removed")
}

// requireFactor sets whether the organization asks for a second factor.
func (h recruiter) requireFactor(c *gin.Context) error {
	if err := h.center.RequireFactor(c.Request.Context(), actor(c), c.PostForm("required") == "yes"); err != nil {
		return err
	}
	return redirect(c, "/settings/signin?done=set")
}
