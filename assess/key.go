package assess

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Key is an API key as it may be shown: the secret itself is kept only hashed.
type Key struct {
	ID         uuid.UUID `db:"id"`
	Name       string    `db:"name"`
	Prefix     string    `db:"prefix"` // The first characters of the secret.
	Tail       string    `db:"tail"`   // The last four.
	Scopes     scopeList `db:"scopes"`
	CreatedAt  Time      `db:"created_at"`
	ExpiresAt  Time      `db:"expires_at"`
	RevokedAt  Time      `db:"revoked_at"`
	LastUsedAt Time      `db:"last_used_at"`

	// After a rotation, the last four characters of the secret before, and how long
	// it is still good.
	OldTail  *string `db:"old_tail"`
	OldUntil Time    `db:"old_until"`
}

// State says what has become of the key at a time.
func (k Key) State(now time.Time) KeyState {
	switch {
	case !k.RevokedAt.IsZero():
		return KeyRevoked
	case !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(now):
		return KeyExpired
	}
	return KeyGood
}

// KeyState says whether a key still opens anything.
type KeyState string

// The states of a key.
const (
	KeyGood    KeyState = "good"
	KeyExpired KeyState = "expired"
	KeyRevoked KeyState = "revoked"
)

// scopeList is kept as words separated by spaces, as OAuth writes scopes.
type scopeList []Scope

// Scan reads the words.
func (l *scopeList) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("scopes cannot be read from %T", src)
	}
	*l = nil
	for word := range strings.FieldsSeq(text) {
		*l = append(*l, Scope(word))
	}
	return nil
}

func (l scopeList) text() string {
	words := make([]string, len(l))
	for i, s := range l {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

// NewKey is what is asked of a new API key.
type NewKey struct {
	Name      string
	Scopes    []Scope
	ExpiresAt Time // Zero is never.
}

const (
	keyPrefix   = "fourfold_live_"
	keyRandom   = 32 // base62 characters: 190 bits
	keyChecksum = 6

	longestKeyDays = 3650
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newKeySecret makes a secret whose last six characters are a CRC-32 of the
// rest, so that a scanner, or we, can tell a typing error from a wrong key.
func newKeySecret() (string, error) {
	var b strings.Builder
	b.WriteString(keyPrefix)
	for range keyRandom {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(base62))))
		if err != nil {
			return "", err
		}
		b.WriteByte(base62[n.Int64()])
	}
	return b.String() + checksum(b.String()), nil
}

func checksum(s string) string {
	sum := crc32.ChecksumIEEE([]byte(s))
	tail := make([]byte, keyChecksum)
	for i := keyChecksum - 1; i >= 0; i-- {
		tail[i] = base62[sum%62]
		sum /= 62
	}
	return string(tail)
}

// keyLooksRight checks form and checksum, so that noise never reaches the database.
func keyLooksRight(secret string) bool {
	if len(secret) != len(keyPrefix)+keyRandom+keyChecksum || !strings.HasPrefix(secret, keyPrefix) {
		return false
	}
	body := len(secret) - keyChecksum
	return checksum(secret[:body]) == secret[body:]
}

// MakeKey makes an API key and returns its secret, which is shown this once.
func (c *Center) MakeKey(ctx context.Context, by Actor, in NewKey) (Key, string, error) {
	if err := by.may(ManageHouse); err != nil {
		return Key{}, "", err
	}
	var faults FieldErrors
	faults.text("name", &in.Name, 1, 120)
	if len(in.Scopes) == 0 {
		faults = append(faults, FieldError{Field: "scopes", Word: WordRequired})
	}
	for _, s := range in.Scopes {
		if !slices.Contains(Scopes, s) {
			faults = append(faults, FieldError{Field: "scopes", Word: WordUnknown})
			break
		}
	}
	now := c.now()
	if !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(now.Time) {
		faults = append(faults, FieldError{Field: "expires_at", Word: WordInPast})
	}
	if in.ExpiresAt.After(now.AddDate(0, 0, longestKeyDays)) {
		faults = append(faults, FieldError{Field: "expires_at", Word: WordTooFar, Params: map[string]string{"n": strconv.Itoa(longestKeyDays)}})
	}
	if len(faults) > 0 {
		return Key{}, "", faults
	}
	secret, err := newKeySecret()
	if err != nil {
		return Key{}, "", err
	}
	k := Key{ID: newID(), Name: in.Name, Prefix: keyStart(secret), Tail: keyTail(secret),
		Scopes: scopeList(slices.Compact(slices.Sorted(slices.Values(in.Scopes)))), CreatedAt: now, ExpiresAt: At(in.ExpiresAt.Time)}
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO api_keys (organization_id, id, name, prefix, tail, scopes, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			by.Organization, k.ID, k.Name, k.Prefix, k.Tail, k.Scopes.text(), k.CreatedAt, k.ExpiresAt)
		if err != nil {
			return err
		}
		if err := addSecret(ctx, tx, DoorKey, secret, uuid.NullUUID{UUID: by.Organization, Valid: true}, k.ID, now, k.ExpiresAt); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "key.made", k.ID, k.Scopes.text())
	})
	return k, secret, err
}

