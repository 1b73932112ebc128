package assess_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/assess/assesstest/cluster"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// refused opens a center that must not open and returns what it said.
func refused(t *testing.T, cfg assess.Config) string {
	t.Helper()
	c, err := assess.Open(t.Context(), cfg)
	if err == nil {
		c.Close()
		t.Errorf("%s was opened", cfg.Database)
		return ""
	}
	if text := err.Error(); strings.Contains(text, "\n") {
		t.Errorf("not one line: %q", text)
	}
	return err.Error()
}

func TestSettingsThatCouldLoseAnAnswerAreRefused(t *testing.T) {
	for setting, names := range map[string]string{
		"_pragma=journal_mode(DELETE)":   "journal_mode",
		"_pragma=journal_mode(TRUNCATE)": "journal_mode",
		"_pragma=journal_mode(MEMORY)":   "journal_mode",
		"_pragma=journal_mode(OFF)":      "journal_mode",
		"_pragma=synchronous(NORMAL)":    "synchronous",
		"_pragma=synchronous(OFF)":       "synchronous",
		"_pragma=synchronous(0)":         "synchronous",
		"_pragma=foreign_keys(0)":        "foreign_keys",
		"mode=memory":                    "journal_mode",
	} {
		file := t.TempDir() + "/fourfold.db"
		if said := refused(t, assess.Config{Database: file + "?" + setting, Serving: true}); !strings.Contains(said, names) {
			t.Errorf("%s: %q, want a word about %s", setting, said, names)
		}
		c, err := assess.Open(t.Context(), assess.Config{Database: file, Serving: true}) // the refusal left nothing locked or changed
		if err != nil {
			t.Errorf("after refusing %s: %v", setting, err)
			continue
		}
		c.Close()
	}
	dsn := assesstest.Postgres(t)
	if said := refused(t, assess.Config{Database: dsn + "&synchronous_commit=off", Secret: []byte(assesstest.Secret)}); !strings.Contains(said, "synchronous_commit") {
		t.Errorf("synchronous_commit=off: %q", said)
	}
}

