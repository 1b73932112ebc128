package assess_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/jmoiron/sqlx"
)

func TestTheDeadlineIsTheLimitTimesThePersonsShare(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		limit := time.Duration(h.Assessment.LimitSeconds) * time.Second
		for _, share := range assess.ExtraTimes {
			p := h.Invited("Ann", func(o *assess.Order) { o.ExtraTime = share })
			h.Clock.Advance(90 * time.Second) // the clock starts at Start, not before
			s, err := h.Sitting(t.Context(), p.Started().Seat)
			if err != nil {
				t.Fatal(err)
			}
			want := h.Now().Add(limit * time.Duration(share) / 100)
			if share == 0 {
				want = p.Invitation.ExpiresAt.Time
			}
			if !s.Deadline.Equal(want) {
				t.Errorf("with %d %% the deadline is %v, want %v", share, s.Deadline, want)
			}
			if left, timed := s.Left(h.Now()); timed != (share > 0) || timed && left != want.Sub(h.Now()) {
				t.Errorf("with %d %%: %v left, timed %v", share, left, timed)
			}
			h.Clock.Advance(10 * time.Minute)
			again, err := h.Start(t.Context(), p.Seat)
			if err != nil || !again.Deadline.Equal(want) || !again.StartedAt.Equal(s.StartedAt.Time) {
				t.Errorf("with %d %% starting again: %v to %v, %v; want nothing moved", share, again.StartedAt, again.Deadline, err)
			}
		}
	})
}

func TestTimeRunsOut(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		for what, touch := range map[string]func(h *assesstest.House, p *assesstest.Person) error{
			"the sweeper": func(h *assesstest.House, p *assesstest.Person) error { return h.Sweep(t.Context()) },
			"a look": func(h *assesstest.House, p *assesstest.Person) error {
				_, err := h.Sitting(t.Context(), p.Seat)
				return err
			},
			"a submission": func(h *assesstest.House, p *assesstest.Person) error {
				_, err := h.Submit(t.Context(), p.Seat)
				return err
			},
		} {
			t.Run(what, func(t *testing.T) {
				h := assesstest.Open(t, databaseLike(t, dsn))
				ann := h.Invited("Ann").Started().Answers(0, 1, 2)
				untimed := h.Invited("Una", func(o *assess.Order) { o.ExtraTime = 0 }).Started().Answers(0)
				h.Clock.Advance(time.Duration(h.Assessment.LimitSeconds)*time.Second + 6*time.Second)
				if err := touch(h, ann); err != nil {
					t.Fatal(err)
				}
				r, err := h.Result(t.Context(), h.Owner, ann.Invitation.ID)
				if err != nil {
					t.Fatal(err)
				}
				facts := r.Document.Sitting
				if facts.Ended != assess.Expired || r.Document.Answered != 3 ||
					facts.EndedAt.Sub(facts.StartedAt.Time) != time.Duration(h.Assessment.LimitSeconds)*time.Second {
					t.Errorf("ended %s from %v to %v with %d answers, want expired at the deadline with 3", facts.Ended, facts.StartedAt, facts.EndedAt, r.Document.Answered)
				}
				if s, err := h.Sitting(t.Context(), untimed.Seat); err != nil || s.State != assess.Started {
					t.Errorf("the untimed sitting is %s, %v; want it under way", s.State, err)
				}
				h.Clock.Until(untimed.Invitation.ExpiresAt.Add(6 * time.Second))
				if err := touch(h, untimed); err != nil {
					t.Fatal(err)
				}
				if s, err := h.Sitting(t.Context(), untimed.Seat); err != nil || s.State != assess.Expired {
					t.Errorf("the untimed sitting after its invitation ended is %s, %v", s.State, err)
				}
			})
		}
	})
}

// databaseLike is an empty database on the same engine.
func databaseLike(t *testing.T, dsn string) string {
	t.Helper()
	if (&assesstest.House{DSN: dsn}).Postgres() {
		return assesstest.Postgres(t)
	}
	return t.TempDir() + "/fourfold.db"
}

