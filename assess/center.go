// Package assess decides: who may do what, when a sitting takes an answer, and
// what a result rests on. It holds the use cases, their rules and their SQL; how
// items earn marks is in questions, what a page looks like in web.
package assess

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Engine names the program version a result was computed by.
const Engine = "fourfold/0.1"

// Config is what a center needs to open.
type Config struct {
	Database  string // SQLite file, or a postgres:// address; empty is DefaultDatabase.
	Secret    []byte // At least 32 bytes on PostgreSQL; on SQLite it may be empty and is then kept in a 0600 file beside the database.
	PublicURL string // Where candidates reach the server, without a trailing slash.
	// AllowPrivateWebhooks lets endpoints be plain http and at private addresses: for
	// development and tests alone.
	AllowPrivateWebhooks bool
	Serving              bool             // A server, as against a short command: takes the lock of an SQLite file.
	Existing             bool             // Refuse an SQLite file that is not there, instead of making it.
	Clock                func() time.Time // nil is the system's clock.
	Log                  *slog.Logger     // nil discards.
	// Bank is asked for only when a form is assembled: reading it costs more than
	// starting the server.
	Bank func() (questions.Bank, error)
}

// Center is a test center: it takes orders, seats candidates, receives answers
// and issues reports. Its exported methods are the use cases; each is one
// transaction. It is safe for concurrent use.
type Center struct {
	*store
	secret    []byte
	signing   ed25519.PrivateKey // Of receipts; derived from the secret.
	publicURL string
	clock     func() time.Time
	log       *slog.Logger
	bank      func() (questions.Bank, error)
	saver     *saver
	hashing   chan struct{}
	holder    uuid.UUID
	private   bool     // Endpoints may be at private addresses.
	flying    sync.Map // Idempotency keys of requests that are under way here.
	forms     sync.Map // [organization, assessment] → *questions.Form; published forms never change.
	layouts   sync.Map // *questions.Form → *layout.
}

// secretFloor is 256 bits.
const secretFloor = 32

// Open opens the database, migrates it and starts receiving answers. It refuses
// a database whose settings could lose an acknowledged answer.
func Open(ctx context.Context, cfg Config) (*Center, error) {
	if _, err := url.Parse(cfg.PublicURL); err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	if cfg.Existing && !isPostgres(cfg.Database) { // before a secret is made beside it
		if _, err := os.Stat(sqlitePath(cfg.Database)); err != nil {
			return nil, fmt.Errorf("database: %w", err)
		}
	}
	secret, err := serverSecret(cfg)
	if err != nil {
		return nil, err
	}
	signing, err := receiptKeyOf(secret)
	if err != nil {
		return nil, err
	}
	s, err := openStore(ctx, cfg.Database, cfg.Serving)
	if err != nil {
		return nil, err
	}
	c := &Center{
		store:     s,
		secret:    secret,
		signing:   signing,
		publicURL: cfg.PublicURL,
		clock:     cfg.Clock,
		log:       cfg.Log,
		bank:      cfg.Bank,
		hashing:   make(chan struct{}, max(1, runtime.NumCPU()-1)),
		holder:    newID(),
		private:   cfg.AllowPrivateWebhooks,
	}
	if c.clock == nil {
		c.clock = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.bank == nil {
		c.bank = questions.Builtin
	}
	c.bank = sync.OnceValues(c.bank) // it never changes while the program runs
	if cfg.Serving && !s.postgres {
		if err := c.releaseTargets(ctx); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	c.saver, err = startSaver(ctx, s)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return c, nil
}

// Close ends the center: answers already received are committed first.
func (c *Center) Close() error {
	c.saver.stop()
	return c.close()
}

// Ready reports whether the database takes writes.
func (c *Center) Ready(ctx context.Context) error { return c.ping(ctx) }

// Now is the center's time, the only clock that decides anything.
func (c *Center) Now() time.Time { return c.now().Time }

func (c *Center) now() Time { return At(c.clock()) }

// Run does what happens by itself – sittings end at their deadline, invitations
// lapse, confirmed re-scores are carried out, audit entries are sealed, results are
// counted, what has had its time is forgotten – until the context ends.
func (c *Center) Run(ctx context.Context) {
	var rescores sync.WaitGroup
	// Apart: one over many sittings takes its time, and nothing else waits for it.
	rescores.Go(func() { c.everySecond(ctx, func(int) error { return c.WorkRescores(ctx) }) })
	c.everySecond(ctx, func(n int) error {
		err := errors.Join(c.Sweep(ctx), c.Seal(ctx), c.Fold(ctx))
		if n%60 == 59 {
			err = errors.Join(err, c.Prune(ctx))
		}
		return err
	})
	rescores.Wait()
}

// everySecond does something at once and then each second, until the context ends.
func (c *Center) everySecond(ctx context.Context, do func(n int) error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		if err := do(n); err != nil && ctx.Err() == nil {
			c.log.Error("background work failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lease takes or prolongs a named lease inside tx, so that one server at a time
// does a piece of background work.
func (c *Center) lease(ctx context.Context, tx *sqlx.Tx, name string) (bool, error) {
	now := c.now()
	done, err := tx.ExecContext(ctx, `
		INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE leases.holder = excluded.holder OR leases.until < $4`,
		name, c.holder, At(now.Add(10*time.Second)), now)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// serverSecret finds the secret links and seats are derived from.
func serverSecret(cfg Config) ([]byte, error) {
	if len(cfg.Secret) >= secretFloor {
		return cfg.Secret, nil
	}
	if len(cfg.Secret) > 0 {
		return nil, fmt.Errorf("the server secret has %d bytes, %d are needed", len(cfg.Secret), secretFloor)
	}
	if isPostgres(cfg.Database) {
		return nil, errors.New("on PostgreSQL a server secret is required: set FOURFOLD_SECRET to at least 32 random characters, the same on every server")
	}
	path := sqlitePath(cfg.Database) + ".secret"
	secret, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return newSecretFile(path)
	}
	if err != nil {
		return nil, err
	}
	if len(secret) < secretFloor {
		return nil, fmt.Errorf("%s holds %d bytes, %d are needed", path, len(secret), secretFloor)
	}
	return secret, nil
}

// newSecretFile makes the secret beside a new SQLite file. The name appears only
// once the content is on disk: links already sent must open after a power cut.
func newSecretFile(path string) ([]byte, error) {
	secret := []byte(rand.Text() + rand.Text())
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600, and nobody else's
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name()) // what stays behind is only a spare
	_, err = f.Write(secret)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	// Of two that start at once the first link wins, and both read its secret.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}