func TestAClusterThatDoesNotSyncIsRefused(t *testing.T) {
	t.Parallel()
	own, err := cluster.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer own.Stop()
	db := assesstest.Database(t, own.URL)
	set := func(setting string) {
		t.Helper()
		for _, statement := range []string{"ALTER SYSTEM SET " + setting, "SELECT pg_reload_conf()"} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		name, value, _ := strings.Cut(setting, " = ")
		for now := ""; now != value; time.Sleep(20 * time.Millisecond) { // until every process has read it
			if err := db.Get(&now, "SHOW "+name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"fsync", "full_page_writes"} {
		set(name + " = off")
		if said := refused(t, assess.Config{Database: own.URL, Secret: []byte(assesstest.Secret)}); !strings.Contains(said, name) {
			t.Errorf("%s = off: %q", name, said)
		}
		set(name + " = on")
	}
	c, err := assess.Open(t.Context(), assess.Config{Database: own.URL, Secret: []byte(assesstest.Secret)})
	if err != nil {
		t.Fatalf("with everything on: %v", err)
	}
	c.Close()
}

func TestOneServerAFile(t *testing.T) {
	file := t.TempDir() + "/fourfold.db"
	first, err := assess.Open(t.Context(), assess.Config{Database: file, Serving: true})
	if err != nil {
		t.Fatal(err)
	}
	if said := refused(t, assess.Config{Database: file, Serving: true}); !strings.Contains(said, "another server") || !strings.Contains(said, file) {
		t.Errorf("a second server: %q", said)
	}
	command, err := assess.Open(t.Context(), assess.Config{Database: file})
	if err != nil {
		t.Fatalf("a short command beside the server: %v", err)
	}
	if _, err := command.SetUpLink(t.Context()); err != nil {
		t.Error(err)
	}
	for _, c := range []*assess.Center{command, first} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	again, err := assess.Open(t.Context(), assess.Config{Database: file, Serving: true})
	if err != nil {
		t.Fatalf("once the first has ended: %v", err)
	}
	again.Close()
}

func TestTheSecret(t *testing.T) {
	dsn := assesstest.Postgres(t)
	if said := refused(t, assess.Config{Database: dsn}); !strings.Contains(said, "FOURFOLD_SECRET") {
		t.Errorf("none on PostgreSQL: %q", said)
	}
	short := []byte(strings.Repeat("s", 31))
	for _, database := range []string{dsn, t.TempDir() + "/fourfold.db"} {
		if said := refused(t, assess.Config{Database: database, Secret: short}); !strings.Contains(said, "31") || !strings.Contains(said, "32") {
			t.Errorf("31 bytes: %q", said)
		}
	}

	file := t.TempDir() + "/fourfold.db"
	open := func(int) (*assess.Center, error) {
		return assess.Open(t.Context(), assess.Config{Database: file, PublicURL: "http://fourfold.test"})
	}
	first, err := assess.Open(t.Context(), assess.Config{Database: file, Secret: []byte(assesstest.Secret)})
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	servers := inParallel(t, 4, open) // there is a database, and no secret yet
	if t.Failed() {
		return
	}
	seat := assess.Seat{Sitting: uuid.New(), Generation: 1}
	invitation := assess.Invitation{ID: uuid.New()}
	cookie, link := servers[0].SeatCookie(seat), servers[0].Link(invitation)
	later, err := open(0)
	if err != nil {
		t.Fatal(err)
	}
	for n, c := range append(servers, later) {
		if got, err := c.SeatOf(cookie); err != nil || got != seat || c.Link(invitation) != link {
			t.Errorf("server %d has another secret: %v", n, err)
		}
		c.Close()
	}
	for _, name := range []string{file, file + ".secret"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", filepath.Base(name), info.Mode().Perm(), err)
		}
	}
	secret, err := os.ReadFile(file + ".secret")
	if err != nil || len(secret) < 32 {
		t.Errorf("the secret has %d bytes, %v", len(secret), err)
	}
	if err := os.WriteFile(file+".secret", secret[:31], 0o600); err != nil {
		t.Fatal(err)
	}
	if said := refused(t, assess.Config{Database: file}); !strings.Contains(said, "31") {
		t.Errorf("a shortened file: %q", said)
	}
}

func TestASchemaThatIsNotOursIsRefused(t *testing.T) {
	for story, c := range map[string]struct {
		change string
		said   []string
	}{
		"from the future": {"INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)", []string{"9999", "newer"}},
		"with a gap":      {"DELETE FROM goose_db_version WHERE version_id = 4", []string{"missing", "4"}},
	} {
		t.Run(story, func(t *testing.T) {
			assesstest.Each(t, func(t *testing.T, dsn string) {
				cfg := assess.Config{Database: dsn, Secret: []byte(assesstest.Secret)}
				ours, err := assess.Open(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				ours.Close()
				if _, err := assesstest.Database(t, dsn).Exec(c.change); err != nil {
					t.Fatal(err)
				}
				said := refused(t, cfg)
				for _, word := range c.said {
					if !strings.Contains(said, word) {
						t.Errorf("said %q, without %s", said, word)
					}
				}
			})
		})
	}
}

func TestProgramsThatStartTogetherMigrateOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		if db := assesstest.Database(t, dsn); db.DriverName() == "sqlite" { // SQLite changes the journal of an empty file for one alone
			db.MustExec("PRAGMA journal_mode = wal")
		} else {
			dsn = assesstest.EmptyPostgres(t)
		}
		centers := inParallel(t, 4, func(int) (*assess.Center, error) {
			return assess.Open(t.Context(), assess.Config{Database: dsn, Secret: []byte(assesstest.Secret)})
		})
		if t.Failed() {
			return
		}
		for _, c := range centers {
			if err := errors.Join(c.Ready(t.Context()), c.Close()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAFileMayHaveAnyName(t *testing.T) {
	for _, name := range []string{"plain.db", "with space.db", "100%41.db", "a#b.db", "欧阳.db", "a&b=c.db"} {
		file := filepath.Join(t.TempDir(), name)
		c, err := assess.Open(t.Context(), assess.Config{Database: file, Secret: []byte(assesstest.Secret)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := errors.Join(c.Ready(t.Context()), c.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNowhereToWrite(t *testing.T) {
	for what, file := range map[string]string{"a folder that is not there": t.TempDir() + "/no/fourfold.db", "a folder": t.TempDir()} {
		if said := refused(t, assess.Config{Database: file}); said == "" {
			t.Errorf("%s: no word", what)
		}
	}
	broken := t.TempDir() + "/fourfold.db"
	if err := os.WriteFile(broken, []byte(strings.Repeat("this is no database", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, assess.Config{Database: broken})
	refused(t, assess.Config{Database: "postgres://nobody@127.0.0.1:1/none?sslmode=disable", Secret: []byte(assesstest.Secret)})
}

func TestWhatTheDriversSay(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		db := h.Database()
		db.MustExec("CREATE TABLE pairs (a BIGINT PRIMARY KEY, b TEXT UNIQUE NOT NULL)")
		db.MustExec("INSERT INTO pairs VALUES (1, 'x'), (2, 'y')")
		type story struct {
			what string
			do   func(db *sqlx.DB) error
			want error // nil: it stays what it was, a fault of ours
		}
		exec := func(script string) func(*sqlx.DB) error {
			return func(db *sqlx.DB) error { _, err := db.Exec(script); return err }
		}
		elsewhere := func(dsn string) func(*sqlx.DB) error {
			return func(*sqlx.DB) error { return exec("SELECT 1")(assesstest.Database(t, dsn)) }
		}
		stories := []story{
			{"no row", func(db *sqlx.DB) error { var n int; return db.Get(&n, "SELECT a FROM pairs WHERE a = 9") }, assess.ErrNotFound},
			{"the same primary key", exec("INSERT INTO pairs VALUES (1, 'z')"), assess.ErrConflict},
			{"the same unique value", exec("INSERT INTO pairs VALUES (3, 'x')"), assess.ErrConflict},
			{"a value that is needed", exec("INSERT INTO pairs VALUES (3, NULL)"), nil},
			{"a parent there is not", exec("UPDATE members SET organization_id = '" + uuid.NewString() + "'"), nil},
			{"no such table", exec("SELECT * FROM nowhere"), nil},
			{"nobody listens", elsewhere("postgres://nobody@127.0.0.1:1/none?sslmode=disable"), assess.ErrUnavailable},
			{"no such host", elsewhere("postgres://nobody@nowhere.invalid/none?sslmode=disable"), assess.ErrUnavailable},
		}
		if h.Postgres() {
			stories = append(stories,
				story{"a deadlock", deadlock, assess.ErrUnavailable},
				story{"no time left", exec("SET statement_timeout = 20; SELECT pg_sleep(5)"), assess.ErrUnavailable},
				story{"a standby", exec("BEGIN READ ONLY; DELETE FROM pairs"), assess.ErrUnavailable},
				story{"a connection that was ended", exec("SELECT pg_terminate_backend(pg_backend_pid())"), assess.ErrUnavailable},
			)
		} else {
			stories = append(stories, story{"a reader that writes", exec("PRAGMA query_only(1); DELETE FROM pairs"), assess.ErrUnavailable})
		}
		for _, s := range stories {
			said := s.do(h.Database()) // each has connections of its own to spoil
			if said == nil {
				t.Errorf("%s: no error at all", s.what)
				continue
			}
			got := assess.ReadError(said)
			if s.want == nil && got != said || s.want != nil && !errors.Is(got, s.want) {
				t.Errorf("%s: %v became %v, want %v", s.what, said, got, s.want)
			}
		}
		if assess.ReadError(nil) != nil || assess.ReadError(assess.ErrStale) != assess.ErrStale || !errors.Is(assess.ReadError(sql.ErrConnDone), assess.ErrUnavailable) {
			t.Error("no error, our own and a connection that is done are misread")
		}
	})
}

// deadlock lets two transactions wait for each other and returns what the loser is told.
func deadlock(db *sqlx.DB) error {
	lanes := [2]*sqlx.Tx{db.MustBegin(), db.MustBegin()}
	for n, tx := range lanes {
		tx.MustExec("UPDATE pairs SET b = b WHERE a = $1", n+1)
	}
	told := make(chan error, len(lanes))
	for n, tx := range lanes {
		go func() {
			_, err := tx.Exec("UPDATE pairs SET b = b WHERE a = $1", 2-n)
			told <- errors.Join(err, tx.Rollback())
		}()
	}
	return errors.Join(<-told, <-told)
}

// Another program that finds no lock on the file takes itself for the last one to
// close it, and removes the log of a running server with the answers in it.
func TestTheFileStaysLockedWhileACenterIsOpen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "fourfold.db")
	before := assesstest.Center(t, name, assesstest.NewClock())
	if _, err := before.Organizations(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	if open := openFiles(t, name); len(open) > 0 {
		t.Errorf("a closed center keeps %v", open)
	}
	one := assesstest.Center(t, name, assesstest.NewClock())
	for range 2 { // others in this process come and go
		other, err := assess.Open(t.Context(), assess.Config{Database: name})
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := one.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !locked(t, name) {
		t.Error("nothing locks the file of an open center")
	}
}

// openFiles lists which of a database's files this process has open.
func openFiles(t *testing.T, name string) (open []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, name) {
			open = append(open, to)
		}
	}
	return open
}

// locked reports whether some process holds a POSIX lock on a file.
func locked(t *testing.T, name string) bool {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(locks), fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino))
}
