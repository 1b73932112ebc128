package assess

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// What holds something of a person, by the column that leads to the sitting or the
// invitation; what refers to others goes first.
var (
	rowsOfSitting = []string{
		"DELETE FROM demographics WHERE organization_id = $1 AND sitting_id = $2",
		"DELETE FROM results WHERE organization_id = $1 AND sitting_id = $2",
		"DELETE FROM responses WHERE organization_id = $1 AND sitting_id = $2",
		"DELETE FROM outbox WHERE organization_id = $1 AND subject_id = $2",
		"DELETE FROM sittings WHERE organization_id = $1 AND id = $2",
	}
	rowsOfInvitation = []string{
		"DELETE FROM attempts WHERE organization_id = $1 AND delivery_id IN (SELECT id FROM deliveries WHERE organization_id = $1 AND invitation_id = $2)",
		"DELETE FROM deliveries WHERE organization_id = $1 AND invitation_id = $2",
		"DELETE FROM connection_orders WHERE organization_id = $1 AND invitation_id = $2",
		"DELETE FROM idempotency_keys WHERE organization_id = $1 AND subject_id = $2",
		"DELETE FROM outbox WHERE organization_id = $1 AND subject_id = $2",
		"DELETE FROM invitations WHERE organization_id = $1 AND id = $2",
	}
)

// Erase forgets a candidate: name and address, every invitation with its link and
// seat, answers, results and what was said after the test; the statistics are what
// they would be without this person. What stays is the audit log, which holds ids
// alone. It cannot be undone. An unknown and a foreign candidate are ErrNotFound.
func (c *Center) Erase(ctx context.Context, by Actor, candidate uuid.UUID) error {
	if err := by.may(Erasing); err != nil {
		return err
	}
	layouts, err := c.layoutsSat(ctx, by.Organization, candidate)
	if err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		// The candidate first: nobody can be invited anew while the old is taken away.
		done, err := tx.ExecContext(ctx, "UPDATE candidates SET name = '', email = '' WHERE organization_id = $1 AND id = $2", by.Organization, candidate)
		if err := one(done, err, ErrNotFound); err != nil {
			return err
		}
		var invitations []uuid.UUID
		if err := tx.SelectContext(ctx, &invitations, "SELECT id FROM invitations WHERE organization_id = $1 AND candidate_id = $2 ORDER BY id",
			by.Organization, candidate); err != nil {
			return err
		}
		var sittings []uuid.UUID
		for _, invitation := range invitations {
			if err := c.lockInvitation(ctx, tx, by.Organization, invitation); err != nil {
				return err
			}
			// Closing the sitting waits for answers on their way; those after it find it closed.
			var sitting uuid.UUID
			err := tx.GetContext(ctx, &sitting, "UPDATE sittings SET state = 'voided' WHERE organization_id = $1 AND invitation_id = $2 RETURNING id",
				by.Organization, invitation)
			switch err := readError(err); {
			case err == nil:
				sittings = append(sittings, sitting)
			case !errors.Is(err, ErrNotFound):
				return err
			}
		}
		if err := c.uncountSittings(ctx, tx, by.Organization, layouts, sittings); err != nil {
			return err
		}
		for _, sitting := range sittings {
			if err := c.eraseSitting(ctx, tx, by.Organization, sitting); err != nil {
				return err
			}
		}
		for _, invitation := range invitations {
			if err := dropSecrets(ctx, tx, DoorLink, invitation); err != nil {
				return err
			}
			for _, statement := range rowsOfInvitation {
				if _, err := tx.ExecContext(ctx, statement, by.Organization, invitation); err != nil {
					return err
				}
			}
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM candidates WHERE organization_id = $1 AND id = $2", by.Organization, candidate); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "candidate.erased", candidate, "")
	})
}

// layoutsSat reads the layouts of the forms a candidate was invited to, by assessment.
func (c *Center) layoutsSat(ctx context.Context, organization, candidate uuid.UUID) (map[uuid.UUID]*layout, error) {
	var assessments []uuid.UUID
	if err := c.read.SelectContext(ctx, &assessments, "SELECT DISTINCT assessment_id FROM invitations WHERE organization_id = $1 AND candidate_id = $2",
		organization, candidate); err != nil {
		return nil, readError(err)
	}
	all := map[uuid.UUID]*layout{}
	for _, a := range assessments {
		var err error
		if all[a], err = c.layoutFor(ctx, organization, a); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// uncountSittings takes a person's results out of the statistics of everybody and of
// every group.
func (c *Center) uncountSittings(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID, layouts map[uuid.UUID]*layout, sittings []uuid.UUID) error {
	var out []membership
	for _, sitting := range sittings {
		row, err := firstResult(ctx, tx, organization, sitting)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		out = append(out, membership{row, everybody})
		var said []Demographics
		if err := tx.SelectContext(ctx, &said, "SELECT sex, age FROM demographics WHERE organization_id = $1 AND sitting_id = $2", organization, sitting); err != nil {
			return err
		}
		for _, d := range said {
			for _, population := range d.populations() {
				out = append(out, membership{row, population})
			}
		}
	}
	return c.uncount(ctx, tx, organization, layouts, out)
}

func (c *Center) eraseSitting(ctx context.Context, tx *sqlx.Tx, organization, sitting uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM outbox
		WHERE organization_id = $1 AND subject_id IN (SELECT id FROM results WHERE organization_id = $1 AND sitting_id = $2)`, organization, sitting); err != nil {
		return err
	}
	for _, statement := range rowsOfSitting {
		if _, err := tx.ExecContext(ctx, statement, organization, sitting); err != nil {
			return err
		}
	}
	return nil
}
