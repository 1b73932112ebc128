package assess_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/jmoiron/sqlx"
)

// anything is a random response to an item: complete, partial or tied.
func anything(h *assesstest.House, position int, dice *rand.Rand) questions.Response {
	all := h.Responses(position)
	r := all[dice.IntN(len(all))]
	if dice.IntN(3) > 0 {
		return r
	}
	options := h.Form.Items[position].Options
	some := options[dice.IntN(len(options))].ID
	switch h.Form.Items[position].Kind {
	case questions.BestWorst:
		r.Worst = ""
	case questions.Rate:
		r.Ratings = maps.Clone(r.Ratings)
		delete(r.Ratings, some)
	case questions.Rank:
		r.Ranks = maps.Clone(r.Ranks)
		r.Ranks[some] = 1
	case questions.ChooseK:
		r.Chosen = []string{some}
	}
	return r
}

// copyTable copies every row as the driver gives it.
func copyTable(t *testing.T, from, to *sqlx.DB, table string) {
	t.Helper()
	rows, err := from.Queryx("SELECT * FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(marks, ", "))
	for rows.Next() {
		row, err := rows.SliceScan()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Exec(insert, row...); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// The sittings are made once, on SQLite, and copied to PostgreSQL with their
// answers before any is scored. Then both engines end them. All that may differ is
// the result's own id, which is drawn when it is written.
func TestBothEnginesWriteTheSameResult(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	dice := rand.New(rand.NewPCG(5, 5))
	var people []*assesstest.Person
	for n := range 60 {
		p := h.Invited(fmt.Sprint("Person ", n), func(o *assess.Order) {
			o.Language = []questions.Lang{questions.Chinese, questions.English}[n%2]
			o.ExtraTime = assess.ExtraTimes[n%len(assess.ExtraTimes)]
		}).Started()
		for position := range h.Form.Items {
			if dice.IntN(10) < n%5 {
				continue
			}
			h.Clock.Advance(time.Duration(dice.IntN(900_000)) * time.Microsecond)
			save := assess.Save{Position: position, Revision: 1, Response: anything(h, position, dice), SpentMS: dice.Int64N(100_000)}
			if _, err := h.Answer(t.Context(), p.Seat, save); err != nil {
				t.Fatal(err)
			}
		}
		people = append(people, p)
	}

	dsn := assesstest.Postgres(t)
	other := assesstest.Center(t, dsn, h.Clock)
	for _, table := range []string{"organizations", "members", "assessments", "candidates", "invitations", "sittings", "responses"} {
		copyTable(t, h.Database(), assesstest.Database(t, dsn), table)
	}
	lite, post := h.Center, other
	for _, p := range people[:30] {
		for _, c := range []*assess.Center{lite, post} {
			if _, err := c.Submit(t.Context(), p.Seat); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.Clock.Advance(30 * 24 * time.Hour)
	for _, c := range []*assess.Center{lite, post} {
		if err := c.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ended, shown := map[assess.SittingState]int{}, 0
	for _, p := range people {
		a, err := lite.Report(t.Context(), h.Owner, p.Invitation.ID)
		if err != nil {
			t.Fatal(err)
		}
		b, err := post.Report(t.Context(), h.Owner, p.Invitation.ID)
		if err != nil {
			t.Fatal(err)
		}
		mask := func(r assess.Result) string {
			return strings.Replace(string(r.JSON), assess.FormatID(assess.ResultID, r.ID), "res_", 1)
		}
		if mask(a.Result) != mask(b.Result) {
			t.Errorf("%s:\nSQLite     %s\nPostgreSQL %s", p.Invitation.Candidate.Name, mask(a.Result), mask(b.Result))
		}
		if !reflect.DeepEqual(a.Responses, b.Responses) || !reflect.DeepEqual(a.Facets, b.Facets) {
			t.Errorf("%s: the reports differ beside the document", p.Invitation.Candidate.Name)
		}
		ended[a.Result.Document.Sitting.Ended]++
		for _, q := range a.Result.Document.Qualities {
			if q.Shown {
				shown++
			}
		}
	}
	if ended[assess.Submitted] != 30 || ended[assess.Expired] != 30 || shown == 0 || shown == 4*len(people) {
		t.Errorf("ended %v, %d qualities shown: the sample says too little", ended, shown)
	}
}

func TestAResultIsItsBytes(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started().Answers()
		given, err := h.Submit(t.Context(), ann.Seat)
		if err != nil {
			t.Fatal(err)
		}
		for what, read := range map[string]func() (assess.Result, error){
			"read":            func() (assess.Result, error) { return h.Result(t.Context(), h.Owner, ann.Invitation.ID) },
			"submitted again": func() (assess.Result, error) { return h.Submit(t.Context(), ann.Seat) },
			"in the report": func() (assess.Result, error) {
				r, err := h.Report(t.Context(), h.Owner, ann.Invitation.ID)
				return r.Result, err
			},
		} {
			r, err := read()
			if err != nil || !bytes.Equal(r.JSON, given.JSON) || r.Hash != given.Hash || !reflect.DeepEqual(r.Document, given.Document) {
				t.Errorf("%s: another result than at submission, %v", what, err)
			}
		}
		sum := sha256.Sum256(given.JSON)
		if want := "sha256:" + hex.EncodeToString(sum[:]); given.Hash != want {
			t.Errorf("hash %s of bytes that hash to %s", given.Hash, want)
		}
		var again bytes.Buffer
		e := json.NewEncoder(&again)
		e.SetEscapeHTML(false)
		if err := e.Encode(given.Document); err != nil || !bytes.Equal(bytes.TrimSpace(again.Bytes()), given.JSON) {
			t.Errorf("the document does not write itself as it was kept: %v", err)
		}
		d := given.Document
		if d.Schema != assess.ResultSchema || d.Form.Hash != h.Assessment.FormHash || d.Versions.Engine != assess.Engine || d.Versions.Key == "" ||
			len(d.Versions.Rules) != 4 || d.Versions.Norm != nil || d.KeyStatus != h.Form.Status || !d.DecisionSupportOnly || d.Notice != h.Form.Notice {
			t.Errorf("what the scores rest on: %+v", d)
		}
		for _, q := range d.Qualities {
			if !q.Shown || *q.Raw != 100 || *q.Closeness != 100 || q.Level != questions.Closer {
				t.Errorf("%s of one who answered by the key: %+v", q.Quality, q)
			}
		}
	})
}

func TestExtraTimeLeavesNoTraceInTheResult(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		var texts []string
		for _, share := range []int{100, 200, 0} {
			p := h.Invited("Ann", func(o *assess.Order) { o.ExtraTime = share }).Started().Answers(0, 3, 7)
			r, err := h.Submit(t.Context(), p.Seat)
			if err != nil {
				t.Fatal(err)
			}
			d := r.Document
			d.ID, d.Invitation, d.Candidate, d.Sitting.ID = "", "", "", ""
			text, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(text))
		}
		if texts[0] != texts[1] || texts[0] != texts[2] {
			t.Errorf("three documents that should not differ:\n%s", strings.Join(texts, "\n"))
		}
	})
}

func TestNothingIsScoredBeforeTheEndNorAfterWithdrawing(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann, will, carl := h.Invited("Ann").Started().Answers(), h.Invited("Will").Started().Answers(0), h.Invited("Carl").Started().Answers(0)
		if err := h.Withdraw(t.Context(), will.Seat); err != nil {
			t.Fatal(err)
		}
		if err := h.CancelInvitation(t.Context(), h.Owner, carl.Invitation.ID); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*assesstest.Person{ann, will, carl} {
			if _, err := h.Result(t.Context(), h.Owner, p.Invitation.ID); !errors.Is(err, assess.ErrNoResult) {
				t.Errorf("the result of %s: %v, want %v", p.Invitation.Candidate.Name, err, assess.ErrNoResult)
			}
		}
		if _, err := h.Feedback(t.Context(), ann.Seat); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("feedback in the middle: %v, want %v", err, assess.ErrConflict)
		}
		for _, p := range []*assesstest.Person{will, carl} {
			if f, err := h.Feedback(t.Context(), p.Seat); err != nil || len(f.Qualities) != 0 {
				t.Errorf("feedback to %s: %+v, %v", p.Invitation.Candidate.Name, f, err)
			}
			if _, err := h.Submit(t.Context(), p.Seat); !errors.Is(err, assess.ErrSittingClosed) {
				t.Errorf("%s submits: %v, want %v", p.Invitation.Candidate.Name, err, assess.ErrSittingClosed)
			}
		}
	})
}

