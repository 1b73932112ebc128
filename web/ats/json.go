package ats

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"

	"github.com/fourfold/fourfold/assess"
)

// text is a string that a vendor may send as a number, a truth value or null.
type text string

var errNested = errors.New("a single value is expected")

// UnmarshalJSON takes any single value; what is nested is refused.
func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")):
		*t = ""
		return nil
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case b[0] == '{' || b[0] == '[':
		return errNested
	}
	*t = text(b) // the digits as they were sent: ids are not arithmetic
	return nil
}

// read reads a vendor's body: what it does not know it passes over, for vendors
// add members as they please.
func (v *Visit) read(into any) error {
	d := json.NewDecoder(bytes.NewReader(v.Body))
	if err := d.Decode(into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return assess.FieldErrors{{Field: wrong.Field, Word: "wrong_type"}}
		}
		if errors.Is(err, errNested) {
			return assess.FieldErrors{{Word: "wrong_type"}}
		}
		return assess.FieldErrors{{Word: "malformed"}}
	}
	return nil
}

// partForm is what an id may consist of that becomes a part of an address.
var partForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)

// pathPart checks an id that we shall put into an address.
func pathPart(field string, id text) error {
	switch {
	case id == "":
		return assess.FieldErrors{{Field: field, Word: assess.WordRequired}}
	case !partForm.MatchString(string(id)):
		return assess.FieldErrors{{Field: field, Word: assess.WordForbidden}}
	}
	return nil
}

// member is one entry of an object whose order is kept: vendors show such keys to
// people, as they come.
type member struct {
	name  string
	value any
}

type object []member

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, part := range []any{m.name, m.value} {
			if j > 0 {
				b.WriteByte(':')
			}
			raw, err := plain(part)
			if err != nil {
				return nil, err
			}
			b.Write(raw)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plain writes JSON without escaping what only HTML would need escaped.
func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Encode writes an answer's body.
func Encode(v any) ([]byte, error) { return plain(v) }

// call puts a request to a vendor together.
func call(method, url string, body any, header ...string) (Call, error) {
	c := Call{Method: method, URL: url, Header: http.Header{"Accept": {"application/json"}}}
	for i := 0; i+1 < len(header); i += 2 {
		c.Header.Set(header[i], header[i+1])
	}
	if body == nil {
		return c, nil
	}
	var err error
	c.Body, err = plain(body)
	c.Header.Set("Content-Type", "application/json")
	return c, err
}

// basic is a key as the user name of basic authentication with an empty password.
func basic(key string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))
}

func bearer(token string) string { return "Bearer " + token }
