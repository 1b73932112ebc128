package assess_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// atAshby is a connection that orders, and who speaks through it.
func atAshby(t *testing.T, h *assesstest.House) (assess.Connection, assess.Actor, string) {
	t.Helper()
	n, key, err := h.Connect(t.Context(), h.Owner, assess.NewConnection{Vendor: assess.Ashby, Language: questions.English, Credential: "ashby-credential"})
	if err != nil {
		t.Fatal(err)
	}
	return n, assess.Actor{Organization: n.Organization, Kind: assess.ConnectionActor, ID: n.ID}, key
}

func ordered(h *assesstest.House, key, email string) assess.Order {
	return assess.Order{AssessmentID: h.Assessment.ID, Name: "Ann", Email: email, ExtraTime: 100, Mail: true,
		External: &assess.External{Key: key, Refs: map[string]string{"report": "r1"}, Again: true}}
}

func TestAVendorsOrderIsPlacedOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		_, by, _ := atAshby(t, h)
		var wait sync.WaitGroup
		ids := make([]uuid.UUID, 8)
		for i := range ids {
			wait.Go(func() {
				inv, err := h.Invite(t.Context(), by, ordered(h, "application 1", "ann@example.test"))
				if err != nil {
					t.Error(err)
				}
				ids[i] = inv.ID
			})
		}
		wait.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("one order became several invitations: %v", ids)
			}
		}
		o, err := h.VendorOrder(t.Context(), by, ids[0])
		if err != nil || o.Key != "application 1" || o.Refs["report"] != "r1" || o.Result != nil {
			t.Fatalf("the order is %+v (%v)", o, err)
		}
		if _, err := h.Invite(t.Context(), by, ordered(h, "application 1", "bea@example.test")); !errors.Is(err, assess.ErrKeyReused) {
			t.Errorf("the same name for another candidate: %v", err)
		}
		if _, other, _ := atAshby(t, h); true {
			inv, err := h.Invite(t.Context(), other, ordered(h, "application 1", "bea@example.test"))
			if err != nil || inv.ID == ids[0] {
				t.Errorf("the same name at another connection: %v (%v)", inv.ID, err)
			}
			if _, err := h.VendorOrder(t.Context(), other, ids[0]); !errors.Is(err, assess.ErrNotFound) {
				t.Errorf("another connection's order: %v", err)
			}
			if err := h.CancelOrder(t.Context(), other, ids[0]); !errors.Is(err, assess.ErrNotFound) {
				t.Errorf("cancelling another connection's order: %v", err)
			}
		}

		// Taken back, its name is free again; of many that order it anew one does.
		if err := h.CancelOrder(t.Context(), by, ids[0]); err != nil {
			t.Fatal(err)
		}
		for i := range ids {
			wait.Go(func() {
				inv, err := h.Invite(t.Context(), by, ordered(h, "application 1", "ann@example.test"))
				if err != nil {
					t.Error(err)
				}
				ids[i] = inv.ID
			})
		}
		first := o.Invitation.ID
		wait.Wait()
		for _, id := range ids {
			if id != ids[0] || id == first {
				t.Fatalf("ordered anew: %v", ids)
			}
		}
	})
}

