package assess_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// sealed seals what waits and returns how many entries the chain has.
func sealed(t *testing.T, h *assesstest.House) int64 {
	t.Helper()
	if err := h.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	n, err := h.VerifyAudit(t.Context(), h.Owner.Organization)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheAuditLogTellsTheStoryWithoutNames(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		zoe := h.Invited("Zoe Zanzibar", func(o *assess.Order) { o.Email, o.Reference = "zoe@zanzibar.test", "REQ-ZANZIBAR" }).Started().Answers()
		if _, err := h.Submit(t.Context(), zoe.Seat); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Report(t.Context(), h.Owner, zoe.Invitation.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SignIn(t.Context(), "olive@harbour.test", "a long enough password"); err != nil {
			t.Fatal(err)
		}
		waiting := dump(t, h.Database())["audit_inbox"]
		if n := sealed(t, h); n != int64(len(waiting)) || len(dump(t, h.Database())["audit_inbox"]) != 0 {
			t.Errorf("%d entries sealed of %d", n, len(waiting))
		}
		entries, err := h.AuditEntries(t.Context(), h.Owner, 0, 200)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(entries)
		var story []string
		for _, e := range entries {
			story = append(story, fmt.Sprintf("%s by %s", e.Action, e.ActorKind))
		}
		want := []string{
			"organization.set_up by member", "assessment.drafted by member", "assessment.published by member", "invitation.created by member",
			"invitation.opened by candidate", "sitting.consented by candidate", "sitting.started by candidate", "sitting.submitted by candidate",
			"result.read by member", "member.signed_in by member",
		}
		if !slices.Equal(story, want) {
			t.Errorf("the story is %q, want %q", story, want)
		}
		text := strings.Join(append(waiting, dump(t, h.Database())["audit_entries"]...), "\n")
		for _, secret := range []string{"Zoe", "Zanzibar", "ZANZIBAR", "zoe@", "Olive", "olive@", "Harbour", "ratings", "ranks", "chosen", "best"} {
			if strings.Contains(text, secret) {
				t.Errorf("the audit log holds %q", secret)
			}
		}

		page, err := h.AuditEntries(t.Context(), h.Owner, entries[4].Seq, 2)
		if err != nil || len(page) != 2 || page[0].Seq != entries[3].Seq || page[1].Seq != entries[2].Seq {
			t.Errorf("the two before the fifth: %+v, %v", page, err)
		}
		if n := h.Neighbour(); n != nil {
			foreign, err := h.AuditEntries(t.Context(), n.Owner, 0, 200)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range foreign {
				if e.Organization != n.Owner.Organization {
					t.Errorf("a neighbour reads %+v", e)
				}
			}
		}
	})
}

func TestTheChainRefusesToBeChanged(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		n := sealed(t, h)
		attempts := []string{"UPDATE audit_entries SET detail = 'x'", "UPDATE audit_entries SET detail = 'x' WHERE seq = 1", "DELETE FROM audit_entries", "DELETE FROM audit_entries WHERE seq = 1"}
		if h.Postgres() {
			attempts = append(attempts, "TRUNCATE audit_entries")
		}
		for _, attempt := range attempts {
			if _, err := h.Database().Exec(attempt); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", attempt, err)
			}
		}
		if sealed(t, h) != n {
			t.Error("the chain changed nevertheless")
		}
	})
}

// forge drops the guards, so that entries can be altered as one with the
// database's own password could.
func forge(t *testing.T, h *assesstest.House) *sqlx.DB {
	t.Helper()
	db := h.Database()
	drop := []string{"DROP TRIGGER audit_entries_kept", "DROP TRIGGER audit_entries_never_lost"}
	if h.Postgres() {
		drop = []string{"DROP TRIGGER audit_entries_kept ON audit_entries"}
	}
	for _, statement := range drop {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// chained is the hash an entry must have behind the one before it, written out as
// whoever checks an exported chain would write it.
func chained(e assess.AuditEntry, previous string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		previous, e.Organization.String(), strconv.FormatInt(e.Seq, 10), e.ID.String(), e.At.Format("2006-01-02T15:04:05.000000Z"),
		string(e.ActorKind), e.Actor.String(), e.Action, e.Subject.String(), e.Detail,
	}, "\x00")))
	return hex.EncodeToString(sum[:])
}

