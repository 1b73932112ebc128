package assess

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// SignatureAlgorithm is how receipts are signed (RFC 8032).
const SignatureAlgorithm = "Ed25519"

// ReceiptKey is the public half of the key a server signs receipts with.
type ReceiptKey struct {
	Algorithm string `json:"algorithm"`
	PublicKey string `json:"public_key"` // 64 hexadecimal digits.
	PEM       string `json:"pem"`        // The same as other tools read it.
}

// receiptKeyOf derives the signing key from the server's secret (RFC 5869): nothing more
// has to be kept, and every server of an installation signs alike.
func receiptKeyOf(secret []byte) (ed25519.PrivateKey, error) {
	seed, err := hkdf.Key(sha256.New, secret, nil, "fourfold receipt signing key 1", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// ReceiptKey returns the public key of this installation's receipts. It stays the same
// as long as the server secret does.
func (c *Center) ReceiptKey() (ReceiptKey, error) {
	public := c.signing.Public().(ed25519.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return ReceiptKey{}, err
	}
	return ReceiptKey{Algorithm: SignatureAlgorithm, PublicKey: hex.EncodeToString(public),
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}, nil
}

// ParseReceiptKey reads a public key in any form a person may have it in: the JSON of
// ReceiptKey, PEM, or hexadecimal digits.
func ParseReceiptKey(text string) (ed25519.PublicKey, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		var k ReceiptKey
		if err := json.Unmarshal([]byte(text), &k); err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		text = k.PublicKey
	}
	if block, _ := pem.Decode([]byte(text)); block != nil {
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		if public, ok := parsed.(ed25519.PublicKey); ok {
			return public, nil
		}
		return nil, errors.New("public key: not an Ed25519 key")
	}
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("public key: neither PEM nor %d hexadecimal digits", 2*ed25519.PublicKeySize)
	}
	return raw, nil
}

// receiptSalt is a secret of one result and one part of it, the same each time it is
// asked for: 32 bytes, which make a commitment to one of a handful of keys impossible to
// try out.
func (c *Center) receiptSalt(result uuid.UUID, part string) []byte {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write([]byte("receipt salt\x00"))
	mac.Write(result[:])
	mac.Write([]byte(part))
	return mac.Sum(nil)
}

// commitment binds to a text without showing it: SHA-256 over salt and text.
func commitment(salt, text []byte) string {
	h := sha256.New()
	h.Write(salt)
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil))
}
