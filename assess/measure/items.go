package measure

import "math"

// Item is what the covariances say of one item.
type Item struct {
	Mean           Figure // the facility, where a full mark is 1
	SD             Figure
	ItemRest       Figure // correlation with the sum of the other items (corrected item–total r)
	AlphaIfDeleted Figure // alpha of the test without this item
}

// Items analyses every item from the covariances alone, in time proportional to their
// number. With r_i the sum of item i's covariances, the rest of the test has covariance
// r_i − var_i with it and variance total − 2r_i + var_i.
func Items(c Covariance) []Item {
	k := c.Items()
	_, total := c.Total()
	trace := c.trace()
	out := make([]Item, k)
	for i := range out {
		few := unknown(TooFewPersons)
		out[i] = Item{few, few, few, few}
		if c.N < 1 {
			continue
		}
		out[i].Mean = known(c.Mean[i])
		if c.N < 2 {
			continue
		}
		own, row := c.At(i, i), 0.0
		for j := range k {
			row += c.At(i, j)
		}
		rest := total - 2*row + own
		if rest <= negligible*(trace-own) {
			rest = 0
		}
		out[i].SD = known(math.Sqrt(own))
		out[i].ItemRest = itemRest(k, row-own, own, rest)
		out[i].AlphaIfDeleted = alphaOf(k-1, trace-own, rest)
	}
	return out
}

func itemRest(k int, cov, own, rest float64) Figure {
	if k < 2 {
		return unknown(TooFewItems)
	}
	return correlation(cov, own, rest)
}
