// Package assesstest opens test centers on both engines, with a clock that moves
// by hand and builders for the people in a story.
package assesstest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/jmoiron/sqlx"
)

// Clock is moved by hand. It is safe for concurrent use.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock is a clock that shows Morning.
func NewClock() *Clock { return &Clock{at: Morning} }

// Now is the time the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Until moves the clock on to a time, never back.
func (c *Clock) Until(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.at) {
		c.at = at
	}
}

// Morning is the time every clock shows at first.
var Morning = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// Secret is the server secret of every test center.
const Secret = "a secret for tests alone, 32 bytes or more"

// Each runs a test on SQLite and on PostgreSQL.
func Each(t *testing.T, story func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { story(t, filepath.Join(t.TempDir(), "fourfold.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { story(t, Postgres(t)) })
}

// House is an organization in a test center: an owner, one published assessment
// on the built-in bank, and a clock.
type House struct {
	*assess.Center
	Clock      *Clock
	Owner      assess.Actor
	Assessment assess.Assessment
	Form       *questions.Form
	DSN        string

	keyed sync.Map // position → questions.Response
	t     testing.TB
}

var bank = sync.OnceValues(questions.Builtin)

// Center opens a center on a database; it is closed with the test.
func Center(t testing.TB, dsn string, clock *Clock) *assess.Center {
	t.Helper()
	if _, err := os.Stat(dsn); errors.Is(err, fs.ErrNotExist) && !isPostgres(dsn) {
		fresh, err := unusedFile()
		if err == nil {
			err = os.WriteFile(dsn, fresh, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := assess.Open(t.Context(), assess.Config{
		Database: dsn, Secret: []byte(Secret), PublicURL: "http://fourfold.test", Clock: clock.Now, Bank: bank,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close the center: %v", err)
		}
	})
	return c
}

// unusedFile is an SQLite file that has every table and that nobody has used. To copy it
// takes a fraction of the time that its tables take, and most tests begin with one.
var unusedFile = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "fourfold-unused-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "fourfold.db")
	if err := prepare(file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// prepare gives a database its tables.
func prepare(dsn string) error {
	c, err := assess.Open(context.Background(), assess.Config{Database: dsn, Secret: []byte(Secret), Clock: NewClock().Now})
	if err != nil {
		return err
	}
	return c.Close()
}

// Open opens a center with one organization that has published an assessment.
func Open(t testing.TB, dsn string) *House {
	t.Helper()
	h := &House{Clock: NewClock(), DSN: dsn, t: t}
	h.Center = Center(t, dsn, h.Clock)
	link, err := h.SetUpLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.SetUp(t.Context(), LinkToken(link), assess.NewOrganization{
		Name: "Harbour Collections", Language: questions.English, OwnerName: "Olive Owner", Email: "olive@harbour.test", Password: "a long enough password",
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Owner = s.Member.Actor()
	h.publish()
	return h
}

// Neighbour adds a second organization to the same center, as a second server's
// set-up would, with its own owner and assessment.
func (h *House) Neighbour() *House {
	h.t.Helper()
	owner, err := h.AddOrganization(h.t.Context(), assess.NewOrganization{
		Name: "Other House", Language: questions.Chinese, OwnerName: "Nora Neighbour", Email: "nora@other.test", Password: "another long password",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	n := &House{Center: h.Center, Clock: h.Clock, DSN: h.DSN, Owner: owner.Actor(), t: h.t}
	n.publish()
	return n
}

// Postgres reports whether the house stands on PostgreSQL.
func (h *House) Postgres() bool { return isPostgres(h.DSN) }

// Database opens the house's database behind the center's back.
func (h *House) Database() *sqlx.DB { return Database(h.t, h.DSN) }

// Database opens a database without a center; it is closed with the test.
func Database(t testing.TB, dsn string) *sqlx.DB {
	t.Helper()
	driver := "postgres"
	if !isPostgres(dsn) {
		driver, dsn = "sqlite", "file:"+dsn+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"
	}
	db, err := sqlx.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return db
}

func isPostgres(dsn string) bool { return strings.HasPrefix(dsn, "postgres://") }

// Second opens another center on the same database, as a second server would.
func (h *House) Second() *assess.Center { return Center(h.t, h.DSN, h.Clock) }

func (h *House) publish() {
	h.t.Helper()
	ctx := h.t.Context()
	draft, err := h.DraftAssessment(ctx, h.Owner, assess.NewAssessment{
		Title:     questions.Text{Chinese: "催收员情境测评", English: "Collector situational test"},
		Blueprint: "S", Jurisdiction: "CN", ValidDays: 14, Contact: "jobs@harbour.test",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if h.Assessment, err = h.PublishAssessment(ctx, h.Owner, draft.ID); err != nil {
		h.t.Fatal(err)
	}
	if h.Form, err = h.Center.Form(ctx, h.Owner, h.Assessment.ID); err != nil {
		h.t.Fatal(err)
	}
}

// LinkToken is the secret part of a link.
func LinkToken(link string) string { return link[strings.LastIndex(link, "/")+1:] }

// Person is a candidate in a story.
type Person struct {
	Invitation assess.Invitation
	Link       string
	Seat       assess.Seat

	house *House
}

// Invited invites a candidate; change, if given, alters the order first.
func (h *House) Invited(name string, change ...func(*assess.Order)) *Person {
	h.t.Helper()
	o := assess.Order{AssessmentID: h.Assessment.ID, Name: name, Language: questions.English, ExtraTime: 100}
	for _, f := range change {
		f(&o)
	}
	inv, err := h.Invite(h.t.Context(), h.Owner, o)
	if err != nil {
		h.t.Fatal(err)
	}
	return &Person{Invitation: inv, Link: h.Link(inv), house: h}
}

// Entered lets the person open the link.
func (p *Person) Entered() *Person {
	p.house.t.Helper()
	seat, err := p.house.Enter(p.house.t.Context(), LinkToken(p.Link), questions.English)
	if err != nil {
		p.house.t.Fatal(err)
	}
	p.Seat = seat
	return p
}

// Started lets the person open the link, consent and start.
func (p *Person) Started() *Person {
	p.house.t.Helper()
	p.Entered()
	ctx := p.house.t.Context()
	if err := p.house.Consent(ctx, p.Seat, assess.Consent{NoticeHash: "test"}); err != nil {
		p.house.t.Fatal(err)
	}
	if _, err := p.house.Start(ctx, p.Seat); err != nil {
		p.house.t.Fatal(err)
	}
	return p
}

// Answers saves a complete answer to each of the positions; none is all of them.
func (p *Person) Answers(positions ...int) *Person {
	p.house.t.Helper()
	if len(positions) == 0 {
		for i := range p.house.Form.Items {
			positions = append(positions, i)
		}
	}
	for _, position := range positions {
		if err := p.Save(p.house.t.Context(), position, 1, p.house.Keyed(position)); err != nil {
			p.house.t.Fatal(err)
		}
	}
	return p
}

// Save saves one answer.
func (p *Person) Save(ctx context.Context, position int, revision int64, r questions.Response) error {
	_, err := p.house.Answer(ctx, p.Seat, assess.Save{Position: position, Revision: revision, Response: r})
	return err
}

// Responses lists every complete response at a position.
func (h *House) Responses(position int) []questions.Response {
	return slices.Collect(h.Form.Items[position].Responses())
}

// Keyed is the answer the key itself would give at a position.
func (h *House) Keyed(position int) questions.Response {
	if known, ok := h.keyed.Load(position); ok {
		return known.(questions.Response)
	}
	item := h.Form.Items[position]
	var best questions.Response
	top := -1.0
	for r := range item.Responses() {
		m, ok := item.Mark(r)
		if !ok {
			h.t.Fatalf("%s: a complete response has no mark", item.ID)
		}
		if v := float64(m.Num) / float64(m.Den); v > top {
			top, best = v, r
		}
	}
	h.keyed.Store(position, best)
	return best
}
