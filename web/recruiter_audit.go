package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
)

type auditPage struct {
	desk
	Entries []auditRow
	Older   string
}

type auditRow struct {
	Number                 int64
	At                     assess.Time
	Action, Actor, Subject string
}

// auditPageSize is how many entries a page of the audit log shows.
const auditPageSize = 100

// audit shows who did what, newest first.
func (h recruiter) audit(c *gin.Context) error {
	before, _ := strconv.ParseInt(c.Query("before"), 10, 64) // no number begins at the newest
	entries, err := h.center.AuditEntries(c.Request.Context(), actor(c), before, auditPageSize)
	if err != nil {
		return err
	}
	p := auditPage{desk: deskAt(c, "settings")}
	for _, e := range entries {
		p.Entries = append(p.Entries, auditRow{Number: e.Seq, At: e.At, Action: e.Action,
			Actor: outside(actorIDs[e.ActorKind], e.Actor, string(e.ActorKind)), Subject: outside(subjectKind(e.Action), e.Subject, "")})
	}
	if n := len(entries); n == auditPageSize && entries[n-1].Seq > 1 {
		p.Older = "/settings/audit?before=" + strconv.FormatInt(entries[n-1].Seq, 10)
	}
	return h.render(c, http.StatusOK, "recruiter/audit", p)
}

var actorIDs = map[assess.ActorKind]assess.IDKind{
	assess.MemberActor: assess.MemberID, assess.KeyActor: assess.KeyID, assess.CandidateActor: assess.SittingID,
	assess.ConnectionActor: assess.ConnectionID,
	assess.RaterActor:      assess.RaterID,
}

var subjectIDs = map[string]assess.IDKind{
	"organization": assess.MemberID, "member": assess.MemberID, "assessment": assess.AssessmentID,
	"invitation": assess.InvitationID, "sitting": assess.SittingID, "result": assess.ResultID, "key": assess.KeyID, "norm": assess.NormID,
	"candidate": assess.CandidateID, "demographics": assess.SittingID,
	"connection": assess.ConnectionID,
	"webhook":    assess.WebhookID, "delivery": assess.DeliveryID,
	"signon": assess.OrganizationID,
	"panel":  assess.PanelID, "rater": assess.RaterID,
}

// subjectKind is what an action was done to: its noun says so.
func subjectKind(action string) assess.IDKind {
	noun, _, _ := strings.Cut(action, ".")
	return subjectIDs[noun]
}

// outside writes an id as the outside knows it, or the words instead where there
// is none.
func outside(kind assess.IDKind, id uuid.UUID, instead string) string {
	if kind == "" || id == uuid.Nil {
		return instead
	}
	return assess.FormatID(kind, id)
}
