package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// contrary is the answer furthest from the key.
func contrary(t *testing.T, item questions.Item) questions.Response {
	t.Helper()
	var worst questions.Response
	lowest := 2.0
	for r := range item.Responses() {
		m, ok := item.Mark(r)
		if !ok {
			t.Fatalf("%s: a complete response has no mark", item.ID)
		}
		if v := float64(m.Num) / float64(m.Den); v < lowest {
			lowest, worst = v, r
		}
	}
	return worst
}

// reportOf ends a person's sitting and opens the report.
func reportOf(t *testing.T, house *assesstest.House, p *assesstest.Person, l questions.Lang) (*browser, assess.Result) {
	t.Helper()
	result, err := house.Submit(t.Context(), p.Seat)
	if err != nil {
		t.Fatal(err)
	}
	if err := house.SetLanguage(t.Context(), house.Owner, l); err != nil {
		t.Fatal(err)
	}
	return owner(t, house, reportPath(p)), result
}

func reportPath(p *assesstest.Person) string {
	return "/candidates/" + assess.FormatID(assess.InvitationID, p.Invitation.ID) + "/report"
}

// What a report never says of anybody.
var verdicts = map[questions.Lang][]string{
	questions.English: {"suitable", "percentile", "recommended", "above average", "passed", "failed", "personality"},
	questions.Chinese: {"适合", "合格", "百分位", "建议录用", "高于平均", "性格"},
}

func TestAReportSaysWhatWasSeen(t *testing.T) {
	for _, l := range languages {
		t.Run(string(l), func(t *testing.T) {
			house := houseOnSQLite(t)
			ann := house.Invited("Ann Example", func(o *assess.Order) { o.ExtraTime = 200 }).Started().Answers()
			b, result := reportOf(t, house, ann, l)
			d := result.Document

			b.Has("h1", "Ann Example").Has(".notice-box", d.Notice.In(l)).Has(".versions", d.ID).Has(".versions", result.Hash).Has(".versions", "jobs@harbour.test")
			rows := b.All("#profile")[0].Parent
			for i, q := range d.Qualities {
				guide, _ := house.Form.Quality(q.Quality)
				got := text(find(rows, "tbody tr")[i])
				want := fmt.Sprintf("%s %d/%d %d %d %d", guide.Name.In(l), q.Answered, q.Of, *q.Raw, *q.Chance, *q.Closeness)
				if !strings.HasPrefix(got, want) {
					t.Errorf("row %d says %q, want %q", i, got, want)
				}
				b.Has("#quality-"+string(q.Quality), guide.Name.In(l))
				pair := find(b.All("section.quality")[i], ".pairs dt")
				if len(pair) != 4 {
					t.Errorf("%s has %d of the four parts of a pair", q.Quality, len(pair))
				}
				if !strings.Contains(text(b.All("section.quality")[i]), guide.At(q.Level).In(l)) {
					t.Errorf("%s is not put in its level's words", q.Quality)
				}
			}
			for _, chart := range []string{"svg.chart-profile", "svg.chart-radar"} {
				b.Has(chart+" title", "Ann Example")
				if b.Text(chart+" desc") == "" {
					t.Errorf("%s has no description", chart)
				}
			}
			core := find(b.All("#interview")[0].Parent, "ol")[0]
			for i, q := range questions.Qualities {
				guide, _ := house.Form.Guide(questions.Facets[q][0])
				question := text(find(core, "li")[i])
				for _, part := range []questions.Text{guide.Probe, guide.HearGood, guide.HearBad} {
					if !strings.Contains(question, part.In(l)) {
						t.Errorf("core question %d lacks %q", i+1, part.In(l))
					}
				}
			}
			if n := len(b.All("details.answer")); n != len(house.Form.Items) {
				t.Errorf("the trace has %d questions", n)
			}

			page := text(b.page)
			for _, answer := range b.All("details.answer") { // the questions' own words
				page = strings.Replace(page, text(answer), "", 1)
			}
			for _, verdict := range verdicts[l] {
				if strings.Contains(strings.ToLower(page), verdict) {
					t.Errorf("the report says %q", verdict)
				}
			}
			extra, err := newApp(house.Center, Config{}).words.text(l, "extra_time.200")
			if err != nil || strings.Contains(page, extra) {
				t.Errorf("the report tells of extra time: %q, %v", extra, err)
			}
		})
	}
}

