package web

import (
	"fmt"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// versions fills in what a report says of the result's other versions: a list of all,
// and what the one shown changed from the one before it.
func (w writer) versions(p *reportPage) {
	p.Version = w.doc.Version
	if w.doc.Rescore != nil {
		p.Rescored = w.doc.Rescore.At
	}
	all := w.report.Versions
	if len(all) < 2 {
		return
	}
	p.Newer = all[0].Version != w.doc.Version
	for n, r := range all {
		v := versionView{Version: r.Version, At: r.Document.Sitting.EndedAt, Key: r.Document.Versions.Key, Here: r.Version == w.doc.Version}
		if r.Document.Rescore != nil {
			v.At = r.Document.Rescore.At
		}
		for _, q := range r.Document.Qualities {
			v.Qualities = append(v.Qualities, figure(q.Closeness))
		}
		p.Versions = append(p.Versions, v)
		if v.Here && n+1 < len(all) {
			p.DiffFrom, p.Diff = all[n+1].Version, w.diff(all[n+1].Document, r.Document)
		}
	}
}

// diff lists what one version changed from another: scores with their words, and marks.
func (w writer) diff(before, after assess.ResultDocument) []string {
	var lines []string
	level := func(q questions.QualityScore) string {
		return fmt.Sprintf("%s, %s", figure(q.Closeness), w.say("level."+string(q.Level)))
	}
	for n, was := range before.Qualities {
		if is := after.Qualities[n]; was.Exact != is.Exact || was.Level != is.Level {
			lines = append(lines, w.say("report.diff.quality", "quality", w.quality(was.Quality), "before", level(was), "after", level(is)))
		}
	}
	mark := func(s questions.ItemScore) string {
		if s.Mark == nil {
			return "–"
		}
		return fmt.Sprintf("%d/%d", s.Mark.Num, s.Mark.Den)
	}
	for n, was := range before.Items {
		if is := after.Items[n]; mark(was) != mark(is) {
			lines = append(lines, w.say("report.diff.item", "n", n+1, "before", mark(was), "after", mark(is)))
		}
	}
	return lines
}
