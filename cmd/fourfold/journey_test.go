package main_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The devices of the journey. The candidate's language is the browser's.
var (
	phoneZh   = device{"phone zh", "zh-CN", 360, 740, true, true}
	phoneEn   = device{"phone en", "en", 360, 740, true, true}
	desktopZh = device{"desktop zh", "zh-CN", 1280, 800, false, true}
	desktopEn = device{"desktop en", "en", 1280, 800, false, true}
	plainZh   = device{"phone zh without scripts", "zh-CN", 360, 740, true, false}
	plainEn   = device{"desktop en without scripts", "en", 1280, 800, false, false}
)

// The same answers, given on different devices in either language, come to the
// same scores; each recruiter reads what the API returns.
func TestJourneyFromLinkToResult(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	for _, c := range []struct {
		engine  string
		devices []device
	}{
		{"SQLite", []device{phoneZh, desktopEn, plainZh}},
		{"PostgreSQL", []device{desktopZh, phoneEn, plainEn}},
	} {
		t.Run(c.engine, func(t *testing.T) {
			t.Parallel()
			s := startDemo(t, c.engine)
			var first []quality
			for i, d := range c.devices {
				t.Run(d.name, func(t *testing.T) {
					var invited invitation
					if i == 0 {
						invited = s.demoInvitation(t)
					} else {
						invited = s.invite(t, "Ann "+d.name)
					}
					w := b.open(t, d, s.URL)
					w.visit(invited.Link)
					w.reachTheItems()
					w.answerEveryItem()
					w.submit()

					s.finished = append(s.finished, invited)
					result := s.result(t, invited.ID)
					if first == nil {
						first = result.Qualities
					}
					if len(first) != 4 || !slices.Equal(result.Qualities, first) {
						t.Errorf("the same answers came to %v here and to %v before", result.Qualities, first)
					}
					if result.KeyStatus != "draft-author-key" || !strings.HasPrefix(result.ETag, `"sha256:`) {
						t.Errorf("key status %q, ETag %q", result.KeyStatus, result.ETag)
					}
				})
			}
			s.recruiterReads(t, b, c.devices[0])
			s.recruiterReads(t, b, c.devices[1])
			if c.engine == "SQLite" {
				s.keepsTheBank(t, b, c.devices[0])
				s.keepsTheBank(t, b, c.devices[1])
			}
		})
	}
}

// reachTheItems goes from the opened link to the first item: notice, consent,
// a practice item of each kind, the start of the clock.
func (w *window) reachTheItems() {
	w.Helper()
	w.inspect()
	w.follow("main form button.primary")
	w.inspect()
	for _, box := range ask[[]string](w, `[...document.querySelectorAll("#consent input[type=checkbox]")].map(i => i.name)`) {
		w.press(fmt.Sprintf("label:has(input[name=%q])", box))
	}
	w.follow("#consent button.primary")
	var kinds []string
	for strings.HasPrefix(w.path(), "/sit/practice/") {
		w.inspect()
		kinds = append(kinds, w.answer())
		w.follow(".steps button.primary")
	}
	slices.Sort(kinds)
	if want := []string{"best_worst", "choose_k", "rank", "rate"}; !slices.Equal(kinds, want) {
		w.Errorf("practised %v, want one of each of %v", kinds, want)
	}
	w.inspect()
	w.follow(`form[action="/sit/begin"] button`)
	if w.path() != "/sit/items/1" {
		w.Fatalf("after the start the candidate is at %s", w.path())
	}
}

// answerEveryItem answers from wherever the candidate is to the review page.
func (w *window) answerEveryItem() {
	w.Helper()
	seen := map[string]int{}
	for strings.HasPrefix(w.path(), "/sit/items/") {
		w.inspect()
		seen[w.answer()]++
		w.follow(`button[name=go][value=next]`)
	}
	n := 0
	for _, of := range seen {
		n += of
	}
	if n != 24 || len(seen) != 4 {
		w.Errorf("answered %d items of kinds %v, want 24 of four kinds", n, seen)
	}
}

// submit hands in from the review page and reads the thanks.
func (w *window) submit() {
	w.Helper()
	if w.path() != "/sit/review" {
		w.Fatalf("after the last item the candidate is at %s", w.path())
	}
	w.inspect()
	w.follow("#submit button.primary")
	w.inspect()
	if w.path() != "/sit/done" {
		w.follow("#submit button[name=confirm]")
	}
	if w.path() != "/sit/done" {
		w.Fatalf("after handing in the candidate is at %s", w.path())
	}
	w.inspect()
	if n := ask[int](w, `document.querySelectorAll(".feedback dt").length`); n != 4 {
		w.Errorf("the feedback names %d qualities, want 4", n)
	}
	w.follow(`a[href="/sit/voluntary"]`)
	w.inspect()
	w.follow("button[name=skip]")
	if w.path() != "/sit/done" {
		w.Errorf("after leaving the voluntary questions out the candidate is at %s", w.path())
	}
}

// answer fills in the question on the page and tells its kind. What it answers
// depends on the options alone, not on the order they are shown in.
func (w *window) answer() string {
	w.Helper()
	return w.answerFrom(0)
}

