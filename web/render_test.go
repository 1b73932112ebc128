package web

import (
	"testing"

	"github.com/fourfold/fourfold/assess/assesstest"
)

// A page is parsed when it is first shown; here all of them are.
func TestEveryPageParses(t *testing.T) {
	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	for l, all := range newApp(house.Center, Config{}).pages {
		if len(all) < 20 {
			t.Errorf("%s: only %d pages", l, len(all))
		}
		for name, parsed := range all {
			if _, err := parsed(); err != nil {
				t.Errorf("%s, %s: %v", l, name, err)
			}
		}
	}
}
