package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// orderFor is the body of an order.
func orderFor(house *assesstest.House, name, extra string) string {
	return fmt.Sprintf(`{"assessment": %q, "candidate": {"name": %q, "email": "ann@example.com"}%s}`,
		assess.FormatID(assess.AssessmentID, house.Assessment.ID), name, extra)
}

func TestAnOrderBecomesAResult(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		ats := programOf(t, house, assess.Scopes...)

		var offered assessmentList
		ats.call("GET", "/api/v1/assessments", "").want(200).into(&offered)
		if len(offered.Assessments) != 1 || offered.Assessments[0].Items != len(house.Form.Items) {
			t.Fatalf("offered %+v", offered)
		}

		made := ats.call("POST", "/api/v1/invitations", orderFor(house, "Ann", `, "language": "en", "reference": "REQ-7"`), "Idempotency-Key", "order-7").want(201)
		var order invitationEntry
		made.into(&order)
		if got, want := made.Header.Get("Location"), publicURL.String()+"/api/v1/invitations/"+order.ID; got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
		if order.Stage != assess.StageInvited || order.Link == nil || order.Result != nil || order.Reference != "REQ-7" {
			t.Errorf("a new order is %+v", order)
		}
		result := "/api/v1/invitations/" + order.ID + "/result"
		ats.call("GET", result, "").want(404).problem(assess.ErrNoResult)

		sat := sit(t, house, *order.Link)

		var after invitationEntry
		ats.call("GET", "/api/v1/invitations/"+order.ID, "").want(200).into(&after)
		if after.Stage != assess.StageSubmitted || after.Link != nil || after.Result == nil || *after.Result != assess.FormatID(assess.ResultID, sat.ID) {
			t.Errorf("after the sitting: %+v", after)
		}
		got := ats.call("GET", result, "").want(200)
		if got.text != string(sat.JSON) {
			t.Errorf("the result is not byte for byte the frozen one:\n%s\n%s", got.text, sat.JSON)
		}
		if tag := got.Header.Get("ETag"); tag != `"`+sat.Hash+`"` {
			t.Errorf("ETag %s, want the hash %s", tag, sat.Hash)
		}
		same := ats.call("GET", result, "", "If-None-Match", got.Header.Get("ETag")).want(304)
		if same.text != "" {
			t.Errorf("304 with a body: %s", same.text)
		}
	})
}

// sit takes the test as the key would and returns its result.
func sit(t *testing.T, house *assesstest.House, link string) assess.Result {
	t.Helper()
	ctx := t.Context()
	seat, err := house.Enter(ctx, assesstest.LinkToken(link), questions.English)
	if err != nil {
		t.Fatal(err)
	}
	if err := house.Consent(ctx, seat, assess.Consent{NoticeHash: "test"}); err != nil {
		t.Fatal(err)
	}
	if _, err := house.Start(ctx, seat); err != nil {
		t.Fatal(err)
	}
	for i := range house.Form.Items {
		if _, err := house.Answer(ctx, seat, assess.Save{Position: i, Revision: 1, Response: house.Keyed(i)}); err != nil {
			t.Fatal(err)
		}
	}
	result, err := house.Submit(ctx, seat)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestAnOrderIsPlacedOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		ats := programOf(t, house, assess.Scopes...)
		body := orderFor(house, "Ann", "")

		first := ats.call("POST", "/api/v1/invitations", body, "Idempotency-Key", `"order 7"`).want(201)
		again := ats.call("POST", "/api/v1/invitations", strings.ReplaceAll(body, " ", "\n "), "Idempotency-Key", "order 7").want(201)
		if first.text != again.text {
			t.Errorf("the same order gave\n%s\nand then\n%s", first.text, again.text)
		}
		if first.Header.Get("Idempotency-Replayed") != "" || again.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("Idempotency-Replayed: %q, then %q", first.Header.Get("Idempotency-Replayed"), again.Header.Get("Idempotency-Replayed"))
		}
		ats.call("POST", "/api/v1/invitations", orderFor(house, "Bea", ""), "Idempotency-Key", "order 7").want(422).problem(assess.ErrKeyReused)

		other := ats.with(house, assess.WriteInvitations)
		theirs := other.call("POST", "/api/v1/invitations", body, "Idempotency-Key", "order 7").want(201)
		if theirs.text == first.text {
			t.Error("two programs with keys of their own share an order")
		}
		var list invitationList
		ats.call("GET", "/api/v1/invitations", "").want(200).into(&list)
		if len(list.Invitations) != 2 {
			t.Errorf("%d invitations, want 2", len(list.Invitations))
		}
	})
}

