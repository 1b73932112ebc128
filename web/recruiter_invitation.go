package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/chart"
)

type invitationPage struct {
	desk
	ID, Name, Email     string
	Stage               assess.Stage
	Assessment          questions.Text
	Language            string
	ExtraTime           int
	Reference           string
	Answered, Items     int
	Notice              string
	Link                string // Empty where it leads nowhere any more, or is none of the member's business.
	Expires             assess.Time
	Steps               []step
	Report              bool
	CanRenew, CanCancel bool
	CanMail             bool
	Mailed              *mailedView
	Told                *toldView
}

// mailedView says what became of the last letter.
type mailedView struct {
	Text string
	Bad  bool
}

// toldView is what the system an invitation was ordered through has been told.
type toldView struct {
	ID, Name string
	Rows     []tellingView
}

// step is one station of a candidate's way.
type step struct {
	Stage assess.Stage
	State string // done, now or next.
	At    assess.Time
}

// way is what an invitation passes through when nothing ends it early.
var way = []assess.Stage{assess.StageInvited, assess.StageOpened, assess.StageConsented, assess.StageStarted, assess.StageSubmitted}

// underWay reports whether the candidate may still come or come back.
func underWay(s assess.Stage) bool {
	i := slices.Index(way, s)
	return i >= 0 && i < len(way)-1
}

// invitation shows one invitation: its link, its state and what can be changed.
func (h recruiter) invitation(c *gin.Context) error {
	inv, err := h.invitationOf(c)
	if err != nil {
		return err
	}
	by := actor(c)
	mayInvite := by.Can(assess.Inviting)
	row := rowOf(inv, by)
	p := invitationPage{
		desk: deskAt(c, "candidates"), ID: row.ID, Name: row.Name, Email: row.Email, Stage: inv.Stage, Assessment: inv.AssessmentTitle,
		Language: string(inv.Language), ExtraTime: inv.ExtraTime, Reference: inv.Reference, Answered: inv.Answered, Items: inv.Items,
		Expires: inv.ExpiresAt, Steps: steps(inv), Report: row.Report,
		CanRenew:  mayInvite && (underWay(inv.Stage) || inv.Stage == assess.StageLapsed),
		CanCancel: mayInvite && underWay(inv.Stage),
		CanMail:   mayInvite && underWay(inv.Stage) && inv.Candidate.Email != "",
	}
	if p.Mailed, err = h.mailedView(c, inv.ID); err != nil {
		return err
	}
	if p.Told, err = h.toldView(c, inv.ID); err != nil {
		return err
	}
	if p.Language == "" {
		p.Language = "any"
	}
	if mayInvite && underWay(inv.Stage) {
		p.Link = h.center.Link(inv)
	}
	if done := c.Query("done"); slices.Contains([]string{"made", "renewed", "cancelled", "mailed"}, done) {
		p.Notice = h.sayer(c).say("invitation." + done)
	}
	return h.render(c, http.StatusOK, "recruiter/invitation", p)
}

func (h recruiter) invitationOf(c *gin.Context) (assess.Invitation, error) {
	return h.center.Invitation(c.Request.Context(), actor(c), pathID(c, assess.InvitationID))
}

// steps is the way so far and what is still ahead. An invitation that ended early
// shows only where it has been.
func steps(inv assess.Invitation) []step {
	now := step{inv.Stage, "now", inv.ChangedAt}
	at := slices.Index(way, inv.Stage)
	reached := at
	if at < 0 && !inv.StartedAt.IsZero() {
		reached = slices.Index(way, assess.StageStarted) + 1
	} else if at < 0 {
		reached = 1
	}
	var all []step
	for _, s := range way[:reached] {
		all = append(all, step{s, "done", timeOf(inv, s)})
	}
	all = append(all, now)
	if at >= 0 {
		for _, s := range way[at+1:] {
			all = append(all, step{Stage: s, State: "next"})
		}
	}
	return all
}

// timeOf is when a passed step happened, where that was kept.
func timeOf(inv assess.Invitation, s assess.Stage) assess.Time {
	switch s {
	case assess.StageInvited:
		return inv.CreatedAt
	case assess.StageStarted:
		return inv.StartedAt
	}
	return assess.Time{}
}

// qr draws the invitation's link for a phone's camera.
func (h recruiter) qr(c *gin.Context) error {
	if !actor(c).Can(assess.Inviting) {
		return assess.ErrForbidden
	}
	inv, err := h.invitationOf(c)
	if err != nil {
		return err
	}
	if !underWay(inv.Stage) {
		return assess.ErrNotFound
	}
	code, err := chart.QR(h.center.Link(inv), h.sayer(c).say("invitation.qr.title"))
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "image/svg+xml", []byte(code))
	return nil
}

// cancel takes an invitation back.
func (h recruiter) cancel(c *gin.Context) error {
	return h.change(c, "cancelled", func(id uuid.UUID) error {
		return h.center.CancelInvitation(c.Request.Context(), actor(c), id)
	})
}

// mailLink sends the candidate the link.
func (h recruiter) mailLink(c *gin.Context) error {
	return h.change(c, "mailed", func(id uuid.UUID) error {
		return h.center.MailLink(c.Request.Context(), actor(c), id)
	})
}

func (h recruiter) mailedView(c *gin.Context, id uuid.UUID) (*mailedView, error) {
	m, err := h.center.Mailed(c.Request.Context(), actor(c), id)
	if errors.Is(err, assess.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	say := h.sayer(c)
	v := &mailedView{Bad: m.State == assess.Failed || m.State == assess.Dead}
	how, why := string(m.State), ""
	if m.Reason != "" {
		why = say.say("reason." + string(m.Reason))
		if m.State == assess.Pending {
			how = "again_soon"
		}
	}
	v.Text = say.say("invitation.mail."+how, "at", format(say.lang, m.At.Time, true), "reason", why)
	return v, nil
}

func (h recruiter) toldView(c *gin.Context, id uuid.UUID) (*toldView, error) {
	told, err := h.center.Tellings(c.Request.Context(), actor(c), id)
	if errors.Is(err, assess.ErrNotFound) {
		return nil, nil
	}
	v := &toldView{ID: assess.FormatID(assess.ConnectionID, told.Connection.ID), Name: told.Connection.Name}
	for _, d := range told.Deliveries {
		v.Rows = append(v.Rows, viewOfTelling(d, told.Connection.Open()))
	}
	return v, err
}

// renew replaces the link.
func (h recruiter) renew(c *gin.Context) error {
	return h.change(c, "renewed", func(id uuid.UUID) error {
		_, err := h.center.RenewLink(c.Request.Context(), actor(c), id)
		return err
	})
}

func (h recruiter) change(c *gin.Context, done string, do func(uuid.UUID) error) error {
	if err := do(pathID(c, assess.InvitationID)); err != nil {
		return err
	}
	return redirect(c, "/candidates/"+c.Param("id")+"?done="+done)
}
