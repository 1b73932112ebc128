package questions

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The notation in which a command line writes a key and a response:
//
//	ABCDE             options in order, the first the best; or the options chosen
//	A=4,B=1,C=3       a number for each option
//	best=A,worst=C    the two picks of best_worst
//
// An order may leave a place empty with a hyphen: AB-D.

// ParseKey builds the item that a key stands for under the named rule. In an order the
// first option is the best. A number is an option's effectiveness, save under a rule
// whose key is an order: there it is the option's rank. choose says how many options are
// to be chosen; 0 stands for as many as the key calls effective.
func ParseKey(rule, key string, choose int) (Item, error) {
	i := Item{ID: "the key", Rule: rule}
	var err error
	switch r := rules[rule]; {
	case rule == ProfileStatistic || rule == ZScoreStatistic:
		i.Kind, i.Rule = Rate, ""
		i.Options, err = keyedByNumber(key, highestRating)
	case r.name == "":
		return i, fmt.Errorf("%q is no rule", rule)
	default:
		i.Kind = r.kind
		i.Options, err = r.keyed(key)
	}
	if err != nil {
		return i, err
	}
	if len(i.Options) == 0 {
		return i, errors.New("it names no option")
	}
	if i.Kind == ChooseK {
		i.K = choose
		for _, o := range i.Options {
			if choose == 0 && effective(o.Effectiveness) {
				i.K++
			}
		}
		if i.K < 1 || i.K >= len(i.Options) {
			return i, fmt.Errorf("choosing %d of %d options tells nothing; say how many are to be chosen", i.K, len(i.Options))
		}
	}
	if r := rules[i.Rule]; r.name != "" && !r.suits(i) {
		return i, fmt.Errorf("%s", r.lint(i)[0].message)
	}
	return i, nil
}

// keyed reads the options of a key.
func (r rule) keyed(key string) ([]Option, error) {
	switch {
	case strings.Contains(key, "="):
		if r.order {
			return keyedByRank(key)
		}
		return keyedByNumber(key, highestRating)
	case r.kind == Rank:
		return keyedByOrder(key)
	case r.name == ukfpoChoose3.name:
		return keyedByChoice(key)
	}
	return nil, fmt.Errorf("%s takes the effectiveness of each option, such as A=4,B=1,C=3", r.name)
}

// keyedByNumber reads A=4,B=1.
func keyedByNumber(key string, highest int) ([]Option, error) {
	var options []Option
	err := eachNumber(key, func(id string, number int) error {
		if number < 1 || number > highest {
			return fmt.Errorf("%s=%d is not within 1 to %d", id, number, highest)
		}
		options = append(options, Option{ID: id, Effectiveness: number})
		return nil
	})
	return sortedOptions(options, err)
}

// keyedByRank reads A=2,B=1 with 1 the best.
func keyedByRank(key string) ([]Option, error) {
	options, err := keyedByNumber(key, strings.Count(key, "=")) // as many ranks as options
	for n := range options {
		options[n].Effectiveness = len(options) + 1 - options[n].Effectiveness
	}
	return options, err
}

// keyedByOrder reads CABED.
func keyedByOrder(key string) ([]Option, error) {
	ids, err := letters(key)
	var options []Option
	for place, id := range ids {
		options = append(options, Option{ID: id, Effectiveness: len(ids) - place})
	}
	return sortedOptions(options, err)
}

// keyedByChoice reads the three right ones of A to H.
func keyedByChoice(key string) ([]Option, error) {
	right, err := letters(key)
	if err != nil {
		return nil, err
	}
	var options []Option
	for id := 'A'; id <= 'H'; id++ {
		e := 1
		if slices.Contains(right, string(id)) {
			e = highestRating
		}
		options = append(options, Option{ID: string(id), Effectiveness: e})
	}
	for _, id := range right {
		if id > "H" {
			return nil, fmt.Errorf("there is no option %s among A to H", id)
		}
	}
	return options, nil
}

