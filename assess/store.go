package assess

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fourfold/fourfold/migrations"
	"github.com/gofrs/flock"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlitecode "modernc.org/sqlite/lib"
)

func init() { sqlx.BindDriver("sqlite", sqlx.DOLLAR) }

// oldestSQLite is the first version without the two corruption bugs of 2026:
// the WAL-reset bug (fixed in 3.51.3) and the lost hot journal (fixed in 3.53.4).
const oldestSQLite = 3_053_004

// store is the database behind a center: on SQLite one writer connection and a
// pool of readers, on PostgreSQL one pool under both names.
type store struct {
	postgres bool
	write    *sqlx.DB
	read     *sqlx.DB
	lock     *flock.Flock
}

// isPostgres reports whether a DSN names a PostgreSQL database; anything else is
// the path of an SQLite file.
func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// openStore opens and migrates the database, and refuses settings under which
// an acknowledged answer could be lost. With serving set it also refuses a
// second server on the same SQLite file.
func openStore(ctx context.Context, dsn string, serving bool) (*store, error) {
	if isPostgres(dsn) {
		return openPostgres(ctx, dsn)
	}
	return openSQLite(ctx, dsn, serving)
}

// DefaultDatabase is the SQLite file used when no database is named.
const DefaultDatabase = "fourfold.db"

// sqlitePragmas hold unless the address says otherwise; what it says of the
// durable ones is then read back and refused.
var sqlitePragmas = []string{"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(FULL)", "cache_size(-256)"}

// durable is what a connection must read back: rollback-safe journal and a sync
// before every commit returns.
var durable = map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}

