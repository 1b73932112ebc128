package assess_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// expert is somebody on a panel in a story.
type expert struct {
	assess.Rater
	token string
}

func invited(t *testing.T, house *assesstest.House, panel uuid.UUID, role assess.RaterRole) expert {
	t.Helper()
	r, err := house.InviteRater(t.Context(), house.Owner, panel, assess.NewRater{
		Name: "Someone", Role: role, Years: 5, Employer: "agency", Language: questions.English,
	})
	if err != nil {
		t.Fatal(err)
	}
	return expert{r, assesstest.LinkToken(house.RaterLink(r))}
}

// rates lets an expert rate everything as the key says, changed as told, and finish.
func (e expert) rates(t *testing.T, house *assesstest.House, change func(item questions.Item, option, key int) int) {
	t.Helper()
	s, err := house.RatingSheet(t.Context(), e.token)
	if err != nil {
		t.Fatal(err)
	}
	for position, i := range s.Items {
		given := assess.Rating{Effectiveness: map[string]int{}}
		for n, o := range i.Options {
			given.Effectiveness[o.ID] = change(i, n, o.Effectiveness)
		}
		if err := house.Rate(t.Context(), e.token, position, given); err != nil {
			t.Fatal(err)
		}
	}
	if err := house.FinishRating(t.Context(), e.token); err != nil {
		t.Fatal(err)
	}
}

func asKeyed(_ questions.Item, _, key int) int { return key }

// oneOff is a rater who is one step off on the option of that place.
func oneOff(place int) func(questions.Item, int, int) int {
	return func(_ questions.Item, option, key int) int {
		if option == place%4 {
			return max(1, min(4, key+1-2*(key/3)))
		}
		return key
	}
}

var sides = []assess.RaterRole{assess.TeamLeader, assess.TeamLeader, assess.Compliance, assess.Compliance, assess.QA, assess.QA, assess.Lawyer, assess.Consumer}

// A panel of eight that agrees makes the key of one version expert-reviewed; a new
// version begins again, and every step is in the audit log.
func TestAPanelMakesAKeyReviewed(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		reviewer := as(t, house, assess.Reviewer)
		const id, other = "law.debt.001", "com.explain.001"
		first := versionOf(t, id)
		lacksFor := func(want ...string) {
			t.Helper()
			h, err := house.BankItem(t.Context(), reviewer, id, 0)
			if err != nil {
				t.Fatal(err)
			}
			lacks, err := house.LacksFor(t.Context(), reviewer, h)
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, l := range lacks {
				words = append(words, l.Word)
			}
			if !slices.Equal(words, want) {
				t.Errorf("lacking %v, want %v", lacks, want)
			}
		}
		lacksFor("panel")
		panel, err := house.OpenPanel(t.Context(), reviewer, "Spring panel", []string{id, other})
		if err != nil {
			t.Fatal(err)
		}
		for n, role := range sides[:7] {
			invited(t, house, panel.ID, role).rates(t, house, oneOff(n))
		}
		lacksFor("raters")
		if err := house.Promote(t.Context(), reviewer, id, first, questions.SMEReviewed); !errors.Is(err, assess.ErrEvidence) {
			t.Errorf("seven raters: %v", err)
		}
		last := invited(t, house, panel.ID, assess.Consumer)
		lacksFor("raters") // who has not finished does not count
		last.rates(t, house, asKeyed)
		lacksFor()

		report, err := house.PanelReport(t.Context(), reviewer, panel.ID)
		if err != nil {
			t.Fatal(err)
		}
		if report.Finished != 8 || !report.ICC.Known() || report.ICC.Value < 0.8 || !report.Items[0].Fits {
			t.Errorf("the panel's word: %d finished, ICC %v, fits %v", report.Finished, report.ICC, report.Items[0].Fits)
		}
		for _, wrong := range []questions.Status{questions.Piloted, questions.Validated, questions.DraftAuthorKey, "no such step"} {
			if err := house.Promote(t.Context(), reviewer, id, first, wrong); !errors.Is(err, assess.ErrConflict) {
				t.Errorf("a step to %s: %v", wrong, err)
			}
		}
		if err := house.Promote(t.Context(), as(t, house, assess.Author), id, first, questions.SMEReviewed); !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("an author passes a key: %v", err)
		}
		if err := house.Promote(t.Context(), reviewer, id, first, questions.SMEReviewed); err != nil {
			t.Fatal(err)
		}
		if err := house.Promote(t.Context(), reviewer, id, first, questions.SMEReviewed); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("the same step twice: %v", err)
		}
		status := func(version int) questions.Status {
			t.Helper()
			h, err := house.BankItem(t.Context(), reviewer, id, version)
			if err != nil {
				t.Fatal(err)
			}
			return h.Status
		}
		if got := status(0); got != questions.SMEReviewed {
			t.Errorf("the key is %s", got)
		}
		if h, err := house.BankItem(t.Context(), reviewer, other, 0); err != nil || h.Status != questions.DraftAuthorKey {
			t.Errorf("the other item went up too: %s, %v", h.Status, err)
		}
		lacksFor("pilot_n", "pilot_n")

		if _, err := house.AddItems(t.Context(), house.Owner, "", next(t, id, reworded)); err != nil {
			t.Fatal(err)
		}
		if now, before := status(0), status(first); now != questions.DraftAuthorKey || before != questions.SMEReviewed {
			t.Errorf("after a new version: new %s, old %s", now, before)
		}
		h, err := house.BankItem(t.Context(), reviewer, id, first)
		if err != nil {
			t.Fatal(err)
		}
		if len(h.Steps) != 1 || h.Steps[0].Panel != panel.ID || h.Steps[0].By != "A reviewer" || !strings.Contains(h.Steps[0].Record, `"review_by":"2027-11-02"`) ||
			!strings.Contains(h.Steps[0].Record, `{"role":"lawyer","years":5,"org_type":"agency"}`) || strings.Contains(h.Steps[0].Record, "Someone") {
			t.Errorf("the step's record: %+v", h.Steps)
		}
		if err := house.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		entries, err := house.AuditEntries(t.Context(), house.Owner, 0, 200)
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, e := range entries {
			count[e.Action]++
			if e.Action == "item.promoted" && e.Detail != fmt.Sprintf("%s %d sme-reviewed", id, first) {
				t.Errorf("promoted: %q", e.Detail)
			}
		}
		for action, want := range map[string]int{"panel.opened": 1, "rater.invited": 8, "rater.finished": 8, "item.promoted": 1, "item.version_added": 1} {
			if count[action] != want {
				t.Errorf("%s stands %d times in the audit log, want %d", action, count[action], want)
			}
		}
	})
}

