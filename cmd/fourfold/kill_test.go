package main_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "modernc.org/sqlite" // reads what the server wrote

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

const crowd = 50

// kills is how often the server dies on each engine.
func kills(t *testing.T) int {
	text := os.Getenv("FOURFOLD_TEST_KILLS")
	if text == "" {
		return 25
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("FOURFOLD_TEST_KILLS: %v", err)
	}
	return n
}

// The server dies at random moments while fifty candidates answer and some hand
// in. Whatever it had acknowledged is there when it is back.
func TestKillLosesNoAcknowledgedAnswer(t *testing.T) {
	t.Parallel()
	for engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			dice := rand.New(rand.NewPCG(seed, 1))
			s := startHouse(t, engines[engine](t))
			book := openLedger(t)
			people := make([]*person, crowd)
			var form []question
			for round := range kills(t) {
				for i, p := range people {
					if p == nil || p.handedIn {
						people[i] = s.seat(t, s.invite(t, fmt.Sprintf("Ann %d.%d", round, i)), dice.Uint64())
						if form == nil {
							form = people[i].questions(t, s)
						}
						people[i].revisions = make([]int64, len(form))
					}
				}
				s.killUnderLoad(t, people, form, book, time.Duration(dice.Int64N(int64(1500*time.Millisecond))))
				s.start(t)
				s.verify(t, book)
			}
			t.Logf("%d answers acknowledged over %d kills, none lost", book.rows, kills(t))
		})
	}
}

// killUnderLoad lets everyone answer at once until the server is gone.
func (s *server) killUnderLoad(t *testing.T, people []*person, form []question, book *ledger, after time.Duration) {
	t.Helper()
	var all sync.WaitGroup
	for _, p := range people {
		all.Go(func() {
			for p.answerOnce(t, s.URL, form, book) {
			}
		})
	}
	time.Sleep(after)
	s.kill(t)
	all.Wait()
}

// answerOnce saves an answer and reports whether the server still lives. One in
// two hundred times the person hands in instead.
func (p *person) answerOnce(t *testing.T, origin string, form []question, book *ledger) bool {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if p.dice.IntN(200) == 0 {
		p.handIn(ctx, origin)
		return false
	}
	in := p.next(form)
	book.sent(p.invitation.ID, in)
	status, err := p.send(ctx, origin, in)
	switch {
	case err != nil:
		return false
	case status == http.StatusOK:
		if err := book.acknowledged(p.invitation.ID, in); err != nil {
			t.Error(err)
		}
		p.revisions[in.Position] = in.Revision
		p.unanswered = nil
		return true
	case status == http.StatusServiceUnavailable:
		return true // sent again
	default:
		t.Errorf("save %+v of %s was answered %d", in, p.invitation.ID, status)
		return false
	}
}

// ledger is the candidates' own record, synced after each acknowledgement and
// read back from its file.
type ledger struct {
	mu   sync.Mutex
	file *os.File
	rows int
	all  map[entry]map[[32]byte]bool // every value ever sent
}

type entry struct {
	invitation uuid.UUID
	position   int
	revision   int64
}

func openLedger(t *testing.T) *ledger {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &ledger{file: f, all: map[entry]map[[32]byte]bool{}}
}

func (in save) hash() [32]byte {
	text, err := json.Marshal(in.Response)
	if err != nil {
		panic(err) // strings and numbers
	}
	return sha256.Sum256(text)
}

func entryOf(invitation string, in save) entry {
	id, err := assess.ParseID(assess.InvitationID, invitation)
	if err != nil {
		panic(err) // the API made it
	}
	return entry{id, in.Position, in.Revision}
}

func (l *ledger) sent(invitation string, in save) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := entryOf(invitation, in)
	if l.all[e] == nil {
		l.all[e] = map[[32]byte]bool{}
	}
	l.all[e][in.hash()] = true
}

func (l *ledger) acknowledged(invitation string, in save) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := entryOf(invitation, in)
	l.rows++
	if _, err := fmt.Fprintf(l.file, "%s %d %d %x\n", e.invitation, e.position, e.revision, in.hash()); err != nil {
		return err
	}
	return l.file.Sync()
}

