package assesstest_test

import (
	"database/sql"
	"testing"

	"github.com/fourfold/fourfold/assess/assesstest"
)

func TestPostgresGivesEachTestADatabaseOfItsOwn(t *testing.T) {
	dsn := assesstest.Postgres(t)
	for range 2 {
		other := assesstest.Postgres(t)
		if other == dsn {
			t.Fatalf("two databases at one address: %s", dsn)
		}
		db, err := sql.Open("postgres", other)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(`CREATE TABLE of_this_test (id UUID PRIMARY KEY)`); err != nil {
			t.Errorf("a table that only a database of one's own lacks: %v", err)
		}
		if _, err := db.Exec(`SELECT id FROM sittings`); err != nil {
			t.Errorf("a table that every database has: %v", err)
		}
		for setting, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "server_encoding": "UTF8"} {
			var got string
			if err := db.QueryRow("SHOW " + setting).Scan(&got); err != nil || got != want {
				t.Errorf("%s = %q, %v; want %q: durability is part of what is tested", setting, got, err, want)
			}
		}
	}
}

func TestAnEmptyPostgresIsEmpty(t *testing.T) {
	db, err := sql.Open("postgres", assesstest.EmptyPostgres(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE sittings (id UUID PRIMARY KEY)`); err != nil {
		t.Errorf("a table that only an empty database lacks: %v", err)
	}
}
