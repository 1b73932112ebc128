package main

// measureCommand are the statistics anyone may ask of a CSV file.
type measureCommand struct {
	Reliability reliabilityCommand `cmd:"" help:"Alpha with its interval, omega, split-half and the standard error of measurement. Rows are persons, columns items."`
	Items       itemsCommand       `cmd:"" help:"Mean, spread, item-rest correlation and alpha if deleted of every item. Rows are persons, columns items."`
	DIF         difCommand         `cmd:"" name:"dif" help:"Is an item harder for one group than for others of equal score? Rows are persons, columns items and the group."`
	MH          mhCommand          `cmd:"" name:"mh" help:"Mantel-Haenszel over tables: columns stratum, a, b, c, d with reference right, wrong, focal right, wrong."`
	Impact      impactCommand      `cmd:"" help:"Selection rates by the four-fifths rule and the tests beside it: columns group, selected, total."`
	LL144       ll144Command       `cmd:"" name:"ll144" help:"The impact ratios of New York City's Local Law 144: columns sex, race, score (or selected, 0 or 1)."`
	Agreement   agreementCommand   `cmd:"" help:"Kendall's W and the six intraclass correlations. Rows are objects, columns raters."`
	Equate      equateCommand      `cmd:"" help:"Convert scores of form X to form Y, with standard errors."`
	Norms       normsCommand       `cmd:"" help:"Percentile, z, T and sten of every score."`
}

// Help says what all of them have in common.
func (measureCommand) Help() string {
	return `The first line of a file names its columns; - reads standard input. A row with an empty cell (or NA, NaN, null) is left out: n counts the rows, n_used those that were used. Small numbers add a note and never hide a figure. A value that cannot be computed is null in JSON, n/a in the table, and the reason is given.

Every name, its formula and its source: docs/measurement.md`
}

// sheet is what every statistic of one file takes.
type sheet struct {
	File   string   `arg:"" help:"CSV file; - reads standard input."`
	Except []string `name:"except" placeholder:"COL,…" help:"Columns to leave out, such as a person's number."`
	JSON   bool     `name:"json" help:"Answer in JSON."`
}

// open opens the file; the columns to measure are all but those left out.
func (s sheet) open(c console) (t *table, places []int, err error) {
	t, err = openTable(s.File, c)
	if err != nil {
		return nil, nil, err
	}
	places, err = t.others(s.Except...)
	if err != nil {
		t.close()
		return nil, nil, err
	}
	return t, places, nil
}
