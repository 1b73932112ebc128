package assess

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// NormSchema names the shape of a norm's document.
const NormSchema = "fourfold.norm/1"

// NormFloor is how many sittings a norm needs.
const NormFloor = measure.NormFloor

// Norm is a reference group out of an organization's own sittings, frozen with its
// size and date. A newer version stands beside the old; results name the one that was
// in use when they were made.
type Norm struct {
	ID       uuid.UUID
	Document NormDocument
	Hash     string // "sha256:" and the hash of the document's text.
}

// NormDocument is the one shape of a norm.
type NormDocument struct {
	Schema      string         `json:"schema"`
	ID          string         `json:"id"`
	Assessment  string         `json:"assessment"`
	Version     int            `json:"version"`
	Language    questions.Lang `json:"language"`
	Form        FormRef        `json:"form"`
	Key         string         `json:"key"`
	Instruction string         `json:"instruction"` // What candidates were told to answer by.
	Source      string         `json:"source"`
	From        Time           `json:"from"` // Sittings that ended at or after this; null is from the first.
	Until       Time           `json:"until"`
	N           int64          `json:"n"`
	CreatedAt   Time           `json:"created_at"`
	Qualities   []NormQuality  `json:"qualities"` // Always the four, in order.
}

// NormQuality is the reference of one quality. Figures that could not be had are null
// with a reason.
type NormQuality struct {
	Quality     questions.Quality `json:"quality"`
	Mean        *float64          `json:"mean"` // Of closeness, 0 to 100.
	SD          *float64          `json:"sd"`
	Complete    int64             `json:"complete"` // Sittings that answered every item: those reliability rests on.
	Coefficient Coefficient       `json:"coefficient"`
	Reliability *float64          `json:"reliability"`
	AsZero      bool              `json:"negative_reliability_as_zero"`
	SEM         *float64          `json:"sem"` // In points of closeness.
	Reason      measure.Reason    `json:"reason"`
	Chance      float64           `json:"chance"` // What guessing earns, 0 to 1.
	Scores      []NormScore       `json:"scores"` // Lowest first.
}

// NormScore is how many sittings had a closeness, which is an exact fraction.
type NormScore struct {
	Closeness string `json:"closeness"`
	N         int64  `json:"n"`
}

// NormFilter says which sittings a norm is made of. The zero times are no bounds.
type NormFilter struct {
	Assessment uuid.UUID
	Language   questions.Lang
	From       Time // Ended at or after.
	Until      Time // Ended before.
}

// NormShortfall says how many sittings are there and how many are missing for a norm.
type NormShortfall struct{ N, Missing int64 }

// Error counts what is missing.
func (s *NormShortfall) Error() string {
	return fmt.Sprintf("%d sittings fit, %d more are needed", s.N, s.Missing)
}

