package assess_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// person is a member with an app that makes codes.
type person struct {
	*testing.T
	*assesstest.House
	assess.Actor
	secret string
	codes  []string // Recovery codes.
}

func (p *person) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// withApp sets an app up for the house's owner.
func withApp(t *testing.T, h *assesstest.House) *person {
	t.Helper()
	p := &person{T: t, House: h, Actor: h.Owner}
	app, err := h.StartCodeApp(t.Context(), h.Owner)
	p.must(err)
	p.secret = app.Secret
	_, p.codes, err = h.ConfirmCodeApp(t.Context(), h.Owner, p.code(0), "")
	p.must(err)
	return p
}

// code is what the app shows some steps from now.
func (p *person) code(steps int) string {
	p.Helper()
	code, err := totp.GenerateCode(p.secret, p.Clock.Now().Add(time.Duration(steps)*30*time.Second))
	p.must(err)
	return code
}

// step gives the password and returns the step to the second factor.
func (p *person) step() string {
	p.Helper()
	e, err := p.SignIn(p.Context(), "olive@harbour.test", "a long enough password")
	p.must(err)
	if e.Step == "" || e.Token != "" {
		p.Fatalf("a password alone opens %+v", e)
	}
	return e.Step
}

func (p *person) tries(code string, want error) {
	p.Helper()
	s, err := p.SignInByCode(p.Context(), p.step(), code)
	if !errors.Is(err, want) || err == nil && want != nil {
		p.Errorf("%s: %v, want %v", code, err, want)
	}
	if err == nil {
		_, err := p.Member(p.Context(), s.Token)
		p.must(err)
	}
}

func TestASecondFactorIsAskedFor(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		app, err := h.StartCodeApp(t.Context(), h.Owner)
		if err != nil || !strings.Contains(app.Address, "secret="+app.Secret) || !strings.Contains(app.Address, "olive@harbour.test") {
			t.Fatalf("%+v, %v", app, err)
		}
		if _, _, err := h.ConfirmCodeApp(t.Context(), h.Owner, "000000x", ""); !errors.Is(err, assess.ErrWrongCode) {
			t.Fatalf("a wrong code confirms: %v", err)
		}
		if e, err := h.SignIn(t.Context(), "olive@harbour.test", "a long enough password"); err != nil || e.Step != "" || e.Token == "" {
			t.Fatalf("an app that was not confirmed is asked for: %+v, %v", e, err)
		}
		p := withApp(t, h)
		if p.secret != app.Secret || len(p.codes) != 10 {
			t.Fatalf("the secret changed, or there are %d recovery codes", len(p.codes))
		}
		p.tries(p.code(0), assess.ErrWrongCode) // it has confirmed the app
		p.tries(p.code(1), nil)                 // a phone that is ahead
		p.tries(p.code(0), assess.ErrWrongCode) // older than the last one that counted
		p.Clock.Advance(time.Minute)
		p.tries(p.code(-2), assess.ErrWrongCode)
		p.tries(p.code(2), assess.ErrWrongCode)
		p.tries(p.code(0), nil)
		p.tries(p.code(0), assess.ErrWrongCode)

		p.tries(strings.ToUpper(strings.ReplaceAll(p.codes[3], "-", " ")), nil)
		p.tries(p.codes[3], assess.ErrWrongCode)
		if _, left, err := h.Factors(t.Context(), h.Owner); err != nil || left != 9 {
			t.Errorf("%d recovery codes are left, %v", left, err)
		}
		var plain int
		if err := h.Database().Get(&plain, "SELECT count(*) FROM factors WHERE secret LIKE '%' || $1 || '%'", p.secret); err != nil || plain != 0 {
			t.Errorf("%d secrets are kept as they are, %v", plain, err)
		}

		link, err := h.SignInLink(t.Context(), h.Owner, h.Owner.ID)
		p.must(err)
		e, err := h.SignInByLink(t.Context(), assesstest.LinkToken(link))
		p.must(err)
		if e.Step == "" || e.Token != "" {
			t.Error("a link goes round the second factor")
		}
		p.Clock.Advance(assess.StepLasts + time.Second)
		if _, err := h.SignInByCode(t.Context(), e.Step, p.code(0)); !errors.Is(err, assess.ErrStep) {
			t.Errorf("an old step: %v", err)
		}
		step := p.step()
		_, err = h.SignInByCode(t.Context(), step, p.code(0))
		p.must(err)
		p.Clock.Advance(time.Minute)
		if _, err := h.SignInByCode(t.Context(), step, p.code(0)); !errors.Is(err, assess.ErrStep) {
			t.Errorf("a step is taken twice: %v", err)
		}
	})
}

func TestGuessingCodesIsSlow(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		p := withApp(t, assesstest.Open(t, dsn))
		p.Clock.Advance(time.Minute)
		for range 10 {
			p.tries("not-a-code", assess.ErrWrongCode)
		}
		p.tries(p.code(0), assess.ErrTooManyTries)
		p.tries(p.codes[0], assess.ErrTooManyTries)
		if _, err := p.RenewRecoveryCodes(t.Context(), p.Actor, p.codes[0]); !errors.Is(err, assess.ErrTooManyTries) {
			t.Errorf("settings let one go on guessing: %v", err)
		}
		p.Clock.Advance(16 * time.Minute)
		p.tries(p.code(0), nil)
		p.tries("not-a-code", assess.ErrWrongCode)
	})
}

