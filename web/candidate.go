package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// room is what the frame of every candidate page shows. Views of this room hold
// texts and the candidate's own answers, never a key or a reason.
type room struct {
	Organization string
	Sitting      string // Names the browser's queue of answers.
	Language     questions.Lang
	Languages    []questions.Lang
	Switch       bool // The language may still be changed.
	Answers      bool // The page says whether answers are saved.
	Saved        bool // What the page shows is what is stored.
	Rights       bool // A link to the notice stands at the foot.
	Wipe         bool // The sitting is over: the browser forgets its queue.
	Clock        *clock
}

// clock is the time left, as the server sees it.
type clock struct {
	Minutes int // Rounded for people; 0 is less than one.
	Seconds int
	Total   int
}

const seatKey = "seat"

// seated lets in who holds a seat. The cookie proves itself, so the database is
// not asked.
func (h candidate) seated(c *gin.Context) {
	c.Set(keepTyped, true)
	s, err := h.center.SeatOf(h.cookie(c, seatCookie))
	if err != nil {
		h.failed(c, errNoSeat)
		c.Abort()
		return
	}
	c.Set(seatKey, s)
}

func seat(c *gin.Context) assess.Seat { return c.MustGet(seatKey).(assess.Seat) }

// sitting reads the sitting and answers in its language from here on.
func (h candidate) sitting(c *gin.Context) (assess.Sitting, error) {
	s, err := h.center.Sitting(c.Request.Context(), seat(c))
	if err == nil {
		speak(c, s.Language)
	}
	return s, err
}

// room fills the frame for a sitting.
func (h candidate) room(s assess.Sitting) room {
	r := room{
		Organization: s.Organization, Sitting: assess.FormatID(assess.SittingID, s.Seat.Sitting),
		Language: s.Language, Languages: languages,
	}
	switch s.State {
	case assess.Opened, assess.Consented:
		r.Switch = true
	case assess.Started:
		r.Rights, r.Answers = true, true
		r.Clock = h.clock(s)
	default:
		r.Wipe = true
	}
	return r
}

// clock is nil where there is no limit.
func (h candidate) clock(s assess.Sitting) *clock {
	left, limited := s.Left(h.center.Now())
	if !limited {
		return nil
	}
	return &clock{
		Minutes: minutesLeft(left),
		Seconds: int(left / time.Second),
		Total:   int(s.Deadline.Sub(s.StartedAt.Time) / time.Second),
	}
}

// minutesLeft rounds for a calm reader: to five minutes while there is plenty,
// to one near the end.
func minutesLeft(left time.Duration) int {
	m := int(left.Round(time.Minute) / time.Minute)
	if m > 20 {
		return (m + 2) / 5 * 5
	}
	return m
}

// resume sends the candidate to where the sitting stands.
func (h candidate) resume(c *gin.Context) error {
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	h.setCookie(c, langCookie, string(s.Language), seatKept) // for the pages that cannot read the sitting
	switch s.State {
	case assess.Opened:
		return redirect(c, "/sit/about")
	case assess.Consented:
		return redirect(c, "/sit/practice/1")
	case assess.Started:
		return redirect(c, firstOpen(s))
	}
	return redirect(c, "/sit/done")
}

// firstOpen is the first item that is not complete, or the review when all are.
func firstOpen(s assess.Sitting) string {
	for p, item := range s.Form.Items {
		if !item.Complete(s.Kept[p].Response) {
			return itemPath(p)
		}
	}
	return "/sit/review"
}

func itemPath(position int) string { return "/sit/items/" + strconv.Itoa(position+1) }

// numbered reads the path's 1-based n as a position below count.
func numbered(c *gin.Context, count int) (int, error) {
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || n < 1 || n > count {
		return 0, assess.ErrNotFound
	}
	return n - 1, nil
}

// sittingState is what the page's script asks for when it wakes up.
type sittingState struct {
	State       assess.SittingState `json:"state"`
	SecondsLeft *int                `json:"seconds_left"` // null without a limit
	Revisions   []int64             `json:"revisions"`    // by position
}

func (h candidate) state(c *gin.Context) error {
	s, err := h.sitting(c)
	if err != nil {
		return err
	}
	out := sittingState{State: s.State, Revisions: make([]int64, len(s.Kept))}
	if k := h.clock(s); k != nil {
		out.SecondsLeft = &k.Seconds
	}
	for p, k := range s.Kept {
		out.Revisions[p] = k.Revision
	}
	return ok(c, out)
}

// welcomePage is what the holder of a link sees before entering.
type welcomePage struct {
	Room       room
	Action     string
	Assessment string
	Candidate  string
	Contact    string
	Chosen     questions.Lang // What the reader asked for on this page.
	Minutes    int
	ExpiresAt  assess.Time
	Underway   bool
}

// welcome shows whose link this is. It changes nothing: mail scanners and chat
// previews open links too.
func (h candidate) welcome(c *gin.Context) error {
	w, err := h.center.Welcome(c.Request.Context(), c.Param("token"))
	if err != nil {
		speak(c, questions.Lang(c.Query("lang")))
		return err
	}
	speak(c, w.Language)
	speak(c, questions.Lang(c.Query("lang")))
	l := lang(c)
	return h.render(c, http.StatusOK, "candidate/welcome", welcomePage{
		Room:   room{Organization: w.Organization, Language: l, Languages: languages},
		Action: c.Request.URL.Path, Assessment: w.Assessment.In(l),
		Candidate: w.Candidate, Contact: w.Contact, Chosen: questions.Lang(c.Query("lang")),
		Minutes: w.Minutes, ExpiresAt: w.ExpiresAt,
		Underway: w.Stage == assess.StageConsented || w.Stage == assess.StageStarted,
	})
}

// enter exchanges the link for a seat and an address without the secret.
func (h candidate) enter(c *gin.Context) error {
	wanted := questions.Lang(c.PostForm("language"))
	speak(c, wanted)
	s, err := h.center.Enter(c.Request.Context(), c.Param("token"), lang(c))
	if err != nil {
		return err
	}
	if known(wanted) {
		err := h.center.SetSittingLanguage(c.Request.Context(), s, wanted)
		if err != nil && !errors.Is(err, assess.ErrStarted) {
			return err
		}
	}
	h.setCookie(c, seatCookie, h.center.SeatCookie(s), seatKept)
	return redirect(c, "/sit")
}

// seatKept outlasts every invitation; what a seat may still do, the sitting says.
const seatKept = 90 * 24 * time.Hour
