package web

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// sat lets people sit the whole test with answers between chance and the key.
func sat(t *testing.T, house *assesstest.House, n int, seed uint64, l questions.Lang) []*assesstest.Person {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 2))
	var people []*assesstest.Person
	for i := range n {
		p := house.Invited(fmt.Sprintf("Person %d", i), func(o *assess.Order) { o.Language = l }).Started()
		able := dice.Float64()
		for position := range house.Form.Items {
			choices := house.Responses(position)
			r := choices[dice.IntN(len(choices))]
			if dice.Float64() < able {
				r = house.Keyed(position)
			}
			if _, err := house.Answer(t.Context(), p.Seat, assess.Save{Position: position, Revision: 1, Response: r, SpentMS: 5_000 + dice.Int64N(90_000)}); err != nil {
				t.Fatal(err)
			}
		}
		house.Clock.Advance(2 * time.Minute)
		if _, err := house.Submit(t.Context(), p.Seat); err != nil {
			t.Fatal(err)
		}
		people = append(people, p)
	}
	return people
}

func assessmentPath(house *assesstest.House) string {
	return "/assessments/" + assess.FormatID(assess.AssessmentID, house.Assessment.ID)
}

// memberOf signs a new member of a role in.
func memberOf(t *testing.T, house *assesstest.House, role assess.Role) *browser {
	t.Helper()
	_, link, err := house.AddMember(t.Context(), house.Owner, assess.NewMember{
		Email: string(role) + "@harbour.test", Name: "Someone", Role: role, Language: questions.English,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := browse(t, house, questions.English)
	return b.Get("/signin/" + assesstest.LinkToken(link)).Submit("form button")
}

// One house grows through the floors: nothing is shown under them and it is said how
// many are missing; over them the pages show figures, pictures and words.
func TestThePagesOfQuality(t *testing.T) {
	house := houseOnSQLite(t)
	path := assessmentPath(house)
	b := owner(t, house, path).Has(".page-head", "How the form has worked")
	b.Get(path+"/quality").Has("#reliability", "Reliability").Has("main", "Not enough data: 100 more needed").Has("table.items", "Not enough data: 50 more needed")
	people := sat(t, house, 7, 1, questions.English)
	b.Get(path+"/quality").Has(".chip[aria-current]", "English, 7 results").Has("main", "Not enough data: 93 more needed").Has("table.items", "Not enough data: 43 more needed")
	b.Get(path+"/quality/items/1").Has(".notice-box", "Not enough data: 43 more needed")
	b.Get(path+"/norms?language=en").Has(".notice-box", "7 sittings fit; 93 more are needed to reach 100.")
	if len(b.All(`form[method="post"][action="`+path+`/norms"]`)) != 0 {
		t.Error("a norm is offered under the floor")
	}
	early := people[0]

	house.Crowd(14) // 105 people
	b.Get(path + "/quality?language=en")
	if strings.Contains(b.Text("main"), "Not enough data") {
		t.Errorf("over the floors: %s", b.Text("main"))
	}
	for _, id := range []string{"reliability-picture"} {
		for _, part := range []string{"title", "desc"} {
			if text(b.One("#"+id+"-"+part)) == "" {
				t.Errorf("the picture %s has no %s", id, part)
			}
		}
	}
	if n := len(b.All("table.items tbody tr")); n != len(house.Form.Items) {
		t.Errorf("%d items in the table", n)
	}

	// The table sorts by any figure, what is not known always last.
	for _, column := range []string{"n", "mean", "sd", "rest", "deleted", "discrimination", "time", "flags"} {
		b.Get(path+"/quality?language=en&sort="+column).Is(b.Path(), http.StatusOK)
		if len(b.All(`table.items th[aria-sort="ascending"]`)) != 1 {
			t.Errorf("sorted by %s no head says so", column)
		}
	}
	means := func() (list []float64) {
		for _, row := range b.All("table.items tbody tr") {
			v, err := strconv.ParseFloat(text(find(row, "td.number")[1]), 64)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, v)
		}
		return list
	}
	b.Get(path + "/quality?language=en&sort=mean")
	if got := means(); !slices.IsSorted(got) {
		t.Errorf("sorted by the mean mark: %v", got)
	}
	again, _, _ := strings.Cut(attribute(b.One(`table.items th[aria-sort="ascending"] a`), "href"), "#")
	b.Get(again).Has(`th[aria-sort="descending"]`, "Mean mark")
	if got := means(); !slices.IsSortedFunc(got, func(x, y float64) int { return int(1000 * (y - x)) }) {
		t.Errorf("sorted the other way: %v", got)
	}
	if b.Get(path + "/quality?sort=beauty"); b.Status != http.StatusBadRequest {
		t.Errorf("an order there is not: %d", b.Status)
	}

	// An item's page draws a curve for each option, and the shares of a fifth add up.
	for position, item := range house.Form.Items {
		if item.Kind != questions.BestWorst && item.Kind != questions.Rank {
			continue
		}
		b.Get(fmt.Sprintf("%s/quality/items/%d?language=en", path, position+1)).Has("h1", item.ID)
		curves := len(item.Options)
		if item.Kind == questions.BestWorst {
			curves *= 2
		}
		if n := len(b.All("svg.chart-curve")); n != curves {
			t.Errorf("item %d has %d curves, want %d", position+1, n, curves)
		}
		sum := 0
		for _, row := range find(b.One("section[aria-labelledby=options]"), "tbody tr") {
			if strings.Contains(text(row), "least effective") && !strings.Contains(text(row), "most effective") {
				continue
			}
			cells := find(row, "td.number")
			n, err := strconv.Atoi(strings.TrimSuffix(text(cells[len(cells)-1]), " %"))
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
		if sum < 97 || sum > 103 {
			t.Errorf("item %d: the shares of the highest fifth add up to %d %%", position+1, sum)
		}
		break
	}
	for _, bad := range []string{"0", "25", "x"} {
		if b.Get(path + "/quality/items/" + bad); b.Status != http.StatusNotFound {
			t.Errorf("item %s: %d", bad, b.Status)
		}
	}

	// A norm is counted, made, and named by later results alone.
	b.Get(path+"/norms?language=en").Has(".done-box", "105 sittings fit.").Submit(`form[method="post"][action="` + path + `/norms"] .primary`)
	b.On(path+"/norms?done=made").Has(".norm", "Version 1, English").Has(".norm", "in use").Has(".norm", "105")
	b.Get(reportPath(early)).Has(".versions", "none, so nobody is compared")
	if strings.Contains(b.Text(".report"), "Sten") {
		t.Error("a result from before the norm is read by it")
	}
	late := sat(t, house, 2, 3, questions.English)
	b.Get(reportPath(late[0])).Has(".report", "Read by norm version 1 (English, n = 105").Has("thead", "Error band Sten Percentile").Has(".versions", "nrm_").Has("main", "half of those exactly at it").Has("main", "the band uses")
	if n := len(b.All("svg.chart-profile .band")); n != 4 {
		t.Errorf("%d bands are drawn", n)
	}
	if b.Get(path + "/norms?language=en&from=2026-13-01"); b.Status != http.StatusBadRequest {
		t.Errorf("a day there is not: %d", b.Status)
	}
	b.Has("#from-error", "not one of the choices")

	// Side by side: with bands the rule speaks, without them it does not.
	id := func(p *assesstest.Person) string { return "i=" + assess.FormatID(assess.InvitationID, p.Invitation.ID) }
	b.Get("/candidates/compare?"+id(late[0])+"&"+id(late[1])).Has("h1", "Side by side")
	if n := len(b.All(".separation-distinguishable")) + len(b.All(".separation-not_distinguishable")); n != 4 {
		t.Errorf("%d of the four qualities have a verdict: %s", n, b.Text("main"))
	}
	b.Get("/candidates/compare?"+id(late[0])+"&"+id(early)).Has(".separations", "cannot be said").Has(".notice-box", "before there was a norm")
	for _, few := range []string{"", "?" + id(late[0]), "?i=inv_x&" + id(late[0])} {
		if b.Get("/candidates/compare" + few); b.Status != http.StatusBadRequest && b.Status != http.StatusNotFound {
			t.Errorf("compared %q: %d", few, b.Status)
		}
	}
	if b.Get("/candidates?stage=submitted"); len(b.All(`input[form="compare"]`)) == 0 || len(b.All("form#compare button")) != 1 {
		t.Error("nobody can be ticked for a comparison")
	}
}

func TestErasingAsksOnceMore(t *testing.T) {
	house := houseOnSQLite(t)
	zoe := house.Invited("Zoe Zanzibar").Started().Answers(0)
	path := "/candidates/" + assess.FormatID(assess.InvitationID, zoe.Invitation.ID)
	b := owner(t, house, path)
	b.Get(attribute(b.One(`a[href="`+path+`/erase"]`), "href")).Has("h1", "Erase this candidate").Has("main", "Zoe Zanzibar")
	b.Submit("main form button").Is(path+"/erase", http.StatusBadRequest).Has(".error-summary", "Tick the box")
	b.Fill("confirm", "yes").Submit("main form button").On("/candidates?done=erased").Has(".done-box", "erased")
	if got := b.Get("/candidates").Text("main"); strings.Contains(got, "Zanzibar") {
		t.Errorf("the list still has her: %s", got)
	}
	if b.Get(path); b.Status != http.StatusNotFound {
		t.Errorf("her page: %d", b.Status)
	}
	if old := browse(t, house, questions.English).Get(strings.TrimPrefix(zoe.Link, "http://fourfold.test")); old.Status != http.StatusNotFound {
		t.Errorf("her link: %d", old.Status)
	}
}

// What candidates say of themselves is seen by auditors alone and only as totals; not
// a word of it stands on any page another role can open.
func TestDemographicsStayApart(t *testing.T) {
	house := houseOnSQLite(t)
	ann := house.Invited("Ann").Started().Answers()
	candidate := browse(t, house, questions.English)
	candidate.Get(strings.TrimPrefix(ann.Link, "http://fourfold.test")).Submit("main form button")
	candidate.Get("/sit/voluntary").On("/sit/review") // not before the end
	if _, err := house.Submit(t.Context(), ann.Seat); err != nil {
		t.Fatal(err)
	}
	candidate.Get("/sit/done").Get(attribute(candidate.One(`a[href="/sit/voluntary"]`), "href"))
	candidate.Fill("sex", "other").Submit(".steps .primary").Is("/sit/voluntary", http.StatusBadRequest).Has(".error-summary", "consent")
	candidate.Get("/sit/voluntary").Submit(`button[name="skip"]`).On("/sit/done")
	candidate.Get("/sit/voluntary").Fill("sex", "other").Fill("age", "45_up").Fill("consent", "yes").Submit(".steps .primary").On("/sit/voluntary").Has("main", "Thank you")
	if got := candidate.Text("main"); strings.Contains(got, "Another") || strings.Contains(got, "45") {
		t.Errorf("the page shows what was said: %s", got)
	}
	house.Crowd(59)

	words := []string{"45 and over", "45_up", "sex:", "demographics"}
	path := assessmentPath(house)
	pages := []string{"/overview", "/candidates", "/candidates/" + assess.FormatID(assess.InvitationID, ann.Invitation.ID), reportPath(ann), path, path + "/quality", path + "/quality/items/1", path + "/norms"}
	for _, role := range []assess.Role{assess.Owner, assess.Recruiter, assess.Reviewer, assess.Author} {
		b := memberOf(t, house, role)
		for _, page := range pages {
			b.Get(page)
			for _, word := range words {
				if strings.Contains(text(b.page), word) {
					t.Errorf("%s reads %q on %s", role, word, page)
				}
			}
		}
		if b.Get(path + "/fairness"); b.Status != http.StatusForbidden {
			t.Errorf("%s opens the page of fairness: %d", role, b.Status)
		}
		if role != assess.Owner {
			continue
		}
		for _, link := range b.Get(path + "/quality").All("main a") {
			if strings.Contains(attribute(link, "href"), "/fairness") {
				t.Error("an owner is offered the page of fairness")
			}
		}
	}
	auditor := memberOf(t, house, assess.Auditor)
	auditor.Get(path+"/fairness?language=en").Has("h1", "Fairness").Has("main", "Only one group is large enough").Has("main", "Under 50 people and not shown: Female; Male")
	if auditor.Get(reportPath(ann)); auditor.Status != http.StatusForbidden {
		t.Errorf("an auditor opens a report: %d", auditor.Status)
	}

	candidate.Submit(`button[name="take_back"]`).On("/sit/voluntary")
	if len(candidate.All(`input[name="sex"]`)) == 0 {
		t.Error("what was taken back cannot be given anew")
	}
	n, faults, err := house.VerifyStatistics(t.Context(), house.Owner.Organization)
	if err != nil || len(faults) != 0 || n != 60 {
		t.Errorf("%d results, %v, %v", n, faults, err)
	}
}
