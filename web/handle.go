package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-playground/validator/v10"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// handler reads a request, asks the center once and answers. An error it returns
// is answered by page, in one place.
type handler func(*gin.Context) error

// Reasons the web itself declines a request; words like those of assess.
const (
	errInternal   assess.Error = "internal"
	errBadRequest assess.Error = "bad_request"
	errTooLarge   assess.Error = "too_large"
	errMethod     assess.Error = "method_not_allowed"
	errNoSeat     assess.Error = "no_seat"
	errCrossSite  assess.Error = "cross_origin"
	errMediaType  assess.Error = "unsupported_media_type"
	errTooMany    assess.Error = "too_many_requests"
)

// statuses is the one table from reason to HTTP status. What is not in it is a
// fault of ours.
var statuses = map[assess.Error]int{
	errBadRequest:             http.StatusBadRequest,
	errTooLarge:               http.StatusRequestEntityTooLarge,
	errMethod:                 http.StatusMethodNotAllowed,
	errNoSeat:                 http.StatusUnauthorized,
	errCrossSite:              http.StatusForbidden,
	errMediaType:              http.StatusUnsupportedMediaType,
	errTooMany:                http.StatusTooManyRequests,
	assess.ErrNotFound:        http.StatusNotFound,
	assess.ErrNoResult:        http.StatusNotFound,
	assess.ErrConflict:        http.StatusConflict,
	assess.ErrForbidden:       http.StatusForbidden,
	assess.ErrUnauthenticated: http.StatusUnauthorized,
	assess.ErrLinkUnknown:     http.StatusNotFound,
	assess.ErrLinkExpired:     http.StatusGone,
	assess.ErrLinkWithdrawn:   http.StatusGone,
	assess.ErrSittingClosed:   http.StatusConflict,
	assess.ErrTooLate:         http.StatusConflict,
	assess.ErrStale:           http.StatusConflict,
	assess.ErrNotStarted:      http.StatusConflict,
	assess.ErrStarted:         http.StatusConflict,
	assess.ErrConsentNeeded:   http.StatusConflict,
	assess.ErrBusy:            http.StatusServiceUnavailable,
	assess.ErrUnavailable:     http.StatusServiceUnavailable,
	assess.ErrPublished:       http.StatusConflict,
	assess.ErrNotPublished:    http.StatusConflict,
	assess.ErrKeyReused:       http.StatusUnprocessableEntity,
	assess.ErrInFlight:        http.StatusConflict,
	assess.ErrWrongPassword:   http.StatusUnauthorized,
	assess.ErrSetUpDone:       http.StatusGone,
	assess.ErrScope:           http.StatusForbidden,
	assess.ErrShortfall:       http.StatusUnprocessableEntity,
	assess.ErrEvidence:        http.StatusUnprocessableEntity,
	assess.ErrPanelClosed:     http.StatusConflict,
	assess.ErrRatingDone:      http.StatusConflict,
	assess.ErrTooFew:          http.StatusUnprocessableEntity,
	assess.ErrSameKey:         http.StatusUnprocessableEntity,
	assess.ErrCallback:        http.StatusUnprocessableEntity,
	assess.ErrNoCredential:    http.StatusConflict,
	assess.ErrDisconnected:    http.StatusConflict,
	assess.ErrNoAddress:       http.StatusConflict,
	assess.ErrPasswordOff:     http.StatusForbidden,
	assess.ErrSignOn:          http.StatusBadRequest,
	assess.ErrProvider:        http.StatusBadGateway,
	assess.ErrUnverified:      http.StatusForbidden,
	assess.ErrNoMember:        http.StatusForbidden,
	assess.ErrOtherIdentity:   http.StatusForbidden,
	assess.ErrWrongCode:       http.StatusUnauthorized,
	assess.ErrTooManyTries:    http.StatusTooManyRequests,
	assess.ErrPasskey:         http.StatusUnauthorized,
	assess.ErrStep:            http.StatusUnauthorized,
}

// retryAfter is how long a client should wait when the database is away.
const retryAfter = 5

// fault is an error as the outside may see it.
type fault struct {
	Status int
	Word   assess.Error
	Fields assess.FieldErrors
}

