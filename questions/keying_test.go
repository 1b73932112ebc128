package questions_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

var writeKeying = flag.Bool("write", false, "write the figures of the keyings into docs/bank.md")

// keyers name the columns of a file of keyings after the author's.
var keyers = []string{"zh 1", "zh 2", "en 1", "en 2"}

// blindKeys is an item version as its author and the blind keyers keyed it.
type blindKeys struct {
	item, version, keyVersion string
	options                   []string
	author                    []int
	keys                      [4][]int // By keyer.
}

// keyedBy reports whether the keyer had this version on a sheet.
func (k blindKeys) keyedBy(keyer int) bool { return len(k.keys[keyer]) == len(k.options) }

// metByAll reports whether every keyer who had it gave every option the author's value.
func (k blindKeys) metByAll() bool {
	for n := range keyers {
		if k.keyedBy(n) && !slices.Equal(k.author, k.keys[n]) {
			return false
		}
	}
	return true
}

// disputes says in words where a keyer departs from the author by more than a step, or
// where the kind asks for one best and one worst and the two name different ones.
func (k blindKeys) disputes(kind questions.Kind) []string {
	var found []string
	for n, keyer := range keyers {
		if !k.keyedBy(n) {
			continue
		}
		for o, value := range k.keys[n] {
			if d := value - k.author[o]; d > 1 || d < -1 {
				found = append(found, fmt.Sprintf("%s keys %s %d, the author %d", keyer, k.options[o], value, k.author[o]))
			}
		}
		if kind != questions.BestWorst && kind != questions.Rank {
			continue
		}
		if best := k.extreme(k.keys[n], slices.Max[[]int]); best != k.extreme(k.author, slices.Max[[]int]) {
			found = append(found, fmt.Sprintf("%s finds %s best, the author %s", keyer, best, k.extreme(k.author, slices.Max[[]int])))
		}
		if worst := k.extreme(k.keys[n], slices.Min[[]int]); worst != k.extreme(k.author, slices.Min[[]int]) {
			found = append(found, fmt.Sprintf("%s finds %s worst, the author %s", keyer, worst, k.extreme(k.author, slices.Min[[]int])))
		}
	}
	return found
}

// extreme names the option with the greatest or the least value.
func (k blindKeys) extreme(values []int, of func([]int) int) string {
	return k.options[slices.Index(values, of(values))]
}

// keyings reads one round of keyings.
func keyings(t *testing.T, file string) []blindKeys {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var all []blindKeys
	for line, row := range rows[1:] {
		if n := len(all); n == 0 || all[n-1].item != row[0] {
			all = append(all, blindKeys{item: row[0], version: row[1], keyVersion: row[2]})
		}
		k := &all[len(all)-1]
		k.options = append(k.options, row[3])
		for n, cell := range row[4:] {
			if cell == "" {
				continue // This keyer had no sheet of the round.
			}
			value, err := strconv.Atoi(cell)
			if err != nil || value < 1 || value > 4 {
				t.Fatalf("%s:%d: %q is no value from 1 to 4", file, line+2, cell)
			}
			if n == 0 {
				k.author = append(k.author, value)
			} else {
				k.keys[n-1] = append(k.keys[n-1], value)
			}
		}
	}
	return all
}

// rounds reads every round of keyings, in order.
func rounds(t *testing.T) [][]blindKeys {
	t.Helper()
	files, err := filepath.Glob("keying/round-*.csv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rounds of keyings: %v", err)
	}
	var all [][]blindKeys
	for _, file := range files {
		all = append(all, keyings(t, file))
	}
	return all
}

// latest is the keying of each item as it stands in the bank.
func latest(t *testing.T, b questions.Bank) []blindKeys {
	t.Helper()
	last := map[string]blindKeys{}
	for _, round := range rounds(t) {
		for _, k := range round {
			last[k.item] = k
		}
	}
	var all []blindKeys
	for _, i := range b.Items {
		k := last[i.ID]
		if !(k.keyedBy(0) || k.keyedBy(1)) || !(k.keyedBy(2) || k.keyedBy(3)) {
			t.Errorf("%s was not keyed blind in both languages", i.ID)
			continue
		}
		if k.version != strconv.Itoa(i.Version) || k.keyVersion != i.KeyVersion {
			t.Errorf("%s version %d, key %s was not keyed a second time (last: version %s, key %s)",
				i.ID, i.Version, i.KeyVersion, k.version, k.keyVersion)
			continue
		}
		var options []string
		var author []int
		for _, o := range i.Options {
			options, author = append(options, o.ID), append(author, o.Effectiveness)
		}
		if !slices.Equal(options, k.options) || !slices.Equal(author, k.author) {
			t.Errorf("%s was keyed with options %v keyed %v, and has %v keyed %v", i.ID, k.options, k.author, options, author)
			continue
		}
		all = append(all, k)
	}
	return all
}

