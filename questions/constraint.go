package questions

import (
	"slices"
	"strings"
)

// constraint is a requirement as the solver sees it: sums over items that must keep
// within bounds, and a check for what sums cannot say.
type constraint struct {
	Requirement
	sums []total
	// What the solver looks after itself: no item in two forms, at most so many items
	// of one quality in a row, no rank items side by side.
	shared bool
	run    int
	apart  bool
	// graded tells that the one number of the requirement is the bound of the sums, so
	// that one can ask what bound could be met instead.
	graded bool
	// keeps checks one form exactly; nil where the number reached does.
	keeps func(items []Item) bool
	// alike lists what else of an item keeps looks at: items that agree in it and in
	// every sum may stand for each other.
	alike func(Item) []int64
	// balances checks two forms exactly; nil where the number reached does.
	balances func(a, b []Item) bool
	// reach measures one form, or for a requirement between forms, two.
	reach   func(items []Item) int
	between func(a, b []Item) int
	// second measures one form in another way that must keep the same bounds; nil where
	// there is none.
	second func(items []Item) Line
}

// total is the weights of the items in it and where it must lie: in each form, or with
// weights for a second form, in every two.
type total struct {
	lo, hi  int64
	weights []int64
	second  []int64
}

// weigh makes the weights of items.
func weigh(items []Item, weight func(Item) int64) []int64 {
	w := make([]int64, len(items))
	for n, i := range items {
		w[n] = weight(i)
	}
	return w
}

// one is the weight of items that have something.
func one(has func(Item) bool) func(Item) int64 {
	return func(i Item) int64 {
		if has(i) {
			return 1
		}
		return 0
	}
}

// number counts the items that have something.
func number(has func(Item) bool) func([]Item) int {
	return func(items []Item) int {
		n := 0
		for _, i := range items {
			if has(i) {
				n++
			}
		}
		return n
	}
}

// counted is a constraint on how many items have something.
func counted(items []Item, r Requirement, has func(Item) bool) constraint {
	s := total{lo: -unbounded, hi: unbounded, weights: weigh(items, one(has))}
	if r.Least != nil {
		s.lo = int64(*r.Least)
	}
	if r.Most != nil {
		s.hi = int64(*r.Most)
	}
	return constraint{Requirement: r, sums: []total{s}, graded: true, reach: number(has)}
}

// repeated is a constraint on how many items may share a word.
func repeated(items []Item, r Requirement, word func(Item) string) constraint {
	c := constraint{Requirement: r, graded: true, reach: func(items []Item) int {
		n := map[string]int{}
		most := 0
		for _, i := range items {
			if w := word(i); w != "" {
				n[w]++
				most = max(most, n[w])
			}
		}
		return most
	}}
	times := map[string]int{}
	for _, i := range items {
		if w := word(i); w != "" {
			times[w]++
			if times[w] == 2 { // Once can hurt no bound.
				c.sums = append(c.sums, total{-unbounded, int64(*r.Most), weigh(items, one(func(i Item) bool { return word(i) == w })), nil})
			}
		}
	}
	return c
}

// share is a constraint on the percentage that some items are of others.
func share(items []Item, r Requirement, part, whole func(Item) bool) constraint {
	c := constraint{Requirement: r, reach: func(items []Item) int {
		return rounded(100*number(part)(items), number(whole)(items))
	}}
	bound := func(percent int) []int64 {
		return weigh(items, func(i Item) int64 { return 100*one(part)(i) - int64(percent)*one(whole)(i) })
	}
	c.keeps = func(items []Item) bool {
		parts, of := number(part)(items), number(whole)(items)
		return (r.Least == nil || 100*parts >= *r.Least*of) && (r.Most == nil || 100*parts <= *r.Most*of)
	}
	if r.Least != nil {
		c.sums = append(c.sums, total{0, unbounded, bound(*r.Least), nil})
	}
	if r.Most != nil {
		c.sums = append(c.sums, total{-unbounded, 0, bound(*r.Most), nil})
	}
	return c
}

// ask is requirement for the two bounds that exactly, atLeast, atMost or within return.
func ask(quota, of, unit string) func(least, most *int) Requirement {
	return func(least, most *int) Requirement { return requirement(quota, of, unit, least, most) }
}

func every(Item) bool { return true }

// genderTold reports whether the stem tells the debtor's gender.
func genderTold(i Item) bool { return i.Debtor.Gender != "" }

// women bounds their share among the debtors whose gender is told.
func women(items []Item, percent Range) constraint {
	return share(items, ask(QuotaGender, "", UnitPercent)(within(percent)), func(i Item) bool { return i.Debtor.Gender == "female" }, genderTold)
}

// longest bounds how often the best option is the longest: longer than all others at
// least so often, and as long as any at most so often.
func longest(items []Item, ruler ruler, l Lang, percent Range) []constraint {
	return []constraint{
		share(items, ask(QuotaLongest, string(l), UnitPercent)(atLeast(percent.Min)), func(i Item) bool { return ruler.of(i, l).alone }, every),
		share(items, ask(QuotaLongestTied, string(l), UnitPercent)(atMost(percent.Max)), func(i Item) bool { return ruler.of(i, l).tied }, every),
	}
}

