package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/fourfold/fourfold/questions"
)

type bankAssembleCommand struct {
	bankFolder
	Blueprint    string   `name:"blueprint" required:"" placeholder:"NAME" help:"What the forms must contain, such as S or L."`
	Seed         uint64   `name:"seed" default:"1" help:"The same seed gives the same forms on any machine."`
	Parallel     int      `name:"parallel" default:"1" placeholder:"N" help:"How many forms that share no item."`
	Jurisdiction string   `name:"jurisdiction" default:"CN" help:"Whose rules the legal items rest on."`
	On           string   `name:"on" placeholder:"DATE" help:"Day by whose rules the items must hold. Default: today."`
	After        []string `name:"after" sep:"none" placeholder:"FILE" help:"Forms that are out already, as --json printed them; their items are spared. May be given again."`
	Facility     string   `name:"facility" placeholder:"FILE" help:"Mean marks in thousandths, as a JSON object from item id to number; parallel forms are balanced on them when every item has one."`
	JSON         bool     `name:"json" help:"Print one JSON document."`
}

// assemblyDocument is what --json prints.
type assemblyDocument struct {
	Schema       string              `json:"schema"`
	Blueprint    string              `json:"blueprint"`
	Jurisdiction string              `json:"jurisdiction"`
	On           questions.Date      `json:"on"`
	Seed         uint64              `json:"seed,string"`
	Forms        []assembledForm     `json:"forms"`
	Between      []questions.Line    `json:"between"`
	Conflict     *questions.Conflict `json:"conflict,omitempty"`
}

type assembledForm struct {
	Hash        string                 `json:"hash"`
	Items       []string               `json:"items"`
	Certificate *questions.Certificate `json:"certificate"`
}

// Run prints each form's items and certificate, or the requirements that clash.
func (b bankAssembleCommand) Run(c console) error {
	bank, err := b.load()
	if err != nil {
		return err
	}
	request, err := b.request(bank)
	if err != nil {
		return err
	}
	document := assemblyDocument{
		Schema: "fourfold.assembly/1", Blueprint: b.Blueprint, Jurisdiction: b.Jurisdiction, On: request.On, Seed: b.Seed,
		Forms: []assembledForm{}, Between: []questions.Line{},
	}
	made, err := bank.AssembleAll(request)
	if errors.As(err, &document.Conflict) && b.JSON {
		return errors.Join(printJSON(c, document), err)
	}
	if err != nil {
		return err
	}
	for _, f := range made.Forms {
		form := assembledForm{Hash: f.Hash(), Certificate: f.Certificate}
		for _, i := range f.Items {
			form.Items = append(form.Items, i.ID)
		}
		document.Forms = append(document.Forms, form)
	}
	document.Between = append(document.Between, made.Between...)
	if b.JSON {
		return printJSON(c, document)
	}
	document.print(c)
	return nil
}

func (b bankAssembleCommand) request(bank questions.Bank) (questions.Request, error) {
	r := questions.Request{Jurisdiction: b.Jurisdiction, Seed: b.Seed, Forms: b.Parallel}
	var known bool
	if r.Blueprint, known = bank.Blueprints[b.Blueprint]; !known {
		names := strings.Join(slices.Sorted(maps.Keys(bank.Blueprints)), ", ")
		return r, fmt.Errorf("--blueprint: %q is not one of %s", b.Blueprint, names)
	}
	if !slices.Contains(questions.Jurisdictions, b.Jurisdiction) {
		return r, fmt.Errorf("--jurisdiction: %q is not one of %s", b.Jurisdiction, strings.Join(questions.Jurisdictions, ", "))
	}
	if b.Parallel < 1 {
		return r, fmt.Errorf("--parallel: %d is less than one form", b.Parallel)
	}
	var err error
	if r.On, err = day(b.On); err != nil {
		return r, err
	}
	for _, file := range b.After {
		var earlier assemblyDocument
		if err := readJSON(file, &earlier); err != nil {
			return r, fmt.Errorf("--after: %w", err)
		}
		for _, f := range earlier.Forms {
			r.Earlier = append(r.Earlier, f.Items)
		}
	}
	if b.Facility != "" {
		if err := readJSON(b.Facility, &r.Facility); err != nil {
			return r, fmt.Errorf("--facility: %w", err)
		}
	}
	return r, nil
}

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// print writes the document for people.
func (d assemblyDocument) print(c console) {
	for n, f := range d.Forms {
		fmt.Fprintf(c.out, "form %d of %d: blueprint %s, seed %d, rules of %s on %s\n%s\n", n+1, len(d.Forms), d.Blueprint, d.Seed, d.Jurisdiction, d.On, f.Hash)
		for position, id := range f.Items {
			fmt.Fprintf(c.out, "%3d  %s\n", position+1, id)
		}
		certificate := f.Certificate
		fmt.Fprintf(c.out, "certificate: %s\n", certificate.Claim)
		fmt.Fprintf(c.out, "  expected mean mark by chance %s; to read: %d characters in Chinese, %d words in English; %d s planned\n",
			certificate.Chance.Rat().FloatString(3), certificate.Load[questions.Chinese], certificate.Load[questions.English], certificate.Seconds)
		printLines(c, certificate.Lines)
	}
	if len(d.Between) > 0 {
		fmt.Fprintln(c.out, "between the forms, at worst")
		printLines(c, d.Between)
	}
}

func printLines(c console, lines []questions.Line) {
	for _, l := range lines {
		verdict := "met"
		if !l.Met {
			verdict = "NOT MET"
		}
		fmt.Fprintf(c.out, "  %-7s  %s\n", verdict, l)
	}
}
