package assess

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Door is the kind of a secret: what it opens.
type Door string

// The doors.
const (
	DoorSetUp   Door = "setup"   // Makes the first organization and its owner; once.
	DoorSignIn  Door = "sign_in" // Signs one member in; once.
	DoorSession Door = "session" // A member's session.
	DoorLink    Door = "link"    // A candidate's invitation.
	DoorKey     Door = "key"     // An API key.
	// DoorConnection is the key of an applicant tracking system's own door.
	DoorConnection Door = "connection"
	DoorRater      Door = "rater" // A rater's place on a panel.
	DoorStep       Door = "step"  // From a first proof of a member to the second.
)

// secretBytes is 256 bits, twice what ASVS 6.5.3 asks of a token.
const secretBytes = 32

// newToken makes a random secret for a URL or a cookie.
func newToken() string {
	raw := make([]byte, secretBytes)
	rand.Read(raw) // crypto/rand.Read never returns an error since Go 1.24
	return base64.RawURLEncoding.EncodeToString(raw)
}

func hashToken(door Door, token string) string {
	sum := sha256.Sum256([]byte(string(door) + ":" + token))
	return hex.EncodeToString(sum[:])
}

// seal derives a token from the server's secret, so that a link can be shown
// again although only its hash is kept.
func (c *Center) seal(purpose string, id uuid.UUID, generation int64) string {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write(id[:])
	binary.Write(mac, binary.BigEndian, generation) // a hash never fails to write
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// secretRow is what a secret opens.
type secretRow struct {
	Organization uuid.NullUUID `db:"organization_id"`
	Subject      uuid.UUID     `db:"subject_id"`
	ExpiresAt    Time          `db:"expires_at"`
}

const secretByHash = `
	SELECT organization_id, subject_id, expires_at
	FROM secrets
	WHERE hash = $1 AND kind = $2`

// secretOf finds what a token opens, expired or not; ErrNotFound when nothing.
func secretOf(ctx context.Context, db sqlx.QueryerContext, door Door, token string) (secretRow, error) {
	var row secretRow
	if token == "" || len(token) > 200 {
		return row, ErrNotFound
	}
	err := sqlx.GetContext(ctx, db, &row, secretByHash, hashToken(door, token), door)
	return row, readError(err)
}

const keepSecret = `
	INSERT INTO secrets (hash, kind, organization_id, subject_id, created_at, expires_at)
	VALUES ($1, $2, $3, $4, $5, $6)`

func addSecret(ctx context.Context, tx *sqlx.Tx, door Door, token string, organization uuid.NullUUID, subject uuid.UUID, now, expires Time) error {
	_, err := tx.ExecContext(ctx, keepSecret, hashToken(door, token), door, organization, subject, now, expires)
	return err
}

// spendSecret takes a one-time secret out of the world. Of two who try, one wins.
func spendSecret(ctx context.Context, tx *sqlx.Tx, door Door, token string, now Time) (secretRow, error) {
	var row secretRow
	err := tx.GetContext(ctx, &row, `
		DELETE FROM secrets
		WHERE hash = $1 AND kind = $2
		RETURNING organization_id, subject_id, expires_at`, hashToken(door, token), door)
	if err != nil {
		return row, readError(err)
	}
	if !row.ExpiresAt.IsZero() && now.After(row.ExpiresAt.Time) {
		return row, ErrLinkExpired
	}
	return row, nil
}

func dropSecrets(ctx context.Context, tx *sqlx.Tx, door Door, subject uuid.UUID) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM secrets WHERE subject_id = $1 AND kind = $2", subject, door)
	return err
}

// DoorKnown reports whether a one-time link would still open its door, without
// using it up: mail scanners open links before people do.
func (c *Center) DoorKnown(ctx context.Context, door Door, token string) error {
	row, err := secretOf(ctx, c.read, door, token)
	if err == ErrNotFound {
		return ErrLinkUnknown
	}
	if err != nil {
		return err
	}
	if !row.ExpiresAt.IsZero() && c.now().After(row.ExpiresAt.Time) {
		return ErrLinkExpired
	}
	return nil
}

// Seat is a candidate's place at one sitting, proved by a cookie. A renewed link
// raises the generation and empties the seats of the old one.
type Seat struct {
	Organization uuid.UUID
	Sitting      uuid.UUID
	Assessment   uuid.UUID // Its form never changes, so an answer is checked without a read.
	Generation   int64
}

const seatBytes = 16 + 16 + 16 + 8

func (s Seat) bytes() []byte {
	raw := make([]byte, 0, seatBytes+sha256.Size)
	raw = append(raw, s.Organization[:]...)
	raw = append(raw, s.Sitting[:]...)
	raw = append(raw, s.Assessment[:]...)
	return binary.BigEndian.AppendUint64(raw, uint64(s.Generation))
}

func (c *Center) seatMAC(raw []byte) []byte {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write([]byte("seat\x00"))
	mac.Write(raw)
	return mac.Sum(nil)
}

// SeatCookie writes a seat as a cookie value: ids and a MAC, nothing to look up.
func (c *Center) SeatCookie(s Seat) string {
	raw := s.bytes()
	return base64.RawURLEncoding.EncodeToString(append(raw, c.seatMAC(raw)...))
}

// SeatOf reads what SeatCookie wrote; anything else is ErrUnauthenticated.
func (c *Center) SeatOf(cookie string) (Seat, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	if err != nil || len(raw) != seatBytes+sha256.Size {
		return Seat{}, ErrUnauthenticated
	}
	if subtle.ConstantTimeCompare(c.seatMAC(raw[:seatBytes]), raw[seatBytes:]) != 1 {
		return Seat{}, ErrUnauthenticated
	}
	return Seat{
		Organization: uuid.UUID(raw[0:16]),
		Sitting:      uuid.UUID(raw[16:32]),
		Assessment:   uuid.UUID(raw[32:48]),
		Generation:   int64(binary.BigEndian.Uint64(raw[48:56])),
	}, nil
}
