package web

import (
	"slices"
	"strings"

	"github.com/fourfold/fourfold/questions"
)

// interviewQuestion is a question with the anchors an answer is rated on.
type interviewQuestion struct {
	Question string
	Facet    string
	Why      string // Why this report suggests it; empty for the core questions.
	Good     string // What a 5 sounds like.
	Bad      string // What a 1 sounds like.
}

// core are the questions for everyone, one for each quality and always the same:
// the question about the past of its first facet.
func (w writer) core() []interviewQuestion {
	var all []interviewQuestion
	for _, q := range questions.Qualities {
		g, _ := w.form.Guide(questions.Facets[q][0])
		all = append(all, w.question(g, g.Probe, ""))
	}
	return all
}

// probes are the questions this report suggests: facets that were mixed or
// further from the key, and facets with a red-line topic. They are asked as
// situations, so that none repeats a core question.
func (w writer) probes() []interviewQuestion {
	var all []interviewQuestion
	for _, q := range w.doc.Qualities {
		for _, f := range questions.Facets[q.Quality] {
			if why := w.reasons(q, f); len(why) > 0 {
				g, _ := w.form.Guide(f)
				all = append(all, w.question(g, g.Probe2, strings.Join(why, w.say("report.separator"))))
			}
		}
	}
	return all
}

func (w writer) question(g questions.Guide, text questions.Text, why string) interviewQuestion {
	return interviewQuestion{w.text(text), w.text(g.Name), why, w.text(g.HearGood), w.text(g.HearBad)}
}

// reasons says why a facet is worth a probe. Where a quality was mixed or further
// but none of its facets may be put in words, the answer furthest from the key
// stands for them.
func (w writer) reasons(q questions.QualityScore, f questions.Facet) []string {
	var why []string
	for _, word := range w.report.Facets {
		if word.Facet == f && (word.Level == questions.Mixed || word.Level == questions.Further) {
			why = append(why, w.say("level."+string(word.Level)))
		}
	}
	if _, inWords := w.furthest(q.Quality); !inWords && (q.Level == questions.Mixed || q.Level == questions.Further) && w.look(q.Quality) == f {
		_, worst, _ := w.edges(q.Quality)
		why = append(why, w.say("report.item", "n", worst.Position+1))
	}
	if slices.ContainsFunc(w.doc.Redlines, func(r questions.RedlinePick) bool { return w.form.Items[r.Position].Facet == f }) {
		why = append(why, w.say("report.because.redline"))
	}
	return why
}
