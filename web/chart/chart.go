// Package chart turns plain numbers into inline SVG: the geometry of the
// pictures on recruiter pages. It knows nothing of candidates or languages;
// every word it sets is given to it.
//
// Wide pictures measure x in per cent of their box and y in pixels, so that text
// keeps its size on a phone, on a desk and on paper. Looks are left to classes,
// because the pages forbid inline style.
package chart

import (
	"embed"
	"html/template"
	"strings"
)

//go:embed *.svg
var files embed.FS

var drawings = template.Must(template.ParseFS(files, "*.svg"))

// Caption names a picture for those who cannot see it.
type Caption struct {
	ID    string // Unique on the page; the picture's title and description are found by it.
	Title string
	Desc  string // Says the same as the picture, in words.
}

// draw sets one picture. The drawings are part of the program and take only
// values of this package, so a failure is a fault in the program.
func draw(name string, data any) template.HTML {
	var b strings.Builder
	if err := drawings.ExecuteTemplate(&b, name, data); err != nil {
		panic(err)
	}
	return template.HTML(b.String()) // escaped by the template above
}

// within keeps n on the axis.
func within(n, low, high int) int {
	return max(low, min(n, high))
}
