package assess_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// race is one sitting whose answers, submission and deadline come at the same time.
type race struct {
	seat       assess.Seat
	invitation uuid.UUID
	deadline   time.Time

	mu      sync.Mutex
	acked   map[int]questions.Response // The acknowledged answers by position.
	untold  map[int]questions.Response // Those of which a device was told nothing.
	results []assess.Result
}

func newRace(seat assess.Seat, invitation uuid.UUID, deadline time.Time) *race {
	return &race{seat: seat, invitation: invitation, deadline: deadline, acked: map[int]questions.Response{}, untold: map[int]questions.Response{}}
}

// The two servers a race runs on; on SQLite they are one.
type servers [2]*assess.Center

// run lets two devices save while a third submits and a fourth looks on, each
// through either server. Only refusals that say so may leave an answer out.
func (r *race) run(t *testing.T, h *assesstest.House, on servers, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 0))
	var wg sync.WaitGroup
	for device := range 2 {
		c, first, n := on[dice.IntN(2)], dice.IntN(8), 1+dice.IntN(3)
		wg.Go(func() {
			for position := device*12 + first; position < device*12+min(first+n, 12); position++ {
				r.save(t, c, position, h.Keyed(position))
			}
		})
	}
	submitter, waits := on[dice.IntN(2)], time.Duration(dice.IntN(4000))*time.Microsecond
	submits, looks := dice.IntN(3) > 0, dice.IntN(4) == 0
	looker := on[dice.IntN(2)]
	wg.Go(func() {
		time.Sleep(waits)
		if submits {
			r.submit(t, submitter)
		}
	})
	wg.Go(func() {
		if looks {
			if _, err := looker.Sitting(t.Context(), r.seat); err != nil {
				t.Errorf("sitting %s: a look: %v", r.seat.Sitting, err)
			}
		}
	})
	wg.Wait()
}

func (r *race) save(t *testing.T, c *assess.Center, position int, response questions.Response) {
	_, err := c.Answer(t.Context(), r.seat, assess.Save{Position: position, Revision: 1, Response: response})
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.acked[position] = response
	case errors.Is(err, assess.ErrUnavailable): // a machine too busy to answer in time; kept or not, nobody was told
		r.untold[position] = response
	case !errors.Is(err, assess.ErrSittingClosed) && !errors.Is(err, assess.ErrTooLate):
		t.Errorf("sitting %s: an answer: %v", r.seat.Sitting, err)
	}
}

