package assess

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// AssessmentState says whether an assessment may still change.
type AssessmentState string

// The states of an assessment. A published one never changes again.
const (
	Draft     AssessmentState = "draft"
	Published AssessmentState = "published"
)

// Assessment is what a recruiter offers: a form, a time limit and what candidates
// are told about the job.
type Assessment struct {
	ID           uuid.UUID
	Title        questions.Text
	State        AssessmentState
	Blueprint    string
	Jurisdiction string
	LimitSeconds int
	ValidDays    int            // How long an invitation lasts unless it says otherwise.
	Contact      string         // Whom a candidate may ask, and who reviews a result on request.
	Pay          questions.Text // The employer's own words on pay for the job preview; may be empty.
	FormHash     string
	KeyStatus    questions.Status
	Items        int
	CreatedAt    Time
	PublishedAt  Time
}

// NewAssessment is what a recruiter decides about a draft.
type NewAssessment struct {
	Title        questions.Text
	Blueprint    string
	Jurisdiction string
	ValidDays    int
	Contact      string
	Pay          questions.Text
}

type assessmentRow struct {
	ID           uuid.UUID        `db:"id"`
	TitleZh      string           `db:"title_zh"`
	TitleEn      string           `db:"title_en"`
	State        AssessmentState  `db:"state"`
	Blueprint    string           `db:"blueprint"`
	Jurisdiction string           `db:"jurisdiction"`
	LimitSeconds int              `db:"limit_seconds"`
	ValidDays    int              `db:"valid_days"`
	Contact      string           `db:"contact"`
	PayZh        string           `db:"pay_zh"`
	PayEn        string           `db:"pay_en"`
	FormHash     string           `db:"form_hash"`
	KeyStatus    questions.Status `db:"key_status"`
	Items        int              `db:"items"`
	CreatedAt    Time             `db:"created_at"`
	PublishedAt  Time             `db:"published_at"`
}

func (r assessmentRow) assessment() Assessment {
	return Assessment{
		ID: r.ID, Title: questions.Text{Chinese: r.TitleZh, English: r.TitleEn}, State: r.State, Blueprint: r.Blueprint,
		Jurisdiction: r.Jurisdiction, LimitSeconds: r.LimitSeconds, ValidDays: r.ValidDays, Contact: r.Contact,
		Pay: questions.Text{Chinese: r.PayZh, English: r.PayEn}, FormHash: r.FormHash, KeyStatus: r.KeyStatus,
		Items: r.Items, CreatedAt: r.CreatedAt, PublishedAt: r.PublishedAt,
	}
}

// The form itself is large and read only through formOf.
const assessmentColumns = `
	id, title_zh, title_en, state, blueprint, jurisdiction, limit_seconds, valid_days, contact, pay_zh, pay_en,
	form_hash, key_status, items, created_at, published_at`

// Assessments lists the organization's assessments, newest first.
func (c *Center) Assessments(ctx context.Context, by Actor) ([]Assessment, error) {
	if err := by.may(SeeAssessments); err != nil {
		return nil, err
	}
	var rows []assessmentRow
	err := c.read.SelectContext(ctx, &rows, `
		SELECT`+assessmentColumns+`
		FROM assessments
		WHERE organization_id = $1
		ORDER BY created_at DESC, id DESC`, by.Organization)
	list := make([]Assessment, len(rows))
	for i, r := range rows {
		list[i] = r.assessment()
	}
	return list, readError(err)
}

// Assessment returns one assessment; an unknown and a foreign one are both
// ErrNotFound.
func (c *Center) Assessment(ctx context.Context, by Actor, id uuid.UUID) (Assessment, error) {
	if err := by.may(SeeAssessments); err != nil {
		return Assessment{}, err
	}
	return assessmentOf(ctx, c.read, by.Organization, id)
}

func assessmentOf(ctx context.Context, db sqlx.QueryerContext, organization, id uuid.UUID) (Assessment, error) {
	var row assessmentRow
	err := sqlx.GetContext(ctx, db, &row, "SELECT"+assessmentColumns+" FROM assessments WHERE organization_id = $1 AND id = $2", organization, id)
	return row.assessment(), readError(err)
}

