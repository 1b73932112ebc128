package main_test

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// The pages no journey passes: what an auditor sees of groups, what is there before
// there is an owner, and what stands at an address that leads nowhere.
func TestPagesApartFromTheJourneys(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	empty := &server{database: filepath.Join(t.TempDir(), "fourfold.db")}
	empty.start(t)
	s := &server{database: filepath.Join(t.TempDir(), "fourfold.db"), printed: map[string]string{}}
	var assessment string
	t.Run("set up", func(t *testing.T) { assessment = groups(t, s) })
	s.start(t)
	for _, d := range []device{phoneZh, phoneEn, desktopZh, desktopEn} {
		t.Run(d.name, func(t *testing.T) {
			w := b.open(t, d, empty.URL)
			for _, page := range []string{empty.printed["setup"], "/nothing/here", "/t/nobody", "/panel/nobody", "/api/docs"} {
				w.visit(page)
				if page == "/api/docs" {
					w.await(`document.querySelector("#servers[aria-label]") !== null`)
				}
				w.inspect()
			}

			w = b.open(t, d, s.URL)
			w.visit(s.signInLinkOf(t, "audrey@harbour.test"))
			w.follow("main form button")
			w.chooseLanguage()
			// The groups are counted once a second.
			w.visitUntil("/assessments/"+assessment+"/fairness?language=en", `document.querySelectorAll("table.figures").length >= 6`)
			w.inspect()
		})
	}
}

// groups makes a house whose candidates have said to which groups they belong, enough
// of each for a page, with an auditor; it returns the assessment's id.
func groups(t *testing.T, s *server) string {
	h := assesstest.Open(t, s.database)
	h.Clock.Advance(time.Since(assesstest.Morning)) // the server's clock is not moved by hand
	if _, _, err := h.AddMember(t.Context(), h.Owner, assess.NewMember{Email: "audrey@harbour.test", Name: "Audrey", Role: assess.Auditor, Language: "en"}); err != nil {
		t.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(4, 4))
	for i, group := range []assess.Demographics{{Sex: "female", Age: "25_34"}, {Sex: "male", Age: "35_44"}, {Sex: "female", Age: "25_34"}, {Sex: "male", Age: "35_44"}} {
		p := h.Invited("Ann").Started()
		for position := range h.Form.Items {
			answer := h.Keyed(position)
			if dice.IntN(2+i) > 0 {
				all := h.Responses(position)
				answer = all[dice.IntN(len(all))]
			}
			if err := p.Save(t.Context(), position, 1, answer); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Submit(t.Context(), p.Seat); err != nil {
			t.Fatal(err)
		}
		if err := h.GiveDemographics(t.Context(), p.Seat, group, assess.Consent{NoticeHash: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	h.Crowd(39)
	return assess.FormatID(assess.AssessmentID, h.Assessment.ID)
}
