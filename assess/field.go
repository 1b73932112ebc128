package assess

import (
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fourfold/fourfold/questions"
)

// foldEmail is the form in which addresses are kept and compared.
func foldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// text trims a field and checks its length in characters.
func (e *FieldErrors) text(field string, s *string, least, most int) {
	*s = strings.TrimSpace(*s)
	n := utf8.RuneCountInString(*s)
	switch {
	case n == 0 && least > 0:
		*e = append(*e, FieldError{Field: field, Word: WordRequired})
	case n < least:
		*e = append(*e, FieldError{Field: field, Word: WordTooShort, Params: map[string]string{"n": strconv.Itoa(least)}})
	case n > most:
		*e = append(*e, FieldError{Field: field, Word: WordTooLong, Params: map[string]string{"n": strconv.Itoa(most)}})
	case !utf8.ValidString(*s) || strings.ContainsFunc(*s, notPrintable):
		*e = append(*e, FieldError{Field: field, Word: WordForbidden})
	}
}

// notPrintable finds control characters and the marks that reverse the reading
// order, which a name in a mail header or a list must not carry.
func notPrintable(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069)
}

// clip makes foreign text safe to keep and to show: at most n characters, none of
// them unprintable; an ellipsis stands for what is cut off.
func clip(s string, n int) string {
	runes := []rune(strings.TrimSpace(strings.Map(func(r rune) rune {
		if notPrintable(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))))
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return string(runes)
}

func (e *FieldErrors) email(field string, s *string, required bool) {
	*s = foldEmail(*s)
	if *s == "" && !required {
		return
	}
	before := len(*e)
	if e.text(field, s, 1, 254); len(*e) > before {
		return
	}
	if a, err := mail.ParseAddress(*s); err != nil || a.Address != *s || !strings.Contains(*s, "@") {
		*e = append(*e, FieldError{Field: field, Word: WordEmail})
	}
}

func (e *FieldErrors) language(field string, l questions.Lang) {
	if l != questions.Chinese && l != questions.English {
		*e = append(*e, FieldError{Field: field, Word: WordUnknown})
	}
}

const (
	shortestPassword = 10
	longestPassword  = 200
)

// commonPasswords are those of the well-known lists that are long enough to be
// tried here.
var commonPasswords = []string{
	"1234567890", "0123456789", "12345678910", "qwertyuiop", "1q2w3e4r5t", "password123", "password1234",
	"abcdefghij", "iloveyou123", "administrator", "letmein123", "welcome123", "qwerty12345", "a123456789",
	"1111111111", "0000000000", "5201314520", "woaini1314", "woaini5201314", "asdfghjkl1", "1qaz2wsx3edc", "fourfold123",
}

func (e *FieldErrors) password(field, s string) {
	n := utf8.RuneCountInString(s)
	switch {
	case n < shortestPassword:
		*e = append(*e, FieldError{Field: field, Word: WordTooShort, Params: map[string]string{"n": strconv.Itoa(shortestPassword)}})
	case n > longestPassword:
		*e = append(*e, FieldError{Field: field, Word: WordTooLong, Params: map[string]string{"n": strconv.Itoa(longestPassword)}})
	case slices.Contains(commonPasswords, strings.ToLower(s)):
		*e = append(*e, FieldError{Field: field, Word: WordCommon})
	}
}

// prose trims a text of several lines and checks its length in characters.
func (e *FieldErrors) prose(field string, s *string, most int) {
	*s = strings.ReplaceAll(*s, "\r\n", "\n")
	lines := strings.ReplaceAll(*s, "\n", " ")
	if e.text(field, &lines, 0, most); utf8.ValidString(*s) {
		*s = strings.TrimSpace(*s)
	}
}
