package assess

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// TargetKind says what takes a message: each kind has a sender of its own.
type TargetKind string

// WebhookTarget is an organization's own webhook endpoint.
const WebhookTarget TargetKind = "webhook"

// audiences finds, for each kind, the targets that want an event. It is asked
// inside the transaction that hands the event out.
var audiences = map[TargetKind]func(*Center, context.Context, *sqlx.Tx, Event) ([]uuid.UUID, error){
	WebhookTarget:    (*Center).endpointsFor,
	ConnectionTarget: (*Center).connectionsFor,
	MailTarget:       (*Center).mailersFor,
}

// targetRef names a target.
type targetRef struct{ organization, id uuid.UUID }

// Why a target takes nothing any more.
const (
	DisabledByOwner = "owner"
	DisabledGone    = "gone" // It answered that it is gone for good (410).
	DisabledRemoved = "removed"
)

// addTarget makes a target, in the transaction that makes what it stands for.
func (c *Center) addTarget(ctx context.Context, tx *sqlx.Tx, organization, id uuid.UUID, kind TargetKind) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO targets (organization_id, id, kind, created_at, disabled_for) VALUES ($1, $2, $3, $4, '')`,
		organization, id, kind, c.now())
	return err
}

// disableTarget stops a target; what waits for it waits on.
func (c *Center) disableTarget(ctx context.Context, tx *sqlx.Tx, organization, id uuid.UUID, why string) error {
	done, err := tx.ExecContext(ctx, `
		UPDATE targets SET disabled_at = $3, disabled_for = $4
		WHERE organization_id = $1 AND id = $2 AND disabled_at IS NULL`, organization, id, c.now(), why)
	return one(done, err, ErrConflict)
}

// enableTarget lets a target take messages again, those that waited at once.
func (c *Center) enableTarget(ctx context.Context, tx *sqlx.Tx, organization, id uuid.UUID) error {
	done, err := tx.ExecContext(ctx, `
		UPDATE targets SET disabled_at = NULL, disabled_for = '', failing_since = NULL, resting_until = NULL
		WHERE organization_id = $1 AND id = $2 AND disabled_at IS NOT NULL AND disabled_for <> 'removed'`, organization, id)
	return one(done, err, ErrConflict)
}

// targetKinds finds which kinds of target an organization has that take messages.
func targetKinds(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID) ([]TargetKind, error) {
	var kinds []TargetKind
	err := tx.SelectContext(ctx, &kinds, `
		SELECT DISTINCT kind FROM targets WHERE organization_id = $1 AND disabled_at IS NULL ORDER BY kind`, organization)
	return kinds, err
}

// makeDue tells targets that something waits for them now. Always in the same
// order: two servers at it must not wait for each other.
func (c *Center) makeDue(ctx context.Context, tx *sqlx.Tx, due map[targetRef]bool) error {
	refs := make([]targetRef, 0, len(due))
	for ref := range due {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(a, b targetRef) int {
		if n := slices.Compare(a.organization[:], b.organization[:]); n != 0 {
			return n
		}
		return slices.Compare(a.id[:], b.id[:])
	})
	for _, ref := range refs {
		if _, err := tx.ExecContext(ctx, `
			UPDATE targets SET due_at = $3
			WHERE organization_id = $1 AND id = $2 AND (due_at IS NULL OR due_at > $3)`, ref.organization, ref.id, c.now()); err != nil {
			return err
		}
	}
	return nil
}

// Load is what one target is given at a time.
type Load struct {
	Organization uuid.UUID
	Target       uuid.UUID
	Kind         TargetKind
	Parcels      []Parcel
}

const (
	// AttemptTime is how long a target may take to answer.
	AttemptTime = 15 * time.Second

	// LoadWindow is how long a load is begun on; what has not been begun then waits
	// for the next.
	LoadWindow = 3 * time.Second

	// holdTime is how long a server may work a load: its window and one attempt. A
	// server that died holds nothing for longer.
	holdTime = AttemptTime + LoadWindow + 2*time.Second

	// loadSize is how many messages a load has at most.
	loadSize = 64
)

const dueTargets = `
	SELECT organization_id, id FROM targets
	WHERE due_at <= $1 AND disabled_at IS NULL AND (resting_until IS NULL OR resting_until <= $1)
	  AND (held_until IS NULL OR held_until <= $1)
	ORDER BY due_at LIMIT $2`

const holdTargets = `
	UPDATE targets SET holder = $3, held_until = $4
	WHERE (organization_id, id) IN (` + dueTargets + `)
	  AND (held_until IS NULL OR held_until <= $1)
	RETURNING organization_id, id, kind`

type targetRow struct {
	Organization uuid.UUID  `db:"organization_id"`
	ID           uuid.UUID  `db:"id"`
	Kind         TargetKind `db:"kind"`
}

// TakeTargets takes up to most targets that something is due for, each with its
// next messages. A target that is taken is nobody else's until it is left, or its
// server has died.
func (c *Center) TakeTargets(ctx context.Context, most int) ([]Load, error) {
	now := c.now()
	var waits []targetRow
	if err := c.read.SelectContext(ctx, &waits, dueTargets, now, 1); err != nil || len(waits) == 0 {
		return nil, readError(err)
	}
	var held []targetRow
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		return tx.SelectContext(ctx, &held, holdTargets, now, most, c.holder, At(now.Add(holdTime)))
	})
	if err != nil {
		return nil, err
	}
	loads := make([]Load, len(held))
	for i, t := range held {
		loads[i] = Load{Organization: t.Organization, Target: t.ID, Kind: t.Kind}
		if loads[i].Parcels, err = c.parcels(ctx, t, now); err != nil {
			return nil, err
		}
	}
	return loads, nil
}

// LeaveTarget gives a target back with the time its next message is due.
func (c *Center) LeaveTarget(ctx context.Context, l Load) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE targets SET holder = NULL, held_until = NULL
			WHERE organization_id = $1 AND id = $2 AND holder = $3`, l.Organization, l.Target, c.holder)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err // it took too long, and somebody else has it
		}
		return setDue(ctx, tx, l.Organization, l.Target)
	})
}

// setDue recomputes when a target's next message is due. The row must be locked
// already: this second statement then sees every message that was added before.
func setDue(ctx context.Context, tx *sqlx.Tx, organization, id uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE targets SET due_at = (SELECT MIN(d.due_at) FROM deliveries d
		  WHERE d.organization_id = targets.organization_id AND d.target_id = targets.id AND d.state = 'pending')
		WHERE organization_id = $1 AND id = $2`, organization, id)
	return err
}

// releaseTargets takes back what a server held that ended in the middle. On SQLite
// there is but one server, so whatever is held is held by nobody.
func (c *Center) releaseTargets(ctx context.Context) error {
	_, err := c.write.ExecContext(ctx, "UPDATE targets SET holder = NULL, held_until = NULL WHERE held_until IS NOT NULL AND holder <> $1", c.holder)
	return readError(err)
}
