package assess

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Connection is a configured applicant tracking system: whose orders are taken,
// and where and with what their results are delivered.
type Connection struct {
	Organization uuid.UUID      `db:"organization_id"`
	ID           uuid.UUID      `db:"id"`
	Vendor       Vendor         `db:"vendor"`
	Name         string         `db:"name"`
	Language     questions.Lang `db:"language"` // Of what the vendor shows: names of tests, labels, reasons.
	Prefix       string         `db:"prefix"`   // The first characters of the key.
	Tail         string         `db:"tail"`
	Hosts        wordList       `db:"hosts"`   // Where orders may ask to be called back, exactly.
	Base         string         `db:"base"`    // Where the vendor is called, unless each order says.
	Account      string         `db:"account"` // Which account there is meant.
	CreatedAt    Time           `db:"created_at"`
	UsedAt       Time           `db:"used_at"`
	ClosedAt     Time           `db:"closed_at"`
	Complaint    string         `db:"complaint"` // What was last wrong between the vendor and us.
	ComplainedAt Time           `db:"complained_at"`
	Credential   bool           `db:"has_credential"` // There is something to call the vendor with.
	Signing      bool           `db:"has_signing"`
}

// Open reports whether orders are taken.
func (n Connection) Open() bool { return n.ClosedAt.IsZero() }

// Ready reports whether results can be delivered.
func (n Connection) Ready() bool {
	rule := vendorRules[n.Vendor]
	return n.Open() && n.Credential && (!rule.Signed || n.Signing)
}

// wordList is kept as words separated by spaces.
type wordList []string

// Scan reads the words.
func (l *wordList) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("words cannot be read from %T", src)
	}
	*l = strings.Fields(text)
	return nil
}

// NewConnection is what an owner says of an applicant tracking system. Credential
// and signing secret come from the vendor and may follow later.
type NewConnection struct {
	Vendor     Vendor
	Name       string // Left out, the vendor's own.
	Language   questions.Lang
	Hosts      []string // Left out, the vendor's usual ones.
	Base       string   // Left out, the vendor's usual one.
	Account    string
	Credential string
	Signing    string
}

const connectionColumns = `
	n.organization_id, n.id, n.vendor, n.name, n.language, n.prefix, n.tail, n.hosts, n.base, n.account, n.created_at, n.used_at,
	n.closed_at, n.complaint, n.complained_at, n.credential <> '' AS has_credential, n.signing <> '' AS has_signing`

// credentialPlace and signingPlace are where what a vendor issued is kept.
func credentialPlace(organization, id uuid.UUID) place {
	return place{"connections.credential", id, organization}
}

func signingPlace(organization, id uuid.UUID) place {
	return place{"connections.signing", id, organization}
}

// locked encrypts what there is to keep; nothing stays nothing.
func (c *Center) locked(at place, secret string) (string, error) {
	if secret == "" {
		return "", nil
	}
	return c.encrypt(at, secret)
}

