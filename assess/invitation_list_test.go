package assess_test

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/google/uuid"
)

// ids walks a list page by page and returns the ids in the order they came; with
// back it first goes to the last page and comes back from there.
func ids(t *testing.T, c *assess.Center, by assess.Actor, f assess.InvitationFilter, back bool) []uuid.UUID {
	t.Helper()
	page := func(cursor string) assess.InvitationPage {
		f.Cursor = cursor
		p, err := c.Invitations(t.Context(), by, f)
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		if len(p.Invitations) > f.Limit {
			t.Fatalf("%+v: a page of %d", f, len(p.Invitations))
		}
		return p
	}
	p := page("")
	if p.Previous != "" {
		t.Errorf("%+v: the first page has one before it", f)
	}
	var forward []uuid.UUID
	for {
		for _, i := range p.Invitations {
			forward = append(forward, i.ID)
		}
		if p.Next == "" || len(forward) > 1000 {
			break
		}
		p = page(p.Next)
	}
	if !back {
		return forward
	}
	var backward []uuid.UUID
	for {
		var here []uuid.UUID
		for _, i := range p.Invitations {
			here = append(here, i.ID)
		}
		backward = append(here, backward...)
		if p.Previous == "" || len(backward) > 1000 {
			return backward
		}
		p = page(p.Previous)
	}
}

func TestPagingVisitsEachInvitationOnce(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		dice := rand.New(rand.NewPCG(6, 6))
		names := []string{"Ann", "ann", "Ánn", "安娜", "Bo", "b o", "B_o"}
		for range 41 {
			p := h.Invited(names[dice.IntN(len(names))], func(o *assess.Order) { o.Reference = names[dice.IntN(len(names))] })
			switch dice.IntN(4) {
			case 0:
				p.Entered()
			case 1:
				if err := h.CancelInvitation(t.Context(), h.Owner, p.Invitation.ID); err != nil {
					t.Fatal(err)
				}
			}
			if dice.IntN(3) == 0 { // the others share their moment with the one before
				h.Clock.Advance(time.Second)
			}
		}
		whole, err := h.Invitations(t.Context(), h.Owner, assess.InvitationFilter{Limit: assess.LargestPage})
		if err != nil || len(whole.Invitations) != 41 || whole.Next != "" || whole.Previous != "" {
			t.Fatalf("%d on one page, %v", len(whole.Invitations), err)
		}
		for _, sort := range []string{"", "invited", "changed", "name"} {
			for _, descending := range []bool{false, true} {
				for _, limit := range []int{2, 7} {
					for _, stages := range [][]assess.Stage{nil, {assess.StageOpened}, {assess.StageInvited, assess.StageCancelled}} {
						f := assess.InvitationFilter{Sort: sort, Descending: descending, Limit: limit, Stages: stages}
						want := expected(whole.Invitations, f)
						for _, back := range []bool{false, true} {
							if got := ids(t, h.Center, h.Owner, f, back); !slices.Equal(got, want) {
								t.Errorf("%+v, back %v: %d rows in another order than the %d wanted", f, back, len(got), len(want))
							}
						}
					}
				}
			}
		}
		if got := ids(t, h.Center, h.Neighbour().Owner, assess.InvitationFilter{Limit: 10}, false); len(got) != 0 {
			t.Errorf("a neighbour sees %d of them", len(got))
		}
	})
}

// expected filters and orders in Go what the database is asked to.
func expected(all []assess.Invitation, f assess.InvitationFilter) []uuid.UUID {
	var list []assess.Invitation
	for _, i := range all {
		if len(f.Stages) == 0 || slices.Contains(f.Stages, i.Stage) {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b assess.Invitation) int {
		order := a.CreatedAt.Compare(b.CreatedAt.Time)
		switch f.Sort {
		case "changed":
			order = a.ChangedAt.Compare(b.ChangedAt.Time)
		case "name":
			order = strings.Compare(a.Candidate.Name, b.Candidate.Name)
		}
		order = cmp.Or(order, slices.Compare(a.ID[:], b.ID[:]))
		if f.Descending {
			order = -order
		}
		return order
	})
	var want []uuid.UUID
	for _, i := range list {
		want = append(want, i.ID)
	}
	return want
}

func TestPagingHoldsStillWhileOthersInvite(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		for n := range 10 {
			h.Invited(fmt.Sprint("Early ", n))
			h.Clock.Advance(time.Second)
		}
		f := assess.InvitationFilter{Descending: true, Limit: 4}
		seen := map[uuid.UUID]bool{}
		for n := 0; ; n++ {
			page, err := h.Invitations(t.Context(), h.Owner, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range page.Invitations {
				if seen[i.ID] {
					t.Errorf("%s came twice", i.Candidate.Name)
				}
				seen[i.ID] = true
			}
			if page.Next == "" {
				break
			}
			f.Cursor = page.Next
			h.Invited(fmt.Sprint("Late ", n))
		}
		if len(seen) != 10 {
			t.Errorf("%d were seen, want the ten that were there", len(seen))
		}
	})
}

