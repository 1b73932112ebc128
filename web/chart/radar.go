package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Radar is a glance at a profile, to stand beside the bars and never alone.
type Radar struct {
	Caption
	Spokes []Spoke
}

// Spoke is one quality on the radar.
type Spoke struct {
	Name  string
	Value int
	Shown bool
}

const (
	radarWidth  = 380
	radarHeight = 240
	radarReach  = 85 // pixels from the middle to 100
)

// radarSpoke is a spoke with its places in pixels.
type radarSpoke struct {
	Spoke
	EndX, EndY, DotX, DotY, NameX, NameY string
	Anchor                               string
}

// SVG draws the radar. The outline closes only when every quality has a score:
// a shape with a corner left out would suggest a zero.
func (r Radar) SVG() template.HTML {
	view := struct {
		Caption
		Width, Height, MiddleX, MiddleY int
		Rings                           []string
		Outline                         string
		Spokes                          []radarSpoke
	}{Caption: r.Caption, Width: radarWidth, Height: radarHeight, MiddleX: radarWidth / 2, MiddleY: radarHeight / 2}
	n := len(r.Spokes)
	for _, level := range []int{34, 67, 100} {
		view.Rings = append(view.Rings, ring(n, func(int) int { return level }))
	}
	whole := true
	for i, s := range r.Spokes {
		whole = whole && s.Shown
		view.Spokes = append(view.Spokes, s.place(i, n))
	}
	if whole {
		view.Outline = ring(n, func(i int) int { return r.Spokes[i].Value })
	}
	return draw("radar.svg", view)
}

func (s Spoke) place(i, n int) radarSpoke {
	placed := radarSpoke{Spoke: s, Anchor: "middle"}
	placed.EndX, placed.EndY = coordinates(spoke(i, n, 100))
	placed.DotX, placed.DotY = coordinates(spoke(i, n, s.Value))
	x, y := spoke(i, n, 112)
	switch dx := x - radarWidth/2; {
	case dx > 1:
		placed.Anchor = "start"
	case dx < -1:
		placed.Anchor = "end"
	case y > radarHeight/2:
		y += 10 // below the end of a spoke that points down
	}
	placed.NameX, placed.NameY = coordinates(x, y+4)
	return placed
}

// spoke is the point at value on spoke i of n; the first points up, the rest
// follow clockwise.
func spoke(i, n, value int) (x, y float64) {
	angle := 2*math.Pi*float64(i)/float64(n) - math.Pi/2
	length := float64(within(value, 0, 112)) / 100 * radarReach
	return radarWidth/2 + length*math.Cos(angle), radarHeight/2 + length*math.Sin(angle)
}

// ring is the closed line through one point on each spoke.
func ring(n int, value func(int) int) string {
	points := make([]string, n)
	for i := range points {
		x, y := coordinates(spoke(i, n, value(i)))
		points[i] = x + "," + y
	}
	return strings.Join(points, " ")
}

func coordinates(x, y float64) (string, string) {
	return fmt.Sprintf("%.1f", x), fmt.Sprintf("%.1f", y)
}
