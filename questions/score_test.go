package questions_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/fourfold/fourfold/questions"
	"pgregory.net/rapid"
)

// formOf puts items together as a form, with their chance levels.
func formOf(items ...questions.Item) questions.Form {
	f := questions.Form{Schema: questions.FormSchema, Items: items}
	for _, i := range items {
		f.Chances = append(f.Chances, i.Chance())
	}
	return f
}

// of puts an item into a quality and a facet.
func of(q questions.Quality, facet questions.Facet, i questions.Item) questions.Item {
	i.Quality, i.Facet = q, facet
	return i
}

// score scores responses to items that are all of the first quality.
func score(items []questions.Item, responses []questions.Response) questions.QualityScore {
	return formOf(items...).Score(responses).Qualities[0]
}

// times repeats a value.
func times[T any](n int, v T) []T {
	return slices.Repeat([]T{v}, n)
}

// sixths are responses to best_worst items keyed 4 3 2 1 by the mark they earn.
var sixths = map[int]questions.Response{
	6: picked("A", "D"), 5: picked("A", "C"), 4: picked("B", "C"), 2: picked("C", "B"), 1: picked("C", "A"), 0: picked("D", "A"),
}

func TestScore(t *testing.T) {
	bestWorst := keyed(questions.BestWorst, 4, 3, 2, 1)
	chooseK := keyed(questions.ChooseK, 2, 1, 4, 1, 4) // Chance 7/15.
	blank := questions.Response{}
	for _, c := range []struct {
		story                  string
		items                  []questions.Item
		responses              []questions.Response
		answered               int
		raw, chance, closeness int // −1 for null.
		level                  questions.Level
		exact                  questions.Exact
		notes                  []string
	}{
		{
			"all as keyed",
			[]questions.Item{bestWorst, chooseK}, []questions.Response{sixths[6], chosen("C", "E")},
			2, 100, 48, 100, questions.Closer,
			questions.Exact{Raw: "1/1", Chance: "29/60", Closeness: "1/1", ClosenessBlanksAtChance: "1/1"}, nil,
		},
		{
			// Marks 1, 5/6, 2/3 and 1/3: mean 17/24, and 17/30 + 1/10 with the blank at one half.
			"four of five answered is enough",
			times(5, bestWorst), []questions.Response{sixths[6], sixths[5], blank, sixths[4], sixths[2]},
			4, 71, 50, 42, questions.Mixed,
			questions.Exact{Raw: "17/24", Chance: "1/2", Closeness: "5/12", ClosenessBlanksAtChance: "1/3"}, nil,
		},
		{
			"three of four is not",
			times(4, bestWorst), []questions.Response{sixths[6], sixths[6], sixths[6], picked("A", "")},
			3, -1, -1, -1, questions.NotShown,
			questions.Exact{Raw: "1/1", Chance: "1/2", Closeness: "1/1", ClosenessBlanksAtChance: "3/4"}, nil,
		},
		{
			"nothing answered",
			times(2, bestWorst), times(2, blank),
			0, -1, -1, -1, questions.NotShown, questions.Exact{}, nil,
		},
		{
			// The chance level is that of the items answered, not of the form.
			"chance over the same items",
			append(times(4, bestWorst), chooseK), append(times(4, sixths[4]), blank),
			4, 67, 50, 33, questions.Further,
			questions.Exact{Raw: "2/3", Chance: "1/2", Closeness: "1/3", ClosenessBlanksAtChance: "5/19"}, nil,
		},
		{
			// Raw 1/8 is 12.5, which rounds half up; 3/8 below chance is 2.47 of its deviations.
			"far below chance",
			times(4, bestWorst), []questions.Response{sixths[0], sixths[0], sixths[1], sixths[2]},
			4, 13, 50, 0, questions.Further,
			questions.Exact{Raw: "1/8", Chance: "1/2", Closeness: "-3/4", ClosenessBlanksAtChance: "-3/4"},
			[]string{"possibly_reversed"},
		},
		{
			// 1/6 below chance is 1.10 of its deviations.
			"a little below chance",
			times(4, bestWorst), times(4, sixths[2]),
			4, 33, 50, 0, questions.Further,
			questions.Exact{Raw: "1/3", Chance: "1/2", Closeness: "-1/3", ClosenessBlanksAtChance: "-1/3"}, nil,
		},
		{
			"two thirds round up to closer",
			times(6, bestWorst), []questions.Response{sixths[6], sixths[6], sixths[5], sixths[5], sixths[4], sixths[4]},
			6, 83, 50, 67, questions.Closer,
			questions.Exact{Raw: "5/6", Chance: "1/2", Closeness: "2/3", ClosenessBlanksAtChance: "2/3"}, nil,
		},
	} {
		t.Run(c.story, func(t *testing.T) {
			got := score(c.items, c.responses)
			if got.Answered != c.answered || got.Of != len(c.items) || got.Shown != (c.raw >= 0) {
				t.Errorf("answered %d of %d, shown %v; want %d of %d", got.Answered, got.Of, got.Shown, c.answered, len(c.items))
			}
			for _, number := range []struct {
				name string
				got  *int
				want int
			}{{"raw", got.Raw, c.raw}, {"chance", got.Chance, c.chance}, {"closeness", got.Closeness, c.closeness}} {
				if number.got == nil && number.want >= 0 || number.got != nil && *number.got != number.want {
					t.Errorf("%s is not %d", number.name, number.want)
				}
			}
			if got.Level != c.level || got.Exact != c.exact || !slices.Equal(got.Notes, c.notes) {
				t.Errorf("%s %+v %v; want %s %+v %v", got.Level, got.Exact, got.Notes, c.level, c.exact, c.notes)
			}
		})
	}
}

