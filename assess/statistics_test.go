package assess_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
)

// verified fails unless the kept statistics are what the results say.
func verified(t *testing.T, h *assesstest.House, results int64) {
	t.Helper()
	n, faults, err := h.VerifyStatistics(t.Context(), h.Owner.Organization)
	if err != nil {
		t.Fatal(err)
	}
	if n != results {
		t.Errorf("%d results were counted, want %d", n, results)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

func analysed(t *testing.T, h *assesstest.House, language questions.Lang) assess.Analysis {
	t.Helper()
	a, err := h.Analysis(t.Context(), h.Owner, h.Assessment.ID, language)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What is shown is complete at every moment: before folding, in the middle of it and
// after, and a recount from the vectors gives the same integers.
func TestStatisticsAreCompleteUpToNow(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		none := analysed(t, h, questions.English)
		if none.Results[questions.English] != 0 || none.Qualities[0].Missing != assess.ReliabilityFloor || none.Items[0].Missing != assess.ItemFloor {
			t.Errorf("with no results: %+v", none.Qualities[0])
		}
		population(t, h, 7, 1, questions.English)
		before := h.Counters(t.Context(), h.Owner.Organization, h.Assessment.ID, questions.English)
		verified(t, h, 7)
		if err := h.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		verified(t, h, 7)
		if after := h.Counters(t.Context(), h.Owner.Organization, h.Assessment.ID, questions.English); !reflect.DeepEqual(before, after) || after[0] != 7 {
			t.Errorf("folding changed the counts of %d results into those of %d", before[0], after[0])
		}
		population(t, h, 4, 2, questions.English)
		population(t, h, 2, 3, questions.Chinese)
		verified(t, h, 13)
		a := analysed(t, h, "")
		if a.Language != questions.English || a.Results[questions.English] != 11 || a.Results[questions.Chinese] != 2 {
			t.Errorf("half folded: %v results in %s", a.Results, a.Language)
		}
		if err := h.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := h.Fold(t.Context()); err != nil { // nothing waits
			t.Fatal(err)
		}
		verified(t, h, 13)
		again, err := h.RecountMoments(t.Context(), h.Owner.Organization, h.Assessment.ID)
		if err != nil {
			t.Fatal(err)
		}
		whole := h.WholeMoments(t.Context(), h.Owner.Organization, h.Assessment.ID, questions.English)
		if why := whole.Merge(h.WholeMoments(t.Context(), h.Owner.Organization, h.Assessment.ID, questions.Chinese)); why != "" || whole.N == 0 || !reflect.DeepEqual(again, whole) {
			t.Errorf("recounted from the vectors the moments of %d are not those of %d", again.N, whole.N)
		}
		if left := len(dump(t, h.Database())["statistics_queue"]); left != 0 {
			t.Errorf("%d results still wait", left)
		}
	})
}

// Thousands of vectors, more than are read at a time, each counted once; one that is cut
// short is no vector.
func TestEveryVectorIsRecountedOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		population(t, h, 3, 5, questions.English)
		once, err := h.RecountMoments(t.Context(), h.Owner.Organization, h.Assessment.ID)
		if err != nil {
			t.Fatal(err)
		}
		db := h.Database()
		if h.Postgres() {
			db.MustExec("ALTER TABLE results DROP CONSTRAINT results_organization_id_sitting_id_fkey")
		} else {
			db.SetMaxOpenConns(1)
			db.MustExec("PRAGMA foreign_keys = 0")
		}
		// Before, among and after the three: their ids begin with a time, of which 0 and f are the ends.
		const times = 3500
		fresh := map[bool]string{false: `printf('%s%07x', CASE WHEN n % 2 = 0 THEN '0' ELSE 'f' END, n) || substr(r.sitting_id, 9)`,
			true: `(CASE WHEN n % 2 = 0 THEN '0' ELSE 'f' END || lpad(to_hex(n), 7, '0') || substr(r.sitting_id::text, 9))::uuid`}[h.Postgres()]
		db.MustExec(`
			WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
			INSERT INTO results (organization_id, id, invitation_id, sitting_id, assessment_id, version, document, hash, form_hash, vector, created_at)
			SELECT r.organization_id, `+fresh+`, r.invitation_id, `+fresh+`, r.assessment_id, 1, '', '', r.form_hash, r.vector, r.created_at
			FROM results r CROSS JOIN numbers`, times-1)
		all, err := h.RecountMoments(t.Context(), h.Owner.Organization, h.Assessment.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := measure.NewMoments(once.Units)
		for range times {
			if why := want.Merge(once); why != "" {
				t.Fatal(why)
			}
		}
		if once.N == 0 || !reflect.DeepEqual(all, want) {
			t.Errorf("%d were counted, want %d", all.N, want.N)
		}

		db.MustExec("UPDATE results SET vector = $1 WHERE id = (SELECT id FROM results ORDER BY id LIMIT 1)", []byte{1})
		if _, err := h.RecountMoments(t.Context(), h.Owner.Organization, h.Assessment.ID); err == nil {
			t.Error("a vector that is cut short is counted")
		}
	})
}

