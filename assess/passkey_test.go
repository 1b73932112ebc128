package assess_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// keyring makes passkeys in place of a telephone.
type keyring struct {
	*testing.T
	party virtualwebauthn.RelyingParty
	virtualwebauthn.Authenticator
	key virtualwebauthn.Credential
}

func newKeyring(t *testing.T, origin string) *keyring {
	return &keyring{t, virtualwebauthn.RelyingParty{Name: "Fourfold", ID: "tests.example.org", Origin: origin},
		virtualwebauthn.NewAuthenticator(), wholeKey(t)}
}

// wholeKey makes a key whose coordinates both begin with another byte than 0, which
// the library would leave out.
func wholeKey(t *testing.T) virtualwebauthn.Credential {
	t.Helper()
	for {
		made := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		parsed, err := x509.ParsePKCS8PrivateKey(made.Key.Data)
		if err != nil {
			t.Fatal(err)
		}
		public, err := parsed.(*ecdsa.PrivateKey).PublicKey.ECDH()
		if err != nil {
			t.Fatal(err)
		}
		if point := public.Bytes(); point[1] != 0 && point[33] != 0 { // 4, x, y
			return made
		}
	}
}

func (k *keyring) makes(options []byte) []byte {
	k.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(fmt.Sprintf(`{"publicKey":%s}`, options))
	if err != nil {
		k.Fatal(err)
	}
	k.AddCredential(k.key)
	return []byte(virtualwebauthn.CreateAttestationResponse(k.party, k.Authenticator, k.key, *asked))
}

func (k *keyring) signs(options []byte) []byte {
	k.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(fmt.Sprintf(`{"publicKey":%s}`, options))
	if err != nil {
		k.Fatal(err)
	}
	k.key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(k.party, k.Authenticator, k.key, *asked))
}

func TestAPasskeyIsASecondFactor(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		if _, _, err := h.StartPasskey(t.Context(), h.Owner); !errors.Is(err, assess.ErrPasskey) {
			t.Fatalf("a server without TLS takes passkeys: %v", err)
		}
		c, err := assess.Open(t.Context(), assess.Config{Database: dsn, Secret: []byte(assesstest.Secret), PublicURL: "https://tests.example.org", Clock: h.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		p := &person{T: t, House: &assesstest.House{Center: c, Clock: h.Clock, Owner: h.Owner, DSN: dsn}, Actor: h.Owner}
		phone := newKeyring(t, "https://tests.example.org")

		options, step, err := c.StartPasskey(t.Context(), p.Actor)
		p.must(err)
		made := phone.makes(options)
		if _, _, err := c.AddPasskey(t.Context(), p.Actor, step, " ", made, ""); !isField(err, "passkey_name", assess.WordRequired) {
			t.Errorf("a passkey without a name: %v", err)
		}
		nora := h.Neighbour()
		if _, _, err := c.AddPasskey(t.Context(), nora.Owner, step, "Phone", made, ""); !errors.Is(err, assess.ErrStep) {
			t.Errorf("another member's step: %v", err)
		}
		elsewhere := newKeyring(t, "https://evil.example.org")
		if _, _, err := c.AddPasskey(t.Context(), p.Actor, step, "Phone", elsewhere.makes(options), ""); !errors.Is(err, assess.ErrPasskey) {
			t.Errorf("a passkey of another page: %v", err)
		}
		if _, err := c.SignInByCode(t.Context(), step, "000000"); !errors.Is(err, assess.ErrStep) {
			t.Errorf("the step to a passkey leads to a session: %v", err)
		}
		_, codes, err := c.AddPasskey(t.Context(), p.Actor, step, "Phone", made, "")
		p.must(err)
		if len(codes) != 10 {
			t.Errorf("%d recovery codes", len(codes))
		}
		if _, _, err := c.AddPasskey(t.Context(), p.Actor, step, "Phone", made, ""); !errors.Is(err, assess.ErrStep) {
			t.Errorf("a passkey is made twice: %v", err)
		}
		options, step, err = c.StartPasskey(t.Context(), p.Actor)
		p.must(err)
		second := newKeyring(t, "https://tests.example.org")
		made = second.makes(options)
		if _, _, err := c.AddPasskey(t.Context(), p.Actor, step, "Other phone", made, ""); !isField(err, "proof", assess.WordCode) {
			t.Errorf("another passkey without proof of the first: %v", err)
		}
		_, _, err = c.AddPasskey(t.Context(), p.Actor, step, "Other phone", made, codes[9])
		p.must(err)
		h.Clock.Advance(16 * time.Minute) // that one vain try is forgotten

		first := p.step()
		asked, err := c.AskPasskey(t.Context(), first)
		p.must(err)
		signed := phone.signs(asked)
		s, err := c.SignInByPasskey(t.Context(), first, signed)
		p.must(err)
		if _, err := c.Member(t.Context(), s.Token); err != nil {
			t.Errorf("the passkey opens no session: %v", err)
		}

		refused := func(what string, answer func(asked []byte) []byte) {
			t.Helper()
			step := p.step()
			asked, err := c.AskPasskey(t.Context(), step)
			p.must(err)
			if _, err := c.SignInByPasskey(t.Context(), step, answer(asked)); !errors.Is(err, assess.ErrPasskey) {
				t.Errorf("%s: %v", what, err)
			}
			if _, err := c.SignInByPasskey(t.Context(), step, phone.signs(asked)); !errors.Is(err, assess.ErrPasskey) {
				t.Errorf("%s: what was asked is answered twice: %v", what, err)
			}
		}
		refused("an answer of before", func([]byte) []byte { return signed })
		refused("nonsense", func([]byte) []byte { return []byte(`{"id":1}`) })
		refused("nothing", func([]byte) []byte { return nil })
		refused("another page", func(asked []byte) []byte {
			there := *phone
			there.party.Origin = "https://evil.example.org"
			return there.signs(asked)
		})
		refused("a copy of the device", func(asked []byte) []byte {
			phone.key.Counter = 0
			return phone.signs(asked)
		})
		if _, err := c.AskPasskey(t.Context(), p.step()); err != nil {
			t.Error(err)
		}
		last := p.step()
		if _, err := c.SignInByPasskey(t.Context(), last, signed); !errors.Is(err, assess.ErrTooManyTries) {
			t.Errorf("ten vain tries: %v", err)
		}
		h.Clock.Advance(16 * time.Minute)
		if _, err := c.SignInByCode(t.Context(), p.step(), codes[0]); err != nil {
			t.Errorf("a recovery code in place of the passkey: %v", err)
		}
	})
}
