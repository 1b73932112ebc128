package assesstest

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"sync"
	"testing"

	_ "github.com/lib/pq" // the engine under test

	"github.com/fourfold/fourfold/assess/assesstest/cluster"
)

// Postgres makes a PostgreSQL database for this test that has every table and that
// nobody has used, and returns its address; the database goes when the test ends.
// The test fails when the machine has no PostgreSQL server.
func Postgres(t testing.TB) string {
	t.Helper()
	template, err := unusedPostgres()
	if err != nil {
		t.Fatal(err)
	}
	return postgres(t, template)
}

// EmptyPostgres makes a database as Postgres does, without any table.
func EmptyPostgres(t testing.TB) string {
	t.Helper()
	return postgres(t, "template1")
}

func postgres(t testing.TB, template string) string {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := newName("test")
	if _, err := s.db.Exec("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if _, err := s.db.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the database of the test: %v", err)
		}
	})
	return s.database(name)
}

// unusedPostgres names the database that the others are copies of; it goes with the
// cluster.
var unusedPostgres = sync.OnceValues(func() (string, error) {
	s, err := server()
	if err != nil {
		return "", err
	}
	name := newName("unused")
	if _, err := s.db.Exec("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	return name, prepare(s.database(name))
})

func newName(what string) string { return fmt.Sprintf("%s_%016x", what, rand.Uint64()) }

// postgresServer is the server that the tests of this process share.
type postgresServer struct {
	url *url.URL
	db  *sql.DB
	own *cluster.Cluster // kept so that it lives as long as the process
}

// server is the cluster named by the environment, or one of our own that is
// started on first use and ends with this process.
var server = sync.OnceValues(func() (*postgresServer, error) {
	var s postgresServer
	address := os.Getenv(cluster.Env)
	if address == "" {
		var err error
		if s.own, err = cluster.Start(); err != nil {
			return nil, err
		}
		address = s.own.URL
	}
	var err error
	if s.url, err = url.Parse(address); err != nil {
		return nil, fmt.Errorf("%s: %w", cluster.Env, err)
	}
	if s.db, err = sql.Open("postgres", address); err != nil {
		return nil, err
	}
	s.db.SetMaxOpenConns(4)
	return &s, nil
})

// database is the address of the named database on this server.
func (s *postgresServer) database(name string) string {
	u := *s.url
	u.Path = "/" + name
	return u.String()
}
