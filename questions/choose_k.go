package questions

import (
	"bytes"
	"iter"
	"slices"
)

// chooseK asks for the K most effective options.
type chooseK struct{}

func (chooseK) check(i Item, r Response) error {
	for n, id := range r.Chosen {
		if _, ok := i.Option(id); !ok {
			return &ResponseError{i.ID, "chosen", reasonUnknownOption}
		}
		if slices.Contains(r.Chosen[:n], id) {
			return &ResponseError{i.ID, "chosen", reasonRepeatedOption}
		}
	}
	return nil
}

const codeChosen = 1

func (chooseK) encode(i Item, r Response, code []byte) {
	for n, o := range i.Options {
		if slices.Contains(r.Chosen, o.ID) {
			code[n] = codeChosen
		}
	}
}

func (chooseK) decode(i Item, code []byte) Response {
	var r Response
	for n, o := range i.Options {
		if code[n] == codeChosen {
			r.Chosen = append(r.Chosen, o.ID)
		}
	}
	return r
}

func (chooseK) complete(i Item, code []byte) bool {
	return bytes.Count(code, []byte{codeChosen}) == i.K
}

func (chooseK) responses(i Item) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		chooseFrom(make([]byte, len(i.Options)), 0, i.K, yield)
	}
}

// chooseFrom chooses so many more options from the n-th on, in every way, and
// reports whether to go on.
func chooseFrom(code []byte, n, more int, yield func([]byte) bool) bool {
	if more == 0 {
		return yield(code)
	}
	for ; n < len(code); n++ {
		code[n] = codeChosen
		if !chooseFrom(code, n+1, more-1, yield) {
			return false
		}
		code[n] = 0
	}
	return true
}

func (chooseK) lint(i Item) []complaint {
	var faults []complaint
	if i.K != 2 || len(i.Options) != 5 {
		faults = append(faults, complaint{"k", "format", "choose_k asks for 2 of 5 options"})
	}
	good := 0
	for _, o := range i.Options {
		if o.Effectiveness >= 3 {
			good++
		}
	}
	if good != 2 {
		faults = append(faults, complaint{"options", "format", "choose_k needs exactly two options keyed 3 or 4"})
	}
	return faults
}

func (chooseK) rule() rule { return sumK1 }

// sumK1 is how far the sum of the chosen options' e lies between the least and the
// most that K options can have.
var sumK1 = rule{name: "sum_k/1", kind: ChooseK, mark: func(i Item, code []byte) (Mark, bool) {
	if !(chooseK{}).complete(i, code) {
		return Mark{}, false
	}
	got := 0
	keyed := make([]int, len(i.Options))
	for n, o := range i.Options {
		keyed[n] = o.Effectiveness
		if code[n] == codeChosen {
			got += o.Effectiveness
		}
	}
	slices.Sort(keyed)
	least, most := sum(keyed[:i.K]), sum(keyed[len(keyed)-i.K:])
	return Mark{Num: got - least, Den: most - least}, most > least
}}

func sum(numbers []int) int {
	total := 0
	for _, n := range numbers {
		total += n
	}
	return total
}
