package assess

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// The saver commits answers in groups. Handlers enqueue and wait; a committer
// takes all that is queued, writes it with one commit and only then answers every
// waiter. There is no timer: a lone answer does not wait.
type saver struct {
	store *store
	queue chan *pendingSave
	most  int // Answers in one commit.
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once
	row   *sql.Stmt // one answer; on SQLite also each answer of a batch
	batch *sql.Stmt // PostgreSQL: a whole batch
}

const (
	largestBatch = 512
	// A full queue is an overload: better a quick "try again" than a long wait.
	longestQueue = 8 * largestBatch
	commitLimit  = 15 * time.Second
	// SQLite has one writer. On PostgreSQL one batch is gathered while another is
	// being synced; both take their locks in the order of the keys.
	postgresCommitters = 2
)

// pendingSave is one answer on its way to the disk.
type pendingSave struct {
	seat     Seat
	item     int
	revision int64
	response string
	spent    int64
	at       Time
	outcome  chan savedRow
}

// savedRow is what is stored after the attempt. Found is false when the sitting
// takes no answer, or when a first answer did not carry revision 1.
type savedRow struct {
	Found    bool
	Revision int64
	Response string
	SavedAt  Time
	Err      error
}

type saveKey struct {
	sitting uuid.UUID
	item    int
}

func (p *pendingSave) key() saveKey { return saveKey{p.seat.Sitting, p.item} }

// keepIfNext replaces the stored response only when its revision is exactly one
// less; otherwise the row stays and comes back as the kept value.
const keepIfNext = `
	ON CONFLICT (organization_id, sitting_id, item) DO UPDATE SET
	  response = CASE WHEN responses.revision = excluded.revision - 1 THEN excluded.response ELSE responses.response END,
	  spent_ms = CASE WHEN responses.revision = excluded.revision - 1 THEN excluded.spent_ms ELSE responses.spent_ms END,
	  saved_at = CASE WHEN responses.revision = excluded.revision - 1 THEN excluded.saved_at ELSE responses.saved_at END,
	  revision = CASE WHEN responses.revision = excluded.revision - 1 THEN excluded.revision ELSE responses.revision END`

const saveOneSQLite = `
	INSERT INTO responses (organization_id, sitting_id, item, revision, response, spent_ms, saved_at)
	SELECT s.organization_id, s.id, $3, $4, $5, $6, $7
	FROM sittings s
	WHERE s.organization_id = $1 AND s.id = $2 AND s.generation = $8
	  AND s.state = 'started' AND s.deadline >= $7
	  AND ($4 = 1 OR EXISTS (SELECT 1 FROM responses r WHERE r.organization_id = $1 AND r.sitting_id = $2 AND r.item = $3))` +
	keepIfNext + `
	RETURNING revision, response, saved_at`

// On PostgreSQL the sitting is locked FOR SHARE, so that a submission cannot
// pass an answer that is about to be acknowledged. It is found by its key alone
// and judged afterwards: were its state part of the search, a planner without
// statistics would read every sitting under way.
const saveOnePostgres = `
	WITH seat AS MATERIALIZED (
	  SELECT s.organization_id, s.id, s.state, s.deadline FROM sittings s
	  WHERE s.organization_id = $1::uuid AND s.id = $2::uuid AND s.generation = $8::bigint
	  FOR SHARE)
	INSERT INTO responses (organization_id, sitting_id, item, revision, response, spent_ms, saved_at)
	SELECT s.organization_id, s.id, $3::int, $4::bigint, $5::text, $6::bigint, $7::timestamptz
	FROM seat s
	WHERE s.state = 'started' AND s.deadline >= $7::timestamptz
	  AND ($4::bigint = 1 OR EXISTS (SELECT 1 FROM responses r WHERE r.organization_id = $1::uuid AND r.sitting_id = $2::uuid AND r.item = $3::int))` +
	keepIfNext + `
	RETURNING revision, response, saved_at`