func TestAConnectionMayOrderAndNothingElse(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	_, by, _ := atAshby(t, h)
	native := h.Invited("Bea")
	if _, err := h.Invite(t.Context(), by, assess.Order{AssessmentID: h.Assessment.ID, Name: "Ann", ExtraTime: 100}); !errors.Is(err, assess.ErrForbidden) {
		t.Errorf("an order without a name: %v", err)
	}
	if _, err := h.Invite(t.Context(), h.Owner, ordered(h, "1", "ann@example.test")); !errors.Is(err, assess.ErrForbidden) {
		t.Errorf("a vendor's order by an owner: %v", err)
	}
	for name, err := range map[string]error{
		"an invitation": second(h.Invitation(t.Context(), by, native.Invitation.ID)),
		"a list":        second(h.Invitations(t.Context(), by, assess.InvitationFilter{})),
		"a result":      second(h.Result(t.Context(), by, native.Invitation.ID)),
		"cancelling":    h.CancelInvitation(t.Context(), by, native.Invitation.ID),
		"a letter":      h.MailLink(t.Context(), by, native.Invitation.ID),
		"members":       second(h.Members(t.Context(), by)),
		"connections":   second(h.Connections(t.Context(), by)),
		"ending itself": h.Disconnect(t.Context(), by, by.ID),
	} {
		if !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.VendorOrder(t.Context(), by, native.Invitation.ID); !errors.Is(err, assess.ErrNotFound) {
		t.Errorf("an invitation made here as an order: %v", err)
	}
}

// What a vendor issued is kept encrypted and its key hashed; neither stands in the
// database, and a row that is moved does not open.
func TestWhatVendorsIssueIsKeptSealed(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		n, by, key := atAshby(t, h)
		neighbour := h.Neighbour()
		other, theirs, _ := atAshby(t, neighbour)
		for _, x := range []struct {
			house *assesstest.House
			by    assess.Actor
		}{{h, by}, {neighbour, theirs}} {
			if _, err := x.house.Invite(t.Context(), x.by, ordered(x.house, "1", "ann@example.test")); err != nil {
				t.Fatal(err)
			}
		}
		db := h.Database()
		var row struct {
			Credential string `db:"credential"`
			Prefix     string `db:"prefix"`
		}
		if err := db.Get(&row, "SELECT credential, prefix FROM connections WHERE organization_id = $1 AND id = $2", n.Organization, n.ID); err != nil {
			t.Fatal(err)
		}
		var hash string
		if err := db.Get(&hash, "SELECT hash FROM secrets WHERE subject_id = $1", n.ID); err != nil {
			t.Fatal(err)
		}
		if row.Credential == "" || strings.Contains(row.Credential, "ashby") || strings.Contains(hash, key[14:]) || strings.Contains(row.Prefix, key[20:]) {
			t.Errorf("kept in the open: %q %q %q", row.Credential, row.Prefix, hash)
		}
		parcel := func(n assess.Connection, h *assesstest.House) assess.Parcel {
			page, err := h.Invitations(t.Context(), h.Owner, assess.InvitationFilter{})
			if err != nil {
				t.Fatal(err)
			}
			return assess.Parcel{Target: n.ID, Event: assess.Event{Organization: n.Organization, Invitation: page.Invitations[0].ID}}
		}
		told, err := h.TellingFor(t.Context(), parcel(n, h))
		if err != nil || told.Calling.Credential != "ashby-credential" || told.Calling.URL.String() != "https://api.ashbyhq.com" {
			t.Fatalf("opened: %+v (%v)", told.Calling, err)
		}
		if _, err := db.Exec("UPDATE connections SET credential = $1 WHERE id = $2", row.Credential, other.ID); err != nil {
			t.Fatal(err)
		}
		if told, err := h.TellingFor(t.Context(), parcel(other, neighbour)); err == nil {
			t.Errorf("a credential that was moved opens: %q", told.Calling.Credential)
		}
		if err := h.Disconnect(t.Context(), h.Owner, n.ID); err != nil {
			t.Fatal(err)
		}
		if err := db.Get(&row, "SELECT credential, prefix FROM connections WHERE organization_id = $1 AND id = $2", n.Organization, n.ID); err != nil || row.Credential != "" {
			t.Errorf("after the end the credential is %q (%v)", row.Credential, err)
		}
		if _, err := h.TellingFor(t.Context(), parcel(n, h)); !errors.Is(err, assess.ErrDisconnected) {
			t.Errorf("telling through a connection that has ended: %v", err)
		}
		if err := h.Disconnect(t.Context(), h.Owner, n.ID); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("ending it twice: %v", err)
		}
		if err := h.SetConnectionSecrets(t.Context(), h.Owner, n.ID, "new", ""); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("a secret for what has ended: %v", err)
		}
	})
}

func TestABadConnectionNamesTheField(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	for _, c := range []struct {
		change func(*assess.NewConnection)
		field  string
		word   string
	}{
		{func(n *assess.NewConnection) { n.Vendor = "other" }, "vendor", assess.WordUnknown},
		{func(n *assess.NewConnection) { n.Language = "de" }, "language", assess.WordUnknown},
		{func(n *assess.NewConnection) { n.Name = strings.Repeat("x", 121) }, "name", assess.WordTooLong},
		{func(n *assess.NewConnection) { n.Hosts = nil }, "hosts", assess.WordRequired},
		{func(n *assess.NewConnection) { n.Hosts = []string{"https://acme.workable.com"} }, "hosts", assess.WordHost},
		{func(n *assess.NewConnection) { n.Hosts = []string{"*.workable.com"} }, "hosts", assess.WordHost},
		{func(n *assess.NewConnection) { n.Hosts = []string{"acme.workable.com/x"} }, "hosts", assess.WordHost},
		{func(n *assess.NewConnection) { n.Credential = "a\r\nX-Evil: 1" }, "credential", assess.WordForbidden},
		{func(n *assess.NewConnection) { n.Vendor, n.Base = assess.Ashby, "http://api.ashbyhq.com" }, "base", assess.WordAddress},
		{func(n *assess.NewConnection) { n.Vendor, n.Base = assess.Ashby, "https://10.0.0.1" }, "base", assess.WordAddress},
		{func(n *assess.NewConnection) { n.Vendor, n.Base = assess.Ashby, "https://user:pass@api.ashbyhq.com" }, "base", assess.WordAddress},
		{func(n *assess.NewConnection) { n.Vendor = assess.Recruitee }, "account", assess.WordRequired},
		{func(n *assess.NewConnection) { n.Vendor, n.Account, n.Signing = assess.Kombo, "a", "é" }, "signing", assess.WordForbidden},
	} {
		in := assess.NewConnection{Vendor: assess.Workable, Language: questions.English, Hosts: []string{"acme.workable.com"}}
		c.change(&in)
		_, _, err := h.Connect(t.Context(), h.Owner, in)
		var faults assess.FieldErrors
		if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Field != c.field || faults[0].Word != c.word {
			t.Errorf("want %s: %s, got %v", c.field, c.word, err)
		}
	}
}

// Erasing a candidate takes the vendor's order along; its name is nobody's then.
func TestErasingTakesTheOrderAlong(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	n, by, _ := atAshby(t, h)
	inv, err := h.Invite(t.Context(), by, ordered(h, "1", "ann@example.test"))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Erase(t.Context(), h.Owner, inv.Candidate.ID); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := h.Database().Get(&left, "SELECT COUNT(*) FROM connection_orders WHERE connection_id = $1", n.ID); err != nil || left != 0 {
		t.Errorf("%d orders are left (%v)", left, err)
	}
	if _, err := h.VendorOrder(t.Context(), by, inv.ID); !errors.Is(err, assess.ErrNotFound) {
		t.Errorf("the order is still there: %v", err)
	}
}
