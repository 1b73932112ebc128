package assess

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// What every app that makes codes understands: six digits, SHA-1, every thirty
// seconds. One step before and after counts, because telephones go wrong.
const (
	codeStep     = 30 * time.Second
	codeDrift    = 1
	codeSecret   = 20 // bytes, by RFC 4226
	codeIssuer   = "Fourfold"
	waitsForCode = time.Hour // How long an app may take to be confirmed.
)

var codeOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

func randomBytes(n int) []byte {
	raw := make([]byte, n)
	rand.Read(raw) // never fails since Go 1.24
	return raw
}

func factorPlace(organization, id uuid.UUID) place {
	return place{table: "factors", row: id, organization: organization}
}

// NewCodeApp is an app that is being set up: the secret to type, and the address a
// QR code holds.
type NewCodeApp struct {
	ID      uuid.UUID
	Secret  string
	Address string
}

// StartCodeApp makes the secret of a new app, or shows again the one that waits to
// be confirmed. It counts once a code of it has been given.
func (c *Center) StartCodeApp(ctx context.Context, by Actor) (NewCodeApp, error) {
	if by.Kind != MemberActor {
		return NewCodeApp{}, ErrForbidden
	}
	var app NewCodeApp
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		m, err := memberOf(ctx, tx, by.Organization, by.ID)
		if err != nil {
			return err
		}
		if app.ID, app.Secret, err = c.waitingApp(ctx, tx, by); err != nil {
			return err
		}
		key, err := totp.Generate(totp.GenerateOpts{Issuer: codeIssuer, AccountName: m.Email, Secret: mustDecode(app.Secret)})
		if err != nil {
			return err
		}
		app.Address = key.URL()
		return nil
	})
	return app, err
}

func mustDecode(secret string) []byte {
	raw, _ := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret) // we wrote it
	return raw
}

