package qti

import (
	"fmt"
	"strconv"

	"github.com/fourfold/fourfold/questions"
)

// The names of variables.
const (
	responseName = "RESPONSE"
	scoreName    = "SCORE"
	maxName      = "MAXSCORE"
	weightName   = "MARK" // Turns a score into a mark of 0..1.
)

// outcomes names the variable that holds each quality's mean mark.
var outcomes = map[questions.Quality]string{
	questions.Communication: "COMMUNICATION",
	questions.Endurance:     "ENDURANCE",
	questions.Negotiation:   "NEGOTIATION",
	questions.Legal:         "LEGAL",
}

// What candidates are asked to do, and the two roles.
var (
	prompts = map[questions.Kind]questions.Text{
		questions.BestWorst: {Chinese: "请选出最有效和最无效的做法。", English: "Choose the most effective and the least effective action."},
		questions.Rate:      {Chinese: "请评价每种做法的有效程度。", English: "Rate how effective each action is."},
		questions.Rank:      {Chinese: "请按有效程度排序，1 为最有效。", English: "Put the actions in order: 1 is the most effective."},
		questions.ChooseK:   {Chinese: "请选出最有效的 %d 种做法。", English: "Choose the %d most effective actions."},
	}
	roles = map[byte]questions.Text{
		1: {Chinese: "最有效", English: "Most effective"},
		2: {Chinese: "最无效", English: "Least effective"},
	}
	titles = map[questions.Quality]questions.Text{
		"":                      {Chinese: "练习", English: "Practice"},
		questions.Communication: {Chinese: "沟通能力", English: "Communication"},
		questions.Endurance:     {Chinese: "忍耐力", English: "Endurance"},
		questions.Negotiation:   {Chinese: "谈判技巧", English: "Negotiation"},
		questions.Legal:         {Chinese: "法律知识", English: "Legal knowledge"},
	}
	bankTitle = questions.Text{Chinese: "题库全部题目", English: "All items of the bank"}
)

func prompt(i questions.Item, l questions.Lang) string {
	text := prompts[i.Kind].In(l)
	if i.Kind == questions.ChooseK {
		return fmt.Sprintf(text, i.K)
	}
	return text
}

// itemElement is an item in one language.
func itemElement(b questions.Bank, i questions.Item, l questions.Lang, p points) assessmentItem {
	a := assessmentItem{
		Space: itemSpace, XSI: xsiSpace, Schema: itemSchema,
		Identifier: identifier(i, l), Title: i.ID, Language: l, Tool: tool, ToolVersion: toolVersion,
		Response: responseDeclaration{Identifier: responseName, Cardinality: "multiple", BaseType: "directedPair", Mapping: p.mapping(i)},
		Outcomes: []outcomeDeclaration{
			{Identifier: scoreName, Cardinality: "single", BaseType: "float", Minimum: "0", Maximum: p.max.String(), Default: &defaultValue{"0"}},
			{Identifier: maxName, Cardinality: "single", BaseType: "float", Default: &defaultValue{p.max.String()}},
		},
		Body:       itemBody{Stem: paragraph{Text: i.Stem.In(l)}, Key: keyBlock(i, l)},
		Processing: responseProcessing{mapResponse},
	}
	if i.Kind == questions.ChooseK {
		a.Response.BaseType = "identifier"
		a.Body.Choice = choices(i, l)
	} else {
		a.Body.Match = matches(b, i, l)
	}
	a.Response.Correct = &correct{p.keyedResponse(i)}
	return a
}

func (p points) mapping(i questions.Item) mappingElement {
	m := mappingElement{Lower: "0", Upper: p.max.String(), Default: "0"}
	for _, x := range p.parts {
		m.Entries = append(m.Entries, mapEntry{key(i, x), p.of[x].String()})
	}
	return m
}

// keyedResponse names the parts of the first response with the greatest mark.
func (p points) keyedResponse(i questions.Item) []string {
	var parts []string
	for n, v := range p.keyed {
		if v != 0 {
			parts = append(parts, key(i, part{n, v}))
		}
	}
	return parts
}

func choices(i questions.Item, l questions.Lang) *choiceInteraction {
	c := &choiceInteraction{Response: responseName, Shuffle: true, MinChoices: i.K, MaxChoices: i.K, Prompt: prompt(i, l)}
	for _, o := range i.Options {
		c.Choices = append(c.Choices, simpleChoice{o.ID, o.Text.In(l)})
	}
	return c
}

