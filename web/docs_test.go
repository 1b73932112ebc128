package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// example is one curl command of docs/api.md with the status and the JSON the
// text promises.
type example struct {
	command string
	status  int
	answer  string
}

var exampleForm = regexp.MustCompile("(?s)```sh\n(curl .*?)\n```\n\n`(\\d{3})([^`]*)`(?:[^\n]*\n\n```json\n(.*?)\n```)?")

func examples(t *testing.T) []example {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	for _, m := range exampleForm.FindAllStringSubmatch(string(text), -1) {
		status, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, example{m[1], status, m[4]})
	}
	if n := strings.Count(string(text), "\ncurl "); n != len(all) {
		t.Fatalf("%d commands, but %d with a status behind them", n, len(all))
	}
	return all
}

func TestTheTourOfTheAPIWorks(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.Scopes...)
	words := map[string]string{
		"FOURFOLD": publicURL.String(), "KEY": ats.key,
		"ASSESSMENT": assess.FormatID(assess.AssessmentID, house.Assessment.ID),
	}
	ats.key = ""
	for _, e := range examples(t) {
		r := curl(t, e.command, words)
		if strings.HasSuffix(r.path, "/result") {
			sit(t, house, words["LINK"])
		}
		got := ats.call(r.method, r.path, r.body, r.headers...)
		if got.StatusCode != e.status {
			t.Errorf("%s\n→ %d, want %d: %s", e.command, got.StatusCode, e.status, got.text)
			continue
		}
		if e.answer != "" {
			sameMembers(t, e.command, got.text, e.answer)
		}
		keep(words, r, got)
	}
}

// Every call of the API stands on the page as a command, and every command works.
func TestTheCommandsOfTheDocsPageWork(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ats := programOf(t, house, assess.Scopes...)
	words := map[string]string{
		"FOURFOLD": publicURL.String(), "KEY": ats.key, "ASSESSMENT": assess.FormatID(assess.AssessmentID, house.Assessment.ID),
	}
	page := browse(t, house, questions.English).Get("/api/docs")
	commands := map[string]string{} // by method and path
	for _, block := range page.All("pre code") {
		var raw strings.Builder
		for n := range block.Descendants() {
			raw.WriteString(n.Data)
		}
		if command := raw.String(); strings.HasPrefix(command, "curl ") {
			r := regexp.MustCompile(`^curl -s(?: -X ([A-Z]+))? "\$FOURFOLD([^"]+)"`).FindStringSubmatch(command)
			if r == nil {
				t.Fatalf("what is %q", command)
			}
			commands[cmp.Or(r[1], http.MethodGet)+" "+r[2]] = command
		}
	}
	// In an order in which each finds what it names.
	order := []string{
		"GET /api/v1/assessments", "POST /api/v1/invitations", "GET /api/v1/invitations", "GET /api/v1/invitations/$INVITATION",
		"GET /api/v1/invitations/$INVITATION/result", "GET /api/v1/results/$RESULT", "POST /api/v1/invitations/bulk", "POST /api/v1/invitations/$INVITATION/cancel",
		"POST /api/v1/webhooks", "GET /api/v1/webhooks", "GET /api/v1/webhooks/$WEBHOOK", "PUT /api/v1/webhooks/$WEBHOOK", "POST /api/v1/webhooks/$WEBHOOK/rotate",
		"POST /api/v1/webhooks/$WEBHOOK/test", "GET /api/v1/webhooks/$WEBHOOK/deliveries", "GET /api/v1/deliveries/$DELIVERY", "POST /api/v1/deliveries/$DELIVERY/resend",
		"POST /api/v1/webhooks/$WEBHOOK/disable", "POST /api/v1/webhooks/$WEBHOOK/enable", "DELETE /api/v1/webhooks/$WEBHOOK",
	}
	ats.key = ""
	for call := range commands {
		if !slices.Contains(order, call) {
			order = append(order, call) // what asks for nothing, and what is new
		}
	}
	for _, call := range order {
		command, ok := commands[call]
		if !ok {
			t.Errorf("%s is not on the page", call)
			continue
		}
		r := curl(t, command, words)
		if strings.HasSuffix(r.path, "/result") {
			sit(t, house, words["LINK"])
		}
		got := ats.call(r.method, r.path, r.body, r.headers...)
		if got.StatusCode >= 300 {
			t.Errorf("%s\n→ %d: %s", command, got.StatusCode, got.text)
			continue
		}
		keep(words, r, got)
		if spare := words["SPARE"]; spare != "" {
			words["INVITATION"] = spare // the first one has ended
		}
	}
	documented := readOpenAPI(t)
	n := 0
	for _, methods := range documented.Paths {
		n += len(methods)
	}
	if n != len(commands) {
		t.Errorf("%d commands for %d calls", len(commands), n)
	}
}

// keep takes from an answer what later commands name.
func keep(words map[string]string, r curled, got reply) {
	var list deliveryList
	switch {
	case r.method == http.MethodPost && strings.HasSuffix(r.path, "/invitations"):
		var made invitationEntry
		got.into(&made)
		words["INVITATION"], words["LINK"] = made.ID, *made.Link
	case strings.HasSuffix(r.path, "/bulk"):
		var many batchAnswer
		got.into(&many)
		words["SPARE"] = many.Results[0].Invitation.ID
	case strings.HasSuffix(r.path, "/result"):
		var document struct{ ID string }
		got.into(&document)
		words["RESULT"] = document.ID
	case r.method == http.MethodPost && strings.HasSuffix(r.path, "/webhooks"):
		var made webhookSecret
		got.into(&made)
		words["WEBHOOK"] = made.ID
	case strings.Contains(r.path, "/webhooks/") && strings.Contains(r.path, "/deliveries"):
		got.into(&list)
		words["DELIVERY"] = list.Deliveries[0].ID
	}
}

