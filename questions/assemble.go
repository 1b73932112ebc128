package questions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Shortfall is why a bank cannot furnish a form: the quota it cannot meet.
type Shortfall struct {
	Quota string // One of the Quota words.
	Of    string // What is counted, such as "legal/rank", "law.debt" or "D3"; may be empty.
	Need  int    // The quota: a least number, or a greatest one.
	Have  int    // What the bank has, or what a form comes to that keeps the other quotas.
}

func (s *Shortfall) Error() string {
	return fmt.Sprintf("the bank cannot furnish the form: quota %s: need %d, have %d",
		strings.TrimSpace(s.Quota+" "+s.Of), s.Need, s.Have)
}

// The quotas a Shortfall names.
const (
	QuotaKind      = "kind"       // Items of a kind in a quality, as "legal/rank".
	QuotaFacet     = "facet"      // Items of a facet.
	QuotaKindFacet = "kind_facet" // Items of a quality that fit its kinds and its facets at once.
	QuotaDuty      = "duty"
	QuotaMindset   = "mindset"
	QuotaSensitive = "sensitive"
	QuotaProblem   = "problem"
	QuotaSurname   = "surname" // Debtors of one name.
	QuotaGender    = "gender"  // Percentage of women among the debtors.
	QuotaEnemies   = "enemies" // Items that must not share a form.
	QuotaOrder     = "order"   // Items placed without a long run of one quality or two rank items side by side.
)

// Assemble draws a form from the bank that meets every quota of the blueprint, from
// items of any or the given jurisdiction whose facts may be relied on that day. The
// same seed gives the same form on any machine. It fails with a *Shortfall.
func (b Bank) Assemble(bp Blueprint, jurisdiction string, seed uint64, on string) (Form, error) {
	if bp.Items() == 0 {
		return Form{}, errors.New("the blueprint asks for no items")
	}
	d := newDice(seed, 0)
	pool := b.eligible(jurisdiction, Date(on))
	if s := supply(bp, pool); s != nil {
		return Form{}, s
	}
	items, ok := draw(bp, pool, d, ordersToDraw)
	if !ok {
		return Form{}, shortfall(bp, pool, d)
	}
	ordered, ok := arrange(bp, items, d)
	if !ok {
		return Form{}, &Shortfall{Quota: QuotaOrder, Need: len(items), Have: len(ordered)}
	}
	f := b.freeze(bp, ordered)
	f.Jurisdiction, f.Seed = jurisdiction, seed
	return f, nil
}

// eligible lists the items a new form may hold.
func (b Bank) eligible(jurisdiction string, on Date) []Item {
	var items []Item
	for _, i := range b.Items {
		if i.Jurisdiction != anyJurisdiction && i.Jurisdiction != jurisdiction {
			continue
		}
		if !slices.ContainsFunc(i.facts(), func(id string) bool { return !b.Facts[id].Usable(on) }) {
			items = append(items, i)
		}
	}
	return items
}

// facts lists the ids of all facts the item and its red lines cite.
func (i Item) facts() []string {
	ids := slices.Clone(i.Legal)
	for _, o := range i.Options {
		ids = append(ids, o.Legal...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// supply looks for a quota that the items fall short of whatever else is asked.
func supply(bp Blueprint, pool []Item) *Shortfall {
	c := countItems(pool)
	for _, q := range Qualities {
		for _, kind := range Kinds {
			if need, have := bp.Kinds[kind], c.kinds[cell{q, kind}]; have < need && bp.of(q) > 0 {
				return &Shortfall{QuotaKind, string(q) + "/" + string(kind), need, have}
			}
		}
		for _, facet := range Facets[q] {
			if need, have := bp.Facets[facet], c.facets[facet]; have < need {
				return &Shortfall{QuotaFacet, string(facet), need, have}
			}
		}
		if need, have := bp.of(q), fitting(bp, q, pool); have < need {
			return &Shortfall{QuotaKindFacet, string(q), need, have}
		}
	}
	if s := c.lacking(QuotaDuty, Duties, bp.Duty); s != nil {
		return s
	}
	return c.lacking(QuotaMindset, Mindsets, bp.Mindset)
}

// fitting is how many items of the quality can be taken without going over any of
// its kinds or facets. Items are edges from kinds to facets, so this is a greatest
// flow, which equals the least cut (Ford and Fulkerson 1956); with four kinds and
// four facets all cuts can be looked at.
func fitting(bp Blueprint, q Quality, pool []Item) int {
	facets := Facets[q]
	edges := make(map[[2]int]int)
	for _, i := range pool {
		if f := slices.Index(facets, i.Facet); i.Quality == q && f >= 0 {
			edges[[2]int{slices.Index(Kinds, i.Kind), f}]++
		}
	}
	least := len(pool)
	for side := range 1 << (len(Kinds) + len(facets)) {
		cut := 0
		for k, kind := range Kinds {
			if side>>k&1 == 0 {
				cut += bp.Kinds[kind]
			}
		}
		for f, facet := range facets {
			if side>>(len(Kinds)+f)&1 == 0 {
				cut += bp.Facets[facet]
			}
		}
		for edge, items := range edges {
			if side>>edge[0]&1 == 1 && side>>(len(Kinds)+edge[1])&1 == 1 {
				cut += items
			}
		}
		least = min(least, cut)
	}
	return least
}

// shortfall finds the quota to blame where the items only fail in combination: it
// lifts one quota after the other until a form can be drawn, and tells how far that
// form is from the last one lifted.
func shortfall(bp Blueprint, pool []Item, d dice) *Shortfall {
	var lifted []string
	for _, quota := range []string{
		QuotaEnemies, QuotaSurname, QuotaSensitive, QuotaProblem, QuotaGender, QuotaMindset, QuotaDuty,
	} {
		lifted = append(lifted, quota)
		if items, ok := draw(bp, pool, d, ordersToBlame, lifted...); ok {
			return countItems(items).breach(quota, bp)
		}
	}
	return &Shortfall{Quota: QuotaKindFacet, Need: bp.Items()} // The search gave up.
}

// freeze makes the form's document of the items.
func (b Bank) freeze(bp Blueprint, items []Item) Form {
	f := Form{
		Schema: FormSchema, Blueprint: bp.Name, Limit: bp.Limit,
		Notice: b.Notice, Premise: b.Premise, Scale: b.Scale, FollowUps: b.FollowUps,
		Items: items, Practice: b.Practice,
		Status: Statuses[len(Statuses)-1],
	}
	var versions, cited []string
	for _, i := range items {
		f.Chances = append(f.Chances, i.Chance())
		f.Status = Statuses[min(slices.Index(Statuses, f.Status), slices.Index(Statuses, i.Status))]
		versions = append(versions, i.KeyVersion)
		cited = append(cited, i.facts()...)
	}
	slices.Sort(versions)
	f.KeyVersion = strings.Join(slices.Compact(versions), "+")
	slices.Sort(cited)
	for _, id := range slices.Compact(cited) {
		f.Facts = append(f.Facts, b.Facts[id])
	}
	for _, q := range Qualities {
		f.Qualities = append(f.Qualities, b.Qualities[q])
		for _, facet := range Facets[q] {
			f.Guides = append(f.Guides, b.Guides[facet])
		}
	}
	return f
}
