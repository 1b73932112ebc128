package questions

import (
	"fmt"
	"slices"
	"strings"
)

// rule turns the code of a response into a mark. It decides itself what it can mark: the
// default rules call ties and blanks missing, others score them. The denominator
// must depend on the item alone. It reads nothing of the item but its K and the
// effectiveness of its options: chance levels are remembered by these.
type rule struct {
	name string
	kind Kind
	mark func(i Item, code []byte) (m Mark, ok bool)

	// lint lists what the rule asks of an item and its key, in place of what the kind
	// asks; nil where it asks nothing else.
	lint func(i Item) []complaint
	// fits reports whether the rule can mark the item at all; nil where it can mark any.
	fits func(i Item) bool
	// order says that the key is an order of the options, from n for the best of n down
	// to 1, rather than a rating of each within the scale.
	order bool
}

// rules holds every scoring rule by its name. A name ends in the rule's version,
// and what a name means never changes: frozen results rest on it.
var rules = named(bestWorst1, concordance1, pairs1, sumK1, ukfpoRank5, ukfpoChoose3, previewRate4, gpstRank1, distance1)

func named(list ...rule) map[string]rule {
	byName := make(map[string]rule, len(list))
	for _, r := range list {
		byName[r.name] = r
	}
	return byName
}

// plain are the names by which people ask for a rule without its version, where they
// are not its name cut short.
var plain = map[string]string{
	string(Rate):    concordance1.name,
	string(Rank):    pairs1.name,
	string(ChooseK): sumK1.name,
}

// RuleNamed returns the full name of the rule that people call so: the full name itself,
// the same without its version, or the kind whose default it is. It includes the
// section statistics, which mark no single item.
func RuleNamed(word string) (name string, ok bool) {
	if name, ok := plain[word]; ok {
		return name, true
	}
	for _, name := range RuleNames() {
		short, _, _ := strings.Cut(name, "/")
		if word == name || word == short {
			return name, true
		}
	}
	return "", false
}

// RuleNames lists the full name of every scoring rule and section statistic, in the
// order of the alphabet.
func RuleNames() []string {
	names := []string{ProfileStatistic, ZScoreStatistic}
	for name := range rules {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// rule returns the rule the item names, or else its kind's default; ok is false
// for an unknown name and for a rule of another kind.
func (i Item) rule() (r rule, ok bool) {
	if i.Rule == "" {
		return formats[i.Kind].rule(), true
	}
	r, ok = rules[i.Rule]
	return r, ok && r.kind == i.Kind
}

// Rules lists the names of the rules that can mark the item, its kind's default first.
// To mark it by another, set Rule on a copy.
func (i Item) Rules() []string {
	return slices.DeleteFunc(RulesOf(i.Kind), func(name string) bool { return !rules[name].suits(i) })
}

func (r rule) suits(i Item) bool { return r.fits == nil || r.fits(i) }

// lintRule lists what the item's rule, or else its format, asks of the item and its key.
func (i Item) lintRule() []complaint {
	if r, ok := i.rule(); ok && r.lint != nil {
		return r.lint(i)
	}
	return formats[i.Kind].lint(i)
}

// asks turns what a rule needs into the complaint of an item that lacks it.
func asks(fits func(Item) bool, needs string) func(Item) []complaint {
	return func(i Item) []complaint {
		if fits(i) {
			return nil
		}
		return []complaint{{"options", "format", fmt.Sprintf("%s needs %s", i.Rule, needs)}}
	}
}
