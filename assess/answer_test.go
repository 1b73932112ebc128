package assess_test

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// kept reads what the sitting holds at a position.
func kept(t *testing.T, c *assess.Center, seat assess.Seat, position int) assess.Kept {
	t.Helper()
	s, err := c.Sitting(t.Context(), seat)
	if err != nil {
		t.Fatal(err)
	}
	return s.Kept[position]
}

func TestOnlyTheNextRevisionIsKept(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		const position = 3
		all := h.Responses(position)
		blank, a, b, c := questions.Response{}, all[0], all[1], all[2]

		for _, step := range []struct {
			what     string
			revision int64
			response questions.Response
			want     error
			stored   int64
			holds    questions.Response
		}{
			{"a first answer that is not revision 1", 2, a, assess.ErrStale, 0, blank},
			{"the first answer", 1, a, nil, 1, a},
			{"the same once more", 1, a, nil, 1, a},
			{"another answer under the same revision", 1, b, assess.ErrStale, 1, a},
			{"the next", 2, b, nil, 2, b},
			{"the one before the last", 1, a, assess.ErrStale, 2, b},
			{"one revision too many", 4, c, assess.ErrStale, 2, b},
			{"the largest revision there is", math.MaxInt64, c, assess.ErrStale, 2, b},
			{"a blank, which takes the answer back", 3, blank, nil, 3, blank},
			{"a new answer after that", 4, c, nil, 4, c},
		} {
			h.Clock.Advance(time.Second)
			got, err := h.Answer(t.Context(), ann.Seat, assess.Save{Position: position, Revision: step.revision, Response: step.response})
			if !errors.Is(err, step.want) || (err == nil) != (step.want == nil) {
				t.Fatalf("%s: error %v, want %v", step.what, err, step.want)
			}
			if got.Position != position || got.Revision != step.stored || !reflect.DeepEqual(got.Response, step.holds) {
				t.Errorf("%s: was told %+v, want revision %d of %+v", step.what, got, step.stored, step.holds)
			}
			if now := kept(t, h.Center, ann.Seat, position); now.Revision != step.stored || !reflect.DeepEqual(now.Response, step.holds) {
				t.Errorf("%s: stored is %+v, want revision %d of %+v", step.what, now, step.stored, step.holds)
			}
		}
		if _, err := h.Answer(t.Context(), ann.Seat, assess.Save{Position: position, Revision: 0, Response: a}); !isField(err, "revision", assess.WordUnknown) {
			t.Errorf("revision 0: %v", err)
		}
		if inv, err := h.Invitation(t.Context(), h.Owner, ann.Invitation.ID); err != nil || inv.Answered != 1 {
			t.Errorf("the list counts %d answers, %v; want 1", inv.Answered, err)
		}
	})
}

func TestARepeatKeepsTheFirstTime(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		save := assess.Save{Position: 7, Revision: 1, Response: questions.Response{Chosen: []string{"B", "A"}}}
		first, err := h.Answer(t.Context(), ann.Seat, withKind(h, save))
		if err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(time.Minute)
		again, err := h.Answer(t.Context(), ann.Seat, withKind(h, save))
		if err != nil || !again.SavedAt.Equal(first.SavedAt.Time) {
			t.Errorf("repeated a minute later: %v, %v; want the time of the first, %v", again.SavedAt, err, first.SavedAt)
		}
	})
}

// withKind moves a choose_k answer to where the form has such an item.
func withKind(h *assesstest.House, s assess.Save) assess.Save {
	for position, i := range h.Form.Items {
		if i.Kind == questions.ChooseK {
			s.Position = position
		}
	}
	return s
}

func TestTheOrderOfChoosingMeansNothing(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		for _, chosen := range [][]string{{"A", "B"}, {"B", "A"}} {
			save := withKind(h, assess.Save{Revision: 1, Response: questions.Response{Chosen: chosen}})
			if _, err := h.Answer(t.Context(), ann.Seat, save); err != nil {
				t.Errorf("%v under revision 1: %v", chosen, err)
			}
		}
	})
}

