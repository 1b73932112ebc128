package measure

import "math"

// Mantel is the comparison of graded marks between matched groups.
type Mantel struct {
	Chi2, P Figure
	SMD     Figure // focal minus reference mean mark at equal score; below 0 the focal group does worse
	Effect  Figure // SMD in standard deviations of the item
	Class   DIFClass
}

// The limits of the effect between the classes in the practice of the
// National Assessment of Educational Progress (Allen, Carlson & Zelenak 1999).
const (
	moderateEffect = .17
	largeEffect    = .25
)

// MantelGraded extends Mantel–Haenszel to marks of several levels (Mantel 1963). marks
// gives each level's mark. Per stratum the focal sum F has expectation n_F·Σyn/n and
// variance n_R·n_F·(n·Σy²n − (Σyn)²) / (n²(n−1)); chi-square is (ΣF − ΣE)²/ΣV with one
// degree of freedom. The standardized mean difference weights strata by the focal group
// (Dorans & Kulick 1986).
func MantelGraded(strata []Stratum, marks []float64) Mantel {
	var gap, variance, smd, weight float64
	var item gradedSums
	var members [2]int64
	for _, s := range strata {
		if len(s.Reference) != len(marks) || len(s.Focal) != len(marks) {
			return mantelUnknown(Mismatched)
		}
		var side [2]gradedSums
		for level, y := range marks {
			y -= marks[0] // no statistic here minds the origin, and small sums lose no digits
			if s.Reference[level] < 0 || s.Focal[level] < 0 {
				return mantelUnknown(BadCounts)
			}
			side[Reference].add(y, float64(s.Reference[level]))
			side[Focal].add(y, float64(s.Focal[level]))
			members[Reference] += s.Reference[level]
			members[Focal] += s.Focal[level]
		}
		ref, foc := side[Reference], side[Focal]
		both := ref.plus(foc)
		item = item.plus(both)
		if ref.n == 0 || foc.n == 0 {
			continue
		}
		gap += foc.sum - foc.n*both.sum/both.n
		variance += ref.n / both.n * foc.n / both.n * (both.n*both.squares - both.sum*both.sum) / (both.n - 1)
		smd += foc.n * (foc.sum/foc.n - ref.sum/ref.n)
		weight += foc.n
	}
	switch {
	case members[Reference] == 0 || members[Focal] == 0:
		return mantelUnknown(OneGroup)
	case weight == 0:
		return mantelUnknown(NoStrata)
	case variance <= 0:
		return mantelUnknown(NoVariance)
	}
	var m Mantel
	m.Chi2, m.P = chiSquare(gap*gap/variance, 1)
	m.SMD = known(smd / weight)
	m.Effect = known(m.SMD.Value / item.sd())
	m.classify()
	return m
}

func mantelUnknown(why Reason) Mantel {
	u := unknown(why)
	return Mantel{Chi2: u, P: u, SMD: u, Effect: u}
}

func (m *Mantel) classify() {
	if firstReason(m.P, m.Effect) != "" {
		return
	}
	size := math.Abs(m.Effect.Value)
	switch {
	case m.P.Value >= significant || size <= moderateEffect:
		m.Class = Negligible
	case size <= largeEffect:
		m.Class = Moderate
	default:
		m.Class = Large
	}
}

// gradedSums are the count, sum and sum of squares of marks.
type gradedSums struct{ n, sum, squares float64 }

func (g *gradedSums) add(y, n float64) {
	g.n += n
	g.sum += n * y
	g.squares += n * y * y
}

func (g gradedSums) plus(o gradedSums) gradedSums {
	return gradedSums{g.n + o.n, g.sum + o.sum, g.squares + o.squares}
}

func (g gradedSums) sd() float64 {
	return math.Sqrt((g.squares - g.sum*g.sum/g.n) / (g.n - 1))
}
