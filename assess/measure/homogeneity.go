package measure

import "math"

// homogeneity asks whether one odds ratio fits every stratum (Breslow & Day 1980):
// Σ (a − E)²/V, where E is the count that would give the stratum the common odds ratio
// and 1/V the sum of the reciprocals of the four counts expected with it. Tarone 1985
// subtracts (Σa − ΣE)²/ΣV. Strata with an empty margin are already left out.
func (m *MantelHaenszel) homogeneity(kept []Table) {
	m.DegreesOfFreedom = len(kept) - 1
	why := m.OddsRatio.Reason
	switch {
	case why == "" && m.OddsRatio.Value == 0:
		why = ZeroCells
	case why == "" && len(kept) < 2:
		why = NoStrata
	}
	if why != "" {
		none := unknown(why)
		m.BreslowDay, m.BreslowDayP, m.Tarone, m.TaroneP = none, none, none, none
		return
	}
	chi2, gaps, variances := 0.0, 0.0, 0.0
	for _, t := range kept {
		e := t.expectedA(m.OddsRatio.Value)
		right, reference, focal := float64(t.A+t.C), float64(t.A+t.B), float64(t.C+t.D)
		v := 1 / (1/e + 1/(reference-e) + 1/(right-e) + 1/(focal-right+e))
		gap := float64(t.A) - e
		chi2 += gap * gap / v
		gaps += gap
		variances += v
	}
	df := float64(m.DegreesOfFreedom)
	m.BreslowDay, m.BreslowDayP = chiSquare(chi2, df)
	m.Tarone, m.TaroneP = chiSquare(max(0, chi2-gaps*gaps/variances), df)
}

// expectedA solves a(focal−right+a) = odds·(reference−a)(right−a) for the root within
// the margins, in the form that loses no digits when odds are near 1 or far from it.
func (t Table) expectedA(odds float64) float64 {
	right, reference, focal := float64(t.A+t.C), float64(t.A+t.B), float64(t.C+t.D)
	qa := 1 - odds
	qb := focal - right + odds*(reference+right)
	qc := -odds * reference * right
	root := math.Sqrt(max(0, qb*qb-4*qa*qc))
	if qb >= 0 {
		return -2 * qc / (qb + root)
	}
	return (root - qb) / (2 * qa)
}