func (f NormFilter) check() error {
	var faults FieldErrors
	faults.language("language", f.Language)
	for _, bound := range []struct {
		field string
		at    Time
	}{{"from", f.From}, {"until", f.Until}} {
		if !bound.at.IsZero() && (bound.at.Before(firstTime.Time) || bound.at.After(lastTime.Time)) {
			faults = append(faults, FieldError{Field: bound.field, Word: WordUnknown})
		}
	}
	if !f.From.IsZero() && !f.Until.IsZero() && !f.Until.After(f.From.Time) {
		faults = append(faults, FieldError{Field: "until", Word: WordBeforeStart})
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// sample is what a norm is made of, gathered result by result.
type sample struct {
	*layout
	n       int64
	moments []int64 // counters of the layout, of which only the moments are used
	scores  []map[string]int64
}

const sampleOf = `
	SELECT r.id AS result_id, r.vector
	FROM results r
	JOIN sittings s ON s.organization_id = r.organization_id AND s.id = r.sitting_id
	WHERE r.organization_id = $1 AND r.assessment_id = $2 AND r.version = 1 AND s.language = $3 AND s.ended_at >= $4 AND s.ended_at < $5`

// Open bounds of a filter, for engines that compare text; no bound lies beyond them.
var (
	firstTime = At(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC))
	lastTime  = At(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
)

// gather reads the sittings a filter names. Counted are those in which all four
// qualities have a score.
func (c *Center) gather(ctx context.Context, organization uuid.UUID, l *layout, f NormFilter) (sample, error) {
	s := sample{layout: l, moments: make([]int64, l.size), scores: make([]map[string]int64, len(l.qualities))}
	for q := range s.scores {
		s.scores[q] = map[string]int64{}
	}
	from, until := f.From, f.Until
	if from.IsZero() {
		from = firstTime
	}
	if until.IsZero() {
		until = lastTime
	}
	rows, err := c.read.QueryxContext(ctx, sampleOf, organization, f.Assessment, f.Language, from, until)
	if err != nil {
		return s, readError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var row struct {
			Result uuid.UUID `db:"result_id"`
			Vector []byte    `db:"vector"`
		}
		if err := rows.StructScan(&row); err != nil {
			return s, err
		}
		if err := s.add(row.Vector); err != nil {
			return s, fmt.Errorf("result %s: %w", row.Result, err)
		}
	}
	return s, readError(rows.Err())
}

func (s *sample) add(vector []byte) error {
	marks, _, err := s.marksOf(vector)
	if err != nil {
		return err
	}
	closeness := make([]string, len(s.qualities))
	for q := range s.qualities {
		quality := &s.qualities[q]
		above, whole, answered := quality.sum(s.layout, marks)
		if !questions.Enough(answered, len(quality.items)) {
			return nil
		}
		closeness[q] = big.NewRat(above, whole).String()
	}
	s.n++
	for q, text := range closeness {
		s.scores[q][text]++
		s.qualities[q].moments.count(s.moments, marks, 1)
	}
	return nil
}

// norms freezes what was gathered.
func (s sample) norms() []NormQuality {
	var list []NormQuality
	for q, name := range questions.Qualities {
		n := NormQuality{Quality: name, Chance: s.qualities[q].chanceLevel(), Coefficient: PlainAlpha}
		for text, count := range s.scores[q] {
			n.Scores = append(n.Scores, NormScore{text, count})
		}
		slices.SortFunc(n.Scores, func(a, b NormScore) int { return exact(a.Closeness).Cmp(exact(b.Closeness)) })
		group := n.scores()
		n.Mean, _ = pointer(group.Mean())
		n.SD, _ = pointer(group.SD())
		m := tally{s.layout, s.moments}.moments(s.qualities[q].moments)
		n.Complete = m.N
		if missing(m.N, ReliabilityFloor) > 0 {
			n.Reason = measure.TooFewPersons
		} else {
			r := s.layout.reliability(q, m.Covariance())
			n.Coefficient, n.AsZero = r.Coefficient, r.AsZero
			n.Reliability, n.Reason = pointer(r.Value)
			if n.Reason == "" {
				n.SEM, n.Reason = pointer(r.SEM)
			}
		}
		list = append(list, n)
	}
	return list
}

func pointer(f Figure) (*float64, measure.Reason) {
	if !f.Known() {
		return nil, f.Reason
	}
	return &f.Value, ""
}

// exact reads a fraction that a document of ours holds.
func exact(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat)
	}
	return r
}

// hundred is a closeness on the scale of 0 to 100: the float nearest to the exact
// value, so that equal scores are equal.
func hundred(text string) float64 {
	r := exact(text)
	v, _ := r.Mul(r, big.NewRat(100, 1)).Float64()
	return v
}

func (n NormQuality) scores() measure.Scores {
	s := measure.Scores{}
	for _, score := range n.Scores {
		s[hundred(score.Closeness)] += score.N
	}
	return s
}

