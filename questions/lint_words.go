package questions

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// tell is a wording that an item must do without, in each language.
type tell struct {
	word, why string
	in        map[Lang]*regexp.Regexp
}

// Absolutes are hardly ever right, and whoever knows tests knows that.
var absolutes = tell{"absolute", "is an absolute: it tells the key", map[Lang]*regexp.Regexp{
	Chinese: regexp.MustCompile(`总是|永远|从来|从不|绝不|决不|绝对|一律|无论如何|任何时候|任何情况|毫无例外|无一例外`),
	English: regexp.MustCompile(`(?i)\b(always|never|absolutely|every time|in every case|at all times|at all costs|under no circumstances|no matter what|without exception)\b`),
}}

// An option that speaks of others is no option of its own, and the order is shuffled.
var references = tell{"reference", "refers to other options", map[Lang]*regexp.Regexp{
	Chinese: regexp.MustCompile(`以上(都|皆|全|均|做法|说法|各项|选项)|上述(都|皆|全|均|做法|说法|各项|选项)|选项\s?[A-E甲乙丙丁戊]`),
	English: regexp.MustCompile(`(?i)\b(all|none|both|neither|either) of the above\b|\b(all|none) of these\b|\boptions? [A-E]\b|\bboth A and B\b`),
}}

// A question for what is not so measures reading.
var negatives = tell{"negative", "asks for what is not so", map[Lang]*regexp.Regexp{
	Chinese: regexp.MustCompile(`哪[^。？！]*(不正确|不合适|不恰当|不应|不该|不属于|不包括|不合规|错误)[^。？！]*？|除[^。？！]*外[^。？！]*哪[^。？！]*？`),
	English: regexp.MustCompile(`(?i)\bwhich\b[^.?!]*\b(not|except|incorrect|wrong)\b[^.?!]*\?|\bEXCEPT\b`),
}}

// What one would do differs from what is effective, and is easier to fake.
var tendencies = tell{"instruction", "asks what one would do, not what is effective", map[Lang]*regexp.Regexp{
	Chinese: regexp.MustCompile(`您(会|将|打算|通常|平时|一般)(怎么|怎样|如何|选|先)|您[^，。？“]{0,6}(怎么|怎样|如何)(说|做|办|回应|回答|处理|选)`),
	English: regexp.MustCompile(`(?i)\b(would|will|do) you (do|say|choose|pick|answer|react|respond|usually|most likely)\b|\bare you (most|least) likely\b`),
}}

// The right action is what is tested, not where it is written.
var articles = tell{"article", "cites where a rule stands", map[Lang]*regexp.Regexp{
	Chinese: regexp.MustCompile(`第[〇零一二三四五六七八九十百千\d]+(条之|条第|条规定|款|项规定)|第[〇零一二三四五六七八九十百千\d]{2,}条|《[^》]*(法|条例|规定|办法|指引|解释)》`),
	English: regexp.MustCompile(`(?i)\b(arts?\.|articles?|sections?|clauses?|paras?\.|paragraphs?)\s*\d|§|\b(Civil Code|Criminal Law|Personal Information Protection Law)\b`),
}}

// Words of the trade shut out who has not worked in it.
var jargon = tell{"jargon", "is jargon", map[Lang]*regexp.Regexp{
	Chinese: regexp.MustCompile(`\b(PTP|RPC|DPD|KPI|SOP|NPL|IVR|M[1-9])\b|账龄|迁徙率|失联修复|通讯录轰炸|爆通讯录|软催|硬催|坏账核销`),
	English: regexp.MustCompile(`\b(PIPL|FDCPA|TCPA|CFPB|PTP|RPC|DPD|KPIs?|SOPs?|NPLs?|IVR|M[1-9])\b|(?i)\b(charge-offs?|skip[- ]trac(e|ing)|roll rates?|right party contact|delinquency bucket)\b`),
}}

// What an item is about may hurt whoever has just lived through it.
var sensitive = tell{"sensitive", "calls for sensitive: true", map[Lang]*regexp.Regexp{
	Chinese: regexp.MustCompile(`去世|过世|病故|自杀|轻生|不想活|癌|病危|葬礼|丧事|遗体|流产`),
	English: regexp.MustCompile(`(?i)\b(died|dies|death|dead|dying|suicide|kill (myself|himself|herself)|cancer|funeral|deceased|miscarriage|passed away)\b`),
}}

// harmless are phrases that only look like one of the above.
var harmless = strings.NewReplacer(
	"never mind", "", "Never mind", "", "dead line", "", "死机", "",
)

// find lists where the text has the wording.
func (w tell) find(field string, l Lang, text string) []complaint {
	if hit := w.in[l].FindString(harmless.Replace(text)); hit != "" {
		return []complaint{{field, w.word, fmt.Sprintf("%q %s", hit, w.why)}}
	}
	return nil
}

// suffix ends the name of a field in the language.
func suffix(l Lang) string {
	if l == English {
		return "en"
	}
	return "zh"
}

