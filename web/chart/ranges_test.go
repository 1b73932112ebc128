package chart_test

import (
	"strings"
	"testing"

	"github.com/fourfold/fourfold/web/chart"
)

func TestRangesLieOnTheirAxis(t *testing.T) {
	all := elements(t, chart.Ranges{
		Caption: chart.Caption{ID: "r", Title: "T & T", Desc: "<D>"}, From: 0, To: 1,
		Ticks: []chart.Tick{{At: 0, Text: "0"}, {At: 1, Text: "1"}},
		Rows: []chart.Range{
			{Name: "a", Value: .5, Banded: true, Low: .25, High: .75, Text: ".5"},
			{Name: "b", Value: -.4, Banded: true, Low: -1, High: 2, Text: "−.4"}, // off the axis on both sides
			{Name: "c", Value: .9},
			{Name: "d", Instead: "not enough"},
		},
	}.SVG())
	dots, ranges := class(all, "dot"), class(all, "range")
	if len(dots) != 3 || len(ranges) != 2 {
		t.Fatalf("%d dots and %d ranges", len(dots), len(ranges))
	}
	for i, want := range []float64{50, 0, 90} {
		if got := number(t, dots[i], "cx"); got != want {
			t.Errorf("dot %d stands at %v %%, want %v", i, got, want)
		}
	}
	for i, want := range [][2]float64{{25, 50}, {0, 100}} {
		if x, w := number(t, ranges[i], "x"), number(t, ranges[i], "width"); x != want[0] || w != want[1] {
			t.Errorf("range %d goes from %v for %v, want %v", i, x, w, want)
		}
	}
	if got := class(all, "instead"); len(got) != 1 || got[0].text != "not enough" {
		t.Errorf("what stands instead: %v", got)
	}
	if all[1].name != "title" || all[1].text != "T & T" || all[2].text != "<D>" {
		t.Errorf("title and description: %v %v", all[1], all[2])
	}
}

func TestACurveRisesWithTheShares(t *testing.T) {
	all := elements(t, chart.Curve{Caption: chart.Caption{ID: "c", Title: "t", Desc: "d"}, Points: [5]float64{0, .25, .5, 1, 7}}.SVG())
	dots := class(all, "dot")
	if len(dots) != 5 || len(class(all, "curve")) != 4 {
		t.Fatalf("%d dots", len(dots))
	}
	last := 1e9
	for i, d := range dots {
		y := number(t, d, "cy")
		if y > last || i < 4 && y == last {
			t.Errorf("dot %d stands at %v under %v", i, y, last)
		}
		last = y
	}
	if number(t, dots[3], "cy") != number(t, dots[4], "cy") {
		t.Error("a share above 1 leaves the picture")
	}
}

func TestBarsShowWhatIsThere(t *testing.T) {
	drawing := chart.Bars{Caption: chart.Caption{ID: "b", Title: "t", Desc: "d"}, Counts: []int64{0, 1, 10_000, 0},
		Ticks: []chart.Tick{{At: 0, Text: "1 s"}, {At: 4, Text: "9 s"}}, Lines: []chart.Tick{{At: 2, Text: "median"}}}.SVG()
	bars := class(elements(t, drawing), "column")
	if len(bars) != 2 || number(t, bars[0], "height") != 2 || number(t, bars[1], "height") != 88 {
		t.Errorf("bars %v", bars)
	}
	if empty := (chart.Bars{Caption: chart.Caption{ID: "e", Title: "t", Desc: "d"}}).SVG(); strings.Contains(string(empty), "NaN") || strings.Contains(string(empty), "Inf") {
		t.Errorf("no bars: %s", empty)
	}
}
