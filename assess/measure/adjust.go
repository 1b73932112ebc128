package measure

import (
	"cmp"
	"slices"
)

// FalseDiscovery adjusts the p values of many tests so that, of those called significant
// at a level, no more than that share is expected to be false (Benjamini & Hochberg
// 1995): the i-th smallest of m becomes min over j ≥ i of p_j·m/j. Figures that are not
// known keep their reason and are not counted among the m.
func FalseDiscovery(p []Figure) []Figure {
	out := slices.Clone(p)
	var order []int
	for i, f := range p {
		if f.Known() {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a].Value, p[b].Value) })
	least := 1.0
	for rank := len(order); rank > 0; rank-- {
		i := order[rank-1]
		least = min(least, p[i].Value*float64(len(order))/float64(rank))
		out[i] = known(least)
	}
	return out
}
