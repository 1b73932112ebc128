package main_test

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// bank runs a bank command of the built program in a folder of its own, and returns
// what it printed and its exit status.
func bank(t *testing.T, folder string, args ...string) (out, complaint string, status int) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	c := exec.Command(path, append([]string{"bank"}, args...)...)
	c.Dir, c.Stdout, c.Stderr = folder, &stdout, &stderr
	c.Env = append(os.Environ(), "TMPDIR="+folder)
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), c.ProcessState.ExitCode()
}

// A bank goes out as a package and comes back as a folder that loads to the same
// items.
func TestBankGoesOutAndComesBack(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	out, complaint, status := bank(t, folder, "export", "--qti", "bank.zip")
	if status != 0 || !strings.Contains(out, "concordance/1 is no sum over options") {
		t.Fatalf("export: %d\n%s%s", status, out, complaint)
	}
	if out, complaint, status = bank(t, folder, "import", "bank.zip"); status != 0 || !strings.Contains(out, "nothing is written") {
		t.Fatalf("import: %d\n%s%s", status, out, complaint)
	}
	if _, complaint, status = bank(t, folder, "import", "bank.zip", "--to", "mine"); status != 0 {
		t.Fatalf("import --to: %d\n%s", status, complaint)
	}
	mine, err := questions.Load(os.DirFS(filepath.Join(folder, "mine")))
	if err != nil {
		t.Fatal(err)
	}
	builtin, err := questions.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(mine.Items, builtin.Items) || !reflect.DeepEqual(mine.Practice, builtin.Practice) {
		t.Error("the bank came back otherwise than it went out")
	}
	if _, complaint, status = bank(t, folder, "import", "bank.zip", "--to", "mine"); status != 1 || !strings.Contains(complaint, "mine is not empty") {
		t.Errorf("import into a folder in use: %d\n%s", status, complaint)
	}
	if out, complaint, status = bank(t, folder, "export", "--qti", "again.zip", "mine"); status != 0 {
		t.Fatalf("export of the folder: %d\n%s%s", status, out, complaint)
	}
	first, err := os.ReadFile(filepath.Join(folder, "bank.zip"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(filepath.Join(folder, "again.zip"))
	if err != nil || string(first) != string(second) {
		t.Errorf("the folder makes another package: %v", err)
	}
	holds(t, folder, "again.zip", "bank.zip", "mine")
}

// A hostile package is refused with the entry's name, and leaves nothing behind.
func TestHostilePackageLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	f, err := os.Create(filepath.Join(folder, "evil.zip"))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("../../escaped.yaml")
	if err == nil {
		_, err = w.Write([]byte("- id: evil\n"))
	}
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	out, complaint, status := bank(t, folder, "import", "evil.zip", "--to", "mine")
	if want := "fourfold: evil.zip: ../../escaped.yaml: leads out of the package\n"; status != 1 || complaint != want || out != "" {
		t.Errorf("%d, %q, %q; want %q", status, out, complaint, want)
	}
	holds(t, folder, "evil.zip")
	if _, complaint, status = bank(t, folder, "export", "--qti", "x.zip", "nowhere"); status != 1 || !strings.Contains(complaint, "blueprints.yaml:1") {
		t.Errorf("export of no bank: %d, %q", status, complaint)
	}
	holds(t, folder, "evil.zip")
}

// holds asserts what stands in a folder, hidden files too.
func holds(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := fs.ReadDir(os.DirFS(folder), ".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}