func TestEverySingleForgeryIsFound(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		if _, err := h.Submit(t.Context(), ann.Seat); err != nil {
			t.Fatal(err)
		}
		whole := sealed(t, h)
		db := forge(t, h)
		const all = "SELECT organization_id, seq, id, at, actor_kind, actor_id, action, subject_id, detail, hash FROM audit_entries ORDER BY seq"
		var entries []assess.AuditEntry
		if err := db.Select(&entries, all); err != nil {
			t.Fatal(err)
		}
		write := func(rows []assess.AuditEntry) {
			t.Helper()
			tx := db.MustBegin()
			tx.MustExec("DELETE FROM audit_entries")
			if _, err := tx.NamedExec(`
				INSERT INTO audit_entries (organization_id, seq, id, at, actor_kind, actor_id, action, subject_id, detail, hash)
				VALUES (:organization_id, :seq, :id, :at, :actor_kind, :actor_id, :action, :subject_id, :detail, :hash)`, rows); err != nil {
				t.Fatal(err)
			}
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		found := func(what string, rows []assess.AuditEntry) {
			t.Helper()
			write(rows)
			if n, err := h.VerifyAudit(t.Context(), h.Owner.Organization); err == nil {
				t.Errorf("%s: %d entries hold", what, n)
			}
		}
		last := len(entries) - 1
		previous := ""
		for i, e := range entries {
			if e.Hash != chained(e, previous) {
				t.Errorf("entry %d has the hash %s", i+1, e.Hash)
			}
			if i < last {
				forged := slices.Clone(entries)
				forged[i].Detail += "!"
				forged[i].Hash = chained(forged[i], previous)
				found(fmt.Sprintf("entry %d altered and hashed again", i+1), forged)
			}
			previous = e.Hash
			for field, alter := range map[string]func(e *assess.AuditEntry){
				"organization": func(e *assess.AuditEntry) { e.Organization = uuid.New() },
				"seq":          func(e *assess.AuditEntry) { e.Seq += 1000 },
				"id":           func(e *assess.AuditEntry) { e.ID[15] ^= 1 },
				"time":         func(e *assess.AuditEntry) { e.At = assess.At(e.At.Add(time.Microsecond)) },
				"actor kind":   func(e *assess.AuditEntry) { e.ActorKind = "member " },
				"actor":        func(e *assess.AuditEntry) { e.Actor = uuid.New() },
				"action":       func(e *assess.AuditEntry) { e.Action += "d" },
				"subject":      func(e *assess.AuditEntry) { e.Subject = uuid.Nil },
				"detail":       func(e *assess.AuditEntry) { e.Detail += " " },
				"hash":         func(e *assess.AuditEntry) { e.Hash = strings.Repeat("0", len(e.Hash)) },
			} {
				if field == "organization" && i == last {
					continue // the tail taken away; see below
				}
				forged := slices.Clone(entries)
				alter(&forged[i])
				found(fmt.Sprintf("another %s in entry %d (%s)", field, i+1, e.Action), forged)
			}
			if i < last {
				found(fmt.Sprintf("entry %d gone", i+1), slices.Delete(slices.Clone(entries), i, i+1))
				closed := slices.Delete(slices.Clone(entries), i, i+1)
				for n := i; n < len(closed); n++ {
					closed[n].Seq--
				}
				found(fmt.Sprintf("entry %d gone and the gap closed", i+1), closed)
			}
			for j := range i {
				swapped := slices.Clone(entries)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				swapped[i].Seq, swapped[j].Seq = swapped[j].Seq, swapped[i].Seq
				found(fmt.Sprintf("entries %d and %d in each other's place", j+1, i+1), swapped)
			}
		}
		// A chain alone cannot show that its tail is gone: the number of entries does,
		// to one who wrote it down.
		write(entries[:last])
		if n, err := h.VerifyAudit(t.Context(), h.Owner.Organization); err != nil || n != whole-1 {
			t.Errorf("without the last entry: %d of %d hold, %v", n, whole, err)
		}
	})
}

func TestTwoSealersMakeOneChain(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		n := h.Neighbour()
		servers := []*assess.Center{h.Center, h.Second()}
		over := make(chan struct{})
		var sealers sync.WaitGroup
		for _, c := range servers {
			sealers.Go(func() {
				for {
					if err := c.Seal(t.Context()); err != nil {
						t.Errorf("seal: %v", err)
					}
					h.Clock.Advance(4 * time.Second) // a lease lasts ten, so it changes hands
					select {
					case <-over:
						return
					case <-time.After(time.Millisecond):
					}
				}
			})
		}
		inParallel(t, 4, func(lane int) (struct{}, error) {
			house := []*assesstest.House{h, n}[lane%2]
			for range 20 {
				_, err := servers[lane/2].Invite(t.Context(), house.Owner, assess.Order{AssessmentID: house.Assessment.ID, Name: "Ann", ExtraTime: 100})
				if err != nil {
					return struct{}{}, err
				}
			}
			return struct{}{}, nil
		})
		close(over)
		sealers.Wait()
		h.Clock.Advance(time.Minute)
		if err := servers[1].Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		for house, want := range map[*assesstest.House]int64{h: 3 + 40, n: 2 + 40} {
			if n, err := h.VerifyAudit(t.Context(), house.Owner.Organization); err != nil || n != want {
				t.Errorf("%d entries hold, %v; want %d", n, err, want)
			}
		}
	})
}

func TestSealingManyAtOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		before := sealed(t, h)
		db := h.Database()
		tx := db.MustBegin()
		for n := range 1203 { // more than two batches
			if _, err := tx.Exec(`
				INSERT INTO audit_inbox (organization_id, id, at, actor_kind, actor_id, action, subject_id, detail)
				VALUES ($1, $2, $3, 'system', $4, 'test.done', $4, $5)`,
				h.Owner.Organization, uuid.Must(uuid.NewV7()), assess.At(h.Now()), uuid.New(), fmt.Sprint(n)); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if n := sealed(t, h); n != before+1203 {
			t.Errorf("%d entries, want %d", n, before+1203)
		}
	})
}
