package measure_test

import (
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
)

// scored gives so many persons a score of 1 and the others 0.
func scored(above, n int64) measure.Scores {
	s := measure.Scores{}
	s.Add(1, above)
	s.Add(0, n-above)
	return s
}

func TestScoringRatesOfTheRule(t *testing.T) {
	// The example of 6 RCNY § 5-301 (c): 50 of 92 men and 34 of 76 women above the median.
	law, median := measure.ScoringRates(map[measure.Cell]measure.Scores{
		{Sex: "male"}:   scored(50, 92),
		{Sex: "female"}: scored(34, 76),
	}, false)
	// 84 of 168 score 1: the median is the mean of the middle two.
	near(t, "median", median, .5, 0)
	female, male := law.Sexes[0], law.Sexes[1]
	near(t, "male rate", male.Rate, .543, 5e-4)
	near(t, "female rate", female.Rate, .447, 5e-4)
	near(t, "ratio", female.Ratio, .82, 5e-3)
	near(t, "male ratio", male.Ratio, 1, 0)
	if law.Unknown != 168 || len(law.Intersections) != 0 {
		t.Errorf("race is unknown for all 168, yet %+v", law)
	}
}

func TestIntersectionsUnknownAndSmallCategories(t *testing.T) {
	groups := map[measure.Cell]measure.Group{
		{Sex: "female", Race: "asian"}: {Selected: 30, Total: 100},
		{Sex: "male", Race: "asian"}:   {Selected: 40, Total: 100},
		{Sex: "male", Race: "white"}:   {Selected: 50, Total: 100},
		{Sex: "female", Race: "white"}: {Selected: 3, Total: 3},
		{Sex: "female"}:                {Selected: 9, Total: 10},
		{Race: "white"}:                {Selected: 1, Total: 10},
		{}:                             {Selected: 1, Total: 7},
	}
	kept := measure.SelectionRates(groups, false)
	left := measure.SelectionRates(groups, true)
	if kept.Total != 330 || kept.Unknown != 27 || kept.UnknownSex != 17 || kept.UnknownRace != 17 {
		t.Errorf("total %d, unknown %d, %d, %d, want 330, 27, 17, 17", kept.Total, kept.Unknown, kept.UnknownSex, kept.UnknownRace)
	}
	// A woman of unknown race counts among women; nobody unknown counts in an intersection.
	if women := kept.Sexes[0]; women.N != 113 || women.Favored != 42 {
		t.Errorf("women: %+v", women)
	}
	whiteWomen := func(law measure.LocalLaw144) measure.Category { return law.Intersections[1] }
	near(t, "three persons set the pace", kept.Intersections[0].Ratio, .30, 1e-12)
	near(t, "unless they are left out", left.Intersections[0].Ratio, .60, 1e-12)
	lacking(t, "their own ratio", whiteWomen(left).Ratio, measure.SmallCategory)
	near(t, "their rate is still shown", whiteWomen(left).Rate, 1, 0)
	if !whiteWomen(kept).Small {
		t.Error("3 of 303 is under two percent")
	}
}

func TestLocalLaw144ThatCannotBeHad(t *testing.T) {
	none := measure.SelectionRates(map[measure.Cell]measure.Group{{Sex: "f"}: {Total: 5}, {Sex: "m"}: {Total: 5}}, false)
	lacking(t, "nobody selected", none.Sexes[0].Ratio, measure.NoSelections)
	one := measure.SelectionRates(map[measure.Cell]measure.Group{{Sex: "f"}: {Selected: 1, Total: 5}}, false)
	lacking(t, "one category", one.Sexes[0].Ratio, measure.OneGroup)
	empty := measure.SelectionRates(map[measure.Cell]measure.Group{{Sex: "f"}: {Selected: 1, Total: 5}, {Sex: "m"}: {}}, false)
	lacking(t, "an empty category", empty.Sexes[1].Ratio, measure.EmptyGroup)
	_, median := measure.ScoringRates(nil, false)
	lacking(t, "the median of nobody", median, measure.TooFewPersons)
	// All on one score: nobody is strictly above the median.
	flat, _ := measure.ScoringRates(map[measure.Cell]measure.Scores{{Sex: "f"}: scored(5, 5), {Sex: "m"}: scored(9, 9)}, false)
	lacking(t, "all ties", flat.Sexes[0].Ratio, measure.NoSelections)
}
