package assess

import (
	"context"

	"github.com/fourfold/fourfold/questions"
)

// ClosenessBins is how many bins the spread of closeness is counted in: ten points
// each, the last one including 100.
const ClosenessBins = 10

// QualitySpread is how the closeness of one quality is spread over all results.
type QualitySpread struct {
	Quality questions.Quality
	N       int // Results in which the quality is shown.
	Bins    [ClosenessBins]int
}

// Overview is what a recruiter sees first.
type Overview struct {
	Stages map[Stage]int
	Total  int
	Spread []QualitySpread // In the fixed order of qualities; nil without the right to see results.
	Recent []Invitation    // The last few that changed.
}

const recentInvitations = 8

// Overview counts invitations by stage and results by closeness.
func (c *Center) Overview(ctx context.Context, by Actor) (Overview, error) {
	if err := by.may(SeeInvitations); err != nil {
		return Overview{}, err
	}
	o := Overview{Stages: map[Stage]int{}}
	var stages []struct {
		Stage Stage `db:"stage"`
		N     int   `db:"n"`
	}
	err := c.read.SelectContext(ctx, &stages, "SELECT stage, COUNT(*) AS n FROM invitations WHERE organization_id = $1 GROUP BY stage", by.Organization)
	if err != nil {
		return o, readError(err)
	}
	for _, s := range stages {
		o.Stages[s.Stage] = s.N
		o.Total += s.N
	}
	page, err := c.Invitations(ctx, by, InvitationFilter{Sort: "changed", Descending: true, Limit: recentInvitations})
	if err != nil {
		return o, err
	}
	o.Recent = page.Invitations
	if by.Can(SeeResults) {
		o.Spread, err = c.spread(ctx, by)
	}
	return o, err
}

// Everybody counts once, as scored at submission. The columns are named after the qualities; division of integers truncates on
// both engines, and a closeness of 100 belongs to the last bin.
const spreadOf = `
	SELECT quality, bin, COUNT(*) AS n FROM (
	  SELECT 'communication' AS quality, communication / 10 - communication / 100 AS bin FROM results WHERE organization_id = $1 AND version = 1 AND communication IS NOT NULL
	  UNION ALL
	  SELECT 'endurance', endurance / 10 - endurance / 100 FROM results WHERE organization_id = $1 AND version = 1 AND endurance IS NOT NULL
	  UNION ALL
	  SELECT 'negotiation', negotiation / 10 - negotiation / 100 FROM results WHERE organization_id = $1 AND version = 1 AND negotiation IS NOT NULL
	  UNION ALL
	  SELECT 'legal', legal / 10 - legal / 100 FROM results WHERE organization_id = $1 AND version = 1 AND legal IS NOT NULL
	) AS scores
	GROUP BY quality, bin`

func (c *Center) spread(ctx context.Context, by Actor) ([]QualitySpread, error) {
	var rows []struct {
		Quality questions.Quality `db:"quality"`
		Bin     int               `db:"bin"`
		N       int               `db:"n"`
	}
	if err := c.read.SelectContext(ctx, &rows, spreadOf, by.Organization); err != nil {
		return nil, readError(err)
	}
	list := make([]QualitySpread, len(questions.Qualities))
	for i, q := range questions.Qualities {
		list[i].Quality = q
		for _, r := range rows {
			if r.Quality == q {
				list[i].Bins[r.Bin] += r.N
				list[i].N += r.N
			}
		}
	}
	return list, nil
}
