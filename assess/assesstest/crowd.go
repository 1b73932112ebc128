package assesstest

import (
	"github.com/google/uuid"
)

// Crowd copies every result of the house so many times, each copy with an invitation
// and a sitting of its own, as that many people alike would leave: norms and
// statistics take more people than a test can seat. It goes behind the center's back.
func (h *House) Crowd(times int) {
	h.t.Helper()
	tx, err := h.Database().Beginx()
	if err != nil {
		h.t.Fatal(err)
	}
	defer tx.Rollback() // after a commit there is nothing to roll back
	var results []struct {
		ID         uuid.UUID `db:"id"`
		Invitation uuid.UUID `db:"invitation_id"`
		Sitting    uuid.UUID `db:"sitting_id"`
	}
	house := h.Owner.Organization
	if err := tx.Select(&results, "SELECT id, invitation_id, sitting_id FROM results WHERE organization_id = $1 AND version = 1", house); err != nil {
		h.t.Fatal(err)
	}
	for _, r := range results {
		for range times {
			invitation, sitting, result := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
			for _, copied := range []struct {
				text string
				args []any
			}{
				{`INSERT INTO invitations (organization_id, id, assessment_id, candidate_id, state, stage, generation, language,
				    extra_time, reference, expires_at, created_at, changed_at)
				  SELECT organization_id, $3, assessment_id, candidate_id, state, stage, generation, language,
				    extra_time, reference, expires_at, created_at, changed_at
				  FROM invitations WHERE organization_id = $1 AND id = $2`, []any{house, r.Invitation, invitation}},
				{`INSERT INTO sittings (organization_id, id, invitation_id, candidate_id, assessment_id, state, generation, language,
				    seed, extra_time, notice_hash, opened_at, consented_at, started_at, deadline, ended_at)
				  SELECT organization_id, $3, $4, candidate_id, assessment_id, state, generation, language,
				    seed, extra_time, notice_hash, opened_at, consented_at, started_at, deadline, ended_at
				  FROM sittings WHERE organization_id = $1 AND id = $2`, []any{house, r.Sitting, sitting, invitation}},
				{`INSERT INTO results (organization_id, id, invitation_id, sitting_id, assessment_id, version, document, hash, form_hash,
				    vector, times, communication, endurance, negotiation, legal, created_at)
				  SELECT organization_id, $3, $4, $5, assessment_id, version, document, hash, form_hash,
				    vector, times, communication, endurance, negotiation, legal, created_at
				  FROM results WHERE organization_id = $1 AND id = $2`, []any{house, r.ID, result, invitation, sitting}},
				{`INSERT INTO statistics_queue (organization_id, id, result_id, population) VALUES ($1, $2, $2, 'all')`, []any{house, result}},
				{`INSERT INTO demographics (organization_id, sitting_id, sex, age, notice_hash, given_at)
				  SELECT organization_id, $3, sex, age, notice_hash, given_at
				  FROM demographics WHERE organization_id = $1 AND sitting_id = $2`, []any{house, r.Sitting, sitting}},
				{`INSERT INTO statistics_queue (organization_id, id, result_id, population)
				  SELECT organization_id, $3, $4, 'sex:' || sex FROM demographics WHERE organization_id = $1 AND sitting_id = $2 AND sex <> ''`,
					[]any{house, sitting, uuid.Must(uuid.NewV7()), result}},
				{`INSERT INTO statistics_queue (organization_id, id, result_id, population)
				  SELECT organization_id, $3, $4, 'age:' || age FROM demographics WHERE organization_id = $1 AND sitting_id = $2 AND age <> ''`,
					[]any{house, sitting, uuid.Must(uuid.NewV7()), result}},
			} {
				if _, err := tx.Exec(copied.text, copied.args...); err != nil {
					h.t.Fatal(err)
				}
			}
		}
	}
	if err := tx.Commit(); err != nil {
		h.t.Fatal(err)
	}
}
