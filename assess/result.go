package assess

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// ResultSchema names the shape of a result's document.
const ResultSchema = "fourfold.result/1"

// Result is a sitting's scores, frozen with every version they rest on. It is
// never changed; a re-score is another result beside it.
type Result struct {
	ID       uuid.UUID
	Version  int
	Document ResultDocument
	JSON     []byte // The document's very bytes, as kept and as served.
	Hash     string // "sha256:" and the hash of JSON.

	vector []byte
}

// ResultDocument is the one shape of a result that pages, API and receipts use.
// Its JSON Schema is web/result.schema.json.
type ResultDocument struct {
	Schema     string         `json:"schema"`
	ID         string         `json:"id"`
	Invitation string         `json:"invitation"`
	Assessment string         `json:"assessment"`
	Candidate  string         `json:"candidate"`
	Version    int            `json:"version"`
	Sitting    SittingFacts   `json:"sitting"`
	Form       FormRef        `json:"form"`
	Versions   ResultVersions `json:"versions"`

	KeyStatus questions.Status         `json:"key_status"`
	Answered  int                      `json:"answered"`
	Of        int                      `json:"of"`
	Qualities []questions.QualityScore `json:"qualities"`
	Items     []questions.ItemScore    `json:"items"`
	Redlines  []questions.RedlinePick  `json:"redlines"`
	Ratings   questions.RatingStyle    `json:"ratings"`
	SpentMS   []int64                  `json:"spent_ms"` // By position.

	DecisionSupportOnly bool           `json:"decision_support_only"`
	Notice              questions.Text `json:"notice"`
}

// SittingFacts says when and in which language a sitting took place. Extra time
// is not among them: who had it is nobody's business behind the score.
type SittingFacts struct {
	ID        string         `json:"id"`
	Language  questions.Lang `json:"language"`
	StartedAt Time           `json:"started_at"`
	EndedAt   Time           `json:"ended_at"`
	Ended     SittingState   `json:"ended"` // submitted or expired
}

// FormRef names the form a result rests on.
type FormRef struct {
	Blueprint string `json:"blueprint"`
	Hash      string `json:"hash"`
}

// ResultVersions names everything else a result rests on.
type ResultVersions struct {
	Engine string   `json:"engine"`
	Key    string   `json:"key"`
	Rules  []string `json:"rules"`
	Norm   *string  `json:"norm"` // The norm in use when the result was made; null where there was none.
}

