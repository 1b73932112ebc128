package assess

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// ResetSignIn forgets what a member proves to be oneself with beside the password:
// second factors, recovery codes, and who the member is to the provider. Sessions and
// links end. It is for a colleague who lost the telephone; nobody resets the account
// in use.
func (c *Center) ResetSignIn(ctx context.Context, by Actor, member uuid.UUID) error {
	if err := by.may(ManageHouse); err != nil {
		return err
	}
	if member == by.ID {
		return ErrForbidden
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := memberOf(ctx, tx, by.Organization, member); err != nil {
			return err
		}
		for _, forget := range []string{
			"DELETE FROM factor_tries WHERE organization_id = $1 AND member_id = $2", // first, as whoever tries one does
			"DELETE FROM factors WHERE organization_id = $1 AND member_id = $2",
			"DELETE FROM recovery_codes WHERE organization_id = $1 AND member_id = $2",
			"DELETE FROM identities WHERE organization_id = $1 AND member_id = $2",
		} {
			if _, err := tx.ExecContext(ctx, forget, by.Organization, member); err != nil {
				return err
			}
		}
		if err := endSessions(ctx, tx, by.Organization, member); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "member.reset", member, "")
	})
}
