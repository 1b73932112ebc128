package main_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess/assesstest/cluster"
)

// For every save the kernel sees the database's log synced after the request
// arrived and before the reply left; and the same check fails once syncs do not
// happen, so it can tell.
func TestEverySaveIsSyncedBeforeItsReplyOnSQLite(t *testing.T) {
	s := startHouse(t, engines["SQLite"](t))
	people := s.people(t)
	s.stop(t)

	synced := s.traceSaves(t, people, nil, nil)
	if saves, early := synced.early(); saves < tracedSaves || early > 0 {
		t.Errorf("of %d saves %d were answered before they were synced", saves, early)
	}
	// Now the kernel says "done" and does nothing.
	pretended := s.traceSaves(t, people, []string{"-e", "inject=fsync,fdatasync:retval=0"}, nil)
	if saves, early := pretended.early(); saves < tracedSaves || early < saves {
		t.Errorf("without syncs %d of %d saves passed for synced", saves-early, saves)
	}
}

func TestEverySaveIsSyncedBeforeItsReplyOnPostgreSQL(t *testing.T) {
	c, err := cluster.Start(tracer("trace", "fsync,fdatasync")...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := startHouse(t, c.URL)
	people := s.people(t)
	s.stop(t)

	synced := s.traceSaves(t, people, nil, nil)
	synced.readFile(t, filepath.Join(c.Folder, "trace"))
	if saves, early := synced.early(); saves < tracedSaves || early > 0 {
		t.Errorf("of %d saves %d were answered before they were synced", saves, early)
	}
	// The server refuses to start without syncs, so they end while it runs.
	unsynced := s.traceSaves(t, people, nil, func() { turnSyncOff(t, c.URL) })
	unsynced.readFile(t, filepath.Join(c.Folder, "trace"))
	if saves, early := unsynced.early(); saves < tracedSaves || early < saves {
		t.Errorf("without syncs %d of %d saves passed for synced", saves-early, saves)
	}
}

func turnSyncOff(t *testing.T, url string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for setting := "on"; setting != "off"; time.Sleep(10 * time.Millisecond) {
		if err := db.QueryRow("SHOW fsync").Scan(&setting); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	tracedPeople = 8
	tracedSaves  = tracedPeople * 12
)

// people seats the candidates whose saves are traced.
func (s *server) people(t *testing.T) []*person {
	t.Helper()
	people := make([]*person, tracedPeople)
	for i := range people {
		people[i] = s.seat(t, s.invite(t, fmt.Sprintf("Ann %d", i)), uint64(i))
	}
	return people
}

// traceSaves runs the server under strace while everyone saves, one alone first
// and then all at once.
func (s *server) traceSaves(t *testing.T, people []*person, options []string, meanwhile func()) *trace {
	t.Helper()
	out := filepath.Join(t.TempDir(), "trace")
	s.startUnder(t, append(tracer(out, "read,write,fsync,fdatasync"), options...))
	if meanwhile != nil {
		meanwhile()
	}
	form := people[0].questions(t, s)
	people[0].saveSome(t, s, form)
	var all sync.WaitGroup
	for _, p := range people[1:] {
		all.Go(func() { p.saveSome(t, s, form) })
	}
	all.Wait()
	s.stop(t)

	last := fmt.Appendf(nil, "%d ", s.process.Process.Pid)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.LastIndex(bytes.TrimSpace(text), []byte("\n")); i > 0 && bytes.HasPrefix(text[i+1:], last) && bytes.Contains(text[i:], []byte("+++ exited")) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("strace has not finished writing %s", out)
		}
	}
	var tr trace
	tr.readFile(t, out)
	return &tr
}

// saveSome saves a share of tracedSaves.
func (p *person) saveSome(t *testing.T, s *server, form []question) {
	if p.revisions == nil {
		p.revisions = make([]int64, len(form))
	}
	for range tracedSaves / tracedPeople {
		in := p.next(form)
		if status, err := p.send(t.Context(), s.URL, in); status != http.StatusOK || err != nil {
			t.Errorf("save %+v: %d, %v", in, status, err)
			return
		}
		p.revisions[in.Position], p.unanswered = in.Revision, nil
	}
}

func (tr *trace) readFile(t *testing.T, name string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := tr.read(f); err != nil {
		t.Fatal(err)
	}
}
