package main

import (
	"slices"

	"github.com/fourfold/fourfold/assess/measure"
)

type agreementCommand struct {
	sheet `embed:""`
}

// Run prints how far raters agree.
func (a agreementCommand) Run(c console) error {
	t, places, err := a.open(c)
	if err != nil {
		return err
	}
	defer t.close()
	var ratings [][]float64
	objects := []record{}
	used, err := t.eachRow(places, func(marks []float64) error {
		ratings = append(ratings, slices.Clone(marks))
		panel := measure.PanelOf(marks)
		objects = append(objects, record{{"row", t.rows}, {"median", panel.Median}, {"sd", panel.SD}})
		return nil
	})
	if err != nil {
		return err
	}
	w, icc := measure.KendallW(ratings), measure.ICC(ratings)
	return record{
		{"n", t.rows}, {"n_used", used}, {"raters", len(places)},
		{"w", w.W}, {"w_ties", w.WTies}, {"chi2", w.Chi2}, {"df", max(0, used-1)}, {"p", w.P},
		{"icc11", icc.ICC11}, {"icc21", icc.ICC21}, {"icc31", icc.ICC31},
		{"icc1k", icc.ICC1k}, {"icc2k", icc.ICC2k}, {"icc3k", icc.ICC3k},
		{"", measure.Small(used, measure.FewObjects)},
		{"objects", objects},
	}.print(c.out, a.JSON)
}
