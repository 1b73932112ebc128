package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

//go:embed all:pages static locale
var embedded embed.FS

// files is where pages, texts and style sheets come from.
func files(dev bool) fs.FS {
	if dev {
		return os.DirFS("web")
	}
	return embedded
}

// assets are the style sheets and scripts. Their URLs carry a hash of the
// content, so a browser may keep each for ever.
type assets struct {
	files fs.FS
	dev   bool
	urls  map[string]string // file name → URL
	names map[string]string // last part of the URL → file name
}

func loadAssets(root fs.FS, dev bool) (*assets, error) {
	a := &assets{files: root, dev: dev, urls: map[string]string{}, names: map[string]string{}}
	entries, err := fs.ReadDir(root, "static")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		content, err := fs.ReadFile(root, "static/"+e.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(e.Name())
		hashed := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:5]) + ext
		if dev {
			hashed = e.Name()
		}
		a.urls[e.Name()] = "/static/" + hashed
		a.names[hashed] = e.Name()
	}
	return a, nil
}

// url returns where a static file is found; pages call it as {{asset "base.css"}}.
func (a *assets) url(name string) (string, error) {
	if u, ok := a.urls[name]; ok {
		return u, nil
	}
	return "", fs.ErrNotExist
}

func (a *assets) serve(c *gin.Context) error {
	name, ok := a.names[c.Param("file")]
	if !ok {
		return assess.ErrNotFound
	}
	content, err := fs.ReadFile(a.files, "static/"+name)
	if err != nil {
		return err
	}
	if !a.dev {
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(c.Writer, c.Request, name, time.Time{}, bytes.NewReader(content))
	return nil
}
