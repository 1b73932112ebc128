package questions

import "iter"

// rank asks for the options in order of effectiveness.
type rank struct{}

func (rank) check(i Item, r Response) error {
	return i.checkNumbers("ranks", r.Ranks, len(i.Options))
}

func (rank) complete(i Item, r Response) bool {
	taken := make(map[int]bool, len(r.Ranks))
	for _, n := range r.Ranks {
		taken[n] = true
	}
	return len(taken) == len(i.Options)
}

func (rank) responses(i Item) iter.Seq[Response] {
	return func(yield func(Response) bool) {
		ranks := make(map[string]int, len(i.Options))
		rankFrom(i, ranks, 1, yield)
	}
}

// rankFrom gives rank n and the following to the options that have none yet, in
// every way, and reports whether to go on.
func rankFrom(i Item, ranks map[string]int, n int, yield func(Response) bool) bool {
	if n > len(i.Options) {
		whole := make(map[string]int, len(ranks))
		for id, place := range ranks {
			whole[id] = place
		}
		return yield(Response{Ranks: whole})
	}
	for _, o := range i.Options {
		if _, placed := ranks[o.ID]; placed {
			continue
		}
		ranks[o.ID] = n
		if !rankFrom(i, ranks, n+1, yield) {
			return false
		}
		delete(ranks, o.ID)
	}
	return true
}

func (rank) encode(i Item, r Response, code []byte) { encodeNumbers(i, r.Ranks, code) }

func (rank) decode(i Item, code []byte) Response {
	return Response{Ranks: decodeNumbers(i, code)}
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
var pairs1 = rule{name: "pairs/1", kind: Rank, mark: func(i Item, r Response) (Mark, bool) {
	if !(rank{}).complete(i, r) {
		return Mark{}, false
	}
	var m Mark
	for better, worse := range i.keyedPairs() {
		m.Den++
		if r.Ranks[better.ID] < r.Ranks[worse.ID] {
			m.Num++
		}
	}
	return m, m.Den > 0
}}
