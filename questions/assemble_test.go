package questions_test

import (
	"errors"
	"maps"
	"math"
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

// checkLengths looks whether length tells the key: Pearson's r over all options of the
// form, and how often the best option is the longest.
func checkLengths(t *testing.T, f questions.Form) {
	t.Helper()
	for name, length := range map[string]func(questions.Text) int{
		"Chinese": func(text questions.Text) int { return len([]rune(text.Chinese)) },
		"English": func(text questions.Text) int { return len(strings.Fields(text.English)) },
	} {
		var x, y []float64
		alone, tied := 0, 0
		for _, i := range f.Items {
			best, other, longest := 0, 0, 0
			for _, o := range i.Options {
				n := length(o.Text)
				x, y = append(x, float64(n)), append(y, float64(o.Effectiveness))
				longest = max(longest, n)
				if o.Effectiveness == 4 {
					best = max(best, n)
				} else {
					other = max(other, n)
				}
			}
			if best > other {
				alone++
			}
			if best == longest {
				tied++
			}
		}
		if r := pearson(x, y); math.Abs(r) > .25 {
			t.Errorf("length and key correlate by %.3f in %s", r, name)
		}
		if n := float64(len(f.Items)); float64(alone) < .1*n || float64(tied) > .35*n {
			t.Errorf("the best option is the longest in %d items, or as long as any in %d, in %s", alone, tied, name)
		}
	}
}

func pearson(x, y []float64) float64 {
	var mx, my, xy, xx, yy float64
	for n := range x {
		mx, my = mx+x[n]/float64(len(x)), my+y[n]/float64(len(y))
	}
	for n := range x {
		xy, xx, yy = xy+(x[n]-mx)*(y[n]-my), xx+(x[n]-mx)*(x[n]-mx), yy+(y[n]-my)*(y[n]-my)
	}
	return xy / math.Sqrt(xx*yy)
}

// checkCertificate holds a form's certificate against the form.
func checkCertificate(t *testing.T, f questions.Form) {
	t.Helper()
	c := f.Certificate
	if c == nil || c.On != day || c.Claim != "content-balanced, unpiloted" || len(c.Lines) < 60 {
		t.Fatalf("the certificate is %+v", c)
	}
	seconds, characters := 0, 0
	for _, i := range f.Items {
		seconds += i.Seconds
		characters += len([]rune(i.Stem.Chinese))
		for _, o := range i.Options {
			characters += len([]rune(o.Text.Chinese))
		}
	}
	if c.Seconds != seconds || seconds > f.Limit || c.Load[questions.Chinese] != characters {
		t.Errorf("%d seconds and %d characters, certified are %d and %d", seconds, characters, c.Seconds, c.Load[questions.Chinese])
	}
	for _, l := range c.Lines {
		if !l.Met || l.Reached == nil {
			t.Errorf("certified as not met: %s", l)
		}
	}
}

// checkBalance looks at what parallel forms share and differ in.
func checkBalance(t *testing.T, a, b questions.Form) {
	t.Helper()
	var seconds, characters, words [2]float64
	chance := map[questions.Quality]*[2]float64{}
	for n, f := range []questions.Form{a, b} {
		for _, i := range f.Items {
			if n == 1 && slices.ContainsFunc(a.Items, func(o questions.Item) bool { return o.ID == i.ID }) {
				t.Errorf("%s is in both forms", i.ID)
			}
			seconds[n] += float64(i.Seconds)
			for _, text := range append([]questions.Text{i.Stem}, texts(i)...) {
				characters[n] += float64(len([]rune(text.Chinese)))
				words[n] += float64(len(strings.Fields(text.English)))
			}
			if chance[i.Quality] == nil {
				chance[i.Quality] = &[2]float64{}
			}
			mean, _ := i.Chance().Mean.Rat().Float64()
			chance[i.Quality][n] += mean / float64(len(f.Items)/4)
		}
	}
	for what, pair := range map[string][2]float64{"seconds": seconds, "characters": characters, "words": words} {
		if max(pair[0], pair[1]) > 1.05*min(pair[0], pair[1]) {
			t.Errorf("%v %s", pair, what)
		}
	}
	for q, pair := range chance {
		if math.Abs(pair[0]-pair[1]) > .01+1e-12 {
			t.Errorf("chance levels %v of %s", *pair, q)
		}
	}
}

func texts(i questions.Item) []questions.Text {
	var list []questions.Text
	for _, o := range i.Options {
		list = append(list, o.Text)
	}
	return list
}

func TestAssembleMeetsEveryQuota(t *testing.T) {
	const seeds = 1_000
	b := builtin(t)
	bp := b.Blueprints["S"]
	seen, used := map[string]bool{}, map[string]int{}
	for seed := range uint64(seeds) {
		f, err := b.Assemble(bp, "CN", seed, day)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkQuotas(t, f, bp)
		checkLengths(t, f)
		checkCertificate(t, f)
		if len(f.Items) != 24 || len(f.Practice) != 4 || f.Limit != 45*60 {
			t.Errorf("seed %d: %d items, %d for practice, %d seconds", seed, len(f.Items), len(f.Practice), f.Limit)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		var ids []string
		for _, i := range f.Items {
			ids = append(ids, i.ID)
			used[i.ID]++
		}
		seen[strings.Join(ids, " ")] = true
	}
	if len(seen) < seeds {
		t.Errorf("%d seeds give %d different forms", seeds, len(seen))
	}
	for _, i := range b.Items {
		if n := used[i.ID]; n == 0 || n > seeds/2 {
			t.Errorf("%s is in %d of %d forms", i.ID, n, seeds)
		}
	}
}

func TestParallelFormsAreBalanced(t *testing.T) {
	b := builtin(t)
	bp := b.Blueprints["L"]
	for seed := range uint64(200) {
		made, err := b.AssembleAll(questions.Request{Blueprint: bp, Jurisdiction: "CN", On: day, Seed: seed, Forms: 2})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, f := range made.Forms {
			checkQuotas(t, f, bp)
			checkLengths(t, f)
			checkCertificate(t, f)
		}
		checkBalance(t, made.Forms[0], made.Forms[1])
		for _, l := range made.Between {
			if !l.Met {
				t.Errorf("certified as not met: %s", l)
			}
		}
		if len(made.Between) != 8 {
			t.Errorf("%d lines between the forms", len(made.Between))
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Facilities are looked at once every item has one.
func TestParallelFormsAreBalancedOnFacility(t *testing.T) {
	b := builtin(t)
	r := questions.Request{Blueprint: b.Blueprints["S"], Jurisdiction: "CN", On: day, Forms: 3, Facility: map[string]int{}}
	for n, i := range b.Items {
		r.Facility[i.ID] = 300 + n*37%600
	}
	for r.Seed = range 20 {
		made, err := b.AssembleAll(r)
		if err != nil {
			t.Fatalf("seed %d: %v", r.Seed, err)
		}
		var means []int
		for _, f := range made.Forms {
			sum := 0
			for _, i := range f.Items {
				sum += r.Facility[i.ID]
			}
			means = append(means, sum/24)
		}
		if slices.Max(means)-slices.Min(means) > 20 {
			t.Errorf("seed %d: facilities %v", r.Seed, means)
		}
		if last := made.Between[len(made.Between)-1]; last.Quota != questions.QuotaFacilityDiffers || !last.Met {
			t.Errorf("seed %d: %s", r.Seed, last)
		}
	}
	delete(r.Facility, b.Items[0].ID)
	made, err := b.AssembleAll(r)
	if err != nil || made.Between[len(made.Between)-1].Quota == questions.QuotaFacilityDiffers {
		t.Errorf("forms are balanced on what is not known of every item: %v, %v", made.Between, err)
	}
}

// An item rests when half of the forms that are out hold it.
func TestItemsAreSpared(t *testing.T) {
	b := builtin(t)
	for seed := range uint64(30) {
		r := questions.Request{Blueprint: b.Blueprints["L"], Jurisdiction: "CN", On: day, Seed: seed}
		used := map[string]int{}
		for n := range 5 {
			made, err := b.AssembleAll(r)
			if err != nil {
				t.Fatalf("seed %d, form %d: %v", seed, n+1, err)
			}
			var ids []string
			for _, i := range made.Forms[0].Items {
				ids = append(ids, i.ID)
				used[i.ID]++
				if most := (n + 2) / 2; used[i.ID] > most {
					t.Fatalf("seed %d: %s is in %d of %d forms", seed, i.ID, used[i.ID], n+1)
				}
			}
			r.Earlier, r.Seed = append(r.Earlier, ids), r.Seed+1000
		}
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

// An item whose rule has ended enters no form, in whatever other rules it may rest on.
func TestAssembleLeavesOutEndedLaw(t *testing.T) {
	b := builtin(t)
	b.Facts = maps.Clone(b.Facts)
	const ended = "CN27"
	fact := b.Facts[ended]
	fact.EffectiveTo = "2026-11-22"
	b.Facts[ended] = fact
	for seed := range uint64(40) {
		f, err := b.Assemble(b.Blueprints["S"], "CN", seed, day)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Items {
			if i.Cites(ended) {
				t.Errorf("seed %d: %s rests on a rule that ended the day before", seed, i.ID)
			}
		}
	}
	cites := 0
	for _, i := range b.Items {
		if i.Cites(ended) {
			cites++
		}
	}
	if cites < 4 {
		t.Errorf("only %d items cite %s: the test says little", cites, ended)
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
