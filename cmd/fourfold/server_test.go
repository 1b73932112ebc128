package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// program is the built fourfold, with the flags of the tests: under the race
// detector when they are.
var program = sync.OnceValues(func() (string, error) {
	args := []string{"build", "-buildvcs=false", "-o", filepath.Join(buildFolder, "fourfold")}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-race" || s.Key == "-gcflags" {
				args = append(args, s.Key+"="+s.Value)
			}
		}
	}
	out, err := exec.Command("go", append(args, ".")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return filepath.Join(buildFolder, "fourfold"), nil
})

var buildFolder string

func TestMain(m *testing.M) {
	var err error
	if buildFolder, err = os.MkdirTemp("", "fourfold-build-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(buildFolder); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// server is a fourfold process of the tests.
type server struct {
	URL      string
	database string
	printed  map[string]string // What a demo prints: candidate, recruiter, apikey.
	finished []invitation
	process  *exec.Cmd
	output   *output
}

// engines gives each database engine's fresh database.
var engines = map[string]func(t *testing.T) string{
	"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "fourfold.db") },
	"PostgreSQL": func(t *testing.T) string { return assesstest.Postgres(t) },
}

// startDemo starts a server as a newcomer does.
func startDemo(t *testing.T, engine string) *server {
	t.Helper()
	s := &server{database: engines[engine](t)}
	s.start(t, "--demo")
	return s
}

// startHouse starts a server on a database with one organization, one published
// assessment and an API key.
func startHouse(t *testing.T, database string) *server {
	t.Helper()
	s := &server{database: database, printed: map[string]string{}}
	t.Run("set up", func(t *testing.T) { // nobody but the server has the database open afterwards
		h := assesstest.Open(t, database)
		_, key, err := h.MakeKey(t.Context(), h.Owner, assess.NewKey{Name: "tests", Scopes: assess.Scopes})
		if err != nil {
			t.Fatal(err)
		}
		s.printed["apikey"] = key
	})
	s.start(t)
	return s
}

// start runs the server until the test ends, and returns once it serves.
func (s *server) start(t *testing.T, args ...string) {
	t.Helper()
	s.startUnder(t, nil, args...)
}

// startUnder is start beneath the command line of a tracer that lets go of what it starts.
func (s *server) startUnder(t *testing.T, tracer []string, args ...string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:0"
	if s.URL != "" { // come back where the candidates' pages look for it
		address = strings.TrimPrefix(s.URL, "http://")
	}
	line := slices.Concat(tracer, []string{path, "serve", "--address", address}, args)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = s.environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	serving := make(chan string, 1)
	s.output = &output{said: map[string]string{}, serving: serving}
	cmd.Stdout, cmd.Stderr = s.output, s.output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.process = cmd
	t.Cleanup(func() { s.stop(t) })
	select {
	case s.URL = <-serving:
		if s.printed == nil {
			s.printed = s.output.said
		}
	case <-time.After(2 * time.Minute):
		s.kill(t)
		t.Fatalf("the server did not start:\n%s", s.output)
	}
}

func (s *server) environment() []string {
	return append(os.Environ(), "DATABASE_URL="+s.database, "FOURFOLD_SECRET="+assesstest.Secret)
}

// output reads what the server prints, the log included, and keeps the end of it
// for a failing test to show.
type output struct {
	mu      sync.Mutex
	text    []byte
	line    []byte
	said    map[string]string // By the first word of a line, until the server serves.
	serving chan string       // Its URL.
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	o.text = o.text[max(0, len(o.text)-1<<16):]
	if o.serving == nil {
		return len(p), nil
	}
	o.line = append(o.line, p...)
	for {
		line, rest, whole := strings.Cut(string(o.line), "\n")
		if !whole {
			return len(p), nil
		}
		o.line = []byte(rest)
		word, value, _ := strings.Cut(line, " ")
		o.said[word] = value
		if _, url, ok := strings.Cut(line, " url="); ok && strings.Contains(line, "msg=serving") {
			o.serving <- url
			o.serving = nil
			return len(p), nil
		}
	}
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// stop ends the server as a service manager would, and expects it to end well.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if s.process == nil || s.process.ProcessState != nil {
		return
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	late := time.AfterFunc(patience, func() { s.process.Process.Kill() })
	defer late.Stop()
	if err := s.process.Wait(); err != nil {
		t.Errorf("the server ended with %v\n%s", err, s.output)
	}
}

// kill ends the server as a power cut would.
func (s *server) kill(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.process.Wait() // it was killed
}

// driver is the database's in database/sql.
func (s *server) driver() string {
	if strings.HasPrefix(s.database, "postgres://") {
		return "postgres"
	}
	return "sqlite"
}

// invitation and result are what the API says, as far as the tests care.
type invitation struct{ ID, Link string }

type result struct {
	ETag      string    `json:"-"`
	KeyStatus string    `json:"key_status"`
	Qualities []quality `json:"qualities"`
}

type quality struct {
	Quality                string
	Answered, Of           int
	Raw, Chance, Closeness int
	Level                  string
}

// api calls the API with the demo's key and returns the answer's headers.
func (s *server) api(t *testing.T, method, path string, body, into any) http.Header {
	t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.printed["apikey"])
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprint(time.Now().UnixNano()))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode < 300 {
		err = json.Unmarshal(got, into)
	}
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %s, %v\n%s", method, path, answer.Status, err, got)
	}
	return answer.Header
}

