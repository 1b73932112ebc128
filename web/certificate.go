package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fourfold/fourfold/questions"
)

// requirementView is one thing asked of a form, in the reader's words.
type requirementView struct {
	Name, Asked, Reached string
	Met                  bool
}

// certificateView is what a form was asked and came to.
type certificateView struct {
	*questions.Certificate
	Lines   []requirementView
	Chance  string
	Minutes int
}

// Chinese and English are the reading loads.
func (v certificateView) Chinese() int { return v.Load[questions.Chinese] }

func (v certificateView) English() int { return v.Load[questions.English] }

func certificateOf(say sayer, c *questions.Certificate) *certificateView {
	if c == nil {
		return nil
	}
	return &certificateView{
		Certificate: c, Lines: requirementViews(say, c.Lines),
		Chance: c.Chance.Rat().FloatString(2), Minutes: (c.Seconds + 59) / 60,
	}
}

func requirementViews(say sayer, lines []questions.Line) []requirementView {
	views := make([]requirementView, len(lines))
	for n, l := range lines {
		views[n] = requirementView{Name: requirementName(say, l.Requirement), Asked: bounds(say, l.Requirement), Met: l.Met}
		if l.Reached != nil {
			views[n].Reached = amount(say, l.Unit, *l.Reached)
		}
	}
	return views
}

// requirementName is such as "Questions of a kind: Legal knowledge, Put in order".
func requirementName(say sayer, r questions.Requirement) string {
	name := say.say("quota." + r.Quota)
	if r.Of == "" {
		return name
	}
	var of []string
	for _, part := range strings.Split(r.Of, "/") {
		of = append(of, partName(say, part))
	}
	return say.say("quota.of", "name", name, "of", strings.Join(of, say.say("quota.and")))
}

// partName puts what a requirement counts into words; days and countries stay as they are.
func partName(say sayer, part string) string {
	switch {
	case slices.Contains(questions.Qualities, questions.Quality(part)):
		return say.say("quality." + part)
	case slices.Contains(questions.Kinds, questions.Kind(part)):
		return say.say("kind." + part)
	case slices.Contains(questions.Duties, part), slices.Contains(questions.Mindsets, part):
		name, _, _ := strings.Cut(strings.ReplaceAll(say.say("method.element."+part), "：", ":"), ":")
		return part + " " + name
	case slices.Contains(languages, questions.Lang(part)):
		return say.say("language." + part)
	case strings.Contains(part, "."):
		return say.say("facet." + part)
	}
	return part
}

func bounds(say sayer, r questions.Requirement) string {
	switch {
	case r.Least == nil && r.Most == nil:
		return say.say("asked.nothing")
	case r.Most == nil:
		return say.say("asked.least", "n", amount(say, r.Unit, *r.Least))
	case r.Least == nil && *r.Most == 0:
		return say.say("asked.none")
	case r.Least == nil:
		return say.say("asked.most", "n", amount(say, r.Unit, *r.Most))
	case *r.Least == *r.Most:
		return say.say("asked.exactly", "n", amount(say, r.Unit, *r.Least))
	}
	return say.say("asked.range", "least", amount(say, r.Unit, *r.Least), "most", amount(say, r.Unit, *r.Most))
}

// amount writes a number of a requirement's unit.
func amount(say sayer, unit string, n int) string {
	switch unit {
	case questions.UnitPercent:
		return fmt.Sprintf("%d%%", n)
	case questions.UnitPerMille:
		text := fmt.Sprintf("%d.%03d", max(n, -n)/1000, max(n, -n)%1000)
		if n < 0 {
			return "−" + text
		}
		return text
	case questions.UnitSeconds:
		return say.say("unit.seconds", "n", n)
	}
	return fmt.Sprint(n)
}