func TestACandidateIsToldNothingOfTheKey(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started().Answers()
		welcome, err := h.Welcome(t.Context(), assesstest.LinkToken(ann.Link))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Submit(t.Context(), ann.Seat); err != nil {
			t.Fatal(err)
		}
		feedback, err := h.Feedback(t.Context(), ann.Seat)
		if err != nil {
			t.Fatal(err)
		}
		if feedback.Sitting.Form != nil || feedback.Sitting.Kept != nil {
			t.Error("the feedback carries the form or the answers")
		}
		if feedback.Answered != 24 || feedback.Of != 24 || len(feedback.Qualities) != 4 || feedback.Qualities[0].Level != questions.Closer {
			t.Errorf("the feedback: %+v", feedback)
		}
		told, err := json.Marshal([]any{welcome, feedback})
		if err != nil {
			t.Fatal(err)
		}
		text := string(told) + fmt.Sprintf("%+v %+v", welcome, feedback)
		for _, i := range h.Form.Items {
			canaries := []string{i.ID, i.Stem.Chinese, i.Stem.English, i.SMECheck}
			for _, o := range i.Options {
				canaries = append(canaries, o.Text.Chinese, o.Text.English, o.Why.Chinese, o.Why.English)
			}
			for _, c := range slices.Compact(canaries) {
				if c != "" && strings.Contains(text, c) {
					t.Errorf("a candidate was told %q of %s", c, i.ID)
				}
			}
		}
	})
}

