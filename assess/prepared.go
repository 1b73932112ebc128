package assess

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"modernc.org/sqlite"
)

// openDB opens a pool whose connections prepare each text once and keep it.
// Compiling a query that joins costs SQLite ten times its run, and PostgreSQL a
// second round trip.
func openDB(name, dsn string) (*sqlx.DB, error) {
	var connector driver.Connector
	var err error
	if name == "postgres" {
		connector, err = pq.NewConnector(dsn)
	} else {
		connector, err = sqlite.NewConnector(dsn)
	}
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(sql.OpenDB(preparing{connector}), name), nil
}

type preparing struct{ driver.Connector }

// Connect opens a connection that has prepared nothing yet.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	both, ok := c.(driverConn)
	if !ok {
		return nil, errors.Join(errors.New("the database driver lacks contexts"), c.Close())
	}
	return &preparedConn{driverConn: both, kept: map[string]*preparedStmt{}}, nil
}

// driverConn is what both drivers' connections can do.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// mostPrepared bounds what one connection keeps: the texts of this package are
// fewer, but a list's filter makes many.
const mostPrepared = 128

// preparedConn is used by one goroutine at a time, as every driver.Conn.
type preparedConn struct {
	driverConn
	kept map[string]*preparedStmt
}

// preparedStmt is busy while the rows of its last query are open.
type preparedStmt struct {
	driver.Stmt
	busy bool
}

// statement returns nil for what is better sent as it is: a text without
// parameters, which may be a script, and one whose rows are still being read.
func (c *preparedConn) statement(ctx context.Context, text string, args []driver.NamedValue) (*preparedStmt, error) {
	s := c.kept[text]
	if len(args) == 0 || s != nil && s.busy {
		return nil, nil
	}
	if s != nil {
		return s, nil
	}
	for other, old := range c.kept {
		if len(c.kept) < mostPrepared {
			break
		}
		if !old.busy {
			c.forget(other)
		}
	}
	made, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s = &preparedStmt{Stmt: made}
	c.kept[text] = s
	return s, nil
}

// Close gives up the statements first: SQLite keeps a connection that still has
// some, and with it the file and its locks, for as long as the program runs.
func (c *preparedConn) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.driverConn.Close())...)
}

// forget lets go of a statement that failed: what it was compiled for may have
// changed.
func (c *preparedConn) forget(text string) {
	c.kept[text].Close() // nothing was kept that could be lost
	delete(c.kept, text)
}

// ExecContext runs a statement that returns no rows.
func (c *preparedConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, text, args)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.driverConn.ExecContext(ctx, text, args)
	}
	done, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		c.forget(text)
	}
	return done, err
}

// QueryContext runs a statement that returns rows.
func (c *preparedConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, text, args)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.driverConn.QueryContext(ctx, text, args)
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		c.forget(text)
		return nil, err
	}
	s.busy = true
	return preparedRows{rows, s}, nil
}

// CheckNamedValue lets a driver that has types of its own convert them.
func (c *preparedConn) CheckNamedValue(v *driver.NamedValue) error {
	if own, ok := c.driverConn.(driver.NamedValueChecker); ok {
		return own.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

type preparedRows struct {
	driver.Rows
	stmt *preparedStmt
}

// Close ends the reading; the statement may be used again.
func (r preparedRows) Close() error {
	r.stmt.busy = false
	return r.Rows.Close()
}
