package measure

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Table is one stratum's two-by-two table: reference right and wrong, focal right and wrong.
type Table struct{ A, B, C, D int64 }

// N returns the persons in the table.
func (t Table) N() int64 { return t.A + t.B + t.C + t.D }

// MantelHaenszel is the verdict over all strata. An odds ratio above 1, a delta below 0,
// says the item is harder for the focal group than for reference persons of equal score.
type MantelHaenszel struct {
	OddsRatio          Figure
	OddsLow, OddsHigh  Figure // 95 %, Robins–Breslow–Greenland
	Chi2, P            Figure // with continuity correction
	Chi2Uncorrected    Figure
	PUncorrected       Figure
	BreslowDay         Figure // are the strata's odds ratios alike
	BreslowDayP        Figure
	Tarone, TaroneP    Figure // the same, corrected
	DegreesOfFreedom   int    // of Breslow–Day and Tarone
	Delta, DeltaSE     Figure // on the scale of the Educational Testing Service
	Class              DIFClass
	Strata, StrataUsed int // used: more than one person and no empty margin
	ReferenceN, FocalN int64
	Note               Note // by Mantel & Fleiss 1980
}

// DIFClass is the size of a difference in the words of the Educational Testing Service:
// A negligible, B moderate, C large. It is empty when delta does not exist.
type DIFClass string

// The classes.
const (
	Negligible DIFClass = "A"
	Moderate   DIFClass = "B"
	Large      DIFClass = "C"
)

// deltaScale turns a log odds ratio into delta (Holland & Thayer 1985).
const deltaScale = 2.35

// significant is the level of every yes-or-no in this package.
const significant = .05

// MH compares the odds of a right answer, score level by score level (Mantel & Haenszel
// 1959). The odds ratio is Σ(ad/n) / Σ(bc/n); chi-square subtracts ½ only where
// |Σa − ΣE| ≥ ½, as R's mantelhaen.test does.
func MH(tables []Table) MantelHaenszel {
	var r MantelHaenszel
	var s mhSums
	var kept []Table
	for _, t := range tables {
		if t.A < 0 || t.B < 0 || t.C < 0 || t.D < 0 {
			return mhUnknown(BadCounts)
		}
		r.Strata++
		r.ReferenceN += t.A + t.B
		r.FocalN += t.C + t.D
		if t.N() < 2 {
			continue
		}
		s.add(t)
		if t.A+t.B > 0 && t.C+t.D > 0 && t.A+t.C > 0 && t.B+t.D > 0 {
			kept = append(kept, t)
		}
	}
	r.StrataUsed = len(kept)
	if len(kept) == 0 {
		u := mhUnknown(NoStrata)
		u.Strata, u.ReferenceN, u.FocalN = r.Strata, r.ReferenceN, r.FocalN
		if r.ReferenceN == 0 || r.FocalN == 0 {
			u = u.because(OneGroup)
		}
		return u
	}
	gap := math.Abs(s.a - s.expected)
	corrected := gap
	if gap >= .5 {
		corrected -= .5
	}
	r.Chi2, r.P = chiSquare(corrected*corrected/s.variance, 1)
	r.Chi2Uncorrected, r.PUncorrected = chiSquare(gap*gap/s.variance, 1)
	if min(s.expected-s.least, s.most-s.expected) < fewExpected {
		r.Note = SmallNumbers
	}
	r.odds(s)
	r.homogeneity(kept)
	r.classify()
	return r
}

func mhUnknown(why Reason) MantelHaenszel { return MantelHaenszel{}.because(why) }

// because gives every figure the same reason.
func (r MantelHaenszel) because(why Reason) MantelHaenszel {
	for _, f := range []*Figure{
		&r.OddsRatio, &r.OddsLow, &r.OddsHigh, &r.Chi2, &r.P, &r.Chi2Uncorrected, &r.PUncorrected,
		&r.BreslowDay, &r.BreslowDayP, &r.Tarone, &r.TaroneP, &r.Delta, &r.DeltaSE,
	} {
		*f = unknown(why)
	}
	return r
}

// mhSums are the sums over strata of Mantel & Haenszel 1959 and of Robins, Breslow &
// Greenland 1986: R = ad/n, S = bc/n, P = (a+d)/n, Q = (b+c)/n. The chi-square is to be
// trusted where Σa has room for five on either side of its expectation (Mantel & Fleiss
// 1980).
type mhSums struct {
	a, expected, variance float64
	r, s, pr, psqr, qs    float64
	least, most           float64 // Σ of the smallest and the largest a that the margins allow
}

func (m *mhSums) add(t Table) {
	a, b, c, d, n := float64(t.A), float64(t.B), float64(t.C), float64(t.D), float64(t.N())
	reference, focal, right, wrong := a+b, c+d, a+c, b+d
	m.a += a
	m.expected += reference * right / n
	m.variance += reference / n * focal / n * right * wrong / (n - 1)
	m.least += max(0, right-focal)
	m.most += min(reference, right)
	r, s, p, q := a*d/n, b*c/n, (a+d)/n, (b+c)/n
	m.r += r
	m.s += s
	m.pr += p * r
	m.psqr += p*s + q*r
	m.qs += q * s
}

// odds fills in the odds ratio, its interval and delta.
func (m *MantelHaenszel) odds(s mhSums) {
	none := unknown(ZeroCells)
	m.OddsRatio, m.OddsLow, m.OddsHigh, m.Delta, m.DeltaSE = none, none, none, none, none
	if s.s == 0 {
		return
	}
	m.OddsRatio = known(s.r / s.s)
	if s.r == 0 {
		return
	}
	log := math.Log(s.r / s.s)
	se := math.Sqrt(s.pr/(2*s.r*s.r) + s.psqr/(2*s.r*s.s) + s.qs/(2*s.s*s.s))
	half := distuv.UnitNormal.Quantile(.975) * se
	m.OddsLow, m.OddsHigh = known(math.Exp(log-half)), known(math.Exp(log+half))
	m.Delta, m.DeltaSE = known(0-deltaScale*log), known(deltaScale*se) // no minus zero
}

// classify applies Dorans & Holland 1993: A when delta is not significant (by the
// corrected chi-square) or under 1; C when it is 1.5 or more and significantly above 1;
// B between.
func (m *MantelHaenszel) classify() {
	if firstReason(m.Delta, m.DeltaSE, m.P) != "" {
		return
	}
	size := math.Abs(m.Delta.Value)
	switch {
	case size < 1 || m.P.Value >= significant:
		m.Class = Negligible
	case size >= 1.5 && (size-1)/m.DeltaSE.Value > 1.645:
		m.Class = Large
	default:
		m.Class = Moderate
	}
}

// chiSquare returns the statistic with its upper tail.
func chiSquare(x, df float64) (chi2, p Figure) {
	chi2 = known(x)
	if !chi2.Known() {
		return chi2, chi2
	}
	return chi2, known(distuv.ChiSquared{K: df}.Survival(x))
}
