package main

import (
	"bytes"
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess/measure"
	"pgregory.net/rapid"
)

// statistics are all commands that read one file, each with a header that suits it.
var statistics = []struct {
	header string
	args   []string
}{
	{"p,q,r", []string{"reliability"}},
	{"p,q,r", []string{"reliability", "--strata", "a,a,b"}},
	{"p,q,r", []string{"items"}},
	{"p,q,g", []string{"dif", "--group", "g"}},
	{"p,q,g", []string{"dif", "--group", "g", "--graded"}},
	{"stratum,a,b,c,d", []string{"mh"}},
	{"group,selected,total", []string{"impact"}},
	{"sex,race,score", []string{"ll144"}},
	{"a,b,c", []string{"agreement"}},
	{"score", []string{"norms"}},
	{"score,v", []string{"norms"}},
}

// askFile runs one statistic on a text.
func askFile(file, text string, args ...string) said {
	var out, errors bytes.Buffer
	status := run(context.Background(), append(append([]string{"measure"}, args...), file, "--json"), strings.NewReader(text), &out, &errors)
	return said{status, out.String(), errors.String()}
}

// Whatever numbers come, the answer is JSON, and each null has its reason.
func TestEveryNullHasAReason(t *testing.T) {
	cell := rapid.SampledFrom([]string{"0", "1", "1", "2", "", "3"})
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(statistics).Draw(t, "statistic")
		columns := strings.Count(s.header, ",") + 1
		lines := []string{s.header}
		for n := range rapid.IntRange(0, 9).Draw(t, "rows") {
			row := rapid.SliceOfN(cell, columns, columns).Draw(t, "row")
			if s.args[0] == "mh" || s.args[0] == "impact" {
				row[0] = strconv.Itoa(n)
			}
			if columns > 1 || row[0] != "" {
				lines = append(lines, strings.Join(row, ","))
			}
		}
		answer := askFile("-", strings.Join(lines, "\n"), s.args...)
		if answer.status == 1 && answer.errors != "" {
			return // a gap among counts, or a third group
		}
		var read any
		if err := json.Unmarshal([]byte(answer.out), &read); err != nil || answer.status != 0 {
			t.Fatalf("%v: %+v", err, answer)
		}
		explained(t, read)
	})
}

func explained(t *rapid.T, value any) {
	switch v := value.(type) {
	case map[string]any:
		reasons, _ := v["reasons"].(map[string]any)
		for name, inner := range v {
			if inner == nil && reasons[name] == nil {
				t.Fatalf("%s is null without a reason in %v", name, v)
			}
			explained(t, inner)
		}
		if len(reasons) > 0 && v["reason"] == "" {
			t.Fatalf("no words for %v", reasons)
		}
	case []any:
		for _, inner := range v {
			explained(t, inner)
		}
	}
}

// Whatever the bytes, a statistic answers with JSON or says what is wrong.
func FuzzMeasure(f *testing.F) {
	for n, s := range statistics {
		f.Add(n, s.header+"\n1,2,3\n0,1,1\n")
	}
	f.Add(2, "p,q\n1e308,1e308\n-1e308,1\n1e-308,2\n")
	f.Add(0, "\"p\",q\n\"1\n")
	f.Add(9, "score\n1e300\n-1e300\n")
	f.Fuzz(func(t *testing.T, n int, text string) {
		s := statistics[uint(n)%uint(len(statistics))]
		answer := askFile("-", text, s.args...)
		switch answer.status {
		case 0:
			if !json.Valid([]byte(answer.out)) {
				t.Errorf("%v: %s", s.args, answer.out)
			}
		case 1:
			if answer.errors == "" || answer.out != "" {
				t.Errorf("%v: %+v", s.args, answer)
			}
		default:
			t.Errorf("%v: %+v", s.args, answer)
		}
	})
}

// Every reason and note of the statistics has words here.
func TestReasonsAndNotesHaveWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "assess", "measure", "figure.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil || len(spec.Values) != 1 {
			return true
		}
		word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		switch spec.Type.(*ast.Ident).Name {
		case "Reason":
			if reasonTexts[measure.Reason(word)] == "" {
				t.Errorf("reason %s has no words", word)
			}
		case "Note":
			if noteTexts[measure.Note(word)] == "" {
				t.Errorf("note %s has no words", word)
			}
		}
		return true
	})
	if seen < 20 {
		t.Errorf("%d words found", seen)
	}
}

// docs/measurement.md shows what the program prints, names every word of its JSON, and
// explains every reason.
func TestDocumentShowsWhatIsPrinted(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "measurement.md"))
	if err != nil {
		t.Fatal(err)
	}
	text, folder := string(page), t.TempDir()
	blocks := strings.Split(text, "```")
	for n := 1; n < len(blocks); n += 2 {
		if title, body, _ := strings.Cut(blocks[n], "\n"); strings.HasPrefix(title, "csv ") {
			write(t, folder, strings.TrimPrefix(title, "csv "), body)
		}
	}
	replayed := 0
	names := map[string]bool{}
	for n := 1; n < len(blocks); n += 2 {
		title, body, _ := strings.Cut(blocks[n], "\n")
		if title != "console" {
			continue
		}
		for _, example := range strings.Split("\n"+body, "\n$ ")[1:] {
			line, want, _ := strings.Cut(example, "\n")
			args := strings.Fields(line)[1:]
			s := ask(t, folder, "", args...)
			if got := s.out; s.status != 0 || strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("%s prints (status %d, %s)\n%s\nbut the page says\n%s", line, s.status, s.errors, got, want)
			}
			replayed++
			if args[len(args)-1] != "--json" {
				s = ask(t, folder, "", append(args, "--json")...)
			}
			collect(answered(t, s.out), names)
		}
	}
	if replayed < 15 {
		t.Errorf("%d examples replayed", replayed)
	}
	for name := range names {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("the page does not name `%s`", name)
		}
	}
	for why := range reasonTexts {
		if !strings.Contains(text, "`"+string(why)+"`") {
			t.Errorf("the page does not explain `%s`", why)
		}
	}
}

func collect(value any, names map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			names[name] = true
			if name != "reasons" {
				collect(inner, names)
			}
		}
	case []any:
		for _, inner := range v {
			collect(inner, names)
		}
	}
}
