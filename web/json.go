package web

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/go-playground/validator/v10"

	"github.com/fourfold/fourfold/assess"
)

// wantsJSON reports whether the caller is a program: it came to the API, sent
// JSON, or asks for nothing else.
func wantsJSON(c *gin.Context) bool {
	return strings.HasPrefix(c.Request.URL.Path, "/api/") || strings.HasPrefix(c.Request.URL.Path, "/ats/") ||
		c.ContentType() == binding.MIMEJSON ||
		strings.HasPrefix(c.GetHeader("Accept"), binding.MIMEJSON)
}

// readJSON reads the whole body into v: exactly one value, every name known and
// said once, every type right. It returns FieldErrors naming the first place
// that is not so by its JSON Pointer, or what the validator has to say.
func readJSON(c *gin.Context, v any) error {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v, json.RejectUnknownMembers(true), noNull); err != nil {
		return jsonFault(err)
	}
	if check, ok := binding.Validator.Engine().(*validator.Validate); ok {
		return check.Struct(v)
	}
	return nil
}

// noNull refuses null: a value that is not there is left out.
var noNull = json.WithUnmarshalers(json.UnmarshalFromFunc(func(in *jsontext.Decoder, _ any) error {
	if in.PeekKind() == 'n' {
		return errors.New("null")
	}
	return json.SkipFunc
}))

func jsonFault(err error) error {
	var (
		meaning *json.SemanticError
		syntax  *jsontext.SyntacticError
		pointer jsontext.Pointer
		word    = "wrong_type"
	)
	switch {
	case errors.As(err, &syntax):
		pointer, word = syntax.JSONPointer, "malformed"
		if errors.Is(err, jsontext.ErrDuplicateName) {
			word = "duplicate"
		}
	case errors.As(err, &meaning):
		pointer = meaning.JSONPointer
		if errors.Is(err, json.ErrUnknownName) {
			word = "unknown_field"
		}
	}
	return assess.FieldErrors{{Field: legible(pointer), Word: word}}
}

// legible keeps a pointer to the part worth reading, however deep or long what was
// sent is.
func legible(p jsontext.Pointer) string {
	const most = 200
	if len(p) <= most {
		return string(p)
	}
	return string(p[:max(0, strings.LastIndexByte(string(p[:most]), '/'))])
}

// ok answers with JSON.
func ok(c *gin.Context, v any) error {
	c.JSON(http.StatusOK, v)
	return nil
}
