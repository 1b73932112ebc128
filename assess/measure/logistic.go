package measure

import "math"

// LogisticDIF asks by ordinal logistic regression whether group foretells an item's
// marks once the matching score is known (Swaminathan & Rogers 1990; Zumbo 1999).
type LogisticDIF struct {
	UniformChi2, UniformP       Figure // score + group against score alone, 1 df
	NonuniformChi2, NonuniformP Figure // with interaction against without, 1 df
	UniformR2, NonuniformR2     Figure // what each step adds to Nagelkerke's R²
	Class                       DIFClass
}

// The limits of what group and interaction together add to R² (Jodoin & Gierl 2001).
const (
	moderateR2 = .035
	largeR2    = .070
)

// Logistic fits three nested proportional-odds models, logit P(level ≤ j) = α_j − η, with
// η the score, then the group, then their product. For two levels it is ordinary logistic
// regression. R² is (1 − exp(2(l₀−l)/n)) / (1 − exp(2l₀/n)) (Nagelkerke 1991). The item
// is at most negligible when neither step is significant.
func Logistic(strata []Stratum) LogisticDIF {
	data, why := newOrdinal(strata)
	if why != "" {
		return logisticUnknown(why)
	}
	var likelihood [4]float64
	for predictors := range likelihood {
		l, why := data.fit(predictors)
		if why != "" {
			return logisticUnknown(why)
		}
		likelihood[predictors] = l
	}
	r2 := func(l float64) float64 {
		return -math.Expm1(2*(likelihood[0]-l)/data.n) / -math.Expm1(2*likelihood[0]/data.n)
	}
	score, group, both := likelihood[1], likelihood[2], likelihood[3]
	var d LogisticDIF
	d.UniformChi2, d.UniformP = chiSquare(max(0, 2*(group-score)), 1)
	d.NonuniformChi2, d.NonuniformP = chiSquare(max(0, 2*(both-group)), 1)
	d.UniformR2 = known(r2(group) - r2(score))
	d.NonuniformR2 = known(r2(both) - r2(group))
	d.classify()
	return d
}

func logisticUnknown(why Reason) LogisticDIF {
	u := unknown(why)
	return LogisticDIF{UniformChi2: u, UniformP: u, NonuniformChi2: u, NonuniformP: u, UniformR2: u, NonuniformR2: u}
}

func (d *LogisticDIF) classify() {
	if firstReason(d.UniformP, d.NonuniformP, d.UniformR2, d.NonuniformR2) != "" {
		return
	}
	added := d.UniformR2.Value + d.NonuniformR2.Value
	switch {
	case d.UniformP.Value >= significant && d.NonuniformP.Value >= significant || added < moderateR2:
		d.Class = Negligible
	case added < largeR2:
		d.Class = Moderate
	default:
		d.Class = Large
	}
}

// ordinal is the data of a proportional-odds model: cells of persons with the same
// predictors, and how many of them reached each level that anybody reached.
type ordinal struct {
	levels int
	n      float64
	cells  []ordinalCell
}

type ordinalCell struct {
	x      [3]float64 // standardized score, group (±½), their product
	counts []float64
}

// newOrdinal gathers the cells, drops levels nobody reached and standardizes the score,
// which changes no likelihood and keeps the equations well conditioned.
func newOrdinal(strata []Stratum) (ordinal, Reason) {
	var marginal []float64
	var members [2]float64
	var scores gradedSums
	for _, s := range strata {
		if len(s.Reference) != len(s.Focal) || len(s.Focal) != len(strata[0].Focal) {
			return ordinal{}, Mismatched
		}
		if marginal == nil {
			marginal = make([]float64, len(s.Focal))
		}
		for level := range marginal {
			if s.Reference[level] < 0 || s.Focal[level] < 0 {
				return ordinal{}, BadCounts
			}
			both := float64(s.Reference[level] + s.Focal[level])
			marginal[level] += both
			members[Reference] += float64(s.Reference[level])
			members[Focal] += float64(s.Focal[level])
			scores.add(s.Score-strata[0].Score, both)
		}
	}
	var used []int
	for level, n := range marginal {
		if n > 0 {
			used = append(used, level)
		}
	}
	sd := 0.0
	if scores.n > 1 {
		sd = scores.sd()
	}
	switch {
	case members[Reference] == 0 || members[Focal] == 0:
		return ordinal{}, OneGroup
	case len(used) < 2 || !(sd > 0):
		return ordinal{}, NoVariance
	}
	o := ordinal{levels: len(used), n: scores.n}
	mean := strata[0].Score + scores.sum/scores.n
	for _, s := range strata {
		z := (s.Score - mean) / sd
		for side, levels := range [][]int64{s.Reference, s.Focal} {
			group := float64(side) - .5
			cell := ordinalCell{x: [3]float64{z, group, z * group}, counts: make([]float64, len(used))}
			for at, level := range used {
				cell.counts[at] = float64(levels[level])
			}
			o.cells = append(o.cells, cell)
		}
	}
	return o, ""
}
