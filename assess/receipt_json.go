package assess

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Difference is where a document is not what it should be: the place as a JSON pointer,
// what stands there, and what was found in its place.
type Difference struct {
	Path   string `json:"path"`
	Stated string `json:"stated"`
	Found  string `json:"found"`
}

// Error names the place and both sides.
func (d *Difference) Error() string {
	path := d.Path
	if path == "" {
		path = "the document"
	}
	return fmt.Sprintf("%s: stated %s, found %s", path, shortened(d.Stated), shortened(d.Found))
}

// shortened keeps a long text on one line of a terminal.
func shortened(s string) string {
	const most = 160
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// node is a value of a canonical JSON text: the very bytes from start to end.
type node struct {
	kind       byte // '{', '[', '"', '0' for a number, 't' for true, false and null.
	start, end int
	names      []string // Of an object's members, in their order.
	inner      []*node
}

// canonicalReader reads canonical JSON and nothing else: no white space, members in the
// order the writer has, whole numbers, strings escaped no more than must be. Each value
// then has one text, so that a changed byte is a changed value.
type canonicalReader struct {
	text []byte
	at   int
	path []string
}

// deepest bounds how far values may be nested.
const deepest = 32

// readCanonical reads a text; what is not canonical is a *Difference.
func readCanonical(text []byte) (*node, error) {
	r := &canonicalReader{text: text}
	n, err := r.value()
	if err != nil {
		return nil, err
	}
	if r.at != len(text) {
		return nil, r.differs("the end of the document")
	}
	return n, nil
}

// differs says what should stand at the place reached.
func (r *canonicalReader) differs(want string) error {
	stated := "the end of the document"
	if r.at < len(r.text) {
		end := r.at + 1
		for end < len(r.text) && end < r.at+utf8.UTFMax && !utf8.RuneStart(r.text[end]) {
			end++
		}
		stated = strconv.Quote(string(r.text[r.at:end]))
	}
	return &Difference{jsonPointer(r.path...), fmt.Sprintf("%s at byte %d", stated, r.at), "no canonical JSON: expected " + want}
}

// jsonPointer writes a path as RFC 6901 does.
func jsonPointer(path ...string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	return b.String()
}

func (r *canonicalReader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *canonicalReader) take(want byte) error {
	if r.at >= len(r.text) || r.text[r.at] != want {
		return r.differs(strconv.Quote(string(want)))
	}
	r.at++
	return nil
}

func (r *canonicalReader) value() (*node, error) {
	if len(r.path) > deepest {
		return nil, r.differs("less nesting")
	}
	n := &node{kind: r.peek(), start: r.at}
	var err error
	switch c := r.peek(); {
	case c == '{':
		err = r.object(n)
	case c == '[':
		err = r.list(n)
	case c == '"':
		_, err = r.string()
	case c == '-' || c >= '0' && c <= '9':
		n.kind = '0'
		err = r.number()
	case c == 't' || c == 'f' || c == 'n':
		n.kind = 't'
		err = r.word()
	default:
		err = r.differs("a value")
	}
	n.end = r.at
	return n, err
}

func (r *canonicalReader) object(n *node) error {
	r.at++
	for r.peek() != '}' {
		if len(n.inner) > 0 {
			if err := r.take(','); err != nil {
				return err
			}
		}
		if r.peek() != '"' {
			return r.differs("a name")
		}
		name, err := r.string()
		if err != nil {
			return err
		}
		r.path = append(r.path, name)
		if err := r.take(':'); err != nil {
			return err
		}
		v, err := r.value()
		if err != nil {
			return err
		}
		r.path = r.path[:len(r.path)-1]
		n.names, n.inner = append(n.names, name), append(n.inner, v)
	}
	r.at++
	return nil
}

func (r *canonicalReader) list(n *node) error {
	r.at++
	for r.peek() != ']' {
		if len(n.inner) > 0 {
			if err := r.take(','); err != nil {
				return err
			}
		}
		r.path = append(r.path, strconv.Itoa(len(n.inner)))
		v, err := r.value()
		if err != nil {
			return err
		}
		r.path = r.path[:len(r.path)-1]
		n.inner = append(n.inner, v)
	}
	r.at++
	return nil
}

func (r *canonicalReader) word() error {
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(string(r.text[r.at:min(len(r.text), r.at+len(word))]), word) {
			r.at += len(word)
			return nil
		}
	}
	return r.differs("true, false or null")
}

