package assess

import (
	"context"
	"math/rand/v2"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

func (c *Center) tallyOf(ctx context.Context, organization, assessment uuid.UUID, language questions.Lang) tally {
	form, err := c.formOf(ctx, organization, assessment)
	if err != nil {
		panic(err)
	}
	a, err := assessmentOf(ctx, c.read, organization, assessment)
	if err != nil {
		panic(err)
	}
	all, err := c.tallies(ctx, organization, form, a.FormHash, everybody)
	if err != nil {
		panic(err)
	}
	return all[language]
}

// Counters are the counters of everybody in a language.
func (c *Center) Counters(ctx context.Context, organization, assessment uuid.UUID, language questions.Lang) []int64 {
	return c.tallyOf(ctx, organization, assessment, language).counts
}

// QualityMoments are those kept for a quality.
func (c *Center) QualityMoments(ctx context.Context, organization, assessment uuid.UUID, language questions.Lang, q int) measure.Moments {
	t := c.tallyOf(ctx, organization, assessment, language)
	return t.moments(t.qualities[q].moments)
}

// WholeMoments are those kept for the whole form, a copy.
func (c *Center) WholeMoments(ctx context.Context, organization, assessment uuid.UUID, language questions.Lang) measure.Moments {
	t := c.tallyOf(ctx, organization, assessment, language)
	return t.moments(t.whole)
}

// Populate counts so many made-up people as the folder would and adds them to the kept
// statistics: the abler, the more often the best of two responses.
func (c *Center) Populate(ctx context.Context, organization, assessment uuid.UUID, language questions.Lang, people int, dice *rand.Rand) {
	form, err := c.formOf(ctx, organization, assessment)
	if err != nil {
		panic(err)
	}
	l := c.layout(form)
	codes := make([][][]byte, len(form.Items))
	marks := make([][]int, len(form.Items))
	for i, item := range form.Items {
		for r := range item.Responses() {
			code := item.Encode(r)
			m, _ := l.mark(i, code)
			codes[i], marks[i] = append(codes[i], code), append(marks[i], m)
		}
	}
	var added [shards]tally
	for i := range added {
		added[i] = l.empty()
	}
	times := make([]byte, len(form.Items))
	var vector []byte
	for person := range people {
		able := dice.Float64()
		vector = vector[:0]
		for i := range form.Items {
			at := dice.IntN(len(codes[i]))
			if other := dice.IntN(len(codes[i])); dice.Float64() < able && marks[i][other] > marks[i][at] {
				at = other
			}
			vector = append(vector, codes[i][at]...)
			times[i] = byte(40 + dice.IntN(40))
		}
		t := added[person%shards]
		if err := t.count(t.counts, counted{vector: vector, times: times}, 1); err != nil {
			panic(err)
		}
	}
	changes := map[counterKey]tally{}
	for i, t := range added {
		changes[counterKey{organization, form.Hash(), language, everybody, int64(i)}] = t
	}
	if err := c.tx(ctx, func(tx *sqlx.Tx) error { return c.changeCounts(ctx, tx, changes) }); err != nil {
		panic(err)
	}
}

// Multiply adds every kept count so many times more, as that many people alike would.
func (c *Center) Multiply(ctx context.Context, organization, assessment uuid.UUID, times int) {
	if err := c.Fold(ctx); err != nil {
		panic(err)
	}
	l, err := c.layoutFor(ctx, organization, assessment)
	if err != nil {
		panic(err)
	}
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		var rows []struct {
			counterKey
			N      int64  `db:"n"`
			Counts []byte `db:"counts"`
		}
		if err := tx.SelectContext(ctx, &rows, keptCounts, organization); err != nil {
			return err
		}
		more := map[counterKey]tally{}
		for _, row := range rows {
			more[row.counterKey] = l.empty()
			for range times {
				if err := addCounts(more[row.counterKey].counts, row.Counts); err != nil {
					return err
				}
			}
		}
		return c.changeCounts(ctx, tx, more)
	})
	if err != nil {
		panic(err)
	}
}

// CountOnce counts one result.
func CountOnce(form *questions.Form, vector []byte, spentMS []int64, extra bool) ([]int64, error) {
	l := layoutOf(form)
	t := l.empty()
	return t.counts, l.count(t.counts, counted{vector, timesOf(spentMS), extra}, 1)
}

// UncountOnce takes it back and returns how many counters are not 0 then.
func UncountOnce(form *questions.Form, counts []int64, vector []byte, spentMS []int64, extra bool) (left int, err error) {
	l := layoutOf(form)
	err = l.count(counts, counted{vector, timesOf(spentMS), extra}, -1)
	for _, n := range counts {
		if n != 0 {
			left++
		}
	}
	return left, err
}

// PointsOf is at which closeness a single result was counted, and how often.
func PointsOf(form *questions.Form, counts []int64, q int) (points int, n int64) {
	for x, count := range (tally{layoutOf(form), counts}).scores(q) {
		points, n = int(x), n+count
	}
	return points, n
}

// CodeAndDecode writes counts as they are kept and reads them again.
func CodeAndDecode(form *questions.Form, counts []int64) ([]int64, error) {
	again := layoutOf(form).empty().counts
	return again, addCounts(again, encodeCounts(counts))
}

// WithOneMore adds one to a counter taken by chance and says what it counts.
func WithOneMore(form *questions.Form, text []byte, dice *rand.Rand) (altered []byte, place string) {
	l := layoutOf(form)
	t := l.empty()
	if err := addCounts(t.counts, text); err != nil {
		panic(err)
	}
	at := 1 + dice.IntN(l.size-1)
	t.counts[at]++
	return encodeCounts(t.counts), l.place(at)
}

// Hundred is a closeness on the scale of 0 to 100.
var Hundred = hundred
