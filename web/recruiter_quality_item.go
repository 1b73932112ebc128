package web

import (
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/chart"
)

type qualityItemPage struct {
	desk
	Back                 string
	Title                questions.Text
	Number               int
	ID, Quality, Facet   string
	Kind                 questions.Kind
	Language             questions.Lang
	Stem                 string
	N                    int64
	Lacking              string
	Facts                []factView
	Flags                []string
	Options              []curveView
	PickWord, LeastWord  string
	Marks                []markView
	Times                template.HTML
	TimesN               int64
	Median, Fast         string
	ExtraN               int64
	ExtraTime, ExtraLack string
	Previous, Next       string
}

// factView is a figure with its name.
type factView struct{ Name, Value string }

// curveView is one option: how often it was picked, by whom, and how that changes from
// fifth to fifth of the people by score.
type curveView struct {
	ID, Text      string
	Effectiveness int
	N             int64
	Share, Mean   string
	Fifths        [5]string
	Picture       template.HTML
	Least         *leastView
}

type leastView struct {
	N       int64
	Share   string
	Fifths  [5]string
	Picture template.HTML
}

// markView is how many reached a mark.
type markView struct {
	Mark string
	N    int64
}

// qualityItem shows how one item has worked.
func (h recruiter) qualityItem(c *gin.Context) error {
	position, err := numbered(c, math.MaxInt32)
	if err != nil {
		position = -1 // the center first asks for the right, then says there is none
	}
	found, err := h.center.ItemPage(c.Request.Context(), actor(c), pathID(c, assess.AssessmentID), questions.Lang(c.Query("language")), position)
	if err != nil {
		return err
	}
	say := h.sayer(c)
	item := found.Item
	base := "/assessments/" + assess.FormatID(assess.AssessmentID, found.Assessment.ID)
	p := qualityItemPage{
		desk: deskAt(c, "assessments"), Back: base + "/quality?language=" + string(found.Language) + "#items", Title: found.Assessment.Title,
		Number: position + 1, ID: item.ID, Quality: qualityName(say, found.Form, item.Quality), Facet: facetName(say, found.Form, item.Facet),
		Kind: item.Kind, Language: found.Language, Stem: item.Stem.In(found.Language), N: found.Own.Scored,
		Flags: flags(say, item, found.Own), PickWord: say.say("quality.pick." + string(item.Kind)), LeastWord: say.say("quality.least"),
	}
	if position > 0 {
		p.Previous = itemURL(base, position-1, found.Language)
	}
	if position+1 < len(found.Items) {
		p.Next = itemURL(base, position+1, found.Language)
	}
	if found.Own.Missing > 0 {
		p.Lacking = say.say("quality.lacking", "n", found.Own.Missing)
	} else {
		for _, f := range []struct {
			word   string
			figure assess.Figure
		}{{"mean", found.Own.Mean}, {"sd", found.Own.SD}, {"rest", found.Own.ItemRest}, {"deleted", found.Own.AlphaIfDeleted}, {"discrimination", found.Own.Discrimination}} {
			p.Facts = append(p.Facts, factView{say.say("quality.items." + f.word), say.either(f.figure, 2)})
		}
	}
	for n, o := range found.Options {
		p.Options = append(p.Options, curveOf(say, o, n, found.Language, p.PickWord, p.LeastWord))
	}
	for mark, n := range found.Marks {
		p.Marks = append(p.Marks, markView{fmt.Sprintf("%d/%d", mark, len(found.Marks)-1), n})
	}
	h.itemTimes(say, &p, found)
	return h.render(c, http.StatusOK, "recruiter/quality_item", p)
}

func curveOf(say sayer, o assess.OptionAnalysis, n int, l questions.Lang, pick, least string) curveView {
	v := curveView{ID: o.Option.ID, Text: o.Option.Text.In(l), Effectiveness: o.Option.Effectiveness, N: o.Picked.N,
		Share: share(o.Picked.Share, 0), Mean: decimals(o.Picked.MeanScore, 2)}
	v.Fifths, v.Picture = curvePicture(say, o.Picked, fmt.Sprintf("pick-%d", n), pick, o.Option.ID, false)
	if o.Least != nil {
		v.Least = &leastView{N: o.Least.N, Share: share(o.Least.Share, 0)}
		v.Least.Fifths, v.Least.Picture = curvePicture(say, *o.Least, fmt.Sprintf("least-%d", n), least, o.Option.ID, true)
	}
	return v
}

func curvePicture(say sayer, p assess.PickAnalysis, id, word, option string, least bool) (texts [5]string, picture template.HTML) {
	c := chart.Curve{Caption: chart.Caption{ID: id, Title: say.say("quality.curve.title", "option", option, "pick", word)}, Least: least}
	for i, f := range p.Fifths {
		c.Points[i], texts[i] = f.Value, share(f, 0)
	}
	c.Desc = say.say("quality.curve.desc", "shares", strings.Join(texts[:], ", "))
	return texts, c.SVG()
}

// share writes a part of a whole in per cent, with so many places.
func share(f assess.Figure, places int) string {
	if !f.Known() {
		return "–"
	}
	return signed(100*f.Value, places) + " %"
}

// The histogram of times joins measure's bins by fours, half a doubling each, and shows
// those from one second to a quarter of an hour.
const (
	timeJoined = 4
	timeFrom   = 16 // one second
	timeUntil  = 16 + 80
)

func (h recruiter) itemTimes(say sayer, p *qualityItemPage, found assess.ItemPage) {
	counts := make([]int64, (timeUntil-timeFrom)/timeJoined)
	for bin, n := range found.Times {
		p.TimesN += n
		counts[(min(max(bin, timeFrom), timeUntil-1)-timeFrom)/timeJoined] += n
	}
	p.ExtraN = found.ExtraN
	if found.ExtraTime.Known() {
		p.ExtraTime = seconds(say, found.ExtraTime)
	} else {
		p.ExtraLack = say.say("quality.lacking", "n", max(0, assess.ItemFloor-found.ExtraN))
	}
	if !found.Own.MedianTime.Known() {
		return
	}
	p.Median, p.Fast = seconds(say, found.Own.MedianTime), seconds(say, found.TooFast)
	at := func(s float64) float64 { return math.Log2(s) * 8 / timeJoined }
	picture := chart.Bars{Caption: chart.Caption{ID: "times", Title: say.say("quality.times.title", "n", p.TimesN), Desc: say.say("quality.times.desc", "median", p.Median, "fast", p.Fast)},
		Counts: counts, Lines: []chart.Tick{{At: at(found.Own.MedianTime.Value), Text: say.say("quality.times.median", "s", p.Median)}}}
	for _, s := range []float64{1, 5, 15, 60, 240, 900} {
		picture.Ticks = append(picture.Ticks, chart.Tick{At: at(s), Text: say.say("report.time.s", "s", signed(s, 0))})
	}
	p.Times = picture.SVG()
}