func TestSearching(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		for _, p := range []struct{ name, email, reference string }{
			{"Ann Lee", "ann@x.test", "REQ-1"},
			{"100 % Bob", "bob@x.test", "req_2"},
			{`C:\Cy`, "cy_1@x.test", "req%3"},
			{"Élodie Ünal", "", "Ä-4"},
			{"欧阳娜娜", "", "招聘-5"},
		} {
			h.Invited(p.name, func(o *assess.Order) { o.Email, o.Reference = p.email, p.reference })
		}
		for search, want := range map[string][]string{
			"":            {"100 % Bob", "Ann Lee", `C:\Cy`, "Élodie Ünal", "欧阳娜娜"},
			"ann":         {"Ann Lee"},
			"LEE":         {"Ann Lee"},
			"  lee ":      {"Ann Lee"},
			"%":           {"100 % Bob", `C:\Cy`},
			"_":           {"100 % Bob", `C:\Cy`},
			`\`:           {`C:\Cy`},
			`:\c`:         {`C:\Cy`},
			"REQ_":        {"100 % Bob"},
			"req-1":       {"Ann Lee"},
			"X.TEST":      {"100 % Bob", "Ann Lee", `C:\Cy`},
			"Élodie":      {"Élodie Ünal"},
			"Ünal":        {"Élodie Ünal"},
			"lodie":       {"Élodie Ünal"},
			"Ä-4":         {"Élodie Ünal"},
			"阳娜":          {"欧阳娜娜"},
			"招聘":          {"欧阳娜娜"},
			"' OR '1'='1": nil,
			"nobody":      nil,
		} {
			page, err := h.Invitations(t.Context(), h.Owner, assess.InvitationFilter{Search: search})
			if err != nil {
				t.Fatalf("%q: %v", search, err)
			}
			var got []string
			for _, i := range page.Invitations {
				got = append(got, i.Candidate.Name)
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("searching %q finds %q, want %q", search, got, want)
			}
		}
		for reference, want := range map[string]int{"REQ-1": 1, "req-1": 0, "REQ": 0, "招聘-5": 1} {
			page, err := h.Invitations(t.Context(), h.Owner, assess.InvitationFilter{Reference: reference})
			if err != nil || len(page.Invitations) != want {
				t.Errorf("reference %q: %d, %v; want %d", reference, len(page.Invitations), err, want)
			}
		}
		if page, err := h.Invitations(t.Context(), h.Owner, assess.InvitationFilter{AssessmentID: uuid.New()}); err != nil || len(page.Invitations) != 0 {
			t.Errorf("of an assessment that is not there: %d, %v", len(page.Invitations), err)
		}
	})
}

func TestAListThatMakesNoSense(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		h.Invited("Ann")
		h.Invited("Bob")
		first, err := h.Invitations(t.Context(), h.Owner, assess.InvitationFilter{Sort: "name", Limit: 1})
		if err != nil || first.Next == "" {
			t.Fatal(err)
		}
		made := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
		id := uuid.New().String()
		for what, f := range map[string]assess.InvitationFilter{
			"sort: nonsense":                    {Sort: "email; DROP TABLE members"},
			"stage: unknown":                    {Stages: []assess.Stage{"won"}},
			"limit: too many":                   {Limit: assess.LargestPage + 1},
			"limit: negative":                   {Limit: -1},
			"search: a NUL":                     {Search: "a\x00b"},
			"search: bytes":                     {Search: "\xff"},
			"reference: a NUL":                  {Reference: "a\x00b"},
			"reference: bytes":                  {Reference: "\xff"},
			"cursor: noise":                     {Cursor: "noise!"},
			"cursor: not base64 of JSON":        {Cursor: made("hello")},
			"cursor: of another sort":           {Sort: "invited", Cursor: first.Next},
			"cursor: of another direction":      {Sort: "name", Descending: true, Cursor: first.Next},
			"cursor: a time that is none":       {Cursor: made(`{"s":"","v":"yesterday","i":"` + id + `"}`)},
			"cursor: before PostgreSQL's time":  {Cursor: made(`{"s":"","v":"0000-01-01T00:00:00.000000Z","i":"` + id + `"}`)},
			"cursor: a comma in the seconds":    {Cursor: made(`{"s":"","v":"2026-01-01T00:00:00,000000Z","i":"` + id + `"}`)},
			"cursor: a NUL in the name":         {Sort: "name", Cursor: made(`{"s":"name","v":"a\u0000","i":"` + id + `"}`)},
			"cursor: an id that is none":        {Sort: "name", Cursor: made(`{"s":"name","v":"a","i":"1"}`)},
			"cursor: longer than any of a name": {Sort: "name", Cursor: made(`{"s":"name","v":"` + strings.Repeat("a", 5000) + `","i":"` + id + `"}`)},
		} {
			field, _, _ := strings.Cut(what, ":")
			word := assess.WordUnknown
			switch {
			case field == "limit":
				word = assess.WordTooLong
			case field == "search" || field == "reference":
				word = assess.WordForbidden
			}
			if _, err := h.Invitations(t.Context(), h.Owner, f); !isField(err, field, word) {
				t.Errorf("%s: %v, want %s: %s", what, err, field, word)
			}
		}
	})
}
