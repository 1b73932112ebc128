package measure_test

import (
	"math"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

// Whatever kinds of numbers come in whatever order, a Sample is what Running makes of
// them, and exact as long as all are whole.
func TestSampleIsWhatRunningMakesOfIt(t *testing.T) {
	mark := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(0, 1).Draw(t, "right")) }),
		rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(0, 9).Draw(t, "rating")) }),
		rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-40, 400).Draw(t, "whole")) }),
		rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-8, 8).Draw(t, "quarters")) / 4 }),
	)
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 4).Draw(t, "items")
		rows := rapid.SliceOfN(rapid.SliceOfN(mark, k, k), 0, 90).Draw(t, "rows")
		sample, running := measure.NewSample(k), measure.NewRunning(k)
		for n, row := range rows {
			if why := sample.Add(row); why != "" {
				t.Fatalf("%v: %s", row, why)
			}
			running.Add(row)
			if n == len(rows)/2 {
				sample.Covariance() // asking in between changes nothing
			}
		}
		got, want := sample.Covariance(), running.Covariance()
		if got.N != want.N {
			t.Fatalf("%d rows, want %d", got.N, want.N)
		}
		for i := range k {
			if math.Abs(got.Mean[i]-want.Mean[i]) > 1e-11*400 {
				t.Fatalf("mean %d: %v, want %v", i, got.Mean[i], want.Mean[i])
			}
			for j := range k {
				if math.Abs(got.At(i, j)-want.At(i, j)) > 1e-11*400*400 {
					t.Fatalf("covariance %d,%d: %v, want %v", i, j, got.At(i, j), want.At(i, j))
				}
			}
		}
	})
}

func TestSampleRefusesWhatItCannotCount(t *testing.T) {
	s := measure.NewSample(2)
	for what, row := range map[string][]float64{"a short row": {1}, "no number": {1, math.NaN()}, "infinity": {math.Inf(-1), .5}} {
		if why := s.Add(row); why == "" {
			t.Errorf("%s was counted", what)
		}
	}
	s.Add([]float64{.5, 1})
	if why := s.Add([]float64{1, math.NaN()}); why != measure.OutOfRange {
		t.Errorf("no number after a decimal: %q", why)
	}
	if n := s.Covariance().N; n != 1 {
		t.Errorf("%d counted of one", n)
	}
}
