package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// aboutPage tells who asks, what is measured, what rights there are and what the
// job is like, and asks for consent.
type aboutPage struct {
	Room        room
	Assessment  string
	Contact     string
	Qualities   []questions.Quality
	Items       int
	Minutes     int
	Pay         string
	Boxes       []string // Names of the consent boxes, none ticked beforehand.
	Consented   bool
	MayWithdraw bool
	Problem     string
}

// consentBoxes are the purposes a candidate agrees to, one box each.
var consentBoxes = []string{"assessment", "sharing"}

func (h candidate) about(c *gin.Context) error {
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	return h.showAbout(c, http.StatusOK, s, "")
}

func (h candidate) showAbout(c *gin.Context, status int, s assess.Sitting, problem string) error {
	p := h.aboutPage(s)
	p.Problem = problem
	return h.render(c, status, "candidate/about", p)
}

func (h candidate) aboutPage(s assess.Sitting) aboutPage {
	return aboutPage{
		Room: h.room(s), Assessment: s.Assessment.In(s.Language), Contact: s.Contact,
		Qualities: questions.Qualities, Items: len(s.Form.Items), Minutes: s.Minutes,
		Pay: s.Pay.In(s.Language), Boxes: consentBoxes,
		Consented: s.State != assess.Opened, MayWithdraw: !s.Ended(),
	}
}

func (h candidate) language(c *gin.Context) error {
	l := questions.Lang(c.PostForm("language"))
	if !known(l) {
		return assess.FieldErrors{{Field: "language", Word: assess.WordUnknown}}
	}
	if err := h.center.SetSittingLanguage(c.Request.Context(), seat(c), l); err != nil {
		return err
	}
	h.setCookie(c, langCookie, string(l), seatKept)
	return redirect(c, "/sit")
}

// consent keeps what was agreed to: both boxes, and a hash of the very text that
// stood above them.
func (h candidate) consent(c *gin.Context) error {
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	for _, box := range consentBoxes {
		if s.State == assess.Opened && c.PostForm(box) != "yes" {
			return h.showAbout(c, http.StatusUnprocessableEntity, s, "candidate.consent.missing")
		}
	}
	notice, err := h.execute(s.Language, "candidate/about", "notice", h.aboutPage(s))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(notice)
	err = h.center.Consent(c.Request.Context(), seat(c), assess.Consent{NoticeHash: "sha256:" + hex.EncodeToString(sum[:])})
	if err != nil {
		return err
	}
	return redirect(c, "/sit")
}

func (h candidate) withdraw(c *gin.Context) error {
	if c.PostForm("confirm") != "yes" {
		return redirect(c, "/sit/about")
	}
	if err := h.center.Withdraw(c.Request.Context(), seat(c)); err != nil {
		return err
	}
	return redirect(c, "/sit/done")
}
