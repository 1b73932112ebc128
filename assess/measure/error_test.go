package measure_test

import (
	"math"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

func figure(v float64) measure.Figure { return measure.Figure{Value: v} }

func TestSEM(t *testing.T) {
	sem, note := measure.SEM(figure(15), figure(.91))
	near(t, "SD 15 at .91", sem, 4.5, 1e-12) // the textbook IQ example
	if note != "" {
		t.Errorf("note %q", note)
	}
	sem, note = measure.SEM(figure(15), figure(-.2))
	near(t, "negative reliability", sem, 15, 0)
	if note != measure.NegativeAsZero {
		t.Errorf("nothing said of the negative reliability: %q", note)
	}
	sem, _ = measure.SEM(figure(15), measure.Figure{Reason: measure.TooFewItems})
	lacking(t, "no reliability", sem, measure.TooFewItems)
	sem, _ = measure.ClosenessSEM(figure(.1), figure(.36), .5)
	near(t, "closeness", sem, 16, 1e-12)
	sem, _ = measure.ClosenessSEM(figure(.1), figure(.36), 1)
	lacking(t, "all is chance", sem, measure.OutOfRange)
}

func TestBandsStayOnTheScale(t *testing.T) {
	low, high := measure.Score{Value: 60, SEM: 10}.Band()
	if math.Abs(low-40.4) > 1e-12 || math.Abs(high-79.6) > 1e-12 {
		t.Errorf("band %v to %v, want 40.4 to 79.6", low, high)
	}
	low, high = measure.Score{Value: -3, SEM: 60}.Band()
	if low != 0 || high != 100 {
		t.Errorf("band %v to %v, want 0 to 100", low, high)
	}
}

func TestTwoPersonsDifferBeyondError(t *testing.T) {
	// 1.96·√(3² + 4²) = 9.8.
	x := measure.Score{Value: 50, SEM: 3}
	if x.Distinguishable(measure.Score{Value: 59.7, SEM: 4}) || !x.Distinguishable(measure.Score{Value: 59.9, SEM: 4}) {
		t.Error("the limit is not 9.8")
	}
	rapid.Check(t, func(t *rapid.T) {
		score := rapid.Custom(func(t *rapid.T) measure.Score {
			return measure.Score{Value: rapid.Float64Range(-50, 100).Draw(t, "value"), SEM: rapid.Float64Range(0, 30).Draw(t, "SEM")}
		})
		a, b := score.Draw(t, "a"), score.Draw(t, "b")
		if a.Distinguishable(a) || a.Distinguishable(b) != b.Distinguishable(a) {
			t.Fatalf("%v and %v", a, b)
		}
	})
}

func TestSubscores(t *testing.T) {
	// Two qualities of two items each, uncorrelated with each other: each tells its own
	// story better than the total. Items within a quality correlate .5.
	var items [][]int64
	for _, pair := range [][]int64{{0, 0, 1, 1}, {0, 1, 0, 1}} {
		a, b := []int64{}, []int64{}
		for _, x := range pair {
			a = append(a, x, x, x, x)
			b = append(b, x, x, x, 1-x)
		}
		items = append(items, a, b)
	}
	subs := measure.Subscores(momentsOf(t, items).Covariance(), []string{"x", "x", "y", "y"})
	for _, s := range subs {
		near(t, "own", s.Own, 2./3, 1e-12)
		near(t, "total", s.Total, 1./3, 1e-12)
		if !s.Distinct {
			t.Errorf("quality %s is lost in the total", s.Name)
		}
	}
	// Four interchangeable items cut in two: the longer total knows each half better.
	alike := [][]int64{
		{0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0},
		{0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0},
		{0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1},
		{0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1},
	}
	c := momentsOf(t, alike).Covariance()
	r := c.At(0, 1) / c.At(0, 0)
	for _, s := range measure.Subscores(c, []string{"x", "y", "x", "y"}) {
		near(t, "own", s.Own, 2*r/(1+r), 1e-12)
		near(t, "total", s.Total, 4*r/(1+3*r), 1e-12)
		if s.Distinct {
			t.Errorf("half %s is called distinct: %+v", s.Name, s)
		}
	}
}
