package assess

import "strings"

// Error is a reason the center declines, stable enough to show and to document:
// the same word is the Go error, the API code and the key of the translation.
type Error string

// Error returns the word itself.
func (e Error) Error() string { return string(e) }

// The reasons.
const (
	ErrNotFound        Error = "not_found"
	ErrConflict        Error = "conflict"
	ErrForbidden       Error = "forbidden"
	ErrScope           Error = "missing_scope"
	ErrUnauthenticated Error = "unauthenticated"
	ErrWrongPassword   Error = "wrong_credentials"
	ErrSetUpDone       Error = "set_up_done"
	ErrLinkUnknown     Error = "link_unknown"
	ErrLinkExpired     Error = "link_expired"
	ErrLinkWithdrawn   Error = "link_withdrawn"
	ErrConsentNeeded   Error = "consent_needed"
	ErrNotStarted      Error = "not_started"
	ErrStarted         Error = "already_started"
	ErrSittingClosed   Error = "sitting_closed"
	ErrTooLate         Error = "too_late"
	ErrStale           Error = "stale_revision"
	ErrPublished       Error = "published"
	ErrNotPublished    Error = "not_published"
	ErrShortfall       Error = "form_shortfall"
	ErrKeyReused       Error = "idempotency_key_reused"
	ErrInFlight        Error = "request_in_flight"
	ErrNoResult        Error = "result_not_ready"
	ErrTooFew          Error = "too_few_sittings"
	ErrSameKey         Error = "same_key"
	ErrCallback        Error = "callback_not_allowed"
	ErrNoCredential    Error = "no_credential"
	ErrDisconnected    Error = "disconnected"
	ErrNoAddress       Error = "no_address"
	ErrBusy            Error = "busy"
	ErrUnavailable     Error = "unavailable"
	ErrEvidence        Error = "evidence_missing"
	ErrPanelClosed     Error = "panel_closed"
	ErrRatingDone      Error = "rating_finished"
	ErrPasswordOff     Error = "password_off"       // The organization signs in through its provider.
	ErrSignOn          Error = "sign_on_lost"       // Whoever comes back is not who went.
	ErrProvider        Error = "provider_failed"    // What the provider says cannot be believed, or it says nothing.
	ErrUnverified      Error = "address_unverified" // The provider has not verified the address.
	ErrNoMember        Error = "not_a_member"
	ErrOtherIdentity   Error = "other_identity" // Somebody else has come as this member.
	ErrWrongCode       Error = "wrong_code"
	ErrTooManyTries    Error = "too_many_tries"
	ErrPasskey         Error = "passkey_refused"
	ErrStep            Error = "step_gone" // The first proof was too long ago.
)

// Errors lists every reason, so that pages and documents can prove they have
// words for each.
var Errors = []Error{
	ErrNotFound, ErrConflict, ErrForbidden, ErrScope, ErrUnauthenticated, ErrWrongPassword, ErrSetUpDone,
	ErrLinkUnknown, ErrLinkExpired, ErrLinkWithdrawn, ErrConsentNeeded, ErrNotStarted, ErrStarted,
	ErrSittingClosed, ErrTooLate, ErrStale, ErrPublished, ErrNotPublished, ErrShortfall, ErrKeyReused, ErrInFlight,
	ErrNoResult, ErrTooFew, ErrSameKey, ErrCallback, ErrNoCredential, ErrDisconnected, ErrNoAddress, ErrBusy, ErrUnavailable,
	ErrEvidence, ErrPanelClosed, ErrRatingDone,
	ErrPasswordOff, ErrSignOn, ErrProvider, ErrUnverified, ErrNoMember, ErrOtherIdentity, ErrWrongCode, ErrTooManyTries, ErrPasskey, ErrStep,
}

// FieldError says what is wrong with one field of what was sent. Word is a
// translation key without its "field." prefix; Params fill its slots.
type FieldError struct {
	Field  string            `json:"field"`
	Word   string            `json:"word"`
	Params map[string]string `json:"params,omitempty"`
}

// Error names the field and the word.
func (e FieldError) Error() string { return e.Field + ": " + e.Word }

// FieldErrors is everything that is wrong with what was sent, found at once.
type FieldErrors []FieldError

// Error joins the single errors.
func (e FieldErrors) Error() string {
	words := make([]string, len(e))
	for i, f := range e {
		words[i] = f.Error()
	}
	return strings.Join(words, "; ")
}

// The words a FieldError may carry.
const (
	WordRequired    = "required"
	WordTooLong     = "too_long"
	WordTooShort    = "too_short"
	WordEmail       = "email"
	WordUnknown     = "unknown_value"
	WordInPast      = "in_past"
	WordTooFar      = "too_far"
	WordTaken       = "taken"
	WordCommon      = "common_password"
	WordForbidden   = "forbidden_character"
	WordTooMany     = "too_many"
	WordURL         = "url"
	WordHTTPS       = "https_only"
	WordPort        = "port"
	WordPrivate     = "private_address"
	WordBeforeStart = "before_start"
	WordTwoToFive   = "two_to_five"
	WordOutOfRange  = "out_of_range"
	WordHost        = "host"
	WordAddress     = "address"
	WordProvider    = "provider"
	WordUntried     = "untried"
	WordCode        = "code"
)

// FieldWords lists every word, for the same proof as Errors.
var FieldWords = []string{
	WordRequired, WordTooLong, WordTooShort, WordEmail, WordUnknown, WordInPast, WordTooFar, WordTaken, WordCommon, WordForbidden,
	WordTooMany, WordURL, WordHTTPS, WordPort, WordPrivate,
	WordBeforeStart, WordTwoToFive, WordOutOfRange, WordHost, WordAddress,
	WordProvider, WordUntried, WordCode,
}
