package questions

import (
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

func (chooseK) complete(i Item, r Response) bool {
	return len(r.Chosen) == i.K
}

func (chooseK) responses(i Item) iter.Seq[Response] {
	return func(yield func(Response) bool) {
		chooseFrom(i, nil, 0, yield)
	}
}

// chooseFrom completes a choice with options from the n-th on, in every way, and
// reports whether to go on.
func chooseFrom(i Item, chosen []string, n int, yield func(Response) bool) bool {
	if len(chosen) == i.K {
		return yield(Response{Chosen: slices.Clone(chosen)})
	}
	for ; n < len(i.Options); n++ {
		if !chooseFrom(i, append(chosen, i.Options[n].ID), n+1, yield) {
			return false
		}
	}
	return true
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
var sumK1 = rule{name: "sum_k/1", kind: ChooseK, mark: func(i Item, r Response) (Mark, bool) {
	if !(chooseK{}).complete(i, r) {
		return Mark{}, false
	}
	keyed := make([]int, len(i.Options))
	for n, o := range i.Options {
		keyed[n] = o.Effectiveness
	}
	slices.Sort(keyed)
	least, most := sum(keyed[:i.K]), sum(keyed[len(keyed)-i.K:])
	got := 0
	for _, id := range r.Chosen {
		o, _ := i.Option(id)
		got += o.Effectiveness
	}
	return Mark{Num: got - least, Den: most - least}, most > least
}}

func sum(numbers []int) int {
	total := 0
	for _, n := range numbers {
		total += n
	}
	return total
}
