package qti

import (
	"encoding/xml"

	"github.com/fourfold/fourfold/questions"
)

// The elements of a package, in the order the schema wants them.

type assessmentItem struct {
	XMLName       xml.Name             `xml:"qti-assessment-item"`
	Space         string               `xml:"xmlns,attr"`
	XSI           string               `xml:"xmlns:xsi,attr"`
	Schema        string               `xml:"xsi:schemaLocation,attr"`
	Identifier    string               `xml:"identifier,attr"`
	Title         string               `xml:"title,attr"`
	Language      questions.Lang       `xml:"xml:lang,attr"`
	Adaptive      bool                 `xml:"adaptive,attr"`
	TimeDependent bool                 `xml:"time-dependent,attr"`
	Tool          string               `xml:"tool-name,attr"`
	ToolVersion   string               `xml:"tool-version,attr"`
	Response      responseDeclaration  `xml:"qti-response-declaration"`
	Outcomes      []outcomeDeclaration `xml:"qti-outcome-declaration"`
	Body          itemBody             `xml:"qti-item-body"`
	Processing    responseProcessing   `xml:"qti-response-processing"`
}

type responseDeclaration struct {
	Identifier  string         `xml:"identifier,attr"`
	Cardinality string         `xml:"cardinality,attr"`
	BaseType    string         `xml:"base-type,attr"`
	Correct     *correct       `xml:"qti-correct-response"`
	Mapping     mappingElement `xml:"qti-mapping"`
}

type correct struct {
	Values []string `xml:"qti-value"`
}

type mappingElement struct {
	Lower   string     `xml:"lower-bound,attr"`
	Upper   string     `xml:"upper-bound,attr"`
	Default string     `xml:"default-value,attr"`
	Entries []mapEntry `xml:"qti-map-entry"`
}

type mapEntry struct {
	Key   string `xml:"map-key,attr"`
	Value string `xml:"mapped-value,attr"`
}

type outcomeDeclaration struct {
	Identifier  string        `xml:"identifier,attr"`
	Cardinality string        `xml:"cardinality,attr"`
	BaseType    string        `xml:"base-type,attr"`
	Minimum     string        `xml:"normal-minimum,attr,omitempty"`
	Maximum     string        `xml:"normal-maximum,attr,omitempty"`
	Default     *defaultValue `xml:"qti-default-value"`
}

type defaultValue struct {
	Value string `xml:"qti-value"`
}

type itemBody struct {
	Stem   paragraph          `xml:"p"`
	Choice *choiceInteraction `xml:"qti-choice-interaction"`
	Match  *matchInteraction  `xml:"qti-match-interaction"`
	Key    rubricBlock        `xml:"qti-rubric-block"`
}

type paragraph struct {
	Class string `xml:"class,attr,omitempty"`
	Text  string `xml:",chardata"`
}

type choiceInteraction struct {
	Response   string         `xml:"response-identifier,attr"`
	Shuffle    bool           `xml:"shuffle,attr"`
	MinChoices int            `xml:"min-choices,attr"`
	MaxChoices int            `xml:"max-choices,attr"`
	Prompt     string         `xml:"qti-prompt"`
	Choices    []simpleChoice `xml:"qti-simple-choice"`
}

type simpleChoice struct {
	Identifier string `xml:"identifier,attr"`
	Text       string `xml:",chardata"`
}

type matchInteraction struct {
	Response        string     `xml:"response-identifier,attr"`
	Shuffle         bool       `xml:"shuffle,attr"`
	MinAssociations int        `xml:"min-associations,attr"`
	MaxAssociations int        `xml:"max-associations,attr"`
	Prompt          string     `xml:"qti-prompt"`
	Sets            []matchSet `xml:"qti-simple-match-set"`
}

type matchSet struct {
	Choices []associableChoice `xml:"qti-simple-associable-choice"`
}

type associableChoice struct {
	Identifier string `xml:"identifier,attr"`
	Fixed      bool   `xml:"fixed,attr,omitempty"`
	MatchMin   int    `xml:"match-min,attr"`
	MatchMax   int    `xml:"match-max,attr"`
	Text       string `xml:",chardata"`
}

// rubricBlock is seen by the views it names, never by a candidate where it holds a key.
type rubricBlock struct {
	View    string      `xml:"view,attr"`
	Use     string      `xml:"use,attr"`
	Content contentBody `xml:"qti-content-body"`
}

type contentBody struct {
	Paragraphs []paragraph  `xml:"p"`
	Lists      []definition `xml:"dl"`
}

// definition is a list of names with their values.
type definition struct {
	class string
	terms []term
}

type term struct {
	name   string
	values []string
}

func (d *definition) add(name string, values ...string) {
	d.terms = append(d.terms, term{name, values})
}

