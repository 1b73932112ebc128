package measure

import (
	"cmp"
	"slices"
)

// NotABiasAudit must stand beside every table this file computes.
const NotABiasAudit = "not a bias audit: that needs an independent auditor"

// Cell is the persons of one sex and one race or ethnicity; an empty name is unknown.
type Cell struct{ Sex, Race string }

// Category is a line of a Local Law 144 table.
type Category struct {
	Cell             // the sex, the race, or both
	N, Favored int64 // persons; selected, or scoring above the median
	Rate       Figure
	Ratio      Figure // to the highest rate
	Small      bool   // under two percent of the persons in the table
}

// LocalLaw144 holds the impact ratios of New York City's Local Law 144 of 2021 (6 RCNY
// § 5-301): for sexes, for races or ethnicities and for their intersections.
type LocalLaw144 struct {
	Sexes, Races, Intersections []Category
	Unknown                     int64 // persons whose sex or race is not known, in no intersection
	UnknownSex, UnknownRace     int64
	Total                       int64 // all persons
}

// SelectionRates is the law's first mode: the impact ratio is a category's selection
// rate over that of the most selected category. leaveOutSmall takes the ratio, not the
// count and rate, from categories under two percent, which the law permits with a
// published justification.
func SelectionRates(groups map[Cell]Group, leaveOutSmall bool) LocalLaw144 {
	counts := map[Cell][2]int64{}
	for cell, g := range groups {
		counts[cell] = [2]int64{g.Selected, g.Total}
	}
	return tabulate(counts, leaveOutSmall)
}

// ScoringRates is the law's second mode: a category's scoring rate is the share of its
// members strictly above the median of the full sample, which includes persons of
// unknown category.
func ScoringRates(scores map[Cell]Scores, leaveOutSmall bool) (law LocalLaw144, median Figure) {
	all := Scores{}
	for _, s := range scores {
		all.Merge(s)
	}
	median = all.Median()
	counts := map[Cell][2]int64{}
	for cell, s := range scores {
		counts[cell] = [2]int64{s.Above(median.Value), s.N()}
	}
	return tabulate(counts, leaveOutSmall), median
}

func tabulate(counts map[Cell][2]int64, leaveOutSmall bool) LocalLaw144 {
	var law LocalLaw144
	sexes, races, both := map[Cell][2]int64{}, map[Cell][2]int64{}, map[Cell][2]int64{}
	add := func(to map[Cell][2]int64, at Cell, c [2]int64) {
		to[at] = [2]int64{to[at][0] + c[0], to[at][1] + c[1]}
	}
	for cell, c := range counts {
		law.Total += c[1]
		if cell.Sex == "" {
			law.UnknownSex += c[1]
		} else {
			add(sexes, Cell{Sex: cell.Sex}, c)
		}
		if cell.Race == "" {
			law.UnknownRace += c[1]
		} else {
			add(races, Cell{Race: cell.Race}, c)
		}
		if cell.Sex != "" && cell.Race != "" {
			add(both, cell, c)
		} else {
			law.Unknown += c[1]
		}
	}
	law.Sexes = categories(sexes, leaveOutSmall)
	law.Races = categories(races, leaveOutSmall)
	law.Intersections = categories(both, leaveOutSmall)
	return law
}

// categories computes one table, sorted by name.
func categories(counts map[Cell][2]int64, leaveOutSmall bool) []Category {
	var total int64
	for _, c := range counts {
		total += c[1]
	}
	var out []Category
	for cell, c := range counts {
		out = append(out, Category{
			Cell: cell, Favored: c[0], N: c[1],
			Rate:  rate(c[0], c[1]),
			Small: smallGroup*c[1] < total,
		})
	}
	slices.SortFunc(out, func(a, b Category) int {
		return cmp.Or(cmp.Compare(a.Sex, b.Sex), cmp.Compare(a.Race, b.Race))
	})
	best, compared := 0.0, 0
	for _, c := range out {
		if c.Rate.Known() && !(c.Small && leaveOutSmall) {
			best = max(best, c.Rate.Value)
			compared++
		}
	}
	for i, c := range out {
		switch {
		case !c.Rate.Known():
			out[i].Ratio = c.Rate
		case c.Small && leaveOutSmall:
			out[i].Ratio = unknown(SmallCategory)
		case compared < 2:
			out[i].Ratio = unknown(OneGroup)
		case best == 0:
			out[i].Ratio = unknown(NoSelections)
		default:
			out[i].Ratio = known(c.Rate.Value / best)
		}
	}
	return out
}
