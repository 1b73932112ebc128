package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

type erasePage struct {
	desk
	ID, Name, Email, Candidate string
	Wrong                      bool
}

// confirmErase says what erasing means and asks once more.
func (h recruiter) confirmErase(c *gin.Context) error {
	if !actor(c).Can(assess.Erasing) {
		return assess.ErrForbidden
	}
	inv, err := h.invitationOf(c)
	if err != nil {
		return err
	}
	return h.showErase(c, http.StatusOK, inv, false)
}

func (h recruiter) showErase(c *gin.Context, status int, inv assess.Invitation, wrong bool) error {
	return h.render(c, status, "recruiter/erase", erasePage{desk: deskAt(c, "candidates"), ID: assess.FormatID(assess.InvitationID, inv.ID),
		Name: inv.Candidate.Name, Email: inv.Candidate.Email, Candidate: assess.FormatID(assess.CandidateID, inv.Candidate.ID), Wrong: wrong})
}

// erase forgets the candidate of an invitation, once the box is ticked.
func (h recruiter) erase(c *gin.Context) error {
	if !actor(c).Can(assess.Erasing) {
		return assess.ErrForbidden
	}
	inv, err := h.invitationOf(c)
	if err != nil {
		return err
	}
	if c.PostForm("confirm") != "yes" {
		return h.showErase(c, http.StatusBadRequest, inv, true)
	}
	if err := h.center.Erase(c.Request.Context(), actor(c), inv.Candidate.ID); err != nil {
		return err
	}
	return redirect(c, "/candidates?done=erased")
}