// DraftAssessment makes an assessment that may still be thrown away.
func (c *Center) DraftAssessment(ctx context.Context, by Actor, in NewAssessment) (Assessment, error) {
	if err := by.may(EditAssessments); err != nil {
		return Assessment{}, err
	}
	bank, err := c.bank()
	if err != nil {
		return Assessment{}, err
	}
	blueprint, known := bank.Blueprints[in.Blueprint]
	var faults FieldErrors
	faults.text("title_zh", &in.Title.Chinese, 1, 80)
	faults.text("title_en", &in.Title.English, 1, 160)
	faults.text("contact", &in.Contact, 1, 200)
	faults.text("pay_zh", &in.Pay.Chinese, 0, 600)
	faults.text("pay_en", &in.Pay.English, 0, 1200)
	if !known {
		faults = append(faults, FieldError{Field: "blueprint", Word: WordUnknown})
	}
	if in.Jurisdiction != "CN" {
		faults = append(faults, FieldError{Field: "jurisdiction", Word: WordUnknown})
	}
	if in.ValidDays < 1 {
		faults = append(faults, FieldError{Field: "valid_days", Word: WordInPast})
	} else if in.ValidDays > longestValidDays {
		faults = append(faults, FieldError{Field: "valid_days", Word: WordTooFar, Params: map[string]string{"n": fmt.Sprint(longestValidDays)}})
	}
	if len(faults) > 0 {
		return Assessment{}, faults
	}
	a := Assessment{ID: newID(), Title: in.Title, State: Draft, Blueprint: in.Blueprint, Jurisdiction: in.Jurisdiction,
		LimitSeconds: blueprint.Limit, ValidDays: in.ValidDays, Contact: in.Contact, Pay: in.Pay, CreatedAt: c.now()}
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO assessments (organization_id, id, title_zh, title_en, state, blueprint, jurisdiction, limit_seconds,
			  valid_days, contact, pay_zh, pay_en, form, form_hash, key_status, items, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', '', '', 0, $13)`,
			by.Organization, a.ID, a.Title.Chinese, a.Title.English, a.State, a.Blueprint, a.Jurisdiction, a.LimitSeconds,
			a.ValidDays, a.Contact, a.Pay.Chinese, a.Pay.English, a.CreatedAt)
		if err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "assessment.drafted", a.ID, "")
	})
	return a, err
}

const longestValidDays = 180

// PublishAssessment assembles the form and freezes it with its certificate. A bank
// that cannot fill the blueprint is ErrShortfall, which wraps the requirements that
// clash as a *questions.Conflict.
func (c *Center) PublishAssessment(ctx context.Context, by Actor, id uuid.UUID) (Assessment, error) {
	return c.PublishSeeded(ctx, by, id, newSeed())
}

// PublishSeeded is PublishAssessment with a seed of the caller's: the same bank,
// seed and earlier forms give the same form, on any database.
func (c *Center) PublishSeeded(ctx context.Context, by Actor, id uuid.UUID, seed uint64) (Assessment, error) {
	if err := by.may(EditAssessments); err != nil {
		return Assessment{}, err
	}
	draft, err := assessmentOf(ctx, c.read, by.Organization, id)
	if err != nil {
		return Assessment{}, err
	}
	if draft.State != Draft {
		return Assessment{}, ErrPublished
	}
	bank, _, err := c.bankOf(ctx, c.read, by.Organization)
	if err != nil {
		return Assessment{}, err
	}
	earlier, err := c.formsOut(ctx, by.Organization)
	if err != nil {
		return Assessment{}, err
	}
	request := questions.Request{
		Blueprint: bank.Blueprints[draft.Blueprint], Jurisdiction: draft.Jurisdiction, Seed: seed,
		On: questions.Date(c.Now().Format(time.DateOnly)), Earlier: earlier,
	}
	made, err := bank.AssembleAll(request)
	conflict := (*questions.Conflict)(nil)
	if errors.As(err, &conflict) && conflict.Names(questions.QuotaExposure) {
		// Items that are used often are better than no test; the certificate tells.
		request.Blueprint.Exposure = 0
		made, err = bank.AssembleAll(request)
	}
	if errors.As(err, &conflict) {
		return Assessment{}, fmt.Errorf("%w: %w", ErrShortfall, conflict)
	}
	if err != nil {
		return Assessment{}, err
	}
	return c.publish(ctx, by, id, made.Forms[0])
}