// lintWords looks at how an item is worded. What somebody in the situation says may
// be as absolute or hurt as people are; what the item says itself may not.
func (i Item) lintWords() []complaint {
	var found []complaint
	for _, l := range languages {
		field, stem := "stem/"+suffix(l), i.Stem.In(l)
		told := unquoted(stem, l)
		for _, w := range []tell{absolutes, negatives, tendencies} {
			found = append(found, w.find(field, l, told)...)
		}
		for _, w := range []tell{articles, jargon} {
			found = append(found, w.find(field, l, stem)...)
		}
		if !i.Sensitive {
			found = append(found, sensitive.find(field, l, stem)...)
		}
		for _, o := range i.Options {
			field, text := "options/"+o.ID+"/"+suffix(l), o.Text.In(l)
			for _, w := range []tell{absolutes, references, articles, jargon} {
				found = append(found, w.find(field, l, text)...)
			}
			if !i.Sensitive {
				found = append(found, sensitive.find(field, l, text)...)
			}
			found = append(found, lintMarks(field, l, text)...)
		}
		found = append(found, lintMarks(field, l, stem)...)
		found = append(found, i.lintCopies(l)...)
	}
	if strings.Contains(unquoted(i.Stem.Chinese, Chinese), "你") {
		found = append(found, complaint{"stem/zh", "address", "addresses the candidate as 你, not 您"})
	}
	return found
}

// Marks of the other language's keyboard.
var foreignMarks = map[Lang]*regexp.Regexp{
	Chinese: regexp.MustCompile(`\p{Han}[,;:?!()"]|[,;:?!()"]\p{Han}`),
	English: regexp.MustCompile(`[，。；：？！（）、“”「」]`),
}

func lintMarks(field string, l Lang, text string) []complaint {
	if hit := foreignMarks[l].FindString(text); hit != "" {
		return []complaint{{field, "marks", fmt.Sprintf("%q has a punctuation mark of the other language", hit)}}
	}
	return nil
}

// lintCopies looks for options that are the same, or another and something more.
func (i Item) lintCopies(l Lang) []complaint {
	var found []complaint
	for _, o := range i.Options {
		for _, other := range i.Options {
			a, b := bare(o.Text.In(l)), bare(other.Text.In(l))
			if o.ID != other.ID && b != "" && strings.Contains(a, b) && (a != b || o.ID > other.ID) {
				found = append(found, complaint{"options/" + o.ID + "/" + suffix(l), "copy", "holds the whole of option " + other.ID})
			}
		}
	}
	return found
}

// bare leaves only letters and digits, in lower case.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

var chineseSpeech = regexp.MustCompile(`“[^”]*”|「[^」]*」`)

// unquoted leaves out what somebody says: “…” in Chinese, '…' in English, where an
// apostrophe is one because a letter stands on either side.
func unquoted(text string, l Lang) string {
	if l == Chinese {
		return chineseSpeech.ReplaceAllString(text, "")
	}
	runes := []rune(text)
	letter := func(n int) bool { return n >= 0 && n < len(runes) && unicode.IsLetter(runes[n]) }
	var told []rune
	speech := false
	for n, r := range runes {
		if quote := r == '\'' || r == '‘' || r == '’' || r == '"'; quote && !(letter(n-1) && letter(n+1)) {
			speech = !speech && !letter(n-1)
			continue
		}
		if !speech {
			told = append(told, r)
		}
	}
	return string(told)
}

// titles are how stems speak of a debtor.
var titles = map[string]struct {
	english *regexp.Regexp
	chinese []string
}{
	"male":   {regexp.MustCompile(`\bMr\.? ([A-Z][a-z]+)`), []string{"先生"}},
	"female": {regexp.MustCompile(`\b(?:Ms|Mrs|Miss)\.? ([A-Z][a-z]+)`), []string{"女士", "小姐"}},
}

// lintDebtor looks whether the stem speaks of the debtor as the tags do.
func (i Item) lintDebtor() []complaint {
	d := i.Debtor
	if d.Surname == "" {
		return nil
	}
	var found []complaint
	if !strings.Contains(i.Stem.English, d.Surname) {
		found = append(found, complaint{"debtor/surname", "debtor", fmt.Sprintf("%s is not in the English stem", d.Surname)})
	}
	for gender, t := range titles {
		if d.Gender == "" || gender == d.Gender {
			continue
		}
		for _, m := range t.english.FindAllStringSubmatch(i.Stem.English, -1) {
			if m[1] == d.Surname {
				found = append(found, complaint{"debtor/gender", "debtor", fmt.Sprintf("is %s, but the English stem says %s", d.Gender, m[0])})
			}
		}
		says := func(title string) bool { return strings.Contains(i.Stem.Chinese, title) }
		if n := slices.IndexFunc(t.chinese, says); n >= 0 && !slices.ContainsFunc(titles[d.Gender].chinese, says) {
			found = append(found, complaint{"debtor/gender", "debtor", fmt.Sprintf("is %s, but the Chinese stem says %s", d.Gender, t.chinese[n])})
		}
	}
	return found
}
