package assess_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/google/uuid"
)

func TestAForgedCookieIsNoSeat(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	seat := h.Invited("Ann").Entered().Seat
	cookie := h.SeatCookie(seat)
	if back, err := h.SeatOf(cookie); err != nil || back != seat {
		t.Fatalf("a cookie of %+v reads as %+v, %v", seat, back, err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil {
		t.Fatal(err)
	}
	forged := []string{"", cookie[1:], cookie + "A", cookie + "=", " " + cookie, strings.Repeat("A", len(cookie)), "\x00"}
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			forged = append(forged, base64.RawURLEncoding.EncodeToString(raw))
			raw[i] ^= 1 << bit
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range cookie { // at the end also what decodes to the same bytes: one seat, one text
		for _, b := range alphabet {
			if rune(cookie[i]) != b {
				forged = append(forged, cookie[:i]+string(b)+cookie[i+1:])
			}
		}
	}
	for _, f := range forged {
		if got, err := h.SeatOf(f); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Fatalf("%q for %q: seat %+v, %v", f, cookie, got, err)
		}
	}

	elsewhere, err := assess.Open(t.Context(), assess.Config{Database: t.TempDir() + "/other.db", Secret: []byte(strings.Repeat("another secret ", 3))})
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	if _, err := elsewhere.SeatOf(cookie); !errors.Is(err, assess.ErrUnauthenticated) {
		t.Errorf("a cookie of another server: %v", err)
	}
}

func TestAnIDWearsItsKind(t *testing.T) {
	kinds := []assess.IDKind{assess.OrganizationID, assess.MemberID, assess.KeyID, assess.AssessmentID, assess.CandidateID, assess.InvitationID, assess.SittingID, assess.ResultID}
	for _, id := range []uuid.UUID{uuid.Nil, uuid.Max, uuid.New(), uuid.Must(uuid.NewV7())} {
		for _, kind := range kinds {
			text := assess.FormatID(kind, id)
			for _, as := range kinds {
				got, err := assess.ParseID(as, text)
				if as == kind && (err != nil || got != id) || as != kind && !errors.Is(err, assess.ErrNotFound) {
					t.Errorf("%s read as %s: %s, %v", text, as, got, err)
				}
			}
			for _, wrong := range []string{"", text[1:], text + "0", strings.ToUpper(text), text[:len(text)-1] + "u", text[:len(text)-1] + "1", text[:4] + text[:26], string(kind) + "_" + strings.Repeat("\n", 26)} {
				if got, err := assess.ParseID(kind, wrong); wrong != text && !errors.Is(err, assess.ErrNotFound) {
					t.Errorf("%q as %s: %s, %v", wrong, kind, got, err)
				}
			}
		}
	}
}
