package questions

import (
	"fmt"
	"iter"
)

// format is what a kind of item does with a response.
type format interface {
	// check reports the first thing that makes r no response to i; the fields of
	// other kinds have been looked at already.
	check(i Item, r Response) error
	// complete reports whether the kind's default rule can mark r, which has passed check.
	complete(i Item, r Response) bool
	// responses yields every complete response.
	responses(i Item) iter.Seq[Response]
	// encode fills one byte per option, in the key's order; 0 means nothing.
	encode(i Item, r Response, code []byte)
	// decode is the reverse of encode; what encode never writes, check refuses.
	decode(i Item, code []byte) Response
	// lint lists what the format asks of an item and its key.
	lint(i Item) []complaint
	// rule is the kind's default scoring rule.
	rule() rule
}

// formats holds the format of every kind.
var formats = map[Kind]format{
	BestWorst: bestWorst{},
	Rate:      rate{},
	Rank:      rank{},
	ChooseK:   chooseK{},
}

// Check reports whether r is a response to this item at all, as a *ResponseError.
// Blank, partial, tied and over-picked responses are.
func (i Item) Check(r Response) error {
	if err := i.checkOnly(r); err != nil {
		return err
	}
	return formats[i.Kind].check(i, r)
}

// Complete reports whether r is a response the kind's default rule can mark: both
// best and worst, every option rated, ranked without ties, or exactly K chosen.
func (i Item) Complete(r Response) bool {
	return i.Check(r) == nil && formats[i.Kind].complete(i, r)
}

// Mark is what r earns under the item's rule; ok is false when it is missing.
func (i Item) Mark(r Response) (m Mark, ok bool) {
	if i.Check(r) != nil {
		return Mark{}, false
	}
	rule, ok := i.rule()
	if !ok {
		return Mark{}, false
	}
	return rule.mark(i, r)
}

// Responses yields every complete response to the item, in a fixed order.
func (i Item) Responses() iter.Seq[Response] {
	return formats[i.Kind].responses(i)
}

// Encode writes a response as one byte per option, in the key's order: 1 best and
// 2 worst, the rating, the rank, or 1 for chosen; 0 for nothing. It loses nothing
// of a response that passes Check.
func (i Item) Encode(r Response) []byte {
	code := make([]byte, len(i.Options))
	formats[i.Kind].encode(i, r, code)
	return code
}

// Decode reads what Encode wrote, and refuses what it could not have written.
func (i Item) Decode(code []byte) (Response, error) {
	if len(code) != len(i.Options) {
		return Response{}, fmt.Errorf("response to %s: %d bytes for %d options", i.ID, len(code), len(i.Options))
	}
	r := formats[i.Kind].decode(i, code)
	if err := i.Check(r); err != nil {
		return Response{}, err
	}
	if string(i.Encode(r)) != string(code) {
		return Response{}, fmt.Errorf("response to %s: % x is not a %s response", i.ID, code, i.Kind)
	}
	return r, nil
}

// encodeNumbers writes the number given to each option.
func encodeNumbers(i Item, numbers map[string]int, code []byte) {
	for n, o := range i.Options {
		code[n] = byte(numbers[o.ID])
	}
}

// decodeNumbers reads the number given to each option; nil when there is none.
func decodeNumbers(i Item, code []byte) map[string]int {
	var numbers map[string]int
	for n, o := range i.Options {
		if code[n] == 0 {
			continue
		}
		if numbers == nil {
			numbers = make(map[string]int, len(code))
		}
		numbers[o.ID] = int(code[n])
	}
	return numbers
}
