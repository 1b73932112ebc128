package assess

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// everybody is the population of all results; others are named by what candidates
// said of themselves, such as "sex:female".
const everybody = "all"

// shards is how many rows the counts of one population lie in, by sitting: folding
// and erasing seldom meet on one, and a page still reads few.
const shards = 4

func shardOf(sitting uuid.UUID) int64 { return int64(sitting[15]) % shards }

// counterKey names a row of counters.
type counterKey struct {
	Organization uuid.UUID      `db:"organization_id"`
	Form         string         `db:"form_hash"`
	Language     questions.Lang `db:"language"`
	Population   string         `db:"population"`
	Shard        int64          `db:"shard"`
}

func (k counterKey) compare(o counterKey) int {
	return cmp.Or(cmp.Compare(k.Organization.String(), o.Organization.String()), cmp.Compare(k.Form, o.Form),
		cmp.Compare(k.Language, o.Language), cmp.Compare(k.Population, o.Population), cmp.Compare(k.Shard, o.Shard))
}

// countedRow is a result as it is counted.
type countedRow struct {
	Result     uuid.UUID      `db:"result_id"`
	Sitting    uuid.UUID      `db:"sitting_id"`
	Assessment uuid.UUID      `db:"assessment_id"`
	Form       string         `db:"form_hash"`
	Language   questions.Lang `db:"language"`
	Extra      int            `db:"extra_time"`
	Vector     []byte         `db:"vector"`
	Times      []byte         `db:"times"`
	Document   string         `db:"document"` // Only where the times are not kept apart.
}

func (r countedRow) counted() (counted, error) {
	c := counted{vector: r.Vector, times: r.Times, extra: r.Extra != 100}
	if c.times == nil && r.Document != "" {
		var d struct {
			SpentMS []int64 `json:"spent_ms"`
		}
		if err := json.Unmarshal([]byte(r.Document), &d); err != nil {
			return c, fmt.Errorf("result %s: %w", r.Result, err)
		}
		c.times = timesOf(d.SpentMS)
	}
	return c, nil
}

func (r countedRow) key(organization uuid.UUID, population string) counterKey {
	return counterKey{organization, r.Form, r.Language, population, shardOf(r.Sitting)}
}

// queueCounts leaves a result to be counted. It is one small row, so submissions wait
// for nobody; pages count what waits as they read.
func queueCounts(ctx context.Context, tx *sqlx.Tx, organization, result uuid.UUID, population string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO statistics_queue (organization_id, id, result_id, population) VALUES ($1, $2, $3, $4)",
		organization, newID(), result, population)
	return err
}

// layout returns the layout of a form's counters, made once.
func (c *Center) layout(form *questions.Form) *layout {
	if l, ok := c.layouts.Load(form); ok {
		return l.(*layout)
	}
	l, _ := c.layouts.LoadOrStore(form, layoutOf(form))
	return l.(*layout)
}

// layoutFor returns the layout of a published assessment's form.
func (c *Center) layoutFor(ctx context.Context, organization, assessment uuid.UUID) (*layout, error) {
	form, err := c.formOf(ctx, organization, assessment)
	if err != nil {
		return nil, err
	}
	return c.layout(form), nil
}

const foldBatch = 500

// Only what one batch will hold: Fold comes back while there is more.
const formsWaiting = `
	SELECT DISTINCT w.organization_id, r.assessment_id
	FROM (SELECT organization_id, result_id FROM statistics_queue ORDER BY organization_id, id LIMIT $1) AS w
	JOIN results r ON r.organization_id = w.organization_id AND r.id = w.result_id`

const resultsWaiting = `
	SELECT q.organization_id, q.id AS queue_id, q.population, r.id AS result_id, r.sitting_id, r.assessment_id, r.form_hash,
	  r.vector, r.times, CASE WHEN r.times IS NULL THEN r.document ELSE '' END AS document, s.language, s.extra_time
	FROM statistics_queue q
	JOIN results r ON r.organization_id = q.organization_id AND r.id = q.result_id
	JOIN sittings s ON s.organization_id = r.organization_id AND s.id = r.sitting_id
	ORDER BY q.organization_id, q.id
	LIMIT $1`

