package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

func houseOn(t *testing.T) *assesstest.House {
	t.Helper()
	return assesstest.Open(t, filepath.Join(t.TempDir(), "fourfold.db"))
}

// answerPage fills in the question on the page, whatever its kind, by the order
// its options stand in.
func (b *browser) answerPage() {
	b.Helper()
	ids := b.optionIDs()
	switch kind := attribute(b.One("#answer"), "data-kind"); kind {
	case "best_worst":
		b.Fill("best", ids[0]).Fill("worst", ids[1])
	case "rate":
		for i, id := range ids {
			b.Fill("rating."+id, strconv.Itoa(i%4+1))
		}
	case "rank":
		for i, id := range ids {
			b.Fill("rank."+id, strconv.Itoa(i+1))
		}
	case "choose_k":
		b.Fill("chosen", ids[:2]...)
	default:
		b.Fatalf("a question of kind %q", kind)
	}
}

func (b *browser) optionIDs() []string {
	var ids []string
	for _, o := range b.All("#answer [id]") {
		if id, ok := strings.CutPrefix(attribute(o, "id"), "o-"); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// started takes a browser from the link to the first question.
func (b *browser) started(link string) *browser {
	b.Helper()
	b.Get(link).Submit("main button").On("/sit/about")
	for _, box := range consentBoxes {
		b.Fill(box, "yes")
	}
	b.Submit("#consent button").On("/sit/practice/1")
	return b.Get("/sit/begin").Submit(`form[action="/sit/begin"] button`).On("/sit/items/1")
}

// itemOf finds the first item of a kind, 1-based as paths count.
func itemOf(t *testing.T, house *assesstest.House, kind questions.Kind) int {
	t.Helper()
	for p, item := range house.Form.Items {
		if item.Kind == kind {
			return p + 1
		}
	}
	t.Fatalf("the form has no %s item", kind)
	return 0
}

func inChinese(o *assess.Order) { o.Language = questions.Chinese }

// A candidate without scripts goes from the link to the feedback, in either
// language, on either engine.
func TestACandidateWithoutScripts(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		for _, l := range languages {
			t.Run(string(l), func(t *testing.T) {
				ann := house.Invited("Ann", func(o *assess.Order) { o.Language = l })
				b := browse(t, house, l).Get(ann.Link).Has("main", "Ann").Has(".org", "Harbour Collections")

				b.Submit("main button").On("/sit/about").Has("main", "jobs@harbour.test")
				b.Fill("assessment", "yes").Fill("sharing", "yes").Submit("#consent button")
				for n := range len(house.Form.Practice) {
					b.On(fmt.Sprintf("/sit/practice/%d", n+1)).answerPage()
					b.Submit(".steps button")
				}
				b.On("/sit/begin").Has("main", "45").Submit(`form[action="/sit/begin"] button`)
				for n := range house.Form.Items {
					b.On(fmt.Sprintf("/sit/items/%d", n+1)).answerPage()
					b.Submit(`[name="go"][value="next"]`)
				}
				b.On("/sit/review")
				if n := len(b.All(".mark-answered")); n != len(house.Form.Items) {
					t.Errorf("the review shows %d answers, want %d", n, len(house.Form.Items))
				}
				b.Submit("#submit button").On("/sit/submit").Submit(`[name="confirm"]`).On("/sit/done")
				if n := len(b.All(".feedback dt")); n != 4 {
					t.Errorf("feedback on %d qualities, want 4", n)
				}
				b.Has("main", house.Form.Notice.In(l))
				b.Get("/sit/items/1").On("/sit/done") // over is over
			})
		}
	})
}

func TestOpeningALinkChangesNothing(t *testing.T) {
	house := houseOn(t)
	ann := house.Invited("Ann")
	b := browse(t, house, questions.English)
	b.send(http.MethodHead, ann.Link, nil, "")
	b.Get(ann.Link).Get(ann.Link)
	after, err := house.Invitation(t.Context(), house.Owner, ann.Invitation.ID)
	if err != nil || after.Stage != assess.StageInvited {
		t.Errorf("after three looks the invitation is %s, %v", after.Stage, err)
	}
	if strings.Contains(b.Submit("main button").Path(), assesstest.LinkToken(ann.Link)) {
		t.Errorf("the secret is still in the address: %s", b.Path())
	}
}

