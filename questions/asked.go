package questions

import (
	"slices"
	"strconv"
)

// asked is a request as the solver sees it: which items each of the forms takes so
// that the constraints hold.
type asked struct {
	items       []Item
	forms       int
	constraints []constraint
}

// class is items that no constraint in question tells apart, so that only how many
// of them a form takes has to be decided.
type class []int // By index in items.

// attempts bounds the tries to draw forms, and failures how often the first of them
// may turn back; with each it doubles. Most forms are drawn in the first try, in little
// more than one step per item.
const (
	attempts = 6
	failures = 60
)

// draw looks for forms in a random way, all constraints kept. It may give up.
func (a asked) draw(d dice) (forms [][]int, ok bool) {
	q := a.question(everyOne(len(a.constraints)), nil)
	for attempt := range attempts {
		forms, ok, left := q.solve(d, failures<<attempt)
		if ok || left >= 0 {
			return forms, ok
		}
	}
	return nil, false
}

// at lists the items of a form.
func (a asked) at(form []int) []Item {
	items := make([]Item, len(form))
	for n, at := range form {
		items[n] = a.items[at]
	}
	return items
}

// question is some of the constraints, put as a program: a variable for each class
// and form holds how many items of the class the form takes.
type question struct {
	asked
	program program
	kept    []constraint
	classes []class
	shared  bool // No item in two forms.
	run     int  // At most so many items of one quality in a row; 0 asks nothing.
	apart   bool // No rank items side by side.
}

// question puts the constraints of a set as a program. A bound given for a constraint
// stands in for its own number.
func (a asked) question(which set, bounds map[int]int64) *question {
	q := &question{asked: a}
	var sums []total
	for n, c := range a.constraints {
		if !which.has(n) {
			continue
		}
		q.kept = append(q.kept, c)
		q.shared = q.shared || c.shared
		q.apart = q.apart || c.apart
		q.run = max(q.run, c.run)
		bound, other := bounds[n]
		for _, s := range c.sums {
			if other && s.lo > -unbounded {
				s.lo = bound
			}
			if other && s.hi < unbounded {
				s.hi = bound
			}
			sums = append(sums, s)
		}
	}
	q.classify(sums)
	for _, c := range q.classes {
		for range a.forms {
			q.program.variable(int64(len(c)))
		}
	}
	for _, s := range sums {
		q.add(s)
	}
	if q.shared {
		for n, c := range q.classes {
			var parts []part
			for f := range a.forms {
				parts = append(parts, part{q.variable(n, f), 1})
			}
			q.program.sum(-unbounded, int64(len(c)), parts)
		}
	}
	return q
}

// variable holds how many items of a class a form takes.
func (q *question) variable(class, form int) int { return class*q.forms + form }

// classify gathers the items that no sum and no check tells apart, and leaves out
// those that may not be taken at all.
func (q *question) classify(sums []total) {
	known := map[string]int{}
	var key []byte
	for n, i := range q.items {
		if slices.ContainsFunc(sums, func(s total) bool { return s.forbids(n) }) {
			continue
		}
		key = key[:0]
		for _, s := range sums {
			key = append(strconv.AppendInt(key, s.weights[n], 36), ' ')
		}
		for _, c := range q.kept {
			if c.alike != nil {
				for _, v := range c.alike(i) {
					key = append(strconv.AppendInt(key, v, 36), ' ')
				}
			}
		}
		at, ok := known[string(key)]
		if !ok {
			at = len(q.classes)
			known[string(key)] = at
			q.classes = append(q.classes, nil)
		}
		q.classes[at] = append(q.classes[at], n)
	}
}

// forbids reports whether the item alone is too much.
func (s total) forbids(item int) bool {
	return s.hi == 0 && s.weights[item] > 0 && s.second == nil && slices.Min(s.weights) >= 0
}

// add puts a sum into the program, once for each form or for every two.
func (q *question) add(s total) {
	weights := func(f int, of []int64) []part {
		parts := make([]part, 0, len(q.classes))
		for n, c := range q.classes {
			if w := of[c[0]]; w != 0 {
				parts = append(parts, part{q.variable(n, f), w})
			}
		}
		return parts
	}
	for f := range q.forms {
		if s.second == nil {
			q.program.sum(s.lo, s.hi, weights(f, s.weights))
			continue
		}
		for g := range f {
			q.program.sum(s.lo, s.hi, append(weights(g, s.weights), weights(f, s.second)...))
		}
	}
}

// solve looks for forms that keep the constraints; it gave up when it found none and
// less than 0 failures are left.
func (q *question) solve(d dice, fails int) (forms [][]int, ok bool, left int) {
	members := make([]class, len(q.classes))
	for n, c := range q.classes {
		members[n] = make(class, len(c))
		for k, m := range d.shuffled(len(c)) {
			members[n][k] = c[m]
		}
	}
	ok, left = q.program.solve(d, fails, func(values []int64) bool {
		forms = make([][]int, q.forms)
		for n, c := range members {
			next := 0
			for f := range forms {
				taken := int(values[q.variable(n, f)])
				if !q.shared {
					next = 0
				}
				forms[f] = append(forms[f], c[next:next+taken]...)
				next += taken
			}
		}
		return q.check(forms)
	})
	return forms, ok, left
}

// check looks at what sums cannot say.
func (q *question) check(forms [][]int) bool {
	all := make([][]Item, len(forms))
	for f, form := range forms {
		all[f] = q.at(form)
	}
	for _, c := range q.kept {
		for f, items := range all {
			if c.keeps != nil && !c.keeps(items) {
				return false
			}
			for _, before := range all[:f] {
				if c.balances != nil && !c.balances(before, items) {
					return false
				}
			}
		}
	}
	if q.run == 0 && !q.apart {
		return true
	}
	for _, items := range all {
		run := q.run
		if run == 0 {
			run = len(items)
		}
		if !arrangeable(items, run, q.apart) {
			return false
		}
	}
	return true
}

// met lists the constraints that the forms keep, each looked at by itself.
func (a asked) met(forms [][]int) set {
	kept := newSet(len(a.constraints))
	for n, c := range a.constraints {
		if a.keeps(c, forms) {
			kept.add(n)
		}
	}
	return kept
}

// keeps reports whether the forms keep the constraint.
func (a asked) keeps(c constraint, forms [][]int) bool {
	add := func(form []int, weights []int64) int64 {
		t := int64(0)
		for _, n := range form {
			t += weights[n]
		}
		return t
	}
	for f, form := range forms {
		for _, s := range c.sums {
			if s.second == nil {
				if t := add(form, s.weights); t < s.lo || t > s.hi {
					return false
				}
				continue
			}
			for _, before := range forms[:f] {
				if t := add(before, s.weights) + add(form, s.second); t < s.lo || t > s.hi {
					return false
				}
			}
		}
		if c.shared {
			for _, before := range forms[:f] {
				if slices.ContainsFunc(before, func(n int) bool { return slices.Contains(form, n) }) {
					return false
				}
			}
		}
	}
	alone := &question{asked: a, kept: []constraint{c}, run: c.run, apart: c.apart}
	return alone.check(forms)
}
