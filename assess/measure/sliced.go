package measure

import (
	"encoding/binary"
	"math/bits"
)

// Sliced collects Moments of many persons fast. Marks are turned into bit planes, one
// for each binary digit of an item's marks, with 64 persons to a word. As
// Σxy = Σ 2^(b+c)·Σ x_b·y_c over the digits b of x and c of y, all it has to count is how
// many persons have both digits: one AND and one population count for 64 of them.
type Sliced struct {
	units  []int64
	limits limits
	stride int     // the length of a row, the items rounded up to eight
	rows   []uint8 // the persons waiting for their word to fill
	queued int
	n      int64
	planes []plane
	words  []block // by plane, the digits of the persons at hand
	both   []int64 // upper triangle by planes: how many persons have both digits
}

// plane says which digit of which item a word holds.
type plane struct{ item, digit int }

// wordSize is how many persons fit a word, lanes how many marks are read at a time, deep
// how many words are counted before the count is kept.
const (
	wordSize = 64
	lanes    = 8
	deep     = 4
)

// block is one digit of one item of as many persons as are counted at a time.
type block [deep]uint64

// NewSliced returns an empty collection of items whose marks are 0 to the given units,
// each at most 255.
func NewSliced(units []int64) (*Sliced, Reason) {
	s := &Sliced{units: units, stride: (len(units) + lanes - 1) / lanes * lanes}
	var highest []uint8
	for item, u := range units {
		if u < 1 || u > 255 {
			return nil, OutOfRange
		}
		highest = append(highest, uint8(u))
		for digit := range bits.Len64(uint64(u)) {
			s.planes = append(s.planes, plane{item, digit})
		}
	}
	s.limits = newLimits(highest)
	p := len(s.planes)
	s.rows = make([]uint8, deep*wordSize*s.stride)
	s.words = make([]block, p)
	s.both = make([]int64, p*(p+1)/2)
	return s, ""
}

// Add counts one person's marks. It changes nothing and returns the reason when they are
// not one per item or one is above its unit.
func (s *Sliced) Add(marks []uint8) Reason {
	if why := s.limits.check(marks); why != "" {
		return why
	}
	copy(s.rows[s.queued*s.stride:], marks)
	s.queued++
	if s.queued == deep*wordSize {
		s.fold()
	}
	return ""
}

// fold counts the queued persons.
func (s *Sliced) fold() {
	clear(s.rows[s.queued*s.stride:])
	for word := range deep {
		s.slice(word)
	}
	at := 0
	for a, one := range s.words {
		others := s.words[a:]
		row := s.both[at : at+len(others)]
		for i := range others {
			other := &others[i]
			row[i] += int64(bits.OnesCount64(one[0]&other[0]) + bits.OnesCount64(one[1]&other[1]) +
				bits.OnesCount64(one[2]&other[2]) + bits.OnesCount64(one[3]&other[3]))
		}
		at += len(row)
	}
	s.n += int64(s.queued)
	s.queued = 0
}

// slice turns 64 of the queued rows into a word of each block, eight items at a time.
func (s *Sliced) slice(word int) {
	rows := s.rows[word*wordSize*s.stride:]
	for p := 0; p < len(s.planes); {
		first := s.planes[p].item / lanes * lanes
		end, digits := p, 0
		for end < len(s.planes) && s.planes[end].item < first+lanes {
			digits = max(digits, s.planes[end].digit+1)
			end++
		}
		for digit := range digits {
			words := s.column(rows, first, digit)
			for at := p; at < end; at++ {
				if s.planes[at].digit == digit {
					s.words[at][word] = words[s.planes[at].item-first]
				}
			}
		}
		p = end
	}
}

// column returns one digit of eight items' marks as a word per item.
func (s *Sliced) column(rows []uint8, first, digit int) (words [lanes]uint64) {
	for part := range wordSize / lanes {
		var square uint64 // a byte per person, a bit per item
		for i := range lanes {
			marks := binary.LittleEndian.Uint64(rows[(part*lanes+i)*s.stride+first:])
			square |= lowBits(marks>>digit) << (lanes * i)
		}
		square = transposed(square)
		for item := range lanes {
			words[item] |= square >> (lanes * item) & 0xff << (lanes * part)
		}
	}
	return words
}

// lowBits gathers the lowest bit of each of eight bytes; the multiplication moves the bit
// of byte i to place 56+i, and no two meet on the way.
func lowBits(eight uint64) uint64 {
	return eight & 0x0101010101010101 * 0x0102040810204080 >> 56
}

// transposed turns an 8 × 8 matrix of bits about its diagonal by exchanging ever larger
// blocks (Warren 2012, 7-3).
func transposed(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00aa00aa00aa00aa
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000cccc0000cccc
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000f0f0f0f0
	return x ^ t ^ t<<28
}

// Moments returns what was counted so far; more may be added after.
func (s *Sliced) Moments() Moments {
	s.fold()
	m := NewMoments(s.units)
	m.N = s.n
	at := 0
	for a, p := range s.planes {
		for _, q := range s.planes[a:] {
			value := s.both[at] << (p.digit + q.digit)
			at++
			if p == q {
				m.Sums[p.item] += s.both[at-1] << p.digit
			} else if p.item == q.item {
				value *= 2 // the same two digits the other way round
			}
			m.Products[triangle(p.item, q.item, len(s.units))] += value
		}
	}
	return m
}

// triangle is the place of row i ≤ column j in the upper triangle of k rows.
func triangle(i, j, k int) int { return i*k - i*(i-1)/2 + j - i }
