package measure

// Crosstab counts persons by score bin, lowest first, and by what they did on one item:
// the option they chose or the mark they reached. It adds up over shards, so sample
// fifths and upper and lower groups, which do not, are read off its bins.
type Crosstab struct {
	Columns int
	Counts  []int64 // bin by bin, Columns counts each
}

// NewCrosstab returns an empty table.
func NewCrosstab(bins, columns int) Crosstab {
	return Crosstab{columns, make([]int64, bins*columns)}
}

// Bins returns the number of score bins.
func (c Crosstab) Bins() int {
	if c.Columns == 0 {
		return 0
	}
	return len(c.Counts) / c.Columns
}

// Add counts n persons, or takes them back when n is negative.
func (c Crosstab) Add(bin, column int, n int64) Reason {
	if bin < 0 || bin >= c.Bins() || column < 0 || column >= c.Columns {
		return OutOfRange
	}
	at := &c.Counts[bin*c.Columns+column]
	if *at+n < 0 {
		return BadCounts
	}
	*at += n
	return ""
}

// Merge adds the persons of another shard.
func (c Crosstab) Merge(o Crosstab) Reason {
	if c.Columns != o.Columns || len(c.Counts) != len(o.Counts) {
		return Mismatched
	}
	for i, n := range o.Counts {
		c.Counts[i] += n
	}
	return ""
}

func (c Crosstab) bin(i int) []int64 { return c.Counts[i*c.Columns : (i+1)*c.Columns] }

// N returns the number of persons.
func (c Crosstab) N() int64 { return sum(c.Counts) }

func sum(counts []int64) int64 {
	var n int64
	for _, c := range counts {
		n += c
	}
	return n
}

// Slice returns each column's share among the persons ranked by score between two
// shares of the sample, 0 the lowest person and 1 the highest. A bin that straddles an
// edge counts in part, as if those who tie there were drawn by lot and the draw averaged.
func (c Crosstab) Slice(from, to float64) []Figure {
	total := float64(c.N())
	out := make([]Figure, c.Columns)
	if total == 0 || to <= from {
		for j := range out {
			out[j] = unknown(TooFewPersons)
		}
		return out
	}
	shares := make([]float64, c.Columns)
	below := 0.0
	for i := range c.Bins() {
		counts := c.bin(i)
		here := float64(sum(counts))
		inside := min(below+here, to*total) - max(below, from*total)
		if inside > 0 {
			for j, n := range counts {
				shares[j] += float64(n) * inside / here
			}
		}
		below += here
	}
	for j, n := range shares {
		out[j] = known(n / ((to - from) * total))
	}
	return out
}

// Fifths returns each column's share in each fifth of the sample by score, the lowest
// first: the points of an option-characteristic chart.
func (c Crosstab) Fifths() [5][]Figure {
	var out [5][]Figure
	for f := range out {
		out[f] = c.Slice(float64(f)/5, float64(f+1)/5)
	}
	return out
}

// tail is the share of the sample in each of the two groups that discriminate best
// (Kelley 1939).
const tail = .27

// Discrimination is the mean mark of the upper 27 % less that of the lower 27 %; marks
// gives each column's mark.
func Discrimination(c Crosstab, marks []float64) Figure {
	if len(marks) != c.Columns {
		return unknown(Mismatched)
	}
	upper, lower := c.Slice(1-tail, 1), c.Slice(0, tail)
	d := 0.0
	for j, mark := range marks {
		if why := firstReason(upper[j], lower[j]); why != "" {
			return unknown(why)
		}
		d += mark * (upper[j].Value - lower[j].Value)
	}
	return known(d)
}

// Option is what became of one option of an item.
type Option struct {
	N         int64
	Share     Figure // of all who answered the item
	MeanScore Figure // the mean quality score of those who chose it
}

// Options analyses every column; scores gives each bin's score.
func Options(c Crosstab, scores []float64) []Option {
	total := c.N()
	out := make([]Option, c.Columns)
	for j := range out {
		weighed := 0.0
		for i := range c.Bins() {
			n := c.bin(i)[j]
			out[j].N += n
			if i < len(scores) {
				weighed += float64(n) * scores[i]
			}
		}
		out[j].Share = rate(out[j].N, total)
		switch {
		case len(scores) != c.Bins():
			out[j].MeanScore = unknown(Mismatched)
		case out[j].N == 0:
			out[j].MeanScore = unknown(TooFewPersons)
		default:
			out[j].MeanScore = known(weighed / float64(out[j].N))
		}
	}
	return out
}
