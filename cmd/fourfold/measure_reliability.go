package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/fourfold/fourfold/assess/measure"
)

type reliabilityCommand struct {
	sheet  `embed:""`
	Strata []string `name:"strata" placeholder:"a,a,b,…" help:"Each item's stratum, in the order of the columns, for stratified alpha."`
}

// Run prints the coefficients of reliability.
func (r reliabilityCommand) Run(c console) error {
	t, places, err := r.open(c)
	if err != nil {
		return err
	}
	defer t.close()
	if len(r.Strata) > 0 && len(r.Strata) != len(places) {
		return fmt.Errorf("--strata names %d strata for %d items (%s); give one for each", len(r.Strata), len(places), strings.Join(t.names(places), ", "))
	}
	cov, err := t.covariance(places)
	if err != nil {
		return err
	}
	mean, variance := cov.Total()
	sd := ofPersons(cov.N, 2, math.Sqrt(max(0, variance)))
	alpha := measure.Alpha(cov)
	low, high := measure.AlphaInterval(cov)
	sem, negative := measure.SEM(sd, alpha)
	answer := record{
		{"n", t.rows}, {"n_used", cov.N}, {"items", cov.Items()},
		{"mean", ofPersons(cov.N, 1, mean)}, {"sd", sd},
		{"alpha", alpha}, {"alpha_low", low}, {"alpha_high", high},
		{"stratified_alpha", measure.Figure{Reason: measure.NotAsked}},
		{"omega", measure.Omega(cov)}, {"split_half", measure.SplitHalf(cov)}, {"sem", sem},
		{"", negative}, {"", measure.Small(cov.N, measure.FewPersons)},
	}
	if len(r.Strata) > 0 {
		answer.set("stratified_alpha", measure.StratifiedAlpha(cov, r.Strata))
		answer = append(answer, entry{"strata", subscores(cov, r.Strata)})
	}
	return answer.print(c.out, r.JSON)
}

// subscores says of every stratum how well its own score and the total foretell its true
// score.
func subscores(cov measure.Covariance, strata []string) []record {
	var list []record
	for _, s := range measure.Subscores(cov, strata) {
		items := 0
		for _, name := range strata {
			if name == s.Name {
				items++
			}
		}
		list = append(list, record{
			{"stratum", s.Name}, {"items", items}, {"alpha", s.Own}, {"prmse_total", s.Total},
			{"distinct", attribute{s.Distinct, firstReason(s.Own, s.Total)}},
		})
	}
	return list
}

// covariance reads the rest of the file.
func (t *table) covariance(places []int) (measure.Covariance, error) {
	sample := measure.NewSample(len(places))
	_, err := t.eachRow(places, func(marks []float64) error {
		if why := sample.Add(marks); why != "" {
			return t.refused(why)
		}
		return nil
	})
	return sample.Covariance(), err
}

// ofPersons is a figure that takes at least so many persons.
func ofPersons(n, least int64, v float64) measure.Figure {
	switch {
	case n < least:
		return measure.Figure{Reason: measure.TooFewPersons}
	case math.IsNaN(v) || math.IsInf(v, 0):
		return measure.Figure{Reason: measure.OutOfRange}
	}
	return measure.Figure{Value: v}
}

// set changes the value of a name.
func (r record) set(name string, value any) {
	for n, e := range r {
		if e.name == name {
			r[n].value = value
		}
	}
}

// firstReason is the reason of the first figure that does not exist.
func firstReason(figures ...measure.Figure) measure.Reason {
	for _, f := range figures {
		if !f.Known() {
			return f.Reason
		}
	}
	return ""
}
