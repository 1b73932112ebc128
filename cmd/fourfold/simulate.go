package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/assess/simulate"
	"github.com/fourfold/fourfold/questions"
)

// simulateCommand is the laboratory of made-up candidates.
type simulateCommand struct {
	Rewards  rewardsCommand     `cmd:"" help:"What each scoring rule gives people who answer in a manner of their own."`
	DIF      simulateDIFCommand `cmd:"" name:"dif" help:"How many sittings it takes to find an unfair item, and how often fair ones are accused."`
	Impact   simulateImpact     `cmd:"" help:"How many sittings it takes to notice adverse impact."`
	Norm     simulateNorm       `cmd:"" help:"How far a norm of so many sittings is from the truth."`
	Sittings simulateSittings   `cmd:"" help:"Write the marks of made-up people as CSV, for fourfold measure."`
}

// Help says what the laboratory is.
func (simulateCommand) Help() string {
	return `Made-up people sit the form: an option keyed e seems to them like 2.5 + ability·(e − 2.5) + noise·ε, and their style makes an answer of it. The same seed gives the same people on every machine. What comes out says something about rules and sample sizes under these assumptions, nothing about real candidates.

Styles: candid, rusher (at random from the middle on), fence_sitter (rates all 2), extreme (1 or 4), coached (told to avoid the ends: 2 or 3), random.`
}

// laboratory is what every experiment takes.
type laboratory struct {
	Form    string             `name:"form" placeholder:"FILE" help:"A published form's JSON, such as the form of a whole receipt. Default: the built-in bank's form S, seed 4."`
	Ability float64            `name:"ability" default:"0.55" help:"Mean ability: 1 sees the key, 0 nothing of it."`
	Spread  float64            `name:"spread" default:"0.25" help:"Standard deviation of ability between people."`
	Within  float64            `name:"within" default:"0.15" help:"Standard deviation of ability between one person's qualities."`
	Noise   float64            `name:"noise" default:"1" help:"Blur of each option, in steps of the key."`
	Styles  map[string]float64 `name:"styles" mapsep:"," placeholder:"STYLE=SHARE,…" help:"Shares of styles, such as rusher=0.1,random=0.05; the rest is candid."`
	Seed    uint64             `name:"seed" default:"1" help:"Seed."`
	JSON    bool               `name:"json" help:"Answer in JSON."`
}

func (l laboratory) open() (*questions.Form, simulate.Population, error) {
	p := simulate.Population{Ability: l.Ability, Spread: l.Spread, Within: l.Within, Noise: l.Noise, Focal: .5, Styles: map[simulate.Style]float64{}, DIF: map[int]float64{}}
	for name, share := range l.Styles {
		p.Styles[simulate.Style(name)] = share
	}
	form, err := l.form()
	if err != nil {
		return nil, p, err
	}
	return form, p, p.Check(form)
}

func (l laboratory) form() (*questions.Form, error) {
	if l.Form != "" {
		text, err := os.ReadFile(l.Form)
		if err != nil {
			return nil, err
		}
		form, err := questions.ParseForm([]byte(strings.TrimSpace(string(text))))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.Form, err)
		}
		return &form, nil
	}
	bank, err := questions.Builtin()
	if err != nil {
		return nil, err
	}
	form, err := bank.Assemble(bank.Blueprints["S"], "CN", demoSeed, builtinDay)
	return &form, err
}

// builtinDay is the day the laboratory's form is assembled for, so that a fact of law
// that expires does not change it.
const builtinDay = "2026-11-01"

// trial is what repeated experiments take.
type trial struct {
	laboratory `embed:""`
	Quality    string `name:"quality" default:"communication" enum:"communication,endurance,negotiation,legal" help:"Quality: ${enum}."`
	N          []int  `name:"n" default:"50,100,200,500" help:"Sizes to try: people per group, or in a norm."`
	Seeds      int    `name:"seeds" default:"100" help:"Repetitions of each."`
}

func (t trial) check() error {
	for _, n := range t.N {
		if n < 2 || n > 100_000 {
			return fmt.Errorf("--n: %d is not within 2 to 100000", n)
		}
	}
	if t.Seeds < 1 || t.Seeds > 10_000 {
		return fmt.Errorf("--seeds: %d is not within 1 to 10000", t.Seeds)
	}
	return nil
}

