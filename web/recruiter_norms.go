package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type normsPage struct {
	desk
	assessmentView
	Form    form
	Preview string // How many fit, and how many are missing.
	Enough  bool
	Problem string
	Notice  string
	Rows    []normView
}

// normView is one version of a norm.
type normView struct {
	assess.NormDocument
	InUse     bool
	Hash      string
	HashShort string
	Lines     []normLine
}

// normLine is one quality of a norm.
type normLine struct{ Name, Mean, SD, Coefficient, Reliability, SEM string }

// norms lists an assessment's norms and offers to make another. A choice of sittings
// in the URL is counted before anything is made.
func (h recruiter) norms(c *gin.Context) error {
	id := pathID(c, assess.AssessmentID)
	p := normsPage{}
	if c.Query("done") == "made" {
		p.Notice = h.sayer(c).say("norms.made")
	}
	if c.Query("language") == "" || !actor(c).Can(assess.MakeNorms) {
		return h.showNorms(c, http.StatusOK, p, nil)
	}
	filter, err := normFilter(c.Request.URL.Query())
	filter.Assessment = id
	var found assess.NormShortfall
	if err == nil {
		found, err = h.center.NormPreview(c.Request.Context(), actor(c), filter)
	}
	if texts := h.fieldTexts(c, err); texts != nil {
		return h.showNorms(c, http.StatusBadRequest, p, texts)
	}
	if err != nil {
		return err
	}
	p.Enough = found.Missing == 0
	p.Preview = h.sayer(c).say("norms.fit", "n", found.N)
	if !p.Enough {
		p.Preview = h.sayer(c).say("norms.short", "n", found.N, "missing", found.Missing, "floor", assess.NormFloor)
	}
	return h.showNorms(c, http.StatusOK, p, nil)
}

// makeNorm freezes the chosen sittings as the next version.
func (h recruiter) makeNorm(c *gin.Context) error {
	if err := c.Request.ParseForm(); err != nil {
		return err
	}
	filter, err := normFilter(c.Request.PostForm)
	filter.Assessment = pathID(c, assess.AssessmentID)
	if err == nil {
		_, err = h.center.MakeNorm(c.Request.Context(), actor(c), filter)
	}
	if texts := h.fieldTexts(c, err); texts != nil {
		return h.showNorms(c, http.StatusBadRequest, normsPage{}, texts)
	}
	var short *assess.NormShortfall
	if errors.As(err, &short) {
		return h.showNorms(c, http.StatusUnprocessableEntity, normsPage{
			Problem: h.sayer(c).say("norms.short", "n", short.N, "missing", short.Missing, "floor", assess.NormFloor)}, nil)
	}
	if err != nil {
		return err
	}
	return redirect(c, "/assessments/"+c.Param("id")+"/norms?done=made")
}

// normFilter reads language and days; the last day counts whole.
func normFilter(typed url.Values) (assess.NormFilter, error) {
	f := assess.NormFilter{Language: questions.Lang(typed.Get("language"))}
	var faults assess.FieldErrors
	for _, bound := range []struct {
		name string
		days int
		to   *assess.Time
	}{{"from", 0, &f.From}, {"until", 1, &f.Until}} {
		text := typed.Get(bound.name)
		if text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, text, time.Local)
		if err != nil {
			faults = append(faults, assess.FieldError{Field: bound.name, Word: assess.WordUnknown})
			continue
		}
		*bound.to = assess.At(day.AddDate(0, 0, bound.days))
	}
	if len(faults) > 0 {
		return f, faults
	}
	return f, nil
}

func (h recruiter) showNorms(c *gin.Context, status int, p normsPage, faults map[string]string) error {
	ctx, by := c.Request.Context(), actor(c)
	list, err := h.center.Norms(ctx, by, pathID(c, assess.AssessmentID))
	if err != nil {
		return err
	}
	a, err := h.center.Assessment(ctx, by, pathID(c, assess.AssessmentID))
	if err != nil {
		return err
	}
	say := h.sayer(c)
	p.desk, p.assessmentView = deskAt(c, "assessments"), viewOf(a)
	var choices []choice
	for _, l := range languages {
		choices = append(choices, choice{Value: string(l), Text: say.say("language." + string(l))})
	}
	p.Form = form{Fields: []field{
		{Name: "language", Label: "norms.field.language", Required: true, Value: string(questions.Chinese), Choices: choices},
		{Name: "from", Label: "norms.field.from", Type: "date"},
		{Name: "until", Label: "norms.field.until", Type: "date"},
	}}
	typed := c.Request.URL.Query()
	if c.Request.Method == http.MethodPost {
		typed = c.Request.PostForm
	}
	p.Form = p.Form.filled(typed).faulty(faults)
	seen := map[questions.Lang]bool{}
	for _, n := range list {
		v := normView{NormDocument: n.Document, InUse: !seen[n.Document.Language], Hash: n.Hash, HashShort: brief(n.Hash)}
		seen[n.Document.Language] = true
		for _, q := range n.Document.Qualities {
			v.Lines = append(v.Lines, normLine{
				Name: say.say("quality." + string(q.Quality)), Mean: maybe(q.Mean, 1), SD: maybe(q.SD, 1),
				Coefficient: say.say("coefficient." + string(q.Coefficient)), Reliability: maybe(q.Reliability, 2), SEM: maybe(q.SEM, 1),
			})
		}
		p.Rows = append(p.Rows, v)
	}
	return h.render(c, status, "recruiter/norms", p)
}

// maybe writes a number that may not be known.
func maybe(v *float64, places int) string {
	if v == nil {
		return "–"
	}
	return signed(*v, places)
}
