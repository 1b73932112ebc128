package assess_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

func TestAnErasedCandidateLeavesNothingButIDs(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		population(t, h, 3, 21, questions.English)
		without := h.Counters(t.Context(), h.Owner.Organization, h.Assessment.ID, questions.English)

		order := func(o *assess.Order) {
			o.Email, o.Reference, o.IdempotencyKey, o.Fingerprint = "zoe@zanzibar.test", "REQ-ZANZIBAR", "zanzibar", "zanzibar"
		}
		zoe := h.Invited("Zoe Zanzibar", order).Started().Answers()
		if _, err := h.Submit(t.Context(), zoe.Seat); err != nil {
			t.Fatal(err)
		}
		said := assess.Demographics{Sex: "female", Age: "35_44"}
		if err := h.GiveDemographics(t.Context(), zoe.Seat, said, assess.Consent{NoticeHash: "purpose"}); err != nil {
			t.Fatal(err)
		}
		again := h.Invited("Zoe Zanzibar", order, func(o *assess.Order) { o.IdempotencyKey = "second" }).Started().Answers(0, 1)
		if again.Invitation.Candidate.ID != zoe.Invitation.Candidate.ID {
			t.Fatal("the same address is another person")
		}
		if err := h.Fold(t.Context()); err != nil { // counted: it must be subtracted
			t.Fatal(err)
		}
		verified(t, h, 4)
		sealed(t, h)
		if err := h.Erase(t.Context(), h.Owner, zoe.Invitation.Candidate.ID); err != nil {
			t.Fatal(err)
		}

		for table, rows := range dump(t, h.Database()) {
			for _, row := range rows {
				if strings.Contains(strings.ToLower(row), "zanzibar") {
					t.Errorf("%s still says %s", table, row)
				}
				if table != "audit_entries" && table != "audit_inbox" {
					for _, id := range []uuid.UUID{zoe.Invitation.ID, zoe.Seat.Sitting, zoe.Invitation.Candidate.ID, again.Invitation.ID, again.Seat.Sitting} {
						if strings.Contains(row, id.String()) {
							t.Errorf("%s still has %s", table, id)
						}
					}
				}
			}
		}
		if got := h.Counters(t.Context(), h.Owner.Organization, h.Assessment.ID, questions.English); !reflect.DeepEqual(got, without) {
			t.Error("the statistics are not what they were without the person")
		}
		verified(t, h, 3)
		for _, p := range []*assesstest.Person{zoe, again} {
			if _, err := h.Welcome(t.Context(), assesstest.LinkToken(p.Link)); !errors.Is(err, assess.ErrLinkUnknown) {
				t.Errorf("the link: %v", err)
			}
			if err := p.Save(t.Context(), 0, 9, h.Keyed(0)); !errors.Is(err, assess.ErrUnauthenticated) {
				t.Errorf("an answer from the seat: %v", err)
			}
			if _, err := h.Submit(t.Context(), p.Seat); !errors.Is(err, assess.ErrUnauthenticated) {
				t.Errorf("a submission from the seat: %v", err)
			}
			if _, err := h.Report(t.Context(), h.Owner, p.Invitation.ID); !errors.Is(err, assess.ErrNotFound) {
				t.Errorf("the report: %v", err)
			}
		}
		sealed(t, h) // fails when the chain is broken
		entries, err := h.AuditEntries(t.Context(), h.Owner, 0, 1)
		if err != nil || len(entries) != 1 || entries[0].Action != "candidate.erased" || entries[0].Subject != zoe.Invitation.Candidate.ID || entries[0].Detail != "" {
			t.Errorf("the last audit entry is %+v, %v", entries, err)
		}
		if err := h.Erase(t.Context(), h.Owner, zoe.Invitation.Candidate.ID); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("erased twice: %v", err)
		}
	})
}

func TestWhoMayErase(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ann := h.Invited("Ann")
	for _, role := range assess.Roles {
		by := h.Owner
		by.Role = role
		err := h.Erase(t.Context(), by, uuid.New())
		if may := role == assess.Owner || role == assess.Recruiter; may != errors.Is(err, assess.ErrNotFound) {
			t.Errorf("%s: %v", role, err)
		}
	}
	if err := h.Erase(t.Context(), h.Neighbour().Owner, ann.Invitation.Candidate.ID); !errors.Is(err, assess.ErrNotFound) {
		t.Errorf("a neighbour: %v", err)
	}
	if _, err := h.Welcome(t.Context(), assesstest.LinkToken(ann.Link)); err != nil {
		t.Errorf("somebody who may not erase did: %v", err)
	}
}

// Counts that only wait are taken off the queue, counts that are kept are subtracted;
// whichever it was, everybody erased leaves zeros.
func TestErasingEverybodyLeavesZeros(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		people := population(t, h, 4, 22, questions.English)
		if err := h.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		people = append(people, population(t, h, 3, 23, questions.English)...)
		for n, p := range people {
			if n%2 == 0 {
				if err := h.GiveDemographics(t.Context(), p.Seat, assess.Demographics{Sex: "male"}, assess.Consent{NoticeHash: "purpose"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for i := len(people) - 1; i >= 0; i-- {
			if err := h.Erase(t.Context(), h.Owner, people[i].Invitation.Candidate.ID); err != nil {
				t.Fatal(err)
			}
			verified(t, h, int64(i))
			if i == 4 {
				if err := h.Fold(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for at, n := range h.Counters(t.Context(), h.Owner.Organization, h.Assessment.ID, questions.English) {
			if n != 0 {
				t.Fatalf("counter %d is %d", at, n)
			}
		}
	})
}