// Fold adds results that wait to be counted to the kept statistics. Only the holder of
// the lease does; for any other server it is a no-op.
func (c *Center) Fold(ctx context.Context) error {
	for {
		var wanted []struct {
			Organization uuid.UUID `db:"organization_id"`
			Assessment   uuid.UUID `db:"assessment_id"`
		}
		if err := c.read.SelectContext(ctx, &wanted, formsWaiting, foldBatch); err != nil || len(wanted) == 0 {
			return readError(err)
		}
		forms := map[[2]uuid.UUID]*layout{}
		for _, w := range wanted {
			l, err := c.layoutFor(ctx, w.Organization, w.Assessment)
			if err != nil {
				return err
			}
			forms[[2]uuid.UUID{w.Organization, w.Assessment}] = l
		}
		var n int
		err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
			n, err = c.foldBatch(ctx, tx, forms)
			return err
		})
		if err != nil || n < foldBatch {
			return err
		}
	}
}

func (c *Center) foldBatch(ctx context.Context, tx *sqlx.Tx, forms map[[2]uuid.UUID]*layout) (int, error) {
	if mine, err := c.lease(ctx, tx, "statistics"); err != nil || !mine {
		return 0, err
	}
	var waiting []struct {
		Organization uuid.UUID `db:"organization_id"`
		Queue        uuid.UUID `db:"queue_id"`
		Population   string    `db:"population"`
		countedRow
	}
	if err := tx.SelectContext(ctx, &waiting, resultsWaiting, foldBatch); err != nil {
		return 0, err
	}
	added := map[counterKey]tally{}
	for _, w := range waiting {
		l := forms[[2]uuid.UUID{w.Organization, w.Assessment}]
		if l == nil {
			continue // it came after the forms were read
		}
		// Taking the row out first settles who counts it, should it be erased meanwhile.
		done, err := tx.ExecContext(ctx, "DELETE FROM statistics_queue WHERE organization_id = $1 AND id = $2", w.Organization, w.Queue)
		if err := one(done, err, errCounted); err == errCounted {
			continue
		} else if err != nil {
			return 0, err
		}
		key := w.key(w.Organization, w.Population)
		if _, ok := added[key]; !ok {
			added[key] = l.empty()
		}
		// One that cannot be read must not stop all others for ever; the recount names it.
		if err := added[key].add(w.countedRow, 1); err != nil {
			c.log.Error("a result cannot be counted", "error", err)
		}
	}
	return len(waiting), c.changeCounts(ctx, tx, added)
}

// errCounted says that another hand was quicker; it never leaves this file.
const errCounted Error = "counted"

func (t tally) add(r countedRow, by int64) error {
	counted, err := r.counted()
	if err != nil {
		return err
	}
	if err := t.count(t.counts, counted, by); err != nil {
		return fmt.Errorf("result %s: %w", r.Result, err)
	}
	return nil
}

// changeCounts adds to the kept rows, always in the same order, so that two hands
// never wait for each other in a ring.
func (c *Center) changeCounts(ctx context.Context, tx *sqlx.Tx, changes map[counterKey]tally) error {
	keys := make([]counterKey, 0, len(changes))
	for key := range changes {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, counterKey.compare)
	for _, key := range keys {
		change := changes[key]
		// The write takes the row's lock, so that what is read stays true.
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO statistics (organization_id, form_hash, language, population, shard, n, counts)
			VALUES ($1, $2, $3, $4, $5, 0, $6)
			ON CONFLICT (organization_id, form_hash, language, population, shard) DO UPDATE SET n = statistics.n`,
			key.Organization, key.Form, key.Language, key.Population, key.Shard, encodeCounts(nil)); err != nil {
			return err
		}
		var text []byte
		if err := tx.GetContext(ctx, &text, `
			SELECT counts FROM statistics
			WHERE organization_id = $1 AND form_hash = $2 AND language = $3 AND population = $4 AND shard = $5`,
			key.Organization, key.Form, key.Language, key.Population, key.Shard); err != nil {
			return err
		}
		if err := addCounts(change.counts, text); err != nil {
			return fmt.Errorf("statistics of form %s: %w", key.Form, err)
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE statistics SET n = $6, counts = $7
			WHERE organization_id = $1 AND form_hash = $2 AND language = $3 AND population = $4 AND shard = $5`,
			key.Organization, key.Form, key.Language, key.Population, key.Shard, change.n(), encodeCounts(change.counts)); err != nil {
			return err
		}
	}
	return nil
}

// membership is a result's place in a population.
type membership struct {
	countedRow
	population string
}

