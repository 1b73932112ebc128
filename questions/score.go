package questions

import (
	"math/big"
	"slices"
)

// tally adds up the marks of some items beside what guessing earns on the same ones.
type tally struct {
	n                   int
	marks, chance, luck *big.Rat // Sums; luck is the variance of the marks under guessing.
}

func newTally() tally {
	return tally{marks: new(big.Rat), chance: new(big.Rat), luck: new(big.Rat)}
}

func (t *tally) add(mark *big.Rat, c Chance) {
	t.n++
	t.marks.Add(t.marks, mark)
	t.chance.Add(t.chance, c.Mean.Rat())
	t.luck.Add(t.luck, c.Variance.Rat())
}

// means returns the mean mark and the mean chance level.
func (t tally) means() (raw, chance *big.Rat) {
	n := big.NewRat(int64(t.n), 1)
	return new(big.Rat).Quo(t.marks, n), new(big.Rat).Quo(t.chance, n)
}

// closeness is (s̄ − c̄) / (1 − c̄): 0 at chance, 1 where every choice is the key's,
// negative below chance.
func (t tally) closeness() *big.Rat {
	raw, chance := t.means()
	above := raw.Sub(raw, chance)
	return above.Quo(above, new(big.Rat).Sub(big.NewRat(1, 1), chance))
}

// reversed reports whether the mean mark lies more than 1.645 standard deviations
// of guessing below chance, the one-sided 5 % point. Squares keep it exact.
func (t tally) reversed() bool {
	below := new(big.Rat).Sub(t.chance, t.marks)
	bound := new(big.Rat).Mul(big.NewRat(2_706_025, 1_000_000), t.luck) // 1.645²
	return below.Sign() > 0 && below.Mul(below, below).Cmp(bound) > 0
}

// percent is x in 0..1 as a whole number 0..100, half rounded up; less than 0 is 0.
func percent(x *big.Rat) int {
	if x.Sign() <= 0 {
		return 0
	}
	twice := new(big.Rat).Mul(x, big.NewRat(200, 1))
	twice.Add(twice, big.NewRat(1, 1)) // ⌊(200x + 1) / 2⌋
	half := new(big.Int).Quo(twice.Num(), new(big.Int).Lsh(twice.Denom(), 1))
	return int(half.Int64())
}

// level words a closeness of 0..100.
func level(closeness int) Level {
	switch {
	case closeness >= 67:
		return Closer
	case closeness >= 34:
		return Mixed
	}
	return Further
}

// Score marks the responses, given by position, and sums them up. It is exact: the
// only rounding is that of the whole numbers shown.
func (f Form) Score(responses []Response) Profile {
	p := Profile{Items: make([]ItemScore, len(f.Items)), Redlines: []RedlinePick{}}
	for position, i := range f.Items {
		s := ItemScore{
			Position: position, Item: i.ID, Facet: i.Facet, Kind: i.Kind,
			Rule: i.Rule, Chance: f.Chances[position].Mean,
		}
		if m, ok := i.Mark(responses[position]); ok {
			s.Answered, s.Mark = true, &m
			p.Redlines = append(p.Redlines, redlinePicks(position, i, responses[position])...)
		}
		p.Items[position] = s
	}
	for _, q := range Qualities {
		p.Qualities = append(p.Qualities, f.qualityScore(q, p.Items))
	}
	p.Ratings = f.ratingStyle(responses, p.Items)
	return p
}

// qualityScore sums up the items of one quality.
func (f Form) qualityScore(q Quality, items []ItemScore) QualityScore {
	score := QualityScore{Quality: q, Level: NotShown, Notes: []string{}}
	answered, whole := newTally(), newTally()
	for position, s := range items {
		if f.Items[position].Quality != q {
			continue
		}
		score.Of++
		c := f.Chances[position]
		if !s.Answered {
			whole.add(c.Mean.Rat(), c)
			continue
		}
		score.Answered++
		mark := big.NewRat(int64(s.Mark.Num), int64(s.Mark.Den))
		answered.add(mark, c)
		whole.add(mark, c)
	}
	if score.Answered == 0 {
		return score
	}
	raw, chance := answered.means()
	closeness := answered.closeness()
	score.Exact = Exact{raw.String(), chance.String(), closeness.String(), whole.closeness().String()}
	if answered.reversed() {
		score.Notes = append(score.Notes, NotePossiblyReversed)
	}
	if !Enough(score.Answered, score.Of) {
		return score
	}
	score.Shown = true
	score.Raw, score.Chance, score.Closeness = new(percent(raw)), new(percent(chance)), new(percent(closeness))
	score.Level = level(*score.Closeness)
	return score
}

// FacetWords words the facets of which at least two items were answered, in the
// order of the qualities.
func (f Form) FacetWords(p Profile) []FacetWord {
	var words []FacetWord
	for _, q := range Qualities {
		for _, facet := range Facets[q] {
			t := newTally()
			for position, s := range p.Items {
				if s.Facet == facet && s.Answered {
					t.add(big.NewRat(int64(s.Mark.Num), int64(s.Mark.Den)), f.Chances[position])
				}
			}
			if t.n >= 2 {
				words = append(words, FacetWord{facet, t.n, level(percent(t.closeness()))})
			}
		}
	}
	return words
}

// redlinePicks lists the options of an answered item that breach a rule and were
// chosen, ranked first or second, or rated effective.
func redlinePicks(position int, i Item, r Response) []RedlinePick {
	var picks []RedlinePick
	for _, o := range i.Options {
		if !o.Redline {
			continue
		}
		pick := RedlinePick{Position: position, Item: i.ID, Option: o.ID, Facts: o.Legal}
		switch rank, rating := r.Ranks[o.ID], r.Ratings[o.ID]; {
		case r.Best == o.ID:
			pick.As = "best"
		case rank == 1 || rank == 2:
			pick.As, pick.Value = "rank", rank
		case rating >= 3:
			pick.As, pick.Value = "rating", rating
		case slices.Contains(r.Chosen, o.ID):
			pick.As = "chosen"
		default:
			continue
		}
		picks = append(picks, pick)
	}
	return picks
}

// ratingStyle looks at how the answered rate items were rated.
func (f Form) ratingStyle(responses []Response, items []ItemScore) RatingStyle {
	var style RatingStyle
	var ratings, shift int64
	var used [highestRating + 1]int64
	for position, s := range items {
		if s.Kind != Rate || !s.Answered {
			continue
		}
		style.Items++
		for _, o := range f.Items[position].Options {
			rating, ok := responses[position].Ratings[o.ID]
			if !ok {
				continue // Named rules may mark what the default one calls missing.
			}
			ratings++
			used[rating]++
			shift += int64(rating - o.Effectiveness)
			if o.Effectiveness == 1 && rating >= 3 {
				style.HarmfulRatedEffective++
			}
		}
	}
	if ratings > 0 {
		style.Shift = fractionOf(shift, ratings)
	}
	style.NearlyAllSame = ratings >= 15 && 10*slices.Max(used[:]) >= 9*ratings
	return style
}
