package assess

import (
	"context"
	"hash/fnv"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// keepKeys is how long an idempotency key is remembered.
const keepKeys = 30 * 24 * time.Hour

// claim is an idempotency key with what it stands for.
type claim struct {
	Subject uuid.UUID `db:"subject_id"`
	Outcome *string   `db:"outcome"` // What became of each order of a batch.
	Known   bool      `db:"-"`       // It was there before.

	Fingerprint string `db:"fingerprint"`
}

// flight names a request that is under way.
type flight struct {
	organization, caller uuid.UUID
	key                  string
}

// alone lets one request at a time use a program's idempotency key: what comes
// meanwhile is ErrInFlight. It returns how to end it. Members press a button twice
// and wait instead: of theirs the second finds what the first has done.
func (c *Center) alone(by Actor, key string) (end func(), err error) {
	if key == "" || by.Kind != KeyActor {
		return func() {}, nil
	}
	f := flight{by.Organization, by.ID, key}
	if _, under := c.flying.LoadOrStore(f, true); under {
		return nil, ErrInFlight
	}
	return func() { c.flying.Delete(f) }, nil
}

// claimKey ties an idempotency key to a subject, in the transaction of its effect,
// or finds what it stands for already. With another request's fingerprint it is
// ErrKeyReused.
func (c *Center) claimKey(ctx context.Context, tx *sqlx.Tx, by Actor, key, fingerprint string, subject uuid.UUID) (claim, error) {
	mine := claim{Subject: subject}
	if key == "" {
		return mine, nil
	}
	if c.postgres && by.Kind == KeyActor { // alone does not see other servers
		var free bool
		if err := tx.GetContext(ctx, &free, tryLockPostgres, lockNumber(by, key)); err != nil {
			return mine, err
		}
		if !free {
			return mine, ErrInFlight
		}
	}
	done, err := tx.ExecContext(ctx, `
		INSERT INTO idempotency_keys (organization_id, caller_id, key, fingerprint, subject_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`, by.Organization, by.ID, key, fingerprint, subject, c.now())
	if err != nil {
		return mine, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return mine, err
	}
	kept := claim{Known: true}
	err = tx.GetContext(ctx, &kept, `
		SELECT fingerprint, subject_id, outcome FROM idempotency_keys
		WHERE organization_id = $1 AND caller_id = $2 AND key = $3`, by.Organization, by.ID, key)
	if err == nil && kept.Fingerprint != fingerprint {
		err = ErrKeyReused
	}
	return kept, err
}

// lockNumber is what PostgreSQL knows a program's key by.
func lockNumber(by Actor, key string) int64 {
	hash := fnv.New64a()
	hash.Write(append(by.ID[:], key...)) // a hash never fails to write
	return int64(hash.Sum64())
}

// tryLockPostgres is PostgreSQL's own: a lock that ends with the transaction, and is not
// waited for.
const tryLockPostgres = "SELECT pg_try_advisory_xact_lock($1)"

// Prune forgets what has had its time: idempotency keys and messages delivered more
// than thirty days ago.
func (c *Center) Prune(ctx context.Context) error {
	before := At(c.now().Add(-keepKeys))
	var old []int
	if err := c.read.SelectContext(ctx, &old, "SELECT 1 FROM idempotency_keys WHERE created_at < $1 LIMIT 1", before); err != nil {
		return readError(err)
	}
	if len(old) > 0 {
		if _, err := c.write.ExecContext(ctx, "DELETE FROM idempotency_keys WHERE created_at < $1", before); err != nil {
			return readError(err)
		}
	}
	return c.pruneDeliveries(ctx)
}
