package web

import (
	"fmt"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// A new version by the form: what is wrong stands beside its field, what was typed
// stays, and the old version remains.
func TestANewVersionByTheForm(t *testing.T) {
	house := houseOnSQLite(t)
	const id = "com.explain.001"
	b := owner(t, house, "/bank?q="+id)
	b.Get(attribute(b.One("a.row-link"), "href")).Has("h1", id).Has("#life", "Life of the key")
	version := strings.TrimPrefix(b.Text("tbody th"), "Version ")
	b.Get("/bank/items/"+id+"/edit").Fill("stem_en", strings.Repeat("word ", 90)).Fill("option_B_why_zh", "").Submit("main form.edit button.primary")
	b.Is("/bank/items/"+id+"/edit", http.StatusUnprocessableEntity)
	b.Has("#option_B_why_zh-error", "Please fill this in.")
	if got := text(b.One("textarea#stem_en")); got != strings.TrimSpace(strings.Repeat("word ", 90)) {
		t.Errorf("what was typed is gone: %q", got)
	}
	b.Fill("option_B_why_zh", "说明了原因。").Submit("main form.edit button.primary")
	b.Has("#stem_en-error", "90 words; at most 75").Has(".error-summary", "Situation in English")
	b.Fill("stem_en", "Ms Wang asks why she owes more.").Fill("sme_check", "Reworded.").Submit("main form.edit button.primary")
	b.On("/bank/items/"+id+"?done=kept").Has(".done-box", "kept").Has(".candidate-view[lang=\"en\"] .stem", "Ms Wang asks why")
	b.Get("/bank/items/"+id+"?version="+version).Has(".notice-box", "not the newest").Has(".candidate-view[lang=\"zh-CN\"] .stem", "王女士")
	b.Get("/bank?own=yes")
	if rows := b.All("tbody tr"); len(rows) != 1 {
		t.Errorf("%d own items", len(rows))
	}
	b.Get("/bank/items/"+id+"?version=999").Is("/bank/items/"+id+"?version=999", http.StatusNotFound)
}

// A form filled in from an old page does not overwrite what somebody else has kept.
func TestAFormFromAnOldPage(t *testing.T) {
	house := houseOnSQLite(t)
	const edit = "/bank/items/com.explain.001/edit"
	first := owner(t, house, edit)
	second := first.another().Get(edit)
	first.Fill("sme_check", "First.").Submit("main form.edit button.primary").On("/bank/items/com.explain.001?done=kept")
	second.Fill("sme_check", "Second.").Submit("main form.edit button.primary")
	second.Is(edit, http.StatusUnprocessableEntity).Has(".notice-box", "in the meantime")
	if got := attribute(second.One("input#sme_check"), "value"); got != "Second." {
		t.Errorf("what was typed is gone: %q", got)
	}
}

// A file that is wrong is refused whole, with line and field; one that is right is
// kept.
func TestUploadingItems(t *testing.T) {
	house := houseOnSQLite(t)
	bank, err := questions.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	good, bad := bank.Items[0], bank.Items[1]
	good.ID, good.Version, good.Enemies = "com.explain.950", 1, []string{}
	good.Stem.Chinese, good.Stem.English = "王女士昨晚收到两条扣款短信，今天来电问哪一条才算数。", "Ms Wang received two debit messages last night and rings to ask which of them counts."
	bad.ID, bad.Version, bad.Facet = "com.explain.951", 1, "law.debt"
	yaml := func(items ...questions.Item) string {
		text, err := questions.WriteItems(items)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	b := owner(t, house, "/bank/upload")
	b.Fill("text", yaml(good, bad)).Submit("main form button")
	b.Is("/bank/upload", http.StatusUnprocessableEntity).Has(".error-summary", "law.debt is no facet of communication").Has(".error-summary", "com.explain.951/facet")
	alike := bank.Items[0]
	alike.ID, alike.Version, alike.Enemies = "com.explain.952", 1, []string{}
	b.Fill("text", yaml(alike)).Submit("main form button").Has(".error-summary", "too like "+bank.Items[0].ID)
	b.Fill("text", "- [").Submit("main form button").Has(".error-summary", "Line 2")
	b.Fill("text", yaml(good)).Submit("main form button").On("/bank/items/com.explain.950?done=kept")
	if _, err := house.BankItem(t.Context(), house.Owner, "com.explain.951", 0); err == nil {
		t.Error("half a file was kept")
	}
}

// A panel from the list of items to the promoted key, in both languages, and what the
// pages say on the way.
func TestAPanelByItsPages(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/bank?facet=law.debt")
	b.Submit(".panel-new button").Is("/bank/panels", http.StatusBadRequest).Has(".error-summary", "at least one item")
	b.Fill("title", "Spring").Fill("items", "law.debt.001").Submit(".panel-new button")
	panel := b.Path()
	b.Has("h1", "Spring").Has(".item", "Nobody has finished yet.")
	b.Fill("years", "many").Submit("main details form button.primary").Has("#name-error", "fill this in").Has("#years-error", "from 0 to 60")
	roles := []assess.RaterRole{assess.TeamLeader, assess.TeamLeader, assess.Compliance, assess.Compliance, assess.QA, assess.QA, assess.Lawyer, assess.Consumer}
	for n, role := range roles {
		b.Fill("name", fmt.Sprintf("Expert %d", n)).Fill("rater_role", string(role)).Fill("years", "4").Fill("employer", "agency")
		b.Fill("rater_language", string(languages[n%2])).Submit("main details form button.primary")
		link := attribute(b.One("input#secret"), "value")
		rated(t, house, strings.TrimPrefix(link, "http://fourfold.test"), n)
	}
	b.Get(panel).Has(".facts", "8 of 8 finished").Has(".ratings", "100 %").Has(".item", "Kendall's W")
	item := "/bank/items/law.debt.001"
	b.Get(item).Has("main", "The rule is met.").Submit(`button[value="sme-reviewed"]`)
	b.Has(".done-box", "audit log").Has("h1", "expert-reviewed").Has("main", "150 results in Chinese are needed; there are 0")
	b.post2(item+"/promote", "to=piloted&version="+strings.TrimPrefix(b.Text("tbody th"), "Version "))
	if b.Status != http.StatusUnprocessableEntity {
		t.Errorf("a step without evidence: %d", b.Status)
	}
	b.Get(panel).Submit(`form[action="`+panel+`/close"] button`).Has(".done-box", "closed")
}

// post2 sends a form that stands on no page.
func (b *browser) post2(path, form string) *browser {
	b.Helper()
	return b.send(http.MethodPost, path, strings.NewReader(form), "application/x-www-form-urlencoded")
}

// rated lets an expert rate everything as keyed, one of eight a step off, without
// scripts; nothing of the key or of others may reach that browser.
func rated(t *testing.T, house *assesstest.House, link string, n int) {
	t.Helper()
	l := languages[n%2]
	b := browse(t, house, l).Get(link)
	b.Has("h1", fmt.Sprintf("Expert %d", n)).Submit("main form button")
	sheet, err := house.RatingSheet(t.Context(), assesstest.LinkToken(link))
	if err != nil {
		t.Fatal(err)
	}
	b.On("/rate/items/1").Submit(`[value="review"]`).On("/rate/review")
	if len(b.All(`form[action="/rate/finish"]`)) > 0 {
		t.Error("an expert may finish with everything open")
	}
	b.post2("/rate/finish", "")
	if b.Status != http.StatusConflict {
		t.Errorf("finished with everything open: %d", b.Status)
	}
	b.Get("/rate/items/1")
	for k, o := range sheet.Items[0].Options {
		rating := o.Effectiveness
		if n == 7 && k == 0 {
			rating = max(1, rating-1)
		}
		if k == 0 {
			b.Fill("rating."+o.ID, fmt.Sprint(rating)).Submit(`[value="next"]`).On("/rate/items/1?check=yes")
			b.One(".error-summary")
		}
		b.Fill("rating."+o.ID, fmt.Sprint(rating))
	}
	b.Fill("note", fmt.Sprintf("Comment of %d", n)).Submit(`[value="next"]`).On("/rate/review")
	other := questions.Chinese
	if l == questions.Chinese {
		other = questions.English
	}
	b.Submit(`button[lang="` + string(other) + `"]`).On("/rate/review")
	if got := attribute(b.One("html"), "lang"); got != string(other) {
		t.Errorf("switched to %s, the page is in %s", other, got)
	}
	b.Submit(`form[action="/rate/finish"] button`).On("/rate/done")
	b.Get("/rate/items/1").On("/rate/done")
	b.post2("/rate/items/1", "rating.A=1")
	if b.Status != http.StatusConflict {
		t.Errorf("rated after the end: %d", b.Status)
	}

	seen := html.UnescapeString(b.seen.String())
	for _, i := range sheet.Items {
		secrets := []string{i.ID, string(i.Facet), i.SMECheck, "effectiveness", "redline", `"eff"`}
		for _, o := range i.Options {
			secrets = append(secrets, o.Why.Chinese, o.Why.English)
		}
		for other := range n {
			secrets = append(secrets, fmt.Sprintf("Comment of %d", other), fmt.Sprintf("Expert %d", other))
		}
		for _, secret := range secrets {
			if strings.Contains(seen, secret) {
				t.Errorf("expert %d received %q", n, secret)
			}
		}
	}
}

// Every message with which the reader of bank files or lint keeps an item out has a
// text of its own in both languages; the messages are read out of the source.
func TestEveryFaultHasAText(t *testing.T) {
	call := regexp.MustCompile(`(?:fault\("[a-z_]+", |complaint\{[^"]*"[^"]*"(?: \+ [^,]+)?, "[a-z_]+", (?:fmt\.Sprintf\()?)"((?:[^"\\]|\\.)*)"`)
	w := allWords(t)
	say := sayer{questions.English, w}
	files, err := filepath.Glob("../questions/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || !strings.Contains(file, "lint") && !strings.Contains(file, "load_item") && !strings.Contains(file, "reader") && !strings.Contains(file, "object") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(source), -1) {
			message := strings.NewReplacer("%q", `"x"`, "%d", "7", "%s", "x", `\"`, `"`, "%v", "x", "%%", "%").Replace(m[1])
			if strings.HasSuffix(message, " ") { // what is missing is put behind
				message += "x"
			}
			if message == "x" || message == `"x" x` { // the words of the YAML reader, and of the tells below
				continue
			}
			found++
			if _, raw := faultText(say, questions.Fault{Message: message}); raw != "" {
				t.Errorf("%s: no text for %q", filepath.Base(file), message)
			}
		}
	}
	words, err := os.ReadFile("../questions/lint_words.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`= tell\{"[a-z]+", "([^"]+)"`).FindAllStringSubmatch(string(words), -1) {
		found++
		if _, raw := faultText(say, questions.Fault{Message: `"x" ` + m[1]}); raw != "" {
			t.Errorf("lint_words.go: no text for %q", m[1])
		}
	}
	if found < 30 {
		t.Errorf("only %d messages were found", found)
	}
	for _, f := range faultTexts {
		for _, l := range languages {
			if _, err := w.text(l, "fault."+f.key); err != nil {
				t.Error(err)
			}
		}
	}
	for _, word := range assess.LackWords {
		if _, err := w.text(questions.English, "lack."+word); err != nil {
			t.Error(err)
		}
	}
	var keys []string
	for _, r := range assess.RaterRoles {
		keys = append(keys, "rater_role."+string(r))
	}
	for _, s := range assess.RaterStates {
		keys = append(keys, "rater_state."+string(s))
	}
	for _, s := range questions.Statuses {
		keys = append(keys, "bank.status."+string(s))
	}
	for _, d := range questions.Duties {
		keys = append(keys, "duty."+d)
	}
	for _, m := range questions.Mindsets {
		keys = append(keys, "mindset."+m)
	}
	for _, i := range questions.Incidents {
		keys = append(keys, "incident."+i)
	}
	for _, key := range append(keys, "bank.panel.state.open", "bank.panel.state.closed", "bank.panel.done.closed", "bank.panel.done.cancelled",
		"bank.item.kept", "bank.item.promoted", "panel.state.answered", "panel.state.incomplete", "panel.state.blank") {
		if _, err := w.text(questions.English, key); err != nil {
			t.Error(err)
		}
	}
}
