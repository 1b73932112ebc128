package assess

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// SignOn is the identity provider an organization's members may sign in through:
// any that speaks OpenID Connect.
type SignOn struct {
	Organization uuid.UUID `db:"organization_id"`
	Name         string    `db:"name"`
	Issuer       string    `db:"issuer"`
	ClientID     string    `db:"client_id"`
	PasswordOff  bool      `db:"password_off"` // Nobody signs in with a password any more.
	CreatedAt    Time      `db:"created_at"`
}

// Provider is a sign-on with what the server proves itself to the provider with.
type Provider struct {
	SignOn
	Secret string `db:"client_secret"`
}

// NewSignOn is what an owner says of the provider. An empty secret leaves the one
// that is kept, as long as the issuer stays.
type NewSignOn struct {
	Name        string
	Issuer      string
	ClientID    string
	Secret      string
	PasswordOff bool
}

// Identity is who a provider says somebody is. The subject never changes hands at
// the issuer; an address may.
type Identity struct {
	Issuer   string
	Subject  string
	Email    string
	Verified bool // The provider says that the address is the person's.
}

const (
	longestClient  = 500
	longestSubject = 255 // by OpenID Connect
)

const signOnColumns = "organization_id, name, issuer, client_id, password_off, created_at"

func signOnPlace(organization uuid.UUID) place {
	return place{table: "sign_ons", row: organization, organization: organization}
}

// SignOn returns the organization's provider; ErrNotFound when there is none.
func (c *Center) SignOn(ctx context.Context, by Actor) (SignOn, error) {
	if err := by.may(ManageHouse); err != nil {
		return SignOn{}, err
	}
	var s SignOn
	err := c.read.GetContext(ctx, &s, "SELECT "+signOnColumns+" FROM sign_ons WHERE organization_id = $1", by.Organization)
	return s, readError(err)
}

// Provider returns what the server needs to send somebody to an organization's
// provider; ErrNotFound when it has none.
func (c *Center) Provider(ctx context.Context, organization uuid.UUID) (Provider, error) {
	return c.providerOf(ctx, c.read, organization)
}

func (c *Center) providerOf(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID) (Provider, error) {
	var p Provider
	err := sqlx.GetContext(ctx, db, &p, "SELECT "+signOnColumns+", client_secret FROM sign_ons WHERE organization_id = $1", organization)
	if err != nil {
		return Provider{}, readError(err)
	}
	p.Secret, err = c.decrypt(signOnPlace(organization), p.Secret)
	return p, err
}

// OnlySignOn returns the provider of a server that has exactly one, which its
// sign-in page may name to anyone; ErrNotFound otherwise.
func (c *Center) OnlySignOn(ctx context.Context) (SignOn, error) {
	var all []SignOn
	if err := c.read.SelectContext(ctx, &all, "SELECT "+signOnColumns+" FROM sign_ons LIMIT 2"); err != nil {
		return SignOn{}, readError(err)
	}
	if len(all) != 1 {
		return SignOn{}, ErrNotFound
	}
	return all[0], nil
}