func (r *race) submit(t *testing.T, c *assess.Center) {
	result, err := c.Submit(t.Context(), r.seat)
	if err != nil {
		t.Errorf("sitting %s: submit: %v", r.seat.Sitting, err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results = append(r.results, result)
}

// frozen is a result as it lies in the database.
type frozen struct {
	Sitting uuid.UUID `db:"sitting_id"`
	ID      uuid.UUID `db:"id"`
	Hash    string    `db:"hash"`
	Vector  []byte    `db:"vector"`
}

// check compares the only result with what was acknowledged.
func (r *race) check(t *testing.T, h *assesstest.House, f frozen) {
	scored, err := h.Form.Responses(f.Vector)
	if err != nil {
		t.Errorf("sitting %s: %v", r.seat.Sitting, err)
	}
	for position, scored := range scored {
		if untold, ok := r.untold[position]; ok && reflect.DeepEqual(scored, untold) {
			continue
		}
		if acked := r.acked[position]; !reflect.DeepEqual(scored, acked) {
			t.Errorf("sitting %s, position %d: acknowledged was %+v, the result rests on %+v", r.seat.Sitting, position, acked, scored)
		}
	}
	for _, given := range r.results {
		if given.ID != f.ID || given.Hash != f.Hash {
			t.Errorf("sitting %s: a submitter was given result %s, kept is %s", r.seat.Sitting, given.ID, f.ID)
		}
	}
}

// hold runs the races a few at a time while the clock goes past one deadline after
// the other and both servers sweep.
func hold(t *testing.T, h *assesstest.House, on servers, races []*race) {
	ctx := t.Context()
	over := make(chan struct{})
	var sweepers sync.WaitGroup
	for _, c := range on {
		sweepers.Go(func() {
			for {
				if err := c.Sweep(ctx); err != nil {
					t.Errorf("sweep: %v", err)
				}
				select {
				case <-over:
					return
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
	}
	next := make(chan int)
	var lanes sync.WaitGroup
	for range 16 {
		lanes.Go(func() {
			for n := range next {
				early := time.Duration(rand.New(rand.NewPCG(uint64(n), 1)).IntN(20_000)) * time.Millisecond
				h.Clock.Until(races[n].deadline.Add(-early))
				races[n].run(t, h, on, uint64(n))
			}
		})
	}
	for n := range races {
		next <- n
	}
	close(next)
	lanes.Wait()
	close(over)
	sweepers.Wait()
	h.Clock.Advance(time.Hour)
	if err := on[1].Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	var results []frozen
	if err := h.Database().Select(&results, "SELECT sitting_id, id, hash, vector FROM results"); err != nil {
		t.Fatal(err)
	}
	resultOf := map[uuid.UUID]frozen{}
	for _, f := range results {
		resultOf[f.Sitting] = f
	}
	untold := 0
	for _, r := range races {
		r.check(t, h, resultOf[r.seat.Sitting])
		untold += len(r.untold)
	}
	if untold > len(races)/20 {
		t.Errorf("%d answers in %d races were neither kept nor refused", untold, len(races))
	}
	report, err := on[0].Report(ctx, h.Owner, races[0].invitation)
	if err != nil {
		t.Fatal(err)
	}
	vector, err := h.Form.Responses(resultOf[races[0].seat.Sitting].Vector)
	if err != nil || !reflect.DeepEqual(report.Responses, vector) {
		t.Errorf("the report shows %+v, the vector holds %+v, %v", report.Responses, vector, err)
	}
	once(t, h, len(races))
}

// once looks behind the center's back: one terminal state, one result, one message
// and nothing received late, for each sitting.
func once(t *testing.T, h *assesstest.House, races int) {
	db := h.Database()
	var ended struct{ Submitted, Expired, Results, Sittings, Messages, Late, Apart int }
	err := db.Get(&ended, `SELECT
		(SELECT COUNT(*) FROM sittings WHERE state = 'submitted') AS submitted,
		(SELECT COUNT(*) FROM sittings WHERE state = 'expired') AS expired,
		(SELECT COUNT(*) FROM results) AS results,
		(SELECT COUNT(DISTINCT sitting_id) FROM results) AS sittings,
		(SELECT COUNT(DISTINCT o.subject_id) FROM outbox o JOIN results r ON r.id = o.subject_id WHERE o.kind = 'result.ready') AS messages,
		(SELECT COUNT(*) FROM responses q JOIN sittings s ON s.id = q.sitting_id WHERE q.saved_at > s.deadline) AS late,
		(SELECT COUNT(*) FROM sittings s JOIN invitations i ON i.id = s.invitation_id WHERE i.stage <> s.state) AS apart`)
	if err != nil {
		t.Fatal(err)
	}
	var messages int
	if err := db.Get(&messages, "SELECT COUNT(*) FROM outbox WHERE kind = 'result.ready'"); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d submitted, %d expired", ended.Submitted, ended.Expired)
	if ended.Submitted+ended.Expired != races || ended.Results != races || ended.Sittings != races || ended.Messages != races || messages != races {
		t.Errorf("of %d races: %+v and %d messages", races, ended, messages)
	}
	if ended.Submitted < races/10 || ended.Expired < races/10 {
		t.Errorf("%d submitted and %d expired: the races are not balanced enough to say anything", ended.Submitted, ended.Expired)
	}
	if ended.Late > 0 || ended.Apart > 0 {
		t.Errorf("%d answers received after the deadline were kept, %d invitations whose stage is not their sitting's", ended.Late, ended.Apart)
	}
}

// copies multiplies a started sitting behind the center's back, which is much
// faster than seating every candidate, and gives each copy a deadline of its own,
// a second after the one before.
func copies(t *testing.T, h *assesstest.House, ann *assesstest.Person, n int) []*race {
	t.Helper()
	s, err := h.Sitting(t.Context(), ann.Seat)
	if err != nil {
		t.Fatal(err)
	}
	db := h.Database()
	races := make([]*race, n)
	type override struct {
		ID         uuid.UUID `json:"id"`
		Invitation uuid.UUID `json:"invitation_id,omitzero"`
		Deadline   time.Time `json:"deadline,omitzero"`
	}
	var invitations, sittings []override
	for i := range races {
		r := newRace(ann.Seat, uuid.New(), s.Deadline.Add(time.Duration(i)*time.Second))
		r.seat.Sitting = uuid.New()
		races[i] = r
		invitations = append(invitations, override{ID: r.invitation})
		sittings = append(sittings, override{ID: r.seat.Sitting, Invitation: r.invitation, Deadline: r.deadline})
	}
	copyRows := func(table string, id uuid.UUID, changes []override) {
		text, err := json.Marshal(changes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(fmt.Sprintf(`
			INSERT INTO %[1]s
			SELECT (jsonb_populate_record(o, change)).* FROM %[1]s o, jsonb_array_elements($1) AS change WHERE o.id = $2`, table), string(text), id); err != nil {
			t.Fatal(err)
		}
	}
	copyRows("invitations", ann.Invitation.ID, invitations)
	copyRows("sittings", ann.Seat.Sitting, sittings)
	if _, err := db.Exec("DELETE FROM sittings WHERE id = $1", ann.Seat.Sitting); err != nil { // the original has had its use
		t.Fatal(err)
	}
	return races
}

func TestEverySittingEndsOnce(t *testing.T) {
	t.Run("SQLite, 120 races", func(t *testing.T) {
		h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
		races := make([]*race, 120)
		for n := range races {
			p := h.Invited(fmt.Sprint("Person ", n)).Started()
			s, err := h.Sitting(t.Context(), p.Seat)
			if err != nil {
				t.Fatal(err)
			}
			races[n] = newRace(p.Seat, p.Invitation.ID, s.Deadline.Time)
			h.Clock.Advance(time.Second)
		}
		hold(t, h, servers{h.Center, h.Center}, races)
	})
	t.Run("PostgreSQL with two servers, 5,000 races", func(t *testing.T) {
		h := assesstest.Open(t, assesstest.Postgres(t))
		races := copies(t, h, h.Invited("Ann").Started(), 5000)
		hold(t, h, servers{h.Center, h.Second()}, races)
	})
}
