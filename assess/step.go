package assess

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// StepLasts is how long whoever has given a password may take to give the second
// factor.
const StepLasts = 10 * time.Minute

// Entry is what comes of a first proof: a session, or a step towards one where a
// second factor is asked for.
type Entry struct {
	Session
	Step string // The secret that proves the first proof; empty when the session is there.
}

// enter opens a session for a member who has given one proof, or begins the step to
// the second one.
func (c *Center) enter(ctx context.Context, tx *sqlx.Tx, organization, member uuid.UUID, how string) (Entry, error) {
	asked, err := hasFactor(ctx, tx, organization, member)
	if err != nil {
		return Entry{}, err
	}
	if !asked {
		s, err := c.newSession(ctx, tx, organization, member, how)
		return Entry{Session: s}, err
	}
	m, err := memberOf(ctx, tx, organization, member)
	if err != nil {
		return Entry{}, err
	}
	token, err := c.newStep(ctx, tx, organization, member, how, "")
	return Entry{Session: Session{Member: m}, Step: token}, err
}

// newStep keeps what was proved, and what was asked. Steps that nobody took are
// forgotten by the next one.
func (c *Center) newStep(ctx context.Context, tx *sqlx.Tx, organization, member uuid.UUID, proof, challenge string) (string, error) {
	now, id, token := c.now(), newID(), newToken()
	if err := closeDoors(ctx, tx, DoorStep, "DELETE FROM sign_in_steps WHERE organization_id = $1 AND created_at < $2 RETURNING id", organization, At(now.Add(-StepLasts))); err != nil {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO sign_in_steps (organization_id, id, member_id, proof, challenge, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		organization, id, member, proof, challenge, now); err != nil {
		return "", err
	}
	return token, addSecret(ctx, tx, DoorStep, token, uuid.NullUUID{UUID: organization, Valid: true}, id, now, At(now.Add(StepLasts)))
}

type stepRow struct {
	Organization uuid.UUID `db:"organization_id"`
	ID           uuid.UUID `db:"id"`
	Member       uuid.UUID `db:"member_id"`
	Proof        string    `db:"proof"`
	Challenge    string    `db:"challenge"`
}

// stepOf finds a step that may still be taken; ErrStep when there is none.
func (c *Center) stepOf(ctx context.Context, db sqlx.QueryerContext, token string) (stepRow, error) {
	var row stepRow
	err := readError(sqlx.GetContext(ctx, db, &row, `
		SELECT s.organization_id, s.id, s.member_id, s.proof, s.challenge
		FROM secrets k
		JOIN sign_in_steps s ON s.organization_id = k.organization_id AND s.id = k.subject_id
		JOIN members m ON m.organization_id = s.organization_id AND m.id = s.member_id
		WHERE k.hash = $1 AND k.kind = 'step' AND k.expires_at > $2 AND m.disabled_at IS NULL`, hashToken(DoorStep, token), c.now()))
	if errors.Is(err, ErrNotFound) {
		return row, ErrStep
	}
	return row, err
}

func endStep(ctx context.Context, tx *sqlx.Tx, row stepRow) error {
	done, err := tx.ExecContext(ctx, "DELETE FROM sign_in_steps WHERE organization_id = $1 AND id = $2", row.Organization, row.ID)
	if err := one(done, err, ErrStep); err != nil {
		return err
	}
	return dropSecrets(ctx, tx, DoorStep, row.ID)
}

// StepFactors says which kinds of factor the member at a step has.
func (c *Center) StepFactors(ctx context.Context, step string) ([]FactorKind, error) {
	row, err := c.signInStep(ctx, step)
	if err != nil {
		return nil, err
	}
	var kinds []FactorKind
	err = c.read.SelectContext(ctx, &kinds, "SELECT DISTINCT kind FROM factors WHERE organization_id = $1 AND member_id = $2 AND confirmed_at IS NOT NULL ORDER BY kind", row.Organization, row.Member)
	return kinds, readError(err)
}

// SignInByCode takes the step with a code of the app or a recovery code. A code that
// was used before is as wrong as any other. After too many vain tries no code counts
// for a while.
func (c *Center) SignInByCode(ctx context.Context, step, code string) (Session, error) {
	row, err := c.signInStep(ctx, step)
	if err != nil {
		return Session{}, err
	}
	var s Session
	err = c.proveFactor(ctx, row.Organization, row.Member, code, func(tx *sqlx.Tx) (err error) {
		if err := endStep(ctx, tx, row); err != nil {
			return err
		}
		s, err = c.newSession(ctx, tx, row.Organization, row.Member, signedInByFactor)
		return err
	})
	return s, err
}
