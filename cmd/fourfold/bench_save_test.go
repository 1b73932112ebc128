package main_test

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess/assesstest/bench"
)

// turn is how long each side is loaded before the other has its turn.
const turn = 2 * time.Second

// Saving an answer over HTTP – cookie, cross-origin check, validation, state and
// clock – beside pgbench, which writes the same row and nothing else, on one
// cluster.
func BenchmarkAnswerSaveOnPostgreSQL(b *testing.B) {
	crowds := []struct {
		clients int
		reach   float64
		turn    time.Duration
	}{{1, 0.5, turn}, {16, 1, turn}, {64, 1.5, turn}, {256, 2, 2 * turn}} // pgbench's turn includes 256 connects
	const most = 256

	h := buildHouse(b, benchEngines[1].database(b))
	cookies := h.sittings(b, most)
	reference := newPgbench(b, h, most)
	h.printPlace(b)
	h.serve(b)
	candidates := make([]*bench.Candidate, most)
	for i, cookie := range cookies {
		candidates[i] = h.seat(b, cookie)
		if err := candidates[i].SaveAll(); err != nil {
			b.Fatal(err)
		}
	}
	for _, crowd := range crowds {
		var ours, theirs, p99, mean []float64
		for range bench.Rounds {
			pace, err := bench.Drive(candidates[:crowd.clients], crowd.turn)
			if err != nil {
				b.Fatal(err)
			}
			rate, wait := reference.run(b, crowd.clients, crowd.turn)
			ours, theirs = append(ours, pace.PerSecond), append(theirs, rate)
			p99, mean = append(p99, pace.Quantile(0.99)*1000), append(mean, wait)
		}
		bench.Ratio(fmt.Sprintf("answer save ÷ pgbench, PostgreSQL, c=%d", crowd.clients), ours, theirs, "/s", bench.AtLeast(crowd.reach))
		if crowd.clients == 16 {
			bench.Ratio("answer save, p99 ÷ pgbench's mean, PostgreSQL, c=16", p99, mean, "ms", bench.AtMost(3))
		}
	}
}

// printPlace says which server this is and on what its files lie.
func (h *benchHouse) printPlace(b *testing.B) {
	b.Helper()
	var version, folder, fsync string
	for setting, into := range map[string]*string{"server_version": &version, "data_directory": &folder, "fsync": &fsync} {
		if err := h.Database().GetContext(b.Context(), into, "SHOW "+setting); err != nil {
			b.Fatal(err)
		}
	}
	fmt.Printf("PostgreSQL %s with fsync %s in %s\n", version, fsync, bench.Place(filepath.Dir(filepath.Dir(folder))))
}

// pgbench is PostgreSQL's own load generator with a script of ours.
type pgbench struct {
	program, script, database string
}

// newPgbench prepares a table like that of the answers, with as many rows; each
// client changes those of one sitting.
func newPgbench(b *testing.B, h *benchHouse, sittings int) pgbench {
	b.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if err != nil {
		b.Fatal(err)
	}
	p := pgbench{program: "pgbench", script: filepath.Join(b.TempDir(), "upsert.sql"), database: h.DSN}
	if len(found) > 0 {
		p.program = found[len(found)-1]
	}
	h.exec(b, "CREATE TABLE reference (LIKE responses INCLUDING ALL)")
	h.exec(b, numbers(sittings)+fmt.Sprintf(`
		INSERT INTO reference (organization_id, sitting_id, item, revision, response, spent_ms, saved_at)
		SELECT {id}, {id}, item, 1, '{"best":"a","worst":"b"}', 1000, now()
		FROM numbers, generate_series(0, %d) AS item`, len(h.Form.Items)-1))
	const id = `('019a0000-0000-7000-8000-' || (100000000001 + :client_id))::uuid`
	script := fmt.Sprintf(`\set item random(0, %d)
INSERT INTO reference (organization_id, sitting_id, item, revision, response, spent_ms, saved_at)
VALUES (%s, %[2]s, :item, 1, '{"best":"c","worst":"d"}', 2000, now())
ON CONFLICT (organization_id, sitting_id, item) DO UPDATE SET
  revision = reference.revision + 1, response = excluded.response, spent_ms = excluded.spent_ms, saved_at = excluded.saved_at
RETURNING revision, response, saved_at;
`, len(h.Form.Items)-1, id)
	if err := os.WriteFile(p.script, []byte(script), 0o600); err != nil {
		b.Fatal(err)
	}
	return p
}

var (
	pgbenchRate = regexp.MustCompile(`(?m)^tps = ([\d.]+) `)
	pgbenchWait = regexp.MustCompile(`(?m)^latency average = ([\d.]+) ms`)
)

// run returns transactions a second and their mean wait in milliseconds.
func (p pgbench) run(b *testing.B, clients int, turn time.Duration) (rate, wait float64) {
	b.Helper()
	address, err := url.Parse(p.database)
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(p.program, "--no-vacuum", "-M", "prepared", "-f", p.script, "-T", strconv.Itoa(int(turn.Seconds())),
		"-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(clients, runtime.NumCPU())),
		"-h", address.Hostname(), "-p", address.Port(), "-U", address.User.Username(), address.Path[1:])
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("number of failed transactions: 0 ")) {
		b.Fatalf("pgbench: %v\n%s", err, out)
	}
	for pattern, into := range map[*regexp.Regexp]*float64{pgbenchRate: &rate, pgbenchWait: &wait} {
		found := pattern.FindSubmatch(out)
		if found == nil {
			b.Fatalf("pgbench said:\n%s", out)
		}
		if *into, err = strconv.ParseFloat(string(found[1]), 64); err != nil {
			b.Fatal(err)
		}
	}
	return rate, wait
}
