package assess_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

func TestDemographicsAreGivenOnceAndTakenBack(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started().Answers(0, 1, 2)
		purpose := assess.Consent{NoticeHash: "purpose"}
		female := assess.Demographics{Sex: "female"}
		if err := h.GiveDemographics(t.Context(), ann.Seat, female, purpose); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("in the middle of the test: %v", err)
		}
		if _, err := h.Submit(t.Context(), ann.Seat); err != nil {
			t.Fatal(err)
		}
		var fields assess.FieldErrors
		for _, d := range []assess.Demographics{{}, {Sex: "Female"}, {Sex: "female", Age: "19"}} {
			if err := h.GiveDemographics(t.Context(), ann.Seat, d, purpose); !errors.As(err, &fields) {
				t.Errorf("%+v: %v", d, err)
			}
		}
		if err := h.GiveDemographics(t.Context(), ann.Seat, female, assess.Consent{}); !errors.Is(err, assess.ErrConsentNeeded) {
			t.Errorf("without consent: %v", err)
		}
		given := func() bool {
			t.Helper()
			known, err := h.DemographicsGiven(t.Context(), ann.Seat)
			if err != nil {
				t.Fatal(err)
			}
			return known
		}
		if given() {
			t.Error("a refused answer was kept")
		}
		before := dump(t, h.Database())
		for range 2 {
			if err := h.GiveDemographics(t.Context(), ann.Seat, female, purpose); err != nil {
				t.Fatal(err)
			}
			if err := h.GiveDemographics(t.Context(), ann.Seat, assess.Demographics{Sex: "male"}, purpose); !errors.Is(err, assess.ErrConflict) {
				t.Errorf("given twice: %v", err)
			}
			if got := changed(before, dump(t, h.Database())); !given() || !reflect.DeepEqual(got, []string{"audit_inbox", "demographics", "statistics_queue"}) {
				t.Errorf("giving them touched %v", got)
			}
			verified(t, h, 1)
			if err := h.Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
			verified(t, h, 1)
			if err := h.TakeBackDemographics(t.Context(), ann.Seat); err != nil {
				t.Fatal(err)
			}
			verified(t, h, 1)
			before = dump(t, h.Database())
		}
		if given() || len(before["demographics"]) != 0 {
			t.Error("what was taken back is still there")
		}
		if err := h.TakeBackDemographics(t.Context(), ann.Seat); err != nil {
			t.Errorf("taken back twice: %v", err)
		}
		for table, rows := range dump(t, h.Database()) {
			if strings.HasPrefix(table, "audit") && strings.Contains(strings.Join(rows, " "), "female") {
				t.Errorf("%s says what was given", table)
			}
		}
	})
}

// Only auditors see anything, only as totals, and of a group under the floor nothing:
// not even how many are missing.
func TestFairnessIsForAuditorsAndOverAFloor(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	people := population(t, h, 12, 41, questions.English)
	for i, p := range people {
		d := assess.Demographics{Sex: []string{"female", "male"}[i%2], Age: "25_34"}
		if i == 0 {
			d.Sex = "other"
		}
		if err := h.GiveDemographics(t.Context(), p.Seat, d, assess.Consent{NoticeHash: "purpose"}); err != nil {
			t.Fatal(err)
		}
	}
	by := h.Owner
	for _, role := range assess.Roles {
		by.Role = role
		_, err := h.Fairness(t.Context(), by, h.Assessment.ID, "")
		if (role == assess.Auditor) != (err == nil) || err != nil && !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("%s: %v", role, err)
		}
	}
	by.Role = assess.Auditor
	f, err := h.Fairness(t.Context(), by, h.Assessment.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range f.Attributes {
		if len(a.Groups) != 0 || a.Impact != nil || a.DIF != nil {
			t.Errorf("%s: %v are shown under the floor", a.Name, a.Groups)
		}
	}
	h.Multiply(t.Context(), h.Owner.Organization, h.Assessment.ID, 11) // 60 women, 72 men, 12 others
	if f, err = h.Fairness(t.Context(), by, h.Assessment.ID, questions.English); err != nil {
		t.Fatal(err)
	}
	sex := f.Attributes[0]
	if !reflect.DeepEqual(sex.Groups, []string{"female", "male"}) || !reflect.DeepEqual(sex.Hidden, []string{"other"}) {
		t.Fatalf("shown %v, hidden %v", sex.Groups, sex.Hidden)
	}
	if len(sex.Impact) != 4 || len(sex.DIF) != 1 || len(sex.DIF[0].Items) != len(h.Form.Items) {
		t.Fatalf("%d qualities, %d comparisons", len(sex.Impact), len(sex.DIF))
	}
	if d := sex.DIF[0]; d.Reference != "male" || d.Focal != "female" || d.ReferenceN != 72 || d.FocalN != 60 {
		t.Errorf("%s of %d against %s of %d", d.Focal, d.FocalN, d.Reference, d.ReferenceN)
	}
	for _, q := range sex.Impact {
		references := 0
		for _, g := range q.Groups {
			if g.Reference {
				references++
			} else if g.Ratio.Known() && g.Selected > 0 && (!g.Low.Known() || g.Low.Value > g.Ratio.Value || g.High.Value < g.Ratio.Value) {
				t.Errorf("%s, %s: ratio %v in %v to %v", q.Quality, g.Name, g.Ratio, g.Low, g.High)
			}
		}
		if references != 1 {
			t.Errorf("%s: %d references", q.Quality, references)
		}
	}
	if age := f.Attributes[1]; len(age.Groups) != 1 || age.Impact != nil { // nobody to compare with
		t.Errorf("one age group: %+v", age)
	}
}
