package assess

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// BankItem is an item as an organization has it: one that comes with the program or,
// in its place or beside it, the organization's own newest version. Its status is how
// far the organization has examined that very version.
type BankItem struct {
	questions.Item
	Own bool
}

// BankFilter narrows the list of items; empty fields do not.
type BankFilter struct {
	Search  string // Words that the id or a text in either language must hold, all of them.
	Quality questions.Quality
	Facet   questions.Facet
	Kind    questions.Kind
	Duty    string
	Status  questions.Status
	Own     bool // Only the organization's own.
}

// BankItems lists the newest version of every item the organization has, in the
// order of qualities and facets.
func (c *Center) BankItems(ctx context.Context, by Actor, f BankFilter) ([]BankItem, error) {
	if err := by.may(SeeBank); err != nil {
		return nil, err
	}
	bank, own, err := c.bankOf(ctx, c.read, by.Organization)
	if err != nil {
		return nil, err
	}
	var list []BankItem
	for _, q := range questions.Qualities {
		for _, facet := range questions.Facets[q] {
			for _, i := range bank.Items {
				if i.Facet == facet && f.lets(i, own[i.ID] > 0) {
					list = append(list, BankItem{i, own[i.ID] > 0})
				}
			}
		}
	}
	return list, nil
}

func (f BankFilter) lets(i questions.Item, own bool) bool {
	switch {
	case f.Quality != "" && i.Quality != f.Quality, f.Facet != "" && i.Facet != f.Facet, f.Kind != "" && i.Kind != f.Kind,
		f.Status != "" && i.Status != f.Status, f.Duty != "" && !slices.Contains(i.Duties, f.Duty), f.Own && !own:
		return false
	}
	words := strings.Fields(strings.ToLower(f.Search))
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(strings.Join(append([]string{i.ID, i.Problem, i.Stem.Chinese, i.Stem.English}, i.Legal...), "\n"))
	for _, o := range i.Options {
		text += "\n" + strings.ToLower(o.Text.Chinese+"\n"+o.Text.English)
	}
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// itemVersionRow is one of the organization's own item versions.
type itemVersionRow struct {
	ID        uuid.UUID `db:"id"`
	Item      string    `db:"item"`
	Version   int       `db:"version"`
	Document  string    `db:"document"`
	Author    string    `db:"author"`
	CreatedAt Time      `db:"created_at"`
}

func (r itemVersionRow) read() (questions.Item, error) {
	var i questions.Item
	if err := json.Unmarshal([]byte(r.Document), &i); err != nil {
		return i, fmt.Errorf("item %s version %d: %w", r.Item, r.Version, err)
	}
	return i, nil
}

// itemDocument is an item's canonical text. The status is not part of it: that is
// what the steps say.
func itemDocument(i questions.Item) (string, error) {
	i.Status = questions.DraftAuthorKey
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(i); err != nil {
		return "", fmt.Errorf("item %s: %w", i.ID, err)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}

// itemHash names what an item says, so that a key's steps are never taken over by a
// version that reads otherwise.
func itemHash(i questions.Item) (string, error) {
	text, err := itemDocument(i)
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:]), err
}

const newestItemVersions = `
	SELECT v.id, v.item, v.version, v.document, '' AS author, v.created_at
	FROM item_versions v
	WHERE v.organization_id = $1 AND v.version = (
	  SELECT MAX(w.version) FROM item_versions w WHERE w.organization_id = v.organization_id AND w.item = v.item)
	ORDER BY v.item`

// bankOf is the bank an organization draws on: the built-in one with the newest of
// its own versions in place or beside, each with the status its steps have reached.
// own holds the version of the organization's own items.
func (c *Center) bankOf(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID) (bank questions.Bank, own map[string]int, err error) {
	if bank, err = c.bank(); err != nil {
		return bank, nil, err
	}
	var rows []itemVersionRow
	if err := sqlx.SelectContext(ctx, db, &rows, newestItemVersions, organization); err != nil {
		return bank, nil, readError(err)
	}
	own = make(map[string]int, len(rows))
	var sheet questions.Sheet
	for _, r := range rows {
		i, err := r.read()
		if err != nil {
			return bank, nil, err
		}
		sheet.Items = append(sheet.Items, i)
		own[i.ID] = i.Version
	}
	bank = bank.With(sheet)
	steps, err := stepsOf(ctx, db, organization)
	if err != nil {
		return bank, nil, err
	}
	for n, i := range bank.Items {
		if bank.Items[n].Status, err = steps.status(i); err != nil {
			return bank, nil, err
		}
	}
	return bank, own, nil
}

