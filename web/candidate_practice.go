package web

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// practicePage is one practice item: looked at for completeness, never kept.
type practicePage struct {
	Room     room
	N, Of    int
	Previous string
	Question question
	Lacks    []lack
}

func (h candidate) practice(c *gin.Context) error {
	s, n, here, err := h.practising(c)
	if err != nil || !here {
		return err
	}
	return h.showPractice(c, http.StatusOK, s, n, questions.Response{}, false)
}

func (h candidate) practised(c *gin.Context) error {
	s, n, here, err := h.practising(c)
	if err != nil || !here {
		return err
	}
	in, err := readAnswer(c)
	if err != nil {
		return err
	}
	item := s.Form.Practice[n]
	if item.Check(in.Response) != nil || !item.Complete(in.Response) {
		return h.showPractice(c, http.StatusUnprocessableEntity, s, n, in.Response, true)
	}
	if n+1 < len(s.Form.Practice) {
		return redirect(c, practicePath(n+1))
	}
	return redirect(c, "/sit/begin")
}

// practising finds the practice item of the path. Whoever is not at this step is
// not here, and has been sent to where the sitting stands.
func (h candidate) practising(c *gin.Context) (s assess.Sitting, n int, here bool, err error) {
	if s, err = h.sitting(c); err != nil {
		return s, 0, false, err
	}
	if n, err = numbered(c, len(s.Form.Practice)); err != nil {
		return s, 0, false, err
	}
	if s.State != assess.Consented {
		return s, 0, false, redirect(c, "/sit")
	}
	return s, n, true, nil
}

func practicePath(n int) string { return "/sit/practice/" + strconv.Itoa(n+1) }

func (h candidate) showPractice(c *gin.Context, status int, s assess.Sitting, n int, r questions.Response, check bool) error {
	item := s.Form.Practice[n]
	order := make([]int, len(item.Options)) // as written: practice is not scored, so nothing is shuffled
	for i := range order {
		order[i] = i
	}
	p := practicePage{
		Room: h.room(s), N: n + 1, Of: len(s.Form.Practice),
		Question: questionOf(s.Form, item, order, r, s.Language),
	}
	if n > 0 {
		p.Previous = practicePath(n - 1)
	}
	if check {
		p.Lacks = p.Question.lacks()
	}
	return h.render(c, status, "candidate/practice", p)
}

// beginPage is the last page before the clock runs.
type beginPage struct {
	Room    room
	Minutes int
	Items   int
	Premise string
}

func (h candidate) begin(c *gin.Context) error {
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	if s.State != assess.Consented {
		return redirect(c, "/sit")
	}
	return h.render(c, http.StatusOK, "candidate/begin", beginPage{
		Room: h.room(s), Minutes: s.Minutes, Items: len(s.Form.Items), Premise: s.Form.Premise.In(s.Language),
	})
}

func (h candidate) start(c *gin.Context) error {
	if _, err := h.center.Start(c.Request.Context(), seat(c)); err != nil {
		return err
	}
	return redirect(c, "/sit/items/1")
}
