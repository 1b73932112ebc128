package main_test

import (
	"bytes"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// command runs fourfold beside the server on its database.
func (s *server) command(t *testing.T, args ...string) (out, said string, err error) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = s.environment()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// Keys are made, listed, rotated and revoked while the server runs, and count at
// once.
func TestKeysOnTheCommandLine(t *testing.T) {
	for engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := startHouse(t, engines[engine](t))
			status := func(key, path string) int {
				r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+key)
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				return answer.StatusCode
			}
			out, said, err := s.command(t, "key", "create", "--name", "ATS", "--scope", "assessments:read,invitations:read", "--expires", "90d")
			if err != nil || strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "fourfold_live_") || !strings.Contains(said, "expires 20") {
				t.Fatalf("%v: %q, %q", err, out, said)
			}
			first := strings.TrimSpace(out)
			if got := status(first, "/api/v1/invitations"); got != http.StatusOK {
				t.Errorf("the key opens %d", got)
			}
			if got := status(first, "/api/v1/webhooks"); got != http.StatusForbidden {
				t.Errorf("without the scope: %d", got)
			}
			id, _, _ := strings.Cut(said, " ")
			if out, _, err := s.command(t, "key", "list"); err != nil || !strings.Contains(out, id) || !strings.Contains(out, "good") || strings.Contains(out, first) {
				t.Errorf("%v: %s", err, out)
			}
			out, _, err = s.command(t, "key", "rotate", id, "--overlap", "1h")
			second := strings.TrimSpace(out)
			if err != nil || second == first || status(first, "/api/v1/invitations") != http.StatusOK || status(second, "/api/v1/invitations") != http.StatusOK {
				t.Errorf("rotated: %v, %q", err, out)
			}
			if _, _, err := s.command(t, "key", "revoke", id); err != nil || status(first, "/api/v1/invitations") != http.StatusUnauthorized || status(second, "/api/v1/invitations") != http.StatusUnauthorized {
				t.Errorf("revoked: %v", err)
			}

			for _, wrong := range []struct {
				args []string
				says string
			}{
				{[]string{"key", "create", "--name", "x", "--scope", "results:write"}, "no scope"},
				{[]string{"key", "create", "--name", "x", "--scope", "results:read", "--expires", "soon"}, "neither a date"},
				{[]string{"key", "create", "--name", "x", "--scope", "results:read", "--expires", "2020-01-01"}, "--expires: This date has passed already."},
				{[]string{"key", "create", "--name", " ", "--scope", "results:read"}, "--name: Please fill this in."},
				{[]string{"key", "create", "--name", "x", "--scope", "results:read", "--organization", "Nobody"}, "no organization is called"},
				{[]string{"key", "revoke", id}, "no key that could be changed"},
				{[]string{"key", "rotate", "key_1"}, "is no key's id"},
			} {
				if out, said, err := s.command(t, wrong.args...); err == nil || out != "" || !strings.Contains(said, wrong.says) {
					t.Errorf("%v: %v, %q, %q", wrong.args, err, out, said)
				}
			}
			typo := filepath.Join(t.TempDir(), "typo.db")
			for _, args := range [][]string{
				{"key", "list"}, {"key", "create", "--name", "x", "--scope", "results:read"}, {"connect", "greenhouse", "--public-url", s.URL},
				{"sign-in", "olive@harbour.test"}, {"add-organization", "Third", "--owner", "Tom", "--email", "tom@third.test"}, {"audit", "verify"},
				{"stats", "verify"}, {"receipt-key"}, {"rescore", id},
			} {
				out, said, err := s.command(t, append(args, "--database", typo)...)
				if left, globbed := filepath.Glob(typo + "*"); err == nil || out != "" || !strings.Contains(said, "no such file") || len(left) > 0 || globbed != nil {
					t.Errorf("%v on a database that is not there: %v, %q, %q, and it leaves %v", args, err, out, said, left)
				}
			}
			if _, _, err := s.command(t, "add-organization", "Second House", "--owner", "Sue", "--email", "sue@second.test"); err != nil {
				t.Fatal(err)
			}
			if _, said, err := s.command(t, "key", "list"); err == nil || !strings.Contains(said, "--organization") {
				t.Errorf("two organizations: %v, %q", err, said)
			}
			if out, _, err := s.command(t, "key", "create", "--organization", "Second House", "--name", "ATS", "--scope", "results:read"); err != nil || status(strings.TrimSpace(out), "/api/v1/assessments") != http.StatusForbidden {
				t.Errorf("the second organization's: %v", err)
			}
		})
	}
}