func TestTheDeadlineIsHard(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		all := h.Responses(0)
		sitting, err := h.Sitting(t.Context(), ann.Seat)
		if err != nil {
			t.Fatal(err)
		}

		h.Clock.Until(sitting.Deadline.Time)
		if err := ann.Save(t.Context(), 0, 1, all[0]); err != nil {
			t.Fatalf("received exactly at the deadline: %v", err)
		}
		late := func(when string) {
			t.Helper()
			if err := ann.Save(t.Context(), 0, 2, all[1]); !errors.Is(err, assess.ErrTooLate) {
				t.Errorf("%s: %v, want %v", when, err, assess.ErrTooLate)
			}
			if err := ann.Save(t.Context(), 1, 1, h.Responses(1)[0]); !errors.Is(err, assess.ErrTooLate) {
				t.Errorf("a first answer %s: %v, want %v", when, err, assess.ErrTooLate)
			}
			if now := kept(t, h.Center, ann.Seat, 0); now.Revision != 1 || !reflect.DeepEqual(now.Response, all[0]) {
				t.Errorf("%s: stored is %+v, want the answer kept in time", when, now)
			}
		}
		h.Clock.Advance(time.Microsecond)
		late("a microsecond later")
		h.Clock.Advance(time.Hour)
		late("an hour later") // the reads in it have expired the sitting
		late("after it expired")

		report, err := h.Report(t.Context(), h.Owner, ann.Invitation.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(report.Responses[0], all[0]) || !report.Responses[1].Blank() {
			t.Errorf("scored %+v and %+v, want only what was received in time", report.Responses[0], report.Responses[1])
		}
	})
}

func TestASittingThatIsNotUnderWayTakesNoAnswer(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ctx := t.Context()
		for _, c := range []struct {
			state assess.SittingState
			reach func(p *assesstest.Person) error
			want  error
		}{
			{assess.Opened, func(p *assesstest.Person) error { p.Entered(); return nil }, assess.ErrNotStarted},
			{assess.Consented, func(p *assesstest.Person) error {
				return h.Consent(ctx, p.Entered().Seat, assess.Consent{NoticeHash: "n"})
			}, assess.ErrNotStarted},
			{assess.Submitted, func(p *assesstest.Person) error {
				_, err := h.Submit(ctx, p.Started().Answers(2).Seat)
				return err
			}, assess.ErrSittingClosed},
			{assess.Withdrawn, func(p *assesstest.Person) error { return h.Withdraw(ctx, p.Started().Answers(2).Seat) }, assess.ErrSittingClosed},
			{assess.Voided, func(p *assesstest.Person) error {
				return h.CancelInvitation(ctx, h.Owner, p.Started().Answers(2).Invitation.ID)
			}, assess.ErrSittingClosed},
		} {
			p := h.Invited("Ann")
			if err := c.reach(p); err != nil {
				t.Fatalf("%s: %v", c.state, err)
			}
			before, err := h.Sitting(ctx, p.Seat)
			if err != nil || before.State != c.state {
				t.Fatalf("the sitting is %s, %v; want %s", before.State, err, c.state)
			}
			revision := before.Kept[2].Revision + 1
			if err := p.Save(ctx, 2, revision, h.Responses(2)[0]); !errors.Is(err, c.want) {
				t.Errorf("%s: an answer is %v, want %v", c.state, err, c.want)
			}
			if now := kept(t, h.Center, p.Seat, 2); !reflect.DeepEqual(now, before.Kept[2]) {
				t.Errorf("%s: the stored answer changed from %+v to %+v", c.state, before.Kept[2], now)
			}
		}
	})
}

func TestARenewedLinkEmptiesTheOldSeat(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started().Answers(0)
		old := ann.Seat
		inv, err := h.RenewLink(t.Context(), h.Owner, ann.Invitation.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := ann.Save(t.Context(), 0, 2, h.Responses(0)[0]); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("an answer from the old seat: %v, want %v", err, assess.ErrUnauthenticated)
		}
		if _, err := h.Enter(t.Context(), assesstest.LinkToken(ann.Link), ""); !errors.Is(err, assess.ErrLinkUnknown) {
			t.Errorf("the old link: %v, want %v", err, assess.ErrLinkUnknown)
		}
		ann.Link = h.Link(inv)
		if ann.Entered(); ann.Seat.Sitting != old.Sitting {
			t.Error("the new link leads to another sitting")
		}
		if err := ann.Save(t.Context(), 0, 2, h.Responses(0)[0]); err != nil {
			t.Errorf("an answer from the new seat goes on where the old one stopped: %v", err)
		}
	})
}

