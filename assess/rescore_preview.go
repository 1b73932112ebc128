package assess

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// Line is a score somebody wants to look at: who is at or above it, and who below.
// Fourfold itself draws none.
type Line struct {
	Quality   questions.Quality
	Closeness int // 0..100
}

// Move is one person whose shown score a re-score would change.
type Move struct {
	Invitation    uuid.UUID
	Name          string
	Quality       questions.Quality
	Before, After questions.Brief
	Crosses       bool // To the other side of the line.
}

// change is how far the shown score moves.
func (m Move) change() int { return m.After.Closeness - m.Before.Closeness }

// RescoreChange is what a re-score does to one quality, over all whose score is shown
// both before and after.
type RescoreChange struct {
	Quality      questions.Quality
	N            int // Shown before and after.
	Up, Down     int // Shown score higher, lower.
	Largest      int // The greatest change of a shown score, either way.
	Levels       map[[2]questions.Level]int
	NewLevel     int // Whose level's wording changes.
	RanksChanged int
	MostPlaces   int            // The most places anybody moves.
	Tau          measure.Figure // Kendall's tau-b between the two orders.
	CrossUp      int            // To or above the line, from below.
	CrossDown    int
}

// RescorePreview is what a re-score would do, or what it has done.
type RescorePreview struct {
	Rescore  Rescore
	Line     Line
	Sittings int // With a result.
	Same     int // Already under this key.
	Changes  []RescoreChange
	Moves    []Move // The greatest changes, those that cross the line first; none without the right to see results.
	Impact   []ImpactChange
	Asked    bool // Whether Impact was looked for: only an auditor sees what candidates said of themselves.
}

// mostMoves bounds the people a preview names.
const mostMoves = 25

// newestVectorsOf reads no documents: a preview over a million sittings is a matter
// of seconds.
const newestVectorsOf = `
	SELECT r.sitting_id, r.invitation_id, r.form_hash, r.vector
	FROM results r
	WHERE r.organization_id = $1 AND r.assessment_id = $2
	  AND r.version = (SELECT MAX(n.version) FROM results n WHERE n.organization_id = r.organization_id AND n.sitting_id = r.sitting_id)
	ORDER BY r.sitting_id`

// resultsBefore are the same for a re-score that is under way or done: what its results
// stand beside, whatever came after it was finished.
const resultsBefore = `
	SELECT r.sitting_id, r.invitation_id, r.form_hash, r.vector
	FROM results r
	WHERE r.organization_id = $1 AND r.assessment_id = $2
	  AND r.version = (SELECT MAX(n.version) FROM results n WHERE n.organization_id = r.organization_id AND n.sitting_id = r.sitting_id
	    AND n.form_hash <> $3 AND n.created_at <= $4)
	ORDER BY r.sitting_id`

// comparison holds everybody's score before and after, by quality.
type comparison struct {
	line          Line
	changes       [4]RescoreChange
	before, after [4][]float64 // Signed closeness of those shown in both.
	moved         []Move
	sides         map[uuid.UUID][2]bool // By invitation: on or above the line before, after.
	sittings      int
	same          int
}

// PreviewRescore compares every sitting's newest result with what the re-score makes of
// the same answers. Nothing is written. Groups, where the caller has them, say to which
// group a person belongs, for adverse impact before and after.
func (c *Center) PreviewRescore(ctx context.Context, by Actor, id uuid.UUID, line Line, groups Groups) (RescorePreview, error) {
	if err := by.may(SeeRescores); err != nil {
		return RescorePreview{}, err
	}
	if err := line.check(); err != nil {
		return RescorePreview{}, err
	}
	r, err := rescoreOf(ctx, c.read, by.Organization, id)
	if err != nil {
		return RescorePreview{}, err
	}
	form, err := c.rescoreForm(ctx, by.Organization, id)
	if err != nil {
		return RescorePreview{}, err
	}
	before, err := c.scorersOf(ctx, by.Organization, r.Assessment)
	if err != nil {
		return RescorePreview{}, err
	}
	after := questions.NewScorer(form)
	found := newComparison(line)
	query, args := newestVectorsOf, []any{by.Organization, r.Assessment}
	if r.State == RescoreConfirmed || r.State == RescoreDone {
		finished := r.FinishedAt
		if finished.IsZero() {
			finished = c.now()
		}
		query, args = resultsBefore, append(args, r.FormHash, finished)
	}
	rows, err := c.read.QueryxContext(ctx, query, args...)
	if err != nil {
		return RescorePreview{}, readError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var k keptVector
		if err := rows.StructScan(&k); err != nil {
			return RescorePreview{}, readError(err)
		}
		scorer := before[k.FormHash]
		if scorer == nil {
			return RescorePreview{}, fmt.Errorf("sitting %s rests on an unknown form %s", k.Sitting, k.FormHash)
		}
		if err := found.add(k, r.FormHash, scorer, after); err != nil {
			return RescorePreview{}, fmt.Errorf("sitting %s: %w", k.Sitting, err)
		}
	}
	if err := rows.Err(); err != nil {
		return RescorePreview{}, readError(err)
	}
	if err := rows.Close(); err != nil {
		return RescorePreview{}, readError(err)
	}
	p := RescorePreview{Rescore: r, Line: line, Sittings: found.sittings, Same: found.same, Asked: groups != nil}
	if groups == nil && by.Can(SeeFairness) {
		p.Asked = true
		said, err := c.groupsOf(ctx, by.Organization, r.Assessment)
		if err != nil {
			return RescorePreview{}, err
		}
		p.Impact = said.impact(found.sides, Attributes)
	} else {
		p.Impact = groups.impact(found.sides, nil)
	}
	for q := range questions.Qualities {
		p.Changes = append(p.Changes, found.change(q))
	}
	if by.Can(SeeResults) {
		p.Moves, err = c.namedMoves(ctx, by.Organization, found.moved)
	}
	return p, err
}

