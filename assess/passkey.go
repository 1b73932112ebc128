package assess

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// addingPasskey is what a step is for that leads to no session but to a new passkey.
const addingPasskey = "passkey"

// mostPasskey is how much a browser may say of a passkey: some two kB are usual.
const mostPasskey = 16 << 10

// PasskeysPossible reports whether browsers take passkeys for this server: they do
// for a name, over TLS or on the machine itself.
func (c *Center) PasskeysPossible() bool {
	u, err := url.Parse(c.publicURL)
	return err == nil && net.ParseIP(u.Hostname()) == nil && (u.Scheme == "https" || u.Hostname() == "localhost")
}

func (c *Center) relyingParty() (*webauthn.WebAuthn, error) {
	if !c.PasskeysPossible() {
		return nil, ErrPasskey
	}
	u, err := url.Parse(c.publicURL)
	if err != nil {
		return nil, err
	}
	return webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: codeIssuer, RPOrigins: []string{u.Scheme + "://" + u.Host}})
}

// keyHolder is a member as the library sees one.
type keyHolder struct {
	Member
	keys []webauthn.Credential
}

func (h keyHolder) WebAuthnID() []byte                         { return h.ID[:] }
func (h keyHolder) WebAuthnName() string                       { return h.Email }
func (h keyHolder) WebAuthnDisplayName() string                { return h.Name }
func (h keyHolder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func (c *Center) keyHolder(ctx context.Context, db sqlx.QueryerContext, organization, member uuid.UUID) (keyHolder, error) {
	m, err := memberOf(ctx, db, organization, member)
	if err != nil {
		return keyHolder{}, err
	}
	h := keyHolder{Member: m}
	var kept []string // Public keys with their counters: nothing to hide.
	if err := sqlx.SelectContext(ctx, db, &kept, `SELECT secret FROM factors
		WHERE organization_id = $1 AND member_id = $2 AND kind = 'passkey' AND confirmed_at IS NOT NULL ORDER BY id`, organization, member); err != nil {
		return keyHolder{}, readError(err)
	}
	for _, text := range kept {
		var key webauthn.Credential
		if err := json.Unmarshal([]byte(text), &key); err != nil {
			return keyHolder{}, err
		}
		h.keys = append(h.keys, key)
	}
	return h, nil
}

func handleOf(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// StartPasskey asks the member's browser for a new passkey: what it is to be told, and
// the step its answer belongs to.
func (c *Center) StartPasskey(ctx context.Context, by Actor) (options []byte, step string, err error) {
	if by.Kind != MemberActor {
		return nil, "", ErrForbidden
	}
	party, err := c.relyingParty()
	if err != nil {
		return nil, "", err
	}
	holder, err := c.keyHolder(ctx, c.read, by.Organization, by.ID)
	if err != nil {
		return nil, "", err
	}
	var known []protocol.CredentialDescriptor
	for _, key := range holder.keys {
		known = append(known, key.Descriptor())
	}
	asked, kept, err := party.BeginRegistration(holder, webauthn.WithExclusions(known))
	if err != nil {
		return nil, "", err
	}
	challenge, err := json.Marshal(kept)
	if err != nil {
		return nil, "", err
	}
	err = c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		step, err = c.newStep(ctx, tx, by.Organization, by.ID, addingPasskey, string(challenge))
		return err
	})
	if err != nil {
		return nil, "", err
	}
	options, err = json.Marshal(asked.Response)
	return options, step, err
}

