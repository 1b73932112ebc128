package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"github.com/fourfold/fourfold/questions"
)

// languages are those the pages speak, the first being the one for readers who
// ask for none of them.
var languages = []questions.Lang{questions.Chinese, questions.English}

// words holds every text of the pages, by language and key.
type words map[questions.Lang]map[string]phrase

// phrase is a text with named slots. English may have a second form for one
// thing; the slot {n} chooses.
type phrase struct{ One, Other string }

// UnmarshalJSON reads a plain text, or {"one": …, "other": …}.
func (p *phrase) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &p.Other)
	}
	type forms phrase
	return json.Unmarshal(b, (*forms)(p))
}

// builtInWords are read once: all handlers and the stationery share them, and nobody
// changes them.
var builtInWords = sync.OnceValues(func() (words, error) { return loadWords(embedded) })

// wordsOf returns the texts built in; in dev as they stand on disk.
func wordsOf(cfg Config) (words, error) {
	if cfg.Dev {
		return loadWords(files(true))
	}
	return builtInWords()
}

// loadWords reads locale/<language>/*.json. A key two files claim is an error.
func loadWords(root fs.FS) (words, error) {
	w := words{}
	for _, l := range languages {
		w[l] = map[string]phrase{}
		names, err := fs.Glob(root, path.Join("locale", string(l), "*.json"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			content, err := fs.ReadFile(root, name)
			if err != nil {
				return nil, err
			}
			var part map[string]phrase
			if err := json.Unmarshal(content, &part); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			for key, p := range part {
				if _, taken := w[l][key]; taken {
					return nil, fmt.Errorf("%s: %q stands in another file too", name, key)
				}
				w[l][key] = p
			}
		}
	}
	return w, nil
}

// text returns the text under a key with its slots filled; slots are given as
// name, value, name, value. An unknown key is an error.
func (w words) text(l questions.Lang, key string, slots ...any) (string, error) {
	p, ok := w[l][key]
	if !ok {
		return "", fmt.Errorf("no %s text for %q", l, key)
	}
	if len(slots) == 0 {
		return p.Other, nil
	}
	text, pairs := p.Other, make([]string, 0, len(slots))
	for i := 0; i+1 < len(slots); i += 2 {
		name, value := fmt.Sprint(slots[i]), fmt.Sprint(slots[i+1])
		if name == "n" && value == "1" && p.One != "" {
			text = p.One
		}
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text), nil
}

// wordsNow returns the texts; in dev as they stand on disk.
func (a *app) wordsNow() words {
	if w, err := wordsOf(a.cfg); err == nil {
		return w
	}
	return a.words // a file is being edited
}

// Who reads traditional characters reads Chinese rather than English.
var (
	asked   = []language.Tag{language.MustParse("zh-CN"), language.English, language.TraditionalChinese}
	spoken  = []questions.Lang{questions.Chinese, questions.English, questions.Chinese}
	matcher = language.NewMatcher(asked)
)

const langKey = "lang"

// speak fixes the language of this answer: a sitting's, or a member's setting.
func speak(c *gin.Context, l questions.Lang) {
	if known(l) {
		c.Set(langKey, l)
	}
}

// known reports whether the pages speak that language.
func known(l questions.Lang) bool { return l == questions.Chinese || l == questions.English }

// lang is the language to answer in: what the handler fixed, else the cookie,
// else the best of Accept-Language.
func lang(c *gin.Context) questions.Lang {
	if l, ok := c.Get(langKey); ok {
		return l.(questions.Lang)
	}
	for _, name := range []string{langCookie, "__Host-" + langCookie} {
		if v, err := c.Request.Cookie(name); err == nil && known(questions.Lang(v.Value)) {
			return questions.Lang(v.Value)
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(c.GetHeader("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return questions.Chinese
	}
	_, i, _ := matcher.Match(wanted...)
	return spoken[i]
}
