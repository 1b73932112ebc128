package assess

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// The rule by which a panel's word becomes a key. The figures are working choices,
// and pages say so.
const (
	FewestRaters = 8
	LeastWithin  = 70  // Percent of the raters within one step of the median.
	MostSpread   = 0.9 // Standard deviation of an option's ratings.
	LeastW       = 0.5 // Kendall's W, of rank items.
	LeastICC     = 0.8 // ICC(2,k) over all options of the panel.
	dissentSteps = 2   // A rating so far from the median is dissent.
)

// PanelReport is what a panel has said. Only raters who have finished count.
type PanelReport struct {
	Panel
	People []Rater
	Items  []PanelItemReport
	ICC    Figure // ICC(2,k) over all options: how far another panel like this would agree.
	Single Figure // ICC(2,1): the same for a single rater.
}

// PanelItemReport is what it has said of one item.
type PanelItemReport struct {
	Position int
	Item     questions.Item
	Newest   bool // The version is still the newest.
	N        int
	W        measure.Concordance
	Options  []PanelOption
	Notes    []PanelNote
	Fits     bool // The key is the rounded median of every option.
}

// PanelOption is what it has said of one option.
type PanelOption struct {
	Option  questions.Option
	N       int
	Counts  [panelScale]int // Of ratings 1 to 4.
	Median  Figure
	SD      Figure
	Within  int // Raters within one step of the median.
	Rounded int // The key the panel gives; 0 without ratings. A red line stays 1.
	Dissent []PanelNote
}

// Far reports whether too few raters are within one step of the median.
func (o PanelOption) Far() bool { return 100*o.Within < LeastWithin*o.N }

// Spread reports whether the ratings lie too far from each other.
func (o PanelOption) Spread() bool { return o.SD.Known() && o.SD.Value > MostSpread }

// PanelNote is one rater's departure or comment. Raters are named by a number: who
// said what is nobody's business but that it was said from this side of the work.
type PanelNote struct {
	Rater  int // From 1, in the order of the panel.
	Role   RaterRole
	Rating int // 0 for a comment on the item.
	Text   string
}

// PanelReport reads a panel with all that has been said.
func (c *Center) PanelReport(ctx context.Context, by Actor, id uuid.UUID) (PanelReport, error) {
	if err := by.may(SeeBank); err != nil {
		return PanelReport{}, err
	}
	r, err := panelReport(ctx, c.read, by.Organization, id)
	if err != nil {
		return r, err
	}
	bank, _, err := c.bankOf(ctx, c.read, by.Organization)
	if err != nil {
		return r, err
	}
	for n, i := range r.Items {
		newest, _ := bank.Item(i.Item.ID)
		r.Items[n].Newest = newest.Version == i.Item.Version
	}
	return r, nil
}

type spoken struct {
	rater   int // Number on the panel.
	role    RaterRole
	ratings [][]byte // By position: a digit value per option.
	notes   []string
}

func panelReport(ctx context.Context, db sqlx.QueryerContext, organization, id uuid.UUID) (PanelReport, error) {
	panel, err := panelOf(ctx, db, organization, id)
	if err != nil {
		return PanelReport{}, err
	}
	r := PanelReport{Panel: panel}
	items, err := panelItems(ctx, db, organization, id)
	if err != nil {
		return r, err
	}
	if err := sqlx.SelectContext(ctx, db, &r.People, "SELECT "+raterColumns+" FROM panel_raters WHERE organization_id = $1 AND panel_id = $2 ORDER BY id",
		organization, id); err != nil {
		return r, readError(err)
	}
	said, err := finishedRatings(ctx, db, organization, id, r.People, len(items))
	if err != nil {
		return r, err
	}
	var whole [][]float64
	for position, i := range items {
		item := itemReport(position, i.Item, said)
		whole = append(whole, matrix(position, len(i.Options), said)...)
		r.Items = append(r.Items, item)
	}
	icc := measure.ICC(whole)
	r.ICC, r.Single = icc.ICC2k, icc.ICC21
	return r, nil
}

// finishedRatings reads what the raters who have finished have said.
func finishedRatings(ctx context.Context, db sqlx.QueryerContext, organization, panel uuid.UUID, people []Rater, items int) ([]spoken, error) {
	var rows []ratingRow
	if err := sqlx.SelectContext(ctx, db, &rows, `
		SELECT x.rater_id, x.position, x.ratings, x.note
		FROM panel_ratings x JOIN panel_raters r ON r.organization_id = x.organization_id AND r.id = x.rater_id
		WHERE x.organization_id = $1 AND r.panel_id = $2 AND r.state = 'done'`, organization, panel); err != nil {
		return nil, readError(err)
	}
	given := map[uuid.UUID][]ratingRow{}
	for _, row := range rows {
		given[row.Rater] = append(given[row.Rater], row)
	}
	var said []spoken
	for n, p := range people {
		if p.State != RaterDone {
			continue
		}
		s := spoken{rater: n + 1, role: p.Role, ratings: make([][]byte, items), notes: make([]string, items)}
		for _, row := range given[p.ID] {
			s.notes[row.Position] = row.Note
			for _, digit := range []byte(row.Ratings) {
				s.ratings[row.Position] = append(s.ratings[row.Position], digit-'0')
			}
		}
		said = append(said, s)
	}
	return said, nil
}

// matrix has a row per option of an item and a column per rater.
func matrix(position, options int, said []spoken) [][]float64 {
	rows := make([][]float64, options)
	for n := range rows {
		for _, s := range said {
			rows[n] = append(rows[n], float64(s.ratings[position][n]))
		}
	}
	return rows
}

