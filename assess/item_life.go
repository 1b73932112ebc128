package assess

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// ItemStep is a step of a key's life: who let an item version go up, when, and what
// the step rests on.
type ItemStep struct {
	Version int              `db:"version"`
	Hash    string           `db:"hash"`
	Status  questions.Status `db:"status"`
	Panel   uuid.UUID        `db:"panel_id"` // Nil where no panel was asked.
	Record  string           `db:"record"`   // The key record, as JSON.
	By      string           `db:"member"`
	At      Time             `db:"at"`
	Item    string           `db:"item"`
}

// KeyRecord is what a step rests on, kept with it.
type KeyRecord struct {
	Method    string          `json:"method"`
	Raters    []RecordedRater `json:"raters"`
	PerOption []OptionRecord  `json:"per_option"`
	Agreement []AgreementNote `json:"agreement"`
	ReviewBy  questions.Date  `json:"review_by"`
}

// RecordedRater is a rater without a name.
type RecordedRater struct {
	Role     RaterRole `json:"role"`
	Years    int       `json:"years"`
	Employer string    `json:"org_type"`
}

// OptionRecord is what a panel said of one option.
type OptionRecord struct {
	Option string  `json:"option"`
	Median float64 `json:"median"`
	SD     float64 `json:"sd"`
	N      int     `json:"n"`
}

// AgreementNote is one coefficient of agreement.
type AgreementNote struct {
	Stat  string  `json:"stat"`
	Value float64 `json:"value"`
}

type itemSteps []ItemStep

// stepsOf reads an organization's steps in the order they were taken.
func stepsOf(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID) (itemSteps, error) {
	var steps itemSteps
	err := sqlx.SelectContext(ctx, db, &steps, `
		SELECT s.item, s.version, s.hash, s.status, s.panel_id, s.record, m.name AS member, s.at
		FROM item_steps s JOIN members m ON m.organization_id = s.organization_id AND m.id = s.member_id
		WHERE s.organization_id = $1
		ORDER BY s.at, s.id`, organization)
	return steps, readError(err)
}

// status is the highest step of that very version; what no step was taken for is
// where a key begins.
func (s itemSteps) status(i questions.Item) (questions.Status, error) {
	status := questions.DraftAuthorKey
	hash := ""
	for _, step := range s {
		if step.Item != i.ID || step.Version != i.Version {
			continue
		}
		if hash == "" {
			var err error
			if hash, err = itemHash(i); err != nil {
				return status, err
			}
		}
		if step.Hash == hash && slices.Index(questions.Statuses, step.Status) > slices.Index(questions.Statuses, status) {
			status = step.Status
		}
	}
	return status, nil
}

// ItemVersion is one version in an item's history.
type ItemVersion struct {
	Version    int
	Own        bool
	Status     questions.Status
	KeyVersion string
	Author     string // Empty for what comes with the program.
	CreatedAt  Time
}

// ItemHistory is an item version with all that is known of it.
type ItemHistory struct {
	BankItem
	Newest   bool
	Next     questions.Status // The step above; empty at the top.
	Versions []ItemVersion    // Newest first.
	Steps    []ItemStep       // Of every version, oldest first.
	Facts    []questions.Fact // Those it cites, by id.
	Panels   []Panel          // Those that rated this item, any version, newest first.
	Premise  questions.Text
	Scale    []questions.ScaleLabel
	Names    questions.Guide // Of its facet.
}

// BankItem returns a version of an item with its history; version 0 is the newest.
func (c *Center) BankItem(ctx context.Context, by Actor, id string, version int) (ItemHistory, error) {
	if err := by.may(SeeBank); err != nil {
		return ItemHistory{}, err
	}
	return c.itemHistory(ctx, c.read, by.Organization, id, version)
}

func (c *Center) itemHistory(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID, id string, version int) (ItemHistory, error) {
	bank, _, err := c.bankOf(ctx, db, organization)
	if err != nil {
		return ItemHistory{}, err
	}
	newest, known := bank.Item(id)
	if !known {
		return ItemHistory{}, ErrNotFound
	}
	if version == 0 {
		version = newest.Version
	}
	h := ItemHistory{Newest: version == newest.Version, Premise: bank.Premise, Scale: bank.Scale, Names: bank.Guides[newest.Facet]}
	if h.Steps, err = stepsOf(ctx, db, organization); err != nil {
		return h, err
	}
	h.Steps = slices.DeleteFunc(h.Steps, func(s ItemStep) bool { return s.Item != id })
	all, err := c.versionsOf(ctx, db, organization, id)
	if err != nil {
		return h, err
	}
	found := false
	for _, v := range all {
		if v.item.Status, err = itemSteps(h.Steps).status(v.item); err != nil {
			return h, err
		}
		h.Versions = append(h.Versions, ItemVersion{v.item.Version, v.own, v.item.Status, v.item.KeyVersion, v.author, v.at})
		if v.item.Version == version && !found {
			h.BankItem, found = BankItem{v.item, v.own}, true
		}
	}
	if !found {
		return ItemHistory{}, ErrNotFound
	}
	if n := slices.Index(questions.Statuses, h.Status); n+1 < len(questions.Statuses) {
		h.Next = questions.Statuses[n+1]
	}
	for _, id := range h.Cited() {
		if fact, ok := bank.Facts[id]; ok {
			h.Facts = append(h.Facts, fact)
		}
	}
	h.Panels, err = panelsOf(ctx, db, organization, id)
	return h, err
}

