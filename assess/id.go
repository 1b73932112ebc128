package assess

import (
	"encoding/base32"
	"strings"

	"github.com/google/uuid"
)

// IDKind is the prefix an id wears outside the program, so that one kind can
// never be taken for another.
type IDKind string

// The kinds of id.
const (
	OrganizationID IDKind = "org"
	MemberID       IDKind = "mem"
	KeyID          IDKind = "key"
	AssessmentID   IDKind = "asm"
	CandidateID    IDKind = "can"
	InvitationID   IDKind = "inv"
	SittingID      IDKind = "sit"
	ResultID       IDKind = "res"
	PanelID        IDKind = "pan"
	RaterID        IDKind = "rat"
	EventID        IDKind = "evt"
	WebhookID      IDKind = "whk"
	DeliveryID     IDKind = "dlv"
	NormID         IDKind = "nrm"
	RescoreID      IDKind = "rsc"
	ConnectionID   IDKind = "con"
	FactorID       IDKind = "fac"
)

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// FormatID writes an id for the outside: its kind, an underscore and 26
// characters of Crockford's base32.
func FormatID(kind IDKind, id uuid.UUID) string {
	return string(kind) + "_" + idText.EncodeToString(id[:])
}

// ParseID reads what FormatID wrote. Anything else is ErrNotFound: to the
// outside a malformed id and an unknown one are the same.
func ParseID(kind IDKind, s string) (uuid.UUID, error) {
	text, ok := strings.CutPrefix(s, string(kind)+"_")
	if !ok || len(text) != 26 {
		return uuid.Nil, ErrNotFound
	}
	raw, err := idText.DecodeString(text)
	if err != nil {
		return uuid.Nil, ErrNotFound
	}
	id, err := uuid.FromBytes(raw)
	if err != nil || FormatID(kind, id) != s {
		return uuid.Nil, ErrNotFound
	}
	return id, nil
}

// newID makes a time-ordered id. It fails only when the system has no randomness.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
