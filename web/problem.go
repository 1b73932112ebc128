package web

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// problem is an error for programs, as RFC 9457 describes it. Code is the stable
// word; Title and Detail are for people, in the language they asked for.
type problem struct {
	Type     string         `json:"type" format:"uri" description:"Where the documentation explains this kind of problem."`
	Title    string         `json:"title" description:"The kind of problem in a few words."`
	Status   int            `json:"status" description:"The HTTP status, again."`
	Detail   string         `json:"detail,omitempty" description:"What happened and what to do about it."`
	Instance string         `json:"instance" description:"The id of this request, as in X-Request-Id; name it when you ask for help."`
	Code     assess.Error   `json:"code" description:"A stable word to branch on."`
	Errors   []problemField `json:"errors,omitempty" description:"Everything that is wrong with what was sent."`
	Kept     any            `json:"kept,omitempty"` // The stored answer, where a save was stale.
}

// problemField names one place in a request and what is wrong with it: a JSON
// Pointer into the body, or a parameter of the path, the query or the header.
type problemField struct {
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Pointer   string `json:"pointer,omitempty" description:"A JSON Pointer into the body, as a URI fragment."`
	Parameter string `json:"parameter,omitempty" description:"A path, query or header parameter."`
}

// missingScope is where the name of a scope waits to be told.
const missingScope = "missing_scope"

// problemOf words a fault for a program and its author.
func (a *app) problemOf(c *gin.Context, f fault) problem {
	p := problem{
		Type: a.problemType(f.Word), Status: f.Status, Instance: requestID(c), Code: f.Word,
		Title:  a.problemText(lang(c), string(f.Word)+".title"),
		Detail: a.problemText(lang(c), string(f.Word), "scope", c.GetString(missingScope)),
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, a.problemField(lang(c), field))
	}
	return p
}

// problemText words a reason for programs; most are told as people are told.
func (a *app) problemText(l questions.Lang, key string, slots ...any) string {
	words := a.wordsNow()
	if text, err := words.text(l, "problem."+key, slots...); err == nil {
		return text
	}
	text, _ := words.text(l, "error."+key, slots...)
	return text
}

// problemType is the address of the paragraph that explains a word.
func (a *app) problemType(word assess.Error) string {
	page := a.cfg.PublicURL.JoinPath("/api/docs")
	page.Fragment = "error-" + string(word)
	return page.String()
}

func (a *app) problemField(l questions.Lang, f assess.FieldError) problemField {
	p := problemField{Detail: a.fieldText(l, f), Code: f.Word}
	if name, ok := strings.CutPrefix(f.Field, parameterMark); ok {
		p.Parameter = index.ReplaceAllString(name, "")
		return p
	}
	p.Pointer = "#" + (&url.URL{Path: pointer(f.Field)}).EscapedPath()
	return p
}

// index is where the validator names one of a list: "state[0]".
var index = regexp.MustCompile(`\[(\d+)\]`)

// parameterMark stands before the name of a field that is a parameter.
const parameterMark = "?"

// pointer turns a field's name, "candidate.email" or "events[0]", into a JSON
// Pointer; what is one already stays.
func pointer(field string) string {
	if field == "" || field[0] == '/' {
		return field
	}
	return "/" + strings.ReplaceAll(index.ReplaceAllString(field, "/$1"), ".", "/")
}

func (a *app) problem(c *gin.Context, f fault) { writeProblem(c, a.problemOf(c, f)) }

func writeProblem(c *gin.Context, p problem) {
	c.Header("Content-Type", "application/problem+json")
	c.JSON(p.Status, p)
}
