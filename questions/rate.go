package questions

import "iter"

// highestRating is the top of the scale that ratings and keys share.
const highestRating = 4

// rate asks how effective each option is.
type rate struct{}

func (rate) check(i Item, r Response) error {
	return i.checkNumbers("ratings", r.Ratings, highestRating)
}

func (rate) complete(i Item, r Response) bool {
	return len(r.Ratings) == len(i.Options)
}

func (rate) responses(i Item) iter.Seq[Response] {
	return func(yield func(Response) bool) {
		digits := make([]int, len(i.Options))
		for {
			ratings := make(map[string]int, len(digits))
			for n, o := range i.Options {
				ratings[o.ID] = digits[n] + 1
			}
			if !yield(Response{Ratings: ratings}) || !count(digits, highestRating) {
				return
			}
		}
	}
}

// count adds one to a number written in the given base, lowest digit last, and
// reports false when it has come round to zero.
func count(digits []int, base int) bool {
	for n := len(digits) - 1; n >= 0; n-- {
		digits[n]++
		if digits[n] < base {
			return true
		}
		digits[n] = 0
	}
	return false
}

func (rate) encode(i Item, r Response, code []byte) { encodeNumbers(i, r.Ratings, code) }

func (rate) decode(i Item, code []byte) Response {
	return Response{Ratings: decodeNumbers(i, code)}
}

// lint asks nothing further: ties are allowed, and that the key spans the whole
// scale is asked of every kind.
func (rate) lint(Item) []complaint { return nil }

func (rate) rule() rule { return concordance1 }

// concordance1 is the share of option pairs with different e that are rated as
// keyed, a tie counting one half; it equals (1 + Somers' D) / 2 (Somers 1962).
// Plain distance is not the default because it rewards sitting on the fence.
var concordance1 = rule{name: "concordance/1", kind: Rate, mark: func(i Item, r Response) (Mark, bool) {
	if !(rate{}).complete(i, r) {
		return Mark{}, false
	}
	var m Mark
	for better, worse := range i.keyedPairs() {
		m.Den += 2
		switch difference := r.Ratings[better.ID] - r.Ratings[worse.ID]; {
		case difference > 0:
			m.Num += 2
		case difference == 0:
			m.Num++
		}
	}
	return m, m.Den > 0
}}

// keyedPairs yields every pair of options that the key tells apart, the more
// effective first.
func (i Item) keyedPairs() iter.Seq2[Option, Option] {
	return func(yield func(better, worse Option) bool) {
		for _, better := range i.Options {
			for _, worse := range i.Options {
				if better.Effectiveness > worse.Effectiveness && !yield(better, worse) {
					return
				}
			}
		}
	}
}
