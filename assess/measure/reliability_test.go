package measure_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

// cronbachItems are ten items answered by fifteen persons, each row an item. They come
// with the Python package pingouin (cronbach_wide_missing without its gaps), whose
// authors checked alpha against R's psych.
var cronbachItems = [][]int64{
	{3, 5, 7, 2, 6, 1, 4, 2, 6, 5, 4, 4, 5, 6, 4},
	{2, 4, 3, 4, 5, 2, 3, 4, 5, 4, 3, 2, 5, 5, 3},
	{4, 6, 5, 3, 6, 3, 5, 4, 5, 6, 5, 3, 6, 5, 5},
	{1, 3, 5, 3, 5, 4, 3, 3, 5, 4, 2, 2, 2, 4, 5},
	{4, 5, 6, 2, 4, 2, 5, 7, 1, 3, 5, 5, 3, 2, 3},
	{5, 1, 4, 2, 4, 5, 2, 2, 6, 5, 3, 3, 3, 2, 1},
	{1, 2, 3, 2, 4, 2, 1, 2, 5, 3, 2, 4, 2, 1, 3},
	{4, 5, 3, 6, 6, 3, 2, 4, 2, 1, 3, 2, 4, 4, 2},
	{3, 5, 6, 6, 7, 5, 4, 6, 3, 7, 4, 3, 4, 6, 3},
	{2, 5, 5, 3, 5, 2, 3, 5, 2, 2, 1, 4, 5, 5, 4},
}

// momentsOf counts a table whose rows are items, each mark in units of 1.
func momentsOf(t rapid.TB, items [][]int64) measure.Moments {
	t.Helper()
	m := measure.NewMoments(ones(len(items)))
	for p := range items[0] {
		marks := make([]int64, len(items))
		for i := range items {
			marks[i] = items[i][p]
		}
		if why := m.Add(marks); why != "" {
			t.Fatalf("person %d: %s", p, why)
		}
	}
	return m
}

func ones(n int) []int64 { return slices.Repeat([]int64{1}, n) }

// near fails unless the figure is known and within tolerance.
func near(t rapid.TB, what string, got measure.Figure, want, tolerance float64) {
	t.Helper()
	if !got.Known() {
		t.Fatalf("%s: unknown (%s), want %v", what, got.Reason, want)
	}
	if math.Abs(got.Value-want) > tolerance {
		t.Fatalf("%s: got %.12g, want %.12g ± %g", what, got.Value, want, tolerance)
	}
}

// lacking fails unless the figure is unknown for the given reason.
func lacking(t rapid.TB, what string, got measure.Figure, why measure.Reason) {
	t.Helper()
	if got.Reason != why {
		t.Fatalf("%s: got %v (reason %q), want reason %q", what, got.Value, got.Reason, why)
	}
}

func TestAlphaOfPublishedData(t *testing.T) {
	c := momentsOf(t, cronbachItems).Covariance()
	near(t, "alpha", measure.Alpha(c), .591719, 5e-7)
	low, high := measure.AlphaInterval(c)
	near(t, "low", low, .195, 5e-4)
	near(t, "high", high, .840, 5e-4)
}

func TestSpearmanBrownAndItsInverse(t *testing.T) {
	// From .46 to .70 takes 2.74 times the items.
	near(t, "lengthening", measure.Lengthening(.46, .70), 2.74, 5e-3)
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.Float64Range(.01, .98).Draw(t, "r")
		to := rapid.Float64Range(.01, .98).Draw(t, "to")
		near(t, "there and back", measure.SpearmanBrown(r, measure.Lengthening(r, to).Value), to, 1e-12)
	})
}

