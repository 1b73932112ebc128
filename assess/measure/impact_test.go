package measure_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

func TestFourFifthsOfTheGuidelines(t *testing.T) {
	// Uniform Guidelines, Questions & Answers 12: rates of 60, 45, 48 and 51 %.
	got := measure.FourFifths([]measure.Group{{"a", 60, 100}, {"b", 45, 100}, {"c", 48, 100}, {"d", 51, 100}})
	for i, want := range []struct {
		ratio   float64
		adverse bool
	}{{1, false}, {.75, true}, {.80, false}, {.85, false}} {
		near(t, got[i].Name, got[i].Ratio, want.ratio, 1e-12)
		if got[i].Adverse != want.adverse {
			t.Errorf("group %s: adverse %v, want %v", got[i].Name, got[i].Adverse, want.adverse)
		}
	}
	lacking(t, "the reference against itself", got[0].FisherP, measure.IsReference)
}

func TestFourFifthsOfTheCommission(t *testing.T) {
	// EEOC's example: 48 of 80 against 12 of 40.
	got := measure.FourFifths([]measure.Group{{"white", 48, 80}, {"black", 12, 40}})[1]
	near(t, "ratio", got.Ratio, .5, 1e-12)
	near(t, "Z", got.Z, 3.098, 5e-4)
	near(t, "p of Z", got.ZP, .00195, 5e-6)
	near(t, "Fisher", got.FisherP, .0034, 5e-5)
	near(t, "shortfall", got.Shortfall, 8, 1e-12)
	if !got.Adverse || got.Flip {
		t.Errorf("adverse %v, flip %v, want true, false", got.Adverse, got.Flip)
	}
}

func TestExactlyFourFifthsIsNotAdverse(t *testing.T) {
	four, twentyFive, one, five := 4., 25., 1., 5.
	if (four/twentyFive)/(one/five) >= .8 {
		t.Error("the trap this test stands on is gone: floats call 4/25 over 1/5 four fifths")
	}
	got := measure.FourFifths([]measure.Group{{"a", 1, 5}, {"b", 4, 25}})[1]
	if got.Adverse {
		t.Error("4/25 against 1/5 is called adverse")
	}
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.Int64Range(1, 1<<24).Draw(t, "n"), rapid.Int64Range(1, 1<<24).Draw(t, "m")
		a, b := rapid.Int64Range(1, n).Draw(t, "a"), rapid.Int64Range(0, m).Draw(t, "b")
		groups := measure.FourFifths([]measure.Group{{"a", a, n}, {"b", b, m}})
		reference, other := groups[0], groups[1]
		if other.Reference {
			reference, other = other, reference
		}
		limit := new(big.Rat).Mul(big.NewRat(4, 5), big.NewRat(reference.Selected, reference.Total))
		if want := big.NewRat(other.Selected, other.Total).Cmp(limit) < 0; other.Adverse != want {
			t.Fatalf("%v against %v: adverse %v, want %v", other.Group, reference.Group, other.Adverse, want)
		}
	})
}

func TestCountsOfAWholeCountryDoNotOverflow(t *testing.T) {
	const m = 1 << 40 // 5·b·n is past 2⁶³
	got := measure.FourFifths([]measure.Group{{"a", m / 2, m}, {"b", m / 5 * 2, m}, {"c", m/5*2 + 2, m}})
	if !got[1].Adverse || got[2].Adverse {
		t.Errorf("a hair under four fifths: %v, a hair over: %v, want true, false", got[1].Adverse, got[2].Adverse)
	}
	near(t, "Fisher far from chance", got[1].FisherP, 0, 0)
}

func TestReferenceIsNotATinyGroup(t *testing.T) {
	got := measure.FourFifths([]measure.Group{{"tiny", 1, 1}, {"large", 50, 100}, {"other", 30, 100}})
	if got[0].Reference || !got[1].Reference {
		t.Fatalf("reference is %+v", got)
	}
	near(t, "the tiny group's ratio", got[0].Ratio, 2, 1e-12)
	near(t, "the other's", got[2].Ratio, .6, 1e-12)
	if got[0].Note != measure.SmallNumbers || got[2].Note != "" {
		t.Errorf("notes: %q for one person, %q for a hundred", got[0].Note, got[2].Note)
	}
}

