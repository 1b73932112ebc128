package questions_test

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/questions"
	"pgregory.net/rapid"
)

// shortForm is Form S of the bank that comes with the program.
func shortForm(t testing.TB, seed uint64) questions.Form {
	t.Helper()
	b := builtin(t)
	f, err := b.Assemble(b.Blueprints["S"], "CN", seed, day)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFormSurvivesItsText(t *testing.T) {
	f := shortForm(t, 7)
	text, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	again, err := questions.ParseForm(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again, f) {
		t.Error("the parsed form differs from the one published")
	}
	if again.Hash() != f.Hash() || !strings.HasPrefix(f.Hash(), "sha256:") || len(f.Hash()) != len("sha256:")+64 {
		t.Errorf("hash %s, parsed %s", f.Hash(), again.Hash())
	}
	for _, field := range []string{`{"schema":"fourfold.form/1","blueprint":"S","jurisdiction":"CN","seed":"7","limit_seconds":2700,"status":"draft-author-key","key_version":"0.`, `"mean":"1/2"`, "您"} {
		if !bytes.Contains(text, []byte(field)) {
			t.Errorf("the text does not hold %s", field)
		}
	}
}

func TestParseFormRefuses(t *testing.T) {
	text, err := shortForm(t, 7).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for story, c := range map[string]struct{ old, new, want string }{
		"another schema":     {"fourfold.form/1", "fourfold.form/2", `schema "fourfold.form/2" is not "fourfold.form/1"`},
		"space":              {`{"schema"`, `{ "schema"`, "not canonical"},
		"an unknown field":   {`"blueprint"`, `"colour":"red","blueprint"`, "not canonical"},
		"a field left out":   {`"blueprint":"S",`, ``, "not canonical"},
		"no JSON":            {`{"schema"`, `["schema"`, "invalid character"},
		"an unknown kind":    {`"kind":"rank"`, `"kind":"sort"`, `unknown kind "sort"`},
		"an unknown rule":    {`"rule":"pairs/1"`, `"rule":"pairs/9"`, `unknown rank rule "pairs/9"`},
		"a wrong fraction":   {`"mean":"1/2"`, `"mean":"2/4"`, "not in lowest terms"},
		"a decimal fraction": {`"mean":"1/2"`, `"mean":"0.5"`, "fraction"},
	} {
		t.Run(story, func(t *testing.T) {
			damaged := bytes.Replace(text, []byte(c.old), []byte(c.new), 1)
			_, err := questions.ParseForm(damaged)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("ParseForm = %v, want %s", err, c.want)
			}
		})
	}
}

func TestParseFormRefusesMissingChances(t *testing.T) {
	f := shortForm(t, 7)
	f.Chances = f.Chances[:23]
	text, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := questions.ParseForm(text); err == nil || err.Error() != "form: 23 chance levels for 24 items" {
		t.Errorf("ParseForm = %v", err)
	}
}

func TestVectorLosesNothing(t *testing.T) {
	f := shortForm(t, 7)
	rapid.Check(t, func(t *rapid.T) {
		var responses []questions.Response
		for _, i := range f.Items {
			responses = append(responses, aResponse(t, i))
		}
		again, err := f.Responses(f.Vector(responses))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(again, responses, sameResponse) {
			t.Fatalf("%+v came back as %+v", responses, again)
		}
	})
}

func TestResponsesRefusesDamagedVector(t *testing.T) {
	f := shortForm(t, 7)
	vector := f.Vector(make([]questions.Response, len(f.Items)))
	if _, err := f.Responses(vector[1:]); err == nil {
		t.Error("a vector too short is accepted")
	}
	if _, err := f.Responses(append(vector, 0)); err == nil {
		t.Error("a vector too long is accepted")
	}
	vector[0] = 9
	if _, err := f.Responses(vector); err == nil {
		t.Error("a vector with an unknown code is accepted")
	}
}

// The orders are written down, as a second implementation of PCG-DXSM gives them: a
// sitting from years ago is shown as it was seen.
func TestOrderIsFixedForever(t *testing.T) {
	f := questions.Form{Items: []questions.Item{
		keyed(questions.Rate, 1, 2, 3, 4, 1), keyed(questions.Rank, 1, 2, 3, 4), keyed(questions.Rate, 1, 2, 3, 4, 1),
	}}
	for _, c := range []struct {
		position int
		seed     int64
		want     []int
	}{
		{0, 0, []int{4, 1, 2, 3, 0}},
		{1, 0, []int{3, 2, 0, 1}},
		{2, 0, []int{0, 4, 1, 3, 2}},
		{0, 1, []int{3, 0, 2, 4, 1}},
		{0, -1, []int{2, 1, 4, 3, 0}},
		{2, 1 << 62, []int{0, 4, 2, 1, 3}},
	} {
		if got := f.Order(c.position, c.seed); !slices.Equal(got, c.want) {
			t.Errorf("Order(%d, %d) = %v, want %v", c.position, c.seed, got, c.want)
		}
	}
}

// Every option comes to every place equally often: χ² with 16 degrees of freedom
// exceeds 39.25 once in a thousand times, and the seeds are fixed.
func TestOrderIsUnbiased(t *testing.T) {
	const sittings = 20_000
	f := questions.Form{Items: []questions.Item{keyed(questions.Rate, 1, 2, 3, 4, 1)}}
	seeds := rand.New(rand.NewPCG(1, 2))
	var seen [5][5]float64
	for range sittings {
		for place, option := range f.Order(0, seeds.Int64()) {
			seen[place][option]++
		}
	}
	const expected = sittings / 5.
	chi := 0.0
	for _, row := range seen {
		for _, n := range row {
			chi += (n - expected) * (n - expected) / expected
		}
	}
	if chi > 39.25 {
		t.Errorf("χ² = %.1f: %v", chi, seen)
	}
}
