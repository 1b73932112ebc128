package main_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/assess/assesstest/bench"
)

// benchHouse is a house on a database of its own, and the server that runs on it.
type benchHouse struct {
	*assesstest.House
	program string
	address string
	process *exec.Cmd
}

// benchEngines gives each engine's fresh database.
var benchEngines = []struct {
	name     string
	database func(b *testing.B) string
}{
	{"SQLite", func(b *testing.B) string { return filepath.Join(b.TempDir(), "fourfold.db") }},
	{"PostgreSQL", func(b *testing.B) string { return assesstest.Postgres(b) }},
}

// buildHouse opens a house whose clock shows what the server's will.
func buildHouse(b *testing.B, database string) *benchHouse {
	b.Helper()
	path, err := program()
	if err != nil {
		b.Fatal(err)
	}
	h := &benchHouse{House: assesstest.Open(b, database), program: path}
	h.Clock.Advance(time.Since(assesstest.Morning))
	return h
}

// sittings seats n candidates and returns their cookies. One goes the whole way;
// the others are her copies, written as rows.
func (h *benchHouse) sittings(b *testing.B, n int) (cookies []string) {
	b.Helper()
	seat := h.Invited("Ann").Started().Seat
	h.copyInvitations(b, n)
	h.exec(b, numbers(n)+`
		INSERT INTO sittings (organization_id, id, invitation_id, candidate_id, assessment_id, state, generation, language,
		  seed, extra_time, notice_hash, opened_at, consented_at, started_at, deadline)
		SELECT organization_id, {id}, {id}, {id}, assessment_id, state, generation, language,
		  n, extra_time, notice_hash, opened_at, consented_at, started_at, deadline
		FROM sittings, numbers`)
	for i := range n {
		seat.Sitting = numbered(i + 1)
		cookies = append(cookies, "seat="+h.SeatCookie(seat))
	}
	return cookies
}

// copyInvitations adds n copies of the last invitation, each a second younger
// than the one before.
func (h *benchHouse) copyInvitations(b *testing.B, n int) {
	b.Helper()
	h.exec(b, numbers(n)+`
		INSERT INTO candidates (organization_id, id, name, email, created_at)
		SELECT organization_id, {id}, 'Candidate ' || n, 'candidate' || n || '@harbour.test', created_at
		FROM (SELECT * FROM candidates ORDER BY id DESC LIMIT 1) AS last, numbers`)
	h.exec(b, numbers(n)+`
		INSERT INTO invitations (organization_id, id, assessment_id, candidate_id, state, stage, generation, language,
		  extra_time, reference, expires_at, created_at, changed_at)
		SELECT organization_id, {id}, assessment_id, {id}, state, stage, generation, language,
		  extra_time, 'order ' || n, expires_at, {time}, {time}
		FROM (SELECT * FROM invitations ORDER BY id DESC LIMIT 1) AS last, numbers`)
}

// numbers is the beginning of a statement that makes n rows out of each.
func numbers(n int) string {
	return fmt.Sprintf("WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)", n)
}

// numbered is the id that {id} makes of a number.
func numbered(n int) [16]byte {
	id := [16]byte{0: 0x01, 1: 0x9a, 6: 0x70, 8: 0x80}
	for i, digits := 15, 100_000_000_000+n; i > 9; i, digits = i-1, digits/100 {
		id[i] = byte(digits/10%10<<4 | digits%10)
	}
	return id
}

// exec runs a statement; {id} and {time} become an id and a time made of n, as
// the engine writes them.
func (h *benchHouse) exec(b *testing.B, statement string) {
	b.Helper()
	id, at := "'019a0000-0000-7000-8000-' || (100000000000 + n)", "strftime('%Y-%m-%dT%H:%M:%S', 1700000000 + n, 'unixepoch') || '.000000Z'"
	if h.Postgres() {
		id, at = "CAST("+id+" AS UUID)", "to_timestamp(1700000000 + n)"
	}
	statement = strings.NewReplacer("{id}", id, "{time}", at).Replace(statement)
	if _, err := h.Database().ExecContext(b.Context(), statement); err != nil {
		b.Fatalf("%v\n%s", err, statement)
	}
}

// serve starts the program on the house's database and waits until it is ready;
// it ends with the benchmark or with stop.
func (h *benchHouse) serve(b *testing.B) {
	b.Helper()
	h.address = freeAddress(b)
	h.start(b)
	b.Cleanup(func() { h.stop(b) })
	client := h.dial(b)
	defer client.Close()
	if r, err := client.Get("/readyz"); err != nil || r.Status != http.StatusOK {
		b.Fatalf("the server is not ready: %d %s, %v", r.Status, r.Body, err)
	}
}

// start executes the program, its log in a file as under a service manager.
func (h *benchHouse) start(b *testing.B) {
	b.Helper()
	log, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	h.process = exec.Command(h.program, "serve", "--address", h.address)
	h.process.Env = append(os.Environ(), "DATABASE_URL="+h.DSN, "FOURFOLD_SECRET="+assesstest.Secret)
	h.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	h.process.Stdout, h.process.Stderr = log, log
	if err := h.process.Start(); err != nil {
		b.Fatal(err)
	}
}

func (h *benchHouse) stop(b *testing.B) {
	b.Helper()
	if h.process == nil {
		return
	}
	if err := h.process.Process.Signal(syscall.SIGTERM); err != nil {
		b.Error(err)
	}
	if err := h.process.Wait(); err != nil {
		b.Error(err)
	}
	h.process = nil
}

// dial connects as soon as the server listens.
func (h *benchHouse) dial(b *testing.B) *bench.Client {
	b.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Microsecond) {
		client, err := bench.Dial(h.address)
		if err == nil {
			return client
		}
		if time.Since(began) > 30*time.Second {
			b.Fatal(err)
		}
	}
}

// seat connects the holder of a cookie.
func (h *benchHouse) seat(b *testing.B, cookie string) *bench.Candidate {
	b.Helper()
	c, err := bench.Seat(h.address, cookie, h.Form)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}

// cpu is the processor time the server has used, in seconds.
func (h *benchHouse) cpu(b *testing.B) float64 {
	b.Helper()
	const ticks = 100 // a second, on every Linux
	_, after, _ := strings.Cut(h.proc(b, "stat"), ") ")
	fields := strings.Fields(after)
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		b.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		b.Fatal(err)
	}
	return float64(user+system) / ticks
}

var pssLine = regexp.MustCompile(`(?m)^Pss: +(\d+) kB$`)

// pss is the server's proportional share of the machine's memory, in MiB.
func (h *benchHouse) pss(b *testing.B) float64 {
	b.Helper()
	kB, err := strconv.Atoi(pssLine.FindStringSubmatch(h.proc(b, "smaps_rollup"))[1])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kB) / 1024
}

func (h *benchHouse) proc(b *testing.B, file string) string {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", h.process.Process.Pid, file))
	if err != nil {
		b.Fatal(err)
	}
	return string(bytes.TrimSpace(text))
}

func freeAddress(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
