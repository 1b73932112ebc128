package questions

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Shortfall is why a bank cannot furnish a form: the quota it cannot meet.
type Shortfall struct {
	Quota string // One of the Quota words.
	Of    string // What is counted, such as "legal/rank", "law.debt" or "D3"; may be empty.
	Need  int    // The quota: a least number, or a greatest one.
	Have  int    // What the bank has, or what the nearest form comes to.
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
	items, ok := draw(bp, pool, d, nil)
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

// supply looks for a quota that the items fall short of even before they are combined.
func supply(bp Blueprint, pool []Item) *Shortfall {
	c := countItems(pool)
	for _, q := range Qualities {
		for _, kind := range Kinds {
			if need, have := bp.Kinds[kind], c.kinds[cell{q, kind}]; have < need {
				return &Shortfall{QuotaKind, string(q) + "/" + string(kind), need, have}
			}
		}
		for _, facet := range Facets[q] {
			if need, have := bp.Facets[facet], c.facets[facet]; have < need {
				return &Shortfall{QuotaFacet, string(facet), need, have}
			}
		}
	}
	if s := c.lacking(QuotaDuty, Duties, bp.Duty); s != nil {
		return s
	}
	return c.lacking(QuotaMindset, Mindsets, bp.Mindset)
}

// shortfall finds the quota to blame where the items only fail in combination: it
// lifts one quota after the other until a form can be drawn. The last one lifted
// could not be met.
func shortfall(bp Blueprint, pool []Item, d dice) *Shortfall {
	var lifted []string
	for _, quota := range []string{
		QuotaEnemies, QuotaSurname, QuotaSensitive, QuotaProblem, QuotaGender, QuotaMindset, QuotaDuty,
	} {
		lifted = append(lifted, quota)
		if items, ok := draw(bp, pool, d, lifted); ok {
			return countItems(items).breach(quota, bp)
		}
	}
	for _, q := range Qualities {
		alone := slices.DeleteFunc(slices.Clone(pool), func(i Item) bool { return i.Quality != q })
		part := bp
		part.Facets = maps.Clone(bp.Facets)
		maps.DeleteFunc(part.Facets, func(f Facet, _ int) bool { return !slices.Contains(Facets[q], f) })
		if items, ok := draw(part, alone, d, lifted); !ok {
			return &Shortfall{QuotaKindFacet, string(q), part.Items(), len(items)}
		}
	}
	return &Shortfall{Quota: QuotaKindFacet, Need: bp.Items()}
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
