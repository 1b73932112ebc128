package assess

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// RatingSheet is what an expert sees and has said: items with their options, and
// nothing of anybody else's. The items carry their keys, which pages must not show.
type RatingSheet struct {
	Organization string
	Title        string
	Rater        Rater
	Closed       bool
	Items        []questions.Item
	Given        []Rating // By position.
	Premise      questions.Text
	Scale        []questions.ScaleLabel
}

// Rating is what an expert says of one item.
type Rating struct {
	Effectiveness map[string]int // Option id → 1..4; without those not rated yet.
	Note          string
}

// Complete reports whether every option of the item at a position is rated.
func (s RatingSheet) Complete(position int) bool {
	return len(s.Given[position].Effectiveness) == len(s.Items[position].Options)
}

// Rated is how many items are rated completely.
func (s RatingSheet) Rated() int {
	n := 0
	for position := range s.Items {
		if s.Complete(position) {
			n++
		}
	}
	return n
}

// Order is the order in which an expert sees the options of an item: each expert
// another one, always the same.
func (s RatingSheet) Order(position int) []int {
	return questions.Form{Items: s.Items}.Order(position, s.Rater.Seed)
}

type raterDoor struct {
	Organization uuid.UUID
	Name         string
	Title        string
	State        PanelState
	Rater        Rater
}

// raterBy finds whose token it is. Unknown is ErrLinkUnknown, taken off the panel
// ErrLinkWithdrawn.
func (c *Center) raterBy(ctx context.Context, db sqlx.QueryerContext, token string) (raterDoor, error) {
	row, err := secretOf(ctx, db, DoorRater, token)
	if errors.Is(err, ErrNotFound) {
		return raterDoor{}, ErrLinkUnknown
	}
	if err != nil {
		return raterDoor{}, err
	}
	d := raterDoor{Organization: row.Organization.UUID}
	if d.Rater, err = raterOf(ctx, db, d.Organization, row.Subject); err != nil {
		return d, err
	}
	if d.Rater.State == RaterCanceled {
		return d, ErrLinkWithdrawn
	}
	var p struct {
		Name  string     `db:"name"`
		Title string     `db:"title"`
		State PanelState `db:"state"`
	}
	err = sqlx.GetContext(ctx, db, &p, `
		SELECT o.name, p.title, p.state
		FROM panels p JOIN organizations o ON o.id = p.organization_id
		WHERE p.organization_id = $1 AND p.id = $2`, d.Organization, d.Rater.Panel)
	d.Name, d.Title, d.State = p.Name, p.Title, p.State
	return d, readError(err)
}

// RatingSheet reads what an expert is asked. It changes nothing: mail scanners and
// chat previews open links too.
func (c *Center) RatingSheet(ctx context.Context, token string) (RatingSheet, error) {
	d, err := c.raterBy(ctx, c.read, token)
	if err != nil {
		return RatingSheet{}, err
	}
	bank, err := c.bank()
	if err != nil {
		return RatingSheet{}, err
	}
	s := RatingSheet{Organization: d.Name, Title: d.Title, Rater: d.Rater, Closed: d.State == PanelClosed, Premise: bank.Premise, Scale: bank.Scale}
	items, err := panelItems(ctx, c.read, d.Organization, d.Rater.Panel)
	if err != nil {
		return RatingSheet{}, err
	}
	for _, i := range items {
		s.Items = append(s.Items, i.Item)
	}
	s.Given, err = ratingsOf(ctx, c.read, d.Organization, d.Rater.ID, s.Items)
	return s, err
}

// ratingRow is what a rater has said of one item: a digit for each option, 0 where it
// is not rated yet.
type ratingRow struct {
	Rater    uuid.UUID `db:"rater_id"`
	Position int       `db:"position"`
	Ratings  string    `db:"ratings"`
	Note     string    `db:"note"`
}

// ratingsOf reads what a rater has said, by position.
func ratingsOf(ctx context.Context, db sqlx.QueryerContext, organization, rater uuid.UUID, items []questions.Item) ([]Rating, error) {
	var rows []ratingRow
	err := sqlx.SelectContext(ctx, db, &rows, "SELECT rater_id, position, ratings, note FROM panel_ratings WHERE organization_id = $1 AND rater_id = $2", organization, rater)
	if err != nil {
		return nil, readError(err)
	}
	given := make([]Rating, len(items))
	for _, r := range rows {
		rating := Rating{Effectiveness: map[string]int{}, Note: r.Note}
		for n, digit := range []byte(r.Ratings) {
			if digit != '0' {
				rating.Effectiveness[items[r.Position].Options[n].ID] = int(digit - '0')
			}
		}
		given[r.Position] = rating
	}
	return given, nil
}

