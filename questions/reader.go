package questions

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// reader turns the YAML files of a bank into values. It goes on after a fault, so
// that all of them are listed, and remembers where everything stood.
type reader struct {
	fsys   fs.FS
	file   string // The one being read.
	faults Faults
	places places
}

// place is where something stands in a bank file.
type place struct {
	file string
	line int
}

// places knows where fields stand, by their path.
type places map[string]place

// of returns where the field stands, or else what it is a part of.
func (p places) of(path string) place {
	for {
		if at, ok := p[path]; ok {
			return at
		}
		if path == "" {
			return place{}
		}
		path = parent(path)
	}
}

// fault is what is wrong with the field of that path, where it stands.
func (p places) fault(path, word, message string) Fault {
	at := p.of(path)
	return Fault{at.file, at.line, path, word, message}
}

// value is a piece of YAML and the path that leads to it.
type value struct {
	*reader
	node *yaml.Node
	path string
}

// maxFile is a bound far above any real bank file.
const maxFile = 4 << 20

// open reads a file's one document.
func (r *reader) open(file string) (value, bool) {
	text, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		r.fail(place{file, 1}, "", "missing", "%v", err)
		return value{}, false
	}
	return r.parse(file, text)
}

// parse reads the one document of a file whose text is given.
func (r *reader) parse(file string, text []byte) (value, bool) {
	r.file = file
	top := value{reader: r, node: &yaml.Node{Line: 1}}
	if len(text) > maxFile {
		top.fault("too_large", "is larger than %d bytes", maxFile)
		return value{}, false
	}
	if empty(text) {
		top.fault("missing", "is empty")
		return value{}, false
	}
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		var at *yaml.LoadError
		if errors.As(err, &at) {
			top.node.Line = max(at.Mark.Line, 1)
			err = errors.New(strings.TrimPrefix(at.Message, "yaml: "))
		}
		top.fault("yaml", "%v", err)
		return value{}, false
	}
	top.node = document.Content[0]
	return top, true
}

// empty reports whether a text holds nothing but white space and comments, in which
// YAML finds no document at all.
func empty(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// fault notes that something is wrong with the value.
func (v value) fault(word, format string, args ...any) {
	v.fail(place{v.file, v.node.Line}, v.path, word, format, args...)
}

// fail notes that something is wrong somewhere.
func (r *reader) fail(at place, field, word, format string, args ...any) {
	r.faults = append(r.faults, Fault{at.file, at.line, field, word, fmt.Sprintf(format, args...)})
}

// is notes a fault unless the value is of the YAML kind; an alias never is.
func (v value) is(kind yaml.Kind, name string) bool {
	switch v.node.Kind {
	case kind:
		return true
	case yaml.AliasNode:
		v.fault("alias", "is an alias; write the value out")
	default:
		v.fault("type", "must be %s", name)
	}
	return false
}

// scalar returns the text of a value of one of the tags.
func (v value) scalar(name string, tags ...string) (string, bool) {
	if !v.is(yaml.ScalarNode, name) {
		return "", false
	}
	if !slices.Contains(tags, v.node.ShortTag()) {
		v.fault("type", "must be %s", name)
		return "", false
	}
	return v.node.Value, true
}

// text reads a text that is not empty.
func (v value) text() string {
	s, ok := v.scalar("text", "!!str")
	switch {
	case !ok:
	case s == "":
		v.fault("missing", "is empty")
	case s != strings.TrimSpace(s):
		v.fault("space", "begins or ends with space")
	}
	return s
}

// number reads a whole number within bounds.
func (v value) number(lowest, highest int) int {
	s, ok := v.scalar("a whole number", "!!int")
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		v.fault("type", "must be a whole number")
	} else if n < lowest || n > highest {
		v.fault("out_of_range", "is %d, not within %d to %d", n, lowest, highest)
	}
	return n
}

// truth reads true or false.
func (v value) truth() bool {
	s, _ := v.scalar("true or false", "!!bool")
	return s == "true"
}

// date reads a day.
func (v value) date() Date {
	s, ok := v.scalar("a date", "!!str", "!!timestamp")
	if !ok {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		v.fault("type", "%q is not a date as YYYY-MM-DD", s)
	}
	return Date(s)
}

// list returns the entries of a list.
func (v value) list() []value {
	if !v.is(yaml.SequenceNode, "a list") {
		return nil
	}
	entries := make([]value, len(v.node.Content))
	for n, node := range v.node.Content {
		entries[n] = value{v.reader, node, join(v.path, fmt.Sprintf("#%d", n+1))}
	}
	return entries
}

// texts reads a list of texts, none twice.
func (v value) texts() []string {
	list := []string{}
	for _, entry := range v.list() {
		s := entry.text()
		if slices.Contains(list, s) {
			entry.fault("duplicate", "%q is listed twice", s)
		}
		list = append(list, s)
	}
	return list
}

// join adds a name to a path; parent takes the last one off.
func join(path, name string) string {
	return strings.TrimPrefix(path+"/"+name, "/")
}

func parent(path string) string {
	return path[:max(strings.LastIndexByte(path, '/'), 0)]
}
