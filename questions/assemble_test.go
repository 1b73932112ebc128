package questions_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// day is a day on which every fact of the bank is in force and reviewed.
const day = "2026-11-23"

// checkQuotas looks at a form with nothing but the blueprint in hand, by counting
// again from the start. It is written apart from the assembler on purpose.
func checkQuotas(t *testing.T, f questions.Form, bp questions.Blueprint) {
	t.Helper()
	count := func(has func(questions.Item) bool) (n int) {
		for _, i := range f.Items {
			if has(i) {
				n++
			}
		}
		return n
	}
	for _, q := range questions.Qualities {
		for _, kind := range questions.Kinds {
			n := count(func(i questions.Item) bool { return i.Quality == q && i.Kind == kind })
			if n != bp.Kinds[kind] {
				t.Errorf("%d %s items of %s, want %d", n, kind, q, bp.Kinds[kind])
			}
		}
		for _, facet := range questions.Facets[q] {
			if n := count(func(i questions.Item) bool { return i.Facet == facet }); n != bp.Facets[facet] {
				t.Errorf("%d items of %s, want %d", n, facet, bp.Facets[facet])
			}
		}
	}
	for _, duty := range []string{"D1", "D2", "D3", "D4", "D5"} {
		if n := count(func(i questions.Item) bool { return slices.Contains(i.Duties, duty) }); n < bp.Duty {
			t.Errorf("%d items for %s, want at least %d", n, duty, bp.Duty)
		}
	}
	for _, mindset := range []string{"M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8"} {
		if n := count(func(i questions.Item) bool { return slices.Contains(i.Mindsets, mindset) }); n < bp.Mindset {
			t.Errorf("%d items for %s, want at least %d", n, mindset, bp.Mindset)
		}
	}
	if n := count(func(i questions.Item) bool { return i.Sensitive }); n > bp.Sensitive {
		t.Errorf("%d sensitive items, want at most %d", n, bp.Sensitive)
	}
	women := count(func(i questions.Item) bool { return i.Debtor.Gender == "female" })
	men := count(func(i questions.Item) bool { return i.Debtor.Gender == "male" })
	if share := float64(women) / float64(women+men); share < .4 || share > .6 {
		t.Errorf("%d women and %d men", women, men)
	}
	run := 1
	for n, i := range f.Items {
		if same := count(func(o questions.Item) bool { return o.ID == i.ID }); same != 1 {
			t.Errorf("%s stands %d times in the form", i.ID, same)
		}
		if same := count(func(o questions.Item) bool { return o.Debtor.Surname == i.Debtor.Surname }); i.Debtor.Surname != "" && same > 1 {
			t.Errorf("%d debtors named %s", same, i.Debtor.Surname)
		}
		if same := count(func(o questions.Item) bool { return o.Problem == i.Problem }); same > bp.SameProblem {
			t.Errorf("%d items with the problem %s", same, i.Problem)
		}
		if i.Jurisdiction != "any" && i.Jurisdiction != f.Jurisdiction {
			t.Errorf("%s is for %s", i.ID, i.Jurisdiction)
		}
		for _, enemy := range i.Enemies {
			if count(func(o questions.Item) bool { return o.ID == enemy }) > 0 {
				t.Errorf("%s stands beside its enemy %s", i.ID, enemy)
			}
		}
		if n == 0 {
			continue
		}
		before := f.Items[n-1]
		if before.Kind == questions.Rank && i.Kind == questions.Rank {
			t.Errorf("rank items side by side at %d", n)
		}
		if before.Quality == i.Quality {
			run++
		} else {
			run = 1
		}
		if run > bp.Run {
			t.Errorf("%d items of %s in a row at %d", run, i.Quality, n)
		}
	}
	for _, i := range f.Items {
		cited := slices.Clone(i.Legal)
		for _, o := range i.Options {
			cited = append(cited, o.Legal...)
		}
		for _, id := range cited {
			if fact, ok := f.Fact(id); !ok || string(fact.ReviewBy) < day {
				t.Errorf("%s rests on fact %s, which the form holds as %+v", i.ID, id, fact)
			}
		}
	}
}

