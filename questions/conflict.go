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
// needed, where one would only save time, and altogether.
const (
	failuresToProve = 20_000
	failuresToGrow  = 60
	patience        = 60_000
)

// quarrel is a search for a conflict.
type quarrel struct {
	asked
	dice
	patience int // How often it may still turn back.
}

// solve is the search for forms that keep the constraints of a set.
func (a *quarrel) solve(which set, bounds map[int]int64, fails int) (forms [][]int, ok, spent bool) {
	forms, ok, left := a.question(which, bounds).solve(a.dice, fails)
	a.patience -= fails - max(left, 0) + 1
	return forms, ok, !ok && left < 0
}

// conflict finds the smallest set of constraints that clash. Every set that clashes
// shares a member with every set of constraints that some forms break (a correction):
// so the smallest set that meets all corrections known so far is asked about; if it
// clashes, none smaller does, otherwise forms that keep it break a new correction
// (Reiter 1987; Ignatiev, Previti, Liffiton and Marques-Silva 2015). It returns forms
// instead when it comes upon some that keep everything.
func (a *quarrel) conflict() (*Conflict, [][]int) {
	var corrections []set
	all := everyOne(len(a.constraints))
	for {
		asking := hitting(corrections, len(a.constraints))
		forms, ok, spent := a.insist(asking)
		if !ok || a.patience < 0 {
			return a.blame(asking, !ok && !spent), nil
		}
		for _, backwards := range []bool{false, true} {
			kept, grown := a.grow(forms, backwards)
			broken := all.without(kept)
			if broken.empty() {
				return nil, grown
			}
			corrections = append(corrections, broken)
		}
	}
}

// insist solves with growing patience.
func (a *quarrel) insist(which set) (forms [][]int, ok, spent bool) {
	for fails := failures; ; fails *= 8 {
		forms, ok, spent = a.solve(which, nil, fails)
		if ok || !spent || fails > failuresToProve || a.patience < 0 {
			return forms, ok, spent
		}
	}
}

// grow looks for forms that keep more and more constraints beside those that the
// given ones keep: all the others at once and, where that cannot be, by halves.
func (a *quarrel) grow(forms [][]int, backwards bool) (kept set, grown [][]int) {
	kept = a.met(forms)
	var add func(more []int)
	add = func(more []int) {
		asking := kept.copy()
		for _, n := range more {
			asking.add(n)
		}
		if asking.without(kept).empty() {
			return
		}
		if found, ok, _ := a.solve(asking, nil, failuresToGrow); ok {
			kept, forms = a.met(found), found
			return
		}
		if half := len(more) / 2; half > 0 {
			add(more[:half])
			add(more[half:])
		}
	}
	var others []int
	for n := range a.constraints {
		if !kept.has(n) {
			others = append(others, n)
		}
	}
	if backwards {
		slices.Reverse(others)
	}
	add(others)
	return kept, forms
}

// blame says of each constraint in a clash how near forms that keep the others come.
func (a *quarrel) blame(which set, proven bool) *Conflict {
	c := &Conflict{Proven: proven}
	for n, con := range a.constraints {
		if which.has(n) {
			c.Requirements = append(c.Requirements, Line{Requirement: con.Requirement, Reached: a.nearest(which, n)})
		}
	}
	return c
}

// nearest looks for the number closest to what the constraint asks that goes with the
// others of the set; nil where the constraint has no such number.
func (a *quarrel) nearest(which set, n int) *int {
	c := a.constraints[n]
	if !c.graded {
		return nil
	}
	possible := func(bound int) bool {
		_, ok, _ := a.solve(which, map[int]int64{n: int64(bound)}, failures)
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
