package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fourfold/fourfold/questions"
)

// bankFolder is the bank a command looks at.
type bankFolder struct {
	Dir string `arg:"" optional:"" placeholder:"DIR" help:"Folder with bank/*.yaml; the built-in bank when not given. What the folder lacks of law, practice.yaml, interview.yaml and blueprints.yaml is taken from the built-in one."`
}

func (b bankFolder) load() (questions.Bank, error) {
	if b.Dir == "" {
		return questions.Builtin()
	}
	if found, err := filepath.Glob(filepath.Join(b.Dir, "bank", "*.yaml")); err != nil || len(found) == 0 {
		return questions.Bank{}, fmt.Errorf("%s holds no bank/*.yaml", b.Dir)
	}
	return questions.LoadBeside(os.DirFS(b.Dir))
}

// place is where a fault stands, seen from where the command runs.
func (b bankFolder) place(f questions.Fault) questions.Fault {
	f.File = filepath.Join(b.Dir, filepath.FromSlash(f.File))
	return f
}

// day is a date flag; today when not given.
func day(given string) (questions.Date, error) {
	if given == "" {
		return questions.Date(time.Now().Format(time.DateOnly)), nil
	}
	if _, err := time.Parse(time.DateOnly, given); err != nil {
		return "", fmt.Errorf("--on: %q is not a date as YYYY-MM-DD", given)
	}
	return questions.Date(given), nil
}

type bankCheckCommand struct {
	bankFolder
	JSON bool   `name:"json" help:"Print one JSON document."`
	On   string `name:"on" placeholder:"DATE" help:"Day by which facts must have been reviewed and rules be in force. Default: today."`
}

// checkDocument is what --json prints.
type checkDocument struct {
	Schema   string           `json:"schema"`
	On       questions.Date   `json:"on"`
	Items    int              `json:"items"`
	Facts    int              `json:"facts"`
	Faults   []faultDocument  `json:"faults"`
	Warnings []faultDocument  `json:"warnings"`
	Figures  []questions.Line `json:"figures"`
}

type faultDocument struct {
	questions.Fault
	Item string `json:"item"`
}

// Run lists faults, then warnings, then what the rules of the whole bank came to.
func (b bankCheckCommand) Run(c console) error {
	on, err := day(b.On)
	if err != nil {
		return err
	}
	bank, err := b.load()
	var check questions.Check
	if faults := (questions.Faults)(nil); errors.As(err, &faults) {
		check.Faults = faults
	} else if err != nil {
		return err
	} else {
		check = bank.Check(on)
	}
	if b.JSON {
		if err := printJSON(c, checkDocument{
			Schema: "fourfold.bank-check/1", On: on, Items: len(bank.Items), Facts: len(bank.Facts),
			Faults: b.documents(check.Faults), Warnings: b.documents(check.Warnings), Figures: append([]questions.Line{}, check.Figures...),
		}); err != nil {
			return err
		}
	} else {
		for _, f := range check.Faults {
			fmt.Fprintln(c.out, b.place(f))
		}
		for _, f := range check.Warnings {
			fmt.Fprintf(c.out, "%s (warning)\n", b.place(f))
		}
		for _, l := range check.Figures {
			fmt.Fprintln(c.out, "whole bank:", l)
		}
		fmt.Fprintf(c.out, "%d items, %d facts of law: %d faults, %d warnings\n", len(bank.Items), len(bank.Facts), len(check.Faults), len(check.Warnings))
	}
	if len(check.Faults) > 0 {
		return fmt.Errorf("the bank has %d faults", len(check.Faults))
	}
	return nil
}

func (b bankFolder) documents(faults questions.Faults) []faultDocument {
	documents := make([]faultDocument, len(faults))
	for n, f := range faults {
		documents[n] = faultDocument{b.place(f), f.Item()}
	}
	return documents
}

func printJSON(c console, document any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(document)
}