// verify holds the database against the ledger.
func (s *server) verify(t *testing.T, book *ledger) {
	t.Helper()
	db, err := sql.Open(s.driver(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	stored := storedAnswers(t, db)
	for at, v := range stored {
		if !book.all[entry{at.invitation, at.position, v.revision}][v.hash] {
			t.Errorf("stored but never sent: %v revision %d", at, v.revision)
		}
	}
	f, err := os.Open(book.file.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := 0
	for lines := bufio.NewScanner(f); lines.Scan(); rows++ {
		at, hash := readEntry(t, lines.Text())
		got := stored[place{at.invitation, at.position}]
		if got.revision < at.revision || got.revision == at.revision && fmt.Sprintf("%x", got.hash) != hash {
			t.Errorf("acknowledged and lost: %v; stored is revision %d, %x", at, got.revision, got.hash)
		}
	}
	if rows != book.rows {
		t.Fatalf("the ledger has %d rows of %d", rows, book.rows)
	}
	s.verifyResults(t, db)
}

// readEntry reads a line of a ledger; with fmt.Sscan it was near half of the check.
func readEntry(t *testing.T, line string) (at entry, hash string) {
	t.Helper()
	fields := strings.Fields(line)
	if len(fields) != 4 {
		t.Fatalf("the ledger says %q", line)
	}
	var errs [3]error
	at.invitation, errs[0] = uuid.Parse(fields[0])
	at.position, errs[1] = strconv.Atoi(fields[1])
	at.revision, errs[2] = strconv.ParseInt(fields[2], 10, 64)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return at, fields[3]
}

type place struct {
	invitation uuid.UUID
	position   int
}

type storedAnswer struct {
	revision int64
	hash     [32]byte
}

func storedAnswers(t *testing.T, db *sql.DB) map[place]storedAnswer {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `
		SELECT s.invitation_id, r.item, r.revision, r.response
		FROM responses r
		JOIN sittings s ON s.organization_id = r.organization_id AND s.id = r.sitting_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	stored := map[place]storedAnswer{}
	for rows.Next() {
		var at place
		var revision int64
		var text string
		if err := rows.Scan(&at.invitation, &at.position, &revision, &text); err != nil {
			t.Fatal(err)
		}
		var in save
		if err := json.Unmarshal([]byte(text), &in.Response); err != nil {
			t.Fatal(err)
		}
		stored[at] = storedAnswer{revision, in.hash()}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return stored
}

// verifyResults looks for a sitting that ended without its one result, and walks
// the audit chains.
func (s *server) verifyResults(t *testing.T, db *sql.DB) {
	t.Helper()
	var wrong int
	if err := db.QueryRowContext(t.Context(), `
		SELECT COUNT(*)
		FROM sittings s
		WHERE (SELECT COUNT(*) FROM results r WHERE r.organization_id = s.organization_id AND r.sitting_id = s.id)
		  <> CASE WHEN s.state IN ('submitted', 'expired') THEN 1 ELSE 0 END`).Scan(&wrong); err != nil {
		t.Fatal(err)
	}
	if wrong > 0 {
		t.Errorf("%d sittings have a result too many or too few", wrong)
	}
	center, err := assess.Open(t.Context(), assess.Config{Database: s.database, Secret: []byte(assesstest.Secret)})
	if err != nil {
		t.Fatal(err)
	}
	defer center.Close()
	organizations, err := db.QueryContext(t.Context(), "SELECT id FROM organizations")
	if err != nil {
		t.Fatal(err)
	}
	defer organizations.Close()
	for organizations.Next() {
		var id uuid.UUID
		if err := organizations.Scan(&id); err != nil {
			t.Fatal(err)
		}
		if n, err := center.VerifyAudit(t.Context(), id); err != nil || n == 0 {
			t.Errorf("audit chain: %d entries hold, %v", n, err)
		}
	}
	if err := organizations.Err(); err != nil {
		t.Error(err)
	}
}