func (t trial) repeated(ctx context.Context) simulate.Trial {
	return simulate.Trial{Seeds: t.Seeds, Seed: t.Seed, Ended: ctx.Err}
}

type rewardsCommand struct {
	laboratory `embed:""`
	Persons    int `name:"persons" default:"2000" help:"People of each style."`
}

// Run prints a line for each rule, a column for each style.
func (r rewardsCommand) Run(ctx context.Context, c console) error {
	form, p, err := r.open()
	if err != nil {
		return err
	}
	if r.Persons < 1 || r.Persons > 1_000_000 {
		return fmt.Errorf("--persons: %d is not within 1 to 1000000", r.Persons)
	}
	rewards, err := simulate.Rewards(form, p, r.Persons, r.Seed, ctx.Err)
	if err != nil {
		return err
	}
	var rules []record
	for _, x := range rewards {
		if n := len(rules); n == 0 || rules[n-1][1].value != x.Rule {
			rules = append(rules, record{{"kind", string(x.Kind)}, {"rule", x.Rule}})
		}
		last := &rules[len(rules)-1]
		*last = append(*last, entry{string(x.Style), measure.Figure{Value: x.Closeness}})
	}
	return record{{"form", form.Hash()}, {"persons", r.Persons}, {"seed", r.Seed}, {"closeness", "mean, 0 at chance, 100 at the key"}, {"rules", rules}}.print(c.out, r.JSON)
}

type simulateDIFCommand struct {
	trial  `embed:""`
	Item   int     `name:"item" default:"1" help:"The item of the quality that is planted, from 1."`
	Harder float64 `name:"harder" default:"0.5" help:"How much ability it takes away from the focal group; 0 plants nothing."`
	Impact float64 `name:"impact" default:"0" help:"How much less able the focal group is in everything."`
}

// Help says how to read the table.
func (simulateDIFCommand) Help() string {
	return `found and accused are shares of repetitions in which Mantel's test of graded marks, matched on the quality's score, gives p < .05: for the planted item, against the focal group, and for the others, either way; b_or_c those in class B or C. An unfair item is part of the score that people are matched on, so the others come to look unfair the other way: with six items much more often than .05. The closed form is optimistic where groups are small, since it leaves no stratum out.`
}

// Run prints a line for each size of group.
func (d simulateDIFCommand) Run(ctx context.Context, c console) error {
	form, p, err := d.open()
	if err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	position, of := -1, 0
	for n, i := range form.Items {
		if i.Quality == questions.Quality(d.Quality) {
			if of++; of == d.Item {
				position = n
			}
		}
	}
	if position < 0 {
		return fmt.Errorf("--item: %s has %d items on this form", d.Quality, of)
	}
	p.Impact = d.Impact
	if d.Harder != 0 {
		p.DIF[position] = d.Harder
	}
	if err := p.Check(form); err != nil {
		return err
	}
	table, err := simulate.DIF(form, p, questions.Quality(d.Quality), d.N, d.repeated(ctx))
	if err != nil {
		return err
	}
	answer := record{{"form", form.Hash()}, {"quality", d.Quality}, {"harder", d.Harder}, {"impact", d.Impact}}
	if d.Harder != 0 {
		answer = append(answer, record{{"item", form.Items[position].ID}, {"effect", table[0].Effect}}...)
	}
	var rows []record
	for _, r := range table {
		row := record{{"per_group", r.PerGroup}}
		if d.Harder != 0 {
			row = append(row, record{{"found", measure.Figure{Value: r.Found}}, {"closed_form", r.ClosedForm}, {"found_b_or_c", measure.Figure{Value: r.FoundClass}}}...)
		}
		rows = append(rows, append(row, record{{"accused", measure.Figure{Value: r.Accused}}, {"accused_b_or_c", measure.Figure{Value: r.AccusedClass}}}...))
	}
	return append(answer, record{{"other_items", table[0].UnplantedItems}, {"seeds", d.Seeds}, {"power", rows}}...).print(c.out, d.JSON)
}

type simulateImpact struct {
	trial  `embed:""`
	Line   int     `name:"line" default:"50" help:"Closeness that counts as selected, on or above."`
	Impact float64 `name:"impact" default:"0.15" help:"How much less able the focal group is; 0 is none."`
}