// uncount takes results back out of the statistics: off the queue where they still
// wait, out of the counts otherwise. The layouts, by assessment, are read before the
// transaction; a result on a form that came after that is ErrConflict.
func (c *Center) uncount(ctx context.Context, tx *sqlx.Tx, organization uuid.UUID, layouts map[uuid.UUID]*layout, out []membership) error {
	taken := map[counterKey]tally{}
	for _, m := range out {
		done, err := tx.ExecContext(ctx, "DELETE FROM statistics_queue WHERE organization_id = $1 AND result_id = $2 AND population = $3",
			organization, m.Result, m.population)
		switch err := one(done, err, errCounted); {
		case err == nil:
			continue
		case err != errCounted:
			return err
		}
		l := layouts[m.Assessment]
		if l == nil {
			return ErrConflict
		}
		key := m.key(organization, m.population)
		if _, ok := taken[key]; !ok {
			taken[key] = l.empty()
		}
		if err := taken[key].add(m.countedRow, -1); err != nil {
			return err
		}
	}
	return c.changeCounts(ctx, tx, taken)
}

// countsOf reads kept counts and what waits to be added in one statement, so that
// every result is in exactly one of the two.
const countsOf = `
	SELECT s.language, r.vector, r.times, CASE WHEN r.times IS NULL THEN r.document ELSE '' END AS document, s.extra_time, NULL AS counts
	FROM statistics_queue q
	JOIN results r ON r.organization_id = q.organization_id AND r.id = q.result_id
	JOIN sittings s ON s.organization_id = r.organization_id AND s.id = r.sitting_id
	WHERE q.organization_id = $1 AND r.form_hash = $2 AND q.population = $3
	UNION ALL
	SELECT language, NULL, NULL, '', 100, counts
	FROM statistics
	WHERE organization_id = $1 AND form_hash = $2 AND population = $3`

// tallies reads a population's counts by language, complete up to now.
func (c *Center) tallies(ctx context.Context, organization uuid.UUID, form *questions.Form, hash, population string) (map[questions.Lang]tally, error) {
	l := c.layout(form)
	all := map[questions.Lang]tally{questions.Chinese: l.empty(), questions.English: l.empty()}
	rows, err := c.read.QueryxContext(ctx, countsOf, organization, hash, population)
	if err != nil {
		return nil, readError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var row struct {
			countedRow
			Counts []byte `db:"counts"`
		}
		if err := rows.StructScan(&row); err != nil {
			return nil, err
		}
		t, ok := all[row.Language]
		if !ok {
			return nil, fmt.Errorf("statistics of form %s in %q", hash, row.Language)
		}
		if row.Counts != nil {
			err = addCounts(t.counts, row.Counts)
		} else {
			err = t.add(row.countedRow, 1)
		}
		if err != nil {
			return nil, fmt.Errorf("statistics of form %s: %w", hash, err)
		}
	}
	return all, readError(rows.Err())
}

// StatisticsFault is a kept count that is not what the results say.
type StatisticsFault struct {
	Form       string
	Language   questions.Lang
	Population string
	Shard      int64
	Place      string // What was counted.
	Kept       int64
	Recounted  int64
}

// String says where and by how much.
func (f StatisticsFault) String() string {
	return fmt.Sprintf("form %s, %s, %s, shard %d, %s: kept %d, recounted %d", f.Form, f.Language, f.Population, f.Shard, f.Place, f.Kept, f.Recounted)
}

// mostFaults bounds how many faults are listed for one shard.
const mostFaults = 20

const keptCounts = `
	SELECT organization_id, form_hash, language, population, shard, n, counts
	FROM statistics
	WHERE organization_id = $1`

const queuedResults = `
	SELECT q.population, r.id AS result_id, r.sitting_id, r.assessment_id, r.form_hash, r.vector, r.times,
	  CASE WHEN r.times IS NULL THEN r.document ELSE '' END AS document, s.language, s.extra_time
	FROM statistics_queue q
	JOIN results r ON r.organization_id = q.organization_id AND r.id = q.result_id
	JOIN sittings s ON s.organization_id = r.organization_id AND s.id = r.sitting_id
	WHERE q.organization_id = $1`

const countedResults = `
	SELECT r.id AS result_id, r.sitting_id, r.assessment_id, r.form_hash, r.vector, r.times,
	  CASE WHEN r.times IS NULL THEN r.document ELSE '' END AS document, s.language, s.extra_time,
	  COALESCE(d.sex, '') AS sex, COALESCE(d.age, '') AS age
	FROM results r
	JOIN sittings s ON s.organization_id = r.organization_id AND s.id = r.sitting_id
	LEFT JOIN demographics d ON d.organization_id = r.organization_id AND d.sitting_id = r.sitting_id
	WHERE r.organization_id = $1 AND r.version = 1`

