package assess

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// DeliveryState says what became of a message to a target.
type DeliveryState string

// The states of a delivery. Sending again makes any of them pending.
const (
	Pending   DeliveryState = "pending"
	Delivered DeliveryState = "delivered"
	Failed    DeliveryState = "failed" // The target refused it for good.
	Dead      DeliveryState = "dead"   // Every try of the schedule was in vain.
)

// DeliveryStates lists the states.
var DeliveryStates = []DeliveryState{Pending, Delivered, Failed, Dead}

// Parcel is one message on its way to one target.
type Parcel struct {
	Delivery uuid.UUID
	Target   uuid.UUID
	Kind     TargetKind
	Event    Event
	Attempt  int // From 1, over all times it was sent.
}

// Verdict is what an attempt came to.
type Verdict string

// The verdicts.
const (
	Arrived Verdict = "arrived"
	Again   Verdict = "again"   // Not now; the schedule says when.
	Refused Verdict = "refused" // Never; the same message would be refused again.
	Gone    Verdict = "gone"    // Refused, and the target is disabled.
)

// Outcome is what a sender says of an attempt.
type Outcome struct {
	Verdict Verdict
	Request string        // Method and address, without query or secret.
	Status  int           // The HTTP status; 0 when there was no answer.
	Reason  Reason        // Why it did not arrive.
	Detail  string        // The target's own words where its contract has some; cut at 300 characters.
	Wait    time.Duration // How long the target asks to be left alone.
	Took    time.Duration
}

// Reason is a word for why an attempt did not arrive, with a text in both languages.
type Reason string

// The reasons.
const (
	ReasonStatus       Reason = "status"            // The answer's status says no.
	ReasonRedirect     Reason = "redirect"          // It points elsewhere, where nobody has agreed to send to.
	ReasonTimeout      Reason = "timeout"           // No answer in time.
	ReasonNoConnection Reason = "no_connection"     // Nobody listens, or the connection broke.
	ReasonNoHost       Reason = "no_host"           // The name has no address.
	ReasonAddress      Reason = "address_forbidden" // The name leads to a private or reserved address.
	ReasonTLS          Reason = "tls"               // The certificate is not trusted.
	ReasonRefused      Reason = "refused"           // The target's own words are in the detail.
	ReasonGone         Reason = "gone"              // The target is gone for good (410).
	ReasonDisabled     Reason = "disabled"          // The target has been disabled or removed.
	ReasonInternal     Reason = "internal"          // The fault is ours.
	ReasonCallback     Reason = "callback"          // The address is not one the connection may send to.
	ReasonNoCredential Reason = "no_credential"     // There is nothing to prove ourselves with.
	ReasonMoot         Reason = "moot"              // It was not sent: there is nothing to tell any more.
	ReasonNoMailer     Reason = "no_mailer"         // No mail server is configured.
	ReasonNoAddress    Reason = "no_address"        // The candidate has no address.
)

// Reasons lists every reason, so that pages can prove they have words for each.
var Reasons = []Reason{ReasonStatus, ReasonRedirect, ReasonTimeout, ReasonNoConnection, ReasonNoHost, ReasonAddress,
	ReasonTLS, ReasonRefused, ReasonGone, ReasonDisabled, ReasonInternal, ReasonCallback, ReasonNoCredential, ReasonMoot, ReasonNoMailer, ReasonNoAddress}

// schedule is how long is waited behind each try in vain, as Standard Webhooks has
// it: ten tries over three days.
var schedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

const (
	// jitter spreads what failed together, by a tenth each way.
	jitter = 0.1

	// longestWait bounds what a target may ask for.
	longestWait = 24 * time.Hour

	longestDetail = 300
)

// dueAfter is when to try again behind the given number of tries in vain; ok is
// false when that was the last.
func dueAfter(now Time, tries int, wait time.Duration) (due Time, ok bool) {
	if tries > len(schedule) {
		return now, false
	}
	delay := time.Duration(float64(schedule[tries-1]) * (1 + jitter*(2*rand.Float64()-1)))
	return At(now.Add(max(delay, min(wait, longestWait)))), true
}

