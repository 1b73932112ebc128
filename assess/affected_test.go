package assess_test

import (
	"slices"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// citing lists the items of a form that rest on the fact.
func citing(f *questions.Form, fact string) []string {
	var ids []string
	for _, i := range f.Items {
		if i.Cites(fact) {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// A rule changes: what rests on it is found in every organization, each with its own.
func TestAffectedByAFact(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		n := h.Neighbour()
		const fact = "CN24" // Hardly a form is without it: it covers conduct on the phone.
		var want []uuid.UUID
		for _, name := range []string{"Ann", "Ben"} {
			r, err := h.Submit(t.Context(), h.Invited(name).Started().Answers().Seat)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, r.ID)
		}
		h.Invited("Cid").Started().Answers(0) // has no result

		all, err := h.Affected(t.Context(), fact)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 2 || all[0].Organization.Name != "Harbour Collections" || all[1].Organization.Name != "Other House" {
			t.Fatalf("affected: %+v", all)
		}
		mine, theirs := all[0].Forms, all[1].Forms
		if len(mine) != 1 || mine[0].Assessment != h.Assessment.ID || mine[0].Hash != h.Form.Hash() || !slices.Equal(mine[0].Items, citing(h.Form, fact)) {
			t.Errorf("forms %+v", mine)
		}
		slices.SortFunc(want, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
		if !slices.Equal(mine[0].Results, want) {
			t.Errorf("results %v, want %v", mine[0].Results, want)
		}
		if len(theirs) != 1 || theirs[0].Assessment != n.Assessment.ID || len(theirs[0].Results) != 0 {
			t.Errorf("the neighbour's forms %+v", theirs)
		}

		draft, err := h.DraftRescore(t.Context(), h.Owner, assess.NewRescore{Assessment: h.Assessment.ID, KeyName: "panel.yaml", KeyFile: panelKey("panel-1", h.Form, turnable(t, h.Form)...)})
		if err != nil {
			t.Fatal(err)
		}
		if all, err = h.Affected(t.Context(), fact); err != nil || len(all[0].Forms) != 2 || all[0].Forms[1].Hash != draft.FormHash || len(all[0].Forms[1].Results) != 0 {
			t.Errorf("with a form under another key: %+v, %v", all, err)
		}
		if all, err := h.Affected(t.Context(), "CN28"); err != nil || len(all) != 0 {
			t.Errorf("a fact nobody cites affects %+v, %v", all, err)
		}
	})
}
