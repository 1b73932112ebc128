package questions

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Fault is one thing wrong in a bank file, and where.
type Fault struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Field   string `json:"field"` // The path to it, such as "com.explain.001/options/B/why_en".
	Word    string `json:"word"`  // A stable word for the sort of fault; docs/bank-format.md lists them.
	Message string `json:"message"`
}

// Item is the id of the item or fact the fault is in; empty for one of a whole file
// or bank.
func (f Fault) Item() string {
	id, _, _ := strings.Cut(f.Field, "/")
	return id
}

// String is one line, such as "bank/law.debt.yaml:12: law.debt.001/k: is missing".
func (f Fault) String() string {
	if f.Field == "" {
		return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, Shown(f.Field), f.Message)
}

// Shown is a name that came from outside, fit to be printed: one with characters that
// steer a terminal or cannot be seen is quoted as Go would write it.
func Shown(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.QuoteToGraphic(name)
	}
	return name
}

// Faults is everything wrong with a bank, which is refused as a whole.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for n, fault := range f {
		lines[n] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// sorted puts the faults in the order a writer mends them: by file, then by line.
func (f Faults) sorted() Faults {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return f
}

// complaint is a fault within an item, before it is known where the item stands.
type complaint struct {
	field, word, message string
}
