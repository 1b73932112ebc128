package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

// askedOfBrowser is what a page's script hands to the browser, and the step its answer
// belongs to.
type askedOfBrowser struct {
	Step    string          `json:"step,omitempty"`
	Options json.RawMessage `json:"options"`
}

func passkeyForm() form {
	return form{Fields: []field{{Name: "passkey_name", Label: "factor.field.passkey_name", Hint: "factor.hint.passkey_name", Autocomplete: "off", Required: true}}}
}

// startPasskey tells the page what to ask the browser for.
func (h recruiter) startPasskey(c *gin.Context) error {
	options, step, err := h.center.StartPasskey(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, askedOfBrowser{step, options})
	return nil
}

// addPasskey keeps what the browser has made.
func (h recruiter) addPasskey(c *gin.Context) error {
	session, codes, err := h.center.AddPasskey(c.Request.Context(), actor(c), c.PostForm("step"), c.PostForm("passkey_name"), []byte(c.PostForm("response")), c.PostForm("passkey_proof"))
	asked := passkeyForm().filled(c.Request.PostForm)
	if texts := h.fieldTexts(c, err); texts != nil {
		return h.showFactors(c, http.StatusBadRequest, factorsPage{Passkey: asked.faulty(texts), Unproved: map[string]string{"passkey_proof": texts["proof"]}})
	}
	if f, problem, status, ok := h.wrongCode(c, asked, err); ok {
		return h.showFactors(c, status, factorsPage{Passkey: f, Problem: problem})
	}
	if errors.Is(err, assess.ErrPasskey) || errors.Is(err, assess.ErrStep) {
		return h.showFactors(c, http.StatusBadRequest, factorsPage{Problem: h.sayer(c).say("error." + string(assess.ErrPasskey))})
	}
	if err != nil {
		return err
	}
	return h.factorAdded(c, session, codes)
}

// askPasskey tells the page at the second factor what to ask the browser for.
func (h recruiter) askPasskey(c *gin.Context) error {
	options, err := h.center.AskPasskey(c.Request.Context(), h.cookie(c, stepCookie))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, askedOfBrowser{Options: options})
	return nil
}

func (h recruiter) byPasskey(c *gin.Context, step string) (assess.Session, error) {
	return h.center.SignInByPasskey(c.Request.Context(), step, []byte(c.PostForm("response")))
}
