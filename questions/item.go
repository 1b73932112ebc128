// Package questions knows the test itself: items and their keys, the four
// response kinds and how each earns a mark, the bank and its lint, the rules of
// law an item cites, and how a form is put together. It knows nothing of people,
// clocks or databases.
package questions

// Lang is a language an item is written in. A translated item is a different
// instrument, so a sitting fixes its language.
type Lang string

// The languages every text carries.
const (
	Chinese Lang = "zh-CN"
	English Lang = "en"
)

// Text is one text in every language.
type Text struct {
	Chinese string `json:"zh-CN"`
	English string `json:"en"`
}

// In returns the text in the given language; anything but English is Chinese.
func (t Text) In(l Lang) string {
	if l == English {
		return t.English
	}
	return t.Chinese
}

// Quality is one of the four scales a result reports.
type Quality string

// The four qualities, in the order every page and document shows them.
const (
	Communication Quality = "communication"
	Endurance     Quality = "endurance"
	Negotiation   Quality = "negotiation"
	Legal         Quality = "legal"
)

// Qualities lists the scales in their fixed order.
var Qualities = []Quality{Communication, Endurance, Negotiation, Legal}

// Facet is one of the four parts of a quality, such as "com.explain".
type Facet string

// Facets lists the facets of each quality in their fixed order.
var Facets = map[Quality][]Facet{
	Communication: {"com.explain", "com.listen", "com.tone", "com.record"},
	Endurance:     {"end.calm", "end.persist", "end.load", "end.objective"},
	Negotiation:   {"neg.initiate", "neg.adapt", "neg.plan", "neg.deadlock"},
	Legal:         {"law.debt", "law.conduct", "law.privacy", "law.procedure"},
}

// Kind is a response format: what a candidate is asked to do with the options.
type Kind string

// The four kinds.
const (
	BestWorst Kind = "best_worst"
	Rate      Kind = "rate"
	Rank      Kind = "rank"
	ChooseK   Kind = "choose_k"
)

// Kinds lists the kinds in the order the practice items take.
var Kinds = []Kind{BestWorst, Rate, Rank, ChooseK}

// Status says how far a key has been examined.
type Status string

// The ladder of a key's life, in order.
const (
	DraftAuthorKey Status = "draft-author-key"
	SMEReviewed    Status = "sme-reviewed"
	Piloted        Status = "piloted"
	Validated      Status = "validated"
)

// Statuses lists the ladder from its lowest step.
var Statuses = []Status{DraftAuthorKey, SMEReviewed, Piloted, Validated}

// Problems are the troubles a situation may turn on.
var Problems = []string{
	"abuse", "bereavement", "broken_plan", "colleague", "complaint", "credit_record", "debt_sold", "dispute",
	"distress", "drunk_caller", "fee_question", "first_day", "handover", "hardship", "identity_theft", "illness",
	"income_pattern", "job_loss", "language_barrier", "limitation", "lost_contact", "partial_payment", "privacy",
	"quota_pressure", "recording_request", "records", "shift", "silent_caller", "system_error", "third_party",
	"vague_promise", "workload", "wrong_person",
}

// Debtor is the person on the other end of the line, as quotas count them.
type Debtor struct {
	Surname string `json:"surname,omitempty"` // Pinyin, as the English stem spells it; empty where nobody is named.
	Gender  string `json:"gender,omitempty"`  // "female" or "male"; empty where the stem does not say.
}

// Option is one thing a candidate could do or say, with what the key holds of it.
type Option struct {
	ID            string   `json:"id"`            // "A" to "E"; never carries meaning, the order is shuffled for each sitting.
	Effectiveness int      `json:"effectiveness"` // The key: 1 ineffective or harmful … 4 very effective.
	Text          Text     `json:"text"`          // What the candidate reads.
	Why           Text     `json:"why"`           // Why the key says so; never shown to a candidate.
	Redline       bool     `json:"redline"`       // The option breaches a cited rule; always keyed 1.
	Legal         []string `json:"legal"`         // Fact ids the red line rests on.
}

// Item is a situation with options in a response format, and its key.
// An item version is never edited in place.
type Item struct {
	ID           string   `json:"id"`
	Version      int      `json:"version"`
	Quality      Quality  `json:"quality"` // Empty, like the facet, for a practice item.
	Facet        Facet    `json:"facet"`
	Duties       []string `json:"duties"`   // D1–D5
	Mindsets     []string `json:"mindsets"` // M1–M8
	Kind         Kind     `json:"kind"`
	K            int      `json:"k"`            // How many to choose; choose_k only.
	Rule         string   `json:"rule"`         // Named scoring rule; the kind's default when the bank names none.
	Jurisdiction string   `json:"jurisdiction"` // "any", "CN", "US", "UK"
	Seconds      int      `json:"seconds"`      // Planning estimate of the time it takes.
	Incident     string   `json:"incident"`     // Where the situation comes from: article, SME, QA-recording, complaint, rule.
	Sensitive    bool     `json:"sensitive"`
	Transparent  bool     `json:"transparent,omitempty"` // Every blind keyer met its whole key, so it separates few.
	Debtor       Debtor   `json:"debtor"`
	Problem      string   `json:"problem"` // What the trouble is, one of Problems; quotas count it.
	Enemies      []string `json:"enemies"` // Ids of items that must not share a form with this one.
	Stem         Text     `json:"stem"`
	Options      []Option `json:"options"`
	Legal        []string `json:"legal"`     // Fact ids the item rests on.
	SMECheck     string   `json:"sme_check"` // Where a panel may disagree.
	Status       Status   `json:"status"`
	KeyVersion   string   `json:"key_version"`
}

// Option returns the option with that id.
func (i Item) Option(id string) (Option, bool) {
	for _, o := range i.Options {
		if o.ID == id {
			return o, true
		}
	}
	return Option{}, false
}

// spread returns the lowest and the highest effectiveness among the options.
func (i Item) spread() (lowest, highest int) {
	for n, o := range i.Options {
		if n == 0 {
			lowest, highest = o.Effectiveness, o.Effectiveness
		}
		lowest, highest = min(lowest, o.Effectiveness), max(highest, o.Effectiveness)
	}
	return lowest, highest
}
