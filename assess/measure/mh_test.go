package measure_test

import (
	"math"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

func TestMantelHaenszelOfPublishedTables(t *testing.T) {
	// The rabbits of R's help page mantelhaen.test (Agresti 1990, p. 230).
	r := measure.MH([]measure.Table{{0, 0, 6, 5}, {3, 0, 3, 6}, {6, 2, 0, 4}, {5, 6, 1, 0}, {2, 5, 0, 0}})
	near(t, "odds ratio", r.OddsRatio, 7, 1e-12)
	near(t, "chi-square", r.Chi2, 3.9286, 5e-5)
	near(t, "p", r.P, .04747, 5e-6)
	near(t, "low", r.OddsLow, 1.026713, 5e-7)
	near(t, "high", r.OddsHigh, 47.725133, 5e-7)
}

func TestChiSquareNeedsRoomForFive(t *testing.T) {
	// ΣE of a is 10 with 10 on either side; then 5 · 4/10 = 2 with 2 below.
	if ample := measure.MH([]measure.Table{{11, 9, 9, 11}}); ample.Note != "" {
		t.Errorf("forty persons: %q", ample.Note)
	}
	if sparse := measure.MH([]measure.Table{{3, 2, 1, 4}}); sparse.Note != measure.SmallNumbers {
		t.Errorf("ten persons: %q", sparse.Note)
	}
}

func TestBreslowDayOfPublishedTables(t *testing.T) {
	// Columbia University, P8120 course notes, computed there by R's DescTools.
	teeth := measure.MH([]measure.Table{{30, 25, 12, 17}, {4, 6, 68, 94}})
	near(t, "teeth", teeth.BreslowDay, .57493, 5e-6)
	near(t, "teeth, p", teeth.BreslowDayP, .4483, 5e-5)
	smoking := measure.MH([]measure.Table{{12, 21, 25, 118}, {96, 148, 92, 150}})
	near(t, "smoking", smoking.BreslowDay, 4.2069, 5e-5)
	near(t, "smoking, p", smoking.BreslowDayP, .04026, 5e-6)
	if !(smoking.Tarone.Value <= smoking.BreslowDay.Value) {
		t.Errorf("Tarone's correction only subtracts: %v from %v", smoking.Tarone, smoking.BreslowDay)
	}
}

func TestMigraineOfTheSASManual(t *testing.T) {
	// SAS/STAT, PROC FREQ, the example of migraine treatments by sex, also in R's DescTools.
	r := measure.MH([]measure.Table{{16, 11, 5, 20}, {12, 16, 7, 19}})
	near(t, "odds ratio", r.OddsRatio, 3.3132, 5e-5)
	near(t, "low", r.OddsLow, 1.4456, 5e-5)
	near(t, "high", r.OddsHigh, 7.5934, 5e-5)
	near(t, "chi-square", r.Chi2Uncorrected, 8.3052, 5e-5)
	near(t, "Breslow–Day", r.BreslowDay, 1.4929, 5e-5)
	near(t, "Breslow–Day, p", r.BreslowDayP, .2218, 5e-5)
	near(t, "Tarone", r.Tarone, 1.4905, 5e-5)
	near(t, "Tarone, p", r.TaroneP, .2221, 5e-5)
}

func TestContinuityCorrectionOnlyFromOneHalf(t *testing.T) {
	// Σa − ΣE = 0: nothing to subtract from.
	r := measure.MH([]measure.Table{{5, 5, 5, 5}})
	near(t, "chi-square", r.Chi2, 0, 0)
	near(t, "p", r.P, 1, 0)
	// 21 − 40·62/120 = ⅓, less than one half: both are the same.
	r = measure.MH([]measure.Table{{21, 19, 41, 39}})
	if r.Chi2 != r.Chi2Uncorrected || r.Chi2.Value <= 0 {
		t.Errorf("corrected %v, uncorrected %v, want the same", r.Chi2, r.Chi2Uncorrected)
	}
	// 3 − 4·4/8 = 1: the square of ½ instead of 1.
	r = measure.MH([]measure.Table{{3, 1, 1, 3}})
	near(t, "corrected over uncorrected", measure.Figure{Value: r.Chi2.Value / r.Chi2Uncorrected.Value}, .25, 1e-12)
}

func TestReversingTheGroupsInvertsTheOddsRatio(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tables := someTables(t)
		reversed := make([]measure.Table, len(tables))
		for i, x := range tables {
			reversed[i] = measure.Table{A: x.C, B: x.D, C: x.A, D: x.B}
		}
		a, b := measure.MH(tables), measure.MH(reversed)
		same(t, "chi-square", a.Chi2, b.Chi2)
		if a.Delta.Known() {
			near(t, "product of the odds ratios", measure.Figure{Value: a.OddsRatio.Value * b.OddsRatio.Value}, 1, 1e-12)
			near(t, "sum of the deltas", measure.Figure{Value: a.Delta.Value + b.Delta.Value}, 0, 1e-12)
			near(t, "limits", measure.Figure{Value: a.OddsLow.Value * b.OddsHigh.Value}, 1, 1e-9)
			same(t, "Breslow–Day", a.BreslowDay, b.BreslowDay)
			same(t, "Tarone", a.Tarone, b.Tarone)
			if a.Class != b.Class {
				t.Fatalf("class %s becomes %s", a.Class, b.Class)
			}
		}
	})
}