// constraints lists everything the request asks, of items in the bank's order.
func (b Bank) constraints(r Request) []constraint {
	bp, items, ruler := r.Blueprint, b.Items, newRuler(b.Items)
	list := []constraint{
		counted(items, ask(QuotaJurisdiction, r.Jurisdiction, UnitItems)(atMost(0)), func(i Item) bool {
			return i.Jurisdiction != AnyJurisdiction && i.Jurisdiction != r.Jurisdiction
		}),
		counted(items, ask(QuotaLaw, string(r.On), UnitItems)(atMost(0)), func(i Item) bool {
			return slices.ContainsFunc(i.Cited(), func(id string) bool { return !b.Facts[id].Usable(r.On) })
		}),
		r.exposure(items),
		counted(items, ask(QuotaItems, "", UnitItems)(exactly(bp.Items())), every),
	}
	for _, q := range Qualities {
		list = append(list, counted(items, ask(QuotaQuality, string(q), UnitItems)(exactly(bp.of(q))), func(i Item) bool { return i.Quality == q }))
	}
	for _, q := range Qualities {
		if bp.of(q) == 0 {
			continue
		}
		for _, kind := range Kinds {
			list = append(list, counted(items, ask(QuotaKind, string(q)+"/"+string(kind), UnitItems)(exactly(bp.Kinds[kind])), func(i Item) bool {
				return i.Quality == q && i.Kind == kind
			}))
		}
	}
	for _, facet := range allFacets() {
		list = append(list, counted(items, ask(QuotaFacet, string(facet), UnitItems)(exactly(bp.Facets[facet])), func(i Item) bool { return i.Facet == facet }))
	}
	for _, duty := range Duties {
		list = append(list, counted(items, ask(QuotaDuty, duty, UnitItems)(atLeast(bp.Duty)), func(i Item) bool { return slices.Contains(i.Duties, duty) }))
	}
	for _, mindset := range Mindsets {
		list = append(list, counted(items, ask(QuotaMindset, mindset, UnitItems)(atLeast(bp.Mindset)), func(i Item) bool { return slices.Contains(i.Mindsets, mindset) }))
	}
	list = append(list,
		counted(items, ask(QuotaSensitive, "", UnitItems)(atMost(bp.Sensitive)), func(i Item) bool { return i.Sensitive }),
		repeated(items, ask(QuotaProblem, "", UnitItems)(atMost(bp.SameProblem)), func(i Item) string { return i.Problem }),
		repeated(items, ask(QuotaSurname, "", UnitItems)(atMost(1)), func(i Item) string { return i.Debtor.Surname }),
		women(items, bp.Gender),
		enemies(items),
		timed(items, bp.Limit),
	)
	if bp.BestLongest != (Range{}) {
		for _, l := range languages {
			list = append(list, longest(items, ruler, l, bp.BestLongest)...)
		}
	}
	if bp.LengthKey > 0 {
		for _, l := range languages {
			list = append(list, uncued(items, ruler, l, bp.LengthKey))
		}
	}
	list = append(list, interleaved(bp.Run), ranksApart())
	if r.forms() > 1 {
		list = append(list, r.parallel(items, ruler)...)
	}
	return list
}

// exposure bounds how many of all forms may hold one item. It asks nothing of a bank
// too small to furnish several forms.
func (r Request) exposure(items []Item) constraint {
	used := map[string]int{}
	for _, form := range r.Earlier {
		for _, id := range form {
			used[id]++
		}
	}
	c := constraint{Requirement: Requirement{Quota: QuotaExposure, Unit: UnitForms}, reach: func(items []Item) int {
		most := 0
		for _, i := range items {
			most = max(most, used[i.ID]+1)
		}
		return most
	}}
	if r.Blueprint.Exposure > 0 && len(items) >= formsForExposure*r.Blueprint.Items() {
		most := (r.Blueprint.Exposure*(len(r.Earlier)+1) + 99) / 100
		c.Most = &most
		c.sums = []total{{-unbounded, 0, weigh(items, one(func(i Item) bool { return used[i.ID] >= most })), nil}}
	}
	return c
}

// formsForExposure is how many forms without a shared item a bank must have room for
// before its items can rest.
const formsForExposure = 3

