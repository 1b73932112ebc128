package web

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/chart"
)

type qualityPage struct {
	desk
	assessmentView
	Language  questions.Lang
	Languages []chip
	Results   int64
	Complete  int64
	Picture   template.HTML
	Rows      []reliabilityView
	Distinct  []distinctView
	Spread    []spreadView
	Ranges    []string
	Columns   []column
	Items     []itemRow
	Rules     []string
}

// reliabilityView is one quality's line. What is not known is a reason in words.
type reliabilityView struct {
	Name                               string
	Complete                           int64
	Lacking                            string // Says how many are missing; empty when enough are there.
	Alpha, Interval, Used, Omega, Half string
	SEM, Apart                         string
	AsZero                             bool
}

// distinctView says whether a quality's own score tells more than the whole.
type distinctView struct {
	Name, Own, Total, Verdict string
}

// itemRow is one item of the sortable table.
type itemRow struct {
	Number                                  int
	URL, ID, Quality, Kind                  string
	N                                       int64
	Lacking                                 string
	Mean, SD, Rest, Deleted, Discrimination string
	Time                                    string
	Flags                                   []string

	own assess.ItemAnalysis
}

// decimals writes a figure with so many places, or a dash where there is none; Why says
// the reason.
func decimals(f assess.Figure, places int) string {
	if !f.Known() {
		return "–"
	}
	return signed(f.Value, places)
}

// signed writes a number with a minus that is as wide as a figure, and never "-0".
func signed(v float64, places int) string {
	text := fmt.Sprintf("%.*f", places, v)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-")
	}
	return strings.Replace(text, "-", "−", 1)
}

// why words the reason a figure does not exist.
func (s sayer) why(f assess.Figure) string {
	if f.Known() {
		return ""
	}
	return s.say("reason." + string(f.Reason))
}

// either writes a figure, or in its place the reason.
func (s sayer) either(f assess.Figure, places int) string {
	if !f.Known() {
		return s.why(f)
	}
	return decimals(f, places)
}

// quality shows how an assessment's form has worked.
func (h recruiter) quality(c *gin.Context) error {
	query := c.Request.URL.Query()
	a, err := h.center.Analysis(c.Request.Context(), actor(c), pathID(c, assess.AssessmentID), questions.Lang(query.Get("language")))
	if err != nil {
		return err
	}
	say := h.sayer(c)
	p := qualityPage{desk: deskAt(c, "assessments"), assessmentView: viewOf(a.Assessment), Language: a.Language,
		Results: a.Results[a.Language], Complete: a.Complete}
	base := "/assessments/" + p.ID
	p.Languages = languageChips(say, base+"/quality", query, a.Language, a.Results)
	p.Picture = reliabilityPicture(say, a)
	for _, q := range a.Qualities {
		p.Rows = append(p.Rows, reliabilityRow(say, a.Form, q))
		p.Distinct = append(p.Distinct, distinctRow(say, a.Form, q))
	}
	p.Spread, p.Ranges = spreadViews(say, spreadOf(a))
	p.Items = itemRows(say, a, base)
	p.Columns, err = sortItems(say, p.Items, base+"/quality", query)
	if err != nil {
		return err
	}
	p.Rules = flagRules(say)
	return h.render(c, http.StatusOK, "recruiter/quality", p)
}

// languageChips offers the languages with the number of results in each: an item in
// another language is another item.
func languageChips(say sayer, path string, query url.Values, now questions.Lang, results map[questions.Lang]int64) []chip {
	var all []chip
	for _, l := range languages {
		q := url.Values{"language": {string(l)}}
		if sort := query.Get("sort"); sort != "" {
			q.Set("sort", sort)
		}
		all = append(all, chip{Text: say.say("quality.language", "language", say.say("language."+string(l)), "n", results[l]), URL: path + "?" + q.Encode(), On: l == now})
	}
	return all
}

