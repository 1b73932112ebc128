package chart

import (
	"fmt"
	"html/template"
)

// Ranges is a dot for each row with its range of error, on one axis: how sure each
// figure is, and which overlap.
type Ranges struct {
	Caption
	From, To float64
	Ticks    []Tick
	Rows     []Range
}

// Tick is a place on an axis and what stands under it.
type Tick struct {
	At   float64
	Text string
}

// Range is one row. What lies off the axis is drawn at its end; the text says the
// figure itself.
type Range struct {
	Name      string
	Text      string
	Value     float64
	Low, High float64
	Banded    bool
	Instead   string // Stands in place of the dot when there is nothing to show.
}

const (
	rangesTop  = 16
	rangesStep = 46
)

// SVG draws the rows.
func (r Ranges) SVG() template.HTML {
	type tick struct{ X, Text, Anchor string }
	type row struct {
		Range
		NameY, LineY, RangeY, TextY int
		X, LowX, Width, Start, End  string
	}
	view := struct {
		Caption
		Ticks               []tick
		Rows                []row
		Top, End, AxisY, Of int
	}{Caption: r.Caption, Top: rangesTop + 4}
	place := func(v float64) float64 {
		return 100 * (max(r.From, min(v, r.To)) - r.From) / (r.To - r.From)
	}
	for i, t := range r.Ticks {
		anchor := "middle"
		if i == 0 {
			anchor = "start"
		} else if i == len(r.Ticks)-1 {
			anchor = "end"
		}
		view.Ticks = append(view.Ticks, tick{percent(place(t.At)), t.Text, anchor})
	}
	for i, one := range r.Rows {
		y := rangesTop + i*rangesStep
		placed := row{Range: one, NameY: y, LineY: y + 15, RangeY: y + 11, TextY: y + 19, X: percent(place(one.Value))}
		if one.Banded {
			low, high := place(one.Low), place(one.High)
			placed.LowX, placed.Width = percent(low), percent(max(0, high-low))
		}
		view.Rows = append(view.Rows, placed)
	}
	view.End = rangesTop + len(r.Rows)*rangesStep - 18
	view.AxisY, view.Of = view.End+16, view.End+22
	return draw("ranges.svg", view)
}

// Curve is how often an option is chosen in each fifth of the people by score, the
// lowest first: one of several small pictures with the same axes.
type Curve struct {
	Caption
	Points [5]float64 // Shares, 0 to 1.
	Least  bool       // Drawn hollow: how often it is called the least effective.
}

const curveHeight = 76

// SVG draws the curve.
func (c Curve) SVG() template.HTML {
	type dot struct {
		X string
		Y int
	}
	type line struct {
		X1, X2 string
		Y1, Y2 int
	}
	view := struct {
		Caption
		Dots         []dot
		Lines        []line
		Half, Base   int
		LabelY, Full int
		Least        bool
		Ticks        []dot
	}{Caption: c.Caption, Half: 4 + curveHeight/2, Base: 4 + curveHeight, LabelY: curveHeight + 20, Full: curveHeight + 26, Least: c.Least}
	for i, share := range c.Points {
		d := dot{fmt.Sprintf("%d%%", 10+20*i), 4 + curveHeight - int(max(0, min(1, share))*curveHeight+.5)}
		if i > 0 {
			last := view.Dots[i-1]
			view.Lines = append(view.Lines, line{last.X, d.X, last.Y, d.Y})
		}
		view.Dots = append(view.Dots, d)
		view.Ticks = append(view.Ticks, dot{d.X, i + 1})
	}
	return draw("curve.svg", view)
}

// Bars are counts on an axis of any measure, with lines at places that mean something.
type Bars struct {
	Caption
	Counts []int64
	Ticks  []Tick // At is a place among the bars: 0 the beginning of the first.
	Lines  []Tick
}

const barsHeight = 88

// SVG draws the bars. One that is not empty is never lower than a hairline.
func (b Bars) SVG() template.HTML {
	type bar struct {
		X, Width  string
		Y, Height int
	}
	type mark struct{ X, Text, Anchor string }
	view := struct {
		Caption
		Bars               []bar
		Ticks, Lines       []mark
		Base, LabelY, Full int
	}{Caption: b.Caption, Base: barsHeight + 14, LabelY: barsHeight + 30, Full: barsHeight + 36}
	most := int64(1)
	for _, n := range b.Counts {
		most = max(most, n)
	}
	of := float64(max(1, len(b.Counts)))
	for i, n := range b.Counts {
		if n > 0 {
			height := max(2, int(n*barsHeight/most))
			view.Bars = append(view.Bars, bar{percent(100 * float64(i) / of), percent(92 / of), view.Base - height, height})
		}
	}
	for _, t := range b.Ticks {
		view.Ticks = append(view.Ticks, mark{percent(100 * t.At / of), t.Text, anchorAt(t.At, of)})
	}
	for _, t := range b.Lines {
		view.Lines = append(view.Lines, mark{percent(100 * max(0, min(t.At, of)) / of), t.Text, anchorAt(t.At, of)})
	}
	return draw("bars.svg", view)
}

// anchorAt keeps a text near the edge within the picture.
func anchorAt(at, of float64) string {
	switch {
	case at < of/8:
		return "start"
	case at > of-of/8:
		return "end"
	}
	return "middle"
}
