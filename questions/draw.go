package questions

import "slices"

// The search gives up on an order of the items after so many steps, and on the
// quotas after so many orders: fewer of them when it only looks for the quota to
// blame. A form that can be drawn at all is nearly always drawn in the first order,
// in little more than one step per item.
const (
	stepsPerOrder = 300
	ordersToDraw  = 8
	ordersToBlame = 2
)

// draw chooses items for the form in a random way, all quotas met but those lifted.
func draw(bp Blueprint, pool []Item, d dice, orders int, lifted ...string) (items []Item, ok bool) {
	for range orders {
		s := search{bp: bp, lifted: lifted, steps: stepsPerOrder, total: bp.Items()}
		for _, n := range d.shuffled(len(pool)) {
			s.pool = append(s.pool, pool[n])
		}
		s.closed = make([]bool, len(pool))
		if s.complete() {
			return s.taken, true
		}
	}
	return nil, false
}

// search is a form being drawn: backtracking that always fills the tightest quota.
type search struct {
	bp     Blueprint
	lifted []string
	pool   []Item
	closed []bool // By index in pool: taken, or tried in vain.
	taken  []Item
	total  int // Items the form will have.
	steps  int
}

// complete takes further items until the form is whole.
func (s *search) complete() bool {
	have := countItems(s.taken)
	if len(s.taken) == s.total {
		return s.balanced(have, counts{}) && s.covered(have, counts{}, 0)
	}
	if s.steps == 0 {
		return false
	}
	s.steps--
	open := s.open(have)
	reach := countItems(nil)
	for _, n := range open {
		reach.add(s.pool[n])
	}
	if !s.balanced(have, reach) || !s.covered(have, reach, s.total-len(s.taken)) {
		return false
	}
	fitting, need := s.tightest(have, open)
	var tried []int
	for need > 0 && len(fitting) >= need {
		n := fitting[0]
		fitting, tried = fitting[1:], append(tried, n)
		s.closed[n] = true
		s.taken = append(s.taken, s.pool[n])
		if s.complete() {
			return true
		}
		s.taken = s.taken[:len(s.taken)-1]
	}
	for _, n := range tried {
		s.closed[n] = false
	}
	return false
}

// open lists the items that could be taken next, as indices in pool.
func (s *search) open(have counts) []int {
	var open []int
	for n, i := range s.pool {
		if !s.closed[n] && s.fits(have, i) {
			open = append(open, n)
		}
	}
	return open
}

// fits reports whether the form would keep every upper bound with the item in it.
func (s *search) fits(have counts, i Item) bool {
	switch {
	case have.kinds[cell{i.Quality, i.Kind}] >= s.bp.Kinds[i.Kind]:
	case have.facets[i.Facet] >= s.bp.Facets[i.Facet]:
	case have.surnames[i.Debtor.Surname] > 0 && s.asks(QuotaSurname):
	case have.problems[i.Problem] >= s.bp.SameProblem && s.asks(QuotaProblem):
	case i.Sensitive && have.sensitive >= s.bp.Sensitive && s.asks(QuotaSensitive):
	case s.hostile(have, i) && s.asks(QuotaEnemies):
	default:
		return true
	}
	return false
}

// hostile reports whether either names the other an enemy.
func (s *search) hostile(have counts, i Item) bool {
	return have.foes[i.ID] || slices.ContainsFunc(i.Enemies, func(id string) bool { return have.ids[id] })
}

func (s *search) asks(quota string) bool {
	return !slices.Contains(s.lifted, quota)
}

// tightest returns the open items of the quota with the least to spare, and how many
// of them it still needs.
func (s *search) tightest(have counts, open []int) (fitting []int, need int) {
	byKind, byFacet := map[cell][]int{}, map[Facet][]int{}
	for _, n := range open {
		i := s.pool[n]
		byKind[cell{i.Quality, i.Kind}] = append(byKind[cell{i.Quality, i.Kind}], n)
		byFacet[i.Facet] = append(byFacet[i.Facet], n)
	}
	least := len(open) + 1
	consider := func(candidates []int, wanted int) {
		if spare := len(candidates) - wanted; wanted > 0 && spare < least {
			least, fitting, need = spare, candidates, wanted
		}
	}
	for _, q := range Qualities {
		if s.bp.of(q) == 0 {
			continue
		}
		for _, kind := range Kinds {
			c := cell{q, kind}
			consider(byKind[c], s.bp.Kinds[kind]-have.kinds[c])
		}
		for _, facet := range Facets[q] {
			consider(byFacet[facet], s.bp.Facets[facet]-have.facets[facet])
		}
	}
	return fitting, need
}

// balanced reports whether the debtors' genders can still come out even when the
// items within reach are added.
func (s *search) balanced(have, reach counts) bool {
	if !s.asks(QuotaGender) {
		return true
	}
	mostWomen := 100*(have.women+reach.women) >= s.bp.Gender.Min*(have.women+reach.women+have.men)
	mostMen := 100*have.women <= s.bp.Gender.Max*(have.women+have.men+reach.men)
	return mostWomen && mostMen
}

// covered reports whether every tag can still reach its least number with so many
// items more.
func (s *search) covered(have, reach counts, more int) bool {
	enough := func(quota string, tags []string, need int) bool {
		return !s.asks(quota) || !slices.ContainsFunc(tags, func(tag string) bool {
			return have.tags[tag]+min(reach.tags[tag], more) < need
		})
	}
	return enough(QuotaDuty, Duties, s.bp.Duty) && enough(QuotaMindset, Mindsets, s.bp.Mindset)
}
