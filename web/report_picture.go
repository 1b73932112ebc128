package web

import (
	"html/template"
	"strings"

	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/chart"
)

// bars is the profile: raw scores with the chance level as a tick. A band is drawn
// where the result names a norm with a reliability.
func (w writer) bars() template.HTML {
	p := chart.Profile{Caption: chart.Caption{ID: "bars", Title: w.say("report.profile.title", "name", w.report.Invitation.Candidate.Name)}}
	var words []string
	for _, q := range w.doc.Qualities {
		name := w.quality(q.Quality)
		row := chart.Row{Name: name, Level: w.say("level." + string(q.Level))}
		if q.Shown {
			row.Value, row.Chance, row.Band = *q.Raw, *q.Chance, w.rawBand(q.Quality)
			words = append(words, w.say("report.profile.row", "quality", name, "raw", *q.Raw, "chance", *q.Chance, "closeness", *q.Closeness, "level", row.Level))
		} else {
			row.Instead = w.say("report.profile.instead", "answered", q.Answered, "of", q.Of)
			words = append(words, w.say("report.profile.row.not_shown", "quality", name, "answered", q.Answered, "of", q.Of))
		}
		p.Rows = append(p.Rows, row)
	}
	p.Desc = strings.Join(words, " ")
	return p.SVG()
}

// radar is the glance beside the bars.
func (w writer) radar() template.HTML {
	r := chart.Radar{Caption: chart.Caption{ID: "radar", Title: w.say("report.radar.title", "name", w.report.Invitation.Candidate.Name)}}
	var words []string
	for _, q := range w.doc.Qualities {
		words = append(words, w.say("report.radar.row", "quality", w.quality(q.Quality), "closeness", figure(q.Closeness)))
		r.Spokes = append(r.Spokes, spokeOf(w.quality(q.Quality), q))
	}
	r.Desc = strings.Join(words, w.say("report.separator"))
	return r.SVG()
}

func spokeOf(name string, q questions.QualityScore) chart.Spoke {
	if !q.Shown {
		return chart.Spoke{Name: name}
	}
	return chart.Spoke{Name: name, Value: *q.Closeness, Shown: true}
}