// Rows are locked and written in the order of their key: two servers that write in
// opposite order would deadlock.
const saveBatchPostgres = `
	WITH saved AS MATERIALIZED (
	  SELECT q.*, s.state, s.deadline
	  FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::bigint[], $5::text[], $6::bigint[], $7::timestamptz[], $8::bigint[])
	    AS q (organization_id, sitting_id, item, revision, response, spent_ms, at, generation)
	  JOIN sittings s ON s.organization_id = q.organization_id AND s.id = q.sitting_id AND s.generation = q.generation
	  ORDER BY q.organization_id, q.sitting_id
	  FOR SHARE OF s)
	INSERT INTO responses (organization_id, sitting_id, item, revision, response, spent_ms, saved_at)
	SELECT q.organization_id, q.sitting_id, q.item, q.revision, q.response, q.spent_ms, q.at
	FROM saved q
	WHERE q.state = 'started' AND q.deadline >= q.at
	  AND (q.revision = 1 OR EXISTS (SELECT 1 FROM responses r
	    WHERE r.organization_id = q.organization_id AND r.sitting_id = q.sitting_id AND r.item = q.item))
	ORDER BY q.organization_id, q.sitting_id, q.item` +
	keepIfNext + `
	RETURNING sitting_id, item, revision, response, saved_at`

