package assess

import (
	"context"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

const (
	// MailTarget takes letters to candidates. An organization has one, under the
	// organization's own id.
	MailTarget TargetKind = "mail"

	// MailAsked says that a candidate is to be sent the link. It concerns nobody
	// outside, so no webhook can ask for it.
	MailAsked EventKind = "invitation.mail_asked"
)

// askMail leaves word that the candidate is to be sent the link, with its effect.
func (c *Center) askMail(ctx context.Context, tx *sqlx.Tx, organization, invitation uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO targets (organization_id, id, kind, created_at, disabled_for) VALUES ($1, $1, $2, $3, '')
		ON CONFLICT DO NOTHING`, organization, MailTarget, c.now()); err != nil {
		return err
	}
	return c.post(ctx, tx, organization, MailAsked, invitation)
}

func (c *Center) mailersFor(_ context.Context, _ *sqlx.Tx, e Event) ([]uuid.UUID, error) {
	if e.Kind != MailAsked {
		return nil, nil
	}
	return []uuid.UUID{e.Organization}, nil
}

// MailLink sends the candidate the link, once more where it was sent before. An
// invitation that leads nowhere any more is ErrConflict, a candidate without an
// address ErrNoAddress.
func (c *Center) MailLink(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := by.may(Inviting); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		inv, err := invitationOf(ctx, tx, by.Organization, id)
		switch {
		case err != nil:
			return err
		case !inv.waits():
			return ErrConflict
		case inv.Candidate.Email == "":
			return ErrNoAddress
		}
		if err := c.askMail(ctx, tx, by.Organization, id); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "invitation.mailed", id, "")
	})
}

// waits reports whether the candidate may still come or come back.
func (i Invitation) waits() bool {
	switch i.Stage {
	case StageInvited, StageOpened, StageConsented, StageStarted:
		return true
	}
	return false
}

// Letter is what a candidate is written.
type Letter struct {
	To           string
	Name         string
	Organization string
	Assessment   questions.Text
	Contact      string
	Language     questions.Lang
	Link         string
	Minutes      int // 0 is untimed.
	ExpiresAt    Time
}

const letterFor = `
	SELECT o.name AS organization_name, o.language AS house_language, a.contact, a.limit_seconds, COALESCE(n.language, '') AS vendor_language
	FROM invitations i
	JOIN organizations o ON o.id = i.organization_id
	JOIN assessments a ON a.organization_id = i.organization_id AND a.id = i.assessment_id
	LEFT JOIN connection_orders x ON x.organization_id = i.organization_id AND x.invitation_id = i.id
	LEFT JOIN connections n ON n.organization_id = x.organization_id AND n.id = x.connection_id
	WHERE i.organization_id = $1 AND i.id = $2`

// LetterFor writes the letter a parcel is about, as things stand now: a link that
// was renewed meanwhile goes out renewed. ErrConflict when there is nothing to come
// to any more, ErrNoAddress when there is nowhere to write.
func (c *Center) LetterFor(ctx context.Context, p Parcel) (Letter, error) {
	inv, err := invitationOf(ctx, c.read, p.Event.Organization, p.Event.Invitation)
	switch {
	case err != nil:
		return Letter{}, err
	case !inv.waits():
		return Letter{}, ErrConflict
	case inv.Candidate.Email == "":
		return Letter{}, ErrNoAddress
	}
	var row struct {
		Organization   string         `db:"organization_name"`
		Language       questions.Lang `db:"house_language"`
		VendorLanguage questions.Lang `db:"vendor_language"`
		Contact        string         `db:"contact"`
		Limit          int            `db:"limit_seconds"`
	}
	if err := c.read.GetContext(ctx, &row, letterFor, p.Event.Organization, inv.ID); err != nil {
		return Letter{}, readError(err)
	}
	l := Letter{
		To: inv.Candidate.Email, Name: inv.Candidate.Name, Organization: row.Organization, Assessment: inv.AssessmentTitle,
		Contact: row.Contact, Language: inv.Language, Link: c.Link(inv), Minutes: minutesOf(row.Limit, inv.ExtraTime), ExpiresAt: inv.ExpiresAt,
	}
	if l.Language == "" {
		l.Language = row.VendorLanguage
	}
	if l.Language == "" {
		l.Language = row.Language
	}
	return l, nil
}

// Mailed is what became of the last letter to a candidate.
type Mailed struct {
	State  DeliveryState
	Reason Reason
	At     Time
}

// Mailed returns what became of the last letter with an invitation's link;
// ErrNotFound when none was asked for.
func (c *Center) Mailed(ctx context.Context, by Actor, invitation uuid.UUID) (Mailed, error) {
	if err := by.may(SeeInvitations); err != nil {
		return Mailed{}, err
	}
	var asked []Time
	if err := c.read.SelectContext(ctx, &asked, `
		SELECT created_at FROM outbox WHERE organization_id = $1 AND subject_id = $2 AND kind = $3 LIMIT 1`,
		by.Organization, invitation, MailAsked); err != nil {
		return Mailed{}, readError(err)
	}
	if len(asked) > 0 { // it has not been handed to the mailer yet
		return Mailed{State: Pending, At: asked[0]}, nil
	}
	var row deliveryRow
	err := readError(c.read.GetContext(ctx, &row, deliverySelect+" AND target_id = $2 AND invitation_id = $3 ORDER BY id DESC LIMIT 1",
		by.Organization, by.Organization, invitation))
	return Mailed{State: row.State, Reason: row.Reason, At: row.ChangedAt}, err
}