// Connect configures an applicant tracking system and returns the key to hand to
// its vendor, shown this once. A vendor that signs has the key in the address it
// calls.
func (c *Center) Connect(ctx context.Context, by Actor, in NewConnection) (Connection, string, error) {
	if err := by.may(ManageHouse); err != nil {
		return Connection{}, "", err
	}
	rule, err := c.checkConnection(&in)
	if err != nil {
		return Connection{}, "", err
	}
	id, now := newID(), c.now()
	key, err := newKeySecret()
	if err != nil {
		return Connection{}, "", err
	}
	if !rule.Credential {
		in.Credential = key
	}
	credential, err := c.locked(credentialPlace(by.Organization, id), in.Credential)
	if err != nil {
		return Connection{}, "", err
	}
	signing, err := c.locked(signingPlace(by.Organization, id), in.Signing)
	if err != nil {
		return Connection{}, "", err
	}
	var made Connection
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO connections (organization_id, id, vendor, name, language, prefix, tail, hosts, base, account, credential,
			  signing, created_at, complaint)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '')`,
			by.Organization, id, in.Vendor, in.Name, in.Language, keyStart(key), keyTail(key), strings.Join(in.Hosts, " "), in.Base, in.Account,
			credential, signing, now)
		if err != nil {
			return err
		}
		if err := addSecret(ctx, tx, DoorConnection, key, uuid.NullUUID{UUID: by.Organization, Valid: true}, id, now, Time{}); err != nil {
			return err
		}
		if err := c.addTarget(ctx, tx, by.Organization, id, ConnectionTarget); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "connection.made", id, string(in.Vendor)); err != nil {
			return err
		}
		made, err = connectionOf(ctx, tx, by.Organization, id)
		return err
	})
	return made, key, err
}

// checkConnection trims what was said and fills in what the vendor makes usual.
func (c *Center) checkConnection(in *NewConnection) (VendorRule, error) {
	rule, ok := in.Vendor.Rule()
	if !ok {
		return rule, FieldErrors{{Field: "vendor", Word: WordUnknown}}
	}
	var faults FieldErrors
	if in.Name == "" {
		in.Name = VendorNames[in.Vendor]
	}
	faults.text("name", &in.Name, 1, 120)
	faults.language("language", in.Language)
	if rule.InOrder {
		if len(in.Hosts) == 0 {
			in.Hosts = rule.Hosts
		}
		if len(in.Hosts) == 0 {
			faults = append(faults, FieldError{Field: "hosts", Word: WordRequired})
		}
		if len(in.Hosts) > 10 {
			faults = append(faults, FieldError{Field: "hosts", Word: WordTooLong, Params: map[string]string{"n": "10"}})
		}
		in.Hosts = slices.Clone(in.Hosts)
		for i, host := range in.Hosts {
			folded, ok := foldHost(host)
			if !ok {
				faults = append(faults, FieldError{Field: "hosts", Word: WordHost})
				break
			}
			in.Hosts[i] = folded
		}
		in.Base = ""
	} else {
		if in.Base = strings.TrimRight(strings.TrimSpace(in.Base), "/"); in.Base == "" {
			in.Base = rule.Base
		}
		if _, err := c.callable(in.Base); err != nil {
			faults = append(faults, FieldError{Field: "base", Word: WordAddress})
		}
		in.Hosts = nil
	}
	least := 0
	if rule.Account {
		least = 1
	}
	faults.text("account", &in.Account, least, 200)
	if rule.Credential {
		faults.secret("credential", &in.Credential)
	}
	if rule.Signed {
		faults.secret("signing", &in.Signing)
	}
	if len(faults) > 0 {
		return rule, faults
	}
	return rule, nil
}

// secret checks what will travel in a header.
func (e *FieldErrors) secret(field string, s *string) {
	*s = strings.TrimSpace(*s)
	switch {
	case len(*s) > 2000:
		*e = append(*e, FieldError{Field: field, Word: WordTooLong, Params: map[string]string{"n": "2000"}})
	case strings.ContainsFunc(*s, func(r rune) bool { return r < '!' || r > '~' }):
		*e = append(*e, FieldError{Field: field, Word: WordForbidden})
	}
}

// VendorNames are the vendors' names, the same in both languages.
var VendorNames = map[Vendor]string{
	Greenhouse: "Greenhouse", Ashby: "Ashby", Workable: "Workable", Recruitee: "Recruitee", Kombo: "Kombo",
}

// SetConnectionSecrets keeps what a vendor issued after the connection was made;
// an empty one leaves what is there.
func (c *Center) SetConnectionSecrets(ctx context.Context, by Actor, id uuid.UUID, credential, signing string) error {
	if err := by.may(ManageHouse); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		n, err := connectionOf(ctx, tx, by.Organization, id)
		if err != nil {
			return err
		}
		rule, _ := n.Vendor.Rule()
		var faults FieldErrors
		faults.secret("credential", &credential)
		faults.secret("signing", &signing)
		if credential == "" && signing == "" {
			faults = append(faults, FieldError{Field: "credential", Word: WordRequired})
		}
		switch {
		case len(faults) > 0:
			return faults
		case !n.Open() || !rule.Credential:
			return ErrConflict
		}
		for _, set := range []struct {
			value string
			at    place
			query string
		}{
			{credential, credentialPlace(by.Organization, id), "UPDATE connections SET credential = $3 WHERE organization_id = $1 AND id = $2"},
			{signing, signingPlace(by.Organization, id), "UPDATE connections SET signing = $3 WHERE organization_id = $1 AND id = $2"},
		} {
			if set.value == "" {
				continue
			}
			sealed, err := c.encrypt(set.at, set.value)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, set.query, by.Organization, id, sealed); err != nil {
				return err
			}
		}
		return c.audit(ctx, tx, by, "connection.secret_set", id, "")
	})
}

// Disconnect ends a connection at once: its key opens nothing any more and what
// the vendor was called with is forgotten. Its orders stay; their results can no
// longer be delivered.
func (c *Center) Disconnect(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := by.may(ManageHouse); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE connections SET closed_at = $3, credential = '', signing = ''
			WHERE organization_id = $1 AND id = $2 AND closed_at IS NULL`, by.Organization, id, c.now())
		if err := one(done, err, ErrNotFound); err != nil {
			return err
		}
		if err := dropSecrets(ctx, tx, DoorConnection, id); err != nil {
			return err
		}
		if err := c.disableTarget(ctx, tx, by.Organization, id, DisabledRemoved); err != nil && !errors.Is(err, ErrConflict) {
			return err
		}
		if err := c.failWaiting(ctx, tx, by.Organization, id, ReasonDisabled); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "connection.closed", id, "")
	})
}

