package questions

// cell is a kind within a quality.
type cell struct {
	quality Quality
	kind    Kind
}

// counts is how often items have what quotas look at.
type counts struct {
	kinds     map[cell]int
	facets    map[Facet]int
	tags      map[string]int // Duties and mindsets.
	surnames  map[string]int
	problems  map[string]int
	ids       map[string]bool
	foes      map[string]bool // Ids the items do not tolerate beside them.
	women     int
	men       int
	sensitive int
}

func countItems(items []Item) counts {
	c := counts{
		kinds:    map[cell]int{},
		facets:   map[Facet]int{},
		tags:     map[string]int{},
		surnames: map[string]int{},
		problems: map[string]int{},
		ids:      map[string]bool{},
		foes:     map[string]bool{},
	}
	for _, i := range items {
		c.add(i)
	}
	return c
}

func (c *counts) add(i Item) {
	c.kinds[cell{i.Quality, i.Kind}]++
	c.facets[i.Facet]++
	for _, tag := range i.Duties {
		c.tags[tag]++
	}
	for _, tag := range i.Mindsets {
		c.tags[tag]++
	}
	if i.Debtor.Surname != "" {
		c.surnames[i.Debtor.Surname]++
	}
	switch i.Debtor.Gender {
	case "female":
		c.women++
	case "male":
		c.men++
	}
	c.problems[i.Problem]++
	if i.Sensitive {
		c.sensitive++
	}
	c.ids[i.ID] = true
	for _, enemy := range i.Enemies {
		c.foes[enemy] = true
	}
}

// womenPercent is the share of women among the debtors whose gender is told.
func (c counts) womenPercent() int {
	if c.women+c.men == 0 {
		return 50
	}
	return 100 * c.women / (c.women + c.men)
}

// lacking returns the shortfall of the first tag that too few items carry.
func (c counts) lacking(quota string, tags []string, need int) *Shortfall {
	for _, tag := range tags {
		if have := c.tags[tag]; have < need {
			return &Shortfall{quota, tag, need, have}
		}
	}
	return nil
}

// breach says how a form drawn without a quota departs from it.
func (c counts) breach(quota string, bp Blueprint) *Shortfall {
	switch quota {
	case QuotaDuty:
		return c.lacking(quota, Duties, bp.Duty)
	case QuotaMindset:
		return c.lacking(quota, Mindsets, bp.Mindset)
	case QuotaSensitive:
		return &Shortfall{Quota: quota, Need: bp.Sensitive, Have: c.sensitive}
	case QuotaProblem:
		problem, n := most(c.problems)
		return &Shortfall{quota, problem, bp.SameProblem, n}
	case QuotaSurname:
		surname, n := most(c.surnames)
		return &Shortfall{quota, surname, 1, n}
	case QuotaGender:
		need := bp.Gender.Min
		if c.womenPercent() > bp.Gender.Max {
			need = bp.Gender.Max
		}
		return &Shortfall{Quota: quota, Need: need, Have: c.womenPercent()}
	}
	enemies := 0
	for id := range c.foes {
		if c.ids[id] {
			enemies++
		}
	}
	return &Shortfall{Quota: quota, Need: 0, Have: enemies}
}

// most returns the commonest word, the first in the alphabet among equals.
func most(words map[string]int) (word string, n int) {
	for w, count := range words {
		if count > n || count == n && w < word {
			word, n = w, count
		}
	}
	return word, n
}
