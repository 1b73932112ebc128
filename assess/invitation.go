package assess

import (
	"context"
	"errors"
	"slices"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Stage is where an invitation has got to: its own state or, once the candidate
// has opened it, that of the sitting.
type Stage string

// The stages.
const (
	StageInvited   Stage = "invited"
	StageOpened    Stage = "opened"
	StageConsented Stage = "consented"
	StageStarted   Stage = "started"
	StageSubmitted Stage = "submitted"
	StageExpired   Stage = "expired"
	StageWithdrawn Stage = "withdrawn"
	StageCancelled Stage = "cancelled"
	StageLapsed    Stage = "lapsed"
)

// Stages lists the stages in the order of a candidate's way.
var Stages = []Stage{
	StageInvited, StageOpened, StageConsented, StageStarted, StageSubmitted,
	StageExpired, StageWithdrawn, StageCancelled, StageLapsed,
}

// Candidate is a person who is assessed.
type Candidate struct {
	ID    uuid.UUID
	Name  string
	Email string
}

// Invitation is the secret link that lets one candidate sit one assessment.
type Invitation struct {
	ID              uuid.UUID
	AssessmentID    uuid.UUID
	AssessmentTitle questions.Text
	Candidate       Candidate
	Stage           Stage
	Language        questions.Lang // Offered first; empty leaves it to the browser.
	ExtraTime       int            // Per cent of the limit: 100, 125, 150, 200, 300; 0 is untimed.
	Reference       string         // The caller's own name for this order.
	ExpiresAt       Time
	CreatedAt       Time
	ChangedAt       Time
	StartedAt       Time
	EndedAt         Time
	Answered        int
	Items           int
	ResultID        uuid.UUID // Nil until there is a result.
	Replayed        bool      // The answer to a repeated Idempotency-Key.

	generation int64
}

// Open reports whether the invitation's link still leads somewhere.
func (i Invitation) Open() bool { return i.Stage != StageCancelled && i.Stage != StageLapsed }

// Order is what is asked for when a candidate is invited.
type Order struct {
	AssessmentID uuid.UUID
	Name         string
	Email        string // May be empty.
	Language     questions.Lang
	ExtraTime    int
	ExpiresAt    Time // Zero takes the assessment's own.
	Reference    string

	// IdempotencyKey makes a repeated order the same order; Fingerprint is a hash
	// of the request, so that a key reused for another one is noticed.
	IdempotencyKey string
	Fingerprint    string

	External *External // Of an order that comes through a connection.
	Mail     bool      // Send the candidate the link.
}

// ExtraTimes lists the shares of the time limit a person may be given, in per
// cent; 0 is untimed.
var ExtraTimes = []int{100, 125, 150, 200, 300, 0}

func (o *Order) check(now Time) error {
	var faults FieldErrors
	faults.text("name", &o.Name, 1, 120)
	faults.email("email", &o.Email, false)
	faults.text("reference", &o.Reference, 0, 120)
	if o.Language != "" {
		faults.language("language", o.Language)
	}
	if !slices.Contains(ExtraTimes, o.ExtraTime) {
		faults = append(faults, FieldError{Field: "extra_time", Word: WordUnknown})
	}
	if !o.ExpiresAt.IsZero() {
		if !o.ExpiresAt.After(now.Time) {
			faults = append(faults, FieldError{Field: "expires_at", Word: WordInPast})
		} else if o.ExpiresAt.After(now.AddDate(0, 0, longestValidDays)) {
			faults = append(faults, FieldError{Field: "expires_at", Word: WordTooFar, Params: map[string]string{"n": "180"}})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// Invite orders a sitting for a candidate: candidate, invitation, link and outbox
// row in one transaction. An order repeated under its idempotency key returns the
// first invitation, Replayed; the key with another request is ErrKeyReused, and a
// program's while the first is under way ErrInFlight.
func (c *Center) Invite(ctx context.Context, by Actor, o Order) (Invitation, error) {
	if err := c.mayInvite(ctx, by, o); err != nil {
		return Invitation{}, err
	}
	faults := o.check(c.now())
	if faults != nil && o.IdempotencyKey == "" {
		return Invitation{}, faults
	}
	end, err := c.alone(by, o.IdempotencyKey)
	if err != nil {
		return Invitation{}, err
	}
	defer end()
	var inv Invitation
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		first, err := c.claimFor(ctx, tx, by, o)
		if err != nil {
			return err
		}
		if !first.Known {
			if faults != nil { // a repeat is answered even when its order would come too late today
				return faults
			}
			if err := c.addInvitation(ctx, tx, by, o, first.Subject); err != nil {
				return err
			}
		}
		inv, err = invitationOf(ctx, tx, by.Organization, first.Subject)
		inv.Replayed = first.Known
		return err
	})
	return inv, err
}

// mayInvite asks for the right to invite. Connections may only order, and only
// with an address to be told at that is theirs.
func (c *Center) mayInvite(ctx context.Context, by Actor, o Order) error {
	if o.External == nil {
		return by.may(Inviting)
	}
	if by.Kind != ConnectionActor {
		return ErrForbidden
	}
	n, err := connectionOf(ctx, c.read, by.Organization, by.ID)
	if err != nil {
		return err
	}
	if rule, _ := n.Vendor.Rule(); rule.InOrder {
		return c.checkCallback(ctx, n, o.External.Callback)
	}
	return nil
}

func (c *Center) addInvitation(ctx context.Context, tx *sqlx.Tx, by Actor, o Order, id uuid.UUID) error {
	a, err := assessmentOf(ctx, tx, by.Organization, o.AssessmentID)
	if errors.Is(err, ErrNotFound) {
		return FieldErrors{{Field: "assessment", Word: WordUnknown}}
	}
	if err != nil {
		return err
	}
	if a.State != Published {
		return ErrNotPublished
	}
	now := c.now()
	if o.ExpiresAt.IsZero() {
		o.ExpiresAt = At(now.AddDate(0, 0, a.ValidDays))
	}
	candidate, err := c.candidateFor(ctx, tx, by.Organization, o)
	if err != nil {
		return err
	}
	const generation = 1
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO invitations (organization_id, id, assessment_id, candidate_id, state, stage, generation, language,
		  extra_time, reference, expires_at, created_at, changed_at)
		VALUES ($1, $2, $3, $4, 'open', 'invited', $5, $6, $7, $8, $9, $10, $10)`,
		by.Organization, id, a.ID, candidate, generation, o.Language, o.ExtraTime, o.Reference, At(o.ExpiresAt.Time), now); err != nil {
		return err
	}
	if err := c.addLink(ctx, tx, by.Organization, id, generation); err != nil {
		return err
	}
	if err := c.post(ctx, tx, by.Organization, InvitationCreated, id); err != nil {
		return err
	}
	if o.Mail {
		if err := c.askMail(ctx, tx, by.Organization, id); err != nil {
			return err
		}
	}
	return c.audit(ctx, tx, by, "invitation.created", id, "")
}

// candidateFor finds the person by name and address, or adds a new one. Without
// an address nobody can be told from another of the same name.
func (c *Center) candidateFor(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID, o Order) (uuid.UUID, error) {
	var id uuid.UUID
	if o.Email != "" {
		// A write, so that one who is being erased is either done with or not yet begun.
		err := tx.GetContext(ctx, &id, `
			UPDATE candidates SET name = name
			WHERE organization_id = $1 AND name = $3
			  AND id = (SELECT id FROM candidates WHERE organization_id = $1 AND email = $2 AND name = $3 ORDER BY id LIMIT 1)
			RETURNING id`, organization, o.Email, o.Name)
		if err = readError(err); !errors.Is(err, ErrNotFound) {
			return id, err
		}
	}
	id = newID()
	_, err := tx.ExecContext(ctx, "INSERT INTO candidates (organization_id, id, name, email, created_at) VALUES ($1, $2, $3, $4, $5)",
		organization, id, o.Name, o.Email, c.now())
	return id, err
}

// Invitation returns one invitation; an unknown and a foreign one are both
// ErrNotFound.
func (c *Center) Invitation(ctx context.Context, by Actor, id uuid.UUID) (Invitation, error) {
	if err := by.may(SeeInvitations); err != nil {
		return Invitation{}, err
	}
	return invitationOf(ctx, c.read, by.Organization, id)
}

// CancelInvitation takes an invitation back. A sitting under way is closed
// without a result; one that has ended stays, and cancelling it is ErrConflict.
func (c *Center) CancelInvitation(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := by.may(Inviting); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error { return c.cancelInvitation(ctx, tx, by, id) })
}

// CancelAgain is CancelInvitation for programs, which cannot tell whether an answer
// that was lost had been one: it returns the invitation as it stands, and cancelling
// again changes nothing.
func (c *Center) CancelAgain(ctx context.Context, by Actor, id uuid.UUID) (Invitation, error) {
	if err := by.may(Inviting); err != nil {
		return Invitation{}, err
	}
	var inv Invitation
	err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		if err := c.lockInvitation(ctx, tx, by.Organization, id); err != nil {
			return err
		}
		if inv, err = invitationOf(ctx, tx, by.Organization, id); err != nil || inv.Stage == StageCancelled {
			return err
		}
		if err := c.cancelInvitation(ctx, tx, by, id); err != nil {
			return err
		}
		inv, err = invitationOf(ctx, tx, by.Organization, id)
		return err
	})
	return inv, err
}

func (c *Center) cancelInvitation(ctx context.Context, tx *sqlx.Tx, by Actor, id uuid.UUID) error {
	if err := c.lockInvitation(ctx, tx, by.Organization, id); err != nil {
		return err
	}
	now := c.now()
	done, err := tx.ExecContext(ctx, `
		UPDATE invitations SET state = 'cancelled', stage = 'cancelled', changed_at = $3
		WHERE organization_id = $1 AND id = $2 AND stage IN ('invited', 'opened', 'consented', 'started')`, by.Organization, id, now)
	if err := one(done, err, ErrConflict); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE sittings SET state = 'voided', ended_at = $3
		WHERE organization_id = $1 AND invitation_id = $2 AND state IN ('opened', 'consented', 'started')`, by.Organization, id, now); err != nil {
		return err
	}
	if err := c.post(ctx, tx, by.Organization, InvitationCancelled, id); err != nil {
		return err
	}
	return c.audit(ctx, tx, by, "invitation.cancelled", id, "")
}

// lockInvitation takes the row before anything else is touched, in every use
// case that changes both an invitation and its sitting: one order, no deadlock.
func (c *Center) lockInvitation(ctx context.Context, tx *sqlx.Tx, organization, id uuid.UUID) error {
	const invitation = "SELECT 1 FROM invitations WHERE organization_id = $1 AND id = $2"
	text := invitation // on SQLite the transaction holds the one write lock already
	if c.postgres {
		text = invitation + " FOR UPDATE"
	}
	var held int
	return readError(tx.GetContext(ctx, &held, text, organization, id))
}

// stageTo moves an invitation along with its sitting.
func (c *Center) stageTo(ctx context.Context, tx *sqlx.Tx, organization, invitation uuid.UUID, stage Stage) error {
	done, err := tx.ExecContext(ctx, "UPDATE invitations SET stage = $3, changed_at = $4 WHERE organization_id = $1 AND id = $2 AND state = 'open'",
		organization, invitation, stage, c.now())
	return one(done, err, ErrConflict)
}

// lapse closes invitations whose time is over and that were never started.
func (c *Center) lapse(ctx context.Context) error {
	var due []struct {
		Organization uuid.UUID `db:"organization_id"`
		ID           uuid.UUID `db:"id"`
	}
	now := c.now()
	if err := c.read.SelectContext(ctx, &due, `
		SELECT organization_id, id FROM invitations
		WHERE stage IN ('invited', 'opened', 'consented') AND expires_at < $1
		ORDER BY expires_at LIMIT 200`, now); err != nil {
		return readError(err)
	}
	for _, d := range due {
		system := Actor{Organization: d.Organization, Kind: SystemActor}
		err := c.tx(ctx, func(tx *sqlx.Tx) error {
			done, err := tx.ExecContext(ctx, `
				UPDATE invitations SET state = 'lapsed', stage = 'lapsed', changed_at = $3
				WHERE organization_id = $1 AND id = $2 AND stage IN ('invited', 'opened', 'consented') AND expires_at < $3`,
				d.Organization, d.ID, now)
			if err := one(done, err, ErrConflict); err != nil {
				return err
			}
			if err := c.post(ctx, tx, d.Organization, InvitationExpired, d.ID); err != nil {
				return err
			}
			return c.audit(ctx, tx, system, "invitation.lapsed", d.ID, "")
		})
		if err != nil && !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return nil
}
