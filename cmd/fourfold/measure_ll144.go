package main

import (
	"strings"

	"github.com/fourfold/fourfold/assess/measure"
)

type ll144Command struct {
	File     string `arg:"" help:"CSV file with the columns sex, race and score (or selected, 0 or 1); - reads standard input."`
	LeaveOut string `name:"leave-out-small" placeholder:"WHY" help:"Leave categories under two percent out of the ratios; the law wants the justification published, so it is printed."`
	JSON     bool   `name:"json" help:"Answer in JSON."`
}

// Run prints the three tables of the law.
func (l ll144Command) Run(c console) error {
	t, err := openTable(l.File, c)
	if err != nil {
		return err
	}
	defer t.close()
	what := "score"
	if _, scored := t.column("score"); !scored {
		if _, selected := t.column("selected"); selected {
			what = "selected"
		}
	}
	places, err := t.need("sex", "race", what)
	if err != nil {
		return err
	}
	scores, used, err := l.read(t, places, what)
	if err != nil {
		return err
	}
	var law measure.LocalLaw144
	answer := record{{"n", t.rows}, {"n_used", used}}
	if what == "score" {
		var median measure.Figure
		law, median = measure.ScoringRates(scores, l.LeaveOut != "")
		answer = append(answer, entry{"median", median}, entry{"median_includes_unknown", true})
	} else {
		law = measure.SelectionRates(chosen(scores), l.LeaveOut != "")
	}
	answer = append(answer, record{
		{"unknown", law.Unknown}, {"unknown_sex", law.UnknownSex}, {"unknown_race", law.UnknownRace},
		{"notice", measure.NotABiasAudit},
	}...)
	if l.LeaveOut != "" {
		answer = append(answer, entry{"left_out_because", l.LeaveOut})
	}
	return append(answer, record{
		{"sexes", categories(law.Sexes)}, {"races", categories(law.Races)}, {"intersections", categories(law.Intersections)},
	}...).print(c.out, l.JSON)
}

// read counts the scores of every category.
func (ll144Command) read(t *table, places []int, what string) (map[measure.Cell]measure.Scores, int64, error) {
	scores, used := map[measure.Cell]measure.Scores{}, int64(0)
	err := t.each(func(cells []string) (err error) {
		var cell measure.Cell
		for n, name := range []*string{&cell.Sex, &cell.Race} {
			if *name, err = t.word(cells, places[n]); err != nil {
				return err
			}
			if strings.EqualFold(*name, "unknown") {
				*name = ""
			}
			*name = strings.Clone(*name)
		}
		x, ok, err := t.number(cells, places[2])
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		if what == "selected" && x != 0 && x != 1 {
			return t.fault(places[2], "%s is neither 0 nor 1", quoted(cells[places[2]]))
		}
		if scores[cell] == nil {
			scores[cell] = measure.Scores{}
		}
		scores[cell].Add(x, 1)
		used++
		return nil
	})
	return scores, used, err
}

// chosen turns selections written as 0 and 1 into counts.
func chosen(scores map[measure.Cell]measure.Scores) map[measure.Cell]measure.Group {
	groups := map[measure.Cell]measure.Group{}
	for cell, s := range scores {
		groups[cell] = measure.Group{Selected: s[1], Total: s.N()}
	}
	return groups
}

func categories(list []measure.Category) []record {
	out := []record{}
	for _, c := range list {
		r := record{{"category", c.Sex + c.Race}}
		if c.Sex != "" && c.Race != "" {
			r = record{{"category", c.Sex + ", " + c.Race}, {"sex", c.Sex}, {"race", c.Race}}
		}
		out = append(out, append(r, record{
			{"n", c.N}, {"favored", c.Favored}, {"rate", c.Rate}, {"ratio", c.Ratio}, {"under_two_percent", c.Small},
			{"", measure.Small(c.N, measure.FewInCategory)},
		}...))
	}
	return out
}