// Bounds of one upload.
const (
	mostUpload      = 200
	largestUpload   = 512 << 10
	uploadedDefault = "items.yaml"
)

// AddItems keeps new versions of items, written as a bank file writes them. All are
// kept or none: what is wrong comes back as questions.Faults with file, line and
// field – what keeps the file from being read, or else everything the check of
// the built-in bank finds in these items. A version must be the next of its item, and
// begins as draft-author-key; ErrConflict means that somebody else has just kept it.
func (c *Center) AddItems(ctx context.Context, by Actor, file string, text []byte) ([]BankItem, error) {
	if err := by.may(EditItems); err != nil {
		return nil, err
	}
	if file == "" {
		file = uploadedDefault
	}
	if len(text) > largestUpload {
		return nil, questions.Faults{{File: file, Line: 1, Word: "too_large", Message: fmt.Sprintf("is larger than %d bytes", largestUpload)}}
	}
	sheet, err := questions.ReadSheet(file, text)
	if err != nil {
		return nil, err
	}
	if n := len(sheet.Items); n == 0 || n > mostUpload {
		return nil, questions.Faults{{File: file, Line: 1, Word: "out_of_range", Message: fmt.Sprintf("holds %d items, not within 1 to %d", n, mostUpload)}}
	}
	// Lint takes its time, so it comes before the transaction; of two who add the same
	// version meanwhile the second gets ErrConflict.
	bank, own, err := c.bankOf(ctx, c.read, by.Organization)
	if err != nil {
		return nil, err
	}
	if faults := sheetFaults(bank, own, sheet, questions.Date(c.Now().Format(time.DateOnly))); len(faults) > 0 {
		return nil, faults
	}
	added := make([]BankItem, len(sheet.Items))
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		for n, i := range sheet.Items {
			if err := c.addItem(ctx, tx, by, i); err != nil {
				return err
			}
			added[n] = BankItem{i, true}
		}
		return nil
	})
	return added, err
}

func (c *Center) addItem(ctx context.Context, tx *sqlx.Tx, by Actor, i questions.Item) error {
	document, err := itemDocument(i)
	if err != nil {
		return err
	}
	id := newID()
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO item_versions (organization_id, id, item, version, document, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, by.Organization, id, i.ID, i.Version, document, by.ID, c.now()); err != nil {
		return err
	}
	return c.audit(ctx, tx, by, "item.version_added", id, i.ID+" "+strconv.Itoa(i.Version))
}

// sheetFaults is what is wrong with a sheet's items in a bank: their versions and
// status, and all that the check of the built-in bank finds in them on that day.
func sheetFaults(bank questions.Bank, own map[string]int, sheet questions.Sheet, on questions.Date) questions.Faults {
	var faults questions.Faults
	var ids []string
	for _, i := range sheet.Items {
		ids = append(ids, i.ID)
		next := own[i.ID] + 1
		if old, known := bank.Item(i.ID); known {
			next = old.Version + 1
		}
		if i.Version != next {
			faults = append(faults, sheet.Fault(i.ID+"/version", "version", fmt.Sprintf("is %d, the next version is %d", i.Version, next)))
		}
		if i.Status != questions.DraftAuthorKey {
			faults = append(faults, sheet.Fault(i.ID+"/status", "status", "a new version begins as draft-author-key"))
		}
	}
	// At the end of the bank, so that of two items that are alike the new one is told.
	for _, f := range bank.Without(ids...).With(sheet).ItemFaults(on) {
		if slices.Contains(ids, f.Item()) {
			faults = append(faults, f)
		}
	}
	return faults
}
