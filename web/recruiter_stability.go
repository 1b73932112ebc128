package web

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type stabilityPage struct {
	desk
	assessmentView
	Language  questions.Lang
	Line      int
	Sittings  int
	More      bool
	Form      form
	Qualities []questions.Quality
	Published []stabilityCell
	Others    []alternativeView
}

// alternativeView is one other way to mark the same answers.
type alternativeView struct {
	Kind    questions.Kind // Empty for another key.
	Rule    string
	Rescore rescoreView
	Cells   []stabilityCell // By quality.
	People  []moveView
}

type stabilityCell struct {
	N, OnLine, CrossUp, CrossDown int
	Mean, Tau                     string
}

func cells(list []assess.StabilityQuality) []stabilityCell {
	var views []stabilityCell
	for _, q := range list {
		v := stabilityCell{N: q.N, OnLine: q.OnLine, CrossUp: q.CrossUp, CrossDown: q.CrossDown, Mean: "–", Tau: decimals(q.Tau, 2)}
		if q.N > 0 {
			v.Mean = signed(q.Mean, 0)
		}
		views = append(views, v)
	}
	return views
}

// stability shows the same answers under each rule and key that fits.
func (h recruiter) stability(c *gin.Context) error {
	ctx, by, say := c.Request.Context(), actor(c), h.sayer(c)
	line, language := lineOf(c).Closeness, questions.Lang(c.Query("language"))
	id, status := pathID(c, assess.AssessmentID), http.StatusOK
	found, err := h.center.KeyStability(ctx, by, id, language, line)
	wrong := h.fieldTexts(c, err)
	if wrong != nil {
		line, status = usualLine.Closeness, http.StatusBadRequest
		found, err = h.center.KeyStability(ctx, by, id, "", line)
	}
	if err != nil {
		return err
	}
	p := stabilityPage{desk: deskAt(c, "assessments"), assessmentView: viewOf(found.Assessment), Language: found.Language, Line: line,
		Sittings: found.Sittings, More: found.More, Qualities: questions.Qualities, Published: cells(found.Published)}
	var languages []choice
	for _, l := range languageChoices {
		l.Text, l.Lang = say.say("stability.language", "language", say.say("language."+l.Value), "n", found.Languages[questions.Lang(l.Value)]), ""
		languages = append(languages, l)
	}
	p.Form = form{Fields: []field{
		{Name: "language", Label: "report.language", Required: true, Choices: languages, Value: string(found.Language)},
		{Name: "line", Label: "rescore.field.line", Type: "number", Required: true, Value: strconv.Itoa(line)},
	}}
	if wrong != nil {
		p.Form = p.Form.filled(c.Request.URL.Query()).faulty(wrong)
	}
	for _, a := range found.Others {
		v := alternativeView{Kind: a.Kind, Rule: a.Rule, Rescore: viewOfRescore(a.Rescore), Cells: cells(a.Qualities)}
		for _, m := range a.Crossers {
			v.People = append(v.People, moveViewOf(say, m))
		}
		p.Others = append(p.Others, v)
	}
	return h.render(c, status, "recruiter/stability", p)
}