// The counts hold what the result documents say: sums of marks, scores, times.
func TestStatisticsSayWhatTheResultsSay(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	people := population(t, h, 9, 4, questions.English)
	perItem := make([]*measure.Moments, 4)
	shown := map[questions.Quality]int64{}
	for q := range perItem {
		var units []int64
		for _, i := range h.Form.Items {
			if i.Quality == questions.Qualities[q] {
				units = append(units, fullMark(i))
			}
		}
		m := measure.NewMoments(units)
		perItem[q] = &m
	}
	for _, p := range people {
		r, err := h.Result(t.Context(), h.Owner, p.Invitation.ID)
		if err != nil {
			t.Fatal(err)
		}
		for q, quality := range questions.Qualities {
			var marks []int64
			for _, s := range r.Document.Items {
				if h.Form.Items[s.Position].Quality == quality && s.Mark != nil {
					marks = append(marks, int64(s.Mark.Num))
				}
			}
			if len(marks) == len(perItem[q].Units) {
				if why := perItem[q].Add(marks); why != "" {
					t.Fatal(why)
				}
			}
			if r.Document.Qualities[q].Shown {
				shown[quality]++
			}
		}
	}
	a := analysed(t, h, questions.English)
	for q, quality := range questions.Qualities {
		kept := h.QualityMoments(t.Context(), h.Owner.Organization, h.Assessment.ID, questions.English, q)
		if !reflect.DeepEqual(kept, *perItem[q]) {
			t.Errorf("%s: the moments are\n%v, want\n%v", quality, kept, *perItem[q])
		}
		if got := a.Qualities[q].Shown; got != shown[quality] {
			t.Errorf("%s: %d results with a score, want %d", quality, got, shown[quality])
		}
		spread := int64(0)
		for _, n := range a.Qualities[q].Spread {
			spread += n
		}
		if spread != shown[quality] {
			t.Errorf("%s: the spread holds %d, want %d", quality, spread, shown[quality])
		}
	}
	for _, i := range a.Items {
		if i.Scored > shown[h.Form.Items[i.Position].Quality] || i.Scored == 0 {
			t.Errorf("item %d has %d marks by score", i.Position, i.Scored)
		}
	}
}

func fullMark(i questions.Item) int64 {
	for r := range i.Responses() {
		if m, ok := i.Mark(r); ok {
			return int64(m.Den)
		}
	}
	return 0
}

// A closeness is counted in the whole points the report shows, and below chance too.
func TestEveryVectorIsCountedAndTakenBack(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	dice := rand.New(rand.NewPCG(11, 11))
	for round := range 300 {
		responses := make([]questions.Response, len(h.Form.Items))
		spent := make([]int64, len(responses))
		for i := range responses {
			if dice.IntN(20) > 0 {
				responses[i] = anything(h, i, dice)
			}
			spent[i] = dice.Int64N(200_000)
		}
		counts, err := assess.CountOnce(h.Form, h.Form.Vector(responses), spent, round%3 == 0)
		if err != nil {
			t.Fatal(err)
		}
		profile := h.Form.Score(responses)
		for q, s := range profile.Qualities {
			points, n := assess.PointsOf(h.Form, counts, q)
			if !s.Shown {
				if n != 0 {
					t.Fatalf("round %d: a score that is not shown was counted", round)
				}
				continue
			}
			if n != 1 || max(points, 0) != *s.Closeness {
				t.Fatalf("round %d, %s: counted at %d (%d times), the result says %d", round, s.Quality, points, n, *s.Closeness)
			}
		}
		if again, err := assess.CodeAndDecode(h.Form, counts); err != nil || !reflect.DeepEqual(again, counts) {
			t.Fatalf("round %d: the counts changed on their way to the database: %v", round, err)
		}
		if left, err := assess.UncountOnce(h.Form, counts, h.Form.Vector(responses), spent, round%3 == 0); err != nil || left != 0 {
			t.Fatalf("round %d: %d counters are not 0 after the result was taken back, %v", round, left, err)
		}
	}
	for _, bad := range [][]byte{nil, {1}, make([]byte, 4000), []byte(strings.Repeat("\xff", 110))} {
		if _, err := assess.CountOnce(h.Form, bad, nil, false); err == nil {
			t.Errorf("a vector of %d bytes was counted", len(bad))
		}
	}
}

