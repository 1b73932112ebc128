package bench

import (
	"math"
	"slices"
	"sync"
	"time"
)

// Pace is how a load was taken.
type Pace struct {
	PerSecond float64

	waits []time.Duration // sorted
}

// Quantile is the wait, in seconds, that the given share of requests did not exceed.
func (p Pace) Quantile(share float64) float64 {
	at := int(math.Ceil(share*float64(len(p.waits)))) - 1
	return p.waits[max(at, 0)].Seconds()
}

// Drive lets each worker send its next request as soon as it has the reply to the
// one before, for as long as told. The first error ends that worker and is returned.
func Drive[W interface{ Next() error }](workers []W, during time.Duration) (Pace, error) {
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		pace  Pace
		fault error
	)
	began := time.Now()
	for _, w := range workers {
		all.Go(func() {
			var waits []time.Duration
			var err error
			for sent := began; err == nil && sent.Sub(began) < during; {
				err = w.Next()
				now := time.Now()
				waits = append(waits, now.Sub(sent))
				sent = now
			}
			mu.Lock()
			defer mu.Unlock()
			pace.waits = append(pace.waits, waits...)
			if fault == nil {
				fault = err
			}
		})
	}
	all.Wait()
	pace.PerSecond = float64(len(pace.waits)) / time.Since(began).Seconds()
	slices.Sort(pace.waits)
	return pace, fault
}
