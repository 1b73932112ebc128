package measure_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
)

// slowTau counts every pair.
func slowTau(x, y []float64) float64 {
	var s, n1, n2 float64
	sign := func(v float64) float64 {
		switch {
		case v > 0:
			return 1
		case v < 0:
			return -1
		}
		return 0
	}
	for i := range x {
		for j := range i {
			a, b := sign(x[i]-x[j]), sign(y[i]-y[j])
			s += a * b
			n1 += a * a
			n2 += b * b
		}
	}
	return s / math.Sqrt(n1*n2)
}

func TestTauBCountsEveryPair(t *testing.T) {
	dice := rand.New(rand.NewPCG(8, 2))
	for range 300 {
		n := 2 + dice.IntN(30)
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = float64(dice.IntN(6)), float64(dice.IntN(5))
		}
		got, want := measure.TauB(x, y), slowTau(x, y)
		if math.IsNaN(want) {
			if got.Reason != measure.NoVariance {
				t.Fatalf("all tied: %+v", got)
			}
			continue
		}
		if !got.Known() || math.Abs(got.Value-want) > 1e-12 {
			t.Fatalf("%v against %v: %+v, want %v", x, y, got, want)
		}
		if again := measure.TauB(y, x); again != got {
			t.Fatalf("the other way round %+v, not %+v", again, got)
		}
	}
}

func TestTauBOfOrders(t *testing.T) {
	up := []float64{1, 2, 3, 4, 5}
	for _, c := range []struct {
		y    []float64
		want float64
	}{
		{[]float64{10, 20, 30, 40, 50}, 1},
		{[]float64{5, 4, 3, 2, 1}, -1},
		{[]float64{2, 1, 3, 4, 5}, .8}, // one pair of ten the other way
	} {
		if got := measure.TauB(up, c.y); math.Abs(got.Value-c.want) > 1e-15 || !got.Known() {
			t.Errorf("%v: %+v, want %v", c.y, got, c.want)
		}
	}
	for why, c := range map[measure.Reason][2][]float64{
		measure.TooFewPersons: {{1}, {1}}, measure.Mismatched: {{1, 2}, {1}}, measure.NoVariance: {{1, 1}, {1, 2}}, measure.OutOfRange: {{1, math.NaN()}, {1, 2}},
	} {
		if got := measure.TauB(c[0], c[1]); got.Reason != why {
			t.Errorf("%v: %+v, want %s", c, got, why)
		}
	}
}
