package assess

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// PanelState says whether a panel still takes ratings.
type PanelState string

// The states of a panel.
const (
	PanelOpen   PanelState = "open"
	PanelClosed PanelState = "closed"
)

// Panel is a group of experts who rate the options of some items, each alone and
// without sight of the key.
type Panel struct {
	ID        uuid.UUID  `db:"id"`
	Title     string     `db:"title"`
	State     PanelState `db:"state"`
	CreatedAt Time       `db:"created_at"`
	ClosedAt  Time       `db:"closed_at"`
	Items     int        `db:"items"`
	Raters    int        `db:"raters"`   // Invited and not taken off again.
	Finished  int        `db:"finished"` // Of these, who have rated everything.
}

// RaterRole is the side from which an expert looks at the work.
type RaterRole string

// The roles craft asks for on a panel.
const (
	TeamLeader RaterRole = "team_leader"
	Compliance RaterRole = "compliance"
	QA         RaterRole = "qa"
	Lawyer     RaterRole = "lawyer"
	Consumer   RaterRole = "consumer"
	OtherRater RaterRole = "other"
)

// RaterRoles lists the roles in the order pages offer them.
var RaterRoles = []RaterRole{TeamLeader, Compliance, QA, Lawyer, Consumer, OtherRater}

// RaterState is how far a rater has got.
type RaterState string

// The states of a rater.
const (
	RaterInvited  RaterState = "invited"
	RaterRating   RaterState = "rating"
	RaterDone     RaterState = "done"
	RaterCanceled RaterState = "cancelled"
)

// RaterStates lists them.
var RaterStates = []RaterState{RaterInvited, RaterRating, RaterDone, RaterCanceled}

// Rater is one expert on a panel.
type Rater struct {
	ID        uuid.UUID      `db:"id"`
	Panel     uuid.UUID      `db:"panel_id"`
	Name      string         `db:"name"`
	Role      RaterRole      `db:"role"`
	Years     int            `db:"years"`
	Employer  string         `db:"employer"` // The sort of organization, such as "agency" or "bank".
	Language  questions.Lang `db:"language"`
	Seed      int64          `db:"seed"`
	State     RaterState     `db:"state"`
	CreatedAt Time           `db:"created_at"`
	DoneAt    Time           `db:"done_at"`
}

const panelColumns = `
	p.id, p.title, p.state, p.created_at, p.closed_at,
	(SELECT COUNT(*) FROM panel_items i WHERE i.organization_id = p.organization_id AND i.panel_id = p.id) AS items,
	(SELECT COUNT(*) FROM panel_raters r WHERE r.organization_id = p.organization_id AND r.panel_id = p.id AND r.state <> 'cancelled') AS raters,
	(SELECT COUNT(*) FROM panel_raters r WHERE r.organization_id = p.organization_id AND r.panel_id = p.id AND r.state = 'done') AS finished`

const raterColumns = "id, panel_id, name, role, years, employer, language, seed, state, created_at, done_at"

// Panels lists the organization's panels, newest first.
func (c *Center) Panels(ctx context.Context, by Actor) ([]Panel, error) {
	if err := by.may(SeeBank); err != nil {
		return nil, err
	}
	var list []Panel
	err := c.read.SelectContext(ctx, &list, `
		SELECT`+panelColumns+`
		FROM panels p
		WHERE p.organization_id = $1
		ORDER BY p.created_at DESC, p.id DESC`, by.Organization)
	return list, readError(err)
}

// panelsOf lists the panels that rated an item, newest first.
func panelsOf(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID, item string) ([]Panel, error) {
	var list []Panel
	err := sqlx.SelectContext(ctx, db, &list, `
		SELECT`+panelColumns+`
		FROM panels p
		WHERE p.organization_id = $1 AND EXISTS (
		  SELECT 1 FROM panel_items x WHERE x.organization_id = p.organization_id AND x.panel_id = p.id AND x.item = $2)
		ORDER BY p.created_at DESC, p.id DESC`, organization, item)
	return list, readError(err)
}