// CheckSignOn finds what is wrong with a provider before anybody asks it anything,
// and trims what was typed.
func (c *Center) CheckSignOn(by Actor, in *NewSignOn) error {
	if err := by.may(ManageHouse); err != nil {
		return err
	}
	var faults FieldErrors
	faults.text("name", &in.Name, 1, 60)
	faults.text("client_id", &in.ClientID, 1, longestClient)
	faults.text("client_secret", &in.Secret, 0, longestClient)
	before := len(faults)
	if faults.text("issuer", &in.Issuer, 1, longestURL); len(faults) == before {
		if word := urlFault(in.Issuer, c.private); word != "" {
			faults = append(faults, FieldError{Field: "issuer", Word: word})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// SetSignOn keeps the organization's provider, or changes it. Passwords can only be
// turned off once an owner has come in through this very provider: otherwise a
// mistyped one would lock everybody out.
func (c *Center) SetSignOn(ctx context.Context, by Actor, in NewSignOn) error {
	if err := c.CheckSignOn(by, &in); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		kept, err := c.providerOf(ctx, tx, by.Organization)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if in.Secret == "" && kept.Issuer == in.Issuer { // a secret goes to no other provider than it came from
			in.Secret = kept.Secret
		}
		if in.Secret == "" {
			return FieldErrors{{Field: "client_secret", Word: WordRequired}}
		}
		if in.PasswordOff {
			if err := ownerCame(ctx, tx, by.Organization, in.Issuer); err != nil {
				return err
			}
		}
		sealed, err := c.encrypt(signOnPlace(by.Organization), in.Secret)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO sign_ons (organization_id, name, issuer, client_id, client_secret, password_off, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (organization_id) DO UPDATE SET name = excluded.name, issuer = excluded.issuer,
				client_id = excluded.client_id, client_secret = excluded.client_secret, password_off = excluded.password_off`,
			by.Organization, in.Name, in.Issuer, in.ClientID, sealed, in.PasswordOff, c.now()); err != nil {
			return err
		}
		detail := "password_on"
		if in.PasswordOff {
			detail = "password_off"
		}
		return c.audit(ctx, tx, by, "signon.set", by.Organization, detail)
	})
}

// ownerCame reports, as a fault of the field, that no owner who is still there has
// come in through the issuer.
func ownerCame(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID, issuer string) error {
	var owners int
	err := tx.GetContext(ctx, &owners, `
		SELECT count(*)
		FROM identities i
		JOIN members m ON m.organization_id = i.organization_id AND m.id = i.member_id
		WHERE i.organization_id = $1 AND i.issuer = $2 AND m.role = 'owner' AND m.disabled_at IS NULL`, organization, issuer)
	if err == nil && owners == 0 {
		return FieldErrors{{Field: "password_off", Word: WordUntried}}
	}
	return err
}

// RemoveSignOn takes the provider away; passwords count again. Who was who at the
// provider stays known, should it come back.
func (c *Center) RemoveSignOn(ctx context.Context, by Actor) error {
	if err := by.may(ManageHouse); err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, "DELETE FROM sign_ons WHERE organization_id = $1", by.Organization)
		if err := one(done, err, ErrNotFound); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "signon.removed", by.Organization, "")
	})
}

// passwordOff reports whether an organization has turned passwords off.
func (c *Center) passwordOff(ctx context.Context, organization uuid.UUID) (bool, error) {
	var off int
	err := c.read.GetContext(ctx, &off, "SELECT count(*) FROM sign_ons WHERE organization_id = $1 AND password_off", organization)
	return off > 0, readError(err)
}

// SignInByProvider opens a session for whom the organization's provider vouches.
// Who has come before is known by issuer and subject alone, whatever the address is
// now. Who comes first is the member with that address, if the provider has verified
// it and nobody else has come as that member. Nobody is made a member by coming.
func (c *Center) SignInByProvider(ctx context.Context, organization uuid.UUID, who Identity) (Session, error) {
	var s Session
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		p, err := c.providerOf(ctx, tx, organization)
		if err != nil {
			return err
		}
		if p.Issuer != who.Issuer || who.Subject == "" || len(who.Subject) > longestSubject {
			return ErrProvider
		}
		member, err := c.identified(ctx, tx, organization, who)
		if err != nil {
			return err
		}
		s, err = c.newSession(ctx, tx, organization, member, signedInByProvider)
		if err == nil && !s.Member.DisabledAt.IsZero() {
			return ErrNoMember
		}
		return err
	})
	if word, ok := errors.AsType[Error](err); ok && word != ErrUnavailable && word != ErrNotFound {
		return Session{}, errors.Join(word, c.RefuseSignOn(ctx, organization, word))
	}
	return s, err
}

// identified finds the member an identity belongs to, and links it the first time.
func (c *Center) identified(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID, who Identity) (uuid.UUID, error) {
	var member uuid.UUID
	err := readError(tx.GetContext(ctx, &member, "SELECT member_id FROM identities WHERE organization_id = $1 AND issuer = $2 AND subject = $3",
		organization, who.Issuer, who.Subject))
	if !errors.Is(err, ErrNotFound) {
		return member, err
	}
	if !who.Verified || who.Email == "" {
		return uuid.Nil, ErrUnverified
	}
	err = readError(tx.GetContext(ctx, &member, "SELECT id FROM members WHERE organization_id = $1 AND email = $2 AND disabled_at IS NULL",
		organization, foldEmail(who.Email)))
	if errors.Is(err, ErrNotFound) {
		return uuid.Nil, ErrNoMember
	}
	if err != nil {
		return uuid.Nil, err
	}
	linked, err := tx.ExecContext(ctx, `
		INSERT INTO identities (organization_id, issuer, subject, member_id, linked_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`, organization, who.Issuer, who.Subject, member, c.now())
	if err := one(linked, err, ErrOtherIdentity); err != nil {
		return uuid.Nil, err
	}
	return member, c.audit(ctx, tx, Actor{Organization: organization, Kind: SystemActor}, "member.linked", member, "")
}

// RefuseSignOn notes that somebody came back from the provider and was not let in.
func (c *Center) RefuseSignOn(ctx context.Context, organization uuid.UUID, why Error) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		return c.audit(ctx, tx, Actor{Organization: organization, Kind: SystemActor}, "signon.refused", organization, string(why))
	})
}
