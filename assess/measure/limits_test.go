package measure

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

func TestMarksWithinTheirLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		highest := rapid.SliceOfN(rapid.Uint8(), 0, 20).Draw(t, "highest")
		marks := make([]uint8, len(highest))
		want := Reason("")
		for i, most := range highest {
			marks[i] = rapid.OneOf(rapid.Uint8(), rapid.Uint8Range(0, most), rapid.Just(most)).Draw(t, "mark")
			if marks[i] > most {
				want = OutOfRange
			}
		}
		if got := newLimits(highest).check(marks); got != want {
			t.Fatalf("%v within %v: %q, want %q", marks, highest, got, want)
		}
		if got := newLimits(highest).check(append(marks, 0)); got != Mismatched {
			t.Fatalf("a mark too many: %q", got)
		}
	})
}

func TestEveryByteIsComparedByItself(t *testing.T) {
	for x := range 256 {
		for y := range 256 {
			for place := range lanes {
				one, other := [lanes]byte{255, 0, 255, 0, 0, 255, 128, 127}, [lanes]byte{255, 0, 255, 0, 0, 255, 128, 127}
				one[place], other[place] = byte(x), byte(y)
				got := above(binary.LittleEndian.Uint64(one[:]), binary.LittleEndian.Uint64(other[:]))
				want := uint64(0)
				if x > y {
					want = 0x80 << (8 * place)
				}
				if got != want {
					t.Fatalf("%d above %d in byte %d: %016x", x, y, place, got)
				}
			}
		}
	}
}

func TestAnItemWithoutLevelsTakesNoMarks(t *testing.T) {
	for _, levels := range [][]int{{0}, {2, 0}, {-1, 3}} {
		m := NewMatched(levels)
		if why := m.Add(0, Reference, make([]uint8, len(levels))); why == "" {
			t.Errorf("%v: a person is counted", levels)
		}
	}
}
