package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/ats"
)

// knock makes one call with a key where the vendor would put it.
func knock(server http.Handler, v assess.Vendor, door ats.Door, key, body string) *httptest.ResponseRecorder {
	path := strings.Replace(doorPath(v, door), ":token", key, 1)
	r := httptest.NewRequest(door.Method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	switch v {
	case assess.Greenhouse, assess.Ashby:
		r.SetBasicAuth(key, "")
	case assess.Workable, assess.Recruitee:
		r.Header.Set("Authorization", "Bearer "+key)
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	return w
}

// connected makes a connection to each vendor, and returns their keys.
func connected(t *testing.T, house *assesstest.House) map[assess.Vendor]string {
	t.Helper()
	keys := map[assess.Vendor]string{}
	for _, v := range assess.Vendors {
		_, key, err := house.Connect(t.Context(), house.Owner, assess.NewConnection{
			Vendor: v, Language: questions.English, Hosts: []string{"ats.example.com"}, Account: "account", Credential: "credential", Signing: "signing",
		})
		if err != nil {
			t.Fatal(err)
		}
		keys[v] = key
	}
	return keys
}

// Every door of every vendor, tried with its own key, every other vendor's, an API
// key, none, and its own again once the connection has ended.
func TestADoorOpensToItsOwnKeyAlone(t *testing.T) {
	house := houseOnSQLite(t)
	keys := connected(t, house)
	_, apikey, err := house.MakeKey(t.Context(), house.Owner, assess.NewKey{Name: "all", Scopes: assess.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range assess.Vendors {
		for _, door := range ats.Vendors[v].Doors() {
			server := New(house.Center, Config{PublicURL: publicURL}) // with budgets unspent
			// Kombo's own key is not enough without a signature, and that is told apart only here.
			if got := knock(server, v, door, keys[v], "{}"); (got.Code == http.StatusUnauthorized) != (v == assess.Kombo) {
				t.Errorf("%s %s with its own key: %d %s", v, door.Path, got.Code, got.Body)
			}
			refused := knock(server, v, door, "none", "{}")
			for name, key := range map[string]string{"an API key": apikey, "a key with an error": keys[v][:len(keys[v])-1] + "_"} {
				if got := knock(server, v, door, key, "{}"); got.Code != http.StatusUnauthorized || scrubbed(got) != scrubbed(refused) {
					t.Errorf("%s %s with %s: %d %s", v, door.Path, name, got.Code, got.Body)
				}
			}
			for other, key := range keys {
				if other == v {
					continue
				}
				if got := knock(server, v, door, key, "{}"); got.Code != http.StatusUnauthorized || scrubbed(got) != scrubbed(refused) {
					t.Errorf("%s %s with the key of %s: %d %s", v, door.Path, other, got.Code, got.Body)
				}
			}
			if body := refused.Body.String(); !strings.HasPrefix(body, "{") || strings.Contains(body, "problem") || refused.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%s refuses in a foreign shape: %s", v, body)
			}
		}
	}
	list, err := house.Connections(t.Context(), house.Owner)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		if err := house.Disconnect(t.Context(), house.Owner, n.ID); err != nil {
			t.Fatal(err)
		}
		server := New(house.Center, Config{PublicURL: publicURL})
		door := ats.Vendors[n.Vendor].Doors()[0]
		if got := knock(server, n.Vendor, door, keys[n.Vendor], "{}"); got.Code != http.StatusUnauthorized {
			t.Errorf("%s with the key of a connection that has ended: %d", n.Vendor, got.Code)
		}
	}
}

// What is not there is answered in the vendor's shape too, and in English, for
// whoever calls there is not known.
func TestWhatIsBesideADoorIsRefusedInTheVendorsShape(t *testing.T) {
	server := New(houseOnSQLite(t).Center, Config{PublicURL: publicURL})
	shape := map[assess.Vendor]string{
		assess.Greenhouse: `{"errors":["TEXT"]}`,
		assess.Ashby:      `{"success":false,"errors":["WORD"],"errorInfo":{"code":"WORD","message":"TEXT","requestId":"x"}}`,
		assess.Workable:   `{"status":STATUS,"message":"TEXT"}`,
		assess.Recruitee:  `{"error":"TEXT"}`,
		assess.Kombo:      `{"status":"error","error":{"code":"WORD","message":"TEXT"}}`,
	}
	for _, v := range assess.Vendors {
		for path, want := range map[string]struct {
			status int
			word   assess.Error
			text   string
		}{
			"/ats/" + string(v):                   {404, assess.ErrNotFound, "No call is taken at this address. The right ones stand in Fourfold under Settings, Connections."},
			"/ats/" + string(v) + "/no/such/door": {404, assess.ErrNotFound, "No call is taken at this address. The right ones stand in Fourfold under Settings, Connections."},
			strings.Replace(doorPath(v, ats.Vendors[v].Doors()[0]), ":token", "key", 1): {405, errMethod, "The Allow header lists the methods it takes."},
		} {
			r := httptest.NewRequest(http.MethodDelete, path, nil)
			r.Header.Set("Accept-Language", "zh-CN")
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			body := regexp.MustCompile(`"requestId":"[^"]*"`).ReplaceAllString(strings.TrimSpace(w.Body.String()), `"requestId":"x"`)
			said := strings.NewReplacer("TEXT", want.text, "WORD", string(want.word), "STATUS", strconv.Itoa(want.status)).Replace(shape[v])
			if w.Code != want.status || body != said || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%s: %d %s %s, want %d %s", path, w.Code, w.Header().Get("Content-Type"), body, want.status, said)
			}
		}
	}
}

// A slash too many is no door: a vendor is told so, where people and programs are sent on.
func TestASlashTooManyLeadsNoVendorElsewhere(t *testing.T) {
	server := New(houseOnSQLite(t).Center, Config{PublicURL: publicURL})
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "/", strings.NewReader("{}"))
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
		server.ServeHTTP(w, r)
		return w
	}
	for _, v := range assess.Vendors {
		for _, door := range ats.Vendors[v].Doors() {
			path := strings.Replace(doorPath(v, door), ":token", "key", 1)
			got, unknown := ask(door.Method, path+"/"), ask(door.Method, "/ats/"+string(v)+"/no/such/door")
			if got.Code != http.StatusNotFound || scrubbed(got) != scrubbed(unknown) || !strings.HasPrefix(got.Body.String(), "{") {
				t.Errorf("%s/: %d %s, want %s", path, got.Code, got.Body, unknown.Body)
			}
		}
	}
	for _, c := range []struct {
		method, path, to string
		status           int
	}{
		{"GET", "/signin/?next=%2F", "/signin?next=%2F", http.StatusMovedPermanently},
		{"HEAD", "/t/link/", "/t/link", http.StatusMovedPermanently},
		{"POST", "/api/v1/invitations/", "/api/v1/invitations", http.StatusTemporaryRedirect},
		{"GET", "//evil.example/", "/evil.example", http.StatusMovedPermanently},
		{"GET", `/\evil.example/`, "/%5Cevil.example", http.StatusMovedPermanently},
	} {
		if got := ask(c.method, c.path); got.Code != c.status || got.Header().Get("Location") != c.to {
			t.Errorf("%s %s: %d, Location %q, want %q", c.method, c.path, got.Code, got.Header().Get("Location"), c.to)
		}
	}
	if got := ask("GET", "/no/such/page"); got.Code != http.StatusNotFound {
		t.Errorf("a page that is not there: %d", got.Code)
	}
}

