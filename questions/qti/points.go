package qti

import (
	"fmt"
	"math/big"

	"github.com/fourfold/fourfold/questions"
)

// part is one part of a response: what one option was given.
type part struct {
	option int  // Its index.
	value  byte // As in the response's code; never 0.
}

// points is a scoring rule as QTI's map_response can apply it: a sum over the parts
// of a response. Max stands for a mark of 1.
type points struct {
	parts []part
	of    map[part]*big.Int
	max   *big.Int
	keyed []byte // The code of the first response with the greatest mark.
	// off is the furthest the sum, kept within 0 and Max, comes from the rule's own
	// mark; 0 where the rule is such a sum.
	off *big.Rat
}

// ledger remembers the points of each key it has met: the two languages of an item
// share one, and so do many items.
type ledger map[string]points

func (l ledger) of(i questions.Item) (points, bool) {
	name := fmt.Sprint(i.Kind, i.Rule, i.K)
	for _, o := range i.Options {
		name += fmt.Sprint(" ", o.Effectiveness)
	}
	p, known := l[name]
	if !known {
		var ok bool
		if p, ok = pointsOf(i); !ok {
			return points{}, false
		}
		l[name] = p
	}
	return p, true
}

// pointsOf finds the sum over parts that comes nearest to the item's rule: least
// squares over every complete response, in exact numbers. It is the rule itself
// wherever that is a sum. ok is false for an item whose key tells no options apart.
func pointsOf(i questions.Item) (p points, ok bool) {
	p.parts = partsOf(i)
	place := make(map[part]int, len(p.parts))
	for n, x := range p.parts {
		place[x] = n
	}
	equations := newEquations(len(p.parts))
	var all []answer
	den, most := int64(0), int64(-1)
	for r := range i.Responses() {
		m, marked := i.Mark(r)
		if !marked {
			return points{}, false
		}
		code := i.Encode(r)
		a := answer{present(code, place), int64(m.Num)}
		equations.add(a)
		all = append(all, a)
		den = int64(m.Den) // The same for every response to an item.
		if a.mark > most {
			most, p.keyed = a.mark, code
		}
	}
	if den == 0 {
		return points{}, false // There is nothing to answer.
	}
	solved := equations.solve(den)
	p.raise(i, solved)
	p.scale(solved)
	p.off = p.distance(all, den)
	return p, true
}

// answer is a complete response: the places of its parts, and its mark times the
// denominator that the item's marks share.
type answer struct {
	parts []int
	mark  int64
}

func partsOf(i questions.Item) []part {
	var all []part
	for n := range i.Options {
		for _, v := range values(i) {
			all = append(all, part{n, v})
		}
	}
	return all
}

// present lists the places of a response's parts.
func present(code []byte, place map[part]int) []int {
	var all []int
	for n, v := range code {
		if v != 0 {
			all = append(all, place[part{n, v}])
		}
	}
	return all
}

// raise moves the numbers so that the least is 0 where that changes no sum: each
// complete response has exactly one part of every option, or of every role.
func (p *points) raise(i questions.Item, solved []*big.Rat) {
	var groups [][]int
	switch i.Kind {
	case questions.ChooseK:
		return
	case questions.BestWorst:
		groups = p.groups(func(x part) int { return int(x.value) })
	default:
		groups = p.groups(func(x part) int { return x.option })
	}
	spare := new(big.Rat)
	for _, group := range groups {
		least := solved[group[0]]
		for _, n := range group {
			if solved[n].Cmp(least) < 0 {
				least = solved[n]
			}
		}
		least = new(big.Rat).Set(least)
		spare.Add(spare, least)
		for _, n := range group {
			solved[n].Sub(solved[n], least)
		}
	}
	spare.Quo(spare, big.NewRat(int64(len(groups)), 1))
	for _, group := range groups {
		for _, n := range group {
			solved[n].Add(solved[n], spare)
		}
	}
}

