package main

import "github.com/fourfold/fourfold/assess/measure"

type impactCommand struct {
	File string `arg:"" help:"CSV file with the columns group, selected, total; - reads standard input."`
	JSON bool   `name:"json" help:"Answer in JSON."`
}

// Run prints every group's selection rate beside the highest.
func (i impactCommand) Run(c console) error {
	t, err := openTable(i.File, c)
	if err != nil {
		return err
	}
	defer t.close()
	groups, err := t.groups()
	if err != nil {
		return err
	}
	answer := record{{"reference", attribute{nil, measure.OneGroup}}, {"groups", []record{}}}
	list := []record{}
	var selected, total int64
	for n, g := range measure.FourFifths(groups) {
		if n == 0 && !g.Reference {
			answer.set("reference", attribute{nil, g.Ratio.Reason})
		}
		if g.Reference {
			answer.set("reference", g.Name)
		}
		selected, total = selected+g.Selected, total+g.Total
		list = append(list, record{
			{"group", g.Name}, {"n", g.Total}, {"selected", g.Selected}, {"rate", g.Rate}, {"ratio", g.Ratio},
			{"adverse", attribute{g.Adverse, g.Ratio.Reason}},
			{"z", g.Z}, {"z_p", g.ZP}, {"fisher_p", g.FisherP}, {"shortfall", g.Shortfall},
			{"flip", attribute{g.Flip, g.Shortfall.Reason}}, {"", g.Note},
		})
	}
	answer.set("groups", list)
	return append(record{{"n", total}, {"selected", selected}}, answer...).print(c.out, i.JSON)
}

// groups reads a group a line.
func (t *table) groups() ([]measure.Group, error) {
	places, err := t.need("group", "selected", "total")
	if err != nil {
		return nil, err
	}
	var groups []measure.Group
	lines := once{}
	err = t.each(func(cells []string) (err error) {
		var g measure.Group
		if g.Name, err = t.word(cells, places[0]); err != nil {
			return err
		}
		if g.Name == "" {
			return t.fault(places[0], "the group has no name; name it, or leave the line out")
		}
		if err := lines.see(t, cells, places[0]); err != nil {
			return err
		}
		if g.Selected, err = t.count(cells, places[1]); err != nil {
			return err
		}
		if g.Total, err = t.count(cells, places[2]); err != nil {
			return err
		}
		if g.Selected > g.Total {
			return t.fault(places[1], "%d selected of %d; nobody is selected who is not in the total", g.Selected, g.Total)
		}
		groups = append(groups, g)
		return nil
	})
	return groups, err
}