func TestLinksThatDoNotWork(t *testing.T) {
	house := houseOn(t)
	other := house.Neighbour()
	fresh := func() *browser { return browse(t, house, questions.English) }

	unknown := fresh().Get("/t/"+strings.Repeat("A", 43)).Is("/t/"+strings.Repeat("A", 43), http.StatusNotFound)
	if short := fresh().Get("/t/short"); text(short.One("main h1")) != text(unknown.One("main h1")) || short.Status != http.StatusNotFound {
		t.Errorf("a mutilated link is answered unlike an unknown one: %d %s", short.Status, short.Text("main"))
	}
	gone := house.Invited("Ann")
	if err := house.CancelInvitation(t.Context(), house.Owner, gone.Invitation.ID); err != nil {
		t.Fatal(err)
	}
	fresh().Get(gone.Link).Has("h1", "no longer in use")
	// A link of another house works here too: it leads to that house and no other.
	fresh().Get(other.Invited("Nils").Link).Has(".org", "Other House")

	late := house.Invited("Late", inChinese)
	house.Clock.Advance(15 * 24 * time.Hour)
	if b := fresh().Get(late.Link); b.Status != http.StatusGone {
		t.Errorf("an expired link answers %d", b.Status)
	}
	fresh().Get("/sit/items/1").Is("/sit/items/1", http.StatusUnauthorized).Has("h1", "open your link again")
}

func TestALinkThatWasReplacedGivesUpItsSeat(t *testing.T) {
	house := houseOn(t)
	ann := house.Invited("Ann")
	b := browse(t, house, questions.English).started(ann.Link)
	if _, err := house.RenewLink(t.Context(), house.Owner, ann.Invitation.ID); err != nil {
		t.Fatal(err)
	}
	b.Get("/sit/items/1").Is("/sit/items/1", http.StatusUnauthorized).Has("h1", "open your link again")
}

func TestConsentIsAsked(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).Get(house.Invited("Ann").Link).Submit("main button")
	if len(b.All("#consent input[checked]")) != 0 {
		t.Error("a box is ticked beforehand")
	}
	b.Fill("assessment", "yes").Submit("#consent button").Is("/sit/consent", http.StatusUnprocessableEntity)
	b.Has("#summary", "tick the boxes")
	b.Get("/sit/begin").On("/sit/about")
	b.Submit(".withdraw button").On("/sit/done").Has("h1", "You have withdrawn")
}

func TestBothSidesOfTheJobHaveEqualSpace(t *testing.T) {
	house := houseOn(t)
	for _, l := range languages {
		b := browse(t, house, l).Get(house.Invited("Ann", func(o *assess.Order) { o.Language = l }).Link).Submit("main button")
		sides := b.All(".sides section")
		if len(sides) != 2 {
			t.Fatalf("%s: %d sides", l, len(sides))
		}
		hard, good := len([]rune(text(sides[0]))), len([]rune(text(sides[1])))
		if hard*4 < good*3 || good*4 < hard*3 {
			t.Errorf("%s: the hard side has %d characters, the good side %d", l, hard, good)
		}
	}
}

func TestTheLanguageIsTheCandidatesUntilTheStart(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).Get(house.Invited("Ann", inChinese).Link)
	if l := attribute(b.One("html"), "lang"); l != "zh-CN" {
		t.Errorf("the invitation offers Chinese, the page is %s", l)
	}
	b.Get(b.Path()+"?lang=en").Has("main button", "Continue").Submit("main button").On("/sit/about").Has("h1", "What this test is about")
	b.Submit(`.switch [value="zh-CN"]`).On("/sit/about").Has("h1", "测评说明")
	for _, box := range consentBoxes {
		b.Fill(box, "yes")
	}
	b.Submit("#consent button").Get("/sit/begin").Submit("main form button").On("/sit/items/1")
	if len(b.All(".switch")) != 0 {
		t.Error("the language can be switched after the start")
	}
	b.send(http.MethodPost, "/sit/language", strings.NewReader("language=en"), "application/x-www-form-urlencoded")
	b.Is("/sit/language", http.StatusConflict).Has("h1", "测评已经开始")
}

