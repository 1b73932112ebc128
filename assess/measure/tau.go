package measure

import (
	"cmp"
	"math"
	"slices"
)

// TauB is Kendall's rank correlation with ties in either list: the pairs ordered alike
// less those ordered contrariwise, over √((n₀−n₁)(n₀−n₂)), where n₀ is all pairs and n₁,
// n₂ those tied in x and in y (Kendall 1945). The contrary pairs are counted as the swaps
// of a merge sort (Knight 1966), so that a hundred thousand people take no longer than
// sorting them.
func TauB(x, y []float64) Figure {
	if len(x) != len(y) {
		return unknown(Mismatched)
	}
	if len(x) < 2 {
		return unknown(TooFewPersons)
	}
	type pair struct{ x, y float64 }
	pairs := make([]pair, len(x))
	for i := range x {
		if math.IsNaN(x[i]) || math.IsNaN(y[i]) {
			return unknown(OutOfRange)
		}
		pairs[i] = pair{x[i], y[i]}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) })
	var tiedX, tiedBoth int64
	runX, runBoth := int64(1), int64(1)
	second := make([]float64, len(pairs))
	for i, p := range pairs {
		second[i] = p.y
		if i == 0 {
			continue
		}
		if p.x == pairs[i-1].x {
			tiedX += runX // with each that came before it in its run
			runX++
		} else {
			runX = 1
		}
		if p == pairs[i-1] {
			tiedBoth += runBoth
			runBoth++
		} else {
			runBoth = 1
		}
	}
	swaps := sortCounting(second, make([]float64, len(second)))
	var tiedY int64
	run := int64(1)
	for i := 1; i < len(second); i++ {
		if second[i] == second[i-1] {
			tiedY += run
			run++
		} else {
			run = 1
		}
	}
	n := int64(len(pairs))
	all := n * (n - 1) / 2
	if all == tiedX || all == tiedY {
		return unknown(NoVariance)
	}
	concordantLess := all - tiedX - tiedY + tiedBoth - 2*swaps
	return known(float64(concordantLess) / math.Sqrt(float64(all-tiedX)*float64(all-tiedY)))
}

// sortCounting sorts by merging and returns how many pairs stood the wrong way round.
func sortCounting(list, spare []float64) int64 {
	if len(list) < 2 {
		return 0
	}
	middle := len(list) / 2
	left, right := list[:middle], list[middle:]
	swaps := sortCounting(left, spare[:middle]) + sortCounting(right, spare[middle:])
	merged := spare[:0]
	i, j := 0, 0
	for i < len(left) || j < len(right) {
		if j == len(right) || i < len(left) && left[i] <= right[j] {
			merged = append(merged, left[i])
			i++
			continue
		}
		swaps += int64(len(left) - i)
		merged = append(merged, right[j])
		j++
	}
	copy(list, merged)
	return swaps
}
