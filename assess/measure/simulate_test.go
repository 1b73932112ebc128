package measure_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
)

// The trials: two groups of 400, the focal one half a standard deviation less able, sit
// 20 items of a Rasch model. Each verdict is asked 200 times, under 200 seeds.
const (
	seeds    = 200
	perGroup = 400
	rasch    = 20
)

// sit simulates one trial in which the item at place planted is harder for the focal
// group by so many logits, and returns the counts.
func sit(seed uint64, planted int, harder float64) measure.Matched {
	random := rand.New(rand.NewPCG(seed, 6))
	items := measure.NewMatched(slices.Repeat([]int{2}, rasch))
	marks := make([]uint8, rasch)
	for person := range 2 * perGroup {
		side := measure.Side(person % 2)
		ability := random.NormFloat64() - .5*float64(side)
		score := 0
		for i := range marks {
			difficulty := -1.5 + 3*float64(i)/(rasch-1)
			if i == planted && side == measure.Focal {
				difficulty += harder
			}
			marks[i] = 0
			if random.Float64() < 1/(1+math.Exp(difficulty-ability)) {
				marks[i] = 1
			}
			score += int(marks[i])
		}
		items.Add(int64(score), side, marks)
	}
	return items
}

func tablesOf(strata []measure.Stratum) []measure.Table {
	var tables []measure.Table
	for _, s := range strata {
		tables = append(tables, s.Table())
	}
	return tables
}

func TestFairItemsAreAccusedAtTheNominalRate(t *testing.T) {
	// 2,000 verdicts at .05: the rate is within .05 ± .015 (three standard errors), and
	// the continuity correction errs towards silence.
	watched := []int{0, 2, 4, 6, 8, 10, 12, 14, 16, 18}
	accused := map[string]float64{}
	for seed := range uint64(seeds) {
		items := sit(seed, -1, 0)
		for _, i := range watched {
			strata := items.Strata(i)
			mh := measure.MH(tablesOf(strata))
			graded := measure.MantelGraded(strata, []float64{0, 1})
			logistic := measure.Logistic(strata)
			for test, p := range map[string]measure.Figure{
				"Mantel–Haenszel, corrected": mh.P, "Mantel–Haenszel": mh.PUncorrected, "Breslow–Day": mh.BreslowDayP,
				"Mantel": graded.P, "logistic, uniform": logistic.UniformP, "logistic, not uniform": logistic.NonuniformP,
			} {
				if !p.Known() {
					t.Fatalf("seed %d, item %d, %s: %s", seed, i, test, p.Reason)
				}
				if p.Value < .05 {
					accused[test] += 1. / float64(seeds*len(watched))
				}
			}
			if mh.Class != measure.Negligible {
				accused["class"] += 1. / float64(seeds*len(watched))
			}
		}
	}
	for test, rate := range accused {
		low, high := .035, .065
		switch test {
		case "class", "Mantel–Haenszel, corrected":
			low = 0
		case "Breslow–Day":
			low, high = .02, .09 // its chi-square is rough where strata are thin, as at the ends
		}
		if rate < low || rate > high {
			t.Errorf("%s accuses fair items at a rate of %.4f", test, rate)
		}
	}
}

func TestPlantedUnfairnessIsFound(t *testing.T) {
	const planted, harder = 9, .9 // logits; delta −2.1
	found, classed, graded, logistic := 0., 0., 0., 0.
	var delta float64
	for seed := range uint64(seeds) {
		item := sit(seed, planted, harder).Strata(planted)
		mh := measure.MH(tablesOf(item))
		delta += mh.Delta.Value / seeds
		if mh.P.Value < .05 && mh.Delta.Value < 0 {
			found += 1. / seeds
		}
		if mh.Class == measure.Large || mh.Class == measure.Moderate {
			classed += 1. / seeds
		}
		if m := measure.MantelGraded(item, []float64{0, 1}); m.P.Value < .05 && m.SMD.Value < 0 {
			graded += 1. / seeds
		}
		if l := measure.Logistic(item); l.UniformP.Value < .05 {
			logistic += 1. / seeds
		}
	}
	for test, rate := range map[string]float64{"Mantel–Haenszel": found, "class B or C": classed, "Mantel": graded, "logistic": logistic} {
		if rate < .98 {
			t.Errorf("%s finds %.3f of what was planted, want .98", test, rate)
		}
	}
	// The item is part of its own matching score, which takes a little off.
	if want := -2.35 * harder; math.Abs(delta-want) > .2 {
		t.Errorf("mean delta %.3f, want %.3f ± .2", delta, want)
	}
}

func TestIntervalOfAlphaHoldsTheTruth(t *testing.T) {
	// Ten parallel items of reliability .2 each: alpha is 10·.2/(1 + 9·.2) = .714.
	truth := 10 * .2 / (1 + 9*.2)
	held := 0
	for seed := range uint64(seeds) {
		random := rand.New(rand.NewPCG(seed, 7))
		r := measure.NewRunning(10)
		row := make([]float64, 10)
		for range 60 {
			common := math.Sqrt(.2) * random.NormFloat64()
			for i := range row {
				row[i] = common + math.Sqrt(.8)*random.NormFloat64()
			}
			r.Add(row)
		}
		low, high := measure.AlphaInterval(r.Covariance())
		if low.Value <= truth && truth <= high.Value {
			held++
		}
	}
	// 95 % of 200 is 190, three standard errors are 9.
	if held < 181 || held > 199 {
		t.Errorf("%d of %d intervals hold the truth", held, seeds)
	}
}

func TestLargeSamplesStayWithinTheirFunctions(t *testing.T) {
	// Ten million persons: the quantiles of F must not fail at such degrees of freedom.
	units := ones(3)
	m := measure.NewMoments(units)
	m.Add([]int64{0, 0, 0})
	m.Add([]int64{1, 1, 0})
	m.Add([]int64{1, 1, 1})
	m.Add([]int64{0, 1, 0})
	for m.N < 10_000_000 {
		if why := m.Merge(m); why != "" {
			t.Fatal(why)
		}
	}
	c := m.Covariance()
	low, high := measure.AlphaInterval(c)
	alpha := measure.Alpha(c)
	if !(low.Known() && high.Known() && low.Value < alpha.Value && alpha.Value < high.Value && high.Value-low.Value < .001) {
		t.Errorf("interval of ten million: %v to %v around %v", low, high, alpha)
	}
	million := measure.Fisher(measure.Table{A: 500_000, B: 500_000, C: 501_000, D: 499_000})
	z := measure.FourFifths([]measure.Group{{"a", 501_000, 1_000_000}, {"b", 500_000, 1_000_000}})[1].ZP
	near(t, "Fisher of two million against Z", million, z.Value, .002)
}
