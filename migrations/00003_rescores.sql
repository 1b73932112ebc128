-- +goose Up

-- A re-score puts a published form under another key or other rules. The form is the
-- whole text, as in assessments; results made from it stand beside the old ones.
CREATE TABLE rescores (
	organization_id UUID NOT NULL,
	id              UUID NOT NULL,
	assessment_id   UUID NOT NULL,
	state           TEXT NOT NULL,
	form            TEXT NOT NULL,
	form_hash       TEXT NOT NULL,
	key_version     TEXT NOT NULL,
	rules           TEXT NOT NULL,
	note            TEXT NOT NULL,
	reached         UUID NOT NULL,
	rescored        BIGINT NOT NULL,
	created_at      TIMESTAMPTZ NOT NULL,
	confirmed_by    UUID,
	confirmed_at    TIMESTAMPTZ,
	finished_at     TIMESTAMPTZ,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, assessment_id) REFERENCES assessments (organization_id, id)
);
CREATE INDEX rescores_by_assessment ON rescores (organization_id, assessment_id, created_at);
CREATE INDEX rescores_due ON rescores (confirmed_at) WHERE state = 'confirmed';

-- What an assessment's sittings came to, sitting by sitting.
CREATE INDEX results_by_assessment ON results (organization_id, assessment_id, sitting_id, version);

-- +goose Down
SELECT 1;
