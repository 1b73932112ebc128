package chart_test

import (
	"encoding/xml"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/web/chart"
)

// element is one element of a drawing, with its own text.
type element struct {
	name, text string
	attr       map[string]string
}

// elements reads a drawing as XML, as strictly as a reader outside a browser would.
func elements(t *testing.T, drawing template.HTML) []element {
	t.Helper()
	var all []element
	var open []int
	for d := xml.NewDecoder(strings.NewReader(string(drawing))); ; {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, drawing)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			open = append(open, len(all))
			all = append(all, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				all[open[len(open)-1]].text += string(token)
			}
		}
	}
}

// class returns the elements of a class, in the order they are drawn.
func class(all []element, name string) []element {
	return slices.DeleteFunc(slices.Clone(all), func(e element) bool {
		return !slices.Contains(strings.Fields(e.attr["class"]), name)
	})
}

// number reads an attribute as a number, its unit aside.
func number(t *testing.T, e element, attr string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(strings.TrimSuffix(e.attr[attr], "%"), 64)
	if err != nil {
		t.Fatalf("%s of <%s>: %v", attr, e.name, err)
	}
	return n
}

var caption = chart.Caption{ID: "p", Title: "Profile of Ann & Bo <x>", Desc: `Communication "72"`}

func TestEveryPictureNamesItselfAndCarriesNoStyle(t *testing.T) {
	pictures := map[string]template.HTML{
		"profile":   chart.Profile{Caption: caption, Rows: []chart.Row{{Name: "Legal", Value: 50, Chance: 50}}}.SVG(),
		"radar":     chart.Radar{Caption: caption, Spokes: []chart.Spoke{{Name: "A"}, {Name: "B"}, {Name: "C"}}}.SVG(),
		"histogram": chart.Histogram{Caption: caption}.SVG(),
		"stages":    chart.Stages{Caption: caption}.SVG(),
	}
	for name, picture := range pictures {
		all := elements(t, picture)
		if all[0].name != "svg" || all[0].attr["role"] != "img" || all[0].attr["aria-labelledby"] != "p-title p-desc" {
			t.Errorf("%s: the root is <%s> %v", name, all[0].name, all[0].attr)
		}
		if all[1].name != "title" || all[1].text != caption.Title || all[1].attr["id"] != "p-title" {
			t.Errorf("%s: the title is %+v", name, all[1])
		}
		if all[2].name != "desc" || all[2].text != caption.Desc || all[2].attr["id"] != "p-desc" {
			t.Errorf("%s: the description is %+v", name, all[2])
		}
		for _, e := range all {
			if _, styled := e.attr["style"]; styled || e.name == "style" || e.name == "script" {
				t.Errorf("%s: <%s> carries style or script, which the pages forbid", name, e.name)
			}
		}
	}
}

func TestProfileParts(t *testing.T) {
	all := elements(t, chart.Profile{Caption: caption, Rows: []chart.Row{
		{Name: "Communication", Level: "closer", Value: 72, Chance: 48},
		{Name: "Endurance", Level: "further", Value: 30, Chance: 50},
		{Name: "Negotiation", Instead: "not shown: 3 of 6 answered"},
		{Name: "Legal", Level: "mixed", Value: 140, Chance: -3, Band: &chart.Band{Low: 90, High: 120}},
	}}.SVG())
	below, above, ticks := class(all, "below"), class(all, "above"), class(all, "chance")
	want := []struct{ below, above, chance float64 }{{48, 24, 48}, {30, 0, 50}, {0, 100, 0}}
	if len(below) != len(want) || len(above) != len(want) || len(ticks) != len(want) {
		t.Fatalf("drew %d, %d and %d parts, want %d of each: a quality without a score has no bar", len(below), len(above), len(ticks), len(want))
	}
	for i, w := range want {
		if got := number(t, below[i], "width"); got != w.below {
			t.Errorf("bar %d up to the chance level is %v wide, want %v", i, got, w.below)
		}
		if got := number(t, above[i], "x"); got != w.below {
			t.Errorf("bar %d beyond it begins at %v, want %v", i, got, w.below)
		}
		if got := number(t, above[i], "width"); got != w.above {
			t.Errorf("bar %d beyond it is %v wide, want %v", i, got, w.above)
		}
		if got := number(t, ticks[i], "x1"); got != w.chance {
			t.Errorf("chance tick %d stands at %v, want %v", i, got, w.chance)
		}
		if number(t, ticks[i], "y1") >= number(t, below[i], "y") || number(t, ticks[i], "y2") <= number(t, below[i], "y")+number(t, below[i], "height") {
			t.Errorf("chance tick %d does not stand out of its bar", i)
		}
	}
	if instead := class(all, "instead"); len(instead) != 1 || instead[0].text != "not shown: 3 of 6 answered" {
		t.Errorf("in place of the missing score: %+v", instead)
	}
	if band := class(all, "band"); len(band) != 1 || number(t, band[0], "x") != 90 || number(t, band[0], "width") != 10 {
		t.Errorf("the one known band is drawn as %+v", band)
	}
	last := number(t, class(all, "name")[3], "y")
	for i, name := range class(all, "name")[:3] {
		if number(t, name, "y")+number(t, below[0], "height") > last-float64(3-i)*40 {
			t.Errorf("row %d crowds the next", i)
		}
	}
	if height := number(t, all[0], "height"); height <= last {
		t.Errorf("the picture is %v high and its last row begins at %v", height, last)
	}
}

