package questions

// Guide is what a report says and asks about a facet.
type Guide struct {
	Facet    Facet `json:"facet"`
	Name     Text  `json:"name"`
	Probe    Text  `json:"probe"`     // A question about the past.
	Probe2   Text  `json:"probe2"`    // A question about a situation.
	HearGood Text  `json:"hear_good"` // Anchor 5 of the interview rating.
	HearBad  Text  `json:"hear_bad"`  // Anchor 1.
	Strength Text  `json:"strength"`
	Watch    Text  `json:"watch"`
}

// QualityGuide is what a report says of a quality.
type QualityGuide struct {
	Quality    Quality `json:"quality"`
	Name       Text    `json:"name"`
	Closer     Text    `json:"closer"`
	Mixed      Text    `json:"mixed"`
	Further    Text    `json:"further"`
	Onboarding Text    `json:"onboarding"` // A hint for training.
}

// At returns the text for a level, which is empty for a quality that is not shown.
func (g QualityGuide) At(l Level) Text {
	switch l {
	case Closer:
		return g.Closer
	case Mixed:
		return g.Mixed
	case Further:
		return g.Further
	}
	return Text{}
}
