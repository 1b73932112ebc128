package questions

// Blueprint is what a form must contain. Counts of kinds and facets are exact;
// the rest are bounds over the whole form.
type Blueprint struct {
	Name        string
	Title       Text
	Kinds       map[Kind]int  // Items of each kind in every quality.
	Facets      map[Facet]int // Items of each facet.
	Duty        int           // At least so many items for each duty.
	Mindset     int           // At least so many items for each mindset.
	Sensitive   int           // At most so many sensitive items.
	SameProblem int           // At most so many items with one problem.
	Gender      Range         // Percentage of women, and of men, among the debtors whose gender is told.
	Run         int           // At most so many items of one quality in a row.
	Limit       int           // Seconds for the whole form.
	LengthKey   int           // Greatest correlation of length and effectiveness, in thousandths; 0 asks nothing.
	BestLongest Range         // Percentage of items whose best option is also the longest; empty asks nothing.
	Exposure    int           // At most that percentage of all forms may hold one item; 0 asks nothing.
	Parallel    Balance       // How far parallel forms may differ.
}

// Range is a closed interval of whole numbers.
type Range struct {
	Min, Max int
}

// Duties and Mindsets are the tags every form must cover.
var (
	Duties   = []string{"D1", "D2", "D3", "D4", "D5"}
	Mindsets = []string{"M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8"}
)

// Items is how many items a form has.
func (b Blueprint) Items() int {
	total := 0
	for _, q := range Qualities {
		total += b.of(q)
	}
	return total
}

// of is how many of them are of the quality.
func (b Blueprint) of(q Quality) int {
	total := 0
	for _, facet := range Facets[q] {
		total += b.Facets[facet]
	}
	return total
}
