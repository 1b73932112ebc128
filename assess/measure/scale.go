package measure

import (
	"math"
	"slices"
)

// NormFloor is the number of persons under which percentiles are refused.
const NormFloor = 100

// T is the T score of a standard score: 50 + 10z.
func T(z float64) float64 { return 50 + 10*z }

// Sten is the standard ten of a standard score: mean 5.5, SD 2, cut at every half
// standard deviation from −2 to 2. A score on a cut belongs to the upper sten.
func Sten(z float64) int {
	if math.IsNaN(z) {
		return 0
	}
	return int(max(1, min(10, math.Floor(2*z)+6))) // adding 6 before the floor could round up to a cut
}

// Norm is a reference group's scores, frozen.
type Norm struct {
	n        int64
	mean, sd Figure
	values   []float64
	upTo     []int64 // persons at or below each value
}

// NewNorm freezes the scores as a norm.
func NewNorm(s Scores) Norm {
	norm := Norm{mean: s.Mean(), sd: s.SD(), values: s.Values()}
	for _, x := range norm.values {
		norm.n += s[x]
		norm.upTo = append(norm.upTo, norm.n)
	}
	return norm
}

// N returns the size of the reference group.
func (n Norm) N() int64 { return n.n }

// Missing returns how many persons the norm lacks to be published.
func (n Norm) Missing() int64 { return max(0, NormFloor-n.n) }

// Z returns the standard score of x: (x − mean)/SD.
func (n Norm) Z(x float64) Figure {
	if why := firstReason(n.mean, n.sd); why != "" {
		return unknown(why)
	}
	if n.sd.Value == 0 {
		return unknown(NoVariance)
	}
	return known((x - n.mean.Value) / n.sd.Value)
}

// Percentile returns 100·(below + ½·equal)/N. Nobody is at 0 or 100: a score beyond
// all in the group gets what a person alone at that end of it would.
func (n Norm) Percentile(x float64) Figure {
	if n.n == 0 {
		return unknown(TooFewPersons)
	}
	below, equal := n.around(x)
	halves := max(1, min(2*n.n-1, 2*below+equal))
	return known(100 * float64(halves) / float64(2*n.n))
}

// around returns how many of the group are below x and how many at x.
func (n Norm) around(x float64) (below, equal int64) {
	i, found := slices.BinarySearch(n.values, x)
	if i > 0 {
		below = n.upTo[i-1]
	}
	if found {
		equal = n.upTo[i] - below
	}
	return below, equal
}

// NormRow is one line of a norm table.
type NormRow struct {
	Score            float64
	N, Below         int64
	Percentile, Z, T Figure
	Sten             Figure
}

// At returns the norm's line for score x.
func (n Norm) At(x float64) NormRow {
	below, equal := n.around(x)
	row := NormRow{Score: x, N: equal, Below: below, Percentile: n.Percentile(x), Z: n.Z(x)}
	row.T, row.Sten = row.Z, row.Z
	if row.Z.Known() {
		row.T, row.Sten = known(T(row.Z.Value)), known(float64(Sten(row.Z.Value)))
	}
	return row
}

// Table returns a line for every score that occurs in the group, lowest first.
func (n Norm) Table() []NormRow {
	out := make([]NormRow, len(n.values))
	for i, x := range n.values {
		out[i] = n.At(x)
	}
	return out
}
