package measure_test

import (
	"math"
	"reflect"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

func TestMomentsAddOverShardsAndSubtract(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOfN(rapid.Int64Range(1, 12), 1, 6).Draw(t, "units")
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.Int64Range(0, 12), len(units), len(units)), 0, 40).Draw(t, "rows")
		cut := rapid.IntRange(0, len(rows)).Draw(t, "cut")

		whole, first, second := measure.NewMoments(units), measure.NewMoments(units), measure.NewMoments(units)
		for i, row := range rows {
			whole.Add(row)
			if i < cut {
				first.Add(row)
			} else {
				second.Add(row)
			}
		}
		merged := measure.NewMoments(units)
		merged.Merge(first)
		merged.Merge(second)
		if !reflect.DeepEqual(merged, whole) {
			t.Fatalf("shards %v do not add up to %v", merged, whole)
		}
		if why := merged.Subtract(second); why != "" || !reflect.DeepEqual(merged, first) {
			t.Fatalf("%v less a shard is %v (%s), want %v", whole, merged, why, first)
		}
		for _, row := range rows[:cut] {
			merged.Remove(row)
		}
		if !reflect.DeepEqual(merged, measure.NewMoments(units)) {
			t.Fatalf("everybody erased leaves %v", merged)
		}
	})
}

func TestMomentsAndRunningAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOfN(rapid.Int64Range(1, 12), 2, 5).Draw(t, "units")
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.Int64Range(-20, 20), len(units), len(units)), 2, 40).Draw(t, "rows")
		exact, running := measure.NewMoments(units), measure.NewRunning(len(units))
		for _, row := range rows {
			exact.Add(row)
			marks := make([]float64, len(row))
			for i, x := range row {
				marks[i] = float64(x) / float64(units[i])
			}
			running.Add(marks)
		}
		a, b := exact.Covariance(), running.Covariance()
		for i := range units {
			if math.Abs(a.Mean[i]-b.Mean[i]) > 1e-13*30 {
				t.Fatalf("mean %d: %v and %v", i, a.Mean[i], b.Mean[i])
			}
			for j := range units {
				if math.Abs(a.At(i, j)-b.At(i, j)) > 1e-12*400 {
					t.Fatalf("covariance %d,%d: %v and %v", i, j, a.At(i, j), b.At(i, j))
				}
			}
		}
	})
}

func TestCovarianceIsTheNearestFloat(t *testing.T) {
	// Marks 0, 1/3 and 1: mean 4/9, variance (0 + 1/9 + 1 − 3·16/81)/2 = 7/27.
	m := measure.NewMoments([]int64{3})
	for _, x := range []int64{0, 1, 3} {
		m.Add([]int64{x})
	}
	c := m.Covariance()
	if c.Mean[0] != 4./9 || c.At(0, 0) != 7./27 {
		t.Fatalf("got mean %v, variance %v, want 4/9 and 7/27", c.Mean[0], c.At(0, 0))
	}
}

func TestMomentsRefuseWhatTheyCannotCount(t *testing.T) {
	m := measure.NewMoments([]int64{1, 1})
	before := m
	for _, refused := range []struct {
		what string
		why  measure.Reason
		want measure.Reason
	}{
		{"a short row", m.Add([]int64{1}), measure.Mismatched},
		{"a huge mark", m.Add([]int64{measure.MaxMark + 1, 0}), measure.OutOfRange},
		{"removal from nobody", m.Remove([]int64{1, 1}), measure.BadCounts},
		{"a shard of another form", m.Merge(measure.NewMoments([]int64{1, 2})), measure.Mismatched},
	} {
		if refused.why != refused.want {
			t.Errorf("%s: got %q, want %q", refused.what, refused.why, refused.want)
		}
	}
	if !reflect.DeepEqual(m, before) {
		t.Errorf("a refusal changed the counts: %v", m)
	}
	if why := measure.NewRunning(1).Add([]float64{math.Inf(1)}); why != measure.OutOfRange {
		t.Errorf("infinity: got %q", why)
	}
}
