package chart

import (
	"fmt"
	"html/template"
)

// Stages is one bar cut into parts: where everyone stands who was invited.
type Stages struct {
	Caption
	Parts []Part
}

// Part is one stage of the bar.
type Part struct {
	Class string // Tells the part's colour; the table beside the bar names it.
	Count int
}

const (
	stagesHeight = 28
	labelFrom    = 5.0 // per cent of the bar that a count needs to be set inside it
)

// segment is a part with its place in per cent.
type segment struct {
	Part
	X, Width, Middle string
	Labelled         bool
}

// SVG draws the bar; parts nobody is in take no room.
func (s Stages) SVG() template.HTML {
	view := struct {
		Caption
		Segments       []segment
		Height, LabelY int
	}{Caption: s.Caption, Height: stagesHeight, LabelY: stagesHeight/2 + 5}
	total := 0
	for _, p := range s.Parts {
		total += p.Count
	}
	before := 0
	for _, p := range s.Parts {
		if p.Count == 0 {
			continue
		}
		x := share(before, total)
		width := share(p.Count, total)
		view.Segments = append(view.Segments, segment{
			Part: p, X: percent(x), Width: percent(width), Middle: percent(x + width/2), Labelled: width >= labelFrom,
		})
		before += p.Count
	}
	return draw("stages.svg", view)
}

func share(count, total int) float64 { return 100 * float64(count) / float64(total) }

func percent(f float64) string { return fmt.Sprintf("%.2f%%", f) }
