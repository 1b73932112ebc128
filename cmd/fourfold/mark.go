package main

import (
	"fmt"
	"strings"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
)

type markCommand struct {
	Rule   string `name:"rule" required:"" placeholder:"NAME" help:"Scoring rule, with or without its version."`
	Key    string `name:"key" required:"" placeholder:"KEY" help:"The key."`
	Given  string `name:"given" required:"" placeholder:"RESPONSE" help:"What was answered."`
	Choose int    `name:"choose" placeholder:"N" help:"How many options choose_k asks for; as many as the key calls effective (3 or 4) when not given."`
	JSON   bool   `name:"json" help:"Answer in JSON."`
}

// Help lists the rules and how key and response are written.
func (markCommand) Help() string {
	return `Rules, by their plain names:
  best_worst       best and worst option against the range of the key
  rate             = concordance: option pairs rated as keyed, a tie one half
  rank             = pairs: option pairs ranked as keyed
  choose_k         = sum_k: effectiveness of the options chosen
  ukfpo_rank5      4 less the distance of ranks, 20 in all
  ukfpo_choose3    4 a right pick of three of eight (A to H), none for over-picking
  preview_rate4    full, half or no credit by side of the scale
  gpst_rank        12 less one a place displaced
  distance         1 less the share of the distance possible
  profile, zscore  statistics of a whole section of ratings, not marks

Ways to write key and response:
  ABCDE            an order, the best first (rank rules; AB-D leaves a place empty), or the options chosen
  A=1,B=1,C=3      ranks, where ties or blanks matter (rank rules)
  A=4,B=1,C=3      ratings, and the key of every rule that is keyed by effectiveness: best_worst, rate, rank, choose_k, preview_rate4, distance, profile, zscore
  best=A,worst=C   best_worst

So the key of rank is an order (ABCD) or effectiveness (A=4,B=3,…, 4 the best), that of ukfpo_rank5 and gpst_rank an order or ranks (A=1,B=2,…, 1 the best). The mark is a fraction that is not reduced.`
}

// Validate reads rule, key and response, so that a slip of the pen is a usage error.
func (m markCommand) Validate() error {
	_, err := m.read()
	return err
}

// marking is what is to be marked.
type marking struct {
	rule     string
	item     questions.Item
	response questions.Response
}

func (m markCommand) read() (marking, error) {
	var out marking
	rule, ok := questions.RuleNamed(m.Rule)
	if !ok {
		return out, fmt.Errorf("--rule: no rule is called %q; there are %s", m.Rule, strings.Join(questions.RuleNames(), ", "))
	}
	item, err := questions.ParseKey(rule, m.Key, m.Choose)
	if err != nil {
		return out, fmt.Errorf("--key: %w", err)
	}
	response, err := item.ParseResponse(m.Given)
	if err != nil {
		return out, fmt.Errorf("--given: %w", err)
	}
	return marking{rule, item, response}, nil
}

// The reasons why a mark does not exist.
const (
	notComplete   measure.Reason = "not_complete"
	noDifferences measure.Reason = "key_without_differences"
	notScorable   measure.Reason = "not_scorable"
)

func init() {
	reasonTexts[notComplete] = "the rule marks complete responses only, without ties, gaps or too many picks"
	reasonTexts[noDifferences] = "the key calls all options equally effective"
	reasonTexts[notScorable] = "ratings or key never vary, so the person is not scorable"
}

// Run prints the mark.
func (m markCommand) Run(c console) error {
	read, err := m.read()
	if err != nil {
		return err
	}
	if read.rule == questions.ProfileStatistic || read.rule == questions.ZScoreStatistic {
		return read.statistics().print(c.out, m.JSON)
	}
	mark, ok := read.item.Credit(read.response)
	reason := measure.Reason("")
	switch {
	case ok:
	case read.item.Complete(read.response):
		reason = noDifferences
	default:
		reason = notComplete
	}
	if !m.JSON {
		text := mark.String()
		if !ok {
			text = "missing: " + reasonText(reason)
		}
		_, err := fmt.Fprintln(c.out, text)
		return err
	}
	return record{
		{"rule", read.rule}, {"mark", attribute{mark.String(), reason}},
		{"points", attribute{mark.Num, reason}}, {"max", attribute{mark.Den, reason}},
	}.print(c.out, true)
}

// statistics are those of a section.
func (m marking) statistics() record {
	var s questions.Section
	for _, o := range m.item.Options {
		if rating, ok := m.response.Ratings[o.ID]; ok {
			s.Ratings, s.Key = append(s.Ratings, rating), append(s.Key, o.Effectiveness)
		}
	}
	figure := func(v float64, ok bool) measure.Figure {
		if !ok {
			return measure.Figure{Reason: notScorable}
		}
		return measure.Figure{Value: v}
	}
	answer := record{{"rule", m.rule}, {"ratings", len(s.Ratings)}}
	p, ok := s.Profile()
	if m.rule == questions.ZScoreStatistic {
		z, _ := s.ZScore()
		return append(answer, record{{"scorable", ok}, {"zscore", figure(z, ok)}, {"r", figure(p.Shape, ok)}}...)
	}
	return append(answer, record{
		{"scorable", ok},
		{"elevation", figure(p.Elevation, ok)}, {"scatter", figure(p.Scatter, ok)}, {"shape", figure(p.Shape, ok)},
		{"delta_elevation", figure(p.DeltaElevation, ok)}, {"delta_scatter", figure(p.DeltaScatter, ok)},
	}...)
}