// Each part of the rule alone keeps a key down.
func TestWhatKeepsAKeyDown(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	const legal, rank = "law.debt.001", "rank"
	ids := map[string]string{legal: legal}
	bank, err := questions.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	ids[rank] = bank.Items[slices.IndexFunc(bank.Items, func(i questions.Item) bool { return i.Kind == questions.Rank && i.Quality != questions.Legal })].ID
	redline := bank.Items[slices.IndexFunc(bank.Items, func(i questions.Item) bool {
		return i.Quality != questions.Legal && slices.ContainsFunc(i.Options, func(o questions.Option) bool { return o.Redline })
	})].ID
	ids["redline"] = redline
	for story, c := range map[string]struct {
		item   string
		sides  []assess.RaterRole
		change func(rater int) func(questions.Item, int, int) int
		want   []string
	}{
		"no lawyer on a legal item": {legal, append(slices.Clone(sides[:6]), assess.QA, assess.Consumer), oneOff, []string{"lawyer"}},
		"nobody for the consumer":   {legal, append(slices.Clone(sides[:7]), assess.QA), oneOff, []string{"consumer"}},
		"another key": {legal, sides, func(int) func(questions.Item, int, int) int {
			return func(i questions.Item, option, key int) int {
				if option == 1 {
					return 1 + key%4
				}
				return key
			}
		}, []string{"key"}},
		"two camps on an option": {legal, sides, func(rater int) func(questions.Item, int, int) int {
			return func(i questions.Item, option, key int) int {
				if option == 0 {
					return 1 + 3*(rater%2)
				}
				return key
			}
		}, nil}, // several at once: looked at below
		"no agreement at all on a rank item": {rank, sides, func(rater int) func(questions.Item, int, int) int {
			return func(i questions.Item, option, key int) int { return 1 + (option+rater)%4 }
		}, nil},
		"a red line the panel likes": {"redline", sides, func(int) func(questions.Item, int, int) int {
			return func(i questions.Item, option, key int) int {
				if i.Options[option].Redline {
					return 3
				}
				return key
			}
		}, []string{}},
	} {
		t.Run(story, func(t *testing.T) {
			panel, err := house.OpenPanel(t.Context(), house.Owner, story, []string{ids[c.item]})
			if err != nil {
				t.Fatal(err)
			}
			for n, role := range c.sides {
				invited(t, house, panel.ID, role).rates(t, house, c.change(n))
			}
			report, err := house.PanelReport(t.Context(), house.Owner, panel.ID)
			if err != nil {
				t.Fatal(err)
			}
			lacks := assess.LacksOf(report, report.Items[0])
			var words []string
			for _, l := range lacks {
				words = append(words, l.Word)
				if !slices.Contains(assess.LackWords, l.Word) {
					t.Errorf("%s is not among the words", l.Word)
				}
			}
			switch {
			case story == "two camps on an option" && !(slices.Contains(words, "within") && slices.Contains(words, "spread")):
				t.Errorf("lacking %v", lacks)
			case c.item == rank && !(slices.Contains(words, "concordance") && slices.Contains(words, "icc")):
				t.Errorf("lacking %v", lacks)
			case c.want != nil && !slices.Equal(slices.DeleteFunc(words, func(w string) bool { return w == "icc" }), c.want) && len(c.want)+len(words) > 0:
				t.Errorf("lacking %v, want %v", lacks, c.want)
			}
			if story == "a red line the panel likes" && !report.Items[0].Fits {
				t.Error("votes outrank the law")
			}
		})
	}
}

