package measure_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

func TestSlicedCountsWhatMomentsCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOfN(rapid.Int64Range(1, 255), 1, 6).Draw(t, "units")
		persons := rapid.IntRange(0, 200).Draw(t, "persons")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 8))
		want := measure.NewMoments(units)
		sliced, why := measure.NewSliced(units)
		if why != "" {
			t.Fatal(why)
		}
		small, large := make([]uint8, len(units)), make([]int64, len(units))
		for range persons {
			for i, u := range units {
				large[i] = random.Int64N(u + 1)
				small[i] = uint8(large[i])
			}
			want.Add(large)
			sliced.Add(small)
		}
		if got := sliced.Moments(); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestSlicedRefusesWhatItCannotCount(t *testing.T) {
	if _, why := measure.NewSliced([]int64{256}); why != measure.OutOfRange {
		t.Errorf("a unit of 256: got %q", why)
	}
	s, _ := measure.NewSliced([]int64{3, 1})
	if why := s.Add([]uint8{1}); why != measure.Mismatched {
		t.Errorf("a short row: got %q", why)
	}
	if why := s.Add([]uint8{3, 2}); why != measure.OutOfRange {
		t.Errorf("a mark above its unit: got %q", why)
	}
	if n := s.Moments().N; n != 0 {
		t.Errorf("%d counted of two refused", n)
	}
}

func BenchmarkAlphaOfAMillion(b *testing.B) {
	const persons, items = 1_000_000, 40
	random := rand.New(rand.NewPCG(9, 9))
	marks := make([]uint8, persons*items)
	for i := range marks {
		marks[i] = uint8(random.UintN(2))
	}
	for b.Loop() {
		s, _ := measure.NewSliced(ones(items))
		for row := range slices.Chunk(marks, items) {
			s.Add(row)
		}
		c := s.Moments().Covariance()
		measure.Alpha(c)
		measure.Items(c)
	}
}

func BenchmarkMantelHaenszelOf40Items(b *testing.B) {
	const persons, items = 100_000, 40
	random := rand.New(rand.NewPCG(9, 9))
	marks := make([]uint8, persons*items)
	for i := range marks {
		marks[i] = uint8(random.UintN(2))
	}
	for b.Loop() {
		m := measure.NewMatched(slices.Repeat([]int{2}, items))
		person := 0
		for row := range slices.Chunk(marks, items) {
			score := int64(0)
			for _, x := range row {
				score += int64(x)
			}
			m.Add(score, measure.Side(person%2), row)
			person++
		}
		for i := range items {
			measure.MH(tablesOf(m.Strata(i)))
		}
	}
}
