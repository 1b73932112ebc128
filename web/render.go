package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// pages holds each page once per language, with t bound to it. A page is parsed
// when it is first shown: there are many, and a server that has just started owes
// a candidate one.
type pages map[questions.Lang]map[string]func() (*template.Template, error)

// loadPages finds pages/*.html and pages/<room>/*.html. Every page stands in
// base.html; files that begin with "_" are shared by the pages of their room.
func loadPages(root fs.FS, w words, a *assets) (pages, error) {
	names, err := fs.Glob(root, "pages/*.html")
	if err != nil {
		return nil, err
	}
	rooms, err := fs.Glob(root, "pages/*/*.html")
	if err != nil {
		return nil, err
	}
	all := pages{}
	for _, l := range languages {
		base, err := template.New("base.html").Funcs(functions(l, w, a)).ParseFS(root, "pages/base.html")
		if err != nil {
			return nil, err
		}
		all[l] = map[string]func() (*template.Template, error){}
		for _, name := range append(names, rooms...) {
			if file := path.Base(name); file == "base.html" || file[0] == '_' {
				continue
			}
			page := strings.TrimSuffix(strings.TrimPrefix(name, "pages/"), ".html")
			all[l][page] = sync.OnceValues(func() (*template.Template, error) { return parsePage(root, base, name) })
		}
	}
	return all, nil
}

func parsePage(root fs.FS, base *template.Template, name string) (*template.Template, error) {
	shared, err := fs.Glob(root, path.Dir(name)+"/_*.html")
	if err != nil {
		return nil, err
	}
	set, err := base.Clone()
	if err != nil {
		return nil, err
	}
	return set.ParseFS(root, append(shared, name)...)
}

// functions are what every page may call:
//
//	{{t "key" "slot" .Value}}  a text of the page's language
//	{{text .Title}}            a text that carries both languages
//	{{lang}}                   "zh-CN" or "en"
//	{{asset "base.css"}}       the URL of a static file
//	{{day .T}} {{moment .T}}   a date; a date and time with its zone
func functions(l questions.Lang, w words, a *assets) template.FuncMap {
	return template.FuncMap{
		"t":      func(key string, slots ...any) (string, error) { return w.text(l, key, slots...) },
		"text":   func(t questions.Text) string { return t.In(l) },
		"lang":   func() string { return string(l) },
		"asset":  a.url,
		"day":    func(t assess.Time) string { return format(l, t.Time, false) },
		"moment": func(t assess.Time) string { return format(l, t.Time, true) },
	}
}

// format writes a date as the language does, in the server's time zone.
func format(l questions.Lang, t time.Time, clock bool) string {
	if t.IsZero() {
		return ""
	}
	layout := "2006年1月2日"
	if l == questions.English {
		layout = "2 January 2006"
	}
	if clock {
		layout += " 15:04 MST"
	}
	return t.Local().Format(layout)
}

// render writes a page in the reader's language. Nothing is sent before the page
// is whole, so that a broken one becomes an error and not half a page.
func (a *app) render(c *gin.Context, status int, page string, view any) error {
	out, err := a.execute(lang(c), page, "base.html", view)
	if err != nil {
		return err
	}
	c.Data(status, "text/html; charset=utf-8", out)
	return nil
}

// execute fills one block of a page; "base.html" is the whole of it.
func (a *app) execute(l questions.Lang, page, block string, view any) ([]byte, error) {
	all := a.pages
	if a.cfg.Dev {
		var err error
		if all, err = loadPages(files(true), a.wordsNow(), a.assets); err != nil {
			return nil, err
		}
	}
	parsed, ok := all[l][page]
	if !ok {
		return nil, fmt.Errorf("no page %q", page)
	}
	set, err := parsed()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = set.ExecuteTemplate(&out, block, view)
	return out.Bytes(), err
}
