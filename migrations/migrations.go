// Package migrations holds the schema as numbered SQL files, one set for both
// engines, and the few lines that apply them.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// Triggers are the one thing the two engines spell differently.
//
//go:embed guards/sqlite.sql
var sqliteGuards string

//go:embed guards/postgres.sql
var postgresGuards string

// guardsVersion is the one migration that is not a file.
const guardsVersion = 2

// Up brings the database to the newest version, the guards that keep the audit
// chain append-only included. Several servers may call it at once. It refuses a
// database that a newer program has already migrated further, and one that has passed
// a number without its migration: the next one takes a number above all others.
func Up(ctx context.Context, db *sql.DB, postgres bool) error {
	dialect, guards := goose.DialectSQLite3, sqliteGuards
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if postgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // asks each second, for five minutes
		if err != nil {
			return err
		}
		dialect, guards = goose.DialectPostgres, postgresGuards
		options = append(options, goose.WithSessionLocker(locker))
	}
	options = append(options, goose.WithGoMigrations(goose.NewGoMigration(guardsVersion, &goose.GoFunc{
		RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, guards)
			return err
		},
	}, nil)))
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return err
	}
	for {
		version, latest, err := provider.GetVersions(ctx)
		if err != nil {
			return err
		}
		if version > latest {
			return fmt.Errorf("the database has schema version %d, this program knows %d: use a newer fourfold", version, latest)
		}
		if wanting, err := provider.HasPending(ctx); err != nil || !wanting {
			return err
		}
		if _, err = provider.Up(ctx); err == nil {
			return nil
		}
		// SQLite has no lock for this: of two that start at once one fails, and finds
		// that the other has gone on.
		if now, again := provider.GetDBVersion(ctx); again != nil || now == version {
			return err
		}
	}
}
