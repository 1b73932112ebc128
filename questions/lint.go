package questions

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of the craft: situations short enough to be about judgement, not reading.
const (
	stemRunes   = 110 // Chinese
	stemWords   = 75  // English
	optionRunes = 45
	optionWords = 30
	fewOptions  = 4
	manyOptions = 5
	minSeconds  = 30
	maxSeconds  = 180
)

// Lint lists what the rules of the craft find wrong with the items: a bank that
// loads can be scored, a bank without lint may be published. Faults carry the line.
func (b Bank) Lint() []Fault {
	var faults Faults
	for _, i := range b.Items {
		faults = append(faults, b.faults(i, i.lintTags())...)
		faults = append(faults, b.faults(i, i.lintDebtor())...)
		faults = append(faults, b.faults(i, b.lintFacts(i))...)
		faults = append(faults, b.faults(i, b.lintEnemies(i))...)
	}
	for _, i := range slices.Concat(b.Items, b.Practice) {
		faults = append(faults, b.faults(i, i.lintTexts())...)
		faults = append(faults, b.faults(i, i.lintWords())...)
		faults = append(faults, b.faults(i, i.lintKey())...)
		faults = append(faults, b.faults(i, i.lintRule())...)
	}
	return faults.sorted()
}

// faults says where the item's complaints stand.
func (b Bank) faults(i Item, found []complaint) Faults {
	var faults Faults
	for _, c := range found {
		faults = append(faults, b.places.fault(join(i.ID, c.field), c.word, c.message))
	}
	return faults
}

// lintTags looks at what quotas and reports count an item by.
func (i Item) lintTags() []complaint {
	var found []complaint
	if !slices.Contains(Facets[i.Quality], i.Facet) {
		found = append(found, complaint{"facet", "facet", fmt.Sprintf("%s is no facet of %s", i.Facet, i.Quality)})
	}
	for _, tags := range []struct {
		field       string
		given, from []string
	}{{"duties", i.Duties, Duties}, {"mindsets", i.Mindsets, Mindsets}} {
		if len(tags.given) == 0 {
			found = append(found, complaint{tags.field, "tag", "names none of " + strings.Join(tags.from, ", ")})
		}
		for _, tag := range tags.given {
			if !slices.Contains(tags.from, tag) {
				found = append(found, complaint{tags.field, "tag", fmt.Sprintf("%q is not one of %s", tag, strings.Join(tags.from, ", "))})
			}
		}
	}
	if !slices.Contains(Problems, i.Problem) {
		found = append(found, complaint{"problem", "problem", fmt.Sprintf("%q is not one of %s", i.Problem, strings.Join(Problems, ", "))})
	}
	if !strings.HasPrefix(i.ID, string(i.Facet)+".") {
		found = append(found, complaint{"id", "id", fmt.Sprintf("does not begin with the facet %s", i.Facet)})
	}
	return found
}

// lintFacts looks at the rules of law that the item and its red lines cite.
func (b Bank) lintFacts(i Item) []complaint {
	var found []complaint
	cites := func(field string, ids []string) {
		middling, supported := "", false
		for _, id := range ids {
			fact, ok := b.Facts[id]
			switch {
			case !ok:
				found = append(found, complaint{field, "fact", fmt.Sprintf("fact %s is not in the bank", id)})
			case i.Jurisdiction != fact.Jurisdiction:
				found = append(found, complaint{field, "fact", fmt.Sprintf("fact %s is a rule of %s, the item is for %s", id, fact.Jurisdiction, i.Jurisdiction)})
			case fact.Confidence == "L":
				found = append(found, complaint{field, "fact", fmt.Sprintf("fact %s is of low confidence", id)})
			case fact.Confidence == "M" && middling == "":
				middling = id
			}
			supported = supported || fact.Confidence == "H" || fact.Confidence == "M-H"
		}
		if middling != "" && !supported {
			found = append(found, complaint{field, "fact", fmt.Sprintf("fact %s is of confidence M and needs one of H or M-H beside it", middling)})
		}
	}
	cites("legal", i.Legal)
	if i.Quality == Legal && i.Jurisdiction != AnyJurisdiction && len(i.Legal) == 0 {
		found = append(found, complaint{"legal", "fact", "is empty, but a legal item of a country rests on a fact"})
	}
	for _, o := range i.Options {
		field := "options/" + o.ID
		cites(field+"/legal", o.Legal)
		if !o.Redline {
			continue
		}
		if o.Effectiveness != 1 {
			found = append(found, complaint{field + "/eff", "redline", fmt.Sprintf("a red line is keyed 1, not %d", o.Effectiveness)})
		}
		if len(o.Legal) == 0 {
			found = append(found, complaint{field + "/redline", "redline", "a red line cites the fact it breaches"})
		}
	}
	return found
}

