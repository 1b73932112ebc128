package questions

import (
	"bytes"
	"iter"
)

// bestWorst asks for the most and the least effective option.
type bestWorst struct{}

func (bestWorst) check(i Item, r Response) error {
	for _, pick := range []struct{ field, id string }{{"best", r.Best}, {"worst", r.Worst}} {
		if _, ok := i.Option(pick.id); pick.id != "" && !ok {
			return &ResponseError{i.ID, pick.field, reasonUnknownOption}
		}
	}
	if r.Best != "" && r.Best == r.Worst {
		return &ResponseError{i.ID, "worst", reasonSameOption}
	}
	return nil
}

const (
	codeBest  = 1
	codeWorst = 2
)

func (bestWorst) encode(i Item, r Response, code []byte) {
	for n, o := range i.Options {
		switch o.ID {
		case r.Best:
			code[n] = codeBest
		case r.Worst:
			code[n] = codeWorst
		}
	}
}

func (bestWorst) decode(i Item, code []byte) Response {
	var r Response
	for n, o := range i.Options {
		switch code[n] {
		case codeBest:
			r.Best = o.ID
		case codeWorst:
			r.Worst = o.ID
		}
	}
	return r
}

func (bestWorst) complete(_ Item, code []byte) bool {
	return bytes.IndexByte(code, codeBest) >= 0 && bytes.IndexByte(code, codeWorst) >= 0
}

func (bestWorst) responses(i Item) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		code := make([]byte, len(i.Options))
		for best := range code {
			for worst := range code {
				if best == worst {
					continue
				}
				clear(code)
				code[best], code[worst] = codeBest, codeWorst
				if !yield(code) {
					return
				}
			}
		}
	}
}

func (bestWorst) lint(i Item) []complaint {
	lowest, highest := i.spread()
	var top, bottom int
	for _, o := range i.Options {
		if o.Effectiveness == highest {
			top++
		}
		if o.Effectiveness == lowest {
			bottom++
		}
	}
	var faults []complaint
	if top != 1 {
		faults = append(faults, complaint{"options", "format", "best_worst needs a single most effective option"})
	}
	if bottom != 1 {
		faults = append(faults, complaint{"options", "format", "best_worst needs a single least effective option"})
	}
	return faults
}

func (bestWorst) rule() rule { return bestWorst1 }

// bestWorst1 is (e_best − e_worst + R) / 2R, where R is the range of the key.
var bestWorst1 = rule{name: "best_worst/1", kind: BestWorst, mark: func(i Item, code []byte) (Mark, bool) {
	lowest, highest := i.spread()
	span := highest - lowest
	if span == 0 || !(bestWorst{}).complete(i, code) {
		return Mark{}, false
	}
	best := i.Options[bytes.IndexByte(code, codeBest)].Effectiveness
	worst := i.Options[bytes.IndexByte(code, codeWorst)].Effectiveness
	return Mark{Num: best - worst + span, Den: 2 * span}, true
}}
