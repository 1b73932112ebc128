package questions_test

import (
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

func TestBuiltinBankIsWithoutLint(t *testing.T) {
	if faults := builtin(t).Lint(); len(faults) > 0 {
		t.Errorf("the bank that comes with the program:\n%s", listed(faults))
	}
}

// builtin is the bank that comes with the program.
func builtin(t testing.TB) questions.Bank {
	t.Helper()
	b, err := questions.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLint(t *testing.T) {
	const item = "bank/small.yaml"
	for story, d := range map[string]damage{
		"facet of another quality": {item, "quality: endurance", "quality: legal", []string{
			"bank/small.yaml:6: end.calm.901/facet: end.calm is no facet of legal"}},
		"unknown duty": {item, "[D1]", "[D1, D6]", []string{
			`bank/small.yaml:7: end.calm.901/duties: "D6" is not one of D1, D2, D3, D4, D5`}},
		"no mindset": {item, "[M7]", "[]", []string{
			"bank/small.yaml:8: end.calm.901/mindsets: names none of M1, M2, M3, M4, M5, M6, M7, M8"}},
		"unknown problem": {item, "problem: abuse", "problem: swearing", []string{
			`bank/small.yaml:14: end.calm.901/problem: "swearing" is not one of ` + strings.Join(questions.Problems, ", ")}},
		"debtor nobody mentions": {item, "surname: Tan", "surname: Wu", []string{
			"bank/small.yaml:13: end.calm.901/debtor/surname: Wu is not in the English stem"}},
		"fact that is not there": {item, "  legal: [CN90]\n  sme", "  legal: [CN91]\n  sme", []string{
			"bank/small.yaml:45: end.calm.901/legal: fact CN91 is not in the bank"}},
		"fact of low confidence": {"law/small.yaml", "confidence: H", "confidence: L", []string{
			"bank/small.yaml:32: end.calm.901/options/B/legal: fact CN90 is of low confidence",
			"bank/small.yaml:45: end.calm.901/legal: fact CN90 is of low confidence"}},
		"red line without a fact": {item, "      legal: [CN90]\n", "", []string{
			"bank/small.yaml:31: end.calm.901/options/B/redline: a red line cites the fact it breaches"}},
		"red line that is not keyed 1": {item, "      eff: 2", "      redline: true\n      legal: [CN90]\n      eff: 2", []string{
			"bank/small.yaml:42: end.calm.901/options/D/eff: a red line is keyed 1, not 2"}},
		"enemy that is not there": {item, "  seconds: 70", "  seconds: 70\n  enemies: [com.tone.001]", []string{
			"bank/small.yaml:12: end.calm.901/enemies: item com.tone.001 is not in the bank"}},
		"too little time": {item, "seconds: 70", "seconds: 10", []string{
			"bank/small.yaml:11: end.calm.901/seconds: is 10, not within 30 to 180"}},
		"stem too long in Chinese": {item, "谭先生一接通就", "谭先生" + strings.Repeat("一", 110), []string{
			"bank/small.yaml:16: end.calm.901/stem/zh: has 139 characters, more than 110"}},
		"stem too long in English": {item, "Mr Tan starts", "Mr Tan" + strings.Repeat(" really", 75) + " starts", []string{
			"bank/small.yaml:17: end.calm.901/stem/en: has 98 words, more than 75"}},
		"option too long in Chinese": {item, "不出声，", strings.Repeat("不", 45), []string{
			"bank/small.yaml:21: end.calm.901/options/A/zh: has 52 characters, more than 45"}},
		"option too long in English": {item, "Stay silent", "Stay" + strings.Repeat(" very", 30) + " silent", []string{
			"bank/small.yaml:22: end.calm.901/options/A/en: has 38 words, more than 30"}},
		"languages swapped": {item, "\"跳过了提醒。\"\n      why_en: \"Skips the warning.\"", "\"Skips.\"\n      why_en: \"跳过。\"", []string{
			"bank/small.yaml:43: end.calm.901/options/D/why_zh: is not Chinese",
			"bank/small.yaml:44: end.calm.901/options/D/why_en: is not English"}},
		"options out of order": {item, "option: A", "option: E", []string{
			"bank/small.yaml:19: end.calm.901/options/E: is E, but options are named A, B, C … in order"}},
		"best_worst with two at the top": {item, "eff: 3", "eff: 4", []string{
			"bank/small.yaml:19: end.calm.901/options: best_worst needs a single most effective option"}},
		"best_worst with two at the bottom": {item, "eff: 2", "eff: 1", []string{
			"bank/small.yaml:19: end.calm.901/options: best_worst needs a single least effective option"}},
		"no option keyed 4": {item, "eff: 4", "eff: 2", []string{
			"bank/small.yaml:19: end.calm.901/options: has no option keyed 4"}},
		"choose_k with three good options": {item, "kind: best_worst", "kind: choose_k\n  k: 2", []string{
			"bank/small.yaml:10: end.calm.901/k: choose_k asks for 2 of 5 options"}},
	} {
		t.Run(story, func(t *testing.T) {
			b, err := questions.Load(d.to(t, smallBank(t)))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := listed(b.Lint()), strings.Join(d.want, "\n"); got != want {
				t.Errorf("lint:\n%s\nwant:\n%s", got, want)
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
