-- +goose Up

CREATE TABLE organizations (
	id         UUID PRIMARY KEY,
	name       TEXT NOT NULL,
	language   TEXT NOT NULL,
	created_at TIMESTAMPTZ NOT NULL
);

-- The one global table: whatever opens a door, kept as a hash.
CREATE TABLE secrets (
	hash            TEXT PRIMARY KEY,
	kind            TEXT NOT NULL,
	organization_id UUID,
	subject_id      UUID NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	expires_at      TIMESTAMPTZ
);
CREATE INDEX secrets_by_subject ON secrets (subject_id, kind);

CREATE TABLE members (
	organization_id UUID NOT NULL REFERENCES organizations (id),
	id              UUID NOT NULL,
	email           TEXT NOT NULL,
	name            TEXT NOT NULL,
	role            TEXT NOT NULL,
	language        TEXT NOT NULL,
	password        TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	disabled_at     TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX members_by_email ON members (email);

CREATE TABLE sessions (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	member_id       UUID NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	touched_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
);
CREATE INDEX sessions_by_member ON sessions (organization_id, member_id);

CREATE TABLE api_keys (
	organization_id UUID NOT NULL REFERENCES organizations (id),
	id              UUID NOT NULL,
	name            TEXT NOT NULL,
	prefix          TEXT NOT NULL,
	tail            TEXT NOT NULL,
	scopes          TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	expires_at      TIMESTAMPTZ,
	revoked_at      TIMESTAMPTZ,
	last_used_at    TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id)
);

CREATE TABLE assessments (
	organization_id UUID NOT NULL REFERENCES organizations (id),
	id              UUID NOT NULL,
	title_zh        TEXT NOT NULL,
	title_en        TEXT NOT NULL,
	state           TEXT NOT NULL,
	blueprint       TEXT NOT NULL,
	jurisdiction    TEXT NOT NULL,
	limit_seconds   BIGINT NOT NULL,
	valid_days      BIGINT NOT NULL,
	contact         TEXT NOT NULL,
	pay_zh          TEXT NOT NULL,
	pay_en          TEXT NOT NULL,
	form            TEXT NOT NULL,
	form_hash       TEXT NOT NULL,
	key_status      TEXT NOT NULL,
	items           BIGINT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	published_at    TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id)
);

CREATE TABLE candidates (
	organization_id UUID NOT NULL REFERENCES organizations (id),
	id              UUID NOT NULL,
	name            TEXT NOT NULL,
	email           TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX candidates_by_name ON candidates (organization_id, name, id);
CREATE INDEX candidates_by_email ON candidates (organization_id, email) WHERE email <> '';

-- stage is the state of the invitation or, once there is one, of its sitting:
-- lists filter and page by it without a join.
CREATE TABLE invitations (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	assessment_id   UUID NOT NULL,
	candidate_id    UUID NOT NULL,
	state           TEXT NOT NULL,
	stage           TEXT NOT NULL,
	generation      BIGINT NOT NULL,
	language        TEXT NOT NULL,
	extra_time      BIGINT NOT NULL,
	reference       TEXT NOT NULL,
	expires_at      TIMESTAMPTZ NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	changed_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, assessment_id) REFERENCES assessments (organization_id, id),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates (organization_id, id)
);
CREATE INDEX invitations_by_created ON invitations (organization_id, created_at, id);
CREATE INDEX invitations_by_changed ON invitations (organization_id, changed_at, id);
CREATE INDEX invitations_by_stage ON invitations (organization_id, stage, created_at, id);
CREATE INDEX invitations_by_candidate ON invitations (organization_id, candidate_id);
CREATE INDEX invitations_by_reference ON invitations (organization_id, reference) WHERE reference <> '';
CREATE INDEX invitations_due ON invitations (expires_at) WHERE stage IN ('invited', 'opened', 'consented');

CREATE TABLE sittings (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	invitation_id   UUID NOT NULL,
	candidate_id    UUID NOT NULL,
	assessment_id   UUID NOT NULL,
	state           TEXT NOT NULL,
	generation      BIGINT NOT NULL,
	language        TEXT NOT NULL,
	seed            BIGINT NOT NULL,
	extra_time      BIGINT NOT NULL,
	notice_hash     TEXT NOT NULL,
	opened_at       TIMESTAMPTZ NOT NULL,
	consented_at    TIMESTAMPTZ,
	started_at      TIMESTAMPTZ,
	deadline        TIMESTAMPTZ,
	ended_at        TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, invitation_id),
	FOREIGN KEY (organization_id, invitation_id) REFERENCES invitations (organization_id, id)
);
CREATE INDEX sittings_due ON sittings (deadline) WHERE state = 'started';

CREATE TABLE responses (
	organization_id UUID NOT NULL,
	sitting_id      UUID NOT NULL,
	item            INTEGER NOT NULL,
	revision        BIGINT NOT NULL,
	response        TEXT NOT NULL,
	spent_ms        BIGINT NOT NULL,
	saved_at        TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, sitting_id, item)
);

-- The document is hashed and served byte for byte, so it is TEXT, never JSONB.
CREATE TABLE results (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	invitation_id   UUID NOT NULL,
	sitting_id      UUID NOT NULL,
	assessment_id   UUID NOT NULL,
	version         BIGINT NOT NULL,
	document        TEXT NOT NULL,
	hash            TEXT NOT NULL,
	form_hash       TEXT NOT NULL,
	vector          BYTEA NOT NULL,
	communication   BIGINT,
	endurance       BIGINT,
	negotiation     BIGINT,
	legal           BIGINT,
	created_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, sitting_id, version),
	FOREIGN KEY (organization_id, sitting_id) REFERENCES sittings (organization_id, id)
);
CREATE INDEX results_by_invitation ON results (organization_id, invitation_id, version);

CREATE TABLE idempotency_keys (
	organization_id UUID NOT NULL,
	caller_id       UUID NOT NULL,
	key             TEXT NOT NULL,
	fingerprint     TEXT NOT NULL,
	subject_id      UUID NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, caller_id, key)
);

-- An entry is written to the inbox with its effect; the sealer moves it into
-- the chain, where nothing is ever changed.
CREATE TABLE audit_inbox (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	at              TIMESTAMPTZ NOT NULL,
	actor_kind      TEXT NOT NULL,
	actor_id        UUID NOT NULL,
	action          TEXT NOT NULL,
	subject_id      UUID NOT NULL,
	detail          TEXT NOT NULL,
	PRIMARY KEY (organization_id, id)
);

CREATE TABLE audit_entries (
	organization_id UUID NOT NULL,
	seq             BIGINT NOT NULL,
	id              UUID NOT NULL,
	at              TIMESTAMPTZ NOT NULL,
	actor_kind      TEXT NOT NULL,
	actor_id        UUID NOT NULL,
	action          TEXT NOT NULL,
	subject_id      UUID NOT NULL,
	detail          TEXT NOT NULL,
	hash            TEXT NOT NULL,
	PRIMARY KEY (organization_id, seq)
);

CREATE TABLE outbox (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	kind            TEXT NOT NULL,
	subject_id      UUID NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id)
);

CREATE TABLE leases (
	name   TEXT PRIMARY KEY,
	holder UUID NOT NULL,
	until  TIMESTAMPTZ NOT NULL
);

-- +goose Down
SELECT 1;