func matches(b questions.Bank, i questions.Item, l questions.Lang) *matchInteraction {
	n := len(i.Options)
	m := &matchInteraction{Response: responseName, Shuffle: true, MinAssociations: n, MaxAssociations: n, Prompt: prompt(i, l)}
	left, right := 1, 1 // each option gets one rating or rank, each rank one option
	most := 1
	switch i.Kind {
	case questions.BestWorst:
		m.MinAssociations, m.MaxAssociations = 2, 2
		left = 0
	case questions.Rate:
		right, most = 0, n
	}
	var options, targets matchSet
	for _, o := range i.Options {
		options.Choices = append(options.Choices, associableChoice{Identifier: o.ID, MatchMin: left, MatchMax: 1, Text: o.Text.In(l)})
	}
	for _, v := range values(i) {
		targets.Choices = append(targets.Choices, associableChoice{
			Identifier: target(i.Kind, v), Fixed: true, MatchMin: right, MatchMax: most, Text: targetText(b, i.Kind, v, l),
		})
	}
	m.Sets = []matchSet{options, targets}
	return m
}

func targetText(b questions.Bank, kind questions.Kind, value byte, l questions.Lang) string {
	switch kind {
	case questions.BestWorst:
		return roles[value].In(l)
	case questions.Rate:
		for _, s := range b.Scale {
			if s.Value == int(value) {
				return s.Label.In(l)
			}
		}
	}
	return strconv.Itoa(int(value))
}

// The classes of the lists in an item's block for authors and scorers.
const (
	itemClass   = "fourfold-item"
	optionClass = "fourfold-option"
	keyViews    = "author scorer"
	keyUse      = "scoring"
)

// keyBlock holds what the item is counted by and its key with the reasons, for
// those who may see keys. Texts that carry both languages are written in the item's.
func keyBlock(i questions.Item, l questions.Lang) rubricBlock {
	about := definition{class: itemClass}
	for _, f := range itemFields {
		if v := f.get(i); len(v) > 0 {
			about.add(f.name, v...)
		}
	}
	block := rubricBlock{View: keyViews, Use: keyUse}
	block.Content.Lists = append(block.Content.Lists, about)
	for _, o := range i.Options {
		d := definition{class: optionClass}
		d.add("option", o.ID)
		d.add("effectiveness", strconv.Itoa(o.Effectiveness))
		d.add("why", o.Why.In(l))
		if o.Redline {
			d.add("redline", "true")
		}
		if len(o.Legal) > 0 {
			d.add("legal", o.Legal...)
		}
		block.Content.Lists = append(block.Content.Lists, d)
	}
	return block
}

// itemField is one field of an item that no element of QTI holds, as texts.
type itemField struct {
	name string
	get  func(questions.Item) []string
	set  func(*questions.Item, []string) bool // False for what cannot be.
}

var itemFields = []itemField{
	single("id", func(i *questions.Item) *string { return &i.ID }),
	number("version", func(i *questions.Item) *int { return &i.Version }),
	single("status", func(i *questions.Item) *questions.Status { return &i.Status }),
	single("key-version", func(i *questions.Item) *string { return &i.KeyVersion }),
	single("quality", func(i *questions.Item) *questions.Quality { return &i.Quality }),
	single("facet", func(i *questions.Item) *questions.Facet { return &i.Facet }),
	several("duty", func(i *questions.Item) *[]string { return &i.Duties }),
	several("mindset", func(i *questions.Item) *[]string { return &i.Mindsets }),
	single("kind", func(i *questions.Item) *questions.Kind { return &i.Kind }),
	number("k", func(i *questions.Item) *int { return &i.K }),
	single("rule", func(i *questions.Item) *string { return &i.Rule }),
	single("jurisdiction", func(i *questions.Item) *string { return &i.Jurisdiction }),
	number("seconds", func(i *questions.Item) *int { return &i.Seconds }),
	single("incident", func(i *questions.Item) *string { return &i.Incident }),
	truth("sensitive", func(i *questions.Item) *bool { return &i.Sensitive }),
	truth("transparent", func(i *questions.Item) *bool { return &i.Transparent }),
	single("debtor-surname", func(i *questions.Item) *string { return &i.Debtor.Surname }),
	single("debtor-gender", func(i *questions.Item) *string { return &i.Debtor.Gender }),
	single("problem", func(i *questions.Item) *string { return &i.Problem }),
	several("enemy", func(i *questions.Item) *[]string { return &i.Enemies }),
	several("legal", func(i *questions.Item) *[]string { return &i.Legal }),
	single("sme-check", func(i *questions.Item) *string { return &i.SMECheck }),
}

// single is a field of one text; an empty one is left out.
func single[T ~string](name string, at func(*questions.Item) *T) itemField {
	return itemField{name,
		func(i questions.Item) []string {
			if v := *at(&i); v != "" {
				return []string{string(v)}
			}
			return nil
		},
		func(i *questions.Item, v []string) bool {
			if len(v) == 1 {
				*at(i) = T(v[0])
			}
			return len(v) == 1
		}}
}

