package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// mostFormOptions is how many options the form has room for; an item with more is
// written in a file.
const mostFormOptions = 5

type bankEditPage struct {
	desk
	ID      string // Of the item a new version is made of; empty for a new item.
	Base    int    // The version it is made of.
	Action  string
	Fields  map[string]field
	Options []editedOption
	Faults  []faultView // Everything that is wrong, in the order of the form.
	Changed bool        // Somebody else has kept this version meanwhile.
}

// editedOption is one option's part of the form.
type editedOption struct {
	ID     string
	Fields map[string]field
}

// Field returns a field by name, for the page.
func (p bankEditPage) Field(name string) field { return p.Fields[name] }

// Field returns a field of the option.
func (o editedOption) Field(name string) field { return o.Fields[name] }

// newItem offers an empty form.
func (h recruiter) newItem(c *gin.Context) error {
	if !actor(c).Can(assess.EditItems) {
		return assess.ErrForbidden
	}
	start := questions.Item{Version: 1, KeyVersion: "0.1", Quality: questions.Communication, Facet: "com.explain", Kind: questions.BestWorst,
		Jurisdiction: "any", Seconds: 70, Incident: "article", Options: make([]questions.Option, mostFormOptions)}
	return h.render(c, http.StatusOK, "recruiter/bank_edit", h.editPage(c, "", start, nil))
}

// editItem offers the newest version as the draft of the next.
func (h recruiter) editItem(c *gin.Context) error {
	if !actor(c).Can(assess.EditItems) {
		return assess.ErrForbidden
	}
	i, err := h.center.BankItem(c.Request.Context(), actor(c), c.Param("id"), 0)
	if err != nil {
		return err
	}
	i.Version++
	return h.render(c, http.StatusOK, "recruiter/bank_edit", h.editPage(c, i.ID, i.Item, nil))
}

// keepItem keeps what the form says as a new version, or shows it again with
// everything that is wrong beside its field.
func (h recruiter) keepItem(c *gin.Context) error {
	if !actor(c).Can(assess.EditItems) {
		return assess.ErrForbidden
	}
	if err := c.Request.ParseForm(); err != nil {
		return err
	}
	if id := c.Param("id"); id != "" { // what does not exist cannot have a next version
		if _, err := h.center.BankItem(c.Request.Context(), actor(c), id, 0); err != nil {
			return err
		}
	}
	i := itemFrom(c.Request.PostForm, c.Param("id"))
	text, err := questions.WriteItems([]questions.Item{i})
	if err != nil {
		return err
	}
	_, err = h.center.AddItems(c.Request.Context(), actor(c), "", text)
	var faults questions.Faults
	switch {
	case errors.As(err, &faults), errors.Is(err, assess.ErrConflict):
		p := h.editPage(c, c.Param("id"), i, faults)
		p.Changed = errors.Is(err, assess.ErrConflict) || slices.ContainsFunc(faults, func(f questions.Fault) bool { return f.Word == "version" })
		return h.render(c, http.StatusUnprocessableEntity, "recruiter/bank_edit", p)
	case err != nil:
		return err
	}
	return redirect(c, bankItemURL(i.ID)+"?done=kept")
}