// An order of another connection – of the same house or of another – is an unknown one.
func TestAForeignOrderIsUnknown(t *testing.T) {
	house := houseOnSQLite(t)
	neighbour := house.Neighbour()
	keys, theirs, again := connected(t, house), connected(t, neighbour), connected(t, house)
	server := New(house.Center, Config{PublicURL: publicURL})
	n, err := house.Connections(t.Context(), house.Owner)
	if err != nil {
		t.Fatal(err)
	}
	var id string
	for _, c := range n {
		if c.Vendor == assess.Ashby && strings.HasSuffix(keys[assess.Ashby], c.Tail) {
			inv, err := house.Invite(t.Context(), assess.Actor{Organization: c.Organization, Kind: assess.ConnectionActor, ID: c.ID}, assess.Order{
				AssessmentID: house.Assessment.ID, Name: "Ann", Email: "ann@example.test", ExtraTime: 100, External: &assess.External{Key: "1"}})
			if err != nil {
				t.Fatal(err)
			}
			id = assess.FormatID(assess.InvitationID, inv.ID)
		}
	}
	cancel := ats.Vendors[assess.Ashby].Doors()[2]
	status := ats.Vendors[assess.Greenhouse].Doors()[2]
	unknown := knock(server, assess.Ashby, cancel, keys[assess.Ashby], `{"assessment_id":"inv_01jd9m3v8h7f2a0q4c6r5t8wxy"}`)
	for name, key := range map[string]string{"another house": theirs[assess.Ashby], "another connection": again[assess.Ashby]} {
		if got := knock(server, assess.Ashby, cancel, key, `{"assessment_id":"`+id+`"}`); got.Code != http.StatusNotFound || scrubbed(got) != scrubbed(unknown) {
			t.Errorf("%s: %d %s, unknown is %s", name, got.Code, got.Body, unknown.Body)
		}
	}
	native := house.Invited("Bea")
	asked := ats.Door{Method: status.Method, Path: status.Path + "?partner_interview_id=" + assess.FormatID(assess.InvitationID, native.Invitation.ID)}
	if got := knock(server, assess.Greenhouse, asked, keys[assess.Greenhouse], ""); got.Code != http.StatusNotFound {
		t.Errorf("an invitation made here, seen by Greenhouse: %d %s", got.Code, got.Body)
	}
	if got := knock(server, assess.Ashby, cancel, keys[assess.Ashby], `{"assessment_id":"`+id+`"}`); got.Code != http.StatusOK {
		t.Errorf("the own order: %d %s", got.Code, got.Body)
	}
}