// formsOut lists the item ids of every form the organization has published.
func (c *Center) formsOut(ctx context.Context, organization uuid.UUID) ([][]string, error) {
	var ids []uuid.UUID
	err := c.read.SelectContext(ctx, &ids, `
		SELECT id FROM assessments WHERE organization_id = $1 AND state = 'published' ORDER BY published_at, id`, organization)
	if err != nil {
		return nil, readError(err)
	}
	forms := make([][]string, len(ids))
	for n, id := range ids {
		form, err := c.formOf(ctx, organization, id)
		if err != nil {
			return nil, err
		}
		for _, i := range form.Items {
			forms[n] = append(forms[n], i.ID)
		}
	}
	return forms, nil
}

// publish freezes a draft with the given form: the whole form is written as one
// canonical text, the only thing servers and re-scores will read.
func (c *Center) publish(ctx context.Context, by Actor, id uuid.UUID, form questions.Form) (Assessment, error) {
	text, err := form.JSON()
	if err != nil {
		return Assessment{}, err
	}
	var a Assessment
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE assessments
			SET state = 'published', form = $3, form_hash = $4, key_status = $5, items = $6, limit_seconds = $7, published_at = $8
			WHERE organization_id = $1 AND id = $2 AND state = 'draft'`,
			by.Organization, id, string(text), form.Hash(), form.Status, len(form.Items), form.Limit, c.now())
		if err := one(done, err, ErrPublished); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "assessment.published", id, form.Hash()); err != nil {
			return err
		}
		a, err = assessmentOf(ctx, tx, by.Organization, id)
		return err
	})
	return a, err
}

// newSeed is a random number an order is drawn from and stored with; 53 bits, so
// that no reader of JSON rounds it.
func newSeed() uint64 {
	var raw [8]byte
	rand.Read(raw[:]) // crypto/rand.Read never returns an error since Go 1.24
	return binary.BigEndian.Uint64(raw[:]) >> 11
}

// Form returns a published assessment's form with its keys, for those who may see
// answer keys.
func (c *Center) Form(ctx context.Context, by Actor, assessment uuid.UUID) (*questions.Form, error) {
	if err := by.may(SeeKeys); err != nil {
		return nil, err
	}
	return c.formOf(ctx, by.Organization, assessment)
}

// Certificate returns what a published assessment's form was asked and what it came
// to. It is nil for a form published before there were certificates.
func (c *Center) Certificate(ctx context.Context, by Actor, assessment uuid.UUID) (*questions.Certificate, error) {
	if err := by.may(SeeAssessments); err != nil {
		return nil, err
	}
	form, err := c.formOf(ctx, by.Organization, assessment)
	if err != nil {
		return nil, err
	}
	return form.Certificate, nil
}

// formOf reads a published form once and keeps it: it never changes. The
// organization is asked every time, since the memory is shared by all.
func (c *Center) formOf(ctx context.Context, organization, assessment uuid.UUID) (*questions.Form, error) {
	key := [2]uuid.UUID{organization, assessment}
	if form, ok := c.forms.Load(key); ok {
		return form.(*questions.Form), nil
	}
	var text string
	err := c.read.GetContext(ctx, &text, "SELECT form FROM assessments WHERE organization_id = $1 AND id = $2", organization, assessment)
	if err != nil {
		return nil, readError(err)
	}
	if text == "" {
		return nil, ErrNotPublished
	}
	form, err := questions.ParseForm([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("assessment %s: %w", assessment, err)
	}
	kept, _ := c.forms.LoadOrStore(key, &form)
	return kept.(*questions.Form), nil
}