// Run prints a line for each size of group.
func (s simulateImpact) Run(ctx context.Context, c console) error {
	form, p, err := s.open()
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if s.Line < 0 || s.Line > 100 {
		return fmt.Errorf("--line: %d is not within 0 to 100", s.Line)
	}
	p.Impact = s.Impact
	if err := p.Check(form); err != nil {
		return err
	}
	table, err := simulate.Impact(form, p, questions.Quality(s.Quality), s.Line, s.N, s.repeated(ctx))
	if err != nil {
		return err
	}
	var rows []record
	for _, r := range table {
		rows = append(rows, record{{"per_group", r.PerGroup}, {"four_fifths", measure.Figure{Value: r.FourFifths}}, {"four_fifths_closed_form", measure.Figure{Value: r.FourFifthsClosedForm}},
			{"significant", measure.Figure{Value: r.Significant}}, {"significant_closed_form", measure.Figure{Value: r.ClosedForm}}})
	}
	return record{{"form", form.Hash()}, {"line", s.Line}, {"impact", s.Impact}, {"rate_reference", measure.Figure{Value: table[0].Reference}}, {"rate_focal", measure.Figure{Value: table[0].Focal}},
		{"seeds", s.Seeds}, {"power", rows}}.print(c.out, s.JSON)
}

type simulateNorm struct {
	trial `embed:""`
}

// Run prints a line for each size of norm.
func (s simulateNorm) Run(ctx context.Context, c console) error {
	form, p, err := s.open()
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	table, err := simulate.Norm(form, p, questions.Quality(s.Quality), s.N, s.repeated(ctx))
	if err != nil {
		return err
	}
	var rows []record
	for _, r := range table {
		rows = append(rows, record{{"n", r.N}, {"percentile_error", measure.Figure{Value: r.Error}}, {"closed_form", measure.Figure{Value: r.ClosedForm}},
			{"nineteen_of_twenty_within", measure.Figure{Value: r.Worst}}, {"other_sten", measure.Figure{Value: r.OtherSten}}})
	}
	return record{{"form", form.Hash()}, {"seeds", s.Seeds}, {"norms", rows}}.print(c.out, s.JSON)
}

type simulateSittings struct {
	laboratory `embed:""`
	Persons    int                `name:"persons" default:"1000" help:"People."`
	Focal      float64            `name:"focal" default:"0.5" help:"Share of the focal group."`
	Impact     float64            `name:"impact" default:"0" help:"How much less able the focal group is."`
	DIF        map[string]float64 `name:"dif" mapsep:"," placeholder:"ITEM=HARDER,…" help:"Items that are harder for the focal group, by id."`
}

// Run writes one person a line: style, group and the mark on each item.
func (s simulateSittings) Run(ctx context.Context, c console) error {
	form, p, err := s.open()
	if err != nil {
		return err
	}
	p.Focal, p.Impact = s.Focal, s.Impact
	header := []string{"person", "style", "group"}
	positions := make([]int, len(form.Items))
	for n, i := range form.Items {
		header, positions[n] = append(header, i.ID), n
	}
	for id, harder := range s.DIF {
		n := slices.IndexFunc(form.Items, func(i questions.Item) bool { return i.ID == id })
		if n < 0 {
			return fmt.Errorf("--dif: the form has no item %s", id)
		}
		p.DIF[n] = harder
	}
	if err := p.Check(form); err != nil {
		return err
	}
	if s.Persons < 1 {
		return fmt.Errorf("--persons: %d is less than 1", s.Persons)
	}
	if s.JSON {
		return fmt.Errorf("--json: sittings are written as CSV")
	}
	dice := rand.New(rand.NewPCG(s.Seed, 0))
	scorer := questions.NewScorer(form)
	out := csv.NewWriter(c.out)
	if err := out.Write(header); err != nil {
		return err
	}
	for n := range s.Persons {
		if err := ctx.Err(); err != nil {
			return err
		}
		focal := dice.Float64() < p.Focal
		one, codes := p.Sit(form, focal, dice, positions)
		row := []string{strconv.Itoa(n + 1), string(one.Style), map[bool]string{false: "reference", true: "focal"}[focal]}
		for position, code := range codes {
			m, ok, err := scorer.Mark(position, code)
			if err != nil {
				return err
			}
			cell := ""
			if ok {
				cell = strconv.FormatFloat(float64(m.Num)/float64(m.Den), 'g', -1, 64)
			}
			row = append(row, cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
