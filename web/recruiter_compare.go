package web

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/chart"
)

type comparePage struct {
	desk
	People    []comparedView
	Qualities []comparedQuality
	Norms     []string
	Unbanded  bool
	Mixed     bool // Not everybody sat the same form in the same language under the same key.
}

// comparedView is one of the people, named by a letter in the tables.
type comparedView struct {
	Letter, ID, Name, Language, Form, Ended string
	Norm                                    string
}

// comparedQuality is one quality: a dot for each person, and what may be said of each
// two.
type comparedQuality struct {
	Name    string
	Picture template.HTML
	Rows    []comparedRow
	Pairs   []comparedPair
}

type comparedRow struct{ Letter, Name, Closeness, Band string }

type comparedPair struct {
	Pair, Words string
	Verdict     assess.Separation
}

// compare puts the people named in the URL side by side.
func (h recruiter) compare(c *gin.Context) error {
	if !actor(c).Can(assess.SeeResults) {
		return assess.ErrForbidden
	}
	var ids []uuid.UUID
	for _, text := range c.QueryArray("i") {
		id, err := assess.ParseID(assess.InvitationID, text)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	found, err := h.center.Compare(c.Request.Context(), actor(c), ids)
	if err != nil {
		return err
	}
	say := h.sayer(c)
	p := comparePage{desk: deskAt(c, "candidates")}
	norms := map[string]bool{}
	for n, person := range found.People {
		d := person.Result.Document
		v := comparedView{Letter: letter(n), ID: assess.FormatID(assess.InvitationID, person.Invitation.ID), Name: person.Invitation.Candidate.Name,
			Language: say.say("language." + string(d.Sitting.Language)), Form: brief(d.Form.Hash), Ended: say.day(d.Sitting.EndedAt.Time)}
		if person.Norm != nil {
			v.Norm = say.normName(person.Norm)
			if !norms[v.Norm] {
				norms[v.Norm] = true
				p.Norms = append(p.Norms, v.Norm)
			}
		} else {
			p.Unbanded = true
		}
		p.People = append(p.People, v)
	}
	for q, quality := range questions.Qualities {
		view := comparedQuality{Name: qualityName(say, found.Form, quality)}
		view.Rows, view.Picture = comparedRows(say, found, q, view.Name)
		for _, pair := range found.Pairs {
			verdict := pair.Verdicts[q]
			p.Mixed = p.Mixed || verdict == assess.NotComparable
			view.Pairs = append(view.Pairs, comparedPair{Pair: letter(pair.A) + " – " + letter(pair.B), Verdict: verdict, Words: say.say("compare." + string(verdict))})
		}
		p.Qualities = append(p.Qualities, view)
	}
	return h.render(c, http.StatusOK, "recruiter/compare", p)
}

func letter(n int) string { return string(rune('A' + n)) }

func comparedRows(say sayer, found assess.Comparison, q int, quality string) (rows []comparedRow, picture template.HTML) {
	r := chart.Ranges{Caption: chart.Caption{ID: "compare-" + string(questions.Qualities[q]), Title: say.say("compare.title.quality", "quality", quality)}, From: 0, To: 100,
		Ticks: []chart.Tick{{At: 0, Text: "0"}, {At: 25, Text: "25"}, {At: 50, Text: "50"}, {At: 75, Text: "75"}, {At: 100, Text: "100"}}}
	var words []string
	for n, person := range found.People {
		score := person.Result.Document.Qualities[q]
		row := comparedRow{Letter: letter(n), Name: person.Invitation.Candidate.Name, Closeness: figure(score.Closeness), Band: "–"}
		line := chart.Range{Name: row.Letter + " · " + shortened(row.Name, 20)} // what fits beside a figure on a phone
		if !score.Shown {
			line.Instead = say.say("report.profile.instead", "answered", score.Answered, "of", score.Of)
		} else {
			line.Value, line.Text = float64(*score.Closeness), row.Closeness
		}
		if s, ok := person.Standings.Of(score.Quality); ok && s.Banded {
			line.Banded, line.Low, line.High = true, float64(s.Low), float64(s.High)
			row.Band = say.say("standing.band", "low", s.Low, "high", s.High)
			line.Text += " (" + row.Band + ")"
		}
		words = append(words, row.Letter+" "+row.Name+": "+line.Text+line.Instead)
		rows, r.Rows = append(rows, row), append(r.Rows, line)
	}
	r.Desc = strings.Join(words, say.say("report.separator"))
	return rows, r.SVG()
}

// normName names a norm as every page does: its version, size and date.
func (s sayer) normName(n *assess.Norm) string {
	return s.say("norm.name", "version", n.Document.Version, "n", n.Document.N, "day", s.day(n.Document.CreatedAt.Time),
		"language", s.say("language."+string(n.Document.Language)))
}

// shortened cuts a name to so many columns, of which a Chinese character takes two.
func shortened(name string, columns int) string {
	for at, r := range name {
		if columns--; r >= 0x1100 {
			columns--
		}
		if columns < 0 {
			return name[:at] + "…"
		}
	}
	return name
}
