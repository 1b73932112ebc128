package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// question is an item as a candidate sees it, with what was answered.
type question struct {
	Kind    questions.Kind
	Stem    string
	K       int
	Chosen  int
	Options []option
	Scale   []point
	Places  []int
}

// option is one thing to judge. Its ID travels as a form value and is never
// shown.
type option struct {
	ID          string
	Text        string
	Best, Worst bool
	Chosen      bool
	Rating      int
	Rank        int
}

// point is one step of the rating scale.
type point struct {
	Value int
	Label string
}

// questionOf lays an item out in a language and an order. It is the only place
// where an item's texts pass into a page.
func questionOf(f *questions.Form, item questions.Item, order []int, r questions.Response, l questions.Lang) question {
	q := question{Kind: item.Kind, Stem: item.Stem.In(l), K: item.K, Chosen: len(r.Chosen)}
	for n, i := range order {
		o := item.Options[i]
		q.Options = append(q.Options, option{
			ID: o.ID, Text: o.Text.In(l), Best: r.Best == o.ID, Worst: r.Worst == o.ID,
			Chosen: slices.Contains(r.Chosen, o.ID), Rating: r.Ratings[o.ID], Rank: r.Ranks[o.ID],
		})
		q.Places = append(q.Places, n+1)
	}
	for _, s := range f.Scale {
		q.Scale = append(q.Scale, point{s.Value, s.Label.In(l)})
	}
	return q
}

// lack is one thing a response still needs, with the place on the page where to
// mend it.
type lack struct {
	Anchor string
	Key    string
	N, Of  int
	Option string
}

// lacks lists what keeps a response from being complete, in the order of the page.
func (q question) lacks() []lack {
	var all []lack
	switch q.Kind {
	case questions.BestWorst:
		all = q.lacksPair()
	case questions.Rate:
		for _, o := range q.Options {
			if o.Rating == 0 {
				all = append(all, lack{Anchor: "rating-" + o.ID + "-" + strconv.Itoa(q.Scale[0].Value), Key: "candidate.lacks.rating", Option: o.Text})
			}
		}
	case questions.Rank:
		all = q.lacksPlaces()
	case questions.ChooseK:
		if q.Chosen != q.K {
			key := "candidate.lacks.few"
			if q.Chosen > q.K {
				key = "candidate.lacks.many"
			}
			all = append(all, lack{Anchor: "chosen-" + q.Options[0].ID, Key: key, N: q.Chosen, Of: q.K})
		}
	}
	return all
}

func (q question) lacksPair() []lack {
	best := slices.IndexFunc(q.Options, func(o option) bool { return o.Best })
	worst := slices.IndexFunc(q.Options, func(o option) bool { return o.Worst })
	var all []lack
	first := q.Options[0].ID
	if best < 0 {
		all = append(all, lack{Anchor: "best-" + first, Key: "candidate.lacks.best"})
	}
	if worst < 0 {
		all = append(all, lack{Anchor: "worst-" + first, Key: "candidate.lacks.worst"})
	}
	if best >= 0 && best == worst {
		all = append(all, lack{Anchor: "best-" + q.Options[best].ID, Key: "candidate.lacks.same"})
	}
	return all
}

func (q question) lacksPlaces() []lack {
	var all []lack
	held := map[int]int{}
	for _, o := range q.Options {
		held[o.Rank]++
		switch {
		case o.Rank == 0:
			all = append(all, lack{Anchor: "rank-" + o.ID, Key: "candidate.lacks.rank", Option: o.Text})
		case held[o.Rank] == 2:
			all = append(all, lack{Anchor: "rank-" + o.ID, Key: "candidate.lacks.tie", N: o.Rank})
		}
	}
	return all
}

// told is one line that says in words what was answered.
type told struct {
	Key   string
	N     int
	Text  string
	Label string
}

// tell says in words what was answered; nothing for a blank response.
func (q question) tell() []told {
	var lines []told
	for _, o := range q.Options {
		if o.Best {
			lines = append(lines, told{Key: "candidate.told.best", Text: o.Text})
		}
		if o.Worst {
			lines = append(lines, told{Key: "candidate.told.worst", Text: o.Text})
		}
		if o.Rank > 0 {
			lines = append(lines, told{Key: "candidate.told.rank", N: o.Rank, Text: o.Text})
		}
		if o.Chosen {
			lines = append(lines, told{Text: o.Text})
		}
		for _, s := range q.Scale {
			if s.Value == o.Rating {
				lines = append(lines, told{Text: o.Text, Label: s.Label})
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b told) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.N, b.N)) })
	return lines
}

// answerForm is an answer as a form sends it.
type answerForm struct {
	Revision int64
	SpentMS  int64
	Go       string // next, previous, review, clear or stay
	Response questions.Response
	Values   []formValue // The fields that make up the response, to send them again.
}

// readAnswer reads an answer's form. Every name must be known and said once, and
// every number be one; whether the response fits its item is asked later.
func readAnswer(c *gin.Context) (answerForm, error) {
	if err := c.Request.ParseForm(); err != nil {
		return answerForm{}, err
	}
	var in answerForm
	var faults assess.FieldErrors
	for name, values := range c.Request.PostForm {
		if len(values) > 1 && name != "chosen" {
			faults = append(faults, assess.FieldError{Field: name, Word: "duplicate"})
			continue
		}
		if word := in.take(name, values); word != "" {
			faults = append(faults, assess.FieldError{Field: name, Word: word})
		}
	}
	if len(faults) > 0 {
		return answerForm{}, faults
	}
	if in.Go == "clear" {
		in.Response, in.Values = questions.Response{}, nil
	}
	slices.Sort(in.Response.Chosen)
	return in, nil
}

// take reads one field and returns the word for what is wrong with it.
func (in *answerForm) take(name string, values []string) (word string) {
	value := values[0]
	kind, option, _ := strings.Cut(name, ".")
	number := func(into *int64) string {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return "wrong_type"
		}
		*into = n
		return ""
	}
	place := func(into *map[string]int) string {
		if value == "" {
			return ""
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return "wrong_type"
		}
		if *into == nil {
			*into = map[string]int{}
		}
		(*into)[option] = n
		return ""
	}
	switch {
	case name == "revision":
		return number(&in.Revision)
	case name == "spent_ms":
		return number(&in.SpentMS)
	case name == "go":
		in.Go = value
		return ""
	case name == "best":
		in.Response.Best = value
	case name == "worst":
		in.Response.Worst = value
	case name == "chosen":
		in.Response.Chosen = values
	case kind == "rating" && option != "":
		word = place(&in.Response.Ratings)
	case kind == "rank" && option != "":
		word = place(&in.Response.Ranks)
	default:
		return "unknown_field"
	}
	for _, v := range values {
		in.Values = append(in.Values, formValue{name, v})
	}
	return word
}
