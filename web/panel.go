package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// panelist is the room of experts who rate options. Views hold texts and the
// expert's own ratings, never a key, a reason or anybody else's rating.
type panelist struct{ *app }

const raterCookie = "rater"

// raterKept outlasts every panel; what a rater may still do, the panel says.
const raterKept = 90 * 24 * time.Hour

// panelFrame is what every page of this room shows.
type panelFrame struct {
	Organization, Title string
	Language            questions.Lang
	Languages           []questions.Lang
	Switch              string // Where the language is switched; empty where it is by link.
}

func frameOf(s assess.RatingSheet) panelFrame {
	return panelFrame{s.Organization, s.Title, s.Rater.Language, languages, "/rate/language"}
}

type panelWelcomePage struct {
	Room    panelFrame
	Action  string
	Name    string
	Items   int
	Minutes int
	Chosen  questions.Lang
	Begun   bool
}

// minutesPerItem is what reading a situation and weighing its options takes.
const minutesPerItem = 2

// welcome shows whose link this is and what is asked. It changes nothing: mail
// scanners open links too.
func (h panelist) welcome(c *gin.Context) error {
	speak(c, questions.Lang(c.Query("lang")))
	s, err := h.center.RatingSheet(c.Request.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	if c.Query("lang") == "" {
		speak(c, s.Rater.Language)
	}
	frame := frameOf(s)
	frame.Language, frame.Switch = lang(c), ""
	return h.render(c, http.StatusOK, "panel/welcome", panelWelcomePage{
		Room: frame, Action: c.Request.URL.Path, Name: s.Rater.Name, Items: len(s.Items), Minutes: minutesPerItem * len(s.Items),
		Chosen: questions.Lang(c.Query("lang")), Begun: s.Rater.State != assess.RaterInvited,
	})
}

// enter exchanges the link for a cookie and an address without the secret.
func (h panelist) enter(c *gin.Context) error {
	token := c.Param("token")
	if _, err := h.center.RatingSheet(c.Request.Context(), token); err != nil {
		return err
	}
	if wanted := questions.Lang(c.PostForm("language")); known(wanted) {
		if err := h.center.SetRaterLanguage(c.Request.Context(), token, wanted); err != nil {
			return err
		}
	}
	h.setCookie(c, raterCookie, token, raterKept)
	return redirect(c, "/rate")
}

const raterKey = "rater"

// known lets in who holds a rater's cookie.
func (h panelist) seated(c *gin.Context) {
	c.Set(keepTyped, true)
	s, err := h.center.RatingSheet(c.Request.Context(), h.cookie(c, raterCookie))
	if err != nil {
		if faultOf(err).Word == assess.ErrLinkUnknown {
			err = errNoSeat
		}
		h.failed(c, err)
		c.Abort()
		return
	}
	speak(c, s.Rater.Language)
	c.Set(raterKey, s)
}

func sheet(c *gin.Context) assess.RatingSheet { return c.MustGet(raterKey).(assess.RatingSheet) }

// resume sends the expert to where the work stands.
func (h panelist) resume(c *gin.Context) error {
	s := sheet(c)
	if s.Rater.State == assess.RaterDone || s.Closed {
		return redirect(c, "/rate/done")
	}
	for n := range s.Items {
		if !s.Complete(n) {
			return redirect(c, ratePath(n))
		}
	}
	return redirect(c, "/rate/review")
}

func ratePath(position int) string { return "/rate/items/" + strconv.Itoa(position+1) }

// language switches the language of the pages.
func (h panelist) language(c *gin.Context) error {
	if err := h.center.SetRaterLanguage(c.Request.Context(), h.cookie(c, raterCookie), questions.Lang(c.PostForm("language"))); err != nil {
		return err
	}
	if back := c.PostForm("back"); local(back) {
		return redirect(c, back)
	}
	return redirect(c, "/rate")
}

type ratePage struct {
	Room     panelFrame
	Back     string
	N, Of    int
	Rated    int
	Premise  string
	Question question
	Note     string
	Previous bool
	Last     bool
	Lacks    []lack
	Problem  string
}

// item shows one situation with its options, each to be rated.
func (h panelist) item(c *gin.Context) error {
	s := sheet(c)
	if s.Rater.State == assess.RaterDone || s.Closed {
		return redirect(c, "/rate/done")
	}
	n, err := numbered(c, len(s.Items))
	if err != nil {
		return err
	}
	return h.showItem(c, http.StatusOK, s, n, s.Given[n], c.Query("check") != "", "")
}

func (h panelist) showItem(c *gin.Context, status int, s assess.RatingSheet, n int, given assess.Rating, check bool, problem string) error {
	item := s.Items[n]
	item.Kind = questions.Rate
	form := &questions.Form{Scale: s.Scale}
	p := ratePage{
		Room: frameOf(s), Back: ratePath(n), N: n + 1, Of: len(s.Items), Rated: s.Rated(), Premise: s.Premise.In(s.Rater.Language),
		Question: questionOf(form, item, s.Order(n), questions.Response{Ratings: given.Effectiveness}, s.Rater.Language),
		Note:     given.Note, Previous: n > 0, Last: n+1 == len(s.Items), Problem: problem,
	}
	if check {
		p.Lacks = p.Question.lacks()
	}
	return h.render(c, status, "panel/item", p)
}

// rate keeps what the expert says of an item, and goes where the button says.
func (h panelist) rate(c *gin.Context) error {
	s := sheet(c)
	n, err := numbered(c, len(s.Items))
	if err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return err
	}
	given := assess.Rating{Effectiveness: map[string]int{}, Note: c.PostForm("note")}
	for _, o := range s.Items[n].Options {
		text := c.PostForm("rating." + o.ID)
		if text == "" {
			continue
		}
		if given.Effectiveness[o.ID], err = strconv.Atoi(text); err != nil {
			return assess.FieldErrors{{Field: "rating." + o.ID, Word: "wrong_type"}}
		}
	}
	err = h.center.Rate(c.Request.Context(), h.cookie(c, raterCookie), n, given)
	if texts := h.fieldTexts(c, err); texts["note"] != "" {
		return h.showItem(c, http.StatusBadRequest, s, n, given, false, texts["note"])
	}
	if err != nil {
		return err
	}
	switch button := c.PostForm("go"); {
	case button == "previous" && n > 0:
		return redirect(c, ratePath(n-1))
	case button == "review":
		return redirect(c, "/rate/review")
	case len(given.Effectiveness) < len(s.Items[n].Options) && len(given.Effectiveness) > 0:
		return redirect(c, ratePath(n)+"?check=yes")
	case n+1 < len(s.Items):
		return redirect(c, ratePath(n+1))
	}
	return redirect(c, "/rate/review")
}

