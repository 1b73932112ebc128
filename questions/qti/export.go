package qti

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fourfold/fourfold/questions"
)

// Export writes the bank's items as a QTI 3.0 package: an item file per item and
// language, a test per language with a section for each quality, the manifest and
// the list of losses, which it returns too. The same bank gives the same bytes. An
// item that a package cannot carry is an error that names it.
func Export(w io.Writer, b questions.Bank) ([]Loss, error) {
	all := slices.Concat(b.Practice, b.Items)
	if len(all) == 0 {
		return nil, errors.New("the bank has no items")
	}
	e := exporter{bank: b, losses: slices.Clone(lostAlways)}
	known := ledger{}
	for _, i := range all {
		if why := unfit(i); why != "" {
			return nil, fmt.Errorf("%s: %s", i.ID, why)
		}
		p, ok := known.of(i)
		if !ok {
			return nil, fmt.Errorf("%s: the key tells no options apart", i.ID)
		}
		if p.off.Sign() > 0 {
			e.losses = append(e.losses, notASum(i, p))
		}
		for _, l := range languages {
			e.item(i, l, p)
		}
		e.max = append(e.max, p.max.String())
	}
	for _, l := range languages {
		e.test(l)
	}
	e.file(lossesFile, lossText(e.losses))
	e.resources = append(e.resources, resource{Identifier: "losses", Type: otherType, Href: lossesFile, Files: []fileRef{{lossesFile}}})
	manifest := e.manifest()
	if e.err != nil {
		return nil, e.err
	}
	return e.losses, e.zip(w, manifest)
}

// exporter gathers the files of a package. Writing XML to memory fails only for
// what the program itself does wrong, so the first error is kept until the end.
type exporter struct {
	bank      questions.Bank
	losses    []Loss
	max       []string // Points for a mark of 1, by item.
	names     []string
	files     map[string][]byte
	resources []resource
	err       error
}

func (e *exporter) file(name string, content []byte) {
	if e.files == nil {
		e.files = map[string][]byte{}
	}
	e.names = append(e.names, name)
	e.files[name] = content
}

func (e *exporter) xml(name string, document any) {
	var out bytes.Buffer
	out.WriteString(xml.Header)
	encoder := xml.NewEncoder(&out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(document); err != nil && e.err == nil {
		e.err = fmt.Errorf("%s: %w", name, err)
	}
	out.WriteByte('\n')
	e.file(name, out.Bytes())
}

func (e *exporter) item(i questions.Item, l questions.Lang, p points) {
	name := itemFile(i, l)
	e.xml(name, itemElement(e.bank, i, l, p))
	interaction := "matchInteraction"
	if i.Kind == questions.ChooseK {
		interaction = "choiceInteraction"
	}
	e.resources = append(e.resources, resource{
		Identifier: identifier(i, l), Type: itemType, Href: name, Files: []fileRef{{name}},
		Metadata: &resourceMetadata{
			QTI: qtiMetadata{Space: metaSpace, Interaction: interaction, Scoring: "responseprocessing", Tool: tool, ToolVersion: toolVersion},
			LOM: lom{Space: lomSpace, General: lomGeneral{Catalog: tool, Entry: i.ID, Language: l, Keywords: keywords(i)}},
		},
	})
}

// keywords are the tags other systems may search by.
func keywords(i questions.Item) []langString {
	var all []langString
	for _, word := range slices.Concat([]string{string(i.Quality), string(i.Facet), string(i.Kind)}, i.Duties, i.Mindsets) {
		if word != "" {
			all = append(all, langString{word})
		}
	}
	return all
}

func (e *exporter) test(l questions.Lang) {
	name := testFile(l)
	r := resource{Identifier: "test-" + string(l), Type: testType, Href: name, Files: []fileRef{{name}}}
	for _, i := range slices.Concat(e.bank.Practice, e.bank.Items) {
		r.Dependencies = append(r.Dependencies, dependency{identifier(i, l)})
	}
	e.resources = append(e.resources, r)
	e.xml(name, testElement(e.bank, l, e.max))
}

func (e *exporter) manifest() []byte {
	e.xml(manifestFile, manifest{
		Space: packageSpace, XSI: xsiSpace, Schema: packageSchema, Identifier: "fourfold-bank",
		Metadata: metadata{"QTI Package", "3.0.0"}, Resources: e.resources,
	})
	return e.files[manifestFile]
}

// zip writes the manifest first, as packages do, and no times: the same bank is
// the same package tomorrow.
func (e *exporter) zip(w io.Writer, manifest []byte) error {
	z := zip.NewWriter(w)
	for _, name := range append([]string{manifestFile}, e.names[:len(e.names)-1]...) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return err
		}
		if _, err := f.Write(e.files[name]); err != nil {
			return err
		}
	}
	return z.Close()
}

