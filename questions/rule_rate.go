package questions

// previewRate4 gives an option full credit for the keyed rating, half when it is one step
// off on the same side of the scale, which parts between 2 and 3, and else none (AAMC
// PREview). An option left blank earns none. Credits are counted in halves.
var previewRate4 = rule{
	name: "preview_rate4/1", kind: Rate,
	mark: func(i Item, code []byte) (Mark, bool) {
		m := Mark{Den: 2 * len(i.Options)}
		for n, o := range i.Options {
			given := int(code[n])
			switch {
			case given == 0:
			case given == o.Effectiveness:
				m.Num += 2
			case effective(given) == effective(o.Effectiveness):
				m.Num++ // two ratings make a side, so these are one step apart
			}
		}
		return m, m.Den > 0
	},
}

func effective(rating int) bool { return 2*rating > highestRating }

// distance1 is 1 − Σ|r − e| / Σ max(e − 1, 4 − e), which rewards sitting on the fence: see
// concordance1. It marks complete responses only.
var distance1 = rule{
	name: "distance/1", kind: Rate,
	mark: func(i Item, code []byte) (Mark, bool) {
		if !(rate{}).complete(i, code) {
			return Mark{}, false
		}
		var m Mark
		for n, o := range i.Options {
			furthest := max(o.Effectiveness-1, highestRating-o.Effectiveness)
			m.Den += furthest
			m.Num += furthest - distance(int(code[n]), o.Effectiveness)
		}
		return m, m.Den > 0
	},
}
