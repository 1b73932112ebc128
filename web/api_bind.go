package web

import (
	"errors"
	"mime"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"

	"github.com/fourfold/fourfold/assess"
)

// bind reads a call into the struct v points to, and checks it. Nothing is
// guessed: a parameter the call does not have, or has twice, is an error, and so
// is anything in the body that is not asked for.
func bind(c *gin.Context, v any) error {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return errBadRequest
	}
	var wrong assess.FieldErrors
	for _, source := range []struct {
		tag    string
		values func(name string) []string
	}{
		{"path", func(name string) []string { return []string{c.Param(name)} }},
		{"query", func(name string) []string { return query[name] }},
		{"header", c.Request.Header.Values},
	} {
		names := tagged(reflect.TypeOf(v).Elem(), source.tag)
		for _, name := range names {
			if word := set(v, source.tag, name, source.values(name)); word != "" {
				wrong = append(wrong, assess.FieldError{Field: parameterMark + name, Word: word})
			}
		}
		if source.tag == "query" {
			for name := range query {
				if !slices.Contains(names, name) {
					wrong = append(wrong, assess.FieldError{Field: parameterMark + name, Word: "unknown_field"})
				}
			}
		}
	}
	if wrong != nil {
		return wrong
	}
	if len(tagged(reflect.TypeOf(v).Elem(), "json")) == 0 {
		return binding.Validator.ValidateStruct(v)
	}
	if kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || kind != binding.MIMEJSON {
		return errMediaType
	}
	return readJSON(c, v)
}

// set gives a parameter's value to the field that has the name under the tag. It
// returns the word for what is wrong with it, "" when nothing is.
func set(v any, tag, name string, values []string) string {
	switch {
	case len(values) == 0:
		return ""
	case len(values) > 1:
		return "duplicate"
	case !utf8.ValidString(values[0]) || strings.ContainsFunc(values[0], unicode.IsControl):
		return assess.WordForbidden
	case binding.MapFormWithTag(v, map[string][]string{name: values}, tag) != nil:
		return "wrong_type"
	}
	return ""
}

// tagged lists the names a struct's fields have under a tag.
func tagged(t reflect.Type, tag string) []string {
	var names []string
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get(tag), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// nameFields lets the validator speak of fields by the names callers know:
// "candidate.email" in a body, "?limit" for a parameter.
var nameFields = sync.OnceFunc(func() {
	check, ok := binding.Validator.Engine().(*validator.Validate)
	if !ok {
		panic("web: Gin's validator is not validator/v10")
	}
	check.RegisterTagNameFunc(func(f reflect.StructField) string {
		for _, tag := range []string{"json", "form"} {
			if name, _, _ := strings.Cut(f.Tag.Get(tag), ","); name != "" && name != "-" {
				return name
			}
		}
		for _, tag := range []string{"path", "query", "header"} {
			if name := f.Tag.Get(tag); name != "" {
				return parameterMark + name
			}
		}
		return f.Name
	})
})

// rename gives the center's field names the place they have in a call.
func rename(err error, places map[string]string) error {
	var fields assess.FieldErrors
	if !errors.As(err, &fields) {
		return err
	}
	moved := slices.Clone(fields)
	for i, f := range moved {
		if place, ok := places[f.Field]; ok {
			moved[i].Field = place
		}
	}
	return moved
}
