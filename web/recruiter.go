package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// desk is what the frame of every recruiter page shows: who is here, and where.
// A page that needs no session has no member.
type desk struct {
	Member assess.Member
	Here   string // overview, candidates, assessments, bank or settings.
}

// SignedIn reports whether somebody is.
func (d desk) SignedIn() bool { return d.Member.ID != uuid.Nil }

// Can reports whether the member holds a right, so that pages leave out what the
// center would refuse.
func (d desk) Can(right assess.Right) bool { return d.Member.Actor().Can(right) }

const memberKey = "member"

// signedIn lets only members pass and answers them in their own language. Others
// are asked to sign in, and come back to the page they wanted.
func (h recruiter) signedIn(c *gin.Context) {
	m, err := h.center.Member(c.Request.Context(), h.cookie(c, sessionCookie))
	switch {
	case err == nil && m.Enrolling && !openToEnrolling(c.Request.URL.Path):
		c.Header("Location", "/settings/factors")
		c.AbortWithStatus(http.StatusSeeOther)
	case err == nil:
		c.Set(memberKey, m)
		speak(c, m.Language)
	case faultOf(err).Word != assess.ErrUnauthenticated:
		h.failed(c, err)
		c.Abort()
	default:
		c.Header("Location", signInFor(c.Request))
		c.AbortWithStatus(http.StatusSeeOther)
	}
}

// openToEnrolling reports whether a page is for members who must set up a second
// factor first. The center gives them no right to any other.
func openToEnrolling(path string) bool {
	return path == "/settings/factors" || strings.HasPrefix(path, "/settings/factors/") || path == "/signout"
}

func signInFor(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == "/" {
		return "/signin"
	}
	return "/signin?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
}

func member(c *gin.Context) assess.Member { return c.MustGet(memberKey).(assess.Member) }

func actor(c *gin.Context) assess.Actor { return member(c).Actor() }

// deskAt is the frame of a page at one of the places.
func deskAt(c *gin.Context, here string) desk { return desk{Member: member(c), Here: here} }

// local reports whether an address is a path of this server. A browser reads
// "//host" and "/\host" as another host.
func local(path string) bool {
	u, err := url.Parse(path)
	return err == nil && u.Scheme == "" && u.Host == "" &&
		strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.Contains(path, `\`)
}

// pathID reads the id in the path. A malformed one is nobody's: the center answers
// it like an unknown one, after it has asked for the right.
func pathID(c *gin.Context, kind assess.IDKind) uuid.UUID {
	id, err := assess.ParseID(kind, c.Param("id"))
	if err != nil {
		return uuid.Nil
	}
	return id
}

// keepSession leaves the session with the browser.
func (h recruiter) keepSession(c *gin.Context, s assess.Session) {
	h.setCookie(c, sessionCookie, s.Token, assess.SessionAbsolute)
	speak(c, s.Member.Language)
}

// home sends a member to the first place the role can see.
func (h recruiter) home(c *gin.Context) error {
	if actor(c).Can(assess.SeeInvitations) {
		return redirect(c, "/overview")
	}
	return redirect(c, "/assessments")
}

// sayer gives the texts of one language to what is worded in Go: pictures,
// sentences put together from a result.
type sayer struct {
	lang  questions.Lang
	words words
}

func (a *app) sayer(c *gin.Context) sayer { return sayer{lang(c), a.wordsNow()} }

// say returns a text with its slots filled. The texts are part of the program: a
// missing one is a fault in it.
func (s sayer) say(key string, slots ...any) string {
	text, err := s.words.text(s.lang, key, slots...)
	if err != nil {
		panic(err)
	}
	return text
}

// text returns a text of the bank in the language.
func (s sayer) text(t questions.Text) string { return t.In(s.lang) }

// day writes a date in the language.
func (s sayer) day(t time.Time) string { return format(s.lang, t, false) }
