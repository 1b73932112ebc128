package simulate

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"gonum.org/v1/gonum/stat/distuv"
)

// Trial is how an experiment is repeated: under how many seeds, from which on.
type Trial struct {
	Seeds int
	Seed  uint64
	Ended func() error // Asked before each repetition, if given: its error ends them all.
}

func (t Trial) ended() error {
	if t.Ended == nil {
		return nil
	}
	return t.Ended()
}

// dice of one repetition. Every size of sample has a stream of its own.
func (t Trial) dice(n, repetition int) *rand.Rand {
	return rand.New(rand.NewPCG(t.Seed+uint64(repetition), uint64(n)))
}

// large is the sample that stands for the whole population.
const large = 20_000

// level is that of every yes-or-no here.
const level = .05

// normal95 is the quantile of a two-sided test at that level.
var normal95 = distuv.UnitNormal.Quantile(1 - level/2)

// matched lets so many people of each group answer the items of a quality and counts
// their marks by their score on it, as the fairness page does.
type matched struct {
	form      *questions.Form
	scorer    *questions.Scorer
	positions []int
	dens      []int
	unit      int64
}

func newMatched(f *questions.Form, q questions.Quality) matched {
	m := matched{form: f, scorer: questions.NewScorer(f), positions: positionsOf(f, q), unit: 1}
	for _, n := range m.positions {
		den := f.Items[n].FullMark()
		m.dens = append(m.dens, int(den))
		a, b := m.unit, den
		for b != 0 {
			a, b = b, a%b
		}
		m.unit = m.unit / a * den
	}
	return m
}

// sit returns a person's marks and their sum in the quality's unit.
func (m matched) sit(p Population, focal bool, dice *rand.Rand) (marks []uint8, score int64, err error) {
	_, codes := p.Sit(m.form, focal, dice, m.positions)
	marks = make([]uint8, len(codes))
	for n, code := range codes {
		mark, _, err := m.scorer.Mark(m.positions[n], code)
		if err != nil {
			return nil, 0, err
		}
		marks[n] = uint8(mark.Num)
		score += int64(mark.Num) * m.unit / int64(m.dens[n])
	}
	return marks, score, nil
}

func (m matched) count(p Population, perGroup int, dice *rand.Rand) (measure.Matched, error) {
	levels := make([]int, len(m.dens))
	for n, den := range m.dens {
		levels[n] = den + 1
	}
	counts := measure.NewMatched(levels)
	for n := range 2 * perGroup {
		side := measure.Side(n % 2)
		marks, score, err := m.sit(p, side == measure.Focal, dice)
		if err != nil {
			return counts, err
		}
		if why := counts.Add(score, side, marks); why != "" {
			return counts, errors.New(string(why))
		}
	}
	return counts, nil
}

// verdict asks about one item.
func (m matched) verdict(counts measure.Matched, n int) measure.Mantel {
	values := make([]float64, m.dens[n]+1)
	for v := range values {
		values[v] = float64(v) / float64(m.dens[n])
	}
	return measure.MantelGraded(counts.Strata(n), values)
}

// DIFPower is how often Mantel's test of graded marks finds what was planted, and accuses
// what was not, with so many people in each group.
type DIFPower struct {
	PerGroup       int
	Found          float64        // Planted items with p < .05 against the focal group.
	FoundClass     float64        // Planted items in class B or C.
	Accused        float64        // Other items with p < .05, either way.
	AccusedClass   float64        // Other items in class B or C.
	ClosedForm     measure.Figure // Found, by the normal approximation.
	PlantedItems   int            // In the quality asked about.
	UnplantedItems int
	Effect         measure.Figure // Of the first planted item, in a sample of 20,000 in each group.
}

