package main_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess/assesstest/bench"
	"github.com/fourfold/fourfold/assess/measure"
)

// Item analysis of a million persons on 40 items: psych::alpha in R beside alpha, its
// interval and every item's statistics here, both from marks in memory. Ours has one
// core.
func BenchmarkAlphaBesideR(b *testing.B) {
	const persons, items = 1_000_000, 40
	besideR(b, "psych::alpha ÷ ours, 1M × 40, one core", "alpha", persons, items, 200, func(marks []uint8) {
		s, _ := measure.NewSliced(slices.Repeat([]int64{1}, items))
		for row := range slices.Chunk(marks, items) {
			s.Add(row)
		}
		c := s.Moments().Covariance()
		measure.AlphaInterval(c)
		measure.Items(c)
	})
}

// Mantel–Haenszel of 40 items over 100,000 persons in two groups, matched on the sum: the
// tables and mantelhaen.test for each item in R, tables and statistics here.
func BenchmarkMantelHaenszelBesideR(b *testing.B) {
	const persons, items = 100_000, 40
	besideR(b, "mantelhaen.test ÷ ours, 100k × 40, one core", "mh", persons, items, 300, func(marks []uint8) {
		m, person := measure.NewMatched(slices.Repeat([]int{2}, items)), 0
		for row := range slices.Chunk(marks, items) {
			score := int64(0)
			for _, x := range row {
				score += int64(x)
			}
			m.Add(score, measure.Side(person%2), row)
			person++
		}
		for i := range items {
			var tables []measure.Table
			for _, s := range m.Strata(i) {
				tables = append(tables, s.Table())
			}
			measure.MH(tables)
		}
	})
}

// besideR prints how many times as long R takes as ours.
func besideR(b *testing.B, name, statistic string, persons, items int, reach float64, ours func(marks []uint8)) {
	b.Helper()
	r, err := startR(statistic, persons, items)
	if err != nil {
		fmt.Printf("%s: %v; R with psych comes by tools/bring r\n", name, err)
		return
	}
	defer r.stop()
	random := rand.New(rand.NewPCG(9, 9))
	marks := make([]uint8, persons*items)
	for i := range marks {
		marks[i] = uint8(random.UintN(2))
	}
	var theirs, took []float64
	for range bench.Rounds {
		seconds, err := r.time()
		if err != nil {
			b.Fatal(err)
		}
		theirs, took = append(theirs, seconds), append(took, onOneCore(func() { ours(marks) }))
	}
	bench.Ratio(name, theirs, took, "s", bench.AtLeast(reach))
}

// onOneCore returns the seconds a piece of work takes on one processor, the best of three,
// since it is short beside what else a machine does.
func onOneCore(work func()) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	best := time.Hour
	for range 3 {
		began := time.Now()
		work()
		best = min(best, time.Since(began))
	}
	return best.Seconds()
}

// rProcess is an R that holds its data in memory and times itself when asked.
type rProcess struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startR(statistic string, persons, items int) (*rProcess, error) {
	r := &rProcess{command: exec.Command("Rscript", "--vanilla", filepath.Join("..", "..", "tools", "bench.R"),
		statistic, strconv.Itoa(persons), strconv.Itoa(items))}
	var err error
	if r.in, err = r.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.command.Stderr = os.Stderr
	r.out = bufio.NewReader(out)
	if err := r.command.Start(); err != nil {
		return nil, err
	}
	if line, err := r.out.ReadString('\n'); err != nil || line != "ready\n" {
		r.stop()
		return nil, fmt.Errorf("R did not get ready: %q", line)
	}
	return r, nil
}

// time lets R work once.
func (r *rProcess) time() (seconds float64, err error) {
	if _, err := fmt.Fprintln(r.in); err != nil {
		return 0, err
	}
	line, err := r.out.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(line), 64)
}

func (r *rProcess) stop() {
	r.in.Close()
	r.command.Wait()
}
