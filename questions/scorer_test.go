package questions_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// A scorer is only a quicker way to the same fractions: on complete, partial, tied
// and blank answers it agrees with Form.Score in everything it says.
func TestAScorerAgreesWithTheForm(t *testing.T) {
	f := shortForm(t, 7)
	s := questions.NewScorer(&f)
	dice := rand.New(rand.NewPCG(3, 9))
	for n := range 400 {
		responses := make([]questions.Response, len(f.Items))
		for position, i := range f.Items {
			if dice.IntN(12) < n%5 {
				continue
			}
			code := make([]byte, len(i.Options))
			for o := range code {
				code[o] = byte(dice.IntN(3))
			}
			if r, err := i.Decode(code); err == nil && dice.IntN(3) == 0 {
				responses[position] = r
				continue
			}
			for r := range i.Responses() {
				if responses[position] = r; dice.IntN(9) == 0 {
					break
				}
			}
		}
		vector := f.Vector(responses)
		briefs, err := s.Score(vector)
		if err != nil {
			t.Fatal(err)
		}
		p := f.Score(responses)
		for q, score := range p.Qualities {
			b := briefs[q]
			if b.Answered != score.Answered || b.Of != score.Of || b.Shown != score.Shown || b.Level != score.Level || b.Shown && b.Closeness != *score.Closeness {
				t.Fatalf("%s: %+v, the form says %+v", score.Quality, b, score)
			}
			if b.Answered == 0 {
				continue
			}
			exact, ok := new(big.Rat).SetString(score.Exact.Closeness)
			if want, _ := exact.Float64(); !ok || want != b.Signed || math.IsNaN(want) {
				t.Fatalf("%s: signed closeness %v, the form says %s", score.Quality, b.Signed, score.Exact.Closeness)
			}
		}
		if _, err := s.Score(vector[1:]); err == nil {
			t.Fatal("a vector without its first byte was scored")
		}
	}
	if _, err := s.Score(append(f.Vector(make([]questions.Response, len(f.Items))), 1)); err == nil {
		t.Error("a vector with a byte too many was scored")
	}
}
