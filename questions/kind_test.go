package questions_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/fourfold/fourfold/questions"
	"pgregory.net/rapid"
)

func TestCheckNamesFieldAndReason(t *testing.T) {
	bestWorst := keyed(questions.BestWorst, 4, 3, 2, 1)
	rate := keyed(questions.Rate, 4, 3, 2, 1)
	rank := keyed(questions.Rank, 4, 3, 2, 1)
	chooseK := keyed(questions.ChooseK, 4, 4, 2, 1, 1)
	for _, c := range []struct {
		story         string
		item          questions.Item
		response      questions.Response
		field, reason string
	}{
		{"best is no option", bestWorst, picked("F", "A"), "best", "unknown_option"},
		{"worst is no option", bestWorst, picked("A", "a"), "worst", "unknown_option"},
		{"best is also worst", bestWorst, picked("A", "A"), "worst", "same_option"},
		{"ratings for best_worst", bestWorst, rated(1, 2, 3, 4), "ratings", "wrong_kind"},
		{"rating too high", rate, rated(1, 2, 3, 5), "ratings", "out_of_range"},
		{"rating too low", rate, rated(1, 2, 3, -1), "ratings", "out_of_range"},
		{"rating of no option", rate, rated(1, 2, 3, 4, 4), "ratings", "unknown_option"},
		{"ranks for rate", rate, ranked(1, 2, 3, 4), "ranks", "wrong_kind"},
		{"rank too high", rank, ranked(1, 2, 3, 5), "ranks", "out_of_range"},
		{"rank of no option", rank, ranked(1, 2, 3, 4, 4), "ranks", "unknown_option"},
		{"chosen for rank", rank, chosen("A"), "chosen", "wrong_kind"},
		{"chosen is no option", chooseK, chosen("A", "Z"), "chosen", "unknown_option"},
		{"chosen twice", chooseK, chosen("A", "A"), "chosen", "repeated_option"},
		{"best for choose_k", chooseK, picked("A", ""), "best", "wrong_kind"},
	} {
		t.Run(c.story, func(t *testing.T) {
			var got *questions.ResponseError
			if err := c.item.Check(c.response); !errors.As(err, &got) {
				t.Fatalf("Check = %v, want a ResponseError", err)
			}
			if want := (questions.ResponseError{Item: c.item.ID, Field: c.field, Reason: c.reason}); *got != want {
				t.Errorf("Check = %v, want %v", got, &want)
			}
			if m, ok := c.item.Mark(c.response); ok {
				t.Errorf("Mark = %v, want none", m)
			}
		})
	}
}

func TestBlank(t *testing.T) {
	if !(questions.Response{Ratings: map[string]int{}}).Blank() {
		t.Error("a response without any answer is not blank")
	}
	for _, r := range []questions.Response{picked("A", ""), picked("", "A"), rated(1), ranked(1), chosen("A")} {
		if r.Blank() {
			t.Errorf("%+v is blank", r)
		}
	}
}

// An item whose key tells no options apart has no mark and no chance level.
func TestKeyWithoutDifferences(t *testing.T) {
	for _, kind := range questions.Kinds {
		i := keyed(kind, 2, 2, 2, 2)
		for r := range i.Responses() {
			if m, ok := i.Mark(r); ok {
				t.Errorf("%s: Mark(%+v) = %v, want none", kind, r, m)
			}
		}
		if c := i.Chance(); c != (questions.Chance{}) {
			t.Errorf("%s: Chance() = %v, want none", kind, c)
		}
	}
}

// anItem draws an item of any kind with a key that tells some options apart.
func anItem(t *rapid.T) questions.Item {
	key := rapid.Custom(func(t *rapid.T) []int {
		return rapid.SliceOfN(rapid.IntRange(1, 4), 3, 5).Draw(t, "effectiveness")
	}).Filter(func(key []int) bool {
		return slices.Min(key) < slices.Max(key)
	}).Draw(t, "key")
	return keyed(rapid.SampledFrom(questions.Kinds).Draw(t, "kind"), key...)
}

// aResponse draws any response the item may get: blank, partial, tied and
// over-picked ones too.
func aResponse(t *rapid.T, i questions.Item) questions.Response {
	var ids []string
	for _, o := range i.Options {
		ids = append(ids, o.ID)
	}
	numbers := func(highest int) map[string]int {
		return rapid.MapOf(rapid.SampledFrom(ids), rapid.IntRange(1, highest)).Draw(t, "numbers")
	}
	switch i.Kind {
	case questions.BestWorst:
		r := picked(rapid.SampledFrom(append(ids, "")).Draw(t, "best"), rapid.SampledFrom(append(ids, "")).Draw(t, "worst"))
		if r.Worst == r.Best {
			r.Worst = ""
		}
		return r
	case questions.Rate:
		return questions.Response{Ratings: numbers(4)}
	case questions.Rank:
		return questions.Response{Ranks: numbers(len(ids))}
	default:
		picks := rapid.SliceOfDistinct(rapid.SampledFrom(ids), rapid.ID[string]).Draw(t, "chosen")
		slices.Sort(picks)
		return chosen(picks...)
	}
}