func TestAssembleMeetsEveryQuota(t *testing.T) {
	b := builtin(t)
	bp := b.Blueprints["S"]
	seen := map[string]bool{}
	for seed := range uint64(300) {
		f, err := b.Assemble(bp, "CN", seed, day)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkQuotas(t, f, bp)
		if len(f.Items) != 24 || len(f.Practice) != 4 || f.Limit != 45*60 {
			t.Errorf("seed %d: %d items, %d for practice, %d seconds", seed, len(f.Items), len(f.Practice), f.Limit)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		seen[f.Hash()] = true
	}
	if len(seen) < 290 {
		t.Errorf("300 seeds give %d different forms", len(seen))
	}
}

func TestAssembleIsTheSameForASeed(t *testing.T) {
	if a, b := shortForm(t, 42), shortForm(t, 42); a.Hash() != b.Hash() {
		t.Error("one seed gives two forms")
	}
	if a, b := shortForm(t, 42), shortForm(t, 43); a.Hash() == b.Hash() {
		t.Error("two seeds give one form")
	}
}

// pool is a bank of n items of each kind in each facet, without any law.
func pool(n int) questions.Bank {
	b := questions.Bank{Facts: map[string]questions.Fact{}}
	for _, q := range questions.Qualities {
		for _, facet := range questions.Facets[q] {
			for _, kind := range questions.Kinds {
				for k := range n {
					i := keyed(kind, 4, 3, 2, 1)
					number := len(b.Items)
					i.ID = string(facet) + "." + string(kind) + string(rune('0'+k))
					i.Quality, i.Facet, i.Jurisdiction = q, facet, "any"
					i.Status, i.KeyVersion = questions.Piloted, "1.0"
					i.Duties, i.Mindsets = []string{questions.Duties[number%5]}, []string{questions.Mindsets[number%8]}
					i.Debtor.Gender = []string{"female", "male"}[number/8%2]
					i.Problem = string(kind) + "/" + string(facet)
					for o := range i.Options { // The best option is the longest in one item of four.
						n := 10 + (o+number)%len(i.Options)
						i.Options[o].Text = questions.Text{Chinese: strings.Repeat("字", n), English: strings.Repeat("word ", n)}
					}
					b.Items = append(b.Items, i)
				}
			}
		}
	}
	return b
}

// each returns the bank with every item changed.
func each(b questions.Bank, change func(*questions.Item)) questions.Bank {
	b.Items = slices.Clone(b.Items)
	for n := range b.Items {
		change(&b.Items[n])
	}
	return b
}

// without returns the bank without some items.
func without(b questions.Bank, which func(questions.Item) bool) questions.Bank {
	b.Items = slices.DeleteFunc(slices.Clone(b.Items), which)
	return b
}

// The form is written down: the same seed draws it on any machine, this year and in ten.
func TestAssembleIsFixedForever(t *testing.T) {
	f, err := pool(1).Assemble(builtin(t).Blueprints["S"], "CN", 2026, day)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, i := range f.Items {
		ids = append(ids, i.ID)
	}
	const want = `law.procedure.best_worst0
neg.adapt.best_worst0
com.record.best_worst0
com.tone.rate0
neg.deadlock.choose_k0
law.conduct.rank0
com.explain.best_worst0
law.privacy.best_worst0
com.listen.choose_k0
end.objective.rate0
end.calm.best_worst0
neg.initiate.rate0
end.persist.choose_k0
law.privacy.rate0
com.listen.rank0
end.load.best_worst0
neg.plan.rank0
law.conduct.rate0
law.debt.choose_k0
end.calm.rate0
end.persist.rank0
com.explain.rate0
neg.plan.best_worst0
neg.deadlock.rate0`
	if got := strings.Join(ids, "\n"); got != want {
		t.Errorf("the form is now\n%s", got)
	}
}

func TestAssembleTakesTheLowestStatus(t *testing.T) {
	b := each(pool(1), func(i *questions.Item) {
		if i.Facet == "end.calm" {
			i.Status, i.KeyVersion = questions.SMEReviewed, "0.9"
		}
	})
	f, err := b.Assemble(builtin(t).Blueprints["S"], "CN", 1, day)
	if err != nil {
		t.Fatal(err)
	}
	if f.Status != questions.SMEReviewed || f.KeyVersion != "0.9+1.0" {
		t.Errorf("status %s, key version %s", f.Status, f.KeyVersion)
	}
}

func TestAssembleNamesTheFewestRequirementsThatClash(t *testing.T) {
	type item = questions.Item
	short := builtin(t).Blueprints["S"]
	sound := pool(2)
	for story, c := range map[string]struct {
		bank questions.Bank
		bp   questions.Blueprint
		want []string
	}{
		"no legal rank items": {
			without(sound, func(i item) bool { return i.Quality == questions.Legal && i.Kind == questions.Rank }),
			short, []string{"kind legal/rank: exactly 1, reached 0"},
		},
		"one item of a facet": {
			without(sound, func(i item) bool { return i.Facet == "neg.plan" && i.ID != "neg.plan.rate1" }),
			short, []string{"facet neg.plan: exactly 2, reached 1"},
		},
		"no item of the jurisdiction": {
			each(sound, func(i *item) { i.Jurisdiction = "US" }),
			short, []string{"jurisdiction CN: none, reached 24", "items: exactly 24, reached 0"},
		},
		"a duty nobody has": {
			each(sound, func(i *item) { i.Duties = []string{"D1", "D2", "D3", "D5"} }),
			short, []string{"duty D4: at least 2, reached 0"},
		},
		"a mindset nobody has": {
			each(sound, func(i *item) { i.Mindsets = questions.Mindsets[:7] }),
			short, []string{"mindset M8: at least 1, reached 0"},
		},
		"a duty on two items that exclude each other": {
			each(sound, func(i *item) {
				i.Duties = []string{"D1", "D2", "D3", "D4"}
				if strings.HasPrefix(i.ID, "com.tone.rank") {
					i.Duties = questions.Duties
				}
			}),
			short, []string{"kind communication/rank: exactly 1, reached 2", "duty D5: at least 2, reached 1"},
		},
		"sensitive throughout": {
			each(sound, func(i *item) { i.Sensitive = true }),
			short, []string{"items: exactly 24, reached 2", "sensitive: at most 2, reached 24"},
		},
		"one problem throughout": {
			each(sound, func(i *item) { i.Problem = "hardship" }),
			short, []string{"items: exactly 24, reached 3", "problem: at most 3, reached 24"},
		},
		"one surname throughout": {
			each(sound, func(i *item) { i.Debtor.Surname = "Wang" }),
			short, []string{"items: exactly 24, reached 1", "surname: at most 1, reached 24"},
		},
		"men only": {
			each(sound, func(i *item) { i.Debtor.Gender = "male" }),
			short, []string{"items: exactly 24, reached 0", "gender: 40 to 60 %"},
		},
		"the best option always the longest": {
			each(sound, func(i *item) {
				i.Options = slices.Clone(i.Options)
				for n := range i.Options {
					i.Options[n].Text.Chinese = strings.Repeat("字", 10+i.Options[n].Effectiveness)
				}
			}),
			short, []string{"items: exactly 24, reached 0", "longest_tied zh-CN: at most 35 %"},
		},
		"length that follows the key": {
			each(sound, func(i *item) {
				i.Options = slices.Clone(i.Options)
				for n := range i.Options {
					i.Options[n].Text.English = strings.Repeat("word ", 10+3*i.Options[n].Effectiveness)
				}
				if i.Facet != "com.tone" && i.Facet != "end.calm" { // Never the longest, but for a few.
					i.Options[0].Text.English = "word"
					i.Options[0].Effectiveness, i.Options[3].Effectiveness = 1, 4
				}
			}),
			short, []string{"items: exactly 24, reached 0", "length_key en: −0.250 to 0.250"},
		},
		"kinds and facets that do not meet": {
			without(sound, func(i item) bool {
				return i.Facet == "end.load" && i.Kind != questions.Rank || i.Facet == "end.objective" && i.Kind != questions.Rank
			}),
			short, []string{"kind endurance/rank: exactly 1, reached 2", "facet end.load: exactly 1, reached 0", "facet end.objective: exactly 1, reached 0"},
		},
		"enemies throughout": {
			each(sound, func(i *item) {
				for _, other := range sound.Items {
					if other.ID != i.ID {
						i.Enemies = append(i.Enemies, other.ID)
					}
				}
			}),
			short, []string{"items: exactly 24, reached 1", "enemies: none"},
		},
		"nothing to interleave": {
			sound,
			questions.Blueprint{
				Kinds: short.Kinds, SameProblem: 9, Run: 3, Gender: questions.Range{Min: 0, Max: 100}, Limit: 60,
				Facets: map[questions.Facet]int{"com.explain": 2, "com.listen": 2, "com.tone": 1, "com.record": 1},
			},
			[]string{"items: exactly 6, reached 7", "quality communication: exactly 6, reached 5", "run: at most 3"},
		},
	} {
		t.Run(story, func(t *testing.T) {
			_, err := c.bank.Assemble(c.bp, "CN", 1, day)
			var got *questions.Conflict
			if !errors.As(err, &got) {
				t.Fatalf("Assemble = %v, want a conflict", err)
			}
			var lines []string
			for _, l := range got.Requirements {
				lines = append(lines, l.String())
			}
			if !got.Proven || !slices.Equal(lines, c.want) {
				t.Errorf("proven %v:\n%s\nwant\n%s", got.Proven, strings.Join(lines, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestAssembleLeavesOutOverdueLaw(t *testing.T) {
	b := builtin(t)
	_, err := b.Assemble(b.Blueprints["S"], "CN", 1, "2037-01-01")
	var got *questions.Conflict
	if !errors.As(err, &got) || got.Requirements[0].Quota != questions.QuotaLaw {
		t.Errorf("Assemble = %v, want a conflict with the law of that day", err)
	}
}

func TestFactUsable(t *testing.T) {
	f := questions.Fact{EffectiveFrom: "2021-01-01", EffectiveTo: "2027-06-30", CheckedOn: "2026-11-01", ReviewBy: "2027-11-01"}
	for on, want := range map[questions.Date]bool{
		"2020-12-31": false, "2021-01-01": true, "2027-06-30": true, "2027-07-01": false,
	} {
		if got := f.Usable(on); got != want {
			t.Errorf("on %s: %v", on, got)
		}
	}
	f.EffectiveTo = ""
	if !f.Usable("2027-11-01") || f.Usable("2027-11-02") {
		t.Error("a fact is usable until the day of its review, and no longer")
	}
}

func TestAssembleRefusesEmptyBlueprint(t *testing.T) {
	if _, err := builtin(t).Assemble(questions.Blueprint{}, "CN", 1, day); err == nil {
		t.Error("a form without items is furnished")
	}
}
