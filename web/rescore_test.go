package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// handIn sends a form with a file, as a browser does.
func (b *browser) handIn(path, name string, content []byte, fields ...string) *browser {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			b.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("key", name)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return b.send(http.MethodPost, path, &body, w.FormDataContentType())
}

// From the downloaded key to new results: an owner changes a key, sees who would move,
// confirms, and reads the new report beside the old one.
func TestAnOwnerRescores(t *testing.T) {
	for _, l := range languages {
		t.Run(string(l), func(t *testing.T) {
			house := houseOnSQLite(t)
			ann := house.Invited("Ann Example").Started().Answers()
			b, first := reportOf(t, house, ann, l)
			say := sayer{l, allWords(t)}
			if len(b.All("#all-versions")) != 0 {
				t.Error("a result with one version lists its versions")
			}
			assessment := "/assessments/" + assess.FormatID(assess.AssessmentID, house.Assessment.ID)
			b.Get(assessment).Has(".doors", say.say("assessments.rescore"))
			b.Get(assessment+"/rescores").Has("main", say.say("rescore.none"))

			b.Get(assessment + "/key.yaml")
			if got := b.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="key-`) {
				t.Errorf("the key comes as %q", got)
			}
			key := string(house.Form.KeyFile())
			b.handIn(assessment+"/rescores", "panel.yaml", []byte(key), "note", "")
			b.Is(assessment+"/rescores", http.StatusUnprocessableEntity).Has(".problem-box", say.say("rescore.fault.line", "n", 3)).Has("#key-error", say.say("rescore.key_refused"))
			b.handIn(assessment+"/rescores", "empty.yaml", nil, "note", "why not")
			b.Is(assessment+"/rescores", http.StatusUnprocessableEntity).Has("#key-error", say.say("error.same_key")).Has("textarea", "why not")

			key = strings.Replace(key, `key_version: ""`, "key_version: panel-1", 1)
			key = strings.Replace(key, `note: ""`, `note: "the panel saw it otherwise"`, 1)
			item, turned := turnedAbout(t, house.Form)
			key = strings.Replace(key, optionsOf(item), optionsOf(turned), 1)
			b.handIn(assessment+"/rescores", "panel.yaml", []byte(key))
			preview := b.Path()
			if b.Status != http.StatusOK || !strings.HasPrefix(preview, "/rescores/rsc_") {
				t.Fatalf("at %s with %d: %s", preview, b.Status, b.Text("main"))
			}
			b.Has(".once", say.say("rescore.nothing_yet")).Has(".facts", "the panel saw it otherwise").Has("tbody", say.say("quality.communication"))
			b.Has("main", "Ann Example").Has("main", say.say("rescore.impact.auditor"))
			b.Get(preview+"?quality=legal&line=abc").Is(preview+"?quality=legal&line=abc", http.StatusBadRequest).Has(".error-summary", say.say("field.out_of_range"))
			b.Get(preview+"?quality="+string(item.Quality)+"&line=99").Has("main", say.say("rescore.crossing",
				"quality", say.say("quality."+string(item.Quality)), "line", 99, "up", 0, "down", 1))

			b.Submit("#confirm").On(preview)
			b.Has("main", say.say("rescore.working", "n", 0, "of", 1))
			if err := house.WorkRescores(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.Get(preview).Has(".done-box", say.say("rescore.done", "n", 1))
			b.Get(assessment+"/rescores").Has("tbody", say.say("rescore.state.done"))

			b.Get(reportPath(ann)).Has(".notice-box", "panel-1").Has(".versions", say.say("report.diff", "before", 1, "after", 2))
			if n := len(b.All(".versions tbody tr")); n != 2 {
				t.Errorf("%d versions are listed", n)
			}
			if len(b.All(".diff li")) < 2 {
				t.Error("the report does not say what changed")
			}
			b.Get(reportPath(ann)+"?version=1").Has(".notice-box", say.say("report.older", "n", 1)).Has(".versions", first.Hash)
			b.Get(reportPath(ann) + "?version=3")
			if b.Status != http.StatusNotFound {
				t.Errorf("a version there is not: %d", b.Status)
			}
			b.Get(reportPath(ann) + "?version=one")
			if b.Status != http.StatusNotFound {
				t.Errorf("a version that is no number: %d", b.Status)
			}
			b.Get(assessment+"/stability").Has("main", "panel-1").Has("caption", "67")
			b.Get(assessment+"/stability?line=900").Is(assessment+"/stability?line=900", http.StatusBadRequest)
		})
	}
}

