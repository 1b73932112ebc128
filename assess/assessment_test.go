package assess_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// An organization's second form has no item of its first, and each tells what it was
// asked.
func TestPublishedFormsAreCertifiedAndSpareItems(t *testing.T) {
	h := assesstest.Open(t, filepath.Join(t.TempDir(), "fourfold.db"))
	var before []string
	for _, i := range h.Form.Items {
		before = append(before, i.ID)
	}
	draft, err := h.DraftAssessment(t.Context(), h.Owner, assess.NewAssessment{
		Title:     questions.Text{Chinese: "晚班", English: "Evening team"},
		Blueprint: "L", Jurisdiction: "CN", ValidDays: 14, Contact: "jobs@harbour.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Certificate(t.Context(), h.Owner, draft.ID); !errors.Is(err, assess.ErrNotPublished) {
		t.Errorf("a draft's certificate: %v", err)
	}
	published, err := h.PublishAssessment(t.Context(), h.Owner, draft.ID)
	if err != nil {
		t.Fatal(err)
	}
	form, err := h.Center.Form(t.Context(), h.Owner, published.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range form.Items {
		if slices.Contains(before, i.ID) {
			t.Errorf("%s is in both forms", i.ID)
		}
	}
	certificate, err := h.Certificate(t.Context(), h.Owner, published.ID)
	if err != nil || certificate == nil || certificate.Claim != questions.ContentBalanced || !certificate.Met() {
		t.Errorf("certificate %+v, %v", certificate, err)
	}
	if _, err := h.Certificate(t.Context(), h.Neighbour().Owner, published.ID); !errors.Is(err, assess.ErrNotFound) {
		t.Errorf("a neighbour reads the certificate: %v", err)
	}
}

// When no form is left that spares the items, one is published all the same, and its
// certificate shows no bound.
func TestAFormIsPublishedEvenIfItemsCannotRest(t *testing.T) {
	h := assesstest.Open(t, filepath.Join(t.TempDir(), "fourfold.db"))
	strict, err := assess.Open(t.Context(), assess.Config{
		Database: h.DSN, Secret: []byte(assesstest.Secret), PublicURL: "http://fourfold.test", Clock: h.Clock.Now,
		Bank: func() (questions.Bank, error) {
			bank, err := questions.Builtin()
			long := bank.Blueprints["L"]
			long.Exposure = 10 // No item in two of ten forms.
			bank.Blueprints["L"] = long
			return bank, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { strict.Close() })
	exposure := func(seed uint64) questions.Line {
		draft, err := strict.DraftAssessment(t.Context(), h.Owner, assess.NewAssessment{
			Title:     questions.Text{Chinese: "晚班", English: "Evening team"},
			Blueprint: "L", Jurisdiction: "CN", ValidDays: 14, Contact: "jobs@harbour.test",
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := strict.PublishSeeded(t.Context(), h.Owner, draft.ID, seed); err != nil {
			t.Fatal(err)
		}
		c, err := strict.Certificate(t.Context(), h.Owner, draft.ID)
		if err != nil {
			t.Fatal(err)
		}
		return c.Lines[slices.IndexFunc(c.Lines, func(l questions.Line) bool { return l.Quota == questions.QuotaExposure })]
	}
	// Four forms of 32 would need twelve best_worst items in each quality; there are eleven.
	if l := exposure(1); l.Most == nil || *l.Most != 1 || *l.Reached != 1 {
		t.Errorf("the first long form: %s", l)
	}
	var last questions.Line
	for seed := range uint64(3) {
		last = exposure(2 + seed)
	}
	if last.Most != nil || *last.Reached < 2 {
		t.Errorf("the fourth long form: %s", last)
	}
}
