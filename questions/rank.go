package questions

import (
	"bytes"
	"iter"
)

// rank asks for the options in order of effectiveness.
type rank struct{}

func (rank) check(i Item, r Response) error {
	return i.checkNumbers("ranks", r.Ranks, len(i.Options))
}

func (rank) encode(i Item, r Response, code []byte) { encodeNumbers(i, r.Ranks, code) }

func (rank) decode(i Item, code []byte) Response {
	return Response{Ranks: decodeNumbers(i, code)}
}

func (rank) complete(_ Item, code []byte) bool {
	for n := range code {
		if bytes.IndexByte(code, byte(n+1)) < 0 {
			return false
		}
	}
	return true
}

func (rank) responses(i Item) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		rankFrom(make([]byte, len(i.Options)), 1, yield)
	}
}

// rankFrom gives rank n and the following to the options that have none yet, in
// every way, and reports whether to go on.
func rankFrom(code []byte, n int, yield func([]byte) bool) bool {
	if n > len(code) {
		return yield(code)
	}
	for o := range code {
		if code[o] != 0 {
			continue
		}
		code[o] = byte(n)
		if !rankFrom(code, n+1, yield) {
			return false
		}
		code[o] = 0
	}
	return true
}

func (rank) lint(i Item) []complaint {
	keyed := map[int]bool{}
	for _, o := range i.Options {
		keyed[o.Effectiveness] = true
	}
	if len(i.Options) != 4 || len(keyed) != 4 {
		return []complaint{{"options", "format", "rank needs four options keyed 4, 3, 2 and 1"}}
	}
	return nil
}

func (rank) rule() rule { return pairs1 }

// pairs1 is the share of option pairs with different e that are ranked as keyed.
var pairs1 = rule{name: "pairs/1", kind: Rank, mark: func(i Item, code []byte) (Mark, bool) {
	if !(rank{}).complete(i, code) {
		return Mark{}, false
	}
	var m Mark
	for better, worse := range i.keyedPairs() {
		m.Den++
		if code[better] < code[worse] {
			m.Num++
		}
	}
	return m, m.Den > 0
}}
