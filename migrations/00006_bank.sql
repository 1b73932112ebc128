-- +goose Up

-- An organization's own item versions, beside those that come with the program.
-- A version is written once and never changed; a newer one takes its place.
CREATE TABLE item_versions (
	organization_id UUID NOT NULL REFERENCES organizations (id),
	id              UUID NOT NULL,
	item            TEXT NOT NULL,
	version         BIGINT NOT NULL,
	document        TEXT NOT NULL,
	created_by      UUID NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, item, version)
);

-- The steps a key has gone up, each with the record it rests on. The hash names
-- what was examined: a version that reads otherwise has not gone up.
CREATE TABLE item_steps (
	organization_id UUID NOT NULL REFERENCES organizations (id),
	id              UUID NOT NULL,
	item            TEXT NOT NULL,
	version         BIGINT NOT NULL,
	hash            TEXT NOT NULL,
	status          TEXT NOT NULL,
	panel_id        UUID NOT NULL,
	record          TEXT NOT NULL,
	member_id       UUID NOT NULL,
	at              TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, item, version, hash, status)
);

CREATE TABLE panels (
	organization_id UUID NOT NULL REFERENCES organizations (id),
	id              UUID NOT NULL,
	title           TEXT NOT NULL,
	state           TEXT NOT NULL,
	created_by      UUID NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	closed_at       TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id)
);

-- The items a panel rates, as they were when it was opened.
CREATE TABLE panel_items (
	organization_id UUID NOT NULL,
	panel_id        UUID NOT NULL,
	position        BIGINT NOT NULL,
	item            TEXT NOT NULL,
	version         BIGINT NOT NULL,
	hash            TEXT NOT NULL,
	document        TEXT NOT NULL,
	PRIMARY KEY (organization_id, panel_id, position),
	FOREIGN KEY (organization_id, panel_id) REFERENCES panels (organization_id, id)
);
CREATE INDEX panel_items_by_item ON panel_items (organization_id, item, version);

CREATE TABLE panel_raters (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	panel_id        UUID NOT NULL,
	name            TEXT NOT NULL,
	role            TEXT NOT NULL,
	years           BIGINT NOT NULL,
	employer        TEXT NOT NULL,
	language        TEXT NOT NULL,
	seed            BIGINT NOT NULL,
	state           TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	done_at         TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, panel_id) REFERENCES panels (organization_id, id)
);
CREATE INDEX panel_raters_by_panel ON panel_raters (organization_id, panel_id, id);

-- What a rater says of one item: a digit per option in the key's order, 0 for none.
CREATE TABLE panel_ratings (
	organization_id UUID NOT NULL,
	rater_id        UUID NOT NULL,
	position        BIGINT NOT NULL,
	ratings         TEXT NOT NULL,
	note            TEXT NOT NULL,
	saved_at        TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, rater_id, position),
	FOREIGN KEY (organization_id, rater_id) REFERENCES panel_raters (organization_id, id)
);

-- +goose Down
SELECT 1;
