package assess

import (
	"context"
	"errors"
	"slices"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Member is a person who signs in for an organization.
type Member struct {
	Organization     uuid.UUID      `db:"organization_id"`
	OrganizationName string         `db:"organization_name"`
	ID               uuid.UUID      `db:"id"`
	Email            string         `db:"email"`
	Name             string         `db:"name"`
	Role             Role           `db:"role"`
	Language         questions.Lang `db:"language"`
	CreatedAt        Time           `db:"created_at"`
	DisabledAt       Time           `db:"disabled_at"`
	HasPassword      bool           `db:"has_password"`
	Enrolling        bool           `db:"enrolling"` // Must set up a second factor before anything else.
}

// Actor is the member as one who acts. Who must set up a second factor first has no
// role until then, and so no right.
func (m Member) Actor() Actor {
	if m.Enrolling {
		m.Role = ""
	}
	return Actor{Organization: m.Organization, Kind: MemberActor, ID: m.ID, Role: m.Role}
}

// NewMember is what an owner says of a colleague.
type NewMember struct {
	Email    string
	Name     string
	Role     Role
	Language questions.Lang
}

const memberColumns = `
	m.organization_id, o.name AS organization_name, m.id, m.email, m.name, m.role, m.language, m.created_at, m.disabled_at,
	m.password <> '' AS has_password`

const memberByID = `
	SELECT` + memberColumns + `
	FROM members m JOIN organizations o ON o.id = m.organization_id
	WHERE m.organization_id = $1 AND m.id = $2`

func memberOf(ctx context.Context, db sqlx.QueryerContext, organization, id uuid.UUID) (Member, error) {
	var m Member
	err := sqlx.GetContext(ctx, db, &m, memberByID, organization, id)
	return m, readError(err)
}

func (c *Center) addMember(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID, in NewMember, hash string) (uuid.UUID, error) {
	id := newID()
	_, err := tx.ExecContext(ctx, `
		INSERT INTO members (organization_id, id, email, name, role, language, password, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		organization, id, in.Email, in.Name, in.Role, in.Language, hash, c.now())
	return id, err
}

// Members lists the organization's members by name; for owners.
func (c *Center) Members(ctx context.Context, by Actor) ([]Member, error) {
	if err := by.may(ManageHouse); err != nil {
		return nil, err
	}
	var members []Member
	err := c.read.SelectContext(ctx, &members, `
		SELECT`+memberColumns+`
		FROM members m JOIN organizations o ON o.id = m.organization_id
		WHERE m.organization_id = $1
		ORDER BY m.disabled_at IS NOT NULL, m.name, m.id`, by.Organization)
	return members, readError(err)
}

// AddMember adds a colleague and returns the one-time link to hand over.
func (c *Center) AddMember(ctx context.Context, by Actor, in NewMember) (Member, string, error) {
	if err := by.may(ManageHouse); err != nil {
		return Member{}, "", err
	}
	var faults FieldErrors
	faults.text("name", &in.Name, 1, 120)
	faults.email("email", &in.Email, true)
	faults.language("language", in.Language)
	if !slices.Contains(Roles, in.Role) {
		faults = append(faults, FieldError{Field: "role", Word: WordUnknown})
	}
	if len(faults) > 0 {
		return Member{}, "", faults
	}
	var m Member
	var link string
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		id, err := c.addMember(ctx, tx, by.Organization, in, "")
		if err != nil {
			return err
		}
		if err := c.audit(ctx, tx, by, "member.added", id, string(in.Role)); err != nil {
			return err
		}
		if m, err = memberOf(ctx, tx, by.Organization, id); err != nil {
			return err
		}
		link, err = c.signInLink(ctx, tx, by, id)
		return err
	})
	if errors.Is(err, ErrConflict) {
		return Member{}, "", FieldErrors{{Field: "email", Word: WordTaken}}
	}
	return m, link, err
}

// DisableMember takes a member's access away: sessions and links end at once. An
// owner cannot disable the account in use.
func (c *Center) DisableMember(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := by.may(ManageHouse); err != nil {
		return err
	}
	if id == by.ID {
		return ErrForbidden
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE members SET disabled_at = $3 WHERE organization_id = $1 AND id = $2 AND disabled_at IS NULL",
			by.Organization, id, c.now())
		if err := one(done, err, ErrNotFound); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, by.Organization, id); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "member.disabled", id, "")
	})
}

// SetLanguage sets the language of the member's own pages.
func (c *Center) SetLanguage(ctx context.Context, by Actor, language questions.Lang) error {
	var faults FieldErrors
	if faults.language("language", language); len(faults) > 0 {
		return faults
	}
	_, err := c.write.ExecContext(ctx, "UPDATE members SET language = $3 WHERE organization_id = $1 AND id = $2", by.Organization, by.ID, language)
	return readError(err)
}

// MemberByEmail finds a member by address, for commands run on the server itself;
// ErrNotFound when there is none.
func (c *Center) MemberByEmail(ctx context.Context, email string) (Member, error) {
	var m Member
	err := c.read.GetContext(ctx, &m, `
		SELECT`+memberColumns+`
		FROM members m JOIN organizations o ON o.id = m.organization_id
		WHERE m.email = $1`, foldEmail(email))
	return m, readError(err)
}
