package assess_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

func TestAddressesThatAreNotOfTheOutsideAreRefused(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	for address, word := range map[string]string{
		"":                               assess.WordRequired,
		"hooks":                          assess.WordURL,
		"https://":                       assess.WordURL,
		"https://user:pass@a.example/":   assess.WordURL,
		"https://a.example/#part":        assess.WordURL,
		"mailto:a@a.example":             assess.WordURL,
		"http://a.example/":              assess.WordHTTPS,
		"gopher://a.example/":            assess.WordHTTPS,
		"file:///etc/passwd":             assess.WordURL,
		"https://a.example:22/":          assess.WordPort,
		"https://a.example:65536/":       assess.WordURL,
		"https://a.example:0/":           assess.WordURL,
		"https://127.0.0.1/":             assess.WordPrivate,
		"https://127.1/":                 assess.WordPrivate,
		"https://0/":                     assess.WordPrivate,
		"https://2130706433/":            assess.WordPrivate,
		"https://0x7f.0.0.0x1/":          assess.WordPrivate,
		"https://0177.0.0.1/":            assess.WordPrivate,
		"https://[::1]/":                 assess.WordPrivate,
		"https://[::ffff:127.0.0.1]/":    assess.WordPrivate,
		"https://[::ffff:a9fe:a9fe]/":    assess.WordPrivate,
		"https://[fe80::1]/":             assess.WordPrivate,
		"https://[fd00::1]/":             assess.WordPrivate,
		"https://10.1.2.3/":              assess.WordPrivate,
		"https://172.16.0.1/":            assess.WordPrivate,
		"https://192.168.1.1/":           assess.WordPrivate,
		"https://169.254.169.254/latest": assess.WordPrivate,
		"https://100.64.0.1/":            assess.WordPrivate,
		"https://localhost/":             assess.WordPrivate,
		"https://LOCALHOST./":            assess.WordPrivate,
		"https://db.internal/":           assess.WordPrivate,
		"https://intranet/":              assess.WordPrivate,
		"https://a.example/" + strings.Repeat("x", 500): assess.WordTooLong,
	} {
		_, _, err := h.AddEndpoint(t.Context(), h.Owner, assess.NewEndpoint{URL: address})
		var faults assess.FieldErrors
		if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Field != "url" || faults[0].Word != word {
			t.Errorf("%q: %v, want %s", address, err, word)
		}
	}
	for _, address := range []string{"https://a.example/hooks?tenant=7", "https://a.example:8443/", "https://93.184.216.34/", "https://[2606:2800:220:1::1]/"} {
		if _, _, err := h.AddEndpoint(t.Context(), h.Owner, assess.NewEndpoint{URL: address}); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}

	// In development, too, there is no such port.
	near, err := assess.Open(t.Context(), assess.Config{Database: h.DSN, Secret: []byte(assesstest.Secret), Clock: h.Clock.Now, AllowPrivateWebhooks: true})
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	if _, _, err := near.AddEndpoint(t.Context(), h.Owner, assess.NewEndpoint{URL: "http://127.0.0.1:65536/"}); !isField(err, "url", assess.WordURL) {
		t.Errorf("port 65536: %v", err)
	}
	if _, _, err := near.AddEndpoint(t.Context(), h.Owner, assess.NewEndpoint{URL: "http://127.0.0.1:65535/"}); err != nil {
		t.Errorf("port 65535: %v", err)
	}
}

func TestASecretIsKeptEncryptedAndRotated(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		e, first, err := h.AddEndpoint(t.Context(), h.Owner, assess.NewEndpoint{URL: "https://a.example/hooks", Name: "ATS"})
		if err != nil || !strings.HasPrefix(first, "whsec_") {
			t.Fatalf("%q, %v", first, err)
		}
		parcel := assess.Parcel{Target: e.ID, Event: assess.Event{Organization: h.Owner.Organization}}
		secrets := func() []string {
			a, err := h.EndpointFor(t.Context(), parcel)
			if err != nil {
				t.Fatal(err)
			}
			return a.Secrets
		}
		if got := secrets(); !slices.Equal(got, []string{first}) {
			t.Errorf("%q, want %q", got, first)
		}
		_, second, err := h.RotateEndpoint(t.Context(), h.Owner, e.ID, time.Hour)
		if err != nil || second == first {
			t.Fatal(err)
		}
		if got := secrets(); !slices.Equal(got, []string{second, first}) {
			t.Errorf("during the rotation: %q", got)
		}
		for table, rows := range dump(t, h.Database()) {
			for _, row := range rows {
				if text := fmt.Sprint(row); strings.Contains(text, first) || strings.Contains(text, second) || strings.Contains(text, strings.TrimPrefix(second, "whsec_")) {
					t.Errorf("%s holds a secret as it is", table)
				}
			}
		}
		h.Clock.Advance(time.Hour)
		if got := secrets(); !slices.Equal(got, []string{second}) {
			t.Errorf("after the rotation: %q", got)
		}
		for _, overlap := range []time.Duration{-time.Second, 31 * 24 * time.Hour} {
			if _, _, err := h.RotateEndpoint(t.Context(), h.Owner, e.ID, overlap); err == nil {
				t.Errorf("an overlap of %s", overlap)
			}
		}

		// Another organization's row does not open with this one's text.
		n := h.Neighbour()
		other := endpoint(t, n, "a.example")
		if _, err := h.Database().Exec("UPDATE endpoints SET secret = (SELECT secret FROM endpoints WHERE id = $1) WHERE id = $2", e.ID.String(), other.ID.String()); err != nil {
			t.Fatal(err)
		}
		if a, err := h.EndpointFor(t.Context(), assess.Parcel{Target: other.ID, Event: assess.Event{Organization: n.Owner.Organization}}); err == nil {
			t.Errorf("a secret that was moved opens: %v", a)
		}

		if err := h.RemoveEndpoint(t.Context(), h.Owner, e.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.EndpointFor(t.Context(), parcel); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("removed: %v", err)
		}
		for name, try := range map[string]func() error{
			"read":   func() error { _, err := h.Endpoint(t.Context(), h.Owner, e.ID); return err },
			"test":   func() error { _, err := h.TestEndpoint(t.Context(), h.Owner, e.ID); return err },
			"enable": func() error { return h.EnableEndpoint(t.Context(), h.Owner, e.ID) },
			"rotate": func() error { _, _, err := h.RotateEndpoint(t.Context(), h.Owner, e.ID, 0); return err },
		} {
			if err := try(); !errors.Is(err, assess.ErrNotFound) {
				t.Errorf("%s what was removed: %v", name, err)
			}
		}
	})
}

