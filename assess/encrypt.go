package assess

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// What must be sent to others again – a webhook's signing secret, the credential
// a vendor is called with – cannot be kept as a hash. It is encrypted instead.

// place is where an encrypted text is kept. It is sealed in, so that a text moved
// to another row, table or tenant no longer opens.
type place struct {
	table             string
	row, organization uuid.UUID
}

func (p place) bytes() []byte {
	return []byte(p.table + "|" + p.row.String() + "|" + p.organization.String())
}

// sealedPrefix names the scheme: AES-256-GCM under a key of its own, derived from
// the server's secret.
const sealedPrefix = "v1."

// errSealed says that an encrypted text does not open: it was altered or moved,
// or the server's secret is another one.
var errSealed = errors.New("an encrypted secret does not open: the server secret has changed, or the row was altered")

func vault(secret []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "fourfold/encrypt/v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// encrypt returns a text that only this server's secret opens, and only at that
// place.
func (c *Center) encrypt(at place, plain string) (string, error) {
	box, err := vault(c.secret)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce) // never fails since Go 1.24
	return sealedPrefix + base64.RawStdEncoding.EncodeToString(box.Seal(nonce, nonce, []byte(plain), at.bytes())), nil
}

// decrypt opens what encrypt wrote for the same place.
func (c *Center) decrypt(at place, kept string) (string, error) {
	box, err := vault(c.secret)
	if err != nil {
		return "", err
	}
	text, ok := strings.CutPrefix(kept, sealedPrefix)
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) < box.NonceSize() {
		return "", fmt.Errorf("%s %s: %w", at.table, at.row, errSealed)
	}
	plain, err := box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], at.bytes())
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", at.table, at.row, errSealed)
	}
	return string(plain), nil
}
