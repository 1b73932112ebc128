package assess

import (
	"github.com/fourfold/fourfold/assess/measure"
)

// tally is the counters of one population: what pages read their figures from.
type tally struct {
	*layout
	counts []int64
}

func (l *layout) empty() tally { return tally{l, make([]int64, l.size)} }

// n is how many results were counted.
func (t tally) n() int64 { return t.counts[0] }

// shown is in how many of them a quality has a score.
func (t tally) shown(q int) int64 { return t.counts[t.qualities[q].shown] }

// moments are those of everybody who answered all the items of a part.
func (t tally) moments(m momentsLayout) measure.Moments {
	k := len(m.items)
	units := make([]int64, k)
	for place, i := range m.items {
		units[place] = t.items[i].units
	}
	at := t.counts[m.at:]
	return measure.Moments{Units: units, N: at[0], Sums: at[1 : 1+k], Products: at[1+k : 1+k+k*(k+1)/2]}
}

// meanMarks are the mean marks of the score bins.
func meanMarks() []float64 {
	marks := make([]float64, scoreBins)
	for bin := range marks {
		marks[bin] = float64(bin) / (scoreBins - 1)
	}
	return marks
}

// scores are the closenesses of a quality in whole points.
func (t tally) scores(q int) measure.Scores {
	s := measure.Scores{}
	for bin, n := range t.counts[t.qualities[q].points:][:pointBins] {
		if n > 0 {
			s[float64(bin+lowestPoint)] = n
		}
	}
	return s
}

// marks are an item's marks by score bin.
func (t tally) marks(i int) measure.Crosstab {
	at := t.items[i]
	columns := int(at.units + 1)
	return measure.Crosstab{Columns: columns, Counts: t.counts[at.marks:][:scoreBins*columns]}
}

// picks is how many picked an option and how many did not, by score bin. To pick is
// to call it the most effective, to rate it effective, to rank it first or to choose
// it; the least effective of a best_worst item is asked for apart.
func (t tally) picks(i, option int, picked func(code int) bool) measure.Crosstab {
	at := t.items[i]
	table := measure.NewCrosstab(scoreBins, 2)
	for bin := range scoreBins {
		for code, n := range t.counts[at.picks+(option*scoreBins+bin)*at.columns:][:at.columns] {
			column := 0
			if picked(code) {
				column = 1
			}
			table.Counts[2*bin+column] += n
		}
	}
	return table
}

// times are the times spent on an item under one clock.
func (t tally) times(i, clock int) []int64 {
	return t.counts[t.items[i].times+clock*measure.TimeBins:][:measure.TimeBins]
}
