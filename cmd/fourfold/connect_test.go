package main_test

import (
	"bytes"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A connection made on the command line works at once on the server that runs.
func TestConnectPrintsWhatTheVendorNeeds(t *testing.T) {
	s := startHouse(t, filepath.Join(t.TempDir(), "fourfold.db"))
	if !strings.Contains(s.output.String(), "no mail server is set up") {
		t.Errorf("the missing mail server is not mentioned at start:\n%s", s.output)
	}
	said := s.connect(t, 0, "greenhouse", "--public-url", s.URL)
	lines := strings.Split(said, "\n")
	key, ok := strings.CutPrefix(lines[0], "key ")
	if !ok {
		t.Fatalf("the first line is %q", lines[0])
	}
	list := ""
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "list_tests GET "); ok {
			list = rest
		}
	}
	if !strings.HasPrefix(list, s.URL+"/ats/greenhouse/") || strings.Count(said, key) != 2 || !strings.Contains(said, "partners@greenhouse.io") {
		t.Fatalf("the text is not whole:\n%s", said)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, list, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(key, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the address that was printed answers %d to the key that was printed", answer.StatusCode)
	}

	if said := s.connect(t, 0, "workable", "--public-url", s.URL, "--host", "acme.workable.com"); !strings.Contains(said, "Beta:") {
		t.Errorf("Workable is not called beta:\n%s", said)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"greenhouse"}, "--public-url"},
		{[]string{"workable", "--public-url", s.URL}, "--host: Please fill this in."},
		{[]string{"ashby", "--public-url", s.URL, "--base", "https://10.1.2.3"}, "--base: This is not a public address"},
		{[]string{"kombo", "--public-url", s.URL, "--account", "x", "--signing-secret", "two words"}, "--signing-secret: "},
		{[]string{"greenhouse", "--public-url", s.URL, "--organization", "Nobody"}, "Harbour Collections"},
	} {
		if said := s.connect(t, 1, c.args...); !strings.Contains(said, c.says) {
			t.Errorf("connect %v says %q, want %q in it", c.args, said, c.says)
		}
	}
}

// connect runs the command beside the server and returns what it said.
func (s *server) connect(t *testing.T, status int, args ...string) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"connect"}, args...)...)
	cmd.Env = s.environment()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != status {
		t.Fatalf("connect %v: %v\n%s", args, err, said.String())
	}
	return said.String()
}

func TestAMailServerMustBeOne(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ smtp, from, says string }{
		{"http://mail.example.com", "a@example.com", "is not like smtp://"},
		{"smtp://user:hidden@mail.example.com", "nobody", "is not one like"},
		{"smtp://user:hid%zz@mail.example.com", "a@example.com", "is not like smtp://"},
	} {
		cmd := exec.CommandContext(t.Context(), path, "serve", "--address", "127.0.0.1:0", "--database", filepath.Join(t.TempDir(), "x.db"), "--smtp", c.smtp, "--mail-from", c.from)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.says) || strings.Contains(string(out), "hid") {
			t.Errorf("%s from %s: %v %s", c.smtp, c.from, err, out)
		}
	}
}
