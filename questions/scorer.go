package questions

import (
	"fmt"
	"math/big"
)

// Scorer scores response vectors of one form to the very fractions Form.Score comes
// to, but quickly: it remembers what each answer earns and what each sum of marks of
// a quality comes to, of which there are few. It belongs to one goroutine.
type Scorer struct {
	form      *Form
	marks     []map[string]answerMark // By position, by the answer's code.
	qualities [4]qualityScorer
}

// Brief is a quality's score in short.
type Brief struct {
	Answered  int
	Of        int
	Shown     bool
	Closeness int // 0..100; 0 when not shown.
	Level     Level
	Signed    float64 // The float nearest to the exact closeness; 0 when nothing was answered.
}

type answerMark struct {
	mark Mark
	ok   bool
}

// qualityScorer counts marks in a unit common to the quality's items.
type qualityScorer struct {
	positions []int
	units     []int64 // What one mark of an item's denominator counts.
	unit      int64   // What a full mark counts.
	known     map[sumOfMarks]Brief
}

// sumOfMarks is which items were answered and what they earned together: all that a
// quality's score depends on.
type sumOfMarks struct {
	answered uint64
	sum      int64
}

// NewScorer returns a scorer for the form, which must not change while it is used.
func NewScorer(f *Form) *Scorer {
	s := &Scorer{form: f, marks: make([]map[string]answerMark, len(f.Items))}
	for n := range f.Items {
		s.marks[n] = map[string]answerMark{}
	}
	for n, q := range Qualities {
		s.qualities[n] = f.qualityScorer(q)
	}
	return s
}

func (f *Form) qualityScorer(q Quality) qualityScorer {
	s := qualityScorer{unit: 1, known: map[sumOfMarks]Brief{}}
	var dens []int64
	for n, i := range f.Items {
		if i.Quality == q {
			den := i.FullMark()
			s.positions, dens = append(s.positions, n), append(dens, den)
			s.unit = s.unit / gcd(s.unit, den) * den
		}
	}
	for _, den := range dens {
		s.units = append(s.units, s.unit/den)
	}
	return s
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// FullMark is what a full mark counts on the item: the denominator of its marks, which
// its rule fixes.
func (i Item) FullMark() int64 {
	rule, ok := i.rule()
	if !ok {
		return 1
	}
	for code := range formats[i.Kind].responses(i) {
		if m, ok := rule.mark(i, code); ok {
			return int64(m.Den)
		}
	}
	return 1
}

// Mark is what the answer with that code earns at a position; ok is false when it is
// missing. A code that is no response is an error.
func (s *Scorer) Mark(position int, code []byte) (m Mark, ok bool, err error) {
	if known, seen := s.marks[position][string(code)]; seen {
		return known.mark, known.ok, nil
	}
	i := s.form.Items[position]
	r, err := i.Decode(code)
	if err != nil {
		return Mark{}, false, fmt.Errorf("vector at position %d: %w", position, err)
	}
	m, ok = i.Mark(r)
	s.marks[position][string(code)] = answerMark{m, ok}
	return m, ok, nil
}

// Score sums up a response vector, by quality in the fixed order.
func (s *Scorer) Score(vector []byte) (briefs [4]Brief, err error) {
	var found [4]sumOfMarks
	var place [4]int
	for position, i := range s.form.Items {
		n := len(i.Options)
		if len(vector) < n {
			return briefs, fmt.Errorf("vector ends within position %d", position)
		}
		m, ok, err := s.Mark(position, vector[:n])
		if err != nil {
			return briefs, err
		}
		vector = vector[n:]
		q := qualityPlace(i.Quality)
		if ok {
			found[q].answered |= 1 << place[q]
			found[q].sum += int64(m.Num) * s.qualities[q].units[place[q]]
		}
		place[q]++
	}
	if len(vector) > 0 {
		return briefs, fmt.Errorf("vector has %d bytes too many", len(vector))
	}
	for q := range briefs {
		briefs[q] = s.brief(q, found[q])
	}
	return briefs, nil
}

func qualityPlace(q Quality) int {
	for n, other := range Qualities {
		if q == other {
			return n
		}
	}
	return 0
}

// brief words a sum of marks, or remembers how it was worded.
func (s *Scorer) brief(q int, sum sumOfMarks) Brief {
	of := &s.qualities[q]
	if b, ok := of.known[sum]; ok {
		return b
	}
	b := Brief{Of: len(of.positions), Level: NotShown}
	t := newTally()
	t.marks.SetFrac64(sum.sum, of.unit)
	for n, position := range of.positions {
		if sum.answered>>n&1 == 1 {
			c := s.form.Chances[position]
			t.n++
			t.chance.Add(t.chance, c.Mean.Rat())
		}
	}
	if b.Answered = t.n; t.n > 0 {
		closeness := t.closeness()
		b.Signed, _ = closeness.Float64()
		if Enough(b.Answered, b.Of) {
			b.Shown, b.Closeness = true, percent(new(big.Rat).Set(closeness))
			b.Level = level(b.Closeness)
		}
	}
	of.known[sum] = b
	return b
}
