package measure

// fisherTolerance lets a table count as no likelier than the observed one when the two
// probabilities differ by rounding only; R uses the same.
const fisherTolerance = 1e-7

// vanishing is as good as 0 beside the likeliest table; smaller floats would linger, since
// the smallest one times .9 rounds to itself.
const vanishing = 1e-300

// Fisher is the exact two-sided p of a two-by-two table (Fisher 1935): among all tables
// with the same margins, the probability of those no likelier than the one observed.
func Fisher(t Table) Figure {
	if t.A < 0 || t.B < 0 || t.C < 0 || t.D < 0 {
		return unknown(BadCounts)
	}
	row, other, column := t.A+t.B, t.C+t.D, t.A+t.C
	if row == 0 || other == 0 {
		return unknown(EmptyGroup)
	}
	low, high := max(0, column-other), min(row, column)

	// Probabilities relative to the mode follow from one another by a ratio of
	// integers, so nothing overflows and no factorial is taken.
	ratio := func(a int64) float64 { // of the table with a+1 to the table with a
		return float64(row-a) / float64(a+1) * float64(column-a) / float64(other-column+a+1)
	}
	mode := int64(float64(row+1) / float64(row+other+2) * float64(column+1))
	mode = max(low, min(high, mode))
	observed := 1.0
	for a := mode; a < t.A && observed > vanishing; a++ {
		observed *= ratio(a)
	}
	for a := mode; a > t.A && observed > vanishing; a-- {
		observed /= ratio(a - 1)
	}
	if observed <= vanishing {
		return known(0)
	}
	limit := observed * (1 + fisherTolerance)

	var all, unlikely float64
	count := func(p float64) bool { // and report whether what follows still matters
		all += p
		if p <= limit {
			unlikely += p
		}
		return p > max(limit*negligible, vanishing)
	}
	p := 1.0
	for a := mode; a <= high && count(p); a++ {
		p *= ratio(a)
	}
	p = 1
	for a := mode; a > low; a-- {
		p /= ratio(a - 1)
		if !count(p) {
			break
		}
	}
	return known(min(1, unlikely/all))
}
