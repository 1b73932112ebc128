package measure

// The numbers under which a result carries the note SmallNumbers. They are customs, not
// laws: the figure is given all the same.
const (
	FewPersons    = NormFloor // a coefficient's interval is wide, and no norm is published
	FewMembers    = 100       // of either group, for a verdict on an item (Zwick 2012)
	FewObjects    = 8         // the chi-square of Kendall's W is rough (Siegel 1956)
	FewInCategory = 30        // one person moves a rate by several percent
	FewForLine    = 400       // examinees a form for linear equating (Kolen & Brennan 2014, 8.3)
	FewForRanks   = 1500      // and for equipercentile equating
	fewExpected   = 5         // in a cell, for the normal and chi-square approximations (Cochran 1954)
)

// Small notes that there are fewer than so many.
func Small(n, than int64) Note {
	if n < than {
		return SmallNumbers
	}
	return ""
}