// Connections lists the organization's connections, newest first; for owners.
func (c *Center) Connections(ctx context.Context, by Actor) ([]Connection, error) {
	if err := by.may(ManageHouse); err != nil {
		return nil, err
	}
	var list []Connection
	err := c.read.SelectContext(ctx, &list, `
		SELECT`+connectionColumns+`
		FROM connections n
		WHERE n.organization_id = $1
		ORDER BY n.created_at DESC, n.id DESC`, by.Organization)
	return list, readError(err)
}

// Untold counts, by connection, the messages that could not be delivered and wait to
// be sent again.
func (c *Center) Untold(ctx context.Context, by Actor) (map[uuid.UUID]int, error) {
	if err := by.may(ManageHouse); err != nil {
		return nil, err
	}
	var rows []struct {
		ID uuid.UUID `db:"id"`
		N  int       `db:"n"`
	}
	err := c.read.SelectContext(ctx, &rows, `
		SELECT n.id, COUNT(*) AS n
		FROM connections n
		JOIN deliveries d ON d.organization_id = n.organization_id AND d.target_id = n.id AND d.state IN ('failed', 'dead')
		WHERE n.organization_id = $1 AND n.closed_at IS NULL
		GROUP BY n.id`, by.Organization)
	untold := make(map[uuid.UUID]int, len(rows))
	for _, r := range rows {
		untold[r.ID] = r.N
	}
	return untold, readError(err)
}

// Connection returns one connection; an unknown and a foreign one are both
// ErrNotFound.
func (c *Center) Connection(ctx context.Context, by Actor, id uuid.UUID) (Connection, error) {
	if err := by.may(ManageHouse); err != nil {
		return Connection{}, err
	}
	return connectionOf(ctx, c.read, by.Organization, id)
}

func connectionOf(ctx context.Context, db sqlx.QueryerContext, organization, id uuid.UUID) (Connection, error) {
	var n Connection
	err := sqlx.GetContext(ctx, db, &n, "SELECT"+connectionColumns+" FROM connections n WHERE n.organization_id = $1 AND n.id = $2", organization, id)
	return n, readError(err)
}

// Complain keeps what is wrong between a vendor and us, for the owner to see; empty
// when nothing is any more. The same once more is no news to the audit log.
func (c *Center) Complain(ctx context.Context, by Actor, what string) error {
	if err := by.may(Ordering); err != nil {
		return err
	}
	what = clip(what, 500)
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		before, err := connectionOf(ctx, tx, by.Organization, by.ID)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE connections SET complaint = $3, complained_at = $4 WHERE organization_id = $1 AND id = $2",
			by.Organization, by.ID, what, c.now()); err != nil || what == "" || what == before.Complaint {
			return err
		}
		return c.audit(ctx, tx, by, "connection.complained", by.ID, "")
	})
}

const connectionBySecret = `
	SELECT` + connectionColumns + `
	FROM secrets k
	JOIN connections n ON n.organization_id = k.organization_id AND n.id = k.subject_id
	WHERE k.hash = $1 AND k.kind = 'connection' AND n.vendor = $2 AND n.closed_at IS NULL`

// ConnectionActor returns who a vendor's key speaks for. Unknown and revoked keys
// and those of another vendor's connection are the same ErrUnauthenticated.
func (c *Center) ConnectionActor(ctx context.Context, vendor Vendor, secret string) (Actor, Connection, error) {
	if !keyLooksRight(secret) {
		return Actor{}, Connection{}, ErrUnauthenticated
	}
	var n Connection
	err := readError(c.read.GetContext(ctx, &n, connectionBySecret, hashToken(DoorConnection, secret), vendor))
	if errors.Is(err, ErrNotFound) {
		err = ErrUnauthenticated
	}
	if err != nil {
		return Actor{}, Connection{}, err
	}
	if now := c.now(); now.Sub(n.UsedAt.Time) >= time.Minute {
		if _, err := c.write.ExecContext(ctx, "UPDATE connections SET used_at = $3 WHERE organization_id = $1 AND id = $2", n.Organization, n.ID, now); err != nil {
			return Actor{}, Connection{}, readError(err)
		}
	}
	return Actor{Organization: n.Organization, Kind: ConnectionActor, ID: n.ID}, n, nil
}

// SignatureHolds asks check whether a message bears the signature of the vendor's
// secret. Without a secret nothing does.
func (c *Center) SignatureHolds(ctx context.Context, n Connection, check func(secret string) bool) error {
	var sealed string
	if err := c.read.GetContext(ctx, &sealed, "SELECT signing FROM connections WHERE organization_id = $1 AND id = $2", n.Organization, n.ID); err != nil {
		return readError(err)
	}
	if sealed == "" {
		return ErrUnauthenticated
	}
	secret, err := c.decrypt(signingPlace(n.Organization, n.ID), sealed)
	if err == nil && !check(secret) {
		err = ErrUnauthenticated
	}
	return err
}
