package questions

import "bytes"

// ukfpoChoose3 is how the UK Foundation Programme marked three of eight options chosen: 4
// for each right pick, 12 in all, and 0 for more than three picks. Right are the three
// options keyed 3 or 4.
var ukfpoChoose3 = rule{
	name: "ukfpo_choose3/1", kind: ChooseK,
	fits: choosesThree, lint: asks(choosesThree, "to ask for 3 of 8 options, of which three are keyed 3 or 4"),
	mark: func(i Item, code []byte) (Mark, bool) {
		if !choosesThree(i) {
			return Mark{}, false
		}
		m := Mark{Den: 12}
		if bytes.Count(code, []byte{codeChosen}) > i.K {
			return m, true
		}
		for n, o := range i.Options {
			if code[n] == codeChosen && effective(o.Effectiveness) {
				m.Num += 4
			}
		}
		return m, true
	},
}

func choosesThree(i Item) bool {
	right := 0
	for _, o := range i.Options {
		if effective(o.Effectiveness) {
			right++
		}
	}
	return i.K == 3 && len(i.Options) == 8 && right == 3
}