func TestAnEndpointIsPausedChangedAndTested(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		e := endpoint(t, h, "a.example", assess.InvitationCreated)
		if _, _, err := h.AddEndpoint(t.Context(), h.Owner, assess.NewEndpoint{URL: e.URL}); !strings.Contains(fmt.Sprint(err), "url: taken") {
			t.Errorf("the same address twice: %v", err)
		}
		h.Invited("Ann")
		if _, err := h.HandOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time changes nothing
			if err := h.DisableEndpoint(t.Context(), h.Owner, e.ID); err != nil {
				t.Fatal(err)
			}
		}
		h.Invited("Bea")
		if sent := h.Post(answer(assess.Arrived, 200)); len(sent) != 0 {
			t.Errorf("sent to what is disabled: %v", sent)
		}
		if _, err := h.TestEndpoint(t.Context(), h.Owner, e.ID); !errors.Is(err, assess.ErrConflict) {
			t.Errorf("a test to what is disabled: %v", err)
		}
		for range 2 {
			if err := h.EnableEndpoint(t.Context(), h.Owner, e.ID); err != nil {
				t.Fatal(err)
			}
		}
		if sent := h.Post(answer(assess.Arrived, 200)); len(sent) != 1 {
			t.Errorf("what waited: %v", sent)
		}
		for _, action := range []string{"webhook.disabled", "webhook.enabled"} {
			var n int
			if err := h.Database().Get(&n, "SELECT COUNT(*) FROM audit_inbox WHERE action = $1", action); err != nil || n != 1 {
				t.Errorf("%s stands %d times in the audit log (%v)", action, n, err)
			}
		}
		changed, err := h.ChangeEndpoint(t.Context(), h.Owner, e.ID, assess.NewEndpoint{URL: "https://b.example/", Name: "B"})
		if err != nil || changed.URL != "https://b.example/" || changed.Name != "B" || len(changed.Events) != 0 {
			t.Errorf("%+v, %v", changed, err)
		}
		id, err := h.TestEndpoint(t.Context(), h.Owner, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		sent := h.Post(answer(assess.Arrived, 200))
		if len(sent) != 1 || sent[0].Delivery != id || sent[0].Event.Kind != assess.WebhookTest || sent[0].Event.Invitation != uuid.Nil {
			t.Errorf("the test: %+v", sent)
		}
	})
}

func TestWebhooksAreTheOwnersAlone(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	e := endpoint(t, h, "a.example")
	by := assess.Actor{Organization: h.Owner.Organization, Kind: assess.MemberActor, Role: assess.Recruiter}
	for name, try := range map[string]func() error{
		"Endpoints":  func() error { _, err := h.Endpoints(t.Context(), by); return err },
		"Endpoint":   func() error { _, err := h.Endpoint(t.Context(), by, e.ID); return err },
		"Add":        func() error { _, _, err := h.AddEndpoint(t.Context(), by, assess.NewEndpoint{}); return err },
		"Change":     func() error { _, err := h.ChangeEndpoint(t.Context(), by, e.ID, assess.NewEndpoint{}); return err },
		"Rotate":     func() error { _, _, err := h.RotateEndpoint(t.Context(), by, e.ID, 0); return err },
		"Remove":     func() error { return h.RemoveEndpoint(t.Context(), by, e.ID) },
		"Deliveries": func() error { _, err := h.Deliveries(t.Context(), by, assess.DeliveryFilter{Target: e.ID}); return err },
		"Delivery":   func() error { _, err := h.Delivery(t.Context(), by, e.ID); return err },
		"Resend":     func() error { return h.Resend(t.Context(), by, e.ID) },
	} {
		if err := try(); !errors.Is(err, assess.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n := 1; n < 20; n++ {
		endpoint(t, h, fmt.Sprintf("a%d.example", n))
	}
	if _, _, err := h.AddEndpoint(t.Context(), h.Owner, assess.NewEndpoint{URL: "https://last.example/"}); !strings.Contains(fmt.Sprint(err), "too_many") {
		t.Errorf("the 21st: %v", err)
	}
}