func TestTheSweeperWaitsForWhatWasReceivedInTime(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		h.Clock.Advance(time.Duration(h.Assessment.LimitSeconds)*time.Second + 5*time.Second)
		if err := h.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s, err := h.Sitting(t.Context(), ann.Seat); err != nil || s.State != assess.Started {
			t.Errorf("five seconds behind the deadline: %s, %v", s.State, err)
		}
		h.Clock.Advance(time.Microsecond)
		if err := h.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s, err := h.Sitting(t.Context(), ann.Seat); err != nil || s.State != assess.Expired {
			t.Errorf("a moment later: %s, %v", s.State, err)
		}
	})
}

func TestTimeThatPassedWhileNoServerRan(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started().Answers(0, 1)
		bob := h.Invited("Bob")
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(30 * 24 * time.Hour)
		h.Center = h.Second()
		if err := h.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, err := h.Result(t.Context(), h.Owner, ann.Invitation.ID)
		if err != nil || r.Document.Answered != 2 || r.Document.Sitting.Ended != assess.Expired {
			t.Errorf("the sitting under way: %v, %d answered", err, r.Document.Answered)
		}
		if want := assesstest.Morning.Add(time.Duration(h.Assessment.LimitSeconds) * time.Second); !r.Document.Sitting.EndedAt.Equal(want) {
			t.Errorf("it ended at %v, want %v: nobody gains by an outage", r.Document.Sitting.EndedAt, want)
		}
		if inv, err := h.Invitation(t.Context(), h.Owner, bob.Invitation.ID); err != nil || inv.Stage != assess.StageLapsed {
			t.Errorf("the unused invitation is %s, %v", inv.Stage, err)
		}
	})
}

func TestOneBrokenSittingDoesNotStopTheSweeper(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		broken := h.Invited("Ann").Started().Answers(0)
		h.Clock.Advance(time.Second)
		sound, unused := h.Invited("Bob").Started(), h.Invited("Cy")
		if _, err := h.Database().Exec("UPDATE responses SET response = '?' WHERE sitting_id = $1", broken.Seat.Sitting); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(30 * 24 * time.Hour)
		if err := h.Sweep(t.Context()); err == nil {
			t.Error("the sweeper says nothing of the sitting it could not end")
		}
		for _, p := range []*assesstest.Person{sound, unused} {
			if inv, err := h.Invitation(t.Context(), h.Owner, p.Invitation.ID); err != nil || inv.Stage != assess.StageExpired && inv.Stage != assess.StageLapsed {
				t.Errorf("%s is still %s, %v", inv.Candidate.Name, inv.Stage, err)
			}
		}
	})
}

func TestTheLanguageIsFixedAtStart(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Entered()
		if err := h.SetSittingLanguage(t.Context(), ann.Seat, "fr"); !isField(err, "language", assess.WordUnknown) {
			t.Errorf("a language there is not: %v", err)
		}
		if err := h.SetSittingLanguage(t.Context(), ann.Seat, questions.Chinese); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Start(t.Context(), ann.Seat); !errors.Is(err, assess.ErrConsentNeeded) {
			t.Errorf("starting without consent: %v", err)
		}
		ann.Started()
		if err := h.SetSittingLanguage(t.Context(), ann.Seat, questions.English); !errors.Is(err, assess.ErrStarted) {
			t.Errorf("changing the language after the start: %v", err)
		}
		if s, err := h.Sitting(t.Context(), ann.Seat); err != nil || s.Language != questions.Chinese {
			t.Errorf("the sitting is in %s, %v", s.Language, err)
		}
	})
}

func TestALinkOpensOneSittingHoweverOften(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann")
		seats := inParallel(t, 20, func(int) (assess.Seat, error) { return h.Enter(t.Context(), assesstest.LinkToken(ann.Link), "") })
		for _, seat := range seats {
			if seat != seats[0] {
				t.Errorf("two seats for one link: %+v and %+v", seat, seats[0])
			}
			if _, err := h.Sitting(t.Context(), seat); err != nil {
				t.Error(err)
			}
		}
	})
}

