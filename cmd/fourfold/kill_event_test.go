package main_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// eventKills is how often the server dies between commit and delivery.
func eventKills(t *testing.T) int {
	text := os.Getenv("FOURFOLD_TEST_EVENT_KILLS")
	if text == "" {
		return 4
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("FOURFOLD_TEST_EVENT_KILLS: %v", err)
	}
	return n
}

// The server dies at random moments while programs order and cancel and others are
// told of it. Every event whose transaction was committed arrives, always with the
// same id, and none of one that was not.
func TestKillLosesNoEvent(t *testing.T) {
	t.Parallel()
	for engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			dice := rand.New(rand.NewPCG(seed, 2))
			s := &server{database: engines[engine](t), printed: map[string]string{}}
			var order string
			t.Run("set up", func(t *testing.T) { // nobody but the server has the database open afterwards
				h := assesstest.Open(t, s.database)
				_, key, err := h.MakeKey(t.Context(), h.Owner, assess.NewKey{Name: "tests", Scopes: assess.Scopes})
				if err != nil {
					t.Fatal(err)
				}
				s.printed["apikey"], order = key, assess.FormatID(assess.AssessmentID, h.Assessment.ID)
			})
			const private = "--allow-private-webhooks"
			s.start(t, private)
			told := listenForEvents(t, dice.Uint64())
			var made struct{ Secret string }
			s.api(t, http.MethodPost, "/api/v1/webhooks", map[string]any{"url": told.URL + "/hooks"}, &made)
			told.trust(t, made.Secret)

			for range eventKills(t) {
				var all sync.WaitGroup
				ctx, stop := context.WithCancel(t.Context())
				for n := range 4 {
					dice := rand.New(rand.NewPCG(dice.Uint64(), uint64(n)))
					all.Go(func() { s.orderAndCancel(ctx, dice, order) })
				}
				time.Sleep(time.Duration(dice.Int64N(int64(600 * time.Millisecond))))
				s.kill(t)
				stop()
				all.Wait()
				s.start(t, private)
			}
			s.verifyEvents(t, told)
		})
	}
}

// orderAndCancel orders, and cancels every third time, until the server is gone.
func (s *server) orderAndCancel(ctx context.Context, dice *rand.Rand, assessment string) {
	call := func(path, body string, into any) bool {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+path, bytes.NewReader([]byte(body)))
		if err != nil {
			return false
		}
		r.Header.Set("Authorization", "Bearer "+s.printed["apikey"])
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprint(dice.Uint64()))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		if answer.StatusCode == http.StatusTooManyRequests {
			return false
		}
		return json.NewDecoder(answer.Body).Decode(into) == nil
	}
	for {
		var made invitation
		body := fmt.Sprintf(`{"assessment": %q, "candidate": {"name": "Ann", "email": "ann@example.com"}}`, assessment)
		if !call("/api/v1/invitations", body, &made) || made.ID == "" {
			return
		}
		if dice.IntN(3) == 0 && !call("/api/v1/invitations/"+made.ID+"/cancel", "", &made) {
			return
		}
	}
}

// eventLedger is the receiver's own record.
type eventLedger struct {
	*httptest.Server
	mu     sync.Mutex
	secret *standardwebhooks.Webhook
	events map[heard]map[string]int // The ids an event came under, and how often.
	forged int
}

// heard is what an event says.
type heard struct{ kind, invitation string }

func listenForEvents(t *testing.T, seed uint64) *eventLedger {
	l := &eventLedger{events: map[heard]map[string]int{}}
	dice := rand.New(rand.NewPCG(seed, 3))
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var m struct {
			Type string
			Data struct{ Invitation string }
		}
		if err != nil || json.Unmarshal(body, &m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		time.Sleep(time.Duration(dice.Int64N(int64(5 * time.Millisecond)))) // room for a kill between arrival and record
		if l.secret == nil || l.secret.Verify(body, r.Header) != nil {
			l.forged++
			return
		}
		at := heard{m.Type, m.Data.Invitation}
		if l.events[at] == nil {
			l.events[at] = map[string]int{}
		}
		l.events[at][r.Header.Get("webhook-id")]++
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *eventLedger) trust(t *testing.T, secret string) {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	l.secret = hook
	l.mu.Unlock()
}

// verifyEvents waits until nothing is on its way, and holds what was heard against
// what the database says has happened.
func (s *server) verifyEvents(t *testing.T, told *eventLedger) {
	t.Helper()
	db, err := sql.Open(s.driver(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	late := time.Now().Add(2 * time.Minute)
	for waiting := 1; waiting > 0; time.Sleep(100 * time.Millisecond) {
		if err := db.QueryRowContext(t.Context(), `
			SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM deliveries WHERE state <> 'delivered')`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(late) {
			t.Fatalf("%d events are still on their way", waiting)
		}
	}
	rows, err := db.QueryContext(t.Context(), "SELECT id, stage FROM invitations")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	happened := map[heard]bool{}
	for rows.Next() {
		var id uuid.UUID
		var stage string
		if err := rows.Scan(&id, &stage); err != nil {
			t.Fatal(err)
		}
		happened[heard{"invitation.created", assess.FormatID(assess.InvitationID, id)}] = true
		if stage == "cancelled" {
			happened[heard{"invitation.cancelled", assess.FormatID(assess.InvitationID, id)}] = true
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	told.mu.Lock()
	defer told.mu.Unlock()
	for e := range happened {
		if len(told.events[e]) != 1 {
			t.Errorf("%s of %s arrived under %d ids", e.kind, e.invitation, len(told.events[e]))
		}
	}
	twice := 0
	for e, ids := range told.events {
		if !happened[e] {
			t.Errorf("%s of %s was told and never happened", e.kind, e.invitation)
		}
		for _, n := range ids {
			twice += n - 1
		}
	}
	if told.forged > 0 || len(happened) == 0 {
		t.Errorf("%d messages with a wrong signature, %d events", told.forged, len(happened))
	}
	t.Logf("%d events over %d kills, none lost, none made up, %d repeated", len(happened), eventKills(t), twice)
}
