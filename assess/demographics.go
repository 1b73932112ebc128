package assess

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Demographics are what a candidate chose to say of themselves after the test, for
// one purpose: to see whether it treats groups alike. They stand in a table of their
// own, no report and no result knows them, and only auditors see anything of them,
// as totals over a floor. Empty is not said.
type Demographics struct {
	Sex string `db:"sex"`
	Age string `db:"age"`
}

// Attribute is one thing that may be said, and the groups it makes.
type Attribute struct {
	Name   string
	Groups []string

	said func(Demographics) string
}

// Attributes lists what candidates are asked.
var Attributes = []Attribute{
	{"sex", []string{"female", "male", "other"}, func(d Demographics) string { return d.Sex }},
	{"age", []string{"under_25", "25_34", "35_44", "45_up"}, func(d Demographics) string { return d.Age }},
}

// population names those who said they belong to a group.
func (a Attribute) population(group string) string { return a.Name + ":" + group }

// populations names the groups of which somebody who said so is counted.
func (d Demographics) populations() []string {
	var all []string
	for _, a := range Attributes {
		if group := a.said(d); group != "" {
			all = append(all, a.population(group))
		}
	}
	return all
}

func (d Demographics) check() error {
	var faults FieldErrors
	for _, a := range Attributes {
		if group := a.said(d); group != "" && !slices.Contains(a.Groups, group) {
			faults = append(faults, FieldError{Field: a.Name, Word: WordUnknown})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// DemographicsGiven reports whether the candidate has said anything, never what: the
// page that asks shows it to whoever holds the device.
func (c *Center) DemographicsGiven(ctx context.Context, seat Seat) (bool, error) {
	if _, err := sittingOf(ctx, c.read, seat); err != nil {
		return false, err
	}
	var given bool
	err := c.read.GetContext(ctx, &given, "SELECT EXISTS (SELECT 1 FROM demographics WHERE organization_id = $1 AND sitting_id = $2)",
		seat.Organization, seat.Sitting)
	return given, readError(err)
}

// GiveDemographics keeps what a candidate says of themselves, once the sitting is over
// and only with consent to this very use (ErrConsentNeeded). Said again, it is
// ErrConflict: what was given can be taken back and given anew.
func (c *Center) GiveDemographics(ctx context.Context, seat Seat, d Demographics, consent Consent) error {
	if err := d.check(); err != nil {
		return err
	}
	groups := d.populations()
	if len(groups) == 0 {
		return FieldErrors{{Field: "sex", Word: WordRequired}}
	}
	if consent.NoticeHash == "" {
		return ErrConsentNeeded
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		s, result, err := c.scored(ctx, tx, seat)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO demographics (organization_id, sitting_id, sex, age, notice_hash, given_at)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			seat.Organization, seat.Sitting, d.Sex, d.Age, consent.NoticeHash, c.now()); err != nil {
			return err
		}
		for _, population := range groups {
			if err := queueCounts(ctx, tx, seat.Organization, result.Result, population); err != nil {
				return err
			}
		}
		return c.audit(ctx, tx, s.actor(), "demographics.given", seat.Sitting, consent.NoticeHash)
	})
}

// TakeBackDemographics forgets what a candidate said, also in the counts. Where
// nothing was said it changes nothing.
func (c *Center) TakeBackDemographics(ctx context.Context, seat Seat) error {
	l, err := c.layoutFor(ctx, seat.Organization, seat.Assessment)
	if err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		s, result, err := c.scored(ctx, tx, seat)
		if err != nil {
			return err
		}
		var said []Demographics
		if err := tx.SelectContext(ctx, &said, "DELETE FROM demographics WHERE organization_id = $1 AND sitting_id = $2 RETURNING sex, age",
			seat.Organization, seat.Sitting); err != nil || len(said) == 0 {
			return err
		}
		var out []membership
		for _, population := range said[0].populations() {
			out = append(out, membership{result, population})
		}
		if err := c.uncount(ctx, tx, seat.Organization, map[uuid.UUID]*layout{seat.Assessment: l}, out); err != nil {
			return err
		}
		return c.audit(ctx, tx, s.actor(), "demographics.taken_back", seat.Sitting, "")
	})
}

const firstResultOf = `
	SELECT r.id AS result_id, r.sitting_id, r.assessment_id, r.form_hash, r.vector, r.times,
	  CASE WHEN r.times IS NULL THEN r.document ELSE '' END AS document, s.language, s.extra_time
	FROM results r
	JOIN sittings s ON s.organization_id = r.organization_id AND s.id = r.sitting_id
	WHERE r.organization_id = $1 AND r.sitting_id = $2 AND r.version = 1`

// scored returns a seat's sitting, its invitation locked, and the result that is
// counted; before there is one it is ErrNotStarted or ErrConflict.
func (c *Center) scored(ctx context.Context, tx *sqlx.Tx, seat Seat) (Sitting, countedRow, error) {
	s, err := c.seated(ctx, tx, seat)
	if err != nil {
		return s, countedRow{}, err
	}
	switch s.State {
	case Submitted, Expired:
	case Opened, Consented:
		return s, countedRow{}, ErrNotStarted
	default:
		return s, countedRow{}, ErrConflict
	}
	row, err := firstResult(ctx, tx, seat.Organization, seat.Sitting)
	return s, row, err
}

func firstResult(ctx context.Context, tx *sqlx.Tx, organization, sitting uuid.UUID) (row countedRow, err error) {
	err = tx.GetContext(ctx, &row, firstResultOf, organization, sitting)
	return row, readError(err)
}
