package main_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/assess/assesstest/bench"
)

// Whole sittings by the processor time they cost the server: the link, consent,
// start, 24 durable answers and the submission, which marks them. Practice is
// left out, as a candidate may. The second figure also draws every item's page.
// On PostgreSQL the database's own time is not in it.
func BenchmarkSession(b *testing.B) {
	for _, engine := range benchEngines {
		h := buildHouse(b, engine.database(b))
		h.serve(b)
		answers := h.sessions(b, false)
		pages := h.sessions(b, true)
		bench.Figure("sessions per server CPU-second, "+engine.name, answers, "/s", bench.AtLeast(200))
		bench.Figure("the same with every item's page, "+engine.name, pages, "/s", bench.AtLeast(200))
		h.stop(b)
	}
}

const (
	sessionsAtOnce = 8
	sessionsEach   = 20 // enough to use a second or so of processor time
)

// sessions returns what each round reached.
func (h *benchHouse) sessions(b *testing.B, pages bool) (perSecond []float64) {
	b.Helper()
	for range bench.Rounds {
		var links [sessionsAtOnce * sessionsEach]string
		for i := range links {
			links[i] = "/t/" + assesstest.LinkToken(h.Invited(fmt.Sprintf("Ann %d", i)).Link)
		}
		faults := make(chan error, sessionsAtOnce)
		var all sync.WaitGroup
		before := h.cpu(b)
		for i := range sessionsAtOnce {
			all.Go(func() {
				for _, link := range links[i*sessionsEach:][:sessionsEach] {
					if err := h.session(link, pages); err != nil {
						faults <- err
						return
					}
				}
			})
		}
		all.Wait()
		close(faults)
		for err := range faults {
			b.Fatal(err)
		}
		perSecond = append(perSecond, float64(len(links))/(h.cpu(b)-before))
	}
	return perSecond
}

// session is one candidate's way from the link to the thanks.
func (h *benchHouse) session(link string, pages bool) error {
	c, err := bench.Seat(h.address, "", h.Form)
	if err != nil {
		return err
	}
	defer c.Close()
	c.Gzip = true
	if _, err := c.Get(link); err != nil {
		return err
	}
	for _, step := range []struct{ path, form string }{
		{link, "language=zh-CN"},
		{"/sit/consent", "assessment=yes&sharing=yes"},
		{"/sit/begin", ""},
	} {
		if r, err := c.PostForm(step.path, step.form); err != nil || r.Status != 200 {
			return fmt.Errorf("%s: %d, %w", step.path, r.Status, err)
		}
	}
	for position := range h.Form.Items {
		if pages && position > 0 { // the first has come with the start
			if r, err := c.Get("/sit/items/" + strconv.Itoa(position+1)); err != nil || r.Status != 200 {
				return fmt.Errorf("page %d: %d, %w", position+1, r.Status, err)
			}
		}
		if err := c.SaveFirst(position); err != nil {
			return err
		}
	}
	r, err := c.PostForm("/sit/submit", "confirm=yes")
	if err == nil && r.Status != 200 {
		err = fmt.Errorf("submit: %d", r.Status)
	}
	return err
}
