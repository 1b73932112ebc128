package measure_test

import (
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

func TestItemsAgainstTheLongWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := someItems(t)
		c := momentsOf(t, items).Covariance()
		for i, got := range measure.Items(c) {
			var others [][]int64
			var places []int
			for j := range items {
				if j != i {
					others = append(others, items[j])
					places = append(places, j)
				}
			}
			same(t, "alpha if deleted", got.AlphaIfDeleted, measure.Alpha(c.Select(places)))

			own, rest := make([]float64, len(items[0])), make([]float64, len(items[0]))
			for p := range own {
				own[p] = float64(items[i][p])
				for _, o := range others {
					rest[p] += float64(o[p])
				}
			}
			same(t, "item–rest", got.ItemRest, measure.Retest(own, rest))
		}
	})
}

func TestItemsOfSmallSamples(t *testing.T) {
	nobody := measure.Items(measure.NewMoments(ones(2)).Covariance())
	lacking(t, "mean of nobody", nobody[0].Mean, measure.TooFewPersons)
	one := measure.Items(momentsOf(t, [][]int64{{1}, {0}}).Covariance())
	near(t, "mean of one", one[0].Mean, 1, 0)
	lacking(t, "SD of one", one[0].SD, measure.TooFewPersons)
	still := measure.Items(momentsOf(t, [][]int64{{1, 1, 1}, {0, 1, 2}}).Covariance())
	near(t, "SD of a constant", still[0].SD, 0, 0)
	lacking(t, "item–rest of a constant", still[0].ItemRest, measure.NoVariance)
	lacking(t, "alpha of one item left", still[0].AlphaIfDeleted, measure.TooFewItems)
}

func TestFlagsSayWhatAnAuthorShouldSee(t *testing.T) {
	known := func(v float64) measure.Figure { return measure.Figure{Value: v} }
	flags := measure.FlagItem(measure.Item{Mean: known(.97), ItemRest: known(-.05), AlphaIfDeleted: known(.62)}, known(.60))
	want := []measure.FlagWord{measure.TooEasy, measure.NegativeRest, measure.AlphaRises}
	if len(flags) != len(want) {
		t.Fatalf("got %v, want %v", flags, want)
	}
	for i, f := range flags {
		if f.Word != want[i] {
			t.Errorf("flag %d: got %s, want %s", i, f.Word, want[i])
		}
	}
	if sound := measure.FlagItem(measure.Item{Mean: known(.6), ItemRest: known(.3), AlphaIfDeleted: known(.5)}, known(.60)); sound != nil {
		t.Errorf("a sound item is flagged: %v", sound)
	}
}
