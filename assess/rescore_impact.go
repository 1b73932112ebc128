package assess

import (
	"context"
	"slices"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/google/uuid"
)

// Groups says to which group of each kind, such as sex or age, the person behind an
// invitation belongs. People of whom it is not known are left out.
type Groups map[string]map[uuid.UUID]string

// ImpactChange compares, for one kind of group, the shares on or above the line before
// and after a re-score by the rule of four fifths.
type ImpactChange struct {
	Kind          string
	Before, After []measure.Impact // In the same order of groups.
	Hidden        []string         // Groups under the floor, of which nothing is shown.
}

const groupsSaid = `
	SELECT s.invitation_id, d.sex, d.age
	FROM demographics d
	JOIN sittings s ON s.organization_id = d.organization_id AND s.id = d.sitting_id
	WHERE d.organization_id = $1 AND s.assessment_id = $2`

// groupsOf are the groups that candidates of an assessment named themselves.
func (c *Center) groupsOf(ctx context.Context, organization, assessment uuid.UUID) (Groups, error) {
	var rows []struct {
		Demographics
		Invitation uuid.UUID `db:"invitation_id"`
	}
	if err := c.read.SelectContext(ctx, &rows, groupsSaid, organization, assessment); err != nil {
		return nil, readError(err)
	}
	groups := Groups{}
	for _, a := range Attributes {
		groups[a.Name] = map[uuid.UUID]string{}
		for _, r := range rows {
			if group := a.said(r.Demographics); group != "" {
				groups[a.Name][r.Invitation] = group
			}
		}
	}
	return groups, nil
}

// impact counts sides by group. Of what candidates said themselves a group smaller than
// the floor is told nothing of, not even whether there is anybody in it.
func (g Groups) impact(sides map[uuid.UUID][2]bool, said []Attribute) []ImpactChange {
	var changes []ImpactChange
	for _, kind := range sorted(g) {
		counts, floor := map[string]*[2]measure.Group{}, int64(0)
		for _, a := range said {
			if a.Name == kind {
				floor = GroupFloor
				for _, name := range a.Groups {
					counts[name] = &[2]measure.Group{{Name: name}, {Name: name}}
				}
			}
		}
		for invitation, name := range g[kind] {
			side, ok := sides[invitation]
			if !ok || name == "" {
				continue
			}
			if counts[name] == nil {
				counts[name] = &[2]measure.Group{{Name: name}, {Name: name}}
			}
			for n, over := range side {
				counts[name][n].Total++
				if over {
					counts[name][n].Selected++
				}
			}
		}
		var lists [2][]measure.Group
		change := ImpactChange{Kind: kind}
		for _, name := range sorted(counts) {
			if counts[name][0].Total < floor {
				change.Hidden = append(change.Hidden, name)
				continue
			}
			for n := range lists {
				lists[n] = append(lists[n], counts[name][n])
			}
		}
		if len(lists[0]) > 1 {
			change.Before, change.After = measure.FourFifths(lists[0]), measure.FourFifths(lists[1])
		}
		changes = append(changes, change)
	}
	return changes
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
