package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// person is a candidate who fills in forms over plain HTTP, faster than any browser.
type person struct {
	invitation invitation
	client     http.Client
	dice       *rand.Rand
	revisions  []int64 // The last acknowledged, by position.
	unanswered *save   // Sent, and nothing heard since.
	handedIn   bool    // Submission was asked for, whether or not an answer came.
}

// save is an answer on its way.
type save struct {
	Position int                `json:"-"`
	Revision int64              `json:"revision"`
	Response questions.Response `json:"response"`
	SpentMS  int64              `json:"spent_ms"`
}

// question is what a page shows of an item.
type question struct {
	kind    questions.Kind
	options []string
	k       int
}

var (
	kindOnPage    = regexp.MustCompile(`data-kind="(\w+)"`)
	optionsOnPage = regexp.MustCompile(`id="o-(\w+)"`)
	choiceOnPage  = regexp.MustCompile(`data-k="(\d)"`)
	consentOnPage = regexp.MustCompile(`type="checkbox" name="(\w+)"`)
)

// seat takes a person from the link to the first item.
func (s *server) seat(t *testing.T, i invitation, seed uint64) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{invitation: i, client: http.Client{Jar: jar}, dice: rand.New(rand.NewPCG(seed, 0))}
	link, err := url.Parse(i.Link)
	if err != nil {
		t.Fatal(err)
	}
	about := p.post(t, s.URL+link.Path, url.Values{"language": {"en"}})
	consent := url.Values{}
	for _, box := range consentOnPage.FindAllStringSubmatch(about, -1) {
		consent.Set(box[1], "yes")
	}
	p.post(t, s.URL+"/sit/consent", consent)
	p.post(t, s.URL+"/sit/begin", nil)
	return p
}

// post sends a form and returns the page it leads to.
func (p *person) post(t *testing.T, address string, form url.Values) string {
	t.Helper()
	answer, err := p.client.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	return readPage(t, answer)
}

func readPage(t *testing.T, answer *http.Response) string {
	t.Helper()
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s, %v\n%s", answer.Request.Method, answer.Request.URL.Path, answer.Status, err, page)
	}
	return string(page)
}

// questions reads every item's page.
func (p *person) questions(t *testing.T, s *server) []question {
	t.Helper()
	var all []question
	for n := 1; ; n++ {
		answer, err := p.client.Get(fmt.Sprintf("%s/sit/items/%d", s.URL, n))
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode == http.StatusNotFound {
			answer.Body.Close()
			return all
		}
		page := readPage(t, answer)
		q := question{kind: questions.Kind(kindOnPage.FindStringSubmatch(page)[1])}
		for _, o := range optionsOnPage.FindAllStringSubmatch(page, -1) {
			q.options = append(q.options, o[1])
		}
		if k := choiceOnPage.FindStringSubmatch(page); k != nil {
			q.k = int(k[1][0] - '0')
		}
		all = append(all, q)
	}
}

// answer makes up a whole response.
func (q question) answer(dice *rand.Rand) questions.Response {
	order := dice.Perm(len(q.options))
	var r questions.Response
	switch q.kind {
	case questions.BestWorst:
		r.Best, r.Worst = q.options[order[0]], q.options[order[1]]
	case questions.Rate:
		r.Ratings = map[string]int{}
		for _, o := range q.options {
			r.Ratings[o] = 1 + dice.IntN(4)
		}
	case questions.Rank:
		r.Ranks = map[string]int{}
		for i, o := range order {
			r.Ranks[q.options[o]] = i + 1
		}
	case questions.ChooseK:
		for _, o := range order[:q.k] {
			r.Chosen = append(r.Chosen, q.options[o])
		}
		slices.Sort(r.Chosen)
	}
	return r
}

// next is what the person sends next: what was never acknowledged, or else a new
// answer to any item.
func (p *person) next(all []question) save {
	if p.unanswered == nil {
		at := p.dice.IntN(len(all))
		p.unanswered = &save{Position: at, Revision: p.revisions[at] + 1, Response: all[at].answer(p.dice), SpentMS: 1000}
	}
	return *p.unanswered
}

// send returns the status of a save, and an error when no whole answer came back.
func (p *person) send(ctx context.Context, origin string, in save) (int, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("%s/sit/items/%d", origin, in.Position+1), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := p.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if _, err := io.ReadAll(answer.Body); err != nil {
		return 0, err
	}
	return answer.StatusCode, nil
}

// handIn submits the sitting; whether it took effect the database will tell.
func (p *person) handIn(ctx context.Context, origin string) {
	p.handedIn = true
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+"/sit/submit", strings.NewReader("confirm=yes"))
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if answer, err := p.client.Do(r); err == nil {
		answer.Body.Close()
	}
}
