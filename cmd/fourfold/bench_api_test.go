package main_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest/bench"
	"github.com/fourfold/fourfold/web"
)

// keys makes n API keys: one alone may not call as often as a benchmark does.
func (h *benchHouse) keys(b *testing.B, n int) []string {
	b.Helper()
	secrets := make([]string, n)
	for i := range secrets {
		var err error
		if _, secrets[i], err = h.MakeKey(b.Context(), h.Owner, assess.NewKey{Name: "bench", Scopes: assess.Scopes}); err != nil {
			b.Fatal(err)
		}
	}
	return secrets
}

// caller is a program that uses each of its keys in turn.
type caller struct {
	*bench.Client
	keys []string
	sent int
	call func(c *caller) (bench.Reply, error)
	want int
}

func (c *caller) Next() error {
	c.sent++
	c.Header = "Authorization: Bearer " + c.keys[c.sent%len(c.keys)] + "\r\n"
	r, err := c.call(c)
	if err == nil && r.Status != c.want {
		err = fmt.Errorf("%d %s", r.Status, r.Body)
	}
	return err
}

const callers, keysEach = 16, 16

// callersOf connects programs that each make the same call.
func (h *benchHouse) callersOf(b *testing.B, want int, call func(c *caller) (bench.Reply, error)) []*caller {
	b.Helper()
	secrets := h.keys(b, callers*keysEach)
	all := make([]*caller, callers)
	for i := range all {
		client, err := bench.Dial(h.address)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { client.Close() })
		all[i] = &caller{Client: client, keys: secrets[i*keysEach : (i+1)*keysEach], call: call, want: want}
	}
	return all
}

// Invitations ordered over the API – key, budget, validation, idempotency – beside
// pgbench, which inserts the same rows in the same transaction and nothing else, on
// one cluster.
func BenchmarkInvitationsOnPostgreSQL(b *testing.B) {
	h := buildHouse(b, benchEngines[1].database(b))
	h.Invited("Ann")
	h.serve(b)
	var order atomic.Int64
	assessment := assess.FormatID(assess.AssessmentID, h.Assessment.ID)
	programs := h.callersOf(b, http.StatusCreated, func(c *caller) (bench.Reply, error) {
		n := order.Add(1)
		c.Header += fmt.Sprintf("Idempotency-Key: order-%d\r\n", n)
		return c.PostJSON("/api/v1/invitations", fmt.Appendf(nil, `{"assessment":%q,"candidate":{"name":"Candidate %d","email":"c%[2]d@harbour.test"}}`, assessment, n))
	})
	reference := newInvitationPgbench(b, h)
	var ours, theirs []float64
	for range bench.Rounds {
		pace, err := bench.Drive(programs, turn)
		if err != nil {
			b.Fatal(err)
		}
		rate, _ := reference.run(b, callers, turn)
		ours, theirs = append(ours, pace.PerSecond), append(theirs, rate)
	}
	bench.Ratio("invitations through the API ÷ pgbench's same inserts, c=16", ours, theirs, "/s", bench.AtLeast(0.3))
}

// newInvitationPgbench prepares a script that inserts what an order does: candidate,
// invitation, link, idempotency key, outbox and audit entry.
func newInvitationPgbench(b *testing.B, h *benchHouse) pgbench {
	b.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if err != nil {
		b.Fatal(err)
	}
	p := pgbench{program: "pgbench", script: filepath.Join(b.TempDir(), "order.sql"), database: h.DSN}
	if len(found) > 0 {
		p.program = found[len(found)-1]
	}
	for _, table := range []string{"candidates", "invitations", "secrets", "idempotency_keys", "outbox", "audit_inbox"} {
		h.exec(b, "CREATE TABLE reference_"+table+" (LIKE "+table+" INCLUDING ALL)")
	}
	var organization, by string = h.Owner.Organization.String(), h.Owner.ID.String()
	script := strings.NewReplacer("ORG", "'"+organization+"'", "ASM", "'"+h.Assessment.ID.String()+"'", "BY", "'"+by+"'").Replace(`BEGIN;
SELECT gen_random_uuid() AS inv, gen_random_uuid() AS can \gset
INSERT INTO reference_idempotency_keys (organization_id, caller_id, key, fingerprint, subject_id, created_at)
VALUES (ORG, BY, :inv, repeat('f', 64), :inv, now());
INSERT INTO reference_candidates (organization_id, id, name, email, created_at) VALUES (ORG, :can, 'Candidate', :can, now());
INSERT INTO reference_invitations (organization_id, id, assessment_id, candidate_id, state, stage, generation, language, extra_time, reference, expires_at, created_at, changed_at)
VALUES (ORG, :inv, ASM, :can, 'open', 'invited', 1, '', 100, '', now() + interval '14 days', now(), now());
INSERT INTO reference_secrets (hash, kind, organization_id, subject_id, created_at) VALUES (repeat('0', 28) || :inv::text, 'link', ORG, :inv, now());
INSERT INTO reference_outbox (organization_id, id, kind, subject_id, created_at) VALUES (ORG, gen_random_uuid(), 'invitation.created', :inv, now());
INSERT INTO reference_audit_inbox (organization_id, id, at, actor_kind, actor_id, action, subject_id, detail)
VALUES (ORG, gen_random_uuid(), now(), 'key', BY, 'invitation.created', :inv, '');
COMMIT;
`)
	if err := os.WriteFile(p.script, []byte(script), 0o600); err != nil {
		b.Fatal(err)
	}
	return p
}