type rateReviewPage struct {
	Room  panelFrame
	Back  string
	Open  int
	Items []rateLine
}

type rateLine struct {
	N     int
	Stem  string
	State string
}

// review lists the items with what is still open, and ends the work.
func (h panelist) review(c *gin.Context) error {
	s := sheet(c)
	if s.Rater.State == assess.RaterDone || s.Closed {
		return redirect(c, "/rate/done")
	}
	return h.showReview(c, http.StatusOK, s)
}

func (h panelist) showReview(c *gin.Context, status int, s assess.RatingSheet) error {
	p := rateReviewPage{Room: frameOf(s), Back: "/rate/review"}
	for n, i := range s.Items {
		line := rateLine{n + 1, i.Stem.In(s.Rater.Language), "answered"}
		switch {
		case len(s.Given[n].Effectiveness) == 0:
			line.State = "blank"
		case !s.Complete(n):
			line.State = "incomplete"
		}
		if line.State != "answered" {
			p.Open++
		}
		p.Items = append(p.Items, line)
	}
	return h.render(c, status, "panel/review", p)
}

// finish ends the expert's part.
func (h panelist) finish(c *gin.Context) error {
	err := h.center.FinishRating(c.Request.Context(), h.cookie(c, raterCookie))
	if faultOf(err).Word == assess.ErrConflict && err != nil {
		return h.showReview(c, http.StatusConflict, sheet(c))
	}
	if err != nil {
		return err
	}
	return redirect(c, "/rate/done")
}

type rateDonePage struct {
	Room  panelFrame
	Back  string
	Done  bool
	Items int
}

// done thanks, or says that the panel is closed.
func (h panelist) done(c *gin.Context) error {
	s := sheet(c)
	if s.Rater.State != assess.RaterDone && !s.Closed {
		return redirect(c, "/rate")
	}
	return h.render(c, http.StatusOK, "panel/done", rateDonePage{frameOf(s), "/rate/done", s.Rater.State == assess.RaterDone, len(s.Items)})
}