// Keys lists the organization's API keys, newest first; for owners.
func (c *Center) Keys(ctx context.Context, by Actor) ([]Key, error) {
	if err := by.may(ManageHouse); err != nil {
		return nil, err
	}
	var keys []Key
	err := c.read.SelectContext(ctx, &keys, keySelect+" ORDER BY created_at DESC, id DESC", by.Organization)
	return keys, readError(err)
}

const keySelect = `
	SELECT id, name, prefix, tail, scopes, created_at, expires_at, revoked_at, last_used_at, old_tail, old_until
	FROM api_keys
	WHERE organization_id = $1`

// Key returns one API key; an unknown and a foreign one are both ErrNotFound.
func (c *Center) Key(ctx context.Context, by Actor, id uuid.UUID) (Key, error) {
	if err := by.may(ManageHouse); err != nil {
		return Key{}, err
	}
	var k Key
	err := c.read.GetContext(ctx, &k, keySelect+" AND id = $2", by.Organization, id)
	return k, readError(err)
}

// RotateKey gives an API key a new secret, shown this once. The old one stays good
// for the overlap, so that programs may change over one by one. A key that opens
// nothing any more is ErrConflict.
func (c *Center) RotateKey(ctx context.Context, by Actor, id uuid.UUID, overlap time.Duration) (Key, string, error) {
	if err := by.may(ManageHouse); err != nil {
		return Key{}, "", err
	}
	if fault := overlapFault(overlap); fault != nil {
		return Key{}, "", fault
	}
	secret, err := newKeySecret()
	if err != nil {
		return Key{}, "", err
	}
	var k Key
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		now := c.now()
		until := At(now.Add(overlap))
		if err := tx.GetContext(ctx, &k, keySelect+" AND id = $2", by.Organization, id); err != nil {
			return err
		}
		if k.State(now.Time) != KeyGood {
			return ErrConflict
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE api_keys SET old_tail = tail, old_until = $3, prefix = $4, tail = $5
			WHERE organization_id = $1 AND id = $2 AND tail = $6 AND revoked_at IS NULL`,
			by.Organization, id, until, keyStart(secret), keyTail(secret), k.Tail)
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE secrets SET expires_at = $3
			WHERE organization_id = $1 AND subject_id = $2 AND kind = 'key' AND (expires_at IS NULL OR expires_at > $3)`,
			by.Organization, id, until); err != nil {
			return err
		}
		if err := addSecret(ctx, tx, DoorKey, secret, uuid.NullUUID{UUID: by.Organization, Valid: true}, id, now, k.ExpiresAt); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "key.rotated", id, ""); err != nil {
			return err
		}
		return tx.GetContext(ctx, &k, keySelect+" AND id = $2", by.Organization, id)
	})
	return k, secret, err
}

// keyStart and keyTail are the parts of a secret that may be shown.
func keyStart(secret string) string { return secret[:len(keyPrefix)+4] }
func keyTail(secret string) string  { return secret[len(secret)-4:] }

// RevokeKey ends an API key at once.
func (c *Center) RevokeKey(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := by.may(ManageHouse); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE api_keys SET revoked_at = $3 WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL",
			by.Organization, id, c.now())
		if err := one(done, err, ErrNotFound); err != nil {
			return err
		}
		if err := dropSecrets(ctx, tx, DoorKey, id); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "key.revoked", id, "")
	})
}

const keyBySecret = `
	SELECT a.organization_id, a.id, a.scopes, a.last_used_at
	FROM secrets k
	JOIN api_keys a ON a.organization_id = k.organization_id AND a.id = k.subject_id
	WHERE k.hash = $1 AND k.kind = 'key' AND a.revoked_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > $2)
	  AND (k.expires_at IS NULL OR k.expires_at > $2)`

// KeyActor returns who an API key's secret speaks for. Unknown, revoked and
// expired secrets are the same ErrUnauthenticated.
func (c *Center) KeyActor(ctx context.Context, secret string) (Actor, error) {
	if !keyLooksRight(secret) {
		return Actor{}, ErrUnauthenticated
	}
	var row struct {
		Organization uuid.UUID `db:"organization_id"`
		ID           uuid.UUID `db:"id"`
		Scopes       scopeList `db:"scopes"`
		LastUsedAt   Time      `db:"last_used_at"`
	}
	now := c.now()
	err := readError(c.read.GetContext(ctx, &row, keyBySecret, hashToken(DoorKey, secret), now))
	if errors.Is(err, ErrNotFound) {
		return Actor{}, ErrUnauthenticated
	}
	if err != nil {
		return Actor{}, err
	}
	if now.Sub(row.LastUsedAt.Time) >= time.Minute {
		if _, err := c.write.ExecContext(ctx, "UPDATE api_keys SET last_used_at = $3 WHERE organization_id = $1 AND id = $2", row.Organization, row.ID, now); err != nil {
			return Actor{}, readError(err)
		}
	}
	return Actor{Organization: row.Organization, Kind: KeyActor, ID: row.ID, Scopes: row.Scopes}, nil
}