// faultOf finds what may be told of an error.
func faultOf(err error) fault {
	var (
		word   assess.Error
		large  *http.MaxBytesError
		answer *questions.ResponseError
	)
	if fields := fieldErrors(err); len(fields) > 0 {
		return fault{http.StatusBadRequest, errBadRequest, fields}
	}
	switch {
	case errors.As(err, &large):
		return fault{Status: http.StatusRequestEntityTooLarge, Word: errTooLarge}
	case errors.As(err, &answer):
		return fault{http.StatusBadRequest, errBadRequest,
			assess.FieldErrors{{Field: "response." + answer.Field, Word: answer.Reason}}}
	case errors.As(err, &word):
		if status, ok := statuses[word]; ok {
			return fault{Status: status, Word: word}
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault{Status: http.StatusServiceUnavailable, Word: assess.ErrUnavailable}
	}
	return fault{Status: http.StatusInternalServerError, Word: errInternal}
}

// fieldErrors finds which fields an error is about, whether the validator or the
// center complained; none when it is about something else.
func fieldErrors(err error) assess.FieldErrors {
	var (
		many  assess.FieldErrors
		one   assess.FieldError
		rules validator.ValidationErrors
	)
	switch {
	case errors.As(err, &many):
		return many
	case errors.As(err, &one):
		return assess.FieldErrors{one}
	case errors.As(err, &rules):
		for _, r := range rules {
			_, field, _ := strings.Cut(r.Namespace(), ".")
			many = append(many, assess.FieldError{Field: field, Word: r.Tag(), Params: map[string]string{"param": r.Param()}})
		}
	}
	return many
}

// fieldTexts says, by field, what is wrong in the reader's language; nil when the
// error is not about fields. Handlers show the form again with it.
func (a *app) fieldTexts(c *gin.Context, err error) map[string]string {
	fields := fieldErrors(err)
	if fields == nil {
		return nil
	}
	texts := make(map[string]string, len(fields))
	for _, f := range fields {
		texts[f.Field] = a.fieldText(lang(c), f)
	}
	return texts
}

func (a *app) fieldText(l questions.Lang, f assess.FieldError) string {
	slots := make([]any, 0, 2*len(f.Params))
	for slot, value := range f.Params {
		slots = append(slots, slot, value)
	}
	words := a.wordsNow()
	if text, err := words.text(l, "field."+f.Word, slots...); err == nil {
		return text
	}
	text, _ := words.text(l, "field.invalid")
	return text
}

// page answers a handler's error with a page in the reader's language, with a
// problem document where the caller speaks JSON, or in a vendor's own body.
func (a *app) page(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			a.failed(c, err)
		}
	}
}

// errorPage is the one page every failure shows.
type errorPage struct {
	Word    assess.Error
	Fields  []string
	Request string
	Retry   *retry
}

// retry is a form the reader may send again: what was typed stays in the page
// while the server cannot take it.
type retry struct {
	Action string
	Values []formValue
}

type formValue struct{ Name, Value string }

// told finds what may be told of an error, and logs what must be known of it here.
func (a *app) told(c *gin.Context, err error) fault {
	f := faultOf(err)
	if f.Status == http.StatusInternalServerError {
		a.log.Error("request failed", "request", requestID(c), "route", c.FullPath(), "error", err)
	}
	if f.Status == http.StatusServiceUnavailable {
		a.log.Warn("unavailable", "request", requestID(c), "route", c.FullPath(), "error", err)
		c.Header("Retry-After", strconv.Itoa(retryAfter))
	}
	if f.Word == assess.ErrInFlight {
		c.Header("Retry-After", "1")
	}
	return f
}

// failed answers an error.
func (a *app) failed(c *gin.Context, err error) {
	f := a.told(c, err)
	if _, seated := c.Get(seatKey); seated && f.Word == assess.ErrUnauthenticated {
		f.Word = errNoSeat // a link that was replaced takes its seats along
	}
	if c.Writer.Written() {
		return
	}
	if v, ok := vendorAt(c.Request.URL.Path); ok {
		a.refuse(c, v, f)
		return
	}
	if wantsJSON(c) {
		a.problem(c, f)
		return
	}
	p := errorPage{Word: f.Word, Request: requestID(c)}
	for _, field := range f.Fields {
		p.Fields = append(p.Fields, a.fieldText(lang(c), field))
	}
	if f.Status == http.StatusServiceUnavailable && c.GetBool(keepTyped) {
		p.Retry = typed(c)
	}
	if err := a.render(c, f.Status, "error", p); err != nil {
		a.log.Error("error page", "request", requestID(c), "error", err)
		c.String(f.Status, string(f.Word))
	}
}

// keepTyped marks requests whose form the error page may hand back; forms with
// passwords are never marked.
const keepTyped = "keep_typed"

func typed(c *gin.Context) *retry {
	if c.Request.Method != http.MethodPost || c.Request.ParseForm() != nil {
		return nil
	}
	r := &retry{Action: c.Request.URL.Path}
	for name, values := range c.Request.PostForm {
		for _, v := range values {
			r.Values = append(r.Values, formValue{name, v})
		}
	}
	return r
}

// unknownPath sends people and programs on from an address with a slash too many. A
// vendor's system is told that nothing is there: it follows no redirect with an order.
func (a *app) unknownPath(c *gin.Context) error {
	asked := c.Request.URL
	if _, vendor := vendorAt(asked.Path); vendor || !strings.HasSuffix(asked.Path, "/") {
		return assess.ErrNotFound
	}
	status := http.StatusTemporaryRedirect // which keeps the method and the body
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		status = http.StatusMovedPermanently
	}
	to := url.URL{Path: path.Clean("/" + asked.Path), RawQuery: asked.RawQuery} // clean, it cannot name another host
	c.Redirect(status, to.String())
	return nil
}

func (a *app) wrongMethod(*gin.Context) error { return errMethod }

// redirect sends the reader on with 303, so that going back or reloading never
// repeats a form.
func redirect(c *gin.Context, to string) error {
	c.Redirect(http.StatusSeeOther, to)
	return nil
}
