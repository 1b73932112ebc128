package assess_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// dump is the whole database as text: for each table its rows in order.
func dump(t *testing.T, db *sqlx.DB) map[string][]string {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if db.DriverName() == "postgres" {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	var tables []string
	if err := db.Select(&tables, list); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, table := range tables {
		rows, err := db.Queryx("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		all[table] = []string{}
		for rows.Next() {
			row, err := rows.SliceScan()
			if err != nil {
				t.Fatal(err)
			}
			all[table] = append(all[table], fmt.Sprintf("%s", row))
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all[table])
	}
	return all
}

// changed names the tables in which two dumps differ.
func changed(before, after map[string][]string) (tables []string) {
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if !slices.Equal(before[table], after[table]) {
			tables = append(tables, table)
		}
	}
	return tables
}

func TestOpeningALinkChangesNothing(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		db := h.Database()
		people := []*assesstest.Person{h.Invited("Ann"), h.Invited("Bob").Entered(), h.Invited("Cy").Started().Answers(0), h.Invited("Di")}
		before := dump(t, db)
		h.Clock.Advance(time.Hour) // Cy's time is over, and even that is left for a deed
		for _, p := range people {
			w, err := h.Welcome(t.Context(), assesstest.LinkToken(p.Link))
			if err != nil {
				t.Fatal(err)
			}
			if w.Candidate != p.Invitation.Candidate.Name || w.Organization != "Harbour Collections" || w.Assessment != h.Assessment.Title ||
				w.Minutes != h.Assessment.LimitSeconds/60 || !w.ExpiresAt.Equal(p.Invitation.ExpiresAt.Time) {
				t.Errorf("welcome: %+v", w)
			}
		}
		if tables := changed(before, dump(t, db)); len(tables) > 0 {
			t.Errorf("welcoming four people changed %v", tables)
		}
		people[0].Entered()
		if tables, want := changed(before, dump(t, db)), []string{"audit_inbox", "invitations", "outbox", "sittings"}; !slices.Equal(tables, want) {
			t.Errorf("entering changed %v, want %v", tables, want)
		}
	})
}

func TestWhatADeadLinkSays(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ask := func(what, token string, want error) {
			t.Helper()
			if _, err := h.Welcome(t.Context(), token); !errors.Is(err, want) {
				t.Errorf("%s: welcome says %v, want %v", what, err, want)
			}
			if _, err := h.Enter(t.Context(), token, ""); !errors.Is(err, want) {
				t.Errorf("%s: enter says %v, want %v", what, err, want)
			}
		}
		ann := h.Invited("Ann")
		token := assesstest.LinkToken(ann.Link)
		ask("no token", "", assess.ErrLinkUnknown)
		ask("a token never given out", strings.Repeat("A", len(token)), assess.ErrLinkUnknown)
		ask("a very long token", strings.Repeat("A", 100_000), assess.ErrLinkUnknown)
		ask("bytes that are no text", "\x00\xff", assess.ErrLinkUnknown)

		if err := h.CancelInvitation(t.Context(), h.Owner, ann.Invitation.ID); err != nil {
			t.Fatal(err)
		}
		ask("a withdrawn invitation", token, assess.ErrLinkWithdrawn)

		bob := h.Invited("Bob")
		h.Clock.Until(bob.Invitation.ExpiresAt.Time)
		if _, err := h.Welcome(t.Context(), assesstest.LinkToken(bob.Link)); err != nil {
			t.Errorf("at the very end of its time: %v", err)
		}
		h.Clock.Advance(time.Microsecond)
		ask("an invitation past its time, not yet swept", assesstest.LinkToken(bob.Link), assess.ErrLinkExpired)
		if err := h.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		ask("a lapsed invitation", assesstest.LinkToken(bob.Link), assess.ErrLinkExpired)
	})
}

func TestAnEndedSittingIsStillReachable(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started().Answers()
		if _, err := h.Submit(t.Context(), ann.Seat); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(60 * 24 * time.Hour)
		if _, err := h.Feedback(t.Context(), ann.Entered().Seat); err != nil {
			t.Errorf("the candidate's own feedback two months later: %v", err)
		}
	})
}

