package questions_test

import (
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// markText marks a response written in notation; "" is a missing one.
func markText(t *testing.T, word, key, given string, choose int) (text string, err error) {
	t.Helper()
	name, ok := questions.RuleNamed(word)
	if !ok {
		t.Fatalf("no rule is called %s", word)
	}
	i, err := questions.ParseKey(name, key, choose)
	if err != nil {
		return "", err
	}
	r, err := i.ParseResponse(given)
	if err != nil {
		return "", err
	}
	m, ok := i.Credit(r)
	if !ok {
		return "", nil
	}
	return m.String(), nil
}

func TestNotation(t *testing.T) {
	for _, c := range []struct{ rule, key, given, want string }{
		{"best_worst", "A=4,B=3,C=2,D=1", "best=A,worst=D", "6/6"},
		{"best_worst", "A=4,B=3,C=2,D=1", "worst=A, best=B", "2/6"},
		{"best_worst", "A=4,B=3,C=2,D=1", "best=A", ""},
		{"rate", "A=2,B=4,C=1,D=3,E=2", "A=2,B=4,C=1,D=3,E=2", "18/18"},
		{"concordance", "A=2,B=4,C=1,D=3,E=2", "A=2,B=2,C=2,D=2,E=2", "9/18"},
		{"concordance/1", "A=4,B=1", "A=4", ""},
		{"rank", "ABCD", "ABDC", "5/6"},
		{"rank", "A=4,B=2,C=2,D=1", "ACBD", "5/5"},
		{"pairs", "CABD", "A=2,B=3,C=1,D=4", "6/6"},
		{"rank", "ABCD", "A=1,B=1,C=3,D=4", ""},
		{"choose_k", "A=2,B=1,C=4,D=1,E=4", "CE", "6/6"},
		{"choose_k", "A=2,B=1,C=4,D=1,E=4", "A,C", "4/6"},
		{"sum_k", "A=2,B=1,C=4,D=1,E=4", "ACE", ""},
		{"ukfpo_rank5", "ABCDE", "ABCDE", "20/20"},
		{"ukfpo_rank5", "ABCDE", "EDCBA", "8/20"},
		{"ukfpo_rank5", "ABCDE", "BACDE", "18/20"},
		{"ukfpo_rank5", "A=1,B=2,C=3,D=4,E=5", "abcde", "20/20"},
		{"ukfpo_rank5", "ABCDE", "A=1,B=1,C=3", "4/20"},
		{"ukfpo_rank5", "ABCDE", "AB-DE", "16/20"},
		{"ukfpo_rank5", "ABCDE", "", "0/20"},
		{"gpst_rank", "CABED", "ACBED", "10/12"},
		{"ukfpo_choose3", "ABC", "ABD", "8/12"},
		{"ukfpo_choose3", "ABC", "ABCD", "0/12"},
		{"ukfpo_choose3", "A=4,B=4,C=3,D=1,E=1,F=1,G=2,H=1", "CBA", "12/12"},
		{"preview_rate4", "A=4,B=1", "A=3,B=1", "3/4"},
		{"distance", "A=4,B=1", "A=2,B=2", "3/6"},
	} {
		got, err := markText(t, c.rule, c.key, c.given, 0)
		if err != nil || got != c.want {
			t.Errorf("%s, key %s, given %q: %q, %v; want %q", c.rule, c.key, c.given, got, err, c.want)
		}
	}
	if got, err := markText(t, "choose_k", "A=4,B=4,C=4,D=1,E=1", "AB", 2); err != nil || got != "6/6" {
		t.Errorf("two to be chosen of three effective: %q, %v", got, err)
	}
}

func TestNotationSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ rule, key, given, want string }{
		{"rate", "ABCD", "A=1", "such as A=4,B=1,C=3"},
		{"rate", "A=5", "A=1", "A=5 is not within 1 to 4"},
		{"rate", "A=4,A=3", "A=1", "A is given twice"},
		{"rank", "", "ABC", "it names no option"},
		{"rank", "ABC", "AXC", "there is no such option"},
		{"rate", "A=four", "A=1", "A=four is no whole number"},
		{"rate", "A=4,,B=1", "A=1", `"" is not an option with its number`},
		{"rate", "A=4,B=1", "A=5,B=1", "out_of_range"},
		{"rate", "A=4,B=1", "C=1", "unknown_option"},
		{"ukfpo_rank5", "ABCD", "ABCD", "five options in a strict order"},
		{"ukfpo_rank5", "A=1,B=1,C=3,D=4,E=5", "ABCDE", "five options in a strict order"},
		{"ukfpo_rank5", "ABCDE", "ABCDEF", "unknown_option"},
		{"ukfpo_rank5", "ABCDE", "AABCD", "A is given twice"},
		{"ukfpo_rank5", "ABCDE", "ABC!", `"!" is no option`},
		{"ukfpo_choose3", "AB", "AB", "three are keyed 3 or 4"},
		{"ukfpo_choose3", "ABZ", "AB", "no option Z"},
		{"choose_k", "A=1,B=1,C=2", "A", "say how many are to be chosen"},
		{"best_worst", "A=4,B=1", "good=A", "neither best=… nor worst=…"},
		{"best_worst", "A=4,B=1", "best=A,best=B", "best is given twice"},
		{"best_worst", "A=4,B=1", "best=A,worst=A", "same_option"},
	} {
		if _, err := markText(t, c.rule, c.key, c.given, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, key %s, given %q: %v; want %q", c.rule, c.key, c.given, err, c.want)
		}
	}
	if name, ok := questions.RuleNamed("ukfpo"); ok {
		t.Errorf("ukfpo is taken for %s", name)
	}
}

// Whatever the texts, there is an error, no mark, or a mark within 0 and 1.
func FuzzNotation(f *testing.F) {
	f.Add(0, "ABCDE", "A=1,B=1,C=3")
	f.Add(3, "A=4,B=1,C=3", "best=A,worst=C")
	f.Add(5, "A=4,B=1,C=3", "A=4,B=1,C=3")
	f.Add(9, "ABC", "AB-D")
	f.Fuzz(func(t *testing.T, rule int, key, given string) {
		names := questions.RuleNames()
		i, err := questions.ParseKey(names[uint(rule)%uint(len(names))], key, rule%4)
		if err != nil {
			return
		}
		r, err := i.ParseResponse(given)
		if err != nil {
			return
		}
		if m, ok := i.Credit(r); ok && (m.Num < 0 || m.Num > m.Den || m.Den < 1) {
			t.Errorf("%s, key %q, given %q: %v", i.Rule, key, given, m)
		}
	})
}
