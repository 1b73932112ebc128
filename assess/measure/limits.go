package measure

import "encoding/binary"

// limits are the highest marks of some items, eight to a word, and how many there are.
type limits struct {
	words []uint64
	items int
}

func newLimits(highest []uint8) limits {
	l := limits{items: len(highest)}
	for len(highest) > 0 {
		var eight [lanes]uint8
		highest = highest[copy(eight[:], highest):]
		l.words = append(l.words, binary.LittleEndian.Uint64(eight[:]))
	}
	return l
}

// check says what is wrong with marks that are not one per item or not within their
// limits.
func (l limits) check(marks []uint8) Reason {
	if len(marks) != l.items {
		return Mismatched
	}
	var over uint64
	for _, limit := range l.words {
		if len(marks) < lanes {
			var rest [lanes]uint8
			copy(rest[:], marks)
			over |= above(binary.LittleEndian.Uint64(rest[:]), limit)
			break
		}
		over |= above(binary.LittleEndian.Uint64(marks), limit)
		marks = marks[lanes:]
	}
	if over != 0 {
		return OutOfRange
	}
	return ""
}

// above marks, by its highest bit, each byte of x that is more than the same byte of y:
// where y−x borrows (Warren 2012, 2-13 and 2-18).
func above(x, y uint64) uint64 {
	const high = 0x8080808080808080
	difference := ((y | high) - (x &^ high)) ^ ((y ^ ^x) & high)
	return (^y&x | (^y|x)&difference) & high
}