func panelOf(ctx context.Context, db sqlx.QueryerContext, organization, id uuid.UUID) (Panel, error) {
	var p Panel
	err := sqlx.GetContext(ctx, db, &p, "SELECT"+panelColumns+" FROM panels p WHERE p.organization_id = $1 AND p.id = $2", organization, id)
	return p, readError(err)
}

// mostPanelItems bounds what one expert is asked to rate.
const mostPanelItems = 60

// OpenPanel opens a panel on the newest versions of the items, as they are now.
func (c *Center) OpenPanel(ctx context.Context, by Actor, title string, items []string) (Panel, error) {
	if err := by.may(RunPanels); err != nil {
		return Panel{}, err
	}
	var faults FieldErrors
	faults.text("title", &title, 1, 120)
	bank, _, err := c.bankOf(ctx, c.read, by.Organization)
	if err != nil {
		return Panel{}, err
	}
	var rated []questions.Item
	for n, id := range items {
		i, known := bank.Item(id)
		if known && !slices.Contains(items[:n], id) && onScale(i) {
			rated = append(rated, i)
		} else if !known || !onScale(i) {
			faults = append(faults, FieldError{Field: "items", Word: WordUnknown})
		}
	}
	switch {
	case len(items) == 0:
		faults = append(faults, FieldError{Field: "items", Word: WordRequired})
	case len(rated) > mostPanelItems:
		faults = append(faults, FieldError{Field: "items", Word: WordTooMany, Params: map[string]string{"n": strconv.Itoa(mostPanelItems)}})
	}
	if len(faults) > 0 {
		return Panel{}, faults
	}
	var p Panel
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		id := newID()
		if _, err := tx.ExecContext(ctx, "INSERT INTO panels (organization_id, id, title, state, created_by, created_at) VALUES ($1, $2, $3, 'open', $4, $5)",
			by.Organization, id, title, by.ID, c.now()); err != nil {
			return err
		}
		for n, i := range rated {
			document, err := itemDocument(i)
			if err != nil {
				return err
			}
			hash, err := itemHash(i)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO panel_items (organization_id, panel_id, position, item, version, hash, document)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`, by.Organization, id, n, i.ID, i.Version, hash, document); err != nil {
				return err
			}
		}
		if err := c.audit(ctx, tx, by, "panel.opened", id, strconv.Itoa(len(rated))); err != nil {
			return err
		}
		p, err = panelOf(ctx, tx, by.Organization, id)
		return err
	})
	return p, err
}

// onScale reports whether an item's key is on the scale that panels rate by; a rule
// whose key is an order of more options has none.
func onScale(i questions.Item) bool {
	return !slices.ContainsFunc(i.Options, func(o questions.Option) bool { return o.Effectiveness > panelScale })
}

// panelScale is the top of the scale of effectiveness.
const panelScale = 4

// ClosePanel ends a panel: nobody can rate any more. A closed one is ErrConflict.
func (c *Center) ClosePanel(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := by.may(RunPanels); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := panelOf(ctx, tx, by.Organization, id); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, "UPDATE panels SET state = 'closed', closed_at = $3 WHERE organization_id = $1 AND id = $2 AND state = 'open'",
			by.Organization, id, c.now())
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "panel.closed", id, "")
	})
}

// NewRater is what is known of an expert when the link is made.
type NewRater struct {
	Name     string
	Role     RaterRole
	Years    int
	Employer string
	Language questions.Lang
}

// mostYears is a bound on experience above any real one.
const mostYears = 60

// InviteRater puts an expert on an open panel; RaterLink is what to send.
func (c *Center) InviteRater(ctx context.Context, by Actor, panel uuid.UUID, in NewRater) (Rater, error) {
	if err := by.may(RunPanels); err != nil {
		return Rater{}, err
	}
	var faults FieldErrors
	faults.text("name", &in.Name, 1, 120)
	faults.text("employer", &in.Employer, 1, 80)
	faults.language("rater_language", in.Language)
	if !slices.Contains(RaterRoles, in.Role) {
		faults = append(faults, FieldError{Field: "rater_role", Word: WordUnknown})
	}
	if in.Years < 0 || in.Years > mostYears {
		faults = append(faults, FieldError{Field: "years", Word: WordTooFar, Params: map[string]string{"n": strconv.Itoa(mostYears)}})
	}
	var r Rater
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		p, err := panelOf(ctx, tx, by.Organization, panel) // a foreign panel is not there, whatever else is wrong
		switch {
		case err != nil:
			return err
		case p.State != PanelOpen:
			return ErrPanelClosed
		case len(faults) > 0:
			return faults
		}
		id, now := newID(), c.now()
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO panel_raters (organization_id, id, panel_id, name, role, years, employer, language, seed, state, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'invited', $10)`,
			by.Organization, id, panel, in.Name, in.Role, in.Years, in.Employer, in.Language, int64(newSeed()), now); err != nil {
			return err
		}
		if err := addSecret(ctx, tx, DoorRater, c.raterToken(id), uuid.NullUUID{UUID: by.Organization, Valid: true}, id, now, Time{}); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "rater.invited", id, string(in.Role)); err != nil {
			return err
		}
		r, err = raterOf(ctx, tx, by.Organization, id)
		return err
	})
	return r, err
}