// inParallel asks n times at once and returns the answers; every error fails the test.
func inParallel[T any](t *testing.T, n int, ask func(n int) (T, error)) []T {
	t.Helper()
	answers, errs := make([]T, n), make(chan error, n)
	for i := range n {
		go func() {
			var err error
			answers[i], err = ask(i)
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	return answers
}

// none is the state before a link has been opened.
const none assess.SittingState = "none"

// ways lists, for each thing that can happen, the only states it may lead to from
// each state; what is not listed changes nothing.
var ways = map[string]map[assess.SittingState][]assess.SittingState{
	"enter":    {none: {assess.Opened}},
	"consent":  {assess.Opened: {assess.Consented}},
	"start":    {assess.Consented: {assess.Started}, assess.Started: {assess.Expired}}, // it looks, too
	"submit":   {assess.Started: {assess.Submitted, assess.Expired}},
	"withdraw": {assess.Opened: {assess.Withdrawn}, assess.Consented: {assess.Withdrawn}, assess.Started: {assess.Withdrawn}},
	"cancel":   {assess.Opened: {assess.Voided}, assess.Consented: {assess.Voided}, assess.Started: {assess.Voided}},
	"look":     {assess.Started: {assess.Expired}},
	"sweep":    {assess.Started: {assess.Expired}},
}

// stagesOf lists the stages an invitation may have beside each state of its sitting.
var stagesOf = map[assess.SittingState][]assess.Stage{
	none:             {assess.StageInvited, assess.StageCancelled, assess.StageLapsed},
	assess.Opened:    {assess.StageOpened, assess.StageLapsed},
	assess.Consented: {assess.StageConsented, assess.StageLapsed},
	assess.Started:   {assess.StageStarted},
	assess.Submitted: {assess.StageSubmitted},
	assess.Expired:   {assess.StageExpired},
	assess.Withdrawn: {assess.StageWithdrawn},
	assess.Voided:    {assess.StageCancelled},
}

// look is what can be seen of one candidate behind the center's back.
type look struct {
	State    assess.SittingState `db:"state"`
	Stage    assess.Stage        `db:"stage"`
	Results  int                 `db:"results"`
	Messages int                 `db:"messages"`
	Deadline assess.Time         `db:"deadline"`
}

// walker takes one candidate along a random way and looks after every step.
type walker struct {
	*assesstest.Person
	house    *assesstest.House
	db       *sqlx.DB
	dice     *rand.Rand
	revision int64
	before   look
	steps    []string
}

func (w *walker) look() (l look, err error) {
	err = w.db.Get(&l, `
		SELECT COALESCE(s.state, 'none') AS state, i.stage, s.deadline,
		  (SELECT COUNT(*) FROM results x WHERE x.organization_id = i.organization_id AND x.invitation_id = i.id) AS results,
		  (SELECT COUNT(*) FROM outbox o JOIN results x ON x.id = o.subject_id WHERE x.invitation_id = i.id AND o.kind = 'result.ready') AS messages
		FROM invitations i LEFT JOIN sittings s ON s.organization_id = i.organization_id AND s.invitation_id = i.id
		WHERE i.organization_id = $1 AND i.id = $2`, w.house.Owner.Organization, w.Invitation.ID)
	return l, err
}

// does carries out a step; an error of the center is an answer, not a fault.
func (w *walker) does(ctx context.Context, step string) error {
	h := w.house
	switch step {
	case "enter":
		seat, err := h.Enter(ctx, assesstest.LinkToken(w.Link), questions.English)
		if err == nil {
			w.Seat = seat
		}
		return err
	case "consent":
		return h.Consent(ctx, w.Seat, assess.Consent{NoticeHash: "n"})
	case "start":
		return second(h.Start(ctx, w.Seat))
	case "answer":
		err := w.Save(ctx, 0, w.revision+1, questions.Response{})
		if err == nil {
			w.revision++
		}
		return err
	case "submit":
		return second(h.Submit(ctx, w.Seat))
	case "withdraw":
		return h.Withdraw(ctx, w.Seat)
	case "cancel":
		return h.CancelInvitation(ctx, h.Owner, w.Invitation.ID)
	case "renew":
		inv, err := h.RenewLink(ctx, h.Owner, w.Invitation.ID)
		if err == nil {
			w.Link = h.Link(inv)
		}
		return err
	case "look":
		return second(h.Sitting(ctx, w.Seat))
	case "sweep":
		return h.Sweep(ctx)
	}
	h.Clock.Advance([]time.Duration{time.Second, 20 * time.Minute, 2 * time.Hour, 24 * time.Hour}[w.dice.IntN(4)])
	return nil
}

// check compares what is there after a step with what was there before.
func (w *walker) check(step string, refused error) error {
	after, err := w.look()
	if err != nil {
		return err
	}
	before := w.before
	w.before = after
	scored := 0
	if after.State == assess.Submitted || after.State == assess.Expired {
		scored = 1
	}
	switch {
	case after.State != before.State && !slices.Contains(ways[step][before.State], after.State):
		return fmt.Errorf("led from %s to %s", before.State, after.State)
	case refused != nil && after != before:
		return fmt.Errorf("failed with %w, yet %+v became %+v", refused, before, after)
	case !slices.Contains(stagesOf[after.State], after.Stage):
		return fmt.Errorf("the sitting is %s and the invitation %s", after.State, after.Stage)
	case after.Results != scored || after.Messages != scored:
		return fmt.Errorf("the sitting is %s with %d results and %d messages", after.State, after.Results, after.Messages)
	case before.State == assess.Started && after.Deadline != before.Deadline:
		return fmt.Errorf("moved the deadline from %v to %v", before.Deadline, after.Deadline)
	}
	return nil
}

// usual is what a candidate does in order; steps is everything that may happen at
// any time, the usual and the harmless more often.
var (
	usual = []string{"enter", "consent", "start"}
	steps = []string{
		"enter", "consent", "start", "answer", "look", "sweep", "wait", "renew", "submit", "withdraw", "cancel",
		"enter", "consent", "start", "answer", "look", "sweep", "wait", "renew", "answer", "look", "sweep", "wait",
	}
)

func TestASittingGoesOnlyTheLegalWays(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		db := h.Database()
		reached := map[assess.SittingState]int{}
		walks := 100
		if h.Postgres() {
			walks = 40 // the rules are the same text; here it is the engine that is looked at
		}
		for walk := range walks {
			dice := rand.New(rand.NewPCG(uint64(walk), 4))
			w := &walker{house: h, db: db, dice: dice, before: look{State: none, Stage: assess.StageInvited}}
			w.Person = h.Invited("Ann", func(o *assess.Order) {
				o.ExtraTime = assess.ExtraTimes[dice.IntN(len(assess.ExtraTimes))]
				o.ExpiresAt = assess.At(h.Now().Add(time.Duration(1+dice.IntN(48)) * time.Hour))
			})
			w.steps = slices.Clone(usual[:dice.IntN(len(usual)+1)])
			for range 20 {
				w.steps = append(w.steps, steps[dice.IntN(len(steps))])
			}
			for n, step := range w.steps {
				refused := w.does(t.Context(), step)
				if err := w.check(step, refused); err != nil {
					t.Fatalf("walk %d, after %v: %v", walk, w.steps[:n+1], err)
				}
			}
			reached[w.before.State]++
		}
		for state := range stagesOf {
			if reached[state] == 0 {
				t.Errorf("no walk ended %s: %v", state, reached)
			}
		}
		if err := h.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := h.VerifyAudit(t.Context(), h.Owner.Organization); err != nil || n == 0 {
			t.Errorf("the audit chain after all that: %d entries, %v", n, err)
		}
	})
}
