package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

type rescoreCommand struct {
	where      `embed:""`
	Assessment string   `arg:"" help:"Id of the published assessment, asm_…; or of a re-score that waits for confirmation, rsc_…."`
	Key        string   `name:"key" placeholder:"FILE" help:"Key file, YAML or JSON: effectiveness and reason of each option, with a key_version of its own."`
	Rules      []string `name:"rule" placeholder:"NAME" help:"Scoring rule to put on every item of its kind, such as distance/1; may be given several times."`
	Note       string   `name:"note" placeholder:"TEXT" help:"Why; kept with the re-score."`
	Line       string   `name:"line" default:"communication=67" placeholder:"QUALITY=N" help:"A line to look at: who would stand on another side of it."`
	Groups     string   `name:"groups" placeholder:"FILE" help:"CSV file with the column invitation and a column for each kind of group, for adverse impact before and after. Without it what candidates said of themselves is taken, over a floor of 50."`
	Yes        bool     `name:"yes" help:"Carry it out. Without it nothing is scored: the preview is printed and the draft kept."`
	JSON       bool     `name:"json" help:"Answer in JSON."`
}

// Help says what happens when.
func (rescoreCommand) Help() string {
	return `Prints what would change: who moves, levels, places, who crosses a line, adverse impact before and after. The published assessment and the results that exist are left as they are; with --yes a new result is written beside each. To carry out a draft later, give its id: fourfold rescore rsc_… --yes`
}

// Run shows what a re-score would do and, with --yes, carries it out.
func (r rescoreCommand) Run(ctx context.Context, c console) error {
	line, err := readLine(r.Line)
	if err != nil {
		return err
	}
	center, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	by, draft, err := r.draft(ctx, center)
	if err != nil {
		return err
	}
	groups, err := r.groups(c)
	if err != nil {
		return err
	}
	p, err := center.PreviewRescore(ctx, by, draft, line, groups)
	if err != nil {
		return err
	}
	if err := previewRecord(p).print(c.out, r.JSON); err != nil {
		return err
	}
	if !r.Yes {
		if p.Rescore.State == assess.RescoreDraft {
			fmt.Fprintf(c.err, "nothing was scored; to carry it out: fourfold rescore %s --yes\n", assess.FormatID(assess.RescoreID, draft))
		}
		return nil
	}
	return r.carryOut(ctx, c, center, by, draft)
}

// draft makes the re-score that is asked for, or finds the one that was made before.
func (r rescoreCommand) draft(ctx context.Context, center *assess.Center) (assess.Actor, uuid.UUID, error) {
	organizations, err := center.Organizations(ctx)
	if err != nil {
		return assess.Actor{}, uuid.Nil, err
	}
	if id, err := assess.ParseID(assess.RescoreID, r.Assessment); err == nil {
		if r.Key != "" || len(r.Rules) > 0 {
			return assess.Actor{}, uuid.Nil, errors.New("a re-score that has been made keeps its key and rules; leave out --key and --rule")
		}
		for _, o := range organizations {
			by := assess.Actor{Organization: o.ID, Kind: assess.SystemActor}
			if _, err := center.Rescore(ctx, by, id); !errors.Is(err, assess.ErrNotFound) {
				return by, id, err
			}
		}
		return assess.Actor{}, uuid.Nil, fmt.Errorf("there is no re-score %s", r.Assessment)
	}
	id, err := assess.ParseID(assess.AssessmentID, r.Assessment)
	if err != nil {
		return assess.Actor{}, uuid.Nil, fmt.Errorf("%q is no id of an assessment (asm_…) or a re-score (rsc_…)", r.Assessment)
	}
	in := assess.NewRescore{Assessment: id, Rules: r.Rules, Note: r.Note, KeyName: filepath.Base(r.Key)}
	if r.Key != "" {
		if in.KeyFile, err = os.ReadFile(r.Key); err != nil {
			return assess.Actor{}, uuid.Nil, err
		}
	}
	for _, o := range organizations {
		by := assess.Actor{Organization: o.ID, Kind: assess.SystemActor}
		made, err := center.DraftRescore(ctx, by, in)
		switch {
		case errors.Is(err, assess.ErrNotFound):
			continue
		case errors.Is(err, assess.ErrSameKey):
			err = errors.New("the key and rules asked for are those the assessment was published with")
		case errors.Is(err, assess.ErrNotPublished):
			err = fmt.Errorf("%s is not published yet", r.Assessment)
		}
		return by, made.ID, err
	}
	return assess.Actor{}, uuid.Nil, fmt.Errorf("there is no assessment %s", r.Assessment)
}

