package measure_test

import (
	"math"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
)

// 12 of 40 against 48 of 80, the figures of the EEOC's own example: the ratio is .5, the
// standard error of its logarithm √(1/12 − 1/40 + 1/48 − 1/80) = √(1/15).
func TestTheIntervalOfARatio(t *testing.T) {
	low, high := measure.RatioInterval(measure.Group{Selected: 12, Total: 40}, measure.Group{Selected: 48, Total: 80})
	factor := math.Exp(1.959963984540054 / math.Sqrt(15))
	if math.Abs(low.Value-.5/factor) > 1e-12 || math.Abs(high.Value-.5*factor) > 1e-12 {
		t.Errorf("%v to %v, want %v to %v", low, high, .5/factor, .5*factor)
	}
	for _, g := range []struct {
		group, reference measure.Group
		reason           measure.Reason
	}{
		{measure.Group{Selected: 0, Total: 40}, measure.Group{Selected: 48, Total: 80}, measure.ZeroCells},
		{measure.Group{Selected: 12, Total: 40}, measure.Group{Selected: 0, Total: 80}, measure.ZeroCells},
		{measure.Group{}, measure.Group{Selected: 48, Total: 80}, measure.EmptyGroup},
		{measure.Group{Selected: 5, Total: 4}, measure.Group{Selected: 48, Total: 80}, measure.BadCounts},
	} {
		if low, high := measure.RatioInterval(g.group, g.reference); low.Reason != g.reason || high.Reason != g.reason {
			t.Errorf("%v against %v: %v, %v, want %q", g.group, g.reference, low, high, g.reason)
		}
	}
}

func TestTheRuleAndTheTestMayDisagree(t *testing.T) {
	// 1 of 3 against 1 of 2 is under four fifths, and nothing for a test.
	small := measure.FourFifths([]measure.Group{{Name: "a", Selected: 1, Total: 2}, {Name: "b", Selected: 1, Total: 3}})
	// 830 of 1000 against 900 of 1000 is over four fifths, and no accident.
	large := measure.FourFifths([]measure.Group{{Name: "a", Selected: 900, Total: 1000}, {Name: "b", Selected: 830, Total: 1000}})
	// 12 of 40 against 48 of 80: both say so.
	both := measure.FourFifths([]measure.Group{{Name: "a", Selected: 48, Total: 80}, {Name: "b", Selected: 12, Total: 40}})
	if !small[1].Contradicted() || !large[1].Contradicted() || both[1].Contradicted() || both[0].Contradicted() {
		t.Errorf("%+v %+v %+v", small[1], large[1], both)
	}
}
