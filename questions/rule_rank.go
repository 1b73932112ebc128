package questions

// ukfpoRank5 is how the UK Foundation Programme marked five options ranked: per option 4
// less the distance between its keyed and its given rank, 20 in all. Options tied with
// another earn 0, and so do blanks; nothing is ever deducted (Applicants' Handbook 2013:
// a rank right earns 4, one place off 3, and so on).
var ukfpoRank5 = rule{
	name: "ukfpo_rank5/1", kind: Rank, order: true,
	fits: ranksFive, lint: asks(ranksFive, "five options in a strict order"),
	mark: func(i Item, code []byte) (Mark, bool) {
		m := Mark{Den: 20}
		if !ranksFive(i) {
			return Mark{}, false
		}
		for n, keyed := range i.keyedRanks() {
			if code[n] != 0 && holders(code, code[n]) == 1 {
				m.Num += max(0, 4-distance(keyed, int(code[n])))
			}
		}
		return m, true
	},
}

func ranksFive(i Item) bool { return len(i.Options) == 5 && i.strict() }

// gpstRank1 is how UK general-practice specialty training marked a ranking: 12 less one
// for each place an option is displaced, never under 0. A tied rank counts as the place it
// names; an option left blank counts as displaced as far as it could be, since leaving
// out must not pay.
var gpstRank1 = rule{
	name: "gpst_rank/1", kind: Rank, order: true,
	fits: Item.strict, lint: asks(ranksFour, "four or five options in a strict order"),
	mark: func(i Item, code []byte) (Mark, bool) {
		if !i.strict() {
			return Mark{}, false
		}
		places := 0
		for n, keyed := range i.keyedRanks() {
			if code[n] == 0 {
				places += max(keyed-1, len(code)-keyed)
				continue
			}
			places += distance(keyed, int(code[n]))
		}
		return Mark{Num: max(0, 12-places), Den: 12}, true
	},
}

func ranksFour(i Item) bool {
	return len(i.Options) >= fewOptions && len(i.Options) <= manyOptions && i.strict()
}

// strict reports whether the key puts every option before or behind every other.
func (i Item) strict() bool {
	seen := map[int]bool{}
	for _, o := range i.Options {
		if seen[o.Effectiveness] {
			return false
		}
		seen[o.Effectiveness] = true
	}
	return len(seen) > 1
}

// keyedRanks returns each option's rank in the key, 1 for the most effective.
func (i Item) keyedRanks() []int {
	ranks := make([]int, len(i.Options))
	for n := range ranks {
		ranks[n] = 1
	}
	for _, worse := range i.keyedPairs() {
		ranks[worse]++
	}
	return ranks
}

// holders counts the options that were given a number.
func holders(code []byte, number byte) (n int) {
	for _, c := range code {
		if c == number {
			n++
		}
	}
	return n
}

func distance(a, b int) int { return max(a-b, b-a) }
