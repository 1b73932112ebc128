package assess

import (
	"context"
	"fmt"
	"slices"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// Affected is what in one organization rests on a fact of law.
type Affected struct {
	Organization Organization
	Forms        []AffectedForm
}

// AffectedForm is a form that holds items which cite the fact: the one an assessment
// was published with, or the same under another key.
type AffectedForm struct {
	Assessment uuid.UUID
	Title      questions.Text
	Hash       string
	Items      []string    // The items that cite the fact.
	Results    []uuid.UUID // The results that were scored by the form.
}

// Affected lists, for each organization, what rests on a fact of law, for commands run
// on the server itself: when a rule changes, people have to know whose scores it touches.
func (c *Center) Affected(ctx context.Context, fact string) ([]Affected, error) {
	organizations, err := c.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	var all []Affected
	for _, o := range organizations {
		a := Affected{Organization: o}
		for _, query := range []string{publishedForms, rescoredForms} {
			forms, err := c.formsCiting(ctx, o.ID, fact, query)
			if err != nil {
				return nil, err
			}
			a.Forms = append(a.Forms, forms...)
		}
		if len(a.Forms) > 0 {
			all = append(all, a)
		}
	}
	return all, nil
}

const (
	publishedForms = `
	SELECT id, title_zh, title_en, form, form_hash
	FROM assessments
	WHERE organization_id = $1 AND state = 'published'
	ORDER BY published_at, id`

	rescoredForms = `
	SELECT a.id, a.title_zh, a.title_en, r.form, r.form_hash
	FROM rescores r
	JOIN assessments a ON a.organization_id = r.organization_id AND a.id = r.assessment_id
	WHERE r.organization_id = $1 AND r.form_hash <> a.form_hash
	ORDER BY r.id`

	resultsOfForm = `
	SELECT id FROM results
	WHERE organization_id = $1 AND assessment_id = $2 AND form_hash = $3
	ORDER BY created_at, id`
)

func (c *Center) formsCiting(ctx context.Context, organization uuid.UUID, fact, query string) ([]AffectedForm, error) {
	var rows []struct {
		ID      uuid.UUID `db:"id"`
		TitleZh string    `db:"title_zh"`
		TitleEn string    `db:"title_en"`
		Form    string    `db:"form"`
		Hash    string    `db:"form_hash"`
	}
	if err := c.read.SelectContext(ctx, &rows, query, organization); err != nil {
		return nil, readError(err)
	}
	var forms []AffectedForm
	for _, row := range rows {
		form, err := questions.ParseForm([]byte(row.Form))
		if err != nil {
			return nil, fmt.Errorf("assessment %s: %w", row.ID, err)
		}
		f := AffectedForm{Assessment: row.ID, Title: questions.Text{Chinese: row.TitleZh, English: row.TitleEn}, Hash: row.Hash}
		for _, i := range form.Items {
			if i.Cites(fact) {
				f.Items = append(f.Items, i.ID)
			}
		}
		if len(f.Items) == 0 || slices.ContainsFunc(forms, func(o AffectedForm) bool { return o.Hash == f.Hash && o.Assessment == f.Assessment }) {
			continue
		}
		if err := c.read.SelectContext(ctx, &f.Results, resultsOfForm, organization, row.ID, row.Hash); err != nil {
			return nil, readError(err)
		}
		forms = append(forms, f)
	}
	return forms, nil
}
