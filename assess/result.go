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
	Rescore    *RescoreRef    `json:"rescore,omitempty"` // Nil in version 1.

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

// RescoreRef says of a later version where it came from. What it rests on is in
// Form and Versions, as for any result.
type RescoreRef struct {
	ID string `json:"id"`
	Of string `json:"of"` // The result it stands beside, the version before.
	At Time   `json:"at"`
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
	d := ResultDocument{
		Schema:     ResultSchema,
		ID:         FormatID(ResultID, id),
		Invitation: FormatID(InvitationID, s.invitation),
		Assessment: FormatID(AssessmentID, s.Seat.Assessment),
		Candidate:  FormatID(CandidateID, s.candidate),
		Version:    1,
		Sitting: SittingFacts{ID: FormatID(SittingID, s.Seat.Sitting), Language: s.Language,
			StartedAt: s.StartedAt, EndedAt: s.EndedAt, Ended: s.State},
		Versions: ResultVersions{Engine: Engine, Norm: s.norm},
		SpentMS:  spent,
	}
	return d.frozen(id, s.Form, s.formHash, responses)
}

// frozen scores the document under a form and writes it down.
func (d ResultDocument) frozen(id uuid.UUID, form *questions.Form, hash string, responses []questions.Response) (Result, error) {
	d = d.scored(form, hash, responses)
	text, err := canonical(d)
	return Result{ID: id, Version: d.Version, Document: d, JSON: text, Hash: hashOf(text), vector: form.Vector(responses)}, err
}

// scored is the document with all that follows from a form and the responses to it:
// everything but whose sitting it was, when, and how long the answers took.
func (d ResultDocument) scored(form *questions.Form, hash string, responses []questions.Response) ResultDocument {
	profile := form.Score(responses)
	d.Form = FormRef{Blueprint: form.Blueprint, Hash: hash}
	d.Versions.Key, d.Versions.Rules = form.KeyVersion, nil
	d.KeyStatus = form.Status
	d.Answered, d.Of = 0, len(form.Items)
	d.Qualities, d.Items, d.Redlines, d.Ratings = profile.Qualities, profile.Items, profile.Redlines, profile.Ratings
	d.DecisionSupportOnly, d.Notice = true, form.Notice
	for _, i := range profile.Items {
		if i.Answered {
			d.Answered++
		}
		if !slices.Contains(d.Versions.Rules, i.Rule) {
			d.Versions.Rules = append(d.Versions.Rules, i.Rule)
		}
	}
	slices.Sort(d.Versions.Rules)
	return d
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
	if err := c.insertResult(ctx, tx, resultOwner{s.Seat.Organization, s.invitation, s.Seat.Sitting, s.Seat.Assessment}, r); err != nil {
		return Result{}, err
	}
	return r, queueCounts(ctx, tx, s.Seat.Organization, r.ID, everybody)
}

// resultOwner is whose result a row is.
type resultOwner struct{ Organization, Invitation, Sitting, Assessment uuid.UUID }

