package assess_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// gather is long enough for goroutines to reach the queue; were it too short, the
// batches would be smaller and the outcomes the same.
const gather = 150 * time.Millisecond

// stall keeps answers from being written until the returned function is called.
func stall(t *testing.T, h *assesstest.House) (release func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := h.Database().Connx(ctx)
	if err != nil {
		t.Fatal(err)
	}
	lock := []string{"BEGIN IMMEDIATE"}
	if h.Postgres() {
		lock = []string{"BEGIN", "LOCK TABLE responses IN EXCLUSIVE MODE"}
	}
	for _, statement := range lock {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	return sync.OnceFunc(func() {
		if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
			t.Error(err)
		}
		conn.Close()
	})
}

// outcome is what one device was told.
type outcome struct {
	kept assess.Kept
	err  error
}

// together saves answers at the same moment while nothing can be written, so that
// they meet in the queue; meanwhile runs before the writing goes on.
func together(t *testing.T, h *assesstest.House, c *assess.Center, saves []pending, meanwhile func()) []outcome {
	t.Helper()
	release := stall(t, h)
	defer release()
	told := make([]outcome, len(saves))
	var wg sync.WaitGroup
	for i, s := range saves {
		wg.Go(func() { told[i].kept, told[i].err = c.Answer(t.Context(), s.seat, s.save) })
	}
	time.Sleep(gather)
	if meanwhile != nil {
		meanwhile()
	}
	release()
	wg.Wait()
	return told
}

type pending struct {
	seat assess.Seat
	save assess.Save
}

func TestManySittingsShareACommit(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		var saves []pending
		for n := range 8 {
			p := h.Invited(fmt.Sprint("Person ", n)).Started()
			for position := range 5 {
				saves = append(saves, pending{p.Seat, assess.Save{Position: position, Revision: 1, Response: h.Responses(position)[n]}})
			}
		}
		for i, o := range together(t, h, h.Center, saves, nil) {
			s := saves[i]
			if o.err != nil || o.kept.Revision != 1 || !reflect.DeepEqual(o.kept.Response, s.save.Response) {
				t.Errorf("answer %d: told %+v, %v", i, o.kept, o.err)
			}
			if now := kept(t, h.Center, s.seat, s.save.Position); !reflect.DeepEqual(now.Response, s.save.Response) {
				t.Errorf("answer %d: stored is %+v, sent was %+v", i, now.Response, s.save.Response)
			}
		}
		if h.Postgres() { // the only engine that says which transaction wrote a row
			var commits int
			if err := h.Database().Get(&commits, "SELECT COUNT(DISTINCT xmin::text) FROM responses"); err != nil || commits > len(saves)/2 {
				t.Errorf("%d commits for %d answers that waited together, %v", commits, len(saves), err)
			}
		}
	})
}

func TestOneItemFromManyDevicesAtOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		all := h.Responses(0)
		var saves []pending
		for n := range 12 {
			saves = append(saves, pending{ann.Seat, assess.Save{Position: 0, Revision: 1, Response: all[n/2]}}) // each sent twice
		}
		told := together(t, h, h.Center, saves, nil)
		won := kept(t, h.Center, ann.Seat, 0)
		accepted := 0
		for i, o := range told {
			if o.kept.Revision != 1 || !reflect.DeepEqual(o.kept.Response, won.Response) {
				t.Errorf("device %d was told %+v, stored is %+v", i, o.kept, won)
			}
			switch same := reflect.DeepEqual(saves[i].save.Response, won.Response); {
			case same && o.err == nil:
				accepted++
			case !same && errors.Is(o.err, assess.ErrStale):
			default:
				t.Errorf("device %d (sent the answer that won: %v) was told %v", i, same, o.err)
			}
		}
		if accepted != 2 {
			t.Errorf("%d devices were told their answer is kept, want the one that won and its repeat", accepted)
		}
	})
}