// VerifyStatistics counts an organization's results anew from their response vectors
// and compares every integer with what is kept. It returns how many results it counted
// and where the two differ.
func (c *Center) VerifyStatistics(ctx context.Context, organization uuid.UUID) (results int64, faults []StatisticsFault, err error) {
	layouts, err := c.layoutsOf(ctx, organization)
	if err != nil {
		return 0, nil, err
	}
	var options *sql.TxOptions // SQLite's reading transactions see one moment anyway
	if c.postgres {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := c.read.BeginTxx(ctx, options)
	if err != nil {
		return 0, nil, readError(err)
	}
	defer tx.Rollback() // it has only read
	kept, recounted := map[counterKey]tally{}, map[counterKey]tally{}
	at := func(all map[counterKey]tally, key counterKey, l *layout) (tally, error) {
		if l == nil {
			return tally{}, fmt.Errorf("no assessment has the form %s", key.Form)
		}
		if _, ok := all[key]; !ok {
			all[key] = l.empty()
		}
		return all[key], nil
	}

	var rows []struct {
		counterKey
		N      int64  `db:"n"`
		Counts []byte `db:"counts"`
	}
	if err := tx.SelectContext(ctx, &rows, keptCounts, organization); err != nil {
		return 0, nil, readError(err)
	}
	for _, row := range rows {
		t, err := at(kept, row.counterKey, layouts[row.Form])
		if err != nil {
			return 0, nil, err
		}
		if err := addCounts(t.counts, row.Counts); err != nil {
			faults = append(faults, StatisticsFault{row.Form, row.Language, row.Population, row.Shard, err.Error(), 0, 0})
			continue
		}
		if row.N != t.n() {
			faults = append(faults, StatisticsFault{row.Form, row.Language, row.Population, row.Shard, "n of the row", row.N, t.n()})
		}
	}
	queued, err := tx.QueryxContext(ctx, queuedResults, organization)
	if err != nil {
		return 0, nil, readError(err)
	}
	defer queued.Close()
	for queued.Next() {
		var row struct {
			countedRow
			Population string `db:"population"`
		}
		if err := queued.StructScan(&row); err != nil {
			return 0, nil, err
		}
		t, err := at(kept, row.key(organization, row.Population), layouts[row.Form])
		if err != nil {
			return 0, nil, err
		}
		if err := t.add(row.countedRow, 1); err != nil {
			return 0, nil, err
		}
	}
	if err := queued.Err(); err != nil {
		return 0, nil, readError(err)
	}
	scored, err := tx.QueryxContext(ctx, countedResults, organization)
	if err != nil {
		return 0, nil, readError(err)
	}
	defer scored.Close()
	for scored.Next() {
		var row struct {
			countedRow
			Demographics
		}
		if err := scored.StructScan(&row); err != nil {
			return 0, nil, err
		}
		for _, population := range append(row.populations(), everybody) {
			t, err := at(recounted, row.key(organization, population), layouts[row.Form])
			if err != nil {
				return 0, nil, err
			}
			if err := t.add(row.countedRow, 1); err != nil {
				return 0, nil, err
			}
		}
		results++
	}
	return results, append(faults, differences(kept, recounted)...), readError(scored.Err())
}

// differences lists where two sets of tallies are not the same.
func differences(kept, recounted map[counterKey]tally) (faults []StatisticsFault) {
	var keys []counterKey
	for key := range kept {
		keys = append(keys, key)
	}
	for key := range recounted {
		if _, ok := kept[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, counterKey.compare)
	for _, key := range keys {
		mine, theirs := kept[key], recounted[key]
		if mine.layout == nil {
			mine = theirs.empty()
		}
		if theirs.layout == nil {
			theirs = mine.empty()
		}
		listed := 0
		for at, n := range mine.counts {
			if m := theirs.counts[at]; n != m && listed < mostFaults {
				listed++
				faults = append(faults, StatisticsFault{key.Form, key.Language, key.Population, key.Shard, mine.place(at), n, m})
			}
		}
	}
	return faults
}

// layoutsOf reads the layouts of every form an organization has published, by the
// form's hash.
func (c *Center) layoutsOf(ctx context.Context, organization uuid.UUID) (map[string]*layout, error) {
	var published []struct {
		ID   uuid.UUID `db:"id"`
		Hash string    `db:"form_hash"`
	}
	if err := c.read.SelectContext(ctx, &published, "SELECT id, form_hash FROM assessments WHERE organization_id = $1 AND state = 'published'", organization); err != nil {
		return nil, readError(err)
	}
	all := map[string]*layout{}
	for _, p := range published {
		var err error
		if all[p.Hash], err = c.layoutFor(ctx, organization, p.ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}