// Every version in the bank was keyed by people or programs that had not seen its key,
// and what they all met whole is marked.
func TestEveryItemWasKeyedBlind(t *testing.T) {
	b := builtin(t)
	met := map[string]bool{}
	for _, k := range latest(t, b) {
		met[k.item] = k.metByAll()
	}
	marked := 0
	for _, i := range b.Items {
		if i.Transparent != met[i.ID] {
			t.Errorf("%s: transparent is %v, but that every keyer met its key is %v", i.ID, i.Transparent, met[i.ID])
		}
		if i.Transparent {
			marked++
		}
	}
	if 3*marked > len(b.Items) {
		t.Errorf("%d of %d items are transparent, more than a third", marked, len(b.Items))
	}
}

const (
	keyingPage  = "../docs/bank.md"
	keyingBegin = "<!-- figures: written by go test ./questions -run TestKeyingPage -write -->\n"
	keyingEnd   = "<!-- end of figures -->\n"
)

// The page says what the files of keyings say.
func TestKeyingPage(t *testing.T) {
	text, err := os.ReadFile(keyingPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), keyingBegin)
	_, after, ok := strings.Cut(rest, keyingEnd)
	if !ok {
		t.Fatalf("%s has no place for the figures", keyingPage)
	}
	want := before + keyingBegin + figures(t) + keyingEnd + after
	if *writeKeying && !t.Failed() {
		if err := os.WriteFile(keyingPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s is not what the keyings come to; write it with -write", keyingPage)
	}
}

// figures is the part of the page that is computed.
func figures(t *testing.T) string {
	b := builtin(t)
	kinds := map[string]questions.Kind{}
	for _, i := range b.Items {
		kinds[i.ID] = i.Kind
	}
	var page strings.Builder
	for n, round := range rounds(t) {
		fmt.Fprintf(&page, "\n### Round %d: %d items\n\n", n+1, len(round))
		agreement(&page, round, kinds)
	}
	now := latest(t, b)
	fmt.Fprintf(&page, "\n### The bank as it stands: %d items\n\n", len(now))
	agreement(&page, now, kinds)

	page.WriteString("\n### Transparent items\n\nMet whole by every keyer, and marked `transparent` in the bank:\n\n")
	byFacet := map[questions.Facet][]string{}
	for _, i := range b.Items {
		if i.Transparent {
			byFacet[i.Facet] = append(byFacet[i.Facet], strings.TrimPrefix(i.ID, string(i.Facet)+"."))
		}
	}
	for _, facet := range slices.Sorted(maps.Keys(byFacet)) {
		fmt.Fprintf(&page, "- %s: %s\n", facet, strings.Join(byFacet[facet], ", "))
	}

	page.WriteString("\n### Disputed keys\n\n")
	disputed := 0
	for _, k := range now {
		if found := k.disputes(kinds[k.item]); len(found) > 0 {
			disputed++
			fmt.Fprintf(&page, "- %s: %s\n", k.item, strings.Join(found, "; "))
		}
	}
	if disputed == 0 {
		page.WriteString("None: no keyer is more than one step from the author on any option, and wherever a kind asks for one best and\n" +
			"one worst option, all name the same.\n")
	}

	page.WriteString("\n### The keys side by side\n\nOne digit an option, in the order A, B, C …\n\n")
	page.WriteString("| item | version | key | kind | author | zh 1 | zh 2 | en 1 | en 2 |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, k := range now {
		fmt.Fprintf(&page, "| %s | %s | %s | %s | %s |", k.item, k.version, k.keyVersion, kinds[k.item], digits(k.author))
		for n := range keyers {
			fmt.Fprintf(&page, " %s |", digits(k.keys[n])) // empty where the keyer did not have it
		}
		page.WriteString("\n")
	}
	page.WriteString("\n")
	return page.String()
}

