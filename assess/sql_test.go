package assess_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// statement is an SQL text of the package and where it stands.
type statement struct {
	place string
	name  string // Of its constant; empty for a text in a call.
	text  string
}

var (
	verb      = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s`)
	parameter = regexp.MustCompile(`\$(\d+)`)
	named     = regexp.MustCompile(`([^:]):([a-z_]+)`)
)

// statements reads every SQL text out of the package's source: constants and
// literals, with the constants they are put together from.
func statements(t *testing.T) []statement {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	constants := map[string]ast.Expr{}
	var parsed []*ast.File
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i, v := range spec.Values {
					constants[spec.Names[i].Name] = v
				}
			}
			return true
		})
	}
	var text func(e ast.Expr) (string, bool)
	text = func(e ast.Expr) (string, bool) {
		switch e := e.(type) {
		case *ast.BasicLit:
			s, err := strconv.Unquote(e.Value)
			return s, err == nil && e.Kind == token.STRING
		case *ast.BinaryExpr:
			left, ok := text(e.X)
			right, too := text(e.Y)
			return left + right, ok && too && e.Op == token.ADD
		case *ast.Ident:
			if v, ok := constants[e.Name]; ok {
				return text(v)
			}
		}
		return "", false
	}
	var found []statement
	for _, file := range parsed {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if s, ok := text(v); ok && verb.MatchString(s) {
						found = append(found, statement{set.Position(v.Pos()).String(), n.Names[i].Name, s})
					}
				}
				return false
			case ast.Expr:
				if _, isName := n.(*ast.Ident); isName {
					return true
				}
				if s, ok := text(n); ok {
					if verb.MatchString(s) {
						found = append(found, statement{set.Position(n.Pos()).String(), "", s})
					}
					return false
				}
			}
			return true
		})
	}
	return found
}

func TestEveryStatementIsUnderstoodByBothEngines(t *testing.T) {
	all := statements(t)
	if len(all) < 60 {
		t.Fatalf("only %d statements were found in the source", len(all))
	}
	assesstest.Each(t, func(t *testing.T, dsn string) {
		assesstest.Center(t, dsn, assesstest.NewClock())
		db := assesstest.Database(t, dsn)
		postgres := db.DriverName() == "postgres"
		for _, s := range all {
			if strings.Contains(s.text, "sqlite_version()") && postgres || strings.HasSuffix(s.name, "SQLite") && postgres || strings.HasSuffix(s.name, "Postgres") && !postgres || strings.HasSuffix(s.text, "FOR UPDATE") && !postgres {
				continue
			}
			query, n := s.text, 0
			if !parameter.MatchString(query) {
				query = named.ReplaceAllStringFunc(query, func(m string) string {
					n++
					return m[:1] + "$" + strconv.Itoa(n)
				})
			}
			for _, m := range parameter.FindAllStringSubmatch(query, -1) {
				number, _ := strconv.Atoi(m[1])
				n = max(n, number)
			}
			var err error
			if postgres {
				var prepared interface{ Close() error }
				if prepared, err = db.Prepare(query); err == nil {
					err = prepared.Close()
				}
			} else { // SQLite compiles when it runs, and EXPLAIN runs nothing else
				_, err = db.Exec("EXPLAIN "+query, make([]any, n)...)
			}
			if err != nil {
				t.Errorf("%s: %v\n%s", s.place, err, s.text)
			}
		}
	})
}

// A query that forgets whose rows it may see would be a hole between tenants.
func TestEveryStatementNamesItsOrganization(t *testing.T) {
	// What is global on purpose: doors and leases, the start of the house, finding a
	// member by the address of the sign-in page, and the background work for all.
	global := regexp.MustCompile(`FROM secrets|INTO secrets|leases|FROM organizations|INTO organizations|m?\.?email = \$1|sittings_due|FROM audit_inbox\s+ORDER|FROM statistics_queue ORDER BY|ORDER BY q\.organization_id, q\.id|state = 'started' AND deadline <|state = 'confirmed' AND confirmed_at|expires_at < \$1|FROM outbox LIMIT|FROM deliveries\s+WHERE created_at <|held_until IS NOT NULL AND holder <> \$1|FROM idempotency_keys WHERE created_at <|advisory|polled_at <= |FROM sign_ons LIMIT 2|UPDATE organizations SET factor_required = \$2 WHERE id = \$1`)
	whose := regexp.MustCompile(`organization_id = (\$|:)1?|\(organization_id,|organization_id = saved|organization_id, sitting_id\) IN|due_at <= \$1 AND disabled_at`)
	for _, s := range statements(t) {
		if s.name == "invitationSelect" || strings.Contains(s.text, "sqlite_version()") {
			continue // a beginning whose users add the WHERE; a question about the engine
		}
		if !whose.MatchString(s.text) && !global.MatchString(s.text) {
			t.Errorf("%s: no organization in\n%s", s.place, s.text)
		}
	}
}

func TestErrorsHaveOneWordEach(t *testing.T) {
	seen := map[assess.Error]bool{}
	for _, e := range assess.Errors {
		if seen[e] || e.Error() == "" || strings.ToLower(e.Error()) != e.Error() {
			t.Errorf("%q is no word of its own", e)
		}
		seen[e] = true
	}
}