// One item keyed 4 3 2 1 has variance 5/54 under guessing, the mean of nine 5/486.
// Nine marks of 2/6 are 1.6432 such deviations below one half, just short of 1.645;
// one sixth less is 1.8257.
func TestPossiblyReversedIsExact(t *testing.T) {
	items := times(9, keyed(questions.BestWorst, 4, 3, 2, 1))
	if got := score(items, times(9, sixths[2])); len(got.Notes) > 0 {
		t.Errorf("1.6432 deviations below chance: notes %v", got.Notes)
	}
	if got := score(items, append(times(8, sixths[2]), sixths[1])); !slices.Equal(got.Notes, []string{questions.NotePossiblyReversed}) {
		t.Errorf("1.8257 deviations below chance: notes %v", got.Notes)
	}
}

func TestRedlines(t *testing.T) {
	redlined := func(kind questions.Kind) questions.Item {
		i := keyed(kind, 4, 4, 3, 1, 1)
		i.ID = string(kind)
		for n := range i.Options[3:] {
			i.Options[3+n].Redline = true
			i.Options[3+n].Legal = []string{"CN24"}
		}
		return i
	}
	f := formOf(redlined(questions.BestWorst), redlined(questions.Rate), redlined(questions.Rank), redlined(questions.ChooseK), redlined(questions.Rate))
	got := f.Score([]questions.Response{
		picked("D", "E"), rated(4, 4, 3, 3, 2), ranked(3, 4, 5, 1, 2), chosen("A", "E"), rated(0, 0, 0, 4, 4),
	}).Redlines
	cn24 := []string{"CN24"}
	want := []questions.RedlinePick{
		{Position: 0, Item: "best_worst", Option: "D", As: "best", Facts: cn24},
		{Position: 1, Item: "rate", Option: "D", As: "rating", Value: 3, Facts: cn24},
		{Position: 2, Item: "rank", Option: "D", As: "rank", Value: 1, Facts: cn24},
		{Position: 2, Item: "rank", Option: "E", As: "rank", Value: 2, Facts: cn24},
		{Position: 3, Item: "choose_k", Option: "E", As: "chosen", Facts: cn24},
	}
	if !slices.EqualFunc(got, want, func(a, b questions.RedlinePick) bool {
		return a.Position == b.Position && a.Item == b.Item && a.Option == b.Option && a.As == b.As && a.Value == b.Value && slices.Equal(a.Facts, b.Facts)
	}) {
		t.Errorf("red lines %+v, want %+v", got, want)
	}
}