func itemReport(position int, i questions.Item, said []spoken) PanelItemReport {
	rows := matrix(position, len(i.Options), said)
	r := PanelItemReport{Position: position, Item: i, N: len(said), W: measure.KendallW(rows), Fits: len(said) > 0}
	for n, o := range i.Options {
		p := optionReport(o, rows[n])
		for k, x := range rows[n] {
			if p.Median.Known() && math.Abs(x-p.Median.Value) >= dissentSteps {
				p.Dissent = append(p.Dissent, PanelNote{Rater: said[k].rater, Role: said[k].role, Rating: int(x)})
			}
		}
		r.Fits = r.Fits && p.Rounded == o.Effectiveness
		r.Options = append(r.Options, p)
	}
	for _, s := range said {
		if text := strings.TrimSpace(s.notes[position]); text != "" {
			r.Notes = append(r.Notes, PanelNote{Rater: s.rater, Role: s.role, Text: text})
		}
	}
	return r
}

func optionReport(o questions.Option, ratings []float64) PanelOption {
	panel := measure.PanelOf(ratings)
	p := PanelOption{Option: o, N: panel.N, Median: panel.Median, SD: panel.SD}
	for _, x := range ratings {
		p.Counts[int(x)-1]++
		if p.Median.Known() && math.Abs(x-p.Median.Value) <= 1 {
			p.Within++
		}
	}
	if p.Median.Known() {
		p.Rounded = int(math.Floor(p.Median.Value + 0.5)) // a half goes up
		if o.Redline {
			p.Rounded = 1 // legality outranks votes
		}
	}
	return p
}

// panelEvidence looks for the panel that rated this very version and meets the rule.
// Where none does, it tells what the one that comes nearest lacks.
func (c *Center) panelEvidence(ctx context.Context, db sqlx.QueryerContext, organization uuid.UUID, i questions.Item, record *KeyRecord) (uuid.UUID, Lacks, error) {
	hash, err := itemHash(i)
	if err != nil {
		return uuid.Nil, nil, err
	}
	var panels []uuid.UUID
	if err := sqlx.SelectContext(ctx, db, &panels, `
		SELECT panel_id FROM panel_items
		WHERE organization_id = $1 AND item = $2 AND version = $3 AND hash = $4
		ORDER BY panel_id DESC`, organization, i.ID, i.Version, hash); err != nil {
		return uuid.Nil, nil, readError(err)
	}
	nearest := Lacks{lack("panel")}
	for n, id := range panels {
		r, err := panelReport(ctx, db, organization, id)
		if err != nil {
			return uuid.Nil, nil, err
		}
		at := slices.IndexFunc(r.Items, func(x PanelItemReport) bool { return x.Item.ID == i.ID })
		lacks := r.lacks(r.Items[at])
		if len(lacks) == 0 {
			r.record(r.Items[at], record)
			return id, nil, nil
		}
		if n == 0 || len(lacks) < len(nearest) {
			nearest = lacks
		}
	}
	return uuid.Nil, nearest, nil
}

// lacks holds an item against the rule.
func (r PanelReport) lacks(i PanelItemReport) Lacks {
	if i.N < FewestRaters {
		return Lacks{lack("raters", "n", i.N, "need", FewestRaters)} // the rest says nothing yet
	}
	var lacks Lacks
	has := func(role RaterRole) bool {
		return slices.ContainsFunc(r.People, func(p Rater) bool { return p.State == RaterDone && p.Role == role })
	}
	if i.Item.Quality == questions.Legal && !has(Lawyer) {
		lacks = append(lacks, lack("lawyer"))
	}
	if !has(Consumer) {
		lacks = append(lacks, lack("consumer"))
	}
	for _, o := range i.Options {
		if o.Far() {
			lacks = append(lacks, lack("within", "option", o.Option.ID, "n", o.Within, "of", o.N, "need", LeastWithin))
		}
		if o.Spread() {
			lacks = append(lacks, lack("spread", "option", o.Option.ID, "sd", shown(o.SD), "most", MostSpread))
		}
		switch {
		case o.Rounded == o.Option.Effectiveness:
		case o.Option.Redline:
			lacks = append(lacks, lack("redline", "option", o.Option.ID))
		default:
			lacks = append(lacks, lack("key", "option", o.Option.ID, "key", o.Option.Effectiveness, "median", shown(o.Median), "rounded", o.Rounded))
		}
	}
	if i.Item.Kind == questions.Rank && (!i.W.WTies.Known() || i.W.WTies.Value < LeastW) {
		lacks = append(lacks, lack("concordance", "w", shown(i.W.WTies), "need", LeastW))
	}
	if !r.ICC.Known() || r.ICC.Value < LeastICC {
		lacks = append(lacks, lack("icc", "icc", shown(r.ICC), "need", LeastICC))
	}
	return lacks
}

// record writes down what the step rests on.
func (r PanelReport) record(i PanelItemReport, into *KeyRecord) {
	into.Method = "panel"
	for _, p := range r.People {
		if p.State == RaterDone {
			into.Raters = append(into.Raters, RecordedRater{p.Role, p.Years, p.Employer})
		}
	}
	for _, o := range i.Options {
		into.PerOption = append(into.PerOption, OptionRecord{o.Option.ID, o.Median.Value, o.SD.Value, o.N})
	}
	into.Agreement = []AgreementNote{{"ICC(2,k)", r.ICC.Value}}
	if i.W.WTies.Known() {
		into.Agreement = append(into.Agreement, AgreementNote{"Kendall's W", i.W.WTies.Value})
	}
}
