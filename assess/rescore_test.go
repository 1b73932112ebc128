package assess_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// panelKey is a key file that turns the keys of some items of the form upside down.
func panelKey(version string, form *questions.Form, positions ...int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "key_version: %s\nnote: what the panel changed\nitems:\n", version)
	for _, n := range positions {
		i := form.Items[n]
		fmt.Fprintf(&b, "  %s:\n    options:\n", i.ID)
		for _, o := range i.Options {
			fmt.Fprintf(&b, "      %s: {eff: %d, why_zh: %q, why_en: %q}\n", o.ID, 5-o.Effectiveness, o.Why.Chinese, o.Why.English)
		}
	}
	return []byte(b.String())
}

// turnable lists positions whose keys can be turned about without offence to lint.
func turnable(t *testing.T, form *questions.Form) (positions []int) {
	t.Helper()
	for n, i := range form.Items {
		free := i.Kind == questions.Rate || i.Kind == questions.Rank
		for _, o := range i.Options {
			free = free && !o.Redline
		}
		if free {
			positions = append(positions, n)
		}
	}
	if len(positions) == 0 {
		t.Fatal("no key of the form can be turned about")
	}
	return positions
}

var line50 = assess.Line{Quality: questions.Communication, Closeness: 50}

// A panel's key is looked at, confirmed and carried out: a new result stands beside each
// old one, which no byte of has changed; doing it again changes nothing.
func TestARescoreStandsBesideTheOldResults(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		people := []*assesstest.Person{
			h.Invited("Ann").Started().Answers(),
			h.Invited("Bob").Started().Answers(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
			h.Invited("Cai").Started(),
		}
		var old []assess.Result
		for _, p := range people {
			r, err := h.Submit(t.Context(), p.Seat)
			if err != nil {
				t.Fatal(err)
			}
			old = append(old, r)
		}
		h.Invited("Dan").Started().Answers(0) // has no result yet

		turned := turnable(t, h.Form)
		draft, err := h.DraftRescore(t.Context(), h.Owner, assess.NewRescore{Assessment: h.Assessment.ID, KeyName: "panel.yaml", KeyFile: panelKey("panel-1", h.Form, turned...)})
		if err != nil {
			t.Fatal(err)
		}
		if draft.State != assess.RescoreDraft || !strings.HasSuffix(draft.KeyVersion, "+panel-1") || draft.Note != "what the panel changed" || draft.FormHash == h.Assessment.FormHash {
			t.Errorf("draft %+v", draft)
		}
		p, err := h.PreviewRescore(t.Context(), h.Owner, draft.ID, line50, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p.Sittings != 3 || p.Same != 0 || len(p.Changes) != 4 {
			t.Errorf("preview %+v", p)
		}
		moved := 0
		for _, c := range p.Changes {
			if c.N < 1 || c.N > 2 || c.Up != 0 {
				t.Errorf("%s: %+v", c.Quality, c)
			}
			moved += c.Down
		}
		ann := slices.ContainsFunc(p.Moves, func(m assess.Move) bool { return m.Name == "Ann" && m.After.Closeness < m.Before.Closeness })
		if moved == 0 || !ann {
			t.Errorf("Ann, who answered by the old key, does not move: %+v", p.Moves)
		}

		if err := h.WorkRescores(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r, err := h.Result(t.Context(), h.Owner, people[0].Invitation.ID); err != nil || r.Version != 1 {
			t.Fatalf("a draft was carried out: version %d, %v", r.Version, err)
		}
		h.Clock.Advance(time.Hour)
		if err := h.ConfirmRescore(t.Context(), h.Owner, draft.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.ConfirmRescore(t.Context(), h.Owner, draft.ID); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("confirmed twice: %v", err)
		}
		for range 2 {
			if err := h.WorkRescores(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		done, err := h.Rescore(t.Context(), h.Owner, draft.ID)
		if err != nil || done.State != assess.RescoreDone || done.Rescored != 3 || done.FinishedAt.IsZero() {
			t.Errorf("%+v, %v", done, err)
		}
		if after, err := h.PreviewRescore(t.Context(), h.Owner, draft.ID, line50, nil); err != nil || after.Sittings != 3 || !reflect.DeepEqual(after.Changes, p.Changes) {
			t.Errorf("what has changed is not what would change: %+v, %v", after, err)
		}
		for n, person := range people {
			report, err := h.Report(t.Context(), h.Owner, person.Invitation.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Versions) != 2 || !bytes.Equal(report.Versions[1].JSON, old[n].JSON) || report.Versions[1].Hash != old[n].Hash {
				t.Fatalf("%s: the old result did not stay as it was", person.Invitation.Candidate.Name)
			}
			d := report.Result.Document
			if d.Version != 2 || d.Versions.Key != draft.KeyVersion || d.Form.Hash != draft.FormHash || d.Rescore == nil || d.Rescore.Of != old[n].Document.ID ||
				d.Rescore.ID != assess.FormatID(assess.RescoreID, draft.ID) || d.Sitting != old[n].Document.Sitting || d.ID == old[n].Document.ID {
				t.Errorf("%s: %+v", person.Invitation.Candidate.Name, d)
			}
			if report.Form.Hash() != draft.FormHash {
				t.Error("the report shows the published key beside marks by another")
			}
			for _, item := range d.Items {
				was := old[n].Document.Items[item.Position]
				if (item.Mark == nil) != (was.Mark == nil) || item.Answered != was.Answered {
					t.Errorf("item %d was answered: %v, and is: %v", item.Position, was.Answered, item.Answered)
				}
			}
			first, err := h.ReportVersion(t.Context(), h.Owner, person.Invitation.ID, 1)
			if err != nil || first.Form.Hash() != h.Assessment.FormHash || first.Result.Hash != old[n].Hash {
				t.Errorf("the first version: %v", err)
			}
			whole, err := h.WholeReceipt(t.Context(), h.Owner, person.Invitation.ID, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := assess.VerifyReceipt(whole, nil); err != nil {
				t.Errorf("the receipt of the new result: %v", err)
			}
		}
		a, err := h.Center.Assessment(t.Context(), h.Owner, h.Assessment.ID)
		if err != nil || a.FormHash != h.Assessment.FormHash {
			t.Errorf("the published assessment has changed: %v", err)
		}
		var posted, audited int
		db := h.Database()
		if err := errors.Join(db.Get(&posted, "SELECT COUNT(*) FROM outbox WHERE kind = 'result.rescored'"),
			db.Get(&audited, "SELECT COUNT(*) FROM audit_inbox WHERE action = 'result.rescored'")); err != nil || posted != 3 || audited != 3 {
			t.Errorf("%d outbox rows and %d audit entries for three results: %v", posted, audited, err)
		}

		// The same key once more finds everybody under it already.
		again, err := h.DraftRescore(t.Context(), h.Owner, assess.NewRescore{Assessment: h.Assessment.ID, KeyName: "panel.yaml", KeyFile: panelKey("panel-1", h.Form, turned...)})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := h.PreviewRescore(t.Context(), h.Owner, again.ID, line50, nil); err != nil || p.Same != 3 || len(p.Moves) != 0 {
			t.Errorf("%+v, %v", p, err)
		}
		if err := h.ConfirmRescore(t.Context(), h.Owner, again.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.WorkRescores(t.Context()); err != nil {
			t.Fatal(err)
		}
		if done, err := h.Rescore(t.Context(), h.Owner, again.ID); err != nil || done.State != assess.RescoreDone || done.Rescored != 0 {
			t.Errorf("%+v, %v", done, err)
		}
		overview, err := h.Overview(t.Context(), h.Owner)
		if err != nil || overview.Spread[0].N > 3 {
			t.Errorf("people count more than once in the overview: %+v, %v", overview.Spread, err)
		}

		// What the first one did stays what it did, whatever comes after it.
		h.Clock.Advance(time.Hour)
		if _, err := h.Submit(t.Context(), h.Invited("Eve").Started().Answers().Seat); err != nil {
			t.Fatal(err)
		}
		later, err := h.DraftRescore(t.Context(), h.Owner, assess.NewRescore{Assessment: h.Assessment.ID, Rules: []string{"distance/1"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(h.ConfirmRescore(t.Context(), h.Owner, later.ID), h.WorkRescores(t.Context())); err != nil {
			t.Fatal(err)
		}
		if after, err := h.PreviewRescore(t.Context(), h.Owner, draft.ID, line50, nil); err != nil || after.Sittings != 3 || !reflect.DeepEqual(after.Changes, p.Changes) {
			t.Errorf("a later re-score changed what the first one did: %+v, %v", after, err)
		}
	})
}

// More sittings than a batch holds, two servers at work and one that stops in the middle:
// everybody gets one new result.
func TestARescoreGoesOnWhereItStopped(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		const many = 55
		for n := range many {
			p := h.Invited(fmt.Sprint("Person ", n)).Started().Answers(n%24, (n+7)%24)
			if _, err := h.Submit(t.Context(), p.Seat); err != nil {
				t.Fatal(err)
			}
		}
		draft, err := h.DraftRescore(t.Context(), h.Owner, assess.NewRescore{Assessment: h.Assessment.ID, KeyName: "k", KeyFile: panelKey("panel-2", h.Form, turnable(t, h.Form)[0])})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.ConfirmRescore(t.Context(), h.Owner, draft.ID); err != nil {
			t.Fatal(err)
		}
		other := h.Second()
		if err := h.RescoreOneBatch(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r, err := h.Rescore(t.Context(), h.Owner, draft.ID); err != nil || r.State != assess.RescoreConfirmed || r.Rescored == 0 || r.Rescored == many {
			t.Fatalf("after one batch: %+v, %v", r, err)
		}
		if err := other.WorkRescores(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r, err := h.Rescore(t.Context(), h.Owner, draft.ID); err != nil || r.State != assess.RescoreConfirmed {
			t.Fatalf("a server without the lease went on: %+v, %v", r, err)
		}
		h.Clock.Advance(time.Minute)
		if err := other.WorkRescores(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r, err := h.Rescore(t.Context(), h.Owner, draft.ID); err != nil || r.State != assess.RescoreDone || r.Rescored != many {
			t.Fatalf("at the end: %+v, %v", r, err)
		}
		var results, sittings int
		db := h.Database()
		if err := errors.Join(db.Get(&results, "SELECT COUNT(*) FROM results WHERE version = 2"), db.Get(&sittings, "SELECT COUNT(DISTINCT sitting_id) FROM results WHERE version = 2")); err != nil || results != many || sittings != many {
			t.Errorf("%d new results for %d sittings: %v", results, sittings, err)
		}
	})
}

func TestARescoreThatIsRefused(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		neighbour := h.Neighbour()
		good := assess.NewRescore{Assessment: h.Assessment.ID, KeyName: "k.yaml", KeyFile: panelKey("p", h.Form, turnable(t, h.Form)...)}
		for role, want := range map[assess.Role]error{assess.Owner: nil, assess.Recruiter: assess.ErrForbidden, assess.Reviewer: assess.ErrForbidden, assess.Author: assess.ErrForbidden, assess.Auditor: assess.ErrForbidden} {
			by := h.Owner
			by.Role = role
			if _, err := h.DraftRescore(t.Context(), by, good); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", role, err, want)
			}
		}
		if _, err := neighbour.DraftRescore(t.Context(), neighbour.Owner, good); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("a neighbour's assessment: %v", err)
		}
		refused := func(story string, change func(*assess.NewRescore), is func(error) bool) {
			t.Helper()
			in := good
			change(&in)
			if _, err := h.DraftRescore(t.Context(), h.Owner, in); !is(err) {
				t.Errorf("%s: %v", story, err)
			}
		}
		var faults questions.Faults
		var rule *questions.RuleError
		var fields assess.FieldErrors
		refused("nothing new", func(in *assess.NewRescore) { in.KeyFile = nil }, func(err error) bool { return errors.Is(err, assess.ErrSameKey) })
		refused("the default rules", func(in *assess.NewRescore) { in.KeyFile, in.Rules = nil, []string{"concordance/1"} }, func(err error) bool { return errors.Is(err, assess.ErrSameKey) })
		refused("no key file", func(in *assess.NewRescore) { in.KeyFile = []byte("{") }, func(err error) bool { return errors.As(err, &faults) })
		refused("an unknown rule", func(in *assess.NewRescore) { in.Rules = []string{"magic/1"} }, func(err error) bool { return errors.As(err, &rule) })
		refused("a long note", func(in *assess.NewRescore) { in.Note = strings.Repeat("n", 601) }, func(err error) bool { return errors.As(err, &fields) && fields[0].Field == "note" })

		draft, err := h.DraftRescore(t.Context(), h.Owner, good)
		if err != nil {
			t.Fatal(err)
		}
		for story, err := range map[string]error{
			"see":     second(neighbour.Rescore(t.Context(), neighbour.Owner, draft.ID)),
			"preview": second(neighbour.PreviewRescore(t.Context(), neighbour.Owner, draft.ID, line50, nil)),
			"confirm": neighbour.ConfirmRescore(t.Context(), neighbour.Owner, draft.ID),
			"discard": neighbour.DiscardRescore(t.Context(), neighbour.Owner, draft.ID),
			"list":    second(neighbour.Rescores(t.Context(), neighbour.Owner, h.Assessment.ID)),
			"nothing": h.ConfirmRescore(t.Context(), h.Owner, uuid.New()),
		} {
			if !errors.Is(err, assess.ErrNotFound) {
				t.Errorf("a neighbour may %s: %v", story, err)
			}
		}
		for _, line := range []assess.Line{{Quality: "height", Closeness: 3}, {Quality: questions.Legal, Closeness: 101}, {Quality: questions.Legal, Closeness: -1}} {
			if _, err := h.PreviewRescore(t.Context(), h.Owner, draft.ID, line, nil); !errors.As(err, &fields) {
				t.Errorf("%+v: %v", line, err)
			}
		}
		if err := h.DiscardRescore(t.Context(), h.Owner, draft.ID); err != nil {
			t.Fatal(err)
		}
		for story, err := range map[string]error{"confirmed": h.ConfirmRescore(t.Context(), h.Owner, draft.ID), "discarded again": h.DiscardRescore(t.Context(), h.Owner, draft.ID)} {
			if !errors.Is(err, assess.ErrConflict) {
				t.Errorf("thrown away and %s: %v", story, err)
			}
		}
		if list, err := h.Rescores(t.Context(), h.Owner, h.Assessment.ID); err != nil || len(list) != 2 || list[0].State != assess.RescoreDiscarded {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// Adverse impact before and after is that of the groups given, by the line given.
func TestAPreviewShowsAdverseImpactBeforeAndAfter(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	groups := assess.Groups{"sex": {}}
	for n := range 12 {
		p := h.Invited(fmt.Sprint("Person ", n)).Started()
		for position := range h.Form.Items {
			r := h.Keyed(position)
			if n%2 == 1 && n < 11 {
				r = contraryTo(h.Form.Items[position])
			}
			if err := p.Save(t.Context(), position, 1, r); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Submit(t.Context(), p.Seat); err != nil {
			t.Fatal(err)
		}
		groups["sex"][p.Invitation.ID] = []string{"a", "b"}[n%2]
	}
	groups["sex"][uuid.New()] = "c" // somebody who never sat
	var turned []int
	for _, n := range turnable(t, h.Form) {
		if h.Form.Items[n].Quality == questions.Communication {
			turned = append(turned, n)
		}
	}
	draft, err := h.DraftRescore(t.Context(), h.Owner, assess.NewRescore{Assessment: h.Assessment.ID, KeyName: "k", KeyFile: panelKey("p", h.Form, turned...)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.PreviewRescore(t.Context(), h.Owner, draft.ID, assess.Line{Quality: questions.Communication, Closeness: 90}, groups)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Impact) != 1 || p.Impact[0].Kind != "sex" || len(p.Impact[0].Before) != 2 {
		t.Fatalf("%+v", p.Impact)
	}
	before, after := p.Impact[0].Before, p.Impact[0].After
	if before[0].Selected != 6 || before[0].Total != 6 || before[1].Selected != 1 || before[1].Total != 6 || !before[1].Adverse {
		t.Errorf("before: %+v", before)
	}
	c := p.Changes[0]
	if c.CrossDown != 7 || c.CrossUp != 0 || after[0].Selected != 0 || after[1].Adverse {
		t.Errorf("after: %+v; %+v", after, c)
	}
	if p, err := h.PreviewRescore(t.Context(), h.Owner, draft.ID, line50, nil); err != nil || p.Impact != nil || p.Asked {
		t.Errorf("an owner sees what candidates said of themselves: %+v, %v", p.Impact, err)
	}
}

// What candidates said of themselves shows to an auditor alone, as totals over a floor;
// people show to the owner alone.
func TestAnAuditorSeesGroupsAndNoPeopleInAPreview(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		for n := range 3 {
			p := h.Invited(fmt.Sprint("Person ", n)).Started().Answers()
			if _, err := h.Submit(t.Context(), p.Seat); err != nil {
				t.Fatal(err)
			}
			if err := h.GiveDemographics(t.Context(), p.Seat, assess.Demographics{Sex: []string{"female", "male"}[n%2]}, assess.Consent{NoticeHash: "test"}); err != nil {
				t.Fatal(err)
			}
		}
		draft, err := h.DraftRescore(t.Context(), h.Owner, assess.NewRescore{Assessment: h.Assessment.ID, KeyName: "k", KeyFile: panelKey("p", h.Form, turnable(t, h.Form)...)})
		if err != nil {
			t.Fatal(err)
		}
		auditor := h.Owner
		auditor.Role = assess.Auditor
		p, err := h.PreviewRescore(t.Context(), auditor, draft.ID, line50, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Asked || len(p.Moves) != 0 || len(p.Impact) != 2 || p.Impact[1].Kind != "sex" || len(p.Impact[1].Before) != 0 || !slices.Equal(p.Impact[1].Hidden, []string{"female", "male", "other"}) { // nor that nobody is another
			t.Errorf("%+v", p)
		}
		if err := h.ConfirmRescore(t.Context(), auditor, draft.ID); !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("an auditor confirms: %v", err)
		}
	})
}

// contraryTo is the response furthest from the key.
func contraryTo(item questions.Item) questions.Response {
	var worst questions.Response
	lowest := 2.0
	for r := range item.Responses() {
		if m, ok := item.Mark(r); ok && float64(m.Num)/float64(m.Den) < lowest {
			lowest, worst = float64(m.Num)/float64(m.Den), r
		}
	}
	return worst
}

// The same answers under each rule and key: the published one agrees with itself, a key
// turned about shows who changes side, and a language is never mixed with another.
func TestKeyStability(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		for n := range 6 {
			p := h.Invited(fmt.Sprint("Person ", n), func(o *assess.Order) {
				if n == 5 {
					o.Language = questions.Chinese
				}
			}).Started()
			for position := range h.Form.Items {
				r := h.Keyed(position)
				if (position+n)%3 < n%3 {
					r = contraryTo(h.Form.Items[position])
				}
				if err := p.Save(t.Context(), position, 1, r); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := h.Submit(t.Context(), p.Seat); err != nil {
				t.Fatal(err)
			}
		}
		draft, err := h.DraftRescore(t.Context(), h.Owner, assess.NewRescore{Assessment: h.Assessment.ID, KeyName: "k", KeyFile: panelKey("p", h.Form, turnable(t, h.Form)...)})
		if err != nil {
			t.Fatal(err)
		}
		k, err := h.KeyStability(t.Context(), h.Owner, h.Assessment.ID, "", 90)
		if err != nil {
			t.Fatal(err)
		}
		rules := 0
		for _, kind := range questions.Kinds {
			rules += len(h.Form.RulesFor(kind)) - 1
		}
		if k.Language != questions.English || k.Sittings != 5 || k.More || len(k.Others) != rules || k.Languages[questions.Chinese] != 1 {
			t.Errorf("%+v", k)
		}
		for _, q := range k.Published {
			if q.N != 5 || q.CrossUp+q.CrossDown != 0 || q.Tau.Known() && q.Tau.Value != 1 {
				t.Errorf("the published key against itself: %+v", q)
			}
		}
		if err := errors.Join(h.ConfirmRescore(t.Context(), h.Owner, draft.ID), h.WorkRescores(t.Context())); err != nil {
			t.Fatal(err)
		}
		k, err = h.KeyStability(t.Context(), h.Owner, h.Assessment.ID, questions.English, 90)
		if err != nil || k.Sittings != 5 || len(k.Others) != rules+1 || k.Others[rules].Rescore.ID != draft.ID {
			t.Fatalf("%+v, %v", k, err)
		}
		crossed := 0
		for _, q := range k.Others[rules].Qualities {
			crossed += q.CrossUp + q.CrossDown
		}
		if crossed == 0 || len(k.Others[rules].Crossers) != crossed {
			t.Errorf("%d change side, %d are named", crossed, len(k.Others[rules].Crossers))
		}
		author := h.Owner
		author.Role = assess.Author
		if k, err := h.KeyStability(t.Context(), author, h.Assessment.ID, questions.English, 90); err != nil || k.Others[rules].Crossers != nil {
			t.Errorf("an author reads who changes side: %v", err)
		}
		auditor := h.Owner
		auditor.Role = assess.Auditor
		if _, err := h.KeyStability(t.Context(), auditor, h.Assessment.ID, "", 90); !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("an auditor: %v", err)
		}
		if _, err := h.KeyStability(t.Context(), h.Neighbour().Owner, h.Assessment.ID, "", 90); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("a neighbour: %v", err)
		}
		var fields assess.FieldErrors
		if _, err := h.KeyStability(t.Context(), h.Owner, h.Assessment.ID, "fr", 500); !errors.As(err, &fields) {
			t.Errorf("a line and a language there are not: %v", err)
		}
	})
}