// itemFrom reads the form. What is typed wrongly becomes a value the reader of bank
// files refuses, so that there is one place for rules.
func itemFrom(form url.Values, id string) questions.Item {
	text := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n")) }
	number := func(name string) int { n, _ := strconv.Atoi(text(name)); return n }
	both := func(prefix string) questions.Text {
		return questions.Text{Chinese: text(prefix + "zh"), English: text(prefix + "en")}
	}
	if id == "" {
		id = text("id")
	}
	i := questions.Item{
		ID: id, Version: number("version"), Status: questions.DraftAuthorKey, KeyVersion: text("key_version"),
		Quality: questions.Quality(qualityOf(questions.Facet(text("facet")))), Facet: questions.Facet(text("facet")),
		Duties: form["duties"], Mindsets: form["mindsets"], Kind: questions.Kind(text("kind")), K: number("k"),
		Jurisdiction: text("jurisdiction"), Seconds: number("seconds"), Incident: text("incident"), Sensitive: form.Get("sensitive") != "",
		Transparent: form.Get("transparent") != "",
		Debtor:      questions.Debtor{Surname: text("surname"), Gender: text("gender")}, Problem: text("problem"),
		Enemies: words2(text("enemies")), Stem: both("stem_"), Legal: words2(text("legal")), SMECheck: text("sme_check"), Rule: text("rule"),
	}
	for n := range mostFormOptions {
		name := "option_" + string(rune('A'+n)) + "_"
		o := questions.Option{
			ID: string(rune('A' + n)), Effectiveness: number(name + "eff"), Text: both(name), Why: both(name + "why_"),
			Redline: form.Get(name+"redline") != "", Legal: words2(text(name + "legal")),
		}
		if n >= 2 && o.Effectiveness == 0 && o.Text == (questions.Text{}) && o.Why == (questions.Text{}) {
			continue // left out
		}
		i.Options = append(i.Options, o)
	}
	return i
}

func qualityOf(f questions.Facet) string {
	for q, facets := range questions.Facets {
		if slices.Contains(facets, f) {
			return string(q)
		}
	}
	return ""
}

// words2 splits a list typed with spaces or commas of either language.
func words2(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '，' || r == '、' || r == '\n' })
}

// editPage fills the form with an item, and puts each fault beside its field.
func (h recruiter) editPage(c *gin.Context, id string, i questions.Item, faults questions.Faults) bankEditPage {
	say := h.sayer(c)
	p := bankEditPage{desk: deskAt(c, "bank"), ID: id, Base: i.Version - 1, Action: "/bank/new", Fields: map[string]field{}}
	if id != "" {
		p.Action = bankItemURL(id) + "/edit"
	}
	known := faultsByField(say, i.ID, faults)
	put := func(into map[string]field, f field, path string) {
		if views := known[path]; len(views) > 0 && f.Type != "hidden" {
			var texts []string
			where := say.say(f.Label)
			if option := optionOf(f.Name); option != "" {
				where = say.say("bank.option", "id", option) + " · " + where
			}
			for n := range views {
				views[n].Anchor, views[n].Where = f.Name, where
				texts = append(texts, views[n].Text)
				p.Faults = append(p.Faults, views[n])
			}
			f.Error = strings.Join(texts, " ")
			delete(known, path)
		}
		into[strings.TrimPrefix(f.Name, "option_"+optionOf(f.Name)+"_")] = f
	}
	for _, f := range h.itemFieldsOf(say, id, i) {
		put(p.Fields, f.field, f.path)
	}
	for n := range max(len(i.Options), mostFormOptions) {
		o := questions.Option{ID: string(rune('A' + n))}
		if n < len(i.Options) {
			o = i.Options[n]
			o.ID = string(rune('A' + n))
		}
		e := editedOption{ID: o.ID, Fields: map[string]field{}}
		for _, f := range optionFields(say, o) {
			put(e.Fields, f.field, f.path)
		}
		p.Options = append(p.Options, e)
	}
	// What belongs to no single field, such as how many options there are.
	for _, f := range faults {
		p.Faults = append(p.Faults, known[strings.TrimPrefix(f.Field, i.ID+"/")]...)
		delete(known, strings.TrimPrefix(f.Field, i.ID+"/"))
	}
	return p
}

func optionOf(name string) string {
	rest, ok := strings.CutPrefix(name, "option_")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "_")
	return id
}

// placed is a field of the form and the path by which the reader of bank files and
// lint name it.
type placed struct {
	field
	path string
}

