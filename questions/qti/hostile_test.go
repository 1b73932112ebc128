package qti_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/questions/qti"
)

// entries are the files of a package, by name.
func entries(t testing.TB, pack []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if all[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// entry is one entry of a package being forged.
type entry struct {
	name string
	mode fs.FileMode
	text []byte
}

func packed(t testing.TB, list []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range list {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(e.name, "/") {
			continue
		}
		if _, err := w.Write(e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// small is the package of one item of each kind, as entries in a fixed order. It is
// written once: tests change copies of its texts.
func small(t testing.TB) []entry {
	t.Helper()
	smallOnce.Do(func() { smallEntries = written(t) })
	return slices.Clone(smallEntries)
}

var (
	smallOnce    sync.Once
	smallEntries []entry
)

func written(t testing.TB) []entry {
	b := builtin(t)
	few := questions.Bank{Scale: b.Scale, Premise: b.Premise}
	for _, kind := range questions.Kinds {
		n := slices.IndexFunc(b.Items, func(i questions.Item) bool { return i.Kind == kind })
		few.Items = append(few.Items, b.Items[n])
	}
	var list []entry
	for name, text := range entries(t, exported(t, few)) {
		list = append(list, entry{name: name, text: text})
	}
	slices.SortFunc(list, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return list
}

// refused asserts that a package is refused for that reason, naming the entry.
func refused(t *testing.T, pack []byte, name, word string) {
	t.Helper()
	_, err := imported(pack)
	var r *qti.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("Import = %v, want a Refusal", err)
	}
	if r.Entry != name || r.Word != word {
		t.Errorf("refused %q for %q (%v), want %q for %q", r.Entry, r.Word, err, name, word)
	}
	if name != "" && !strings.HasPrefix(err.Error(), questions.Shown(name)+": ") {
		t.Errorf("%q does not name the entry", err)
	}
}

func TestImportRefusesHostileEntries(t *testing.T) {
	zeros := bytes.Repeat([]byte{0}, 200<<10)
	for story, c := range map[string]struct {
		add  entry
		word string
	}{
		"path out of the package":         {entry{name: "../evil.xml"}, "traversal"},
		"path out further in":             {entry{name: "items/../../evil.xml"}, "traversal"},
		"path out by backslashes":         {entry{name: `items\..\..\evil.xml`}, "traversal"},
		"absolute name":                   {entry{name: "/etc/passwd"}, "absolute"},
		"absolute name of Windows":        {entry{name: "C:/evil.xml"}, "absolute"},
		"share of Windows":                {entry{name: `\\host\evil.xml`}, "absolute"},
		"name with a line break":          {entry{name: "a\nb.xml"}, "name"},
		"name that steers a terminal":     {entry{name: "\x1b[2J.xml"}, "name"},
		"hidden name":                     {entry{name: ".profile"}, "name"},
		"endless name":                    {entry{name: strings.Repeat("a", 300)}, "name"},
		"name that is no text":            {entry{name: "a\xff.xml"}, "name"},
		"symbolic link":                   {entry{name: "link.xml", mode: fs.ModeSymlink | 0o777, text: []byte("/etc/passwd")}, "link"},
		"device":                          {entry{name: "null.xml", mode: fs.ModeDevice | 0o666}, "link"},
		"name twice":                      {entry{name: "imsmanifest.xml"}, "duplicate"},
		"name twice but for its capitals": {entry{name: "IMSMANIFEST.XML"}, "duplicate"},
		"bomb":                            {entry{name: "bomb.txt", text: zeros}, "ratio"},
		"large entry":                     {entry{name: "large.txt", text: bytes.Repeat(zeros, 6)}, "too_large"},
		"entry nobody lists":              {entry{name: "extra.js", text: []byte("alert(1)")}, "unlisted"},
	} {
		t.Run(story, func(t *testing.T) {
			refused(t, packed(t, append(small(t), c.add)), c.add.name, c.word)
		})
	}
}

func TestImportRefusesHostileContent(t *testing.T) {
	list := small(t)
	at := slices.IndexFunc(list, func(e entry) bool { return strings.HasSuffix(e.name, ".en.xml") && strings.HasPrefix(e.name, "items/") })
	item := list[at].name
	test := "tests/bank.en.xml"
	const root = `<qti-assessment-item xmlns=`
	for story, c := range map[string]struct {
		file, old, new, word string
	}{
		"DOCTYPE":                       {item, root, `<!DOCTYPE x>` + root, "doctype"},
		"entities that multiply":        {item, root, `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>` + root, "doctype"},
		"external entity":               {item, root, `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + root, "doctype"},
		"external entity of a test":     {test, "<qti-assessment-test", `<!DOCTYPE x SYSTEM "http://example.test/x.dtd"><qti-assessment-test`, "doctype"},
		"DOCTYPE of the manifest":       {"imsmanifest.xml", "<manifest", `<!DOCTYPE x><manifest`, "doctype"},
		"entity nobody declared":        {item, "<p>", "<p>&evil;", "xml"},
		"script":                        {item, "<p>", "<p><script>alert(1)</script>", "element"},
		"script of another space":       {item, "<p>", `<p><h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>`, "element"},
		"script of a test":              {test, "<p>", "<p><script/>", "element"},
		"event handler":                 {item, "<p>", `<p onclick="alert(1)">`, "attribute"},
		"style":                         {item, "<p>", `<p style="background:url(http://example.test)">`, "attribute"},
		"picture":                       {item, "<p>", `<p><img src="http://example.test/x.png"/>`, "element"},
		"link":                          {item, "<p>", `<p><a href="javascript:alert(1)">x</a>`, "element"},
		"custom interaction":            {item, "<p>", `<qti-portable-custom-interaction/><p>`, "element"},
		"style sheet":                   {item, root, `<?xml-stylesheet href="evil.xsl"?>` + root, "instruction"},
		"inclusion":                     {item, "<p>", `<p><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>`, "element"},
		"another character set":         {item, `encoding="UTF-8"`, `encoding="UTF-7"`, "xml"},
		"bytes that are no text":        {item, "<p>", "<p>\xff", "xml"},
		"deep nesting":                  {item, "<p>", "<p>" + strings.Repeat("<dd>", 40) + strings.Repeat("</dd>", 40), "depth"},
		"text behind the end":           {item, "</qti-assessment-item>", "</qti-assessment-item>more", "xml"},
		"two roots":                     {item, "</qti-assessment-item>", "</qti-assessment-item><p/>", "xml"},
		"another space":                 {item, "xsd/imsqtiasi_v3p0\"", "xsd/imsqti_v2p1\"", "root"},
		"key shown to candidates":       {item, `view="author scorer"`, `view="author candidate"`, "view"},
		"points that are not the key's": {item, `mapped-value="0"`, `mapped-value="9"`, "mapping"},
		"bound that is not the key's":   {item, "upper-bound=\"", "upper-bound=\"1", "mapping"},
		"another way of scoring":        {item, "map_response.xml", "match_correct.xml", "template"},
		"unknown field":                 {item, "<dt>seconds</dt>", "<dt>minutes</dt>", "field"},
		"identity of another item":      {item, `identifier="item-`, `identifier="other-`, "identifier"},
		"no Chinese half":               {"imsmanifest.xml", strings.Replace(item, ".en.", ".zh-CN.", 1), "tests/../" + item, "traversal"},
	} {
		t.Run(story, func(t *testing.T) {
			forged := slices.Clone(list)
			n := slices.IndexFunc(forged, func(e entry) bool { return e.name == c.file })
			text := strings.Replace(string(forged[n].text), c.old, c.new, 1)
			if text == string(forged[n].text) {
				t.Fatalf("%q is not in %s", c.old, c.file)
			}
			forged[n].text = []byte(text)
			refused(t, packed(t, forged), c.file, c.word)
		})
	}
}

func TestImportRefusesHalvesThatDoNotFit(t *testing.T) {
	list := small(t)
	at := slices.IndexFunc(list, func(e entry) bool {
		return strings.HasSuffix(e.name, ".zh-CN.xml") && strings.HasPrefix(e.name, "items/")
	})
	changed := slices.Clone(list)
	changed[at].text = bytes.Replace(list[at].text, []byte("<dd>article</dd>"), []byte("<dd>SME</dd>"), 1)
	_, err := imported(packed(t, changed))
	if want := "in incident, which both languages share"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Import = %v, want …%s", err, want)
	}

	// One language only: neither its file nor its line in the manifest is there.
	name := list[at].name
	var alone []entry
	for _, e := range list {
		if e.name == "imsmanifest.xml" {
			before, after, _ := strings.Cut(string(e.text), "\n    <resource identifier=\""+identifierIn(t, list[at].text)+"\"")
			_, after, _ = strings.Cut(after, "</resource>")
			e.text = []byte(before + after)
		}
		if e.name != name {
			alone = append(alone, e)
		}
	}
	_, err = imported(packed(t, alone))
	if want := "in one language only"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Import = %v, want …%s", err, want)
	}
}

func identifierIn(t *testing.T, text []byte) string {
	_, rest, ok := strings.Cut(string(text), `identifier="item-`)
	if !ok {
		t.Fatal("an item has no identifier")
	}
	id, _, _ := strings.Cut(rest, `"`)
	return "item-" + id
}

// A list of entries that lies about itself never gets read.
func TestImportRefusesWhatIsNoPlainZip(t *testing.T) {
	whole := packed(t, small(t))
	end := bytes.LastIndex(whole, []byte("PK\x05\x06"))
	with := func(change func([]byte)) []byte {
		forged := slices.Clone(whole)
		change(forged[end:])
		return forged
	}
	refused(t, nil, "", "not_zip")
	refused(t, []byte("not a zip"), "", "not_zip")
	refused(t, whole[:len(whole)-5], "", "not_zip")
	refused(t, append([]byte("MZ self-extracting"), whole...), "", "not_zip")
	refused(t, with(func(e []byte) { binary.LittleEndian.PutUint16(e[10:], 60_000) }), "", "entries")
	refused(t, with(func(e []byte) { binary.LittleEndian.PutUint32(e[12:], 1<<30) }), "", "entries")
	refused(t, with(func(e []byte) { binary.LittleEndian.PutUint32(e[16:], 7) }), "", "not_zip")
	many := small(t)
	for n := range 2100 {
		many = append(many, entry{name: fmt.Sprintf("f%d", n)})
	}
	refused(t, packed(t, many), "", "entries")
}

// Two entries of the list that share bytes of the file: the trick of bombs whose
// every entry looks modest.
func TestImportRefusesOverlappingEntries(t *testing.T) {
	list := append(small(t), entry{name: "twin1.txt", text: []byte("one text, unpacked twice")}, entry{name: "twin2.txt", text: []byte("one text, unpacked twice")})
	pack := packed(t, list)
	first := bytes.LastIndex(pack, []byte("twin1.txt")) - 46 // their lines in the list of entries
	second := bytes.LastIndex(pack, []byte("twin2.txt")) - 46
	copy(pack[second+42:second+46], pack[first+42:first+46])
	refused(t, pack, "twin2.txt", "overlap")
}

// An entry that unpacks to more than its list says is not believed, and whatever a
// package claims, reading it takes no more memory than its largest entries.
func TestImportStaysSmall(t *testing.T) {
	list := small(t)
	n := slices.IndexFunc(list, func(e entry) bool { return e.name == "losses.txt" })
	list[n].text = bytes.Repeat([]byte("abcdefghijklmnop"), 4<<20) // 64 MiB
	pack := packed(t, list)
	at := bytes.LastIndex(pack, []byte("losses.txt")) - 46
	binary.LittleEndian.PutUint32(pack[at+24:], 1000) // the list says 1,000 bytes

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	refused(t, pack, "losses.txt", "not_zip")
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 24<<20 {
		t.Errorf("refusing it took %d MiB", used>>20)
	}
}

// Reading writes nothing anywhere, not even into the folder for temporary files.
func TestImportWritesNothing(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Chdir(folder)
	if _, err := imported(packed(t, small(t))); err != nil {
		t.Fatal(err)
	}
	refused(t, packed(t, append(small(t), entry{name: "../evil.xml"})), "../evil.xml", "traversal")
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