func TestAReportShowsWhatTheResultRestsOn(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started().Answers(0, 1, 2)
		if _, err := h.Submit(t.Context(), ann.Seat); err != nil {
			t.Fatal(err)
		}
		r, err := h.Report(t.Context(), h.Owner, ann.Invitation.ID)
		if err != nil {
			t.Fatal(err)
		}
		if r.Form.Hash() != r.Result.Document.Form.Hash || len(r.Responses) != len(r.Form.Items) || r.Invitation.ResultID != r.Result.ID || r.Invitation.Stage != assess.StageSubmitted {
			t.Errorf("a report of %+v with %d responses", r.Invitation, len(r.Responses))
		}
		for position, response := range r.Responses {
			if position < 3 && !reflect.DeepEqual(response, h.Keyed(position)) || position >= 3 && !response.Blank() {
				t.Errorf("position %d: %+v", position, response)
			}
		}
		o, err := h.Overview(t.Context(), h.Owner)
		if err != nil || o.Total != 1 || o.Stages[assess.StageSubmitted] != 1 || len(o.Recent) != 1 || len(o.Spread) != 4 {
			t.Errorf("the overview: %+v, %v", o, err)
		}
		bob := h.Invited("Bob").Started().Answers()
		if _, err := h.Submit(t.Context(), bob.Seat); err != nil {
			t.Fatal(err)
		}
		if o, err = h.Overview(t.Context(), h.Owner); err != nil {
			t.Fatal(err)
		}
		for _, spread := range o.Spread {
			if spread.N != 1 || spread.Bins[assess.ClosenessBins-1] != 1 { // Bob's 100 belongs to the last bin; Ann's is not shown
				t.Errorf("the spread of %s: %+v", spread.Quality, spread)
			}
		}
		auditor := h.Owner
		auditor.Role = assess.Auditor
		if o, err = h.Overview(t.Context(), auditor); err != nil || o.Spread != nil {
			t.Errorf("an auditor sees the spread: %+v, %v", o.Spread, err)
		}
	})
}
