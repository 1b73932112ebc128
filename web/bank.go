package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type bankPage struct {
	desk
	Search   string
	Filters  []bankFilter
	Own      bool
	Narrowed bool
	Rows     []bankRow
	Title    string            // Of a panel being put together.
	Wrong    map[string]string // What is wrong with it, by field.
	Done     string
}

// bankFilter is one way to narrow the list, as a select.
type bankFilter struct {
	Name    string
	Label   string // Key of a text.
	Choices []choice
}

type bankRow struct {
	ID, Stem       string
	Quality, Facet string
	Kind           questions.Kind
	Status         questions.Status
	Version        int
	Own, On        bool
}

// bank lists the items the organization has. Everything that narrows the list is in
// the URL.
func (h recruiter) bank(c *gin.Context) error {
	p, err := h.bankPage(c, c.Request.URL.Query())
	if err != nil {
		return err
	}
	if c.Query("done") == "added" {
		p.Done = h.sayer(c).say("bank.added")
	}
	return h.render(c, http.StatusOK, "recruiter/bank", p)
}

func (h recruiter) bankPage(c *gin.Context, query url.Values) (bankPage, error) {
	say := h.sayer(c)
	f := assess.BankFilter{
		Search: strings.TrimSpace(query.Get("q")), Quality: questions.Quality(query.Get("quality")), Facet: questions.Facet(query.Get("facet")),
		Kind: questions.Kind(query.Get("kind")), Duty: query.Get("duty"), Status: questions.Status(query.Get("status")), Own: query.Get("own") != "",
	}
	items, err := h.center.BankItems(c.Request.Context(), actor(c), f)
	if err != nil {
		return bankPage{}, err
	}
	p := bankPage{desk: deskAt(c, "bank"), Search: f.Search, Own: f.Own, Narrowed: f != (assess.BankFilter{}), Filters: bankFilters(say, query)}
	for _, i := range items {
		p.Rows = append(p.Rows, bankRow{
			ID: i.ID, Stem: say.text(i.Stem), Quality: say.say("quality." + string(i.Quality)), Facet: say.say("facet." + string(i.Facet)),
			Kind: i.Kind, Status: i.Status, Version: i.Version, Own: i.Own, On: slices.Contains(c.PostFormArray("items"), i.ID),
		})
	}
	return p, nil
}

// bankFilters are the selects above the list, each with what is chosen now.
func bankFilters(say sayer, query url.Values) []bankFilter {
	var facets, duties []choice
	for _, q := range questions.Qualities {
		for _, f := range questions.Facets[q] {
			facets = append(facets, choice{Value: string(f), Text: say.say("facet." + string(f))})
		}
	}
	for _, d := range questions.Duties {
		duties = append(duties, choice{Value: d, Text: d + " " + say.say("duty."+d)})
	}
	filters := []bankFilter{
		{"quality", "bank.filter.quality", choicesOf(say, "quality.", questions.Qualities)},
		{"facet", "bank.filter.facet", facets},
		{"kind", "bank.filter.kind", choicesOf(say, "kind.", questions.Kinds)},
		{"duty", "bank.filter.duty", duties},
		{"status", "bank.filter.status", choicesOf(say, "bank.status.", questions.Statuses)},
	}
	for n, f := range filters {
		for k := range f.Choices {
			filters[n].Choices[k].On = f.Choices[k].Value == query.Get(f.Name)
		}
	}
	return filters
}

func choicesOf[T ~string](say sayer, prefix string, words []T) []choice {
	var all []choice
	for _, w := range words {
		all = append(all, choice{Value: string(w), Text: say.say(prefix + string(w))})
	}
	return all
}
