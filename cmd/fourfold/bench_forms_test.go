package main_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess/assesstest/bench"
	"github.com/fourfold/fourfold/questions"
)

// Forms are made beside the plainest way to make one: draw each facet's items at
// random, and all of them again when a rule is broken. Both sides draw the same forms in every
// round, so that only the machine can drift.
func BenchmarkForms(b *testing.B) {
	bank, err := questions.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	const (
		ours   = 50
		theirs = 3
		on     = "2026-11-25"
	)
	pool := bank.Items
	per := func(n int, do func(n int)) float64 {
		began := time.Now()
		for k := range n {
			do(k)
		}
		return time.Since(began).Seconds() * 1000 / float64(n)
	}
	assemble := func(name string, forms, seed int) {
		_, err := bank.AssembleAll(questions.Request{Blueprint: bank.Blueprints[name], Jurisdiction: "CN", On: on, Seed: uint64(seed), Forms: forms})
		if err != nil {
			b.Fatal(err)
		}
	}
	var short, naive, long, pairs []float64
	for range bench.Rounds {
		short = append(short, per(ours, func(n int) { assemble("S", 1, n) }))
		dice := rand.New(rand.NewPCG(1, 2))
		naive = append(naive, per(theirs, func(int) { rejected(pool, bank.Blueprints["S"], dice) }))
		long = append(long, per(ours, func(n int) { assemble("L", 1, n) }))
		pairs = append(pairs, per(ours, func(n int) { assemble("L", 2, n) }))
	}
	bench.Figure("a short form", short, "ms", bench.AtMost(50))
	bench.Figure("a long form", long, "ms", bench.AtMost(50))
	bench.Figure("two parallel long forms", pairs, "ms", bench.AtMost(100))
	bench.Ratio("a short form ÷ rejection sampling within facets", short, naive, "ms", bench.AtMost(0.1))
}

// rejected draws forms until one keeps the blueprint.
func rejected(items []questions.Item, bp questions.Blueprint, dice *rand.Rand) []questions.Item {
	byFacet := map[questions.Facet][]questions.Item{}
	for _, i := range items {
		byFacet[i.Facet] = append(byFacet[i.Facet], i)
	}
	form := make([]questions.Item, 0, bp.Items())
	for {
		form = form[:0]
		for _, q := range questions.Qualities {
			for _, facet := range questions.Facets[q] {
				of := byFacet[facet]
				for n := range bp.Facets[facet] { // Fisher and Yates, as far as needed.
					m := n + dice.IntN(len(of)-n)
					of[n], of[m] = of[m], of[n]
					form = append(form, of[n])
				}
			}
		}
		if keepsKinds(form, bp) && keepsTags(form, bp) && keepsLengths(form, bp) {
			dice.Shuffle(len(form), func(n, m int) { form[n], form[m] = form[m], form[n] })
			if keepsOrder(form, bp) {
				return form
			}
		}
	}
}

func keepsKinds(form []questions.Item, bp questions.Blueprint) bool {
	per := len(form) / len(questions.Qualities) // The form still stands in the order of the qualities.
	for first := 0; first < len(form); first += per {
		n := [4]int{}
		for k := first; k < first+per; k++ {
			n[slices.Index(questions.Kinds, form[k].Kind)]++
		}
		for k, kind := range questions.Kinds {
			if n[k] != bp.Kinds[kind] {
				return false
			}
		}
	}
	return true
}

func keepsTags(form []questions.Item, bp questions.Blueprint) bool {
	sensitive, women, men := 0, 0, 0
	tags, words := map[string]int{}, map[string]int{}
	for _, i := range form {
		if i.Sensitive {
			sensitive++
		}
		switch i.Debtor.Gender {
		case "female":
			women++
		case "male":
			men++
		}
		for _, tag := range slices.Concat(i.Duties, i.Mindsets) {
			tags[tag]++
		}
		words["problem "+i.Problem]++
		if i.Debtor.Surname != "" {
			words[i.Debtor.Surname] += bp.SameProblem // Two are too many.
		}
	}
	for _, n := range words {
		if n > bp.SameProblem {
			return false
		}
	}
	for _, a := range form {
		for _, b := range form {
			if slices.Contains(a.Enemies, b.ID) {
				return false
			}
		}
	}
	lacking := func(tags map[string]int, words []string, need int) bool {
		return slices.ContainsFunc(words, func(w string) bool { return tags[w] < need })
	}
	share := 100 * women
	return sensitive <= bp.Sensitive && share >= bp.Gender.Min*(women+men) && share <= bp.Gender.Max*(women+men) &&
		!lacking(tags, questions.Duties, bp.Duty) && !lacking(tags, questions.Mindsets, bp.Mindset)
}

func keepsLengths(form []questions.Item, bp questions.Blueprint) bool {
	for _, l := range []questions.Lang{questions.Chinese, questions.English} {
		alone, tied := 0, 0
		var n, x, y, xy, xx, yy float64
		for _, i := range form {
			best, others := 0, 0
			for _, o := range i.Options {
				length := o.Text.Length(l)
				if o.Effectiveness == 4 {
					best = max(best, length)
				} else {
					others = max(others, length)
				}
				a, b := float64(length), float64(o.Effectiveness)
				n, x, y, xy, xx, yy = n+1, x+a, y+b, xy+a*b, xx+a*a, yy+b*b
			}
			if best > others {
				alone++
			}
			if best >= others {
				tied++
			}
		}
		r := (n*xy - x*y) / math.Sqrt((n*xx-x*x)*(n*yy-y*y))
		if math.Abs(r) > float64(bp.LengthKey)/1000 || 100*alone < bp.BestLongest.Min*len(form) || 100*tied > bp.BestLongest.Max*len(form) {
			return false
		}
	}
	return true
}

func keepsOrder(form []questions.Item, bp questions.Blueprint) bool {
	run := 0
	for n, i := range form {
		if run++; n > 0 && form[n-1].Quality != i.Quality {
			run = 1
		}
		if run > bp.Run || n > 0 && i.Kind == questions.Rank && form[n-1].Kind == questions.Rank {
			return false
		}
	}
	return true
}
