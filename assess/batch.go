package assess

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// LargestBatch is how many orders one request may place.
const LargestBatch = 500

// BatchOrder is an order in a batch. Faults are what was wrong with it before it
// came here; such an order is answered with them.
type BatchOrder struct {
	Order
	Faults FieldErrors
}

// Placed is what became of one order of a batch: an invitation or a reason.
type Placed struct {
	Invitation Invitation
	Err        error // FieldErrors or an Error; nil when there is an invitation.
}

// placedRow is what is kept of it for a repetition of the batch: ids and words.
type placedRow struct {
	ID     uuid.UUID   `json:"id,omitzero"`
	Word   Error       `json:"word,omitempty"`
	Faults FieldErrors `json:"faults,omitempty"`
}

// InviteMany places many orders in one transaction: each becomes an invitation or is
// refused with its own reason, and those refused hold up no other. A batch repeated
// under its idempotency key is answered with what became of it, replayed.
func (c *Center) InviteMany(ctx context.Context, by Actor, key, fingerprint string, orders []BatchOrder) (placed []Placed, replayed bool, err error) {
	if err := by.may(Inviting); err != nil {
		return nil, false, err
	}
	if len(orders) == 0 || len(orders) > LargestBatch {
		return nil, false, FieldErrors{{Field: "invitations", Word: WordTooMany, Params: map[string]string{"n": strconv.Itoa(LargestBatch)}}}
	}
	end, err := c.alone(by, key)
	if err != nil {
		return nil, false, err
	}
	defer end()
	var rows []placedRow
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		first, err := c.claimKey(ctx, tx, by, key, fingerprint, newID())
		if err != nil {
			return err
		}
		if first.Known {
			replayed = true
			if first.Outcome == nil { // the key belongs to a single order
				return ErrKeyReused
			}
			return json.Unmarshal([]byte(*first.Outcome), &rows)
		}
		rows = make([]placedRow, len(orders))
		for i, o := range orders {
			if rows[i], err = c.placeOne(ctx, tx, by, o); err != nil {
				return fmt.Errorf("order %d of the batch: %w", i+1, err)
			}
		}
		if key == "" {
			return nil
		}
		outcome, err := json.Marshal(rows)
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, "UPDATE idempotency_keys SET outcome = $4 WHERE organization_id = $1 AND caller_id = $2 AND key = $3",
			by.Organization, by.ID, key, string(outcome))
		return one(done, err, ErrConflict)
	})
	if err != nil {
		return nil, false, err
	}
	placed, err = c.placedOf(ctx, by, rows)
	return placed, replayed, err
}

// placeOne places one order, or says why it is refused.
func (c *Center) placeOne(ctx context.Context, tx *sqlx.Tx, by Actor, o BatchOrder) (placedRow, error) {
	err := o.check(c.now())
	if len(o.Faults) > 0 {
		err = o.Faults
	}
	id := newID()
	if err == nil {
		err = c.addInvitation(ctx, tx, by, o.Order, id)
	}
	var faults FieldErrors
	var word Error
	switch {
	case err == nil:
		return placedRow{ID: id}, nil
	case errors.As(err, &faults):
		return placedRow{Faults: faults}, nil
	case errors.As(err, &word) && word == ErrNotPublished:
		return placedRow{Word: word}, nil
	}
	return placedRow{}, err
}

// placedOf reads the invitations of a batch as they stand now.
func (c *Center) placedOf(ctx context.Context, by Actor, rows []placedRow) ([]Placed, error) {
	placed := make([]Placed, len(rows))
	for i, r := range rows {
		switch {
		case len(r.Faults) > 0:
			placed[i].Err = r.Faults
		case r.Word != "":
			placed[i].Err = r.Word
		default:
			var err error
			if placed[i].Invitation, err = invitationOf(ctx, c.read, by.Organization, r.ID); errors.Is(err, ErrNotFound) {
				placed[i].Err = ErrNotFound // erased since
			} else if err != nil {
				return nil, err
			}
		}
	}
	return placed, nil
}