func TestAReportOfContraryAnswers(t *testing.T) {
	house := houseOnSQLite(t)
	bob := house.Invited("Bob").Started()
	for n, item := range house.Form.Items {
		if err := bob.Save(t.Context(), n, 1, contrary(t, item)); err != nil {
			t.Fatal(err)
		}
	}
	b, result := reportOf(t, house, bob, questions.English)
	if len(result.Document.Redlines) == 0 {
		t.Fatal("contrary answers touch no red line: the story has no topics")
	}
	topics := b.All("article.topic")
	picks := 0
	for _, topic := range topics {
		picks += len(find(topic, "blockquote"))
		if len(find(topic, ".rule")) == 0 {
			t.Errorf("a topic names no rule: %s", text(topic))
		}
	}
	if picks != len(result.Document.Redlines) {
		t.Errorf("%d options in the topics, want %d", picks, len(result.Document.Redlines))
	}
	whole := text(b.All("#redlines")[0].Parent)
	for _, r := range result.Document.Redlines {
		for _, id := range r.Facts {
			fact, _ := house.Form.Fact(id)
			if n := strings.Count(whole, fact.Text.English); n != 1 {
				t.Errorf("rule %s stands in full %d times", id, n)
			}
			if !strings.Contains(whole, fact.Citation.English) || !strings.Contains(whole, string(fact.CheckedOn)) {
				t.Errorf("rule %s lacks its citation or the day it was checked", id)
			}
		}
	}
	b.Has("section.quality", "further from the key").Has("section.quality", "read backwards")
	if probes := find(b.All("#interview")[0].Parent, "ol"); len(probes) != 2 || len(find(probes[1], "li")) < 4 {
		t.Error("contrary answers suggest no probes")
	}
	for n, item := range result.Document.Items {
		if got, want := text(find(b.All("details.answer")[n], ".answer-mark")[0]), fmt.Sprintf("mark %d/%d, chance %s", item.Mark.Num, item.Mark.Den, item.Chance); got != want {
			t.Errorf("question %d: %q, want %q", n+1, got, want)
		}
	}
}

func TestTooFewAnswersShowNoScore(t *testing.T) {
	house := houseOnSQLite(t)
	cai := house.Invited("Cai").Started().Answers(0, 1)
	b, _ := reportOf(t, house, cai, questions.English)
	if len(b.All("svg.chart-profile .value")) != 0 || len(b.All("svg.chart-radar .outline")) != 0 {
		t.Error("a score is drawn for a quality with too few answers")
	}
	if n := len(b.All("svg.chart-profile .instead")); n != 4 {
		t.Errorf("%d bars say why there is none, want 4", n)
	}
	for _, section := range b.All("section.quality") {
		if !strings.Contains(text(section), "fewer than four fifths") {
			t.Errorf("no reason given: %s", text(section))
		}
	}
	b.Has("#trace", "Answer by answer")
	if got := text(find(b.All("details.answer")[2], ".answer-mark")[0]); got != "not answered" {
		t.Errorf("an unanswered question says %q", got)
	}
}

func TestThereIsNoReportBeforeTheEnd(t *testing.T) {
	house := houseOnSQLite(t)
	dan := house.Invited("Dan").Started().Answers(0)
	b := owner(t, house, "/candidates").Get(reportPath(dan))
	b.Is(reportPath(dan), http.StatusNotFound)
	house.Clock.Advance(46 * time.Minute)
	if err := house.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Get(reportPath(dan)).On(reportPath(dan)).Has(".lead", "when the time was up")
}

func TestTimesAreWordedInWholeSeconds(t *testing.T) {
	w := writer{sayer: sayer{questions.English, allWords(t)}}
	for ms, want := range map[int64]string{0: "", 400: "0 s", 59_999: "59 s", 60_000: "1 min 0 s", 3_725_000: "62 min 5 s"} {
		if got := w.duration(ms); got != want {
			t.Errorf("%s ms: %q, want %q", strconv.FormatInt(ms, 10), got, want)
		}
	}
}