// addDelivery keeps that an event is to go to a target, due at once.
func (c *Center) addDelivery(ctx context.Context, tx *sqlx.Tx, e Event, target uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO deliveries (organization_id, id, target_id, event_id, event_kind, event_at, subject_id, invitation_id,
		  state, due_at, tries, attempts, reason, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, 0, 0, '', $9, $9)
		ON CONFLICT (organization_id, target_id, event_id) DO NOTHING`,
		e.Organization, newID(), target, e.ID, e.Kind, e.At, e.Subject, uuid.NullUUID{UUID: e.Invitation, Valid: e.Invitation != uuid.Nil}, c.now())
	return err
}

type deliveryRow struct {
	ID         uuid.UUID     `db:"id"`
	Target     uuid.UUID     `db:"target_id"`
	EventID    uuid.UUID     `db:"event_id"`
	EventKind  EventKind     `db:"event_kind"`
	EventAt    Time          `db:"event_at"`
	Subject    uuid.UUID     `db:"subject_id"`
	Invitation uuid.NullUUID `db:"invitation_id"`
	State      DeliveryState `db:"state"`
	DueAt      Time          `db:"due_at"`
	Tries      int           `db:"tries"`
	Attempts   int           `db:"attempts"`
	Reason     Reason        `db:"reason"`
	CreatedAt  Time          `db:"created_at"`
	ChangedAt  Time          `db:"changed_at"`
	Detail     string        `db:"detail"`
}

const deliveryColumns = `
	id, target_id, event_id, event_kind, event_at, subject_id, invitation_id, state, due_at, tries, attempts, reason,
	created_at, changed_at`

const deliverySelect = `
	SELECT` + deliveryColumns + `
	FROM deliveries
	WHERE organization_id = $1`

// deliveryList says of each what the target said last.
const deliveryList = `
	SELECT` + deliveryColumns + `, COALESCE((SELECT a.detail FROM attempts a
	  WHERE a.organization_id = deliveries.organization_id AND a.delivery_id = deliveries.id AND a.number = deliveries.attempts), '') AS detail
	FROM deliveries
	WHERE organization_id = $1`

// parcels reads a target's next messages.
func (c *Center) parcels(ctx context.Context, t targetRow, now Time) ([]Parcel, error) {
	var rows []deliveryRow
	if err := c.read.SelectContext(ctx, &rows, deliverySelect+`
		AND target_id = $2 AND state = 'pending' AND due_at <= $3
		ORDER BY due_at, id LIMIT $4`, t.Organization, t.ID, now, loadSize); err != nil {
		return nil, readError(err)
	}
	parcels := make([]Parcel, len(rows))
	for i, r := range rows {
		e := Event{Organization: t.Organization, ID: r.EventID, Kind: r.EventKind, At: r.EventAt, Subject: r.Subject}
		if err := e.resolve(ctx, c.read); err != nil {
			return nil, err
		}
		parcels[i] = Parcel{Delivery: r.ID, Target: t.ID, Kind: t.Kind, Event: e, Attempt: r.Attempts + 1}
	}
	return parcels, nil
}

// Tried keeps what an attempt came to and decides what is next: the message has
// arrived, is due again by the schedule, or has failed. A target that is gone is
// disabled, and whatever waits for it fails; what was on its way there meanwhile is
// not tried again.
func (c *Center) Tried(ctx context.Context, p Parcel, o Outcome) error {
	organization, now := p.Event.Organization, c.now()
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		// The target first: one order of locks for all who change both.
		resting := Time{}
		if o.Verdict == Again && o.Wait > 0 {
			resting = At(now.Add(min(o.Wait, longestWait)))
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE targets SET failing_since = CASE WHEN $3 = 'arrived' THEN NULL ELSE COALESCE(failing_since, $4) END,
			  resting_until = COALESCE($5, resting_until)
			WHERE organization_id = $1 AND id = $2`, organization, p.Target, o.Verdict, now, resting); err != nil {
			return err
		}
		var kept deliveryRow
		err := readError(tx.GetContext(ctx, &kept, deliverySelect+" AND id = $2 AND attempts = $3", organization, p.Delivery, p.Attempt-1))
		if err == ErrNotFound {
			return nil // another server, to whom this one seemed dead, has tried it too
		}
		if err != nil {
			return err
		}
		state, due := decide(o, kept.Tries+1, now)
		reason := o.Reason
		if state == Pending && kept.State != Pending { // it failed with its target, which was taken away meanwhile
			state, reason = kept.State, kept.Reason
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET state = $4, due_at = $5, tries = tries + 1, attempts = attempts + 1, reason = $6, changed_at = $7
			WHERE organization_id = $1 AND id = $2 AND attempts = $3`,
			organization, p.Delivery, p.Attempt-1, state, due, reason, now)
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO attempts (organization_id, delivery_id, number, at, took_ms, request, status, verdict, reason, detail)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			organization, p.Delivery, p.Attempt, now, o.Took.Milliseconds(), o.Request, o.Status, o.Verdict, o.Reason, clip(o.Detail, longestDetail)); err != nil {
			return err
		}
		if o.Verdict == Gone {
			return c.targetGone(ctx, tx, organization, p.Target)
		}
		return nil
	})
}

// decide is what becomes of a delivery behind its given number of tries.
func decide(o Outcome, tries int, now Time) (DeliveryState, Time) {
	switch o.Verdict {
	case Arrived:
		return Delivered, now
	case Refused, Gone:
		return Failed, now
	}
	due, again := dueAfter(now, tries, o.Wait)
	if !again {
		return Dead, now
	}
	return Pending, due
}

// targetGone disables a target that said so itself.
func (c *Center) targetGone(ctx context.Context, tx *sqlx.Tx, organization, target uuid.UUID) error {
	done, err := tx.ExecContext(ctx, `
		UPDATE targets SET disabled_at = $3, disabled_for = 'gone'
		WHERE organization_id = $1 AND id = $2 AND disabled_at IS NULL`, organization, target, c.now())
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := c.failWaiting(ctx, tx, organization, target, ReasonGone); err != nil {
		return err
	}
	return c.audit(ctx, tx, Actor{Organization: organization, Kind: SystemActor}, "webhook.gone", target, "")
}

// failWaiting fails whatever waits for a target that takes nothing any more.
func (c *Center) failWaiting(ctx context.Context, tx *sqlx.Tx, organization, target uuid.UUID, why Reason) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = 'failed', reason = $3, changed_at = $4
		WHERE organization_id = $1 AND target_id = $2 AND state = 'pending'`, organization, target, why, c.now())
	if err != nil {
		return err
	}
	return setDue(ctx, tx, organization, target)
}

