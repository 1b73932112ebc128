package assess

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Endpoint is an address of the organization's own that is told what happens, by
// Standard Webhooks. Its secret is shown when it is made, and never again.
type Endpoint struct {
	ID        uuid.UUID
	URL       string
	Name      string
	Events    []EventKind // None is every kind, those of later versions too.
	CreatedAt Time
	OldUntil  Time // Until then the secret of before signs too; zero when there is none.

	DisabledAt   Time
	DisabledFor  string // DisabledByOwner or DisabledGone.
	FailingSince Time   // Zero while the last attempt arrived.
}

// NewEndpoint is what is asked of an endpoint.
type NewEndpoint struct {
	URL    string
	Name   string
	Events []EventKind
}

const (
	mostEndpoints = 20
	longestURL    = 500

	// endpointSecretBytes is in the middle of what Standard Webhooks allows (24 to 64).
	endpointSecretBytes = 32
	endpointPrefix      = "whsec_"

	// LongestOverlap is how long an old secret may be good beside a new one.
	LongestOverlap = 30 * 24 * time.Hour
)

// ports are those an endpoint of the outside may listen at.
var ports = []string{"", "443", "8443"}

// guard knows the addresses that are not of the outside.
var guard = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())

func (e *FieldErrors) endpoint(in *NewEndpoint, private bool) {
	e.text("url", &in.URL, 1, longestURL)
	e.text("name", &in.Name, 0, 120)
	for _, k := range in.Events {
		if !slices.Contains(EventKinds, k) {
			*e = append(*e, FieldError{Field: "events", Word: WordUnknown})
			break
		}
	}
	if in.URL == "" || slices.ContainsFunc(*e, func(f FieldError) bool { return f.Field == "url" }) {
		return
	}
	if word := urlFault(in.URL, private); word != "" {
		*e = append(*e, FieldError{Field: "url", Word: word})
	}
}

// urlFault says what is wrong with an endpoint's address. What a name resolves to
// is asked when it is dialled, each time.
func urlFault(address string, private bool) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || !possible(u.Port()) || u.Opaque != "" || u.User != nil || u.Fragment != "":
		return WordURL
	case u.Scheme != "https" && (u.Scheme != "http" || !private):
		return WordHTTPS
	case private:
		return ""
	case !slices.Contains(ports, u.Port()):
		return WordPort
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		if guard.SafeAddr(ip) != nil {
			return WordPrivate
		}
		return ""
	}
	// A name without a dot, or of digits alone, is some machine near by.
	last := host[strings.LastIndex(host, ".")+1:]
	_, digits := strconv.ParseInt(last, 0, 64)
	if !strings.Contains(host, ".") || digits == nil || slices.Contains([]string{"localhost", "local", "internal", "lan", "home", "corp"}, last) {
		return WordPrivate
	}
	return ""
}