// waitingApp finds the app that waits to be confirmed, or makes it: whoever reloads
// the page or mistypes a code keeps the secret already scanned.
func (c *Center) waitingApp(ctx context.Context, tx *sqlx.Tx, by Actor) (uuid.UUID, string, error) {
	var row struct {
		ID     uuid.UUID `db:"id"`
		Secret string    `db:"secret"`
	}
	now := c.now()
	err := readError(tx.GetContext(ctx, &row, `
		SELECT id, secret FROM factors
		WHERE organization_id = $1 AND member_id = $2 AND kind = 'totp' AND confirmed_at IS NULL AND created_at > $3
		ORDER BY id DESC LIMIT 1`, by.Organization, by.ID, At(now.Add(-waitsForCode))))
	if err == nil {
		secret, err := c.decrypt(factorPlace(by.Organization, row.ID), row.Secret)
		return row.ID, secret, err
	}
	if !errors.Is(err, ErrNotFound) {
		return uuid.Nil, "", err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM factors WHERE organization_id = $1 AND member_id = $2 AND kind = 'totp' AND confirmed_at IS NULL", by.Organization, by.ID); err != nil {
		return uuid.Nil, "", err
	}
	id, secret := newID(), base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(randomBytes(codeSecret))
	sealed, err := c.encrypt(factorPlace(by.Organization, id), secret)
	if err != nil {
		return uuid.Nil, "", err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO factors (organization_id, id, member_id, kind, name, secret, handle, last_step, created_at)
		VALUES ($1, $2, $3, 'totp', '', $4, '', 0, $5)`, by.Organization, id, by.ID, sealed, now)
	return id, secret, err
}

// ConfirmCodeApp makes the waiting app a factor, if the code is its own, in place of
// the app of before. Whoever has a factor proves it as well, as one who removes it
// does: otherwise whoever found the page open could put one of their own in its
// place. Whoever has no recovery codes yet is told them, this once. The member's other
// sessions end, and the returned one replaces the present one.
func (c *Center) ConfirmCodeApp(ctx context.Context, by Actor, code, proof string) (Session, []string, error) {
	if by.Kind != MemberActor {
		return Session{}, nil, ErrForbidden
	}
	var s Session
	var codes []string
	err := c.proving(ctx, by.Organization, by.ID, func(tx *sqlx.Tx) error {
		id, secret, err := c.waitingApp(ctx, tx, by)
		if err != nil {
			return err
		}
		step, ok := codeFits(secret, code, c.Now())
		if !ok {
			return ErrWrongCode
		}
		if err := c.mayAdd(ctx, tx, by, proof); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM factors WHERE organization_id = $1 AND member_id = $2 AND kind = 'totp' AND id <> $3", by.Organization, by.ID, id); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, "UPDATE factors SET confirmed_at = $3, last_step = $4 WHERE organization_id = $1 AND id = $2 AND confirmed_at IS NULL", by.Organization, id, c.now(), step)
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		s, codes, err = c.factorAdded(ctx, tx, by)
		return err
	})
	return s, codes, err
}

// mayAdd asks whoever has a factor for a code, before another is added; a wrong one is
// ErrWrongCode and the fault of the field proof.
func (c *Center) mayAdd(ctx context.Context, tx *sqlx.Tx, by Actor, proof string) error {
	if has, err := hasFactor(ctx, tx, by.Organization, by.ID); err != nil || !has {
		return err
	}
	err := c.spendCode(ctx, tx, by.Organization, by.ID, proof)
	if errors.Is(err, ErrWrongCode) {
		return errors.Join(err, FieldErrors{{Field: "proof", Word: WordCode}})
	}
	return err
}

// factorAdded ends what was signed in without the factor, begins the present session
// anew and gives recovery codes to whoever has none.
func (c *Center) factorAdded(ctx context.Context, tx *sqlx.Tx, by Actor) (Session, []string, error) {
	var codes []string
	var left int
	if err := tx.GetContext(ctx, &left, "SELECT count(*) FROM recovery_codes WHERE organization_id = $1 AND member_id = $2", by.Organization, by.ID); err != nil {
		return Session{}, nil, err
	}
	if left == 0 {
		var err error
		if codes, err = c.newRecoveryCodes(ctx, tx, by.Organization, by.ID); err != nil {
			return Session{}, nil, err
		}
	}
	if err := endSessions(ctx, tx, by.Organization, by.ID); err != nil {
		return Session{}, nil, err
	}
	s, err := c.newSession(ctx, tx, by.Organization, by.ID, factorAdded)
	return s, codes, err
}

// codeFits finds the step a code belongs to, near the time.
func codeFits(secret, code string, now time.Time) (int64, bool) {
	code, present := plainCode(code), now.Unix()/int64(codeStep.Seconds())
	for step := present - codeDrift; step <= present+codeDrift; step++ {
		if ok, err := hotp.ValidateCustom(code, uint64(step), secret, codeOptions); err == nil && ok {
			return step, true
		}
	}
	return 0, false
}

// spendCode checks a code and uses it up: an app's code counts if it is newer than
// the last one that did, a recovery code once.
func (c *Center) spendCode(ctx context.Context, tx *sqlx.Tx, organization, member uuid.UUID, code string) error {
	var apps []struct {
		ID     uuid.UUID `db:"id"`
		Secret string    `db:"secret"`
	}
	if err := tx.SelectContext(ctx, &apps, "SELECT id, secret FROM factors WHERE organization_id = $1 AND member_id = $2 AND kind = 'totp' AND confirmed_at IS NOT NULL", organization, member); err != nil {
		return err
	}
	for _, app := range apps {
		secret, err := c.decrypt(factorPlace(organization, app.ID), app.Secret)
		if err != nil {
			return err
		}
		step, ok := codeFits(secret, code, c.Now())
		if !ok {
			continue
		}
		done, err := tx.ExecContext(ctx, "UPDATE factors SET last_step = $3, used_at = $4 WHERE organization_id = $1 AND id = $2 AND last_step < $3", organization, app.ID, step, c.now())
		return one(done, err, ErrWrongCode)
	}
	done, err := tx.ExecContext(ctx, "DELETE FROM recovery_codes WHERE organization_id = $1 AND member_id = $2 AND hash = $3", organization, member, recoveryHash(member, code))
	if err := one(done, err, ErrWrongCode); err != nil {
		return err
	}
	return c.audit(ctx, tx, Actor{Organization: organization, Kind: MemberActor, ID: member}, "member.recovery_used", member, "")
}
