package chart

import "html/template"

// Histogram is how often each tenth of the axis from 0 to 100 was reached.
// Several stand side by side as small multiples: they share Most, so that equal
// heights mean equal counts.
type Histogram struct {
	Caption
	Bins [10]int
	Most int // The count that fills the height; the tallest bin of all multiples.
}

const histogramHeight = 72

// column is one bin: x and width in per cent, y and height in pixels.
type column struct{ X, Y, Height, Count int }

// SVG draws the histogram. A bin that is not empty is never drawn lower than a
// hairline that can be seen.
func (h Histogram) SVG() template.HTML {
	view := struct {
		Caption
		Columns                []column
		Base, LabelY, FullSize int
		Ticks, Bounds          []int
	}{Caption: h.Caption, Base: histogramHeight, LabelY: histogramHeight + 16, FullSize: histogramHeight + 22,
		Ticks: []int{0, 34, 67, 100}, Bounds: []int{34, 67}}
	for i, count := range h.Bins {
		if count == 0 {
			continue
		}
		height := max(2, count*histogramHeight/max(1, h.Most, count))
		view.Columns = append(view.Columns, column{X: i * 10, Y: histogramHeight - height, Height: height, Count: count})
	}
	return draw("histogram.svg", view)
}
