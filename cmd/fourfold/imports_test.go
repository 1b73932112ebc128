package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/fourfold/fourfold/"

// rule says what the packages at a place may import besides the standard library:
// which of ours, and which of others. A path also stands for what lies below it.
type rule struct {
	place  string
	ours   []string
	others []string
	never  []string // even though the lists above would allow it
}

// rules is the picture of docs/design.md: every arrow points right or down. The
// first rule whose place fits a package is the one it keeps.
var rules = []rule{
	{place: "questions/qti", ours: []string{"questions"}, others: []string{"github.com/beevik/etree"}},
	{place: "questions", never: []string{"questions/qti"}, others: []string{"go.yaml.in/yaml/v4", "github.com/go-playground/validator/v10"}},
	{place: "assess/measure", others: []string{"gonum.org/v1/gonum"}, never: []string{"database/sql", "context"}},
	{place: "assess/simulate", ours: []string{"questions", "assess/measure"}, others: []string{"gonum.org/v1/gonum"}, never: []string{"database/sql", "context"}},
	{place: "assess/assesstest", ours: []string{"assess", "questions", "migrations"}, others: anything},
	{place: "assess", ours: []string{"questions", "assess/measure", "migrations"}, others: anything,
		never: []string{"net/http", "html/template", "github.com/gin-gonic/gin"}},
	{place: "migrations", others: anything},
	{place: "web", ours: []string{"web", "assess", "questions"}, others: anything,
		never: []string{"assess/assesstest", "assess/measure", "database/sql", "github.com/jmoiron/sqlx", "github.com/lib/pq", "modernc.org/sqlite"}},
	{place: "cmd", ours: []string{"web", "assess", "questions", "migrations"}, others: anything,
		never: []string{"assess/assesstest"}},
}

var anything = []string{""}

// objection says why from must not import to, or nothing.
func objection(from, to string) string {
	for _, r := range rules {
		if !within(from, []string{r.place}) {
			continue
		}
		allowed := r.others
		if name, ok := strings.CutPrefix(to, module); ok {
			to, allowed = name, r.ours
		} else if first, _, _ := strings.Cut(to, "/"); !strings.Contains(first, ".") {
			allowed = anything // the standard library
		}
		if within(to, r.never) || !within(to, allowed) && !within(to, []string{r.place}) {
			return fmt.Sprintf("%s imports %s", from, to)
		}
		return ""
	}
	return from + " has no rule"
}

func within(path string, places []string) bool {
	for _, p := range places {
		if p == "" || path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

func TestEveryImportPointsRightOrDown(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports", module+"...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v: %v", list, err)
	}
	seen := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from, ok := strings.CutPrefix(p.ImportPath, module)
		if !ok {
			continue
		}
		seen++
		for _, to := range p.Imports {
			if o := objection(from, to); o != "" {
				t.Error(o)
			}
		}
	}
	if seen < len(rules) {
		t.Errorf("the rule was held against %d packages; there are at least %d places", seen, len(rules))
	}
}

func TestObjection(t *testing.T) {
	for _, c := range []struct {
		from, to string
		objects  bool
	}{
		{"questions", "encoding/json", false},
		{"questions", "go.yaml.in/yaml/v4", false},
		{"questions", "github.com/jmoiron/sqlx", true},
		{"questions", module + "assess", true},
		{"questions", module + "questions/qti", true},
		{"questions/qti", module + "questions", false},
		{"questions/qti", "go.yaml.in/yaml/v4", true},
		{"assess/measure", "gonum.org/v1/gonum/stat", false},
		{"assess/measure", "database/sql", true},
		{"assess/measure", module + "assess", true},
		{"assess", module + "assess/measure", false},
		{"assess/simulate", module + "assess/measure", false},
		{"assess/simulate", module + "assess", true},
		{"assess/simulate", "database/sql", true},
		{"assess", module + "web", true},
		{"assess", "net/http", true},
		{"assess/assesstest", module + "assess", false},
		{"web/chart", module + "questions", false},
		{"web", module + "assess/assesstest", true},
		{"web", "github.com/jmoiron/sqlx", true},
		{"cmd/fourfold", module + "web", false},
		{"cmd/fourfold", module + "assess/assesstest", true},
		{"migrations", module + "assess", true},
		{"scoring", "fmt", true},
	} {
		if got := objection(c.from, c.to); (got != "") != c.objects {
			t.Errorf("objection(%s, %s) = %q", c.from, c.to, got)
		}
	}
}
