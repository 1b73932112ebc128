package simulate

import (
	"math/rand/v2"

	"github.com/fourfold/fourfold/questions"
)

// Reward is what a scoring rule gives a manner of answering: the mean closeness over
// the form's items of the rule's kind, 0 at chance and 100 where every answer is the
// key's.
type Reward struct {
	Kind      questions.Kind
	Rule      string
	Style     Style
	Persons   int
	Closeness float64
}

// Rewards lets people of one population sit a form in each style and marks the same
// answers by each rule that fits. It asks before each person whether it is ended.
func Rewards(f *questions.Form, p Population, persons int, seed uint64, ended func() error) ([]Reward, error) {
	var list []Reward
	for _, kind := range questions.Kinds {
		var positions []int
		for n, i := range f.Items {
			if i.Kind == kind {
				positions = append(positions, n)
			}
		}
		for _, rule := range f.RulesFor(kind) {
			marked, err := f.WithRules(rule)
			if err != nil {
				return nil, err
			}
			scorer := questions.NewScorer(&marked)
			for n, style := range Styles {
				p.Styles = map[Style]float64{style: 1}
				dice := rand.New(rand.NewPCG(seed, uint64(n))) // the same people for each rule
				sum := 0.0
				for range persons {
					if err := ended(); err != nil {
						return nil, err
					}
					_, codes := p.Sit(f, false, dice, positions)
					marks, chance := 0.0, 0.0
					for at, position := range positions {
						m, ok, err := scorer.Mark(position, codes[at])
						if err != nil {
							return nil, err
						}
						if ok {
							marks += float64(m.Num) / float64(m.Den)
						}
						mean := marked.Chances[position].Mean
						chance += float64(mean.Num) / float64(mean.Den)
					}
					sum += (marks - chance) / (float64(len(positions)) - chance)
				}
				list = append(list, Reward{Kind: kind, Rule: rule, Style: style, Persons: persons, Closeness: 100 * sum / float64(persons)})
			}
		}
	}
	return list, nil
}
