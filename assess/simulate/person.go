// Package simulate makes up people who sit a form: with an ability, with noise, in a
// manner of their own, some of them members of a group for whom an item or the whole
// test is harder. It shows what scoring rules reward and how many sittings a statistic
// needs. It knows no database and no clock, and the same seed makes the same people.
package simulate

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/fourfold/fourfold/questions"
)

// Style is a manner of answering.
type Style string

// The styles. All but random and, past the middle, the rusher see the options alike;
// they differ in what they make of it.
const (
	Candid      Style = "candid"       // Answers as the options seem.
	Rusher      Style = "rusher"       // Candid up to the middle of the form, at random from there.
	FenceSitter Style = "fence_sitter" // Rates every option 2.
	Extreme     Style = "extreme"      // Rates 1 or 4, nothing between.
	Coached     Style = "coached"      // Was told to avoid the ends of the scale: rates 2 or 3.
	Random      Style = "random"       // Any complete answer, each as likely as another.
)

// Styles lists every style.
var Styles = []Style{Candid, Rusher, FenceSitter, Extreme, Coached, Random}

// Person sees how effective an option is through an ability and a blur: an option keyed
// e seems like 2.5 + ability·(e − 2.5) + noise·ε, with ε standard normal. An ability of 1
// sees the key itself, of 0 nothing of it, a negative one its reverse.
type Person struct {
	Style   Style
	Ability map[questions.Quality]float64
	Noise   map[questions.Quality]float64
	Focal   bool // Of the group for whom planted items are harder.
}

// middle is the middle of the scale that keys and ratings share.
const middle = 2.5

// Respond answers an item that a form of so many items has at a position; harder is how
// much of the ability it takes away. Every answer is complete.
func (p Person) Respond(i questions.Item, position, of int, harder float64, dice *rand.Rand) questions.Response {
	code := make([]byte, len(i.Options))
	p.answer(i, position, of, harder, dice, code)
	r, err := i.Decode(code)
	if err != nil {
		panic(err) // what answer writes is a response
	}
	return r
}

// answer writes the response as its code, as questions.Item.Encode does.
func (p Person) answer(i questions.Item, position, of int, harder float64, dice *rand.Rand, code []byte) {
	if p.Style == Random || p.Style == Rusher && 2*position >= of {
		guess(i, dice, code)
		return
	}
	ability, noise := p.Ability[i.Quality]-harder, p.Noise[i.Quality]
	var seen [8]float64 // a form's items have no more options
	for n, o := range i.Options {
		seen[n] = middle + ability*(float64(o.Effectiveness)-middle) + noise*dice.NormFloat64()
	}
	if i.Kind == questions.Rate {
		for n := range i.Options {
			code[n] = p.rating(seen[n])
		}
		return
	}
	order := make([]int, len(i.Options))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(seen[b], seen[a]) })
	place(i, order, code)
}

// rating is what the person makes of an option that seems so effective.
func (p Person) rating(seen float64) byte {
	switch p.Style {
	case FenceSitter:
		return 2
	case Extreme:
		if seen >= middle {
			return 4
		}
		return 1
	case Coached:
		if seen >= middle {
			return 3
		}
		return 2
	}
	return byte(min(4, max(1, int(seen+.5))))
}

// place writes an order of the options, the best first, as the kind asks for it.
func place(i questions.Item, order []int, code []byte) {
	clear(code)
	switch i.Kind {
	case questions.BestWorst:
		code[order[0]], code[order[len(order)-1]] = 1, 2
	case questions.Rank:
		for n, o := range order {
			code[o] = byte(n + 1)
		}
	case questions.ChooseK:
		for _, o := range order[:i.K] {
			code[o] = 1
		}
	}
}

// guess answers at random.
func guess(i questions.Item, dice *rand.Rand, code []byte) {
	if i.Kind == questions.Rate {
		for n := range code {
			code[n] = byte(1 + dice.IntN(4))
		}
		return
	}
	place(i, dice.Perm(len(code)), code)
}
