package main

import (
	"errors"
	"math"

	"github.com/fourfold/fourfold/assess/measure"
)

type equateCommand struct {
	X      string   `arg:"" name:"file-x" help:"CSV file of those who took form X, whose scores are converted; - reads standard input."`
	Y      string   `arg:"" name:"file-y" help:"CSV file of those who took form Y."`
	Method string   `name:"method" enum:"linear,equipercentile" default:"linear" help:"${enum}."`
	Anchor string   `name:"anchor" placeholder:"COL" help:"Groups that are not alike but took the same anchor, its score in this column: Tucker's linear method."`
	Except []string `name:"except" placeholder:"COL,…" help:"Columns to leave out of both files."`
	JSON   bool     `name:"json" help:"Answer in JSON."`
}

// Help says which number of a row is the score.
func (equateCommand) Help() string {
	return "Without --anchor both groups are taken for random samples of one population. " + scoringHelp
}

// Validate refuses what contradicts itself.
func (e equateCommand) Validate() error {
	if e.Anchor != "" && e.Method != "linear" {
		return errors.New("--anchor is Tucker's method, which is linear: leave --method out")
	}
	if e.X == "-" && e.Y == "-" {
		return errors.New("only one of the two files can be standard input")
	}
	return nil
}

// Run prints the conversion of every score of X.
func (e equateCommand) Run(c console) error {
	x, err := e.read(e.X, c)
	if err != nil {
		return err
	}
	y, err := e.read(e.Y, c)
	if err != nil {
		return err
	}
	at := scale(x.scores)
	answer := record{
		{"method", e.Method}, {"n_x", x.all}, {"n_x_used", x.used}, {"n_y", y.all}, {"n_y_used", y.used},
	}
	var line measure.Line
	var list []measure.Equated
	floor := int64(measure.FewForLine)
	switch {
	case e.Anchor != "":
		answer.set("method", "tucker")
		line = measure.Tucker(x.anchored.Moments(), y.anchored.Moments())
		list = measure.EquateTucker(x.anchored, y.anchored, at)
	case e.Method == "linear":
		line = measure.Linear(x.scores, y.scores)
		list = measure.EquateLinear(x.scores, y.scores, at)
	default:
		floor = measure.FewForRanks
		list = measure.EquateEquipercentile(x.scores, y.scores, at)
	}
	if e.Method == "linear" {
		answer = append(answer, entry{"slope", line.Slope}, entry{"intercept", line.Intercept})
	}
	scores := []record{}
	for _, s := range list {
		scores = append(scores, record{{"x", s.X}, {"y", s.Y}, {"se_bootstrap", s.Bootstrap}, {"se_delta", s.Delta}})
	}
	return append(answer, record{
		{"draws", measure.Draws}, {"", measure.Small(min(x.used, y.used), floor)}, {"scores", scores},
	}...).print(c.out, e.JSON)
}

// takers are the persons who took one form.
type takers struct {
	scores    measure.Scores
	anchored  measure.Anchored
	all, used int64
}

func (e equateCommand) read(file string, c console) (takers, error) {
	t, err := openTable(file, c)
	if err != nil {
		return takers{}, err
	}
	defer t.close()
	s, err := t.scoring(e.Anchor, e.Except)
	if err != nil {
		return takers{}, err
	}
	people := takers{scores: measure.Scores{}, anchored: measure.Anchored{}}
	people.all, people.used, err = t.eachScore(s, func(score, anchor float64, n int64) measure.Reason {
		if e.Anchor != "" {
			if why := people.anchored.Add(score, anchor, n); why != "" {
				return why
			}
		}
		return people.scores.Add(score, n)
	})
	return people, err
}

// longestScale bounds how many whole-number scores are filled in between the lowest and
// the highest that occur.
const longestScale = 10_000

// scale is every score that is converted: those that occur and, where all are whole
// numbers, those in between.
func scale(scores measure.Scores) []float64 {
	values := scores.Values()
	if len(values) == 0 {
		return nil
	}
	for _, x := range values {
		if x != math.Trunc(x) {
			return values
		}
	}
	low, high := values[0], values[len(values)-1]
	if high-low > longestScale {
		return values
	}
	var all []float64
	for x := low; x <= high; x++ {
		all = append(all, x)
	}
	return all
}
