package qti

import (
	"archive/zip"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/fourfold/fourfold/questions"
)

// Bounds of a package, far above any real one. With them a package needs little
// memory whatever it claims: entries are read one at a time and never beyond
// largestEntry.
const (
	largestPackage   = 32 << 20
	mostEntries      = 2000
	largestDirectory = mostEntries * 256 // Bytes of the list of entries.
	longestName      = 120
	largestEntry     = 1 << 20
	largestTotal     = 64 << 20
	ratioFloor       = 16 << 10 // Smaller entries may compress as they like.
	highestRatio     = 60
)

// Refusal is why a package is not read: the entry at fault, a stable word and what
// is wrong with it.
type Refusal struct {
	Entry   string // Empty for the package itself.
	Word    string
	Message string
}

func (r *Refusal) Error() string {
	if r.Entry == "" {
		return r.Message
	}
	return fmt.Sprintf("%s: %s", questions.Shown(r.Entry), r.Message)
}

func refuse(entry, word, format string, args ...any) error {
	return &Refusal{entry, word, fmt.Sprintf(format, args...)}
}

// archive is a zip file whose list of entries has been looked at: names are plain
// and unique, sizes within bounds, nothing overlaps. The entries are still untrusted.
type archive struct {
	files map[string]*zip.File
	names []string // In the order of the package.
	read  int64    // Bytes taken out so far.
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`)

func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	if size > largestPackage {
		return nil, refuse("", "too_large", "the package is larger than %d bytes", largestPackage)
	}
	if err := checkDirectory(r, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, refuse("", "not_zip", "not a zip file: %v", err)
	}
	if len(z.File) > mostEntries {
		return nil, refuse("", "entries", "has %d entries, more than %d", len(z.File), mostEntries)
	}
	a := &archive{files: map[string]*zip.File{}}
	var total uint64
	folded := map[string]string{}
	for _, f := range z.File {
		if err := checkEntry(f); err != nil {
			return nil, err
		}
		if other, taken := folded[strings.ToLower(f.Name)]; taken {
			return nil, refuse(f.Name, "duplicate", "has the same name as %s", other)
		}
		folded[strings.ToLower(f.Name)] = f.Name
		if total += f.UncompressedSize64; total > largestTotal {
			return nil, refuse(f.Name, "too_large", "with it the package comes to more than %d bytes", largestTotal)
		}
		if !strings.HasSuffix(f.Name, "/") {
			a.files[f.Name] = f
			a.names = append(a.names, f.Name)
		}
	}
	return a, checkOverlap(z.File)
}

// The end of a zip file.
const (
	endSignature = 0x06054b50
	endSize      = 22
	endComment   = 1<<16 - 1
)

// checkDirectory looks at the end of the file before archive/zip reads the whole
// list of entries into memory: the list must be short, and end where the end
// begins, so that no more of it can be read than it says.
func checkDirectory(r io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, endSize+endComment))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for at := len(tail) - endSize; at >= 0; at-- {
		end := tail[at:]
		if binary.LittleEndian.Uint32(end) != endSignature || at+endSize+int(binary.LittleEndian.Uint16(end[20:])) != len(tail) {
			continue
		}
		entries, length := binary.LittleEndian.Uint16(end[10:]), int64(binary.LittleEndian.Uint32(end[12:]))
		offset := int64(binary.LittleEndian.Uint32(end[16:]))
		switch {
		case entries > mostEntries:
			return refuse("", "entries", "has %d entries, more than %d", entries, mostEntries)
		case length > largestDirectory:
			return refuse("", "entries", "its list of entries takes %d bytes, more than %d", length, largestDirectory)
		case offset+length != size-int64(len(tail))+int64(at):
			return refuse("", "not_zip", "not a plain zip file: the list of entries is not where it should be")
		}
		return nil
	}
	return refuse("", "not_zip", "not a zip file")
}

// checkEntry looks at what the list says of an entry.
func checkEntry(f *zip.File) error {
	name := strings.TrimSuffix(f.Name, "/")
	switch {
	case strings.HasPrefix(name, "/"), strings.HasPrefix(name, `\`), len(name) > 1 && name[1] == ':':
		return refuse(f.Name, "absolute", "is an absolute name")
	case slices.Contains(strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '\\' }), ".."):
		return refuse(f.Name, "traversal", "leads out of the package")
	case len(name) > longestName || !plainName.MatchString(name):
		return refuse(f.Name, "name", "is not a plain name of at most %d letters, digits, dots, dashes and underscores", longestName)
	case f.Mode().IsDir():
		if f.UncompressedSize64 > 0 {
			return refuse(f.Name, "name", "is a folder with content")
		}
	case !f.Mode().IsRegular():
		return refuse(f.Name, "link", "is a link or another thing that is not a file")
	case f.Flags&1 != 0:
		return refuse(f.Name, "encrypted", "is encrypted")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return refuse(f.Name, "method", "is compressed in an unknown way")
	case f.UncompressedSize64 > largestEntry:
		return refuse(f.Name, "too_large", "is larger than %d bytes", largestEntry)
	case f.UncompressedSize64 > ratioFloor && f.UncompressedSize64/max(f.CompressedSize64, 1) > highestRatio:
		return refuse(f.Name, "ratio", "unpacks to more than %d times its size", highestRatio)
	}
	return nil
}

// checkOverlap refuses entries that share bytes of the file, with which a small
// package unpacks to a huge one although each entry looks modest.
func checkOverlap(files []*zip.File) error {
	type span struct {
		name       string
		begin, end int64
	}
	var spans []span
	for _, f := range files {
		begin, err := f.DataOffset()
		if err != nil {
			return refuse(f.Name, "not_zip", "cannot be found: %v", err)
		}
		spans = append(spans, span{f.Name, begin, begin + int64(f.CompressedSize64)})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end)) })
	for n := 1; n < len(spans); n++ {
		if spans[n].begin < spans[n-1].end {
			return refuse(spans[n].name, "overlap", "shares its bytes with %s", spans[n-1].name)
		}
	}
	return nil
}

// content takes an entry out of the package. What the list said of its size is not
// believed.
func (a *archive) content(name string) ([]byte, error) {
	f, ok := a.files[name]
	if !ok {
		return nil, refuse(name, "missing", "is not in the package")
	}
	r, err := f.Open()
	if err != nil {
		return nil, refuse(name, "not_zip", "cannot be opened: %v", err)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, largestEntry+1))
	switch {
	case len(text) > largestEntry:
		return nil, refuse(name, "too_large", "is larger than %d bytes", largestEntry)
	case err != nil:
		return nil, refuse(name, "not_zip", "cannot be unpacked: %v", err)
	}
	if a.read += int64(len(text)); a.read > largestTotal {
		return nil, refuse(name, "too_large", "with it the package comes to more than %d bytes", largestTotal)
	}
	return text, nil
}
