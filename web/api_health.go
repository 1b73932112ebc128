package web

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

// live says that the process answers, whatever became of its database: a
// supervisor that restarts it for the database's sake would only make it worse.
func (h api) live(c *gin.Context) error {
	c.String(http.StatusOK, "ok\n")
	return nil
}

// ready says whether to send traffic here: the database takes writes and has the
// schema this program knows.
func (h api) ready(c *gin.Context) error {
	if err := h.center.Ready(c.Request.Context()); err != nil {
		return fmt.Errorf("%w: %w", assess.ErrUnavailable, err)
	}
	c.String(http.StatusOK, "ready\n")
	return nil
}
