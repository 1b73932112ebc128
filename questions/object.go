package questions

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// object is a value with named fields, of which it watches that each is known.
type object struct {
	value
	fields map[string]value
	unread map[string]value
}

// object reads a mapping.
func (v value) object() object {
	o := object{value: v, fields: map[string]value{}, unread: map[string]value{}}
	if !v.is(yaml.MappingNode, "a mapping") {
		return o
	}
	for pair := range slices.Chunk(v.node.Content, 2) {
		key, node := pair[0], pair[1]
		field := value{v.reader, node, join(v.path, key.Value)}
		if o.has(key.Value) {
			value{v.reader, key, field.path}.fault("duplicate", "is given twice")
			continue
		}
		o.places[field.path] = place{v.file, node.Line}
		o.fields[key.Value], o.unread[key.Value] = field, field
	}
	return o
}

// named reads a mapping that stands in a list and is known there by one of its
// fields, which becomes its path instead of its number.
func (v value) named(field string) object {
	if name, ok := v.name(field); ok {
		path := join(parent(v.path), name.Value)
		if first, twice := v.places[path]; twice {
			value{v.reader, name, join(path, field)}.fault("duplicate", "is already at %s:%d", first.file, first.line)
			return v.object()
		}
		v.path = path
	}
	v.places[v.path] = place{v.file, v.node.Line}
	return v.object()
}

// name finds the text of a field before the mapping is read.
func (v value) name(field string) (*yaml.Node, bool) {
	if v.node.Kind != yaml.MappingNode {
		return nil, false
	}
	for pair := range slices.Chunk(v.node.Content, 2) {
		if pair[0].Value == field && pair[1].Kind == yaml.ScalarNode && pair[1].Value != "" {
			return pair[1], true
		}
	}
	return nil, false
}

// has reports whether the field is given.
func (o object) has(name string) bool {
	_, ok := o.fields[name]
	return ok
}

// at returns a field, or where it ought to stand.
func (o object) at(name string) value {
	if field, ok := o.fields[name]; ok {
		return field
	}
	return value{o.reader, o.node, join(o.path, name)}
}

// get returns a field, and notes a fault when it is not there.
func (o object) get(name string) (value, bool) {
	field, ok := o.fields[name]
	delete(o.unread, name)
	if !ok && o.node.Kind == yaml.MappingNode {
		o.at(name).fault("missing", "is missing")
	}
	return field, ok
}

// close notes the fields that nobody has read.
func (o object) close() {
	for _, name := range slices.Sorted(maps.Keys(o.unread)) {
		o.unread[name].fault("unknown_field", "is not a known field")
	}
}

func (o object) text(name string) string {
	if field, ok := o.get(name); ok {
		return field.text()
	}
	return ""
}

// word reads one of the allowed texts.
func (o object) word(name string, allowed ...string) string {
	field, ok := o.get(name)
	if !ok {
		return ""
	}
	s := field.text()
	if s != "" && !slices.Contains(allowed, s) {
		field.fault("unknown_word", "%q is not one of %s", s, strings.Join(allowed, ", "))
	}
	return s
}

func (o object) number(name string, lowest, highest int) int {
	if field, ok := o.get(name); ok {
		return field.number(lowest, highest)
	}
	return 0
}

func (o object) truth(name string) bool {
	if field, ok := o.get(name); ok {
		return field.truth()
	}
	return false
}

func (o object) date(name string) Date {
	if field, ok := o.get(name); ok {
		return field.date()
	}
	return ""
}

func (o object) texts(name string) []string {
	if field, ok := o.get(name); ok {
		return field.texts()
	}
	return []string{}
}

func (o object) list(name string) []value {
	if field, ok := o.get(name); ok {
		return field.list()
	}
	return nil
}

// both reads a text in both languages from fields of the object itself, their names
// ending in the language: "why_zh" and "why_en", or "zh" and "en".
func (o object) both(prefix string) Text {
	return Text{Chinese: o.text(prefix + "zh"), English: o.text(prefix + "en")}
}

// bilingual reads a field that holds a text in both languages.
func (o object) bilingual(name string) Text {
	field, ok := o.get(name)
	if !ok {
		return Text{}
	}
	inner := field.object()
	defer inner.close()
	return inner.both("")
}
