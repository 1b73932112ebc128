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
	differ := false
	err := s.everywhere(ctx, func(center *assess.Center, o assess.Organization) error {
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
			return nil
		}
		_, err = fmt.Fprintf(c.out, "%s: the statistics of %d results hold\n", o.Name, n)
		return err
	})
	if err == nil && differ {
		err = errors.New("the kept statistics are not what the results say")
	}
	return err
}