// AddPasskey keeps the passkey a browser has made, as ConfirmCodeApp keeps an app. An
// answer that does not fit what was asked is ErrPasskey.
func (c *Center) AddPasskey(ctx context.Context, by Actor, step, name string, answer []byte, proof string) (Session, []string, error) {
	if by.Kind != MemberActor {
		return Session{}, nil, ErrForbidden
	}
	var faults FieldErrors
	if faults.text("passkey_name", &name, 1, 60); len(faults) > 0 {
		return Session{}, nil, faults
	}
	party, err := c.relyingParty()
	if err != nil {
		return Session{}, nil, err
	}
	row, err := c.stepOf(ctx, c.read, step)
	if err != nil {
		return Session{}, nil, err
	}
	if row.Organization != by.Organization || row.Member != by.ID || row.Proof != addingPasskey {
		return Session{}, nil, ErrStep
	}
	holder, err := c.keyHolder(ctx, c.read, by.Organization, by.ID)
	if err != nil {
		return Session{}, nil, err
	}
	key, err := madeKey(party, holder, row.Challenge, answer)
	if err != nil {
		return Session{}, nil, err
	}
	kept, err := json.Marshal(key)
	if err != nil {
		return Session{}, nil, err
	}
	var s Session
	var codes []string
	err = c.proving(ctx, by.Organization, by.ID, func(tx *sqlx.Tx) error {
		var taken int
		if err := tx.GetContext(ctx, &taken, "SELECT count(*) FROM factors WHERE organization_id = $1 AND handle = $2", by.Organization, handleOf(key.ID)); err != nil {
			return err
		}
		if taken > 0 {
			return ErrPasskey
		}
		if err := c.mayAdd(ctx, tx, by, proof); err != nil {
			return err
		}
		if err := endStep(ctx, tx, row); err != nil {
			return err
		}
		now := c.now()
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO factors (organization_id, id, member_id, kind, name, secret, handle, last_step, created_at, confirmed_at)
			VALUES ($1, $2, $3, 'passkey', $4, $5, $6, 0, $7, $7)`,
			by.Organization, newID(), by.ID, name, string(kept), handleOf(key.ID), now); err != nil {
			return err
		}
		s, codes, err = c.factorAdded(ctx, tx, by)
		return err
	})
	return s, codes, err
}

func madeKey(party *webauthn.WebAuthn, holder keyHolder, challenge string, answer []byte) (*webauthn.Credential, error) {
	var asked webauthn.SessionData
	if err := json.Unmarshal([]byte(challenge), &asked); err != nil || len(answer) > mostPasskey {
		return nil, ErrPasskey
	}
	said, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, ErrPasskey
	}
	key, err := party.CreateCredential(holder, asked, said)
	if err != nil {
		return nil, ErrPasskey
	}
	return key, nil
}

// AskPasskey asks the browser at a step for one of the member's passkeys.
func (c *Center) AskPasskey(ctx context.Context, step string) ([]byte, error) {
	row, err := c.signInStep(ctx, step)
	if err != nil {
		return nil, err
	}
	party, err := c.relyingParty()
	if err != nil {
		return nil, err
	}
	holder, err := c.keyHolder(ctx, c.read, row.Organization, row.Member)
	if err != nil {
		return nil, err
	}
	if len(holder.keys) == 0 {
		return nil, ErrPasskey
	}
	asked, kept, err := party.BeginLogin(holder)
	if err != nil {
		return nil, err
	}
	challenge, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	done, err := c.write.ExecContext(ctx, "UPDATE sign_in_steps SET challenge = $3 WHERE organization_id = $1 AND id = $2", row.Organization, row.ID, string(challenge))
	if err := one(done, err, ErrStep); err != nil {
		return nil, err
	}
	return json.Marshal(asked.Response)
}

// SignInByPasskey takes the step with what the browser's passkey has signed. What was
// asked is answered once, right or wrong.
func (c *Center) SignInByPasskey(ctx context.Context, step string, answer []byte) (Session, error) {
	row, err := c.signInStep(ctx, step)
	if err != nil {
		return Session{}, err
	}
	party, err := c.relyingParty()
	if err != nil {
		return Session{}, err
	}
	var s Session
	err = c.proving(ctx, row.Organization, row.Member, func(tx *sqlx.Tx) error {
		holder, err := c.keyHolder(ctx, tx, row.Organization, row.Member)
		if err != nil {
			return err
		}
		key, err := signedKey(party, holder, row.Challenge, answer)
		if err != nil {
			_, forget := tx.ExecContext(ctx, "UPDATE sign_in_steps SET challenge = '' WHERE organization_id = $1 AND id = $2", row.Organization, row.ID)
			return errors.Join(err, forget)
		}
		kept, err := json.Marshal(key)
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, "UPDATE factors SET secret = $4, used_at = $5 WHERE organization_id = $1 AND member_id = $2 AND handle = $3",
			row.Organization, row.Member, handleOf(key.ID), string(kept), c.now())
		if err := one(done, err, ErrPasskey); err != nil {
			return err
		}
		if err := endStep(ctx, tx, row); err != nil {
			return err
		}
		s, err = c.newSession(ctx, tx, row.Organization, row.Member, signedInByFactor)
		return err
	})
	return s, err
}

// signedKey holds an answer against what was asked. A counter that goes back means
// that there are two of a passkey, and neither is believed.
func signedKey(party *webauthn.WebAuthn, holder keyHolder, challenge string, answer []byte) (*webauthn.Credential, error) {
	var asked webauthn.SessionData
	if challenge == "" || json.Unmarshal([]byte(challenge), &asked) != nil || len(answer) > mostPasskey {
		return nil, ErrPasskey
	}
	said, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, ErrPasskey
	}
	key, err := party.ValidateLogin(holder, asked, said)
	if err != nil || key.Authenticator.CloneWarning {
		return nil, ErrPasskey
	}
	return key, nil
}

// signInStep is a step that leads to a session.
func (c *Center) signInStep(ctx context.Context, step string) (stepRow, error) {
	row, err := c.stepOf(ctx, c.read, step)
	if err == nil && row.Proof == addingPasskey {
		return stepRow{}, ErrStep
	}
	return row, err
}
