package measure_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

func TestMatchingCountsWhatMatchedCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.SliceOfN(rapid.IntRange(2, 4), 1, 4).Draw(t, "levels")
		told, found := measure.NewMatched(levels), measure.NewMatching(len(levels))
		for range rapid.IntRange(1, 40).Draw(t, "persons") {
			side := measure.Side(rapid.IntRange(0, 1).Draw(t, "side"))
			score, small, marks := int64(0), make([]uint8, len(levels)), make([]float64, len(levels))
			for i, n := range levels {
				small[i] = uint8(rapid.IntRange(0, n-1).Draw(t, "mark"))
				marks[i] = float64(small[i])
				score += int64(small[i])
			}
			told.Add(score, side, small)
			if _, why := found.Add(side, marks); why != "" {
				t.Fatal(why)
			}
		}
		for i := range levels {
			strata, marks := found.Item(i)
			want := told.Strata(i)
			if len(strata) != len(want) {
				t.Fatalf("%d strata, want %d", len(strata), len(want))
			}
			for n, s := range want {
				for level, mark := range marks {
					if strata[n].Score != s.Score || strata[n].Reference[level] != s.Reference[int(mark)] || strata[n].Focal[level] != s.Focal[int(mark)] {
						t.Fatalf("item %d: %v, want %v", i, strata, want)
					}
				}
			}
		}
	})
}

func TestMatchingOfDecimals(t *testing.T) {
	m := measure.NewMatching(2)
	m.Add(measure.Reference, []float64{.1, .2})
	m.Add(measure.Focal, []float64{.3, 0})
	strata, marks := m.Item(0)
	if len(strata) != 1 || !slices.Equal(marks, []float64{.1, .3}) {
		t.Fatalf("marks %v in strata %v: .1+.2 and .3+0 are one score", marks, strata)
	}
	m.Swap()
	swapped, _ := m.Item(0)
	want := []measure.Stratum{{Score: .3, Reference: []int64{0, 1}, Focal: []int64{1, 0}}}
	if !reflect.DeepEqual(swapped, want) {
		t.Errorf("swapped: %v, want %v", swapped, want)
	}
}

func TestMatchingRefusesWhatItCannotCount(t *testing.T) {
	m := measure.NewMatching(1)
	for x := range measure.MostLevels {
		m.Add(measure.Focal, []float64{float64(x)})
	}
	if _, why := m.Add(measure.Focal, []float64{-1}); why != measure.TooManyLevels {
		t.Errorf("one mark too many: %q", why)
	}
	if _, why := m.Add(measure.Focal, []float64{math.NaN()}); why != measure.OutOfRange {
		t.Errorf("no number: %q", why)
	}
	if _, why := m.Add(measure.Focal, nil); why != measure.Mismatched {
		t.Errorf("no marks: %q", why)
	}
	if m.N[measure.Focal] != measure.MostLevels {
		t.Errorf("%d counted", m.N[measure.Focal])
	}
}