func TestReliabilityThatCannotBeHad(t *testing.T) {
	two := [][]int64{{0, 1, 1, 0}, {1, 0, 0, 1}} // always one point in all
	one := momentsOf(t, two[:1]).Covariance()
	flat := momentsOf(t, two).Covariance()
	lone := momentsOf(t, [][]int64{{1}, {0}}).Covariance()
	none := measure.NewMoments(ones(2)).Covariance()

	lacking(t, "one item", measure.Alpha(one), measure.TooFewItems)
	lacking(t, "no variance", measure.Alpha(flat), measure.NoVariance)
	lacking(t, "one person", measure.Alpha(lone), measure.TooFewPersons)
	lacking(t, "nobody", measure.Alpha(none), measure.TooFewPersons)
	lacking(t, "omega of two items", measure.Omega(flat), measure.TooFewItems)
	lacking(t, "halves without variance", measure.SplitHalf(flat), measure.NoVariance)
	lacking(t, "strata for other items", measure.StratifiedAlpha(flat, []string{"a"}), measure.Mismatched)
	lacking(t, "retest of two persons", measure.Retest([]float64{1, 2}, []float64{1, 2}), measure.TooFewPersons)
	lacking(t, "retest of unequal lists", measure.Retest([]float64{1, 2}, []float64{1}), measure.Mismatched)
	lacking(t, "retest, constant", measure.Retest([]float64{1, 1, 1}, []float64{1, 2, 3}), measure.NoVariance)
	lacking(t, "retest, no number", measure.Retest([]float64{1, math.NaN(), 1}, []float64{1, 2, 3}), measure.OutOfRange)
	low, high := measure.AlphaInterval(flat)
	lacking(t, "interval low", low, measure.NoVariance)
	lacking(t, "interval high", high, measure.NoVariance)
}

func TestAlphaMayBeNegative(t *testing.T) {
	c := momentsOf(t, [][]int64{{0, 1, 2, 3}, {3, 2, 1, 1}}).Covariance()
	alpha := measure.Alpha(c)
	if !alpha.Known() || alpha.Value >= 0 {
		t.Fatalf("items at odds: got %v, want a negative alpha", alpha)
	}
	low, high := measure.AlphaInterval(c)
	if !(low.Value < alpha.Value && alpha.Value < high.Value) {
		t.Fatalf("interval %v to %v does not hold %v", low, high, alpha)
	}
}

// someItems draws 3 to 8 items of 4 to 30 persons with marks 0 to 6.
func someItems(t *rapid.T) [][]int64 {
	persons := rapid.IntRange(4, 30).Draw(t, "persons")
	return rapid.SliceOfN(rapid.SliceOfN(rapid.Int64Range(0, 6), persons, persons), 3, 8).Draw(t, "items")
}

func TestAlphaOfIdenticalItemsIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := rapid.SliceOfNDistinct(rapid.Int64Range(0, 50), 2, 20, rapid.ID).Draw(t, "item")
		k := rapid.IntRange(2, 9).Draw(t, "k")
		c := momentsOf(t, slices.Repeat([][]int64{item}, k)).Covariance()
		near(t, "alpha", measure.Alpha(c), 1, 1e-12)
		near(t, "halves", measure.SplitHalf(momentsOf(t, slices.Repeat([][]int64{item}, 2)).Covariance()), 1, 1e-12)
	})
}

func TestOrderOfPersonsAndItemsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := someItems(t)
		before := momentsOf(t, items).Covariance()
		persons := rapid.Permutation(count(len(items[0]))).Draw(t, "person order")
		order := rapid.Permutation(count(len(items))).Draw(t, "item order")
		shuffled := make([][]int64, len(items))
		for to, from := range order {
			for _, p := range persons {
				shuffled[to] = append(shuffled[to], items[from][p])
			}
		}
		after := momentsOf(t, shuffled).Covariance()
		same(t, "alpha", measure.Alpha(before), measure.Alpha(after))
		same(t, "omega", measure.Omega(before), measure.Omega(after))
		was, is := measure.Items(before), measure.Items(after)
		for to, from := range order {
			same(t, "item–rest", was[from].ItemRest, is[to].ItemRest)
			same(t, "alpha if deleted", was[from].AlphaIfDeleted, is[to].AlphaIfDeleted)
		}
	})
}

