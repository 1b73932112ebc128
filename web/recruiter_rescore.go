package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type rescoresPage struct {
	desk
	assessmentView
	Rescores  []rescoreView
	Form      form
	KeyFaults []keyFault
	MayMake   bool
}

// rescoreView is a re-score as lists show it.
type rescoreView struct {
	assess.Rescore
	ID    string
	Rules string
}

func viewOfRescore(r assess.Rescore) rescoreView {
	return rescoreView{Rescore: r, ID: assess.FormatID(assess.RescoreID, r.ID), Rules: strings.Join(r.Rules, ", ")}
}

// keyFault is one thing wrong with an uploaded key, in the reader's language, and in the
// words of lint.
type keyFault struct {
	Line   int
	Field  string
	Text   string
	Detail string
}

// keyFaultWords are the sorts of fault a text of their own tells.
var keyFaultWords = []string{"missing", "yaml", "type", "too_large", "key_version", "taken", "unknown_item", "unknown_option", "question",
	"unknown_field", "unknown_word", "out_of_range", "duplicate", "rule", "language", "redline", "key", "format"}

func keyFaults(say sayer, faults questions.Faults) []keyFault {
	var list []keyFault
	for _, f := range faults {
		word := f.Word
		if !slices.Contains(keyFaultWords, word) {
			word = "other"
		}
		list = append(list, keyFault{Line: f.Line, Field: f.Field, Text: say.say("rescore.fault." + word), Detail: f.Message})
	}
	return list
}

// rescores lists the re-scores of an assessment and offers another.
func (h recruiter) rescores(c *gin.Context) error {
	return h.showRescores(c, http.StatusOK, nil, nil)
}

func (h recruiter) showRescores(c *gin.Context, status int, faults questions.Faults, wrong map[string]string) error {
	ctx, by := c.Request.Context(), actor(c)
	list, err := h.center.Rescores(ctx, by, pathID(c, assess.AssessmentID))
	if err != nil {
		return err
	}
	a, err := h.center.Assessment(ctx, by, pathID(c, assess.AssessmentID))
	if err != nil {
		return err
	}
	p := rescoresPage{desk: deskAt(c, "assessments"), assessmentView: viewOf(a), KeyFaults: keyFaults(h.sayer(c), faults), MayMake: by.Can(assess.Rescoring)}
	for _, r := range list {
		p.Rescores = append(p.Rescores, viewOfRescore(r))
	}
	if p.MayMake && a.State == assess.Published {
		published, err := h.center.Form(ctx, by, a.ID)
		if err != nil {
			return err
		}
		p.Form = rescoreForm(h.sayer(c), published)
		if status != http.StatusOK {
			p.Form = p.Form.filled(c.Request.PostForm).faulty(wrong)
		}
	}
	return h.render(c, status, "recruiter/rescores", p)
}

// rescoreForm asks for a key file and, for each kind, which rule to mark it by.
func rescoreForm(say sayer, published *questions.Form) form {
	f := form{Fields: []field{{Name: "key", Label: "rescore.field.key", Hint: "rescore.hint.key", Type: "file"}}}
	for _, kind := range questions.Kinds {
		rules := published.RulesFor(kind)
		if len(rules) < 2 {
			continue
		}
		choices := []choice{{Value: "", Text: say.say("rescore.rule.keep")}}
		for _, rule := range rules {
			choices = append(choices, choice{Value: rule, Text: rule})
		}
		f.Fields = append(f.Fields, field{Name: "rule_" + string(kind), Label: "rescore.rule_for." + string(kind), Choices: choices})
	}
	f.Fields = append(f.Fields, field{Name: "note", Label: "rescore.field.note", Hint: "rescore.hint.note", Type: "textarea"})
	return f
}

