package assess_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// founder is what the set-up page is told; n keeps the addresses apart.
func founder(n string) assess.NewOrganization {
	return assess.NewOrganization{Name: "House", Language: questions.English, OwnerName: "Owner", Email: n + "@house.test", Password: "a long enough password"}
}

func TestSettingUpWorksOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		clock := assesstest.NewClock()
		c, other := assesstest.Center(t, dsn, clock), assesstest.Center(t, dsn, clock)
		if needed, err := c.SetUpNeeded(t.Context()); err != nil || !needed {
			t.Fatalf("an empty database needs no set-up: %v, %v", needed, err)
		}
		stale, err := c.SetUpLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		link, err := other.SetUpLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.SetUp(t.Context(), assesstest.LinkToken(stale), founder("a")); !errors.Is(err, assess.ErrLinkUnknown) {
			t.Errorf("the link before the last: %v, want %v", err, assess.ErrLinkUnknown)
		}
		token := assesstest.LinkToken(link)
		if _, err := c.SetUp(t.Context(), token, assess.NewOrganization{Password: "short"}); !isField(err, "email", assess.WordRequired) || !isField(err, "password", assess.WordTooShort) {
			t.Errorf("an empty form: %v", err)
		}
		if err := c.DoorKnown(t.Context(), assess.DoorSetUp, token); err != nil {
			t.Errorf("a mistake used the link up: %v", err)
		}

		var mu sync.Mutex
		var in []assess.Session
		servers := []*assess.Center{c, other}
		inParallel(t, 20, func(n int) (struct{}, error) {
			s, err := servers[n%2].SetUp(t.Context(), token, founder("p"+strings.Repeat("x", n)))
			if errors.Is(err, assess.ErrLinkUnknown) {
				return struct{}{}, nil
			}
			mu.Lock()
			defer mu.Unlock()
			in = append(in, s)
			return struct{}{}, err
		})
		if len(in) != 1 {
			t.Fatalf("%d of twenty set the house up", len(in))
		}
		if m, err := c.Member(t.Context(), in[0].Token); err != nil || m.Role != assess.Owner || m.ID != in[0].Member.ID {
			t.Errorf("the one who did is %+v, %v", m, err)
		}
		if houses, err := c.Organizations(t.Context()); err != nil || len(houses) != 1 {
			t.Errorf("%d organizations, %v", len(houses), err)
		}
		if _, err := c.SetUpLink(t.Context()); !errors.Is(err, assess.ErrSetUpDone) {
			t.Errorf("another link: %v, want %v", err, assess.ErrSetUpDone)
		}
	})
}

func TestASecondSetUpLinkDoesNotOpenASecondHouse(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		clock := assesstest.NewClock()
		c := assesstest.Center(t, dsn, clock)
		var links []string
		for range 3 {
			link, err := c.SetUpLink(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			links = append(links, link)
			// Two servers that start at once may each make a link that the other does not see.
			if _, err := assesstest.Database(t, dsn).Exec("UPDATE secrets SET kind = 'hidden' WHERE kind = 'setup'"); err != nil {
				t.Fatal(err)
			}
		}
		show := func(link string) {
			t.Helper()
			sum := sha256.Sum256([]byte("setup:" + assesstest.LinkToken(link)))
			if _, err := assesstest.Database(t, dsn).Exec("UPDATE secrets SET kind = 'setup' WHERE hash = $1", hex.EncodeToString(sum[:])); err != nil {
				t.Fatal(err)
			}
		}
		show(links[0])
		show(links[1])
		if _, err := c.SetUp(t.Context(), assesstest.LinkToken(links[0]), founder("a")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SetUp(t.Context(), assesstest.LinkToken(links[1]), founder("b")); !errors.Is(err, assess.ErrLinkUnknown) {
			t.Errorf("the link that was there: %v, want %v", err, assess.ErrLinkUnknown)
		}
		show(links[2])
		if _, err := c.SetUp(t.Context(), assesstest.LinkToken(links[2]), founder("c")); !errors.Is(err, assess.ErrSetUpDone) {
			t.Errorf("the link that came to light later: %v, want %v", err, assess.ErrSetUpDone)
		}
		if houses, err := c.Organizations(t.Context()); err != nil || len(houses) != 1 {
			t.Errorf("%d organizations, %v", len(houses), err)
		}
	})
}

