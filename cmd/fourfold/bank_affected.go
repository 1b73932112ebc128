package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type bankAffectedCommand struct {
	Fact string `arg:"" help:"Id of the fact, such as CN24."`
	bankFolder
	Database string `name:"database" env:"DATABASE_URL,FOURFOLD_DATABASE" placeholder:"FILE|URL" help:"SQLite file, or a postgres:// address; its forms and results are looked through."`
	Secret   string `name:"secret" env:"FOURFOLD_SECRET" placeholder:"TEXT" help:"Server secret; needed on PostgreSQL."`
	JSON     bool   `name:"json" help:"Print one JSON document."`
}

// affectedDocument is what --json prints.
type affectedDocument struct {
	Schema        string                 `json:"schema"`
	Fact          questions.Fact         `json:"fact"`
	Items         []affectedItem         `json:"items"`
	Organizations []affectedOrganization `json:"organizations"` // Null without a database.
}

type affectedItem struct {
	ID      string   `json:"id"`
	Version int      `json:"version"`
	Options []string `json:"options"` // Those whose red line rests on the fact.
}

type affectedOrganization struct {
	ID    string         `json:"id"`
	Name  string         `json:"name"`
	Forms []affectedForm `json:"forms"`
}

type affectedForm struct {
	Assessment string   `json:"assessment"`
	Title      string   `json:"title"`
	Hash       string   `json:"hash"`
	Items      []string `json:"items"`
	Results    []string `json:"results"`
}

// Run lists what has to be looked at when the rule changes.
func (b bankAffectedCommand) Run(ctx context.Context, c console) error {
	bank, err := b.load()
	if err != nil {
		return err
	}
	fact, known := bank.Facts[b.Fact]
	if !known {
		return fmt.Errorf("fact %s is not in the bank", b.Fact)
	}
	document := affectedDocument{Schema: "fourfold.affected/1", Fact: fact, Items: []affectedItem{}}
	for _, i := range bank.Items {
		if !i.Cites(b.Fact) {
			continue
		}
		item := affectedItem{ID: i.ID, Version: i.Version, Options: []string{}}
		for _, o := range i.Options {
			for _, id := range o.Legal {
				if id == b.Fact {
					item.Options = append(item.Options, o.ID)
				}
			}
		}
		document.Items = append(document.Items, item)
	}
	if b.Database != "" {
		if document.Organizations, err = b.organizations(ctx); err != nil {
			return err
		}
	}
	if b.JSON {
		return printJSON(c, document)
	}
	document.print(c)
	return nil
}

// organizations looks through the database, which must be there already.
func (b bankAffectedCommand) organizations(ctx context.Context) ([]affectedOrganization, error) {
	center, err := where{Database: b.Database, Secret: b.Secret}.open(ctx)
	if err != nil {
		return nil, err
	}
	defer center.Close()
	affected, err := center.Affected(ctx, b.Fact)
	if err != nil {
		return nil, err
	}
	list := []affectedOrganization{}
	for _, a := range affected {
		o := affectedOrganization{ID: assess.FormatID(assess.OrganizationID, a.Organization.ID), Name: a.Organization.Name}
		for _, f := range a.Forms {
			form := affectedForm{
				Assessment: assess.FormatID(assess.AssessmentID, f.Assessment), Title: f.Title.English,
				Hash: f.Hash, Items: f.Items, Results: []string{},
			}
			for _, id := range f.Results {
				form.Results = append(form.Results, assess.FormatID(assess.ResultID, id))
			}
			o.Forms = append(o.Forms, form)
		}
		list = append(list, o)
	}
	return list, nil
}

// print writes the document for people.
func (d affectedDocument) print(c console) {
	fmt.Fprintf(c.out, "%s (%s, confidence %s, reviewed until %s): %s\n", d.Fact.ID, d.Fact.Citation.English, d.Fact.Confidence, d.Fact.ReviewBy, d.Fact.Text.English)
	fmt.Fprintf(c.out, "%d items of the bank rest on it\n", len(d.Items))
	for _, i := range d.Items {
		fmt.Fprintf(c.out, "  %s, version %d", i.ID, i.Version)
		if len(i.Options) > 0 {
			fmt.Fprintf(c.out, ", red line of option %s", strings.Join(i.Options, ", "))
		}
		fmt.Fprintln(c.out)
	}
	if d.Organizations == nil {
		return
	}
	forms, results := 0, 0
	for _, o := range d.Organizations {
		fmt.Fprintf(c.out, "%s %s\n", o.ID, o.Name)
		for _, f := range o.Forms {
			forms, results = forms+1, results+len(f.Results)
			fmt.Fprintf(c.out, "  %s %s, %s\n    by %s\n    %d results", f.Assessment, f.Title, f.Hash, strings.Join(f.Items, ", "), len(f.Results))
			for _, id := range f.Results {
				fmt.Fprintf(c.out, "\n      %s", id)
			}
			fmt.Fprintln(c.out)
		}
	}
	fmt.Fprintf(c.out, "%d organizations, %d forms, %d results in the database rest on it\n", len(d.Organizations), forms, results)
}