// draftRescore keeps a re-score to be looked at. What is wrong with the key file is
// listed line by line.
func (h recruiter) draftRescore(c *gin.Context) error {
	in := assess.NewRescore{Assessment: pathID(c, assess.AssessmentID), Note: c.PostForm("note")}
	var err error
	if in.KeyName, in.KeyFile, err = uploaded(c, "key"); err != nil {
		return err
	}
	for _, kind := range questions.Kinds {
		if rule := c.PostForm("rule_" + string(kind)); rule != "" {
			in.Rules = append(in.Rules, rule)
		}
	}
	made, err := h.center.DraftRescore(c.Request.Context(), actor(c), in)
	var faults questions.Faults
	var rule *questions.RuleError
	switch {
	case errors.As(err, &faults):
		return h.showRescores(c, http.StatusUnprocessableEntity, faults, map[string]string{"key": h.sayer(c).say("rescore.key_refused")})
	case errors.As(err, &rule):
		kind, _ := questions.KindOf(rule.Rule)
		return h.showRescores(c, http.StatusUnprocessableEntity, nil, map[string]string{"rule_" + string(kind): h.sayer(c).say("rescore.rule_refused", "rule", rule.Rule)})
	case errors.Is(err, assess.ErrSameKey):
		return h.showRescores(c, http.StatusUnprocessableEntity, nil, map[string]string{"key": h.sayer(c).say("error.same_key")})
	}
	if texts := h.fieldTexts(c, err); texts != nil {
		return h.showRescores(c, http.StatusBadRequest, nil, texts)
	}
	if err != nil {
		return err
	}
	return redirect(c, "/rescores/"+assess.FormatID(assess.RescoreID, made.ID))
}

// uploaded reads a file of a form; none is no error.
func uploaded(c *gin.Context, name string) (file string, content []byte, err error) {
	header, err := c.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil, nil
	}
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return "", nil, err
	}
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", errBadRequest, err)
	}
	f, err := header.Open()
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	content, err = io.ReadAll(f)
	return header.Filename, content, err
}

// keyFile hands out an assessment's key as a file, to be changed and handed in again.
func (h recruiter) keyFile(c *gin.Context) error {
	form, err := h.center.Form(c.Request.Context(), actor(c), pathID(c, assess.AssessmentID))
	if err != nil {
		return err
	}
	attach(c, "application/yaml; charset=utf-8", "key-"+brief(form.Hash())+".yaml", form.KeyFile())
	return nil
}

// attach answers with a file to keep.
func attach(c *gin.Context, contentType, name string, content []byte) {
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Data(http.StatusOK, contentType, content)
}

type rescorePage struct {
	desk
	rescoreView
	assess.RescorePreview
	Title     questions.Text
	Of        string // The assessment's id.
	Line      assess.Line
	Lines     form
	Changes   []changeView
	Shifts    []levelShift // That occur in any quality.
	People    []moveView
	Impacts   []impactChangeView
	MayChange bool
}

// changeView is what happens to one quality.
type changeView struct {
	assess.RescoreChange
	Quality string
	Tau     string
	Line    bool  // The one the line is drawn in.
	Shifted []int // How many, by the page's shifts.
}

// levelShift is a change from one level's words to another's.
type levelShift struct{ Before, After questions.Level }

// moveView is one person whose score would be another.
type moveView struct {
	ID, Name, Quality string
	Before, After     questions.Brief
	Crosses           bool
}

// impactChangeView is one kind of group before and after.
type impactChangeView struct {
	Kind   string
	Rows   []impactChangeRow
	Hidden []string
}

type impactChangeRow struct {
	Group                       string
	Total                       int64
	Before, After               string // Selected of total, as a percentage.
	RatioBefore, RatioAfter     string
	AdverseBefore, AdverseAfter bool
}

// usualLine is where a line stands before anybody has chosen one: the bound of the
// highest level's words, which means nothing more.
var usualLine = assess.Line{Quality: questions.Communication, Closeness: 67}

// lineOf reads a chosen line. What is no line is told by the center.
func lineOf(c *gin.Context) assess.Line {
	line := usualLine
	if q := c.Query("quality"); q != "" {
		line.Quality = questions.Quality(q)
	}
	if text := c.Query("line"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			n = -1
		}
		line.Closeness = n
	}
	return line
}

func lineForm(say sayer, line assess.Line) form {
	var qualities []choice
	for _, q := range questions.Qualities {
		qualities = append(qualities, choice{Value: string(q), Text: say.say("quality." + string(q))})
	}
	return form{Fields: []field{
		{Name: "quality", Label: "report.quality", Required: true, Choices: qualities, Value: string(line.Quality)},
		{Name: "line", Label: "rescore.field.line", Type: "number", Required: true, Value: strconv.Itoa(line.Closeness)},
	}}
}

