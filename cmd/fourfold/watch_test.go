package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// A log is told how far a long file has been read; a short one is not worth a line.
func TestLongReadingIsReported(t *testing.T) {
	var log bytes.Buffer
	short := watch(strings.NewReader("text"), "a.csv", 4, &log)
	if _, err := io.ReadAll(short); err != nil || log.Len() > 0 {
		t.Errorf("a short file: %q, %v", log.String(), err)
	}
	for size, want := range map[int64]string{0: "reading a.csv: 0 MB\n", 40: "reading a.csv: 25 %\n"} {
		log.Reset()
		w := watch(strings.NewReader(strings.Repeat("x", 10)), "a.csv", size, &log).(*watched)
		w.next = time.Now().Add(-time.Second)
		if _, err := io.ReadAll(w); err != nil || log.String() != want {
			t.Errorf("size %d: %q, %v; want %q", size, log.String(), err, want)
		}
	}
}
