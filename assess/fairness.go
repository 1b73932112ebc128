package assess

import (
	"context"
	"slices"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// GroupFloor is how many of a group must have said so before anything is shown of it,
// its size included: how many are missing would tell how many there are.
const GroupFloor = 50

// FairnessRules names the rules the fairness page applies; it changes with them.
const FairnessRules = "fourfold.fairness/1"

// Fairness compares groups of those who said of themselves what they are, as totals
// over a floor.
type Fairness struct {
	Assessment Assessment
	Form       *questions.Form
	Language   questions.Lang
	Results    map[questions.Lang]int64
	Attributes []AttributeFairness
}

// AttributeFairness compares the groups one attribute makes.
type AttributeFairness struct {
	Name   string
	Groups []string // Those over the floor.
	Hidden []string // Those under it, of which nothing is shown.
	Impact []QualityImpact
	DIF    []FocalDIF
}

// QualityImpact is the share of each group that scores above the median of everybody.
type QualityImpact struct {
	Quality questions.Quality
	Median  Figure // Of all results with a score, those who said nothing included.
	Groups  []GroupImpact
}

// GroupImpact is one group beside the one with the highest share.
type GroupImpact struct {
	measure.Impact
	Low, High    Figure // The interval of the ratio.
	Contradicted bool   // The rule and the exact test disagree.
}

// FocalDIF compares a group, item by item, with the largest one at equal scores.
type FocalDIF struct {
	Reference, Focal   string
	ReferenceN, FocalN int64
	Items              []ItemDIF
}

// ItemDIF says whether people of equal score on the quality do alike on an item.
type ItemDIF struct {
	Position     int
	Mantel       measure.Mantel         // On the whole range of marks.
	Adjusted     Figure                 // Its p among all items (Benjamini & Hochberg 1995).
	MH           measure.MantelHaenszel // Full mark against any other.
	Logistic     measure.LogisticDIF
	Contradicted bool // The classes differ.
}

// Fairness reads how groups fare on an assessment in a language; the empty language is
// the one with more results. Only auditors may.
func (c *Center) Fairness(ctx context.Context, by Actor, assessment uuid.UUID, language questions.Lang) (Fairness, error) {
	if err := by.may(SeeFairness); err != nil {
		return Fairness{}, err
	}
	a, whole, err := c.analysis(ctx, by, assessment, language)
	if err != nil {
		return Fairness{}, err
	}
	f := Fairness{Assessment: a.Assessment, Form: a.Form, Language: a.Language, Results: a.Results}
	for _, attribute := range Attributes {
		out := AttributeFairness{Name: attribute.Name}
		groups := map[string]tally{}
		for _, group := range attribute.Groups {
			all, err := c.tallies(ctx, by.Organization, a.Form, a.Assessment.FormHash, attribute.population(group))
			if err != nil {
				return Fairness{}, err
			}
			if t := all[a.Language]; t.n() >= GroupFloor {
				out.Groups = append(out.Groups, group)
				groups[group] = t
			} else {
				out.Hidden = append(out.Hidden, group)
			}
		}
		if len(out.Groups) > 1 {
			out.Impact = impacts(whole, out.Groups, groups)
			out.DIF = differentials(out.Groups, groups)
		}
		f.Attributes = append(f.Attributes, out)
	}
	return f, nil
}

func impacts(whole tally, names []string, groups map[string]tally) []QualityImpact {
	var list []QualityImpact
	for q, quality := range questions.Qualities {
		impact := QualityImpact{Quality: quality, Median: whole.scores(q).Median()}
		var counts []measure.Group
		for _, name := range names {
			scores := groups[name].scores(q)
			counts = append(counts, measure.Group{Name: name, Selected: scores.Above(impact.Median.Value), Total: scores.N()})
		}
		found := measure.FourFifths(counts)
		best := slices.IndexFunc(found, func(i measure.Impact) bool { return i.Reference })
		for _, i := range found {
			g := GroupImpact{Impact: i, Contradicted: i.Contradicted()}
			g.Low, g.High = Figure{Reason: measure.IsReference}, Figure{Reason: measure.IsReference}
			if best >= 0 && !i.Reference {
				g.Low, g.High = measure.RatioInterval(i.Group, found[best].Group)
			}
			impact.Groups = append(impact.Groups, g)
		}
		list = append(list, impact)
	}
	return list
}

func differentials(names []string, groups map[string]tally) []FocalDIF {
	reference := names[0]
	for _, name := range names {
		if groups[name].n() > groups[reference].n() {
			reference = name
		}
	}
	var list []FocalDIF
	for _, focal := range names {
		if focal == reference {
			continue
		}
		d := FocalDIF{Reference: reference, Focal: focal, ReferenceN: groups[reference].n(), FocalN: groups[focal].n()}
		p := make([]Figure, len(groups[focal].items))
		for i := range p {
			item := differential(groups[reference], groups[focal], i)
			p[i] = item.Mantel.P
			d.Items = append(d.Items, item)
		}
		for i, adjusted := range measure.FalseDiscovery(p) {
			d.Items[i].Adjusted = adjusted
		}
		list = append(list, d)
	}
	return list
}

// differential compares the marks on one item at equal score bins of its quality, the
// item itself included.
func differential(reference, focal tally, i int) ItemDIF {
	from, to := reference.marks(i), focal.marks(i)
	values := make([]float64, from.Columns)
	for level := range values {
		values[level] = float64(level) / float64(reference.items[i].units)
	}
	var strata []measure.Stratum
	var tables []measure.Table
	for bin := range scoreBins {
		at := bin * from.Columns
		s := measure.Stratum{Score: float64(bin), Reference: from.Counts[at : at+from.Columns], Focal: to.Counts[at : at+to.Columns]}
		strata = append(strata, s)
		tables = append(tables, s.Table())
	}
	d := ItemDIF{Position: i, Mantel: measure.MantelGraded(strata, values), MH: measure.MH(tables), Logistic: measure.Logistic(strata)}
	d.Contradicted = d.Mantel.Class != "" && d.Logistic.Class != "" && d.Mantel.Class != d.Logistic.Class
	return d
}
