-- +goose Up

-- A connection is a configured applicant tracking system. What it calls us with is
-- kept hashed in secrets; what it must be called with is sealed here.
CREATE TABLE connections (
	organization_id UUID NOT NULL REFERENCES organizations (id),
	id              UUID NOT NULL,
	vendor          TEXT NOT NULL,
	name            TEXT NOT NULL,
	language        TEXT NOT NULL,
	prefix          TEXT NOT NULL,
	tail            TEXT NOT NULL,
	hosts           TEXT NOT NULL,
	base            TEXT NOT NULL,
	account         TEXT NOT NULL,
	credential      TEXT NOT NULL,
	signing         TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	used_at         TIMESTAMPTZ,
	polled_at       TIMESTAMPTZ,
	closed_at       TIMESTAMPTZ,
	complaint       TEXT NOT NULL,
	complained_at   TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX connections_open ON connections (vendor) WHERE closed_at IS NULL;

-- The vendor's own name for an order makes a repeated order the same order.
CREATE TABLE connection_orders (
	organization_id UUID NOT NULL,
	invitation_id   UUID NOT NULL,
	connection_id   UUID NOT NULL,
	external_key    TEXT NOT NULL,
	fingerprint     TEXT NOT NULL,
	callback        TEXT NOT NULL,
	refs            TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	taken_back_at   TIMESTAMPTZ,
	PRIMARY KEY (organization_id, invitation_id),
	FOREIGN KEY (organization_id, connection_id) REFERENCES connections (organization_id, id)
);
CREATE UNIQUE INDEX connection_orders_by_key ON connection_orders (organization_id, connection_id, external_key);
CREATE INDEX connection_orders_by_connection ON connection_orders (organization_id, connection_id, created_at, invitation_id);

-- An invitation's page shows what became of its letters and of what was told of it.
CREATE INDEX deliveries_by_invitation ON deliveries (organization_id, invitation_id, target_id, id);

-- +goose Down
SELECT 1;
