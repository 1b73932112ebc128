package simulate_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"sync"
	"testing"

	"github.com/fourfold/fourfold/assess/simulate"
	"github.com/fourfold/fourfold/questions"
)

var bank = sync.OnceValues(questions.Builtin)

func form(t testing.TB) *questions.Form {
	t.Helper()
	b, err := bank()
	if err != nil {
		t.Fatal(err)
	}
	f, err := b.Assemble(b.Blueprints["S"], "CN", 4, "2026-11-01")
	if err != nil {
		t.Fatal(err)
	}
	return &f
}

// seeds is how often an experiment is repeated: a quick 60, or as many as asked for.
func seeds(t testing.TB) int {
	t.Helper()
	text := os.Getenv("FOURFOLD_TEST_SEEDS")
	if text == "" {
		return 60
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// within is three standard errors of a rate over so many trials.
func within(rate float64, trials int) float64 {
	return 3 * math.Sqrt(rate*(1-rate)/float64(trials))
}

// Two groups alike, 250 people each: fair items are accused at the nominal rate, and hardly
// ever put into class B or C. 200 seeds make 1,200 verdicts at .05, the rate within
// .05 ± .019.
func TestUnplantedItemsAreAccusedAtTheNominalRate(t *testing.T) {
	n := seeds(t)
	for _, q := range questions.Qualities {
		table, err := simulate.DIF(form(t), simulate.Usual, q, []int{250}, simulate.Trial{Seeds: n, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		r := table[0]
		if r.UnplantedItems != 6 || r.PlantedItems != 0 || r.Found != 0 {
			t.Errorf("%s: %+v", q, r)
		}
		if off := within(.05, 6*n); r.Accused < .05-off || r.Accused > .05+off {
			t.Errorf("%s: fair items are accused at a rate of %.3f, want .05 ± %.3f", q, r.Accused, off)
		}
		if r.AccusedClass > r.Accused || r.AccusedClass > .08 {
			t.Errorf("%s: fair items are classed at a rate of %.3f", q, r.AccusedClass)
		}
	}
}

// An item that takes .3 of the ability away from the focal group is found in nine of ten
// samples of 250 in each group, wherever it stands, and in hardly any of 50.
func TestPlantedItemsAreFound(t *testing.T) {
	f, n := form(t), seeds(t)
	for position, i := range f.Items {
		if i.Quality != questions.Communication {
			continue
		}
		p := simulate.Usual
		p.DIF = map[int]float64{position: .3}
		table, err := simulate.DIF(f, p, i.Quality, []int{250}, simulate.Trial{Seeds: n / 2, Seed: 2})
		if err != nil {
			t.Fatal(err)
		}
		r := table[0]
		if r.PlantedItems != 1 || r.UnplantedItems != 5 || r.Found < .9 || r.FoundClass < .85 {
			t.Errorf("%s: %+v", i.ID, r)
		}
		if !r.Effect.Known() || r.Effect.Value > -.2 || !r.ClosedForm.Known() || r.ClosedForm.Value < r.Found-.1 {
			t.Errorf("%s: effect %+v, closed form %+v", i.ID, r.Effect, r.ClosedForm)
		}
	}
}

// The test of two shares has the power its closed form says; without a difference it
// errs at its level. In small groups the rule of four fifths errs far more often.
func TestImpactAgreesWithItsClosedForm(t *testing.T) {
	n := 2 * seeds(t)
	for _, impact := range []float64{0, .15} {
		p := simulate.Usual
		p.Impact = impact
		table, err := simulate.Impact(form(t), p, questions.Legal, 50, []int{50, 150}, simulate.Trial{Seeds: n, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range table {
			if impact == 0 {
				if r.Significant > .025+within(.025, n) || math.Abs(r.Reference-r.Focal) > .02 ||
					math.Abs(r.FourFifths-r.FourFifthsClosedForm) > within(.05, n) || r.PerGroup == 50 && r.FourFifths < 2*r.Significant {
					t.Errorf("no impact: %+v", r)
				}
				continue
			}
			if off := within(.5, n) + .03; math.Abs(r.Significant-r.ClosedForm) > off || math.Abs(r.FourFifths-r.FourFifthsClosedForm) > off {
				t.Errorf("impact: %+v, off by more than %.3f", r, off)
			}
		}
		if impact > 0 && table[1].Significant <= table[0].Significant {
			t.Error("more people notice less")
		}
	}
}

// A norm's error falls with the root of its size, as the binomial says; scores are few, so
// it stays a little under the closed form.
func TestNormsAgreeWithTheirClosedForm(t *testing.T) {
	table, err := simulate.Norm(form(t), simulate.Usual, questions.Endurance, []int{100, 400}, simulate.Trial{Seeds: seeds(t), Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table {
		if r.Error < .8*r.ClosedForm || r.Error > 1.1*r.ClosedForm || r.Worst < r.Error || r.OtherSten <= 0 || r.OtherSten > .4 {
			t.Errorf("%+v", r)
		}
	}
	if gain := table[0].Error / table[1].Error; gain < 1.7 || gain > 2.3 {
		t.Errorf("four times the people are %.2f times as good, want about 2", gain)
	}
}

// What the rules reward: sitting on the fence earns nothing under concordance and a good
// deal under plain distance; guessing earns nothing under any rule; avoiding the ends
// after coaching gains under distance and loses under concordance.
func TestWhatRulesReward(t *testing.T) {
	rewards, err := simulate.Rewards(form(t), simulate.Usual, 1500, 5, t.Context().Err)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]float64{}
	for _, r := range rewards {
		of[r.Rule+" "+string(r.Style)] = r.Closeness
		if r.Style == simulate.Random && math.Abs(r.Closeness) > 4 {
			t.Errorf("guessing earns %.1f under %s", r.Closeness, r.Rule)
		}
		if r.Style == simulate.Candid && r.Closeness < 20 {
			t.Errorf("candid answers earn %.1f under %s", r.Closeness, r.Rule)
		}
	}
	if got := of["concordance/1 fence_sitter"]; math.Abs(got) > 1e-9 {
		t.Errorf("the fence earns %.3f under concordance, want 0", got)
	}
	if of["distance/1 fence_sitter"] < 15 {
		t.Errorf("the fence earns %.1f under distance", of["distance/1 fence_sitter"])
	}
	if of["distance/1 coached"] < of["distance/1 candid"] || of["concordance/1 coached"] > of["concordance/1 candid"] {
		t.Errorf("coaching: %v", of)
	}
	if of["distance/1 extreme"] > of["distance/1 coached"] {
		t.Error("plain distance rewards the ends of the scale")
	}
}

// Every style answers every item completely, the same for a seed, and whoever sees the
// key itself answers by it.
func TestPeopleAnswer(t *testing.T) {
	f := form(t)
	for _, style := range simulate.Styles {
		p := simulate.Usual
		p.Styles = map[simulate.Style]float64{style: 1}
		one, again := rand.New(rand.NewPCG(6, 6)), rand.New(rand.NewPCG(6, 6))
		person, twin := p.Person(true, one), p.Person(true, again)
		if person.Style != style || !person.Focal || !reflect.DeepEqual(person, twin) {
			t.Fatalf("%+v and %+v", person, twin)
		}
		for n, i := range f.Items {
			r := person.Respond(i, n, len(f.Items), .1, one)
			if !i.Complete(r) || !reflect.DeepEqual(r, twin.Respond(i, n, len(f.Items), .1, again)) {
				t.Errorf("%s answers %s with %+v", style, i.ID, r)
			}
		}
	}
	sees := simulate.Person{Style: simulate.Candid, Ability: map[questions.Quality]float64{}, Noise: map[questions.Quality]float64{}}
	for _, q := range questions.Qualities {
		sees.Ability[q] = 1
	}
	for n, i := range f.Items {
		if m, ok := i.Mark(sees.Respond(i, n, len(f.Items), 0, rand.New(rand.NewPCG(1, 1)))); !ok || m.Num != m.Den {
			t.Errorf("%s: who sees the key earns %v", i.ID, m)
		}
	}
}

// Who asks for more than there is time for can stop it.
func TestAnExperimentCanBeEnded(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	f, often := form(t), simulate.Trial{Seeds: 10_000, Seed: 7, Ended: ended.Err}
	_, dif := simulate.DIF(f, simulate.Usual, questions.Legal, []int{100_000}, often)
	_, impact := simulate.Impact(f, simulate.Usual, questions.Legal, 50, []int{100_000}, often)
	_, norm := simulate.Norm(f, simulate.Usual, questions.Legal, []int{100_000}, often)
	_, rewards := simulate.Rewards(f, simulate.Usual, 1_000_000, 7, ended.Err)
	for experiment, err := range map[string]error{"dif": dif, "impact": impact, "norm": norm, "rewards": rewards} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", experiment, err)
		}
	}
}

func TestAPopulationThatCannotBe(t *testing.T) {
	f := form(t)
	for story, change := range map[string]func(*simulate.Population){
		"noise below nothing":      func(p *simulate.Population) { p.Noise = -1 },
		"noise that is no number":  func(p *simulate.Population) { p.Noise = math.NaN() },
		"ability without end":      func(p *simulate.Population) { p.Ability = math.Inf(1) },
		"impact that is no number": func(p *simulate.Population) { p.Impact = math.NaN() },
		"harder by no number":      func(p *simulate.Population) { p.DIF = map[int]float64{0: math.NaN()} },
		"a share that is no number": func(p *simulate.Population) {
			p.Styles = map[simulate.Style]float64{simulate.Random: math.NaN()}
		},
		"more than everybody": func(p *simulate.Population) {
			p.Styles = map[simulate.Style]float64{simulate.Rusher: .7, simulate.Random: .4}
		},
		"no such style":    func(p *simulate.Population) { p.Styles = map[simulate.Style]float64{"sleeper": .1} },
		"a negative share": func(p *simulate.Population) { p.Styles = map[simulate.Style]float64{simulate.Random: -.1} },
		"no such group":    func(p *simulate.Population) { p.Focal = 1.5 },
		"no such item":     func(p *simulate.Population) { p.DIF = map[int]float64{99: 1} },
	} {
		p := simulate.Usual
		if err := p.Check(f); err != nil {
			t.Fatal(err)
		}
		if change(&p); p.Check(f) == nil {
			t.Errorf("%s is taken", story)
		}
	}
}
