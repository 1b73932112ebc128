package assess

import (
	"slices"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
)

// analyseItems reads every item's figures off the counts of its quality.
func (t tally) analyseItems() []ItemAnalysis {
	list := make([]ItemAnalysis, len(t.items))
	for _, quality := range t.qualities {
		m := t.moments(quality.moments)
		c := m.Covariance()
		figures, alpha := measure.Items(c), measure.Alpha(c)
		for place, i := range quality.items {
			list[i] = t.analyseItem(i, m.N, figures[place], alpha)
		}
	}
	return list
}

func (t tally) analyseItem(i int, complete int64, figures measure.Item, alpha Figure) ItemAnalysis {
	at := t.items[i]
	marks := t.marks(i)
	a := ItemAnalysis{Position: i, Scored: marks.N()}
	// The table by score and the cross-products rest on nearly, not quite, the same
	// results; the floor is asked of the fewer.
	a.Missing = missing(min(a.Scored, complete), ItemFloor)
	none := Figure{Reason: measure.TooFewPersons}
	a.Item = measure.Item{Mean: none, SD: none, ItemRest: none, AlphaIfDeleted: none}
	a.Discrimination = none
	times := t.times(i, 0)
	timed := int64(0)
	for _, n := range times {
		timed += n
	}
	a.MedianTime = enough(timed, ItemFloor, measure.MedianTime(times))
	if a.Missing > 0 {
		return a
	}
	a.Item = figures
	values := make([]float64, marks.Columns)
	for level := range values {
		values[level] = float64(level) / float64(at.units)
	}
	a.Discrimination = measure.Discrimination(marks, values)
	a.Flags = append(measure.FlagItem(a.Item, alpha), t.flagOptions(i)...)
	return a
}

// pickedBest reads a response's code: whether the option was picked.
func pickedBest(kind questions.Kind) func(code int) bool {
	if kind == questions.Rate {
		return func(code int) bool { return code >= 3 } // fairly or very effective
	}
	return func(code int) bool { return code == 1 } // the best, the first, the chosen
}

func pickedWorst(code int) bool { return code == 2 }

func (t tally) analyseOptions(i int) []OptionAnalysis {
	item := t.form.Items[i]
	var list []OptionAnalysis
	for n, option := range item.Options {
		o := OptionAnalysis{Option: option, Picked: t.analysePick(i, n, pickedBest(item.Kind))}
		if item.Kind == questions.BestWorst {
			least := t.analysePick(i, n, pickedWorst)
			o.Least = &least
		}
		list = append(list, o)
	}
	return list
}

func (t tally) analysePick(i, option int, picked func(int) bool) PickAnalysis {
	table := t.picks(i, option, picked)
	o := measure.Options(table, meanMarks())[1]
	p := PickAnalysis{N: o.N, Share: o.Share, MeanScore: o.MeanScore}
	for f, shares := range table.Fifths() {
		p.Fifths[f] = shares[1]
	}
	return p
}

// flagOptions remarks on options. Only where a single option is keyed best and a
// single one is picked can another be said to beat it; of the rest what nobody picks
// is remarked on alone.
func (t tally) flagOptions(i int) []measure.Flag {
	item := t.form.Items[i]
	var options []measure.Option
	keyed, tops := 0, 0
	for n, o := range item.Options {
		p := t.analysePick(i, n, pickedBest(item.Kind))
		options = append(options, measure.Option{N: p.N, Share: p.Share, MeanScore: p.MeanScore})
		switch best := item.Options[keyed].Effectiveness; {
		case o.Effectiveness > best:
			keyed, tops = n, 1
		case o.Effectiveness == best:
			tops++
		}
	}
	flags := measure.FlagOptions(options, keyed)
	if tops > 1 || item.Kind != questions.BestWorst && item.Kind != questions.Rank {
		flags = slices.DeleteFunc(flags, func(f measure.Flag) bool { return f.Word != measure.UnusedOption })
	}
	return flags
}
