// Package bench measures one thing beside another on one machine in one run: both
// sides in turn, several rounds, one printed line a figure. What is measured is
// left to its callers.
package bench

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Rounds is how often each side has its turn.
const Rounds = 5

// steady bounds the drift of a reference between its slowest and its fastest
// round: beyond it the machine had something else on its mind.
const steady = 1.5

// Reach is what a figure is to reach.
type Reach struct {
	value  float64
	atMost bool
}

// AtLeast is reached from below.
func AtLeast(value float64) Reach { return Reach{value, false} }

// AtMost is reached by staying under it.
func AtMost(value float64) Reach { return Reach{value, true} }

func (r Reach) holds(v float64) bool {
	if r.atMost {
		return v <= r.value
	}
	return v >= r.value
}

func (r Reach) String() string {
	sign := "≥"
	if r.atMost {
		sign = "≤"
	}
	return fmt.Sprintf("%s %g", sign, r.value)
}

// Ratio prints the median of ours ÷ reference, each round's against its own, with
// the spread, and void when the reference drifted.
func Ratio(name string, ours, reference []float64, unit string, reach Reach) {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / reference[i]
	}
	verdict := reach.verdict(Median(ratios))
	if drift := slices.Max(reference) / slices.Min(reference); drift > steady {
		verdict = fmt.Sprintf("void: the reference drifted %.1f×", drift)
	}
	line(name, ratios, "", reach, fmt.Sprintf("%s; %.4g %s ÷ %.4g %[3]s", verdict, Median(ours), unit, Median(reference)))
}

// Figure prints the median of a figure that stands for itself, with the spread.
func Figure(name string, values []float64, unit string, reach Reach) {
	line(name, values, " "+unit, reach, reach.verdict(Median(values)))
}

func (r Reach) verdict(v float64) string {
	if r.holds(v) {
		return "reached"
	}
	return "missed"
}

func line(name string, values []float64, unit string, reach Reach, rest string) {
	fmt.Printf("%-56s %6.4g%s (%.4g–%.4g) reach %s: %s; load %s\n",
		name, Median(values), unit, slices.Min(values), slices.Max(values), reach, rest, load())
}

// load is the machine's load average over the past minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}

// Median is the middle value, or the mean of the two in the middle.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
