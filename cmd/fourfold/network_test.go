package main_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// answers is what the form on the page holds.
const answers = `[...document.querySelectorAll("#answer input:checked, #answer select")].map(e => e.name + "=" + e.value).sort().join()`

// tells is whether the header shows the given one of its phrases.
func tells(phrase string) string {
	return `document.getElementById("net").textContent === document.getElementById("room").dataset.` + phrase
}

func TestAnswersOutliveALostNetwork(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	s := startHouse(t, engines["SQLite"](t))
	w := b.open(t, phoneZh, s.URL)
	w.visit(s.invite(t, "Ann").Link)
	w.reachTheItems()

	w.online(false)
	w.answer()
	w.await(tells("offline"))
	w.picture()
	given := ask[string](w, answers)
	w.press(`button[name=go][value=next]`)
	if w.path() != "/sit/items/1" {
		t.Errorf("the page was left for %s with an answer unsaved", w.path())
	}
	w.online(true)
	w.await(`location.pathname === "/sit/items/2"`)
	w.visit("/sit/items/1")
	if got := ask[string](w, answers); got != given {
		t.Errorf("after the network came back the answer is %s, given was %s", got, given)
	}

	// The server dies instead, and the page is closed before it is back.
	w.visit("/sit/items/2")
	s.kill(t)
	w.answer()
	w.await(tells("offline"))
	given = ask[string](w, answers)
	w.do("close the page", chromedp.Navigate("about:blank"))
	s.start(t)
	w.visit("/sit/items/2")
	w.await(tells("saved"))
	if got := ask[string](w, answers); got != given {
		t.Errorf("after the server came back the answer is %s, given was %s", got, given)
	}
}

func TestASecondWindowIsToldAndOverwritesNothing(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	s := startHouse(t, engines["SQLite"](t))

	t.Run("with scripts", func(t *testing.T) {
		first := b.open(t, desktopEn, s.URL)
		first.visit(s.invite(t, "Ann").Link)
		first.reachTheItems()
		second := first.another()
		second.visit("/sit/items/1")

		first.answer()
		first.await(tells("saved"))
		given := ask[string](first, answers)
		second.answerFrom(1)
		second.await(`!document.getElementById("told").hidden`)
		second.inspect()
		first.visit("/sit/items/1")
		if got := ask[string](first, answers); got != given {
			t.Errorf("the second window made the answer %s of %s", got, given)
		}
		mine := ask[string](second, answers)
		second.press("#told button:last-of-type")
		second.await(tells("saved"))
		first.visit("/sit/items/1")
		if got := ask[string](first, answers); got != mine || mine == given {
			t.Errorf("the candidate chose %s over %s, and %s is kept", mine, given, got)
		}
	})

	t.Run("without scripts", func(t *testing.T) {
		first := b.open(t, plainEn, s.URL)
		first.visit(s.invite(t, "Bea").Link)
		first.reachTheItems()
		second := first.another()
		second.visit("/sit/items/1")

		first.answer()
		first.follow(`button[name=go][value=next]`)
		first.visit("/sit/items/1")
		given := ask[string](first, answers)
		second.answerFrom(1)
		second.follow(`button[name=go][value=next]`)
		second.inspect()
		first.visit("/sit/items/1")
		if got := ask[string](first, answers); got != given {
			t.Errorf("the second window made the answer %s of %s", got, given)
		}
		second.follow(`form button[name=go]`)
		first.visit("/sit/items/1")
		if got := ask[string](first, answers); got == given {
			t.Errorf("the candidate chose another answer than %s, which is still kept", given)
		}
	})
}