func (c *Center) raterToken(id uuid.UUID) string { return c.seal("rater", id, 1) }

// RaterLink is the address an expert opens. It can be shown again at any time, yet is
// stored nowhere.
func (c *Center) RaterLink(r Rater) string { return c.publicURL + "/panel/" + c.raterToken(r.ID) }

func raterOf(ctx context.Context, db sqlx.QueryerContext, organization, id uuid.UUID) (Rater, error) {
	var r Rater
	err := sqlx.GetContext(ctx, db, &r, "SELECT "+raterColumns+" FROM panel_raters WHERE organization_id = $1 AND id = $2", organization, id)
	return r, readError(err)
}

// CancelRater takes an expert off a panel: the link stops working and the ratings no
// longer count. Who has finished stays, or a panel could be made to agree: ErrConflict.
func (c *Center) CancelRater(ctx context.Context, by Actor, id uuid.UUID) (Rater, error) {
	if err := by.may(RunPanels); err != nil {
		return Rater{}, err
	}
	var r Rater
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := raterOf(ctx, tx, by.Organization, id); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE panel_raters SET state = 'cancelled'
			WHERE organization_id = $1 AND id = $2 AND state IN ('invited', 'rating')`, by.Organization, id)
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "rater.cancelled", id, ""); err != nil {
			return err
		}
		r, err = raterOf(ctx, tx, by.Organization, id)
		return err
	})
	return r, err
}

// panelItem is an item as a panel rates it.
type panelItem struct {
	questions.Item
	Hash string
}

// panelItems reads what a panel rates, by position.
func panelItems(ctx context.Context, db sqlx.QueryerContext, organization, panel uuid.UUID) ([]panelItem, error) {
	var rows []struct {
		Hash     string `db:"hash"`
		Document string `db:"document"`
	}
	if err := sqlx.SelectContext(ctx, db, &rows, "SELECT hash, document FROM panel_items WHERE organization_id = $1 AND panel_id = $2 ORDER BY position",
		organization, panel); err != nil {
		return nil, readError(err)
	}
	items := make([]panelItem, len(rows))
	for n, r := range rows {
		items[n].Hash = r.Hash
		if err := json.Unmarshal([]byte(r.Document), &items[n].Item); err != nil {
			return nil, fmt.Errorf("panel %s position %d: %w", panel, n, err)
		}
	}
	return items, nil
}
