package assess

import (
	"context"
	"math"
	"slices"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// Figure is a statistic, or the reason why there is none.
type Figure = measure.Figure

// The floors under which a page shows no figure, and says how many are missing.
const (
	ReliabilityFloor = 100 // results that answered every item of a quality
	ItemFloor        = 50  // results in which an item's quality has a score
)

// Analysis is how the form of an assessment has worked in one language, over all
// results up to now. It comes from counts that add up, so it costs the same for ten
// results and for ten million.
type Analysis struct {
	Assessment Assessment
	Form       *questions.Form
	Language   questions.Lang
	Results    map[questions.Lang]int64 // In each language.
	Complete   int64                    // Results in this language that answered every item.
	Qualities  []QualityAnalysis
	Items      []ItemAnalysis
}

// QualityAnalysis says how reliably a quality was measured.
type QualityAnalysis struct {
	Quality  questions.Quality
	Shown    int64 // Results with a score.
	Complete int64 // Results that answered every item of the quality: those the figures rest on.
	Missing  int64 // How many more are needed.
	Reliability
	Omega, SplitHalf  Figure
	Mean, Median      Figure // Of closeness.
	Spread            [ClosenessBins]int64
	Own, Total        Figure // Haberman 2008: what the quality's own score, and what the whole, tell of its true score.
	Distinct          bool
	DistinctMissing   int64 // Complete forms needed to say so.
	AlphaLow, AlphaUp Figure
}

// Coefficient names which coefficient of reliability a band uses.
type Coefficient string

// Kinds of item within a quality are strata where each has two items; alpha otherwise.
const (
	StratifiedByKind Coefficient = "stratified_alpha"
	PlainAlpha       Coefficient = "alpha"
)

// Reliability is the coefficient of a quality and the error of measurement that
// follows from it, on the scale of closeness.
type Reliability struct {
	Alpha       Figure
	Coefficient Coefficient
	Value       Figure // Of that coefficient; a band takes less than 0 as 0.
	SD          Figure // Of the mean mark.
	SEM         Figure // In points of closeness.
	AsZero      bool   // The coefficient was negative, and the error is as if it were 0.
}

// ItemAnalysis says how an item has worked among the others of its quality.
type ItemAnalysis struct {
	Position int
	Scored   int64 // Results in which the quality has a score and the item a mark.
	Missing  int64 // How many more are needed.
	measure.Item
	Discrimination Figure // Mean mark of the upper 27 % less that of the lower.
	MedianTime     Figure // In seconds, of people with the usual time limit.
	Flags          []measure.Flag
}

// OptionAnalysis is what became of one option.
type OptionAnalysis struct {
	Option questions.Option
	Picked PickAnalysis
	Least  *PickAnalysis // Of a best_worst item: called the least effective.
}

// PickAnalysis is how many picked an option, who they were, and how that changes from
// the fifth of people with the lowest scores to that with the highest.
type PickAnalysis struct {
	N         int64
	Share     Figure
	MeanScore Figure // Mean raw score on the quality of those who did, 0 to 1.
	Fifths    [5]Figure
}

// ItemPage is all there is to say of one item.
type ItemPage struct {
	Analysis
	Item      questions.Item
	Own       ItemAnalysis
	Options   []OptionAnalysis
	Marks     []int64 // Results by mark, from 0 to the full mark.
	Times     []int64 // In measure's bins, of people with the usual limit.
	ExtraN    int64   // People with more time, who are a reference of their own.
	ExtraTime Figure  // Their median, in seconds.
	TooFast   Figure  // The time under which an answer was hardly read.
}

// Analysis reads how an assessment's form works in a language; the empty language is
// the one with more results. Before it is published it is ErrNotPublished.
func (c *Center) Analysis(ctx context.Context, by Actor, assessment uuid.UUID, language questions.Lang) (Analysis, error) {
	a, _, err := c.analysis(ctx, by, assessment, language)
	return a, err
}

func (c *Center) analysis(ctx context.Context, by Actor, assessment uuid.UUID, language questions.Lang) (Analysis, tally, error) {
	if err := by.may(SeeQuality); err != nil {
		return Analysis{}, tally{}, err
	}
	offered, err := assessmentOf(ctx, c.read, by.Organization, assessment)
	if err != nil {
		return Analysis{}, tally{}, err
	}
	form, err := c.formOf(ctx, by.Organization, assessment)
	if err != nil {
		return Analysis{}, tally{}, err
	}
	all, err := c.tallies(ctx, by.Organization, form, offered.FormHash, everybody)
	if err != nil {
		return Analysis{}, tally{}, err
	}
	a := Analysis{Assessment: offered, Form: form, Language: language, Results: map[questions.Lang]int64{}}
	for l, t := range all {
		a.Results[l] = t.n()
	}
	if _, ok := all[language]; !ok {
		a.Language = questions.Chinese
		if a.Results[questions.English] > a.Results[questions.Chinese] {
			a.Language = questions.English
		}
	}
	t := all[a.Language]
	a.Complete = t.moments(t.whole).N
	a.Qualities = t.analyseQualities()
	a.Items = t.analyseItems()
	return a, t, nil
}

// ItemPage reads how one item works. It shows the key, so it asks for that right too.
func (c *Center) ItemPage(ctx context.Context, by Actor, assessment uuid.UUID, language questions.Lang, position int) (ItemPage, error) {
	if err := by.may(SeeKeys); err != nil {
		return ItemPage{}, err
	}
	a, t, err := c.analysis(ctx, by, assessment, language)
	if err != nil {
		return ItemPage{}, err
	}
	if position < 0 || position >= len(t.items) {
		return ItemPage{}, ErrNotFound
	}
	p := ItemPage{Analysis: a, Item: a.Form.Items[position], Own: a.Items[position], Times: slices.Clone(t.times(position, 0))}
	if p.Own.Missing == 0 {
		p.Options = t.analyseOptions(position)
		marks := t.marks(position)
		p.Marks = make([]int64, marks.Columns)
		for i, n := range marks.Counts {
			p.Marks[i%marks.Columns] += n
		}
	}
	for _, n := range t.times(position, 1) {
		p.ExtraN += n
	}
	p.ExtraTime = enough(p.ExtraN, ItemFloor, measure.MedianTime(t.times(position, 1)))
	p.TooFast = p.Own.MedianTime
	if p.TooFast.Known() {
		p.TooFast.Value = measure.TooFast(p.TooFast.Value)
	}
	return p, nil
}

// enough withholds a figure that rests on too few.
func enough(n, floor int64, f Figure) Figure {
	if n < floor {
		return Figure{Reason: measure.TooFewPersons}
	}
	return f
}

func missing(n, floor int64) int64 { return max(0, floor-n) }

func (t tally) analyseQualities() []QualityAnalysis {
	whole := t.moments(t.whole)
	names := make([]string, len(t.items))
	for i, item := range t.form.Items {
		names[i] = string(item.Quality)
	}
	var distinct []measure.Subscore
	if missing(whole.N, ReliabilityFloor) == 0 {
		distinct = measure.Subscores(whole.Covariance(), names)
	}
	var list []QualityAnalysis
	for q, name := range questions.Qualities {
		m := t.moments(t.qualities[q].moments)
		scores := t.scores(q)
		a := QualityAnalysis{Quality: name, Shown: t.shown(q), Complete: m.N, Missing: missing(m.N, ReliabilityFloor),
			DistinctMissing: missing(whole.N, ReliabilityFloor)}
		a.Mean, a.Median = enough(a.Shown, ItemFloor, scores.Mean()), enough(a.Shown, ItemFloor, scores.Median())
		for x, n := range scores {
			a.Spread[min(max(int(x), 0)/10, ClosenessBins-1)] += n
		}
		none := Figure{Reason: measure.TooFewPersons}
		a.Reliability = Reliability{Alpha: none, Value: none, SD: none, SEM: none, Coefficient: PlainAlpha}
		a.Omega, a.SplitHalf, a.AlphaLow, a.AlphaUp, a.Own, a.Total = none, none, none, none, none, none
		if a.Missing == 0 {
			c := m.Covariance()
			a.Reliability = t.reliability(q, c)
			a.AlphaLow, a.AlphaUp = measure.AlphaInterval(c)
			a.Omega, a.SplitHalf = measure.Omega(c), measure.SplitHalf(c)
		}
		for _, s := range distinct {
			if s.Name == string(name) {
				a.Own, a.Total, a.Distinct = s.Own, s.Total, s.Distinct
			}
		}
		list = append(list, a)
	}
	return list
}

// reliability chooses the coefficient of a quality and turns it into an error of
// measurement.
func (l *layout) reliability(q int, c measure.Covariance) Reliability {
	quality := l.qualities[q]
	kinds := make([]string, len(quality.items))
	for place, i := range quality.items {
		kinds[place] = string(l.form.Items[i].Kind)
	}
	r := Reliability{Alpha: measure.Alpha(c), Coefficient: StratifiedByKind, Value: measure.StratifiedAlpha(c, kinds)}
	if !r.Value.Known() {
		r.Coefficient, r.Value = PlainAlpha, r.Alpha
	}
	_, variance := c.Total()
	k := float64(len(quality.items))
	r.SD = Figure{Value: math.Sqrt(max(0, variance)) / k}
	if c.N < 2 {
		r.SD = Figure{Reason: measure.TooFewPersons}
	}
	sem, note := measure.ClosenessSEM(r.SD, r.Value, quality.chanceLevel())
	r.SEM, r.AsZero = sem, note == measure.NegativeAsZero
	return r
}

// chanceLevel is what guessing earns on the quality's items, from 0 to 1.
func (q *qualityLayout) chanceLevel() float64 {
	sum := int64(0)
	for _, c := range q.chance {
		sum += c
	}
	return float64(sum) / float64(q.unit*int64(len(q.items)))
}
