package chart

import "html/template"

// Profile is the picture of one result: a bar for each quality on a common axis
// from 0 to 100, with the level that guessing reaches as a tick.
type Profile struct {
	Caption
	Rows []Row
}

// Row is one quality of a profile.
type Row struct {
	Name    string
	Level   string // The score in words.
	Value   int
	Chance  int
	Band    *Band  // The range of error, where one is known.
	Instead string // Stands in place of the bar when there is no score to show.
}

// Band is a range on the axis.
type Band struct{ Low, High int }

const (
	profileTop  = 18 // room above the first name for nothing but air
	profileStep = 54 // from one quality to the next
	barTop      = 10 // from the baseline of the name to the bar
	barHeight   = 14
)

// profileRow is a row with its place: x and widths in per cent, y in pixels.
type profileRow struct {
	Row
	NameY, BarY, BarHeight, TextY int
	Below, Above                  int // the parts of the bar up to the chance level and beyond it
	TickTop, TickEnd              int
	BandX, BandWidth              int
}

// SVG draws the profile.
func (p Profile) SVG() template.HTML {
	type axis struct{ Top, End, LabelY int }
	view := struct {
		Caption
		Rows   []profileRow
		Axis   axis
		Ticks  []int
		Height int
	}{Caption: p.Caption, Ticks: []int{0, 25, 50, 75, 100}}
	for i, row := range p.Rows {
		view.Rows = append(view.Rows, row.place(profileTop+i*profileStep))
	}
	end := profileTop + len(p.Rows)*profileStep - 12
	view.Axis = axis{Top: profileTop + barTop - 4, End: end, LabelY: end + 16}
	view.Height = end + 22
	return draw("profile.svg", view)
}

func (r Row) place(y int) profileRow {
	r.Value, r.Chance = within(r.Value, 0, 100), within(r.Chance, 0, 100)
	below := min(r.Value, r.Chance)
	placed := profileRow{
		Row: r, NameY: y, BarY: y + barTop, BarHeight: barHeight, TextY: y + barTop + 12,
		Below: below, Above: r.Value - below,
		TickTop: y + barTop - 4, TickEnd: y + barTop + barHeight + 4,
	}
	if r.Band != nil {
		low, high := within(r.Band.Low, 0, 100), within(r.Band.High, 0, 100)
		placed.BandX, placed.BandWidth = low, max(0, high-low)
	}
	return placed
}