// NormPreview counts the sittings a filter names, and how many are missing.
func (c *Center) NormPreview(ctx context.Context, by Actor, f NormFilter) (NormShortfall, error) {
	if err := by.may(MakeNorms); err != nil {
		return NormShortfall{}, err
	}
	if err := f.check(); err != nil {
		return NormShortfall{}, err
	}
	form, err := c.formOf(ctx, by.Organization, f.Assessment)
	if err != nil {
		return NormShortfall{}, err
	}
	s, err := c.gather(ctx, by.Organization, c.layout(form), f)
	return NormShortfall{s.n, missing(s.n, NormFloor)}, err
}

// MakeNorm freezes the sittings a filter names as the next version of the norm of an
// assessment in a language; results made from then on name it. Under the floor it is
// ErrTooFew with a *NormShortfall that says how many are missing.
func (c *Center) MakeNorm(ctx context.Context, by Actor, f NormFilter) (Norm, error) {
	if err := by.may(MakeNorms); err != nil {
		return Norm{}, err
	}
	if err := f.check(); err != nil {
		return Norm{}, err
	}
	form, err := c.formOf(ctx, by.Organization, f.Assessment)
	if err != nil {
		return Norm{}, err
	}
	a, err := assessmentOf(ctx, c.read, by.Organization, f.Assessment)
	if err != nil {
		return Norm{}, err
	}
	// Before the transaction: it reads every sitting, and answers would wait.
	s, err := c.gather(ctx, by.Organization, c.layout(form), f)
	if err != nil {
		return Norm{}, err
	}
	if short := missing(s.n, NormFloor); short > 0 {
		return Norm{}, fmt.Errorf("%w: %w", ErrTooFew, &NormShortfall{s.n, short})
	}
	var norm Norm
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		var last int
		if err := tx.GetContext(ctx, &last, "SELECT COALESCE(MAX(version), 0) FROM norms WHERE organization_id = $1 AND assessment_id = $2 AND language = $3",
			by.Organization, f.Assessment, f.Language); err != nil {
			return err
		}
		norm.ID = newID()
		norm.Document = NormDocument{
			Schema: NormSchema, ID: FormatID(NormID, norm.ID), Assessment: FormatID(AssessmentID, a.ID), Version: last + 1,
			Language: f.Language, Form: FormRef{Blueprint: form.Blueprint, Hash: a.FormHash}, Key: form.KeyVersion,
			Instruction: form.Premise.In(f.Language), Source: "own_sittings", From: f.From, Until: f.Until, N: s.n, CreatedAt: c.now(),
			Qualities: s.norms(),
		}
		text, err := canonical(norm.Document)
		if err != nil {
			return err
		}
		norm.Hash = hashOf(text)
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO norms (organization_id, id, assessment_id, language, version, n, document, hash, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			by.Organization, norm.ID, f.Assessment, f.Language, norm.Document.Version, s.n, string(text), norm.Hash, norm.Document.CreatedAt); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "norm.made", norm.ID, norm.Hash)
	})
	return norm, err
}

type normRow struct {
	ID       uuid.UUID `db:"id"`
	Document string    `db:"document"`
	Hash     string    `db:"hash"`
}

func (r normRow) norm() (Norm, error) {
	n := Norm{ID: r.ID, Hash: r.Hash}
	if err := json.Unmarshal([]byte(r.Document), &n.Document); err != nil {
		return n, fmt.Errorf("norm %s: %w", r.ID, err)
	}
	return n, nil
}

