package questions_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

func TestBuiltinBankIsWithoutLint(t *testing.T) {
	if faults := builtin(t).Lint(); len(faults) > 0 {
		t.Errorf("the bank that comes with the program:\n%s", listed(faults))
	}
}

// loaded is read once: tests clone what they change.
var loaded = sync.OnceValues(questions.Builtin)

// builtin is the bank that comes with the program.
func builtin(t testing.TB) questions.Bank {
	t.Helper()
	b, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A folder for each way a bank can be broken, and beside it the one fault that must be
// listed; what else a bank needs comes from the built-in one.
func TestBrokenBanks(t *testing.T) {
	const root = "testdata/broken"
	folders, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			fsys := os.DirFS(filepath.Join(root, folder.Name()))
			text, err := fs.ReadFile(fsys, "want")
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSpace(string(text))
			if lines := strings.Count(want, "\n") + 1; lines > 1 || (want == "") != (folder.Name() == "sound") {
				t.Fatalf("the folder does not want one fault but %q", want)
			}
			b, err := questions.LoadBeside(fsys)
			var faults questions.Faults
			switch {
			case errors.As(err, &faults):
			case err != nil:
				t.Fatal(err)
			default:
				faults = b.Check(day).Faults
			}
			if got := listed(faults); got != want {
				t.Errorf("faults:\n%s\nwant:\n%s", got, want)
			}
		})
	}
	if len(folders) < 60 {
		t.Errorf("only %d broken banks", len(folders))
	}
}

func TestBuiltinBankPassesEveryCheck(t *testing.T) {
	check := builtin(t).Check(day)
	if len(check.Faults) > 0 {
		t.Errorf("the bank that comes with the program:\n%s", listed(check.Faults))
	}
	if len(check.Figures) < 20 {
		t.Errorf("only %d rules of the whole bank apply", len(check.Figures))
	}
}

