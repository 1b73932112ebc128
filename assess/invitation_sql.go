package assess

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

type invitationRow struct {
	ID         uuid.UUID      `db:"id"`
	Assessment uuid.UUID      `db:"assessment_id"`
	TitleZh    string         `db:"title_zh"`
	TitleEn    string         `db:"title_en"`
	Items      int            `db:"items"`
	Candidate  uuid.UUID      `db:"candidate_id"`
	Name       string         `db:"name"`
	Email      string         `db:"email"`
	Stage      Stage          `db:"stage"`
	Generation int64          `db:"generation"`
	Language   questions.Lang `db:"language"`
	ExtraTime  int            `db:"extra_time"`
	Reference  string         `db:"reference"`
	ExpiresAt  Time           `db:"expires_at"`
	CreatedAt  Time           `db:"created_at"`
	ChangedAt  Time           `db:"changed_at"`
	StartedAt  Time           `db:"started_at"`
	EndedAt    Time           `db:"ended_at"`
	Answered   int            `db:"answered"`
	Result     uuid.NullUUID  `db:"result_id"`
}

func (r invitationRow) invitation() Invitation {
	return Invitation{
		ID: r.ID, AssessmentID: r.Assessment, AssessmentTitle: questions.Text{Chinese: r.TitleZh, English: r.TitleEn},
		Candidate: Candidate{ID: r.Candidate, Name: r.Name, Email: r.Email}, Stage: r.Stage, Language: r.Language,
		ExtraTime: r.ExtraTime, Reference: r.Reference, ExpiresAt: r.ExpiresAt, CreatedAt: r.CreatedAt, ChangedAt: r.ChangedAt,
		StartedAt: r.StartedAt, EndedAt: r.EndedAt, Answered: r.Answered, Items: r.Items, ResultID: r.Result.UUID,
		generation: r.Generation,
	}
}

const invitationSelect = `
	SELECT i.id, i.assessment_id, a.title_zh, a.title_en, a.items, i.candidate_id, p.name, p.email, i.stage, i.generation,
	  i.language, i.extra_time, i.reference, i.expires_at, i.created_at, i.changed_at, s.started_at, s.ended_at,
	  (SELECT COUNT(*) FROM responses q WHERE q.organization_id = s.organization_id AND q.sitting_id = s.id AND q.response <> '{}') AS answered,
	  (SELECT r.id FROM results r WHERE r.organization_id = i.organization_id AND r.invitation_id = i.id ORDER BY r.version DESC LIMIT 1) AS result_id
	FROM invitations i
	JOIN assessments a ON a.organization_id = i.organization_id AND a.id = i.assessment_id
	JOIN candidates p ON p.organization_id = i.organization_id AND p.id = i.candidate_id
	LEFT JOIN sittings s ON s.organization_id = i.organization_id AND s.invitation_id = i.id`

func invitationOf(ctx context.Context, db sqlx.QueryerContext, organization, id uuid.UUID) (Invitation, error) {
	var row invitationRow
	err := sqlx.GetContext(ctx, db, &row, invitationSelect+" WHERE i.organization_id = $1 AND i.id = $2", organization, id)
	return row.invitation(), readError(err)
}

// InvitationFilter says which invitations a list shows, and in what order.
type InvitationFilter struct {
	Search       string // Part of a name, an address or a reference.
	Stages       []Stage
	AssessmentID uuid.UUID // Nil is all.
	Reference    string    // Exactly this reference.
	Sort         string    // "invited" (default), "changed" or "name".
	Descending   bool
	Cursor       string // Next or Previous of another page of the same filter.
	Limit        int    // 1..250; 0 is 50.
}

// InvitationPage is one page of a list; an empty cursor means there is no such page.
type InvitationPage struct {
	Invitations []Invitation
	Next        string
	Previous    string
}

// LargestPage bounds how much one request may ask for.
const LargestPage = 250

// sortColumns are the only texts a caller's choice of order can become.
var sortColumns = map[string]string{"": "i.created_at", "invited": "i.created_at", "changed": "i.changed_at", "name": "p.name"}

// cursor is a place in a list: the sort value and id of its edge row.
type cursor struct {
	Sort  string    `json:"s"`
	Down  bool      `json:"d"`
	Back  bool      `json:"b,omitempty"`
	Value string    `json:"v"`
	ID    uuid.UUID `json:"i"`
}

