package simulate

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/fourfold/fourfold/questions"
)

// Population is whom people are drawn from.
type Population struct {
	Ability float64           // Mean ability.
	Spread  float64           // Standard deviation of a person's general ability.
	Within  float64           // Standard deviation of a quality around it.
	Noise   float64           // Blur of each option, in steps of the key.
	Styles  map[Style]float64 // Shares; the rest is candid.
	Focal   float64           // Share of the focal group.
	Impact  float64           // How much less able the focal group is.
	DIF     map[int]float64   // By position: how much harder the item is for the focal group.
}

// Usual is a believable population: most see the key dimly, and a few hardly at all.
var Usual = Population{Ability: .55, Spread: .25, Within: .15, Noise: 1, Focal: .5}

// Check refuses a population that cannot be drawn from.
func (p Population) Check(f *questions.Form) error {
	for _, n := range p.numbers() {
		if math.IsNaN(n.x) || math.Abs(n.x) > farthest {
			return fmt.Errorf("%s: %v is not a number within %d to %d", n.what, n.x, -farthest, farthest)
		}
	}
	if p.Spread < 0 || p.Within < 0 || p.Noise < 0 {
		return errors.New("spread, within and noise must not be negative")
	}
	if p.Focal < 0 || p.Focal > 1 {
		return errors.New("the share of the focal group must be within 0 and 1")
	}
	sum := 0.0
	for style, share := range p.Styles {
		if !slices.Contains(Styles, style) {
			return fmt.Errorf("%q is none of the styles %v", style, Styles)
		}
		if share < 0 {
			return fmt.Errorf("the share of %s is negative", style)
		}
		sum += share
	}
	if sum > 1+1e-9 {
		return fmt.Errorf("the shares of styles come to %g, more than 1", sum)
	}
	for position := range p.DIF {
		if position < 0 || position >= len(f.Items) {
			return fmt.Errorf("the form has %d items, there is none at %d", len(f.Items), position+1)
		}
	}
	return nil
}

// farthest is far beyond any ability, and near enough for every sum to be a number.
const farthest = 1000

// described is one of the numbers a population is described with.
type described struct {
	what string
	x    float64
}

func (p Population) numbers() []described {
	all := []described{
		{"ability", p.Ability}, {"spread", p.Spread}, {"within", p.Within}, {"noise", p.Noise},
		{"impact", p.Impact}, {"the share of the focal group", p.Focal},
	}
	for _, style := range slices.Sorted(maps.Keys(p.Styles)) {
		all = append(all, described{"the share of " + string(style), p.Styles[style]})
	}
	for _, position := range slices.Sorted(maps.Keys(p.DIF)) {
		all = append(all, described{fmt.Sprintf("how much harder item %d is", position+1), p.DIF[position]})
	}
	return all
}

// Person draws one of the population, of the focal group or not.
func (p Population) Person(focal bool, dice *rand.Rand) Person {
	one := Person{Style: p.style(dice.Float64()), Focal: focal, Ability: map[questions.Quality]float64{}, Noise: map[questions.Quality]float64{}}
	general := p.Ability + p.Spread*dice.NormFloat64()
	if focal {
		general -= p.Impact
	}
	for _, q := range questions.Qualities {
		one.Ability[q], one.Noise[q] = general+p.Within*dice.NormFloat64(), p.Noise
	}
	return one
}

func (p Population) style(at float64) Style {
	for _, s := range Styles {
		if at -= p.Styles[s]; at < 0 {
			return s
		}
	}
	return Candid
}

// Sit draws a person and returns the answers to some positions of the form, in the order
// of the positions.
func (p Population) Sit(f *questions.Form, focal bool, dice *rand.Rand, positions []int) (Person, [][]byte) {
	one := p.Person(focal, dice)
	codes := make([][]byte, 0, len(positions))
	for _, n := range positions {
		code := make([]byte, len(f.Items[n].Options))
		harder := 0.0
		if focal {
			harder = p.DIF[n]
		}
		one.answer(f.Items[n], n, len(f.Items), harder, dice, code)
		codes = append(codes, code)
	}
	return one, codes
}

// positionsOf lists where a form has items of a quality.
func positionsOf(f *questions.Form, q questions.Quality) []int {
	var positions []int
	for n, i := range f.Items {
		if i.Quality == q {
			positions = append(positions, n)
		}
	}
	return positions
}