// Loss is something a QTI package cannot hold.
type Loss struct {
	Item string // Empty for what is lost of every item.
	Text questions.Text
}

// String is one line, in English.
func (l Loss) String() string { return l.in(questions.English) }

func (l Loss) in(lang questions.Lang) string {
	if l.Item == "" {
		return l.Text.In(lang)
	}
	return l.Item + ": " + l.Text.In(lang)
}

// lostAlways is what no package holds.
var lostAlways = []Loss{
	{Text: questions.Text{
		Chinese: "一道题的中文和英文在这里是两道题；两者共用一个计分键、成绩不可互比，其他系统不会知道。",
		English: "An item's two languages are two items here; that they share a key, and that their scores must not be compared, no other engine knows."}},
	{Text: questions.Text{
		Chinese: "计分键的状态、版本、理由和所引规则的编号，写在只给编写人和评分人看的说明块里；系统会保存，但不会据此做什么。规则的原文、出处和有效期不在包内。",
		English: "The key's status and version, the reasons and the ids of cited rules stand in a block for authors and scorers; an engine keeps them and does nothing with them. The rules' own text, sources and dates are not in the package."}},
	{Text: questions.Text{
		Chinese: "组卷蓝图、配额、互斥题、敏感题上限和题目交错不能表示：测验只是按素质分节列出全部题目。",
		English: "Blueprints, quotas, enemies, the bound on sensitive items and interleaving have no counterpart: the test lists every item in a section per quality."}},
	{Text: questions.Text{
		Chinese: "随机水平、扣除随机后的接近程度、文字等级，以及“至少答五分之四才给分”的规则不能表示；测验给出的是各素质得分的平均值。",
		English: "Chance levels, closeness beyond chance, levels in words and the rule that four fifths must be answered have no counterpart; the test gives the mean of each quality's marks."}},
	{Text: questions.Text{
		Chinese: "没有作答或只答一部分，在本系统是缺失；map_response 会把已有的部分相加。",
		English: "A blank or partial answer is missing to us; map_response adds up what is there."}},
	{Text: questions.Text{
		Chinese: "得分在本系统是精确分数；QTI 用浮点数计算各题权重。",
		English: "Marks are exact fractions to us; QTI weighs items in floating point."}},
	{Text: questions.Text{
		Chinese: "选项顺序由播放系统打乱，不像本系统那样保存随机种子、可以重现。",
		English: "Options are shuffled by the engine; no seed is stored by which a sitting could be shown again."}},
	{Text: questions.Text{
		Chinese: "红线选项在这里只是得分低的选项；作为面试话题并列出所引规则的做法不能表示。",
		English: "A red line is an option like another here; that it becomes an interview topic with its rule cited has no counterpart."}},
	{Text: questions.Text{
		Chinese: "面试指南、报告用语和结论边界的说明不在包内。",
		English: "Interview guides, the words of reports and the notice on what may be concluded are not in the package."}},
}

// notASum is the loss of a rule that is no sum over options, as those are that compare
// them in pairs.
func notASum(i questions.Item, p points) Loss {
	off := p.off.FloatString(3)
	return Loss{i.ID, questions.Text{
		Chinese: fmt.Sprintf("计分规则 %s 不是各选项得分之和（例如两两比较选项）；包内给出的是最接近的和，与真实得分（0–1）最多相差 %s。", i.Rule, off),
		English: fmt.Sprintf("rule %s is no sum over options (such a rule compares them in pairs, say); the map entries are the nearest sum, at most %s from the true mark on 0–1.", i.Rule, off),
	}}
}

func lossText(losses []Loss) []byte {
	var out strings.Builder
	for _, l := range languages {
		if l == questions.Chinese {
			out.WriteString("QTI 包不能保存的内容。母本是 YAML 题库。\n\n")
		} else {
			out.WriteString("\nWhat this QTI package cannot hold. The bank's YAML is the master.\n\n")
		}
		for _, loss := range losses {
			out.WriteString("- " + loss.in(l) + "\n")
		}
	}
	return []byte(out.String())
}