func (h recruiter) itemFieldsOf(say sayer, id string, i questions.Item) []placed {
	var facets []choice
	for _, q := range questions.Qualities {
		for _, f := range questions.Facets[q] {
			facets = append(facets, choice{Value: string(f), Text: say.say("quality."+string(q)) + " · " + say.say("facet."+string(f))})
		}
	}
	plain := func(values ...string) []choice {
		var all []choice
		for _, v := range values {
			all = append(all, choice{Value: v, Text: v})
		}
		return all
	}
	ticks := func(prefix string, from, on []string) []choice {
		var all []choice
		for _, v := range from {
			all = append(all, choice{Value: v, Text: v + " " + say.say(prefix+v), On: slices.Contains(on, v)})
		}
		return all
	}
	problems := []choice{{Value: "", Text: "–"}}
	for _, problem := range questions.Problems {
		problems = append(problems, choice{Value: problem, Text: problemText(say, problem)})
	}
	genders := append([]choice{{Value: "", Text: say.say("bank.gender.none")}}, choicesOf(say, "bank.gender.", questions.Genders)...)
	yes := func(on bool) string {
		if on {
			return "yes"
		}
		return ""
	}
	fields := []placed{
		{field{Name: "id", Label: "bank.field.id", Hint: "bank.hint.id", Required: true, Value: i.ID}, "id"},
		{field{Name: "version", Type: "hidden", Value: strconv.Itoa(i.Version)}, "version"},
		{field{Name: "rule", Type: "hidden", Value: i.Rule}, "rule"},
		{field{Name: "facet", Label: "bank.field.facet", Required: true, Choices: facets, Value: string(i.Facet)}, "facet"},
		{field{Name: "kind", Label: "bank.field.kind", Required: true, Choices: choicesOf(say, "kind.", questions.Kinds), Value: string(i.Kind)}, "kind"},
		{field{Name: "k", Label: "bank.field.k", Hint: "bank.hint.k", Type: "number", Value: orEmpty(i.K)}, "k"},
		{field{Name: "key_version", Label: "bank.field.key_version", Required: true, Value: i.KeyVersion}, "key_version"},
		{field{Name: "jurisdiction", Label: "bank.field.jurisdiction", Required: true, Choices: plain(append([]string{questions.AnyJurisdiction}, questions.Jurisdictions...)...), Value: i.Jurisdiction}, "jurisdiction"},
		{field{Name: "seconds", Label: "bank.field.seconds", Type: "number", Required: true, Value: orEmpty(i.Seconds)}, "seconds"},
		{field{Name: "incident", Label: "bank.field.incident", Required: true, Choices: choicesOf(say, "incident.", questions.Incidents), Value: i.Incident}, "incident"},
		{field{Name: "problem", Label: "bank.field.problem", Required: true, Choices: problems, Value: i.Problem}, "problem"},
		{field{Name: "surname", Label: "bank.field.surname", Hint: "bank.hint.surname", Value: i.Debtor.Surname}, "debtor/surname"},
		{field{Name: "gender", Label: "bank.field.gender", Choices: genders, Value: i.Debtor.Gender}, "debtor/gender"},
		{field{Name: "enemies", Label: "bank.field.enemies", Hint: "bank.hint.enemies", Value: strings.Join(i.Enemies, " ")}, "enemies"},
		{field{Name: "legal", Label: "bank.field.legal", Hint: "bank.hint.legal", Value: strings.Join(i.Legal, " ")}, "legal"},
		{field{Name: "sensitive", Label: "bank.field.sensitive", Value: yes(i.Sensitive)}, "sensitive"},
		{field{Name: "transparent", Label: "bank.field.transparent", Value: yes(i.Transparent)}, "transparent"},
		{field{Name: "duties", Label: "bank.field.duties", Choices: ticks("duty.", questions.Duties, i.Duties)}, "duties"},
		{field{Name: "mindsets", Label: "bank.field.mindsets", Choices: ticks("mindset.", questions.Mindsets, i.Mindsets)}, "mindsets"},
		{field{Name: "stem_zh", Label: "bank.field.stem_zh", Type: "textarea", Required: true, Value: i.Stem.Chinese}, "stem/zh"},
		{field{Name: "stem_en", Label: "bank.field.stem_en", Type: "textarea", Required: true, Value: i.Stem.English}, "stem/en"},
		{field{Name: "sme_check", Label: "bank.field.sme_check", Hint: "bank.hint.sme_check", Required: true, Value: i.SMECheck}, "sme_check"},
	}
	if id != "" {
		fields[0].Type = "hidden"
	}
	return fields
}

