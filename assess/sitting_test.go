package assess_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"pgregory.net/rapid"
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
	"start":    {assess.Consented: {assess.Started}},
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

// seldom lets a walk go on longer before it ends for good.
func seldom(act func(*rapid.T)) func(*rapid.T) {
	return func(r *rapid.T) {
		if rapid.IntRange(0, 3).Draw(r, "seldom") > 0 {
			r.Skip()
		}
		act(r)
	}
}

func TestASittingGoesOnlyTheLegalWays(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		db := h.Database()
		if h.Postgres() { // the rules are the same text; here it is the engine that is looked at
			walks := flag.Lookup("rapid.checks").Value
			all := walks.String()
			defer walks.Set(all) //nolint:errcheck // it was this before
			if err := walks.Set("30"); err != nil {
				t.Fatal(err)
			}
		}
		people, reached := 0, map[assess.SittingState]bool{}
		rapid.Check(t, func(r *rapid.T) {
			ctx := t.Context()
			people++
			p := h.Invited(fmt.Sprint("Person ", people), func(o *assess.Order) {
				o.ExtraTime = rapid.SampledFrom(assess.ExtraTimes).Draw(r, "extra time")
				o.ExpiresAt = assess.At(h.Now().Add(time.Duration(rapid.IntRange(1, 48).Draw(r, "hours")) * time.Hour))
			})
			see := func() look {
				var l look
				if err := db.Get(&l, `
					SELECT COALESCE(s.state, 'none') AS state, i.stage, s.deadline,
					  (SELECT COUNT(*) FROM results x WHERE x.invitation_id = i.id) AS results,
					  (SELECT COUNT(*) FROM outbox o JOIN results x ON x.id = o.subject_id WHERE x.invitation_id = i.id AND o.kind = 'result.ready') AS messages
					FROM invitations i LEFT JOIN sittings s ON s.invitation_id = i.id
					WHERE i.id = $1`, p.Invitation.ID); err != nil {
					r.Fatal(err)
				}
				return l
			}
			switch rapid.IntRange(0, 3).Draw(r, "steps taken before") {
			case 1:
				p.Entered()
			case 2, 3:
				p.Started()
			}
			before := see()
			step := func(what string, act func() error) func(*rapid.T) {
				return func(r *rapid.T) {
					err := act()
					after := see()
					if after.State != before.State && !slices.Contains(ways[what][before.State], after.State) {
						r.Fatalf("%s led from %s to %s", what, before.State, after.State)
					}
					if err != nil && after != before {
						r.Fatalf("%s failed with %v, yet %+v became %+v", what, err, before, after)
					}
					if !slices.Contains(stagesOf[after.State], after.Stage) {
						r.Fatalf("after %s the sitting is %s and the invitation %s", what, after.State, after.Stage)
					}
					scored := 0
					if after.State == assess.Submitted || after.State == assess.Expired {
						scored = 1
					}
					if after.Results != scored || after.Messages != scored {
						r.Fatalf("after %s the sitting is %s with %d results and %d messages", what, after.State, after.Results, after.Messages)
					}
					if before.State == assess.Started && after.Deadline != before.Deadline {
						r.Fatalf("%s moved the deadline from %v to %v", what, before.Deadline, after.Deadline)
					}
					reached[after.State] = true
					before = after
				}
			}
			revision := int64(0)
			r.Repeat(map[string]func(*rapid.T){
				"enter": step("enter", func() error {
					seat, err := h.Enter(ctx, assesstest.LinkToken(p.Link), questions.English)
					if err == nil {
						p.Seat = seat
					}
					return err
				}),
				"consent": step("consent", func() error { return h.Consent(ctx, p.Seat, assess.Consent{NoticeHash: "n"}) }),
				"start":   step("start", func() error { _, err := h.Start(ctx, p.Seat); return err }),
				"answer": step("answer", func() error {
					err := p.Save(ctx, 0, revision+1, questions.Response{})
					if err == nil {
						revision++
					}
					return err
				}),
				"submit":   step("submit", func() error { _, err := h.Submit(ctx, p.Seat); return err }),
				"withdraw": seldom(step("withdraw", func() error { return h.Withdraw(ctx, p.Seat) })),
				"cancel":   seldom(step("cancel", func() error { return h.CancelInvitation(ctx, h.Owner, p.Invitation.ID) })),
				"renew": step("renew", func() error {
					inv, err := h.RenewLink(ctx, h.Owner, p.Invitation.ID)
					if err == nil {
						p.Link = h.Link(inv)
					}
					return err
				}),
				"look":  step("look", func() error { _, err := h.Sitting(ctx, p.Seat); return err }),
				"sweep": step("sweep", func() error { return h.Sweep(ctx) }),
				"wait": func(r *rapid.T) {
					h.Clock.Advance(rapid.SampledFrom([]time.Duration{time.Second, 20 * time.Minute, 2 * time.Hour, 24 * time.Hour}).Draw(r, "time"))
				},
			})
		})
		for state := range stagesOf {
			if !reached[state] {
				t.Errorf("no walk came to %s", state)
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
