package main

import "github.com/fourfold/fourfold/assess/measure"

type mhCommand struct {
	File string `arg:"" help:"CSV file with the columns stratum, a, b, c, d; - reads standard input."`
	JSON bool   `name:"json" help:"Answer in JSON."`
}

// Run prints the Mantel–Haenszel statistics over the strata.
func (m mhCommand) Run(c console) error {
	t, err := openTable(m.File, c)
	if err != nil {
		return err
	}
	defer t.close()
	places, err := t.need("stratum", "a", "b", "c", "d")
	if err != nil {
		return err
	}
	var tables []measure.Table
	lines := once{}
	err = t.each(func(cells []string) (err error) {
		if err := lines.see(t, cells, places[0]); err != nil {
			return err
		}
		var counts [4]int64
		for n, at := range places[1:] {
			if counts[n], err = t.count(cells, at); err != nil {
				return err
			}
		}
		tables = append(tables, measure.Table{A: counts[0], B: counts[1], C: counts[2], D: counts[3]})
		return nil
	})
	if err != nil {
		return err
	}
	r := measure.MH(tables)
	answer := append(record{
		{"strata", r.Strata}, {"strata_used", r.StrataUsed}, {"n_reference", r.ReferenceN}, {"n_focal", r.FocalN},
	}, oddsOf(r)...)
	return append(answer, entry{"", r.Note}).print(c.out, m.JSON)
}

// oddsOf are the Mantel–Haenszel figures by their names.
func oddsOf(r measure.MantelHaenszel) record {
	return record{
		{"odds_ratio", r.OddsRatio}, {"odds_low", r.OddsLow}, {"odds_high", r.OddsHigh},
		{"chi2", r.Chi2}, {"chi2_uncorrected", r.Chi2Uncorrected}, {"p", r.P},
		{"breslow_day", r.BreslowDay}, {"breslow_day_p", r.BreslowDayP}, {"tarone", r.Tarone}, {"tarone_p", r.TaroneP},
		{"delta", r.Delta}, {"delta_se", r.DeltaSE},
		{"class", attribute{string(r.Class), firstReason(r.Delta, r.DeltaSE, r.P)}},
	}
}

// once remembers on which line a name stood.
type once map[string]int

// see refuses a name that a line above has; lines without a name are each their own.
func (o once) see(t *table, cells []string, column int) error {
	name, err := t.word(cells, column)
	if err != nil || name == "" {
		return err
	}
	line, _ := t.csv.FieldPos(column)
	if before, seen := o[name]; seen {
		return t.fault(column, "%s is on line %d already; give it one line", quoted(name), before)
	}
	o[name] = line
	return nil
}