// optionsOf writes an item's options as a key file has them.
func optionsOf(i questions.Item) string {
	text := string(questions.Form{Items: []questions.Item{i}}.KeyFile())
	return text[strings.Index(text, "  "+i.ID+":"):]
}

// turnedAbout is an item of the form without red lines, and the same with its key upside
// down.
func turnedAbout(t *testing.T, form *questions.Form) (item, turned questions.Item) {
	t.Helper()
	for _, item = range form.Items {
		if item.Kind != questions.Rate && item.Kind != questions.Rank {
			continue
		}
		turned = item
		turned.Options = append([]questions.Option{}, item.Options...)
		free := true
		for n := range turned.Options {
			free = free && !turned.Options[n].Redline
			turned.Options[n].Effectiveness = 5 - turned.Options[n].Effectiveness
		}
		if free {
			return item, turned
		}
	}
	t.Fatal("no key of the form can be turned about")
	return item, turned
}

func TestARescoreIsThrownAway(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/overview")
	assessment := "/assessments/" + assess.FormatID(assess.AssessmentID, house.Assessment.ID)
	b.Get(assessment+"/rescores").Fill("rule_rate", "distance/1").Submit("form.narrow button")
	if !strings.HasPrefix(b.Path(), "/rescores/") {
		t.Fatalf("at %s: %s", b.Path(), b.Text("main"))
	}
	b.Has(".facts", "distance/1")
	b.Submit("#discard").On(assessment+"/rescores").Has("tbody", "thrown away")
	b.Get(assessment+"/stability").Has(".empty", "no sittings")
}

// Both receipts are downloaded as their readers do, fit their schema, are verified with
// the key the server publishes, and the whole one opens the candidate's.
func TestReceiptsAreDownloadedAndFitTheirSchema(t *testing.T) {
	schema := compiled(t, "urn:fourfold:schema:receipt:1", receiptSchemaText)
	house := houseOn(t)
	for _, l := range languages {
		b := browse(t, house, l)
		ann := house.Invited("Ann", func(o *assess.Order) { o.Language = l })
		b.started(ann.Link)
		for n := range house.Form.Items {
			b.Get(fmt.Sprintf("/sit/items/%d", n+1)).answerPage()
			b.Submit(`[value="next"]`)
		}
		b.Get("/sit/review").Submit("#submit button").Submit(`[name="confirm"]`).On("/sit/done")
		say := sayer{l, allWords(t)}
		b.Has("main", say.say("candidate.receipt.text"))
		own := download(t, b, attribute(b.One(`a[download]`), "href"))
		r := owner(t, house, reportPath(ann))
		whole := download(t, r, attribute(r.One(`a[download]`), "href"))
		key := download(t, b, "/api/receipt-key.json")
		public, err := assess.ParseReceiptKey(string(key))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := assess.OpenReceipt(own, whole, public); err != nil {
			t.Error(err)
		}
		for name, text := range map[string][]byte{"candidate's": own, "whole": whole} {
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(document); err != nil {
				t.Errorf("the %s receipt: %v", name, err)
			}
			document.(map[string]any)["extra"] = 1
			if schema.Validate(document) == nil {
				t.Errorf("the schema takes a %s receipt with a member too many", name)
			}
		}
	}
}

// download is the very bytes behind a link.
func download(t *testing.T, b *browser, path string) []byte {
	t.Helper()
	before := b.seen.Len()
	b.Get(path)
	if b.Status != http.StatusOK {
		t.Fatalf("%s: %d", path, b.Status)
	}
	text := b.seen.Bytes()[before:]
	return bytes.Clone(text[:bytes.LastIndexByte(text[:bytes.Index(text, []byte("Cache-Control: "))], '}')+1])
}

// A result of a re-score fits the schema of results.
func TestRescoredResultsFitTheirSchema(t *testing.T) {
	schema := compiledResultSchema(t)
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ann := house.Invited("Ann").Started().Answers()
	if _, err := house.Submit(t.Context(), ann.Seat); err != nil {
		t.Fatal(err)
	}
	draft, err := house.DraftRescore(t.Context(), house.Owner, assess.NewRescore{Assessment: house.Assessment.ID, Rules: []string{"distance/1"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := house.ConfirmRescore(t.Context(), house.Owner, draft.ID); err != nil {
		t.Fatal(err)
	}
	if err := house.WorkRescores(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := house.Result(t.Context(), house.Owner, ann.Invitation.ID)
	if err != nil || r.Version != 2 {
		t.Fatalf("version %d, %v", r.Version, err)
	}
	fits(t, schema, r)
}
