-- +goose Up

-- Where messages go: a webhook endpoint, a connected ATS, a mailbox. One server
-- at a time works a target, so that a dead one delays nobody but itself.
CREATE TABLE targets (
	organization_id UUID NOT NULL REFERENCES organizations (id),
	id              UUID NOT NULL,
	kind            TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	disabled_at     TIMESTAMPTZ,
	disabled_for    TEXT NOT NULL,
	due_at          TIMESTAMPTZ,
	resting_until   TIMESTAMPTZ,
	failing_since   TIMESTAMPTZ,
	holder          UUID,
	held_until      TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX targets_due ON targets (due_at) WHERE due_at IS NOT NULL;

-- One message to one target. It is the queue and the record at once.
CREATE TABLE deliveries (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	target_id       UUID NOT NULL,
	event_id        UUID NOT NULL,
	event_kind      TEXT NOT NULL,
	event_at        TIMESTAMPTZ NOT NULL,
	subject_id      UUID NOT NULL,
	invitation_id   UUID,
	state           TEXT NOT NULL,
	due_at          TIMESTAMPTZ NOT NULL,
	tries           BIGINT NOT NULL,
	attempts        BIGINT NOT NULL,
	reason          TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	changed_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, target_id, event_id),
	FOREIGN KEY (organization_id, target_id) REFERENCES targets (organization_id, id)
);
CREATE INDEX deliveries_due ON deliveries (organization_id, target_id, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_target ON deliveries (organization_id, target_id, id);
CREATE INDEX deliveries_by_age ON deliveries (created_at);

CREATE TABLE attempts (
	organization_id UUID NOT NULL,
	delivery_id     UUID NOT NULL,
	number          BIGINT NOT NULL,
	at              TIMESTAMPTZ NOT NULL,
	took_ms         BIGINT NOT NULL,
	request         TEXT NOT NULL,
	status          BIGINT NOT NULL,
	verdict         TEXT NOT NULL,
	reason          TEXT NOT NULL,
	detail          TEXT NOT NULL,
	PRIMARY KEY (organization_id, delivery_id, number),
	FOREIGN KEY (organization_id, delivery_id) REFERENCES deliveries (organization_id, id)
);

-- A webhook endpoint; its secrets are encrypted.
CREATE TABLE endpoints (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	url             TEXT NOT NULL,
	name            TEXT NOT NULL,
	events          TEXT NOT NULL,
	secret          TEXT NOT NULL,
	old_secret      TEXT NOT NULL,
	old_until       TIMESTAMPTZ,
	created_at      TIMESTAMPTZ NOT NULL,
	changed_at      TIMESTAMPTZ NOT NULL,
	removed_at      TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, id) REFERENCES targets (organization_id, id)
);
CREATE UNIQUE INDEX endpoints_by_url ON endpoints (organization_id, url) WHERE removed_at IS NULL;

ALTER TABLE api_keys ADD COLUMN old_tail TEXT;
ALTER TABLE api_keys ADD COLUMN old_until TIMESTAMPTZ;
ALTER TABLE idempotency_keys ADD COLUMN outcome TEXT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- +goose Down
SELECT 1;
