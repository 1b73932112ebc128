package assess

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// RescoreState says how far a re-score has come.
type RescoreState string

// The states of a re-score: a draft can be looked at and thrown away; a confirmed
// one is carried out in the background and is then done.
const (
	RescoreDraft     RescoreState = "draft"
	RescoreConfirmed RescoreState = "confirmed"
	RescoreDone      RescoreState = "done"
	RescoreDiscarded RescoreState = "discarded"
)

// RescoreStates lists every state.
var RescoreStates = []RescoreState{RescoreDraft, RescoreConfirmed, RescoreDone, RescoreDiscarded}

// Rescore puts the sittings of a published assessment under another key or other
// rules. The assessment itself never changes, and neither do the results there are.
type Rescore struct {
	ID          uuid.UUID
	Assessment  uuid.UUID
	State       RescoreState
	FormHash    string // Of the published form under the new key.
	KeyVersion  string
	Rules       []string // Those asked for by name; empty for a key alone.
	Note        string
	Rescored    int // New results written so far.
	CreatedAt   Time
	ConfirmedAt Time
	FinishedAt  Time
}

// NewRescore is what an owner asks for: a key file, rules by name, or both.
type NewRescore struct {
	Assessment uuid.UUID
	KeyFile    []byte // As questions.ReadKeyFile reads it; empty for none.
	KeyName    string // What the file is called where faults are told.
	Rules      []string
	Note       string
}

// longestNote bounds the words that explain a re-score.
const longestNote = 600

type rescoreRow struct {
	ID          uuid.UUID    `db:"id"`
	Assessment  uuid.UUID    `db:"assessment_id"`
	State       RescoreState `db:"state"`
	FormHash    string       `db:"form_hash"`
	KeyVersion  string       `db:"key_version"`
	Rules       string       `db:"rules"`
	Note        string       `db:"note"`
	Rescored    int          `db:"rescored"`
	CreatedAt   Time         `db:"created_at"`
	ConfirmedAt Time         `db:"confirmed_at"`
	FinishedAt  Time         `db:"finished_at"`
}

func (r rescoreRow) rescore() Rescore {
	return Rescore{ID: r.ID, Assessment: r.Assessment, State: r.State, FormHash: r.FormHash, KeyVersion: r.KeyVersion,
		Rules: strings.Fields(r.Rules), Note: r.Note, Rescored: r.Rescored, CreatedAt: r.CreatedAt,
		ConfirmedAt: r.ConfirmedAt, FinishedAt: r.FinishedAt}
}

const rescoreByID = `
	SELECT id, assessment_id, state, form_hash, key_version, rules, note, rescored, created_at, confirmed_at, finished_at
	FROM rescores
	WHERE organization_id = $1 AND id = $2`

func rescoreOf(ctx context.Context, db sqlx.QueryerContext, organization, id uuid.UUID) (Rescore, error) {
	var row rescoreRow
	err := sqlx.GetContext(ctx, db, &row, rescoreByID, organization, id)
	return row.rescore(), readError(err)
}

const rescoresOf = `
	SELECT id, assessment_id, state, form_hash, key_version, rules, note, rescored, created_at, confirmed_at, finished_at
	FROM rescores
	WHERE organization_id = $1 AND assessment_id = $2
	ORDER BY created_at DESC, id DESC`

// Rescores lists the re-scores of an assessment, the newest first.
func (c *Center) Rescores(ctx context.Context, by Actor, assessment uuid.UUID) ([]Rescore, error) {
	if err := by.may(SeeRescores); err != nil {
		return nil, err
	}
	if _, err := assessmentOf(ctx, c.read, by.Organization, assessment); err != nil {
		return nil, err
	}
	return c.rescoresOf(ctx, by.Organization, assessment)
}

func (c *Center) rescoresOf(ctx context.Context, organization, assessment uuid.UUID) ([]Rescore, error) {
	var rows []rescoreRow
	if err := c.read.SelectContext(ctx, &rows, rescoresOf, organization, assessment); err != nil {
		return nil, readError(err)
	}
	list := make([]Rescore, len(rows))
	for n, r := range rows {
		list[n] = r.rescore()
	}
	return list, nil
}

// Rescore returns one re-score; an unknown and a foreign one are both ErrNotFound.
func (c *Center) Rescore(ctx context.Context, by Actor, id uuid.UUID) (Rescore, error) {
	if err := by.may(SeeRescores); err != nil {
		return Rescore{}, err
	}
	return rescoreOf(ctx, c.read, by.Organization, id)
}

