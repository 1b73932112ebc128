package measure

import (
	"math"
	"time"
)

// Response times are kept as counts on fixed bins, eight to each doubling, from a
// quarter of a second to over two hours: counts add up where medians do not.
const (
	TimeBins    = 120
	perDoubling = 8
	firstTime   = 250 * time.Millisecond
)

// TimeBin returns the bin of a response time; shorter and longer ones go to the ends.
func TimeBin(t time.Duration) int {
	if t <= firstTime {
		return 0
	}
	return min(TimeBins-1, int(math.Log2(float64(t)/float64(firstTime))*perDoubling))
}

// MedianTime returns the median in seconds, interpolated on the log scale within its
// bin, so it is off by less than half a bin: 4.5 %.
func MedianTime(counts []int64) Figure {
	if len(counts) != TimeBins {
		return unknown(Mismatched)
	}
	n := sum(counts)
	if n == 0 {
		return unknown(TooFewPersons)
	}
	below, half := 0.0, float64(n)/2
	for bin, c := range counts {
		here := float64(c)
		if below+here >= half && c > 0 {
			doublings := (float64(bin) + (half-below)/here) / perDoubling
			return known(firstTime.Seconds() * math.Exp2(doublings))
		}
		below += here
	}
	return unknown(BadCounts)
}

// TooFast is the time in seconds under which an answer was hardly read: a tenth of the
// item's median, at least three seconds (Wise & Ma 2012).
func TooFast(median float64) float64 { return max(3, median/10) }