// problemText words a kind of trouble; a bank may name a new one before the pages
// have a word for it.
func problemText(say sayer, problem string) string {
	text, err := say.words.text(say.lang, "bank.problem."+problem)
	if err != nil {
		return strings.ReplaceAll(problem, "_", " ")
	}
	return text
}

func optionFields(say sayer, o questions.Option) []placed {
	name, path := "option_"+o.ID+"_", "options/"+o.ID+"/"
	keys := append([]choice{{Value: "", Text: "–"}}, choicesOf(say, "effectiveness.", []string{"4", "3", "2", "1"})...)
	redline := ""
	if o.Redline {
		redline = "yes"
	}
	needed := o.ID != string(rune('A'+mostFormOptions-1))
	return []placed{
		{field{Name: name + "zh", Label: "bank.field.option_zh", Type: "textarea", Required: needed, Value: o.Text.Chinese}, path + "zh"},
		{field{Name: name + "en", Label: "bank.field.option_en", Type: "textarea", Required: needed, Value: o.Text.English}, path + "en"},
		{field{Name: name + "eff", Label: "bank.field.eff", Required: needed, Choices: keys, Value: orEmpty(o.Effectiveness)}, path + "eff"},
		{field{Name: name + "why_zh", Label: "bank.field.why_zh", Type: "textarea", Required: needed, Value: o.Why.Chinese}, path + "why_zh"},
		{field{Name: name + "why_en", Label: "bank.field.why_en", Type: "textarea", Required: needed, Value: o.Why.English}, path + "why_en"},
		{field{Name: name + "redline", Label: "bank.field.redline", Value: redline}, path + "redline"},
		{field{Name: name + "legal", Label: "bank.field.option_legal", Value: strings.Join(o.Legal, " ")}, path + "legal"},
	}
}

func orEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

type bankUploadPage struct {
	desk
	Text   string
	Name   string
	Faults []faultView
}

// upload offers to take items as a file or as text.
func (h recruiter) upload(c *gin.Context) error {
	if !actor(c).Can(assess.EditItems) {
		return assess.ErrForbidden
	}
	return h.render(c, http.StatusOK, "recruiter/bank_upload", bankUploadPage{desk: deskAt(c, "bank")})
}

// uploaded keeps the items of a file, all or none.
func (h recruiter) uploaded(c *gin.Context) error {
	p := bankUploadPage{desk: deskAt(c, "bank")}
	if !actor(c).Can(assess.EditItems) {
		return assess.ErrForbidden
	}
	name, file, err := uploaded(c, "file")
	if err != nil {
		return err
	}
	p.Text = c.PostForm("text")
	if len(file) > 0 {
		p.Text, p.Name = strings.TrimPrefix(string(file), "\ufeff"), name
	}
	p.Text = strings.ReplaceAll(p.Text, "\r\n", "\n")
	added, err := h.center.AddItems(c.Request.Context(), actor(c), plainFileName(p.Name), []byte(p.Text))
	if faults := (questions.Faults)(nil); errors.As(err, &faults) {
		p.Faults = faultViews(h.sayer(c), faults)
		return h.render(c, http.StatusUnprocessableEntity, "recruiter/bank_upload", p)
	}
	if err != nil {
		return err
	}
	if len(added) == 1 {
		return redirect(c, bankItemURL(added[0].ID)+"?done=kept")
	}
	return redirect(c, "/bank?own=yes&done=added")
}

// plainFileName keeps of a browser's file name what is safe to show and to store.
func plainFileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if len(name) > 80 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	return name
}