// A result fetched over the API – each reading is noted in the audit log, and that is
// on disk before the answer – beside the least a Gin server can say; both serve in
// this very process. An unchanged result asked for again costs the same note.
func BenchmarkResultFetch(b *testing.B) {
	hello := gin.New()
	hello.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "hello") })
	plain := listen(b, func(*url.URL) http.Handler { return hello })
	for _, engine := range benchEngines {
		h := buildHouse(b, engine.database(b))
		ann := h.Invited("Ann").Started().Answers()
		if _, err := h.Submit(b.Context(), ann.Seat); err != nil {
			b.Fatal(err)
		}
		path := "/api/v1/invitations/" + assess.FormatID(assess.InvitationID, ann.Invitation.ID) + "/result"
		h.address = listen(b, func(public *url.URL) http.Handler {
			log, err := os.Create(filepath.Join(b.TempDir(), "log"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { log.Close() })
			return web.New(h.Center, web.Config{PublicURL: public, Log: slog.New(slog.NewTextHandler(log, nil))})
		})
		programs := h.callersOf(b, http.StatusOK, func(c *caller) (bench.Reply, error) { return c.Get(path) })
		greeted := make([]reader, callers)
		for i := range greeted {
			client, err := bench.Dial(plain)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { client.Close() })
			greeted[i] = reader{client, "/"}
		}
		var ours, theirs []float64
		for range bench.Rounds {
			pace, err := bench.Drive(programs, turn)
			if err != nil {
				b.Fatal(err)
			}
			ours = append(ours, pace.PerSecond)
			if pace, err = bench.Drive(greeted, turn); err != nil {
				b.Fatal(err)
			}
			theirs = append(theirs, pace.PerSecond)
		}
		bench.Ratio("result fetch ÷ Gin's hello, "+engine.name, ours, theirs, "/s", bench.AtLeast(0.03))
	}
}

// The API's list of a million invitations: the page at row 900,000 beside the first.
func BenchmarkListPaging(b *testing.B) {
	const invitations, row, fetches = 1_000_000, 900_000, 50
	for _, engine := range benchEngines {
		h := buildHouse(b, engine.database(b))
		h.Invited("Ann")
		h.copyInvitations(b, invitations)
		if h.Postgres() {
			h.exec(b, "ANALYZE") // as its autovacuum would soon
		}
		filter := assess.InvitationFilter{Sort: "invited", Descending: true, Limit: assess.LargestPage}
		for range row / assess.LargestPage {
			page, err := h.Invitations(b.Context(), h.Owner, filter)
			if err != nil {
				b.Fatal(err)
			}
			filter.Cursor = page.Next
		}
		h.serve(b)
		key := h.keys(b, 4)
		paths := []string{"/api/v1/invitations?limit=50&cursor=" + url.QueryEscape(filter.Cursor), "/api/v1/invitations?limit=50"}
		client := h.dial(b)
		times := make([][]float64, len(paths))
		for range bench.Rounds {
			for i, path := range paths {
				c := &caller{Client: client, keys: key, want: http.StatusOK, call: func(c *caller) (bench.Reply, error) { return c.Get(path) }}
				waits, err := fetchSome(c, fetches)
				if err != nil {
					b.Fatal(err)
				}
				times[i] = append(times[i], bench.Median(waits))
			}
		}
		bench.Ratio("API list, page at row 900,000 of 1M ÷ first, "+engine.name, times[0], times[1], "ms", bench.AtMost(1.2))
		client.Close()
		h.stop(b)
	}
}