func TestWhatAnOrderMustSay(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		n := h.Neighbour()
		now := h.Now()
		for _, c := range []struct {
			what  string
			order func(o *assess.Order)
			field string
			word  string
		}{
			{"no name", func(o *assess.Order) { o.Name = "  " }, "name", assess.WordRequired},
			{"a long name", func(o *assess.Order) { o.Name = strings.Repeat("长", 121) }, "name", assess.WordTooLong},
			{"a name of bytes", func(o *assess.Order) { o.Name = "A\xffn" }, "name", assess.WordForbidden},
			{"a name with a NUL", func(o *assess.Order) { o.Name = "A\x00n" }, "name", assess.WordForbidden},
			{"a name that turns the line around", func(o *assess.Order) { o.Name = "Ann \u202egnp.exe" }, "name", assess.WordForbidden},
			{"an address without @", func(o *assess.Order) { o.Email = "ann" }, "email", assess.WordEmail},
			{"an address with a name", func(o *assess.Order) { o.Email = "Ann <ann@x.test>" }, "email", assess.WordEmail},
			{"a header in the address", func(o *assess.Order) { o.Email = "ann@x.test\r\nBcc: all@x.test" }, "email", assess.WordForbidden},
			{"a language there is not", func(o *assess.Order) { o.Language = "fr" }, "language", assess.WordUnknown},
			{"half the time", func(o *assess.Order) { o.ExtraTime = 50 }, "extra_time", assess.WordUnknown},
			{"yesterday", func(o *assess.Order) { o.ExpiresAt = assess.At(now.Add(-24 * time.Hour)) }, "expires_at", assess.WordInPast},
			{"this very moment", func(o *assess.Order) { o.ExpiresAt = assess.At(now) }, "expires_at", assess.WordInPast},
			{"half a year and a moment", func(o *assess.Order) { o.ExpiresAt = assess.At(now.AddDate(0, 0, 180).Add(time.Microsecond)) }, "expires_at", assess.WordTooFar},
			{"a long reference", func(o *assess.Order) { o.Reference = strings.Repeat("r", 121) }, "reference", assess.WordTooLong},
			{"no such assessment", func(o *assess.Order) { o.AssessmentID = uuid.New() }, "assessment", assess.WordUnknown},
			{"a neighbour's assessment", func(o *assess.Order) { o.AssessmentID = n.Assessment.ID }, "assessment", assess.WordUnknown},
		} {
			o := assess.Order{AssessmentID: h.Assessment.ID, Name: "Ann", Email: "ann@x.test", ExtraTime: 100}
			c.order(&o)
			if _, err := h.Invite(t.Context(), h.Owner, o); !isField(err, c.field, c.word) {
				t.Errorf("%s: %v, want %s: %s", c.what, err, c.field, c.word)
			}
		}
		_, err := h.Invite(t.Context(), h.Owner, assess.Order{Email: "?", Language: "?", ExtraTime: 7})
		var faults assess.FieldErrors
		if !errors.As(err, &faults) || len(faults) != 4 {
			t.Errorf("an order wrong in four places: %v, want all four named at once", err)
		}
		for what, expires := range map[string]time.Time{"the next moment": now.Add(time.Microsecond), "half a year": now.AddDate(0, 0, 180)} {
			inv, err := h.Invite(t.Context(), h.Owner, assess.Order{AssessmentID: h.Assessment.ID, Name: "Ann", ExtraTime: 0, ExpiresAt: assess.At(expires)})
			if err != nil || !inv.ExpiresAt.Equal(expires) {
				t.Errorf("%s: %v, %v", what, inv.ExpiresAt, err)
			}
		}
		draft, err := h.DraftAssessment(t.Context(), h.Owner, assess.NewAssessment{Title: h.Assessment.Title, Blueprint: "S", Jurisdiction: "CN", ValidDays: 1, Contact: "c"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Invite(t.Context(), h.Owner, assess.Order{AssessmentID: draft.ID, Name: "Ann", ExtraTime: 100}); !errors.Is(err, assess.ErrNotPublished) {
			t.Errorf("a draft: %v, want %v", err, assess.ErrNotPublished)
		}
	})
}

