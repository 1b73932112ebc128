package questions

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
)

// Fraction is an exact number in lowest terms. It is written as "n/d"; the zero
// value, which has no denominator, stands for no number and is written as "".
type Fraction struct {
	Num, Den int64
}

// fractionOf returns n/d in lowest terms.
func fractionOf(n, d int64) Fraction {
	r := big.NewRat(n, d)
	return Fraction{r.Num().Int64(), r.Denom().Int64()}
}

// Rat returns the fraction for further arithmetic; no number counts as zero.
func (f Fraction) Rat() *big.Rat {
	if f.Den == 0 {
		return new(big.Rat)
	}
	return big.NewRat(f.Num, f.Den)
}

// String writes the fraction as "n/d".
func (f Fraction) String() string {
	if f.Den == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", f.Num, f.Den)
}

// MarshalText writes the fraction as "n/d".
func (f Fraction) MarshalText() ([]byte, error) {
	return []byte(f.String()), nil
}

// UnmarshalText reads what MarshalText writes, and nothing that is not in lowest terms.
func (f *Fraction) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*f = Fraction{}
		return nil
	}
	num, den, _ := strings.Cut(string(text), "/")
	n, err := strconv.ParseInt(num, 10, 64)
	if err != nil {
		return fmt.Errorf("fraction %q: %w", text, err)
	}
	d, err := strconv.ParseInt(den, 10, 64)
	if err != nil {
		return fmt.Errorf("fraction %q: %w", text, err)
	}
	if d <= 0 || fractionOf(n, d).String() != string(text) {
		return fmt.Errorf("fraction %q is not in lowest terms", text)
	}
	*f = Fraction{n, d}
	return nil
}

// Chance is what guessing earns on an item: the mean and the variance of the mark
// over every complete response, each as likely as another.
type Chance struct {
	Mean     Fraction `json:"mean"`
	Variance Fraction `json:"variance"`
}

// chances remembers what was enumerated: a bank has few different keys, and forms
// are weighed by their chance level again and again.
var chances sync.Map // A keyed string to its Chance.

// Chance is what guessing earns on the item. It is the zero Chance when the key tells
// no options apart, since then no response has a mark.
func (i Item) Chance() Chance {
	rule, ok := i.rule()
	if !ok {
		return Chance{}
	}
	// Nothing else of an item has a part in its marks.
	keyed := fmt.Appendf(nil, "%s %d", rule.name, i.K)
	for _, o := range i.Options {
		keyed = strconv.AppendInt(append(keyed, ' '), int64(o.Effectiveness), 10)
	}
	if c, ok := chances.Load(string(keyed)); ok {
		return c.(Chance)
	}
	c := i.enumerate(rule)
	chances.Store(string(keyed), c)
	return c
}

// enumerate marks every complete response.
func (i Item) enumerate(rule rule) Chance {
	var n, sum, squares, den int64
	for code := range formats[i.Kind].responses(i) {
		m, ok := rule.mark(i, code)
		if !ok {
			return Chance{}
		}
		n++
		sum += int64(m.Num)
		squares += int64(m.Num) * int64(m.Num)
		den = int64(m.Den)
	}
	if n == 0 {
		return Chance{}
	}
	return Chance{
		Mean:     fractionOf(sum, n*den),
		Variance: fractionOf(n*squares-sum*sum, n*n*den*den),
	}
}
