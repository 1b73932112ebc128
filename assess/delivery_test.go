package assess_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// endpoint adds a webhook endpoint for the kinds of event given.
func endpoint(t *testing.T, h *assesstest.House, host string, kinds ...assess.EventKind) assess.Endpoint {
	t.Helper()
	e, _, err := h.AddEndpoint(t.Context(), h.Owner, assess.NewEndpoint{URL: "https://" + host + "/hooks", Events: kinds})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func answer(v assess.Verdict, status int) func(assess.Parcel) assess.Outcome {
	return func(assess.Parcel) assess.Outcome {
		o := assess.Outcome{Verdict: v, Status: status, Request: "POST https://a.example/hooks"}
		if v != assess.Arrived {
			o.Reason = assess.ReasonStatus
		}
		return o
	}
}

func kindsOf(sent []assess.Parcel) string {
	var kinds []string
	for _, p := range sent {
		kinds = append(kinds, string(p.Event.Kind))
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

func deliveries(t *testing.T, h *assesstest.House, target uuid.UUID) []assess.Delivery {
	t.Helper()
	page, err := h.Deliveries(t.Context(), h.Owner, assess.DeliveryFilter{Target: target})
	if err != nil {
		t.Fatal(err)
	}
	return page.Deliveries
}

// The whole life of a candidate is told, in ids, to those who asked.
func TestWhatHappensIsHandedToThoseWhoAsked(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		all := endpoint(t, h, "all.example")
		results := endpoint(t, h, "results.example", assess.ResultReady, assess.ResultReady)
		neighbour := h.Neighbour()
		foreign := endpoint(t, neighbour, "foreign.example")
		if len(results.Events) != 1 {
			t.Errorf("asked twice for one kind: %v", results.Events)
		}

		ann := h.Invited("Ann").Started().Answers(0)
		if _, err := h.Submit(t.Context(), ann.Seat); err != nil {
			t.Fatal(err)
		}
		bob := h.Invited("Bob").Entered()
		if err := h.Withdraw(t.Context(), bob.Seat); err != nil {
			t.Fatal(err)
		}
		if err := h.CancelInvitation(t.Context(), h.Owner, h.Invited("Cid").Invitation.ID); err != nil {
			t.Fatal(err)
		}
		late := h.Invited("Dan").Started()
		h.Invited("Eve")
		h.Clock.Advance(20 * 24 * time.Hour) // sittings and invitations run out
		if err := h.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}

		told := map[uuid.UUID][]assess.Parcel{}
		for _, p := range h.Post(answer(assess.Arrived, 204)) {
			told[p.Target] = append(told[p.Target], p)
		}
		want := strings.Join([]string{
			"invitation.cancelled", "invitation.created", "invitation.created", "invitation.created", "invitation.created", "invitation.created",
			"invitation.expired", "invitation.opened", "invitation.opened", "invitation.opened", "result.ready", "result.ready",
			"sitting.expired", "sitting.started", "sitting.started", "sitting.submitted", "sitting.withdrawn",
		}, " ")
		if got := kindsOf(told[all.ID]); got != want {
			t.Errorf("told\n%s\nwant\n%s", got, want)
		}
		if got := kindsOf(told[results.ID]); got != "result.ready result.ready" {
			t.Errorf("who asked for results alone is told %s", got)
		}
		if len(told[foreign.ID]) != 0 {
			t.Errorf("another organization is told %s", kindsOf(told[foreign.ID]))
		}
		events := map[uuid.UUID]assess.EventKind{}
		for _, p := range told[all.ID] {
			if _, twice := events[p.Event.ID]; twice {
				t.Errorf("event %s twice", p.Event.ID)
			}
			events[p.Event.ID] = p.Event.Kind
			if p.Event.Kind == assess.SittingExpired && (p.Event.Sitting != late.Seat.Sitting || p.Event.Invitation != late.Invitation.ID || p.Event.Assessment != h.Assessment.ID) {
				t.Errorf("%+v is not about %s", p.Event, late.Seat.Sitting)
			}
			if p.Event.Kind == assess.ResultReady && p.Event.Result == uuid.Nil {
				t.Errorf("%+v names no result", p.Event)
			}
		}
		for _, p := range told[results.ID] {
			if events[p.Event.ID] != assess.ResultReady {
				t.Errorf("event %s has another id at another endpoint", p.Event.ID)
			}
		}
		if again := h.Post(answer(assess.Arrived, 204)); len(again) != 0 {
			t.Errorf("told again: %s", kindsOf(again))
		}
	})
}

// What was rolled back is not told.
func TestWhatDidNotHappenIsNotTold(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		endpoint(t, h, "all.example")
		p := h.Invited("Ann")
		h.Post(answer(assess.Arrived, 200))
		if _, err := h.Invite(t.Context(), h.Owner, assess.Order{AssessmentID: uuid.New(), Name: "Bea", ExtraTime: 100, IdempotencyKey: "k"}); err == nil {
			t.Fatal("an unknown assessment was ordered")
		}
		if _, err := h.Submit(t.Context(), p.Entered().Seat); !errors.Is(err, assess.ErrNotStarted) {
			t.Fatal(err)
		}
		if got := kindsOf(h.Post(answer(assess.Arrived, 200))); got != "invitation.opened" {
			t.Errorf("told %s", got)
		}
	})
}

