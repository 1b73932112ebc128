package web

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type reportPage struct {
	desk
	ID, Name, Opening       string
	Language                questions.Lang // The sitting's, not the page's.
	Answered, Of            int
	KeyVersion              string
	KeyStatus               questions.Status
	Blueprint               string
	FormHash, FormHashShort string
	Notice                  string

	Bars, Radar template.HTML
	Qualities   []qualityView
	Redlines    []redlineView
	Core        []interviewQuestion
	Probes      []interviewQuestion
	FollowUps   []questions.Text
	Style       []string
	Trace       []answerView
	Time        string

	Result, ResultHash, Engine, Rules, Contact string

	Norm, NormID string
	Coefficients []string // How sure each band is, and by which coefficient.
	Signals      []string

	Version  int
	Newer    bool // Than the version shown there is another.
	Rescored assess.Time
	Versions []versionView // Newest first; empty where there is but one.
	Diff     []string      // What this version changed from the one before.
	DiffFrom int
}

// versionView is one version of the result in the list of them.
type versionView struct {
	Version   int
	At        assess.Time
	Key       string
	Qualities []string // Closeness, in the fixed order.
	Here      bool
}

// report shows what may be concluded from a sitting: who, when and how sure; the
// four qualities; what to talk about; then the details.
func (h recruiter) report(c *gin.Context) error {
	ctx, by := c.Request.Context(), actor(c)
	version, err := versionOf(c)
	if err != nil {
		return err
	}
	found, err := h.center.ReportVersion(ctx, by, pathID(c, assess.InvitationID), version)
	if err != nil {
		return err
	}
	offered, err := h.center.Assessment(ctx, by, found.Invitation.AssessmentID)
	if err != nil {
		return err
	}
	w := writer{sayer: h.sayer(c), report: found, form: found.Form, doc: found.Result.Document}
	p := w.page()
	w.versions(&p)
	p.desk, p.ID, p.Contact = deskAt(c, "candidates"), c.Param("id"), offered.Contact
	return h.render(c, http.StatusOK, "recruiter/report", p)
}

// writer words one report in one language. It computes nothing: every figure is
// the frozen result's.
type writer struct {
	sayer
	report assess.Report
	form   *questions.Form
	doc    assess.ResultDocument
}

func (w writer) page() reportPage {
	d := w.doc
	return reportPage{
		Name: w.report.Invitation.Candidate.Name, Opening: w.opening(), Language: d.Sitting.Language,
		Answered: d.Answered, Of: d.Of, KeyVersion: d.Versions.Key, KeyStatus: d.KeyStatus,
		Blueprint: d.Form.Blueprint, FormHash: d.Form.Hash, FormHashShort: brief(d.Form.Hash), Notice: w.text(d.Notice),
		Bars: w.bars(), Radar: w.radar(), Qualities: w.qualities(), Redlines: w.redlines(),
		Core: w.core(), Probes: w.probes(), FollowUps: w.form.FollowUps, Style: w.style(),
		Trace: w.trace(), Time: w.duration(w.whole()), Norm: w.norm(), NormID: w.normID(), Coefficients: w.coefficients(), Signals: w.signals(),
		Result: d.ID, ResultHash: w.report.Result.Hash, Engine: d.Versions.Engine, Rules: strings.Join(d.Versions.Rules, ", "),
	}
}

// opening is the first sentence: who, when, in what language, how much.
func (w writer) opening() string {
	d := w.doc
	return w.say("report.opening."+string(d.Sitting.Ended),
		"name", w.report.Invitation.Candidate.Name, "day", w.day(d.Sitting.EndedAt.Time),
		"language", w.say("language."+string(d.Sitting.Language)), "assessment", w.text(w.report.Invitation.AssessmentTitle),
		"answered", d.Answered, "of", d.Of)
}

// brief is enough of a hash to tell two forms apart by eye.
func brief(hash string) string {
	_, digits, _ := strings.Cut(hash, ":")
	return digits[:min(12, len(digits))]
}

// whole is the time spent on all questions together.
func (w writer) whole() int64 {
	sum := int64(0)
	for _, ms := range w.doc.SpentMS {
		sum += ms
	}
	return sum
}

// duration words a time in whole seconds; none for a question never seen.
func (w writer) duration(ms int64) string {
	s := int(time.Duration(ms) * time.Millisecond / time.Second)
	switch {
	case ms == 0:
		return ""
	case s < 60:
		return w.say("report.time.s", "s", s)
	}
	return w.say("report.time.m", "m", s/60, "s", s%60)
}

// qualityName and facetName read names from the form itself: a report keeps the
// words it was published with.
func qualityName(say sayer, form *questions.Form, q questions.Quality) string {
	g, _ := form.Quality(q)
	return say.text(g.Name)
}

func facetName(say sayer, form *questions.Form, f questions.Facet) string {
	g, _ := form.Guide(f)
	return say.text(g.Name)
}

func (w writer) quality(q questions.Quality) string { return qualityName(w.sayer, w.form, q) }

func (w writer) facet(f questions.Facet) string { return facetName(w.sayer, w.form, f) }