// SetRaterLanguage sets the language an expert reads in.
func (c *Center) SetRaterLanguage(ctx context.Context, token string, l questions.Lang) error {
	var faults FieldErrors
	if faults.language("language", l); len(faults) > 0 {
		return faults
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		d, err := c.raterBy(ctx, tx, token)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE panel_raters SET language = $3 WHERE organization_id = $1 AND id = $2", d.Organization, d.Rater.ID, l)
		return err
	})
}

// longestComment bounds what an expert may say of an item in words.
const longestComment = 600

// Rate keeps what an expert says of one item, complete or not; it may be changed until
// the expert finishes. A finished one is ErrRatingDone, a closed panel ErrPanelClosed.
func (c *Center) Rate(ctx context.Context, token string, position int, r Rating) error {
	var faults FieldErrors
	faults.prose("note", &r.Note, longestComment)
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		d, err := c.openRater(ctx, tx, token)
		if err != nil {
			return err
		}
		items, err := panelItems(ctx, tx, d.Organization, d.Rater.Panel)
		if err != nil {
			return err
		}
		if position < 0 || position >= len(items) {
			return ErrNotFound
		}
		i := items[position].Item
		i.Kind = questions.Rate // whatever candidates are asked, experts rate every option
		if err := i.Check(questions.Response{Ratings: r.Effectiveness}); err != nil {
			return err
		}
		if len(faults) > 0 {
			return faults
		}
		var digits strings.Builder
		for _, o := range i.Options {
			digits.WriteByte('0' + byte(r.Effectiveness[o.ID]))
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO panel_ratings (organization_id, rater_id, position, ratings, note, saved_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (organization_id, rater_id, position) DO UPDATE
			SET ratings = excluded.ratings, note = excluded.note, saved_at = excluded.saved_at`,
			d.Organization, d.Rater.ID, position, digits.String(), r.Note, c.now()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE panel_raters SET state = 'rating' WHERE organization_id = $1 AND id = $2 AND state = 'invited'",
			d.Organization, d.Rater.ID)
		return err
	})
}

// openRater finds an expert who may still rate. On PostgreSQL it holds the row, so
// that nobody finishes between the look and the write.
func (c *Center) openRater(ctx context.Context, tx *sqlx.Tx, token string) (raterDoor, error) {
	d, err := c.raterBy(ctx, tx, token)
	if err != nil {
		return d, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE panel_raters SET state = state WHERE organization_id = $1 AND id = $2", d.Organization, d.Rater.ID); err != nil {
		return d, err
	}
	if d, err = c.raterBy(ctx, tx, token); err != nil {
		return d, err
	}
	switch {
	case d.Rater.State == RaterDone:
		return d, ErrRatingDone
	case d.State == PanelClosed:
		return d, ErrPanelClosed
	}
	return d, nil
}

// FinishRating ends an expert's part; what was said can no longer be changed. While an
// option is not rated it is ErrConflict.
func (c *Center) FinishRating(ctx context.Context, token string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		d, err := c.openRater(ctx, tx, token)
		if err != nil {
			return err
		}
		items, err := panelItems(ctx, tx, d.Organization, d.Rater.Panel)
		if err != nil {
			return err
		}
		var rows []string
		if err := tx.SelectContext(ctx, &rows, "SELECT ratings FROM panel_ratings WHERE organization_id = $1 AND rater_id = $2", d.Organization, d.Rater.ID); err != nil {
			return err
		}
		if len(rows) < len(items) || slices.ContainsFunc(rows, func(r string) bool { return strings.Contains(r, "0") }) {
			return ErrConflict
		}
		done, err := tx.ExecContext(ctx, "UPDATE panel_raters SET state = 'done', done_at = $3 WHERE organization_id = $1 AND id = $2 AND state = 'rating'",
			d.Organization, d.Rater.ID, c.now())
		if err := one(done, err, ErrRatingDone); err != nil {
			return err
		}
		return c.audit(ctx, tx, Actor{Organization: d.Organization, Kind: RaterActor, ID: d.Rater.ID}, "rater.finished", d.Rater.ID, "")
	})
}