type keptVector struct {
	Sitting    uuid.UUID `db:"sitting_id"`
	Invitation uuid.UUID `db:"invitation_id"`
	FormHash   string    `db:"form_hash"`
	Vector     []byte    `db:"vector"`
}

// check refuses a line that is none.
func (l Line) check() error {
	var faults FieldErrors
	if !slices.Contains(questions.Qualities, l.Quality) {
		faults = append(faults, FieldError{Field: "quality", Word: WordUnknown})
	}
	if l.Closeness < 0 || l.Closeness > 100 {
		faults = append(faults, FieldError{Field: "line", Word: WordOutOfRange})
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// scorersOf has a scorer for every form a result of the assessment may rest on.
func (c *Center) scorersOf(ctx context.Context, organization, assessment uuid.UUID) (map[string]*questions.Scorer, error) {
	published, err := c.formOf(ctx, organization, assessment)
	if err != nil {
		return nil, err
	}
	scorers := map[string]*questions.Scorer{published.Hash(): questions.NewScorer(published)}
	list, err := c.rescoresOf(ctx, organization, assessment)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if scorers[r.FormHash] != nil || r.State == RescoreDraft || r.State == RescoreDiscarded {
			continue
		}
		form, err := c.rescoreForm(ctx, organization, r.ID)
		if err != nil {
			return nil, err
		}
		scorers[r.FormHash] = questions.NewScorer(form)
	}
	return scorers, nil
}

// add counts one sitting.
func (f *comparison) add(k keptVector, target string, before, after *questions.Scorer) error {
	was, err := before.Score(k.Vector)
	if err != nil {
		return err
	}
	is, err := after.Score(k.Vector)
	if err != nil {
		return err
	}
	f.sittings++
	if k.FormHash == target {
		f.same++
	}
	for q, quality := range questions.Qualities {
		f.changes[q].Levels[[2]questions.Level{was[q].Level, is[q].Level}]++
		if !was[q].Shown || !is[q].Shown {
			continue
		}
		f.before[q] = append(f.before[q], was[q].Signed)
		f.after[q] = append(f.after[q], is[q].Signed)
		m := Move{Invitation: k.Invitation, Quality: quality, Before: was[q], After: is[q]}
		if quality == f.line.Quality {
			side := [2]bool{was[q].Closeness >= f.line.Closeness, is[q].Closeness >= f.line.Closeness}
			f.sides[k.Invitation] = side
			m.Crosses = side[0] != side[1]
		}
		f.changes[q].count(m)
		if m.change() != 0 || m.Crosses {
			f.keep(m)
		}
	}
	return nil
}

// keep holds on to the moves worth naming.
func (f *comparison) keep(m Move) {
	f.moved = append(f.moved, m)
	if len(f.moved) >= 8*mostMoves {
		f.moved = foremost(f.moved)
	}
}

// foremost are the greatest moves, those that cross the line first.
func foremost(moves []Move) []Move {
	slices.SortStableFunc(moves, func(a, b Move) int {
		crosses := func(m Move) int {
			if m.Crosses {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(crosses(a), crosses(b)), cmp.Compare(max(b.change(), -b.change()), max(a.change(), -a.change())))
	})
	return moves[:min(len(moves), mostMoves)]
}

func newComparison(line Line) *comparison {
	f := &comparison{line: line, sides: map[uuid.UUID][2]bool{}}
	for q, quality := range questions.Qualities {
		f.changes[q] = RescoreChange{Quality: quality, Levels: map[[2]questions.Level]int{}}
	}
	return f
}

// count adds one person whose score is shown before and after.
func (r *RescoreChange) count(m Move) {
	r.N++
	d := m.change()
	switch {
	case d > 0:
		r.Up++
	case d < 0:
		r.Down++
	}
	r.Largest = max(r.Largest, d, -d)
	if m.Before.Level != m.After.Level {
		r.NewLevel++
	}
	if m.Crosses && d > 0 {
		r.CrossUp++
	} else if m.Crosses {
		r.CrossDown++
	}
}

// change sums up one quality.
func (f *comparison) change(q int) RescoreChange {
	r := f.changes[q]
	r.Tau = measure.TauB(f.before[q], f.after[q])
	was, is := places(f.before[q]), places(f.after[q])
	for n := range was {
		if d := was[n] - is[n]; d != 0 {
			r.RanksChanged++
			r.MostPlaces = max(r.MostPlaces, d, -d)
		}
	}
	return r
}

// places ranks people from the highest score down; equals share the better place.
func places(scores []float64) []int {
	order := make([]int, len(scores))
	for n := range order {
		order[n] = n
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	place := make([]int, len(scores))
	for at, n := range order {
		place[n] = at + 1
		if at > 0 && scores[n] == scores[order[at-1]] {
			place[n] = place[order[at-1]]
		}
	}
	return place
}

// namedMoves finds the names of the few people a list shows.
func (c *Center) namedMoves(ctx context.Context, organization uuid.UUID, moves []Move) ([]Move, error) {
	moves = foremost(moves)
	for n := range moves {
		err := c.read.GetContext(ctx, &moves[n].Name, `
			SELECT p.name
			FROM invitations i
			JOIN candidates p ON p.organization_id = i.organization_id AND p.id = i.candidate_id
			WHERE i.organization_id = $1 AND i.id = $2`, organization, moves[n].Invitation)
		if err != nil {
			return nil, readError(err)
		}
	}
	return moves, nil
}
