package web

import (
	"math/big"
	"strconv"

	"github.com/fourfold/fourfold/questions"
)

// qualityView is one quality in figures and in words. The words always come as a
// pair: what was close to the key and what is worth a look, then a question and a
// hint for the first weeks.
type qualityView struct {
	Quality                questions.Quality
	Name                   string
	Shown                  bool
	Answered, Of           int
	Raw, Chance, Closeness string
	Level                  questions.Level
	Text                   string
	Notes                  []string
	Facets                 []facetView
	Strength, Watch, Ask   string
	Onboarding             string
	Band, Sten, Percentile string // By the norm the result names; empty without one.
}

// facetView is a facet in words, which take at least two answers.
type facetView struct {
	Name  string
	Level questions.Level
}

// figure writes a whole number that may not be shown.
func figure(n *int) string {
	if n == nil {
		return "–"
	}
	return strconv.Itoa(*n)
}

func (w writer) qualities() []qualityView {
	var views []qualityView
	for _, q := range w.doc.Qualities {
		guide, _ := w.form.Quality(q.Quality)
		v := qualityView{
			Quality: q.Quality, Name: w.text(guide.Name), Shown: q.Shown, Answered: q.Answered, Of: q.Of,
			Raw: figure(q.Raw), Chance: figure(q.Chance), Closeness: figure(q.Closeness), Level: q.Level,
			Text: w.text(guide.At(q.Level)), Onboarding: w.text(guide.Onboarding),
		}
		for _, note := range q.Notes {
			v.Notes = append(v.Notes, w.say("report.note."+note))
		}
		for _, f := range w.facetsOf(q.Quality) {
			v.Facets = append(v.Facets, facetView{w.facet(f.Facet), f.Level})
		}
		v.Band, v.Sten, v.Percentile = w.standing(q.Quality)
		v.Strength, v.Watch = w.strength(q.Quality), w.watch(q.Quality)
		g, _ := w.form.Guide(w.look(q.Quality))
		v.Ask = w.text(g.Probe)
		views = append(views, v)
	}
	return views
}

// facetsOf are the facets of a quality that may be put in words.
func (w writer) facetsOf(q questions.Quality) []questions.FacetWord {
	var some []questions.FacetWord
	for _, name := range questions.Facets[q] {
		for _, f := range w.report.Facets {
			if f.Facet == name {
				some = append(some, f)
			}
		}
	}
	return some
}

// strength is what came close to the key: a facet's text, or else the single
// answer that came closest.
func (w writer) strength(q questions.Quality) string {
	for _, f := range w.facetsOf(q) {
		if f.Level == questions.Closer {
			g, _ := w.form.Guide(f.Facet)
			return w.say("report.in_scenarios", "text", w.text(g.Strength))
		}
	}
	if best, _, ok := w.edges(q); ok && fraction(best).Sign() > 0 {
		return w.say("report.strength.item", "n", best.Position+1, "facet", w.facet(best.Facet))
	}
	return ""
}

// watch is what differed from the key, found the same way.
func (w writer) watch(q questions.Quality) string {
	if f, ok := w.furthest(q); ok {
		g, _ := w.form.Guide(f)
		return w.say("report.in_scenarios", "text", w.text(g.Watch))
	}
	_, worst, ok := w.edges(q)
	switch {
	case !ok:
		return ""
	case fraction(worst).Cmp(big.NewRat(1, 1)) == 0:
		return w.say("report.watch.none")
	}
	return w.say("report.watch.item", "n", worst.Position+1, "facet", w.facet(worst.Facet))
}

// look is the facet worth a question: the one that differed, that of the answer
// furthest from the key, or the first.
func (w writer) look(q questions.Quality) questions.Facet {
	if f, ok := w.furthest(q); ok {
		return f
	}
	if _, worst, ok := w.edges(q); ok {
		return worst.Facet
	}
	return questions.Facets[q][0]
}

// furthest is the facet in words that differed most, the first of equals.
func (w writer) furthest(q questions.Quality) (questions.Facet, bool) {
	for _, level := range []questions.Level{questions.Further, questions.Mixed} {
		for _, f := range w.facetsOf(q) {
			if f.Level == level {
				return f.Facet, true
			}
		}
	}
	return "", false
}

// edges are the answers of a quality closest to the key and furthest from it.
func (w writer) edges(q questions.Quality) (best, worst questions.ItemScore, ok bool) {
	for _, s := range w.doc.Items {
		if w.form.Items[s.Position].Quality != q || s.Mark == nil {
			continue
		}
		if !ok {
			best, worst, ok = s, s, true
		}
		if fraction(s).Cmp(fraction(best)) > 0 {
			best = s
		}
		if fraction(s).Cmp(fraction(worst)) < 0 {
			worst = s
		}
	}
	return best, worst, ok
}

// fraction is an answered item's mark as a number to compare.
func fraction(s questions.ItemScore) *big.Rat {
	return big.NewRat(int64(s.Mark.Num), int64(s.Mark.Den))
}

// style says how the rating scale was used, where that says anything.
func (w writer) style() []string {
	r := w.doc.Ratings
	if r.Items == 0 {
		return nil
	}
	var notes []string
	if r.NearlyAllSame {
		notes = append(notes, w.say("report.style.same"))
	}
	if r.HarmfulRatedEffective > 0 {
		notes = append(notes, w.say("report.style.harmful", "n", r.HarmfulRatedEffective))
	}
	switch half := big.NewRat(1, 2); {
	case r.Shift.Rat().Cmp(half) >= 0:
		notes = append(notes, w.say("report.style.higher"))
	case r.Shift.Rat().Cmp(new(big.Rat).Neg(half)) <= 0:
		notes = append(notes, w.say("report.style.lower"))
	}
	return notes
}
