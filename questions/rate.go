package questions

import (
	"bytes"
	"iter"
)

// highestRating is the top of the scale that ratings and keys share.
const highestRating = 4

// rate asks how effective each option is.
type rate struct{}

func (rate) check(i Item, r Response) error {
	return i.checkNumbers("ratings", r.Ratings, highestRating)
}

func (rate) encode(i Item, r Response, code []byte) { encodeNumbers(i, r.Ratings, code) }

func (rate) decode(i Item, code []byte) Response {
	return Response{Ratings: decodeNumbers(i, code)}
}

func (rate) complete(_ Item, code []byte) bool {
	return bytes.IndexByte(code, 0) < 0
}

func (rate) responses(i Item) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		code := bytes.Repeat([]byte{1}, len(i.Options))
		for yield(code) && count(code) {
		}
	}
}

// count moves to the next code as one counts, the last option fastest, and reports
// false when it has come round to the first.
func count(code []byte) bool {
	for n := len(code) - 1; n >= 0; n-- {
		if code[n] < highestRating {
			code[n]++
			return true
		}
		code[n] = 1
	}
	return false
}

// lint asks nothing further: ties are allowed, and that the key spans the whole
// scale is asked of every kind.
func (rate) lint(Item) []complaint { return nil }

func (rate) rule() rule { return concordance1 }

// concordance1 is the share of option pairs with different e that are rated as
// keyed, a tie counting one half; it equals (1 + Somers' D) / 2 (Somers 1962).
// Plain distance is not the default because it rewards sitting on the fence.
var concordance1 = rule{name: "concordance/1", kind: Rate, mark: func(i Item, code []byte) (Mark, bool) {
	if !(rate{}).complete(i, code) {
		return Mark{}, false
	}
	var m Mark
	for better, worse := range i.keyedPairs() {
		m.Den += 2
		switch {
		case code[better] > code[worse]:
			m.Num += 2
		case code[better] == code[worse]:
			m.Num++
		}
	}
	return m, m.Den > 0
}}

// keyedPairs yields every two options that the key tells apart, the more effective
// first, as indices.
func (i Item) keyedPairs() iter.Seq2[int, int] {
	return func(yield func(better, worse int) bool) {
		for better := range i.Options {
			for worse := range i.Options {
				if i.Options[better].Effectiveness > i.Options[worse].Effectiveness && !yield(better, worse) {
					return
				}
			}
		}
	}
}
