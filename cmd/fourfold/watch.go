package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Reading shorter than this needs no progress to be told; a log gets a line now and then.
const (
	patience   = 2 * time.Second
	logEvery   = 10 * time.Second
	redrawTime = 200 * time.Millisecond
)

// watched tells how far a long file has been read: a bar where somebody watches, lines
// in a log.
type watched struct {
	in         io.Reader
	name       string
	size, read int64
	out        io.Writer
	bar        *progressbar.ProgressBar
	next       time.Time
}

// watch wraps a reader; a size of 0 is not known.
func watch(in io.Reader, name string, size int64, out io.Writer) io.Reader {
	return &watched{in: in, name: name, size: size, out: out, next: time.Now().Add(patience)}
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	w.read += int64(n)
	if err != nil {
		if w.bar != nil {
			w.bar.Finish()
		}
		return n, err
	}
	if now := time.Now(); now.After(w.next) {
		w.tell(now)
	}
	return n, nil
}

func (w *watched) tell(now time.Time) {
	if terminal(w.out) {
		if w.bar == nil {
			size := w.size
			if size == 0 {
				size = -1
			}
			w.bar = progressbar.NewOptions64(size, progressbar.OptionSetWriter(w.out), progressbar.OptionShowBytes(true),
				progressbar.OptionSetDescription("reading "+w.name), progressbar.OptionClearOnFinish())
		}
		w.bar.Set64(w.read)
		w.next = now.Add(redrawTime)
		return
	}
	if w.size > 0 {
		fmt.Fprintf(w.out, "reading %s: %d %%\n", w.name, 100*w.read/w.size)
	} else {
		fmt.Fprintf(w.out, "reading %s: %d MB\n", w.name, w.read/1_000_000)
	}
	w.next = now.Add(logEvery)
}