// answerFrom is answer with the options turned, for an answer that differs.
func (w *window) answerFrom(turn int) string {
	w.Helper()
	kind := ask[string](w, `document.getElementById("answer").dataset.kind`)
	options := ask[[]string](w, `[...document.querySelectorAll("[id^=o-]")].map(o => o.id.slice(2)).sort()`)
	options = slices.Concat(options[turn:], options[:turn])
	switch kind {
	case "best_worst":
		w.press(labelOf("best-" + options[0]))
		w.press(labelOf("worst-" + options[len(options)-1]))
	case "rate":
		for i, o := range options {
			w.press(labelOf(fmt.Sprintf("rating-%s-%d", o, 1+i%4)))
		}
	case "rank":
		for i, o := range options {
			w.place(o, i+1)
		}
	case "choose_k":
		for _, o := range options[:ask[int](w, `+document.getElementById("count").dataset.k`)] {
			w.press(labelOf("chosen-" + o))
		}
	default:
		w.Fatalf("no way to answer an item of kind %q", kind)
	}
	return kind
}

// place gives an option its rank by the keyboard, as a screen reader's user would.
func (w *window) place(option string, rank int) {
	w.Helper()
	w.do("rank "+option, chromedp.SendKeys(chromedp.CSS("#rank-"+option), fmt.Sprint(rank)))
}

func labelOf(input string) string { return "label:has(#" + input + ")" }

// recruiterRescores looks at what another rule would change, throws it away, and reads how
// stable the key is.
func (s *server) recruiterRescores(w *window) {
	w.Helper()
	w.visit("/assessments")
	w.follow("tbody .row-link")
	assessment := w.path()
	w.visit(assessment + "/stability")
	w.inspect()
	w.visit(assessment + "/rescores")
	w.do("choose a rule", chromedp.SetValue(chromedp.CSS("#rule_rate"), "distance/1"))
	w.follow("main form.narrow button")
	if !strings.HasPrefix(w.path(), "/rescores/") {
		w.Fatalf("after asking for another rule the owner is at %s", w.path())
	}
	w.inspect()
	w.follow("#discard")
	if w.path() != assessment+"/rescores" {
		w.Fatalf("after throwing it away the owner is at %s", w.path())
	}
	w.inspect()
}

// failsATest sends a test to where nobody listens, and waits until the page says so.
func (w *window) failsATest(hook string) {
	w.Helper()
	w.visit(hook)
	w.follow(fmt.Sprintf("form[action=%q] button", hook+"/test"))
	w.visitUntil(hook, `document.querySelector(".facts .stage-wrong") !== null`)
}

// recruiterReads signs in by the printed link, which opens once, and holds every
// report against the API.
func (s *server) recruiterReads(t *testing.T, b *browser, d device) {
	t.Run("recruiter on a "+d.name, func(t *testing.T) {
		w := b.open(t, d, s.URL)
		w.visit(s.signInLink(t))
		w.inspect()
		w.follow("main form button")
		w.chooseLanguage()
		var made struct{ ID string }
		s.api(t, "POST", "/api/v1/webhooks", map[string]any{"url": "https://" + d.language + ".example/hooks"}, &made)
		hook := "/settings/webhooks/" + made.ID
		w.failsATest(hook)
		delivery := ask[string](w, `document.querySelector(".list .row-link").getAttribute("href")`)
		w.visit("/settings")
		key := ask[string](w, `document.querySelector("a[href^='/settings/keys/']").getAttribute("href")`)
		for _, path := range []string{"/overview", "/candidates", "/candidates/new", "/assessments", "/assessments/new", "/settings", key, "/settings/audit", "/settings/webhooks", hook, delivery, "/method", "/nothing/here"} {
			w.visit(path)
			w.inspect()
		}
		w.visit("/assessments")
		offered := ask[string](w, `document.querySelector("tbody .row-link").getAttribute("href")`)
		for _, page := range []string{"", "/quality", "/quality/items/1", "/norms?language=en"} {
			w.visit(offered + page)
			w.inspect()
		}
		compared := "/candidates/compare?"
		for _, invitation := range s.finished {
			compared += "i=" + invitation.ID + "&"
		}
		w.visit(compared)
		w.inspect()
		w.visit("/candidates/" + s.finished[0].ID + "/erase")
		w.inspect()
		s.recruiterRescores(w)
		w.visit("/candidates/" + s.finished[0].ID)
		w.inspect()
		for i, invitation := range s.finished {
			w.visit("/candidates/" + invitation.ID + "/report")
			if i == 0 {
				w.inspect()
			}
			shown := ask[[][]string](w, `[...document.querySelectorAll("table.figures tbody tr")].map(r => [...r.querySelectorAll("td")].map(c => c.textContent))`)
			for row, q := range s.result(t, invitation.ID).Qualities {
				want := []string{fmt.Sprintf("%d/%d", q.Answered, q.Of), fmt.Sprint(q.Raw), fmt.Sprint(q.Chance), fmt.Sprint(q.Closeness)}
				if len(shown) != 4 || !slices.Equal(shown[row][:4], want) {
					t.Errorf("the report of %s shows %v, the API returned %s %v", invitation.ID, shown, q.Quality, want)
				}
			}
		}
	})
}
