package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

// voluntaryPage asks, after the test, what the candidate may also leave unsaid.
type voluntaryPage struct {
	Room       room
	Given      bool
	Attributes []assess.Attribute
	Problem    string // A text's key.
	Chosen     map[string]string
}

// voluntaryTexts are what a candidate agrees to by answering; their hash is kept with
// the answer.
var voluntaryTexts = []string{"voluntary.purpose", "voluntary.who", "voluntary.back", "voluntary.consent"}

func (h candidate) voluntary(c *gin.Context) error {
	return h.showVoluntary(c, http.StatusOK, "", assess.Demographics{})
}

func (h candidate) showVoluntary(c *gin.Context, status int, problem string, d assess.Demographics) error {
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	if s.State != assess.Submitted && s.State != assess.Expired {
		return redirect(c, "/sit")
	}
	given, err := h.center.DemographicsGiven(c.Request.Context(), seat(c))
	if err != nil {
		return err
	}
	return h.render(c, status, "candidate/voluntary", voluntaryPage{Room: h.room(s), Given: given, Attributes: assess.Attributes, Problem: problem,
		Chosen: map[string]string{"sex": d.Sex, "age": d.Age}})
}

// saidOfOneself keeps what was said, takes it back, or lets it be: to say nothing is as
// good an answer as any.
func (h candidate) saidOfOneself(c *gin.Context) error {
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if c.PostForm("take_back") == "yes" {
		if err := h.center.TakeBackDemographics(ctx, seat(c)); err != nil {
			return err
		}
		return redirect(c, "/sit/voluntary")
	}
	d := assess.Demographics{Sex: c.PostForm("sex"), Age: c.PostForm("age")}
	if c.PostForm("skip") == "yes" || d == (assess.Demographics{}) {
		return redirect(c, "/sit/done")
	}
	var consent assess.Consent
	if c.PostForm("consent") == "yes" {
		if consent.NoticeHash, err = h.voluntaryHash(s); err != nil {
			return err
		}
	}
	switch err := h.center.GiveDemographics(ctx, seat(c), d, consent); {
	case errors.Is(err, assess.ErrConsentNeeded):
		return h.showVoluntary(c, http.StatusBadRequest, "voluntary.consent.needed", d)
	case err != nil:
		return err
	}
	return redirect(c, "/sit/voluntary")
}

func (h candidate) voluntaryHash(s assess.Sitting) (string, error) {
	sum := sha256.New()
	for _, key := range voluntaryTexts {
		text, err := h.wordsNow().text(s.Language, key)
		if err != nil {
			return "", err
		}
		sum.Write([]byte(text + "\n"))
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}
