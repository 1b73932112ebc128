// Package web talks: pages for candidates and recruiters, and JSON for applicant
// tracking systems. It reads a request, asks the center once and answers. What
// may happen, and to whom, the center decides.
package web

import (
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/notify"
)

func init() { gin.SetMode(gin.ReleaseMode) }

// maxBody is the largest request body the server reads, save where largestBody knows
// better: an answer is under 1 kB.
const maxBody = 64 << 10

// largestBody is how much of a request is read: only a form that hands in a key file,
// whose path names an assessment, and those of the table bodies may be long.
func largestBody(r *http.Request) int64 {
	if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/assessments/") && strings.HasSuffix(r.URL.Path, "/rescores") {
		return questions.MaxKey + maxBody
	}
	return max(maxBody, bodies[r.Method+" "+r.URL.Path])
}

// maxUpload is for the one page that takes files, of an author's items.
const maxUpload = 1 << 20

// Config is what the pages need to know of their surroundings.
type Config struct {
	PublicURL *url.URL // Where the outside finds this server; https here makes cookies secure.
	Dev       bool     // Read pages, texts and style sheets from ./web on each request.
	Log       *slog.Logger

	// TrustedProxies are the networks whose X-Forwarded-For is believed, as
	// addresses or CIDR; none by default.
	TrustedProxies []string

	// Outbound asks the identity providers that owners have named. Nil is a client
	// that reaches public addresses alone.
	Outbound *http.Client
}

// app is what the three rooms share.
type app struct {
	center *assess.Center
	cfg    Config
	log    *slog.Logger
	words  words
	pages  pages
	assets *assets
	oidc   *providers
}

// New returns the handler of every page and of the API. It panics when a text or
// file built into the program is broken, as a test would have told.
func New(center *assess.Center, cfg Config) http.Handler {
	return newApp(center, cfg).handler()
}

func newApp(center *assess.Center, cfg Config) *app {
	if cfg.PublicURL == nil {
		cfg.PublicURL = &url.URL{Scheme: "http", Host: "localhost"}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Outbound == nil {
		cfg.Outbound = notify.Client(false)
	}
	a := &app{center: center, cfg: cfg, log: cfg.Log, oidc: newProviders(cfg.Outbound)}
	must := func(err error) {
		if err != nil {
			panic("web: " + err.Error())
		}
	}
	var err error
	a.assets, err = loadAssets(files(cfg.Dev), cfg.Dev)
	must(err)
	a.words, err = wordsOf(cfg)
	must(err)
	a.pages, err = loadPages(files(cfg.Dev), a.words, a.assets)
	must(err)
	return a
}

// handler puts around the routes what every request passes through.
func (a *app) handler() http.Handler {
	engine := a.router()
	zip, err := gzhttp.NewWrapper(gzhttp.MinSize(600), gzhttp.EnableZstd(false))
	if err != nil {
		panic("web: " + err.Error())
	}
	return zip(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.secure(w.Header())
		r.Body = http.MaxBytesReader(w, r.Body, largestBody(r))
		engine.ServeHTTP(w, r)
	}))
}

// policy lets a page use our own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// always are the headers of every reply. The values are shared: a handler that
// wants another one sets it, and none appends.
var always = http.Header{
	"Content-Security-Policy":    {policy},
	"X-Content-Type-Options":     {"nosniff"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
	"Referrer-Policy":            {"no-referrer"},
	"Cache-Control":              {"no-store"},
}

func (a *app) secure(h http.Header) {
	maps.Copy(h, always)
	h["X-Request-Id"] = []string{strconv.FormatUint(rand.Uint64(), 36)} // finds a line of the log; no secret
	if a.https() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// sameSite refuses forms that another site's page sent.
func (a *app) sameSite() gin.HandlerFunc {
	guard := http.NewCrossOriginProtection()
	if err := guard.AddTrustedOrigin(a.cfg.PublicURL.Scheme + "://" + a.cfg.PublicURL.Host); err != nil {
		panic("web: public URL: " + err.Error())
	}
	return func(c *gin.Context) {
		if guard.Check(c.Request) != nil {
			a.failed(c, errCrossSite)
			c.Abort()
		}
	}
}

func (a *app) https() bool { return a.cfg.PublicURL.Scheme == "https" }

// recovered turns a panic into the same apology as any other fault of ours.
func (a *app) recovered(c *gin.Context, what any) {
	a.log.Error("panic", "request", requestID(c), "route", c.FullPath(), "panic", what)
	a.failed(c, errInternal)
}

// slow is how long a request may take without being remarked on.
const slow = time.Second

// logged writes a line for each request that failed or was slow, and for every
// one where the log wants details. A path that holds a secret is logged as its
// route, and a path that met no route not at all.
func (a *app) logged(c *gin.Context) {
	began := time.Now()
	c.Next()
	level, took := slog.LevelDebug, time.Since(began)
	if took >= slow || c.Writer.Status() >= http.StatusBadRequest {
		level = slog.LevelInfo
	}
	if !a.log.Enabled(c.Request.Context(), level) {
		return
	}
	path := c.Request.URL.Path
	if c.FullPath() == "" || c.Param("token") != "" {
		path = c.FullPath()
	}
	a.log.Log(c.Request.Context(), level, "request", "request", requestID(c), "method", c.Request.Method, "path", path,
		"status", c.Writer.Status(), "bytes", c.Writer.Size(), "ms", took.Milliseconds())
}

func requestID(c *gin.Context) string { return c.Writer.Header().Get("X-Request-Id") }
