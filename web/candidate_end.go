package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

// reviewPage lists every item and how far it is answered.
type reviewPage struct {
	Room  room
	Items []reviewItem
	Open  int // How many are not complete.
}

type reviewItem struct {
	N     int
	Stem  string
	State string // answered, incomplete or blank
}

func (h candidate) review(c *gin.Context) error {
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	if s.State != assess.Started {
		return redirect(c, "/sit")
	}
	p := reviewPage{Room: h.room(s)}
	p.Room.Saved = true
	for i, item := range s.Form.Items {
		row := reviewItem{N: i + 1, Stem: item.Stem.In(s.Language), State: "answered"}
		if r := s.Kept[i].Response; r.Blank() {
			row.State = "blank"
		} else if !item.Complete(r) {
			row.State = "incomplete"
		}
		if row.State != "answered" {
			p.Open++
		}
		p.Items = append(p.Items, row)
	}
	return h.render(c, http.StatusOK, "candidate/review", p)
}

// submitPage asks once more before the answers are closed.
type submitPage struct {
	Room room
	Open int
}

func (h candidate) submit(c *gin.Context) error {
	if c.PostForm("confirm") == "yes" {
		if _, err := h.center.Submit(c.Request.Context(), seat(c)); err != nil {
			return err
		}
		return redirect(c, "/sit/done")
	}
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	if s.State != assess.Started {
		return redirect(c, "/sit")
	}
	p := submitPage{Room: h.room(s)}
	p.Room.Saved = true
	for i, item := range s.Form.Items {
		if !item.Complete(s.Kept[i].Response) {
			p.Open++
		}
	}
	return h.render(c, http.StatusOK, "candidate/submit", p)
}

// donePage thanks, and gives the candidate's own copy of what was seen.
type donePage struct {
	Room     room
	State    assess.SittingState
	Contact  string
	Feedback []assess.QualityFeedback
	Notice   string

	Voluntary bool // The optional questions are offered.
}

func (h candidate) done(c *gin.Context) error {
	f, err := h.center.Feedback(c.Request.Context(), seat(c))
	if errors.Is(err, assess.ErrConflict) {
		return redirect(c, "/sit") // not over yet, or not ended yet although its time is up
	}
	if err != nil {
		return err
	}
	s := f.Sitting
	speak(c, s.Language)
	return h.render(c, http.StatusOK, "candidate/done", donePage{
		Room: h.room(s), State: s.State, Contact: s.Contact, Feedback: f.Qualities, Notice: f.Notice.In(s.Language),
		Voluntary: s.State == assess.Submitted || s.State == assess.Expired,
	})
}
