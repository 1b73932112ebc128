package qti

import (
	"math/big"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

func keyed(kind questions.Kind, key ...int) questions.Item {
	i := questions.Item{ID: "x", Kind: kind, Options: nil}
	if kind == questions.ChooseK {
		i.K = 2
	}
	for n, e := range key {
		i.Options = append(i.Options, questions.Option{ID: string(rune('A' + n)), Effectiveness: e})
	}
	return i
}

func (p points) exact() bool { return p.off.Sign() == 0 }

func ruled(rule string, i questions.Item) questions.Item {
	i.Rule = rule
	if rule == "ukfpo_choose3/1" {
		i.K = 3
	}
	return i
}

// sumOver is what map_response gives a response, before any bound.
func (p points) sumOver(code []byte) *big.Int {
	total := new(big.Int)
	for n, v := range code {
		if v != 0 {
			total.Add(total, p.of[part{n, v}])
		}
	}
	return total
}

// Any engine that adds up the map entries gives the very mark, for every answer.
func TestPointsAreTheRuleWhereItIsASum(t *testing.T) {
	for _, i := range []questions.Item{
		keyed(questions.BestWorst, 2, 4, 1, 3, 2), keyed(questions.BestWorst, 1, 4), keyed(questions.BestWorst, 2, 3, 3, 2),
		keyed(questions.ChooseK, 4, 1, 3, 2, 1), keyed(questions.ChooseK, 1, 1, 2), keyed(questions.ChooseK, 4, 4, 1, 1, 1, 2, 3),
		keyed(questions.Rank, 1, 2), // of two options even an order is a sum
		ruled("distance/1", keyed(questions.Rate, 4, 1, 2, 2, 3)), ruled("preview_rate4/1", keyed(questions.Rate, 4, 1, 2, 2)),
		ruled("ukfpo_rank5/1", keyed(questions.Rank, 5, 3, 1, 2, 4)), ruled("gpst_rank/1", keyed(questions.Rank, 4, 3, 1, 2)),
		ruled("ukfpo_choose3/1", keyed(questions.ChooseK, 4, 1, 3, 2, 1, 1, 2, 3)),
	} {
		p, ok := pointsOf(i)
		if !ok || !p.exact() {
			t.Fatalf("%s %s %v is off by %v", i.Kind, i.Rule, i.Options, p.off)
		}
		for r := range i.Responses() {
			m, _ := i.Mark(r)
			got := new(big.Rat).SetFrac(p.sumOver(i.Encode(r)), p.max)
			if got.Cmp(big.NewRat(int64(m.Num), int64(m.Den))) != 0 {
				t.Errorf("%s %s: %+v earns %v by map entries, %v by the rule", i.Kind, i.Rule, r, got, m)
			}
		}
	}
}

// For the pairwise rules the entries are the nearest sum: what remains between it
// and the marks averages to nothing over the answers with any one part (the normal
// equations of least squares). And it keeps the chance level.
func TestPointsAreTheNearestSum(t *testing.T) {
	for _, i := range []questions.Item{
		keyed(questions.Rate, 4, 3, 1, 2, 2), keyed(questions.Rate, 1, 4, 4), keyed(questions.Rank, 4, 3, 2, 1), keyed(questions.Rank, 2, 1, 4, 3),
	} {
		p, ok := pointsOf(i)
		if !ok {
			t.Fatalf("%v has no points", i)
		}
		left := map[part]*big.Rat{}
		for _, x := range p.parts {
			left[x] = new(big.Rat)
		}
		furthest := new(big.Rat)
		for r := range i.Responses() {
			code := i.Encode(r)
			m, _ := i.Mark(r)
			mark := big.NewRat(int64(m.Num), int64(m.Den))
			got := new(big.Rat).SetFrac(p.sumOver(code), p.max)
			gap := new(big.Rat).Sub(mark, got)
			for n, v := range code {
				left[part{n, v}].Add(left[part{n, v}], gap)
			}
			if got.Sign() >= 0 && got.Cmp(big.NewRat(1, 1)) <= 0 && gap.Abs(gap).Cmp(furthest) > 0 {
				furthest = gap
			}
		}
		for x, remains := range left {
			if remains.Sign() != 0 {
				t.Errorf("%s: %v is left over at %v", i.Kind, remains, x)
			}
		}
		if p.off.Cmp(furthest) < 0 || p.off.Sign() == 0 || p.off.Cmp(big.NewRat(1, 2)) >= 0 {
			t.Errorf("%s is said to be off by %v, and is by %v", i.Kind, p.off, furthest)
		}
	}
}

// A rank of four options keyed 4, 3, 2, 1: the nearest sum is Spearman's, and the
// marks are Kendall's. Worked by hand: of the 24 orders those that swap two
// neighbours twice are the furthest.
func TestPointsOfARank(t *testing.T) {
	i := keyed(questions.Rank, 4, 3, 2, 1)
	p, _ := pointsOf(i)
	for code, want := range map[string]*big.Rat{"\x01\x02\x03\x04": big.NewRat(1, 1), "\x04\x03\x02\x01": new(big.Rat)} {
		sum := p.sumOver([]byte(code))
		got := new(big.Rat).SetFrac(sum, p.max)
		if got.Sub(got, want).Abs(got).Cmp(big.NewRat(1, 6)) > 0 {
			t.Errorf("order % x: %v of %v", code, sum, p.max)
		}
	}
}