func someTables(t *rapid.T) []measure.Table {
	cell := rapid.Int64Range(0, 40)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) measure.Table {
		return measure.Table{A: cell.Draw(t, "a"), B: cell.Draw(t, "b"), C: cell.Draw(t, "c"), D: cell.Draw(t, "d")}
	}), 1, 8).Draw(t, "tables")
}

func TestExpectedCountsHaveTheCommonOddsRatio(t *testing.T) {
	// Tables that share one odds ratio exactly are perfectly homogeneous.
	r := measure.MH([]measure.Table{{20, 10, 10, 10}, {40, 10, 20, 10}, {200, 300, 100, 300}})
	near(t, "odds ratio", r.OddsRatio, 2, 1e-12)
	near(t, "Breslow–Day", r.BreslowDay, 0, 1e-18)
}

func TestMantelHaenszelThatCannotBeHad(t *testing.T) {
	lacking(t, "nobody", measure.MH(nil).OddsRatio, measure.OneGroup)
	lacking(t, "one group", measure.MH([]measure.Table{{3, 2, 0, 0}}).Chi2, measure.OneGroup)
	lacking(t, "groups never meet", measure.MH([]measure.Table{{3, 2, 0, 0}, {0, 0, 4, 1}}).Chi2, measure.NoStrata)
	lacking(t, "everybody right", measure.MH([]measure.Table{{3, 0, 4, 0}}).Chi2, measure.NoStrata)
	lacking(t, "a negative count", measure.MH([]measure.Table{{3, 1, -4, 2}}).Chi2, measure.BadCounts)

	unbounded := measure.MH([]measure.Table{{3, 0, 4, 2}})
	lacking(t, "no bc", unbounded.OddsRatio, measure.ZeroCells)
	if !unbounded.Chi2.Known() || unbounded.Class != "" {
		t.Errorf("chi-square exists (%v) and no class does (%q)", unbounded.Chi2, unbounded.Class)
	}
	zero := measure.MH([]measure.Table{{0, 3, 4, 2}})
	near(t, "no ad", zero.OddsRatio, 0, 0)
	lacking(t, "delta of 0", zero.Delta, measure.ZeroCells)
	lacking(t, "interval of 0", zero.OddsLow, measure.ZeroCells)
	lacking(t, "one stratum is homogeneous with itself", measure.MH([]measure.Table{{3, 1, 4, 2}}).BreslowDay, measure.NoStrata)
}

func TestNothingIsEverNotANumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.Int64Range(0, 3)
		tables := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) measure.Table {
			return measure.Table{A: cell.Draw(t, "a"), B: cell.Draw(t, "b"), C: cell.Draw(t, "c"), D: cell.Draw(t, "d")}
		}), 0, 4).Draw(t, "tables")
		r := measure.MH(tables)
		for _, f := range []measure.Figure{r.OddsRatio, r.OddsLow, r.OddsHigh, r.Chi2, r.P, r.BreslowDay, r.BreslowDayP, r.Tarone, r.TaroneP, r.Delta, r.DeltaSE} {
			if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) || f.Reason == measure.OutOfRange {
				t.Fatalf("%v: %+v", tables, r)
			}
		}
	})
}

func TestFalseDiscovery(t *testing.T) {
	// Benjamini & Hochberg 1995, the fifteen p values of their example: at .05 the four
	// smallest are rejected, where Bonferroni rejects three.
	p := []float64{.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1}
	figures := make([]measure.Figure, len(p))
	for i, v := range p {
		figures[i] = measure.Figure{Value: v}
	}
	figures = append(figures, measure.Figure{Reason: measure.NoStrata})
	adjusted := measure.FalseDiscovery(figures)
	rejected := 0
	for _, f := range adjusted {
		if f.Known() && f.Value <= .05 {
			rejected++
		}
	}
	if rejected != 4 {
		t.Errorf("%d rejected, want 4", rejected)
	}
	near(t, "the smallest", adjusted[0], .0015, 1e-12)
	lacking(t, "the one without p", adjusted[15], measure.NoStrata)
}
