package questions

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Check is everything that was found in a bank.
type Check struct {
	Faults   Faults // What must be mended.
	Warnings Faults // What a writer may want to look at again.
	Figures  []Line // What the rules of the whole bank asked and came to, for those that apply.
}

// Check lists what Lint finds and what only the bank as a whole can show: cues,
// balance, coverage, likeness, law whose review is overdue that day, and whether forms
// can be made. Rules of the whole bank need enough items to mean something, and are
// left out below that.
func (b Bank) Check(on Date) Check {
	c := b.checkItems(on)
	if len(b.Items) == 0 {
		c.whole("empty", "holds no items")
	}
	if len(b.Items) >= enoughForBalance {
		c.cues()
		c.balance()
	}
	c.positions()
	if len(b.Items) >= enoughForForms {
		c.coverage()
		c.forms()
	}
	for _, i := range b.Items {
		c.warnings = append(c.warnings, b.faults(i, i.lintStyle())...)
	}
	return Check{Faults: c.faults.sorted(), Warnings: c.warnings.sorted(), Figures: c.figures}
}

// ItemFaults lists those faults of Check that are an item's or a fact's own. What is
// left out, the bank as a whole, takes longer to look at: forms are made for it.
func (b Bank) ItemFaults(on Date) Faults { return b.checkItems(on).faults.sorted() }

func (b Bank) checkItems(on Date) *checking {
	c := &checking{Bank: b, on: on, faults: b.Lint()}
	c.review()
	c.endings()
	c.likeness()
	if len(b.Items) >= enoughForBalance {
		c.names()
	}
	return c
}

// How many items a rule of the whole bank needs.
const (
	enoughForBalance = 16 // One for each facet.
	enoughForForms   = 64 // Four for each facet: a short and a long form.
	enoughForTwo     = 96 // Two parallel forms.
)

// Bounds of the whole bank.
const (
	mostLengthKey   = 250 // Thousandths.
	leastLongest    = 10  // Percent.
	mostLongest     = 35
	leastWomen      = 40
	mostWomen       = 60
	leastRated      = 25 // Percent of rate items: the kind that depends least on reading.
	mostOfSurname   = 4  // Percent of the items.
	dutyShare       = 16 // Every duty in at least one item of so many.
	mindsetShare    = 32
	mostLikeness    = 30 // Percent of shared shingles.
	expectedAtLeast = 5  // Items for each position, below which χ² says little.
)

// checking is a check under way.
type checking struct {
	Bank
	on       Date
	faults   Faults
	warnings Faults
	figures  []Line
}

// whole notes a fault of the bank as a whole.
func (c *checking) whole(word, format string, args ...any) {
	c.faults = append(c.faults, Fault{"bank", 1, "", word, fmt.Sprintf(format, args...)})
}

// at notes a fault of a field.
func (c *checking) at(path, word, format string, args ...any) {
	c.faults = append(c.faults, c.places.fault(path, word, fmt.Sprintf(format, args...)))
}

// figure keeps what a rule came to, and notes a fault when it is not met.
func (c *checking) figure(word string, l Line) {
	c.figures = append(c.figures, l)
	if !l.Met {
		c.whole(word, "%s", l)
	}
}

// review looks for facts whose reading is out of date.
func (c *checking) review() {
	for _, id := range slices.Sorted(maps.Keys(c.Facts)) {
		if f := c.Facts[id]; f.ReviewBy < c.on {
			c.at(join(id, "review_by"), "review", "is before %s: the fact has to be checked again", c.on)
		}
	}
}

// endings looks for items that rest on a rule which is not in force.
func (c *checking) endings() {
	for _, i := range c.Items {
		for _, id := range i.Cited() {
			f, ok := c.Facts[id]
			switch {
			case !ok: // Lint has said so.
			case f.EffectiveTo != "" && f.EffectiveTo < c.on:
				c.at(join(i.ID, "legal"), "ended", "fact %s ended on %s", id, f.EffectiveTo)
			case f.EffectiveFrom > c.on:
				c.at(join(i.ID, "legal"), "ended", "fact %s is in force from %s", id, f.EffectiveFrom)
			}
		}
	}
}

