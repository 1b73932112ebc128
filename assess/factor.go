package assess

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// FactorKind says what a second factor is.
type FactorKind string

// The kinds of factor.
const (
	CodeApp FactorKind = "totp"    // An app that makes codes by the time (RFC 6238).
	Passkey FactorKind = "passkey" // A device that signs a challenge (WebAuthn).
)

// Factor is what a member proves to be oneself with beside the password.
type Factor struct {
	ID          uuid.UUID  `db:"id"`
	Kind        FactorKind `db:"kind"`
	Name        string     `db:"name"`
	CreatedAt   Time       `db:"created_at"`
	ConfirmedAt Time       `db:"confirmed_at"`
	UsedAt      Time       `db:"used_at"`
}

const (
	// mostTries is how often a member's second factor may be tried in vain within
	// triesLast: six digits, three of which codes are good at a time, are then guessed
	// once in some ten thousand days. Only who knows the password gets this far.
	mostTries = 10
	triesLast = 15 * time.Minute

	recoveryCodes = 10
)

const factorColumns = "id, kind, name, created_at, confirmed_at, used_at"

// Factors lists the member's own confirmed factors, and how many recovery codes are
// left.
func (c *Center) Factors(ctx context.Context, by Actor) ([]Factor, int, error) {
	if by.Kind != MemberActor {
		return nil, 0, ErrForbidden
	}
	var all []Factor
	if err := c.read.SelectContext(ctx, &all, "SELECT "+factorColumns+` FROM factors
		WHERE organization_id = $1 AND member_id = $2 AND confirmed_at IS NOT NULL ORDER BY id`, by.Organization, by.ID); err != nil {
		return nil, 0, readError(err)
	}
	var codes int
	err := c.read.GetContext(ctx, &codes, "SELECT count(*) FROM recovery_codes WHERE organization_id = $1 AND member_id = $2", by.Organization, by.ID)
	return all, codes, readError(err)
}

// FactorRequired reports whether the organization asks every member who signs in
// here for a second factor.
func (c *Center) FactorRequired(ctx context.Context, by Actor) (bool, error) {
	if err := by.may(ManageHouse); err != nil {
		return false, err
	}
	var required bool
	err := c.read.GetContext(ctx, &required, "SELECT factor_required FROM organizations WHERE id = $1", by.Organization)
	return required, readError(err)
}

// RequireFactor sets whether the organization asks for a second factor. A member
// without one can then do nothing but set one up.
func (c *Center) RequireFactor(ctx context.Context, by Actor, required bool) error {
	if err := by.may(ManageHouse); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE organizations SET factor_required = $2 WHERE id = $1", by.Organization, required)
		if err := one(done, err, ErrNotFound); err != nil {
			return err
		}
		detail := "optional"
		if required {
			detail = "required"
		}
		return c.audit(ctx, tx, by, "organization.factor_set", by.ID, detail)
	})
}

// hasFactor reports whether a second factor is to be asked of a member.
func hasFactor(ctx context.Context, db sqlx.QueryerContext, organization, member uuid.UUID) (bool, error) {
	var n int
	err := sqlx.GetContext(ctx, db, &n, "SELECT count(*) FROM factors WHERE organization_id = $1 AND member_id = $2 AND confirmed_at IS NOT NULL", organization, member)
	return n > 0, err
}

// proving runs what tries a member's second factor. A vain try – ErrWrongCode or
// ErrPasskey – is counted in the same transaction, one at a time, so that many at once
// are as few as one after the other. What it changed before that is kept, too, as that a
// challenge was answered.
func (c *Center) proving(ctx context.Context, organization, member uuid.UUID, prove func(tx *sqlx.Tx) error) error {
	var vain error
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		if err := c.mayTry(ctx, tx, organization, member); err != nil {
			return err
		}
		err := prove(tx)
		if errors.Is(err, ErrWrongCode) || errors.Is(err, ErrPasskey) {
			vain = err
			return c.wrongFactor(ctx, tx, organization, member)
		}
		return err
	})
	return errors.Join(vain, err)
}