type knownVersion struct {
	item   questions.Item
	own    bool
	author string
	at     Time
}

// versionsOf lists an item's versions, newest first: the organization's own and the
// one that comes with the program.
func (c *Center) versionsOf(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID, id string) ([]knownVersion, error) {
	var rows []itemVersionRow
	err := sqlx.SelectContext(ctx, db, &rows, `
		SELECT v.id, v.item, v.version, v.document, m.name AS author, v.created_at
		FROM item_versions v JOIN members m ON m.organization_id = v.organization_id AND m.id = v.created_by
		WHERE v.organization_id = $1 AND v.item = $2
		ORDER BY v.version DESC`, organization, id)
	if err != nil {
		return nil, readError(err)
	}
	var all []knownVersion
	for _, r := range rows {
		i, err := r.read()
		if err != nil {
			return nil, err
		}
		all = append(all, knownVersion{i, true, r.Author, r.CreatedAt})
	}
	builtin, err := c.bank()
	if err != nil {
		return nil, err
	}
	if i, ok := builtin.Item(id); ok {
		all = append(all, knownVersion{item: i})
	}
	slices.SortStableFunc(all, func(a, b knownVersion) int { return b.item.Version - a.item.Version })
	return all, nil
}

// Lack is one thing a key has not shown yet. Word is a translation key without its
// "lack." prefix; Params fill its slots.
type Lack struct {
	Word   string
	Params map[string]string
}

// Lacks is why a key may not go up. It wraps ErrEvidence.
type Lacks []Lack

func (l Lacks) Error() string {
	words := make([]string, len(l))
	for n, lack := range l {
		words[n] = lack.Word
	}
	return fmt.Sprintf("%s: %v", ErrEvidence, words)
}

// Unwrap makes Lacks an ErrEvidence.
func (l Lacks) Unwrap() error { return ErrEvidence }

func lack(word string, pairs ...any) Lack {
	p := map[string]string{}
	for n := 0; n+1 < len(pairs); n += 2 {
		p[fmt.Sprint(pairs[n])] = fmt.Sprint(pairs[n+1])
	}
	return Lack{word, p}
}

// LackWords are the words a Lack may carry.
var LackWords = []string{
	"panel", "raters", "lawyer", "consumer", "within", "spread", "concordance", "icc", "key", "redline",
	"pilot", "pilot_n", "pilot_best", "pilot_rest", "pilot_time", "pilot_dif", "criterion",
}

// reviewMonths is how long a key may go without being looked at again.
const reviewMonths = 12

// LacksFor says what the key of a version, as BankItem returned it, still lacks for its
// next step; nothing when it may go up.
func (c *Center) LacksFor(ctx context.Context, by Actor, h ItemHistory) (Lacks, error) {
	if err := by.may(SeeBank); err != nil {
		return nil, err
	}
	_, _, lacks, err := c.evidence(ctx, c.read, by.Organization, h)
	return lacks, err
}

// Promote lets the key of an item version go one step up, and keeps what the step
// rests on. Where something is wanting it fails with Lacks; ErrConflict means that
// the step has just been taken, or that it is not the next one.
func (c *Center) Promote(ctx context.Context, by Actor, id string, version int, to questions.Status) error {
	if err := by.may(PromoteItems); err != nil {
		return err
	}
	if by.Kind != MemberActor {
		return ErrForbidden // a person answers for a key
	}
	h, err := c.itemHistory(ctx, c.read, by.Organization, id, version)
	if err != nil {
		return err
	}
	if h.Next == "" || h.Next != to {
		return ErrConflict
	}
	record, panel, lacks, err := c.evidence(ctx, c.read, by.Organization, h)
	if err != nil {
		return err
	}
	if len(lacks) > 0 {
		return lacks
	}
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	hash, err := itemHash(h.Item)
	if err != nil {
		return err
	}
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		step := newID()
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO item_steps (organization_id, id, item, version, hash, status, panel_id, record, member_id, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			by.Organization, step, h.ID, h.Version, hash, to, panel, string(text), by.ID, c.now()); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, "item.promoted", step, h.ID+" "+strconv.Itoa(h.Version)+" "+string(to))
	})
}

