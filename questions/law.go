package questions

// Date is a day as YYYY-MM-DD, so that text order is time order.
type Date string

// Fact is a rule of law that items and reports cite, with where it was read and
// for how long that reading may be relied on.
type Fact struct {
	ID            string   `json:"id"`
	Jurisdiction  string   `json:"jurisdiction"`
	Text          Text     `json:"text"`
	Citation      Text     `json:"citation"`
	Sources       []string `json:"sources"`
	EffectiveFrom Date     `json:"effective_from"` // Empty when not known.
	EffectiveTo   Date     `json:"effective_to"`   // Empty while in force.
	CheckedOn     Date     `json:"checked_on"`
	ReviewBy      Date     `json:"review_by"`
	Confidence    string   `json:"confidence"` // H, M-H, M or L: how directly the rule's own text was read.
}

// Usable reports whether a new form may still rest on the fact on that day: it is
// in force and its review is not overdue.
func (f Fact) Usable(on Date) bool {
	return f.EffectiveFrom <= on && (f.EffectiveTo == "" || on <= f.EffectiveTo) && on <= f.ReviewBy
}
