package web

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// Keys that recruiter pages put together from a value; each value must have its text.
func TestEveryTextARecruiterPagePutsTogetherExists(t *testing.T) {
	var keys []string
	add := func(prefix string, values ...string) {
		for _, v := range values {
			keys = append(keys, prefix+v)
		}
	}
	for _, s := range assess.Stages {
		add("stage.", string(s))
	}
	for _, r := range assess.Roles {
		add("role.", string(r))
	}
	for _, s := range assess.Scopes {
		add("scope.", string(s))
	}
	for _, k := range questions.Kinds {
		add("kind.", string(k))
		add("rescore.rule_for.", string(k))
	}
	for _, n := range assess.ExtraTimes {
		add("extra_time.", strconv.Itoa(n))
	}
	for _, g := range groups {
		add("candidates.chip.", g.word)
	}
	for _, g := range elementGroups {
		add("method.group.", g.Name)
		for _, e := range g.Elements {
			add("method.element.", e.ID)
		}
	}
	for q, facets := range questions.Facets {
		add("quality.", string(q))
		for _, f := range facets {
			add("facet.", string(f))
		}
	}
	for _, l := range languages {
		add("language.", string(l))
	}
	add("language.", "any")
	add("level.", string(questions.Closer), string(questions.Mixed), string(questions.Further), string(questions.NotShown))
	add("key_status.", string(questions.DraftAuthorKey), string(questions.SMEReviewed), string(questions.Piloted), string(questions.Validated))
	add("assessments.state.", string(assess.Draft), string(assess.Published))
	add("report.opening.", string(assess.Submitted), string(assess.Expired))
	add("report.note.", questions.NotePossiblyReversed)
	add("report.as.", "best", "rank", "rating", "chosen")
	add("effectiveness.", "1", "2", "3", "4", "5")
	add("confidence.", "H", "M-H", "M", "L")
	add("blueprint.", "S", "L")
	add("jurisdiction.", "CN")
	add("invitation.", "made", "renewed", "cancelled")
	add("settings.", "saved", "password.done", "disabled.done", "revoked.done")
	add("quota.", questions.QuotaJurisdiction, questions.QuotaLaw, questions.QuotaExposure, questions.QuotaItems, questions.QuotaQuality,
		questions.QuotaKind, questions.QuotaFacet, questions.QuotaDuty, questions.QuotaMindset, questions.QuotaSensitive, questions.QuotaProblem,
		questions.QuotaSurname, questions.QuotaGender, questions.QuotaEnemies, questions.QuotaTime, questions.QuotaLongest,
		questions.QuotaLongestTied, questions.QuotaLengthKey, questions.QuotaLengthWithin, questions.QuotaRun, questions.QuotaRanksApart,
		questions.QuotaShared, questions.QuotaChanceDiffers, questions.QuotaLoadDiffers, questions.QuotaTimeDiffers, questions.QuotaFacilityDiffers,
		"of", "and")
	add("asked.", "nothing", "least", "most", "none", "exactly", "range")
	add("unit.", questions.UnitSeconds)
	for _, s := range assess.RescoreStates {
		add("rescore.state.", string(s))
	}
	for _, a := range assess.Attributes {
		add("demographics.", a.Name)
		for _, g := range a.Groups {
			add("demographics."+a.Name+".", g)
		}
	}
	add("rescore.fault.", append(keyFaultWords, "other")...)
	for _, m := range manualHeadings {
		add("manual.", m.Name)
		add("method.manual.state.", m.State)
	}
	w := allWords(t)
	for _, key := range keys {
		if _, ok := w[questions.English][key]; !ok {
			t.Errorf("no text for %q", key)
		}
	}
}

// The manual has every heading the page names, and each that has nothing to tell says so.
func TestTheTechnicalManualHasEveryHeading(t *testing.T) {
	text, err := os.ReadFile("../docs/technical-manual.md")
	if err != nil {
		t.Fatal(err)
	}
	w := allWords(t)
	sections := strings.Split(string(text), "\n## ")
	for _, m := range manualHeadings {
		name := sayer{questions.English, w}.say("manual." + m.Name)
		at := slices.IndexFunc(sections, func(s string) bool { return strings.HasPrefix(s, name+"\n") })
		if at < 0 {
			t.Errorf("the manual has no heading %q", name)
			continue
		}
		if m.State != "described" && !strings.Contains(sections[at], "o evidence yet") {
			t.Errorf("%s: the manual does not say that there is no evidence yet", name)
		}
	}
}

// The page on the method speaks without a bank; it must not say otherwise than
// the bank does.
func TestTheMethodPageAgreesWithTheBank(t *testing.T) {
	bank, err := questions.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	w := allWords(t)
	for _, l := range languages {
		say := sayer{l, w}
		if got := say.say("method.notice"); got != bank.Notice.In(l) {
			t.Errorf("the notice in %s differs from the bank's:\n%s", l, got)
		}
		for facet, guide := range bank.Guides {
			if got := say.say("facet." + string(facet)); !strings.EqualFold(got, guide.Name.In(l)) {
				t.Errorf("%s is %q on the page and %q in the bank", facet, got, guide.Name.In(l))
			}
		}
	}
}

func TestEveryElementOfTheArticleKeepsItsPlace(t *testing.T) {
	var ids []string
	carried := map[questions.Facet]bool{}
	for _, g := range elementGroups {
		for _, e := range g.Elements {
			ids = append(ids, e.ID)
			for _, f := range e.Facets {
				carried[f] = true
			}
			if (len(e.Facets) == 0) != (g.Name == "preview") {
				t.Errorf("%s is in group %s with %d facets", e.ID, g.Name, len(e.Facets))
			}
		}
	}
	want := strings.Fields("R1 R2 R3 R4 M1 M2 M3 M4 M5 M6 M7 M8 D1 D2 D3 D4 D5 C1 C2 C3 P0 P1 P2 P3 P4 A1 A2 A3")
	if !slices.Equal(ids, want) {
		t.Errorf("the elements are %v", ids)
	}
	for _, facets := range questions.Facets {
		for _, f := range facets {
			if !carried[f] {
				t.Errorf("no element of the article is carried by %s", f)
			}
		}
	}
}

func TestTheMethodPageIsOpenToAll(t *testing.T) {
	house := houseOnSQLite(t)
	for _, l := range languages {
		b := browse(t, house, l).Get("/method").On("/method").Has(".notice-box", sayer{l, allWords(t)}.say("method.notice"))
		if n := len(b.All(".mapping tbody tr")); n != 28 {
			t.Errorf("%s: %d elements", l, n)
		}
	}
}

func TestLongNamesAreShortenedInPictures(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "Ann": "Ann", "Maximiliana Alexandra": "Maximiliana Alexandr…", "Maximiliana Alexandr": "Maximiliana Alexandr",
		"欧阳娜娜": "欧阳娜娜", "阿卜杜拉·买买提·艾合买提江": "阿卜杜拉·买买提·艾合…",
	} {
		if got := shortened(name, 20); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}
