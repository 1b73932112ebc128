package questions

import (
	"errors"
	"slices"
	"strconv"
)

// Request is what is asked of a bank: one form, or several parallel ones.
type Request struct {
	Blueprint    Blueprint
	Jurisdiction string
	On           Date   // The day on which every rule an item rests on must be in force and reviewed.
	Seed         uint64 // The same bank, request and seed give the same forms on any machine.
	Forms        int    // How many, one when 0. Parallel forms share no item.
	// Earlier lists the item ids of the forms that are already out, so that no item is
	// worn out.
	Earlier [][]string
	// Facility is the mean mark of items in thousandths, where it is known.
	Facility map[string]int
}

func (r Request) forms() int { return max(r.Forms, 1) }

// Assembly is what a request led to.
type Assembly struct {
	Forms   []Form // Each with its certificate.
	Between []Line // What parallel forms have in common, and how little they differ; nil for one form.
}

// Assemble draws a form from the bank that meets every quota of the blueprint, from
// items of any or the given jurisdiction whose facts may be relied on that day. The
// same seed gives the same form on any machine. It fails with a *Conflict.
func (b Bank) Assemble(bp Blueprint, jurisdiction string, seed uint64, on string) (Form, error) {
	a, err := b.AssembleAll(Request{Blueprint: bp, Jurisdiction: jurisdiction, Seed: seed, On: Date(on)})
	if err != nil {
		return Form{}, err
	}
	return a.Forms[0], nil
}

// AssembleAll draws the forms asked for, each with its certificate. When no forms
// meet everything that is asked it fails with a *Conflict that names the fewest
// requirements that clash.
func (b Bank) AssembleAll(r Request) (Assembly, error) {
	if r.Blueprint.Items() == 0 {
		return Assembly{}, errors.New("the blueprint asks for no items")
	}
	if r.forms() > mostForms {
		return Assembly{}, errors.New("more than " + strconv.Itoa(mostForms) + " parallel forms are asked for")
	}
	a := asked{items: b.Items, forms: r.forms(), constraints: b.constraints(r)}
	d := newDice(r.Seed, 0)
	picked, ok := a.draw(d)
	if !ok {
		q := quarrel{asked: a, dice: newDice(r.Seed, 1), patience: patience}
		conflict, found := q.conflict()
		if found == nil {
			return Assembly{}, conflict
		}
		picked = found // The long search for a conflict came upon forms after all.
	}
	var result Assembly
	var items [][]Item
	for f, form := range picked {
		ordered, ok := arrange(r.Blueprint, a.at(form), newDice(r.Seed, uint64(2+f)))
		if !ok {
			return Assembly{}, errors.New("the items cannot be put in order") // The solver has looked at that.
		}
		made := b.freeze(r.Blueprint, ordered)
		made.Jurisdiction, made.Seed = r.Jurisdiction, r.Seed
		made.Certificate = certify(a.constraints, r, ordered)
		result.Forms, items = append(result.Forms, made), append(items, ordered)
	}
	result.Between = certifyBetween(a.constraints, items)
	return result, nil
}

// mostForms is a bound far above any real request.
const mostForms = 8

// Cited lists the ids of all facts the item and its red lines cite.
func (i Item) Cited() []string {
	ids := slices.Clone(i.Legal)
	for _, o := range i.Options {
		ids = append(ids, o.Legal...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Cites reports whether the item or one of its red lines rests on the fact.
func (i Item) Cites(fact string) bool {
	return slices.Contains(i.Cited(), fact)
}

// freeze makes the form's document of the items.
func (b Bank) freeze(bp Blueprint, items []Item) Form {
	f := Form{
		Schema: FormSchema, Blueprint: bp.Name, Limit: bp.Limit,
		Notice: b.Notice, Premise: b.Premise, Scale: b.Scale, FollowUps: b.FollowUps,
		Items: items, Practice: b.Practice,
	}
	var cited []string
	for _, i := range items {
		cited = append(cited, i.Cited()...)
	}
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
	return f.Recomputed()
}