func startSaver(ctx context.Context, st *store) (*saver, error) {
	s := &saver{
		store: st,
		queue: make(chan *pendingSave, longestQueue),
		most:  largestBatch,
		quit:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	one := saveOneSQLite
	if st.postgres {
		one = saveOnePostgres
	}
	var err error
	if s.row, err = st.write.PrepareContext(ctx, one); err != nil {
		return nil, err
	}
	if st.postgres {
		if s.batch, err = st.write.PrepareContext(ctx, saveBatchPostgres); err != nil {
			return nil, err
		}
	}
	committers := 1
	if st.postgres {
		committers = postgresCommitters
	}
	var all sync.WaitGroup
	for range committers {
		all.Go(s.run)
	}
	go func() {
		all.Wait()
		close(s.done)
	}()
	return s, nil
}

// stop commits what is queued and ends the saver.
func (s *saver) stop() {
	s.once.Do(func() { close(s.quit) })
	<-s.done
}

// save queues one answer and waits until it is on disk or refused.
func (s *saver) save(ctx context.Context, p *pendingSave) savedRow {
	p.outcome = make(chan savedRow, 1)
	select {
	case <-s.quit:
		return savedRow{Err: ErrUnavailable}
	default:
	}
	select {
	case s.queue <- p:
	default:
		return savedRow{Err: ErrBusy}
	}
	select {
	case row := <-p.outcome:
		return row
	case <-ctx.Done():
		return savedRow{Err: ErrUnavailable} // it may still be kept; the caller was told nothing
	case <-s.done:
		select {
		case row := <-p.outcome:
			return row
		default:
			return savedRow{Err: ErrUnavailable}
		}
	}
}

// run is one committer, until the saver is to stop and nothing waits.
func (s *saver) run() {
	var held []*pendingSave
	for {
		batch, rest, more := s.take(held)
		held = rest
		if len(batch) > 0 {
			s.commit(batch)
		}
		if !more && len(held) == 0 && len(s.queue) == 0 {
			return
		}
	}
}

// take gathers the next batch: at most one answer for each item of a sitting,
// later ones are held for the batch after. It waits only when nothing is there;
// more is false once the saver is to stop.
func (s *saver) take(held []*pendingSave) (batch, rest []*pendingSave, more bool) {
	seen := make(map[saveKey]bool)
	add := func(p *pendingSave) {
		if seen[p.key()] {
			rest = append(rest, p)
			return
		}
		seen[p.key()] = true
		batch = append(batch, p)
	}
	for _, p := range held {
		add(p)
	}
	if len(batch) == 0 {
		select {
		case p := <-s.queue:
			add(p)
			runtime.Gosched() // handlers that are ready add theirs; a lone answer loses nothing
		case <-s.quit:
		}
	}
	for len(batch)+len(rest) < s.most {
		select {
		case p := <-s.queue:
			add(p)
			continue
		default:
		}
		break
	}
	select {
	case <-s.quit:
		return batch, rest, false
	default:
		return batch, rest, true
	}
}

func (s *saver) commit(batch []*pendingSave) {
	slices.SortFunc(batch, func(a, b *pendingSave) int {
		return cmp.Or(
			slices.Compare(a.seat.Organization[:], b.seat.Organization[:]),
			slices.Compare(a.seat.Sitting[:], b.seat.Sitting[:]),
			cmp.Compare(a.item, b.item))
	})
	ctx, cancel := context.WithTimeout(context.Background(), commitLimit)
	defer cancel()
	rows, err := s.write(ctx, batch)
	if err != nil && len(batch) > 1 && !errors.Is(err, ErrUnavailable) {
		// One bad row must not fail its neighbours.
		for _, p := range batch {
			s.commit([]*pendingSave{p})
		}
		return
	}
	for _, p := range batch {
		row := rows[p.key()]
		row.Err = err
		p.outcome <- row
	}
}

func (s *saver) write(ctx context.Context, batch []*pendingSave) (rows map[saveKey]savedRow, err error) {
	switch {
	case !s.store.postgres:
		rows, err = s.writeSQLite(ctx, batch)
	case len(batch) == 1:
		// unnest of a single row runs at little more than half the speed.
		rows = make(map[saveKey]savedRow, 1)
		err = saveRow(ctx, s.row, batch[0], rows)
	default:
		rows, err = s.writePostgres(ctx, batch)
	}
	return rows, readError(err)
}

func (s *saver) writeSQLite(ctx context.Context, batch []*pendingSave) (map[saveKey]savedRow, error) {
	rows := make(map[saveKey]savedRow, len(batch))
	err := s.store.tx(ctx, func(tx *sqlx.Tx) error {
		row := tx.Tx.StmtContext(ctx, s.row)
		for _, p := range batch {
			if err := saveRow(ctx, row, p, rows); err != nil {
				return err
			}
		}
		return nil
	})
	return rows, err
}

func saveRow(ctx context.Context, stmt *sql.Stmt, p *pendingSave, rows map[saveKey]savedRow) error {
	row := savedRow{Found: true}
	err := stmt.QueryRowContext(ctx, p.seat.Organization, p.seat.Sitting, p.item, p.revision, p.response, p.spent, p.at, p.seat.Generation).
		Scan(&row.Revision, &row.Response, &row.SavedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		rows[p.key()] = row
	}
	return err
}

func (s *saver) writePostgres(ctx context.Context, batch []*pendingSave) (map[saveKey]savedRow, error) {
	n := len(batch)
	organizations, sittings := make(pq.StringArray, n), make(pq.StringArray, n)
	responses, times := make(pq.StringArray, n), make(pq.StringArray, n)
	items, revisions := make(pq.Int64Array, n), make(pq.Int64Array, n)
	spent, generations := make(pq.Int64Array, n), make(pq.Int64Array, n)
	for i, p := range batch {
		organizations[i], sittings[i] = p.seat.Organization.String(), p.seat.Sitting.String()
		responses[i], times[i] = p.response, p.at.UTC().Format(storedTime)
		items[i], revisions[i] = int64(p.item), p.revision
		spent[i], generations[i] = p.spent, p.seat.Generation
	}
	found, err := s.batch.QueryContext(ctx, organizations, sittings, items, revisions, responses, spent, times, generations)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	rows := make(map[saveKey]savedRow, n)
	for found.Next() {
		var key saveKey
		row := savedRow{Found: true}
		if err := found.Scan(&key.sitting, &key.item, &row.Revision, &row.Response, &row.SavedAt); err != nil {
			return nil, err
		}
		rows[key] = row
	}
	return rows, found.Err()
}
