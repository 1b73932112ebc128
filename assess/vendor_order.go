package assess

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// External is what a vendor says of an order beside the candidate and the test.
type External struct {
	Key      string            // The vendor's own name for the order: the same key is the same order.
	Callback string            // Where the vendor wants to be told, if the order says so.
	Refs     map[string]string // The vendor's ids that are sent back with a result.
	// Again: an order that was taken back or never used gives its key free for another.
	Again bool
}

// VendorOrder is an order that came through a connection, and how it stands.
type VendorOrder struct {
	Connection Connection
	Invitation Invitation
	Key        string
	Callback   string
	Refs       map[string]string
	CreatedAt  Time
	TakenBack  bool    // By the vendor itself, which need not be told.
	Result     *Result // Nil until there is one.
}

type vendorOrderRow struct {
	Invitation  uuid.UUID `db:"invitation_id"`
	Connection  uuid.UUID `db:"connection_id"`
	Key         string    `db:"external_key"`
	Fingerprint string    `db:"fingerprint"`
	Callback    string    `db:"callback"`
	Refs        string    `db:"refs"`
	CreatedAt   Time      `db:"created_at"`
	TakenBackAt Time      `db:"taken_back_at"`
}

const vendorOrderByKey = `
	SELECT invitation_id, connection_id, external_key, fingerprint, callback, refs, created_at, taken_back_at
	FROM connection_orders
	WHERE organization_id = $1 AND connection_id = $2 AND external_key = $3`

const vendorOrderByInvitation = `
	SELECT invitation_id, connection_id, external_key, fingerprint, callback, refs, created_at, taken_back_at
	FROM connection_orders
	WHERE organization_id = $1 AND invitation_id = $2`

// claimFor finds the invitation an order stands for, by whatever name it has.
func (c *Center) claimFor(ctx context.Context, tx *sqlx.Tx, by Actor, o Order) (claim, error) {
	if o.External != nil {
		return c.claimOrder(ctx, tx, by, o)
	}
	return c.claimKey(ctx, tx, by, o.IdempotencyKey, o.Fingerprint, newID())
}

// claimOrder ties the vendor's name for an order to a new invitation, in the
// order's own transaction, or finds the one it stands for already; of two that
// race, the second waits for the first. The name of another candidate or another
// test is ErrKeyReused.
func (c *Center) claimOrder(ctx context.Context, tx *sqlx.Tx, by Actor, o Order) (claim, error) {
	mine := claim{Subject: newID()}
	refs, err := json.Marshal(o.External.Refs)
	if err != nil {
		return mine, err
	}
	fingerprint := hashOf([]byte(o.AssessmentID.String() + "\x00" + o.Email))
	for {
		done, err := tx.ExecContext(ctx, `
			INSERT INTO connection_orders (organization_id, invitation_id, connection_id, external_key, fingerprint, callback, refs, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT DO NOTHING`,
			by.Organization, mine.Subject, by.ID, o.External.Key, fingerprint, o.External.Callback, string(refs), c.now())
		if err != nil {
			return mine, err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return mine, err
		}
		var kept vendorOrderRow
		if err := tx.GetContext(ctx, &kept, vendorOrderByKey, by.Organization, by.ID, o.External.Key); err != nil {
			return mine, err
		}
		if o.External.Again {
			freed, err := c.freeKey(ctx, tx, by, kept)
			if err != nil {
				return mine, err
			}
			if freed {
				continue
			}
		}
		if kept.Fingerprint != fingerprint {
			return mine, ErrKeyReused
		}
		return claim{Subject: kept.Invitation, Known: true}, nil
	}
}

// freeKey takes the vendor's name from an order that came to nothing, so that the
// same candidate can be asked again.
func (c *Center) freeKey(ctx context.Context, tx *sqlx.Tx, by Actor, kept vendorOrderRow) (bool, error) {
	old, err := invitationOf(ctx, tx, by.Organization, kept.Invitation)
	if err != nil {
		return false, err
	}
	if old.Stage != StageCancelled && old.Stage != StageLapsed && old.Stage != StageWithdrawn {
		return false, nil
	}
	// Of two that free it one does; the other finds who has the name now.
	_, err = tx.ExecContext(ctx, `
		UPDATE connection_orders SET external_key = $4
		WHERE organization_id = $1 AND invitation_id = $2 AND external_key = $3`,
		by.Organization, kept.Invitation, kept.Key, kept.Key+"\n"+kept.Invitation.String())
	return true, err
}

// VendorOrder returns an order of the connection that asks, with its result once
// there is one; that it was read is noted in the audit log. An unknown order and
// one of another connection are both ErrNotFound.
func (c *Center) VendorOrder(ctx context.Context, by Actor, invitation uuid.UUID) (VendorOrder, error) {
	if err := by.may(Ordering); err != nil {
		return VendorOrder{}, err
	}
	var o VendorOrder
	err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		o, err = c.vendorOrderOf(ctx, tx, by.Organization, invitation)
		switch {
		case err != nil:
			return err
		case o.Connection.ID != by.ID:
			return ErrNotFound
		case o.Result != nil:
			return c.audit(ctx, tx, by, "result.read", o.Result.ID, "")
		}
		return nil
	})
	return o, err
}

