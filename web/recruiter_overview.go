package web

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/chart"
)

type overviewPage struct {
	desk
	Total, Waiting int
	Stages         []stageCount // Those somebody is in; none before the first invitation.
	StagesChart    template.HTML
	Spread         []spreadView // Nil for those who may not see results, or before the first.
	Ranges         []string
	Recent         []invitationRow
}

type stageCount struct {
	Stage assess.Stage
	Count int
}

type spreadView struct {
	Name  string
	N     int
	Bins  [assess.ClosenessBins]int
	Chart template.HTML
}

// waiting are the stages in which it is the candidate's turn.
var waiting = []assess.Stage{assess.StageInvited, assess.StageOpened, assess.StageConsented}

// overview shows where everyone stands and how scores are spread.
func (h recruiter) overview(c *gin.Context) error {
	o, err := h.center.Overview(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	say := h.sayer(c)
	p := overviewPage{desk: deskAt(c, "overview"), Total: o.Total, Recent: rows(o.Recent, actor(c))}
	for _, s := range assess.Stages {
		if n := o.Stages[s]; n > 0 {
			p.Stages = append(p.Stages, stageCount{s, n})
		}
		if slices.Contains(waiting, s) {
			p.Waiting += o.Stages[s]
		}
	}
	p.StagesChart = stagesChart(say, p.Stages)
	p.Spread, p.Ranges = spreadViews(say, o.Spread)
	return h.render(c, http.StatusOK, "recruiter/overview", p)
}

func stagesChart(say sayer, stages []stageCount) template.HTML {
	var parts []chart.Part
	var words []string
	for _, s := range stages {
		parts = append(parts, chart.Part{Class: "part-" + string(s.Stage), Count: s.Count})
		words = append(words, say.say("overview.stages.desc", "stage", say.say("stage."+string(s.Stage)), "count", s.Count))
	}
	return chart.Stages{
		Caption: chart.Caption{ID: "stages-chart", Title: say.say("overview.stages"), Desc: strings.Join(words, say.say("report.separator"))},
		Parts:   parts,
	}.SVG()
}

// spreadViews draws the four histograms to one scale; none while nobody has a score.
func spreadViews(say sayer, spread []assess.QualitySpread) (views []spreadView, ranges []string) {
	most := 0
	for _, s := range spread {
		most = max(most, slices.Max(s.Bins[:]))
	}
	if most == 0 {
		return nil, nil
	}
	for i := range assess.ClosenessBins {
		ranges = append(ranges, binRange(i))
	}
	for _, s := range spread {
		views = append(views, spreadView{Name: say.say("quality." + string(s.Quality)), N: s.N, Bins: s.Bins, Chart: spreadChart(say, s, most)})
	}
	return views, ranges
}

func spreadChart(say sayer, s assess.QualitySpread, most int) template.HTML {
	var words []string
	for i, n := range s.Bins {
		if n > 0 {
			words = append(words, say.say("overview.spread.desc", "range", binRange(i), "count", n))
		}
	}
	return chart.Histogram{
		Caption: chart.Caption{
			ID:    "spread-" + string(s.Quality),
			Title: say.say("overview.spread.title", "quality", say.say("quality."+string(s.Quality)), "n", s.N),
			Desc:  strings.Join(words, say.say("report.separator")),
		},
		Bins: s.Bins,
		Most: most,
	}.SVG()
}

// binRange names a bin of closeness: "0–9", the last "90–100".
func binRange(i int) string {
	if i == assess.ClosenessBins-1 {
		return "90–100"
	}
	return fmt.Sprintf("%d–%d", i*10, i*10+9)
}

// invitationRow is one line of a list of invitations.
type invitationRow struct {
	ID, Name, Email  string
	Stage            assess.Stage
	Assessment       questions.Text
	Answered, Items  int
	Invited, Changed string // Days; numbers stand better in a column than words.
	Report           bool   // There is one, and the member may read it.
}

func rows(list []assess.Invitation, by assess.Actor) []invitationRow {
	var all []invitationRow
	for _, i := range list {
		all = append(all, rowOf(i, by))
	}
	return all
}

func rowOf(i assess.Invitation, by assess.Actor) invitationRow {
	return invitationRow{
		ID: assess.FormatID(assess.InvitationID, i.ID), Name: i.Candidate.Name, Email: i.Candidate.Email, Stage: i.Stage,
		Assessment: i.AssessmentTitle, Answered: i.Answered, Items: i.Items, Invited: i.CreatedAt.Local().Format(time.DateOnly), Changed: i.ChangedAt.Local().Format(time.DateOnly),
		Report: i.ResultID != uuid.Nil && by.Can(assess.SeeResults),
	}
}
