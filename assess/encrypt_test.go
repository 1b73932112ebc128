package assess_test

import (
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// An encrypted text opens at its own place, under its own secret and as it was
// written; no two are alike.
func TestAnEncryptedTextOpensOnlyAtItsPlace(t *testing.T) {
	folder := t.TempDir()
	c := assesstest.Center(t, filepath.Join(folder, "a.db"), assesstest.NewClock())
	row, house := uuid.New(), uuid.New()
	const plain = "whsec_a secret 密钥"
	kept, err := c.Encrypt("endpoints", row, house, plain)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Decrypt("endpoints", row, house, kept); err != nil || got != plain {
		t.Fatalf("%q, %v", got, err)
	}
	other, err := assess.Open(t.Context(), assess.Config{Database: filepath.Join(folder, "b.db"), Secret: []byte("quite another secret, of 32 bytes or more")})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for name, try := range map[string]func() (string, error){
		"another table":        func() (string, error) { return c.Decrypt("connections", row, house, kept) },
		"another row":          func() (string, error) { return c.Decrypt("endpoints", uuid.New(), house, kept) },
		"another organization": func() (string, error) { return c.Decrypt("endpoints", row, uuid.New(), kept) },
		"another secret":       func() (string, error) { return other.Decrypt("endpoints", row, house, kept) },
		"nothing":              func() (string, error) { return c.Decrypt("endpoints", row, house, "") },
		"the plain text":       func() (string, error) { return c.Decrypt("endpoints", row, house, plain) },
		"half of it":           func() (string, error) { return c.Decrypt("endpoints", row, house, kept[:len(kept)/2]) },
	} {
		if got, err := try(); err == nil || got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	for i := range kept {
		changed := []byte(kept)
		changed[i] ^= 1
		if got, err := c.Decrypt("endpoints", row, house, string(changed)); err == nil {
			t.Errorf("with character %d changed it opens as %q", i, got)
		}
	}
	seen := map[string]bool{}
	for range 10_000 {
		text, err := c.Encrypt("endpoints", row, house, plain)
		if err != nil || seen[text[:19]] { // the nonce comes first
			t.Fatalf("a nonce was used twice: %v", err)
		}
		seen[text[:19]] = true
	}
}
