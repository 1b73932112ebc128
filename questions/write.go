package questions

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// WriteItems writes items as a bank file, which reads back to the same items: the
// manner is that of the built-in bank, so that changes compare line by line.
func WriteItems(items []Item) ([]byte, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, i := range items {
		list.Content = append(list.Content, i.node())
	}
	text, err := written(list)
	if err != nil {
		return nil, fmt.Errorf("items: %w", err)
	}
	return text, nil
}

func written(node *yaml.Node) ([]byte, error) {
	return yaml.Dump(node, yaml.WithIndent(2), yaml.WithCompactSeqIndent(false), yaml.WithLineWidth(-1))
}

// mapping is a YAML mapping being written, in the order of its fields.
type mapping struct{ node *yaml.Node }

func newMapping() mapping { return mapping{&yaml.Node{Kind: yaml.MappingNode}} }

func (m mapping) put(name string, value *yaml.Node) {
	m.node.Content = append(m.node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, value)
}

// comment writes lines above the field that was put last.
func (m mapping) comment(lines ...string) {
	for n, line := range lines {
		lines[n] = "# " + strings.Join(strings.Fields(line), " ")
	}
	m.node.Content[len(m.node.Content)-2].HeadComment = strings.Join(lines, "\n")
}

// word writes a text of letters and digits, which needs no quotes.
func (m mapping) word(name, value string) {
	m.put(name, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value})
}

func (m mapping) text(name, value string) {
	m.put(name, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: value})
}

func (m mapping) number(name string, value int) {
	m.put(name, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(value)})
}

func (m mapping) truth(name string) {
	m.put(name, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
}

// words writes a list on one line.
func (m mapping) words(name string, values []string) {
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range values {
		list.Content = append(list.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v})
	}
	m.put(name, list)
}

func (m mapping) both(prefix string, t Text) {
	m.text(prefix+"zh", t.Chinese)
	m.text(prefix+"en", t.English)
}

func (i Item) node() *yaml.Node {
	m := newMapping()
	m.word("id", i.ID)
	m.number("version", i.Version)
	m.word("status", string(i.Status))
	m.text("key_version", i.KeyVersion)
	tagged := i.Quality != "" // practice items are not
	if tagged {
		m.word("quality", string(i.Quality))
		m.word("facet", string(i.Facet))
		m.words("duties", i.Duties)
		m.words("mindsets", i.Mindsets)
	}
	m.word("kind", string(i.Kind))
	if i.Kind == ChooseK {
		m.number("k", i.K)
	}
	if i.Rule != "" && i.Rule != formats[i.Kind].rule().name {
		m.word("rule", i.Rule)
	}
	m.word("jurisdiction", i.Jurisdiction)
	m.number("seconds", i.Seconds)
	if tagged {
		m.word("incident", i.Incident)
	}
	if i.Sensitive {
		m.truth("sensitive")
	}
	if i.Transparent {
		m.truth("transparent")
	}
	if i.Debtor != (Debtor{}) {
		m.put("debtor", i.Debtor.node())
	}
	if tagged {
		m.word("problem", i.Problem)
	}
	if len(i.Enemies) > 0 {
		m.words("enemies", i.Enemies)
	}
	stem := newMapping()
	stem.both("", i.Stem)
	m.put("stem", stem.node)
	options := &yaml.Node{Kind: yaml.SequenceNode}
	for _, o := range i.Options {
		options.Content = append(options.Content, o.node())
	}
	m.put("options", options)
	if tagged {
		m.words("legal", i.Legal)
		m.text("sme_check", i.SMECheck)
	}
	return m.node
}

func (d Debtor) node() *yaml.Node {
	m := newMapping()
	m.node.Style = yaml.FlowStyle
	if d.Surname != "" {
		m.word("surname", d.Surname)
	}
	if d.Gender != "" {
		m.word("gender", d.Gender)
	}
	return m.node
}

func (o Option) node() *yaml.Node {
	m := newMapping()
	m.word("option", o.ID)
	m.number("eff", o.Effectiveness)
	m.both("", o.Text)
	m.both("why_", o.Why)
	if o.Redline {
		m.truth("redline")
	}
	if len(o.Legal) > 0 {
		m.words("legal", o.Legal)
	}
	return m.node
}