func TestPracticeIsCheckedAndForgotten(t *testing.T) {
	house := houseOn(t)
	ann := house.Invited("Ann")
	b := browse(t, house, questions.English).Get(ann.Link).Submit("main button")
	b.Fill("assessment", "yes").Fill("sharing", "yes").Submit("#consent button").On("/sit/practice/1")
	ids := b.optionIDs()
	b.Submit(".steps button").Is("/sit/practice/1", http.StatusUnprocessableEntity).Has("#summary", "most effective")
	b.Fill("best", ids[0]).Fill("worst", ids[0]).Submit(".steps button").Has("#summary", "cannot be the same")
	b.Fill("best", ids[0]).Fill("worst", ids[1]).Submit(".steps button").On("/sit/practice/2")
	b.Get("/sit/practice/1")
	if len(b.All("input[checked]")) != 0 {
		t.Error("practice is remembered")
	}
}

func TestAnUnfinishedAnswerIsKeptAndNamed(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	n := itemOf(t, house, questions.Rate)
	path := fmt.Sprintf("/sit/items/%d", n)
	ids := b.Get(path).optionIDs()
	b.Fill("rating."+ids[0], "3").Submit(`[value="next"]`).On(path + "?check=next")
	if got := len(b.All("#summary li")); got != len(ids)-1 {
		t.Errorf("the summary names %d options, want %d", got, len(ids)-1)
	}
	if target := strings.TrimPrefix(attribute(b.One("#summary a"), "href"), "#"); len(b.All("#"+target)) != 1 {
		t.Errorf("the summary leads to #%s, which is not there", target)
	}
	b.One("#rating-" + ids[0] + `-3[checked]`)
	b.Get(attribute(b.One(".onward a"), "href"))
	b.Get("/sit/review").Has(".mark-incomplete", "incomplete")
	b.Get(path).Submit(`[value="clear"]`).On(path)
	if len(b.All("#answer input[checked]")) != 0 {
		t.Error("the answer was not cleared")
	}
}

func TestAClashIsExplained(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	path := fmt.Sprintf("/sit/items/%d", itemOf(t, house, questions.BestWorst))
	ids := b.Get(path).optionIDs()
	b.Fill("best", ids[2]).Fill("worst", ids[2]).Submit(`[value="next"]`).Is(path, http.StatusUnprocessableEntity)
	b.Has("#summary", "cannot be the same").One("#best-" + ids[2] + "[checked]")
}

// Two windows answer the same question: the second is told, and chooses.
func TestASecondWindowOverwritesNothing(t *testing.T) {
	house := houseOn(t)
	first := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	second := first.another()
	path := fmt.Sprintf("/sit/items/%d", itemOf(t, house, questions.ChooseK))
	ids := first.Get(path).optionIDs()
	second.Get(path)

	first.Fill("chosen", ids[0], ids[1]).Submit(`[value="review"]`).On("/sit/review")
	second.Fill("chosen", ids[2], ids[3]).Submit(`[value="review"]`).Is(path, http.StatusConflict)
	sides := second.All(".sides section")
	if len(sides) != 2 || len(find(sides[0], "li")) != 2 || text(sides[0]) == text(sides[1]) {
		t.Fatalf("the conflict page shows %s", second.Text("main"))
	}
	first.Get(path).One("#chosen-" + ids[0] + "[checked]")

	second.Submit(`[value="stay"]`).On(path).One("#chosen-" + ids[2] + "[checked]")
	first.Get(path)
	if len(first.All("#chosen-"+ids[0]+"[checked]")) != 0 {
		t.Error("the choice did not reach the first window")
	}
}

