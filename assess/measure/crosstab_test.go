package measure_test

import (
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

func TestOptionsAndFifths(t *testing.T) {
	// Ten persons, one per score 0..9; the five strongest pick option 0, the next four
	// option 1, the weakest option 2, nobody option 3.
	c := measure.NewCrosstab(10, 4)
	for score := range 10 {
		switch {
		case score >= 5:
			c.Add(score, 0, 1)
		case score >= 1:
			c.Add(score, 1, 1)
		default:
			c.Add(score, 2, 1)
		}
	}
	scores := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	options := measure.Options(c, scores)
	near(t, "share of the key", options[0].Share, .5, 1e-15)
	near(t, "mean score of those who pick it", options[0].MeanScore, 7, 1e-15)
	near(t, "share of an option nobody picks", options[3].Share, 0, 0)
	lacking(t, "mean score of nobody", options[3].MeanScore, measure.TooFewPersons)

	fifths := c.Fifths()
	for f, want := range []float64{0, 0, .5, 1, 1} {
		near(t, "the key's share by fifth", fifths[f][0], want, 1e-12)
	}
	// The upper 2.7 persons are all right, the lower 2.7 all wrong.
	near(t, "discrimination", measure.Discrimination(c, []float64{1, 0, 0, 0}), 1, 1e-12)

	flags := measure.FlagOptions(options, 1)
	want := []measure.Flag{
		{Word: measure.KeyBeaten, Option: 0, Threshold: .4},
		{Word: measure.KeyScoresLower, Option: 0, Threshold: 2.5},
		{Word: measure.UnusedOption, Option: 3, Threshold: .02},
	}
	if len(flags) != len(want) {
		t.Fatalf("got %v, want %v", flags, want)
	}
	for i := range want {
		if flags[i] != want[i] {
			t.Errorf("flag %d: got %v, want %v", i, flags[i], want[i])
		}
	}
}

func TestTiesAtAnEdgeCountInPart(t *testing.T) {
	// All on one score: every slice is the whole sample in small.
	c := measure.NewCrosstab(3, 2)
	c.Add(1, 0, 30)
	c.Add(1, 1, 10)
	for _, fifth := range c.Fifths() {
		near(t, "share", fifth[0], .75, 1e-12)
	}
	near(t, "discrimination", measure.Discrimination(c, []float64{1, 0}), 0, 1e-12)
	lacking(t, "discrimination among nobody", measure.Discrimination(measure.NewCrosstab(3, 2), []float64{1, 0}), measure.TooFewPersons)
}

func TestCrosstabsAddOverShards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, a, b := measure.NewCrosstab(5, 3), measure.NewCrosstab(5, 3), measure.NewCrosstab(5, 3)
		for i := range rapid.IntRange(0, 30).Draw(t, "persons") {
			bin, column := rapid.IntRange(0, 4).Draw(t, "bin"), rapid.IntRange(0, 2).Draw(t, "column")
			whole.Add(bin, column, 1)
			if i%2 == 0 {
				a.Add(bin, column, 1)
			} else {
				b.Add(bin, column, 1)
			}
		}
		a.Merge(b)
		for i, n := range whole.Counts {
			if a.Counts[i] != n {
				t.Fatalf("shards add up to %v, want %v", a.Counts, whole.Counts)
			}
		}
		if why := a.Add(0, 0, -a.N()-1); why != measure.BadCounts {
			t.Fatalf("more taken back than counted: %q", why)
		}
	})
}

func TestMedianTimeIsReadOffTheBins(t *testing.T) {
	counts := make([]int64, measure.TimeBins)
	lacking(t, "nobody", measure.MedianTime(counts), measure.TooFewPersons)
	for s := 1; s <= 99; s++ {
		counts[measure.TimeBin(time.Duration(s)*time.Second)]++
	}
	near(t, "median of 1..99 s", measure.MedianTime(counts), 50, 50*.045)
	if got := measure.TooFast(50); got != 5 {
		t.Errorf("a tenth of the median: got %v", got)
	}
	if got := measure.TooFast(12); got != 3 {
		t.Errorf("never under three seconds: got %v", got)
	}
	if first, last := measure.TimeBin(0), measure.TimeBin(24*time.Hour); first != 0 || last != measure.TimeBins-1 {
		t.Errorf("the ends: got %d and %d", first, last)
	}
}