// Norms lists an assessment's norms, the newest of each language first.
func (c *Center) Norms(ctx context.Context, by Actor, assessment uuid.UUID) ([]Norm, error) {
	if err := by.may(SeeQuality); err != nil {
		return nil, err
	}
	if _, err := assessmentOf(ctx, c.read, by.Organization, assessment); err != nil {
		return nil, err
	}
	var rows []normRow
	if err := c.read.SelectContext(ctx, &rows, `
		SELECT id, document, hash FROM norms
		WHERE organization_id = $1 AND assessment_id = $2
		ORDER BY language DESC, version DESC`, by.Organization, assessment); err != nil {
		return nil, readError(err)
	}
	list := make([]Norm, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = r.norm(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// normInUse names the norm that results of an assessment in a language are read by
// from now on; nil while there is none.
func normInUse(ctx context.Context, tx *sqlx.Tx, organization, assessment uuid.UUID, language questions.Lang) (*string, error) {
	var id uuid.UUID
	err := readError(tx.GetContext(ctx, &id, `
		SELECT id FROM norms
		WHERE organization_id = $1 AND assessment_id = $2 AND language = $3
		ORDER BY version DESC LIMIT 1`, organization, assessment, language))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	name := FormatID(NormID, id)
	return &name, err
}

// normOf reads the norm a result names, and where the result stands in it; nil where it
// names none.
func normOf(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID, d ResultDocument) (*Norm, Standings, error) {
	if d.Versions.Norm == nil {
		return nil, nil, nil
	}
	id, err := ParseID(NormID, *d.Versions.Norm)
	if err != nil {
		return nil, nil, fmt.Errorf("result %s names the norm %q", d.ID, *d.Versions.Norm)
	}
	var row normRow
	if err := sqlx.GetContext(ctx, db, &row, "SELECT id, document, hash FROM norms WHERE organization_id = $1 AND id = $2", organization, id); err != nil {
		return nil, nil, fmt.Errorf("norm of result %s: %w", d.ID, readError(err))
	}
	n, err := row.norm()
	if err != nil {
		return nil, nil, err
	}
	return &n, n.standings(d), nil
}

// Standing is where a score lies in its norm, and how sure that is. No part of it is
// shown without the norm's size and date.
type Standing struct {
	Quality     questions.Quality
	Percentile  Figure
	Sten        Figure
	Score       measure.Score // Signed, unrounded closeness and its error.
	Banded      bool          // The error is known.
	Low, High   int           // The band, 0 to 100, whole numbers outwards.
	Coefficient Coefficient
	Reliability float64
	AsZero      bool
	Reason      measure.Reason // Why there is no band, if so.
	chance      float64
}

// Standings are a result's, a line for each quality with a score.
type Standings []Standing

// Of returns the line of a quality; false where it has no score, or there is no norm.
func (s Standings) Of(q questions.Quality) (Standing, bool) {
	i := slices.IndexFunc(s, func(one Standing) bool { return one.Quality == q })
	if i < 0 {
		return Standing{}, false
	}
	return s[i], true
}

// RawBand is the band on the scale of the raw score, for a picture on that axis.
func (s Standing) RawBand() (low, high int) {
	on := func(closeness float64) float64 { return 100*s.chance + closeness*(1-s.chance) }
	half := s.Score
	half.Value, half.SEM = on(s.Score.Value), s.Score.SEM*(1-s.chance)
	return outward(half)
}

func outward(s measure.Score) (low, high int) {
	from, to := s.Band()
	return int(math.Floor(from)), int(math.Ceil(to))
}

// standings reads a result by its norm.
func (n Norm) standings(d ResultDocument) Standings {
	var list Standings
	for i, q := range d.Qualities {
		if !q.Shown || i >= len(n.Document.Qualities) {
			continue
		}
		own := n.Document.Qualities[i]
		s := Standing{Quality: q.Quality, Coefficient: own.Coefficient, AsZero: own.AsZero, Reason: own.Reason, chance: own.Chance}
		s.Score.Value = hundred(q.Exact.Closeness)
		row := measure.NewNorm(own.scores()).At(s.Score.Value)
		s.Percentile, s.Sten = row.Percentile, row.Sten
		if own.SEM != nil && own.Reliability != nil {
			s.Banded, s.Score.SEM, s.Reliability = true, *own.SEM, *own.Reliability
			s.Low, s.High = outward(s.Score)
		}
		list = append(list, s)
	}
	return list
}
