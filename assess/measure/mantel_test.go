package measure_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

// stratumOf is a table as a stratum of an item marked 0 or 1.
func stratumOf(score float64, x measure.Table) measure.Stratum {
	return measure.Stratum{Score: score, Reference: []int64{x.B, x.A}, Focal: []int64{x.D, x.C}}
}

func TestMantelOfTwoLevelsIsMantelHaenszel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tables := someTables(t)
		var strata []measure.Stratum
		for i, x := range tables {
			strata = append(strata, stratumOf(float64(i), x))
		}
		graded, plain := measure.MantelGraded(strata, []float64{0, 1}), measure.MH(tables)
		if plain.Chi2Uncorrected.Known() && graded.Chi2.Known() {
			same(t, "chi-square", graded.Chi2, plain.Chi2Uncorrected)
			same(t, "p", graded.P, plain.PUncorrected)
		}
	})
}

func TestMantelDoesNotMindTheUnitOfMarks(t *testing.T) {
	strata := []measure.Stratum{
		{Score: 1, Reference: []int64{5, 9, 3}, Focal: []int64{8, 6, 1}},
		{Score: 2, Reference: []int64{2, 8, 9}, Focal: []int64{4, 7, 5}},
	}
	a := measure.MantelGraded(strata, []float64{0, .5, 1})
	b := measure.MantelGraded(strata, []float64{10, 20, 30})
	same(t, "chi-square", a.Chi2, b.Chi2)
	same(t, "effect", a.Effect, b.Effect)
	near(t, "SMD", b.SMD, 20*a.SMD.Value, 1e-12)
	if a.SMD.Value >= 0 {
		t.Errorf("the focal group does worse, yet SMD is %v", a.SMD)
	}
	// By hand, the focal group's 15 and 16 persons weighing the differences of the means.
	want := (15*((6*.5+1)/15-(9*.5+3)/17) + 16*((7*.5+5)/16-(8*.5+9)/19)) / 31
	near(t, "SMD by hand", a.SMD, want, 1e-12)
}

func TestMantelThatCannotBeHad(t *testing.T) {
	marks := []float64{0, 1}
	lacking(t, "nobody", measure.MantelGraded(nil, marks).Chi2, measure.OneGroup)
	lacking(t, "one group", measure.MantelGraded([]measure.Stratum{{0, []int64{1, 2}, []int64{0, 0}}}, marks).SMD, measure.OneGroup)
	lacking(t, "never meet", measure.MantelGraded([]measure.Stratum{{0, []int64{1, 2}, []int64{0, 0}}, {1, []int64{0, 0}, []int64{2, 1}}}, marks).P, measure.NoStrata)
	lacking(t, "all the same mark", measure.MantelGraded([]measure.Stratum{{0, []int64{0, 2}, []int64{0, 3}}}, marks).Effect, measure.NoVariance)
	lacking(t, "levels without marks", measure.MantelGraded([]measure.Stratum{{0, []int64{1, 2, 3}, []int64{1, 1, 1}}}, marks).Chi2, measure.Mismatched)
	lacking(t, "a negative count", measure.MantelGraded([]measure.Stratum{{0, []int64{1, -2}, []int64{1, 1}}}, marks).Chi2, measure.BadCounts)
}

func TestLogisticIsExactWhenSaturated(t *testing.T) {
	// Two scores, two groups, right or wrong: score, group and interaction fit the four
	// cells exactly, so the likelihood with all three is that of the observed shares;
	// with the score alone, that of the shares per score.
	strata := []measure.Stratum{
		{Score: 3, Reference: []int64{30, 20}, Focal: []int64{35, 10}},
		{Score: 7, Reference: []int64{10, 45}, Focal: []int64{12, 25}},
	}
	share := func(wrong, right int64) float64 {
		w, r := float64(wrong), float64(right)
		return w*math.Log(w/(w+r)) + r*math.Log(r/(w+r))
	}
	perScore, perCell := 0.0, 0.0
	for _, s := range strata {
		perScore += share(s.Reference[0]+s.Focal[0], s.Reference[1]+s.Focal[1])
		perCell += share(s.Reference[0], s.Reference[1]) + share(s.Focal[0], s.Focal[1])
	}
	d := measure.Logistic(strata)
	near(t, "both steps", measure.Figure{Value: d.UniformChi2.Value + d.NonuniformChi2.Value}, 2*(perCell-perScore), 1e-8)

	n, null := 187.0, share(87, 100)
	r2 := func(l float64) float64 { return (1 - math.Exp(2*(null-l)/n)) / (1 - math.Exp(2*null/n)) }
	near(t, "what both add to R²", measure.Figure{Value: d.UniformR2.Value + d.NonuniformR2.Value}, r2(perCell)-r2(perScore), 1e-9)
}