// sqlitePath is the file an SQLite address names.
func sqlitePath(dsn string) string {
	if dsn == "" {
		return DefaultDatabase
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
	return name
}

// sqliteAddress is the driver's address of an SQLite file. The name is escaped: it
// may hold what means something in an address.
func sqliteAddress(dsn string) (string, error) {
	_, query, _ := strings.Cut(dsn, "?")
	settings, err := url.ParseQuery(query)
	if err != nil {
		return "", fmt.Errorf("the settings of %s: %w", sqlitePath(dsn), err)
	}
	said := strings.ToLower(strings.Join(settings["_pragma"], " "))
	for _, pragma := range sqlitePragmas {
		if name, _, _ := strings.Cut(pragma, "("); !strings.Contains(said, name) {
			settings.Add("_pragma", pragma)
		}
	}
	return "file:" + (&url.URL{Path: sqlitePath(dsn)}).EscapedPath() + "?" + settings.Encode(), nil
}

func openSQLite(ctx context.Context, dsn string, serving bool) (*store, error) {
	name := sqlitePath(dsn)
	address, err := sqliteAddress(dsn)
	if err != nil {
		return nil, err
	}
	s := &store{}
	if serving {
		s.lock = flock.New(name + ".lock")
		held, err := s.lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock %s.lock: %w", name, err)
		}
		if !held {
			return nil, fmt.Errorf("another server already runs on %s: stop it first, or use PostgreSQL to run several", name)
		}
	}
	if err := makePrivate(name); err != nil {
		s.close()
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	s.write, err = openDB("sqlite", address+"&_txlock=immediate")
	if err != nil {
		s.close()
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := checkSQLite(ctx, s.write); err != nil {
		s.close()
		return nil, err
	}
	if err := migrations.Up(ctx, s.write.DB, false); err != nil {
		s.close()
		return nil, fmt.Errorf("migrate %s: %w", name, err)
	}
	s.read, err = openDB("sqlite", address+"&_pragma=query_only(1)")
	if err != nil {
		s.close()
		return nil, err
	}
	readers := 2 * runtime.NumCPU() // they wait for nothing but a processor
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s, nil
}

// makePrivate makes a file that is not there yet: answers are nobody else's
// business. One that is there is not even opened, since closing it would take away
// the locks that SQLite holds on it in this process, and another program could
// then remove the log of a running server.
func makePrivate(name string) error {
	f, err := os.OpenFile(filepath.Clean(name), os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func checkSQLite(ctx context.Context, db *sqlx.DB) error {
	var version string
	if err := db.GetContext(ctx, &version, "SELECT sqlite_version()"); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if number, err := sqliteNumber(version); err != nil || number < oldestSQLite {
		return fmt.Errorf("SQLite %s can corrupt a database in WAL mode; 3.53.4 or newer is needed", version)
	}
	for pragma, want := range durable {
		var got string
		if err := db.GetContext(ctx, &got, "PRAGMA "+pragma); err != nil {
			return err
		}
		if !strings.EqualFold(got, want) {
			return fmt.Errorf("SQLite setting %s is %s, not %s: acknowledged answers would not be safe", pragma, got, want)
		}
	}
	return nil
}

func sqliteNumber(version string) (int, error) {
	var major, minor, patch int
	_, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch)
	return major*1_000_000 + minor*1_000 + patch, err
}

func openPostgres(ctx context.Context, dsn string) (*store, error) {
	db, err := openDB("postgres", dsn)
	if err != nil {
		return nil, err
	}
	pool := 8 * runtime.NumCPU()
	db.SetMaxOpenConns(pool)
	db.SetMaxIdleConns(pool)
	s := &store{postgres: true, write: db, read: db}
	for _, setting := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		var got string
		if err := db.GetContext(ctx, &got, "SHOW "+setting); err != nil {
			s.close()
			return nil, fmt.Errorf("open the database: %w", err)
		}
		if got == "off" {
			s.close()
			return nil, fmt.Errorf("PostgreSQL setting %s is off: acknowledged answers would not be safe", setting)
		}
	}
	if err := migrations.Up(ctx, db.DB, true); err != nil {
		s.close()
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return s, nil
}

func (s *store) close() error {
	var errs []error
	for _, db := range []*sqlx.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}

// away are the classes of PostgreSQL's errors that pass when its operator or time
// has done something: connection, access, database gone, rollback, resources,
// locks, intervention and system.
var away = []pqerror.Class{"08", "28", "3D", "40", "53", "55", "57", "58"}

// readError turns what either driver says into the center's own words. What it
// does not know stays as it is, and will be a fault of ours.
func readError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	var pg *pq.Error
	if errors.As(err, &pg) {
		switch {
		case pg.Code == "23505":
			return fmt.Errorf("%w: %s", ErrConflict, pg.Constraint)
		case slices.Contains(away, pg.Code.Class()), pg.Code == "25006":
			return fmt.Errorf("%w: %s", ErrUnavailable, pg.Message)
		}
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() {
		case sqlitecode.SQLITE_CONSTRAINT_UNIQUE, sqlitecode.SQLITE_CONSTRAINT_PRIMARYKEY:
			return fmt.Errorf("%w: %s", ErrConflict, lite.Error())
		}
		switch lite.Code() & 0xff {
		case sqlitecode.SQLITE_BUSY, sqlitecode.SQLITE_INTERRUPT, sqlitecode.SQLITE_FULL, sqlitecode.SQLITE_IOERR, sqlitecode.SQLITE_CANTOPEN, sqlitecode.SQLITE_READONLY:
			return fmt.Errorf("%w: %s", ErrUnavailable, lite.Error())
		}
		return err
	}
	var network net.Error
	var system syscall.Errno
	if errors.As(err, &network) || errors.As(err, &system) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// tx runs f in one transaction on the writer; every exported use case that
// writes is exactly one of these.
func (s *store) tx(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	tx, err := s.write.BeginTxx(ctx, nil)
	if err != nil {
		return readError(err)
	}
	defer tx.Rollback() // after a commit there is nothing to roll back
	if err := f(tx); err != nil {
		return readError(err)
	}
	return readError(tx.Commit())
}

// ping proves that the database takes writes.
func (s *store) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM leases WHERE name = 'readiness'")
		return err
	})
}

// one turns a write that must touch exactly one row, and did not, into an error.
func one(done sql.Result, err error, otherwise error) error {
	if err != nil {
		return readError(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return otherwise
}
