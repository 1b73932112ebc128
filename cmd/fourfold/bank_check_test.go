package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess/assesstest"
)

func TestBankCheck(t *testing.T) {
	out, complaint, status := bank(t, t.TempDir(), "check", "--on", "2026-11-25")
	if status != 0 || !strings.Contains(out, "128 items, ") || !strings.Contains(out, ": 0 faults, ") {
		t.Errorf("the built-in bank: %d\n%s%s", status, out, complaint)
	}
	broken, err := filepath.Abs("../../questions/testdata/broken/absolute-en")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(broken, "want"))
	if err != nil {
		t.Fatal(err)
	}
	out, complaint, status = bank(t, t.TempDir(), "check", broken, "--on", "2026-11-25")
	if status != 1 || !strings.HasPrefix(out, filepath.Join(broken, string(want))) || !strings.Contains(complaint, "the bank has 1 faults") {
		t.Errorf("a broken bank: %d\n%s%s", status, out, complaint)
	}
	out, _, status = bank(t, t.TempDir(), "check", broken, "--on", "2026-11-25", "--json")
	var document struct {
		Schema string
		Items  int
		Faults []struct {
			File, Item, Field, Word, Message string
			Line                             int
		}
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	if status != 1 || document.Schema != "fourfold.bank-check/1" || document.Items != 1 || len(document.Faults) != 1 {
		t.Fatalf("as JSON: %d, %+v", status, document)
	}
	if f := document.Faults[0]; f.Item != "end.calm.901" || f.Word != "absolute" || f.Line != 22 || f.File != filepath.Join(broken, "bank", "item.yaml") {
		t.Errorf("as JSON: %+v", f)
	}
	for _, args := range [][]string{{"check", "no-such-folder"}, {"check", "--on", "tomorrow"}} {
		if _, complaint, status := bank(t, t.TempDir(), args...); status != 1 || complaint == "" {
			t.Errorf("%v: %d, %q", args, status, complaint)
		}
	}
}

// assembled is what bank assemble --json prints.
type assembled struct {
	Forms []struct {
		Hash  string
		Items []string
	}
	Between  []struct{ Quota string }
	Conflict *struct {
		Requirements []struct {
			Quota   string
			Reached *int
		}
		Proven bool
	}
}

func TestBankAssemble(t *testing.T) {
	folder := t.TempDir()
	assemble := func(want int, args ...string) (text string, made assembled) {
		t.Helper()
		text, complaint, status := bank(t, folder, append([]string{"assemble", "--json", "--on", "2026-11-25"}, args...)...)
		if status != want {
			t.Fatalf("%v: %d\n%s%s", args, status, text, complaint)
		}
		if err := json.Unmarshal([]byte(text), &made); err != nil {
			t.Fatal(err)
		}
		return text, made
	}
	first, made := assemble(0, "--blueprint", "L", "--seed", "7", "--parallel", "2")
	if len(made.Forms) != 2 || len(made.Forms[0].Items) != 32 || len(made.Between) == 0 {
		t.Fatalf("made %+v", made)
	}
	if again, _ := assemble(0, "--blueprint", "L", "--seed", "7", "--parallel", "2"); again != first {
		t.Error("one seed gives two pairs of forms")
	}
	if err := os.WriteFile(filepath.Join(folder, "out.json"), []byte(first), 0o600); err != nil {
		t.Fatal(err)
	}
	// Two forms are out: an item may be in two of the three.
	if _, third := assemble(0, "--blueprint", "L", "--after", "out.json"); len(third.Forms) != 1 {
		t.Errorf("the third form: %+v", third)
	}
	if err := os.WriteFile(filepath.Join(folder, "facility.json"), []byte(`{"com.explain.001": 640}`), 0o600); err != nil {
		t.Fatal(err)
	}
	assemble(0, "--blueprint", "S", "--facility", "facility.json")

	_, made = assemble(1, "--blueprint", "S", "--on", "2031-01-01")
	if made.Conflict == nil || !made.Conflict.Proven || len(made.Conflict.Requirements) != 2 || made.Conflict.Requirements[0].Quota != "law" {
		t.Errorf("years later: %+v", made.Conflict)
	}
	_, complaint, status := bank(t, folder, "assemble", "--blueprint", "S", "--jurisdiction", "US")
	if status != 1 || !strings.Contains(complaint, "jurisdiction US: none") || !strings.Contains(complaint, "quality legal: exactly 6") {
		t.Errorf("law of a country the bank has no items for: %d, %s", status, complaint)
	}
	for _, c := range []struct {
		complaint string
		args      []string
	}{
		{`--blueprint: "XL" is not one of L, S`, []string{"--blueprint", "XL"}},
		{`--jurisdiction: "FR" is not one of CN, US, UK`, []string{"--blueprint", "S", "--jurisdiction", "FR"}},
		{"--parallel: 0 is less than one form", []string{"--blueprint", "S", "--parallel", "0"}},
		{"--after: open none.json", []string{"--blueprint", "S", "--after", "none.json"}},
	} {
		if _, complaint, status := bank(t, folder, append([]string{"assemble"}, c.args...)...); status != 1 || !strings.Contains(complaint, c.complaint) {
			t.Errorf("%v: %d, %s", c.args, status, complaint)
		}
	}
}

func TestBankAffected(t *testing.T) {
	folder := t.TempDir()
	h := assesstest.Open(t, filepath.Join(folder, "house.db"))
	if _, err := h.Submit(t.Context(), h.Invited("Ann").Started().Answers().Seat); err != nil {
		t.Fatal(err)
	}
	out, complaint, status := bank(t, folder, "affected", "CN24", "--database", "house.db", "--json")
	if status != 0 {
		t.Fatalf("%d\n%s%s", status, out, complaint)
	}
	var document struct {
		Items         []struct{ ID string }
		Organizations []struct {
			Name  string
			Forms []struct{ Items, Results []string }
		}
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Items) < 20 || len(document.Organizations) != 1 || len(document.Organizations[0].Forms) != 1 {
		t.Fatalf("affected %+v", document)
	}
	form := document.Organizations[0].Forms[0]
	if len(form.Results) != 1 || !strings.HasPrefix(form.Results[0], "res_") {
		t.Errorf("results %v", form.Results)
	}
	for _, id := range form.Items {
		if !slices.ContainsFunc(document.Items, func(i struct{ ID string }) bool { return i.ID == id }) {
			t.Errorf("the form's %s is not among the bank's items", id)
		}
	}
	out, _, status = bank(t, folder, "affected", "CN24", "--database", "house.db")
	if status != 0 || !strings.HasSuffix(out, "1 organizations, 1 forms, 1 results in the database rest on it\n") {
		t.Errorf("for people: %d\n%s", status, out)
	}
	for want, args := range map[string][]string{
		"fact CN97 is not in the bank": {"affected", "CN97"},
		"no such file":                 {"affected", "CN24", "--database", "none.db"},
	} {
		if _, complaint, status := bank(t, folder, args...); status != 1 || !strings.Contains(complaint, want) {
			t.Errorf("%v: %d, %s", args, status, complaint)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "none.db")); err == nil {
		t.Error("looking for what is affected made a database")
	}
}