func TestGuessingManyCodesAtOnceIsNoFaster(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		p := withApp(t, assesstest.Open(t, dsn))
		p.Clock.Advance(time.Minute)
		step := p.step()
		told := inParallel(t, 40, func(int) (error, error) {
			_, err := p.SignInByCode(t.Context(), step, "not-a-code")
			return err, nil
		})
		wrong := 0
		for _, err := range told {
			if errors.Is(err, assess.ErrWrongCode) {
				wrong++
			} else if !errors.Is(err, assess.ErrTooManyTries) {
				t.Error(err)
			}
		}
		if wrong != 10 {
			t.Errorf("%d codes were compared, want 10", wrong)
		}
	})
}

func TestAFactorIsRemovedByWhoHoldsIt(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		p := withApp(t, assesstest.Open(t, dsn))
		p.Clock.Advance(time.Minute)
		fresh, err := p.RenewRecoveryCodes(t.Context(), p.Actor, p.code(0))
		p.must(err)
		p.tries(p.codes[0], assess.ErrWrongCode) // those of before
		all, _, err := p.Factors(t.Context(), p.Actor)
		if err != nil || len(all) != 1 || all[0].Kind != assess.CodeApp {
			t.Fatalf("%+v, %v", all, err)
		}
		if err := p.RemoveFactor(t.Context(), p.Actor, all[0].ID, "000000"); !errors.Is(err, assess.ErrWrongCode) {
			t.Errorf("a wrong code removes it: %v", err)
		}
		nora := p.Neighbour()
		if err := p.RemoveFactor(t.Context(), nora.Owner, all[0].ID, fresh[0]); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("another organization's factor: %v", err)
		}
		p.must(p.RemoveFactor(t.Context(), p.Actor, all[0].ID, fresh[0]))
		if e, err := p.SignIn(t.Context(), "olive@harbour.test", "a long enough password"); err != nil || e.Step != "" {
			t.Errorf("a removed factor is asked for: %+v, %v", e, err)
		}
		if _, left, err := p.Factors(t.Context(), p.Actor); err != nil || left != 0 {
			t.Errorf("%d recovery codes outlive the factor, %v", left, err)
		}
	})
}

// Whoever found the page open must not put an own factor in place of the member's, or
// beside it to remove it with.
func TestAFactorIsReplacedByWhoHoldsIt(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		p := withApp(t, assesstest.Open(t, dsn))
		p.Clock.Advance(time.Minute)
		app, err := p.StartCodeApp(t.Context(), p.Actor)
		p.must(err)
		other := &person{T: t, House: p.House, Actor: p.Actor, secret: app.Secret}
		for _, proof := range []string{"", "000000", other.code(0)} {
			_, _, err := p.ConfirmCodeApp(t.Context(), p.Actor, other.code(0), proof)
			if !errors.Is(err, assess.ErrWrongCode) || !isField(err, "proof", assess.WordCode) {
				t.Errorf("%q lets another app in: %v", proof, err)
			}
		}
		p.tries(p.code(0), nil)
		p.Clock.Advance(time.Minute)
		_, codes, err := p.ConfirmCodeApp(t.Context(), p.Actor, other.code(0), p.code(0))
		p.must(err)
		if len(codes) != 0 {
			t.Error("recovery codes are made anew although there are some")
		}
		p.Clock.Advance(time.Minute)
		p.tries(p.code(0), assess.ErrWrongCode)
		p.tries(other.code(0), nil)
	})
}

func TestAnOwnerAsksForFactorsAndResetsThem(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		p := withApp(t, assesstest.Open(t, dsn))
		rita, link, err := p.AddMember(t.Context(), p.Actor, assess.NewMember{Email: "rita@harbour.test", Name: "Rita", Role: assess.Recruiter, Language: "en"})
		p.must(err)
		p.must(p.RequireFactor(t.Context(), p.Actor, true))
		if err := p.RequireFactor(t.Context(), rita.Actor(), false); !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("a recruiter sets the policy: %v", err)
		}
		e, err := p.SignInByLink(t.Context(), assesstest.LinkToken(link))
		p.must(err)
		m, err := p.Member(t.Context(), e.Token)
		p.must(err)
		if !m.Enrolling || m.Actor().Can(assess.SeeInvitations) {
			t.Errorf("without a factor Rita may work: %+v", m)
		}
		if _, err := p.Assessments(t.Context(), m.Actor()); !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("and sees assessments: %v", err)
		}
		app, err := p.StartCodeApp(t.Context(), m.Actor())
		p.must(err)
		code, err := totp.GenerateCode(app.Secret, p.Clock.Now())
		p.must(err)
		s, _, err := p.ConfirmCodeApp(t.Context(), m.Actor(), code, "")
		p.must(err)
		if m, err = p.Member(t.Context(), s.Token); err != nil || m.Enrolling || !m.Actor().Can(assess.SeeInvitations) {
			t.Errorf("with a factor Rita may not: %+v, %v", m, err)
		}
		if _, err := p.Member(t.Context(), e.Token); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("a session without the factor lives on: %v", err)
		}

		if err := p.ResetSignIn(t.Context(), p.Actor, p.Actor.ID); !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("the owner resets the account in use: %v", err)
		}
		if err := p.ResetSignIn(t.Context(), m.Actor(), p.Actor.ID); !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("a recruiter resets the owner: %v", err)
		}
		p.must(p.ResetSignIn(t.Context(), p.Actor, rita.ID))
		if _, err := p.Member(t.Context(), s.Token); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("a session outlives the reset: %v", err)
		}
		link, err = p.SignInLink(t.Context(), p.Actor, rita.ID)
		p.must(err)
		if e, err = p.SignInByLink(t.Context(), assesstest.LinkToken(link)); err != nil || e.Step != "" {
			t.Errorf("after the reset a factor is asked for: %+v, %v", e, err)
		}
	})
}