// DIF repeats a comparison of two groups on one quality for each size of group. The
// closed form takes the planted effect d, in standard deviations of the item, and the
// correlation r of item and score from a large sample: the test statistic is then about
// normal around d·√(n/2) / √(1−r²) with standard deviation 1. It is optimistic where
// groups are small, since it leaves out no stratum with people of one group alone.
func DIF(f *questions.Form, p Population, q questions.Quality, perGroup []int, t Trial) ([]DIFPower, error) {
	m := newMatched(f, q)
	effect, r, err := m.truth(p, t)
	if err != nil {
		return nil, err
	}
	var table []DIFPower
	for _, n := range perGroup {
		row := DIFPower{PerGroup: n, Effect: effect, ClosedForm: effect}
		var planted, found, foundClass, fair, accused, accusedClass int
		for repetition := range t.Seeds {
			if err := t.ended(); err != nil {
				return nil, err
			}
			counts, err := m.count(p, n, t.dice(n, repetition))
			if err != nil {
				return nil, err
			}
			for at, position := range m.positions {
				v := m.verdict(counts, at)
				sure := v.P.Known() && v.P.Value < level
				classed := v.Class == measure.Moderate || v.Class == measure.Large
				if p.DIF[position] == 0 {
					fair++
					accused += one(sure)
					accusedClass += one(classed)
					continue
				}
				planted++
				against := v.SMD.Known() && (v.SMD.Value < 0) == (p.DIF[position] > 0)
				found += one(sure && against)
				foundClass += one(classed && against)
			}
		}
		row.PlantedItems, row.UnplantedItems = planted/max(1, t.Seeds), fair/max(1, t.Seeds)
		row.Found, row.FoundClass = ratio(found, planted), ratio(foundClass, planted)
		row.Accused, row.AccusedClass = ratio(accused, fair), ratio(accusedClass, fair)
		if effect.Known() {
			z := math.Abs(effect.Value) * math.Sqrt(float64(n)/2) / math.Sqrt(1-r*r)
			row.ClosedForm.Value = distuv.UnitNormal.CDF(z - normal95)
		}
		table = append(table, row)
	}
	return table, nil
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// truth is the effect of the first planted item, and how its mark correlates with the
// score within the groups, in a large sample.
func (m matched) truth(p Population, t Trial) (effect measure.Figure, r float64, err error) {
	at := slices.IndexFunc(m.positions, func(n int) bool { return p.DIF[n] != 0 })
	if at < 0 {
		return measure.Figure{Reason: measure.NoVariance}, 0, nil
	}
	dice := t.dice(0, 1<<20)
	levels := make([]int, len(m.dens))
	for n, den := range m.dens {
		levels[n] = den + 1
	}
	counts := measure.NewMatched(levels)
	var x, y [2][]float64
	for n := range 2 * large {
		side := measure.Side(n % 2)
		marks, score, err := m.sit(p, side == measure.Focal, dice)
		if err != nil {
			return effect, 0, err
		}
		if why := counts.Add(score, side, marks); why != "" {
			return effect, 0, errors.New(string(why))
		}
		x[side] = append(x[side], float64(marks[at]))
		y[side] = append(y[side], float64(score))
	}
	return m.verdict(counts, at).Effect, (pearson(x[0], y[0]) + pearson(x[1], y[1])) / 2, nil
}

func pearson(x, y []float64) float64 {
	var mx, my, sxx, syy, sxy float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(y))
	}
	for i := range x {
		sxx += (x[i] - mx) * (x[i] - mx)
		syy += (y[i] - my) * (y[i] - my)
		sxy += (x[i] - mx) * (y[i] - my)
	}
	if sxx == 0 || syy == 0 {
		return 0
	}
	return sxy / math.Sqrt(sxx*syy)
}

// ImpactPower is how often a difference of the shares on or above a line is noticed with
// so many people in each group.
type ImpactPower struct {
	PerGroup             int
	Reference, Focal     float64 // Shares in the population.
	FourFifths           float64 // Samples in which the rule calls it adverse to the focal group.
	Significant          float64 // Samples with |z| above 1.96, against the focal group.
	ClosedForm           float64 // The same by the normal approximation.
	FourFifthsClosedForm float64 // The rule's, by the normal approximation of the log ratio.
}

// Impact repeats a comparison of the shares of two groups on or above a line. The closed
// form of the test is Φ((|p₁−p₂|√n − z√(2p̄q̄)) / √(p₁q₁+p₂q₂)) (Fleiss, Levin & Paik 2003);
// that of the rule takes ln(p₂/p₁) as normal with variance q₁/(np₁) + q₂/(np₂).
func Impact(f *questions.Form, p Population, q questions.Quality, line int, perGroup []int, t Trial) ([]ImpactPower, error) {
	m := newMatched(f, q)
	over := func(focal bool, dice *rand.Rand) (bool, error) {
		_, score, err := m.sit(p, focal, dice)
		return m.closeness(score) >= line, err
	}
	shares, err := sharesOver(over, large, t.dice(0, 1<<20))
	if err != nil {
		return nil, err
	}
	p1, p2 := ratio(int(shares[0].Selected), large), ratio(int(shares[1].Selected), large)
	var table []ImpactPower
	for _, n := range perGroup {
		row := ImpactPower{PerGroup: n, Reference: p1, Focal: p2}
		rule, sure := 0, 0
		for repetition := range t.Seeds {
			if err := t.ended(); err != nil {
				return nil, err
			}
			groups, err := sharesOver(over, n, t.dice(n, repetition))
			if err != nil {
				return nil, err
			}
			found := measure.FourFifths(groups)[1]
			rule += one(found.Adverse)
			sure += one(found.Z.Known() && found.Z.Value > normal95)
		}
		row.FourFifths, row.Significant = ratio(rule, t.Seeds), ratio(sure, t.Seeds)
		size, mean := float64(n), (p1+p2)/2
		if spread := math.Sqrt(p1*(1-p1) + p2*(1-p2)); spread > 0 {
			row.ClosedForm = distuv.UnitNormal.CDF(((p1-p2)*math.Sqrt(size) - normal95*math.Sqrt(2*mean*(1-mean))) / spread)
		}
		if p1 > 0 && p2 > 0 {
			if se := math.Sqrt((1-p1)/(size*p1) + (1-p2)/(size*p2)); se > 0 {
				row.FourFifthsClosedForm = distuv.UnitNormal.CDF((math.Log(.8) - math.Log(p2/p1)) / se)
			}
		}
		table = append(table, row)
	}
	return table, nil
}