// MarshalXML writes each name and its values in turn, which tags of struct fields
// cannot say.
func (d definition) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Attr = []xml.Attr{{Name: xml.Name{Local: "class"}, Value: d.class}}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, t := range d.terms {
		if err := e.EncodeElement(t.name, xml.StartElement{Name: xml.Name{Local: "dt"}}); err != nil {
			return err
		}
		for _, v := range t.values {
			if err := e.EncodeElement(v, xml.StartElement{Name: xml.Name{Local: "dd"}}); err != nil {
				return err
			}
		}
	}
	return e.EncodeToken(start.End())
}

type responseProcessing struct {
	Template string `xml:"template,attr"`
}

type assessmentTest struct {
	XMLName     xml.Name             `xml:"qti-assessment-test"`
	Space       string               `xml:"xmlns,attr"`
	XSI         string               `xml:"xmlns:xsi,attr"`
	Schema      string               `xml:"xsi:schemaLocation,attr"`
	Identifier  string               `xml:"identifier,attr"`
	Title       string               `xml:"title,attr"`
	Language    questions.Lang       `xml:"xml:lang,attr"`
	Tool        string               `xml:"tool-name,attr"`
	ToolVersion string               `xml:"tool-version,attr"`
	Outcomes    []outcomeDeclaration `xml:"qti-outcome-declaration"`
	Premise     *rubricBlock         `xml:"qti-rubric-block"`
	Parts       []testPart           `xml:"qti-test-part"`
	Set         []setOutcome         `xml:"qti-outcome-processing>qti-set-outcome-value"`
}

type testPart struct {
	Identifier string    `xml:"identifier,attr"`
	Navigation string    `xml:"navigation-mode,attr"`
	Submission string    `xml:"submission-mode,attr"`
	Sections   []section `xml:"qti-assessment-section"`
}

type section struct {
	Identifier string    `xml:"identifier,attr"`
	Title      string    `xml:"title,attr"`
	Visible    bool      `xml:"visible,attr"`
	Items      []itemRef `xml:"qti-assessment-item-ref"`
}

type itemRef struct {
	Identifier string  `xml:"identifier,attr"`
	Href       string  `xml:"href,attr"`
	Category   string  `xml:"category,attr"`
	Weight     *weight `xml:"qti-weight"`
}

type weight struct {
	Identifier string `xml:"identifier,attr"`
	Value      string `xml:"value,attr"`
}

type setOutcome struct {
	Identifier string   `xml:"identifier,attr"`
	Sum        *sum     `xml:"qti-sum"`
	Divide     *divided `xml:"qti-divide"`
}

type sum struct {
	Variables testVariables `xml:"qti-test-variables"`
}

type divided struct {
	Sum sum       `xml:"qti-sum"`
	By  baseValue `xml:"qti-base-value"`
}

type testVariables struct {
	Variable string `xml:"variable-identifier,attr"`
	Weight   string `xml:"weight-identifier,attr"`
	Category string `xml:"include-category,attr"`
	BaseType string `xml:"base-type,attr"`
}

type baseValue struct {
	BaseType string `xml:"base-type,attr"`
	Value    string `xml:",chardata"`
}

type manifest struct {
	XMLName       xml.Name   `xml:"manifest"`
	Space         string     `xml:"xmlns,attr"`
	XSI           string     `xml:"xmlns:xsi,attr"`
	Schema        string     `xml:"xsi:schemaLocation,attr"`
	Identifier    string     `xml:"identifier,attr"`
	Metadata      metadata   `xml:"metadata"`
	Organizations struct{}   `xml:"organizations"`
	Resources     []resource `xml:"resources>resource"`
}

type metadata struct {
	Schema  string `xml:"schema"`
	Version string `xml:"schemaversion"`
}

type resource struct {
	Identifier   string            `xml:"identifier,attr"`
	Type         string            `xml:"type,attr"`
	Href         string            `xml:"href,attr"`
	Metadata     *resourceMetadata `xml:"metadata"`
	Files        []fileRef         `xml:"file"`
	Dependencies []dependency      `xml:"dependency"`
}

type fileRef struct {
	Href string `xml:"href,attr"`
}

type dependency struct {
	Identifier string `xml:"identifierref,attr"`
}

type resourceMetadata struct {
	QTI qtiMetadata `xml:"qtiMetadata"`
	LOM lom         `xml:"lom"`
}

type qtiMetadata struct {
	Space       string `xml:"xmlns,attr"`
	Interaction string `xml:"interactionType"`
	Scoring     string `xml:"scoringMode"`
	Tool        string `xml:"toolName"`
	ToolVersion string `xml:"toolVersion"`
}

type lom struct {
	Space   string     `xml:"xmlns,attr"`
	General lomGeneral `xml:"general"`
}

type lomGeneral struct {
	Catalog  string         `xml:"identifier>catalog"`
	Entry    string         `xml:"identifier>entry"`
	Language questions.Lang `xml:"language"`
	Keywords []langString   `xml:"keyword"`
}

type langString struct {
	Text string `xml:"string"`
}
