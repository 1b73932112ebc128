package main_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// keepsTheBank goes through the pages of the bank as an owner does: looks items up,
// writes a new version, gets it wrong first, puts two items before a panel and
// invites an expert, who rates them on a device of the same kind.
func (s *server) keepsTheBank(t *testing.T, b *browser, d device) {
	t.Run("bank on a "+d.name, func(t *testing.T) {
		w := b.open(t, d, s.URL)
		w.visit(s.signInLink(t))
		w.follow("main form button")
		w.chooseLanguage()
		for _, path := range []string{"/bank?q=CN24&kind=rate", "/bank?q=nothing+like+it", "/bank/panels", "/bank/items/law.debt.001", "/bank/items/com.explain.002", "/bank/new", "/bank/upload"} {
			w.visit(path)
			w.inspect()
		}

		w.do("paste half an item", chromedp.SendKeys(chromedp.CSS("#text"), "- id: com.explain.950\n  kind: rate"))
		w.follow("main form button")
		w.await(`document.querySelectorAll(".error-summary li").length > 5`)
		w.inspect()
		w.visit("/bank/items/com.tone.001/edit")
		w.inspect()
		w.do("leave a reason out", chromedp.Evaluate[chromedp.Void](`document.getElementById("option_B_why_en").value = ""; 0`))
		w.follow("form.edit > button")
		w.await(`document.querySelector(".error-summary a[href='#option_B_why_en']") !== null`)
		w.inspect()
		w.do("put it back", chromedp.SendKeys(chromedp.CSS("#option_B_why_en"), "Says so, kindly."))
		w.follow("form.edit > button")
		w.await(`location.pathname === "/bank/items/com.tone.001" && document.querySelector(".done-box") !== null`)
		w.inspect()

		w.visit("/bank?facet=com.explain")
		w.do("tick two and name the panel", chromedp.Evaluate[chromedp.Void](
			`[...document.querySelectorAll("input[name=items]")].slice(0, 2).forEach(x => { x.checked = true }); 0`),
			chromedp.SendKeys(chromedp.CSS("#title"), "Spring panel"))
		w.follow(".panel-new button")
		panel := w.path()
		w.inspect()
		w.do("describe an expert", chromedp.SendKeys(chromedp.CSS("#name"), "Wang Min"), chromedp.SendKeys(chromedp.CSS("#years"), "9"),
			chromedp.SendKeys(chromedp.CSS("#employer"), "bank"))
		w.follow(`form[action$="/raters"] button`)
		w.inspect()
		s.expertRates(t, b, d, ask[string](w, `document.getElementById("secret").value`))
		w.visit(panel)
		w.await(`document.querySelectorAll(".ratings").length === 2`)
		w.inspect()
	})
}

// expertRates goes through the pages of an expert.
func (s *server) expertRates(t *testing.T, b *browser, d device, link string) {
	w := b.open(t, d, s.URL)
	w.visit(link)
	w.inspect()
	w.follow("main form button")
	for n := range 2 {
		w.await(fmt.Sprintf(`location.pathname === "/rate/items/%d"`, n+1))
		if n == 0 {
			w.inspect()
			w.press(labelOf(ask[string](w, `document.querySelector("input[type=radio]").id`)))
			w.follow(`[value="next"]`)
			w.await(`document.querySelector(".error-summary") !== null`)
			w.inspect()
		}
		for _, row := range ask[[]string](w, `[...document.querySelectorAll("fieldset.row")].map(x => x.id.slice(4))`) {
			w.press(labelOf("rating-" + row + "-" + fmt.Sprint(1+(int(row[0])+n)%4)))
		}
		if n == 1 {
			w.do("comment", chromedp.SendKeys(chromedp.CSS("#note"), "Is the <policy> known?"))
		}
		w.follow(`[value="next"]`)
	}
	w.await(`location.pathname === "/rate/review"`)
	w.inspect()
	w.follow(`form[action="/rate/finish"] button`)
	w.await(`location.pathname === "/rate/done"`)
	w.inspect()
}