func TestConcurrentSubmissionsAreAllCounted(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		const people = 16
		var seats [people]*assesstest.Person
		for i := range seats {
			seats[i] = h.Invited(fmt.Sprintf("Person %d", i)).Started().Answers(i % 24)
		}
		centers := []*assess.Center{h.Center, h.Center}
		if h.Postgres() {
			centers[1] = h.Second()
		}
		done, stop := context.WithCancel(t.Context())
		var folding, submitting sync.WaitGroup
		for _, c := range centers {
			folding.Go(func() {
				for done.Err() == nil {
					if err := c.Fold(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for i, p := range seats {
			submitting.Go(func() {
				if _, err := centers[i%2].Submit(t.Context(), p.Seat); err != nil {
					t.Error(err)
				}
				if i%5 == 0 { // some are erased while others come in
					if err := centers[1-i%2].Erase(t.Context(), h.Owner, p.Invitation.Candidate.ID); err != nil {
						t.Error(err)
					}
				}
			})
		}
		submitting.Wait()
		stop()
		folding.Wait()
		verified(t, h, people-4)
		if err := h.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		verified(t, h, people-4)
	})
}

func TestARecountFindsATamperedCount(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		population(t, h, 5, 6, questions.English)
		if err := h.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		verified(t, h, 5)
		faults := func(change string, args ...any) string {
			t.Helper()
			db := h.Database()
			before := dump(t, db)["statistics"]
			if _, err := db.Exec(change, args...); err != nil {
				t.Fatal(err)
			}
			if reflect.DeepEqual(before, dump(t, db)["statistics"]) && !strings.Contains(change, "queue") {
				t.Fatalf("%s changed nothing", change)
			}
			_, found, err := h.VerifyStatistics(t.Context(), h.Owner.Organization)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 0 {
				t.Fatalf("%s was not noticed", change)
			}
			return found[0].String()
		}
		if got := faults("UPDATE statistics SET n = n + 1"); !strings.Contains(got, "n of the row") {
			t.Errorf("a changed n: %s", got)
		}
		if _, err := h.Database().Exec("UPDATE statistics SET n = n - 1"); err != nil {
			t.Fatal(err)
		}
		// One person more at one mark of one item, in one shard.
		var row struct {
			Shard  int64  `db:"shard"`
			Counts []byte `db:"counts"`
		}
		if err := h.Database().Get(&row, "SELECT shard, counts FROM statistics ORDER BY shard LIMIT 1"); err != nil {
			t.Fatal(err)
		}
		altered, place := assess.WithOneMore(h.Form, row.Counts, dice6())
		got := faults("UPDATE statistics SET counts = $1 WHERE shard = $2", altered, row.Shard)
		if !strings.Contains(got, place) || !strings.Contains(got, fmt.Sprintf("shard %d", row.Shard)) {
			t.Errorf("a changed count: %s, want %s named", got, place)
		}
		if _, err := h.Database().Exec("UPDATE statistics SET counts = $1 WHERE shard = $2", row.Counts, row.Shard); err != nil {
			t.Fatal(err)
		}
		verified(t, h, 5)
		faults("DELETE FROM statistics WHERE shard = $1", row.Shard)
	})
}

func dice6() *rand.Rand { return rand.New(rand.NewPCG(6, 6)) }

// Figures under the floors are withheld, and the page says how many are missing.
func TestFiguresComeOverTheFloor(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	population(t, h, 6, 7, questions.English)
	h.Multiply(t.Context(), h.Owner.Organization, h.Assessment.ID, 9) // as if each had sat 10 times
	a := analysed(t, h, questions.English)
	if got := a.Results[questions.English]; got != 60 {
		t.Fatalf("%d results, want 60", got)
	}
	for _, q := range a.Qualities {
		if q.Missing != assess.ReliabilityFloor-q.Complete || q.Alpha.Known() || q.Value.Known() || q.SEM.Known() || q.AlphaLow.Known() {
			t.Errorf("%s: %d complete, %d missing, alpha %v", q.Quality, q.Complete, q.Missing, q.Alpha)
		}
	}
	for _, i := range a.Items {
		if i.Missing != 0 || !i.Mean.Known() || i.ItemRest.Reason == measure.TooFewPersons {
			t.Errorf("item %d: %d missing, mean %v", i.Position, i.Missing, i.Mean)
		}
	}
	h.Multiply(t.Context(), h.Owner.Organization, h.Assessment.ID, 1)
	for _, q := range analysed(t, h, questions.English).Qualities {
		if q.Missing != 0 || !q.Alpha.Known() || !q.SEM.Known() || !(q.SEM.Value > 0) || q.DistinctMissing != 0 {
			t.Errorf("%s: %d complete, %d missing, alpha %v, SEM %v", q.Quality, q.Complete, q.Missing, q.Alpha, q.SEM)
		}
		if q.AsZero != (q.Value.Value < 0) {
			t.Errorf("%s: reliability %v, as zero %v", q.Quality, q.Value, q.AsZero)
		}
	}
	page, err := h.ItemPage(t.Context(), h.Owner, h.Assessment.ID, questions.English, 0)
	if err != nil || len(page.Options) != len(h.Form.Items[0].Options) || page.Own.Missing != 0 {
		t.Fatalf("the item's page: %d options, %v", len(page.Options), err)
	}
}
