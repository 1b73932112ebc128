package main

import "github.com/fourfold/fourfold/assess/measure"

type normsCommand struct {
	sheet `embed:""`
}

// Help says which number of a row is the score.
func (normsCommand) Help() string { return scoringHelp }

const scoringHelp = `A row's score is the column score, or the only column, or else the sum of all columns. A column named count says how many persons a row stands for.`

// Run prints the norm table of the scores in a file.
func (s normsCommand) Run(c console) error {
	t, err := openTable(s.File, c)
	if err != nil {
		return err
	}
	defer t.close()
	columns, err := t.scoring("", s.Except)
	if err != nil {
		return err
	}
	scores := measure.Scores{}
	all, used, err := t.eachScore(columns, func(score, _ float64, n int64) measure.Reason { return scores.Add(score, n) })
	if err != nil {
		return err
	}
	list := []record{}
	for _, row := range measure.NewNorm(scores).Table() {
		list = append(list, record{
			{"score", row.Score}, {"n", row.N}, {"percentile", row.Percentile}, {"z", row.Z}, {"t", row.T}, {"sten", row.Sten},
		})
	}
	return record{
		{"n", all}, {"n_used", used}, {"mean", scores.Mean()}, {"sd", scores.SD()}, {"median", scores.Median()},
		{"", measure.Small(used, measure.NormFloor)}, {"scores", list},
	}.print(c.out, s.JSON)
}
