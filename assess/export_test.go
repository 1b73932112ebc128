package assess

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/questions"
	"github.com/jmoiron/sqlx"
)

// CommitOneByOne gives each answer a commit of its own, for benchmarks to show
// what committing together gains. It must be called before the first answer.
func (c *Center) CommitOneByOne() { c.saver.most = 1 }

// Rights lists every right there is.
func Rights() []Right { return slices.Sorted(maps.Keys(granted)) }

// ReadError is what turns a driver's error into one of the center's.
var ReadError = readError

// MadeUpReceipts are the two receipts, whole and the candidate's, of a sitting that never
// was: the thousands a test wants need no database.
func (c *Center) MadeUpReceipts(form *questions.Form, responses []questions.Response) (whole, own []byte, err error) {
	s := Sitting{Seat: Seat{Sitting: newID(), Assessment: newID()}, State: Submitted, Language: questions.Chinese, StartedAt: c.now(), EndedAt: c.now(),
		Form: form, formHash: form.Hash(), Kept: make([]Kept, len(form.Items)), candidate: newID(), invitation: newID()}
	for n, r := range responses {
		s.Kept[n].Response = r
	}
	result, err := resultOf(s, newID())
	if err != nil {
		return nil, nil, err
	}
	r, err := c.receipt(result, form)
	if err != nil {
		return nil, nil, err
	}
	if whole, err = r.signed(c.signing); err != nil {
		return nil, nil, err
	}
	own, err = r.forCandidate(result.Document).signed(c.signing)
	return whole, own, err
}

// ForgedReceipt changes a whole receipt and puts hashes and a signature on it that fit
// the change: a forger's, with a key of the forger's own or, for what no signature can
// excuse, with the server's.
func (c *Center) ForgedReceipt(whole []byte, change func(*Receipt)) ([]byte, error) {
	var r Receipt
	if err := json.Unmarshal(whole, &r); err != nil {
		return nil, err
	}
	change(&r)
	return r.signed(c.signing)
}

// RescoreOneBatch carries out the first batch of the first re-score that is due, and
// stops there as a server that is killed would.
func (c *Center) RescoreOneBatch(ctx context.Context) error {
	var d dueRescore
	if err := c.read.GetContext(ctx, &d, rescoresDue); err != nil {
		return err
	}
	form, err := c.rescoreForm(ctx, d.Organization, d.ID)
	if err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		if mine, err := c.lease(ctx, tx, rescoreLease); err != nil || !mine {
			return err
		}
		_, err := c.rescoreSome(ctx, tx, d, form)
		return err
	})
}

// Alone is how a request that is under way keeps others with its key away.
func (c *Center) Alone(by Actor, key string) (end func(), err error) { return c.alone(by, key) }

// LockNumber is what PostgreSQL knows a program's key by.
var LockNumber = lockNumber

// LacksOf holds a panel's word on an item against the rule.
func LacksOf(r PanelReport, i PanelItemReport) Lacks { return r.lacks(i) }

// Encrypt and Decrypt keep a text for one row of one organization.
func (c *Center) Encrypt(table string, row, organization uuid.UUID, plain string) (string, error) {
	return c.encrypt(place{table, row, organization}, plain)
}

func (c *Center) Decrypt(table string, row, organization uuid.UUID, kept string) (string, error) {
	return c.decrypt(place{table, row, organization}, kept)
}
