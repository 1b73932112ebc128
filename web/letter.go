package web

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/ats"
	"github.com/fourfold/fourfold/web/notify"
)

//go:embed mail
var letters embed.FS

// Stationery is what is needed to write outside of a request: to candidates, and
// to applicant tracking systems.
type Stationery struct {
	cfg   Config
	words words
	text  map[questions.Lang]*template.Template
	html  map[questions.Lang]*htmltemplate.Template
}

// NewStationery reads texts and letters. It fails when one built into the program
// is broken, as a test would have told.
func NewStationery(cfg Config) (*Stationery, error) {
	w, err := loadWords(files(cfg.Dev))
	if err != nil {
		return nil, err
	}
	s := &Stationery{cfg: cfg, words: w, text: map[questions.Lang]*template.Template{}, html: map[questions.Lang]*htmltemplate.Template{}}
	for _, l := range languages {
		if s.text[l], err = template.New("invitation.txt").Funcs(template.FuncMap(functions(l, w, nil))).ParseFS(letters, "mail/invitation.txt"); err != nil {
			return nil, err
		}
		if s.html[l], err = htmltemplate.New("invitation.html").Funcs(functions(l, w, nil)).ParseFS(letters, "mail/invitation.html"); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Speak returns the words in which vendors are told.
func (s *Stationery) Speak(l questions.Lang) ats.Words { return wordsFor(s.words, l, s.cfg) }

// Write writes a candidate's letter.
func (s *Stationery) Write(l assess.Letter) (notify.Mail, error) {
	if !known(l.Language) {
		l.Language = languages[0]
	}
	subject, err := s.words.text(l.Language, "mail.subject", "organization", l.Organization)
	if err != nil {
		return notify.Mail{}, err
	}
	var text, html bytes.Buffer
	if err := s.text[l.Language].Execute(&text, l); err != nil {
		return notify.Mail{}, fmt.Errorf("letter: %w", err)
	}
	if err := s.html[l.Language].Execute(&html, l); err != nil {
		return notify.Mail{}, fmt.Errorf("letter: %w", err)
	}
	return notify.Mail{To: l.To, Name: l.Name, FromName: l.Organization, Subject: strings.TrimSpace(subject), Text: text.String(), HTML: html.String()}, nil
}