func TestOnePersonFlip(t *testing.T) {
	// 3 of 10 against 2 of 10: one selection moved makes it 2 against 3.
	flips := measure.FourFifths([]measure.Group{{"a", 3, 10}, {"b", 2, 10}})[1]
	stays := measure.FourFifths([]measure.Group{{"a", 4, 10}, {"b", 2, 10}})[1]
	if !flips.Flip || stays.Flip {
		t.Errorf("flip: got %v and %v, want true and false", flips.Flip, stays.Flip)
	}
}

func TestImpactThatCannotBeHad(t *testing.T) {
	for _, c := range []struct {
		what   string
		groups []measure.Group
		why    measure.Reason
	}{
		{"one group", []measure.Group{{"a", 3, 10}}, measure.OneGroup},
		{"one group with members", []measure.Group{{"a", 3, 10}, {"b", 0, 0}}, measure.OneGroup},
		{"nobody", []measure.Group{{"a", 0, 0}, {"b", 0, 0}}, measure.EmptyGroup},
		{"all rates 0", []measure.Group{{"a", 0, 10}, {"b", 0, 20}}, measure.NoSelections},
		{"more selected than there are", []measure.Group{{"a", 11, 10}, {"b", 1, 20}}, measure.BadCounts},
		{"a negative count", []measure.Group{{"a", -1, 10}, {"b", 1, 20}}, measure.BadCounts},
	} {
		for _, g := range measure.FourFifths(c.groups) {
			lacking(t, c.what, g.Ratio, c.why)
			if g.Adverse {
				t.Errorf("%s: adverse", c.what)
			}
		}
	}
	all := measure.FourFifths([]measure.Group{{"a", 10, 10}, {"b", 20, 20}})
	near(t, "everybody selected", all[0].Ratio, 1, 0)
	lacking(t, "Z when everybody is selected", all[0].Z, measure.AllSelected)
	near(t, "Fisher when everybody is selected", all[0].FisherP, 1, 0)
	three := measure.FourFifths([]measure.Group{{"a", 3, 10}, {"b", 2, 10}, {"c", 0, 0}})
	lacking(t, "an empty group beside two", three[2].Ratio, measure.EmptyGroup)
	if measure.FourFifths(nil) != nil {
		t.Error("no groups, no lines")
	}
}

func TestFisherAgainstBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	for range 1000 {
		x := measure.Table{A: random.Int64N(25), B: random.Int64N(25), C: random.Int64N(25), D: random.Int64N(25)}
		if x.A+x.B == 0 || x.C+x.D == 0 {
			continue
		}
		want, _ := bruteFisher(x).Float64()
		near(t, "p", measure.Fisher(x), want, 1e-12)
	}
	// The lady tasting tea (Fisher 1935): 17/35.
	near(t, "tea", measure.Fisher(measure.Table{A: 3, B: 1, C: 1, D: 3}), 17./35, 1e-14)
	lacking(t, "an empty row", measure.Fisher(measure.Table{C: 1, D: 3}), measure.EmptyGroup)
	lacking(t, "a negative count", measure.Fisher(measure.Table{A: -1, C: 1, D: 3}), measure.BadCounts)
}

// bruteFisher adds up binomials as exact fractions.
func bruteFisher(x measure.Table) *big.Rat {
	row, other, column := x.A+x.B, x.C+x.D, x.A+x.C
	ways := func(a int64) *big.Int {
		if a < 0 || a > row || column-a < 0 || column-a > other {
			return new(big.Int)
		}
		return new(big.Int).Mul(new(big.Int).Binomial(row, a), new(big.Int).Binomial(other, column-a))
	}
	observed, unlikely := ways(x.A), new(big.Int)
	for a := int64(0); a <= column; a++ {
		if w := ways(a); w.Cmp(observed) <= 0 {
			unlikely.Add(unlikely, w)
		}
	}
	return new(big.Rat).SetFrac(unlikely, new(big.Int).Binomial(row+other, column))
}
