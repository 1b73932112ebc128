package web

import (
	"fmt"
	"slices"

	"github.com/fourfold/fourfold/questions"
)

// redlineView is an option that breaches a cited rule and was called effective: a
// topic for the interview.
type redlineView struct {
	Number int
	Facet  string
	How    string // What the candidate did with the option.
	Option string
	Rules  []questions.Fact
	Ask    string
}

func (w writer) redlines() []redlineView {
	var views []redlineView
	for _, r := range w.doc.Redlines {
		item := w.form.Items[r.Position]
		option, _ := item.Option(r.Option)
		guide, _ := w.form.Guide(item.Facet)
		v := redlineView{Number: r.Position + 1, Facet: w.text(guide.Name), Option: w.text(option.Text), Ask: w.text(guide.Probe),
			How: w.say("report.as."+r.As, "value", r.Value, "label", w.scale(r.Value))}
		for _, id := range r.Facts {
			if fact, ok := w.form.Fact(id); ok {
				v.Rules = append(v.Rules, fact)
			}
		}
		views = append(views, v)
	}
	return views
}

// scale is the label of a rating, "" for what is none.
func (w writer) scale(value int) string {
	for _, s := range w.form.Scale {
		if s.Value == value {
			return w.text(s.Label)
		}
	}
	return ""
}

// answerView is one question with what was answered, what the key says and why.
type answerView struct {
	Number               int
	Quality, Facet, Stem string
	Kind                 questions.Kind
	Mark, Chance, Time   string // Mark is empty when there is none.
	Options              []optionView
}

type optionView struct {
	Text, Why, Answer string
	Effectiveness     int
	Redline           bool
	Picked            bool
}

func (w writer) trace() []answerView {
	var views []answerView
	for n, s := range w.doc.Items {
		item := w.form.Items[n]
		v := answerView{Number: n + 1, Quality: w.quality(item.Quality), Facet: w.facet(item.Facet), Stem: w.text(item.Stem),
			Kind: item.Kind, Chance: s.Chance.String(), Time: w.duration(w.doc.SpentMS[n])}
		if s.Mark != nil {
			v.Mark = fmt.Sprintf("%d/%d", s.Mark.Num, s.Mark.Den)
		}
		for _, o := range item.Options {
			answer, picked := w.answer(w.report.Responses[n], o.ID)
			v.Options = append(v.Options, optionView{Text: w.text(o.Text), Why: w.text(o.Why), Answer: answer,
				Effectiveness: o.Effectiveness, Redline: o.Redline, Picked: picked})
		}
		views = append(views, v)
	}
	return views
}

// answer words what the candidate did with an option, and whether anything.
func (w writer) answer(r questions.Response, option string) (string, bool) {
	rank, rating := r.Ranks[option], r.Ratings[option]
	switch {
	case r.Best == option:
		return w.say("report.answer.best"), true
	case r.Worst == option:
		return w.say("report.answer.worst"), true
	case rank > 0:
		return w.say("report.answer.rank", "value", rank), true
	case rating > 0:
		return w.scale(rating), true
	case slices.Contains(r.Chosen, option):
		return w.say("report.answer.chosen"), true
	}
	return w.say("report.answer.none"), false
}
