package questions

import (
	"math/big"
	"unicode"
	"unicode/utf8"
)

// Length is how long a text is to read: characters in Chinese, words in English.
func (t Text) Length(l Lang) int { return l.length(t.In(l)) }

func (l Lang) length(text string) int {
	if l == English {
		return words(text)
	}
	return utf8.RuneCountInString(text)
}

// words counts what stands between spaces.
func words(text string) int {
	n, inside := 0, false
	for _, r := range text {
		space := unicode.IsSpace(r)
		if !space && !inside {
			n++
		}
		inside = !space
	}
	return n
}

// languages lists the languages every text carries.
var languages = []Lang{Chinese, English}

// moments are sums over options of length x and effectiveness y, from which their
// correlation is computed exactly.
type moments struct {
	n, x, y, xy, xx, yy int64
}

func (m moments) plus(o moments) moments {
	return moments{m.n + o.n, m.x + o.x, m.y + o.y, m.xy + o.xy, m.xx + o.xx, m.yy + o.yy}
}

// longestText bounds what a length counts for, so that sums of squares stay whole
// numbers of 64 bits whatever a bank holds.
const longestText = 10_000

// measures are what the lengths of an item's texts come to in one language.
type measures struct {
	load int // Characters or words to read: situation and options.
	moments
	// alone: a most effective option is longer than all others, which gives the key away
	// to someone who picks the longest. tied: none is longer than it, which may.
	alone, tied bool
}

// measures reads the item's texts.
func (i Item) measures(l Lang) measures {
	_, highest := i.spread()
	m := measures{load: i.Stem.Length(l)}
	best, others := 0, 0
	for _, o := range i.Options {
		n := min(o.Text.Length(l), longestText)
		x, y := int64(n), int64(o.Effectiveness)
		m.load += n
		m.moments = m.moments.plus(moments{1, x, y, x * y, x * x, y * y})
		if o.Effectiveness == highest {
			best = max(best, n)
		} else {
			others = max(others, n)
		}
	}
	m.alone, m.tied = best > others, best >= others
	return m
}

// ruler remembers the measures of items by their id: reading texts takes longer than
// making a form.
type ruler map[string][2]measures

func newRuler(items []Item) ruler {
	r := make(ruler, len(items))
	for _, i := range items {
		r[i.ID] = [2]measures{i.measures(Chinese), i.measures(English)}
	}
	return r
}

// of returns the measures of an item that was read.
func (r ruler) of(i Item, l Lang) measures {
	if l == English {
		return r[i.ID][1]
	}
	return r[i.ID][0]
}

// lengthKey is the scatter of length and effectiveness over the options of the
// items: all together, and each item about its own mean.
func (r ruler) lengthKey(items []Item, l Lang) (together, within scatter) {
	var all moments
	for _, i := range items {
		m := r.of(i, l).moments
		all = all.plus(m)
		within = within.plus(m.within())
	}
	return all.about(), within
}

// scatter holds the sums of products and squares about a mean, all times the same
// whole number.
type scatter struct {
	xy, xx, yy int64
}

func (s scatter) plus(o scatter) scatter {
	return scatter{s.xy + o.xy, s.xx + o.xx, s.yy + o.yy}
}

// about is the scatter about the mean of all that was summed, n times.
func (m moments) about() scatter {
	return scatter{m.n*m.xy - m.x*m.y, m.n*m.xx - m.x*m.x, m.n*m.yy - m.y*m.y}
}

// everyCount is a multiple of every number of options an item may have.
const everyCount = 840

// within is the scatter about an item's own means, everyCount times: what is left of
// length as a cue when a candidate compares the options of one item. It may be added
// over items.
func (m moments) within() scatter {
	if m.n == 0 {
		return scatter{}
	}
	part := everyCount / m.n
	a := m.about()
	return scatter{part * a.xy, part * a.xx, part * a.yy}
}

// correlation is Pearson's r, in thousandths towards zero; 0 where x or y never
// varies.
func (s scatter) correlation() int {
	below := new(big.Int).Mul(big.NewInt(s.xx), big.NewInt(s.yy))
	if below.Sign() == 0 {
		return 0
	}
	above := new(big.Int).Mul(big.NewInt(s.xy), big.NewInt(s.xy))
	above.Mul(above, big.NewInt(1_000_000))
	r := int(new(big.Int).Sqrt(above.Quo(above, below)).Int64())
	if s.xy < 0 {
		return -r
	}
	return r
}

// correlatesWithin reports whether |r| is at most so many thousandths, exactly:
// r² · 10⁶ ≤ most².
func (s scatter) correlatesWithin(most int64) bool {
	above := new(big.Int).Mul(big.NewInt(s.xy), big.NewInt(s.xy))
	above.Mul(above, big.NewInt(1_000_000))
	below := new(big.Int).Mul(big.NewInt(s.xx), big.NewInt(s.yy))
	return above.Cmp(below.Mul(below, big.NewInt(most*most))) <= 0
}

// meanChance is what guessing earns on average over the items.
func meanChance(items []Item) Fraction {
	if len(items) == 0 {
		return Fraction{}
	}
	sum := new(big.Rat)
	for _, i := range items {
		sum.Add(sum, i.Chance().Mean.Rat())
	}
	sum.Quo(sum, big.NewRat(int64(len(items)), 1))
	return Fraction{sum.Num().Int64(), sum.Denom().Int64()}
}

// rounded is the nearest whole number to n/d, halves upwards; n and d are not negative.
func rounded(n, d int) int {
	if d == 0 {
		return 0
	}
	return (2*n + d) / (2 * d)
}