// possible reports whether a machine may have the port; none stands for the scheme's.
func possible(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func newEndpointSecret() string {
	raw := make([]byte, endpointSecretBytes)
	rand.Read(raw) // never fails since Go 1.24
	return endpointPrefix + base64.StdEncoding.EncodeToString(raw)
}

func endpointPlace(organization, id uuid.UUID) place {
	return place{table: "endpoints", row: id, organization: organization}
}

type endpointRow struct {
	ID           uuid.UUID `db:"id"`
	URL          string    `db:"url"`
	Name         string    `db:"name"`
	Events       string    `db:"events"`
	CreatedAt    Time      `db:"created_at"`
	OldUntil     Time      `db:"old_until"`
	DisabledAt   Time      `db:"disabled_at"`
	DisabledFor  string    `db:"disabled_for"`
	FailingSince Time      `db:"failing_since"`
}

func (r endpointRow) endpoint(now Time) Endpoint {
	e := Endpoint{ID: r.ID, URL: r.URL, Name: r.Name, CreatedAt: r.CreatedAt, OldUntil: r.OldUntil,
		DisabledAt: r.DisabledAt, DisabledFor: r.DisabledFor, FailingSince: r.FailingSince}
	for word := range strings.FieldsSeq(r.Events) {
		e.Events = append(e.Events, EventKind(word))
	}
	if !e.OldUntil.After(now.Time) {
		e.OldUntil = Time{}
	}
	return e
}

func eventsText(events []EventKind) string {
	words := make([]string, 0, len(events))
	for _, k := range EventKinds { // in one order, each once
		if slices.Contains(events, k) {
			words = append(words, string(k))
		}
	}
	return strings.Join(words, " ")
}

const endpointSelect = `
	SELECT e.id, e.url, e.name, e.events, e.created_at, e.old_until, t.disabled_at, t.disabled_for, t.failing_since
	FROM endpoints e
	JOIN targets t ON t.organization_id = e.organization_id AND t.id = e.id
	WHERE e.organization_id = $1 AND e.removed_at IS NULL`

func (c *Center) endpointOf(ctx context.Context, db sqlx.QueryerContext, organization, id uuid.UUID) (Endpoint, error) {
	var row endpointRow
	err := sqlx.GetContext(ctx, db, &row, endpointSelect+" AND e.id = $2", organization, id)
	return row.endpoint(c.now()), readError(err)
}

// Endpoints lists the organization's webhook endpoints, oldest first.
func (c *Center) Endpoints(ctx context.Context, by Actor) ([]Endpoint, error) {
	if err := by.may(ManageWebhooks); err != nil {
		return nil, err
	}
	var rows []endpointRow
	if err := c.read.SelectContext(ctx, &rows, endpointSelect+" ORDER BY e.id", by.Organization); err != nil {
		return nil, readError(err)
	}
	list := make([]Endpoint, len(rows))
	for i, r := range rows {
		list[i] = r.endpoint(c.now())
	}
	return list, nil
}

// Endpoint returns one webhook endpoint; an unknown, a foreign and a removed one are
// all ErrNotFound.
func (c *Center) Endpoint(ctx context.Context, by Actor, id uuid.UUID) (Endpoint, error) {
	if err := by.may(ManageWebhooks); err != nil {
		return Endpoint{}, err
	}
	return c.endpointOf(ctx, c.read, by.Organization, id)
}

// AddEndpoint makes a webhook endpoint and returns its secret, which is shown this
// once. An address the organization has already is FieldErrors.
func (c *Center) AddEndpoint(ctx context.Context, by Actor, in NewEndpoint) (Endpoint, string, error) {
	if err := by.may(ManageWebhooks); err != nil {
		return Endpoint{}, "", err
	}
	var faults FieldErrors
	if faults.endpoint(&in, c.private); len(faults) > 0 {
		return Endpoint{}, "", faults
	}
	id, secret := newID(), newEndpointSecret()
	kept, err := c.encrypt(endpointPlace(by.Organization, id), secret)
	if err != nil {
		return Endpoint{}, "", err
	}
	var made Endpoint
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		var n int
		if err := tx.GetContext(ctx, &n, "SELECT COUNT(*) FROM endpoints WHERE organization_id = $1 AND removed_at IS NULL", by.Organization); err != nil {
			return err
		}
		if n >= mostEndpoints {
			return FieldErrors{{Field: "url", Word: WordTooMany, Params: map[string]string{"n": strconv.Itoa(mostEndpoints)}}}
		}
		if err := c.addTarget(ctx, tx, by.Organization, id, WebhookTarget); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO endpoints (organization_id, id, url, name, events, secret, old_secret, created_at, changed_at)
			VALUES ($1, $2, $3, $4, $5, $6, '', $7, $7)`,
			by.Organization, id, in.URL, in.Name, eventsText(in.Events), kept, c.now()); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "webhook.made", id, ""); err != nil {
			return err
		}
		made, err = c.endpointOf(ctx, tx, by.Organization, id)
		return err
	})
	return made, secret, urlTaken(err)
}

// urlTaken says of which field a conflict is.
func urlTaken(err error) error {
	if errors.Is(err, ErrConflict) {
		return FieldErrors{{Field: "url", Word: WordTaken}}
	}
	return err
}

// ChangeEndpoint gives an endpoint another address, name and choice of events.
func (c *Center) ChangeEndpoint(ctx context.Context, by Actor, id uuid.UUID, in NewEndpoint) (Endpoint, error) {
	if err := by.may(ManageWebhooks); err != nil {
		return Endpoint{}, err
	}
	var faults FieldErrors
	if faults.endpoint(&in, c.private); len(faults) > 0 {
		return Endpoint{}, faults
	}
	var changed Endpoint
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE endpoints SET url = $3, name = $4, events = $5, changed_at = $6
			WHERE organization_id = $1 AND id = $2 AND removed_at IS NULL`,
			by.Organization, id, in.URL, in.Name, eventsText(in.Events), c.now())
		if err := one(done, err, ErrNotFound); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "webhook.changed", id, ""); err != nil {
			return err
		}
		changed, err = c.endpointOf(ctx, tx, by.Organization, id)
		return err
	})
	return changed, urlTaken(err)
}

