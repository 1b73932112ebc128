package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/fourfold/fourfold/assess"
)

type statsCommand struct {
	Verify statsVerifyCommand `cmd:"" help:"Count every result anew from its response vector and compare each integer with the kept statistics."`
}

type statsVerifyCommand struct {
	where `embed:""`
}

// Run recounts every organization and prints where the kept counts differ.
func (s statsVerifyCommand) Run(ctx context.Context, c console) error {
	center, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	organizations, err := center.Organizations(ctx)
	if err != nil {
		return err
	}
	differ := false
	for _, o := range organizations {
		n, faults, err := center.VerifyStatistics(ctx, o.ID)
		if err != nil {
			return fmt.Errorf("%s: %w", o.Name, err)
		}
		for _, f := range faults {
			differ = true
			if _, err := fmt.Fprintf(c.out, "%s: %s\n", o.Name, f); err != nil {
				return err
			}
		}
		if len(faults) > 0 {
			continue
		}
		if _, err := fmt.Fprintf(c.out, "%s: the statistics of %d results hold\n", o.Name, n); err != nil {
			return err
		}
	}
	if differ {
		return errors.New("the kept statistics are not what the results say")
	}
	return nil
}
