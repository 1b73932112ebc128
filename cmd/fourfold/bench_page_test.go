package main_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/assess/assesstest/bench"
	"github.com/fourfold/fourfold/web"
)

// From the start of the program to the first page a candidate gets, on a database
// whose migrations have been applied; they are checked all the same.
func BenchmarkColdStart(b *testing.B) {
	const starts = 15
	for _, engine := range benchEngines {
		h := buildHouse(b, engine.database(b))
		link := "/t/" + assesstest.LinkToken(h.Invited("Ann").Link)
		var waits []float64
		for range starts {
			h.address = freeAddress(b)
			began := time.Now()
			h.start(b)
			client := h.dial(b)
			r, err := client.Get(link)
			waits = append(waits, time.Since(began).Seconds()*1000)
			if err != nil || r.Status != http.StatusOK {
				b.Fatalf("%s: %d, %v", link, r.Status, err)
			}
			client.Close()
			h.stop(b)
		}
		bench.Figure("cold start to the first candidate page, "+engine.name, waits, "ms", bench.AtMost(60))
	}
}

var assetOnPage = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)

// What a phone fetches at first sight: the page, its styles and its scripts,
// compressed, with every header.
func BenchmarkPageWeight(b *testing.B) {
	h := buildHouse(b, benchEngines[0].database(b))
	link := "/t/" + assesstest.LinkToken(h.Invited("Ann").Link)
	cookies := h.sittings(b, 1)
	h.serve(b)
	for _, page := range []struct{ name, path, cookie string }{{"link page", link, ""}, {"item page", "/sit/items/1", cookies[0]}} {
		plain, zipped := h.dial(b), h.dial(b)
		plain.Cookie, zipped.Cookie, zipped.Gzip = page.cookie, page.cookie, true
		r, err := plain.Get(page.path)
		if err != nil || r.Status != http.StatusOK {
			b.Fatalf("%s: %d, %v", page.path, r.Status, err)
		}
		fetch := []string{page.path}
		for _, asset := range assetOnPage.FindAllStringSubmatch(string(r.Body), -1) {
			fetch = append(fetch, asset[1])
		}
		for _, path := range fetch {
			if r, err := zipped.Get(path); err != nil || r.Status != http.StatusOK {
				b.Fatalf("%s: %d, %v", path, r.Status, err)
			}
		}
		plain.Close()
		zipped.Close()
		bench.Figure("first load over the wire, "+page.name, []float64{float64(zipped.Received) / 1000}, "kB", bench.AtMost(30))
	}
}

// An item's page beside the least a Gin server can say; both serve in this very
// process, so that neither has a processor more.
func BenchmarkItemPage(b *testing.B) {
	const clients = 16
	hello := gin.New()
	hello.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "hello") })
	plain := listen(b, func(*url.URL) http.Handler { return hello })

	for _, engine := range benchEngines {
		h := buildHouse(b, engine.database(b))
		cookies := h.sittings(b, clients)
		h.address = listen(b, func(public *url.URL) http.Handler {
			log, err := os.Create(filepath.Join(b.TempDir(), "log"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { log.Close() })
			return web.New(h.Center, web.Config{PublicURL: public, Log: slog.New(slog.NewTextHandler(log, nil))})
		})
		readers, greeted := make([]reader, clients), make([]reader, clients)
		for i := range clients {
			readers[i] = reader{h.seat(b, cookies[i]).Client, "/sit/items/3"}
			client, err := bench.Dial(plain)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { client.Close() })
			greeted[i] = reader{client, "/"}
		}
		var ours, theirs []float64
		for range bench.Rounds {
			for _, side := range []struct {
				readers []reader
				rates   *[]float64
			}{{readers, &ours}, {greeted, &theirs}} {
				pace, err := bench.Drive(side.readers, turn)
				if err != nil {
					b.Fatal(err)
				}
				*side.rates = append(*side.rates, pace.PerSecond)
			}
		}
		bench.Ratio("item page ÷ Gin's hello, "+engine.name, ours, theirs, "/s", bench.AtLeast(0.6))
	}
}

