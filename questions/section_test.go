package questions_test

import (
	"math"
	"testing"

	"github.com/fourfold/fourfold/questions"
	"pgregory.net/rapid"
)

func TestSectionStatistics(t *testing.T) {
	// Ratings 4 3 4 2 beside keys 4 1 3 2: means 3.25 and 2.5, sums of squares about them
	// 2.75 and 5, of products 2.5.
	s := questions.Section{Ratings: []int{4, 3, 4, 2}, Key: []int{4, 1, 3, 2}}
	p, ok := s.Profile()
	if !ok {
		t.Fatal("not scorable")
	}
	r := 2.5 / math.Sqrt(2.75*5)
	for what, c := range map[string][2]float64{
		"elevation": {p.Elevation, 3.25}, "difference of elevation": {p.DeltaElevation, .75},
		"scatter": {p.Scatter, math.Sqrt(2.75 / 3)}, "difference of scatter": {p.DeltaScatter, math.Sqrt(2.75/3) - math.Sqrt(5./3)},
		"shape": {p.Shape, r},
	} {
		if math.Abs(c[0]-c[1]) > 1e-14 {
			t.Errorf("%s: %v, want %v", what, c[0], c[1])
		}
	}
	if z, ok := s.ZScore(); !ok || math.Abs(z-(1+r)/2) > 1e-14 {
		t.Errorf("zscore %v, %v; want %v", z, ok, (1+r)/2)
	}
}

func TestWhoNeverVariesIsNotScorable(t *testing.T) {
	for story, s := range map[string]questions.Section{
		"the same rating throughout": {Ratings: []int{3, 3, 3}, Key: []int{4, 1, 2}},
		"the same key throughout":    {Ratings: []int{4, 1, 2}, Key: []int{3, 3, 3}},
		"one rating":                 {Ratings: []int{3}, Key: []int{4}},
		"none":                       {},
		"unequal lists":              {Ratings: []int{1, 2}, Key: []int{1, 2, 3}},
	} {
		if p, ok := s.Profile(); ok {
			t.Errorf("%s: profile %+v", story, p)
		}
		if z, ok := s.ZScore(); ok {
			t.Errorf("%s: zscore %v", story, z)
		}
	}
}

// Squared distance falls apart into elevation, scatter and shape (Cronbach & Gleser 1953).
func TestDistanceFallsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "ratings")
		ratings := rapid.SliceOfN(rapid.IntRange(1, 4), n, n)
		s := questions.Section{Ratings: ratings.Draw(t, "given"), Key: ratings.Draw(t, "keyed")}
		p, ok := s.Profile()
		if !ok {
			return
		}
		squares := 0.0
		for i := range s.Key {
			squares += float64((s.Ratings[i] - s.Key[i]) * (s.Ratings[i] - s.Key[i]))
		}
		keyScatter := p.Scatter - p.DeltaScatter
		sum := float64(n)*p.DeltaElevation*p.DeltaElevation +
			float64(n-1)*(p.DeltaScatter*p.DeltaScatter+2*p.Scatter*keyScatter*(1-p.Shape))
		if math.Abs(sum-squares) > 1e-9*(1+squares) {
			t.Fatalf("%v: %v, want %v", s, sum, squares)
		}
		if z, _ := s.ZScore(); z < 0 || z > 1 {
			t.Fatalf("zscore %v", z)
		}
	})
}

// One constant added to every rating changes the elevation alone.
func TestZScoreDoesNotMindElevation(t *testing.T) {
	low := questions.Section{Ratings: []int{1, 2, 1, 3}, Key: []int{2, 4, 1, 3}}
	high := questions.Section{Ratings: []int{2, 3, 2, 4}, Key: low.Key}
	a, _ := low.ZScore()
	b, _ := high.ZScore()
	if math.Abs(a-b) > 1e-15 {
		t.Errorf("%v and %v", a, b)
	}
}

func TestSectionOfAForm(t *testing.T) {
	f := questions.Form{Items: []questions.Item{
		keyed(questions.Rate, 4, 1, 3), keyed(questions.Rank, 4, 3, 2, 1), keyed(questions.Rate, 2, 1),
	}}
	s := f.Section([]questions.Response{rated(3, 1, 4), ranked(1, 2, 3, 4), rated(2)})
	if len(s.Ratings) != 3 || s.Ratings[2] != 4 || s.Key[2] != 3 {
		t.Errorf("%+v: want the three ratings of the one rate item answered in full", s)
	}
}
