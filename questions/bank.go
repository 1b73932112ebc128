package questions

// Bank is everything tests are made from.
type Bank struct {
	Items      []Item
	Practice   []Item // One of each kind, in the order of Kinds.
	Facts      map[string]Fact
	Guides     map[Facet]Guide
	Qualities  map[Quality]QualityGuide
	FollowUps  []Text // Questions to ask after any answer in an interview.
	Notice     Text   // What may and may not be concluded from a result.
	Blueprints map[string]Blueprint
	Premise    Text         // What every situation takes for granted, shown once.
	Scale      []ScaleLabel // From 4 down to 1.

	places places
}

// ScaleLabel names a point of the scale that ratings and keys share.
type ScaleLabel struct {
	Value int  `json:"value"`
	Label Text `json:"label"`
}
