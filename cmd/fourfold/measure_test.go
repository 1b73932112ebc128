package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// said is what a command printed.
type said struct {
	status      int
	out, errors string
}

// ask runs a command whose files lie in folder, with a text on standard input.
func ask(t testing.TB, folder, stdin string, args ...string) said {
	t.Helper()
	t.Chdir(folder)
	var out, errors bytes.Buffer
	status := run(t.Context(), args, strings.NewReader(stdin), &out, &errors)
	return said{status, out.String(), errors.String()}
}

// measured asks a statistic of one CSV text in JSON.
func measured(t testing.TB, csv string, args ...string) map[string]any {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, "file.csv", csv)
	s := ask(t, folder, "", append(append([]string{"measure"}, args...), "file.csv", "--json")...)
	if s.status != 0 {
		t.Fatalf("measure %v: status %d, %s", args, s.status, s.errors)
	}
	return answered(t, s.out)
}

func write(t testing.TB, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func answered(t testing.TB, text string) map[string]any {
	t.Helper()
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return answer
}

// at follows a path such as groups/1/ratio into an answer.
func at(t testing.TB, answer any, path string) any {
	t.Helper()
	for step := range strings.SplitSeq(path, "/") {
		switch v := answer.(type) {
		case map[string]any:
			next, there := v[step]
			if !there {
				t.Fatalf("no %s in %v", path, v)
			}
			answer = next
		case []any:
			var n int
			if _, err := fmt.Sscan(step, &n); err != nil || n >= len(v) {
				t.Fatalf("no %s: %d of %d", path, n, len(v))
			}
			answer = v[n]
		default:
			t.Fatalf("no %s in %v", path, answer)
		}
	}
	return answer
}

const tenItems = `q1,q2,q3,q4,q5,q6,q7,q8,q9,q10
3,2,4,1,4,5,1,4,3,2
5,4,6,3,5,1,2,5,5,5
7,3,5,5,6,4,3,3,6,5
2,4,3,3,2,2,2,6,6,3
6,5,6,5,4,4,4,6,7,5
1,2,3,4,2,5,2,3,5,2
4,3,5,3,5,2,1,2,4,3
2,4,4,3,7,2,2,4,6,5
6,5,5,5,1,6,5,2,3,2
5,4,6,4,3,5,3,1,7,2
4,3,5,2,5,3,2,3,4,1
4,2,3,2,5,3,4,2,3,4
5,5,6,2,3,3,2,4,4,5
6,5,5,4,2,2,1,4,6,5
4,3,5,5,3,1,3,2,3,4
`

const rabbits = "stratum,a,b,c,d\n1,0,0,6,5\n2,3,0,3,6\n3,6,2,0,4\n4,5,6,1,0\n5,2,5,0,0\n"

// figures are what a published source gives, each with half a unit of its last digit.
type figures map[string][2]float64

func TestMeasureAgainstPublishedNumbers(t *testing.T) {
	for _, c := range []struct {
		source string
		csv    string
		args   []string
		want   figures
	}{
		{"pingouin's cronbach_wide_missing, checked by its authors against R psych", tenItems, []string{"reliability"},
			figures{"alpha": {.591719, 5e-7}, "alpha_low": {.195, 5e-4}, "alpha_high": {.840, 5e-4}, "n_used": {15, 0}}},
		{"R's help page of mantelhaen.test", rabbits, []string{"mh"},
			figures{"odds_ratio": {7, 1e-12}, "chi2": {3.9286, 5e-5}, "p": {.04747, 5e-6}, "odds_low": {1.026713, 5e-7}, "odds_high": {47.725133, 5e-7}}},
		{"Columbia University P8120, smoking, by R's DescTools", "stratum,a,b,c,d\nx,12,21,25,118\ny,96,148,92,150\n", []string{"mh"},
			figures{"breslow_day": {4.2069, 5e-5}, "breslow_day_p": {.04026, 5e-6}}},
		{"Uniform Guidelines, Questions and Answers 12", "group,selected,total\na,60,100\nb,45,100\nc,48,100\nd,51,100\n", []string{"impact"},
			figures{"groups/0/ratio": {1, 0}, "groups/1/ratio": {.75, 1e-12}, "groups/2/ratio": {.80, 1e-12}, "groups/3/ratio": {.85, 1e-12}}},
		{"EEOC's example", "group,selected,total\nwhite,48,80\nblack,12,40\n", []string{"impact"},
			figures{"groups/1/ratio": {.5, 0}, "groups/1/z": {3.098, 5e-4}, "groups/1/fisher_p": {.0034, 5e-5}, "groups/1/shortfall": {8, 1e-12}}},
		{"6 RCNY § 5-301 (c)", "sex,race,score\n" + strings.Repeat("male,,9\n", 50) + strings.Repeat("male,,1\n", 42) +
			strings.Repeat("female,,9\n", 34) + strings.Repeat("female,,1\n", 42), []string{"ll144"},
			figures{"median": {5, 0}, "sexes/0/rate": {.447, 5e-4}, "sexes/1/rate": {.543, 5e-4}, "sexes/0/ratio": {.82, 5e-3}, "sexes/1/n": {92, 0}}},
		{"Shrout & Fleiss 1979, tables 2 and 4", "a,b,c,d\n9,2,5,8\n6,1,3,2\n8,4,6,8\n7,1,2,6\n10,5,6,9\n6,2,4,7\n", []string{"agreement"},
			figures{"icc11": {.17, 5e-3}, "icc21": {.29, 5e-3}, "icc31": {.71, 5e-3}, "icc1k": {.44, 5e-3}, "icc2k": {.62, 5e-3}, "icc3k": {.91, 5e-3}}},
		{"R package irr, kendall(anxiety, TRUE)", anxiety, []string{"agreement"},
			figures{"w_ties": {.54, 5e-3}, "chi2": {30.8, .05}, "p": {.0429, 5e-5}}},
		{"Canfield 1951: an edge belongs to the upper sten", "score,count\n-2,1\n0,2\n2,1\n", []string{"norms"},
			figures{"mean": {0, 0}, "scores/1/sten": {6, 0}, "scores/1/t": {50, 0}, "scores/1/percentile": {50, 0}}},
	} {
		t.Run(c.source, func(t *testing.T) {
			answer := measured(t, c.csv, c.args...)
			for path, want := range c.want {
				got, ok := at(t, answer, path).(float64)
				if !ok || math.Abs(got-want[0]) > want[1] {
					t.Errorf("%s: %v, want %v ± %g", path, at(t, answer, path), want[0], want[1])
				}
			}
		})
	}
}

// anxiety is twenty persons rated by three raters, from the R package irr.
const anxiety = `rater1,rater2,rater3
3,3,2
3,6,1
3,4,4
4,6,4
5,2,3
5,4,2
2,2,1
3,4,6
5,3,1
2,3,1
2,2,1
6,3,2
1,3,3
5,3,3
2,2,1
2,2,1
1,1,3
2,3,3
4,3,2
3,4,2
`

func TestVerdictsOfImpact(t *testing.T) {
	answer := measured(t, "group,selected,total\na,1,5\nb,4,25\nc,3,20\n", "impact")
	for path, want := range map[string]any{
		"reference": "a", "groups/0/adverse": false, "groups/0/flip": nil, "groups/0/z": nil, "groups/0/reasons/z": "is_reference",
		"groups/1/adverse": false, // exactly four fifths, although 4/25 over 1/5 is less in floating point
		"groups/2/adverse": true, "groups/1/flip": true, "groups/1/notes/0": "small_numbers",
	} {
		if got := at(t, answer, path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	none := measured(t, "group,selected,total\na,0,5\nb,0,25\n", "impact")
	if at(t, none, "reference") != nil || at(t, none, "groups/1/adverse") != nil || at(t, none, "groups/1/reasons/ratio") != "no_selections" {
		t.Errorf("nobody selected: %v", none)
	}
}

func TestStrataAndGaps(t *testing.T) {
	gaps := strings.Replace(tenItems, "3,2,4,1,4,5,1,4,3,2", "3,,4,1,4,5,1,4,3,2", 1)
	gaps = strings.Replace(gaps, "5,4,6,3,5,1,2,5,5,5", "5,4,6,3,5,1,2,NA,5,5", 1)
	answer := measured(t, gaps, "reliability", "--strata", "a,a,a,a,a,b,b,b,b,b")
	if at(t, answer, "n") != 15. || at(t, answer, "n_used") != 13. {
		t.Errorf("n %v, n_used %v, want 15, 13", answer["n"], answer["n_used"])
	}
	if _, ok := at(t, answer, "stratified_alpha").(float64); !ok || len(at(t, answer, "strata").([]any)) != 2 {
		t.Errorf("strata: %v", answer)
	}
	without := measured(t, tenItems, "reliability")
	if at(t, without, "stratified_alpha") != nil || at(t, without, "reasons/stratified_alpha") != "not_asked" {
		t.Errorf("no strata named: %v", without)
	}
}

// What a figure needs and does not have is a word and a reason.
func TestMeasureThatCannotBeHad(t *testing.T) {
	for _, c := range []struct {
		story, csv string
		args       []string
		path, why  string
	}{
		{"one item", "q\n1\n2\n", []string{"reliability"}, "alpha", "too_few_items"},
		{"one person", "p,q\n1,2\n", []string{"reliability"}, "alpha_low", "too_few_persons"},
		{"nobody", "p,q\n", []string{"reliability"}, "sem", "too_few_persons"},
		{"only gaps", "p,q\n1,\n,2\n", []string{"items"}, "items/0/mean", "too_few_persons"},
		{"nobody differs", "p,q,r\n1,2,3\n1,2,3\n", []string{"reliability"}, "omega", "no_variance"},
		{"two items have no factor", "p,q\n1,2\n2,3\n3,1\n", []string{"reliability"}, "omega", "too_few_items"},
		{"a Heywood case", "p,q,r\n0,0,0\n2,1,1\n3,5,5\n0,0,2\n2,2,3\n2,0,4\n2,5,2\n4,5,1\n", []string{"reliability"}, "omega", "heywood_case"},
		{"a constant item", "p,q,r\n1,2,3\n1,3,3\n1,4,1\n", []string{"items"}, "items/0/item_rest", "no_variance"},
		{"one group", "p,q,g\n1,0,a\n0,1,a\n", []string{"dif", "--group", "g"}, "items/0/odds_ratio", "one_group"},
		{"groups that never meet", "p,q,g\n1,1,a\n0,0,b\n", []string{"dif", "--group", "g"}, "items/0/class", "no_strata"},
		{"graded, one group", "p,q,g\n3,0,a\n0,1,a\n", []string{"dif", "--group", "g", "--graded"}, "items/0/smd", "one_group"},
		{"no bc", "stratum,a,b,c,d\n1,3,0,4,2\n", []string{"mh"}, "odds_ratio", "zero_cells"},
		{"an empty stratum alone", "stratum,a,b,c,d\n1,0,0,0,0\n", []string{"mh"}, "chi2", "one_group"},
		{"no strata", "stratum,a,b,c,d\n", []string{"mh"}, "delta", "one_group"},
		{"one stratum is homogeneous with itself", "stratum,a,b,c,d\n1,3,1,4,2\n", []string{"mh"}, "breslow_day_p", "no_strata"},
		{"one group alone", "group,selected,total\na,1,2\n", []string{"impact"}, "groups/0/ratio", "one_group"},
		{"an empty group", "group,selected,total\na,1,2\nb,1,3\nc,0,0\n", []string{"impact"}, "groups/2/rate", "empty_group"},
		{"everybody selected", "group,selected,total\na,2,2\nb,3,3\n", []string{"impact"}, "groups/0/z", "all_selected"},
		{"nobody scored", "sex,race,score\nf,x,\n", []string{"ll144"}, "median", "too_few_persons"},
		{"all ties", "sex,race,score\nf,x,1\nm,x,1\n", []string{"ll144"}, "sexes/0/ratio", "no_selections"},
		{"all tied", "a,b\n1,1\n1,1\n", []string{"agreement"}, "w_ties", "all_tied"},
		{"one object", "a,b\n1,2\n", []string{"agreement"}, "icc2k", "too_few_persons"},
		{"one rater", "a\n1\n2\n", []string{"agreement"}, "w", "too_few_raters"},
		{"a norm of one", "score\n3\n", []string{"norms"}, "scores/0/z", "too_few_persons"},
		{"a norm without spread", "score\n3\n3\n", []string{"norms"}, "scores/0/sten", "no_variance"},
	} {
		t.Run(c.story, func(t *testing.T) {
			answer := measured(t, c.csv, c.args...)
			if got := at(t, answer, c.path); got != nil {
				t.Fatalf("%s is %v, want null", c.path, got)
			}
			cut := strings.LastIndex("/"+c.path, "/")
			if got := at(t, answer, c.path[:cut]+"reasons/"+c.path[cut:]); got != c.why {
				t.Errorf("%s: %v, want %s", c.path, got, c.why)
			}
		})
	}
}

func TestMeasureSaysWhatIsWrongWithAFile(t *testing.T) {
	for _, c := range []struct {
		story, csv string
		args       []string
		want       []string
	}{
		{"empty", "", []string{"reliability"}, []string{"file.csv is empty", "first line names the columns"}},
		{"a word among numbers", "p,q\n1,2\n1,high\n", []string{"reliability"}, []string{`file.csv:3: column q: "high" is not a number`, "--except"}},
		{"a comma in a decimal", "p,q\n1,\"2,5\"\n", []string{"items"}, []string{"file.csv:2: column q", "write decimals with a point"}},
		{"infinity", "p,q\n1,2\n1,Inf\n", []string{"reliability"}, []string{"file.csv:3: column q"}},
		{"a short row", "p,q\n1,2\n1\n", []string{"reliability"}, []string{"file.csv:3: 1 values under 2 columns"}},
		{"a long row", "p,q\n1,2,3\n", []string{"agreement"}, []string{"file.csv:2: 3 values under 2 columns"}},
		{"a column without a name", ",q\n1,2\n", []string{"items"}, []string{"file.csv:1: column 1 has no name", "row.names = FALSE"}},
		{"no header", "1,0,1\n0,1,1\n", []string{"items"}, []string{"file.csv:1: the first line holds numbers", "names"}},
		{"two columns of one name", "q,q\n1,2\n", []string{"items"}, []string{"column q comes twice"}},
		{"semicolons", "p;q\n1;2\n", []string{"items"}, []string{"file.csv:1", "commas"}},
		{"an open quote", "p,q\n1,\"2\n", []string{"items"}, []string{"file.csv:", "quotes"}},
		{"strata for other items", tenItems, []string{"reliability", "--strata", "a,b"}, []string{"2 strata for 10 items"}},
		{"no such column to leave out", "p,q\n1,2\n", []string{"items", "--except", "x"}, []string{"no column x", "p, q"}},
		{"no such group column", "p,q\n1,0\n", []string{"dif", "--group", "sex"}, []string{"no column sex", "p, q"}},
		{"graded marks", "p,q,g\n1,2,a\n", []string{"dif", "--group", "g"}, []string{"file.csv:2: column q", "--graded"}},
		{"three groups", "p,g\n1,a\n0,b\n1,c\n", []string{"dif", "--group", "g"}, []string{`file.csv:4: column g: "c" is a third group`, "--reference"}},
		{"a reference that is not there", "p,g\n1,a\n0,a\n", []string{"dif", "--group", "g", "--reference", "z"}, []string{`never holds "z"`, "it holds a"}},
		{"a reference that has not come", "p,g\n1,a\n0,b\n", []string{"dif", "--group", "g", "--reference", "z"}, []string{"file.csv:3: column g", `so far holds "z"`, "third group"}},
		{"a column missing", "a,b,c,d\n1,2,3,4\n", []string{"mh"}, []string{"no column stratum"}},
		{"half a person", "stratum,a,b,c,d\n1,2,3,4,0.5\n", []string{"mh"}, []string{"file.csv:2: column d", "not a count"}},
		{"a negative count", "stratum,a,b,c,d\n1,2,3,4,-5\n", []string{"mh"}, []string{"file.csv:2: column d", "not a count"}},
		{"more than can be counted", "stratum,a,b,c,d\n1,2,3,4,9007199254740994\n", []string{"mh"}, []string{"file.csv:2: column d", "more than can be counted"}},
		{"more persons than can be counted", "score,count\n3,9e15\n4,9e15\n", []string{"norms"}, []string{"file.csv:3: column count", "more than can be counted"}},
		{"a missing count", "stratum,a,b,c,d\n1,2,3,4,\n", []string{"mh"}, []string{"file.csv:2: column d", "write 0 for none"}},
		{"a stratum twice", "stratum,a,b,c,d\n1,2,3,4,5\n1,2,3,4,5\n", []string{"mh"}, []string{`file.csv:3: column stratum: "1" is on line 2 already`}},
		{"more selected than there are", "group,selected,total\na,3,2\n", []string{"impact"}, []string{"file.csv:2: column selected", "3 selected of 2"}},
		{"a group without a name", "group,selected,total\n,1,2\n", []string{"impact"}, []string{"file.csv:2: column group"}},
		{"neither score nor selected", "sex,race\nf,x\n", []string{"ll144"}, []string{"no column score"}},
		{"a score in words", "sex,race,score\nf,x,high\n", []string{"ll144"}, []string{`file.csv:2: column score: "high" is not a number; correct it or leave the cell empty`}},
		{"selected twice over", "sex,race,selected\nf,x,2\n", []string{"ll144"}, []string{"file.csv:2: column selected"}},
		{"a group that is not UTF-8", "p,g\n1,\xc4\xd0\n", []string{"dif", "--group", "g"}, []string{"file.csv:2: column g", "UTF-8"}},
	} {
		t.Run(c.story, func(t *testing.T) {
			folder := t.TempDir()
			write(t, folder, "file.csv", c.csv)
			s := ask(t, folder, "", append(append([]string{"measure"}, c.args...), "file.csv")...)
			if s.status != 1 || s.out != "" {
				t.Errorf("status %d, printed %q, want 1 and nothing", s.status, s.out)
			}
			for _, want := range c.want {
				if !strings.Contains(s.errors, want) {
					t.Errorf("said %q, which does not hold %q", s.errors, want)
				}
			}
		})
	}
}

func TestUsageErrorsHaveTheirOwnStatus(t *testing.T) {
	for _, args := range [][]string{
		{"measure", "reliability"},
		{"measure", "dif", "file.csv"},
		{"measure", "equate", "a.csv", "b.csv", "--method", "cubic"},
		{"measure", "equate", "a.csv", "b.csv", "--method", "equipercentile", "--anchor", "v"},
		{"measure", "equate", "-", "-"},
		{"measure", "alpha", "file.csv"},
		{"mark", "--rule", "best", "--key", "ABCD", "--given", "ABCD"},
		{"mark", "--rule", "rank", "--key", "AB1", "--given", "ABCD"},
		{"mark", "--rule", "rank", "--key", "ABCD", "--given", "ABCE"},
		{"mark", "--rule", "rank", "--key", "ABCD"},
	} {
		if s := ask(t, t.TempDir(), "", args...); s.status != 2 || s.out != "" || s.errors == "" {
			t.Errorf("%v: status %d, %q, %q; want 2 and why", args, s.status, s.out, s.errors)
		}
	}
	if s := ask(t, t.TempDir(), "", "measure", "items", "nowhere.csv"); s.status != 1 || !strings.Contains(s.errors, "nowhere.csv") {
		t.Errorf("no such file: status %d, %q", s.status, s.errors)
	}
}

// One file said in different ways is one file.
func TestWaysToWriteAFile(t *testing.T) {
	plain := ask(t, t.TempDir(), tenItems, "measure", "reliability", "-", "--json")
	if plain.status != 0 {
		t.Fatalf("standard input: %+v", plain)
	}
	quoted := strings.ReplaceAll(strings.ReplaceAll(tenItems, "3", `"3"`), "5,", " 5.0 ,")
	for story, text := range map[string]string{
		"byte order mark": "\ufeff" + tenItems,
		"line ends":       strings.ReplaceAll(tenItems, "\n", "\r\n"),
		"no last newline": strings.TrimSuffix(tenItems, "\n"),
		"quotes, spaces":  strings.Replace(quoted, `q"3"`, "q3", 1),
		"blank lines":     strings.ReplaceAll(tenItems, "\n", "\n\n"),
	} {
		if s := ask(t, t.TempDir(), text, "measure", "reliability", "-", "--json"); s != plain {
			t.Errorf("%s: %+v", story, s)
		}
	}
	folder := t.TempDir()
	write(t, folder, "file.csv", "id,"+strings.ReplaceAll(strings.TrimSpace(tenItems), "\n", "\nann,")+"\n")
	if s := ask(t, folder, "", "measure", "reliability", "file.csv", "--json", "--except", "id"); s != plain {
		t.Errorf("a column left out: %+v", s)
	}
}

func TestAHeaderOfNumbersIsRemarkedOn(t *testing.T) {
	for header, remarked := range map[string]bool{"3,5": true, "0,1": false, "1,2": false, "q1,2": false} {
		s := ask(t, t.TempDir(), header+"\n1,2\n2,1\n", "measure", "items", "-")
		if s.status != 0 || strings.Contains(s.errors, "it holds numbers") != remarked {
			t.Errorf("header %s: %+v", header, s)
		}
	}
}

func TestDIFNamesItsGroups(t *testing.T) {
	text := "p,q,sex\n" + strings.Repeat("1,0,m\n0,1,m\n1,1,f\n", 3) + "0,1,f\n1,0,f\n0,0,f\n0,0,\n"
	byValue := measured(t, text, "dif", "--group", "sex", "--reference", "f")
	bySize := measured(t, text, "dif", "--group", "sex")
	other := measured(t, text, "dif", "--group", "sex", "--reference", "m")
	for path, want := range map[string]any{"reference": "f", "focal": "m", "n": 13., "n_used": 12., "n_reference": 6., "items/0/name": "p"} {
		if got := at(t, byValue, path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	if at(t, bySize, "reference") != "m" && at(t, bySize, "n_reference").(float64) < at(t, bySize, "n_focal").(float64) {
		t.Errorf("the smaller group is the reference: %v", bySize)
	}
	a, b := at(t, byValue, "items/0/odds_ratio").(float64), at(t, other, "items/0/odds_ratio").(float64)
	if math.Abs(a*b-1) > 1e-12 {
		t.Errorf("odds ratios %v and %v, want inverses", a, b)
	}
	three := measured(t, text+"1,1,x\n", "dif", "--group", "sex", "--reference", "f", "--focal", "m")
	if at(t, three, "n_used") != 12. {
		t.Errorf("with a third group left out: %v", three)
	}
}

func TestEquateByCountsAndByPersons(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "x.csv", "score,count\n0,2\n1,3\n2,2\n3,2\n4,1\n")
	write(t, folder, "y.csv", "first,second\n0,0\n1,0\n0,1\n1,1\n2,0\n3,0\n1,2\n2,1\n4,0\n2,2\n")
	s := ask(t, folder, "", "measure", "equate", "x.csv", "y.csv", "--method", "equipercentile", "--json")
	if s.status != 0 {
		t.Fatal(s.errors)
	}
	// Kolen & Brennan 2014, tables 2.1 to 2.3.
	for n, want := range []float64{.5, 1.75, 2.8333, 3.5, 4.25} {
		if got := at(t, answered(t, s.out), fmt.Sprintf("scores/%d/y", n)).(float64); math.Abs(got-want) > 5e-5 {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
	write(t, folder, "xv.csv", "total,v\n3,1\n4,2\n6,2\n7,4\n")
	write(t, folder, "yv.csv", "total,v\n3,1\n5,2\n6,3\n9,4\n")
	tucker := ask(t, folder, "", "measure", "equate", "xv.csv", "yv.csv", "--anchor", "v", "--json")
	if answer := answered(t, tucker.out); at(t, answer, "method") != "tucker" || at(t, answer, "n_x_used") != 4. || at(t, answer, "scores/4/x") != 7. {
		t.Errorf("Tucker: %+v", tucker)
	}
}
