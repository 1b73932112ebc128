package assess

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
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
}

// Actor is the member as one who acts.
func (m Member) Actor() Actor {
	return Actor{Organization: m.Organization, Kind: MemberActor, ID: m.ID, Role: m.Role}
}

// NewOrganization is what the set-up page asks for.
type NewOrganization struct {
	Name      string
	Language  questions.Lang
	OwnerName string
	Email     string
	Password  string
}

// NewMember is what an owner says of a colleague.
type NewMember struct {
	Email    string
	Name     string
	Role     Role
	Language questions.Lang
}

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
		owner, err := c.addHouse(ctx, tx, in, hash)
		if err != nil {
			return err
		}
		s, err = c.newSession(ctx, tx, owner.Organization, owner.ID, "organization.set_up")
		return err
	})
	return s, err
}

func (c *Center) addMember(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID, in NewMember, hash string) (uuid.UUID, error) {
	id := newID()
	_, err := tx.ExecContext(ctx, `
		INSERT INTO members (organization_id, id, email, name, role, language, password, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		organization, id, in.Email, in.Name, in.Role, in.Language, hash, c.now())
	return id, err
}

func (c *Center) newSession(ctx context.Context, tx *sqlx.Tx, organization, member uuid.UUID, how string) (Session, error) {
	m, err := memberOf(ctx, tx, organization, member)
	if err != nil {
		return Session{}, err
	}
	now, id, token := c.now(), newID(), newToken()
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO sessions (organization_id, id, member_id, created_at, touched_at) VALUES ($1, $2, $3, $4, $4)`,
		organization, id, member, now); err != nil {
		return Session{}, err
	}
	expires := At(now.Add(SessionAbsolute))
	if err := addSecret(ctx, tx, DoorSession, token, uuid.NullUUID{UUID: organization, Valid: true}, id, now, expires); err != nil {
		return Session{}, err
	}
	return Session{Token: token, Member: m, Expires: expires.Time}, c.audit(ctx, tx, m.Actor(), how, member, "")
}

// SignIn opens a session with address and password. A wrong address and a wrong
// password are the same ErrWrongPassword and take the same time.
func (c *Center) SignIn(ctx context.Context, email, password string) (Session, error) {
	var row struct {
		Organization uuid.UUID `db:"organization_id"`
		ID           uuid.UUID `db:"id"`
		Password     string    `db:"password"`
		DisabledAt   Time      `db:"disabled_at"`
	}
	err := c.read.GetContext(ctx, &row, "SELECT organization_id, id, password, disabled_at FROM members WHERE email = $1", foldEmail(email))
	if err = readError(err); err != nil && !errors.Is(err, ErrNotFound) {
		return Session{}, err
	}
	known := err == nil && row.Password != ""
	if !known {
		row.Password = nobodysPassword
	}
	if utf8.RuneCountInString(password) > longestPassword {
		return Session{}, ErrWrongPassword
	}
	matches, err := c.passwordMatches(password, row.Password)
	if err != nil {
		return Session{}, err
	}
	if !known || !matches || !row.DisabledAt.IsZero() {
		return Session{}, ErrWrongPassword
	}
	var s Session
	err = c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		s, err = c.newSession(ctx, tx, row.Organization, row.ID, "member.signed_in")
		return err
	})
	return s, err
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

// SignInByLink opens a session with a one-time link and uses the link up.
func (c *Center) SignInByLink(ctx context.Context, token string) (Session, error) {
	var s Session
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		row, err := spendSecret(ctx, tx, DoorSignIn, token, c.now())
		if errors.Is(err, ErrNotFound) {
			return ErrLinkUnknown
		}
		if err != nil {
			return err
		}
		s, err = c.newSession(ctx, tx, row.Organization.UUID, row.Subject, "member.signed_in_by_link")
		if err == nil && !s.Member.DisabledAt.IsZero() {
			return ErrLinkUnknown
		}
		return err
	})
	return s, err
}

const memberBySession = `
	SELECT` + memberColumns + `, x.id AS session_id, x.touched_at
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
	var ended []uuid.UUID
	if err := tx.SelectContext(ctx, &ended, "DELETE FROM sessions WHERE organization_id = $1 AND member_id = $2 RETURNING id", organization, member); err != nil {
		return err
	}
	for _, id := range ended {
		if err := dropSecrets(ctx, tx, DoorSession, id); err != nil {
			return err
		}
	}
	return dropSecrets(ctx, tx, DoorSignIn, member)
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
		s, err = c.newSession(ctx, tx, by.Organization, by.ID, "member.password_changed")
		return err
	})
	return s, err
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

// foldEmail is the form in which addresses are kept and compared.
func foldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// text trims a field and checks its length in characters.
func (e *FieldErrors) text(field string, s *string, least, most int) {
	*s = strings.TrimSpace(*s)
	n := utf8.RuneCountInString(*s)
	switch {
	case n == 0 && least > 0:
		*e = append(*e, FieldError{Field: field, Word: WordRequired})
	case n < least:
		*e = append(*e, FieldError{Field: field, Word: WordTooShort, Params: map[string]string{"n": strconv.Itoa(least)}})
	case n > most:
		*e = append(*e, FieldError{Field: field, Word: WordTooLong, Params: map[string]string{"n": strconv.Itoa(most)}})
	case !utf8.ValidString(*s) || strings.ContainsFunc(*s, notPrintable):
		*e = append(*e, FieldError{Field: field, Word: WordForbidden})
	}
}

// notPrintable finds control characters and the marks that reverse the reading
// order, which a name in a mail header or a list must not carry.
func notPrintable(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069)
}

func (e *FieldErrors) email(field string, s *string, required bool) {
	*s = foldEmail(*s)
	if *s == "" && !required {
		return
	}
	before := len(*e)
	if e.text(field, s, 1, 254); len(*e) > before {
		return
	}
	if a, err := mail.ParseAddress(*s); err != nil || a.Address != *s || !strings.Contains(*s, "@") {
		*e = append(*e, FieldError{Field: field, Word: WordEmail})
	}
}

func (e *FieldErrors) language(field string, l questions.Lang) {
	if l != questions.Chinese && l != questions.English {
		*e = append(*e, FieldError{Field: field, Word: WordUnknown})
	}
}

const (
	shortestPassword = 10
	longestPassword  = 200
)

// commonPasswords are those of the well-known lists that are long enough to be
// tried here.
var commonPasswords = []string{
	"1234567890", "0123456789", "12345678910", "qwertyuiop", "1q2w3e4r5t", "password123", "password1234",
	"abcdefghij", "iloveyou123", "administrator", "letmein123", "welcome123", "qwerty12345", "a123456789",
	"1111111111", "0000000000", "5201314520", "woaini1314", "woaini5201314", "asdfghjkl1", "1qaz2wsx3edc", "fourfold123",
}

func (e *FieldErrors) password(field, s string) {
	n := utf8.RuneCountInString(s)
	switch {
	case n < shortestPassword:
		*e = append(*e, FieldError{Field: field, Word: WordTooShort, Params: map[string]string{"n": strconv.Itoa(shortestPassword)}})
	case n > longestPassword:
		*e = append(*e, FieldError{Field: field, Word: WordTooLong, Params: map[string]string{"n": strconv.Itoa(longestPassword)}})
	case slices.Contains(commonPasswords, strings.ToLower(s)):
		*e = append(*e, FieldError{Field: field, Word: WordCommon})
	}
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