// evidence gathers what the next step of a key rests on, or what is wanting.
func (c *Center) evidence(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID, h ItemHistory) (KeyRecord, uuid.UUID, Lacks, error) {
	record := KeyRecord{ReviewBy: questions.Date(c.Now().AddDate(0, reviewMonths, 0).Format(time.DateOnly))}
	switch h.Next {
	case questions.SMEReviewed:
		panel, lacks, err := c.panelEvidence(ctx, db, organization, h.Item, &record)
		return record, panel, lacks, err
	case questions.Piloted:
		lacks, err := c.pilotEvidence(ctx, organization, h.Item, &record)
		return record, uuid.Nil, lacks, err
	case questions.Validated:
		// The program keeps nothing of how people did on the job.
		return record, uuid.Nil, Lacks{lack("criterion")}, nil
	}
	return record, uuid.Nil, nil, nil
}

// What a pilot must show of an item, in each language.
const (
	pilotPeople = 150
	fewestBest  = 30 // Percent who pick the option keyed best: fewer, or more than mostBest, and the item tells little.
	mostBest    = 95
)

// pilotEvidence reads the item's figures off the published assessments that hold
// this very version.
func (c *Center) pilotEvidence(ctx context.Context, organization uuid.UUID, i questions.Item, record *KeyRecord) (Lacks, error) {
	system := Actor{Organization: organization, Kind: SystemActor}
	hash, err := itemHash(i)
	if err != nil {
		return nil, err
	}
	pages, dif, err := c.pilotPages(ctx, system, hash)
	if err != nil {
		return nil, err
	}
	var lacks Lacks
	record.Method = "pilot"
	for _, l := range []questions.Lang{questions.Chinese, questions.English} {
		p, ok := pages[l]
		if !ok || p.Own.Scored < pilotPeople {
			lacks = append(lacks, lack("pilot_n", "language", l, "n", p.Own.Scored, "need", pilotPeople))
			continue
		}
		record.Agreement = append(record.Agreement, AgreementNote{"n " + string(l), float64(p.Own.Scored)})
		if best := p.Item.Best(); best >= 0 {
			share := 100 * p.Options[best].Picked.Share.Value
			if share < fewestBest || share > mostBest {
				lacks = append(lacks, lack("pilot_best", "language", l, "option", p.Item.Options[best].ID, "share", strconv.FormatFloat(share, 'f', 0, 64)))
			}
		}
		if rest := p.Own.ItemRest; !rest.Known() || rest.Value <= 0 {
			lacks = append(lacks, lack("pilot_rest", "language", l, "value", shown(rest)))
		} else {
			record.Agreement = append(record.Agreement, AgreementNote{"item-rest " + string(l), rest.Value})
		}
		if !p.Own.MedianTime.Known() {
			lacks = append(lacks, lack("pilot_time", "language", l))
		}
		if class := dif[l]; class == "" || class == "C" {
			lacks = append(lacks, lack("pilot_dif", "language", l, "class", orNone(class)))
		}
	}
	return lacks, nil
}

func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// shown writes a figure, or a dash where there is none.
func shown(f Figure) string {
	if !f.Known() {
		return "–"
	}
	return strconv.FormatFloat(f.Value, 'f', 2, 64)
}

// pilotPages finds, for each language, the published assessment in which most people
// answered this very version, and the worst class of differential functioning there
// ("" where no two groups were large enough to say).
func (c *Center) pilotPages(ctx context.Context, system Actor, hash string) (map[questions.Lang]ItemPage, map[questions.Lang]string, error) {
	offered, err := c.Assessments(ctx, system)
	if err != nil {
		return nil, nil, err
	}
	pages, dif := map[questions.Lang]ItemPage{}, map[questions.Lang]string{}
	for _, a := range offered {
		if a.State != Published {
			continue
		}
		form, err := c.formOf(ctx, system.Organization, a.ID)
		if err != nil {
			return nil, nil, err
		}
		position := -1
		for n, i := range form.Items {
			if h, err := itemHash(i); err != nil {
				return nil, nil, err
			} else if h == hash {
				position = n
			}
		}
		if position < 0 {
			continue
		}
		for _, l := range []questions.Lang{questions.Chinese, questions.English} {
			p, err := c.ItemPage(ctx, system, a.ID, l, position)
			if err != nil {
				return nil, nil, err
			}
			if p.Language != l || p.Own.Scored <= pages[l].Own.Scored {
				continue
			}
			pages[l] = p
			if dif[l], err = c.worstDIF(ctx, system, a.ID, l, position); err != nil {
				return nil, nil, err
			}
		}
	}
	return pages, dif, nil
}

func (c *Center) worstDIF(ctx context.Context, system Actor, assessment uuid.UUID, l questions.Lang, position int) (string, error) {
	f, err := c.Fairness(ctx, system, assessment, l)
	if err != nil {
		return "", err
	}
	worst := ""
	for _, attribute := range f.Attributes {
		for _, focal := range attribute.DIF {
			for _, i := range focal.Items {
				if i.Position == position {
					worst = max(worst, string(i.Mantel.Class)) // A, B and C are in the order of the alphabet
				}
			}
		}
	}
	return worst, nil
}
