package questions

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// random is a small program of whole numbers, and every solution of it found by
// looking at all values.
func random(dice *rand.Rand) (p *program, solutions map[string]bool) {
	p = &program{}
	most := make([]int64, 2+dice.IntN(4))
	for n := range most {
		most[n] = int64(1 + dice.IntN(3))
		p.variable(most[n])
	}
	for range 1 + dice.IntN(5) {
		var parts []part
		for n := range most {
			parts = append(parts, part{n, int64(dice.IntN(7) - 3)})
			if dice.IntN(2) == 0 {
				parts[n].weight = int64(dice.IntN(2))
			}
		}
		lo, hi := -unbounded, unbounded
		if dice.IntN(3) > 0 {
			lo = int64(dice.IntN(9) - 3)
		}
		if dice.IntN(3) > 0 {
			hi = max(lo, int64(dice.IntN(7)-2))
		}
		p.sum(lo, hi, parts)
	}
	solutions = map[string]bool{}
	values := make([]int64, len(most))
	for {
		if p.holds(values) {
			solutions[key(values)] = true
		}
		n := 0
		for n < len(values) && values[n] == most[n] {
			values[n] = 0
			n++
		}
		if n == len(values) {
			return p, solutions
		}
		values[n]++
	}
}

// holds adds up every row anew.
func (p *program) holds(values []int64) bool {
	for _, r := range p.rows {
		sum := int64(0)
		for _, t := range r.parts {
			sum += t.weight * values[t.at]
		}
		if sum < r.lo || sum > r.hi {
			return false
		}
	}
	return true
}

func key(values []int64) string {
	text := make([]byte, len(values))
	for n, v := range values {
		text[n] = byte('0' + v)
	}
	return string(text)
}

// The search finds a solution exactly where there is one, and, when each is turned
// down, comes upon every one that could be asked for.
func TestSolveAgainstLookingAtAllValues(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 7))
	none := 0
	for round := range 3_000 {
		p, solutions := random(dice)
		before := slices.Clone(p.rows)
		offered := map[string]bool{}
		ok, left := p.solve(newDice(uint64(round), 0), 1_000_000, func(values []int64) bool {
			if !p.holds(values) {
				t.Fatalf("round %d: %v does not keep the rows", round, values)
			}
			offered[key(values)] = true
			return false
		})
		if ok || left < 0 {
			t.Fatalf("round %d: every solution was turned down, yet %v, %v", round, ok, left)
		}
		if len(offered) != len(solutions) {
			t.Fatalf("round %d: %d solutions were offered, there are %d", round, len(offered), len(solutions))
		}
		ok, _ = p.solve(newDice(uint64(round), 1), 1_000_000, p.holds)
		if ok != (len(solutions) > 0) {
			t.Fatalf("round %d: solved %v with %d solutions", round, ok, len(solutions))
		}
		for n, r := range p.rows {
			if b := before[n]; r.least != b.least || r.most != b.most {
				t.Fatalf("round %d: row %d is left at %d to %d, was %d to %d", round, n, r.least, r.most, b.least, b.most)
			}
		}
		if len(solutions) == 0 {
			none++
		}
	}
	if none < 300 || none > 2_700 {
		t.Errorf("%d of 3000 programs have no solution: the test says little", none)
	}
}

// few is a bank of a handful of items with few tags, of which often no form can be
// made, and a blueprint for it.
func few(dice *rand.Rand) (Bank, Blueprint) {
	b := Bank{Facts: map[string]Fact{}}
	for n := range 4 + dice.IntN(4) {
		i := Item{
			ID: string(rune('a' + n)), Quality: Communication, Facet: Facets[Communication][dice.IntN(2)], Kind: Kinds[dice.IntN(2)],
			Status: DraftAuthorKey, Jurisdiction: AnyJurisdiction, Duties: []string{Duties[dice.IntN(3)]}, Mindsets: []string{"M1"}, Sensitive: dice.IntN(2) == 0,
			Problem: Problems[dice.IntN(3)], Options: []Option{{ID: "A", Effectiveness: 4}, {ID: "B", Effectiveness: 1}},
		}
		if dice.IntN(3) == 0 {
			i.Enemies = []string{string(rune('a' + dice.IntN(6)))}
		}
		b.Items = append(b.Items, i)
	}
	count := func() int { return dice.IntN(3) }
	bp := Blueprint{
		Kinds: map[Kind]int{BestWorst: count(), Rate: count()}, SameProblem: 1 + dice.IntN(2), Sensitive: dice.IntN(2), Duty: dice.IntN(2),
		Gender: Range{0, 100}, Run: 9, Limit: 999,
	}
	first := dice.IntN(bp.Kinds[BestWorst] + bp.Kinds[Rate] + 1)
	bp.Facets = map[Facet]int{Facets[Communication][0]: first, Facets[Communication][1]: bp.Kinds[BestWorst] + bp.Kinds[Rate] - first}
	return b, bp
}