func TestLogisticDoesNotMindScaleSideOrDirection(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	item := measure.NewMatched([]int{4})
	for range 800 {
		score := random.Int64N(12)
		side := measure.Side(random.IntN(2))
		level := min(3, int(float64(score)/12*3+random.Float64()*2))
		item.Add(score, side, []uint8{uint8(level)})
	}
	strata := item.Strata(0)
	var scaled, swapped, reversed []measure.Stratum
	for _, s := range strata {
		scaled = append(scaled, measure.Stratum{Score: 1e6 + s.Score/1000, Reference: s.Reference, Focal: s.Focal})
		swapped = append(swapped, measure.Stratum{Score: s.Score, Reference: s.Focal, Focal: s.Reference})
		back := func(l []int64) []int64 { return []int64{l[3], l[2], l[1], l[0]} }
		reversed = append(reversed, measure.Stratum{Score: s.Score, Reference: back(s.Reference), Focal: back(s.Focal)})
	}
	a := measure.Logistic(strata)
	for what, other := range map[string][]measure.Stratum{"scaled": scaled, "swapped": swapped, "reversed": reversed} {
		b := measure.Logistic(other)
		same(t, what+", uniform", a.UniformChi2, b.UniformChi2)
		same(t, what+", not uniform", a.NonuniformChi2, b.NonuniformChi2)
		same(t, what+", R²", a.UniformR2, b.UniformR2)
	}
}

func TestLogisticThatCannotBeHad(t *testing.T) {
	lacking(t, "nobody", measure.Logistic(nil).UniformP, measure.OneGroup)
	lacking(t, "one score", measure.Logistic([]measure.Stratum{{3, []int64{4, 5}, []int64{6, 7}}}).UniformP, measure.NoVariance)
	lacking(t, "one mark", measure.Logistic([]measure.Stratum{{3, []int64{4, 0}, []int64{6, 0}}, {4, []int64{4, 0}, []int64{6, 0}}}).UniformP, measure.NoVariance)
	lacking(t, "score foretells mark", measure.Logistic([]measure.Stratum{{3, []int64{4, 0}, []int64{6, 0}}, {4, []int64{0, 4}, []int64{0, 6}}}).UniformP, measure.Separated)
	lacking(t, "a negative count", measure.Logistic([]measure.Stratum{{3, []int64{4, -1}, []int64{6, 0}}}).UniformP, measure.BadCounts)
	lacking(t, "ragged", measure.Logistic([]measure.Stratum{{3, []int64{4}, []int64{6, 0}}}).UniformP, measure.Mismatched)
}

func TestMatchedAddsOverShards(t *testing.T) {
	levels := []int{3, 2}
	rapid.Check(t, func(t *rapid.T) {
		whole, a, b := measure.NewMatched(levels), measure.NewMatched(levels), measure.NewMatched(levels)
		for i := range rapid.IntRange(0, 40).Draw(t, "persons") {
			score, side := rapid.Int64Range(0, 9).Draw(t, "score"), measure.Side(rapid.IntRange(0, 1).Draw(t, "side"))
			marks := []uint8{rapid.Uint8Range(0, 2).Draw(t, "first"), rapid.Uint8Range(0, 1).Draw(t, "second")}
			whole.Add(score, side, marks)
			if i%3 == 0 {
				a.Add(score, side, marks)
			} else {
				b.Add(score, side, marks)
				a.Add(score, side, marks)
				a.Remove(score, side, marks)
			}
		}
		a.Merge(b)
		for item := range levels {
			if got, want := a.Strata(item), whole.Strata(item); !reflect.DeepEqual(got, want) {
				t.Fatalf("item %d: shards add up to %v, want %v", item, got, want)
			}
		}
	})
}

func TestMatchedRefusesWhatItCannotCount(t *testing.T) {
	m := measure.NewMatched([]int{2})
	for _, refused := range []struct {
		what      string
		why, want measure.Reason
	}{
		{"a level too high", m.Add(1, measure.Focal, []uint8{2}), measure.OutOfRange},
		{"a third side", m.Add(1, measure.Side(2), []uint8{0}), measure.OutOfRange},
		{"another form's marks", m.Add(1, measure.Focal, []uint8{0, 0}), measure.Mismatched},
		{"nobody to take back", m.Remove(1, measure.Focal, []uint8{0}), measure.BadCounts},
		{"another form's counts", m.Merge(measure.NewMatched([]int{3})), measure.Mismatched},
	} {
		if refused.why != refused.want {
			t.Errorf("%s: got %q, want %q", refused.what, refused.why, refused.want)
		}
	}
	if strata := m.Strata(0); strata != nil {
		t.Errorf("refusals were counted: %v", strata)
	}
}

func TestGradedFiguresAreFiniteOrHaveAReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.IntRange(2, 4).Draw(t, "levels")
		counts := rapid.SliceOfN(rapid.Int64Range(0, 3), levels, levels)
		var strata []measure.Stratum
		for score := range rapid.IntRange(0, 4).Draw(t, "scores") {
			strata = append(strata, measure.Stratum{Score: float64(score), Reference: counts.Draw(t, "reference"), Focal: counts.Draw(t, "focal")})
		}
		marks := []float64{0, 1. / 3, 2. / 3, 1}[:levels]
		l, m := measure.Logistic(strata), measure.MantelGraded(strata, marks)
		for _, f := range []measure.Figure{l.UniformChi2, l.UniformP, l.NonuniformChi2, l.NonuniformP, l.UniformR2, l.NonuniformR2, m.Chi2, m.P, m.SMD, m.Effect} {
			if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) || f.Reason == measure.OutOfRange || f.Reason == measure.NoConvergence {
				t.Fatalf("%v: %+v %+v", strata, l, m)
			}
		}
	})
}
