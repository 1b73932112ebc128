package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type invitePage struct {
	desk
	NoAssessment bool
	Form         form
	Once         string // Makes a form sent twice one invitation.
	Mail         bool   // The box "send by mail" is ticked.
}

// invite asks whom to invite, and to what.
func (h recruiter) invite(c *gin.Context) error {
	if !actor(c).Can(assess.Inviting) {
		return assess.ErrForbidden
	}
	f, err := h.inviteForm(c)
	if err != nil {
		return err
	}
	return h.showInvite(c, http.StatusOK, f, rand.Text())
}

func (h recruiter) showInvite(c *gin.Context, status int, f form, once string) error {
	return h.render(c, status, "recruiter/invite", invitePage{
		desk: deskAt(c, "candidates"), NoAssessment: len(f.Field("assessment").Choices) == 0, Form: f, Once: once, Mail: c.PostForm("mail") != "",
	})
}

func (h recruiter) inviteForm(c *gin.Context) (form, error) {
	offered, err := h.center.Assessments(c.Request.Context(), actor(c))
	if err != nil {
		return form{}, err
	}
	say := h.sayer(c)
	var published, times []choice
	for _, a := range offered {
		if a.State == assess.Published {
			published = append(published, choice{Value: assess.FormatID(assess.AssessmentID, a.ID), Text: say.text(a.Title)})
		}
	}
	for _, t := range assess.ExtraTimes {
		times = append(times, choice{Value: strconv.Itoa(t), Text: say.say("extra_time." + strconv.Itoa(t))})
	}
	first := "" // what a browser would send of a list nobody touched
	if len(published) > 0 {
		first = published[0].Value
	}
	languages := append([]choice{{Value: "", Text: say.say("language.any")}}, languageChoices...)
	return form{Fields: []field{
		{Name: "name", Label: "invite.field.name", Autocomplete: "off", Required: true},
		{Name: "email", Label: "invite.field.email", Hint: "invite.hint.email", Type: "email", Autocomplete: "off"},
		{Name: "assessment", Label: "invite.field.assessment", Required: true, Choices: published, Value: first},
		{Name: "language", Label: "invite.field.language", Hint: "invite.hint.language", Required: true, Choices: languages},
		{Name: "extra_time", Label: "invite.field.extra_time", Hint: "invite.hint.extra_time", Required: true, Choices: times, Value: "100"},
		{Name: "reference", Label: "invite.field.reference", Hint: "invite.hint.reference", Autocomplete: "off"},
	}}, nil
}

// inviteOne makes the invitation and shows its link.
func (h recruiter) inviteOne(c *gin.Context) error {
	order, err := orderOf(c)
	var inv assess.Invitation
	if err == nil {
		inv, err = h.center.Invite(c.Request.Context(), actor(c), order)
	}
	if texts := h.fieldTexts(c, err); texts != nil {
		f, err := h.inviteForm(c)
		if err != nil {
			return err
		}
		return h.showInvite(c, http.StatusBadRequest, f.filled(c.Request.PostForm).faulty(texts), c.PostForm("once"))
	}
	if err != nil {
		return err
	}
	return redirect(c, "/candidates/"+assess.FormatID(assess.InvitationID, inv.ID)+"?done=made")
}

func orderOf(c *gin.Context) (assess.Order, error) {
	o := assess.Order{
		Name:      c.PostForm("name"),
		Email:     c.PostForm("email"),
		Language:  questions.Lang(c.PostForm("language")),
		Reference: c.PostForm("reference"),
		Mail:      c.PostForm("mail") != "",
	}
	if o.Mail && strings.TrimSpace(o.Email) == "" {
		return o, assess.FieldErrors{{Field: "email", Word: assess.WordRequired}}
	}
	var err error
	if o.AssessmentID, err = assess.ParseID(assess.AssessmentID, c.PostForm("assessment")); err != nil {
		return o, assess.FieldErrors{{Field: "assessment", Word: assess.WordUnknown}}
	}
	if o.ExtraTime, err = strconv.Atoi(c.PostForm("extra_time")); err != nil {
		return o, assess.FieldErrors{{Field: "extra_time", Word: assess.WordUnknown}}
	}
	// The same page sent twice is one order; changed in between, it is another.
	said := []string{c.PostForm("once"), o.Name, o.Email, o.AssessmentID.String(), string(o.Language), c.PostForm("extra_time"), o.Reference, c.PostForm("mail")}
	sum := sha256.Sum256([]byte(strings.Join(said, "\x00")))
	o.Fingerprint = hex.EncodeToString(sum[:])
	o.IdempotencyKey = "page-" + o.Fingerprint
	return o, nil
}
