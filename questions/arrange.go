package questions

import (
	"cmp"
	"slices"
)

// sort is all of an item that matters to where it may stand.
type sort struct {
	quality Quality
	rank    bool
}

func sortOf(i Item) sort { return sort{i.Quality, i.Kind == Rank} }

// layout is an order of items being laid, one after the other.
type layout struct {
	run   int  // At most so many items of one quality in a row.
	apart bool // No rank items side by side.
	sorts []sort
	left  []int // Items still to be laid, by sort.
	row   []int // The sorts laid so far.
	same  int   // How many of the last quality stand at the end.
	dead  map[string]bool
}

func newLayout(items []Item, run int, apart bool) *layout {
	l := &layout{run: run, apart: apart, dead: map[string]bool{}}
	for _, i := range items {
		n := slices.Index(l.sorts, sortOf(i))
		if n < 0 {
			n = len(l.sorts)
			l.sorts, l.left = append(l.sorts, sortOf(i)), append(l.left, 0)
		}
		l.left[n]++
	}
	return l
}

// arrangeable reports whether the items can stand in an order without a longer run of
// one quality and, where asked, without rank items side by side.
func arrangeable(items []Item, run int, apart bool) bool {
	return newLayout(items, run, apart).complete(func(l *layout) []int {
		order := make([]int, len(l.sorts))
		for n := range order {
			order[n] = n
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l.left[b], l.left[a]) })
		return order
	})
}

// arrange puts the items in such an order, drawn at random; ok is false when there is
// none.
func arrange(bp Blueprint, items []Item, d dice) (ordered []Item, ok bool) {
	l := newLayout(items, cmp.Or(bp.Run, len(items)), true)
	if !l.complete(func(l *layout) []int { return d.weighted(l.left) }) {
		return nil, false
	}
	shuffled := make([]Item, len(items))
	for n, m := range d.shuffled(len(items)) {
		shuffled[n] = items[m]
	}
	for _, s := range l.row {
		n := slices.IndexFunc(shuffled, func(i Item) bool { return sortOf(i) == l.sorts[s] })
		ordered = append(ordered, shuffled[n])
		shuffled = slices.Delete(shuffled, n, n+1)
	}
	return ordered, true
}

// complete lays all that is left, trying sorts in the order given, and remembers from
// where it cannot be done.
func (l *layout) complete(try func(*layout) []int) bool {
	if !slices.ContainsFunc(l.left, func(n int) bool { return n > 0 }) {
		return true
	}
	state := l.state()
	if l.dead[state] {
		return false
	}
	before := l.same
	for _, s := range try(l) {
		if l.left[s] == 0 || !l.follows(s) {
			continue
		}
		l.same = 1
		if n := len(l.row); n > 0 && l.sorts[l.row[n-1]].quality == l.sorts[s].quality {
			l.same = before + 1
		}
		l.left[s]--
		l.row = append(l.row, s)
		if l.complete(try) {
			return true
		}
		l.left[s]++
		l.row = l.row[:len(l.row)-1]
		l.same = before
	}
	l.dead[state] = true
	return false
}

// follows reports whether the sort may come next.
func (l *layout) follows(s int) bool {
	if len(l.row) == 0 {
		return true
	}
	last := l.sorts[l.row[len(l.row)-1]]
	if l.apart && last.rank && l.sorts[s].rank {
		return false
	}
	return last.quality != l.sorts[s].quality || l.same < l.run
}

// state is all that what may still come depends on.
func (l *layout) state() string {
	state := make([]byte, 0, 4*len(l.left)+4)
	for _, n := range l.left {
		state = append(state, byte(n), byte(n>>8))
	}
	last := -1
	if n := len(l.row); n > 0 {
		last = l.row[n-1]
	}
	return string(append(state, byte(last), byte(l.same), byte(l.same>>8)))
}
