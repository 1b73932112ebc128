package qti_test

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/questions/qti"
)

// exported is the package of a bank.
func exported(t testing.TB, b questions.Bank) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := qti.Export(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func imported(pack []byte) (qti.Package, error) {
	return qti.Import(bytes.NewReader(pack), int64(len(pack)))
}

func TestBuiltinBankComesBackAsItWas(t *testing.T) {
	b := builtin(t)
	pack := exported(t, b)
	in, err := imported(pack)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(in.Items, b.Items) || !reflect.DeepEqual(in.Practice, b.Practice) {
		t.Error("import(export(bank)) differs from the bank")
	}
	if !bytes.Equal(pack, exported(t, b)) {
		t.Error("the same bank makes two packages")
	}
}

// What a bank file may hold comes back from a package, and from a bank file.
func TestItemsComeBackAsTheyWere(t *testing.T) {
	scale := builtin(t).Scale
	rapid.Check(t, func(t *rapid.T) {
		b := questions.Bank{Scale: scale}
		for n := range rapid.IntRange(1, 3).Draw(t, "items") {
			b.Items = append(b.Items, someItem(t, n, false))
		}
		if rapid.Bool().Draw(t, "practice") {
			b.Practice = append(b.Practice, someItem(t, 9, true))
		}
		var out bytes.Buffer
		if _, err := qti.Export(&out, b); err != nil {
			t.Fatal(err)
		}
		in, err := imported(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(in.Items, b.Items) || !reflect.DeepEqual(in.Practice, b.Practice) {
			t.Fatalf("came back as %#v\nfrom %#v", in, b)
		}
	})
}

// Rules that look at pairs are the only ones a package cannot hold.
func TestLossesNameThePairwiseItems(t *testing.T) {
	b := builtin(t)
	var out bytes.Buffer
	losses, err := qti.Export(&out, b)
	if err != nil {
		t.Fatal(err)
	}
	var named, pairwise []string
	always := 0
	for _, l := range losses {
		if l.Item == "" {
			always++
			continue
		}
		named = append(named, l.Item)
		if !strings.Contains(l.String(), "is no sum over options") || !strings.Contains(l.Text.Chinese, "不是各选项得分之和") {
			t.Errorf("loss reads %q", l)
		}
	}
	for _, i := range slices.Concat(b.Practice, b.Items) {
		if i.Kind == questions.Rate || i.Kind == questions.Rank {
			pairwise = append(pairwise, i.ID)
		}
	}
	if !slices.Equal(named, pairwise) || always == 0 {
		t.Errorf("%d losses of all items; named %v, want %v", always, named, pairwise)
	}
	text := string(entries(t, out.Bytes())["losses.txt"])
	for _, l := range losses {
		if !strings.Contains(text, l.Text.Chinese) || !strings.Contains(text, l.Text.English) {
			t.Errorf("losses.txt lacks %q", l)
		}
	}
}

func TestExportRefusesWhatAPackageCannotCarry(t *testing.T) {
	b := builtin(t)
	for story, c := range map[string]struct {
		change func(*questions.Item)
		want   string
	}{
		"option of two letters": {func(i *questions.Item) { i.Options[1].ID = "B2" }, `option "B2" is not named by one letter A–Z`},
		"bell in a text":        {func(i *questions.Item) { i.Stem.English += "\a" }, "has the character U+0007 in a text, which XML cannot hold"},
		"too many answers": {func(i *questions.Item) {
			i.Kind, i.Rule = questions.Rate, "concordance/1"
			for n := range 3 {
				i.Options = append(i.Options, questions.Option{ID: string(rune('V' + n)), Effectiveness: 1})
			}
		}, "has 65536 possible answers, more than 4096"},
		"key that tells nothing apart": {func(i *questions.Item) {
			for n := range i.Options {
				i.Options[n].Effectiveness = 2
			}
		}, "the key tells no options apart"},
	} {
		t.Run(story, func(t *testing.T) {
			i := b.Items[0]
			i.Options = slices.Clone(i.Options)
			c.change(&i)
			_, err := qti.Export(&bytes.Buffer{}, questions.Bank{Items: []questions.Item{i}, Scale: b.Scale})
			if err == nil || err.Error() != i.ID+": "+c.want {
				t.Errorf("Export = %v, want %s: %s", err, i.ID, c.want)
			}
		})
	}
	if _, err := qti.Export(&bytes.Buffer{}, questions.Bank{}); err == nil {
		t.Error("an empty bank was exported")
	}
	broken := errors.New("disk full")
	if _, err := qti.Export(failing{broken}, b); !errors.Is(err, broken) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
