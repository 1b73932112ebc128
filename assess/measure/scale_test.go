package measure_test

import (
	"math"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func TestStensHoldTheirShares(t *testing.T) {
	// Canfield 1951: the shares of a normal population in the ten stens.
	want := []float64{2.28, 4.41, 9.18, 14.99, 19.15, 19.15, 14.99, 9.18, 4.41, 2.28}
	shares := make([]float64, 11)
	for z := -6.; z < 6; z += 1. / 1024 {
		shares[measure.Sten(z)] += 100 * (distuv.UnitNormal.CDF(z+1./1024) - distuv.UnitNormal.CDF(z))
	}
	for i, w := range want {
		if math.Abs(shares[i+1]-w) > 5e-3 {
			t.Errorf("sten %d holds %.3f %%, want %.2f", i+1, shares[i+1], w)
		}
	}
}

func TestAnEdgeBelongsToTheUpperSten(t *testing.T) {
	for i, z := range []float64{-2, -1.5, -1, -.5, 0, .5, 1, 1.5, 2} {
		if got := measure.Sten(z); got != i+2 {
			t.Errorf("z %v: sten %d, want %d", z, got, i+2)
		}
		if got := measure.Sten(math.Nextafter(z, -9)); got != i+1 {
			t.Errorf("just under z %v: sten %d, want %d", z, got, i+1)
		}
	}
	if lowest, highest := measure.Sten(-40), measure.Sten(40); lowest != 1 || highest != 10 {
		t.Errorf("the ends: %d and %d", lowest, highest)
	}
}

func TestTScores(t *testing.T) {
	for i, z := range []float64{-2, -1, 0, 1, 2} {
		if got := measure.T(z); got != float64(30+10*i) {
			t.Errorf("z %v: T %v", z, got)
		}
	}
}

func TestPercentilesOfASmallNorm(t *testing.T) {
	s := measure.Scores{}
	for _, x := range []float64{40, 50, 50, 50, 70} {
		s.Add(x, 1)
	}
	norm := measure.NewNorm(s)
	for x, want := range map[float64]float64{30: 10, 40: 10, 45: 20, 50: 50, 60: 80, 70: 90, 99: 90} {
		near(t, "percentile", norm.Percentile(x), want, 1e-12)
	}
	if norm.Missing() != 95 {
		t.Errorf("%d missing, want 95", norm.Missing())
	}
	row := norm.Table()[1]
	if row.Score != 50 || row.N != 3 || row.Below != 1 {
		t.Errorf("second line: %+v", row)
	}
	near(t, "z", row.Z, -2/math.Sqrt(120), 1e-12)
	near(t, "T", row.T, 50-20/math.Sqrt(120), 1e-12)
	near(t, "sten", row.Sten, 5, 0)
}

func TestPercentilesRiseAndStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := measure.Scores{}
		for _, x := range rapid.SliceOfN(rapid.Float64Range(-9, 9), 1, 50).Draw(t, "scores") {
			s.Add(math.Round(x), 1)
		}
		norm := measure.NewNorm(s)
		before := 0.0
		for x := -10.; x <= 10; x += .5 {
			p := norm.Percentile(x)
			if !p.Known() || p.Value <= 0 || p.Value >= 100 || p.Value < before {
				t.Fatalf("percentile of %v is %v after %v", x, p, before)
			}
			before = p.Value
		}
	})
}

func TestNormsThatCannotBeHad(t *testing.T) {
	nobody := measure.NewNorm(measure.Scores{})
	lacking(t, "percentile among nobody", nobody.Percentile(3), measure.TooFewPersons)
	lacking(t, "z among nobody", nobody.Z(3), measure.TooFewPersons)
	flat := measure.NewNorm(measure.Scores{.1: 7})
	lacking(t, "z where all are equal", flat.Z(.1), measure.NoVariance)
	lacking(t, "sten where all are equal", flat.At(.1).Sten, measure.NoVariance)
	near(t, "percentile where all are equal", flat.Percentile(.1), 50, 0)
}

func TestMedianOfManyEqualScores(t *testing.T) {
	s := measure.Scores{1: 3, 2: 3}
	near(t, "even", s.Median(), 1.5, 0)
	s.Add(2, 1)
	near(t, "odd", s.Median(), 2, 0)
	s.Add(2, -4)
	near(t, "after erasure", s.Median(), 1, 0)
	if why := s.Add(2, -1); why != measure.BadCounts {
		t.Errorf("taken back once too often: %q", why)
	}
	if why := s.Add(math.NaN(), 1); why != measure.OutOfRange {
		t.Errorf("no number: %q", why)
	}
}
