package assess

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// AuditEntry says who did what to which thing and when: ids and words, never
// names or answers. Seq and Hash are its place in the organization's chain.
type AuditEntry struct {
	Organization uuid.UUID `db:"organization_id"`
	Seq          int64     `db:"seq"`
	ID           uuid.UUID `db:"id"`
	At           Time      `db:"at"`
	ActorKind    ActorKind `db:"actor_kind"`
	Actor        uuid.UUID `db:"actor_id"`
	Action       string    `db:"action"`
	Subject      uuid.UUID `db:"subject_id"`
	Detail       string    `db:"detail"`
	Hash         string    `db:"hash"`
}

// sealed is the entry's hash behind the given one: SHA-256 over the previous
// hash and every field, separated by a byte no field contains.
func (e AuditEntry) sealed(previous string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		previous, e.Organization.String(), fmt.Sprint(e.Seq), e.ID.String(), e.At.UTC().Format(storedTime),
		string(e.ActorKind), e.Actor.String(), e.Action, e.Subject.String(), e.Detail,
	}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// audit writes an entry with its effect; the sealer chains it within a second,
// because a chain head per insert would queue every transaction behind it.
func (c *Center) audit(ctx context.Context, tx *sqlx.Tx, by Actor, action string, subject uuid.UUID, detail string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO audit_inbox (organization_id, id, at, actor_kind, actor_id, action, subject_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		by.Organization, newID(), c.now(), by.Kind, by.ID, action, subject, detail)
	return err
}

const sealBatch = 500

const unsealed = `
	SELECT organization_id, id, at, actor_kind, actor_id, action, subject_id, detail
	FROM audit_inbox
	ORDER BY organization_id, id
	LIMIT $1`

const chainHead = `
	SELECT seq, hash
	FROM audit_entries
	WHERE organization_id = $1
	ORDER BY seq DESC
	LIMIT 1`

// Seal moves waiting audit entries into their organizations' chains. Only the
// holder of the lease does; for any other server it is a no-op. While nothing waits it
// only reads.
func (c *Center) Seal(ctx context.Context) error {
	for {
		var waits []uuid.UUID
		if err := c.read.SelectContext(ctx, &waits, "SELECT id FROM audit_inbox ORDER BY organization_id, id LIMIT 1"); err != nil || len(waits) == 0 {
			return readError(err)
		}
		var n int
		err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
			n, err = c.sealBatch(ctx, tx)
			return err
		})
		if err != nil || n < sealBatch {
			return err
		}
	}
}

func (c *Center) sealBatch(ctx context.Context, tx *sqlx.Tx) (int, error) {
	if mine, err := c.lease(ctx, tx, "audit"); err != nil || !mine {
		return 0, err
	}
	var entries []AuditEntry
	if err := tx.SelectContext(ctx, &entries, unsealed, sealBatch); err != nil {
		return 0, err
	}
	var head AuditEntry
	for i, e := range entries {
		if i == 0 || e.Organization != head.Organization {
			head = AuditEntry{}
			if err := tx.GetContext(ctx, &head, chainHead, e.Organization); err != nil && !errors.Is(readError(err), ErrNotFound) {
				return 0, err
			}
		}
		e.Seq = head.Seq + 1
		e.Hash = e.sealed(head.Hash)
		if _, err := tx.NamedExecContext(ctx, `
			INSERT INTO audit_entries (organization_id, seq, id, at, actor_kind, actor_id, action, subject_id, detail, hash)
			VALUES (:organization_id, :seq, :id, :at, :actor_kind, :actor_id, :action, :subject_id, :detail, :hash)`, e); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM audit_inbox WHERE organization_id = $1 AND id = $2", e.Organization, e.ID); err != nil {
			return 0, err
		}
		head = e
	}
	return len(entries), nil
}

const auditBefore = `
	SELECT organization_id, seq, id, at, actor_kind, actor_id, action, subject_id, detail, hash
	FROM audit_entries
	WHERE organization_id = $1 AND seq < $2
	ORDER BY seq DESC
	LIMIT $3`

const maxSeq = int64(1) << 62

// AuditEntries returns up to limit sealed entries before seq, newest first; a
// seq of 0 begins at the newest. Only owners and auditors may read them.
func (c *Center) AuditEntries(ctx context.Context, by Actor, seq int64, limit int) ([]AuditEntry, error) {
	if err := by.may(SeeAudit); err != nil {
		return nil, err
	}
	if seq <= 0 {
		seq = maxSeq
	}
	var entries []AuditEntry
	err := c.read.SelectContext(ctx, &entries, auditBefore, by.Organization, seq, min(max(limit, 1), 200))
	return entries, readError(err)
}

// VerifyAudit walks an organization's chain from its first entry and returns how
// many entries hold. An altered, missing or reordered entry is an error that
// names its place.
func (c *Center) VerifyAudit(ctx context.Context, organization uuid.UUID) (int64, error) {
	rows, err := c.read.QueryxContext(ctx, `
		SELECT organization_id, seq, id, at, actor_kind, actor_id, action, subject_id, detail, hash
		FROM audit_entries
		WHERE organization_id = $1
		ORDER BY seq`, organization)
	if err != nil {
		return 0, readError(err)
	}
	defer rows.Close()
	var head AuditEntry
	for rows.Next() {
		var e AuditEntry
		if err := rows.StructScan(&e); err != nil {
			return head.Seq, err
		}
		if e.Seq != head.Seq+1 || e.Hash != e.sealed(head.Hash) {
			return head.Seq, fmt.Errorf("the audit chain breaks at entry %d", head.Seq+1)
		}
		head = e
	}
	return head.Seq, readError(rows.Err())
}