func TestARepeatedOrderIsTheSameOrder(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		order := assess.Order{AssessmentID: h.Assessment.ID, Name: "Ann", Email: "ann@x.test", ExtraTime: 100, IdempotencyKey: "k-1", Fingerprint: "f-1"}
		first, err := h.Invite(t.Context(), h.Owner, order)
		if err != nil || first.Replayed {
			t.Fatal(first, err)
		}
		h.Clock.Advance(time.Hour)
		before := dump(t, h.Database())
		again, err := h.Invite(t.Context(), h.Owner, order)
		if err != nil || !again.Replayed || h.Link(again) != h.Link(first) {
			t.Errorf("repeated: %+v, %v; want the first one with its link", again, err)
		}
		if again.Replayed = false; !reflect.DeepEqual(again, first) {
			t.Errorf("repeated: %+v, want %+v", again, first)
		}
		order.Fingerprint = "f-2"
		if _, err := h.Invite(t.Context(), h.Owner, order); !errors.Is(err, assess.ErrKeyReused) {
			t.Errorf("the key with another request: %v, want %v", err, assess.ErrKeyReused)
		}
		if tables := changed(before, dump(t, h.Database())); len(tables) > 0 {
			t.Errorf("repeating changed %v", tables)
		}

		other := h.Owner
		other.ID = uuid.New() // another caller of the same house has keys of its own
		if inv, err := h.Invite(t.Context(), other, order); err != nil || inv.ID == first.ID {
			t.Errorf("the key of another caller: %v, %v", inv.ID, err)
		}
		order.IdempotencyKey, order.AssessmentID = "k-2", uuid.New()
		if _, err := h.Invite(t.Context(), h.Owner, order); !isField(err, "assessment", assess.WordUnknown) {
			t.Fatal(err)
		}
		order.AssessmentID = h.Assessment.ID
		if inv, err := h.Invite(t.Context(), h.Owner, order); err != nil || inv.Replayed {
			t.Errorf("a refused order must not use its key up: replayed %v, %v", inv.Replayed, err)
		}
	})
}

func TestARepeatAfterItsTimeIsStillARepeat(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		order := assess.Order{AssessmentID: h.Assessment.ID, Name: "Ann", ExtraTime: 100, IdempotencyKey: "k", Fingerprint: "f", ExpiresAt: assess.At(h.Now().Add(time.Hour))}
		first, err := h.Invite(t.Context(), h.Owner, order)
		if err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(2 * time.Hour)
		if again, err := h.Invite(t.Context(), h.Owner, order); err != nil || again.ID != first.ID || !again.Replayed {
			t.Errorf("repeated after the invitation's own end: %v, %v", again.ID, err)
		}
	})
}

func TestFiftyAtOnceUnderOneKey(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		servers := []*assess.Center{h.Center, h.Second()}
		order := assess.Order{AssessmentID: h.Assessment.ID, Name: "Ann", ExtraTime: 100, IdempotencyKey: "k", Fingerprint: "f"}
		replayed := 0
		given := inParallel(t, 50, func(n int) (assess.Invitation, error) { return servers[n%2].Invite(t.Context(), h.Owner, order) })
		for _, inv := range given {
			if inv.ID != given[0].ID {
				t.Errorf("two invitations under one key: %s and %s", inv.ID, given[0].ID)
			}
			if inv.Replayed {
				replayed++
			}
		}
		if rows := dump(t, h.Database()); replayed != 49 || len(rows["invitations"]) != 1 || len(rows["candidates"]) != 1 || len(rows["outbox"]) != 1 {
			t.Errorf("%d replayed; %d invitations, %d candidates, %d messages", replayed, len(rows["invitations"]), len(rows["candidates"]), len(rows["outbox"]))
		}
	})
}

// A program is told that its order is under way, on this server or on another; when
// it is not any more, it is the same invitation. A member waits instead.
func TestAProgramsOrderInFlight(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		by := assess.Actor{Organization: h.Owner.Organization, Kind: assess.KeyActor, ID: uuid.New(), Scopes: assess.Scopes}
		order := assess.Order{AssessmentID: h.Assessment.ID, Name: "Ann", ExtraTime: 100, IdempotencyKey: "k", Fingerprint: "f"}
		end, err := h.Alone(by, "k")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Invite(t.Context(), by, order); !errors.Is(err, assess.ErrInFlight) {
			t.Errorf("while it is under way: %v", err)
		}
		if _, err := h.Invite(t.Context(), h.Owner, order); err != nil {
			t.Errorf("a member's under the same words: %v", err)
		}
		end()
		first, err := h.Invite(t.Context(), by, order)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := h.Invite(t.Context(), by, order); err != nil || again.ID != first.ID || !again.Replayed {
			t.Errorf("afterwards: %+v, %v", again, err)
		}
		if !h.Postgres() {
			return
		}
		other, err := h.Database().Beginx()
		if err != nil {
			t.Fatal(err)
		}
		defer other.Rollback()
		if _, err := other.Exec("SELECT pg_advisory_xact_lock($1)", assess.LockNumber(by, "k")); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Invite(t.Context(), by, order); !errors.Is(err, assess.ErrInFlight) {
			t.Errorf("while another server has it: %v", err)
		}
	})
}

