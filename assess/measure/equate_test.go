package measure_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
)

// The ACT mathematics forms of Kolen & Brennan 2014, table 2.5: how many of 4,329
// examinees on X and 4,152 on Y had each score from 0 to 40.
var (
	actX = scoresFrom(0, 0, 1, 1, 3, 9, 18, 59, 67, 91, 144, 149, 192, 192, 192, 201, 204, 217, 181, 184, 170, 201,
		147, 163, 147, 140, 147, 126, 113, 100, 106, 107, 91, 83, 73, 72, 75, 50, 37, 38, 23, 15)
	actY = scoresFrom(0, 0, 1, 3, 13, 42, 59, 95, 131, 158, 161, 194, 164, 166, 197, 177, 158, 169, 132, 158, 151, 134,
		137, 122, 110, 116, 132, 104, 104, 114, 97, 107, 88, 80, 79, 70, 61, 48, 47, 29, 32, 12)
)

func scoresFrom(lowest float64, counts ...int64) measure.Scores {
	s := measure.Scores{}
	for i, n := range counts {
		s.Add(lowest+float64(i), n)
	}
	return s
}

func TestLinearEquatingOfKolenAndBrennan(t *testing.T) {
	near(t, "mean of X", actX.Mean(), 19.8524, 5e-5)
	near(t, "mean of Y", actY.Mean(), 18.9798, 5e-5)
	// With their SDs 8.2116 and 8.9393: y = 1.0886·x − 2.6319.
	line := measure.Linear(actX, actY)
	near(t, "slope", line.Slope, 8.9393/8.2116, 2e-5)
	near(t, "intercept", line.Intercept, 18.9798-8.9393/8.2116*19.8524, 5e-4)
}

func TestEquipercentileEquatingOfKolenAndBrennan(t *testing.T) {
	// Their tables 2.1 to 2.3, as ten examinees each.
	x, y := scoresFrom(0, 2, 3, 2, 2, 1), scoresFrom(0, 1, 2, 2, 3, 2)
	got := measure.EquateEquipercentile(x, y, []float64{0, 1, 2, 3, 4})
	for i, want := range []float64{.5, 1.75, 2.8333, 3.5, 4.25} {
		near(t, "equivalent", got[i].Y, want, 5e-5)
	}
}

func TestAFormEquatesToItself(t *testing.T) {
	for score := 1.; score <= 40; score++ {
		near(t, "linear", measure.Linear(actX, actX).At(score), score, 1e-12)
	}
	for _, e := range measure.EquateEquipercentile(actX, actX, []float64{1, 7, 20, 39, 40}) {
		near(t, "equipercentile", e.Y, e.X, 1e-9)
	}
}

func TestBootstrapAndDeltaMethodAgree(t *testing.T) {
	// The bootstrap's own error over 1,000 draws is some two percent.
	at := []float64{8, 12, 20, 30, 35}
	for _, e := range measure.EquateLinear(actX, actY, at) {
		near(t, "linear", e.Bootstrap, e.Delta.Value, .10*e.Delta.Value)
	}
	for _, e := range measure.EquateEquipercentile(actX, actY, at) {
		near(t, "equipercentile", e.Bootstrap, e.Delta.Value, .20*e.Delta.Value)
	}
	again := measure.EquateLinear(actX, actY, at)
	for i, e := range measure.EquateLinear(actX, actY, at) {
		if e != again[i] {
			t.Errorf("the same data give %v and %v", e, again[i])
		}
	}
}