func TestRatingStyle(t *testing.T) {
	i := keyed(questions.Rate, 1, 4, 2, 3, 1)
	for _, c := range []struct {
		story     string
		responses []questions.Response
		want      questions.RatingStyle
	}{
		{"as keyed", times(3, rated(1, 4, 2, 3, 1)), questions.RatingStyle{Items: 3, Shift: questions.Fraction{Num: 0, Den: 1}}},
		{"everything is fairly effective", times(3, rated(3, 3, 3, 3, 3)), questions.RatingStyle{
			Items: 3, Shift: questions.Fraction{Num: 4, Den: 5}, HarmfulRatedEffective: 6, NearlyAllSame: true,
		}},
		{"fourteen of fifteen the same", append(times(2, rated(1, 1, 1, 1, 1)), rated(1, 1, 1, 1, 2)), questions.RatingStyle{
			Items: 3, Shift: questions.Fraction{Num: -17, Den: 15}, NearlyAllSame: true,
		}},
		{"thirteen of fifteen are 87 %", append(times(2, rated(1, 1, 1, 1, 1)), rated(1, 1, 1, 2, 2)), questions.RatingStyle{
			Items: 3, Shift: questions.Fraction{Num: -16, Den: 15},
		}},
		{"ten ratings are too few", append(times(2, rated(1, 1, 1, 1, 1)), rated(1, 1, 1, 1, 0)), questions.RatingStyle{
			Items: 2, Shift: questions.Fraction{Num: -6, Den: 5},
		}},
		{"none", times(3, rated()), questions.RatingStyle{}},
	} {
		t.Run(c.story, func(t *testing.T) {
			if got := formOf(times(3, i)...).Score(c.responses).Ratings; got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestFacetWords(t *testing.T) {
	i := keyed(questions.BestWorst, 4, 3, 2, 1)
	f := formOf(
		of(questions.Legal, "law.debt", i), of(questions.Communication, "com.tone", i), of(questions.Legal, "law.debt", i),
		of(questions.Communication, "com.tone", i), of(questions.Legal, "law.privacy", i), of(questions.Legal, "law.conduct", i),
		of(questions.Legal, "law.conduct", i),
	)
	p := f.Score([]questions.Response{sixths[6], sixths[4], sixths[5], sixths[4], sixths[6], sixths[6], {}})
	want := []questions.FacetWord{{Facet: "com.tone", Items: 2, Level: questions.Further}, {Facet: "law.debt", Items: 2, Level: questions.Closer}}
	if got := f.FacetWords(p); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// The document of a profile is written down: it is part of every result.
func TestProfileDocument(t *testing.T) {
	f := formOf(
		of(questions.Communication, "com.explain", keyed(questions.BestWorst, 2, 4, 1, 3, 2)),
		of(questions.Communication, "com.tone", keyed(questions.Rate, 2, 4, 1, 3, 2)),
		of(questions.Endurance, "end.persist", keyed(questions.Rank, 2, 4, 1, 3)),
		of(questions.Legal, "law.privacy", keyed(questions.ChooseK, 1, 4, 2, 1, 4)),
	)
	for n := range f.Items {
		f.Items[n].ID = string(f.Items[n].Facet) + ".001"
		f.Items[n].Rule = []string{"best_worst/1", "concordance/1", "pairs/1", "sum_k/1"}[n]
	}
	f.Items[3].Options[0].Redline, f.Items[3].Options[0].Legal = true, []string{"CN12", "CN20"}
	p := f.Score([]questions.Response{picked("B", "A"), rated(1, 4, 1, 3, 2), {}, chosen("A", "B")})
	got, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/profile.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(append(got, '\n'), want) {
		t.Errorf("the profile is now\n%s", got)
	}
}

// Scoring the vector gives the same document as scoring the responses.
func TestScoreOfVector(t *testing.T) {
	f := shortForm(t, 3)
	rapid.Check(t, func(t *rapid.T) {
		var responses []questions.Response
		for _, i := range f.Items {
			responses = append(responses, aResponse(t, i))
		}
		again, err := f.Responses(f.Vector(responses))
		if err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(f.Score(responses))
		b, _ := json.Marshal(f.Score(again))
		if !bytes.Equal(a, b) {
			t.Fatalf("%s\n%s", a, b)
		}
	})
}

// The key scores 100 on everything, and its reverse is noted as such.
func TestScoreOfTheKeyItself(t *testing.T) {
	f := shortForm(t, 3)
	best, worst := make([]questions.Response, len(f.Items)), make([]questions.Response, len(f.Items))
	for position, i := range f.Items {
		for r := range i.Responses() {
			m, _ := i.Mark(r)
			if m.Num == m.Den {
				best[position] = r
			}
			if m.Num == 0 {
				worst[position] = r
			}
		}
	}
	for _, q := range f.Score(best).Qualities {
		if !q.Shown || *q.Closeness != 100 || q.Level != questions.Closer {
			t.Errorf("the key earns %+v", q)
		}
	}
	for _, q := range f.Score(worst).Qualities {
		if !q.Shown || *q.Closeness != 0 || !slices.Contains(q.Notes, questions.NotePossiblyReversed) {
			t.Errorf("the key reversed earns %+v", q)
		}
	}
	if picks := f.Score(best).Redlines; len(picks) > 0 {
		t.Errorf("the key crosses red lines: %+v", picks)
	}
}

func BenchmarkScore(b *testing.B) {
	f := shortForm(b, 3)
	responses := make([]questions.Response, len(f.Items))
	for position, i := range f.Items {
		for responses[position] = range i.Responses() {
			break
		}
	}
	for b.Loop() {
		f.Score(responses)
	}
}