// invite orders a test for somebody, as an applicant tracking system does.
func (s *server) invite(t *testing.T, name string) invitation {
	t.Helper()
	var assessments struct {
		Assessments []struct{ ID, State string }
	}
	s.api(t, http.MethodGet, "/api/v1/assessments", nil, &assessments)
	var made invitation
	s.api(t, http.MethodPost, "/api/v1/invitations", map[string]any{
		"assessment": assessments.Assessments[0].ID,
		"candidate":  map[string]string{"name": name, "email": "ann@example.com"},
	}, &made)
	return made
}

// demoInvitation finds the invitation whose link the demo printed.
func (s *server) demoInvitation(t *testing.T) invitation {
	t.Helper()
	var page struct {
		Invitations []invitation
		Next        string `json:"next_cursor"`
	}
	for {
		s.api(t, http.MethodGet, "/api/v1/invitations?limit=250&cursor="+url.QueryEscape(page.Next), nil, &page)
		for _, i := range page.Invitations {
			if i.Link == s.printed["candidate"] {
				return i
			}
		}
		if page.Next == "" {
			t.Fatalf("the API lists no invitation with the link %s", s.printed["candidate"])
		}
	}
}

// result fetches a frozen result.
func (s *server) result(t *testing.T, invitation string) result {
	t.Helper()
	var r result
	header := s.api(t, http.MethodGet, "/api/v1/invitations/"+invitation+"/result", nil, &r)
	r.ETag = header.Get("ETag")
	return r
}

// signInLink is the one the demo printed, and after that one from the command.
func (s *server) signInLink(t *testing.T) string {
	t.Helper()
	if link := s.printed["recruiter"]; link != "" {
		s.printed["recruiter"] = ""
		return link
	}
	return s.signInLinkOf(t, "demo@fourfold.example")
}

// signInLinkOf asks the command for a member's link.
func (s *server) signInLinkOf(t *testing.T, address string, flags ...string) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, append([]string{"sign-in", "--public-url", s.URL, address}, flags...)...)
	command.Env = s.environment()
	var complaint strings.Builder
	command.Stderr = &complaint
	link, err := command.Output()
	if err != nil {
		t.Fatalf("fourfold sign-in: %v\n%s", err, complaint.String())
	}
	return strings.TrimSpace(string(link))
}