// carryOut confirms and works, or waits for the server that works already.
func (r rescoreCommand) carryOut(ctx context.Context, c console, center *assess.Center, by assess.Actor, id uuid.UUID) error {
	if err := center.ConfirmRescore(ctx, by, id); err != nil && !errors.Is(err, assess.ErrConflict) {
		return err
	}
	for {
		if err := center.WorkRescores(ctx); err != nil {
			return err
		}
		now, err := center.Rescore(ctx, by, id)
		switch {
		case err != nil:
			return err
		case now.State == assess.RescoreDone:
			fmt.Fprintf(c.err, "%d new results stand beside the old ones\n", now.Rescored)
			return center.Seal(ctx)
		case now.State == assess.RescoreDiscarded:
			return errors.New("this re-score was thrown away")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func readLine(text string) (assess.Line, error) {
	quality, number, ok := strings.Cut(text, "=")
	n, err := strconv.Atoi(number)
	line := assess.Line{Quality: questions.Quality(quality), Closeness: n}
	if !ok || err != nil || n < 0 || n > 100 {
		return line, fmt.Errorf("--line %q: give a quality and a score of 0 to 100, such as legal=50", text)
	}
	if !slices.Contains(questions.Qualities, line.Quality) {
		return line, fmt.Errorf("--line: %q is none of the qualities %v", quality, questions.Qualities)
	}
	return line, nil
}

// groups reads who belongs to which group; nil without a file.
func (r rescoreCommand) groups(c console) (assess.Groups, error) {
	if r.Groups == "" {
		return nil, nil
	}
	t, err := openTable(r.Groups, c)
	if err != nil {
		return nil, err
	}
	defer t.close()
	at, ok := t.column("invitation")
	if !ok {
		return nil, fmt.Errorf("%s: there is no column invitation", r.Groups)
	}
	groups := assess.Groups{}
	for n, name := range t.columns {
		if n != at {
			groups[name] = map[uuid.UUID]string{}
		}
	}
	for {
		cells, err := t.next()
		if errors.Is(err, io.EOF) {
			return groups, nil
		}
		if err != nil {
			return nil, err
		}
		id, err := assess.ParseID(assess.InvitationID, strings.TrimSpace(cells[at]))
		if err != nil {
			return nil, t.fault(at, "%q is no id of an invitation, inv_…", cells[at])
		}
		for n, name := range t.columns {
			if value := strings.TrimSpace(cells[n]); n != at && value != "" {
				groups[name][id] = strings.Clone(value)
			}
		}
	}
}

// previewRecord words a preview for people and programs.
func previewRecord(p assess.RescorePreview) record {
	r := p.Rescore
	answer := record{{"rescore", assess.FormatID(assess.RescoreID, r.ID)}, {"state", string(r.State)}, {"key", r.KeyVersion}, {"form", r.FormHash},
		{"sittings", p.Sittings}, {"under_this_key", p.Same}, {"line", fmt.Sprintf("%s=%d", p.Line.Quality, p.Line.Closeness)}}
	changes, levels, moves, impact := []record{}, []record{}, []record{}, []record{}
	for _, q := range p.Changes {
		changes = append(changes, record{{"quality", string(q.Quality)}, {"n", q.N}, {"up", q.Up}, {"down", q.Down}, {"largest", q.Largest},
			{"other_level", q.NewLevel}, {"other_place", q.RanksChanged}, {"most_places", q.MostPlaces}, {"tau_b", q.Tau},
			{"cross_up", q.CrossUp}, {"cross_down", q.CrossDown}})
		for _, before := range questions.Levels {
			for _, after := range questions.Levels {
				if n := q.Levels[[2]questions.Level{before, after}]; n > 0 && before != after {
					levels = append(levels, record{{"quality", string(q.Quality)}, {"before", string(before)}, {"after", string(after)}, {"n", n}})
				}
			}
		}
	}
	for _, m := range p.Moves {
		moves = append(moves, record{{"invitation", assess.FormatID(assess.InvitationID, m.Invitation)}, {"name", m.Name}, {"quality", string(m.Quality)},
			{"before", m.Before.Closeness}, {"after", m.After.Closeness}, {"crosses", m.Crosses}})
	}
	for _, i := range p.Impact {
		for n, before := range i.Before {
			after := i.After[n]
			impact = append(impact, record{{"kind", i.Kind}, {"group", before.Name}, {"n", before.Total},
				{"rate_before", before.Rate}, {"ratio_before", before.Ratio}, {"adverse_before", attribute{before.Adverse, before.Ratio.Reason}},
				{"rate_after", after.Rate}, {"ratio_after", after.Ratio}, {"adverse_after", attribute{after.Adverse, after.Ratio.Reason}}})
		}
		for _, name := range i.Hidden {
			few := measure.Figure{Reason: measure.TooFewPersons}
			impact = append(impact, record{{"kind", i.Kind}, {"group", name}, {"n", few}, {"rate_before", few}, {"ratio_before", few},
				{"adverse_before", attribute{nil, few.Reason}}, {"rate_after", few}, {"ratio_after", few}, {"adverse_after", attribute{nil, few.Reason}}})
		}
	}
	answer = append(answer, record{{"changes", changes}, {"levels", levels}, {"moves", moves}, {"impact", impact}}...)
	if len(impact) == 0 {
		answer = append(answer, entry{"impact_note", "there is no demographic information to compare groups by"})
	}
	return answer
}