// rescore shows what a re-score would do, or what one that is under way does.
func (h recruiter) rescore(c *gin.Context) error {
	ctx, by, say := c.Request.Context(), actor(c), h.sayer(c)
	line := lineOf(c)
	status, wrong := http.StatusOK, map[string]string(nil)
	found, err := h.center.PreviewRescore(ctx, by, pathID(c, assess.RescoreID), line, nil)
	if wrong = h.fieldTexts(c, err); wrong != nil {
		status = http.StatusBadRequest
		line = usualLine
		found, err = h.center.PreviewRescore(ctx, by, pathID(c, assess.RescoreID), line, nil)
	}
	if err != nil {
		return err
	}
	a, err := h.center.Assessment(ctx, by, found.Rescore.Assessment)
	if err != nil {
		return err
	}
	p := rescorePage{desk: deskAt(c, "assessments"), rescoreView: viewOfRescore(found.Rescore), RescorePreview: found, Title: a.Title,
		Of: assess.FormatID(assess.AssessmentID, a.ID), Line: line, Lines: lineForm(say, line), MayChange: by.Can(assess.Rescoring)}
	if wrong != nil {
		p.Lines = p.Lines.filled(c.Request.URL.Query()).faulty(wrong)
	}
	for _, q := range found.Changes {
		name := say.say("quality." + string(q.Quality))
		p.Changes = append(p.Changes, changeView{RescoreChange: q, Quality: name, Tau: decimals(q.Tau, 2), Line: q.Quality == line.Quality})
	}
	p.Shifts = shifts(found.Changes)
	for n, q := range found.Changes {
		for _, s := range p.Shifts {
			p.Changes[n].Shifted = append(p.Changes[n].Shifted, q.Levels[[2]questions.Level{s.Before, s.After}])
		}
	}
	for _, m := range found.Moves {
		p.People = append(p.People, moveViewOf(say, m))
	}
	p.Impacts = impactChangeViews(say, found.Impact)
	return h.render(c, status, "recruiter/rescore", p)
}

func moveViewOf(say sayer, m assess.Move) moveView {
	return moveView{ID: assess.FormatID(assess.InvitationID, m.Invitation), Name: m.Name, Quality: say.say("quality." + string(m.Quality)),
		Before: m.Before, After: m.After, Crosses: m.Crosses}
}

// shifts lists the changes of wording that occur in any quality.
func shifts(changes []assess.RescoreChange) []levelShift {
	var list []levelShift
	for _, before := range questions.Levels {
		for _, after := range questions.Levels {
			occurs := func(q assess.RescoreChange) bool { return q.Levels[[2]questions.Level{before, after}] > 0 }
			if before != after && slices.ContainsFunc(changes, occurs) {
				list = append(list, levelShift{before, after})
			}
		}
	}
	return list
}

func impactChangeViews(say sayer, impact []assess.ImpactChange) []impactChangeView {
	var views []impactChangeView
	for _, i := range impact {
		v := impactChangeView{Kind: say.say("demographics." + i.Kind)}
		for n, before := range i.Before {
			after := i.After[n]
			v.Rows = append(v.Rows, impactChangeRow{Group: say.group(i.Kind, before.Name), Total: before.Total,
				Before: share(before.Rate, 1), After: share(after.Rate, 1), RatioBefore: decimals(before.Ratio, 2), RatioAfter: decimals(after.Ratio, 2),
				AdverseBefore: before.Adverse, AdverseAfter: after.Adverse})
		}
		for _, name := range i.Hidden {
			v.Hidden = append(v.Hidden, say.group(i.Kind, name))
		}
		views = append(views, v)
	}
	return views
}

// confirmRescore lets a draft be carried out.
func (h recruiter) confirmRescore(c *gin.Context) error {
	if err := h.center.ConfirmRescore(c.Request.Context(), actor(c), pathID(c, assess.RescoreID)); err != nil {
		return err
	}
	return redirect(c, "/rescores/"+c.Param("id"))
}

// discardRescore throws a draft away.
func (h recruiter) discardRescore(c *gin.Context) error {
	ctx, by, id := c.Request.Context(), actor(c), pathID(c, assess.RescoreID)
	if err := h.center.DiscardRescore(ctx, by, id); err != nil {
		return err
	}
	r, err := h.center.Rescore(ctx, by, id)
	if err != nil {
		return err
	}
	return redirect(c, "/assessments/"+assess.FormatID(assess.AssessmentID, r.Assessment)+"/rescores")
}
