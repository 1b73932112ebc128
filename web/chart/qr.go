package chart

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quietZone is the empty margin in modules that ISO/IEC 18004 asks for.
const quietZone = 4

// QR draws a text as a QR code: a free-standing SVG document, black on white on
// every page, because cameras want it so.
func QR(text, title string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return "", fmt.Errorf("QR code: %w", err)
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; {
			run := 0
			for x+run < size && dark(code.At(x+run, y).RGBA()) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, run, run)
			}
			x += max(run, 1)
		}
	}
	return draw("qr.svg", struct {
		Title, Path string
		Side        int
	}{title, path.String(), size + 2*quietZone}), nil
}

func dark(red, _, _, _ uint32) bool { return red == 0 }
