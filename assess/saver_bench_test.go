package assess_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/assess/assesstest/bench"
	"github.com/fourfold/fourfold/web"
)

// Saving over HTTP on SQLite, synced in full: answers that commit together beside
// answers that commit one by one, through the same handler.
func BenchmarkAnswerSaveOnSQLite(b *testing.B) {
	const turn = 2 * time.Second
	reaches := []struct {
		clients int
		reach   float64
	}{{16, 2.5}, {64, 4}}
	const most = 64

	fmt.Println("SQLite with synchronous=FULL in", bench.Place(b.TempDir()))
	together := seated(b, most, false)
	oneByOne := seated(b, most, true)
	for _, r := range reaches {
		var ours, theirs []float64
		for range bench.Rounds {
			for _, side := range []struct {
				candidates []*bench.Candidate
				rates      *[]float64
			}{{together, &ours}, {oneByOne, &theirs}} {
				pace, err := bench.Drive(side.candidates[:r.clients], turn)
				if err != nil {
					b.Fatal(err)
				}
				*side.rates = append(*side.rates, pace.PerSecond)
			}
		}
		bench.Ratio(fmt.Sprintf("answer save ÷ one commit an answer, SQLite, c=%d", r.clients), ours, theirs, "/s", bench.AtLeast(r.reach))
	}
}

// seated gives candidates under way a connection each to a server of their own.
func seated(b *testing.B, n int, oneByOne bool) []*bench.Candidate {
	b.Helper()
	h := assesstest.Open(b, filepath.Join(b.TempDir(), "fourfold.db"))
	if oneByOne {
		h.CommitOneByOne()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := listener.Addr().String()
	server := &http.Server{Handler: web.New(h.Center, web.Config{PublicURL: &url.URL{Scheme: "http", Host: address}})}
	go server.Serve(listener) // it ends with the benchmark
	b.Cleanup(func() { server.Close() })
	candidates := make([]*bench.Candidate, n)
	for i := range candidates {
		seat := h.Invited(fmt.Sprintf("Ann %d", i)).Started().Seat
		if candidates[i], err = bench.Seat(address, "seat="+h.SeatCookie(seat), h.Form); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { candidates[i].Close() })
		if err := candidates[i].SaveAll(); err != nil {
			b.Fatal(err)
		}
	}
	return candidates
}