func TestASeatIsGoodForItsOwnSittingAlone(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		n := h.Neighbour()
		ann, ned := h.Invited("Ann").Started(), n.Invited("Ned").Started()
		for what, seat := range map[string]assess.Seat{
			"a sitting that is not there":         {Organization: ann.Seat.Organization, Sitting: uuid.New(), Assessment: ann.Seat.Assessment, Generation: 1},
			"a neighbour's sitting":               {Organization: ann.Seat.Organization, Sitting: ned.Seat.Sitting, Assessment: ann.Seat.Assessment, Generation: 1},
			"the sitting under a neighbour":       {Organization: ned.Seat.Organization, Sitting: ann.Seat.Sitting, Assessment: ned.Seat.Assessment, Generation: 1},
			"a generation that is yet to come":    {Organization: ann.Seat.Organization, Sitting: ann.Seat.Sitting, Assessment: ann.Seat.Assessment, Generation: 2},
			"an organization that does not exist": {Organization: uuid.New(), Sitting: ann.Seat.Sitting, Assessment: ann.Seat.Assessment, Generation: 1},
		} {
			_, err := h.Answer(t.Context(), seat, assess.Save{Position: 0, Revision: 1})
			if !errors.Is(err, assess.ErrUnauthenticated) && !errors.Is(err, assess.ErrNotFound) {
				t.Errorf("%s: %v, want a refusal", what, err)
			}
		}
		var stored int
		if err := h.Database().Get(&stored, "SELECT COUNT(*) FROM responses"); err != nil || stored != 0 {
			t.Errorf("%d answers stored, %v; want none", stored, err)
		}
	})
}

func TestAnAnswerTheItemCannotTake(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		at := func(kind questions.Kind) int {
			for position, i := range h.Form.Items {
				if i.Kind == kind {
					return position
				}
			}
			t.Fatalf("the form has no %s item", kind)
			return 0
		}
		for what, save := range map[string]assess.Save{
			"an answer of another kind":   {Position: at(questions.Rank), Response: questions.Response{Best: "A"}},
			"an option that is not there": {Position: at(questions.BestWorst), Response: questions.Response{Best: "Z"}},
			"the same as best and worst":  {Position: at(questions.BestWorst), Response: questions.Response{Best: "A", Worst: "A"}},
			"a rating of 5":               {Position: at(questions.Rate), Response: questions.Response{Ratings: map[string]int{"A": 5}}},
			"a rank of 0":                 {Position: at(questions.Rank), Response: questions.Response{Ranks: map[string]int{"A": 0}}},
			"an option chosen twice":      {Position: at(questions.ChooseK), Response: questions.Response{Chosen: []string{"A", "A"}}},
			"an option with a NUL in it":  {Position: at(questions.ChooseK), Response: questions.Response{Chosen: []string{"A\x00"}}},
		} {
			save.Revision = 1
			_, err := h.Answer(t.Context(), ann.Seat, save)
			var refused *questions.ResponseError
			if !errors.As(err, &refused) || refused.Item != h.Form.Items[save.Position].ID {
				t.Errorf("%s: %v, want a *questions.ResponseError of that item", what, err)
			}
		}
		for _, position := range []int{-1, len(h.Form.Items), math.MaxInt} {
			if err := ann.Save(t.Context(), position, 1, questions.Response{}); !errors.Is(err, assess.ErrNotFound) {
				t.Errorf("position %d: %v, want %v", position, err, assess.ErrNotFound)
			}
		}
		s, err := h.Sitting(t.Context(), ann.Seat)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range s.Kept {
			if k.Revision != 0 {
				t.Errorf("position %d was kept: %+v", k.Position, k)
			}
		}
	})
}

func TestTimeSpentIsBoundedByTheServersClock(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		for position, spent := range []int64{-5, 1234, math.MaxInt64, math.MinInt64} {
			_, err := h.Answer(t.Context(), ann.Seat, assess.Save{Position: position, Revision: 1, Response: h.Keyed(position), SpentMS: spent})
			if err != nil {
				t.Fatalf("%d ms: %v", spent, err)
			}
		}
		h.Clock.Advance(10 * time.Minute)
		r, err := h.Submit(t.Context(), ann.Seat)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := r.Document.SpentMS[:4], []int64{0, 1234, 600_000, 0}; !reflect.DeepEqual(got, want) {
			t.Errorf("times in the result: %v, want %v", got, want)
		}
	})
}

// isField reports whether an error names that fault of that field.
func isField(err error, field, word string) bool {
	var faults assess.FieldErrors
	if !errors.As(err, &faults) {
		return false
	}
	for _, f := range faults {
		if f.Field == field && f.Word == word {
			return true
		}
	}
	return false
}