// Ten tries over 75 hours, each by the standard's schedule with a tenth of jitter;
// then the message is shown as given up, and can be sent again with the same id.
func TestTheScheduleOfTries(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		e := endpoint(t, h, "down.example", assess.InvitationCreated)
		h.Invited("Ann")
		standard := []time.Duration{0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
			10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
		var id uuid.UUID
		for i, wait := range standard {
			h.Clock.Advance(wait*9/10 - time.Second*min(1, wait))
			if early := h.Post(answer(assess.Again, 500)); len(early) != 0 && i > 0 {
				t.Fatalf("try %d came too early", i+1)
			} else if i > 0 {
				h.Clock.Advance(wait*2/10 + 2*time.Second)
				early = h.Post(answer(assess.Again, 500))
				if len(early) != 1 || early[0].Event.ID != id || early[0].Attempt != i+1 {
					t.Fatalf("try %d: %+v", i+1, early)
				}
			} else {
				id = early[0].Event.ID
			}
			want := assess.Pending
			if i == len(standard)-1 {
				want = assess.Dead
			}
			if d := deliveries(t, h, e.ID)[0]; d.State != want || d.Attempts != i+1 || d.Reason != assess.ReasonStatus {
				t.Fatalf("after try %d: %+v", i+1, d)
			}
		}
		h.Clock.Advance(30 * 24 * time.Hour)
		if late := h.Post(answer(assess.Arrived, 200)); len(late) != 0 {
			t.Fatalf("tried for ever: %+v", late)
		}
		if e, err := h.Endpoint(t.Context(), h.Owner, e.ID); err != nil || e.FailingSince.IsZero() {
			t.Errorf("the endpoint does not show that it fails: %+v, %v", e, err)
		}

		d := deliveries(t, h, e.ID)[0]
		if err := h.Resend(t.Context(), h.Owner, d.ID); err != nil {
			t.Fatal(err)
		}
		again := h.Post(answer(assess.Arrived, 200))
		if len(again) != 1 || again[0].Event.ID != id || again[0].Attempt != 11 {
			t.Fatalf("sent again: %+v", again)
		}
		d, err := h.Delivery(t.Context(), h.Owner, d.ID)
		if err != nil || d.State != assess.Delivered || len(d.Log) != 11 || d.Log[0].Status != 500 || d.Log[10].Status != 200 {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

// A target that asks to be left alone is, with all that is due for it.
func TestRetryAfterHoldsTheWholeTarget(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	e := endpoint(t, h, "busy.example", assess.InvitationCreated)
	h.Invited("Ann")
	asks := func(assess.Parcel) assess.Outcome {
		return assess.Outcome{Verdict: assess.Again, Status: 429, Reason: assess.ReasonStatus, Wait: time.Hour}
	}
	if sent := h.Post(asks); len(sent) != 1 {
		t.Fatal(sent)
	}
	h.Invited("Bea")
	h.Clock.Advance(59 * time.Minute)
	if sent := h.Post(answer(assess.Arrived, 200)); len(sent) != 0 {
		t.Errorf("%d sent while it asked to be left alone", len(sent))
	}
	for _, d := range deliveries(t, h, e.ID) {
		one, err := h.Delivery(t.Context(), h.Owner, d.ID)
		if want := assess.At(h.Clock.Now().Add(time.Minute)); err != nil || d.DueAt != want || one.DueAt != want {
			t.Errorf("due at %s and %s, want %s: %v", d.DueAt, one.DueAt, want, err)
		}
	}
	h.Clock.Advance(2 * time.Minute)
	if sent := h.Post(answer(assess.Arrived, 200)); len(sent) != 2 {
		t.Errorf("%d sent afterwards", len(sent))
	}
	for _, d := range deliveries(t, h, e.ID) {
		if d.State != assess.Delivered {
			t.Errorf("%+v", d)
		}
	}
}

func TestATargetThatIsGoneIsDisabled(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		e := endpoint(t, h, "gone.example", assess.InvitationCreated)
		other := endpoint(t, h, "other.example", assess.InvitationCreated)
		h.Invited("Ann")
		h.Invited("Bea")
		first := true
		h.Post(func(p assess.Parcel) assess.Outcome {
			if p.Target != e.ID {
				return assess.Outcome{Verdict: assess.Arrived}
			}
			if first {
				first = false
				return assess.Outcome{Verdict: assess.Gone, Status: 410, Reason: assess.ReasonGone}
			}
			return assess.Outcome{Verdict: assess.Again, Reason: assess.ReasonTimeout}
		})
		for _, d := range deliveries(t, h, e.ID) {
			if d.State != assess.Failed || d.Reason != assess.ReasonGone {
				t.Errorf("%+v", d)
			}
		}
		gone, err := h.Endpoint(t.Context(), h.Owner, e.ID)
		if err != nil || gone.DisabledFor != assess.DisabledGone {
			t.Errorf("%+v, %v", gone, err)
		}
		h.Invited("Cid")
		h.Clock.Advance(time.Hour)
		for _, p := range h.Post(answer(assess.Arrived, 200)) {
			if p.Target != other.ID {
				t.Errorf("%s is told of %s after it was gone", p.Target, p.Event.Kind)
			}
		}
		failed := deliveries(t, h, e.ID)[0]
		if err := h.Resend(t.Context(), h.Owner, failed.ID); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("sent again to what is disabled: %v", err)
		}
		if err := h.EnableEndpoint(t.Context(), h.Owner, e.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Resend(t.Context(), h.Owner, failed.ID); err != nil {
			t.Errorf("enabled again: %v", err)
		}
	})
}

// Two servers never work one target at the same time, and one that died holds it
// for no longer than an attempt.
func TestOneServerAtATimeWorksATarget(t *testing.T) {
	h := assesstest.Open(t, assesstest.Postgres(t))
	second := h.Second()
	endpoint(t, h, "a.example")
	h.Invited("Ann")
	if _, err := h.HandOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	loads, err := h.TakeTargets(t.Context(), 9)
	if err != nil || len(loads) != 1 || len(loads[0].Parcels) != 1 {
		t.Fatalf("%+v, %v", loads, err)
	}
	if other, err := second.TakeTargets(t.Context(), 9); err != nil || len(other) != 0 {
		t.Fatalf("the second server took it too: %+v, %v", other, err)
	}
	h.Clock.Advance(assess.AttemptTime + 6*time.Second)
	taken, err := second.TakeTargets(t.Context(), 9)
	if err != nil || len(taken) != 1 {
		t.Fatalf("a dead server holds it for ever: %+v, %v", taken, err)
	}
	for _, say := range []struct {
		c *assess.Center
		l assess.Load
	}{{second, taken[0]}, {h.Center, loads[0]}} {
		if err := say.c.Tried(t.Context(), say.l.Parcels[0], assess.Outcome{Verdict: assess.Arrived, Status: 200}); err != nil {
			t.Fatal(err)
		}
		if err := say.c.LeaveTarget(t.Context(), say.l); err != nil {
			t.Fatal(err)
		}
	}
	d := deliveries(t, h, taken[0].Target)
	if len(d) != 1 || d[0].State != assess.Delivered || d[0].Attempts != 1 {
		t.Errorf("tried by both, kept as %+v", d)
	}
}

// Many servers hand out one outbox; each event is delivered once to each target.
func TestManyServersHandOutEachEventOnce(t *testing.T) {
	h := assesstest.Open(t, assesstest.Postgres(t))
	e := endpoint(t, h, "a.example", assess.InvitationCreated)
	for range 30 {
		h.Invited("Ann")
	}
	servers := []*assess.Center{h.Center, h.Second(), h.Second()}
	inParallel(t, 3, func(n int) (int, error) { return servers[n].HandOut(t.Context()) })
	if got := deliveries(t, h, e.ID); len(got) != 30 {
		t.Errorf("%d deliveries of 30 events", len(got))
	}
}

func TestWhatWasDeliveredIsForgotten(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	good, bad := endpoint(t, h, "good.example", assess.InvitationCreated), endpoint(t, h, "bad.example", assess.InvitationCreated)
	h.Invited("Ann", func(o *assess.Order) { o.IdempotencyKey, o.Fingerprint = "k", "f" })
	h.Post(func(p assess.Parcel) assess.Outcome {
		if p.Target == good.ID {
			return assess.Outcome{Verdict: assess.Arrived, Status: 200}
		}
		return assess.Outcome{Verdict: assess.Refused, Reason: assess.ReasonRefused, Detail: "no " + strings.Repeat("x", 400)}
	})
	h.Clock.Advance(29 * 24 * time.Hour)
	if err := h.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := dump(t, h.Database()); len(rows["deliveries"]) != 2 || len(rows["idempotency_keys"]) != 1 {
		t.Errorf("forgotten too early: %d deliveries, %d keys", len(rows["deliveries"]), len(rows["idempotency_keys"]))
	}
	h.Clock.Advance(2 * 24 * time.Hour)
	if err := h.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := dump(t, h.Database())
	if len(rows["deliveries"]) != 1 || len(rows["attempts"]) != 1 || len(rows["idempotency_keys"]) != 0 {
		t.Errorf("kept: %d deliveries, %d attempts, %d keys", len(rows["deliveries"]), len(rows["attempts"]), len(rows["idempotency_keys"]))
	}
	d, err := h.Delivery(t.Context(), h.Owner, deliveries(t, h, bad.ID)[0].ID)
	if err != nil || d.State != assess.Failed || len([]rune(d.Log[0].Detail)) != 300 {
		t.Errorf("%+v, %v", d, err)
	}
}