// cues looks whether length tells the key.
func (c *checking) cues() {
	ruler := newRuler(c.Items)
	for _, l := range languages {
		con := uncued(c.Items, ruler, l, mostLengthKey)
		c.reached("bank_length_key", con)
		c.figure("bank_length_key", con.second(c.Items))
	}
	for _, l := range languages {
		for _, con := range longest(c.Items, ruler, l, Range{leastLongest, mostLongest}) {
			c.reached("bank_longest", con)
		}
	}
}

// reached holds a constraint of forms against the whole bank.
func (c *checking) reached(word string, con constraint) {
	c.figure(word, con.line(c.Items))
}

// balance looks at the debtors' genders and the share of rate items.
func (c *checking) balance() {
	if number(genderTold)(c.Items) >= enoughForBalance {
		c.reached("bank_gender", women(c.Items, Range{leastWomen, mostWomen}))
	}
	c.reached("bank_kinds", share(c.Items, ask(QuotaKind, string(Rate), UnitPercent)(atLeast(leastRated)), func(i Item) bool { return i.Kind == Rate }, every))
}

// names looks whether one surname comes again and again.
func (c *checking) names() {
	most := max(2, len(c.Items)*mostOfSurname/100)
	n := map[string]int{}
	for _, i := range c.Items {
		if s := i.Debtor.Surname; s != "" {
			if n[s]++; n[s] == most+1 {
				c.at(join(i.ID, "debtor/surname"), "bank_surname", "%s is the surname of more than %d debtors", s, most)
			}
		}
	}
}

// Critical values of χ² at 1 %, in thousandths, by degrees of freedom.
var chiSquared = map[int]int{3: 11_345, 4: 13_277}

// positions tests whether the best option stands anywhere as often as elsewhere:
// Pearson's χ² over the items with so many options and a single best one, at the 1 %
// level. All of it is whole numbers: χ² = k·Σn²/N − N.
func (c *checking) positions() {
	for options := fewOptions; options <= manyOptions; options++ {
		counts := make([]int, options)
		total := 0
		for _, i := range c.Items {
			if at := i.Best(); len(i.Options) == options && at >= 0 {
				counts[at]++
				total++
			}
		}
		if total < expectedAtLeast*options {
			continue
		}
		squares := 0
		for _, n := range counts {
			squares += n * n
		}
		critical := chiSquared[options-1]
		reached := 1000 * (options*squares - total*total) / total
		c.figure("bank_position", Line{
			Requirement: requirement("position", fmt.Sprint(options), UnitPerMille, nil, &critical),
			Reached:     &reached, Met: 1000*(options*squares-total*total) <= critical*total,
		})
	}
}

// Best is where the single most effective option stands, or −1.
func (i Item) Best() int {
	_, highest := i.spread()
	at := -1
	for n, o := range i.Options {
		if o.Effectiveness == highest {
			if at >= 0 {
				return -1
			}
			at = n
		}
	}
	return at
}

// coverage looks whether every duty and mindset has items enough to choose from.
func (c *checking) coverage() {
	for _, tags := range []struct {
		quota string
		words []string
		of    int
		has   func(Item) []string
	}{
		{QuotaDuty, Duties, dutyShare, func(i Item) []string { return i.Duties }},
		{QuotaMindset, Mindsets, mindsetShare, func(i Item) []string { return i.Mindsets }},
	} {
		for _, tag := range tags.words {
			c.reached("bank_coverage", counted(c.Items, ask(tags.quota, tag, UnitItems)(atLeast(len(c.Items)/tags.of)), func(i Item) bool {
				return slices.Contains(tags.has(i), tag)
			}))
		}
	}
}

