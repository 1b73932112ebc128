package questions

import "math/big"

// Balance is how far parallel forms may differ.
type Balance struct {
	Chance   int // Thousandths between the chance levels of a quality.
	Load     int // Percent between what there is to read, in each language.
	Seconds  int // Percent between the planned times.
	Facility int // Thousandths between the mean facilities, once they are known.
}

// millionths is the precision with which sums hold a chance level.
const millionths = 1_000_000

// parallel lists what is asked of every two forms.
func (r Request) parallel(items []Item, ruler ruler) []constraint {
	bp, none := r.Blueprint, 0
	list := []constraint{{
		Requirement: requirement(QuotaShared, "", UnitItems, nil, &none), shared: true,
		between: func(a, b []Item) int {
			return number(func(i Item) bool { return number(func(o Item) bool { return o.ID == i.ID })(b) > 0 })(a)
		},
	}}
	if bp.Parallel.Chance > 0 {
		for _, q := range Qualities {
			if n := bp.of(q); n > 0 {
				list = append(list, chancesAlike(items, q, n, bp.Parallel.Chance))
			}
		}
	}
	if bp.Parallel.Load > 0 {
		for _, l := range languages {
			list = append(list, alikeWithin(items, requirement(QuotaLoadDiffers, string(l), UnitPercent, nil, &bp.Parallel.Load), func(i Item) int { return ruler.of(i, l).load }))
		}
	}
	if bp.Parallel.Seconds > 0 {
		list = append(list, alikeWithin(items, requirement(QuotaTimeDiffers, "", UnitPercent, nil, &bp.Parallel.Seconds), func(i Item) int { return i.Seconds }))
	}
	if bp.Parallel.Facility > 0 && r.facilityKnown(items) {
		list = append(list, facilitiesAlike(items, r.Facility, bp.Items(), bp.Parallel.Facility))
	}
	return list
}

// facilityKnown reports whether the facility of every item is known: forms cannot be
// balanced on what only some items have.
func (r Request) facilityKnown(items []Item) bool {
	for _, i := range items {
		if _, ok := r.Facility[i.ID]; !ok {
			return false
		}
	}
	return true
}

// chancesAlike bounds the difference of a quality's mean chance level over n items.
// The sums hold chances in millionths, rounded, and allow for that; balances is exact.
func chancesAlike(items []Item, q Quality, n, most int) constraint {
	whole := func(items []Item) *big.Rat {
		t := new(big.Rat)
		for _, i := range items {
			if i.Quality == q {
				t.Add(t, i.Chance().Mean.Rat())
			}
		}
		return t
	}
	apart := func(a, b []Item) *big.Rat { // In thousandths of the mean.
		d := whole(a)
		d.Sub(d, whole(b)).Abs(d)
		return d.Mul(d, big.NewRat(1000, int64(n)))
	}
	weights := weigh(items, func(i Item) int64 {
		if i.Quality != q {
			return 0
		}
		c := i.Chance().Mean
		if c.Den == 0 {
			return 0
		}
		return (2*millionths*c.Num + c.Den) / (2 * c.Den)
	})
	bound := int64(most*n)*millionths/1000 + int64(n)
	return constraint{
		Requirement: requirement(QuotaChanceDiffers, string(q), UnitPerMille, nil, &most),
		sums:        []total{{-bound, bound, weights, negative(weights)}},
		balances:    func(a, b []Item) bool { return apart(a, b).Cmp(big.NewRat(int64(most), 1)) <= 0 },
		between: func(a, b []Item) int {
			d := apart(a, b)
			return int(new(big.Int).Quo(d.Num(), d.Denom()).Int64())
		},
	}
}

// alikeWithin bounds the difference of two totals to a percentage of the smaller.
func alikeWithin(items []Item, r Requirement, amount func(Item) int) constraint {
	whole := func(items []Item) int {
		n := 0
		for _, i := range items {
			n += amount(i)
		}
		return n
	}
	times := func(factor int) []int64 {
		return weigh(items, func(i Item) int64 { return int64(factor * amount(i)) })
	}
	longer := *r.Most + 100
	return constraint{
		Requirement: r,
		sums: []total{
			{-unbounded, 0, times(100), times(-longer)},
			{-unbounded, 0, times(-longer), times(100)},
		},
		balances: func(a, b []Item) bool {
			x, y := whole(a), whole(b)
			return 100*max(x, y) <= longer*min(x, y)
		},
		between: func(a, b []Item) int {
			x, y := whole(a), whole(b)
			return rounded(100*(max(x, y)-min(x, y)), min(x, y))
		},
	}
}

// facilitiesAlike bounds the difference of the mean facility over n items.
func facilitiesAlike(items []Item, facility map[string]int, n, most int) constraint {
	weights := weigh(items, func(i Item) int64 { return int64(facility[i.ID]) })
	bound := int64(most * n)
	apart := func(a, b []Item) int {
		d := 0
		for _, i := range a {
			d += facility[i.ID]
		}
		for _, i := range b {
			d -= facility[i.ID]
		}
		return max(d, -d)
	}
	return constraint{
		Requirement: requirement(QuotaFacilityDiffers, "", UnitPerMille, nil, &most),
		sums:        []total{{-bound, bound, weights, negative(weights)}},
		balances:    func(a, b []Item) bool { return apart(a, b) <= most*n },
		between:     func(a, b []Item) int { return rounded(apart(a, b), n) },
	}
}

func negative(weights []int64) []int64 {
	n := make([]int64, len(weights))
	for k, w := range weights {
		n[k] = -w
	}
	return n
}