func TestCancellingAndRenewing(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ctx := t.Context()
		type reach func() *assesstest.Person
		submitted := func() *assesstest.Person {
			p := h.Invited("Sue").Started()
			if _, err := h.Submit(ctx, p.Seat); err != nil {
				t.Fatal(err)
			}
			return p
		}
		withdrawn := func() *assesstest.Person {
			p := h.Invited("Will").Entered()
			if err := h.Withdraw(ctx, p.Seat); err != nil {
				t.Fatal(err)
			}
			return p
		}
		cancelled := func() *assesstest.Person {
			p := h.Invited("Carl")
			if err := h.CancelInvitation(ctx, h.Owner, p.Invitation.ID); err != nil {
				t.Fatal(err)
			}
			return p
		}
		for _, c := range []struct {
			stage  assess.Stage
			reach  reach
			cancel error
			renew  error
		}{
			{assess.StageInvited, func() *assesstest.Person { return h.Invited("Ian") }, nil, nil},
			{assess.StageOpened, func() *assesstest.Person { return h.Invited("Olga").Entered() }, nil, nil},
			{assess.StageStarted, func() *assesstest.Person { return h.Invited("Stan").Started() }, nil, nil},
			{assess.StageSubmitted, submitted, assess.ErrConflict, assess.ErrConflict},
			{assess.StageWithdrawn, withdrawn, assess.ErrConflict, assess.ErrConflict},
			{assess.StageCancelled, cancelled, assess.ErrConflict, assess.ErrConflict},
		} {
			id := c.reach().Invitation.ID
			if inv, err := h.RenewLink(ctx, h.Owner, id); !errors.Is(err, c.renew) || err == nil && inv.Stage != c.stage {
				t.Errorf("renewing when %s: %s, %v, want %v", c.stage, inv.Stage, err, c.renew)
			}
			if err := h.CancelInvitation(ctx, h.Owner, id); !errors.Is(err, c.cancel) {
				t.Errorf("cancelling when %s: %v, want %v", c.stage, err, c.cancel)
			}
		}

		lapsed := h.Invited("Lea").Entered()
		h.Clock.Advance(15 * 24 * time.Hour)
		if err := h.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if err := h.CancelInvitation(ctx, h.Owner, lapsed.Invitation.ID); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("cancelling a lapsed one: %v", err)
		}
		inv, err := h.RenewLink(ctx, h.Owner, lapsed.Invitation.ID)
		if err != nil || inv.Stage != assess.StageOpened || !inv.ExpiresAt.Equal(h.Now().AddDate(0, 0, h.Assessment.ValidDays)) {
			t.Errorf("renewing a lapsed one: %s until %v, %v", inv.Stage, inv.ExpiresAt, err)
		}
		lapsed.Link = h.Link(inv)
		if s, err := h.Sitting(ctx, lapsed.Started().Seat); err != nil || s.State != assess.Started {
			t.Errorf("its sitting is %s, %v", s.State, err)
		}

		n := h.Neighbour()
		for what, err := range map[string]error{
			"cancel": h.CancelInvitation(ctx, n.Owner, lapsed.Invitation.ID),
			"renew":  second(h.RenewLink(ctx, n.Owner, lapsed.Invitation.ID)),
			"read":   second(h.Invitation(ctx, n.Owner, lapsed.Invitation.ID)),
			"result": second(h.Result(ctx, n.Owner, lapsed.Invitation.ID)),
			"report": second(h.Report(ctx, n.Owner, lapsed.Invitation.ID)),
		} {
			if !errors.Is(err, assess.ErrNotFound) {
				t.Errorf("a neighbour's %s: %v, want %v", what, err, assess.ErrNotFound)
			}
		}
	})
}

// second is the error of a call that returns something beside it.
func second[T any](_ T, err error) error { return err }
