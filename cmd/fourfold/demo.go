package main

import (
	"context"
	cryptorand "crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/schollz/progressbar/v3"
)

// The demo's own marks: by its address a demo database is known again.
const (
	demoEmail    = "demo@fourfold.example"
	demoKey      = "demo"
	demoSittings = 200
	demoWaiting  = 24 // Invitations that have not been answered yet.
	demoDays     = 30
	demoSeed     = 4
	demoNorm     = 165 // By this sitting enough Chinese ones are there for a norm; later results name it.
)

// seedDemo fills an empty database through the same use cases people use, with a
// clock moved by hand over the past month. A database that has been seeded is left
// alone; one that belongs to somebody is refused.
func seedDemo(ctx context.Context, cfg assess.Config, progress io.Writer) error {
	clock := &demoClock{}
	clock.set(time.Now())
	cfg.Clock, cfg.Serving = clock.now, true
	center, err := assess.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer center.Close()
	needed, err := center.SetUpNeeded(ctx)
	if err != nil {
		return err
	}
	if !needed {
		owner, err := center.MemberByEmail(ctx, demoEmail)
		if errors.Is(err, assess.ErrNotFound) {
			return errors.New("this database belongs to an organization: --demo needs one of its own, such as --database demo.db")
		}
		if err != nil {
			return err
		}
		return finishDemo(ctx, center, clock, owner.Actor(), progress)
	}
	clock.set(clock.now().AddDate(0, 0, -demoDays))
	link, err := center.SetUpLink(ctx)
	if err != nil {
		return err
	}
	session, err := center.SetUp(ctx, link[strings.LastIndex(link, "/")+1:], assess.NewOrganization{
		Name: "示范机构 Demo House", Language: questions.Chinese, OwnerName: "示范 Demo", Email: demoEmail, Password: cryptorand.Text(),
	})
	if err != nil {
		return err
	}
	return finishDemo(ctx, center, clock, session.Member.Actor(), progress)
}

// demoClock is moved by hand while the past is made up.
type demoClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *demoClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *demoClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

// finishDemo makes what is not there yet. Every order carries an idempotency key,
// so that a seeding that was interrupted goes on where it stopped.
func finishDemo(ctx context.Context, center *assess.Center, clock *demoClock, owner assess.Actor, progress io.Writer) error {
	page, err := center.Invitations(ctx, owner, assess.InvitationFilter{Reference: demoReference(demoSittings + demoWaiting - 1)})
	if err != nil || len(page.Invitations) > 0 {
		return err
	}
	assessment, err := demoAssessment(ctx, center, owner)
	if err != nil {
		return err
	}
	form, err := center.Form(ctx, owner, assessment.ID)
	if err != nil {
		return err
	}
	bar := progressbar.NewOptions(demoSittings+demoWaiting, progressbar.OptionSetWriter(progress),
		progressbar.OptionSetVisibility(terminal(progress)), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetDescription("simulating sittings"), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	now := time.Now()
	for n := range demoSittings + demoWaiting {
		s := simulation{center: center, clock: clock, owner: owner, assessment: assessment.ID, form: form,
			dice: rand.New(rand.NewPCG(demoSeed, uint64(n))), n: n}
		ago := time.Duration(demoSittings+demoWaiting-n) * demoDays * 24 * time.Hour / (demoSittings + demoWaiting)
		if s.ending() == stillAnswers {
			ago = 50 * time.Minute // the others would have run out of time by now
		}
		s.clock.set(now.Add(-ago))
		if err := s.run(ctx); err != nil {
			return fmt.Errorf("simulated sitting %d: %w", n, err)
		}
		if n == demoNorm {
			if err := demoMakeNorm(ctx, center, owner, assessment.ID); err != nil {
				return err
			}
		}
		if err := bar.Add(1); err != nil {
			return err
		}
	}
	if err := center.Fold(ctx); err != nil {
		return err
	}
	return center.Seal(ctx)
}

// demoMakeNorm freezes the sittings so far, unless that was done before an interruption.
func demoMakeNorm(ctx context.Context, center *assess.Center, owner assess.Actor, assessment uuid.UUID) error {
	list, err := center.Norms(ctx, owner, assessment)
	if err != nil || len(list) > 0 {
		return err
	}
	_, err = center.MakeNorm(ctx, owner, assess.NormFilter{Assessment: assessment, Language: questions.Chinese})
	return err
}

func demoAssessment(ctx context.Context, center *assess.Center, owner assess.Actor) (assess.Assessment, error) {
	list, err := center.Assessments(ctx, owner)
	if err != nil {
		return assess.Assessment{}, err
	}
	for _, a := range list {
		if a.State == assess.Published {
			return a, nil
		}
	}
	draft, err := center.DraftAssessment(ctx, owner, assess.NewAssessment{
		Title:     questions.Text{Chinese: "信用卡电话催收员情境测评", English: "Card collector situational judgment test"},
		Blueprint: "S", Jurisdiction: "CN", ValidDays: 14,
		Contact: "示范机构招聘组 · Demo House hiring team · hiring@fourfold.example",
	})
	if err != nil {
		return assess.Assessment{}, err
	}
	return center.PublishSeeded(ctx, owner, draft.ID, demoSeed)
}

func demoReference(n int) string { return fmt.Sprintf("demo-%03d", n) }

type demoLinkSet struct{ candidate, recruiter, key string }

// demoLinks makes a fresh invitation, sign-in link and API key. Keys printed
// earlier stop working.
func demoLinks(ctx context.Context, center *assess.Center) (demoLinkSet, error) {
	member, err := center.MemberByEmail(ctx, demoEmail)
	if err != nil {
		return demoLinkSet{}, err
	}
	owner := member.Actor()
	assessment, err := demoAssessment(ctx, center, owner)
	if err != nil {
		return demoLinkSet{}, err
	}
	invitation, err := center.Invite(ctx, owner, assess.Order{AssessmentID: assessment.ID, Name: "试用者 Visitor", ExtraTime: 100})
	if err != nil {
		return demoLinkSet{}, err
	}
	signIn, err := center.SignInLink(ctx, owner, member.ID)
	if err != nil {
		return demoLinkSet{}, err
	}
	keys, err := center.Keys(ctx, owner)
	if err != nil {
		return demoLinkSet{}, err
	}
	for _, k := range keys {
		if k.Name == demoKey && k.RevokedAt.IsZero() {
			if err := center.RevokeKey(ctx, owner, k.ID); err != nil {
				return demoLinkSet{}, err
			}
		}
	}
	_, secret, err := center.MakeKey(ctx, owner, assess.NewKey{Name: demoKey, Scopes: assess.Scopes})
	return demoLinkSet{candidate: center.Link(invitation), recruiter: signIn, key: secret}, err
}

// terminal reports whether somebody watches; a log wants no progress bar.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
