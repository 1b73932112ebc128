-- +goose Up

-- One byte an item: the bin of the time spent on it, counted from 1; 0 is none.
-- Null in results older than this column, whose documents say it.
ALTER TABLE results ADD COLUMN times BYTEA;

-- The counts of everybody, or of one group of those who gave their demographics:
-- one compact text of integers a shard. What it holds, assess/tally.go says.
CREATE TABLE statistics (
	organization_id UUID NOT NULL,
	form_hash       TEXT NOT NULL,
	language        TEXT NOT NULL,
	population      TEXT NOT NULL,
	shard           BIGINT NOT NULL,
	n               BIGINT NOT NULL,
	counts          BYTEA NOT NULL,
	PRIMARY KEY (organization_id, form_hash, language, population, shard)
);

-- Results that are not in the counts yet. A row is written with its result and
-- deleted by whoever adds it to a shard, in the same transaction.
CREATE TABLE statistics_queue (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	result_id       UUID NOT NULL,
	population      TEXT NOT NULL,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, result_id, population)
);
INSERT INTO statistics_queue (organization_id, id, result_id, population)
SELECT organization_id, id, id, 'all' FROM results WHERE version = 1;

-- What candidates chose to say of themselves after the test. Empty is not said.
CREATE TABLE demographics (
	organization_id UUID NOT NULL,
	sitting_id      UUID NOT NULL,
	sex             TEXT NOT NULL,
	age             TEXT NOT NULL,
	notice_hash     TEXT NOT NULL,
	given_at        TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, sitting_id)
);

-- A norm never changes; a newer version stands beside the old. The document is
-- hashed, so it is TEXT.
CREATE TABLE norms (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	assessment_id   UUID NOT NULL,
	language        TEXT NOT NULL,
	version         BIGINT NOT NULL,
	n               BIGINT NOT NULL,
	document        TEXT NOT NULL,
	hash            TEXT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, assessment_id, language, version),
	FOREIGN KEY (organization_id, assessment_id) REFERENCES assessments (organization_id, id)
);

-- +goose Down
SELECT 1;
