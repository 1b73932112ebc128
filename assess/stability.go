package assess

import (
	"context"
	"fmt"
	"slices"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// KeyStability is what the same answers come to under every key and rule that could
// have been applied to them: how far the order of people is the key's making.
type KeyStability struct {
	Assessment Assessment
	Language   questions.Lang
	Line       int // Closeness; who is on or above it, and who below.
	Sittings   int // That were read.
	More       bool
	Languages  map[questions.Lang]int // Sittings with a result in each language.
	Published  []StabilityQuality     // Under the published key, Tau being 1 by itself.
	Others     []Alternative
}

// Alternative is another way to mark the same answers.
type Alternative struct {
	Kind      questions.Kind // Whose rule is another; empty for another key.
	Rule      string
	Rescore   Rescore // Whose key it is; zero for another rule.
	Qualities []StabilityQuality
	Crossers  []Move // People on another side of the line; none without the right to see results.
}

// StabilityQuality compares an alternative with the published key on one quality.
type StabilityQuality struct {
	Quality   questions.Quality
	N         int            // Shown under both.
	Mean      float64        // Closeness under the alternative, 0..100, signed.
	Tau       measure.Figure // Kendall's tau-b between the two orders.
	OnLine    int            // On or above the line, under the alternative.
	CrossUp   int            // On or above the line under the alternative alone.
	CrossDown int            // On or above the line under the published key alone.
}

// stabilityMost bounds the sittings the page reads: the newest of them.
const stabilityMost = 20_000

const languagesOf = `
	SELECT s.language, COUNT(*) AS n
	FROM results r
	JOIN sittings s ON s.organization_id = r.organization_id AND s.id = r.sitting_id
	WHERE r.organization_id = $1 AND r.assessment_id = $2 AND r.version = 1
	GROUP BY s.language`

const vectorsIn = `
	SELECT r.sitting_id, r.invitation_id, r.form_hash, r.vector
	FROM results r
	JOIN sittings s ON s.organization_id = r.organization_id AND s.id = r.sitting_id
	WHERE r.organization_id = $1 AND r.assessment_id = $2 AND r.version = 1 AND s.language = $3
	ORDER BY r.sitting_id DESC
	LIMIT $4`

// KeyStability marks an assessment's sittings in one language – a translated test is
// another instrument – by each rule that fits the form and by each key it was re-scored
// with, and compares the orders. No language is the one with most sittings.
func (c *Center) KeyStability(ctx context.Context, by Actor, assessment uuid.UUID, language questions.Lang, line int) (KeyStability, error) {
	if err := by.may(SeeKeys); err != nil {
		return KeyStability{}, err
	}
	if err := (Line{Quality: questions.Communication, Closeness: line}).check(); err != nil {
		return KeyStability{}, err
	}
	a, err := assessmentOf(ctx, c.read, by.Organization, assessment)
	if err != nil {
		return KeyStability{}, err
	}
	form, err := c.formOf(ctx, by.Organization, assessment)
	if err != nil {
		return KeyStability{}, err
	}
	k := KeyStability{Assessment: a, Language: language, Line: line, Languages: map[questions.Lang]int{}}
	if err := c.languages(ctx, by.Organization, &k); err != nil {
		return KeyStability{}, err
	}
	forms, err := c.alternatives(ctx, by.Organization, form, &k)
	if err != nil {
		return KeyStability{}, err
	}
	var rows []keptVector
	if err := c.read.SelectContext(ctx, &rows, vectorsIn, by.Organization, assessment, k.Language, stabilityMost); err != nil {
		return KeyStability{}, readError(err)
	}
	k.Sittings, k.More = len(rows), k.Languages[k.Language] > len(rows)
	published, err := scoreAll(questions.NewScorer(form), rows)
	if err != nil {
		return KeyStability{}, err
	}
	k.Published = stability(published, published, line)
	for n, f := range forms {
		scores, err := scoreAll(questions.NewScorer(f), rows)
		if err != nil {
			return KeyStability{}, err
		}
		k.Others[n].Qualities = stability(published, scores, line)
		if !by.Can(SeeResults) {
			continue
		}
		if k.Others[n].Crossers, err = c.crossers(ctx, by.Organization, rows, published, scores, line); err != nil {
			return KeyStability{}, err
		}
	}
	return k, nil
}

func (c *Center) languages(ctx context.Context, organization uuid.UUID, k *KeyStability) error {
	var counts []struct {
		Language questions.Lang `db:"language"`
		N        int            `db:"n"`
	}
	if err := c.read.SelectContext(ctx, &counts, languagesOf, organization, k.Assessment.ID); err != nil {
		return readError(err)
	}
	most := questions.Chinese
	for _, n := range counts {
		k.Languages[n.Language] = n.N
		if n.N > k.Languages[most] {
			most = n.Language
		}
	}
	if k.Language == "" {
		k.Language = most
	}
	var faults FieldErrors
	if faults.language("language", k.Language); len(faults) > 0 {
		return faults
	}
	return nil
}

// alternatives lists every other way to mark the form, and the forms that do.
func (c *Center) alternatives(ctx context.Context, organization uuid.UUID, form *questions.Form, k *KeyStability) ([]*questions.Form, error) {
	seen := map[string]bool{form.Hash(): true}
	var forms []*questions.Form
	add := func(f *questions.Form, a Alternative) {
		if !seen[f.Hash()] {
			seen[f.Hash()] = true
			forms, k.Others = append(forms, f), append(k.Others, a)
		}
	}
	for _, kind := range questions.Kinds {
		for _, rule := range form.RulesFor(kind) {
			f, err := form.WithRules(rule)
			if err != nil {
				return nil, err
			}
			add(&f, Alternative{Kind: kind, Rule: rule})
		}
	}
	list, err := c.rescoresOf(ctx, organization, k.Assessment.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range slices.Backward(list) {
		if r.State == RescoreDraft || r.State == RescoreDiscarded {
			continue
		}
		f, err := c.rescoreForm(ctx, organization, r.ID)
		if err != nil {
			return nil, err
		}
		add(f, Alternative{Rescore: r})
	}
	return forms, nil
}

func scoreAll(s *questions.Scorer, rows []keptVector) ([][4]questions.Brief, error) {
	scores := make([][4]questions.Brief, len(rows))
	for n, r := range rows {
		var err error
		if scores[n], err = s.Score(r.Vector); err != nil {
			return nil, fmt.Errorf("sitting %s: %w", r.Sitting, err)
		}
	}
	return scores, nil
}

// stability compares two ways to mark the same people, quality by quality.
func stability(published, other [][4]questions.Brief, line int) []StabilityQuality {
	var list []StabilityQuality
	for q, quality := range questions.Qualities {
		s := StabilityQuality{Quality: quality}
		var before, after []float64
		sum := 0.0
		for n := range published {
			was, is := published[n][q], other[n][q]
			if !was.Shown || !is.Shown {
				continue
			}
			before, after = append(before, was.Signed), append(after, is.Signed)
			sum += is.Signed
			over, now := was.Closeness >= line, is.Closeness >= line
			if now {
				s.OnLine++
			}
			switch {
			case now && !over:
				s.CrossUp++
			case over && !now:
				s.CrossDown++
			}
		}
		s.N, s.Tau = len(before), measure.TauB(before, after)
		if s.N > 0 {
			s.Mean = 100 * sum / float64(s.N)
		}
		list = append(list, s)
	}
	return list
}

// crossers names the people whom the alternative puts on another side of the line, the
// greatest changes first.
func (c *Center) crossers(ctx context.Context, organization uuid.UUID, rows []keptVector, published, other [][4]questions.Brief, line int) ([]Move, error) {
	var moves []Move
	for n, r := range rows {
		for q, quality := range questions.Qualities {
			was, is := published[n][q], other[n][q]
			if was.Shown && is.Shown && (was.Closeness >= line) != (is.Closeness >= line) {
				moves = append(moves, Move{Invitation: r.Invitation, Quality: quality, Before: was, After: is, Crosses: true})
			}
		}
	}
	return c.namedMoves(ctx, organization, moves)
}
