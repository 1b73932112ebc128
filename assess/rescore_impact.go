package assess

import (
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
}

// impact counts sides by group.
func (g Groups) impact(sides map[uuid.UUID][2]bool) []ImpactChange {
	var changes []ImpactChange
	for _, kind := range sorted(g) {
		counts := map[string]*[2]measure.Group{}
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
		for _, name := range sorted(counts) {
			for n := range lists {
				lists[n] = append(lists[n], counts[name][n])
			}
		}
		changes = append(changes, ImpactChange{Kind: kind, Before: measure.FourFifths(lists[0]), After: measure.FourFifths(lists[1])})
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
