package measure_test

import (
	"math"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

// anxiety is twenty persons rated by three raters, from the R package irr.
var anxiety = transpose([][]float64{
	{3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3},
	{3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4},
	{2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2},
})

func transpose(columns [][]float64) [][]float64 {
	rows := make([][]float64, len(columns[0]))
	for i := range rows {
		for _, c := range columns {
			rows[i] = append(rows[i], c[i])
		}
	}
	return rows
}

func TestKendallWOfPublishedRatings(t *testing.T) {
	// irr's kendall(anxiety, TRUE): Wt .54, chi-square(19) 30.8, p .0429.
	w := measure.KendallW(anxiety)
	near(t, "corrected", w.WTies, .54, 5e-3)
	near(t, "chi-square", w.Chi2, 30.8, .05)
	near(t, "p", w.P, .0429, 5e-5)
	if !(w.W.Value < w.WTies.Value) {
		t.Errorf("uncorrected %v is not below corrected %v", w.W, w.WTies)
	}
}

func TestICCOfShroutAndFleiss(t *testing.T) {
	// Shrout & Fleiss 1979, tables 2 and 4: six targets, four judges.
	got := measure.ICC([][]float64{{9, 2, 5, 8}, {6, 1, 3, 2}, {8, 4, 6, 8}, {7, 1, 2, 6}, {10, 5, 6, 9}, {6, 2, 4, 7}})
	near(t, "ICC(1,1)", got.ICC11, .17, 5e-3)
	near(t, "ICC(2,1)", got.ICC21, .29, 5e-3)
	near(t, "ICC(3,1)", got.ICC31, .71, 5e-3)
	near(t, "ICC(1,4)", got.ICC1k, .44, 5e-3)
	near(t, "ICC(2,4)", got.ICC2k, .62, 5e-3)
	near(t, "ICC(3,4)", got.ICC3k, .91, 5e-3)
	// irr's icc(anxiety, "twoway", "agreement").
	near(t, "anxiety", measure.ICC(anxiety).ICC21, .198, 5e-4)
}

func TestAgreementAtItsEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(2, 12).Draw(t, "objects"), rapid.IntRange(2, 6).Draw(t, "raters")
		order := rapid.Permutation(count(n)).Draw(t, "order")
		ratings := make([][]float64, n)
		for i := range ratings {
			for range m {
				ratings[i] = append(ratings[i], float64(order[i]))
			}
		}
		w := measure.KendallW(ratings)
		near(t, "W of raters who agree", w.W, 1, 1e-12)
		near(t, "the same corrected", w.WTies, 1, 1e-12)
		near(t, "ICC(2,1)", measure.ICC(ratings).ICC21, 1, 1e-12)
	})
	near(t, "W of two opposites", measure.KendallW([][]float64{{1, 3}, {2, 2}, {3, 1}}).W, 0, 0)
}

func TestAgreementThatCannotBeHad(t *testing.T) {
	ties := measure.KendallW([][]float64{{.1, .1}, {.1, .1}, {.1, .1}})
	near(t, "W when all are tied", ties.W, 0, 0)
	lacking(t, "corrected", ties.WTies, measure.AllTied)
	lacking(t, "ICC when all are alike", measure.ICC([][]float64{{.1, .1}, {.1, .1}, {.1, .1}}).ICC31, measure.NoVariance)
	lacking(t, "equal means", measure.ICC([][]float64{{.1, .3}, {.2, .2}, {.3, .1}}).ICC3k, measure.NoVariance)
	lacking(t, "one object", measure.KendallW([][]float64{{1, 2}}).W, measure.TooFewPersons)
	lacking(t, "one rater", measure.KendallW([][]float64{{1}, {2}}).W, measure.TooFewRaters)
	lacking(t, "nobody", measure.ICC(nil).ICC11, measure.TooFewPersons)
	lacking(t, "ragged", measure.ICC([][]float64{{1, 2}, {1}}).ICC11, measure.Mismatched)
	lacking(t, "no number", measure.ICC([][]float64{{1, 2}, {1, math.NaN()}}).ICC11, measure.OutOfRange)
}

func TestPanel(t *testing.T) {
	p := measure.PanelOf([]float64{4, 3, 4, 2})
	near(t, "median", p.Median, 3.5, 0)
	near(t, "SD", p.SD, math.Sqrt(11./12), 1e-15)
	lacking(t, "SD of one", measure.PanelOf([]float64{4}).SD, measure.TooFewRaters)
	lacking(t, "median of none", measure.PanelOf(nil).Median, measure.TooFewPersons)
}
