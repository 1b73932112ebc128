package web

import (
	"regexp"
	"strings"

	"github.com/fourfold/fourfold/questions"
)

// faultView is what is wrong with an item, in the reader's words.
type faultView struct {
	Where  string // Line and field, as an author finds them.
	Line   int
	Anchor string // The field on the page, where there is one.
	Label  string
	Text   string
	Raw    string // The message as the program has it, where there is no better text.
}

// faultTexts turn the messages of the reader and of lint into texts of both
// languages; the groups of a pattern fill the slots a, b and c.
var faultTexts = []struct {
	pattern *regexp.Regexp
	key     string
}{
	{regexp.MustCompile(`^(?:is missing|is empty)$`), "missing"},
	{regexp.MustCompile(`^begins or ends with space$`), "space"},
	{regexp.MustCompile(`^has (\d+) characters, more than (\d+)$`), "characters"},
	{regexp.MustCompile(`^has (\d+) words, more than (\d+)$`), "words"},
	{regexp.MustCompile(`^has the character (.+), which nobody can see$`), "hidden"},
	{regexp.MustCompile(`^is not Chinese$`), "not_chinese"},
	{regexp.MustCompile(`^is not English$`), "not_english"},
	{regexp.MustCompile(`^is given twice$`), "given_twice"},
	{regexp.MustCompile(`^is an alias; write the value out$`), "alias"},
	{regexp.MustCompile(`^"(.*)" is not a date as YYYY-MM-DD$`), "date"},
	{regexp.MustCompile(`^does not begin with the facet (.+)$`), "id_facet"},
	{regexp.MustCompile(`^fact (.+) is a rule of (.+), the item is for (.+)$`), "fact_country"},
	{regexp.MustCompile(`^fact (.+) is of confidence M and needs one of H or M-H beside it$`), "fact_middling"},
	{regexp.MustCompile(`^is empty, but a legal item of a country rests on a fact$`), "legal_empty"},
	{regexp.MustCompile(`^is (.+), but options are named A, B, C … in order$`), "option_order"},
	{regexp.MustCompile(`^addresses the candidate as 你, not 您$`), "address"},
	{regexp.MustCompile(`^"(.*)" has a punctuation mark of the other language$`), "marks"},
	{regexp.MustCompile(`^holds the whole of option (.+)$`), "copy"},
	{regexp.MustCompile(`^is (.+), but the English stem says (.+)$`), "gender_en"},
	{regexp.MustCompile(`^is (.+), but the Chinese stem says (.+)$`), "gender_zh"},
	{regexp.MustCompile(`^shares (\d+) % of its pairs of (?:characters|words) with (.+), at most (\d+) % may be$`), "likeness"},
	{regexp.MustCompile(`^fact (.+) ended on (.+)$`), "fact_ended"},
	{regexp.MustCompile(`^fact (.+) is in force from (.+)$`), "fact_later"},
	{regexp.MustCompile(`^"(.*)" is an absolute: it tells the key$`), "absolute"},
	{regexp.MustCompile(`^"(.*)" refers to other options$`), "reference"},
	{regexp.MustCompile(`^"(.*)" asks for what is not so$`), "negative"},
	{regexp.MustCompile(`^"(.*)" asks what one would do, not what is effective$`), "tendency"},
	{regexp.MustCompile(`^"(.*)" cites where a rule stands$`), "article"},
	{regexp.MustCompile(`^"(.*)" is jargon$`), "jargon"},
	{regexp.MustCompile(`^"(.*)" calls for sensitive: true$`), "sensitive"},
	{regexp.MustCompile(`^has a sentence of (\d+) .+, better at most (\d+)$`), "sentence"},
	{regexp.MustCompile(`^in .+ the longest has (\d+), the shortest (\d+)$`), "stretch"},
	{regexp.MustCompile(`^is (-?\d+), not within (-?\d+) to (\d+)$`), "range"},
	{regexp.MustCompile(`^are (\d+), not (?:within )?(\d+) (?:to|or) (\d+)$`), "options"},
	{regexp.MustCompile(`^is (-?\d+), the next version is (\d+)$`), "version"},
	{regexp.MustCompile(`^a new version begins as draft-author-key$`), "status"},
	{regexp.MustCompile(`^is not a known field$`), "unknown_field"},
	{regexp.MustCompile(`^"(.*)" is not one of (.+)$`), "not_one_of"},
	{regexp.MustCompile(`^names none of (.+)$`), "none_of"},
	{regexp.MustCompile(`^"(.*)" is listed twice$`), "twice"},
	{regexp.MustCompile(`^is already at (.+)$`), "already"},
	{regexp.MustCompile(`^(.+) is no facet of (.+)$`), "facet"},
	{regexp.MustCompile(`^(.+) is not in the English stem$`), "surname"},
	{regexp.MustCompile(`^fact (.+) is not in the bank$`), "fact"},
	{regexp.MustCompile(`^fact (.+) is of low confidence$`), "fact_low"},
	{regexp.MustCompile(`^item (.+) is not in the bank$`), "enemy"},
	{regexp.MustCompile(`^a red line is keyed 1, not (\d+)$`), "redline_key"},
	{regexp.MustCompile(`^a red line cites the fact it breaches$`), "redline_fact"},
	{regexp.MustCompile(`^has no option keyed (.+)$`), "no_key"},
	{regexp.MustCompile(`^best_worst needs a single most effective option$`), "one_best"},
	{regexp.MustCompile(`^best_worst needs a single least effective option$`), "one_worst"},
	{regexp.MustCompile(`^choose_k asks for 2 of 5 options$`), "two_of_five"},
	{regexp.MustCompile(`^choose_k needs exactly two options keyed 3 or 4$`), "two_good"},
	{regexp.MustCompile(`^rank needs four options keyed 4, 3, 2 and 1$`), "rank"},
	{regexp.MustCompile(`^must be (.+)$`), "type"},
	{regexp.MustCompile(`^"(.*)" is not words of .+$`), "id"},
	{regexp.MustCompile(`^is larger than (\d+) bytes$`), "too_large"},
	{regexp.MustCompile(`^holds (\d+) items, not within (\d+) to (\d+)$`), "items"},
}

// faultText words a fault. A message nobody has foreseen is told as the program has
// it, behind a sentence in the reader's language.
func faultText(say sayer, f questions.Fault) (text, raw string) {
	for _, t := range faultTexts {
		groups := t.pattern.FindStringSubmatch(f.Message)
		if groups == nil {
			continue
		}
		var slots []any
		for n, name := range []string{"a", "b", "c"} {
			if n+1 < len(groups) {
				slots = append(slots, name, groups[n+1])
			}
		}
		return say.say("fault."+t.key, slots...), ""
	}
	return say.say("fault.other"), f.Message
}

func faultViews(say sayer, faults questions.Faults) []faultView {
	var views []faultView
	for _, f := range faults {
		text, raw := faultText(say, f)
		views = append(views, faultView{Where: f.Field, Line: f.Line, Text: text, Raw: raw})
	}
	return views
}

// faultsByField gathers the faults of an item by the path of the field within it.
func faultsByField(say sayer, id string, faults questions.Faults) map[string][]faultView {
	known := map[string][]faultView{}
	for _, f := range faults {
		path := strings.TrimPrefix(f.Field, id+"/")
		if path == f.Field && f.Field != id { // an item without a proper id is known by its number
			_, path, _ = strings.Cut(f.Field, "/")
		}
		text, raw := faultText(say, f)
		if raw != "" {
			text += " " + raw
		}
		known[path] = append(known[path], faultView{Where: path, Text: text})
	}
	return known
}
