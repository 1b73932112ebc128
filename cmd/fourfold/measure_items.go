package main

import "github.com/fourfold/fourfold/assess/measure"

type itemsCommand struct {
	sheet `embed:""`
}

// Run prints what the covariances say of every item.
func (i itemsCommand) Run(c console) error {
	t, places, err := i.open(c)
	if err != nil {
		return err
	}
	defer t.close()
	cov, err := t.covariance(places)
	if err != nil {
		return err
	}
	var list []record
	names := t.names(places)
	for n, item := range measure.Items(cov) {
		list = append(list, record{
			{"name", names[n]}, {"mean", item.Mean}, {"sd", item.SD},
			{"item_rest", item.ItemRest}, {"alpha_if_deleted", item.AlphaIfDeleted},
		})
	}
	answer := record{
		{"n", t.rows}, {"n_used", cov.N}, {"alpha", measure.Alpha(cov)},
		{"", measure.Small(cov.N, measure.FewPersons)}, {"items", list},
	}
	return answer.print(c.out, i.JSON)
}