// sameMembers compares the names in two JSON objects, not the values.
func sameMembers(t *testing.T, command, got, want string) {
	t.Helper()
	names := func(text string) []string {
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			t.Fatalf("%s: %v in %s", command, err, text)
		}
		var all []string
		for name := range object {
			all = append(all, name)
		}
		slices.Sort(all)
		return all
	}
	if g, w := names(got), names(want); !slices.Equal(g, w) {
		t.Errorf("%s\nanswers with %v, the text shows %v", command, g, w)
	}
}

type curled struct {
	method, path, body string
	headers            []string
}

// curl reads a command as a shell and curl would, as far as the tour needs.
func curl(t *testing.T, command string, words map[string]string) curled {
	t.Helper()
	r := curled{method: http.MethodGet}
	args := shellWords(t, command, words)
	for i := 1; i < len(args); i++ {
		next := func() string {
			i++
			return args[i]
		}
		switch args[i] {
		case "-s":
		case "-X":
			r.method = next()
		case "-d":
			r.body = next()
		case "-H":
			name, value, _ := strings.Cut(next(), ": ")
			r.headers = append(r.headers, name, value)
		case "-u":
			user, password, _ := strings.Cut(next(), ":")
			basic := httptest.NewRequest(http.MethodGet, "/", nil)
			basic.SetBasicAuth(user, password)
			r.headers = append(r.headers, "Authorization", basic.Header.Get("Authorization"))
		default:
			path, ok := strings.CutPrefix(args[i], publicURL.String())
			if !ok {
				t.Fatalf("%s: what is %q", command, args[i])
			}
			r.path = path
		}
	}
	return r
}

// shellWords splits a command line at blanks, with single and double quotes,
// escaped line ends and $WORDS.
func shellWords(t *testing.T, command string, words map[string]string) []string {
	t.Helper()
	var (
		args  []string
		arg   strings.Builder
		quote rune
		begun bool
	)
	name := regexp.MustCompile(`\$([A-Z]+)`)
	fill := func(s string) string {
		return name.ReplaceAllStringFunc(s, func(v string) string {
			value, ok := words[v[1:]]
			if !ok {
				t.Fatalf("%s: %s is not set", command, v)
			}
			return value
		})
	}
	plain := strings.ReplaceAll(command, "\\\n", " ") + " "
	part := strings.Builder{}
	end := func() {
		if quote == '\'' {
			arg.WriteString(part.String())
		} else {
			arg.WriteString(fill(part.String()))
		}
		part.Reset()
	}
	for _, r := range plain {
		switch {
		case quote == 0 && (r == '\'' || r == '"'):
			end()
			quote, begun = r, true
		case r == quote && quote != 0:
			end()
			quote = 0
		case quote == 0 && (r == ' ' || r == '\n'):
			end()
			if begun || arg.Len() > 0 {
				args = append(args, arg.String())
			}
			arg.Reset()
			begun = false
		default:
			part.WriteRune(r)
		}
	}
	return args
}

func TestTheDocsPageIsServedOffline(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	server := New(house.Center, Config{PublicURL: publicURL})
	get := func(path string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w
	}
	for _, language := range []string{"zh-CN", "en"} {
		page := get("/api/docs", "Accept-Language", language)
		if page.Code != http.StatusOK {
			t.Fatalf("%d: %s", page.Code, page.Body)
		}
		text := page.Body.String()
		for word := range statuses {
			if !strings.Contains(text, `id="error-`+string(word)+`"`) {
				t.Errorf("%s: %s is not explained", language, word)
			}
		}
		if strings.Contains(text, "<script>") || strings.Contains(text, "style=") {
			t.Errorf("%s: the page holds script or style of its own", language)
		}
		for _, m := range regexp.MustCompile(`(?:src|href)="([^"#]+)"`).FindAllStringSubmatch(text, -1) {
			if strings.HasPrefix(m[1], "data:") {
				continue
			}
			if !strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//") {
				t.Errorf("the page asks another host: %s", m[1])
			}
			if file := get(m[1]); file.Code != http.StatusOK || file.Body.Len() == 0 {
				t.Errorf("GET %s: %d", m[1], file.Code)
			}
		}
	}
	if policy := get("/api/docs").Header().Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self';") {
		t.Errorf("policy %s", policy)
	}
	for _, name := range docsFiles {
		packed, plain := get("/api/docs/"+name, "Accept-Encoding", "gzip"), get("/api/docs/"+name)
		if packed.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" || packed.Body.Len() >= plain.Body.Len() {
			t.Errorf("%s: %d bytes packed, %d plain", name, packed.Body.Len(), plain.Body.Len())
		}
	}
	if w := get("/api/docs/swagger-ui.js"); w.Code != http.StatusNotFound {
		t.Errorf("a file the page does not need: %d", w.Code)
	}
}