// vendorOrderOf reads an order with all that may be told of it; ErrNotFound for an
// invitation that no vendor ordered.
func (c *Center) vendorOrderOf(ctx context.Context, db sqlx.QueryerContext, organization, invitation uuid.UUID) (VendorOrder, error) {
	var row vendorOrderRow
	if err := sqlx.GetContext(ctx, db, &row, vendorOrderByInvitation, organization, invitation); err != nil {
		return VendorOrder{}, readError(err)
	}
	o := VendorOrder{Key: row.Key, Callback: row.Callback, CreatedAt: row.CreatedAt, TakenBack: !row.TakenBackAt.IsZero()}
	if err := json.Unmarshal([]byte(row.Refs), &o.Refs); err != nil {
		return o, err
	}
	var err error
	if o.Connection, err = connectionOf(ctx, db, organization, row.Connection); err != nil {
		return o, err
	}
	if o.Invitation, err = invitationOf(ctx, db, organization, invitation); err != nil {
		return o, err
	}
	result, err := latestResult(ctx, db, organization, invitation)
	if errors.Is(err, ErrNotFound) {
		return o, nil
	}
	o.Result = &result
	return o, err
}

// CancelOrder takes back an order at its vendor's wish. One that was taken back
// before is left as it is; one that has ended is ErrConflict.
func (c *Center) CancelOrder(ctx context.Context, by Actor, invitation uuid.UUID) error {
	if err := by.may(Ordering); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		var row vendorOrderRow
		if err := tx.GetContext(ctx, &row, vendorOrderByInvitation, by.Organization, invitation); err != nil {
			return err
		}
		if row.Connection != by.ID {
			return ErrNotFound
		}
		inv, err := invitationOf(ctx, tx, by.Organization, invitation)
		if err != nil || inv.Stage == StageCancelled {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE connection_orders SET taken_back_at = $3 WHERE organization_id = $1 AND invitation_id = $2",
			by.Organization, invitation, c.now()); err != nil {
			return err
		}
		return c.cancelInvitation(ctx, tx, by, invitation)
	})
}

// ConnectionTarget takes what a vendor is told of its orders.
const ConnectionTarget TargetKind = "connection"

// connectionsFor finds the connection an event's invitation was ordered through,
// if its vendor hears of such events. What the vendor took back itself it need not
// be told of.
func (c *Center) connectionsFor(ctx context.Context, tx *sqlx.Tx, e Event) ([]uuid.UUID, error) {
	if e.Invitation == uuid.Nil {
		return nil, nil
	}
	var row struct {
		ID     uuid.UUID `db:"connection_id"`
		Vendor Vendor    `db:"vendor"`
	}
	err := readError(tx.GetContext(ctx, &row, `
		SELECT o.connection_id, n.vendor
		FROM connection_orders o
		JOIN connections n ON n.organization_id = o.organization_id AND n.id = o.connection_id
		WHERE o.organization_id = $1 AND o.invitation_id = $2 AND o.taken_back_at IS NULL AND n.closed_at IS NULL`,
		e.Organization, e.Invitation))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if rule, _ := row.Vendor.Rule(); err != nil || !slices.Contains(rule.Hears, e.Kind) {
		return nil, err
	}
	return []uuid.UUID{row.ID}, nil
}

// Telling is what a vendor is to be told, and where and with what it is called.
type Telling struct {
	Order   VendorOrder
	Calling Calling
}

// TellingFor reads what a parcel to a connection is about.
func (c *Center) TellingFor(ctx context.Context, p Parcel) (Telling, error) {
	o, err := c.vendorOrderOf(ctx, c.read, p.Event.Organization, p.Event.Invitation)
	if err != nil {
		return Telling{}, err
	}
	at, err := c.callingFor(ctx, o.Connection, o.Callback)
	return Telling{o, at}, err
}

// Leaves notes in the audit log that an order's result leaves the house with a
// message. It is called before the message is sent, so that none leaves unnoted. A
// vendor that pulls is noted when it fetches the result.
func (c *Center) Leaves(ctx context.Context, o VendorOrder) error {
	if rule, _ := o.Connection.Vendor.Rule(); o.Result == nil || rule.Pulls {
		return nil
	}
	by := Actor{Organization: o.Connection.Organization, Kind: ConnectionActor, ID: o.Connection.ID}
	return c.tx(ctx, func(tx *sqlx.Tx) error { return c.audit(ctx, tx, by, "result.sent", o.Result.ID, "") })
}

// Tellings are what the system an invitation was ordered through has been told of it.
type Tellings struct {
	Connection Connection
	Deliveries []Delivery // Newest first.
}

// Tellings returns the connection an invitation was ordered through, and what became
// of the messages to it; ErrNotFound for an invitation made here.
func (c *Center) Tellings(ctx context.Context, by Actor, invitation uuid.UUID) (Tellings, error) {
	if err := by.may(SeeInvitations); err != nil {
		return Tellings{}, err
	}
	var row vendorOrderRow
	if err := c.read.GetContext(ctx, &row, vendorOrderByInvitation, by.Organization, invitation); err != nil {
		return Tellings{}, readError(err)
	}
	n, err := connectionOf(ctx, c.read, by.Organization, row.Connection)
	if err != nil {
		return Tellings{}, err
	}
	var rows []deliveryRow
	if err := c.read.SelectContext(ctx, &rows, deliverySelect+" AND target_id = $2 AND invitation_id = $3 ORDER BY id DESC LIMIT 20",
		by.Organization, row.Connection, invitation); err != nil {
		return Tellings{}, readError(err)
	}
	told := Tellings{Connection: n}
	told.Deliveries, err = c.delivering(ctx, by.Organization, row.Connection, rows)
	return told, err
}