// RotateEndpoint gives an endpoint a new secret, shown this once. For the overlap
// every message bears two signatures, so that the receiver may change over when it
// likes.
func (c *Center) RotateEndpoint(ctx context.Context, by Actor, id uuid.UUID, overlap time.Duration) (Endpoint, string, error) {
	if err := by.may(ManageWebhooks); err != nil {
		return Endpoint{}, "", err
	}
	if fault := overlapFault(overlap); fault != nil {
		return Endpoint{}, "", fault
	}
	secret := newEndpointSecret()
	kept, err := c.encrypt(endpointPlace(by.Organization, id), secret)
	if err != nil {
		return Endpoint{}, "", err
	}
	var e Endpoint
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE endpoints SET old_secret = secret, old_until = $3, secret = $4, changed_at = $5
			WHERE organization_id = $1 AND id = $2 AND removed_at IS NULL`,
			by.Organization, id, At(c.now().Add(overlap)), kept, c.now())
		if err := one(done, err, ErrNotFound); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "webhook.rotated", id, ""); err != nil {
			return err
		}
		e, err = c.endpointOf(ctx, tx, by.Organization, id)
		return err
	})
	return e, secret, err
}

func overlapFault(overlap time.Duration) error {
	switch {
	case overlap < 0:
		return FieldErrors{{Field: "overlap", Word: WordUnknown}}
	case overlap > LongestOverlap:
		return FieldErrors{{Field: "overlap", Word: WordTooFar, Params: map[string]string{"n": strconv.Itoa(int(LongestOverlap / (24 * time.Hour)))}}}
	}
	return nil
}

// DisableEndpoint stops an endpoint: events of this time are not kept for it, and
// what waits for it waits on. Disabling it again changes nothing.
func (c *Center) DisableEndpoint(ctx context.Context, by Actor, id uuid.UUID) error {
	return c.changeEndpoint(ctx, by, id, "webhook.disabled", func(tx *sqlx.Tx, e Endpoint) error {
		if !e.DisabledAt.IsZero() {
			return errUnchanged
		}
		return c.disableTarget(ctx, tx, by.Organization, id, DisabledByOwner)
	})
}

// EnableEndpoint lets an endpoint be told again. Enabling it again changes nothing.
func (c *Center) EnableEndpoint(ctx context.Context, by Actor, id uuid.UUID) error {
	return c.changeEndpoint(ctx, by, id, "webhook.enabled", func(tx *sqlx.Tx, e Endpoint) error {
		if e.DisabledAt.IsZero() {
			return errUnchanged
		}
		return c.enableTarget(ctx, tx, by.Organization, id)
	})
}

// RemoveEndpoint takes an endpoint away for good, its secrets too; what waits for it
// has failed.
func (c *Center) RemoveEndpoint(ctx context.Context, by Actor, id uuid.UUID) error {
	return c.changeEndpoint(ctx, by, id, "webhook.removed", func(tx *sqlx.Tx, _ Endpoint) error {
		if _, err := tx.ExecContext(ctx, "UPDATE targets SET disabled_at = $3, disabled_for = 'removed' WHERE organization_id = $1 AND id = $2",
			by.Organization, id, c.now()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE endpoints SET removed_at = $3, secret = '', old_secret = '' WHERE organization_id = $1 AND id = $2",
			by.Organization, id, c.now()); err != nil {
			return err
		}
		return c.failWaiting(ctx, tx, by.Organization, id, ReasonDisabled)
	})
}

// errUnchanged says that there was nothing to do, and nothing to note.
var errUnchanged = errors.New("nothing has changed")

func (c *Center) changeEndpoint(ctx context.Context, by Actor, id uuid.UUID, action string, change func(*sqlx.Tx, Endpoint) error) error {
	if err := by.may(ManageWebhooks); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		e, err := c.endpointOf(ctx, tx, by.Organization, id)
		if err != nil {
			return err
		}
		if err := change(tx, e); errors.Is(err, errUnchanged) {
			return nil
		} else if err != nil {
			return err
		}
		return c.audit(ctx, tx, by, action, id, "")
	})
}

// TestEndpoint sends an endpoint a message that means nothing, by the way all
// messages take, and returns its delivery's id. A disabled endpoint is ErrConflict.
func (c *Center) TestEndpoint(ctx context.Context, by Actor, id uuid.UUID) (uuid.UUID, error) {
	var delivery uuid.UUID
	err := c.changeEndpoint(ctx, by, id, "webhook.tested", func(tx *sqlx.Tx, e Endpoint) error {
		if !e.DisabledAt.IsZero() {
			return ErrConflict
		}
		test := Event{Organization: by.Organization, ID: newID(), Kind: WebhookTest, At: c.now(), Subject: id}
		if err := c.addDelivery(ctx, tx, test, id); err != nil {
			return err
		}
		if err := c.makeDue(ctx, tx, map[targetRef]bool{{by.Organization, id}: true}); err != nil {
			return err
		}
		return tx.GetContext(ctx, &delivery, "SELECT id FROM deliveries WHERE organization_id = $1 AND target_id = $2 AND event_id = $3",
			by.Organization, id, test.ID)
	})
	return delivery, err
}

// endpointsFor finds the endpoints that want an event.
func (c *Center) endpointsFor(ctx context.Context, tx *sqlx.Tx, e Event) ([]uuid.UUID, error) {
	if e.Kind == MailAsked { // a letter of ours is nobody else's event
		return nil, nil
	}
	var rows []struct {
		ID     uuid.UUID `db:"id"`
		Events string    `db:"events"`
	}
	if err := tx.SelectContext(ctx, &rows, `
		SELECT e.id, e.events FROM endpoints e
		JOIN targets t ON t.organization_id = e.organization_id AND t.id = e.id
		WHERE e.organization_id = $1 AND t.disabled_at IS NULL`, e.Organization); err != nil {
		return nil, err
	}
	var wanting []uuid.UUID
	for _, r := range rows {
		if r.Events == "" || slices.Contains(strings.Fields(r.Events), string(e.Kind)) {
			wanting = append(wanting, r.ID)
		}
	}
	return wanting, nil
}

// Address is where a message goes and what signs it: the secret, and during a
// rotation the one of before behind it.
type Address struct {
	URL     string
	Secrets []string
}

// EndpointFor returns where a parcel for a webhook endpoint goes. An endpoint that
// has been removed is ErrNotFound.
func (c *Center) EndpointFor(ctx context.Context, p Parcel) (Address, error) {
	var row struct {
		URL       string `db:"url"`
		Secret    string `db:"secret"`
		OldSecret string `db:"old_secret"`
		OldUntil  Time   `db:"old_until"`
	}
	organization := p.Event.Organization
	if err := c.read.GetContext(ctx, &row, `
		SELECT url, secret, old_secret, old_until FROM endpoints
		WHERE organization_id = $1 AND id = $2 AND removed_at IS NULL`, organization, p.Target); err != nil {
		return Address{}, readError(err)
	}
	kept := []string{row.Secret}
	if row.OldSecret != "" && c.now().Before(row.OldUntil.Time) {
		kept = append(kept, row.OldSecret)
	}
	a := Address{URL: row.URL}
	for _, text := range kept {
		secret, err := c.decrypt(endpointPlace(organization, p.Target), text)
		if err != nil {
			return Address{}, err
		}
		a.Secrets = append(a.Secrets, secret)
	}
	return a, nil
}
