package qti

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// Bounds of one document.
const (
	deepest    = 24
	mostTokens = 200_000
)

// vocabulary is what a document may hold: its elements, each with its attributes.
// Whatever is not in it is refused, so that nothing active comes in.
type vocabulary map[string][]string

// document is an XML file that has been looked at.
type document struct {
	entry string
	root  *etree.Element
}

// readDocument reads an XML file whose root is the element given. It refuses a
// DOCTYPE, with it every entity of the file's own, processing instructions and
// whatever the vocabulary lacks.
func readDocument(entry string, text []byte, space, root string, v vocabulary) (document, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if err := scan(entry, text); err != nil {
		return document{}, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings.MaxDepth = deepest
	doc.ReadSettings.PreserveDuplicateAttrs = true
	if err := doc.ReadFromBytes(text); err != nil {
		return document{}, refuse(entry, "xml", "is not well-formed: %v", err)
	}
	top := doc.Root()
	if top == nil || top.FullTag() != root || top.NamespaceURI() != space {
		return document{}, refuse(entry, "root", "its root is not %s of %s", root, space)
	}
	return document{entry, top}, v.check(entry, top)
}

// scan reads the file once without keeping anything, so that the tree is only made
// of what is safe.
func scan(entry string, text []byte) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	depth, roots := 0, 0
	for n := 0; ; n++ {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return refuse(entry, "xml", "is not well-formed: %v", err)
		}
		if n > mostTokens {
			return refuse(entry, "too_large", "has more than %d elements and texts", mostTokens)
		}
		switch t := token.(type) {
		case xml.Directive:
			return refuse(entry, "doctype", "contains a DOCTYPE or another declaration")
		case xml.ProcInst:
			if t.Target != "xml" {
				return refuse(entry, "instruction", "contains the processing instruction %q", t.Target)
			}
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			if depth++; depth > deepest {
				return refuse(entry, "depth", "is nested more than %d deep", deepest)
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return refuse(entry, "xml", "has text outside its root")
			}
		}
	}
	if roots != 1 || depth != 0 {
		return refuse(entry, "xml", "is not well-formed: one root is needed")
	}
	return nil
}

// check holds an element and all below it against the vocabulary.
func (v vocabulary) check(entry string, e *etree.Element) error {
	attributes, known := v[e.FullTag()]
	if !known {
		return refuse(entry, "element", "contains <%s>, which is not part of what can be read", e.FullTag())
	}
	seen := map[string]bool{}
	for _, a := range e.Attr {
		name := a.FullKey()
		switch {
		case seen[name]:
			return refuse(entry, "xml", "<%s> gives %s twice", e.FullTag(), name)
		case name == "xmlns", strings.HasPrefix(name, "xmlns:"), name == "xsi:schemaLocation":
		case !slices.Contains(attributes, name):
			return refuse(entry, "attribute", "contains %s of <%s>, which is not part of what can be read", name, e.FullTag())
		}
		seen[name] = true
	}
	for _, child := range e.ChildElements() {
		if err := v.check(entry, child); err != nil {
			return err
		}
	}
	return nil
}

// plain is the text of an element that holds nothing else.
func (d document) plain(e *etree.Element) (string, error) {
	var text strings.Builder
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.CharData:
			text.WriteString(t.Data)
		case *etree.Comment:
		default:
			return "", refuse(d.entry, "content", "<%s> holds more than text", e.FullTag())
		}
	}
	return text.String(), nil
}

// only returns the one child of that name.
func (d document) only(e *etree.Element, name string) (*etree.Element, error) {
	all := e.SelectElements(name)
	if len(all) != 1 {
		return nil, refuse(d.entry, "structure", "<%s> holds <%s> %d times, not once", e.FullTag(), name, len(all))
	}
	return all[0], nil
}

// down follows a path of only children.
func (d document) down(names ...string) (*etree.Element, error) {
	e := d.root
	for _, name := range names {
		var err error
		if e, err = d.only(e, name); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// attribute returns an attribute's value, "" when it is not there.
func attribute(e *etree.Element, name string) string { return e.SelectAttrValue(name, "") }
