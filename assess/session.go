package assess

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Session is a signed-in member and the token that proves it.
type Session struct {
	Token   string
	Member  Member
	Expires time.Time
}

// How long a session lasts without being used, at all, and how often its use is
// written down: a write per page would queue behind the answers.
const (
	SessionIdle     = 2 * time.Hour
	SessionAbsolute = 12 * time.Hour
	touchEvery      = time.Minute
	// OneTimeLinkLasts is how long a set-up or sign-in link waits to be used.
	OneTimeLinkLasts = 48 * time.Hour
)

// hashCost follows OWASP's second Argon2id choice: 19 MiB, two passes, one lane.
var hashCost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodysPassword is compared when there is no such member, so that a wrong
// address takes as long as a wrong password.
const nobodysPassword = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$6rVN4DPr1fk4Q5D9GSHwBfLg1BJg1e7mHkKfsmmHd4k"

// Hashing costs memory and time: fewer at once than cores, so that it never
// starves the answers.
func (c *Center) hashPassword(password string) (string, error) {
	c.hashing <- struct{}{}
	defer func() { <-c.hashing }()
	return argon2id.CreateHash(password, hashCost)
}

func (c *Center) passwordMatches(password, hash string) (bool, error) {
	c.hashing <- struct{}{}
	defer func() { <-c.hashing }()
	return argon2id.ComparePasswordAndHash(password, hash)
}

// The ways a member proves to be who is meant: words of the audit log, and what a
// session remembers of its beginning.
const (
	signedIn           = "member.signed_in"
	signedInByLink     = "member.signed_in_by_link"
	signedInByProvider = "member.signed_in_by_provider"
	signedInByFactor   = "member.signed_in_by_factor"
	passwordChanged    = "member.password_changed"
	factorAdded        = "member.factor_added"
)

