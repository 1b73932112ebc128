package web

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/httprate"
)

// Ten calls a second are ample for a program that orders tests and polls for
// results; candidates' answers do not pass here and are never held back.
const (
	callsPerMinute    = 600
	attemptsPerMinute = 30
)

// budget is how many calls a caller may make in a sliding minute.
type budget struct {
	limit int
	rate  *httprate.RateLimiter
}

func newBudget(perMinute int) *budget {
	return &budget{perMinute, httprate.NewRateLimiter(perMinute, time.Minute)}
}

// spend takes one call from a caller's budget, and says in the answer's headers
// what is left; errTooMany when nothing is.
func (b *budget) spend(c *gin.Context, caller string) error {
	over := b.rate.OnLimit(c.Writer, c.Request, caller)
	h := c.Writer.Header()
	reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return err
	}
	wait := max(1, int(time.Until(time.Unix(reset, 0)).Seconds()))
	h.Set("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=60`, b.limit))
	h.Set("RateLimit", fmt.Sprintf(`"default";r=%s;t=%d`, h.Get("X-RateLimit-Remaining"), wait))
	if over {
		h.Set("Retry-After", strconv.Itoa(wait))
		return errTooMany
	}
	return nil
}
