package measure

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// RatioInterval is the 95 % interval of a group's selection rate over another's, on the
// log scale: ln ratio ± 1.96·√(1/b − 1/m + 1/a − 1/n) for b of m against a of n (Katz,
// Baptista, Azen & Pike 1978). It does not exist where nobody of one group was selected.
func RatioInterval(group, reference Group) (low, high Figure) {
	b, m, a, n := float64(group.Selected), float64(group.Total), float64(reference.Selected), float64(reference.Total)
	switch {
	case group.Selected < 0 || group.Selected > group.Total || reference.Selected < 0 || reference.Selected > reference.Total:
		return unknown(BadCounts), unknown(BadCounts)
	case group.Total == 0 || reference.Total == 0:
		return unknown(EmptyGroup), unknown(EmptyGroup)
	case group.Selected == 0 || reference.Selected == 0:
		return unknown(ZeroCells), unknown(ZeroCells)
	}
	log := math.Log(b / m / (a / n))
	half := distuv.UnitNormal.Quantile(.975) * math.Sqrt(max(0, 1/b-1/m+1/a-1/n))
	return known(math.Exp(log - half)), known(math.Exp(log + half))
}

// Contradicted reports whether the four-fifths rule and Fisher's exact test at .05 say
// different things of the group: then neither should be quoted without the other.
func (i Impact) Contradicted() bool {
	return i.FisherP.Known() && i.Adverse != (i.FisherP.Value < significant)
}