func TestRadarClosesOnlyWhenWhole(t *testing.T) {
	spokes := []chart.Spoke{{"Up", 100, true}, {"Right", 50, true}, {"Down", 0, true}, {"Left", 100, true}}
	all := elements(t, chart.Radar{Caption: caption, Spokes: spokes}.SVG())
	outline := class(all, "outline")
	if len(outline) != 1 || outline[0].attr["points"] != "190.0,35.0 232.5,120.0 190.0,120.0 105.0,120.0" {
		t.Fatalf("outline: %+v", outline)
	}
	spokes[2].Shown = false
	all = elements(t, chart.Radar{Caption: caption, Spokes: spokes}.SVG())
	if len(class(all, "outline")) != 0 {
		t.Error("the outline is closed although a quality has no score")
	}
	if dots := class(all, "dot"); len(dots) != 3 {
		t.Errorf("%d dots, want one for each score shown", len(dots))
	}
}

func TestHistogramSharesItsScale(t *testing.T) {
	bins := [10]int{0, 1, 0, 0, 0, 400, 0, 0, 0, 200}
	columns := class(elements(t, chart.Histogram{Caption: caption, Bins: bins, Most: 800}.SVG()), "column")
	if len(columns) != 3 {
		t.Fatalf("%d columns, want one for each bin that is not empty", len(columns))
	}
	single, half, quarter := columns[0], columns[1], columns[2]
	if number(t, single, "height") < 2 {
		t.Error("one person cannot be seen")
	}
	if number(t, half, "height") != 36 || number(t, half, "x") != 50 {
		t.Errorf("half the most, in the sixth bin: %+v", half.attr)
	}
	if number(t, quarter, "height") != 18 || number(t, quarter, "y")+18 != number(t, half, "y")+36 {
		t.Errorf("a quarter of the most stands on the same base: %+v", quarter.attr)
	}
}

func TestStagesFillTheBar(t *testing.T) {
	all := elements(t, chart.Stages{Caption: caption, Parts: []chart.Part{
		{"invited", 1}, {"opened", 0}, {"started", 49}, {"submitted", 50},
	}}.SVG())
	var rects []element
	for _, e := range all {
		if e.name == "rect" {
			rects = append(rects, e)
		}
	}
	if len(rects) != 3 {
		t.Fatalf("%d parts drawn, want the 3 that somebody is in", len(rects))
	}
	end := 0.0
	for _, r := range rects {
		if number(t, r, "x") != end {
			t.Errorf("a part begins at %v, the one before ends at %v", number(t, r, "x"), end)
		}
		end += number(t, r, "width")
	}
	if end != 100 {
		t.Errorf("the bar ends at %v%%", end)
	}
	labels := 0
	for _, e := range all {
		if e.name == "text" {
			labels++
		}
	}
	if labels != 2 {
		t.Errorf("%d counts set inside the bar, want 2: one per cent is too narrow for a figure", labels)
	}
}

func TestQRDrawsTheCode(t *testing.T) {
	drawing, err := chart.QR("https://example.org/t/0123456789abcdef", "Link of Ann")
	if err != nil {
		t.Fatal(err)
	}
	all := elements(t, drawing)
	if all[0].attr["viewBox"] != "0 0 37 37" { // version 3 has 29 modules a side, and 4 of quiet zone around
		t.Errorf("viewBox %q", all[0].attr["viewBox"])
	}
	path := all[len(all)-1].attr["d"]
	if !strings.HasPrefix(path, "M4 4h7v1h-7z") {
		t.Errorf("the path begins %q, want the top edge of the finder pattern", path[:min(20, len(path))])
	}
	if _, err := chart.QR(strings.Repeat("x", 4000), ""); err == nil {
		t.Error("a text longer than any QR code was drawn")
	}
}