func TestTuckerOfKolenAndBrennan(t *testing.T) {
	// The moments of their two groups of 1,655 and 1,638 examinees on 36 items with an
	// anchor of 12 (the data KBneat of the R package equate). With all the weight on
	// group 1 the book gives, from rounded moments, y = 1.0291·x + .5370.
	x := measure.AnchorMoments{N: 1655, Form: 15.820544, Anchor: 5.106344, VarForm: 42.612508, VarAnchor: 5.645488, Covariance: 13.408812}
	y := measure.AnchorMoments{N: 1638, Form: 18.672772, Anchor: 5.862637, VarForm: 47.312946, VarAnchor: 6.009825, Covariance: 14.760301}
	line := measure.TuckerWeighted(x, y, 1)
	near(t, "slope", line.Slope, 1.0291, 3e-4)
	near(t, "intercept", line.Intercept, .5370, 3e-4)
	// With weights N₁/(N₁+N₂), computed apart from this package from the scores themselves.
	line = measure.Tucker(x, y)
	near(t, "slope", line.Slope, 1.029158, 1e-6)
	near(t, "intercept", line.Intercept, .537833, 2e-6)
}

func TestTuckerUndoesADifferenceOfGroups(t *testing.T) {
	// Y is X made two points harder; the second group is half an SD abler. Without the
	// anchor one would think Y the easier form.
	random := rand.New(rand.NewPCG(5, 5))
	take := func(n int, ability, difficulty float64) measure.Anchored {
		a := measure.Anchored{}
		for range n {
			able := ability + random.NormFloat64()
			anchor := math.Round(10 + 2*able + random.NormFloat64())
			a.Add(math.Round(20+5*able-difficulty+2*random.NormFloat64()), anchor, 1)
		}
		return a
	}
	x, y := take(4000, 0, 0), take(4000, .5, 2)
	for _, e := range measure.EquateTucker(x, y, []float64{15, 20, 25}) {
		near(t, "Tucker", e.Y, e.X-2, .75) // Tucker takes the fallible anchor at its word
		near(t, "bootstrap", e.Bootstrap, e.Delta.Value, .10*e.Delta.Value)
	}
}

func TestEquatingThatCannotBeHad(t *testing.T) {
	none, flat := measure.Scores{}, scoresFrom(3, 9)
	at := []float64{3}
	lacking(t, "nobody", measure.EquateLinear(none, actY, at)[0].Y, measure.TooFewPersons)
	lacking(t, "nobody, delta", measure.EquateLinear(none, actY, at)[0].Delta, measure.TooFewPersons)
	lacking(t, "nobody, bootstrap", measure.EquateLinear(none, actY, at)[0].Bootstrap, measure.TooFewPersons)
	lacking(t, "all alike", measure.EquateLinear(flat, actY, at)[0].Y, measure.NoVariance)
	lacking(t, "all alike, bootstrap", measure.EquateLinear(flat, actY, at)[0].Bootstrap, measure.NoVariance)
	lacking(t, "half points", measure.EquateEquipercentile(measure.Scores{1.5: 4, 2: 3}, actY, at)[0].Y, measure.NotWhole)
	lacking(t, "nobody, equipercentile", measure.EquateEquipercentile(actX, none, at)[0].Y, measure.TooFewPersons)
	lacking(t, "too long a scale", measure.EquateEquipercentile(measure.Scores{0: 1, 1e9: 1}, actY, at)[0].Y, measure.OutOfRange)
	lacking(t, "error at the end of the scale", measure.EquateEquipercentile(actX, actY, []float64{-3})[0].Delta, measure.ZeroCells)
	lacking(t, "an anchor all alike", measure.EquateTucker(measure.Anchored{{1, 2}: 3, {2, 2}: 3}, measure.Anchored{{1, 2}: 3, {2, 1}: 3}, at)[0].Y, measure.NoVariance)
	lacking(t, "an empty group", measure.EquateTucker(nil, measure.Anchored{{1, 2}: 3, {2, 1}: 3}, at)[0].Y, measure.TooFewPersons)
	if why := (measure.Anchored{}).Add(1, math.NaN(), 1); why != measure.OutOfRange {
		t.Errorf("no number: %q", why)
	}
	if why := (measure.Anchored{}).Add(1, 1, -1); why != measure.BadCounts {
		t.Errorf("nobody to take back: %q", why)
	}
}