// number reads a whole number; there are no others in our documents.
func (r *canonicalReader) number() error {
	if r.peek() == '-' {
		if r.at++; r.peek() == '0' {
			return r.differs("a number other than 0")
		}
	}
	first := r.at
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.at++
	}
	switch {
	case r.at == first:
		return r.differs("a digit")
	case r.text[first] == '0' && r.at > first+1:
		r.at = first
		return r.differs("a number without leading zeros")
	}
	return nil
}

// escapes are the only ways a character may be escaped, by the character.
var escapes = map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\u2028': `\u2028`, '\u2029': `\u2029`}

// string reads a string: what must be escaped is, in one way, and nothing else is.
func (r *canonicalReader) string() (string, error) {
	r.at++
	var b []byte
	for {
		if r.at >= len(r.text) {
			return "", r.differs(`"\""`)
		}
		c := r.text[r.at]
		switch {
		case c == '"':
			r.at++
			return string(b), nil
		case c == '\\':
			char, err := r.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, char)
		case c < ' ':
			return "", r.differs("an escaped control character")
		case c < utf8.RuneSelf:
			b = append(b, c)
			r.at++
		default:
			char, size := utf8.DecodeRune(r.text[r.at:])
			if char == utf8.RuneError && size == 1 {
				return "", r.differs("UTF-8")
			}
			if _, must := escapes[char]; must {
				return "", r.differs("an escaped character")
			}
			b = append(b, r.text[r.at:r.at+size]...)
			r.at += size
		}
	}
}

func (r *canonicalReader) escape() (rune, error) {
	for char, text := range escapes {
		if strings.HasPrefix(string(r.text[r.at:min(len(r.text), r.at+6)]), text) {
			r.at += len(text)
			return char, nil
		}
	}
	if rest := r.text[r.at:]; len(rest) >= 6 && string(rest[:4]) == `\u00` {
		code, err := strconv.ParseUint(string(rest[4:6]), 16, 8)
		_, short := escapes[rune(code)]
		if err == nil && code < ' ' && !short && strings.ToLower(string(rest[4:6])) == string(rest[4:6]) {
			r.at += 6
			return rune(code), nil
		}
	}
	return 0, r.differs("the shortest escape of a character that needs one")
}

// member returns an object's member of that name, or nil.
func (n *node) member(name string) *node {
	for i, other := range n.names {
		if other == name {
			return n.inner[i]
		}
	}
	return nil
}

// text is the value's bytes.
func (n *node) text(of []byte) []byte { return of[n.start:n.end] }

// differ returns the first difference between what a document states and what was
// found, in the order of the document; nil when there is none.
func differ(path string, stated *node, statedText []byte, found *node, foundText []byte) *Difference {
	if string(stated.text(statedText)) == string(found.text(foundText)) {
		return nil
	}
	if stated.kind != found.kind || stated.kind != '{' && stated.kind != '[' {
		return &Difference{path, string(stated.text(statedText)), string(found.text(foundText))}
	}
	for i := range max(len(stated.inner), len(found.inner)) {
		at := path + "/" + strconv.Itoa(i)
		switch {
		case stated.kind == '{' && i < len(stated.names) && i < len(found.names) && stated.names[i] != found.names[i]:
			return &Difference{path + jsonPointer(stated.names[i]), "a member " + strconv.Quote(stated.names[i]), "a member " + strconv.Quote(found.names[i])}
		case i >= len(stated.inner):
			if found.kind == '{' {
				at = path + jsonPointer(found.names[i])
			}
			return &Difference{at, "nothing", string(found.inner[i].text(foundText))}
		case stated.kind == '{':
			at = path + jsonPointer(stated.names[i])
		}
		if i >= len(found.inner) {
			return &Difference{at, string(stated.inner[i].text(statedText)), "nothing"}
		}
		if d := differ(at, stated.inner[i], statedText, found.inner[i], foundText); d != nil {
			return d
		}
	}
	return nil
}