func (c *Center) insertResult(ctx context.Context, tx *sqlx.Tx, of resultOwner, r Result) error {
	closeness := map[questions.Quality]*int{}
	for _, q := range r.Document.Qualities {
		closeness[q.Quality] = q.Closeness
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO results (organization_id, id, invitation_id, sitting_id, assessment_id, version, document, hash, form_hash,
		  vector, times, communication, endurance, negotiation, legal, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		of.Organization, r.ID, of.Invitation, of.Sitting, of.Assessment, r.Version, string(r.JSON), r.Hash,
		r.Document.Form.Hash, r.vector, timesOf(r.Document.SpentMS), closeness[questions.Communication], closeness[questions.Endurance],
		closeness[questions.Negotiation], closeness[questions.Legal], c.now())
	return err
}

const latestResultOf = `
	SELECT id, version, document, hash, vector
	FROM results
	WHERE organization_id = $1 AND invitation_id = $2
	ORDER BY version DESC
	LIMIT 1`

// resultRow is a result as it is kept.
type resultRow struct {
	ID       uuid.UUID `db:"id"`
	Version  int       `db:"version"`
	Document string    `db:"document"`
	Hash     string    `db:"hash"`
	Vector   []byte    `db:"vector"`
}

func (r resultRow) result() (Result, error) {
	found := Result{ID: r.ID, Version: r.Version, JSON: []byte(r.Document), Hash: r.Hash, vector: r.Vector}
	if err := json.Unmarshal(found.JSON, &found.Document); err != nil {
		return Result{}, fmt.Errorf("result %s: %w", r.ID, err)
	}
	return found, nil
}

func latestResult(ctx context.Context, db sqlx.QueryerContext, organization, invitation uuid.UUID) (Result, error) {
	return readResult(ctx, db, latestResultOf, organization, invitation)
}

func readResult(ctx context.Context, db sqlx.QueryerContext, query string, organization, id uuid.UUID) (Result, error) {
	var row resultRow
	if err := sqlx.GetContext(ctx, db, &row, query, organization, id); err != nil {
		return Result{}, readError(err)
	}
	return row.result()
}

const resultsOf = `
	SELECT id, version, document, hash, vector
	FROM results
	WHERE organization_id = $1 AND invitation_id = $2
	ORDER BY version DESC`

// allResults returns every version of a sitting's result, the newest first.
func allResults(ctx context.Context, db sqlx.QueryerContext, organization, invitation uuid.UUID) ([]Result, error) {
	var rows []resultRow
	if err := sqlx.SelectContext(ctx, db, &rows, resultsOf, organization, invitation); err != nil {
		return nil, readError(err)
	}
	list := make([]Result, len(rows))
	for n, row := range rows {
		var err error
		if list[n], err = row.result(); err != nil {
			return nil, err
		}
	}
	return list, nil
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

const resultByID = `
	SELECT id, version, document, hash, vector
	FROM results
	WHERE organization_id = $1 AND id = $2`

// NormedResult is a result with where it stands in the norm it names.
type NormedResult struct {
	Result
	Norm      *Norm     // Nil where the result names none.
	Standings Standings // By that norm.
}

// ResultByID returns a result by its own id, one that was scored again meanwhile
// too, and notes in the audit log who read it. An unknown and a foreign one are both
// ErrNotFound.
func (c *Center) ResultByID(ctx context.Context, by Actor, id uuid.UUID) (NormedResult, error) {
	if err := by.may(SeeResults); err != nil {
		return NormedResult{}, err
	}
	var p NormedResult
	err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		if p.Result, err = readResult(ctx, tx, resultByID, by.Organization, id); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "result.read", p.Result.ID, "")
	})
	if err != nil {
		return NormedResult{}, err
	}
	p.Norm, p.Standings, err = normOf(ctx, c.read, by.Organization, p.Document)
	return p, err
}

// Report is what a recruiter reads: the frozen result with the form and the
// responses it rests on.
type Report struct {
	Invitation Invitation
	Result     Result
	Versions   []Result // Every version there is, the newest first; one for most.
	Form       *questions.Form
	Responses  []questions.Response // By position.
	Facets     []questions.FacetWord
	Norm       *Norm     // The norm the result names; nil where there was none.
	Standings  Standings // By that norm.
	Signals    []Signal  // How the answers were given, for a person to read.
}

// Report returns an invitation's report and notes in the audit log who read it.
// Nothing is computed that was known at submission.
func (c *Center) Report(ctx context.Context, by Actor, invitation uuid.UUID) (Report, error) {
	return c.ReportVersion(ctx, by, invitation, 0)
}

// ReportVersion is Report on an earlier version of the result, or on the newest for
// version 0. A version that does not exist is ErrNotFound.
func (c *Center) ReportVersion(ctx context.Context, by Actor, invitation uuid.UUID, version int) (Report, error) {
	if err := by.may(SeeResults); err != nil {
		return Report{}, err
	}
	var r Report
	err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		r, err = c.readVersion(ctx, tx, by, invitation, version)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	if r.Form, err = c.formOfResult(ctx, by.Organization, r.Invitation.AssessmentID, r.Result); err != nil {
		return Report{}, err
	}
	if r.Responses, err = r.Form.Responses(r.Result.vector); err != nil {
		return Report{}, fmt.Errorf("result %s: %w", r.Result.ID, err)
	}
	r.Facets = r.Form.FacetWords(r.Result.Document.profile())
	if r.Norm, r.Standings, err = normOf(ctx, c.read, by.Organization, r.Result.Document); err != nil {
		return Report{}, err
	}
	r.Signals, err = c.signals(ctx, by.Organization, r)
	return r, err
}

// readVersion begins a report with what was frozen – the invitation, every version and
// the one asked for – and notes in the audit log who read it.
func (c *Center) readVersion(ctx context.Context, tx *sqlx.Tx, by Actor, invitation uuid.UUID, version int) (r Report, err error) {
	if r.Invitation, err = invitationOf(ctx, tx, by.Organization, invitation); err != nil {
		return r, err
	}
	if r.Versions, err = allResults(ctx, tx, by.Organization, invitation); err != nil {
		return r, err
	}
	if len(r.Versions) == 0 {
		return r, ErrNoResult
	}
	at := slices.IndexFunc(r.Versions, func(v Result) bool { return version == 0 || v.Version == version })
	if at < 0 {
		return r, ErrNotFound
	}
	r.Result = r.Versions[at]
	return r, c.audit(ctx, tx, by, "result.read", r.Result.ID, "")
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
	Notice    questions.Text
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
	form, err := c.formOf(ctx, seat.Organization, seat.Assessment)
	if err != nil {
		return Feedback{}, err
	}
	f := Feedback{Sitting: s, Notice: form.Notice}
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
