// Package notify sends what the outbox holds: it asks the center what is due,
// lets a sender of the target's kind carry it, and tells the center what came of
// it. What may be sent, and when again, the center decides.
package notify

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/fourfold/fourfold/assess"
)

// Sender takes a message to its target. It answers within the context's time and
// never follows where the target points. Its outcome is all that is kept.
type Sender interface {
	Send(ctx context.Context, p assess.Parcel) assess.Outcome
}

const (
	// pause is how long the outbox and the targets are left alone when nothing is due.
	pause = time.Second

	// mostTargets is how many targets are worked at a time. Each waits for its own
	// answers alone, so it bounds memory, not speed.
	mostTargets = 256

	// abreast is how many messages are on their way to one target at a time.
	abreast = 8
)

// Run sends until the context ends; what is on its way then is waited for.
func Run(ctx context.Context, center *assess.Center, senders map[assess.TargetKind]Sender, log *slog.Logger) {
	office := &office{center: center, senders: senders, log: log, free: make(chan struct{}, mostTargets), again: make(chan struct{}, 1)}
	defer office.under.Wait()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := office.round(ctx); err != nil && ctx.Err() == nil {
			log.Error("messages wait", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-office.again:
		}
	}
}

// office is what is under way.
type office struct {
	center  *assess.Center
	senders map[assess.TargetKind]Sender
	log     *slog.Logger
	free    chan struct{} // Holds one for each target that is worked.
	again   chan struct{} // A target was left and may have more.
	under   sync.WaitGroup
}

// round empties the outbox and begins on every target something is due for.
func (o *office) round(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := o.center.HandOut(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	room := mostTargets - len(o.free)
	if room == 0 || ctx.Err() != nil {
		return nil
	}
	loads, err := o.center.TakeTargets(ctx, room)
	for _, load := range loads {
		o.free <- struct{}{}
		o.under.Go(func() {
			defer func() { <-o.free }()
			o.work(ctx, load)
		})
	}
	return err
}

// work sends a load, several messages at a time, and leaves the target. A server
// that is told to stop begins on nothing more, but what it began it finishes.
func (o *office) work(ctx context.Context, load assess.Load) {
	lasting := context.WithoutCancel(ctx)
	until := time.Now().Add(assess.LoadWindow)
	var under sync.WaitGroup
	lanes := make(chan struct{}, abreast)
	for _, p := range load.Parcels {
		lanes <- struct{}{}
		if ctx.Err() != nil || time.Now().After(until) {
			break
		}
		under.Go(func() {
			defer func() { <-lanes }()
			if err := o.center.Tried(lasting, p, o.send(lasting, p)); err != nil {
				o.log.Error("an attempt was not kept", "delivery", p.Delivery, "error", err)
			}
		})
	}
	under.Wait()
	if err := o.center.LeaveTarget(lasting, load); err != nil {
		o.log.Error("a target was not left", "target", load.Target, "error", err)
	}
	select {
	case o.again <- struct{}{}:
	default:
	}
}

// send lets a sender carry one message. A sender that fails in an unforeseen way
// fails this message alone.
func (o *office) send(ctx context.Context, p assess.Parcel) (out assess.Outcome) {
	began := time.Now()
	defer func() {
		if what := recover(); what != nil {
			o.log.Error("panic", "delivery", p.Delivery, "panic", what)
			out = assess.Outcome{Verdict: assess.Again, Reason: assess.ReasonInternal, Detail: "panic", Took: time.Since(began)}
		}
	}()
	sender, known := o.senders[p.Kind]
	if !known {
		return assess.Outcome{Verdict: assess.Again, Reason: assess.ReasonInternal, Detail: fmt.Sprintf("nothing here sends to %s", p.Kind)}
	}
	ctx, cancel := context.WithTimeout(ctx, assess.AttemptTime)
	defer cancel()
	out = sender.Send(ctx, p)
	if out.Took == 0 {
		out.Took = time.Since(began)
	}
	if out.Verdict != assess.Arrived {
		o.log.Info("not delivered", "delivery", assess.FormatID(assess.DeliveryID, p.Delivery), "attempt", p.Attempt,
			"verdict", out.Verdict, "reason", out.Reason, "status", out.Status)
	}
	return out
}