// reader asks for one page again and again.
type reader struct {
	*bench.Client
	path string
}

func (r reader) Next() error {
	reply, err := r.Get(r.path)
	if err == nil && reply.Status != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", r.path, reply.Status, reply.Body)
	}
	return err
}

// listen serves a handler in this process and returns its address.
func listen(b *testing.B, handler func(public *url.URL) http.Handler) (address string) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address = listener.Addr().String()
	server := &http.Server{Handler: handler(&url.URL{Scheme: "http", Host: address})}
	go server.Serve(listener) // it ends with the benchmark
	b.Cleanup(func() { server.Close() })
	return address
}

// The recruiter's list of two hundred thousand invitations: its last page beside
// its first.
func BenchmarkInvitationList(b *testing.B) {
	const invitations, fetches = 200_000, 25
	for _, engine := range benchEngines {
		h := buildHouse(b, engine.database(b))
		h.Invited("Ann")
		h.copyInvitations(b, invitations)
		if h.Postgres() {
			h.exec(b, "ANALYZE") // as its autovacuum would soon
		}
		session, err := h.SignIn(b.Context(), "olive@harbour.test", "a long enough password")
		if err != nil {
			b.Fatal(err)
		}
		paths := []string{"/candidates?cursor=" + url.QueryEscape(h.lastCursor(b)), "/candidates"}
		h.serve(b)
		client := h.dial(b)
		client.Cookie = "session=" + session.Token
		times := make([][]float64, len(paths))
		for range bench.Rounds {
			for i, path := range paths {
				pace, err := fetchSome(reader{client, path}, fetches)
				if err != nil {
					b.Fatal(err)
				}
				times[i] = append(times[i], bench.Median(pace))
			}
		}
		bench.Ratio("invitation list, last ÷ first page of 200,000, "+engine.name, times[0], times[1], "ms", bench.AtMost(1.2))
		client.Close()
		h.stop(b)
	}
}

// fetchSome returns how long each fetch took, in milliseconds.
func fetchSome(r interface{ Next() error }, n int) (waits []float64, err error) {
	for range n {
		began := time.Now()
		if err := r.Next(); err != nil {
			return nil, err
		}
		waits = append(waits, time.Since(began).Seconds()*1000)
	}
	return waits, nil
}

// lastCursor turns the pages of the list's own order to the last one.
func (h *benchHouse) lastCursor(b *testing.B) string {
	b.Helper()
	filter := assess.InvitationFilter{Sort: "changed", Descending: true, Limit: assess.LargestPage}
	for {
		page, err := h.Invitations(b.Context(), h.Owner, filter)
		if err != nil {
			b.Fatal(err)
		}
		if page.Next == "" {
			return filter.Cursor
		}
		filter.Cursor = page.Next
	}
}

// What the server holds of the machine's memory once each of ten thousand
// candidates under way has read a page and saved an answer.
func BenchmarkMemory(b *testing.B) {
	const sittings, connections = 10_000, 16
	for _, engine := range benchEngines {
		h := buildHouse(b, engine.database(b))
		cookies := h.sittings(b, sittings)
		h.serve(b)
		faults := make(chan error, connections)
		for share := range slices.Chunk(cookies, sittings/connections) {
			go func() { faults <- h.touch(share) }()
		}
		for range connections {
			if err := <-faults; err != nil {
				b.Fatal(err)
			}
		}
		var held []float64
		for range bench.Rounds {
			held = append(held, h.pss(b))
			time.Sleep(200 * time.Millisecond)
		}
		bench.Figure("memory with 10,000 open sittings, "+engine.name, held, "MiB", bench.AtMost(40))
		h.stop(b)
	}
}

// touch lets each candidate in turn read the page of an item and answer it.
func (h *benchHouse) touch(cookies []string) error {
	c, err := bench.Seat(h.address, "", h.Form)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, c.Cookie = range cookies {
		if r, err := c.Get("/sit/items/1"); err != nil || r.Status != http.StatusOK {
			return fmt.Errorf("item page: %d, %w", r.Status, err)
		}
		if err := c.SaveFirst(0); err != nil {
			return err
		}
	}
	return nil
}
