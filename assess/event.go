package assess

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// EventKind says what happened, in the words the outside gets to hear.
type EventKind string

// The kinds of event.
const (
	InvitationCreated   EventKind = "invitation.created"
	InvitationOpened    EventKind = "invitation.opened"
	InvitationCancelled EventKind = "invitation.cancelled"
	InvitationExpired   EventKind = "invitation.expired" // It lapsed before the test was started.
	SittingStarted      EventKind = "sitting.started"
	SittingSubmitted    EventKind = "sitting.submitted"
	SittingExpired      EventKind = "sitting.expired" // Its time was over; what was answered counts.
	SittingWithdrawn    EventKind = "sitting.withdrawn"
	ResultReady         EventKind = "result.ready"
	ResultRescored      EventKind = "result.rescored"

	// WebhookTest is sent on request alone, to one endpoint.
	WebhookTest EventKind = "webhook.test"
)

// EventKinds lists what an endpoint may ask for, in the order of a candidate's way.
var EventKinds = []EventKind{
	InvitationCreated, InvitationOpened, InvitationCancelled, InvitationExpired,
	SittingStarted, SittingSubmitted, SittingExpired, SittingWithdrawn, ResultReady, ResultRescored,
}

// Event is something that happened, as its own transaction left it in the outbox.
// It holds ids alone: whoever wants names or scores asks for them, and that is
// noted.
type Event struct {
	Organization uuid.UUID
	ID           uuid.UUID // The same at every target and on every try.
	Kind         EventKind
	At           Time
	Subject      uuid.UUID // What it happened to: an invitation, a sitting or a result, as the kind says.

	// What the subject belongs to; Nil where there is none.
	Invitation, Assessment, Candidate, Sitting, Result uuid.UUID
}

// post leaves a message for the outside in the outbox, with its effect.
func (c *Center) post(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID, kind EventKind, subject uuid.UUID) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO outbox (organization_id, id, kind, subject_id, created_at) VALUES ($1, $2, $3, $4, $5)",
		organization, newID(), kind, subject, c.now())
	return err
}

// postEnd leaves the two messages of a sitting's end, in one round trip.
func (c *Center) postEnd(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID, kind EventKind, sitting, result uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO outbox (organization_id, id, kind, subject_id, created_at)
		VALUES ($1, $2, $3, $4, $7), ($1, $5, 'result.ready', $6, $7)`,
		organization, newID(), kind, sitting, newID(), result, c.now())
	return err
}

type outboxRow struct {
	Organization uuid.UUID `db:"organization_id"`
	ID           uuid.UUID `db:"id"`
	Kind         EventKind `db:"kind"`
	Subject      uuid.UUID `db:"subject_id"`
	CreatedAt    Time      `db:"created_at"`
}

func (r outboxRow) event() Event {
	return Event{Organization: r.Organization, ID: r.ID, Kind: r.Kind, At: r.CreatedAt, Subject: r.Subject}
}

const outboxBatch = 100

// Whoever deletes a row hands it out: of two servers at the same rows, the second
// finds them gone.
const takeOutbox = `
	DELETE FROM outbox
	WHERE (organization_id, id) IN (SELECT organization_id, id FROM outbox ORDER BY organization_id, id LIMIT $1)
	RETURNING organization_id, id, kind, subject_id, created_at`

const subjectInvitation = `
	SELECT i.id AS invitation_id, i.assessment_id, i.candidate_id, s.id AS sitting_id
	FROM invitations i
	LEFT JOIN sittings s ON s.organization_id = i.organization_id AND s.invitation_id = i.id
	WHERE i.organization_id = $1 AND i.id = $2`

const subjectSitting = `
	SELECT i.id AS invitation_id, i.assessment_id, i.candidate_id, s.id AS sitting_id
	FROM sittings s
	JOIN invitations i ON i.organization_id = s.organization_id AND i.id = s.invitation_id
	WHERE s.organization_id = $1 AND s.id = $2`

const subjectResult = `
	SELECT i.id AS invitation_id, i.assessment_id, i.candidate_id, r.sitting_id
	FROM results r
	JOIN invitations i ON i.organization_id = r.organization_id AND i.id = r.invitation_id
	WHERE r.organization_id = $1 AND r.id = $2`

// noun is what kind of thing an event happened to.
func (k EventKind) noun() string {
	noun, _, _ := strings.Cut(string(k), ".")
	return noun
}

// resolve fills in what an event's subject belongs to. A subject that has been
// erased meanwhile leaves the event with what is known.
func (e *Event) resolve(ctx context.Context, db sqlx.QueryerContext) error {
	query, known := map[string]string{"invitation": subjectInvitation, "sitting": subjectSitting, "result": subjectResult}[e.Kind.noun()]
	if !known {
		return nil
	}
	var row struct {
		Invitation uuid.UUID     `db:"invitation_id"`
		Assessment uuid.UUID     `db:"assessment_id"`
		Candidate  uuid.UUID     `db:"candidate_id"`
		Sitting    uuid.NullUUID `db:"sitting_id"`
	}
	err := readError(sqlx.GetContext(ctx, db, &row, query, e.Organization, e.Subject))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	e.Invitation, e.Assessment, e.Candidate, e.Sitting = row.Invitation, row.Assessment, row.Candidate, row.Sitting.UUID
	if e.Kind.noun() == "result" {
		e.Result = e.Subject
	}
	if e.Kind == InvitationCreated { // a message says on every try what it said at first
		e.Sitting = uuid.Nil
	}
	return nil
}

// HandOut turns what waits in the outbox into deliveries, one for each target that
// wants an event, and returns how many events it took.
func (c *Center) HandOut(ctx context.Context) (int, error) {
	var waits []int
	if err := c.read.SelectContext(ctx, &waits, "SELECT 1 FROM outbox LIMIT 1"); err != nil || len(waits) == 0 {
		return 0, readError(err)
	}
	n := 0
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		var rows []outboxRow
		if err := tx.SelectContext(ctx, &rows, takeOutbox, outboxBatch); err != nil {
			return err
		}
		n = len(rows)
		slices.SortFunc(rows, func(a, b outboxRow) int { return slices.Compare(a.ID[:], b.ID[:]) })
		due, kinds := map[targetRef]bool{}, map[uuid.UUID][]TargetKind{}
		for _, row := range rows {
			of, known := kinds[row.Organization]
			if !known {
				var err error
				if of, err = targetKinds(ctx, tx, row.Organization); err != nil {
					return err
				}
				kinds[row.Organization] = of
			}
			if err := c.handOut(ctx, tx, row.event(), of, due); err != nil {
				return err
			}
		}
		return c.makeDue(ctx, tx, due)
	})
	return n, err
}

// handOut makes the deliveries of one event, to targets of the kinds there are, and
// notes these targets.
func (c *Center) handOut(ctx context.Context, tx *sqlx.Tx, e Event, kinds []TargetKind, due map[targetRef]bool) error {
	if len(kinds) == 0 {
		return nil
	}
	if err := e.resolve(ctx, tx); err != nil {
		return err
	}
	for _, kind := range kinds {
		targets, err := audiences[kind](c, ctx, tx, e)
		if err != nil {
			return err
		}
		for _, target := range targets {
			if err := c.addDelivery(ctx, tx, e, target); err != nil {
				return err
			}
			due[targetRef{e.Organization, target}] = true
		}
	}
	return nil
}