func (b Bank) lintEnemies(i Item) []complaint {
	var found []complaint
	for _, enemy := range i.Enemies {
		if !slices.ContainsFunc(b.Items, func(other Item) bool { return other.ID == enemy }) {
			found = append(found, complaint{"enemies", "enemy", fmt.Sprintf("item %s is not in the bank", enemy)})
		}
	}
	return found
}

// lintTexts looks at the length of what a candidate reads, and that each text is in
// its own language.
func (i Item) lintTexts() []complaint {
	found := lintText("stem/", i.Stem, stemRunes, stemWords)
	for _, o := range i.Options {
		field := "options/" + o.ID + "/"
		found = append(found, lintText(field, o.Text, optionRunes, optionWords)...)
		found = append(found, lintLanguage(field+"why_", o.Why)...)
	}
	if i.Seconds < minSeconds || i.Seconds > maxSeconds {
		found = append(found, complaint{"seconds", "seconds", fmt.Sprintf("is %d, not within %d to %d", i.Seconds, minSeconds, maxSeconds)})
	}
	return found
}

func lintText(field string, t Text, runes, words int) []complaint {
	found := lintLanguage(field, t)
	if n := t.Length(Chinese); n > runes {
		found = append(found, complaint{field + "zh", "length", fmt.Sprintf("has %d characters, more than %d", n, runes)})
	}
	if n := t.Length(English); n > words {
		found = append(found, complaint{field + "en", "length", fmt.Sprintf("has %d words, more than %d", n, words)})
	}
	return found
}

func lintLanguage(field string, t Text) []complaint {
	var found []complaint
	for _, l := range languages {
		text := t.In(l)
		if n := strings.IndexFunc(text, hidden); n >= 0 {
			r, _ := utf8.DecodeRuneInString(text[n:])
			found = append(found, complaint{field + suffix(l), "hidden", fmt.Sprintf("has the character %U, which nobody can see", r)})
		}
	}
	han := func(r rune) bool { return unicode.Is(unicode.Han, r) }
	if !strings.ContainsFunc(t.Chinese, han) {
		found = append(found, complaint{field + "zh", "language", "is not Chinese"})
	}
	if strings.ContainsFunc(t.English, han) {
		found = append(found, complaint{field + "en", "language", "is not English"})
	}
	return found
}

// lintKey looks at the options as a set: their number, unless a rule of its own tells,
// their names, and that the key has a top, a bottom and something between.
func (i Item) lintKey() []complaint {
	var found []complaint
	rule, _ := i.rule()
	if n := len(i.Options); rule.lint == nil && (n < fewOptions || n > manyOptions) {
		found = append(found, complaint{"options", "options", fmt.Sprintf("are %d, not %d or %d", n, fewOptions, manyOptions)})
	}
	var top, middle, bottom bool
	for n, o := range i.Options {
		if want := string(rune('A' + n)); o.ID != want {
			found = append(found, complaint{"options/" + o.ID, "options", fmt.Sprintf("is %s, but options are named A, B, C … in order", o.ID)})
		}
		switch o.Effectiveness {
		case highestRating:
			top = true
		case 1:
			bottom = true
		default:
			middle = true
		}
	}
	for _, part := range []struct {
		there bool
		keyed string
	}{{top, "4"}, {middle, "2 or 3"}, {bottom, "1"}} {
		if !part.there {
			found = append(found, complaint{"options", "key", "has no option keyed " + part.keyed})
		}
	}
	return found
}

// hidden finds characters that show nothing on a page: control characters, marks that
// turn the reading order, joiners of no width. With one inside, a word is another word
// to every other rule.
func hidden(r rune) bool {
	return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar
}
