package assess

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Time is a moment in UTC to the microsecond, which is what both engines keep.
// The zero Time is NULL in a row and null in JSON.
type Time struct{ time.Time }

// storedTime has a fixed width, so that SQLite, which compares text, orders time.
const storedTime = "2006-01-02T15:04:05.000000Z"

// At returns the moment as both engines will give it back.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Truncate(time.Microsecond)}
}

// Value writes the moment for either driver.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.UTC().Format(storedTime), nil
}

// Scan reads what either driver gives: a time, text or NULL.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = Time{}
	case time.Time:
		*t = At(v)
	case string:
		return t.parse(v)
	case []byte:
		return t.parse(string(v))
	default:
		return fmt.Errorf("a time cannot be read from %T", src)
	}
	return nil
}

func (t *Time) parse(s string) error {
	parsed, err := time.Parse(storedTime, s)
	if err != nil {
		return err
	}
	*t = Time{parsed}
	return nil
}

// MarshalJSON writes RFC 3339, or null for the zero Time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + t.UTC().Format(time.RFC3339Nano) + `"`), nil
}

// UnmarshalJSON reads RFC 3339 or null.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	var v time.Time
	if err := v.UnmarshalJSON(b); err != nil {
		return err
	}
	*t = At(v)
	return nil
}
