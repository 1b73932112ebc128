package assess_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// as adds a member of the role to a house.
func as(t *testing.T, house *assesstest.House, role assess.Role) assess.Actor {
	t.Helper()
	m, _, err := house.AddMember(t.Context(), house.Owner, assess.NewMember{
		Email: string(role) + "@harbour.test", Name: "A " + string(role), Role: role, Language: questions.English,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Actor()
}

// versionOf is the version of an item that comes with the program.
func versionOf(t *testing.T, id string) int {
	t.Helper()
	bank, err := questions.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	i, ok := bank.Item(id)
	if !ok {
		t.Fatalf("no item %s", id)
	}
	return i.Version
}

// next is the text of the next version of a built-in item, changed.
func next(t *testing.T, id string, change func(*questions.Item)) []byte {
	t.Helper()
	bank, err := questions.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	i, ok := bank.Item(id)
	if !ok {
		t.Fatalf("no item %s", id)
	}
	i.Options = slices.Clone(i.Options)
	i.Version++
	change(&i)
	text, err := questions.WriteItems([]questions.Item{i})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func reworded(i *questions.Item) { i.KeyVersion, i.SMECheck = "own", "Reworded." }

// A new version takes the place of the old one in new forms of its own organization;
// the old one, and every other house, stay as they were.
func TestAnItemsNewVersion(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		house := assesstest.Open(t, dsn)
		neighbour := house.Neighbour()
		author := as(t, house, assess.Author)
		const id = "com.explain.001"
		first := versionOf(t, id)
		if _, err := house.AddItems(t.Context(), author, "mine.yaml", next(t, id, reworded)); err != nil {
			t.Fatal(err)
		}
		newest, err := house.BankItem(t.Context(), author, id, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !newest.Own || !newest.Newest || newest.Version != first+1 || newest.KeyVersion != "own" || newest.Status != questions.DraftAuthorKey || len(newest.Versions) != 2 {
			t.Errorf("the newest version is %d, key %s, %s of %v", newest.Version, newest.KeyVersion, newest.Status, newest.Versions)
		}
		old, err := house.BankItem(t.Context(), author, id, first)
		if err != nil || old.Own || old.Newest || old.KeyVersion == "own" {
			t.Errorf("the old version: %d, key %s, %v", old.Version, old.KeyVersion, err)
		}
		if there, err := house.BankItem(t.Context(), neighbour.Owner, id, 0); err != nil || there.Version != first || there.Own {
			t.Errorf("the neighbour's: version %d, %v", there.Version, err)
		}
		if _, err := house.BankItem(t.Context(), author, id, first+2); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("a version that is not there: %v", err)
		}
		list, err := house.BankItems(t.Context(), author, assess.BankFilter{Own: true})
		if err != nil || len(list) != 1 || list[0].Version != first+1 {
			t.Errorf("the organization's own: %d items, %v", len(list), err)
		}

		// A published form holds the newest version, one published before the old.
		held := func(h *assesstest.House, seed uint64) (versions []int) {
			draft, err := h.DraftAssessment(t.Context(), h.Owner, assess.NewAssessment{
				Title: questions.Text{Chinese: "测评", English: "Test"}, Blueprint: "L", Jurisdiction: "CN", ValidDays: 14, Contact: "jobs@harbour.test"})
			if err != nil {
				t.Fatal(err)
			}
			a, err := h.PublishSeeded(t.Context(), h.Owner, draft.ID, seed)
			if err != nil {
				t.Fatal(err)
			}
			form, err := h.Center.Form(t.Context(), h.Owner, a.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range form.Items {
				if i.ID == id {
					versions = append(versions, i.Version)
				}
			}
			return versions
		}
		found := false
		for seed := range uint64(12) {
			for _, v := range held(house, seed) {
				found = true
				if v != first+1 {
					t.Errorf("seed %d: a new form holds version %d", seed, v)
				}
			}
			if found {
				break
			}
		}
		if !found {
			t.Error("no form of twelve holds the item")
		}
	})
}

func TestWhatKeepsAVersionOut(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	const id = "com.explain.001"
	first := versionOf(t, id)
	for story, c := range map[string]struct {
		text []byte
		want string
	}{
		"the version that is there": {next(t, id, func(i *questions.Item) { i.Version-- }), fmt.Sprintf("mine.yaml:2: %s/version: is %d, the next version is %d", id, first, first+1)},
		"a status of its own":       {next(t, id, func(i *questions.Item) { i.Status = questions.Validated }), "mine.yaml:3: " + id + "/status: a new version begins as draft-author-key"},
		"what lint finds":           {next(t, id, func(i *questions.Item) { i.Stem.English += strings.Repeat(" word", 75) }), "/stem/en: has "},
		"a field nobody knows":      {append(next(t, id, reworded), []byte("  colour: red\n")...), id + "/colour: is not a known field"},
		"no list":                   {[]byte("id: x\n"), "mine.yaml:1: must be a list"},
		"nothing":                   {[]byte("[]\n"), "mine.yaml:1: holds 0 items, not within 1 to 200"},
		"too much":                  {[]byte(strings.Repeat("#", 600<<10)), "mine.yaml:1: is larger than 524288 bytes"},
	} {
		t.Run(story, func(t *testing.T) {
			_, err := house.AddItems(t.Context(), house.Owner, "mine.yaml", c.text)
			var faults questions.Faults
			if !errors.As(err, &faults) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("AddItems = %v, want %s", err, c.want)
			}
			if list, err := house.BankItems(t.Context(), house.Owner, assess.BankFilter{Own: true}); err != nil || len(list) != 0 {
				t.Errorf("kept all the same: %v, %v", list, err)
			}
		})
	}
}

// Of two who write the same version one is kept; the other is told.
func TestTwoWriteTheSameVersion(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	const id = "com.explain.001"
	if _, err := house.AddItems(t.Context(), house.Owner, "", next(t, id, reworded)); err != nil {
		t.Fatal(err)
	}
	_, err := house.AddItems(t.Context(), house.Owner, "", next(t, id, func(i *questions.Item) { i.KeyVersion = "another" }))
	first := versionOf(t, id)
	if want := fmt.Sprintf("is %d, the next version is %d", first+1, first+2); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the second: %v", err)
	}
	kept, err := house.BankItem(t.Context(), house.Owner, id, first+1)
	if err != nil || kept.KeyVersion != "own" {
		t.Errorf("kept is %s, %v", kept.KeyVersion, err)
	}
}