func (c *Center) newSession(ctx context.Context, tx *sqlx.Tx, organization, member uuid.UUID, how string) (Session, error) {
	m, err := memberOf(ctx, tx, organization, member)
	if err != nil {
		return Session{}, err
	}
	now, id, token := c.now(), newID(), newToken()
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO sessions (organization_id, id, member_id, created_at, touched_at, proof) VALUES ($1, $2, $3, $4, $4, $5)`,
		organization, id, member, now, how); err != nil {
		return Session{}, err
	}
	expires := At(now.Add(SessionAbsolute))
	if err := addSecret(ctx, tx, DoorSession, token, uuid.NullUUID{UUID: organization, Valid: true}, id, now, expires); err != nil {
		return Session{}, err
	}
	return Session{Token: token, Member: m, Expires: expires.Time}, c.audit(ctx, tx, m.Actor(), how, member, "")
}

// SignIn opens a session with address and password, or begins the step to the second
// factor. A wrong address and a wrong password are the same ErrWrongPassword and take
// the same time. Where the organization has turned passwords off, the right one is
// ErrPasswordOff.
func (c *Center) SignIn(ctx context.Context, email, password string) (Entry, error) {
	var row struct {
		Organization uuid.UUID `db:"organization_id"`
		ID           uuid.UUID `db:"id"`
		Password     string    `db:"password"`
		DisabledAt   Time      `db:"disabled_at"`
	}
	email = strings.ReplaceAll(foldEmail(email), "\x00", "\ufffd") // PostgreSQL takes no NUL, and nobody's address has either
	err := c.read.GetContext(ctx, &row, "SELECT organization_id, id, password, disabled_at FROM members WHERE email = $1", email)
	if err = readError(err); err != nil && !errors.Is(err, ErrNotFound) {
		return Entry{}, err
	}
	known := err == nil && row.Password != ""
	if !known {
		row.Password = nobodysPassword
	}
	if utf8.RuneCountInString(password) > longestPassword {
		return Entry{}, ErrWrongPassword
	}
	matches, err := c.passwordMatches(password, row.Password)
	if err != nil {
		return Entry{}, err
	}
	if !known || !matches || !row.DisabledAt.IsZero() {
		return Entry{}, ErrWrongPassword
	}
	off, err := c.passwordOff(ctx, row.Organization)
	if err != nil {
		return Entry{}, err
	}
	if off {
		return Entry{}, ErrPasswordOff
	}
	var e Entry
	err = c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		e, err = c.enter(ctx, tx, row.Organization, row.ID, signedIn)
		return err
	})
	return e, err
}

// SignInLink makes a one-time link that signs a member in, for one who has just
// been added or has forgotten the password.
func (c *Center) SignInLink(ctx context.Context, by Actor, member uuid.UUID) (string, error) {
	if err := by.may(ManageHouse); err != nil {
		return "", err
	}
	var link string
	err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		link, err = c.signInLink(ctx, tx, by, member)
		return err
	})
	return link, err
}

func (c *Center) signInLink(ctx context.Context, tx *sqlx.Tx, by Actor, member uuid.UUID) (string, error) {
	m, err := memberOf(ctx, tx, by.Organization, member)
	if err != nil {
		return "", err
	}
	if !m.DisabledAt.IsZero() {
		return "", ErrForbidden
	}
	token, now := newToken(), c.now()
	if err := addSecret(ctx, tx, DoorSignIn, token, uuid.NullUUID{UUID: by.Organization, Valid: true}, member, now, At(now.Add(OneTimeLinkLasts))); err != nil {
		return "", err
	}
	return c.publicURL + "/signin/" + token, c.audit(ctx, tx, by, "member.link_made", member, "")
}

// SignInByLink opens a session with a one-time link, or begins the step to the second
// factor, and uses the link up.
func (c *Center) SignInByLink(ctx context.Context, token string) (Entry, error) {
	var e Entry
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		row, err := spendSecret(ctx, tx, DoorSignIn, token, c.now())
		if errors.Is(err, ErrNotFound) {
			return ErrLinkUnknown
		}
		if err != nil {
			return err
		}
		e, err = c.enter(ctx, tx, row.Organization.UUID, row.Subject, signedInByLink)
		if err == nil && !e.Member.DisabledAt.IsZero() {
			return ErrLinkUnknown
		}
		return err
	})
	return e, err
}

const memberBySession = `
	SELECT` + memberColumns + `, x.id AS session_id, x.touched_at,
		CASE WHEN o.factor_required AND x.proof <> '` + signedInByProvider + `' AND NOT EXISTS (
			SELECT 1 FROM factors f WHERE f.organization_id = m.organization_id AND f.member_id = m.id AND f.confirmed_at IS NOT NULL)
		THEN 1 ELSE 0 END AS enrolling
	FROM secrets k
	JOIN sessions x ON x.organization_id = k.organization_id AND x.id = k.subject_id
	JOIN members m ON m.organization_id = x.organization_id AND m.id = x.member_id
	JOIN organizations o ON o.id = m.organization_id
	WHERE k.hash = $1 AND k.kind = 'session' AND k.expires_at > $2 AND x.touched_at > $3 AND m.disabled_at IS NULL`

// Member returns who a session token belongs to, read afresh on every request,
// so that a changed role or a disabled member counts at once. An unknown, idle
// or expired session is ErrUnauthenticated.
func (c *Center) Member(ctx context.Context, sessionToken string) (Member, error) {
	if sessionToken == "" {
		return Member{}, ErrUnauthenticated
	}
	var row struct {
		Member
		Session   uuid.UUID `db:"session_id"`
		TouchedAt Time      `db:"touched_at"`
	}
	now := c.now()
	err := readError(c.read.GetContext(ctx, &row, memberBySession, hashToken(DoorSession, sessionToken), now, At(now.Add(-SessionIdle))))
	if errors.Is(err, ErrNotFound) {
		return Member{}, ErrUnauthenticated
	}
	if err != nil {
		return Member{}, err
	}
	if now.Sub(row.TouchedAt.Time) >= touchEvery {
		if _, err := c.write.ExecContext(ctx, "UPDATE sessions SET touched_at = $3 WHERE organization_id = $1 AND id = $2 AND touched_at < $3",
			row.Organization, row.Session, now); err != nil {
			return Member{}, readError(err)
		}
	}
	return row.Member, nil
}

// SignOut ends a session; one that is not there is ended already.
func (c *Center) SignOut(ctx context.Context, sessionToken string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		row, err := spendSecret(ctx, tx, DoorSession, sessionToken, c.now())
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrLinkExpired) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM sessions WHERE organization_id = $1 AND id = $2", row.Organization, row.Subject)
		return err
	})
}

// endSessions closes every door a member has open.
func endSessions(ctx context.Context, tx *sqlx.Tx, organization, member uuid.UUID) error {
	if err := closeDoors(ctx, tx, DoorSession, "DELETE FROM sessions WHERE organization_id = $1 AND member_id = $2 RETURNING id", organization, member); err != nil {
		return err
	}
	if err := closeDoors(ctx, tx, DoorStep, "DELETE FROM sign_in_steps WHERE organization_id = $1 AND member_id = $2 RETURNING id", organization, member); err != nil {
		return err
	}
	return dropSecrets(ctx, tx, DoorSignIn, member)
}

// closeDoors deletes what a kind of door leads to, and the secrets that open it.
func closeDoors(ctx context.Context, tx *sqlx.Tx, door Door, deleting string, args ...any) error {
	var ended []uuid.UUID
	if err := tx.SelectContext(ctx, &ended, deleting, args...); err != nil {
		return err
	}
	for _, id := range ended {
		if err := dropSecrets(ctx, tx, door, id); err != nil {
			return err
		}
	}
	return nil
}

// ChangePassword sets the member's own password and ends the other sessions; the
// returned session replaces the present one. The current password is asked for
// unless there is none yet.
func (c *Center) ChangePassword(ctx context.Context, by Actor, current, next string) (Session, error) {
	if by.Kind != MemberActor {
		return Session{}, ErrForbidden
	}
	var faults FieldErrors
	if faults.password("password", next); len(faults) > 0 {
		return Session{}, faults
	}
	var stored string
	if err := c.read.GetContext(ctx, &stored, "SELECT password FROM members WHERE organization_id = $1 AND id = $2", by.Organization, by.ID); err != nil {
		return Session{}, readError(err)
	}
	if stored != "" {
		matches, err := c.passwordMatches(current, stored)
		if err != nil {
			return Session{}, err
		}
		if !matches {
			return Session{}, ErrWrongPassword
		}
	}
	hash, err := c.hashPassword(next)
	if err != nil {
		return Session{}, err
	}
	var s Session
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE members SET password = $3 WHERE organization_id = $1 AND id = $2 AND password = $4",
			by.Organization, by.ID, hash, stored)
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, by.Organization, by.ID); err != nil {
			return err
		}
		s, err = c.newSession(ctx, tx, by.Organization, by.ID, passwordChanged)
		return err
	})
	return s, err
}
