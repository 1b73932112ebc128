package assess

import (
	"context"
	"errors"
	"fmt"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// rescoreBatch is how many sittings share one transaction: enough to be quick, few
// enough not to keep an answer waiting.
const rescoreBatch = 50

// rescoreLease lets one server at a time carry out re-scores.
const rescoreLease = "rescore"

type dueRescore struct {
	Organization uuid.UUID     `db:"organization_id"`
	ID           uuid.UUID     `db:"id"`
	Assessment   uuid.UUID     `db:"assessment_id"`
	FormHash     string        `db:"form_hash"`
	ConfirmedBy  uuid.NullUUID `db:"confirmed_by"`
}

func (d dueRescore) actor() Actor {
	return Actor{Organization: d.Organization, Kind: SystemActor, ID: d.ConfirmedBy.UUID}
}

const rescoresDue = `
	SELECT organization_id, id, assessment_id, form_hash, confirmed_by
	FROM rescores
	WHERE state = 'confirmed' AND confirmed_at IS NOT NULL
	ORDER BY confirmed_at
	LIMIT 20`

// WorkRescores carries out what has been confirmed, batch by batch: a server that is
// stopped in the middle goes on where it was. For a server without the lease it is a
// no-op.
func (c *Center) WorkRescores(ctx context.Context) error {
	for {
		var due []dueRescore
		if err := c.read.SelectContext(ctx, &due, rescoresDue); err != nil || len(due) == 0 {
			return readError(err)
		}
		var failed []error
		worked := 0
		for _, d := range due {
			n, err := c.workRescore(ctx, d)
			if err != nil {
				failed = append(failed, fmt.Errorf("re-score %s: %w", d.ID, err))
			}
			worked += n
		}
		if worked == 0 || len(failed) > 0 {
			return errors.Join(failed...)
		}
	}
}

// workRescore carries out one re-score and returns in how many steps.
func (c *Center) workRescore(ctx context.Context, d dueRescore) (steps int, err error) {
	form, err := c.rescoreForm(ctx, d.Organization, d.ID)
	if err != nil {
		return 0, err
	}
	for {
		more := false
		err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
			mine, err := c.lease(ctx, tx, rescoreLease)
			if err != nil || !mine {
				return err
			}
			steps++
			more, err = c.rescoreSome(ctx, tx, d, form)
			return err
		})
		if err != nil || !more {
			return steps, err
		}
	}
}

// keptResult is a sitting's newest result, as a re-score reads it.
type keptResult struct {
	resultRow
	Invitation uuid.UUID `db:"invitation_id"`
	Sitting    uuid.UUID `db:"sitting_id"`
	FormHash   string    `db:"form_hash"`
}

const newestResultsAfter = `
	SELECT r.id, r.version, r.document, r.hash, r.vector, r.invitation_id, r.sitting_id, r.form_hash
	FROM results r
	WHERE r.organization_id = $1 AND r.assessment_id = $2 AND r.sitting_id > $3
	  AND r.version = (SELECT MAX(n.version) FROM results n WHERE n.organization_id = r.organization_id AND n.sitting_id = r.sitting_id)
	ORDER BY r.sitting_id
	LIMIT $4`

// rescoreSome writes the new results of the next sittings and reports whether there
// may be more. Two servers cannot do the same batch: the place reached is compared
// and set, and a version exists once.
func (c *Center) rescoreSome(ctx context.Context, tx *sqlx.Tx, d dueRescore, form *questions.Form) (more bool, err error) {
	var reached uuid.UUID
	err = tx.GetContext(ctx, &reached, "SELECT reached FROM rescores WHERE organization_id = $1 AND id = $2 AND state = 'confirmed'", d.Organization, d.ID)
	if errors.Is(readError(err), ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var kept []keptResult
	if err := tx.SelectContext(ctx, &kept, newestResultsAfter, d.Organization, d.Assessment, reached, rescoreBatch); err != nil {
		return false, err
	}
	if len(kept) == 0 {
		done, err := tx.ExecContext(ctx, `
			UPDATE rescores SET state = 'done', finished_at = $4
			WHERE organization_id = $1 AND id = $2 AND state = 'confirmed' AND reached = $3`, d.Organization, d.ID, reached, c.now())
		if err := one(done, err, ErrConflict); err != nil {
			return false, err
		}
		return false, c.audit(ctx, tx, d.actor(), "rescore.done", d.ID, d.FormHash)
	}
	written := 0
	for _, k := range kept {
		if k.FormHash == d.FormHash {
			continue // scored under this key already
		}
		if err := c.rescoreOne(ctx, tx, d, form, k); err != nil {
			return false, fmt.Errorf("sitting %s: %w", k.Sitting, err)
		}
		written++
	}
	done, err := tx.ExecContext(ctx, `
		UPDATE rescores SET reached = $4, rescored = rescored + $5
		WHERE organization_id = $1 AND id = $2 AND state = 'confirmed' AND reached = $3`,
		d.Organization, d.ID, reached, kept[len(kept)-1].Sitting, written)
	return true, one(done, err, ErrConflict)
}

// rescoreOne writes a sitting's next result, with its outbox row and audit entry.
func (c *Center) rescoreOne(ctx context.Context, tx *sqlx.Tx, d dueRescore, form *questions.Form, k keptResult) error {
	old, err := k.result()
	if err != nil {
		return err
	}
	r, err := old.rescored(d.ID, newID(), c.now(), form, d.FormHash)
	if err != nil {
		return err
	}
	if err := c.insertResult(ctx, tx, resultOwner{d.Organization, k.Invitation, k.Sitting, d.Assessment}, r); err != nil {
		return err
	}
	if err := c.post(ctx, tx, d.Organization, ResultRescored, r.ID); err != nil {
		return err
	}
	return c.audit(ctx, tx, d.actor(), string(ResultRescored), r.ID, r.Hash)
}

// rescored is the result that stands beside r under another form: the same sitting,
// the same answers, the next version.
func (r Result) rescored(rescore, id uuid.UUID, at Time, form *questions.Form, hash string) (Result, error) {
	responses, err := form.Responses(r.vector)
	if err != nil {
		return Result{}, err
	}
	d := r.Document
	d.ID, d.Version = FormatID(ResultID, id), r.Version+1
	d.Versions = ResultVersions{Engine: Engine} // a norm belongs to the key it was made under
	d.Rescore = &RescoreRef{ID: FormatID(RescoreID, rescore), Of: r.Document.ID, At: at}
	return d.frozen(id, form, hash, responses)
}
