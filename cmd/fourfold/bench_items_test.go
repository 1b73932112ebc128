package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/assess/assesstest/bench"
	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// Item analysis of a million sittings of 40 items as PostgreSQL keeps them: response
// vectors read, marked by each item's rule and counted, then alpha, its interval and
// every item's figures. Beside it psych::alpha on as many marks in R's memory.
func BenchmarkItemAnalysisFromPostgres(b *testing.B) {
	const persons, items, reach = 1_000_000, 40, 30
	const name = "psych::alpha ÷ ours, 1M × 40 from PostgreSQL"
	r, err := startR("alpha", persons, items)
	if err != nil {
		fmt.Printf("%s: %v; R with psych comes by tools/bring r\n", name, err)
		return
	}
	defer r.stop()
	h := assesstest.Open(b, assesstest.Postgres(b))
	assessment := vectors(b, h, persons, items)
	var theirs, took []float64
	for range bench.Rounds {
		seconds, err := r.time()
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		m, err := h.RecountMoments(b.Context(), h.Owner.Organization, assessment)
		if err != nil {
			b.Fatal(err)
		}
		c := m.Covariance()
		measure.AlphaInterval(c)
		measure.Items(c)
		theirs, took = append(theirs, seconds), append(took, time.Since(began).Seconds())
		if m.N != persons {
			b.Fatalf("%d persons were counted", m.N)
		}
	}
	bench.Ratio(name, theirs, took, "s", bench.AtLeast(reach))
}

// vectors fills a house with results on a form of so many items, made of the house's own
// form by taking items twice. Only what is read is there: no sittings, no documents.
func vectors(b *testing.B, h *assesstest.House, persons, items int) uuid.UUID {
	b.Helper()
	form := *h.Form
	for len(form.Items) < items {
		n := len(form.Items) % len(h.Form.Items)
		form.Items = append(form.Items[:len(form.Items):len(form.Items)], h.Form.Items[n])
		form.Chances = append(form.Chances[:len(form.Chances):len(form.Chances)], h.Form.Chances[n])
	}
	text, err := form.JSON()
	if err != nil {
		b.Fatal(err)
	}
	db := h.Database()
	id := uuid.Must(uuid.NewV7())
	exec := func(statement string, args ...any) {
		b.Helper()
		if _, err := db.ExecContext(b.Context(), statement, args...); err != nil {
			b.Fatalf("%v\n%s", err, statement)
		}
	}
	var row map[string]any
	source := db.QueryRowx("SELECT to_jsonb(a) FROM assessments a WHERE id = $1", h.Assessment.ID)
	var kept []byte
	if err := source.Scan(&kept); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(kept, &row); err != nil {
		b.Fatal(err)
	}
	row["id"], row["form"], row["form_hash"], row["items"] = id, string(text), form.Hash(), items
	if kept, err = json.Marshal(row); err != nil {
		b.Fatal(err)
	}
	exec("INSERT INTO assessments SELECT * FROM jsonb_populate_record(NULL::assessments, $1)", string(kept))

	// A thousand different people, each a thousand times.
	dice := rand.New(rand.NewPCG(9, 9))
	exec("CREATE UNLOGGED TABLE people (n BIGINT PRIMARY KEY, vector BYTEA)")
	for n := range 1000 {
		responses := make([]questions.Response, len(form.Items))
		for i, item := range form.Items {
			choices := 0
			for r := range item.Responses() {
				if choices++; dice.IntN(choices) == 0 {
					responses[i] = r
				}
			}
		}
		exec("INSERT INTO people VALUES ($1, $2)", n, form.Vector(responses))
	}
	exec("ALTER TABLE results DROP CONSTRAINT results_organization_id_sitting_id_fkey")
	// Ids ascend in time, as those do that the center makes.
	exec(`
		INSERT INTO results (organization_id, id, invitation_id, sitting_id, assessment_id, version, document, hash, form_hash, vector, created_at)
		SELECT $1, lpad(to_hex(s.n), 32, '0')::uuid, gen_random_uuid(), lpad(to_hex(s.n), 32, '0')::uuid, $2, 1, '', '', $3, p.vector, now()
		FROM generate_series(1, $4::bigint) AS s (n) JOIN people p ON p.n = s.n % 1000`, h.Owner.Organization, id, form.Hash(), persons)
	exec("VACUUM ANALYZE results") // as its autovacuum would soon
	return id
}