// enemies keeps items apart that would help or repeat each other. Items that are all
// enemies of one another share a sum, which says more than their pairs do.
func enemies(items []Item) constraint {
	at := make(map[string]int, len(items))
	for n, i := range items {
		at[i.ID] = n
	}
	hostile := make([]map[int]bool, len(items))
	for n := range items {
		hostile[n] = map[int]bool{}
	}
	var pairs [][2]int
	for n, i := range items {
		for _, id := range i.Enemies {
			if m, ok := at[id]; ok && m != n && !hostile[n][m] {
				hostile[n][m], hostile[m][n] = true, true
				pairs = append(pairs, [2]int{n, m})
			}
		}
	}
	none := 0
	c := constraint{Requirement: requirement(QuotaEnemies, "", UnitItems, nil, &none), reach: enemyPairs}
	covered := map[[2]int]bool{}
	for _, pair := range pairs {
		if covered[pair] {
			continue
		}
		clique := pair[:]
		for n := range items {
			if !slices.ContainsFunc(clique, func(m int) bool { return !hostile[n][m] }) {
				clique = append(clique, n)
			}
		}
		s := total{lo: -unbounded, hi: 1, weights: make([]int64, len(items))}
		for _, n := range clique {
			s.weights[n] = 1
			for _, m := range clique {
				covered[[2]int{n, m}] = true
			}
		}
		c.sums = append(c.sums, s)
	}
	return c
}

// enemyPairs counts the pairs of which either names the other an enemy.
func enemyPairs(items []Item) int {
	pairs := 0
	for n, a := range items {
		for _, b := range items[:n] {
			if slices.Contains(a.Enemies, b.ID) || slices.Contains(b.Enemies, a.ID) {
				pairs++
			}
		}
	}
	return pairs
}

// timed keeps the planned time within the limit of the form.
func timed(items []Item, limit int) constraint {
	seconds := func(i Item) int64 { return int64(i.Seconds) }
	return constraint{
		Requirement: requirement(QuotaTime, "", UnitSeconds, nil, &limit),
		sums:        []total{{-unbounded, int64(limit), weigh(items, seconds), nil}},
		reach:       planned,
	}
}

// planned is how many seconds the items are meant to take.
func planned(items []Item) int {
	total := 0
	for _, i := range items {
		total += i.Seconds
	}
	return total
}

// slopes are numerators and denominators of the tangents uncued draws.
var slopes = [][2]int64{{1, 16}, {1, 8}, {1, 4}, {1, 2}, {1, 1}}

// uncued keeps length from telling the key: the correlation over the form's options,
// all together and within items, is at most so many thousandths either way. Within
// items r is a ratio of sums over items, and by the inequality of means
// √(xx·yy) ≤ (t·xx + yy/t)/2 for every t, so each t gives a sum that every form
// within the bound keeps: these prune the search, keeps decides.
func uncued(items []Item, ruler ruler, l Lang, most int) constraint {
	low := -most
	c := constraint{Requirement: requirement(QuotaLengthKey, string(l), UnitPerMille, &low, &most)}
	c.keeps = func(items []Item) bool {
		together, within := ruler.lengthKey(items, l)
		return together.correlatesWithin(int64(most)) && within.correlatesWithin(int64(most))
	}
	c.alike = func(i Item) []int64 {
		m := ruler.of(i, l).moments
		return []int64{m.n, m.x, m.y, m.xy, m.xx, m.yy}
	}
	c.reach = func(items []Item) int {
		together, _ := ruler.lengthKey(items, l)
		return together.correlation()
	}
	c.second = func(items []Item) Line {
		_, within := ruler.lengthKey(items, l)
		r, requirement := within.correlation(), c.Requirement
		requirement.Quota = QuotaLengthWithin
		return Line{requirement, &r, within.correlatesWithin(int64(most))}
	}
	for _, t := range slopes {
		p, q := t[0], t[1]
		for _, sign := range []int64{1, -1} {
			c.sums = append(c.sums, total{-unbounded, 0, weigh(items, func(i Item) int64 {
				s := ruler.of(i, l).within()
				return sign*2000*p*q*s.xy - int64(most)*(p*p*s.xx+q*q*s.yy)
			}), nil})
		}
	}
	return c
}

// interleaved keeps the qualities mixed, ranksApart the rank items from each other.
// Whether an order keeps both is one question, which the solver asks.
func interleaved(run int) constraint {
	return constraint{Requirement: requirement(QuotaRun, "", UnitItems, nil, &run), run: run, alike: placed, reach: longestRun}
}

func ranksApart() constraint {
	none := 0
	return constraint{Requirement: requirement(QuotaRanksApart, "", UnitItems, nil, &none), apart: true, alike: placed, reach: ranksTogether}
}

// placed is all of an item that matters to where it may stand.
func placed(i Item) []int64 {
	return []int64{int64(slices.Index(Qualities, i.Quality)), one(isRank)(i)}
}

func isRank(i Item) bool { return i.Kind == Rank }

// longestRun is the most items of one quality in a row.
func longestRun(items []Item) int {
	longest, run := 0, 0
	for n, i := range items {
		run++
		if n > 0 && items[n-1].Quality != i.Quality {
			run = 1
		}
		longest = max(longest, run)
	}
	return longest
}

// ranksTogether counts the rank items that follow a rank item.
func ranksTogether(items []Item) int {
	n := 0
	for k := 1; k < len(items); k++ {
		if isRank(items[k-1]) && isRank(items[k]) {
			n++
		}
	}
	return n
}

// name is the quota and what it counts.
func (r Requirement) name() string { return strings.TrimSpace(r.Quota + " " + r.Of) }
