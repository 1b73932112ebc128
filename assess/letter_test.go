package assess_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// handedOut hands the outbox out and returns the parcels that are due.
func handedOut(t *testing.T, h *assesstest.House) []assess.Parcel {
	t.Helper()
	h.EmptyOutbox()
	loads, err := h.TakeTargets(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var all []assess.Parcel
	for _, l := range loads {
		all = append(all, l.Parcels...)
		if err := h.LeaveTarget(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestALetterIsWrittenAsThingsStand(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann", func(o *assess.Order) { o.Email, o.Mail, o.Language = "ann@example.test", true, "" })
		h.Invited("Bea", func(o *assess.Order) { o.Email = "bea@example.test" })
		parcels := handedOut(t, h)
		if len(parcels) != 1 || parcels[0].Kind != assess.MailTarget {
			t.Fatalf("one letter was asked for, and this is to be sent: %+v", parcels)
		}
		first, err := h.LetterFor(t.Context(), parcels[0])
		if err != nil || first.To != "ann@example.test" || first.Name != "Ann" || first.Link != ann.Link || first.Language != questions.English ||
			first.Minutes != 45 || first.Contact != "jobs@harbour.test" || first.Organization != "Harbour Collections" {
			t.Fatalf("the letter is %+v (%v)", first, err)
		}
		if _, err := h.RenewLink(t.Context(), h.Owner, ann.Invitation.ID); err != nil {
			t.Fatal(err)
		}
		if renewed, err := h.LetterFor(t.Context(), parcels[0]); err != nil || renewed.Link == first.Link || !strings.HasPrefix(renewed.Link, "http://fourfold.test/t/") {
			t.Errorf("after the link was renewed the letter holds %s (%v)", renewed.Link, err)
		}

		// What comes through a connection is written in the connection's language.
		n, _, err := h.Connect(t.Context(), h.Owner, assess.NewConnection{Vendor: assess.Ashby, Language: questions.Chinese})
		if err != nil {
			t.Fatal(err)
		}
		by := assess.Actor{Organization: n.Organization, Kind: assess.ConnectionActor, ID: n.ID}
		if _, err := h.Invite(t.Context(), by, ordered(h, "1", "chen@example.test")); err != nil {
			t.Fatal(err)
		}
		for _, p := range handedOut(t, h) {
			if p.Kind != assess.MailTarget || p.Event.Invitation == ann.Invitation.ID {
				continue
			}
			if l, err := h.LetterFor(t.Context(), p); err != nil || l.Language != questions.Chinese || l.To != "chen@example.test" {
				t.Errorf("the letter of an order is %+v (%v)", l, err)
			}
		}

		if err := h.Tried(t.Context(), parcels[0], assess.Outcome{Verdict: assess.Arrived}); err != nil {
			t.Fatal(err)
		}
		if m, err := h.Mailed(t.Context(), h.Owner, ann.Invitation.ID); err != nil || m.State != assess.Delivered {
			t.Errorf("the letter has come to %+v (%v)", m, err)
		}
		if err := h.MailLink(t.Context(), h.Owner, ann.Invitation.ID); err != nil {
			t.Fatal(err)
		}
		if m, err := h.Mailed(t.Context(), h.Owner, ann.Invitation.ID); err != nil || m.State != assess.Pending {
			t.Errorf("the second letter has come to %+v (%v)", m, err)
		}
		if err := h.CancelInvitation(t.Context(), h.Owner, ann.Invitation.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.LetterFor(t.Context(), parcels[0]); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("a letter for an invitation that was taken back: %v", err)
		}
	})
}

// Of several servers one asks a vendor, and not before it is time again.
func TestOneServerAsks(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		for _, c := range []assess.NewConnection{
			{Vendor: assess.Kombo, Account: "a", Credential: "key", Signing: "secret"}, {Vendor: assess.Kombo, Account: "b"}, {Vendor: assess.Ashby, Credential: "key"},
		} {
			c.Language = questions.English
			if _, _, err := h.Connect(t.Context(), h.Owner, c); err != nil {
				t.Fatal(err)
			}
		}
		asked := func() int {
			first, err := h.Pollings(t.Context(), assess.Kombo)
			if err != nil {
				t.Fatal(err)
			}
			second, err := h.Second().Pollings(t.Context(), assess.Kombo)
			if err != nil {
				t.Fatal(err)
			}
			if len(first) == 1 && (first[0].Connection.Account != "a" || first[0].Calling.Credential != "key") {
				t.Errorf("asked is %+v", first[0])
			}
			return len(first) + len(second)
		}
		if n := asked(); n != 1 {
			t.Errorf("asked %d times at first", n)
		}
		h.Clock.Advance(assess.PollEvery - 1)
		if n := asked(); n != 0 {
			t.Errorf("asked %d times too early", n)
		}
		h.Clock.Advance(1)
		if n := asked(); n != 1 {
			t.Errorf("asked %d times when it was time", n)
		}
	})
}
