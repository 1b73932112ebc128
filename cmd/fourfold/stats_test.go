package main_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess/assesstest"
)

// The program says that the statistics hold, and names what does not when somebody has
// changed them behind its back.
func TestStatsVerifyNamesWhatDiffers(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		for range 3 {
			if _, err := h.Submit(t.Context(), h.Invited("Ann").Started().Answers().Seat); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		verify := func() (out string, status int) {
			t.Helper()
			c := exec.Command(path, "stats", "verify")
			c.Env = append(os.Environ(), "DATABASE_URL="+dsn, "FOURFOLD_SECRET="+assesstest.Secret)
			printed, err := c.CombinedOutput()
			if err != nil && !errors.As(err, new(*exec.ExitError)) {
				t.Fatal(err)
			}
			return string(printed), c.ProcessState.ExitCode()
		}
		if out, status := verify(); status != 0 || !strings.Contains(out, "Harbour Collections: the statistics of 3 results hold") {
			t.Errorf("%d: %s", status, out)
		}
		db := h.Database()
		if _, err := db.Exec("UPDATE statistics SET n = n + 1"); err != nil {
			t.Fatal(err)
		}
		if out, status := verify(); status != 1 || !strings.Contains(out, h.Assessment.FormHash) || !strings.Contains(out, "n of the row: kept") {
			t.Errorf("%d: %s", status, out)
		}
		if _, err := db.Exec("DELETE FROM statistics"); err != nil {
			t.Fatal(err)
		}
		if out, status := verify(); status != 1 || !strings.Contains(out, "results: kept 0, recounted") {
			t.Errorf("%d: %s", status, out)
		}
	})
}
