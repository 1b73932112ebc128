package questions

// ordersArranged bounds the attempts to place the items; the first few do for any
// ordinary blueprint.
const ordersArranged = 1_000

// arrange puts the items in a random order without a run of one quality longer than
// the blueprint allows and without two rank items side by side. When it cannot, it
// returns the longest beginning it found.
func arrange(bp Blueprint, items []Item, d dice) (ordered []Item, ok bool) {
	var longest []Item
	for range ordersArranged {
		ordered = ordered[:0:0]
		left := make([]Item, 0, len(items))
		for _, n := range d.shuffled(len(items)) {
			left = append(left, items[n])
		}
		for n := 0; n < len(left); n++ {
			if follows(bp, ordered, left[n]) {
				ordered = append(ordered, left[n])
				left = append(left[:n], left[n+1:]...)
				n = -1
			}
		}
		if len(left) == 0 {
			return ordered, true
		}
		if len(ordered) > len(longest) {
			longest = ordered
		}
	}
	return longest, false
}

// follows reports whether the item may come after those placed.
func follows(bp Blueprint, placed []Item, i Item) bool {
	if n := len(placed); n > 0 && i.Kind == Rank && placed[n-1].Kind == Rank {
		return false
	}
	run := 0
	for n := len(placed) - 1; n >= 0 && placed[n].Quality == i.Quality; n-- {
		run++
	}
	return run < bp.Run
}
