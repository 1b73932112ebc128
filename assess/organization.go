package assess

import (
	"context"
	"errors"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// NewOrganization is what the set-up page asks for.
type NewOrganization struct {
	Name      string
	Language  questions.Lang
	OwnerName string
	Email     string
	Password  string
}

// SetUpNeeded reports whether the database has no organization yet.
func (c *Center) SetUpNeeded(ctx context.Context) (bool, error) {
	var needed bool
	err := c.read.GetContext(ctx, &needed, "SELECT NOT EXISTS (SELECT 1 FROM organizations)")
	return needed, readError(err)
}

// SetUpLink makes a fresh one-time link with which the first owner sets up the
// house; older ones stop working. It is ErrSetUpDone when there is an owner.
func (c *Center) SetUpLink(ctx context.Context) (string, error) {
	needed, err := c.SetUpNeeded(ctx)
	if err != nil {
		return "", err
	}
	if !needed {
		return "", ErrSetUpDone
	}
	token := newToken()
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		if err := dropSecrets(ctx, tx, DoorSetUp, uuid.Nil); err != nil {
			return err
		}
		now := c.now()
		return addSecret(ctx, tx, DoorSetUp, token, uuid.NullUUID{}, uuid.Nil, now, At(now.Add(OneTimeLinkLasts)))
	})
	return c.publicURL + "/setup/" + token, err
}

// SetUp makes the organization and its owner, and signs the owner in. The link
// works once.
func (c *Center) SetUp(ctx context.Context, token string, in NewOrganization) (Session, error) {
	if err := c.DoorKnown(ctx, DoorSetUp, token); err != nil {
		return Session{}, err
	}
	faults := in.check()
	if faults.password("password", in.Password); len(faults) > 0 {
		return Session{}, faults
	}
	hash, err := c.hashPassword(in.Password)
	if err != nil {
		return Session{}, err
	}
	var s Session
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := spendSecret(ctx, tx, DoorSetUp, token, c.now()); errors.Is(err, ErrNotFound) {
			return ErrLinkUnknown
		} else if err != nil {
			return err
		}
		// Two servers that start at once may each have made a link.
		if err := dropSecrets(ctx, tx, DoorSetUp, uuid.Nil); err != nil {
			return err
		}
		var done bool
		if err := tx.GetContext(ctx, &done, "SELECT EXISTS (SELECT 1 FROM organizations)"); err != nil {
			return err
		}
		if done {
			return ErrSetUpDone
		}
		owner, err := c.addHouse(ctx, tx, in, hash)
		if err != nil {
			return err
		}
		s, err = c.newSession(ctx, tx, owner.Organization, owner.ID, "organization.set_up")
		return err
	})
	return s, err
}

// Organization is a tenant.
type Organization struct {
	ID   uuid.UUID `db:"id"`
	Name string    `db:"name"`
}

// Organizations lists every tenant, for commands run on the server itself.
func (c *Center) Organizations(ctx context.Context) ([]Organization, error) {
	var list []Organization
	err := c.read.SelectContext(ctx, &list, "SELECT id, name FROM organizations ORDER BY created_at, id")
	return list, readError(err)
}

// AddOrganization makes another tenant and its owner, for commands run on the
// server itself. Without a password the owner gets in by a sign-in link.
func (c *Center) AddOrganization(ctx context.Context, in NewOrganization) (Member, error) {
	faults := in.check()
	if in.Password != "" {
		faults.password("password", in.Password)
	}
	if len(faults) > 0 {
		return Member{}, faults
	}
	var hash string
	if in.Password != "" {
		var err error
		if hash, err = c.hashPassword(in.Password); err != nil {
			return Member{}, err
		}
	}
	var owner Member
	err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		owner, err = c.addHouse(ctx, tx, in, hash)
		return err
	})
	if errors.Is(err, ErrConflict) {
		return Member{}, FieldErrors{{Field: "email", Word: WordTaken}}
	}
	return owner, err
}

func (in *NewOrganization) check() (faults FieldErrors) {
	faults.text("name", &in.Name, 1, 120)
	faults.text("owner_name", &in.OwnerName, 1, 120)
	faults.email("email", &in.Email, true)
	faults.language("language", in.Language)
	return faults
}

// addHouse adds an organization with its owner.
func (c *Center) addHouse(ctx context.Context, tx *sqlx.Tx, in NewOrganization, hash string) (Member, error) {
	organization := newID()
	if _, err := tx.ExecContext(ctx, "INSERT INTO organizations (id, name, language, created_at) VALUES ($1, $2, $3, $4)",
		organization, in.Name, in.Language, c.now()); err != nil {
		return Member{}, err
	}
	id, err := c.addMember(ctx, tx, organization, NewMember{Email: in.Email, Name: in.OwnerName, Role: Owner, Language: in.Language}, hash)
	if err != nil {
		return Member{}, err
	}
	return memberOf(ctx, tx, organization, id)
}