// number is a field of one whole number; 0 is left out.
func number(name string, at func(*questions.Item) *int) itemField {
	return itemField{name,
		func(i questions.Item) []string {
			if v := *at(&i); v != 0 {
				return []string{strconv.Itoa(v)}
			}
			return nil
		},
		func(i *questions.Item, v []string) bool {
			if len(v) != 1 {
				return false
			}
			n, err := strconv.Atoi(v[0])
			*at(i) = n
			return err == nil
		}}
}

// truth is a field that is left out where it is false.
func truth(name string, at func(*questions.Item) *bool) itemField {
	return itemField{name,
		func(i questions.Item) []string {
			if *at(&i) {
				return []string{"true"}
			}
			return nil
		},
		func(i *questions.Item, v []string) bool {
			*at(i) = len(v) == 1 && v[0] == "true"
			return *at(i)
		}}
}

// several is a field of any number of texts.
func several(name string, at func(*questions.Item) *[]string) itemField {
	return itemField{name,
		func(i questions.Item) []string { return *at(&i) },
		func(i *questions.Item, v []string) bool { *at(i) = v; return true }}
}

// testElement is the test of one language: practice first and apart, then a
// section per quality. Each item's score is weighed into a mark of 0..1, and a
// quality's outcome is the mean of its marks.
func testElement(b questions.Bank, l questions.Lang, maxima []string) assessmentTest {
	t := assessmentTest{
		Space: itemSpace, XSI: xsiSpace, Schema: itemSchema, Identifier: "bank-" + string(l), Title: bankTitle.In(l),
		Language: l, Tool: tool, ToolVersion: toolVersion,
		Outcomes: []outcomeDeclaration{outcome(scoreName), outcome(maxName)},
	}
	if b.Premise.In(l) != "" {
		t.Premise = &rubricBlock{View: "candidate", Use: "instructions", Content: contentBody{Paragraphs: []paragraph{{Text: b.Premise.In(l)}}}}
	}
	if len(b.Practice) > 0 {
		t.Parts = append(t.Parts, partOf("practice", sectionOf(l, "practice", "", b.Practice, nil)))
	}
	var sections []section
	all := ""
	for _, q := range questions.Qualities {
		t.Outcomes = append(t.Outcomes, outcome(outcomes[q]))
		var items []questions.Item
		var max []string
		for n, i := range b.Items {
			if i.Quality == q {
				items, max = append(items, i), append(max, maxima[len(b.Practice)+n])
			}
		}
		if len(items) == 0 {
			continue
		}
		sections = append(sections, sectionOf(l, string(q), q, items, max))
		t.Set = append(t.Set, setOutcome{Identifier: outcomes[q], Divide: &divided{
			Sum: sumOf(scoreName, string(q)), By: baseValue{"float", strconv.Itoa(len(items))},
		}})
		all += " " + string(q)
	}
	if len(sections) > 0 {
		t.Parts = append(t.Parts, partOf("test", sections...))
		score, max := sumOf(scoreName, all[1:]), sumOf(maxName, all[1:])
		t.Set = append(t.Set, setOutcome{Identifier: scoreName, Sum: &score}, setOutcome{Identifier: maxName, Sum: &max})
	}
	return t
}

func outcome(name string) outcomeDeclaration {
	return outcomeDeclaration{Identifier: name, Cardinality: "single", BaseType: "float", Default: &defaultValue{"0"}}
}

func partOf(name string, sections ...section) testPart {
	return testPart{Identifier: name, Navigation: "nonlinear", Submission: "individual", Sections: sections}
}

func sectionOf(l questions.Lang, name string, q questions.Quality, items []questions.Item, maxima []string) section {
	s := section{Identifier: "section-" + name, Title: titles[q].In(l)}
	for n, i := range items {
		ref := itemRef{Identifier: identifier(i, l), Href: "../" + itemFile(i, l), Category: name}
		if maxima != nil {
			ref.Weight = &weight{weightName, inverse(maxima[n])}
		}
		s.Items = append(s.Items, ref)
	}
	return s
}

// inverse is 1/n as the shortest text that floating point reads back.
func inverse(n string) string {
	whole, err := strconv.ParseFloat(n, 64)
	if err != nil {
		panic(err) // it was a whole number a moment ago
	}
	return strconv.FormatFloat(1/whole, 'g', -1, 64)
}

func sumOf(variable, categories string) sum {
	return sum{testVariables{Variable: variable, Weight: weightName, Category: categories, BaseType: "float"}}
}
