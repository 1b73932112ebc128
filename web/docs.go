package web

import (
	"compress/gzip"
	"context"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/swaggest/swgui/v5/static"

	"github.com/fourfold/fourfold/assess"
)

// docsPolicy differs from the policy of all other pages in one word: Swagger UI
// writes style attributes.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// docsFiles are the files of Swagger UI the page needs; it is served from here
// like everything else, so the page works without the Internet.
var docsFiles = []string{"swagger-ui.css", "swagger-ui-bundle.js"}

// docsPage explains the API: Swagger UI over the OpenAPI document, and a
// paragraph for every code a problem may carry.
type docsPage struct {
	Server   string
	Calls    []docsCall
	Problems []docsProblem
}

type docsProblem struct {
	Word   assess.Error
	Status int
	Title  string
	Detail string
}

func (h api) docs(c *gin.Context) error {
	p := docsPage{Server: strings.TrimSuffix(h.cfg.PublicURL.String(), "/"), Calls: h.book.calls()}
	for word, status := range statuses {
		p.Problems = append(p.Problems, docsProblem{
			word, status, h.problemText(lang(c), string(word)+".title"), h.problemText(lang(c), string(word), "scope", "…"),
		})
	}
	slices.SortFunc(p.Problems, func(a, b docsProblem) int { return strings.Compare(string(a.Word), string(b.Word)) })
	c.Header("Content-Security-Policy", docsPolicy)
	return h.render(c, http.StatusOK, "api/docs", p)
}

// docsFile sends a file of Swagger UI as it lies in the program: compressed.
func (h api) docsFile(c *gin.Context) error {
	name := c.Param("file")
	if !slices.Contains(docsFiles, name) {
		return assess.ErrNotFound
	}
	packed, err := static.FS.Open(name + ".gz")
	if err != nil {
		return err
	}
	defer packed.Close()
	c.Header("Content-Type", mime.TypeByExtension(path.Ext(name)))
	c.Header("Cache-Control", "public, max-age=86400")
	c.Header("Vary", "Accept-Encoding")
	if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		c.Header("Content-Encoding", "gzip")
		_, err = io.Copy(c.Writer, packed)
		return err
	}
	plain, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	_, err = io.Copy(c.Writer, plain)
	return err
}

func (h api) openAPI() operation[struct{}, document] {
	return operation[struct{}, document]{
		id:      "getOpenAPI",
		summary: "This document",
		answer:  map[string]any{"type": "object"},
		handle: func(context.Context, assess.Actor, struct{}) (document, error) {
			text, err := h.book.write()
			return document{Content: text}, err
		},
	}
}