// Delivery is one message to one target, as it may be shown.
type Delivery struct {
	ID         uuid.UUID
	Target     uuid.UUID
	TargetKind TargetKind // Only where one delivery is read, as Message and Log are.
	Event      uuid.UUID
	Kind       EventKind
	Subject    uuid.UUID
	Invitation uuid.UUID // Nil where there is none.
	State      DeliveryState
	Reason     Reason // Of the last attempt in vain.
	Detail     string // Of the last attempt, in a target's list.
	Attempts   int
	EventAt    Time
	DueAt      Time // Of the next try; zero unless pending.
	ChangedAt  Time

	Message Event     // What the target is told of.
	Log     []Attempt // Oldest first.
}

// Attempt is one try at a delivery.
type Attempt struct {
	Number  int     `db:"number"`
	At      Time    `db:"at"`
	TookMS  int64   `db:"took_ms"`
	Request string  `db:"request"`
	Status  int     `db:"status"`
	Verdict Verdict `db:"verdict"`
	Reason  Reason  `db:"reason"`
	Detail  string  `db:"detail"`
}

// delivery is the row as others see it: while its target rests, it is due only then.
func (r deliveryRow) delivery(resting Time) Delivery {
	d := Delivery{ID: r.ID, Target: r.Target, Event: r.EventID, Kind: r.EventKind, Subject: r.Subject, Invitation: r.Invitation.UUID,
		State: r.State, Reason: r.Reason, Attempts: r.Attempts, EventAt: r.EventAt, ChangedAt: r.ChangedAt, Detail: r.Detail}
	if r.State == Pending {
		d.DueAt = r.DueAt
		if resting.After(d.DueAt.Time) {
			d.DueAt = resting
		}
	}
	return d
}

// DeliveryFilter says which deliveries a list shows, newest first.
type DeliveryFilter struct {
	Target uuid.UUID
	States []DeliveryState // None is all.
	Before uuid.UUID       // Nil begins at the newest.
	Limit  int             // 1..250; 0 is 50.
}

// DeliveryPage is one page of a list; a Nil Next means it is the last.
type DeliveryPage struct {
	Deliveries []Delivery
	Next       uuid.UUID
}

