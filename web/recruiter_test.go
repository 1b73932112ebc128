package web

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

func TestInvitingACandidate(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/candidates/new")
	b.Fill("name", "").Fill("email", "not an address").Fill("reference", "A-17").Submit("main form button")
	b.Is("/candidates/new", http.StatusBadRequest).Has("#name-error", "fill this in").Has("#email-error", "email address")
	if got := attribute(b.One("input#reference"), "value"); got != "A-17" {
		t.Errorf("what was right is gone: %q", got)
	}
	b.Fill("name", "Ann <script>alert(1)</script>").Fill("email", "ann@example.org").Fill("extra_time", "150").Submit("main form button")
	b.Has("h1", "Ann <script>alert(1)</script>").Has(".facts", "Half as much again").Has(".facts", "A-17").Has(".step-now", "Invited")

	link := attribute(b.One("input#url"), "value")
	if ann := browse(t, house, questions.English).Get(strings.TrimPrefix(link, "http://fourfold.test")); ann.Status != http.StatusOK {
		t.Errorf("the link on the page opens with %d", ann.Status)
	}
	code := b.another().Get(attribute(b.One(".code img"), "src"))
	if code.Status != http.StatusOK || code.Header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("the QR code: %d %s", code.Status, code.Header.Get("Content-Type"))
	}

	b.Submit(`form[action="` + strings.Split(b.Path(), "?")[0] + `/renew"] button`)
	if renewed := attribute(b.One("input#url"), "value"); renewed == link {
		t.Error("the link is the same after it was renewed")
	}
	if old := browse(t, house, questions.English).Get(strings.TrimPrefix(link, "http://fourfold.test")); old.Status != http.StatusNotFound {
		t.Errorf("the old link opens with %d", old.Status)
	}
	b.Submit(`form[action="` + strings.Split(b.Path(), "?")[0] + `/cancel"] button`)
	b.Has(".step-now", "Cancelled")
	if len(b.All("input#url")) != 0 {
		t.Error("a cancelled invitation still shows a link")
	}
}

func TestAFormSentTwiceIsOneInvitation(t *testing.T) {
	house := houseOnSQLite(t)
	first := owner(t, house, "/candidates/new")
	second := first.another()
	*second = *first // the same page, its button pressed twice
	second.filled, second.touched = map[string][]string{}, map[string]bool{}
	first.Fill("name", "Ann").Submit("main form button")
	second.Fill("name", "Ann").Submit("main form button")
	if first.Path() != second.Path() {
		t.Errorf("two invitations: %s and %s", first.Path(), second.Path())
	}
}

func TestTheListOfCandidates(t *testing.T) {
	house := houseOnSQLite(t)
	for i := range 60 {
		house.Clock.Advance(time.Minute)
		house.Invited(fmt.Sprintf("Person %02d", i))
	}
	house.Clock.Advance(time.Minute)
	zoe := house.Invited("Zoë Wang", func(o *assess.Order) { o.Reference = "REQ-9" }).Started()

	b := owner(t, house, "/candidates")
	if got := names(b); len(got) != 50 || got[0] != "Zoë Wang" {
		t.Fatalf("the first page has %d rows and begins with %q", len(got), got[0])
	}
	b.Get(attribute(b.One(`a[rel="next"]`), "href"))
	if got := names(b); len(got) != 11 || got[10] != "Person 00" {
		t.Errorf("the second page: %v", got)
	}
	b.Get(attribute(b.One(`a[rel="prev"]`), "href"))
	if got := names(b); len(got) != 50 || got[0] != "Zoë Wang" {
		t.Errorf("back on the first page: %d rows", len(got))
	}

	b.Get("/candidates?sort=name")
	if got := names(b); got[0] != "Person 00" {
		t.Errorf("by name the list begins with %q", got[0])
	}
	b.Has(`th[aria-sort="ascending"]`, "Name")

	b.Get("/candidates?q=req-9")
	if got := names(b); !slices.Equal(got, []string{"Zoë Wang"}) {
		t.Errorf("searched by reference: %v", got)
	}
	b.Get("/candidates?stage=started").Has(`.chip[aria-current="true"]`, "In progress")
	if got := names(b); !slices.Equal(got, []string{"Zoë Wang"}) {
		t.Errorf("in progress: %v", got)
	}
	b.Get("/candidates?stage=submitted").Has(`.chip[aria-current="true"]`, "Submitted").Has(".empty", "No candidate matches")
	if b.Get("/candidates?stage=nowhere"); b.Status != http.StatusBadRequest {
		t.Errorf("an unknown stage: %d", b.Status)
	}

	b.Get("/candidates/"+assess.FormatID(assess.InvitationID, zoe.Invitation.ID)).Has(".step-now", "In progress")
}

func names(b *browser) []string {
	var all []string
	for _, link := range b.All("tbody .row-link") {
		all = append(all, text(link))
	}
	return all
}

func TestTheOverviewCountsAndDraws(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/overview").Has(".empty", "Nobody has been invited yet")
	house.Invited("Ann")
	ben := house.Invited("Ben").Started().Answers()
	if _, err := house.Submit(t.Context(), ben.Seat); err != nil {
		t.Fatal(err)
	}
	b.Get("/overview").Has("main", "2 invitations in all; 1 wait").Has(".multiples", "n = 1")
	if n := len(b.All("svg.chart-histogram")); n != 4 {
		t.Errorf("%d histograms, want one for each quality", n)
	}
	if n := len(b.All("svg.chart-stages rect")); n != 2 {
		t.Errorf("the bar of stages has %d parts, want 2", n)
	}
}

