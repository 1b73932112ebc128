// Package measure is the psychometrics of Fourfold: reliability, item analysis,
// norms, fairness, agreement and equating, as plain arithmetic on counts and moments.
//
// It knows no database, no clock and no candidate. Every statistic names its formula
// and its source. A statistic that does not exist for the data at hand is a Figure
// with a Reason: never NaN, never an infinity, never a panic.
package measure

import "math"

// Figure is one statistic: a number, or the reason why there is none.
type Figure struct {
	Value  float64
	Reason Reason // empty when Value is the number asked for
}

// Reason is a stable word for why a figure does not exist.
type Reason string

// The reasons a figure may not exist.
const (
	TooFewItems   Reason = "too_few_items"   // the coefficient needs more items
	TooFewPersons Reason = "too_few_persons" // the coefficient needs more persons, or more rows
	TooFewRaters  Reason = "too_few_raters"  // agreement needs two
	NoVariance    Reason = "no_variance"     // everybody has the same score
	NoReliability Reason = "no_reliability"  // the reliability it rests on is zero or less
	AllTied       Reason = "all_tied"        // no rater told two objects apart
	Singular      Reason = "singular"        // some items say exactly what others say
	HeywoodCase   Reason = "heywood_case"    // the factor would leave an item no error of its own
	NoConvergence Reason = "no_convergence"  // the iteration did not settle
	Separated     Reason = "separated"       // a score or a group foretells every mark
	NoStrata      Reason = "no_strata"       // no score level holds persons of both groups
	ZeroCells     Reason = "zero_cells"      // a ratio would divide by zero or be unbounded
	OneGroup      Reason = "one_group"       // there is nobody to compare with
	EmptyGroup    Reason = "empty_group"     // the group has no members
	NoSelections  Reason = "no_selections"   // nobody at all was selected
	AllSelected   Reason = "all_selected"    // everybody was selected
	IsReference   Reason = "is_reference"    // the group others are compared with
	SmallCategory Reason = "small_category"  // left out: under two percent of the sample
	TooManyLevels Reason = "too_many_levels" // more different marks than groups can be compared by
	NotAsked      Reason = "not_asked"       // what it rests on was not given
	NotWhole      Reason = "not_whole"       // the method needs whole-number scores
	OutOfRange    Reason = "out_of_range"    // a number too large to compute with, or none at all
	BadCounts     Reason = "bad_counts"      // counts that cannot be: negative, or a part above its whole
	Mismatched    Reason = "mismatched"      // two inputs that do not describe the same items
)

// Note is a stable word for what a reader should know about a figure that does exist.
type Note string

// The notes a result may carry.
const (
	SmallNumbers   Note = "small_numbers"                // so few that the figure says little
	NegativeAsZero Note = "negative_reliability_as_zero" // an error was computed as if reliability were zero
)

// Known reports whether the figure is a number.
func (f Figure) Known() bool { return f.Reason == "" }

// known is the one door by which numbers become figures, so none that is not finite passes.
func known(v float64) Figure {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Figure{Reason: OutOfRange}
	}
	return Figure{Value: v}
}

func unknown(r Reason) Figure { return Figure{Reason: r} }

// firstReason returns the reason of the first figure that is not known.
func firstReason(figures ...Figure) Reason {
	for _, f := range figures {
		if !f.Known() {
			return f.Reason
		}
	}
	return ""
}