func TestTheListOfItems(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	bank, err := questions.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	count := func(f assess.BankFilter) int {
		list, err := house.BankItems(t.Context(), house.Owner, f)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	many := func(f func(questions.Item) bool) (n int) {
		for _, i := range bank.Items {
			if f(i) {
				n++
			}
		}
		return n
	}
	for story, c := range map[string]struct {
		filter assess.BankFilter
		want   int
	}{
		"all":         {assess.BankFilter{}, len(bank.Items)},
		"a quality":   {assess.BankFilter{Quality: questions.Legal}, many(func(i questions.Item) bool { return i.Quality == questions.Legal })},
		"facet, kind": {assess.BankFilter{Facet: "com.tone", Kind: questions.Rate}, many(func(i questions.Item) bool { return i.Facet == "com.tone" && i.Kind == questions.Rate })},
		"a duty":      {assess.BankFilter{Duty: "D5"}, many(func(i questions.Item) bool { return slices.Contains(i.Duties, "D5") })},
		"a fact": {assess.BankFilter{Search: "cn24 COM."}, many(func(i questions.Item) bool {
			return slices.Contains(i.Legal, "CN24") && i.Quality == questions.Communication
		})},
		"Chinese words": {assess.BankFilter{Search: "征信"}, many(func(i questions.Item) bool { return mentions(i, "征信") })},
		"a status":      {assess.BankFilter{Status: questions.Piloted}, 0},
		"nothing":       {assess.BankFilter{Search: "no such words anywhere"}, 0},
	} {
		if got := count(c.filter); got != c.want {
			t.Errorf("%s: %d items, want %d", story, got, c.want)
		}
	}
	if c := count(assess.BankFilter{Search: "征信"}); c == 0 {
		t.Error("no item speaks of credit records")
	}
}

func mentions(i questions.Item, word string) bool {
	text := i.Stem.Chinese
	for _, o := range i.Options {
		text += o.Text.Chinese
	}
	return strings.Contains(text, word)
}