func sortedOptions(options []Option, err error) ([]Option, error) {
	slices.SortStableFunc(options, func(a, b Option) int { return strings.Compare(a.ID, b.ID) })
	return options, err
}

// ParseResponse reads a response to the item in the same notation. In a rank response
// A=1 is a rank; options that are not named are blank.
func (i Item) ParseResponse(text string) (Response, error) {
	var r Response
	var err error
	numbers := map[string]int{}
	take := func(id string, number int) error {
		numbers[id] = number
		return nil
	}
	switch {
	case i.Kind == BestWorst:
		r, err = parsePicks(text)
	case i.Kind == ChooseK:
		r.Chosen, err = letters(strings.ReplaceAll(text, ",", ""))
		slices.Sort(r.Chosen)
	case i.Kind == Rate:
		err = eachNumber(text, take)
		r.Ratings = numbers
	case strings.Contains(text, "="):
		err = eachNumber(text, take)
		r.Ranks = numbers
	default:
		r.Ranks, err = parseOrder(text)
	}
	if err != nil {
		return Response{}, err
	}
	return r, i.Check(r)
}

func parsePicks(text string) (Response, error) {
	var r Response
	for part := range parts(text) {
		name, id, _ := strings.Cut(part, "=")
		var pick *string
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "best":
			pick = &r.Best
		case "worst":
			pick = &r.Worst
		default:
			return r, fmt.Errorf("%q is neither best=… nor worst=…", part)
		}
		if *pick != "" {
			return r, fmt.Errorf("%s is given twice", name)
		}
		*pick = strings.ToUpper(strings.TrimSpace(id))
	}
	return r, nil
}

// parseOrder reads CABED; a hyphen is a place nobody has.
func parseOrder(text string) (map[string]int, error) {
	ranks := map[string]int{}
	place := 0
	for _, c := range strings.ToUpper(text) {
		if c == ' ' || c == ',' {
			continue
		}
		place++
		switch id := string(c); {
		case c == '-':
		case c < 'A' || c > 'Z':
			return nil, fmt.Errorf("%q is no option", id)
		case ranks[id] != 0:
			return nil, fmt.Errorf("%s is given twice", id)
		default:
			ranks[id] = place
		}
	}
	return ranks, nil
}

// letters reads options written one after the other.
func letters(text string) ([]string, error) {
	var ids []string
	for _, c := range strings.ToUpper(text) {
		switch id := string(c); {
		case c == ' ':
		case c < 'A' || c > 'Z':
			return nil, fmt.Errorf("%q is no option", id)
		case slices.Contains(ids, id):
			return nil, fmt.Errorf("%s is given twice", id)
		default:
			ids = append(ids, id)
		}
	}
	return ids, nil
}

var optionName = regexp.MustCompile(`^[A-Z0-9_.]{1,16}$`)

// eachNumber reads A=4,B=1; an option with nothing after the sign is blank.
func eachNumber(text string, take func(id string, number int) error) error {
	seen := map[string]bool{}
	for part := range parts(text) {
		id, number, found := strings.Cut(part, "=")
		id = strings.ToUpper(strings.TrimSpace(id))
		switch {
		case !found || !optionName.MatchString(id):
			return fmt.Errorf("%q is not an option with its number, such as A=4", part)
		case seen[id]:
			return fmt.Errorf("%s is given twice", id)
		}
		seen[id] = true
		if number = strings.TrimSpace(number); number == "" {
			continue
		}
		n, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("%s=%s is no whole number", id, number)
		}
		if err := take(id, n); err != nil {
			return err
		}
	}
	return nil
}

// parts yields what stands between commas; nothing has none.
func parts(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if strings.TrimSpace(text) == "" {
			return
		}
		for part := range strings.SplitSeq(text, ",") {
			if !yield(strings.TrimSpace(part)) {
				return
			}
		}
	}
}