func digits(values []int) string {
	var s strings.Builder
	for _, v := range values {
		s.WriteString(strconv.Itoa(v))
	}
	return s.String()
}

// agreement writes how far the keyers agree with the author and with each other.
func agreement(page *strings.Builder, items []blindKeys, kinds map[string]questions.Kind) {
	page.WriteString("| | options | exact | within one step | weighted κ | items met whole |\n|---|---|---|---|---|---|\n")
	row := func(name string, of func(blindKeys) [][2][]int) {
		var xs, ys []int
		whole, pairs := 0, 0
		for _, k := range items {
			for _, pair := range of(k) {
				if len(pair[0]) == 0 || len(pair[0]) != len(pair[1]) {
					continue
				}
				xs, ys = append(xs, pair[0]...), append(ys, pair[1]...)
				pairs++
				if slices.Equal(pair[0], pair[1]) {
					whole++
				}
			}
		}
		if pairs == 0 {
			return
		}
		exact, near := 0, 0
		for n := range xs {
			switch xs[n] - ys[n] {
			case 0:
				exact++
				near++
			case 1, -1:
				near++
			}
		}
		fmt.Fprintf(page, "| %s | %d | %d (%s) | %d (%s) | %.3f | %d of %d |\n",
			name, len(xs), exact, percent(exact, len(xs)), near, percent(near, len(xs)), weightedKappa(xs, ys), whole, pairs)
	}
	for n, keyer := range keyers {
		row("author and "+keyer, func(k blindKeys) [][2][]int { return [][2][]int{{k.author, k.keys[n]}} })
	}
	row("author and all of zh", func(k blindKeys) [][2][]int { return [][2][]int{{k.author, k.keys[0]}, {k.author, k.keys[1]}} })
	row("author and all of en", func(k blindKeys) [][2][]int { return [][2][]int{{k.author, k.keys[2]}, {k.author, k.keys[3]}} })
	row("zh 1 and zh 2", func(k blindKeys) [][2][]int { return [][2][]int{{k.keys[0], k.keys[1]}} })
	row("en 1 and en 2", func(k blindKeys) [][2][]int { return [][2][]int{{k.keys[2], k.keys[3]}} })
	all, disputed, both := 0, 0, true
	for _, k := range items {
		if k.metByAll() {
			all++
		}
		both = both && (k.keyedBy(0) || k.keyedBy(1)) && (k.keyedBy(2) || k.keyedBy(3))
		if len(k.disputes(kinds[k.item])) > 0 {
			disputed++
		}
	}
	page.WriteString("\n")
	if both {
		fmt.Fprintf(page, "Met whole by every keyer: %d of %d (%s). ", all, len(items), percent(all, len(items)))
	}
	fmt.Fprintf(page, "Disputed: %d.\n", disputed)
}

func percent(n, of int) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of)) }

// weightedKappa is Cohen's κ with weights that grow with the square of the distance
// (Cohen 1968).
func weightedKappa(xs, ys []int) float64 {
	var nx, ny [5]float64
	observed, expected, n := 0.0, 0.0, float64(len(xs))
	for k := range xs {
		nx[xs[k]]++
		ny[ys[k]]++
		d := float64(xs[k] - ys[k])
		observed += d * d / n
	}
	for x := 1; x <= 4; x++ {
		for y := 1; y <= 4; y++ {
			d := float64(x - y)
			expected += d * d * nx[x] * ny[y] / (n * n)
		}
	}
	return 1 - observed/expected
}

func TestWeightedKappa(t *testing.T) {
	for story, c := range map[string]struct {
		xs, ys []int
		want   float64
	}{
		"agree":              {[]int{1, 2, 3, 4}, []int{1, 2, 3, 4}, 1},
		"reverse":            {[]int{1, 2, 3, 4}, []int{4, 3, 2, 1}, -1},
		"one of four a step": {[]int{1, 2, 3, 4}, []int{1, 2, 3, 3}, 1 - .25/2.0},
	} {
		if got := weightedKappa(c.xs, c.ys); got < c.want-1e-9 || got > c.want+1e-9 {
			t.Errorf("%s: κ is %v, want %v", story, got, c.want)
		}
	}
}
