package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

type candidatesPage struct {
	desk
	None           bool // Nobody has been invited yet, whatever the filter.
	Notice         string
	Comparable     bool // Two of the list at least have a report to read.
	Search         string
	Chosen         []assess.Stage
	Sort           string
	Assessment     string
	Assessments    []choice
	Chips          []chip
	Columns        []column
	Rows           []invitationRow
	Next, Previous string
}

// chip is a filter that lives in the URL.
type chip struct {
	Text, URL string
	On        bool
}

// column is a head of the list; one that sorts is a link.
type column struct {
	Text, URL, Order, Class string
}

// groups are the stages a chip shows together.
var groups = []struct {
	word   string
	stages []assess.Stage
}{
	{"all", nil},
	{"waiting", waiting},
	{"sitting", []assess.Stage{assess.StageStarted}},
	{"finished", []assess.Stage{assess.StageSubmitted, assess.StageExpired}},
	{"closed", []assess.Stage{assess.StageWithdrawn, assess.StageCancelled, assess.StageLapsed}},
}

// latestFirst is the order of a list nobody has sorted.
const latestFirst = "-changed"

// candidates lists invitations. Everything that narrows the list is in the URL,
// so that a view can be kept and passed on.
func (h recruiter) candidates(c *gin.Context) error {
	ctx, by, query := c.Request.Context(), actor(c), c.Request.URL.Query()
	p := candidatesPage{desk: deskAt(c, "candidates"), Search: strings.TrimSpace(query.Get("q")),
		Sort: query.Get("sort"), Assessment: query.Get("assessment")}
	filter, err := p.filter(query)
	if err != nil {
		return err
	}
	page, err := h.center.Invitations(ctx, by, filter)
	if err != nil {
		return err
	}
	offered, err := h.center.Assessments(ctx, by)
	if err != nil {
		return err
	}
	say := h.sayer(c)
	if len(offered) > 1 {
		for _, a := range offered {
			p.Assessments = append(p.Assessments, choice{Value: assess.FormatID(assess.AssessmentID, a.ID), Text: say.text(a.Title)})
		}
	}
	p.Rows = rows(page.Invitations, by)
	if query.Get("done") == "erased" {
		p.Notice = say.say("erase.done")
		query.Del("done")
	}
	p.None = len(p.Rows) == 0 && len(query) == 0
	reports := 0
	for _, row := range p.Rows {
		if row.Report {
			reports++
		}
	}
	p.Comparable = reports > 1
	p.Chips = chips(say, query, p.Chosen)
	p.Columns = columns(say, query)
	p.Next, p.Previous = cursorURL(query, page.Next), cursorURL(query, page.Previous)
	return h.render(c, http.StatusOK, "recruiter/candidates", p)
}

// filter reads the query; what makes no sense in it the center refuses.
func (p *candidatesPage) filter(query url.Values) (assess.InvitationFilter, error) {
	for _, s := range query["stage"] {
		p.Chosen = append(p.Chosen, assess.Stage(s))
	}
	sort, descending := strings.CutPrefix(orDefault(p.Sort), "-")
	f := assess.InvitationFilter{Search: p.Search, Stages: p.Chosen, Sort: sort, Descending: descending, Cursor: query.Get("cursor")}
	if p.Assessment == "" {
		return f, nil
	}
	var err error
	f.AssessmentID, err = assess.ParseID(assess.AssessmentID, p.Assessment)
	return f, err
}

func orDefault(sort string) string {
	if sort == "" {
		return latestFirst
	}
	return sort
}

// listURL is the list under another query; a cursor belongs to its own filter and
// order only.
func listURL(query url.Values, change func(url.Values)) string {
	q := maps.Clone(query)
	q.Del("cursor")
	change(q)
	for name, values := range q {
		if len(values) == 0 || values[0] == "" {
			q.Del(name)
		}
	}
	if len(q) == 0 {
		return "/candidates"
	}
	return "/candidates?" + q.Encode()
}

func cursorURL(query url.Values, cursor string) string {
	if cursor == "" {
		return ""
	}
	return listURL(query, func(q url.Values) { q.Set("cursor", cursor) })
}

// chips offers the groups of stages, and shows any other choice of stages as a
// chip of its own.
func chips(say sayer, query url.Values, chosen []assess.Stage) []chip {
	var all []chip
	found := false
	for _, g := range groups {
		on := slices.Equal(g.stages, chosen)
		found = found || on
		all = append(all, chip{Text: say.say("candidates.chip." + g.word), On: on, URL: stagesURL(query, g.stages)})
	}
	if found {
		return all
	}
	words := make([]string, 0, len(chosen))
	for _, s := range chosen {
		words = append(words, say.say("stage."+string(s))) // known: the center has accepted them
	}
	return append(all, chip{Text: strings.Join(words, say.say("report.separator")), On: true, URL: stagesURL(query, chosen)})
}

func stagesURL(query url.Values, stages []assess.Stage) string {
	return listURL(query, func(q url.Values) {
		q.Del("stage")
		for _, s := range stages {
			q.Add("stage", string(s))
		}
	})
}

// columns are the heads of the list. A head sorts by its column, and the other
// way round when it already does.
func columns(say sayer, query url.Values) []column {
	heads := []struct{ word, class, first string }{
		{"name", "", "name"},
		{"stage", "", ""},
		{"assessment", "wide", ""},
		{"answered", "number wide", ""},
		{"invited", "wide", "-invited"},
		{"changed", "", "-changed"},
		{"report", "", ""},
	}
	now := orDefault(query.Get("sort"))
	all := make([]column, len(heads))
	for i, head := range heads {
		all[i] = column{Text: say.say("candidates." + head.word), Class: head.class}
		if head.first == "" {
			continue
		}
		next := head.first
		if strings.TrimPrefix(now, "-") == strings.TrimPrefix(head.first, "-") {
			all[i].Order, next = "ascending", "-"+strings.TrimPrefix(now, "-")
			if strings.HasPrefix(now, "-") {
				all[i].Order, next = "descending", strings.TrimPrefix(now, "-")
			}
		}
		all[i].URL = listURL(query, func(q url.Values) { q.Set("sort", next) })
	}
	return all
}
