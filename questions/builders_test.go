package questions_test

import (
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// keyed builds an item of the kind whose options A, B, C … are keyed as given.
func keyed(kind questions.Kind, key ...int) questions.Item {
	i := questions.Item{ID: "com.test.001", Quality: questions.Communication, Facet: "com.explain", Kind: kind}
	if kind == questions.ChooseK {
		i.K = 2
	}
	for n, e := range key {
		i.Options = append(i.Options, questions.Option{ID: string(rune('A' + n)), Effectiveness: e})
	}
	return i
}

// picked is a best_worst response.
func picked(best, worst string) questions.Response {
	return questions.Response{Best: best, Worst: worst}
}

// rated is a rate response that gives the options A, B, C … these ratings; 0 gives none.
func rated(ratings ...int) questions.Response {
	return questions.Response{Ratings: numbered(ratings)}
}

// ranked is a rank response that gives the options A, B, C … these ranks; 0 gives none.
func ranked(ranks ...int) questions.Response {
	return questions.Response{Ranks: numbered(ranks)}
}

// chosen is a choose_k response.
func chosen(ids ...string) questions.Response {
	return questions.Response{Chosen: ids}
}

func numbered(numbers []int) map[string]int {
	given := map[string]int{}
	for n, number := range numbers {
		if number != 0 {
			given[string(rune('A'+n))] = number
		}
	}
	return given
}

// marking is one line of a table of responses and what they earn.
type marking struct {
	story    string
	response questions.Response
	want     questions.Mark // The zero Mark for a missing one.
}

// testMarks checks a table of marks of one item.
func testMarks(t *testing.T, i questions.Item, table []marking) {
	t.Helper()
	for _, m := range table {
		t.Run(m.story, func(t *testing.T) {
			if err := i.Check(m.response); err != nil {
				t.Fatal(err)
			}
			got, ok := i.Mark(m.response)
			if got != m.want || ok != (m.want.Den > 0) {
				t.Errorf("Mark(%+v) = %v, %v; want %v", m.response, got, ok, m.want)
			}
		})
	}
}

// testChance checks an item's chance level, and how many responses it rests on.
func testChance(t *testing.T, i questions.Item, responses int, mean, variance string) {
	t.Helper()
	n := 0
	for r := range i.Responses() {
		n++
		if !i.Complete(r) {
			t.Errorf("Responses yields %+v, which is not complete", r)
		}
	}
	if n != responses {
		t.Errorf("%d responses, want %d", n, responses)
	}
	if c := i.Chance(); c.Mean.String() != mean || c.Variance.String() != variance {
		t.Errorf("Chance() = %v, %v; want %s, %s", c.Mean, c.Variance, mean, variance)
	}
}