func TestASetUpLinkGrowsOld(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		clock := assesstest.NewClock()
		c := assesstest.Center(t, dsn, clock)
		link, err := c.SetUpLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(assess.OneTimeLinkLasts + time.Microsecond)
		if _, err := c.SetUp(t.Context(), assesstest.LinkToken(link), founder("a")); !errors.Is(err, assess.ErrLinkExpired) {
			t.Errorf("after its time: %v, want %v", err, assess.ErrLinkExpired)
		}
	})
}

func TestSigningIn(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		s, err := h.SignIn(t.Context(), "  Olive@HARBOUR.test ", "a long enough password")
		if err != nil {
			t.Fatalf("the address however it is written: %v", err)
		}
		if m, err := h.Member(t.Context(), s.Token); err != nil || m.Email != "olive@harbour.test" || m.OrganizationName != "Harbour Collections" {
			t.Errorf("signed in as %+v, %v", m, err)
		}
		added, _, err := h.AddMember(t.Context(), h.Owner, assess.NewMember{Email: "rita@harbour.test", Name: "Rita", Role: assess.Recruiter, Language: questions.Chinese})
		if err != nil {
			t.Fatal(err)
		}
		if added.HasPassword {
			t.Error("a new member has a password already")
		}
		for what, in := range map[string][2]string{
			"a wrong password":             {"olive@harbour.test", "a long enough passwore"},
			"an address nobody has":        {"nobody@harbour.test", "a long enough password"},
			"a member without a password":  {"rita@harbour.test", ""},
			"no address":                   {"", ""},
			"an address with a NUL":        {"olive\x00@harbour.test", "a long enough password"},
			"an address that is no text":   {"\xff@harbour.test", "a long enough password"},
			"a password of megabytes":      {"olive@harbour.test", strings.Repeat("p", 1<<21)},
			"another spelling of the word": {"olive@harbour.test", "A long enough password"},
		} {
			if _, err := h.SignIn(t.Context(), in[0], in[1]); err != assess.ErrWrongPassword {
				t.Errorf("%s: %v, want %v", what, err, assess.ErrWrongPassword)
			}
		}
		for _, token := range []string{"", "noise", s.Token + "A", strings.Repeat("t", 100_000)} {
			if _, err := h.Member(t.Context(), token); !errors.Is(err, assess.ErrUnauthenticated) {
				t.Errorf("a session of %d characters that is none: %v", len(token), err)
			}
		}
	})
}

func TestASessionEnds(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		enter := func() string {
			t.Helper()
			s, err := h.SignIn(t.Context(), "olive@harbour.test", "a long enough password")
			if err != nil {
				t.Fatal(err)
			}
			if want := h.Now().Add(assess.SessionAbsolute); !s.Expires.Equal(want) {
				t.Errorf("expires %v, want %v", s.Expires, want)
			}
			return s.Token
		}
		expect := func(what, token string, want error) {
			t.Helper()
			if _, err := h.Member(t.Context(), token); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		idle := enter()
		h.Clock.Advance(assess.SessionIdle - time.Microsecond)
		expect("almost two hours unused", idle, nil) // and this is a use
		h.Clock.Advance(assess.SessionIdle - time.Microsecond)
		expect("used in between", idle, nil)
		h.Clock.Advance(assess.SessionIdle)
		expect("two hours unused", idle, assess.ErrUnauthenticated)

		busy := enter()
		for range 12 {
			h.Clock.Advance(time.Hour - time.Microsecond)
			expect("in use", busy, nil)
		}
		h.Clock.Advance(12 * time.Microsecond)
		expect("twelve hours after signing in, though in use", busy, assess.ErrUnauthenticated)

		left, kept := enter(), enter()
		for range 2 { // leaving twice is leaving
			if err := h.SignOut(t.Context(), left); err != nil {
				t.Fatal(err)
			}
		}
		expect("signed out", left, assess.ErrUnauthenticated)
		expect("the other session", kept, nil)
	})
}

func TestASignInLinkWorksOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		rita, link, err := h.AddMember(t.Context(), h.Owner, assess.NewMember{Email: "rita@harbour.test", Name: "Rita", Role: assess.Recruiter, Language: questions.Chinese})
		if err != nil {
			t.Fatal(err)
		}
		token := assesstest.LinkToken(link)
		if err := h.DoorKnown(t.Context(), assess.DoorSignIn, token); err != nil {
			t.Errorf("looking at the door: %v", err)
		}
		if err := h.DoorKnown(t.Context(), assess.DoorSetUp, token); !errors.Is(err, assess.ErrLinkUnknown) {
			t.Errorf("the same token at another door: %v", err)
		}
		var mu sync.Mutex
		in := 0
		inParallel(t, 20, func(int) (struct{}, error) {
			s, err := h.SignInByLink(t.Context(), token)
			if errors.Is(err, assess.ErrLinkUnknown) {
				return struct{}{}, nil
			}
			mu.Lock()
			defer mu.Unlock()
			in++
			if s.Member.ID != rita.ID {
				t.Errorf("signed in as %+v", s.Member)
			}
			return struct{}{}, err
		})
		if in != 1 {
			t.Errorf("%d of twenty came in", in)
		}
		again, err := h.SignInLink(t.Context(), h.Owner, rita.ID)
		if err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(assess.OneTimeLinkLasts + time.Microsecond)
		if _, err := h.SignInByLink(t.Context(), assesstest.LinkToken(again)); !errors.Is(err, assess.ErrLinkExpired) {
			t.Errorf("after its time: %v, want %v", err, assess.ErrLinkExpired)
		}
		if _, err := h.SignInLink(t.Context(), h.Neighbour().Owner, rita.ID); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("a link made by a neighbour: %v, want %v", err, assess.ErrNotFound)
		}
	})
}

func TestADisabledMemberIsOutAtOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		rita, link, err := h.AddMember(t.Context(), h.Owner, assess.NewMember{Email: "rita@harbour.test", Name: "Rita", Role: assess.Owner, Language: questions.Chinese})
		if err != nil {
			t.Fatal(err)
		}
		s, err := h.SignInByLink(t.Context(), assesstest.LinkToken(link))
		if err != nil {
			t.Fatal(err)
		}
		if s.Session, err = h.ChangePassword(t.Context(), rita.Actor(), "", "rita's own password"); err != nil {
			t.Fatal(err)
		}
		unused, err := h.SignInLink(t.Context(), h.Owner, rita.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []struct {
			by   assess.Actor
			id   uuid.UUID
			want error
		}{
			{rita.Actor(), rita.ID, assess.ErrForbidden}, // oneself
			{h.Owner, uuid.New(), assess.ErrNotFound},
			{h.Neighbour().Owner, rita.ID, assess.ErrNotFound},
		} {
			if err := h.DisableMember(t.Context(), wrong.by, wrong.id); !errors.Is(err, wrong.want) {
				t.Errorf("disabling: %v, want %v", err, wrong.want)
			}
		}
		if err := h.DisableMember(t.Context(), h.Owner, rita.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Member(t.Context(), s.Token); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("the session: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "rita@harbour.test", "rita's own password"); err != assess.ErrWrongPassword {
			t.Errorf("the password: %v", err)
		}
		if _, err := h.SignInByLink(t.Context(), assesstest.LinkToken(unused)); !errors.Is(err, assess.ErrLinkUnknown) {
			t.Errorf("the link: %v", err)
		}
		if _, err := h.SignInLink(t.Context(), h.Owner, rita.ID); !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("a new link: %v", err)
		}
		members, err := h.Members(t.Context(), h.Owner)
		if err != nil || len(members) != 2 || members[1].ID != rita.ID || members[1].DisabledAt.IsZero() {
			t.Errorf("the list: %+v, %v", members, err)
		}
	})
}

