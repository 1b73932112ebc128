//go:build r

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	persons       = 10_000
	items         = 40
	gradedPersons = 3_000
)

// The same simulated files go to R and to this program. Sums of squares, odds and chi
// squares agree to 1e-9, the iterated ones to 1e-8, of their size.
func TestAgreementWithR(t *testing.T) {
	folder := t.TempDir()
	simulated(t, folder)
	script, err := filepath.Abs(filepath.Join("..", "..", "tools", "compare.R"))
	if err != nil {
		t.Fatal(err)
	}
	r := exec.Command("Rscript", "--vanilla", script, folder)
	var trouble bytes.Buffer
	r.Stderr = &trouble
	printed, err := r.Output()
	if err != nil {
		t.Fatalf("Rscript: %v\n%s", err, trouble.String())
	}
	answers := map[string]any{}
	for _, c := range [][]string{
		{"reliability", "right.csv"}, {"reliability", "rated.csv"}, {"reliability", "decimal.csv"},
		{"dif", "dif.csv", "--group", "group", "--reference", "r"},
		{"dif", "graded.csv", "--group", "group", "--reference", "r", "--graded"},
		{"impact", "impact.csv"}, {"agreement", "ratings.csv"}, {"norms", "scores.csv"},
	} {
		args := append([]string{"measure"}, append(c, "--json")...)
		if c[0] == "reliability" {
			args = append(args, "--strata", strings.Repeat("a,", items/2)+strings.TrimSuffix(strings.Repeat("b,", items/2), ","))
		}
		s := ask(t, folder, "", args...)
		if s.status != 0 {
			t.Fatalf("%v: %s", args, s.errors)
		}
		answer := answered(t, s.out)
		if c[0] == "reliability" {
			answer["items"] = answered(t, ask(t, folder, "", "measure", "items", c[1], "--json").out)["items"]
		}
		answers[c[1]] = answer
	}
	apart, compared := map[string]float64{}, map[string]int{}
	for lines := bufio.NewScanner(bytes.NewReader(printed)); lines.Scan(); {
		path, text, _ := strings.Cut(lines.Text(), " ")
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := at(t, answers, path).(float64)
		name := path[strings.LastIndex(path, "/")+1:]
		gap := math.Abs(got-want) / max(1, math.Abs(want))
		if !ok || gap > tolerance(path, name) {
			t.Errorf("%s: %.17g, R says %.17g", path, got, want)
		}
		apart[name] = max(apart[name], gap)
		compared[name]++
	}
	for _, name := range slices.Sorted(maps.Keys(compared)) {
		fmt.Printf("%-18s %3d figures, apart by %.1e at most\n", name, compared[name], apart[name])
	}
	if len(compared) < 25 {
		t.Errorf("R gave %d kinds of figures", len(compared))
	}
}

func tolerance(path, name string) float64 {
	switch {
	case strings.HasPrefix(path, "graded.csv/logistic/"):
		return 1e-7 // a general optimizer without derivatives gets about so far
	case name == "omega", name == "uniform_chi2", name == "nonuniform_chi2":
		return 1e-8
	}
	return 1e-9
}

// simulated writes persons of one common ability: right or wrong, ratings of 1 to 5 and
// decimals; two groups of which one finds every tenth item harder; counts, ratings by a
// panel, and scores.
func simulated(t *testing.T, folder string) {
	random := rand.New(rand.NewPCG(40, 10_000))
	var header []string
	for i := range items {
		header = append(header, fmt.Sprintf("q%d", i+1))
	}
	right, rated, decimal, dif, scores := lines(header...), lines(header...), lines(header...), lines(append(header, "group")...), lines("score")
	for p := range persons {
		ability, focal := random.NormFloat64(), p%3 == 0
		row := map[*sheetText][]string{}
		sum := 0
		for i := range items {
			difficulty := -1.5 + 3*float64(i)/items
			drawn := ability + 1.5*random.NormFloat64()
			answer := map[bool]string{true: "1", false: "0"}[drawn > difficulty]
			row[right] = append(row[right], answer)
			rating := max(1, min(5, int(3+drawn-difficulty+.5)))
			sum += rating
			row[rated] = append(row[rated], strconv.Itoa(rating))
			row[decimal] = append(row[decimal], strconv.FormatFloat(1000+drawn-difficulty, 'f', 4, 64))
			if focal && i%10 == 0 {
				drawn -= .7
			}
			row[dif] = append(row[dif], map[bool]string{true: "1", false: "0"}[drawn > difficulty])
		}
		row[dif] = append(row[dif], map[bool]string{true: "f", false: "r"}[focal])
		row[scores] = []string{strconv.Itoa(sum)}
		for text, cells := range row {
			text.add(cells...)
		}
	}
	graded := lines("q1", "q2", "q3", "q4", "q5", "group")
	for p := range gradedPersons {
		ability, focal := random.NormFloat64(), p%2 == 0
		var cells []string
		for i := range 5 {
			drawn := ability + random.NormFloat64() - .4*float64(i-2)
			if focal && i == 3 {
				drawn -= .3
			}
			cells = append(cells, strconv.Itoa(max(1, min(4, int(2.5+drawn)))))
		}
		graded.add(append(cells, map[bool]string{true: "f", false: "r"}[focal])...)
	}
	impact := lines("group", "selected", "total")
	impact.add("a", "900", "1000")
	for _, total := range []int{7, 31, 220, 1900, 30_000} {
		impact.add(fmt.Sprintf("g%d", total), strconv.Itoa(total*(70+random.IntN(18))/100), strconv.Itoa(total))
	}
	ratings := lines("r1", "r2", "r3", "r4", "r5")
	for range 60 {
		worth, cells := 4*random.NormFloat64(), []string{}
		for range 5 {
			cells = append(cells, strconv.Itoa(int(math.Round(10+worth+3*random.NormFloat64()))))
		}
		ratings.add(cells...)
	}
	for name, text := range map[string]*sheetText{
		"right.csv": right, "rated.csv": rated, "decimal.csv": decimal, "dif.csv": dif, "graded.csv": graded,
		"impact.csv": impact, "ratings.csv": ratings, "scores.csv": scores,
	} {
		write(t, folder, name, text.String())
	}
}

// sheetText is a CSV text that grows by rows.
type sheetText struct{ strings.Builder }

func lines(header ...string) *sheetText {
	text := &sheetText{}
	text.add(header...)
	return text
}

func (s *sheetText) add(cells ...string) { fmt.Fprintln(s, strings.Join(cells, ",")) }
