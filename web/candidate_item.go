package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// itemPage is one item of the test.
type itemPage struct {
	Room     room
	N, Of    int
	Last     bool
	Premise  string
	Question question
	Revision int64 // What the next save must carry.
	Spent    int64
	Next     string
	Previous string
	Lacks    []lack
	Onward   string // Where an incomplete answer may be left behind.
}

func (h candidate) item(c *gin.Context) error {
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	p, err := numbered(c, len(s.Form.Items))
	if err != nil {
		return err
	}
	if s.State != assess.Started {
		return redirect(c, "/sit")
	}
	return h.showItem(c, http.StatusOK, s, p, s.Kept[p].Response, c.Query("check"))
}

// showItem shows an item with an answer in it; check is where the candidate was
// going when the answer turned out not to be complete.
func (h candidate) showItem(c *gin.Context, status int, s assess.Sitting, position int, r questions.Response, check string) error {
	kept := s.Kept[position]
	page := itemPage{
		Room: h.room(s), N: position + 1, Of: len(s.Form.Items), Last: position+1 == len(s.Form.Items),
		Premise: s.Form.Premise.In(s.Language), Revision: kept.Revision + 1, Spent: kept.SpentMS,
		Question: h.question(s, position, r), Next: onward(s, position, "next"),
	}
	page.Room.Saved = kept.Revision > 0 && status == http.StatusOK
	if position > 0 {
		page.Previous = onward(s, position, "previous")
	}
	if check != "" && !r.Blank() {
		page.Lacks = page.Question.lacks()
		page.Onward = onward(s, position, check)
	}
	return h.render(c, status, "candidate/item", page)
}

func (h candidate) question(s assess.Sitting, position int, r questions.Response) question {
	return questionOf(s.Form, s.Form.Items[position], s.Form.Order(position, s.Seed), r, s.Language)
}

// onward is where a button of an item's page leads.
func onward(s assess.Sitting, position int, button string) string {
	switch {
	case button == "previous" && position > 0:
		return itemPath(position - 1)
	case button == "next" && position+1 < len(s.Form.Items):
		return itemPath(position + 1)
	case button == "next", button == "review":
		return "/sit/review"
	}
	return itemPath(position)
}

// answer keeps the candidate's answer and shows what comes next.
func (h candidate) answer(c *gin.Context) error {
	if c.ContentType() == binding.MIMEJSON {
		return h.save(c)
	}
	position, err := numbered(c, maxItems)
	if err != nil {
		return err
	}
	in, err := readAnswer(c)
	if err != nil {
		return err
	}
	_, refused := h.center.Answer(c.Request.Context(), seat(c), assess.Save{
		Position: position, Revision: in.Revision, Response: in.Response, SpentMS: in.SpentMS,
	})
	s, err := h.sitting(c)
	if err != nil {
		return errors.Join(refused, err)
	}
	var unfit *questions.ResponseError
	switch {
	case errors.Is(refused, assess.ErrStale), errors.Is(refused, assess.ErrTooLate):
		return h.showConflict(c, s, position, in, refused)
	case errors.As(refused, &unfit) && unfit.Reason == "same_option":
		return h.showItem(c, http.StatusUnprocessableEntity, s, position, in.Response, in.Go)
	case refused != nil:
		return refused
	}
	moves := in.Go == "next" || in.Go == "previous" || in.Go == "review"
	if moves && !in.Response.Blank() && !s.Form.Items[position].Complete(in.Response) {
		return redirect(c, itemPath(position)+"?check="+in.Go)
	}
	return redirect(c, onward(s, position, in.Go))
}

// maxItems bounds the item number before the form is known.
const maxItems = 1000

// conflictPage shows the kept answer beside the one that was not counted.
type conflictPage struct {
	Room       room
	Word       string
	N, Of      int
	Stem       string
	Kept, Sent []told
	MayChoose  bool // Between the two; not when the time is up.
	Revision   int64
	Values     []formValue
}

func (h candidate) showConflict(c *gin.Context, s assess.Sitting, position int, in answerForm, why error) error {
	f, kept := faultOf(why), s.Kept[position]
	mine := h.question(s, position, in.Response)
	frame := h.room(s)
	frame.Answers = false // what is shown is not what is saved
	return h.render(c, f.Status, "candidate/conflict", conflictPage{
		Room: frame, Word: string(f.Word), N: position + 1, Of: len(s.Form.Items), Stem: mine.Stem,
		Kept: h.question(s, position, kept.Response).tell(), Sent: mine.tell(),
		MayChoose: s.State == assess.Started && f.Word == assess.ErrStale, Revision: kept.Revision + 1,
		Values: append(in.Values, formValue{"spent_ms", strconv.FormatInt(in.SpentMS, 10)}),
	})
}

// saveRequest is an answer as the page's script sends it.
type saveRequest struct {
	Revision int64               `json:"revision" binding:"min=1"`
	Response *questions.Response `json:"response" binding:"required"`
	SpentMS  int64               `json:"spent_ms" binding:"min=0"`
}

// saveReply tells that an answer is on disk.
type saveReply struct {
	Revision int64 `json:"revision"`
	Saved    bool  `json:"saved"`
}

// keptReply is the stored answer a stale save is told of.
type keptReply struct {
	Revision int64              `json:"revision"`
	Response questions.Response `json:"response"`
}

// save is answer for the page's script.
func (h candidate) save(c *gin.Context) error {
	position, err := numbered(c, maxItems)
	if err != nil {
		return err
	}
	var in saveRequest
	if err := readJSON(c, &in); err != nil {
		return err
	}
	kept, err := h.center.Answer(c.Request.Context(), seat(c), assess.Save{
		Position: position, Revision: in.Revision, Response: *in.Response, SpentMS: in.SpentMS,
	})
	if errors.Is(err, assess.ErrStale) {
		p := h.problemOf(c, faultOf(err))
		p.Kept = keptReply{kept.Revision, kept.Response}
		writeProblem(c, p)
		return nil
	}
	if err != nil {
		return err
	}
	return ok(c, saveReply{Revision: kept.Revision, Saved: true})
}
