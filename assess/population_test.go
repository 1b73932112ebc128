package assess_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// answered lets a started person answer the first items, all at once. The abler of two
// random answers is kept as often as ability says, so that items share something.
func answered(t *testing.T, h *assesstest.House, p *assesstest.Person, items int, ability float64, dice *rand.Rand) {
	t.Helper()
	var all sync.WaitGroup
	for position := range items {
		item := h.Form.Items[position]
		choices := h.Responses(position)
		r := choices[dice.IntN(len(choices))]
		for range 3 {
			other := choices[dice.IntN(len(choices))]
			if dice.Float64() < ability && worth(item, other) > worth(item, r) {
				r = other
			}
		}
		spent := 4_000 + dice.Int64N(60_000)
		all.Go(func() {
			if _, err := h.Answer(t.Context(), p.Seat, assess.Save{Position: position, Revision: 1, Response: r, SpentMS: spent}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func worth(item questions.Item, r questions.Response) float64 {
	m, ok := item.Mark(r)
	if !ok {
		return -1
	}
	return float64(m.Num) / float64(m.Den)
}

// population is so many people who have sat the test: now and then one leaves the last
// items out, or has more time.
func population(t *testing.T, h *assesstest.House, n int, seed uint64, language questions.Lang) []*assesstest.Person {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 9))
	var people []*assesstest.Person
	for i := range n {
		p := h.Invited(fmt.Sprintf("Person %d-%d", seed, i), func(o *assess.Order) {
			o.Language = language
			if i%9 == 8 {
				o.ExtraTime = 150
			}
		}).Started()
		items := len(h.Form.Items)
		if i%7 == 6 {
			items -= 1 + dice.IntN(9)
		}
		answered(t, h, p, items, dice.Float64(), dice)
		h.Clock.Advance(20 * 60 * 1e9)
		if _, err := h.Submit(t.Context(), p.Seat); err != nil {
			t.Fatal(err)
		}
		people = append(people, p)
	}
	return people
}