func TestChangingThePasswordEndsTheOtherSessions(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		other, err := h.SignIn(t.Context(), "olive@harbour.test", "a long enough password")
		if err != nil {
			t.Fatal(err)
		}
		for next, word := range map[string]string{
			"nine char": assess.WordTooShort, "PassWord123": assess.WordCommon, strings.Repeat("长", 201): assess.WordTooLong,
		} {
			if _, err := h.ChangePassword(t.Context(), h.Owner, "a long enough password", next); !isField(err, "password", word) {
				t.Errorf("%.20q: %v, want %s", next, err, word)
			}
		}
		if _, err := h.ChangePassword(t.Context(), h.Owner, "not the password", "another good password"); !errors.Is(err, assess.ErrWrongPassword) {
			t.Errorf("with a wrong present password: %v", err)
		}
		if _, err := h.Member(t.Context(), other.Token); err != nil {
			t.Fatalf("a failed change ended a session: %v", err)
		}
		s, err := h.ChangePassword(t.Context(), h.Owner, "a long enough password", "十个汉字也可以作密码")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Member(t.Context(), s.Token); err != nil {
			t.Errorf("the session that replaces the present one: %v", err)
		}
		if _, err := h.Member(t.Context(), other.Token); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("another session: %v, want %v", err, assess.ErrUnauthenticated)
		}
		if _, err := h.SignIn(t.Context(), "olive@harbour.test", "a long enough password"); err != assess.ErrWrongPassword {
			t.Errorf("the old password: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "olive@harbour.test", "十个汉字也可以作密码"); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

func TestARoleCountsAtOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		s, err := h.SignIn(t.Context(), "olive@harbour.test", "a long enough password")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Database().Exec("UPDATE members SET role = 'auditor' WHERE id = $1", h.Owner.ID); err != nil {
			t.Fatal(err)
		}
		if m, err := h.Member(t.Context(), s.Token); err != nil || m.Role != assess.Auditor {
			t.Errorf("the role is %s, %v", m.Role, err)
		}
		if err := h.SetLanguage(t.Context(), h.Owner, "fr"); !isField(err, "language", assess.WordUnknown) {
			t.Errorf("a language there is not: %v", err)
		}
		if err := h.SetLanguage(t.Context(), h.Owner, questions.Chinese); err != nil {
			t.Fatal(err)
		}
		if m, err := h.Member(t.Context(), s.Token); err != nil || m.Language != questions.Chinese {
			t.Errorf("the language is %s, %v", m.Language, err)
		}
		// A session that was opened at the very moment the member was disabled.
		if _, err := h.Database().Exec("UPDATE members SET disabled_at = $1 WHERE id = $2", assess.At(h.Now()), h.Owner.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Member(t.Context(), s.Token); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("the session of a disabled member: %v, want %v", err, assess.ErrUnauthenticated)
		}
	})
}

func TestWhatANewMemberMustHave(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		for what, c := range map[string]struct {
			in    assess.NewMember
			field string
			word  string
		}{
			"no address":              {assess.NewMember{Name: "R", Role: assess.Recruiter, Language: "en"}, "email", assess.WordRequired},
			"a role there is not":     {assess.NewMember{Email: "r@x.test", Name: "R", Role: "boss", Language: "en"}, "role", assess.WordUnknown},
			"a language there is not": {assess.NewMember{Email: "r@x.test", Name: "R", Role: assess.Recruiter, Language: "fr"}, "language", assess.WordUnknown},
			"an address in use":       {assess.NewMember{Email: "OLIVE@harbour.test", Name: "R", Role: assess.Recruiter, Language: "en"}, "email", assess.WordTaken},
		} {
			if _, _, err := h.AddMember(t.Context(), h.Owner, c.in); !isField(err, c.field, c.word) {
				t.Errorf("%s: %v, want %s: %s", what, err, c.field, c.word)
			}
		}
		members, err := h.Members(t.Context(), h.Owner)
		if names := slices.Collect(namesOf(members)); err != nil || !slices.Equal(names, []string{"Olive Owner"}) {
			t.Errorf("the house has %v, %v", names, err)
		}
	})
}

func namesOf(members []assess.Member) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, m := range members {
			if !yield(m.Name) {
				return
			}
		}
	}
}
