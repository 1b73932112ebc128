package questions

import (
	"math/bits"
	"slices"
	"strings"
)

// Conflict is why a bank cannot furnish the forms asked for: the fewest requirements
// that no forms meet together. Of each one Reached is the nearest to it that forms
// meeting the others come.
type Conflict struct {
	Requirements []Line `json:"requirements"`
	// Proven tells that every set of fewer requirements can be met and this one cannot.
	// Otherwise the search gave up, and these are only where it stuck.
	Proven bool `json:"proven"`
}

func (c *Conflict) Error() string {
	lines := make([]string, len(c.Requirements))
	for n, l := range c.Requirements {
		lines[n] = l.String()
	}
	text := "the bank cannot furnish the form: no form meets "
	if len(lines) > 1 {
		text += "together "
	}
	text += strings.Join(lines, "; ")
	if !c.Proven {
		text += " (found by a search that gave up, not proven)"
	}
	return text
}

// Names reports whether a requirement of that quota is among those that clash.
func (c *Conflict) Names(quota string) bool {
	return slices.ContainsFunc(c.Requirements, func(l Line) bool { return l.Quota == quota })
}

// Bounds of the search for a conflict: how often it may turn back where an answer is
// needed, and where one would only save time.
const (
	failuresToProve = 20_000
	failuresToGrow  = 60
	mostCorrections = 400
)

// conflict finds the smallest set of constraints that clash. Every set that clashes
// shares a member with every set of constraints that some forms break (a correction):
// so the smallest set that meets all corrections known so far is asked about; if it
// clashes, none smaller does, otherwise forms that keep it break a new correction
// (Reiter 1987; Ignatiev, Previti, Liffiton and Marques-Silva 2015). It returns forms
// instead when it comes upon some that keep everything.
func (a asked) conflict(d dice) (*Conflict, [][]int) {
	var corrections []set
	all := everyOne(len(a.constraints))
	for len(corrections) < mostCorrections {
		asking := hitting(corrections, len(a.constraints))
		forms, ok, spent := a.insist(asking, d)
		if !ok {
			return a.blame(asking, d, !spent), nil
		}
		for _, backwards := range []bool{false, true} {
			kept, grown := a.grow(asking, forms, d, backwards)
			broken := all.without(kept)
			if broken.empty() {
				return nil, grown
			}
			corrections = append(corrections, broken)
		}
	}
	return a.blame(hitting(corrections, len(a.constraints)), d, false), nil
}

// insist solves with growing patience.
func (a asked) insist(which set, d dice) (forms [][]int, ok, spent bool) {
	q := a.question(which, nil)
	for fails := failures; ; fails *= 8 {
		forms, ok, spent = q.solve(d, fails)
		if ok || !spent || fails > failuresToProve {
			return forms, ok, spent
		}
	}
}

// grow looks for forms that keep more and more constraints beside those of a set.
func (a asked) grow(which set, forms [][]int, d dice, backwards bool) (kept set, grown [][]int) {
	kept = a.met(forms)
	for k := range a.constraints {
		n := k
		if backwards {
			n = len(a.constraints) - 1 - k
		}
		if kept.has(n) {
			continue
		}
		asking := kept.copy()
		asking.add(n)
		if found, ok, _ := a.question(asking, nil).solve(d, failuresToGrow); ok {
			kept, forms = a.met(found), found
		}
	}
	return kept, forms
}

// blame says of each constraint in a clash how near forms that keep the others come.
func (a asked) blame(which set, d dice, proven bool) *Conflict {
	c := &Conflict{Proven: proven}
	for n, con := range a.constraints {
		if which.has(n) {
			c.Requirements = append(c.Requirements, Line{Requirement: con.Requirement, Reached: a.nearest(which, n, d)})
		}
	}
	return c
}

// nearest looks for the number closest to what the constraint asks that goes with the
// others of the set; nil where the constraint has no such number.
func (a asked) nearest(which set, n int, d dice) *int {
	c := a.constraints[n]
	if !c.graded {
		return nil
	}
	possible := func(bound int) bool {
		_, ok, _ := a.question(which, map[int]int64{n: int64(bound)}).solve(d, failures)
		return ok
	}
	for away := 1; away <= len(a.items); away++ {
		if c.Least != nil && *c.Least-away >= 0 && possible(*c.Least-away) {
			reached := *c.Least - away
			return &reached
		}
		if c.Most != nil && possible(*c.Most+away) {
			reached := *c.Most + away
			return &reached
		}
	}
	return nil
}

// hitting finds a smallest set that shares a member with each of the sets, the
// earliest members first.
func hitting(sets []set, size int) set {
	for most := 0; ; most++ {
		if hit, ok := hit(sets, newSet(size), most); ok {
			return hit
		}
	}
}

// hit adds at most so many members to the chosen ones so that each set has one.
func hit(sets []set, chosen set, more int) (set, bool) {
	var open set
	for _, s := range sets {
		if !s.meets(chosen) && (open == nil || s.count() < open.count()) {
			open = s
		}
	}
	if open == nil {
		return chosen, true
	}
	if more == 0 {
		return nil, false
	}
	for n := range len(open) * 64 {
		if open.has(n) {
			with := chosen.copy()
			with.add(n)
			if found, ok := hit(sets, with, more-1); ok {
				return found, true
			}
		}
	}
	return nil, false
}

// set is a set of small numbers.
type set []uint64

func newSet(size int) set { return make(set, (size+63)/64) }

// everyOne is the set of 0..size−1.
func everyOne(size int) set {
	s := newSet(size)
	for n := range size {
		s.add(n)
	}
	return s
}

func (s set) add(n int) { s[n/64] |= 1 << (n % 64) }

func (s set) has(n int) bool { return s[n/64]>>(n%64)&1 == 1 }

func (s set) copy() set { return append(set(nil), s...) }

func (s set) without(o set) set {
	rest := s.copy()
	for k := range rest {
		rest[k] &^= o[k]
	}
	return rest
}

func (s set) meets(o set) bool {
	for k := range s {
		if s[k]&o[k] != 0 {
			return true
		}
	}
	return false
}

func (s set) empty() bool { return s.count() == 0 }

func (s set) count() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}
