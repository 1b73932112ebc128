package assess

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

const vectorsOf = `
	SELECT vector
	FROM results
	WHERE organization_id = $1 AND form_hash = $2 AND version = 1`

// recountChunk is how many response vectors are marked at a time.
const recountChunk = 4096

// RecountMoments reads every response vector of a form's first results and counts the
// marks of those who answered every item anew, 64 people to a word: sums and
// cross-products, over both languages.
func (c *Center) RecountMoments(ctx context.Context, organization, assessment uuid.UUID) (measure.Moments, error) {
	a, err := assessmentOf(ctx, c.read, organization, assessment)
	if err != nil {
		return measure.Moments{}, err
	}
	form, err := c.formOf(ctx, organization, assessment)
	if err != nil {
		return measure.Moments{}, err
	}
	return c.layout(form).recount(ctx, c.read, organization, a.FormHash)
}

// recount marks on every processor while one reads.
func (l *layout) recount(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID, hash string) (measure.Moments, error) {
	units := make([]int64, len(l.items))
	size := 0
	for i, item := range l.items {
		units[i] = item.units
		size += len(l.form.Items[i].Options)
	}
	total := measure.NewMoments(units)
	rows, err := db.QueryxContext(ctx, vectorsOf, organization, hash)
	if err != nil {
		return total, readError(err)
	}
	defer rows.Close()
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		fault   error
		chunks  = make(chan []byte, runtime.NumCPU())
		fresh   = func() []byte { return make([]byte, 0, recountChunk*size+wordSize) }
	)
	for range runtime.NumCPU() {
		workers.Go(func() {
			moments, err := l.recountChunks(chunks, units, size)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				if why := total.Merge(moments); why != "" {
					err = fmt.Errorf("merge: %s", why)
				}
			}
			if err != nil {
				fault = err
			}
		})
	}
	err = func() error {
		defer close(chunks)
		var vector sql.RawBytes
		chunk := fresh()
		for rows.Next() {
			if err := rows.Scan(&vector); err != nil {
				return err
			}
			if len(vector) != size {
				return errVector
			}
			if chunk = append(chunk, vector...); len(chunk) == recountChunk*size {
				chunks <- chunk
				chunk = fresh()
			}
		}
		chunks <- chunk
		return readError(rows.Err())
	}()
	workers.Wait()
	if err == nil {
		err = fault
	}
	return total, err
}

// recountChunks counts the vectors that lie one after the other in each chunk. It reads
// the chunks to their end also after a fault, for the reader waits.
func (l *layout) recountChunks(chunks <-chan []byte, units []int64, size int) (measure.Moments, error) {
	sliced, why := measure.NewSliced(units)
	if slices.Max(units) >= markless {
		why = measure.OutOfRange
	}
	if why != "" {
		for range chunks {
		}
		return measure.Moments{}, fmt.Errorf("bit-sliced counting: %s", why)
	}
	items := make([]recountItem, len(l.items))
	for i, item := range l.form.Items {
		n := len(item.Options)
		items[i] = recountItem{n, ^uint64(0) >> (64 - 8*n), bytes.Repeat([]byte{unasked}, 1<<min(3*n, mostPacked))}
	}
	marks := make([]uint8, len(units))
	var fault error
	for chunk := range chunks {
		codes := chunk[:len(chunk)+wordSize] // the last are not looked at, but read with what is before them
	people:
		for ; len(codes) >= size+wordSize; codes = codes[size:] {
			rest := codes
			for i := range items {
				item := &items[i]
				word := binary.LittleEndian.Uint64(rest) & item.asked
				at := packed(word)
				mark := uint8(unasked)
				if word&unpackable == 0 && at < len(item.known) {
					mark = item.known[at]
				}
				if mark == unasked {
					code := rest[:item.options]
					if slices.Max(code) >= byte(l.items[i].columns) {
						fault = errVector
						continue people
					}
					mark = markless
					if m, ok := l.mark(i, code); ok {
						mark = uint8(m)
					}
					if word&unpackable == 0 && at < len(item.known) {
						item.known[at] = mark
					}
				}
				if mark == markless {
					continue people
				}
				marks[i] = mark
				rest = rest[item.options:]
			}
			if why := sliced.Add(marks); why != "" {
				fault = fmt.Errorf("bit-sliced counting: %s", why)
			}
		}
	}
	return sliced.Moments(), fault
}

// recountItem is what one hand needs to mark an item fast: its own copy of the marks by
// packed response, with two values no mark has.
type recountItem struct {
	options int
	asked   uint64 // the bytes of a word that are the item's
	known   []byte
}

const (
	markless = 254
	unasked  = 255

	wordSize   = 8                  // bytes, as many as an item has options at most
	unpackable = 0xF8F8F8F8F8F8F8F8 // what codes of 0 to 7 leave empty
	mostPacked = 18                 // bits: six options in a quarter of a megabyte
)

// packed brings the codes of a word, three bits of each byte, side by side.
func packed(word uint64) int {
	word = (word | word>>5) & 0x003F003F003F003F
	word = (word | word>>10) & 0x00000FFF00000FFF
	return int((word | word>>20) & 0xFFFFFF)
}
