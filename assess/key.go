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
}

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
	k := Key{ID: newID(), Name: in.Name, Prefix: secret[:len(keyPrefix)+4], Tail: secret[len(secret)-4:],
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
	err := c.read.SelectContext(ctx, &keys, `
		SELECT id, name, prefix, tail, scopes, created_at, expires_at, revoked_at, last_used_at
		FROM api_keys
		WHERE organization_id = $1
		ORDER BY created_at DESC, id DESC`, by.Organization)
	return keys, readError(err)
}

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
	WHERE k.hash = $1 AND k.kind = 'key' AND a.revoked_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > $2)`

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
