package measure

import (
	"math"
	"math/bits"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// Group is how many of a group were selected.
type Group struct {
	Name            string
	Selected, Total int64
}

// Impact compares one group's selection rate with the reference group's.
type Impact struct {
	Group
	Rate, Ratio Figure // selected over total; this rate over the reference rate
	Adverse     bool   // the ratio is under four fifths, decided in integers
	Z, ZP       Figure // positive when this group is selected less; two-sided
	FisherP     Figure
	Shortfall   Figure // selections this group lacks to match the pooled rate
	Flip        bool   // one selection moved from the reference would make this rate the higher
	Reference   bool
	Note        Note
}

// smallGroup is the share of all persons, one fiftieth, under which a group is never
// the reference (29 CFR 1607.15 A(2)(a)).
const smallGroup = 50

// FourFifths applies the rule of the Uniform Guidelines on Employee Selection Procedures
// (29 CFR 1607.4 D): a rate under four fifths of the highest is evidence of adverse
// impact. Exactly four fifths is not. The reference is the group with the highest rate
// that makes up two percent of the total; of equal rates the larger group, then the
// first name. Beside the rule stand the two tests, which may disagree with it.
func FourFifths(groups []Group) []Impact {
	if len(groups) == 0 {
		return nil
	}
	reference, why := referenceOf(groups)
	out := make([]Impact, len(groups))
	for i, g := range groups {
		out[i] = g.against(groups[reference], i == reference, why)
	}
	return out
}

// referenceOf returns the place of the reference group, or why there is no comparison.
func referenceOf(groups []Group) (int, Reason) {
	var total, selected int64
	var filled []int
	for i, g := range groups {
		if g.Selected < 0 || g.Selected > g.Total {
			return 0, BadCounts
		}
		total += g.Total
		selected += g.Selected
		if g.Total > 0 {
			filled = append(filled, i)
		}
	}
	switch {
	case len(filled) == 0:
		return 0, EmptyGroup
	case len(filled) == 1:
		return 0, OneGroup
	case selected == 0:
		return 0, NoSelections
	}
	large := slices.DeleteFunc(slices.Clone(filled), func(i int) bool { return smallGroup*groups[i].Total < total })
	if len(large) == 0 {
		large = filled
	}
	return slices.MaxFunc(large, func(i, j int) int {
		a, b := groups[i], groups[j]
		if c := compareProducts(a.Selected, b.Total, b.Selected, a.Total); c != 0 {
			return c
		}
		if a.Total != b.Total {
			return compareProducts(a.Total, 1, b.Total, 1)
		}
		return strings.Compare(b.Name, a.Name)
	}), ""
}

func (g Group) against(best Group, itself bool, why Reason) Impact {
	none := unknown(why)
	out := Impact{Group: g, Rate: rate(g.Selected, g.Total), Ratio: none, Z: none, ZP: none, FisherP: none, Shortfall: none}
	if why != "" {
		return out
	}
	if itself {
		none = unknown(IsReference)
		out.Reference, out.Ratio = true, known(1)
		out.Z, out.ZP, out.FisherP, out.Shortfall = none, none, none, none
		return out
	}
	if g.Total == 0 {
		none = unknown(EmptyGroup)
		out.Ratio, out.Z, out.ZP, out.FisherP, out.Shortfall = none, none, none, none, none
		return out
	}
	b, m, a, n := g.Selected, g.Total, best.Selected, best.Total
	out.Adverse = compareProducts(5*b, n, 4*a, m) < 0
	out.Flip = b < m && a > 0 && compareProducts(b+1, n, a-1, m) > 0
	if a > 0 {
		out.Ratio = known(float64(b) * float64(n) / (float64(m) * float64(a)))
	} else {
		out.Ratio = unknown(NoSelections)
	}
	pooled := float64(a+b) / float64(n+m)
	out.Shortfall = known(float64(m)*pooled - float64(b))
	out.Z, out.ZP = twoProportions(a, n, b, m)
	out.FisherP = Fisher(Table{a, n - a, b, m - b})
	if float64(min(m, n))*min(pooled, 1-pooled) < fewExpected {
		out.Note = SmallNumbers
	}
	return out
}

// twoProportions is z = (a/n − b/m) / √(p(1−p)(1/n + 1/m)) with p the pooled rate, and
// its two-sided p.
func twoProportions(a, n, b, m int64) (z, p Figure) {
	switch a + b {
	case 0:
		return unknown(NoSelections), unknown(NoSelections)
	case n + m:
		return unknown(AllSelected), unknown(AllSelected)
	}
	pooled := float64(a+b) / float64(n+m)
	gap := float64(a)/float64(n) - float64(b)/float64(m)
	z = known(gap / math.Sqrt(pooled*(1-pooled)*(1/float64(n)+1/float64(m))))
	return z, known(2 * distuv.UnitNormal.Survival(math.Abs(z.Value)))
}

func rate(part, whole int64) Figure {
	switch {
	case part < 0 || part > whole:
		return unknown(BadCounts)
	case whole == 0:
		return unknown(EmptyGroup)
	}
	return known(float64(part) / float64(whole))
}

// compareProducts compares a·b with c·d, none negative, exactly and without overflow:
// in floats 4/25 over 1/5 comes out under four fifths, which it is not.
func compareProducts(a, b, c, d int64) int {
	h1, l1 := bits.Mul64(uint64(a), uint64(b))
	h2, l2 := bits.Mul64(uint64(c), uint64(d))
	switch {
	case h1 > h2 || h1 == h2 && l1 > l2:
		return 1
	case h1 == h2 && l1 == l2:
		return 0
	}
	return -1
}
