package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// fourfold runs the built program in a folder and returns what it printed and its exit
// status.
func fourfold(t *testing.T, folder string, args ...string) (out, complaint string, status int) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	c := exec.Command(path, args...)
	c.Dir, c.Stdout, c.Stderr = folder, &stdout, &stderr
	c.Env = append(os.Environ(), "FOURFOLD_SECRET="+assesstest.Secret)
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), c.ProcessState.ExitCode()
}

// A receipt is taken home and verified by a program that has no database; a changed one
// is named. Then its sittings are re-scored from the command line.
func TestReceiptsAndRescoresOnTheCommandLine(t *testing.T) {
	folder := t.TempDir()
	database := filepath.Join(folder, "fourfold.db")
	house := assesstest.Open(t, database)
	var groups strings.Builder
	groups.WriteString("invitation,sex\n")
	var ann *assesstest.Person
	for n := range 4 {
		ann = house.Invited(fmt.Sprint("Person ", n)).Started().Answers()
		if _, err := house.Submit(t.Context(), ann.Seat); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&groups, "%s,%s\n", assess.FormatID(assess.InvitationID, ann.Invitation.ID), []string{"a", "b"}[n%2])
	}
	whole, err := house.WholeReceipt(t.Context(), house.Owner, ann.Invitation.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	own, err := house.OwnReceipt(t.Context(), ann.Seat)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"whole.json": string(whole), "own.json": string(own), "groups.csv": groups.String(),
		"changed.json": strings.Replace(string(whole), `"mark":{"num":`, `"mark":{"num":1`, 1)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key, complaint, status := fourfold(t, folder, "receipt-key", "--database", database, "--json")
	if status != 0 || !strings.Contains(key, `"algorithm":"Ed25519"`) {
		t.Fatalf("receipt-key: %d\n%s%s", status, key, complaint)
	}
	if err := os.WriteFile(filepath.Join(folder, "key.json"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"verify", "whole.json", "--public-key", "key.json"}, 0, "rescored"},
		{[]string{"verify", "own.json", "--whole", "whole.json", "--json"}, 0, `"opened": true`},
		{[]string{"verify", "changed.json"}, 1, "/result/items/0/mark/num: stated 1"},
		{[]string{"verify", "changed.json", "--json"}, 1, `"path": "/result/items/0/mark/num"`},
		{[]string{"verify", "whole.json", "--public-key", strings.Repeat("00", 32)}, 1, "/signature/public_key"},
		{[]string{"verify", "whole.json", "--public-key", "nonsense"}, 1, "neither PEM nor 64 hexadecimal digits"},
		{[]string{"verify", "groups.csv"}, 1, "no canonical JSON"},
		{[]string{"verify", "missing.json"}, 1, "no such file"},
	} {
		out, complaint, status := fourfold(t, folder, c.args...)
		if status != c.status || !strings.Contains(out+complaint, c.says) {
			t.Errorf("%v: %d\n%s%s", c.args, status, out, complaint)
		}
	}

	assessment := assess.FormatID(assess.AssessmentID, house.Assessment.ID)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"asm_x"}, "no id of an assessment"},
		{[]string{assessment}, "those the assessment was published with"},
		{[]string{assessment, "--rule", "magic/1"}, `no scoring rule is named "magic/1"`},
		{[]string{assessment, "--rule", "distance/1", "--line", "height=3"}, "none of the qualities"},
		{[]string{assessment, "--rule", "distance/1", "--groups", "whole.json"}, "whole.json"},
		{[]string{assess.FormatID(assess.AssessmentID, ann.Invitation.ID), "--rule", "distance/1"}, "there is no assessment"},
	} {
		if out, complaint, status := fourfold(t, folder, append([]string{"rescore", "--database", database}, c.args...)...); status != 1 || !strings.Contains(complaint, c.says) {
			t.Errorf("%v: %d\n%s%s", c.args, status, out, complaint)
		}
	}
	out, complaint, status := fourfold(t, folder, "rescore", "--database", database, assessment, "--rule", "distance/1", "--groups", "groups.csv", "--json")
	var preview struct {
		Rescore  string
		Sittings int
		Changes  []struct {
			Quality string
			N       int
		}
		Impact []struct {
			Kind, Group string
			N           int
		}
	}
	if err := json.Unmarshal([]byte(out), &preview); err != nil || status != 0 || preview.Sittings != 4 || len(preview.Changes) != 4 || len(preview.Impact) != 2 || preview.Impact[0].N != 2 {
		t.Fatalf("preview: %d, %v\n%s%s", status, err, out, complaint)
	}
	if r, err := house.Result(t.Context(), house.Owner, ann.Invitation.ID); err != nil || r.Version != 1 {
		t.Fatalf("a preview scored: version %d, %v", r.Version, err)
	}
	if out, complaint, status = fourfold(t, folder, "rescore", "--database", database, preview.Rescore, "--yes"); status != 0 || !strings.Contains(complaint, "4 new results") || !strings.Contains(out, "tau_b") {
		t.Fatalf("carried out: %d\n%s%s", status, out, complaint)
	}
	if r, err := house.Result(t.Context(), house.Owner, ann.Invitation.ID); err != nil || r.Version != 2 {
		t.Errorf("version %d, %v", r.Version, err)
	}
}

// The laboratory answers the same for a seed, in JSON and for people, and refuses what
// makes no sense.
func TestTheLaboratoryOnTheCommandLine(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"rewards --persons 50 --json", 0, `"rule": "concordance/1"`},
		{"rewards --persons 50", 0, "fence_sitter"},
		{"dif --n 50 --seeds 3 --harder 0.4 --json", 0, `"closed_form"`},
		{"dif --n 50 --seeds 3 --harder 0", 0, "accused"},
		{"impact --n 50 --seeds 3 --quality legal", 0, "four_fifths_closed_form"},
		{"norm --n 50 --seeds 2", 0, "other_sten"},
		{"sittings --persons 3 --styles random=0.5", 0, "person,style,group,"},
		{"dif --n 1", 1, "not within 2 to 100000"},
		{"dif --item 9", 1, "has 6 items"},
		{"impact --line 101", 1, "not within 0 to 100"},
		{"rewards --styles sleeper=1", 1, "none of the styles"},
		{"rewards --styles random=2", 1, "more than 1"},
		{"norm --seeds 0", 1, "not within 1 to 10000"},
		{"sittings --dif nowhere=1", 1, "no item nowhere"},
		{"rewards --form missing.json", 1, "no such file"},
	} {
		out, complaint, status := fourfold(t, folder, append([]string{"simulate"}, strings.Fields(c.args)...)...)
		if status != c.status || !strings.Contains(out+complaint, c.says) {
			t.Errorf("%s: %d\n%s%s", c.args, status, out, complaint)
			continue
		}
		if again, _, _ := fourfold(t, folder, append([]string{"simulate"}, strings.Fields(c.args)...)...); again != out {
			t.Errorf("%s: twice the same seed, and not twice the same", c.args)
		}
	}
}