// canonical is a document's one text: fixed field order, no HTML escaping.
func canonical(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// resultOf scores an ended sitting: everything but the row's own id.
func resultOf(s Sitting, id uuid.UUID) (Result, error) {
	responses := make([]questions.Response, len(s.Kept))
	spent := make([]int64, len(s.Kept))
	whole := s.EndedAt.Sub(s.StartedAt.Time).Milliseconds()
	for i, k := range s.Kept {
		responses[i] = k.Response
		spent[i] = min(k.SpentMS, whole) // the page measures, the server's clock bounds
	}
	profile := s.Form.Score(responses)
	d := ResultDocument{
		Schema:     ResultSchema,
		ID:         FormatID(ResultID, id),
		Invitation: FormatID(InvitationID, s.invitation),
		Assessment: FormatID(AssessmentID, s.Seat.Assessment),
		Candidate:  FormatID(CandidateID, s.candidate),
		Version:    1,
		Sitting: SittingFacts{ID: FormatID(SittingID, s.Seat.Sitting), Language: s.Language,
			StartedAt: s.StartedAt, EndedAt: s.EndedAt, Ended: s.State},
		Form:      FormRef{Blueprint: s.Form.Blueprint, Hash: s.formHash},
		Versions:  ResultVersions{Engine: Engine, Key: s.Form.KeyVersion, Norm: s.norm},
		KeyStatus: s.Form.Status,
		Of:        len(s.Form.Items),
		Qualities: profile.Qualities,
		Items:     profile.Items,
		Redlines:  profile.Redlines,
		Ratings:   profile.Ratings,
		SpentMS:   spent,

		DecisionSupportOnly: true,
		Notice:              s.Form.Notice,
	}
	for _, i := range profile.Items {
		if i.Answered {
			d.Answered++
		}
		if !slices.Contains(d.Versions.Rules, i.Rule) {
			d.Versions.Rules = append(d.Versions.Rules, i.Rule)
		}
	}
	slices.Sort(d.Versions.Rules)
	text, err := canonical(d)
	return Result{ID: id, Version: 1, Document: d, JSON: text, Hash: hashOf(text), vector: s.Form.Vector(responses)}, err
}

// keepResult writes scores and response vector into one row, which reports,
// statistics and exports read instead of the answers.
func (c *Center) keepResult(ctx context.Context, tx *sqlx.Tx, s Sitting) (Result, error) {
	var err error
	if s.norm, err = normInUse(ctx, tx, s.Seat.Organization, s.Seat.Assessment, s.Language); err != nil {
		return Result{}, err
	}
	r, err := resultOf(s, newID())
	if err != nil {
		return Result{}, err
	}
	closeness := map[questions.Quality]*int{}
	for _, q := range r.Document.Qualities {
		closeness[q.Quality] = q.Closeness
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO results (organization_id, id, invitation_id, sitting_id, assessment_id, version, document, hash, form_hash,
		  vector, times, communication, endurance, negotiation, legal, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		s.Seat.Organization, r.ID, s.invitation, s.Seat.Sitting, s.Seat.Assessment, r.Version, string(r.JSON), r.Hash,
		r.Document.Form.Hash, r.vector, timesOf(r.Document.SpentMS), closeness[questions.Communication], closeness[questions.Endurance],
		closeness[questions.Negotiation], closeness[questions.Legal], c.now()); err != nil {
		return Result{}, err
	}
	return r, queueCounts(ctx, tx, s.Seat.Organization, r.ID, everybody)
}

const latestResultOf = `
	SELECT id, version, document, hash, vector
	FROM results
	WHERE organization_id = $1 AND invitation_id = $2
	ORDER BY version DESC
	LIMIT 1`

func latestResult(ctx context.Context, db sqlx.QueryerContext, organization, invitation uuid.UUID) (Result, error) {
	var row struct {
		ID       uuid.UUID `db:"id"`
		Version  int       `db:"version"`
		Document string    `db:"document"`
		Hash     string    `db:"hash"`
		Vector   []byte    `db:"vector"`
	}
	if err := sqlx.GetContext(ctx, db, &row, latestResultOf, organization, invitation); err != nil {
		return Result{}, readError(err)
	}
	r := Result{ID: row.ID, Version: row.Version, JSON: []byte(row.Document), Hash: row.Hash, vector: row.Vector}
	if err := json.Unmarshal(r.JSON, &r.Document); err != nil {
		return Result{}, fmt.Errorf("result %s: %w", row.ID, err)
	}
	return r, nil
}

// Result returns the frozen result of an invitation and notes in the audit log
// who read it. Before there is one it is ErrNoResult; for an unknown and a foreign
// invitation ErrNotFound.
func (c *Center) Result(ctx context.Context, by Actor, invitation uuid.UUID) (Result, error) {
	if err := by.may(SeeResults); err != nil {
		return Result{}, err
	}
	var r Result
	err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		if r, err = latestResult(ctx, tx, by.Organization, invitation); err == nil {
			return c.audit(ctx, tx, by, "result.read", r.ID, "")
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		if _, err := invitationOf(ctx, tx, by.Organization, invitation); err != nil {
			return err
		}
		return ErrNoResult
	})
	return r, err
}

// Report is what a recruiter reads: the frozen result with the form and the
// responses it rests on.
type Report struct {
	Invitation Invitation
	Result     Result
	Form       *questions.Form
	Responses  []questions.Response // By position.
	Facets     []questions.FacetWord
	Norm       *Norm      // The norm the result names; nil where there was none.
	Standings  []Standing // By that norm.
	Signals    []Signal   // How the answers were given, for a person to read.
}

// Report returns an invitation's report and notes in the audit log who read it.
// Nothing is computed that was known at submission.
func (c *Center) Report(ctx context.Context, by Actor, invitation uuid.UUID) (Report, error) {
	result, err := c.Result(ctx, by, invitation)
	if err != nil {
		return Report{}, err
	}
	inv, err := invitationOf(ctx, c.read, by.Organization, invitation)
	if err != nil {
		return Report{}, err
	}
	form, err := c.formOf(ctx, by.Organization, inv.AssessmentID)
	if err != nil {
		return Report{}, err
	}
	responses, err := form.Responses(result.vector)
	if err != nil {
		return Report{}, fmt.Errorf("result %s: %w", result.ID, err)
	}
	r := Report{Invitation: inv, Result: result, Form: form, Responses: responses,
		Facets: form.FacetWords(result.Document.profile())}
	if r.Norm, err = normOf(ctx, c.read, by.Organization, result.Document); err != nil {
		return Report{}, err
	}
	if r.Norm != nil {
		r.Standings = r.Norm.Standings(result.Document)
	}
	r.Signals, err = c.signals(ctx, by.Organization, r)
	return r, err
}

func (d ResultDocument) profile() questions.Profile {
	return questions.Profile{Qualities: d.Qualities, Items: d.Items, Redlines: d.Redlines, Ratings: d.Ratings}
}

// QualityFeedback is what a candidate reads of one quality: how much was answered
// and the level in words, no figure and nothing of the key.
type QualityFeedback struct {
	Quality  questions.Quality
	Answered int
	Of       int
	Level    questions.Level
}

// Feedback is the candidate's own copy of the outcome.
type Feedback struct {
	Sitting   Sitting // Without form and answers.
	Answered  int
	Of        int
	Qualities []QualityFeedback // Empty when nothing was scored.
}

// Feedback returns the candidate's own feedback once the sitting is over; before
// that it is ErrNotStarted or ErrConflict.
func (c *Center) Feedback(ctx context.Context, seat Seat) (Feedback, error) {
	s, err := sittingOf(ctx, c.read, seat)
	if err != nil {
		return Feedback{}, err
	}
	if !s.Ended() {
		return Feedback{}, ErrConflict
	}
	f := Feedback{Sitting: s}
	if s.State != Submitted && s.State != Expired {
		return f, nil
	}
	r, err := latestResult(ctx, c.read, seat.Organization, s.invitation)
	if err != nil {
		return Feedback{}, err
	}
	f.Answered, f.Of = r.Document.Answered, r.Document.Of
	for _, q := range r.Document.Qualities {
		f.Qualities = append(f.Qualities, QualityFeedback{q.Quality, q.Answered, q.Of, q.Level})
	}
	return f, nil
}
