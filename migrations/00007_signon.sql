-- +goose Up

-- The identity provider an organization's members may sign in through. What we
-- prove ourselves to it with is sealed.
CREATE TABLE sign_ons (
	organization_id UUID PRIMARY KEY REFERENCES organizations (id),
	name            TEXT NOT NULL,
	issuer          TEXT NOT NULL,
	client_id       TEXT NOT NULL,
	client_secret   TEXT NOT NULL,
	password_off    BOOLEAN NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL
);

-- Who a member is to a provider. The subject never changes hands, an address may.
CREATE TABLE identities (
	organization_id UUID NOT NULL,
	issuer          TEXT NOT NULL,
	subject         TEXT NOT NULL,
	member_id       UUID NOT NULL,
	linked_at       TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, issuer, subject),
	FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
);
CREATE UNIQUE INDEX identities_by_member ON identities (organization_id, member_id, issuer);

ALTER TABLE organizations ADD COLUMN factor_required BOOLEAN NOT NULL DEFAULT FALSE;

-- How whoever holds a session proved to be the member.
ALTER TABLE sessions ADD COLUMN proof TEXT NOT NULL DEFAULT '';

-- A second factor: an app that makes codes, or a passkey. One that was not
-- confirmed is asked of nobody.
CREATE TABLE factors (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	member_id       UUID NOT NULL,
	kind            TEXT NOT NULL,
	name            TEXT NOT NULL,
	secret          TEXT NOT NULL,
	handle          TEXT NOT NULL,
	last_step       BIGINT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	confirmed_at    TIMESTAMPTZ,
	used_at         TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
);
CREATE INDEX factors_by_member ON factors (organization_id, member_id);

CREATE TABLE recovery_codes (
	organization_id UUID NOT NULL,
	member_id       UUID NOT NULL,
	hash            TEXT NOT NULL,
	PRIMARY KEY (organization_id, member_id, hash),
	FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
);

-- How often a member's second factor was tried in vain of late.
CREATE TABLE factor_tries (
	organization_id UUID NOT NULL,
	member_id       UUID NOT NULL,
	since           TIMESTAMPTZ NOT NULL,
	tries           BIGINT NOT NULL,
	PRIMARY KEY (organization_id, member_id),
	FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
);

-- A sign-in between the first proof and the second, and the making of a passkey:
-- what was asked is kept here, and answered once.
CREATE TABLE sign_in_steps (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	member_id       UUID NOT NULL,
	proof           TEXT NOT NULL,
	challenge       TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
);
CREATE INDEX sign_in_steps_by_time ON sign_in_steps (created_at);

-- +goose Down
SELECT 1;