// mayTry is ErrTooManyTries where a member's factor was tried in vain too often; the
// count begins anew once the window has passed, which opens with the first vain try. It
// holds the count until the transaction ends.
func (c *Center) mayTry(ctx context.Context, tx *sqlx.Tx, organization, member uuid.UUID) error {
	now := c.now()
	var tries int
	err := tx.GetContext(ctx, &tries, `
		INSERT INTO factor_tries (organization_id, member_id, since, tries) VALUES ($1, $2, $3, 0)
		ON CONFLICT (organization_id, member_id) DO UPDATE SET
			tries = CASE WHEN factor_tries.since < $4 THEN 0 ELSE factor_tries.tries END,
			since = CASE WHEN factor_tries.since < $4 OR factor_tries.tries = 0 THEN excluded.since ELSE factor_tries.since END
		RETURNING tries`,
		organization, member, now, At(now.Add(-triesLast)))
	if err == nil && tries >= mostTries {
		return ErrTooManyTries
	}
	return err
}

// wrongFactor counts a vain try and says so in the audit log.
func (c *Center) wrongFactor(ctx context.Context, tx *sqlx.Tx, organization, member uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, "UPDATE factor_tries SET tries = tries + 1 WHERE organization_id = $1 AND member_id = $2", organization, member); err != nil {
		return err
	}
	return c.audit(ctx, tx, Actor{Organization: organization, Kind: SystemActor}, "member.factor_wrong", member, "")
}

// newRecoveryCodes replaces a member's recovery codes. They are told this once.
func (c *Center) newRecoveryCodes(ctx context.Context, tx *sqlx.Tx, organization, member uuid.UUID) ([]string, error) {
	if _, err := tx.ExecContext(ctx, "DELETE FROM recovery_codes WHERE organization_id = $1 AND member_id = $2", organization, member); err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		codes[i] = recoveryCode()
		if _, err := tx.ExecContext(ctx, "INSERT INTO recovery_codes (organization_id, member_id, hash) VALUES ($1, $2, $3)",
			organization, member, recoveryHash(member, codes[i])); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// recoveryCode is 80 random bits in four groups, in letters nobody mistakes.
func recoveryCode() string {
	text := idText.EncodeToString(randomBytes(10))
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// plainCode is a code as it is compared: without the spaces, hyphens and capitals
// people put into it.
func plainCode(code string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(strings.TrimSpace(code)))
}

func recoveryHash(member uuid.UUID, code string) string {
	return hashToken("recovery", member.String()+":"+plainCode(code))
}

// proveFactor checks a code of the member's app or a recovery code and uses it up:
// neither counts twice. A wrong one is ErrWrongCode.
func (c *Center) proveFactor(ctx context.Context, organization, member uuid.UUID, code string, then func(tx *sqlx.Tx) error) error {
	return c.proving(ctx, organization, member, func(tx *sqlx.Tx) error {
		if err := c.spendCode(ctx, tx, organization, member, code); err != nil {
			return err
		}
		return then(tx)
	})
}

// RemoveFactor takes one of the member's own factors away; a code proves that it is
// the member, not whoever found the page open. With the last factor the recovery
// codes go.
func (c *Center) RemoveFactor(ctx context.Context, by Actor, id uuid.UUID, code string) error {
	if by.Kind != MemberActor {
		return ErrForbidden
	}
	var there int
	if err := c.read.GetContext(ctx, &there, "SELECT count(*) FROM factors WHERE organization_id = $1 AND member_id = $2 AND id = $3 AND confirmed_at IS NOT NULL",
		by.Organization, by.ID, id); err != nil || there == 0 {
		return errors.Join(readError(err), ErrNotFound)
	}
	return c.proveFactor(ctx, by.Organization, by.ID, code, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, "DELETE FROM factors WHERE organization_id = $1 AND member_id = $2 AND id = $3", by.Organization, by.ID, id)
		if err := one(done, err, ErrNotFound); err != nil {
			return err
		}
		if has, err := hasFactor(ctx, tx, by.Organization, by.ID); err != nil {
			return err
		} else if !has {
			if _, err := tx.ExecContext(ctx, "DELETE FROM recovery_codes WHERE organization_id = $1 AND member_id = $2", by.Organization, by.ID); err != nil {
				return err
			}
		}
		return c.audit(ctx, tx, by, "member.factor_removed", by.ID, "")
	})
}

// RenewRecoveryCodes gives the member fresh recovery codes; those of before no
// longer work.
func (c *Center) RenewRecoveryCodes(ctx context.Context, by Actor, code string) ([]string, error) {
	if by.Kind != MemberActor {
		return nil, ErrForbidden
	}
	var codes []string
	err := c.proveFactor(ctx, by.Organization, by.ID, code, func(tx *sqlx.Tx) (err error) {
		if codes, err = c.newRecoveryCodes(ctx, tx, by.Organization, by.ID); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "member.recovery_renewed", by.ID, "")
	})
	return codes, err
}