// aCompleteResponse draws one of the item's responses, each as likely as another.
func aCompleteResponse(t *rapid.T, i questions.Item) questions.Response {
	return rapid.SampledFrom(slices.Collect(i.Responses())).Draw(t, "response")
}

func TestMarkIsWithinZeroAndOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := anItem(t)
		m, ok := i.Mark(aCompleteResponse(t, i))
		other, _ := i.Mark(aCompleteResponse(t, i))
		if !ok || m.Num < 0 || m.Num > m.Den {
			t.Fatalf("mark %v, %v", m, ok)
		}
		if m.Den != other.Den {
			t.Fatalf("denominators %d and %d for one item", m.Den, other.Den)
		}
	})
}

func TestMarkIsMissingUnlessComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := anItem(t)
		r := aResponse(t, i)
		if _, ok := i.Mark(r); ok != i.Complete(r) {
			t.Fatalf("marked %v, complete %v", ok, i.Complete(r))
		}
	})
}

// Turning the key upside down turns every mark m into 1 − m.
func TestReversedKeyReversesMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := anItem(t)
		r := aCompleteResponse(t, i)
		m, _ := i.Mark(r)
		reversed := i
		reversed.Options = slices.Clone(i.Options)
		for n := range reversed.Options {
			reversed.Options[n].Effectiveness = 5 - reversed.Options[n].Effectiveness
		}
		if got, _ := reversed.Mark(r); got != (questions.Mark{Num: m.Den - m.Num, Den: m.Den}) {
			t.Fatalf("mark %v, with the key reversed %v", m, got)
		}
	})
}

// So does turning the response upside down, where the kind has a reverse.
func TestReversedResponseReversesMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.Custom(func(t *rapid.T) questions.Item { return anItem(t) }).
			Filter(func(i questions.Item) bool { return i.Kind != questions.ChooseK }).Draw(t, "item")
		r := aCompleteResponse(t, i)
		var reversed questions.Response
		switch i.Kind {
		case questions.BestWorst:
			reversed = picked(r.Worst, r.Best)
		case questions.Rate:
			reversed.Ratings = upsideDown(r.Ratings, 4)
		case questions.Rank:
			reversed.Ranks = upsideDown(r.Ranks, len(i.Options))
		}
		m, _ := i.Mark(r)
		if got, _ := i.Mark(reversed); got != (questions.Mark{Num: m.Den - m.Num, Den: m.Den}) {
			t.Fatalf("mark %v, reversed %v", m, got)
		}
	})
}

func upsideDown(numbers map[string]int, highest int) map[string]int {
	reversed := map[string]int{}
	for id, n := range numbers {
		reversed[id] = highest + 1 - n
	}
	return reversed
}

// Guessing earns one half wherever every response has a reverse, whatever the key.
func TestChanceIsOneHalf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := anItem(t)
		if mean := i.Chance().Mean; i.Kind != questions.ChooseK && mean.String() != "1/2" {
			t.Fatalf("chance %v", mean)
		}
	})
}

func TestEncodeLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := anItem(t)
		r := aResponse(t, i)
		if err := i.Check(r); err != nil {
			t.Fatal(err)
		}
		got, err := i.Decode(i.Encode(r))
		if err != nil {
			t.Fatal(err)
		}
		if !sameResponse(got, r) {
			t.Fatalf("%+v came back as %+v", r, got)
		}
	})
}

// sameResponse compares responses; an empty map says the same as none.
func sameResponse(a, b questions.Response) bool {
	if a.Blank() && b.Blank() {
		return true
	}
	return reflect.DeepEqual(a, b)
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		kind questions.Kind
		code []byte
	}{
		{questions.BestWorst, []byte{1, 2, 0}},
		{questions.BestWorst, []byte{1, 2, 0, 0, 0}},
		{questions.BestWorst, []byte{1, 1, 0, 0}},
		{questions.BestWorst, []byte{3, 0, 0, 0}},
		{questions.Rate, []byte{5, 1, 1, 1}},
		{questions.Rank, []byte{1, 2, 3, 255}},
		{questions.ChooseK, []byte{1, 2, 0, 0}},
	} {
		if r, err := keyed(c.kind, 4, 3, 2, 1).Decode(c.code); err == nil {
			t.Errorf("%s: Decode(% x) = %+v, want an error", c.kind, c.code, r)
		}
	}
}

// Whatever Decode accepts is a response, and encodes to the same bytes.
func FuzzDecode(f *testing.F) {
	f.Add(0, []byte{1, 2, 0, 0})
	f.Add(1, []byte{4, 3, 2, 1})
	f.Add(2, []byte{1, 1, 0, 4})
	f.Add(3, []byte{1, 0, 0, 1})
	f.Fuzz(func(t *testing.T, kind int, code []byte) {
		i := keyed(questions.Kinds[uint(kind)%4], 4, 3, 2, 1)
		r, err := i.Decode(code)
		if err != nil {
			return
		}
		if err := i.Check(r); err != nil {
			t.Errorf("Decode(% x) = %+v: %v", code, r, err)
		}
		if again := i.Encode(r); !slices.Equal(again, code) {
			t.Errorf("% x came back as % x", code, again)
		}
	})
}