// A conflict is held against all forms there are: no form keeps its requirements
// together, and every smaller set is kept by some form.
func TestConflictIsTheSmallest(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 9))
	conflicts, sizes := 0, map[int]int{}
	for round := range 250 {
		b, bp := few(dice)
		if bp.Items() == 0 {
			continue
		}
		r := Request{Blueprint: bp, Jurisdiction: "CN", On: "2026-11-25", Seed: uint64(round)}
		a := asked{items: b.Items, forms: 1, constraints: b.constraints(r)}
		var kept []set // What each possible form keeps.
		for chosen := range 1 << len(b.Items) {
			var form []int
			for n := range b.Items {
				if chosen>>n&1 == 1 {
					form = append(form, n)
				}
			}
			kept = append(kept, a.met([][]int{form}))
		}
		possible := func(which set) bool {
			return slices.ContainsFunc(kept, func(k set) bool { return which.without(k).empty() })
		}
		_, err := b.AssembleAll(r)
		if ok := possible(everyOne(len(a.constraints))); ok != (err == nil) {
			t.Fatalf("round %d: a form exists: %v, Assemble: %v", round, ok, err)
		}
		if err == nil {
			continue
		}
		conflict := err.(*Conflict)
		clash := newSet(len(a.constraints))
		for n, c := range a.constraints {
			if slices.ContainsFunc(conflict.Requirements, func(l Line) bool { return l.Quota == c.Quota && l.Of == c.Of }) {
				clash.add(n)
			}
		}
		if !conflict.Proven || clash.count() != len(conflict.Requirements) || possible(clash) {
			t.Fatalf("round %d: these do not clash: %v", round, conflict)
		}
		for smaller := range subsets(len(a.constraints), clash.count()-1) {
			if !possible(smaller) {
				t.Fatalf("round %d: %v is not the smallest: %v clash too", round, conflict, smaller)
			}
		}
		conflicts++
		sizes[clash.count()]++
	}
	if conflicts < 60 || len(sizes) < 3 {
		t.Errorf("%d conflicts of sizes %v: the test says little", conflicts, sizes)
	}
}

// subsets yields every set of so many of 0..size−1.
func subsets(size, count int) func(func(set) bool) {
	return func(yield func(set) bool) {
		var choose func(from int, chosen set, more int) bool
		choose = func(from int, chosen set, more int) bool {
			if more == 0 {
				return yield(chosen)
			}
			for n := from; n <= size-more; n++ {
				with := chosen.copy()
				with.add(n)
				if !choose(n+1, with, more-1) {
					return false
				}
			}
			return true
		}
		choose(0, newSet(size), count)
	}
}

// An order is found exactly where there is one.
func TestArrangeAgainstLookingAtAllOrders(t *testing.T) {
	dice := rand.New(rand.NewPCG(5, 5))
	found, none := 0, 0
	for round := range 500 {
		items := make([]Item, 1+dice.IntN(6))
		for n := range items {
			items[n] = Item{ID: string(rune('a' + n)), Quality: Qualities[dice.IntN(2)], Kind: []Kind{Rank, Rate}[dice.IntN(2)]}
		}
		bp := Blueprint{Run: 1 + dice.IntN(3)}
		sound := func(order []Item) bool { return longestRun(order) <= bp.Run && ranksTogether(order) == 0 }
		exists := false
		for order := range orders(items) {
			exists = exists || sound(order)
		}
		ordered, ok := arrange(bp, items, newDice(uint64(round), 0))
		if ok != exists || ok && (!sound(ordered) || len(ordered) != len(items)) {
			t.Fatalf("round %d: %v, %v; an order exists: %v", round, ordered, ok, exists)
		}
		if arrangeable(items, bp.Run, true) != exists {
			t.Fatalf("round %d: arrangeable is not %v", round, exists)
		}
		if ok {
			found++
		} else {
			none++
		}
	}
	if found < 50 || none < 50 {
		t.Errorf("%d orders found, %d times none: the test says little", found, none)
	}
}

// orders yields every order of the items.
func orders(items []Item) func(func([]Item) bool) {
	return func(yield func([]Item) bool) {
		var lay func(n int) bool
		lay = func(n int) bool {
			if n == len(items) {
				return yield(items)
			}
			for k := n; k < len(items); k++ {
				items[n], items[k] = items[k], items[n]
				goOn := lay(n + 1)
				items[n], items[k] = items[k], items[n]
				if !goOn {
					return false
				}
			}
			return true
		}
		lay(0)
	}
}
