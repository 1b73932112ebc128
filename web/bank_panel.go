package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

func panelURL(id uuid.UUID) string { return "/bank/panels/" + assess.FormatID(assess.PanelID, id) }

type panelRow struct {
	assess.Panel
	URL  string
	Open bool
}

func panelRowOf(p assess.Panel) panelRow {
	return panelRow{p, panelURL(p.ID), p.State == assess.PanelOpen}
}

type panelsPage struct {
	desk
	Rows []panelRow
}

// panels lists the panels.
func (h recruiter) panels(c *gin.Context) error {
	list, err := h.center.Panels(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	p := panelsPage{desk: deskAt(c, "bank")}
	for _, panel := range list {
		p.Rows = append(p.Rows, panelRowOf(panel))
	}
	return h.render(c, http.StatusOK, "recruiter/bank_panels", p)
}

// openPanel opens a panel on the items ticked in the list.
func (h recruiter) openPanel(c *gin.Context) error {
	panel, err := h.center.OpenPanel(c.Request.Context(), actor(c), c.PostForm("title"), c.PostFormArray("items"))
	if texts := h.fieldTexts(c, err); texts != nil {
		p, err := h.bankPage(c, url.Values{})
		if err != nil {
			return err
		}
		if texts["items"] != "" && len(c.PostFormArray("items")) == 0 {
			texts["items"] = h.sayer(c).say("bank.panel.no_items")
		}
		p.Title, p.Wrong = c.PostForm("title"), texts
		return h.render(c, http.StatusBadRequest, "recruiter/bank", p)
	}
	if err != nil {
		return err
	}
	return redirect(c, panelURL(panel.ID))
}

type panelPage struct {
	desk
	assess.PanelReport
	Open    bool
	URL     string
	People  []raterView
	Items   []panelItemView
	Form    form
	Shown   *shownOnce
	Done    string
	ICC     string
	ICCText string
}

type raterView struct {
	assess.Rater
	ID, Link string
	Number   int
	Pending  bool
	Off      bool
}

type panelItemView struct {
	assess.PanelItemReport
	URL            string
	Stem           string
	W              string
	Options        []panelOptionView
	Enough         bool
	Dissent, Notes []noteView
}

type panelOptionView struct {
	assess.PanelOption
	Text       string
	Median, SD string
	Within     string
	Bars       []ratingBar
	Differs    bool
}

// ratingBar is how many gave a rating, as a bar of so many twelfths.
type ratingBar struct{ Rating, N, Width int }

type noteView struct {
	Number int
	Role   assess.RaterRole
	Option string
	Rating int
	Text   string
}

func raterForm(say sayer) form {
	return form{Fields: []field{
		{Name: "name", Label: "bank.rater.name", Hint: "bank.rater.name.hint", Autocomplete: "off", Required: true},
		{Name: "rater_role", Label: "bank.rater.role", Required: true, Choices: choicesOf(say, "rater_role.", assess.RaterRoles), Value: string(assess.TeamLeader)},
		{Name: "years", Label: "bank.rater.years", Type: "number", Required: true},
		{Name: "employer", Label: "bank.rater.employer", Hint: "bank.rater.employer.hint", Required: true},
		{Name: "rater_language", Label: "bank.rater.language", Required: true, Choices: languageChoices, Value: string(say.lang)},
	}}
}

// panel shows a panel: who is on it, what they have said and how far they agree.
func (h recruiter) panel(c *gin.Context) error {
	p, err := h.panelPage(c)
	if err != nil {
		return err
	}
	if done := c.Query("done"); done == "closed" || done == "cancelled" {
		p.Done = h.sayer(c).say("bank.panel.done." + done)
	}
	return h.render(c, http.StatusOK, "recruiter/bank_panel", p)
}

func (h recruiter) panelPage(c *gin.Context) (panelPage, error) {
	say := h.sayer(c)
	r, err := h.center.PanelReport(c.Request.Context(), actor(c), pathID(c, assess.PanelID))
	if err != nil {
		return panelPage{}, err
	}
	p := panelPage{desk: deskAt(c, "bank"), PanelReport: r, Open: r.State == assess.PanelOpen, URL: panelURL(r.ID),
		Form: raterForm(say), ICC: figureText(r.ICC, 2)}
	for n, person := range r.People {
		v := raterView{Rater: person, ID: assess.FormatID(assess.RaterID, person.ID), Number: n + 1,
			Pending: person.State == assess.RaterInvited || person.State == assess.RaterRating, Off: person.State == assess.RaterCanceled}
		if v.Pending && p.Open && actor(c).Can(assess.RunPanels) {
			v.Link = h.center.RaterLink(person)
		}
		p.People = append(p.People, v)
	}
	for _, i := range r.Items {
		p.Items = append(p.Items, panelItemOf(say, i))
	}
	return p, nil
}

func panelItemOf(say sayer, i assess.PanelItemReport) panelItemView {
	v := panelItemView{PanelItemReport: i, URL: bankItemURL(i.Item.ID) + "?version=" + strconv.Itoa(i.Item.Version), Stem: say.text(i.Item.Stem),
		W: figureText(i.W.WTies, 2), Enough: i.N >= assess.FewestRaters}
	for _, o := range i.Options {
		ov := panelOptionView{PanelOption: o, Text: say.text(o.Option.Text), Median: figureText(o.Median, 1), SD: figureText(o.SD, 2),
			Differs: o.Rounded != 0 && o.Rounded != o.Option.Effectiveness}
		if o.N > 0 {
			ov.Within = strconv.Itoa(100*o.Within/o.N) + " %"
		}
		for rating := len(o.Counts); rating > 0; rating-- {
			n := o.Counts[rating-1]
			ov.Bars = append(ov.Bars, ratingBar{rating, n, (12*n + max(o.N, 1) - 1) / max(o.N, 1)})
		}
		v.Options = append(v.Options, ov)
		for _, d := range o.Dissent {
			v.Dissent = append(v.Dissent, noteView{d.Rater, d.Role, o.Option.ID, d.Rating, ""})
		}
	}
	for _, n := range i.Notes {
		v.Notes = append(v.Notes, noteView{n.Rater, n.Role, "", 0, n.Text})
	}
	return v
}

// figureText writes a statistic, or a dash where there is none.
func figureText(f assess.Figure, digits int) string {
	if !f.Known() {
		return "–"
	}
	return strconv.FormatFloat(f.Value, 'f', digits, 64)
}

// addRater makes an expert's link and shows it.
func (h recruiter) addRater(c *gin.Context) error {
	years, err := strconv.Atoi(c.PostForm("years"))
	if err != nil {
		years = -1 // what is no number the center refuses
	}
	r, err := h.center.InviteRater(c.Request.Context(), actor(c), pathID(c, assess.PanelID), assess.NewRater{
		Name: c.PostForm("name"), Role: assess.RaterRole(c.PostForm("rater_role")), Years: years, Employer: c.PostForm("employer"),
		Language: questions.Lang(c.PostForm("rater_language")),
	})
	texts := h.fieldTexts(c, err)
	if err != nil && texts == nil {
		return err
	}
	p, failed := h.panelPage(c)
	if failed != nil {
		return failed
	}
	say := h.sayer(c)
	if texts != nil {
		if texts["years"] != "" {
			texts["years"] = say.say("bank.rater.years.wrong")
		}
		p.Form = p.Form.filled(c.Request.PostForm).faulty(texts)
		return h.render(c, http.StatusBadRequest, "recruiter/bank_panel", p)
	}
	p.Shown = &shownOnce{say.say("bank.rater.link", "name", r.Name), say.say("bank.rater.link.text"), h.center.RaterLink(r)}
	return h.render(c, http.StatusOK, "recruiter/bank_panel", p)
}

// cancelRater takes an expert off the panel.
func (h recruiter) cancelRater(c *gin.Context) error {
	r, err := h.center.CancelRater(c.Request.Context(), actor(c), pathID(c, assess.RaterID))
	if err != nil {
		return err
	}
	return redirect(c, panelURL(r.Panel)+"?done=cancelled")
}

// closePanel ends a panel.
func (h recruiter) closePanel(c *gin.Context) error {
	id := pathID(c, assess.PanelID)
	if err := h.center.ClosePanel(c.Request.Context(), actor(c), id); err != nil && !errors.Is(err, assess.ErrConflict) {
		return err
	} // one that is closed already is as wanted
	return redirect(c, panelURL(id)+"?done=closed")
}
