package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type assessmentsPage struct {
	desk
	Rows []assessmentView
}

// assessmentView is an assessment as pages show it.
type assessmentView struct {
	assess.Assessment
	ID      string
	Minutes int
}

func viewOf(a assess.Assessment) assessmentView {
	return assessmentView{Assessment: a, ID: assess.FormatID(assess.AssessmentID, a.ID), Minutes: a.LimitSeconds / 60}
}

// Frozen reports whether the assessment is published and will never change.
func (v assessmentView) Frozen() bool { return v.State == assess.Published }

// assessments lists what candidates can be invited to, and the drafts.
func (h recruiter) assessments(c *gin.Context) error {
	list, err := h.center.Assessments(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	p := assessmentsPage{desk: deskAt(c, "assessments")}
	for _, a := range list {
		p.Rows = append(p.Rows, viewOf(a))
	}
	return h.render(c, http.StatusOK, "recruiter/assessments", p)
}

type draftPage struct {
	desk
	Form form
}

// usualDays is how long a link works unless a recruiter says otherwise.
const usualDays = "14"

func (h recruiter) draftForm(c *gin.Context) form {
	say := h.sayer(c)
	return form{Fields: []field{
		{Name: "title_zh", Label: "assessments.field.title_zh", Required: true},
		{Name: "title_en", Label: "assessments.field.title_en", Required: true},
		{Name: "blueprint", Label: "assessments.field.blueprint", Required: true, Value: "S",
			Choices: []choice{{Value: "S", Text: say.say("blueprint.S")}, {Value: "L", Text: say.say("blueprint.L")}}},
		{Name: "jurisdiction", Label: "assessments.field.jurisdiction", Required: true, Value: "CN",
			Choices: []choice{{Value: "CN", Text: say.say("jurisdiction.CN")}}},
		{Name: "valid_days", Label: "assessments.field.valid_days", Type: "number", Required: true, Value: usualDays},
		{Name: "contact", Label: "assessments.field.contact", Hint: "assessments.hint.contact", Required: true},
		{Name: "pay_zh", Label: "assessments.field.pay_zh", Hint: "assessments.hint.pay_zh", Type: "textarea"},
		{Name: "pay_en", Label: "assessments.field.pay_en", Type: "textarea"},
	}}
}

// draft asks what a new assessment should be.
func (h recruiter) draft(c *gin.Context) error {
	if !actor(c).Can(assess.EditAssessments) {
		return assess.ErrForbidden
	}
	return h.render(c, http.StatusOK, "recruiter/assessment_new", draftPage{deskAt(c, "assessments"), h.draftForm(c)})
}

// keepDraft keeps it.
func (h recruiter) keepDraft(c *gin.Context) error {
	days, _ := strconv.Atoi(c.PostForm("valid_days")) // no number is 0 days, which the center refuses
	a, err := h.center.DraftAssessment(c.Request.Context(), actor(c), assess.NewAssessment{
		Title:        questions.Text{Chinese: c.PostForm("title_zh"), English: c.PostForm("title_en")},
		Blueprint:    c.PostForm("blueprint"),
		Jurisdiction: c.PostForm("jurisdiction"),
		ValidDays:    days,
		Contact:      c.PostForm("contact"),
		Pay:          questions.Text{Chinese: c.PostForm("pay_zh"), English: c.PostForm("pay_en")},
	})
	if texts := h.fieldTexts(c, err); texts != nil {
		return h.render(c, http.StatusBadRequest, "recruiter/assessment_new",
			draftPage{deskAt(c, "assessments"), h.draftForm(c).filled(c.Request.PostForm).faulty(texts)})
	}
	if err != nil {
		return err
	}
	return redirect(c, "/assessments/"+assess.FormatID(assess.AssessmentID, a.ID))
}

type assessmentPage struct {
	desk
	assessmentView
	CanPublish  bool
	Quality     bool              // A link to how the form has worked.
	Clash       []requirementView // Why the form could not be put together.
	Unproven    bool
	Certificate *certificateView
	Items       []itemView
}

// itemView is a question with its key, for those who may see keys.
type itemView struct {
	questions.Item
	Number         int
	Quality, Facet string
}

// assessment shows one assessment and, once it is published, every question with
// its key.
func (h recruiter) assessment(c *gin.Context) error {
	a, err := h.center.Assessment(c.Request.Context(), actor(c), pathID(c, assess.AssessmentID))
	if err != nil {
		return err
	}
	return h.showAssessment(c, http.StatusOK, a, nil)
}

func (h recruiter) showAssessment(c *gin.Context, status int, a assess.Assessment, conflict *questions.Conflict) error {
	by := actor(c)
	p := assessmentPage{desk: deskAt(c, "assessments"), assessmentView: viewOf(a),
		CanPublish: a.State == assess.Draft && by.Can(assess.EditAssessments),
		Quality:    a.State == assess.Published && by.Can(assess.SeeQuality)}
	if conflict != nil {
		p.Clash, p.Unproven = requirementViews(h.sayer(c), conflict.Requirements), !conflict.Proven
	}
	if a.State == assess.Published {
		certificate, err := h.center.Certificate(c.Request.Context(), by, a.ID)
		if err != nil {
			return err
		}
		p.Certificate = certificateOf(h.sayer(c), certificate)
	}
	if a.State == assess.Published && by.Can(assess.SeeKeys) {
		form, err := h.center.Form(c.Request.Context(), by, a.ID)
		if err != nil {
			return err
		}
		p.Items = itemViews(h.sayer(c), form)
	}
	return h.render(c, status, "recruiter/assessment", p)
}

func itemViews(say sayer, form *questions.Form) []itemView {
	var views []itemView
	for n, i := range form.Items {
		views = append(views, itemView{Item: i, Number: n + 1, Quality: qualityName(say, form, i.Quality), Facet: facetName(say, form, i.Facet)})
	}
	return views
}

// publish puts the form together and freezes it. Where the bank cannot fill it,
// the page names the requirements that clash.
func (h recruiter) publish(c *gin.Context) error {
	id := pathID(c, assess.AssessmentID)
	_, err := h.center.PublishAssessment(c.Request.Context(), actor(c), id)
	var conflict *questions.Conflict
	if errors.As(err, &conflict) {
		a, err := h.center.Assessment(c.Request.Context(), actor(c), id)
		if err != nil {
			return err
		}
		return h.showAssessment(c, http.StatusUnprocessableEntity, a, conflict)
	}
	if err != nil {
		return err
	}
	return redirect(c, "/assessments/"+c.Param("id"))
}