func count(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// same fails unless both figures are alike up to rounding, or both unknown for the same reason.
func same(t rapid.TB, what string, a, b measure.Figure) {
	t.Helper()
	if a.Reason != b.Reason || math.Abs(a.Value-b.Value) > 1e-7*max(1, math.Abs(a.Value)) {
		t.Fatalf("%s: %v and %v differ", what, a, b)
	}
}

func TestStratifiedAlpha(t *testing.T) {
	c := momentsOf(t, cronbachItems).Covariance()
	same(t, "one stratum is plain alpha", measure.StratifiedAlpha(c, slices.Repeat([]string{"a"}, 10)), measure.Alpha(c))

	// By hand from the two halves: 1 − Σ(1−α_s)·var_s / var.
	strata := []string{"a", "a", "a", "a", "a", "b", "b", "b", "b", "b"}
	a, b := c.Select([]int{0, 1, 2, 3, 4}), c.Select([]int{5, 6, 7, 8, 9})
	_, va := a.Total()
	_, vb := b.Total()
	_, v := c.Total()
	want := 1 - ((1-measure.Alpha(a).Value)*va+(1-measure.Alpha(b).Value)*vb)/v
	near(t, "two strata", measure.StratifiedAlpha(c, strata), want, 1e-12)

	strata[0] = "alone"
	lacking(t, "an item alone in its stratum", measure.StratifiedAlpha(c, strata), measure.TooFewItems)
}

func TestRetestIsTheCorrelation(t *testing.T) {
	// Anscombe 1973, first set: r = .81642.
	x := []float64{10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5}
	y := []float64{8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68}
	near(t, "retest", measure.Retest(x, y), .81642, 5e-6)
}

func TestOneFactorRecoversItsLoadings(t *testing.T) {
	// Simulated from loadings .3 to .8 with unit variances; 200,000 persons.
	loadings := []float64{.3, .4, .5, .6, .7, .8}
	random := rand.New(rand.NewPCG(1, 1))
	r := measure.NewRunning(len(loadings))
	row := make([]float64, len(loadings))
	for range 200_000 {
		f := random.NormFloat64()
		for i, l := range loadings {
			row[i] = l*f + math.Sqrt(1-l*l)*random.NormFloat64()
		}
		r.Add(row)
	}
	fit := measure.OneFactor(r.Covariance())
	if fit.Reason != "" {
		t.Fatal(fit.Reason)
	}
	common, unique := 0.0, 0.0
	for i, l := range loadings {
		if math.Abs(fit.Loadings[i]-l) > .01 {
			t.Errorf("loading %d: got %.4f, want %.1f ± .01", i, fit.Loadings[i], l)
		}
		common += l
		unique += 1 - l*l
	}
	near(t, "omega", measure.Omega(r.Covariance()), common*common/(common*common+unique), .005)
}

func TestOneFactorIsExactForThreeItems(t *testing.T) {
	// Three items leave nothing over: λ₁² = s₁₂·s₁₃/s₂₃ and so on, in the items' units.
	c := momentsOf(t, [][]int64{{5, 2, 0, 4, 5, 3, 2, 0}, {1, 4, 2, 2, 5, 1, 3, 1}, {1, 2, 1, 3, 4, 5, 4, 0}}).Covariance()
	l := []float64{
		math.Sqrt(c.At(0, 1) * c.At(0, 2) / c.At(1, 2)),
		math.Sqrt(c.At(0, 1) * c.At(1, 2) / c.At(0, 2)),
		math.Sqrt(c.At(0, 2) * c.At(1, 2) / c.At(0, 1)),
	}
	common := l[0] + l[1] + l[2]
	unique := 0.0
	for i := range l {
		unique += c.At(i, i) - l[i]*l[i]
	}
	near(t, "omega", measure.Omega(c), common*common/(common*common+unique), 1e-10)
}

func TestFactorThatCannotBeHad(t *testing.T) {
	// r₁₂·r₁₃/r₂₃ = .76·.33/.23 is above 1: the first item would have less than no error.
	heywood := [][]int64{{0, 2, 3, 0, 2, 2, 2, 4}, {0, 1, 5, 0, 2, 0, 5, 5}, {0, 1, 5, 2, 3, 4, 2, 1}}
	lacking(t, "Heywood", measure.Omega(momentsOf(t, heywood).Covariance()), measure.HeywoodCase)
	twins := [][]int64{{0, 1, 2, 3}, {0, 1, 2, 3}, {1, 0, 3, 2}}
	lacking(t, "twins", measure.Omega(momentsOf(t, twins).Covariance()), measure.Singular)
	still := [][]int64{{0, 1, 2, 3}, {1, 1, 1, 1}, {1, 0, 3, 2}}
	lacking(t, "an item that never varies", measure.Omega(momentsOf(t, still).Covariance()), measure.NoVariance)
}
