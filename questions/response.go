package questions

import "fmt"

// Response is what a candidate answered to one item: raw, and able to be blank,
// partial, tied or over-picked, because named rules score those too. Only the
// fields of the item's kind are used. Option ids are the key's, never the
// shuffled positions.
type Response struct {
	Best    string         `json:"best,omitempty"`
	Worst   string         `json:"worst,omitempty"`
	Ratings map[string]int `json:"ratings,omitempty"` // Option id → 1..4.
	Ranks   map[string]int `json:"ranks,omitempty"`   // Option id → 1 (most effective) … n.
	Chosen  []string       `json:"chosen,omitempty"`  // Option ids, sorted; their order means nothing.
}

// Blank reports whether nothing at all was answered.
func (r Response) Blank() bool {
	return r.Best == "" && r.Worst == "" && len(r.Ratings) == 0 && len(r.Ranks) == 0 && len(r.Chosen) == 0
}

// Mark is what a response earned: an exact fraction in 0..1. Den is fixed for an
// item and its rule, and the fraction is never reduced.
type Mark struct {
	Num int `json:"num"`
	Den int `json:"den"`
}

// String writes the mark as "num/den".
func (m Mark) String() string { return fmt.Sprintf("%d/%d", m.Num, m.Den) }

// ResponseError says why a response cannot be one to its item. Reason is a stable
// word: unknown_option, out_of_range, same_option, repeated_option or wrong_kind.
type ResponseError struct {
	Item   string
	Field  string // The response's field, as JSON names it.
	Reason string
}

func (e *ResponseError) Error() string {
	return fmt.Sprintf("response to %s: %s: %s (%s)", e.Item, e.Field, reasonTexts[e.Reason], e.Reason)
}

// The reasons a ResponseError gives.
const (
	reasonUnknownOption  = "unknown_option"
	reasonOutOfRange     = "out_of_range"
	reasonSameOption     = "same_option"
	reasonRepeatedOption = "repeated_option"
	reasonWrongKind      = "wrong_kind"
)

// reasonTexts say them in words.
var reasonTexts = map[string]string{
	reasonUnknownOption:  "there is no such option",
	reasonOutOfRange:     "a number is too small or too large",
	reasonSameOption:     "best and worst are the same option",
	reasonRepeatedOption: "an option is named twice",
	reasonWrongKind:      "the item is of another kind",
}

// checkOnly refuses a response that fills a field of another kind than the item's.
func (i Item) checkOnly(r Response) error {
	fields := []struct {
		name   string
		kind   Kind
		filled bool
	}{
		{"best", BestWorst, r.Best != ""},
		{"worst", BestWorst, r.Worst != ""},
		{"ratings", Rate, len(r.Ratings) > 0},
		{"ranks", Rank, len(r.Ranks) > 0},
		{"chosen", ChooseK, len(r.Chosen) > 0},
	}
	for _, f := range fields {
		if f.filled && f.kind != i.Kind {
			return &ResponseError{i.ID, f.name, reasonWrongKind}
		}
	}
	return nil
}

// checkNumbers refuses a number outside 1..highest or one for an option the item
// does not have. Options are looked at first, so the same fault is always the one named.
func (i Item) checkNumbers(field string, numbers map[string]int, highest int) error {
	for id := range numbers {
		if _, ok := i.Option(id); !ok {
			return &ResponseError{i.ID, field, reasonUnknownOption}
		}
	}
	for _, n := range numbers {
		if n < 1 || n > highest {
			return &ResponseError{i.ID, field, reasonOutOfRange}
		}
	}
	return nil
}
