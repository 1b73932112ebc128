package questions

import (
	"fmt"
	"slices"
)

// RulesOf lists the scoring rules of a kind, its default first and the others by
// name.
func RulesOf(kind Kind) []string {
	format, known := formats[kind]
	if !known {
		return nil
	}
	var others []string
	for name, r := range rules {
		if r.kind == kind && name != format.rule().name {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append([]string{format.rule().name}, others...)
}

// KindOf is the kind a scoring rule is for; ok is false for a name nobody knows.
func KindOf(rule string) (kind Kind, ok bool) {
	r, ok := rules[rule]
	return r.kind, ok
}

// RuleError says why a scoring rule cannot be put on a form.
type RuleError struct {
	Rule string
	Item string // The item it does not fit; empty when the rule itself is unknown.
}

func (e *RuleError) Error() string {
	if e.Item == "" {
		return fmt.Sprintf("no scoring rule is named %q", e.Rule)
	}
	return fmt.Sprintf("the rule %s does not fit item %s", e.Rule, e.Item)
}

// RulesFor lists the rules that can mark every item of the kind on this form. None
// is returned for a kind the form does not have.
func (f Form) RulesFor(kind Kind) []string {
	items := ofKind(f.Items, kind)
	if len(items) == 0 {
		return nil
	}
	return slices.DeleteFunc(RulesOf(kind), func(rule string) bool {
		return slices.ContainsFunc(items, func(i Item) bool { return !i.fits(rule) })
	})
}

// fits reports whether a rule marks every complete response to the item, and guessing
// does not earn all there is: closeness divides by what guessing leaves.
func (i Item) fits(name string) bool {
	i.Rule = name
	if r, ok := i.rule(); !ok || !r.suits(i) {
		return false
	}
	mean := i.Chance().Mean
	return mean.Den > 0 && mean.Num < mean.Den
}

// WithRules returns the form under other scoring rules: each is put on every item of
// its kind. A rule that is unknown or does not fit is a *RuleError.
func (f Form) WithRules(names ...string) (Form, error) {
	f.Items, f.Chances = slices.Clone(f.Items), slices.Clone(f.Chances)
	for _, name := range names {
		kind, ok := KindOf(name)
		if !ok {
			return Form{}, &RuleError{Rule: name}
		}
		for n := range f.Items {
			i := &f.Items[n]
			if i.Kind != kind {
				continue
			}
			if !i.fits(name) {
				return Form{}, &RuleError{Rule: name, Item: i.ID}
			}
			i.Rule = name
			f.Chances[n] = i.Chance()
		}
	}
	return f, nil
}
