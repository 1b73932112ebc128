package web

import (
	"fmt"
	"slices"

	"github.com/fourfold/fourfold/questions"
)

// redlineView is a question in which options that breach a cited rule were called
// effective: a topic for the interview.
type redlineView struct {
	Number int
	Facet  string
	Picks  []pickView
	Rules  []ruleView
	Ask    string
}

// pickView is one such option and what the candidate did with it.
type pickView struct{ How, Option string }

// ruleView is a rule cited. Its text stands where the report cites it first; later
// topics point there.
type ruleView struct {
	questions.Fact
	Before int // The question that cited it first; 0 here.
}

func (w writer) redlines() []redlineView {
	var views []redlineView
	cited := map[string]int{}
	for _, r := range w.doc.Redlines {
		item := w.form.Items[r.Position]
		if n := len(views); n == 0 || views[n-1].Number != r.Position+1 {
			guide, _ := w.form.Guide(item.Facet)
			views = append(views, redlineView{Number: r.Position + 1, Facet: w.text(guide.Name), Ask: w.text(guide.Probe)})
		}
		v := &views[len(views)-1]
		option, _ := item.Option(r.Option)
		v.Picks = append(v.Picks, pickView{w.say("report.as."+r.As, "value", r.Value, "label", w.scale(r.Value)), w.text(option.Text)})
		for _, id := range r.Facts {
			fact, ok := w.form.Fact(id)
			if !ok || cited[id] == v.Number {
				continue
			}
			v.Rules = append(v.Rules, ruleView{fact, cited[id]})
			if cited[id] == 0 {
				cited[id] = v.Number
			}
		}
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
