package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fourfold/fourfold/assess/measure"
)

type difCommand struct {
	sheet     `embed:""`
	Group     string `name:"group" required:"" placeholder:"COL" help:"The column that says which group a person belongs to."`
	Reference string `name:"reference" placeholder:"VALUE" help:"The reference group; the larger one when not given."`
	Focal     string `name:"focal" placeholder:"VALUE" help:"The focal group, where the column holds more than two."`
	Graded    bool   `name:"graded" help:"Marks of several levels: Mantel's test in place of Mantel-Haenszel."`
}

// Run asks of every item whether persons of equal score differ by group.
func (d difCommand) Run(c console) error {
	t, err := openTable(d.File, c)
	if err != nil {
		return err
	}
	defer t.close()
	group, ok := t.column(d.Group)
	if !ok {
		return fmt.Errorf("%s:1: there is no column %s for --group; it has %s", t.file, d.Group, strings.Join(t.columns, ", "))
	}
	places, err := t.others(append(d.Except, d.Group)...)
	if err != nil {
		return err
	}
	m, sides, err := d.read(t, group, places)
	if err != nil {
		return err
	}
	items, logistic := d.items(m, t.names(places))
	used := m.N[measure.Reference] + m.N[measure.Focal]
	return record{
		{"group", t.columns[group]}, {"reference", sides.names[measure.Reference]}, {"focal", sides.names[measure.Focal]},
		{"n", t.rows}, {"n_used", used},
		{"n_reference", m.N[measure.Reference]}, {"n_focal", m.N[measure.Focal]},
		{"", measure.Small(min(m.N[measure.Reference], m.N[measure.Focal]), measure.FewMembers)},
		{"items", items}, {"logistic", logistic},
	}.print(c.out, d.JSON)
}

// sides are the two groups that are compared.
type sides struct {
	names [2]string
}

// read counts every complete row of the two groups. Until the end the side of a group
// is the order in which it came, unless it was named.
func (d difCommand) read(t *table, group int, places []int) (*measure.Matching, sides, error) {
	m := measure.NewMatching(len(places))
	s := sides{names: [2]string{d.Reference, d.Focal}}
	found := []string{}
	marks := make([]float64, len(places))
	err := t.each(func(cells []string) error {
		name, err := t.word(cells, group)
		if err != nil {
			return err
		}
		complete, err := t.marks(cells, places, marks)
		if err != nil {
			return err
		}
		if name == "" || !complete {
			return nil
		}
		if !slices.Contains(found, name) {
			found = append(found, name)
		}
		side, ok := s.side(name)
		if !ok && d.Focal != "" {
			return nil // Neither the reference nor the focal group.
		}
		if !ok {
			hint := "name the two to compare with --reference and --focal"
			if d.Reference != "" && !slices.Contains(found, d.Reference) {
				hint = fmt.Sprintf("none of the rows so far holds %s, which --reference names; %s", quoted(d.Reference), hint)
			}
			return t.fault(group, "%s is a third group beside %s and %s; %s", quoted(name), quoted(s.names[0]), quoted(s.names[1]), hint)
		}
		if !d.Graded {
			if at := slices.IndexFunc(marks, func(x float64) bool { return x != 0 && x != 1 }); at >= 0 {
				return t.fault(places[at], "%s is neither 0 nor 1; give --graded for marks of several levels", quoted(cells[places[at]]))
			}
		}
		if at, why := m.Add(side, marks); why != "" {
			return t.fault(places[at], "%s", reasonText(why))
		}
		return nil
	})
	if err != nil {
		return nil, s, err
	}
	for _, named := range []string{d.Reference, d.Focal} {
		if named != "" && !slices.Contains(found, named) {
			return nil, s, fmt.Errorf("%s: column %s never holds %s; it holds %s", t.file, t.columns[group], quoted(named), listOr(found, "nothing"))
		}
	}
	if d.Reference == "" && d.Focal == "" && m.N[measure.Focal] > m.N[measure.Reference] {
		m.Swap()
		s.names[0], s.names[1] = s.names[1], s.names[0]
	}
	return m, s, nil
}

// side returns the side of a group, giving it one that is free; ok is false when none is.
func (s *sides) side(name string) (side measure.Side, ok bool) {
	for side, taken := range s.names {
		if taken == name {
			return measure.Side(side), true
		}
	}
	for side, taken := range s.names {
		if taken == "" {
			s.names[side] = name
			return measure.Side(side), true
		}
	}
	return 0, false
}

func listOr(words []string, none string) string {
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, ", ")
}

// items are the verdicts, their p values adjusted for how many there are, and beside
// them what logistic regression says.
func (d difCommand) items(m *measure.Matching, names []string) (list, logistic []record) {
	list, logistic = []record{}, []record{}
	var tests []measure.Figure
	for i, name := range names {
		strata, marks := m.Item(i)
		var found record
		var p measure.Figure
		if d.Graded {
			graded := measure.MantelGraded(strata, marks)
			p = graded.P
			found = record{
				{"chi2", graded.Chi2}, {"p", graded.P}, {"p_adjusted", graded.P}, {"smd", graded.SMD}, {"effect", graded.Effect},
				{"class", attribute{string(graded.Class), firstReason(graded.P, graded.Effect)}},
			}
		} else {
			mh := measure.MH(tables(strata, marks))
			p = mh.P
			found = slices.Insert(oddsOf(mh), 6, entry{"p_adjusted", mh.P})
			found = append(found, entry{"", mh.Note})
		}
		tests = append(tests, p)
		l := measure.Logistic(strata)
		list = append(list, append(record{{"name", name}}, found...))
		logistic = append(logistic, record{
			{"name", name},
			{"uniform_chi2", l.UniformChi2}, {"uniform_p", l.UniformP}, {"uniform_r2", l.UniformR2},
			{"nonuniform_chi2", l.NonuniformChi2}, {"nonuniform_p", l.NonuniformP}, {"nonuniform_r2", l.NonuniformR2},
			{"class", attribute{string(l.Class), firstReason(l.UniformP, l.NonuniformP, l.UniformR2, l.NonuniformR2)}},
		})
	}
	for i, p := range measure.FalseDiscovery(tests) {
		list[i].set("p_adjusted", p)
	}
	return list, logistic
}

// tables are the strata of an item marked 0 or 1.
func tables(strata []measure.Stratum, marks []float64) []measure.Table {
	out := make([]measure.Table, len(strata))
	for n, s := range strata {
		for level, mark := range marks {
			if mark == 1 {
				out[n].A, out[n].C = s.Reference[level], s.Focal[level]
			} else {
				out[n].B, out[n].D = s.Reference[level], s.Focal[level]
			}
		}
	}
	return out
}