func (p *points) groups(of func(part) int) [][]int {
	var groups [][]int
	place := map[int]int{}
	for n, x := range p.parts {
		g, known := place[of(x)]
		if !known {
			g = len(groups)
			place[of(x)], groups = g, append(groups, nil)
		}
		groups[g] = append(groups[g], n)
	}
	return groups
}

// scale turns the numbers into whole ones, so that no engine's floating point
// rounds them.
func (p *points) scale(solved []*big.Rat) {
	p.max = big.NewInt(1)
	for _, x := range solved {
		common := new(big.Int).GCD(nil, nil, p.max, x.Denom())
		p.max.Mul(p.max, new(big.Int).Quo(x.Denom(), common))
	}
	p.of = make(map[part]*big.Int, len(solved))
	for n, x := range solved {
		whole := new(big.Int).Mul(x.Num(), new(big.Int).Quo(p.max, x.Denom()))
		p.of[p.parts[n]] = whole
	}
}

// distance is the furthest a sum comes from the mark.
func (p *points) distance(all []answer, den int64) *big.Rat {
	var furthest, sum, gap, mark big.Int // In units of 1 ÷ (max · den); the sum of 1 ÷ max.
	for _, a := range all {
		sum.SetInt64(0)
		for _, n := range a.parts {
			sum.Add(&sum, p.of[p.parts[n]])
		}
		if sum.Sign() < 0 {
			sum.SetInt64(0)
		}
		if sum.Cmp(p.max) > 0 {
			sum.Set(p.max)
		}
		gap.Mul(&sum, big.NewInt(den))
		gap.Sub(&gap, mark.Mul(p.max, big.NewInt(a.mark)))
		if gap.CmpAbs(&furthest) > 0 {
			furthest.Abs(&gap)
		}
	}
	return new(big.Rat).SetFrac(&furthest, gap.Mul(p.max, big.NewInt(den)))
}

// equations are the normal equations of least squares with one unknown per part.
type equations struct {
	left  [][]int64 // How often two parts occur together.
	right []int64   // The marks of the responses with the part.
}

func newEquations(n int) equations {
	e := equations{left: make([][]int64, n), right: make([]int64, n)}
	for k := range n {
		e.left[k] = make([]int64, n)
	}
	return e
}

func (e equations) add(given answer) {
	for _, a := range given.parts {
		e.right[a] += given.mark
		for _, b := range given.parts {
			e.left[a][b]++
		}
	}
}

// solve eliminates as Gauss did. Parts that say nothing new get 0: of the many
// solutions all have the same sums. A mark of 1 counts den.
func (e equations) solve(den int64) []*big.Rat {
	n := len(e.right)
	rows := make([][]*big.Rat, n)
	for a := range rows {
		rows[a] = make([]*big.Rat, n+1)
		for b, count := range e.left[a] {
			rows[a][b] = big.NewRat(count, 1)
		}
		rows[a][n] = big.NewRat(e.right[a], den)
	}
	pivot := make([]int, 0, n) // The column each finished row stands for.
	for column := 0; column < n; column++ {
		at := len(pivot)
		for at < n && rows[at][column].Sign() == 0 {
			at++
		}
		if at == n {
			continue
		}
		top := len(pivot)
		rows[top], rows[at] = rows[at], rows[top]
		lead := new(big.Rat).Inv(rows[top][column])
		for b := column; b <= n; b++ {
			rows[top][b].Mul(rows[top][b], lead)
		}
		for a := range rows {
			if a == top || rows[a][column].Sign() == 0 {
				continue
			}
			times := new(big.Rat).Set(rows[a][column])
			for b := column; b <= n; b++ {
				if rows[top][b].Sign() != 0 {
					rows[a][b].Sub(rows[a][b], new(big.Rat).Mul(times, rows[top][b]))
				}
			}
		}
		pivot = append(pivot, column)
	}
	solved := make([]*big.Rat, n)
	for k := range solved {
		solved[k] = new(big.Rat)
	}
	for row, column := range pivot {
		solved[column] = rows[row][n]
	}
	return solved
}
