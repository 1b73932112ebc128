package assess_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/assess/assesstest/bench"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web"
)

// The page of how a form has worked, over a million sittings and over ten thousand: the
// same form in two databases, counts added up by the folder's own code.
func BenchmarkQualityPage(b *testing.B) {
	const few, many, fetches = 10_000, 1_000_000, 20
	for _, engine := range []struct {
		name string
		dsn  func() string
	}{
		{"SQLite", func() string { return filepath.Join(b.TempDir(), "fourfold.db") }},
		{"PostgreSQL", func() string { return assesstest.Postgres(b) }},
	} {
		var pages []func() (float64, error)
		for _, people := range []int{many, few} {
			pages = append(pages, qualityPage(b, engine.dsn(), people, fetches))
		}
		times := make([][]float64, len(pages))
		for range bench.Rounds {
			for i, page := range pages {
				took, err := page()
				if err != nil {
					b.Fatal(err)
				}
				times[i] = append(times[i], took)
			}
		}
		bench.Ratio("quality page at 1M sittings ÷ at 10k, "+engine.name, times[0], times[1], "ms", bench.AtMost(1.2))
	}
}

// qualityPage makes a house with so many sittings and returns what fetches its page and
// gives the median time in milliseconds.
func qualityPage(b *testing.B, dsn string, people, fetches int) func() (float64, error) {
	b.Helper()
	h := assesstest.Open(b, dsn)
	ctx := b.Context()
	draft, err := h.DraftAssessment(ctx, h.Owner, assess.NewAssessment{
		Title: questions.Text{Chinese: "测评", English: "Test"}, Blueprint: "S", Jurisdiction: "CN", ValidDays: 14, Contact: "jobs@harbour.test",
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := h.PublishSeeded(ctx, h.Owner, draft.ID, 7); err != nil {
		b.Fatal(err)
	}
	h.Populate(ctx, h.Owner.Organization, draft.ID, questions.English, people, rand.New(rand.NewPCG(7, 7)))
	session, err := h.SignIn(ctx, "olive@harbour.test", "a long enough password")
	if err != nil {
		b.Fatal(err)
	}
	server := web.New(h.Center, web.Config{PublicURL: &url.URL{Scheme: "http", Host: "fourfold.test"}})
	path := "/assessments/" + assess.FormatID(assess.AssessmentID, draft.ID) + "/quality"
	return func() (float64, error) {
		var waits []float64
		for range fetches {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.AddCookie(&http.Cookie{Name: "session", Value: session.Token})
			w := httptest.NewRecorder()
			began := time.Now()
			server.ServeHTTP(w, r)
			waits = append(waits, time.Since(began).Seconds()*1000)
			if w.Code != http.StatusOK {
				return 0, fmt.Errorf("%s: %d", path, w.Code)
			}
		}
		return bench.Median(waits), nil
	}
}