func sharesOver(over func(focal bool, dice *rand.Rand) (bool, error), perGroup int, dice *rand.Rand) ([]measure.Group, error) {
	groups := []measure.Group{{Name: "reference", Total: int64(perGroup)}, {Name: "focal", Total: int64(perGroup)}}
	for n := range 2 * perGroup {
		yes, err := over(n%2 == 1, dice)
		if err != nil {
			return nil, err
		}
		groups[n%2].Selected += int64(one(yes))
	}
	return groups, nil
}

// closeness is a sum of marks as the whole number a report shows.
func (m matched) closeness(score int64) int {
	raw := float64(score) / float64(m.unit) / float64(len(m.positions))
	chance := 0.0
	for _, n := range m.positions {
		mean := m.form.Chances[n].Mean
		chance += float64(mean.Num) / float64(mean.Den) / float64(len(m.positions))
	}
	return int(math.Floor(max(0, 100*(raw-chance)/(1-chance)) + .5))
}

// NormPower is how far a norm of so many sittings is from the population it was drawn
// from.
type NormPower struct {
	N          int
	Error      float64 // Mean absolute error of a person's percentile, in points.
	Worst      float64 // The error that nineteen of twenty people stay under.
	ClosedForm float64 // Error, by the normal approximation of the binomial.
	OtherSten  float64 // Share of people who are given another sten.
}

// Norm draws norms of each size and asks what they say of the same people. The closed
// form is the mean over all percentiles p of √(2/π)·√(p(1−p)/N), which comes to
// 100·√(2/π)·(π/8)/√N points.
func Norm(f *questions.Form, p Population, q questions.Quality, sizes []int, t Trial) ([]NormPower, error) {
	m := newMatched(f, q)
	draw := func(n int, dice *rand.Rand) (measure.Norm, measure.Scores, error) {
		scores := measure.Scores{}
		for i := range n {
			focal := float64(i%100) < 100*p.Focal
			_, score, err := m.sit(p, focal, dice)
			if err != nil {
				return measure.Norm{}, nil, err
			}
			if why := scores.Add(float64(score), 1); why != "" {
				return measure.Norm{}, nil, errors.New(string(why))
			}
		}
		return measure.NewNorm(scores), scores, nil
	}
	truth, people, err := draw(large, t.dice(0, 1<<20))
	if err != nil {
		return nil, err
	}
	var table []NormPower
	for _, n := range sizes {
		row := NormPower{N: n, ClosedForm: 100 * math.Sqrt(2/math.Pi) * math.Pi / 8 / math.Sqrt(float64(n))}
		worst := measure.Scores{}
		total := 0.0
		for repetition := range t.Seeds {
			if err := t.ended(); err != nil {
				return nil, err
			}
			norm, _, err := draw(n, t.dice(n, repetition))
			if err != nil {
				return nil, err
			}
			for x, persons := range people {
				at, was := norm.At(x), truth.At(x)
				off := math.Abs(at.Percentile.Value - was.Percentile.Value)
				row.Error += off * float64(persons)
				total += float64(persons)
				if at.Sten != was.Sten {
					row.OtherSten += float64(persons)
				}
				worst[off] += persons
			}
		}
		row.Error, row.OtherSten = row.Error/total, row.OtherSten/total
		row.Worst = quantile(worst, .95)
		table = append(table, row)
	}
	return table, nil
}

// quantile is the least score that the given share of persons does not exceed.
func quantile(s measure.Scores, share float64) float64 {
	whole, below := float64(s.N()), 0.0
	last := 0.0
	for _, x := range s.Values() {
		if last, below = x, below+float64(s[x]); below >= share*whole {
			break
		}
	}
	return last
}
