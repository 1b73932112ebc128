package web

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
	"text/template"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/ats"
	"github.com/fourfold/fourfold/web/notify"
)

//go:embed mail
var letters embed.FS

// Stationery is what is needed to write outside of a request: to candidates, and
// to applicant tracking systems. It is read when something is first written, for
// the server should be there at once.
type Stationery struct {
	cfg  Config
	read func() drawer
}

// drawer holds the texts and the letters.
type drawer struct {
	words words
	text  map[questions.Lang]*template.Template
	html  map[questions.Lang]*htmltemplate.Template
}

// NewStationery returns it, and begins to read the texts, which the pages will want too:
// a server that starts can open its database meanwhile. It panics on first use when a
// text or letter built into the program is broken, as a test would have told.
func NewStationery(cfg Config) *Stationery {
	if !cfg.Dev {
		go builtInWords() // whoever needs them hears of a fault
	}
	return &Stationery{cfg, sync.OnceValue(func() drawer {
		d, err := openDrawer(cfg)
		if err != nil {
			panic("web: " + err.Error())
		}
		return d
	})}
}

func openDrawer(cfg Config) (drawer, error) {
	w, err := wordsOf(cfg)
	if err != nil {
		return drawer{}, err
	}
	d := drawer{words: w, text: map[questions.Lang]*template.Template{}, html: map[questions.Lang]*htmltemplate.Template{}}
	for _, l := range languages {
		if d.text[l], err = template.New("invitation.txt").Funcs(template.FuncMap(functions(l, w, nil))).ParseFS(letters, "mail/invitation.txt"); err != nil {
			return drawer{}, err
		}
		if d.html[l], err = htmltemplate.New("invitation.html").Funcs(functions(l, w, nil)).ParseFS(letters, "mail/invitation.html"); err != nil {
			return drawer{}, err
		}
	}
	return d, nil
}

// Speak returns the words in which vendors are told.
func (s *Stationery) Speak(l questions.Lang) ats.Words { return wordsFor(s.read().words, l, s.cfg) }

// Write writes a candidate's letter.
func (s *Stationery) Write(l assess.Letter) (notify.Mail, error) {
	if !known(l.Language) {
		l.Language = languages[0]
	}
	d := s.read()
	subject, err := d.words.text(l.Language, "mail.subject", "organization", l.Organization)
	if err != nil {
		return notify.Mail{}, err
	}
	var text, html bytes.Buffer
	if err := d.text[l.Language].Execute(&text, l); err != nil {
		return notify.Mail{}, fmt.Errorf("letter: %w", err)
	}
	if err := d.html[l.Language].Execute(&html, l); err != nil {
		return notify.Mail{}, fmt.Errorf("letter: %w", err)
	}
	return notify.Mail{To: l.To, Name: l.Name, FromName: l.Organization, Subject: strings.TrimSpace(subject), Text: text.String(), HTML: html.String()}, nil
}
