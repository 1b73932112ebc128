package assess_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// device is a browser window on a sitting: what it last learned of one item.
type device struct {
	revision int64
	response questions.Response
}

// register is one item of one sitting with everything that was acknowledged of it:
// acked[r] is the answer some device was told is kept as revision r+1.
type register struct {
	mu    sync.Mutex
	acked []questions.Response
}

// saw checks what a device was told against what others were told. Two different
// answers under one revision would be an answer overwritten in silence.
func (r *register) saw(k assess.Kept) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k.Revision == 0 {
		if !k.Response.Blank() {
			return fmt.Errorf("revision 0 holds %+v", k.Response)
		}
		return nil
	}
	for int64(len(r.acked)) < k.Revision {
		r.acked = append(r.acked, questions.Response{Best: "?"}) // acknowledged to another device that has not noted it yet
	}
	known := &r.acked[k.Revision-1]
	if known.Best == "?" {
		*known = k.Response
	}
	if !reflect.DeepEqual(*known, k.Response) {
		return fmt.Errorf("revision %d is %+v to one device and %+v to another", k.Revision, *known, k.Response)
	}
	return nil
}

// acts lets a device answer a few times, now and then from a stale memory, with a
// repeat, or with a jump ahead, and checks each reply: kept under the very revision
// it was sent with, else told the stored value, which is never older than what the
// device knew.
func (d *device) acts(ctx context.Context, c *assess.Center, r *register, seat assess.Seat, position int, mine []questions.Response, dice *rand.Rand) error {
	for range 1 + dice.IntN(3) {
		save := assess.Save{Position: position, Revision: d.revision + 1, Response: mine[dice.IntN(len(mine))]}
		switch dice.IntN(8) {
		case 0:
			save.Revision += 1 + dice.Int64N(3)
		case 1:
			if d.revision > 0 {
				save.Revision, save.Response = d.revision, d.response
			}
		}
		k, err := c.Answer(ctx, seat, save)
		if err != nil && !errors.Is(err, assess.ErrStale) {
			return err
		}
		if wrong := r.saw(k); wrong != nil {
			return wrong
		}
		switch {
		case err == nil && (k.Revision != save.Revision || !reflect.DeepEqual(k.Response, save.Response)):
			return fmt.Errorf("sent %+v, was told %+v is kept", save, k)
		case err != nil && k.Revision == save.Revision && reflect.DeepEqual(k.Response, save.Response):
			return fmt.Errorf("told that %+v is stale although it is what is stored", save)
		case err != nil && k.Revision < d.revision:
			return fmt.Errorf("knew revision %d, was told that %d is stored", d.revision, k.Revision)
		}
		if err == nil || dice.IntN(3) > 0 { // now and then a device does not look at the reply
			d.revision, d.response = k.Revision, k.Response
		}
	}
	return nil
}

// Two devices answer the same item at the same moment, each from what it last
// learned; a meeting is one such interleaving. Their answers never coincide, so an
// answer tells whose it is.
func meet(t *testing.T, h *assesstest.House, second *assess.Center, sittings, rounds int) {
	ctx := t.Context()
	type place struct {
		seat     assess.Seat
		position int
		seed     uint64
	}
	places := make(chan place, sittings*len(h.Form.Items))
	for n := range sittings {
		p := h.Invited(fmt.Sprint("Person ", n)).Started()
		for position := range h.Form.Items {
			places <- place{p.Seat, position, uint64(n*len(h.Form.Items) + position)}
		}
	}
	close(places)
	var workers sync.WaitGroup
	for range 32 {
		workers.Go(func() {
			for at := range places {
				answers := h.Responses(at.position)
				half := len(answers) / 2
				var r register
				var here, there device
				for round := range rounds {
					var errHere, errThere error
					var both sync.WaitGroup
					both.Go(func() {
						errHere = here.acts(ctx, h.Center, &r, at.seat, at.position, answers[:half], rand.New(rand.NewPCG(at.seed, uint64(2*round))))
					})
					both.Go(func() {
						errThere = there.acts(ctx, second, &r, at.seat, at.position, answers[half:], rand.New(rand.NewPCG(at.seed, uint64(2*round+1))))
					})
					both.Wait()
					if err := errors.Join(errHere, errThere); err != nil {
						t.Errorf("sitting %s, position %d, meeting %d: %v", at.seat.Sitting, at.position, round, err)
						return
					}
				}
				s, err := h.Sitting(ctx, at.seat)
				if err != nil {
					t.Error(err)
					return
				}
				last := s.Kept[at.position]
				if wrong := r.saw(last); wrong != nil {
					t.Errorf("sitting %s, position %d at the end: %v", at.seat.Sitting, at.position, wrong)
				}
				if int(last.Revision) != len(r.acked) {
					t.Errorf("sitting %s, position %d: revision %d is stored, %d was acknowledged", at.seat.Sitting, at.position, last.Revision, len(r.acked))
				}
				for n, k := range r.acked {
					if k.Best == "?" {
						t.Errorf("sitting %s, position %d: nobody was told of revision %d", at.seat.Sitting, at.position, n+1)
					}
				}
			}
		})
	}
	workers.Wait()
}

func TestTwoDevicesNeverOverwriteInSilence(t *testing.T) {
	t.Run("SQLite, 10,080 meetings", func(t *testing.T) {
		h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
		meet(t, h, h.Center, 6, 70)
	})
	t.Run("PostgreSQL through two servers, 1,440 meetings", func(t *testing.T) {
		h := assesstest.Open(t, assesstest.Postgres(t))
		meet(t, h, h.Second(), 6, 10)
	})
}
