package assess

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

func (c *Center) linkToken(invitation uuid.UUID, generation int64) string {
	return c.seal("link", invitation, generation)
}

// addLink keeps the hash of the link. It does not expire: what an old link says
// depends on the invitation's stage.
func (c *Center) addLink(ctx context.Context, tx *sqlx.Tx, organization, invitation uuid.UUID, generation int64) error {
	return addSecret(ctx, tx, DoorLink, c.linkToken(invitation, generation),
		uuid.NullUUID{UUID: organization, Valid: true}, invitation, c.now(), Time{})
}

// Link is the address the candidate opens. It can be shown again at any time,
// yet is stored nowhere.
func (c *Center) Link(i Invitation) string {
	return c.publicURL + "/t/" + c.linkToken(i.ID, i.generation)
}

// RenewLink replaces an invitation's link: the old one and every seat taken with
// it stop working, the answers stay. An invitation that lapsed unused is open again
// for the assessment's usual time.
func (c *Center) RenewLink(ctx context.Context, by Actor, id uuid.UUID) (Invitation, error) {
	if err := by.may(Inviting); err != nil {
		return Invitation{}, err
	}
	var inv Invitation
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		if err := c.lockInvitation(ctx, tx, by.Organization, id); err != nil {
			return err
		}
		old, err := invitationOf(ctx, tx, by.Organization, id)
		if err != nil {
			return err
		}
		if !slices.Contains([]Stage{StageInvited, StageOpened, StageConsented, StageStarted, StageLapsed}, old.Stage) {
			return ErrConflict
		}
		stage, expires := old.Stage, old.ExpiresAt
		if stage == StageLapsed {
			a, err := assessmentOf(ctx, tx, by.Organization, old.AssessmentID)
			if err != nil {
				return err
			}
			if stage, err = reopenSitting(ctx, tx, by.Organization, id); err != nil {
				return err
			}
			expires = At(c.now().AddDate(0, 0, a.ValidDays))
		}
		generation := old.generation + 1
		done, err := tx.ExecContext(ctx, `
			UPDATE invitations SET state = 'open', stage = $3, generation = $4, expires_at = $5, changed_at = $6
			WHERE organization_id = $1 AND id = $2 AND generation = $7 AND stage = $8`,
			by.Organization, id, stage, generation, expires, c.now(), old.generation, old.Stage)
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE sittings SET generation = $3 WHERE organization_id = $1 AND invitation_id = $2",
			by.Organization, id, generation); err != nil {
			return err
		}
		if err := dropSecrets(ctx, tx, DoorLink, id); err != nil {
			return err
		}
		if err := c.addLink(ctx, tx, by.Organization, id, generation); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "invitation.renewed", id, ""); err != nil {
			return err
		}
		inv, err = invitationOf(ctx, tx, by.Organization, id)
		return err
	})
	return inv, err
}

type linkRow struct {
	Organization uuid.UUID `db:"organization_id"`
	Name         string    `db:"organization_name"`
	Invitation   uuid.UUID `db:"id"`
	Assessment   uuid.UUID `db:"assessment_id"`
	CandidateID  uuid.UUID `db:"candidate_id"`
	Candidate    string    `db:"candidate"`
	TitleZh      string    `db:"title_zh"`
	TitleEn      string    `db:"title_en"`
	Contact      string    `db:"contact"`
	Limit        int       `db:"limit_seconds"`
	Language     string    `db:"language"`
	House        string    `db:"house_language"`
	ExtraTime    int       `db:"extra_time"`
	Stage        Stage     `db:"stage"`
	Generation   int64     `db:"generation"`
	ExpiresAt    Time      `db:"expires_at"`
}

const invitationByLink = `
	SELECT i.organization_id, o.name AS organization_name, i.id, i.assessment_id, i.candidate_id, p.name AS candidate,
	  a.title_zh, a.title_en, a.contact, a.limit_seconds, i.language, o.language AS house_language, i.extra_time, i.stage,
	  i.generation, i.expires_at
	FROM secrets k
	JOIN invitations i ON i.organization_id = k.organization_id AND i.id = k.subject_id
	JOIN organizations o ON o.id = i.organization_id
	JOIN assessments a ON a.organization_id = i.organization_id AND a.id = i.assessment_id
	JOIN candidates p ON p.organization_id = i.organization_id AND p.id = i.candidate_id
	WHERE k.hash = $1 AND k.kind = 'link'`

func (c *Center) invitationByLink(ctx context.Context, db sqlx.QueryerContext, token string) (linkRow, error) {
	var row linkRow
	if token == "" || len(token) > 200 {
		return row, ErrLinkUnknown
	}
	err := readError(sqlx.GetContext(ctx, db, &row, invitationByLink, hashToken(DoorLink, token)))
	switch {
	case errors.Is(err, ErrNotFound):
		return row, ErrLinkUnknown
	case err != nil:
		return row, err
	case row.Stage == StageCancelled:
		return row, ErrLinkWithdrawn
	case row.Stage == StageLapsed:
		return row, ErrLinkExpired
	case slices.Contains([]Stage{StageInvited, StageOpened, StageConsented}, row.Stage) && c.now().After(row.ExpiresAt.Time):
		return row, ErrLinkExpired
	}
	return row, nil
}

// minutesOf is a time limit with a person's share of it, in minutes; 0 is untimed.
func minutesOf(limitSeconds, extraTime int) int {
	return int(timeFor(limitSeconds, extraTime) / time.Minute)
}

// timeFor is the time a person has: the limit times the share, 0 for untimed.
func timeFor(limitSeconds, extraTime int) time.Duration {
	return time.Duration(limitSeconds) * time.Second * time.Duration(extraTime) / 100
}

// Welcome is what an opened link shows before anything has changed.
type Welcome struct {
	Organization string
	Assessment   questions.Text
	Candidate    string
	Contact      string
	Language     questions.Lang // Offered first; may be empty.
	Minutes      int
	ExpiresAt    Time
	Stage        Stage
}

// Welcome reads what a link leads to and changes nothing: mail scanners and chat
// previews open links too. It fails with ErrLinkUnknown, ErrLinkExpired or
// ErrLinkWithdrawn.
func (c *Center) Welcome(ctx context.Context, token string) (Welcome, error) {
	row, err := c.invitationByLink(ctx, c.read, token)
	if err != nil {
		return Welcome{}, err
	}
	return Welcome{
		Organization: row.Name, Assessment: questions.Text{Chinese: row.TitleZh, English: row.TitleEn}, Candidate: row.Candidate,
		Contact: row.Contact, Language: questions.Lang(row.Language), Minutes: minutesOf(row.Limit, row.ExtraTime),
		ExpiresAt: row.ExpiresAt, Stage: row.Stage,
	}, nil
}