// DraftRescore keeps a published form under another key or other rules, to be looked
// at before anything is scored. What is wrong with the key file are questions.Faults;
// a rule that is unknown or does not fit is a *questions.RuleError; a draft that would
// change nothing is ErrSameKey.
func (c *Center) DraftRescore(ctx context.Context, by Actor, in NewRescore) (Rescore, error) {
	if err := by.may(Rescoring); err != nil {
		return Rescore{}, err
	}
	published, err := c.formOf(ctx, by.Organization, in.Assessment)
	if err != nil {
		return Rescore{}, err
	}
	form := *published
	if len(in.KeyFile) > 0 {
		key, err := questions.ReadKeyFile(in.KeyName, in.KeyFile)
		if err != nil {
			return Rescore{}, err
		}
		if form, err = form.Rekeyed(key); err != nil {
			return Rescore{}, err
		}
		if in.Note == "" {
			in.Note = key.Note
		}
	}
	if form, err = form.WithRules(in.Rules...); err != nil {
		return Rescore{}, err
	}
	var faults FieldErrors
	if faults.text("note", &in.Note, 0, longestNote); len(faults) > 0 {
		return Rescore{}, faults
	}
	if form.Hash() == published.Hash() {
		return Rescore{}, ErrSameKey
	}
	if !form.SameQuestions(*published) {
		return Rescore{}, fmt.Errorf("assessment %s: the new form asks something else", in.Assessment)
	}
	text, err := form.JSON()
	if err != nil {
		return Rescore{}, err
	}
	r := Rescore{ID: newID(), Assessment: in.Assessment, State: RescoreDraft, FormHash: form.Hash(), KeyVersion: form.KeyVersion,
		Rules: slices.Clone(in.Rules), Note: in.Note, CreatedAt: c.now()}
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO rescores (organization_id, id, assessment_id, state, form, form_hash, key_version, rules, note, reached, rescored, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11)`,
			by.Organization, r.ID, r.Assessment, r.State, string(text), r.FormHash, r.KeyVersion, strings.Join(r.Rules, " "), r.Note, uuid.Nil, r.CreatedAt)
		if err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "rescore.drafted", r.ID, r.FormHash)
	})
	return r, err
}

// DiscardRescore throws a draft away. One that is no draft any more is ErrConflict.
func (c *Center) DiscardRescore(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := by.may(Rescoring); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := rescoreOf(ctx, tx, by.Organization, id); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, "UPDATE rescores SET state = 'discarded' WHERE organization_id = $1 AND id = $2 AND state = 'draft'",
			by.Organization, id)
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "rescore.discarded", id, "")
	})
}

// ConfirmRescore lets a draft be carried out: from now on the server writes a new
// result beside each old one. One that is no draft any more is ErrConflict.
func (c *Center) ConfirmRescore(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := by.may(Rescoring); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		r, err := rescoreOf(ctx, tx, by.Organization, id)
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE rescores SET state = 'confirmed', confirmed_by = $3, confirmed_at = $4
			WHERE organization_id = $1 AND id = $2 AND state = 'draft'`, by.Organization, id, by.ID, c.now())
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "rescore.confirmed", id, r.FormHash)
	})
}

// rescoreForm reads the form of a re-score once and keeps it: it never changes.
func (c *Center) rescoreForm(ctx context.Context, organization, id uuid.UUID) (*questions.Form, error) {
	key := [2]uuid.UUID{organization, id}
	if form, ok := c.forms.Load(key); ok {
		return form.(*questions.Form), nil
	}
	var text string
	err := c.read.GetContext(ctx, &text, "SELECT form FROM rescores WHERE organization_id = $1 AND id = $2", organization, id)
	if err != nil {
		return nil, readError(err)
	}
	form, err := questions.ParseForm([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("re-score %s: %w", id, err)
	}
	kept, _ := c.forms.LoadOrStore(key, &form)
	return kept.(*questions.Form), nil
}

// formOfResult is the form a result rests on: the published one, or that of the
// re-score it came from.
func (c *Center) formOfResult(ctx context.Context, organization, assessment uuid.UUID, r Result) (*questions.Form, error) {
	if r.Document.Rescore == nil {
		return c.formOf(ctx, organization, assessment)
	}
	id, err := ParseID(RescoreID, r.Document.Rescore.ID)
	if err != nil {
		return nil, fmt.Errorf("result %s: %w", r.ID, err)
	}
	return c.rescoreForm(ctx, organization, id)
}