func TestOneBadRowDoesNotFailItsNeighbours(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		const bad = 5
		trap := fmt.Sprintf("CREATE TRIGGER trap BEFORE INSERT ON responses WHEN NEW.item = %d BEGIN SELECT RAISE(ABORT, 'trap'); END", bad)
		if h.Postgres() {
			trap = fmt.Sprintf(`
				CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
				CREATE TRIGGER trap BEFORE INSERT ON responses FOR EACH ROW WHEN (NEW.item = %d) EXECUTE FUNCTION trap()`, bad)
		}
		if _, err := h.Database().Exec(trap); err != nil {
			t.Fatal(err)
		}
		var saves []pending
		for position := range h.Form.Items {
			saves = append(saves, pending{ann.Seat, assess.Save{Position: position, Revision: 1, Response: h.Keyed(position)}})
		}
		for position, o := range together(t, h, h.Center, saves, nil) {
			stored := kept(t, h.Center, ann.Seat, position).Revision
			if position == bad {
				if o.err == nil || stored != 0 {
					t.Errorf("the bad row: %v, stored revision %d", o.err, stored)
				}
			} else if o.err != nil || stored != 1 {
				t.Errorf("its neighbour at %d: %v, stored revision %d", position, o.err, stored)
			}
		}
	})
}

func TestEachAnswerOfABatchIsJudgedByItself(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		n := h.Neighbour()
		late := h.Invited("Late").Started()
		h.Clock.Advance(time.Duration(h.Assessment.LimitSeconds)*time.Second + time.Second)
		good, ahead, foreign := h.Invited("Good").Started(), h.Invited("Ahead").Started(), n.Invited("Foreign").Started()
		renewed, done, waiting := h.Invited("Renewed").Started(), h.Invited("Done").Started(), h.Invited("Waiting").Entered()
		if _, err := h.RenewLink(t.Context(), h.Owner, renewed.Invitation.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Submit(t.Context(), done.Seat); err != nil {
			t.Fatal(err)
		}
		mixed := good.Seat // its organization and another's sitting
		mixed.Sitting = foreign.Seat.Sitting
		var saves []pending
		var want []error
		for _, c := range []struct {
			seat     assess.Seat
			revision int64
			want     error
		}{
			{good.Seat, 1, nil}, {foreign.Seat, 1, nil}, {late.Seat, 1, assess.ErrTooLate}, {ahead.Seat, 2, assess.ErrStale},
			{renewed.Seat, 1, assess.ErrUnauthenticated}, {done.Seat, 1, assess.ErrSittingClosed}, {waiting.Seat, 1, assess.ErrNotStarted},
			{mixed, 1, assess.ErrUnauthenticated},
		} {
			for position := range 3 {
				saves = append(saves, pending{c.seat, assess.Save{Position: position, Revision: c.revision}})
				want = append(want, c.want)
			}
		}
		for i, o := range together(t, h, h.Center, saves, nil) {
			if !errors.Is(o.err, want[i]) || (o.err == nil) != (want[i] == nil) {
				t.Errorf("answer %d: %v, want %v", i, o.err, want[i])
			}
		}
		if rows := dump(t, h.Database())["responses"]; len(rows) != 6 {
			t.Errorf("%d answers are stored, want those of the good and the foreign sitting", len(rows))
		}
	})
}

func TestCloseCommitsWhatWaits(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		second := h.Second()
		var saves []pending
		for position := range h.Form.Items {
			saves = append(saves, pending{ann.Seat, assess.Save{Position: position, Revision: 1, Response: h.Keyed(position)}})
			saves = append(saves, pending{ann.Seat, assess.Save{Position: position, Revision: 1, Response: h.Keyed(position)}})
		}
		if _, err := second.Sitting(t.Context(), ann.Seat); err != nil { // the form is in its memory now
			t.Fatal(err)
		}
		closed := make(chan error)
		told := together(t, h, second, saves, func() { go func() { closed <- second.Close() }() })
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
		for i, o := range told {
			if o.err != nil {
				t.Errorf("answer %d had been received before the close: %v", i, o.err)
			}
			if now := kept(t, h.Center, ann.Seat, saves[i].save.Position); now.Revision != 1 {
				t.Errorf("answer %d is not stored", i)
			}
		}
		if _, err := second.Answer(t.Context(), ann.Seat, assess.Save{Position: 0, Revision: 2}); !errors.Is(err, assess.ErrUnavailable) {
			t.Errorf("after the close: %v, want %v", err, assess.ErrUnavailable)
		}
	})
}

func TestAFullQueueSaysSoAtOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		people := make([]*assesstest.Person, 10)
		for n := range people {
			people[n] = h.Invited("Ann").Started()
		}
		var saves []pending
		for n := range 7000 { // the queue holds 4,096, each of at most two batches 512
			person, position := people[n%10], n/10%len(h.Form.Items)
			saves = append(saves, pending{person.Seat, assess.Save{Position: position, Revision: 1}})
		}
		busy, kept := 0, 0
		for _, o := range together(t, h, h.Center, saves, nil) {
			switch {
			case o.err == nil:
				kept++
			case errors.Is(o.err, assess.ErrBusy):
				busy++
			default:
				t.Fatalf("neither kept nor busy: %v", o.err)
			}
		}
		if busy < 1000 || kept < 4000 {
			t.Errorf("%d kept and %d told to try again, want the overflow refused and the rest kept", kept, busy)
		}
	})
}

func TestACallerWhoLeavesIsToldNothing(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started()
		release := stall(t, h)
		defer release()
		ctx, cancel := context.WithTimeout(t.Context(), gather)
		defer cancel()
		if err := ann.Save(ctx, 0, 1, questions.Response{}); !errors.Is(err, assess.ErrUnavailable) {
			t.Errorf("gave up waiting: %v, want %v", err, assess.ErrUnavailable)
		}
		release()
		if err := ann.Save(t.Context(), 0, 1, questions.Response{}); err != nil {
			t.Errorf("the retry: %v", err)
		}
	})
}

func TestTheDatabaseGoesAndComesBack(t *testing.T) {
	h := assesstest.Open(t, assesstest.Postgres(t))
	ann := h.Invited("Ann").Started().Answers(0)
	at, err := url.Parse(h.DSN)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(at.Path, "/")
	at.Path = "/postgres"
	admin := assesstest.Database(t, at.String())
	if _, err := admin.Exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false"); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name); err != nil {
		t.Fatal(err)
	}

	expectAway := func(how string) {
		t.Helper()
		for what, ask := range map[string]func() error{
			"an answer": func() error { return ann.Save(t.Context(), 1, 1, h.Keyed(1)) },
			"a page":    func() error { _, err := h.Sitting(t.Context(), ann.Seat); return err },
			"an order":  func() error { _, err := h.Invitations(t.Context(), h.Owner, assess.InvitationFilter{}); return err },
			"the end":   func() error { _, err := h.Submit(t.Context(), ann.Seat); return err },
			"readiness": func() error { return h.Ready(t.Context()) },
			"a sweep":   func() error { return h.Sweep(t.Context()) },
		} {
			if err := ask(); !errors.Is(err, assess.ErrUnavailable) {
				t.Errorf("%s: %s is %v, want %v", how, what, err, assess.ErrUnavailable)
			}
		}
	}
	expectAway("connections refused")
	if _, err := admin.Exec("ALTER DATABASE " + name + " RENAME TO " + name + "_away"); err != nil {
		t.Fatal(err)
	}
	expectAway("no such database")
	for _, statement := range []string{"ALTER DATABASE " + name + "_away RENAME TO " + name, "ALTER DATABASE " + name + " ALLOW_CONNECTIONS true"} {
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := ann.Save(t.Context(), 1, 1, h.Keyed(1)); err != nil {
		t.Errorf("an answer once the database is back: %v", err)
	}
	if err := h.Ready(t.Context()); err != nil {
		t.Errorf("readiness once the database is back: %v", err)
	}
}

func TestAFullDiskAndABusyFileAreUnavailable(t *testing.T) {
	t.Parallel() // it waits five seconds for the file
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ann := h.Invited("Ann").Started()
	full := assesstest.Center(t, h.DSN+"?_pragma=max_page_count(1)", h.Clock) // never below the present size
	var err error
	for n := 0; err == nil && n < 500; n++ {
		_, err = full.Invite(t.Context(), h.Owner, assess.Order{AssessmentID: h.Assessment.ID, Name: strings.Repeat("n", 100), ExtraTime: 100})
	}
	if !errors.Is(err, assess.ErrUnavailable) {
		t.Errorf("a full disk: %v, want %v", err, assess.ErrUnavailable)
	}
	if _, err := full.Sitting(t.Context(), ann.Seat); err != nil {
		t.Errorf("reading on a full disk: %v", err)
	}

	release := stall(t, h)
	defer release()
	if err := ann.Save(t.Context(), 0, 1, questions.Response{}); !errors.Is(err, assess.ErrUnavailable) {
		t.Errorf("a file another process writes to: %v, want %v", err, assess.ErrUnavailable)
	}
}
