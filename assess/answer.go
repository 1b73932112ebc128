package assess

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fourfold/fourfold/questions"
	"github.com/jmoiron/sqlx"
)

// Save is one answer as it arrives. Revision is the last acknowledged one plus
// one; a first answer carries 1.
type Save struct {
	Position int // From 0.
	Revision int64
	Response questions.Response
	SpentMS  int64 // Time on the item so far, as the page measured it.
}

// Kept is an answer as it is stored; Revision 0 is none.
type Kept struct {
	Position int
	Revision int64
	Response questions.Response
	SpentMS  int64
	SavedAt  Time
}

// longestSpent is a day: more than any sitting, and small enough to add up.
const longestSpent = 24 * 60 * 60 * 1000

// Answer keeps one answer. It returns only after the commit. A repeat of the
// stored revision and response is kept as it is; any other revision that is not
// exactly the next is ErrStale and comes with the stored value. An answer received
// after the deadline is ErrTooLate and changes nothing; one the item cannot take
// is a *questions.ResponseError.
func (c *Center) Answer(ctx context.Context, seat Seat, in Save) (Kept, error) {
	at := c.now()
	form, err := c.formOf(ctx, seat.Organization, seat.Assessment)
	if err != nil {
		return Kept{}, err
	}
	if in.Position < 0 || in.Position >= len(form.Items) {
		return Kept{}, ErrNotFound
	}
	if in.Revision < 1 {
		return Kept{}, FieldErrors{{Field: "revision", Word: WordUnknown}}
	}
	if err := form.Items[in.Position].Check(in.Response); err != nil {
		return Kept{}, err
	}
	text, err := responseText(in.Response)
	if err != nil {
		return Kept{}, err
	}
	row := c.saver.save(ctx, &pendingSave{
		seat: seat, item: in.Position, revision: in.Revision, response: text,
		spent: min(max(in.SpentMS, 0), longestSpent), at: at,
	})
	if row.Err != nil {
		return Kept{}, row.Err
	}
	if !row.Found {
		return c.refused(ctx, seat, in, at)
	}
	kept := Kept{Position: in.Position, Revision: row.Revision, SavedAt: row.SavedAt}
	if row.Revision == in.Revision && row.Response == text {
		kept.Response = in.Response
		return kept, nil
	}
	if err := json.Unmarshal([]byte(row.Response), &kept.Response); err != nil {
		return Kept{}, fmt.Errorf("stored response: %w", err)
	}
	return kept, ErrStale
}

// refused finds out why the saver kept nothing.
func (c *Center) refused(ctx context.Context, seat Seat, in Save, at Time) (Kept, error) {
	s, err := sittingOf(ctx, c.write, seat)
	if err != nil {
		return Kept{}, err
	}
	if err := s.Accepts(at.Time); err != nil {
		if s.State == Expired && at.After(s.Deadline.Time) {
			err = ErrTooLate
		}
		return Kept{Position: in.Position}, err
	}
	// Open, so the revision was the fault: nothing is stored yet.
	return Kept{Position: in.Position}, ErrStale
}

// responseText is a response as it is stored and compared: one text for one
// meaning, whatever order the options were chosen in.
func responseText(r questions.Response) (string, error) {
	r.Chosen = slices.Sorted(slices.Values(r.Chosen))
	text, err := json.Marshal(r)
	return string(text), err
}

const responsesOf = `
	SELECT item, revision, response, spent_ms, saved_at
	FROM responses
	WHERE organization_id = $1 AND sitting_id = $2
	ORDER BY item`

// unanswered is what is kept of a form before the first answer.
func unanswered(form *questions.Form) []Kept {
	kept := make([]Kept, len(form.Items))
	for position := range kept {
		kept[position].Position = position
	}
	return kept
}

// keptOf reads what a sitting has answered, by position.
func keptOf(ctx context.Context, db sqlx.QueryerContext, seat Seat, form *questions.Form) ([]Kept, error) {
	var rows []struct {
		Item     int    `db:"item"`
		Revision int64  `db:"revision"`
		Response string `db:"response"`
		SpentMS  int64  `db:"spent_ms"`
		SavedAt  Time   `db:"saved_at"`
	}
	if err := sqlx.SelectContext(ctx, db, &rows, responsesOf, seat.Organization, seat.Sitting); err != nil {
		return nil, readError(err)
	}
	kept := unanswered(form)
	for _, r := range rows {
		if r.Item < 0 || r.Item >= len(kept) {
			return nil, fmt.Errorf("sitting %s has a response at position %d of %d", seat.Sitting, r.Item, len(kept))
		}
		k := &kept[r.Item]
		k.Revision, k.SpentMS, k.SavedAt = r.Revision, r.SpentMS, r.SavedAt
		if err := json.Unmarshal([]byte(r.Response), &k.Response); err != nil {
			return nil, fmt.Errorf("sitting %s, position %d: %w", seat.Sitting, r.Item, err)
		}
	}
	return kept, nil
}
