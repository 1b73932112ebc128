package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type bankItemPage struct {
	desk
	assess.ItemHistory
	QualityName, FacetName string
	Sides                  []itemSide
	Lacks                  []string // Why the key cannot go up.
	Steps                  []stepView
	Panels                 []panelRow
	Done                   string
}

// itemSide is an item in one language, as a candidate sees it.
type itemSide struct {
	Lang    questions.Lang
	Premise string
	How     string
	question
	Best, Worst string
}

type stepView struct {
	assess.ItemStep
	Record   assess.KeyRecord
	PanelURL string
}

// bankItem shows a version of an item: as candidates see it in both languages, with
// its key, reasons, facts and history.
func (h recruiter) bankItem(c *gin.Context) error {
	version := 0
	if v := c.Query("version"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return assess.ErrNotFound
		}
		version = n
	}
	p, err := h.bankItemPage(c, version)
	if err != nil {
		return err
	}
	if done := c.Query("done"); done == "kept" || done == "promoted" {
		p.Done = h.sayer(c).say("bank.item." + done)
	}
	return h.render(c, http.StatusOK, "recruiter/bank_item", p)
}

func (h recruiter) bankItemPage(c *gin.Context, version int) (bankItemPage, error) {
	ctx, by, say := c.Request.Context(), actor(c), h.sayer(c)
	history, err := h.center.BankItem(ctx, by, c.Param("id"), version)
	if err != nil {
		return bankItemPage{}, err
	}
	lacks, err := h.center.LacksFor(ctx, by, history)
	if err != nil {
		return bankItemPage{}, err
	}
	p := bankItemPage{desk: deskAt(c, "bank"), ItemHistory: history, Lacks: lackTexts(say, lacks),
		QualityName: say.say("quality." + string(history.Quality)), FacetName: say.say("facet." + string(history.Facet))}
	for _, l := range languages {
		p.Sides = append(p.Sides, sideOf(sayer{l, say.words}, history))
	}
	for _, s := range history.Steps {
		v := stepView{ItemStep: s}
		if err := json.Unmarshal([]byte(s.Record), &v.Record); err != nil {
			return p, err
		}
		if v.Record.Method == "panel" {
			v.PanelURL = panelURL(s.Panel)
		}
		p.Steps = append(p.Steps, v)
	}
	for _, panel := range history.Panels {
		p.Panels = append(p.Panels, panelRowOf(panel))
	}
	return p, nil
}

func sideOf(say sayer, i assess.ItemHistory) itemSide {
	order := make([]int, len(i.Options)) // the key's order; candidates get another
	for n := range order {
		order[n] = n
	}
	form := &questions.Form{Scale: i.Scale}
	return itemSide{
		Lang: say.lang, Premise: say.text(i.Premise), How: say.say("candidate.how."+string(i.Kind), "k", i.K),
		question: questionOf(form, i.Item, order, questions.Response{}, say.lang),
		Best:     say.say("candidate.best"), Worst: say.say("candidate.worst"),
	}
}

func lackTexts(say sayer, lacks assess.Lacks) []string {
	var texts []string
	for _, l := range lacks {
		slots := make([]any, 0, 2*len(l.Params))
		for name, value := range l.Params {
			if name == "language" {
				value = say.say("language." + value)
			}
			slots = append(slots, name, value)
		}
		texts = append(texts, say.say("lack."+l.Word, slots...))
	}
	return texts
}

// promote lets the key go one step up. Where something is wanting, the page says what.
func (h recruiter) promote(c *gin.Context) error {
	version, _ := strconv.Atoi(c.PostForm("version")) // no number is the newest, and the step then must fit it
	err := h.center.Promote(c.Request.Context(), actor(c), c.Param("id"), version, questions.Status(c.PostForm("to")))
	if errors.Is(err, assess.ErrEvidence) {
		p, failed := h.bankItemPage(c, version)
		if failed != nil {
			return failed
		}
		return h.render(c, http.StatusUnprocessableEntity, "recruiter/bank_item", p)
	}
	if err != nil {
		return err
	}
	return redirect(c, bankItemURL(c.Param("id"))+"?done=promoted&version="+strconv.Itoa(version))
}

func bankItemURL(id string) string { return "/bank/items/" + url.PathEscape(id) }