func TestInvitationsComeInPages(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		ats := programOf(t, house, assess.ReadInvitations)
		for i := range 5 {
			house.Invited(fmt.Sprint("Candidate ", i), func(o *assess.Order) { o.Reference = fmt.Sprint("R-", i%2) })
		}
		house.Invited("Zoe").Entered()

		var names []string
		for path := "/api/v1/invitations?limit=2&stage=invited,consented"; path != ""; {
			got := ats.call("GET", path, "").want(200)
			var page invitationList
			got.into(&page)
			for _, i := range page.Invitations {
				names = append(names, i.Candidate.Name)
				if i.Link != nil {
					t.Errorf("a key that may not invite sees the link of %s", i.Candidate.Name)
				}
			}
			path = ""
			if page.NextCursor != nil {
				next, rel, _ := strings.Cut(strings.TrimPrefix(got.Header.Get("Link"), "<"+publicURL.String()), ">")
				if rel != `; rel="next"` || !strings.Contains(next, *page.NextCursor) {
					t.Fatalf("Link %q beside cursor %q", got.Header.Get("Link"), *page.NextCursor)
				}
				path = next
			}
		}
		if got, want := strings.Join(names, ", "), "Candidate 4, Candidate 3, Candidate 2, Candidate 1, Candidate 0"; got != want {
			t.Errorf("paged through %s; want %s", got, want)
		}

		var odd invitationList
		ats.call("GET", "/api/v1/invitations?reference=R-1", "").want(200).into(&odd)
		if len(odd.Invitations) != 2 {
			t.Errorf("%d with reference R-1, want 2", len(odd.Invitations))
		}
	})
}

func TestDraftsAreNotOffered(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	draft, err := house.DraftAssessment(t.Context(), house.Owner, assess.NewAssessment{
		Title: questions.Text{Chinese: "草稿", English: "Draft"}, Blueprint: "S", Jurisdiction: "CN", ValidDays: 14, Contact: "jobs@harbour.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	ats := programOf(t, house, assess.Scopes...)
	var offered assessmentList
	ats.call("GET", "/api/v1/assessments", "").want(200).into(&offered)
	if len(offered.Assessments) != 1 {
		t.Errorf("offered %+v", offered)
	}
	body := strings.Replace(orderFor(house, "Ann", ""), assess.FormatID(assess.AssessmentID, house.Assessment.ID), assess.FormatID(assess.AssessmentID, draft.ID), 1)
	ats.call("POST", "/api/v1/invitations", body, "Idempotency-Key", "draft").want(409).problem(assess.ErrNotPublished)
}

func TestProblemsSpeakTheCallersLanguage(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.ReadInvitations)
	for accept, title := range map[string]string{"": "There is nothing here", "en-GB": "There is nothing here", "zh-HK, zh;q=0.9, en;q=0.5": "这里没有内容"} {
		p := ats.call("GET", "/api/v1/invitations/inv_0", "", "Accept-Language", accept).want(404).problem(assess.ErrNotFound)
		if lost := ats.call("GET", "/api/nothing", "", "Accept-Language", accept).want(404).problem(assess.ErrNotFound); lost.Title != title {
			t.Errorf("Accept-Language %q: an unknown address is %q, want %q", accept, lost.Title, title)
		}
		if p.Title != title {
			t.Errorf("Accept-Language %q: %q, want %q", accept, p.Title, title)
		}
		if p.Type != publicURL.String()+"/api/docs#error-not_found" || p.Status != 404 || p.Instance == "" {
			t.Errorf("problem %+v", p)
		}
	}
}

// HEAD goes through a real server, which takes care that no body is sent.
func TestHeadAnswersLikeGet(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.Scopes...)
	server := httptest.NewServer(ats.server)
	defer server.Close()
	for _, path := range []string{"/api/v1/assessments", "/api/v1/invitations", "/api/openapi.json", "/api/result.schema.json", "/api/docs", "/livez", "/readyz"} {
		r, err := http.NewRequest(http.MethodHead, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+ats.key)
		got, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != http.StatusOK {
			t.Errorf("HEAD %s: %d", path, got.StatusCode)
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	server := New(house.Center, Config{PublicURL: publicURL})
	for path, allow := range map[string]string{
		"/api/v1/assessments": "GET, HEAD", "/api/v1/invitations": "GET, HEAD, POST", "/api/v1/invitations/inv_0": "GET, HEAD",
		"/api/v1/invitations/inv_0/result": "GET, HEAD", "/api/openapi.json": "GET, HEAD",
	} {
		for _, method := range []string{"PUT", "PATCH", "DELETE", "TRACE"} {
			w := httptest.NewRecorder()
			server.ServeHTTP(w, httptest.NewRequest(method, path, nil))
			if w.Code != http.StatusMethodNotAllowed || !sameMethods(w.Header().Get("Allow"), allow) || !strings.Contains(w.Body.String(), `"method_not_allowed"`) {
				t.Errorf("%s %s: %d, Allow %q: %s", method, path, w.Code, w.Header().Get("Allow"), w.Body)
			}
		}
	}
}

func sameMethods(got, want string) bool {
	for _, m := range strings.Split(want, ", ") {
		if !strings.Contains(got, m) {
			return false
		}
	}
	return len(got) == len(want)
}