func (k cursor) text() string {
	raw, err := json.Marshal(k)
	if err != nil {
		panic(err) // only strings and a UUID
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (f *InvitationFilter) check() (at *cursor, err error) {
	var faults FieldErrors
	faults.text("search", &f.Search, 0, 120)
	faults.text("reference", &f.Reference, 0, 120)
	if _, ok := sortColumns[f.Sort]; !ok {
		faults = append(faults, FieldError{Field: "sort", Word: WordUnknown})
	}
	for _, s := range f.Stages {
		if !slices.Contains(Stages, s) {
			faults = append(faults, FieldError{Field: "stage", Word: WordUnknown})
			break
		}
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > LargestPage {
		faults = append(faults, FieldError{Field: "limit", Word: WordTooLong, Params: map[string]string{"n": strconv.Itoa(LargestPage)}})
	}
	if f.Cursor != "" {
		at = &cursor{}
		raw, err := base64.RawURLEncoding.DecodeString(f.Cursor)
		if err != nil || len(f.Cursor) > 2000 || json.Unmarshal(raw, at) != nil || at.Sort != f.Sort || at.Down != f.Descending || !at.fits() {
			faults = append(faults, FieldError{Field: "cursor", Word: WordUnknown})
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return at, nil
}

// fits reports whether the value can be compared with its column.
func (k cursor) fits() bool {
	if k.Sort == "name" {
		return !strings.Contains(k.Value, "\x00")
	}
	var t Time
	return t.parse(k.Value) == nil && t.Year() > 0 && t.UTC().Format(storedTime) == k.Value
}

// Invitations lists invitations by keyset: the millionth page costs what the
// first does. A filter or cursor that makes no sense is FieldErrors.
func (c *Center) Invitations(ctx context.Context, by Actor, f InvitationFilter) (InvitationPage, error) {
	if err := by.may(SeeInvitations); err != nil {
		return InvitationPage{}, err
	}
	at, err := f.check()
	if err != nil {
		return InvitationPage{}, err
	}
	back := at != nil && at.Back
	query, args := f.query(by.Organization, at, f.Descending != back)
	var rows []invitationRow
	if err := c.read.SelectContext(ctx, &rows, query, args...); err != nil {
		return InvitationPage{}, readError(err)
	}
	more := len(rows) > f.Limit
	rows = rows[:min(len(rows), f.Limit)]
	if back {
		slices.Reverse(rows)
	}
	page := InvitationPage{Invitations: make([]Invitation, len(rows))}
	for i, r := range rows {
		page.Invitations[i] = r.invitation()
	}
	if n := len(rows); n > 0 {
		if more || back {
			page.Next = f.cursorAt(rows[n-1], false)
		}
		if at != nil && (more || !back) {
			page.Previous = f.cursorAt(rows[0], true)
		}
	}
	return page, nil
}

func (f *InvitationFilter) cursorAt(r invitationRow, back bool) string {
	value := r.CreatedAt.UTC().Format(storedTime)
	switch f.Sort {
	case "changed":
		value = r.ChangedAt.UTC().Format(storedTime)
	case "name":
		value = r.Name
	}
	return cursor{Sort: f.Sort, Down: f.Descending, Back: back, Value: value, ID: r.ID}.text()
}

// query writes the list's SQL. Only constants become text; all that a caller
// says is a parameter.
func (f *InvitationFilter) query(organization uuid.UUID, at *cursor, descending bool) (string, []any) {
	var b strings.Builder
	b.WriteString(invitationSelect)
	b.WriteString("\n\tWHERE i.organization_id = $1")
	args := []any{organization}
	param := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	if f.AssessmentID != uuid.Nil {
		b.WriteString(" AND i.assessment_id = " + param(f.AssessmentID))
	}
	if f.Reference != "" {
		b.WriteString(" AND i.reference = " + param(f.Reference))
	}
	if len(f.Stages) > 0 {
		marks := make([]string, len(f.Stages))
		for i, s := range f.Stages {
			marks[i] = param(s)
		}
		b.WriteString(" AND i.stage IN (" + strings.Join(marks, ", ") + ")")
	}
	if f.Search != "" {
		// SQLite's LOWER knows ASCII alone, so É is found as it is written, too.
		text := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(f.Search) + "%"
		as, low := ` LIKE `+param(text)+` ESCAPE '\'`, ` LIKE `+param(strings.ToLower(text))+` ESCAPE '\'`
		b.WriteString(" AND (LOWER(p.name)" + low + " OR p.name" + as + " OR p.email" + low + " OR LOWER(i.reference)" + low + " OR i.reference" + as + ")")
	}
	column := sortColumns[f.Sort]
	idColumn := "i.id"
	direction, compare := " ASC", " > "
	if descending {
		direction, compare = " DESC", " < "
	}
	if at != nil {
		b.WriteString(" AND (" + column + ", " + idColumn + ")" + compare + "(" + param(at.Value) + ", " + param(at.ID) + ")")
	}
	b.WriteString("\n\tORDER BY " + column + direction + ", " + idColumn + direction + "\n\tLIMIT " + param(f.Limit+1))
	return b.String(), args
}
