package assess_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

func TestATimeComesBackAsItWas(t *testing.T) {
	shanghai := time.FixedZone("Asia/Shanghai", 8*3600)
	moments := []time.Time{ // in order
		time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 29, 9, 0, 0, 0, shanghai),
		time.Date(2026, 3, 29, 1, 0, 0, 1000, time.UTC),
		time.Date(2026, 3, 29, 1, 0, 0, 2999, time.UTC), // the nanoseconds are cut off
		time.Date(2026, 3, 29, 1, 0, 1, 0, time.UTC),
		time.Date(2026, 10, 25, 1, 30, 0, 500_000_000, time.FixedZone("", -3600)),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	}
	assesstest.Each(t, func(t *testing.T, dsn string) {
		db := assesstest.Database(t, dsn)
		if _, err := db.Exec("CREATE TABLE moments (n BIGINT, at TIMESTAMPTZ)"); err != nil {
			t.Fatal(err)
		}
		for n, m := range moments {
			if _, err := db.Exec("INSERT INTO moments VALUES ($1, $2)", n, assess.At(m)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.Exec("INSERT INTO moments VALUES (-1, $1)", assess.Time{}); err != nil {
			t.Fatal(err)
		}
		var back []assess.Time
		if err := db.Select(&back, "SELECT at FROM moments WHERE at IS NOT NULL ORDER BY at"); err != nil {
			t.Fatal(err)
		}
		if len(back) != len(moments) {
			t.Fatalf("%d of %d came back", len(back), len(moments))
		}
		for n, m := range moments {
			if want := m.UTC().Truncate(time.Microsecond); !back[n].Equal(want) || back[n].Location() != time.UTC || back[n] != assess.At(m) {
				t.Errorf("%v came back as %v", m, back[n])
			}
			var before []int
			if err := db.Select(&before, "SELECT n FROM moments WHERE at < $1 ORDER BY n", assess.At(m)); err != nil || len(before) != n {
				t.Errorf("%d moments are before %v, want %d; %v", len(before), m, n, err)
			}
		}
		var none assess.Time
		if err := db.Get(&none, "SELECT at FROM moments WHERE at IS NULL"); err != nil || !none.IsZero() {
			t.Errorf("no time came back as %v, %v", none, err)
		}
	})
	for _, m := range append(slices.Clone(moments), time.Time{}) {
		text, err := json.Marshal(assess.At(m))
		if err != nil {
			t.Fatal(err)
		}
		var back assess.Time
		if err := json.Unmarshal(text, &back); err != nil || back != assess.At(m) {
			t.Errorf("%v is %s in JSON and %v again, %v", m, text, back, err)
		}
	}
	if text, err := json.Marshal(assess.Time{}); err != nil || string(text) != "null" {
		t.Errorf("no time is %s in JSON, %v", text, err)
	}
	var broken assess.Time
	for _, wrong := range []any{"yesterday", "2026-01-01", 7, []byte("2026-01-01T00:00:00Z")} {
		if err := broken.Scan(wrong); err == nil {
			t.Errorf("%v was read as %v", wrong, broken)
		}
	}
}