// An expert rates alone, in an order of options of their own, and only until done.
func TestAnExpertsPart(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		panel, err := house.OpenPanel(t.Context(), house.Owner, "Panel", []string{"com.explain.001", "com.explain.002"})
		if err != nil {
			t.Fatal(err)
		}
		ann := invited(t, house, panel.ID, assess.QA)
		before := dump(t, house.Database())
		s, err := house.RatingSheet(t.Context(), ann.token)
		if err != nil || len(s.Items) != 2 || s.Rated() != 0 {
			t.Fatalf("the sheet: %d items, %d rated, %v", len(s.Items), s.Rated(), err)
		}
		if tables := changed(before, dump(t, house.Database())); len(tables) > 0 {
			t.Errorf("opening the link changed %v", tables)
		}
		orders := map[string]bool{}
		for range 8 {
			other, err := house.RatingSheet(t.Context(), invited(t, house, panel.ID, assess.QA).token)
			if err != nil {
				t.Fatal(err)
			}
			var order []byte
			for _, n := range other.Order(0) {
				order = append(order, byte('0'+n))
			}
			orders[string(order)] = true
		}
		if len(orders) < 2 {
			t.Error("nine experts see one order")
		}

		for story, r := range map[string]assess.Rating{
			"unknown option": {Effectiveness: map[string]int{"Z": 1}}, "rating of 5": {Effectiveness: map[string]int{"A": 5}}, "endless note": {Note: strings.Repeat("x", 601)},
		} {
			if err := house.Rate(t.Context(), ann.token, 0, r); err == nil || errors.Is(err, assess.ErrUnavailable) {
				t.Errorf("%s: %v", story, err)
			}
		}
		if err := house.Rate(t.Context(), ann.token, 2, assess.Rating{}); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("an item that is not there: %v", err)
		}
		if err := house.Rate(t.Context(), ann.token, 0, assess.Rating{Effectiveness: map[string]int{"A": 2}, Note: " two\r\nlines "}); err != nil {
			t.Fatal(err)
		}
		if err := house.FinishRating(t.Context(), ann.token); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("finished with options open: %v", err)
		}
		if s, err = house.RatingSheet(t.Context(), ann.token); err != nil || s.Given[0].Effectiveness["A"] != 2 || s.Given[0].Note != "two\nlines" || s.Rater.State != assess.RaterRating {
			t.Errorf("kept is %+v, %v", s.Given[0], err)
		}
		ann.rates(t, house, asKeyed)
		if err := house.Rate(t.Context(), ann.token, 0, assess.Rating{}); !errors.Is(err, assess.ErrRatingDone) {
			t.Errorf("rated after the end: %v", err)
		}
		if _, err := house.CancelRater(t.Context(), house.Owner, ann.ID); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("who has finished was taken off: %v", err)
		}

		bob := invited(t, house, panel.ID, assess.Lawyer)
		if _, err := house.CancelRater(t.Context(), house.Owner, bob.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := house.RatingSheet(t.Context(), bob.token); !errors.Is(err, assess.ErrLinkWithdrawn) {
			t.Errorf("taken off the panel: %v", err)
		}
		if _, err := house.RatingSheet(t.Context(), "nobody's"); !errors.Is(err, assess.ErrLinkUnknown) {
			t.Errorf("an unknown link: %v", err)
		}
		zoe := invited(t, house, panel.ID, assess.Lawyer)
		if err := house.ClosePanel(t.Context(), house.Owner, panel.ID); err != nil {
			t.Fatal(err)
		}
		if err := house.Rate(t.Context(), zoe.token, 0, assess.Rating{}); !errors.Is(err, assess.ErrPanelClosed) {
			t.Errorf("rated on a closed panel: %v", err)
		}
		if err := house.ClosePanel(t.Context(), house.Owner, panel.ID); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("closed twice: %v", err)
		}
		in := assess.NewRater{Name: "Late", Role: assess.QA, Employer: "bank", Language: questions.English}
		if _, err := house.InviteRater(t.Context(), house.Owner, panel.ID, in); !errors.Is(err, assess.ErrPanelClosed) {
			t.Errorf("invited to a closed panel: %v", err)
		}
		report, err := house.PanelReport(t.Context(), house.Owner, panel.ID)
		if err != nil || report.Items[0].N != 1 {
			t.Errorf("%d have finished, %v", report.Items[0].N, err)
		}
	})
}

func TestOpeningAPanel(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	for story, c := range map[string]struct {
		title string
		items []string
		want  string
	}{
		"no title":        {"", []string{"com.explain.001"}, "title: required"},
		"no items":        {"Panel", nil, "items: required"},
		"an unknown item": {"Panel", []string{"com.explain.001", "nothing"}, "items: unknown_value"},
	} {
		if _, err := house.OpenPanel(t.Context(), house.Owner, c.title, c.items); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", story, err, c.want)
		}
	}
	p, err := house.OpenPanel(t.Context(), house.Owner, "Panel", []string{"com.explain.001", "com.explain.001"})
	if err != nil || p.Items != 1 {
		t.Errorf("an item named twice: %d items, %v", p.Items, err)
	}
}