func reliabilityPicture(say sayer, a assess.Analysis) template.HTML {
	r := chart.Ranges{Caption: chart.Caption{ID: "reliability-picture", Title: say.say("quality.reliability.title")}, From: 0, To: 1,
		Ticks: []chart.Tick{{At: 0, Text: "0"}, {At: .25, Text: "0.25"}, {At: .5, Text: "0.50"}, {At: .75, Text: "0.75"}, {At: 1, Text: "1"}}}
	var words []string
	for _, q := range a.Qualities {
		row := chart.Range{Name: qualityName(say, a.Form, q.Quality)}
		switch {
		case q.Missing > 0:
			row.Instead = say.say("quality.lacking", "n", q.Missing)
			words = append(words, row.Name+" "+row.Instead)
		case !q.Alpha.Known():
			row.Instead = say.why(q.Alpha)
			words = append(words, row.Name+" "+row.Instead)
		default:
			row.Value, row.Text = q.Alpha.Value, decimals(q.Alpha, 2)
			if q.AlphaLow.Known() && q.AlphaUp.Known() {
				row.Banded, row.Low, row.High = true, q.AlphaLow.Value, q.AlphaUp.Value
			}
			words = append(words, say.say("quality.reliability.row", "quality", row.Name, "alpha", row.Text, "low", decimals(q.AlphaLow, 2), "high", decimals(q.AlphaUp, 2)))
		}
		r.Rows = append(r.Rows, row)
	}
	r.Desc = strings.Join(words, say.say("report.separator"))
	return r.SVG()
}

func reliabilityRow(say sayer, form *questions.Form, q assess.QualityAnalysis) reliabilityView {
	v := reliabilityView{Name: qualityName(say, form, q.Quality), Complete: q.Complete}
	if q.Missing > 0 {
		v.Lacking = say.say("quality.lacking", "n", q.Missing)
		return v
	}
	v.Alpha, v.Omega, v.Half = say.either(q.Alpha, 2), say.either(q.Omega, 2), say.either(q.SplitHalf, 2)
	if q.AlphaLow.Known() {
		v.Interval = say.say("quality.interval", "low", decimals(q.AlphaLow, 2), "high", decimals(q.AlphaUp, 2))
	}
	if q.Value.Known() && q.SEM.Known() {
		v.Used = say.say("quality.used", "coefficient", say.say("coefficient."+string(q.Coefficient)), "value", decimals(q.Value, 2))
		v.SEM, v.Apart = decimals(q.SEM, 1), signed(math.Ceil(1.96*math.Sqrt2*q.SEM.Value), 0)
	}
	v.AsZero = q.AsZero
	return v
}

func distinctRow(say sayer, form *questions.Form, q assess.QualityAnalysis) distinctView {
	v := distinctView{Name: qualityName(say, form, q.Quality), Own: say.either(q.Own, 2), Total: say.either(q.Total, 2)}
	switch {
	case q.DistinctMissing > 0:
		v.Own, v.Total, v.Verdict = "–", "–", say.say("quality.lacking", "n", q.DistinctMissing)
	case !q.Own.Known() || !q.Total.Known():
		v.Verdict = say.say("quality.distinct.unknown")
	case q.Distinct:
		v.Verdict = say.say("quality.distinct.yes")
	default:
		v.Verdict = say.say("quality.distinct.no")
	}
	return v
}

// spreadOf turns the counts of closeness into the histograms the overview draws.
func spreadOf(a assess.Analysis) []assess.QualitySpread {
	list := make([]assess.QualitySpread, len(a.Qualities))
	for i, q := range a.Qualities {
		list[i].Quality = q.Quality
		for bin, n := range q.Spread {
			list[i].Bins[bin] = int(n)
			list[i].N += int(n)
		}
	}
	return list
}

func itemRows(say sayer, a assess.Analysis, base string) []itemRow {
	var list []itemRow
	for _, i := range a.Items {
		item := a.Form.Items[i.Position]
		row := itemRow{Number: i.Position + 1, URL: itemURL(base, i.Position, a.Language), ID: item.ID,
			Quality: qualityName(say, a.Form, item.Quality), Kind: say.say("kind." + string(item.Kind)), N: i.Scored, own: i,
			Time: seconds(say, i.MedianTime)}
		if i.Missing > 0 {
			row.Lacking = say.say("quality.lacking", "n", i.Missing)
		}
		row.Mean, row.SD, row.Rest = decimals(i.Mean, 2), decimals(i.SD, 2), decimals(i.ItemRest, 2)
		row.Deleted, row.Discrimination = decimals(i.AlphaIfDeleted, 2), decimals(i.Discrimination, 2)
		row.Flags = flags(say, item, i)
		list = append(list, row)
	}
	return list
}

