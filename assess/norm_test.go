package assess_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// One story on each engine, for the hundred sittings a norm takes are costly: refused
// under the floor, made at it, frozen, named by later results alone, and read as bands.
func TestANormOfOnesOwnSittings(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ctx := t.Context()
		before := population(t, h, 6, 31, questions.English)
		h.Crowd(15) // to 6 · 16 = 96 sittings, one of six without a score
		filter := assess.NormFilter{Assessment: h.Assessment.ID, Language: questions.English}
		preview, err := h.NormPreview(ctx, h.Owner, filter)
		if err != nil || preview.N != 96 || preview.Missing != 4 {
			t.Fatalf("the preview says %+v, %v", preview, err)
		}
		_, err = h.MakeNorm(ctx, h.Owner, filter)
		var short *assess.NormShortfall
		if !errors.Is(err, assess.ErrTooFew) || !errors.As(err, &short) || short.Missing != 4 {
			t.Fatalf("under the floor: %v", err)
		}
		if list, err := h.Norms(ctx, h.Owner, h.Assessment.ID); err != nil || len(list) != 0 {
			t.Fatalf("a refused norm was kept: %v, %v", list, err)
		}
		population(t, h, 5, 32, questions.English)
		population(t, h, 1, 33, questions.Chinese)
		norm, err := h.MakeNorm(ctx, h.Owner, filter)
		if err != nil {
			t.Fatal(err)
		}
		d := norm.Document
		if d.N != 101 || d.Version != 1 || d.Form.Hash != h.Assessment.FormHash || d.Language != questions.English || !d.CreatedAt.Equal(h.Clock.Now()) || d.Instruction == "" {
			t.Errorf("the norm is %+v", d)
		}
		for _, q := range d.Qualities {
			n := int64(0)
			last := math.Inf(-1)
			for _, s := range q.Scores {
				n += s.N
				if v := assess.Hundred(s.Closeness); v <= last {
					t.Errorf("%s: the scores are not in order", q.Quality)
				} else {
					last = v
				}
			}
			if n != d.N || q.Mean == nil || q.SD == nil {
				t.Errorf("%s: %d scores of %d", q.Quality, n, d.N)
			}
		}
		for i, f := range []assess.NormFilter{
			{Assessment: h.Assessment.ID, Language: "fr"},
			{Assessment: h.Assessment.ID, Language: questions.English, From: assess.At(h.Clock.Now()), Until: assess.At(h.Clock.Now())},
			{Assessment: h.Assessment.ID, Language: questions.English, From: assess.At(time.Date(0, 5, 1, 0, 0, 0, 0, time.UTC))},
			{Assessment: h.Assessment.ID, Language: questions.English, Until: assess.At(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC))},
		} {
			var fields assess.FieldErrors
			if _, err := h.MakeNorm(ctx, h.Owner, f); !errors.As(err, &fields) {
				t.Errorf("filter %d: %v", i, err)
			}
		}
		none := filter
		none.From = assess.At(h.Clock.Now().Add(time.Hour))
		if p, err := h.NormPreview(ctx, h.Owner, none); err != nil || p.N != 0 || p.Missing != assess.NormFloor {
			t.Errorf("nobody has sat after the clock's time: %+v, %v", p, err)
		}
		if _, err := h.MakeNorm(ctx, h.Neighbour().Owner, filter); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("a neighbour's norm of our sittings: %v", err)
		}

		// Results made before name no norm; those after name it, and only in its language.
		old, err := h.Report(ctx, h.Owner, before[0].Invitation.ID)
		if err != nil || old.Norm != nil || old.Standings != nil || old.Result.Document.Versions.Norm != nil {
			t.Errorf("an earlier result names %v, %v", old.Result.Document.Versions.Norm, err)
		}
		dice := rand.New(rand.NewPCG(34, 34))
		var after []*assesstest.Person
		for range 3 {
			p := h.Invited("After").Started()
			answered(t, h, p, len(h.Form.Items), .5, dice)
			if _, err := h.Submit(ctx, p.Seat); err != nil {
				t.Fatal(err)
			}
			after = append(after, p)
		}
		chinese := population(t, h, 1, 35, questions.Chinese)[0]
		other, err := h.Report(ctx, h.Owner, chinese.Invitation.ID)
		if err != nil || other.Norm != nil {
			t.Errorf("a Chinese sitting names the English norm: %v", err)
		}
		r, err := h.Report(ctx, h.Owner, after[0].Invitation.ID)
		if err != nil || r.Norm == nil || *r.Result.Document.Versions.Norm != d.ID || r.Norm.Hash != norm.Hash {
			t.Fatalf("a later result names %v, %v", r.Result.Document.Versions.Norm, err)
		}
		if own, err := h.ResultByID(ctx, h.Owner, r.Result.ID); err != nil || own.Norm == nil || own.Norm.Hash != norm.Hash || !slices.Equal(own.Standings, r.Standings) {
			t.Errorf("by its own id the result stands at %+v, %v", own.Standings, err)
		}
		for i, s := range r.Standings {
			own := d.Qualities[i]
			if !s.Percentile.Known() || s.Percentile.Value <= 0 || s.Percentile.Value >= 100 || s.Sten.Value < 1 || s.Sten.Value > 10 {
				t.Errorf("%s: percentile %v, sten %v", s.Quality, s.Percentile, s.Sten)
			}
			if s.Banded != (own.SEM != nil) || s.Banded && (s.Low < 0 || s.High > 100 || s.Low > s.High || own.Reliability == nil || *own.Reliability < 0 != s.AsZero) {
				t.Errorf("%s: band %d to %d, %+v", s.Quality, s.Low, s.High, own)
			}
		}

		// A second version stands beside the first, whose document has not changed.
		second, err := h.MakeNorm(ctx, h.Owner, filter)
		if err != nil || second.Document.Version != 2 || second.Document.N != 104 {
			t.Fatalf("the second version: %+v, %v", second.Document.Version, err)
		}
		list, err := h.Norms(ctx, h.Owner, h.Assessment.ID)
		if err != nil || len(list) != 2 || list[0].ID != second.ID || list[1].Hash != norm.Hash {
			t.Fatalf("the list: %v", err)
		}
		first, _ := json.Marshal(norm.Document)
		kept, _ := json.Marshal(list[1].Document)
		if string(first) != string(kept) {
			t.Errorf("the first version has become\n%s, it was\n%s", kept, first)
		}

		// Two people by the rule of their standard errors, and never across languages.
		ids := []uuid.UUID{after[0].Invitation.ID, after[1].Invitation.ID, after[2].Invitation.ID, chinese.Invitation.ID, before[0].Invitation.ID}
		c, err := h.Compare(ctx, h.Owner, ids)
		if err != nil || len(c.People) != 5 || len(c.Pairs) != 10 {
			t.Fatalf("compared %d people in %d pairs: %v", len(c.People), len(c.Pairs), err)
		}
		for _, pair := range c.Pairs {
			a, b := c.People[pair.A], c.People[pair.B]
			for q, verdict := range pair.Verdicts {
				want := assess.NotComparable
				if a.Result.Document.Sitting.Language == b.Result.Document.Sitting.Language {
					want = assess.NoBand
					if a.Norm != nil && b.Norm != nil && a.Standings[q].Banded {
						x, y := a.Standings[q].Score, b.Standings[q].Score
						want = assess.NotDistinguishable
						if math.Abs(x.Value-y.Value) > 1.96*math.Sqrt(x.SEM*x.SEM+y.SEM*y.SEM) {
							want = assess.Distinguishable
						}
					}
				}
				if verdict != want {
					t.Errorf("pair %d–%d, quality %d: %s, want %s", pair.A, pair.B, q, verdict, want)
				}
			}
		}
		for _, few := range [][]uuid.UUID{nil, ids[:1], {ids[0], ids[0]}, append(append([]uuid.UUID{}, ids...), before[1].Invitation.ID)} {
			var fields assess.FieldErrors
			if _, err := h.Compare(ctx, h.Owner, few); !errors.As(err, &fields) {
				t.Errorf("%d people: %v", len(few), err)
			}
		}
		if _, err := h.Compare(ctx, h.Owner, []uuid.UUID{ids[0], h.Invited("New").Invitation.ID}); !errors.Is(err, assess.ErrNoResult) {
			t.Errorf("one without a result: %v", err)
		}
	})
}

func TestWhoMayMakeNorms(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	for _, role := range assess.Roles {
		by := h.Owner
		by.Role = role
		_, err := h.MakeNorm(t.Context(), by, assess.NormFilter{Assessment: h.Assessment.ID, Language: questions.English})
		want := error(assess.ErrForbidden)
		if role == assess.Owner || role == assess.Recruiter {
			want = assess.ErrTooFew
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", role, err, want)
		}
	}
}