// A connection has a budget of its own, and keys that open nothing have one by address.
func TestDoorsHaveABudget(t *testing.T) {
	house := houseOnSQLite(t)
	keys := connected(t, house)
	server := New(house.Center, Config{PublicURL: publicURL})
	door := ats.Vendors[assess.Workable].Doors()[0]
	for i := range attemptsPerMinute + 1 {
		got := knock(server, assess.Workable, door, "none", "")
		want := http.StatusUnauthorized
		if i == attemptsPerMinute {
			want = http.StatusTooManyRequests
		}
		if got.Code != want {
			t.Fatalf("attempt %d: %d %s", i, got.Code, got.Body)
		}
		if want == http.StatusTooManyRequests && (got.Header().Get("Retry-After") == "" || !strings.HasPrefix(got.Body.String(), `{"status":429,"message":`)) {
			t.Errorf("over the budget: %s %s", got.Header().Get("Retry-After"), got.Body)
		}
	}
	if got := knock(server, assess.Workable, door, keys[assess.Workable], ""); got.Code != http.StatusOK {
		t.Errorf("a good key from the same address: %d %s", got.Code, got.Body)
	}
}

// Whatever is sent to a door, the answer is the vendor's and never a fault of ours.
func TestDoorsSurviveAnything(t *testing.T) {
	house := houseOnSQLite(t)
	keys := connected(t, house)
	for _, v := range []assess.Vendor{assess.Greenhouse, assess.Ashby, assess.Workable, assess.Recruitee} {
		for _, door := range ats.Vendors[v].Doors() {
			server := New(house.Center, Config{PublicURL: publicURL})
			for _, body := range []string{
				"", "null", "0", `""`, "[]", "{", "{}", "\x00", "\xff\xfe", strings.Repeat("[", 5000), `{"candidate":null}`, `{"candidate":[]}`, `{"candidate":"x"}`,
				`{"partner_test_id":{},"url":[]}`, `{"candidate":{"first_name":"\u0000","last_name":"\u202e","email":"a@b\n"},"url":"https://ats.example.com/\u0000","callback_url":"https://ats.example.com/1","test_id":1,"report_id":"a","assessment_type_id":true,"application":{"ashby_id":1e99}}`,
				`{"assessment_id":"` + strings.Repeat("x", 60000) + `"}`, strings.Repeat(" ", 70000),
			} {
				got := knock(server, v, door, keys[v], body)
				if got.Code >= 500 || !strings.ContainsAny(got.Body.String()[:1], "{[") {
					t.Errorf("%s %s with %.40q: %d %s", v, door.Path, body, got.Code, got.Body)
				}
			}
		}
	}
}
