package web

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/ats"
)

// doors is the room of applicant tracking systems that have a shape of their own.
type doors struct {
	*app
	calls    *budget // What one connection may spend.
	attempts *budget // What one address may spend on keys that open nothing.
}

func newDoors(a *app) doors {
	return doors{app: a, calls: newBudget(callsPerMinute), attempts: newBudget(attemptsPerMinute)}
}

// doorPath is where a vendor's doors are.
func doorPath(v assess.Vendor, door ats.Door) string { return "/ats/" + string(v) + door.Path }

// vendorAt is the vendor whose doors are below a path, whether or not this is one.
func vendorAt(path string) (assess.Vendor, bool) {
	below, ok := strings.CutPrefix(path, "/ats/")
	name, _, _ := strings.Cut(below, "/")
	v := assess.Vendor(name)
	return v, ok && ats.Vendors[v] != nil
}

// serve answers one call of a vendor; what fails is answered as any other fault.
func (h doors) serve(v assess.Vendor, door ats.Door) gin.HandlerFunc {
	return h.page(func(c *gin.Context) error {
		answer, err := h.visit(c, v, door)
		if err != nil {
			return err
		}
		return answerVendor(c, answer)
	})
}

// refuse answers a fault in the vendor's own body.
func (a *app) refuse(c *gin.Context, v assess.Vendor, f fault) {
	if err := answerVendor(c, ats.Vendors[v].Refuse(a.refusal(c, f))); err != nil {
		a.log.Error("request failed", "request", requestID(c), "route", c.FullPath(), "error", err)
		c.Status(http.StatusInternalServerError)
	}
}

func answerVendor(c *gin.Context, answer ats.Answer) error {
	body, err := ats.Encode(answer.Body)
	if err != nil {
		return err
	}
	c.Data(answer.Status, "application/json", body)
	return nil
}

func (h doors) visit(c *gin.Context, v assess.Vendor, door ats.Door) (ats.Answer, error) {
	by, n, err := h.admit(c, v)
	if err != nil {
		return ats.Answer{}, err
	}
	speak(c, n.Language)
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return ats.Answer{}, err
	}
	return door.Serve(c.Request.Context(), &ats.Visit{
		Center: h.center, By: by, Connection: n, Query: c.Request.URL.Query(), Header: c.Request.Header, Body: body,
		Words: h.vendorWords(n.Language),
	})
}

// admit proves which connection calls and takes one call from its budget.
func (h doors) admit(c *gin.Context, v assess.Vendor) (assess.Actor, assess.Connection, error) {
	for _, secret := range doorKeys(c) {
		by, n, err := h.center.ConnectionActor(c.Request.Context(), v, secret)
		if errors.Is(err, assess.ErrUnauthenticated) {
			continue
		}
		if err == nil {
			err = h.calls.spend(c, by.ID.String())
		}
		return by, n, err
	}
	if err := h.attempts.spend(c, c.ClientIP()); err != nil {
		return assess.Actor{}, assess.Connection{}, err
	}
	return assess.Actor{}, assess.Connection{}, assess.ErrUnauthenticated
}

// doorKeys are where vendors put the key they were given: in the address, as a
// bearer token, or as either half of basic authentication.
func doorKeys(c *gin.Context) []string {
	if token := c.Param("token"); token != "" {
		return []string{token}
	}
	if user, password, ok := c.Request.BasicAuth(); ok {
		return []string{user, password}
	}
	return []string{apiKey(c.Request)}
}

// refusal words an error for the people at the vendor's end.
func (a *app) refusal(c *gin.Context, f fault) ats.Fault {
	said := ats.Fault{Status: f.Status, Word: f.Word, Fields: f.Fields, ID: requestID(c)}
	key := string(f.Word)
	if f.Word == assess.ErrNotFound && c.FullPath() == "" {
		key = "no_door"
	}
	var err error
	if said.Text, err = a.wordsNow().text(lang(c), "ats.refused."+key); err != nil {
		said.Text = a.problemText(lang(c), key)
	}
	if len(f.Fields) > 0 {
		var all []string
		for _, field := range f.Fields {
			text := a.fieldText(lang(c), field)
			if field.Field != "" {
				text = field.Field + ": " + text
			}
			all = append(all, text)
		}
		said.Text = strings.Join(all, " ")
	}
	return said
}

// vendorWords speaks a connection's language.
func (a *app) vendorWords(l questions.Lang) ats.Words {
	return wordsFor(a.wordsNow(), l, a.cfg)
}

func wordsFor(w words, l questions.Lang, cfg Config) ats.Words {
	return ats.Words{
		Say:    sayer{l, w}.say,
		Text:   func(zh, en string) string { return questions.Text{Chinese: zh, English: en}.In(l) },
		Public: cfg.PublicURL,
	}
}