func itemURL(base string, position int, l questions.Lang) string {
	return fmt.Sprintf("%s/quality/items/%d?language=%s", base, position+1, l)
}

func seconds(say sayer, f assess.Figure) string {
	if !f.Known() {
		return "–"
	}
	return say.say("report.time.s", "s", signed(f.Value, 0))
}

// flags are the remarks on an item in words, each with the threshold it crossed.
func flags(say sayer, item questions.Item, i assess.ItemAnalysis) []string {
	var words []string
	for _, f := range i.Flags {
		option := ""
		if f.Option >= 0 && f.Option < len(item.Options) {
			option = item.Options[f.Option].ID
		}
		words = append(words, say.say("flag."+string(f.Word), "option", option, "threshold", signed(f.Threshold, 2)))
	}
	return words
}

// flagWords are the remarks there are, in the order the page explains them.
var flagWords = []string{"too_easy", "too_hard", "negative_rest", "low_rest", "alpha_rises", "unused_option", "key_beaten", "key_scores_lower"}

func flagRules(say sayer) []string {
	var rules []string
	for _, word := range flagWords {
		rules = append(rules, say.say("flag.rule."+word))
	}
	return rules
}

// itemColumns are the heads of the item table with what they sort by.
var itemColumns = []struct {
	word, class string
	by          func(itemRow) float64
}{
	{"number", "number", func(r itemRow) float64 { return float64(r.Number) }},
	{"quality", "", nil},
	{"n", "number wide", func(r itemRow) float64 { return float64(r.N) }},
	{"mean", "number", func(r itemRow) float64 { return sortable(r.own.Mean) }},
	{"sd", "number wide", func(r itemRow) float64 { return sortable(r.own.SD) }},
	{"rest", "number", func(r itemRow) float64 { return sortable(r.own.ItemRest) }},
	{"deleted", "number wide", func(r itemRow) float64 { return sortable(r.own.AlphaIfDeleted) }},
	{"discrimination", "number wide", func(r itemRow) float64 { return sortable(r.own.Discrimination) }},
	{"time", "number wide", func(r itemRow) float64 { return sortable(r.own.MedianTime) }},
	{"flags", "", func(r itemRow) float64 { return -float64(len(r.own.Flags)) }},
}

// sortable puts what is not known behind everything else.
func sortable(f assess.Figure) float64 {
	if !f.Known() {
		return math.Inf(1)
	}
	return f.Value
}

// sortItems orders the table as the URL says and returns its heads; an order there is
// not is a fault of the request.
func sortItems(say sayer, rows []itemRow, path string, query url.Values) ([]column, error) {
	name, descending := strings.CutPrefix(query.Get("sort"), "-")
	if name == "" {
		name = "number"
	}
	var columns []column
	found := false
	for _, head := range itemColumns {
		one := column{Text: say.say("quality.items." + head.word), Class: head.class}
		if head.by != nil {
			next := head.word
			if head.word == name {
				found, one.Order = true, "ascending"
				if descending {
					one.Order = "descending"
				} else {
					next = "-" + head.word
				}
				slices.SortStableFunc(rows, func(a, b itemRow) int {
					x, y := head.by(a), head.by(b)
					if descending && !math.IsInf(x, 1) && !math.IsInf(y, 1) {
						x, y = y, x
					}
					return cmp.Compare(x, y)
				})
			}
			q := url.Values{"sort": {next}}
			if l := query.Get("language"); l != "" {
				q.Set("language", l)
			}
			one.URL = path + "?" + q.Encode() + "#items"
		}
		columns = append(columns, one)
	}
	if !found {
		return nil, assess.FieldErrors{{Field: "sort", Word: assess.WordUnknown}}
	}
	return columns, nil
}