func TestDraftAndPublish(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/assessments/new")
	b.Fill("title_zh", "").Fill("title_en", "Evening team").Fill("contact", "hr@harbour.test").Submit("main form button")
	b.Is("/assessments/new", http.StatusBadRequest).Has("#title_zh-error", "fill this in")
	b.Fill("title_zh", "晚班").Submit("main form button").Has("h1", "Evening team Draft")
	if len(b.All(".item")) != 0 {
		t.Error("a draft shows questions")
	}
	b.Submit(".page-head button").Has("h1", "Evening team Published")
	if n := len(b.All("tbody tr")); n < 60 {
		t.Errorf("the certificate has %d lines", n)
	}
	items := b.All("article.item")
	if len(items) != 24 {
		t.Fatalf("%d questions, want 24", len(items))
	}
	for _, item := range items {
		if len(find(item, `[lang="zh-CN"]`)) == 0 || len(find(item, `[lang="en"]`)) == 0 || len(find(item, ".why")) < 8 {
			t.Errorf("a question lacks a language or a reason: %s", text(item))
		}
	}
}

func TestSecretsAreShownOnce(t *testing.T) {
	house := houseOnSQLite(t)
	b := owner(t, house, "/settings")
	b.Fill("name", "Rita").Fill("email", "rita@harbour.test").Fill("role", "reviewer").Submit(`form[action="/settings/members"] button`)
	link := attribute(b.One("input#secret"), "value")
	b.Get("/settings").Has("main", "rita@harbour.test")
	if len(b.All("input#secret")) != 0 {
		t.Error("the link is shown again")
	}
	rita := browse(t, house, questions.Chinese)
	rita.Get("/signin/" + assesstest.LinkToken(link)).Submit("form button").On("/overview")
	if len(rita.All(`a[href="/candidates/new"]`)) != 0 {
		t.Error("a reviewer is offered to invite")
	}

	b.Submit(`form[action="/settings/keys"] button`).Is("/settings/keys", http.StatusBadRequest).Has("main", "Choose at least one")
	b.Fill("key_name", "ATS").Fill("scopes", "results:read").Submit(`form[action="/settings/keys"] button`)
	secret := attribute(b.One("input#secret"), "value")
	if _, err := house.KeyActor(t.Context(), secret); err != nil {
		t.Errorf("the key shown opens nothing: %v", err)
	}
	b.Get("/settings").Has("main", secret[len(secret)-4:])
	if strings.Contains(text(b.page), secret) {
		t.Error("the secret is shown again")
	}
	revoke := b.All("td.action form button")
	b.Submit(`form[action="` + attribute(revoke[len(revoke)-1].Parent, "action") + `"] button`).On("/settings?done=revoked.done")
	if _, err := house.KeyActor(t.Context(), secret); !errors.Is(err, assess.ErrUnauthenticated) {
		t.Errorf("the revoked key: %v", err)
	}

	rita.Get("/settings").Fill("password", "short").Submit(`form[action="/settings/password"] button`)
	rita.Is("/settings/password", http.StatusBadRequest)
	rita.Fill("password", "丽塔记得住的一句话呀").Submit(`form[action="/settings/password"] button`).On("/settings?done=password.done")
	rita.Fill("language", "en").Submit(`form[action="/settings/language"] button`).Has("h1", "Settings")
	rita.Fill("current", "wrong").Fill("password", "another fine password").Submit(`form[action="/settings/password"] button`)
	rita.Is("/settings/password", http.StatusBadRequest).Has("#current-error", "not right")
}

func TestTheAuditLogHoldsIDsOnly(t *testing.T) {
	house := houseOnSQLite(t)
	house.Invited("Ann Example")
	if err := house.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := owner(t, house, "/settings/audit").Has("tbody", "invitation.created").Has("tbody", "inv_").Has("tbody", "mem_")
	if got := b.Text("tbody"); strings.Contains(got, "Ann") || strings.Contains(got, "@") {
		t.Errorf("the log names somebody: %s", got)
	}
}

func TestTheQRCodeIsADocument(t *testing.T) {
	house := houseOnSQLite(t)
	ann := house.Invited("Ann")
	b := owner(t, house, "/candidates").Get("/candidates/" + assess.FormatID(assess.InvitationID, ann.Invitation.ID) + "/qr.svg")
	received := b.seen.String()
	begin := strings.LastIndex(received, "<svg")
	if begin < 0 {
		t.Fatal("no drawing received")
	}
	var drawing struct {
		XMLName xml.Name
		Title   string `xml:"title"`
	}
	if err := xml.Unmarshal([]byte(received[begin:strings.LastIndex(received, "</svg>")+len("</svg>")]), &drawing); err != nil {
		t.Fatal(err)
	}
	if drawing.XMLName.Space != "http://www.w3.org/2000/svg" || drawing.Title == "" {
		t.Errorf("the drawing stands in %q with the title %q", drawing.XMLName.Space, drawing.Title)
	}
}
