package assess_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// has reports whether a report carries a remark.
func has(r assess.Report, word assess.SignalWord) bool {
	return slices.ContainsFunc(r.Signals, func(s assess.Signal) bool { return s.Word == word })
}

func TestSignalsAreForAPersonToRead(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		report := func(name string, each func(position int) (questions.Response, int64), wait func(position int)) assess.Report {
			t.Helper()
			p := h.Invited(name).Started()
			for i := range h.Form.Items {
				wait(i)
				r, spent := each(i)
				if _, err := h.Answer(t.Context(), p.Seat, assess.Save{Position: i, Revision: 1, Response: r, SpentMS: spent}); err != nil {
					t.Fatal(err)
				}
			}
			h.Clock.Advance(time.Second)
			if _, err := h.Submit(t.Context(), p.Seat); err != nil {
				t.Fatal(err)
			}
			r, err := h.Report(t.Context(), h.Owner, p.Invitation.ID)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		steadily := func(int) { h.Clock.Advance(time.Minute) }
		calm := report("Calm", func(i int) (questions.Response, int64) { return h.Keyed(i), 50_000 }, steadily)
		if len(calm.Signals) != 0 {
			t.Errorf("someone who took the time: %v", calm.Signals)
		}
		hasty := report("Hasty", func(i int) (questions.Response, int64) { return h.Keyed(i), 2_900 }, func(i int) {
			if i == 0 {
				h.Clock.Advance(30 * time.Minute)
			}
			h.Clock.Advance(3 * time.Second)
		})
		if !has(hasty, assess.TooFast) || !has(hasty, assess.AtTheEnd) {
			t.Errorf("someone who did not read and answered at the end: %v", hasty.Signals)
		}
		flat := report("Flat", func(i int) (questions.Response, int64) {
			r := h.Keyed(i)
			r.Ratings = maps.Clone(r.Ratings)
			for option := range r.Ratings {
				r.Ratings[option] = 2
			}
			return r, 50_000
		}, steadily)
		if !has(flat, assess.LongRun) || has(flat, assess.TooFast) {
			t.Errorf("someone who always gave the same rating: %v", flat.Signals)
		}
		// No score knows of it: the hasty one has the calm one's.
		for i, q := range calm.Result.Document.Qualities {
			if *q.Closeness != *hasty.Result.Document.Qualities[i].Closeness {
				t.Errorf("%s: the scores differ", q.Quality)
			}
		}
	})
}