// Deliveries lists what was sent to one target and what became of it.
func (c *Center) Deliveries(ctx context.Context, by Actor, f DeliveryFilter) (DeliveryPage, error) {
	if err := by.may(ManageWebhooks); err != nil {
		return DeliveryPage{}, err
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	var faults FieldErrors
	if f.Limit < 1 || f.Limit > LargestPage {
		faults = append(faults, FieldError{Field: "limit", Word: WordTooLong, Params: map[string]string{"n": strconv.Itoa(LargestPage)}})
	}
	for _, s := range f.States {
		if !slices.Contains(DeliveryStates, s) {
			faults = append(faults, FieldError{Field: "state", Word: WordUnknown})
			break
		}
	}
	if len(faults) > 0 {
		return DeliveryPage{}, faults
	}
	query, args := deliveryList+" AND target_id = $2", []any{by.Organization, f.Target}
	param := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	if len(f.States) > 0 {
		marks := make([]string, len(f.States))
		for i, s := range f.States {
			marks[i] = param(s)
		}
		query += " AND state IN (" + strings.Join(marks, ", ") + ")"
	}
	if f.Before != uuid.Nil {
		query += " AND id < " + param(f.Before)
	}
	query += " ORDER BY id DESC LIMIT " + param(f.Limit+1)
	var rows []deliveryRow
	if err := c.read.SelectContext(ctx, &rows, query, args...); err != nil {
		return DeliveryPage{}, readError(err)
	}
	var page DeliveryPage
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		page.Next = rows[f.Limit-1].ID
	}
	var err error
	page.Deliveries, err = c.delivering(ctx, by.Organization, f.Target, rows)
	return page, err
}

// delivering reads rows of one target as others see them.
func (c *Center) delivering(ctx context.Context, organization, target uuid.UUID, rows []deliveryRow) ([]Delivery, error) {
	all := make([]Delivery, len(rows))
	if len(rows) == 0 {
		return all, nil
	}
	var resting Time
	err := c.read.GetContext(ctx, &resting, "SELECT resting_until FROM targets WHERE organization_id = $1 AND id = $2", organization, target)
	for i, r := range rows {
		all[i] = r.delivery(resting)
	}
	return all, readError(err)
}

// Delivery returns one delivery with the log of its attempts.
func (c *Center) Delivery(ctx context.Context, by Actor, id uuid.UUID) (Delivery, error) {
	if err := by.may(ManageWebhooks); err != nil {
		return Delivery{}, err
	}
	var row deliveryRow
	if err := c.read.GetContext(ctx, &row, deliverySelect+" AND id = $2", by.Organization, id); err != nil {
		return Delivery{}, readError(err)
	}
	var target struct {
		Kind    TargetKind `db:"kind"`
		Resting Time       `db:"resting_until"`
	}
	if err := c.read.GetContext(ctx, &target, "SELECT kind, resting_until FROM targets WHERE organization_id = $1 AND id = $2", by.Organization, row.Target); err != nil {
		return Delivery{}, readError(err)
	}
	d := row.delivery(target.Resting)
	d.TargetKind = target.Kind
	d.Message = Event{Organization: by.Organization, ID: row.EventID, Kind: row.EventKind, At: row.EventAt, Subject: row.Subject}
	if err := d.Message.resolve(ctx, c.read); err != nil {
		return Delivery{}, err
	}
	err := c.read.SelectContext(ctx, &d.Log, `
		SELECT number, at, took_ms, request, status, verdict, reason, detail FROM attempts
		WHERE organization_id = $1 AND delivery_id = $2
		ORDER BY number`, by.Organization, id)
	return d, readError(err)
}

// Resend sends a message once more, with the event's own id, and gives it the whole
// schedule again. To a target that is disabled nothing is sent: ErrConflict.
func (c *Center) Resend(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := by.may(ManageWebhooks); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		var target uuid.UUID
		if err := tx.GetContext(ctx, &target, "SELECT target_id FROM deliveries WHERE organization_id = $1 AND id = $2", by.Organization, id); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE targets SET due_at = $3
			WHERE organization_id = $1 AND id = $2 AND disabled_at IS NULL`, by.Organization, target, c.now())
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET state = 'pending', due_at = $3, tries = 0, changed_at = $3
			WHERE organization_id = $1 AND id = $2`, by.Organization, id, c.now()); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "delivery.resent", id, "")
	})
}

// keepDeliveries is how long what was delivered can be looked up. What was not
// delivered is kept until it is.
const keepDeliveries = 30 * 24 * time.Hour

const pruneBatch = 500

const oldDeliveries = `
	SELECT organization_id, id FROM deliveries
	WHERE created_at < $1 AND state = 'delivered'
	ORDER BY created_at LIMIT $2`

// pruneDeliveries forgets what was delivered long ago.
func (c *Center) pruneDeliveries(ctx context.Context) error {
	before := At(c.now().Add(-keepDeliveries))
	var old []targetRow
	if err := c.read.SelectContext(ctx, &old, oldDeliveries, before, pruneBatch); err != nil || len(old) == 0 {
		return readError(err)
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		for _, d := range old {
			if _, err := tx.ExecContext(ctx, "DELETE FROM attempts WHERE organization_id = $1 AND delivery_id = $2", d.Organization, d.ID); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM deliveries WHERE organization_id = $1 AND id = $2 AND state = 'delivered'", d.Organization, d.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