// forms tries to make what the bank is for: a form by each blueprint, and two
// parallel ones where the bank is large enough, for each jurisdiction it has law of.
func (c *checking) forms() {
	for _, jurisdiction := range Jurisdictions {
		if !slices.ContainsFunc(c.Items, func(i Item) bool { return i.Jurisdiction == jurisdiction }) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(c.Blueprints)) {
			r := Request{Blueprint: c.Blueprints[name], Jurisdiction: jurisdiction, On: c.on, Forms: 1}
			if len(c.Items) >= enoughForTwo {
				r.Forms = 2
			}
			_, err := c.AssembleAll(r)
			if conflict := (*Conflict)(nil); errors.As(err, &conflict) {
				c.whole("bank_forms", "%s for %s, parallel forms %d: %v", name, jurisdiction, r.Forms, conflict)
			}
		}
	}
}

// likeness looks for stems that tell the same story.
func (c *checking) likeness() {
	for _, l := range languages {
		shingles := make([]map[string]bool, len(c.Items))
		for n, i := range c.Items {
			shingles[n] = shinglesOf(i.Stem.In(l), l)
			for m, other := range c.Items[:n] {
				shared := 0
				for s := range shingles[n] {
					if shingles[m][s] {
						shared++
					}
				}
				if all := len(shingles[n]) + len(shingles[m]) - shared; all > 0 && 100*shared >= mostLikeness*all {
					c.at(join(i.ID, "stem/"+suffix(l)), "likeness", "shares %d %% of its pairs of %s with %s, at most %d %% may be",
						100*shared/all, map[Lang]string{Chinese: "characters", English: "words"}[l], other.ID, mostLikeness-1)
				}
			}
		}
	}
}

// shinglesOf lists every two neighbours of a text: characters in Chinese, words in
// English, punctuation left out. What two texts have in common of these, divided by
// all that either has, is Jaccard's measure (Broder 1997).
func shinglesOf(text string, l Lang) map[string]bool {
	var parts []string
	if l == English {
		for _, word := range strings.Fields(text) {
			if w := bare(word); w != "" {
				parts = append(parts, w)
			}
		}
	} else {
		parts = strings.Split(bare(text), "")
	}
	shingles := make(map[string]bool, len(parts))
	for n := 1; n < len(parts); n++ {
		shingles[parts[n-1]+" "+parts[n]] = true
	}
	return shingles
}

// Bounds of style, beyond which a writer is warned.
const (
	sentenceRunes = 30
	sentenceWords = 25
	mostStretch   = 2 // How many times as long as the shortest option the longest may be.
)

// lintStyle warns of long sentences and of options of very different length.
func (i Item) lintStyle() []complaint {
	var found []complaint
	for _, l := range languages {
		found = append(found, lintSentences("stem/"+suffix(l), l, i.Stem.In(l))...)
		shortest, longest := 0, 0
		for n, o := range i.Options {
			found = append(found, lintSentences("options/"+o.ID+"/"+suffix(l), l, o.Text.In(l))...)
			length := o.Text.Length(l)
			longest = max(longest, length)
			if n == 0 || length < shortest {
				shortest = length
			}
		}
		if longest > mostStretch*shortest {
			found = append(found, complaint{"options", "stretch", fmt.Sprintf("in %s the longest has %d, the shortest %d", l, longest, shortest)})
		}
	}
	return found
}

func lintSentences(field string, l Lang, text string) []complaint {
	ends, most := "。！？；：”", sentenceRunes
	if l == English {
		ends, most = ".!?;:", sentenceWords
	}
	longest := 0
	for _, sentence := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(ends, r) }) {
		longest = max(longest, l.length(sentence))
	}
	if longest > most {
		unit := map[Lang]string{Chinese: "characters", English: "words"}[l]
		return []complaint{{field, "sentence", fmt.Sprintf("has a sentence of %d %s, better at most %d", longest, unit, most)}}
	}
	return nil
}