func TestAnAnswerAfterTheDeadlineIsNotCounted(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	n := itemOf(t, house, questions.ChooseK)
	ids := b.Get(fmt.Sprintf("/sit/items/%d", n)).optionIDs()
	b.Fill("chosen", ids[0], ids[1]).Submit(`[value="next"]`)
	b.Get(fmt.Sprintf("/sit/items/%d", n))
	house.Clock.Advance(46 * time.Minute)
	b.Fill("chosen", ids[2], ids[3]).Submit(`[value="next"]`).Is(fmt.Sprintf("/sit/items/%d", n), http.StatusConflict)
	b.Has("h1", "Received too late, not counted")
	if kept := find(b.All(".sides section")[0], "li"); len(kept) != 2 {
		t.Errorf("the kept answer shows %d options, want 2", len(kept))
	}
	b.Get("/sit").On("/sit/done").Has("h1", "The time is up")
}

func TestTimeLeftIsAQuietPhrase(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	for _, c := range []struct {
		wait time.Duration
		says string
	}{
		{0, "about 45 minutes left"}, {18 * time.Minute, "about 25 minutes left"}, {8 * time.Minute, "about 19 minutes left"},
		{18 * time.Minute, "about 1 minute left"}, {45 * time.Second, "less than a minute left"},
	} {
		house.Clock.Advance(c.wait)
		b.Get("/sit/items/1").Has("#left", c.says)
	}
	calm := browse(t, house, questions.English).started(house.Invited("Untimed", func(o *assess.Order) { o.ExtraTime = 0 }).Link)
	if len(calm.All("#left")) != 0 {
		t.Errorf("an untimed sitting says %q", calm.Text("#left"))
	}
}

func TestOptionsAreShuffledAndLettersNeverShown(t *testing.T) {
	house := houseOn(t)
	letter := regexp.MustCompile(`(^|\s)[A-E][.)、:：]?(\s|$)`)
	orders := map[string]bool{}
	for range 6 {
		b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
		orders[strings.Join(b.optionIDs(), "")] = true
		for _, o := range b.All(".words") {
			if letter.MatchString(text(o)[:2]) {
				t.Errorf("an option begins with a letter: %s", text(o))
			}
		}
	}
	if len(orders) < 2 {
		t.Errorf("six sittings saw one order: %v", orders)
	}
}

// The first page of a phone: the notice with its style sheets and scripts.
func TestTheFirstLoadIsLight(t *testing.T) {
	house := houseOn(t)
	server := New(house.Center, Config{PublicURL: publicURL})
	b := browseAt(t, server, questions.Chinese).Get(house.Invited("Ann", inChinese).Link)
	parts := []string{b.Path()}
	for _, link := range b.All(`link[rel="stylesheet"]`) {
		parts = append(parts, attribute(link, "href"))
	}
	for _, script := range b.All("script") {
		parts = append(parts, attribute(script, "src"))
	}
	total := b.wire(parts...) + b.Submit("main button").wire("/sit/about")
	t.Logf("%d bytes over the wire", total)
	if total > 30<<10 {
		t.Errorf("the first load weighs %d bytes, at most 30 kB are allowed", total)
	}
}

// wire is how many bytes the bodies of some paths take on the way.
func (b *browser) wire(paths ...string) int {
	b.Helper()
	total := 0
	for _, path := range paths {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		for _, c := range b.jar.Cookies(publicURL) {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		b.server.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("GET %s: %d", path, w.Code)
		}
		total += w.Body.Len()
	}
	return total
}

// No page asks another host for anything, and none has inline style or script.
func TestPagesStandAlone(t *testing.T) {
	house := houseOn(t)
	b := browse(t, house, questions.English).started(house.Invited("Ann").Link)
	for _, path := range []string{"/sit/items/1", "/sit/review", "/sit/about"} {
		for n := range b.Get(path).page.Descendants() {
			for _, a := range n.Attr {
				if (a.Key == "src" || a.Key == "href" || a.Key == "action") && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "data:") {
					t.Errorf("%s: %s=%q", path, a.Key, a.Val)
				}
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: inline %s", path, a.Key)
				}
			}
			if n.Type == html.ElementNode && n.Data == "script" && n.FirstChild != nil {
				t.Errorf("%s: inline script", path)
			}
		}
	}
}
