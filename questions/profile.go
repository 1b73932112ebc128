package questions

// Level is the wording of a score: how close a candidate's choices came to the key.
type Level string

// The levels. The bounds are thirds of the scale, chosen for wording only.
const (
	Closer   Level = "closer"    // 67 and above.
	Mixed    Level = "mixed"     // 34 to 66.
	Further  Level = "further"   // 33 and below.
	NotShown Level = "not_shown" // Too little was answered.
)

// Levels lists every level, the closest first.
var Levels = []Level{Closer, Mixed, Further, NotShown}

// Enough reports whether a quality's score is shown: when four fifths of its items were
// answered.
func Enough(answered, of int) bool { return answered > 0 && 5*answered >= 4*of }

// NotePossiblyReversed marks a quality so far below chance that the scale may have
// been read backwards.
const NotePossiblyReversed = "possibly_reversed"

// Profile is what a sitting's responses come to.
type Profile struct {
	Qualities []QualityScore `json:"qualities"` // Always the four, in order.
	Items     []ItemScore    `json:"items"`     // By position.
	Redlines  []RedlinePick  `json:"redlines"`
	Ratings   RatingStyle    `json:"ratings"`
}

// QualityScore is the score on one quality. Whole numbers are rounded once, from
// Exact; they are null when too little was answered to show them.
type QualityScore struct {
	Quality   Quality  `json:"quality"`
	Answered  int      `json:"answered"`
	Of        int      `json:"of"`
	Shown     bool     `json:"shown"` // At least four fifths were answered.
	Raw       *int     `json:"raw"`
	Chance    *int     `json:"chance"`
	Closeness *int     `json:"closeness"`
	Level     Level    `json:"level"`
	Exact     Exact    `json:"exact"`
	Notes     []string `json:"notes"`
}

// Exact holds a quality's figures as fractions "n/d", all empty when nothing was
// answered. Closeness is signed: below chance it is negative.
type Exact struct {
	Raw                     string `json:"raw"`
	Chance                  string `json:"chance"`
	Closeness               string `json:"closeness"`
	ClosenessBlanksAtChance string `json:"closeness_blanks_at_chance"`
}

// ItemScore is what one item came to.
type ItemScore struct {
	Position int      `json:"position"` // From 0.
	Item     string   `json:"item"`
	Facet    Facet    `json:"facet"`
	Kind     Kind     `json:"kind"`
	Rule     string   `json:"rule"`
	Answered bool     `json:"answered"`
	Mark     *Mark    `json:"mark"`
	Chance   Fraction `json:"chance"`
}

// RedlinePick is an option that breaches a cited rule and was called effective: a
// topic for the interview, never a deduction.
type RedlinePick struct {
	Position int      `json:"position"` // From 0.
	Item     string   `json:"item"`
	Option   string   `json:"option"`
	As       string   `json:"as"`    // best, rank, rating or chosen.
	Value    int      `json:"value"` // The rank or the rating; 0 for best and chosen.
	Facts    []string `json:"facts"`
}

// RatingStyle is how a candidate used the rating scale, which concordance does not see.
type RatingStyle struct {
	Items                 int      `json:"items"`                   // Rate items answered.
	Shift                 Fraction `json:"shift"`                   // Mean rating minus mean key.
	HarmfulRatedEffective int      `json:"harmful_rated_effective"` // Options keyed 1 and rated 3 or 4.
	NearlyAllSame         bool     `json:"nearly_all_same"`         // One rating on 90 % of at least 15 ratings.
}

// FacetWord is a facet's level, in words only: two items are too few for a number.
type FacetWord struct {
	Facet Facet `json:"facet"`
	Items int   `json:"items"` // Items answered.
	Level Level `json:"level"`
}