// What only the bank as a whole can show: each change breaks one rule.
func TestCheckOfTheWholeBank(t *testing.T) {
	type item = questions.Item
	turn := 0
	sound := each(pool(1), func(i *item) { // The best option stands anywhere.
		i.Options = slices.Concat(i.Options[turn%4:], i.Options[:turn%4])
		turn++
	})
	number := func(i *item) int { return slices.IndexFunc(sound.Items, func(o item) bool { return o.ID == i.ID }) }
	say := func(i *item, english func(e int) int) {
		i.Options = slices.Clone(i.Options)
		for n, o := range i.Options {
			i.Options[n].Text.English = strings.Repeat("word ", english(o.Effectiveness))
		}
	}
	for story, c := range map[string]struct {
		bank questions.Bank
		want []string
	}{
		"sound": {sound, nil},
		"few items, of which nothing is asked": {
			without(each(sound, func(i *item) { i.Debtor.Gender = "male" }), func(i item) bool { return i.Quality != questions.Legal || i.Facet == "law.debt" }), nil,
		},
		"men only": {each(sound, func(i *item) { i.Debtor.Gender = "male" }), []string{"gender: 40 to 60 %, reached 0 %"}},
		"one surname too often": {
			each(sound, func(i *item) {
				if number(i) < 3 {
					i.Debtor.Surname = "Wang"
				}
			}), []string{"Wang is the surname of more than 2 debtors"},
		},
		"few rate items": {
			without(sound, func(i item) bool { return i.Kind == questions.Rate && i.Quality != questions.Legal }),
			[]string{"kind rate: at least 25 %, reached 8 %"},
		},
		"the best option first": {
			each(sound, func(i *item) {
				i.Options = slices.Clone(i.Options)
				slices.SortFunc(i.Options, func(a, b questions.Option) int { return b.Effectiveness - a.Effectiveness })
			}),
			[]string{"position 4: at most 11.345, reached 192.000"},
		},
		"the best option hardly ever the longest": {
			each(sound, func(i *item) { say(i, func(e int) int { return []int{12, 14, 12, 13}[e-1] }) }),
			[]string{"longest en: at least 10 %, reached 0 %"},
		},
		"the best option mostly as long as any": {
			each(sound, func(i *item) {
				if number(i)%2 == 0 {
					say(i, func(e int) int { return []int{14, 10, 10, 14}[e-1] })
				}
			}),
			[]string{"longest_tied en: at most 35 %, reached 75 %"},
		},
		"length that follows the key": {
			each(sound, func(i *item) {
				if number(i)%2 == 0 {
					say(i, func(e int) int { return []int{4, 10, 14, 13}[e-1] })
				}
			}),
			[]string{
				"length_key en: −0.250 to 0.250, reached 0.628",
				"length_key_within en: −0.250 to 0.250, reached 0.643",
			},
		},
		"a duty too rare": {
			each(sound, func(i *item) {
				if i.Duties[0] == "D4" && i.Facet != "end.calm" {
					i.Duties = []string{"D1"}
				}
			}),
			[]string{"duty D4: at least 4, reached 1"},
		},
		"a fact nobody has looked at for long": {
			questions.Bank{Facts: map[string]questions.Fact{"CN01": {ID: "CN01", ReviewBy: "2026-11-22"}}},
			[]string{"is before 2026-11-23: the fact has to be checked again"},
		},
		"a bank of which no form can be made": {
			func() questions.Bank {
				b := each(sound, func(i *item) { i.Jurisdiction, i.Sensitive = "CN", true })
				b.Blueprints = map[string]questions.Blueprint{"S": builtin(t).Blueprints["S"]}
				return b
			}(),
			[]string{"S for CN, parallel forms 1: the bank cannot furnish the form: no form meets together items: exactly 24, reached 2; sensitive: at most 2, reached 24"},
		},
	} {
		t.Run(story, func(t *testing.T) {
			var got []string
			for _, f := range c.bank.Check(day).Faults {
				if strings.HasPrefix(f.Word, "bank_") || f.Word == "review" {
					got = append(got, f.Message)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("faults:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// Each kind asks something of the key; what the other kinds may do is no fault here.
func TestLintOfKeys(t *testing.T) {
	for story, c := range map[string]struct {
		kind string
		key  [4]string
		want []string
	}{
		"rank as it should be": {"rank", [4]string{"3", "1", "4", "2"}, nil},
		"rank with a tie": {"rank", [4]string{"4", "1", "4", "2"}, []string{
			"bank/small.yaml:19: end.calm.901/options: rank needs four options keyed 4, 3, 2 and 1"}},
		"rate with ties": {"rate", [4]string{"1", "1", "4", "2"}, nil},
		"rate without a middle": {"rate", [4]string{"1", "1", "4", "4"}, []string{
			"bank/small.yaml:19: end.calm.901/options: has no option keyed 2 or 3"}},
		"choose_k of four options with three good ones": {"choose_k\n  k: 2", [4]string{"3", "1", "4", "3"}, []string{
			"bank/small.yaml:10: end.calm.901/k: choose_k asks for 2 of 5 options",
			"bank/small.yaml:20: end.calm.901/options: choose_k needs exactly two options keyed 3 or 4"}},
	} {
		t.Run(story, func(t *testing.T) {
			files := smallBank(t)
			text := strings.Replace(string(files["bank/small.yaml"].Data), "kind: best_worst", "kind: "+c.kind, 1)
			for n, e := range []string{"3", "1", "4", "2"} {
				text = strings.Replace(text, "eff: "+e, "eff: was "+c.key[n], 1)
			}
			files["bank/small.yaml"].Data = []byte(strings.ReplaceAll(text, "eff: was ", "eff: "))
			b, err := questions.Load(files)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := listed(b.Lint()), strings.Join(c.want, "\n"); got != want {
				t.Errorf("lint:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}
