package questions

import (
	"fmt"
	"iter"
)

// format is what a kind of item does with a response. Past check, a response is a
// code: one small number per option, in the key's order, 0 for nothing. That is
// how vectors keep it and how rules read it.
type format interface {
	// check reports the first thing that makes r no response to i; the fields of
	// other kinds have been looked at already.
	check(i Item, r Response) error
	// encode fills in the code of a response; it loses nothing.
	encode(i Item, r Response, code []byte)
	// decode is the reverse of encode.
	decode(i Item, code []byte) Response
	// complete reports whether the kind's default rule can mark the response.
	complete(i Item, code []byte) bool
	// responses yields the code of every complete response, in the same slice.
	responses(i Item) iter.Seq[[]byte]
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
	return i.Check(r) == nil && formats[i.Kind].complete(i, i.Encode(r))
}

// Mark is what r earns under the item's rule; ok is false when it is missing. An item
// that nobody answered is missing under every rule: it is not 0.
func (i Item) Mark(r Response) (m Mark, ok bool) {
	if r.Blank() {
		return Mark{}, false
	}
	return i.Credit(r)
}

// Credit is what the item's rule by itself says of r: as Mark, but a rule that gives
// blanks 0 gives it here to a response all blank, too.
func (i Item) Credit(r Response) (m Mark, ok bool) {
	rule, known := i.rule()
	if !known || i.Check(r) != nil {
		return Mark{}, false
	}
	return rule.mark(i, i.Encode(r))
}

// Responses yields every complete response to the item, in a fixed order.
func (i Item) Responses() iter.Seq[Response] {
	return func(yield func(Response) bool) {
		for code := range formats[i.Kind].responses(i) {
			if !yield(formats[i.Kind].decode(i, code)) {
				return
			}
		}
	}
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
