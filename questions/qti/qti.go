// Package qti carries a bank's items to and from QTI 3.0 packages, so that other
// test engines can show and score them. The native YAML stays the master: what QTI
// cannot hold is listed in the package itself, and what comes in is held against
// the same rules as a bank file.
package qti

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/fourfold/fourfold/questions"
)

// The namespaces and schemas of QTI 3.0 and its content packages.
const (
	itemSpace     = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
	itemSchema    = itemSpace + " https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd"
	packageSpace  = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
	packageSchema = packageSpace + " https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd"
	metaSpace     = "http://www.imsglobal.org/xsd/imsqti_metadata_v3p0"
	lomSpace      = "http://ltsc.ieee.org/xsd/LOM"
	xsiSpace      = "http://www.w3.org/2001/XMLSchema-instance"

	itemType  = "imsqti_item_xmlv3p0"
	testType  = "imsqti_test_xmlv3p0"
	otherType = "webcontent"

	// mapResponse is the standard's own rule: the sum of the mapped values.
	mapResponse = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/map_response.xml"
)

// The names of things in a package.
const (
	manifestFile = "imsmanifest.xml"
	lossesFile   = "losses.txt"
	tool         = "fourfold"
	toolVersion  = "1"
)

// languages are the two instruments an item is written as.
var languages = []questions.Lang{questions.Chinese, questions.English}

// mostResponses bounds an item: its points are found, and checked, by looking at
// every complete response.
const mostResponses = 4096

// responses is how many complete responses an item has.
func responses(i questions.Item) int {
	n, total := len(i.Options), 1
	switch i.Kind {
	case questions.BestWorst:
		return n * (n - 1)
	case questions.Rate:
		for range n {
			total *= 4
		}
	case questions.Rank:
		for k := range n {
			total *= k + 1
		}
	case questions.ChooseK:
		for k := range i.K {
			total = total * (n - k) / (k + 1)
		}
	}
	return total
}

var optionName = regexp.MustCompile(`^[A-Z]$`)

// unfit says why an item is not one that a package can carry, or nothing.
func unfit(i questions.Item) string {
	for _, o := range i.Options {
		if !optionName.MatchString(o.ID) {
			return fmt.Sprintf("option %q is not named by one letter A–Z", o.ID)
		}
	}
	if n := responses(i); n > mostResponses {
		return fmt.Sprintf("has %d possible answers, more than %d", n, mostResponses)
	}
	for _, text := range texts(i) {
		for _, r := range text {
			if !legal(r) {
				return fmt.Sprintf("has the character %U in a text, which XML cannot hold", r)
			}
		}
	}
	return ""
}

// legal reports whether XML 1.0 allows the character; the replacement character
// stands for bytes that were no text.
func legal(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r < 0xfffd || r >= 0x10000
}

// texts lists everything of an item that is written as text.
func texts(i questions.Item) []string {
	all := []string{i.ID, i.KeyVersion, i.Problem, i.SMECheck, i.Debtor.Surname, i.Stem.Chinese, i.Stem.English}
	for _, list := range [][]string{i.Duties, i.Mindsets, i.Enemies, i.Legal} {
		all = append(all, list...)
	}
	for _, o := range i.Options {
		all = append(all, o.Text.Chinese, o.Text.English, o.Why.Chinese, o.Why.English)
		all = append(all, o.Legal...)
	}
	return all
}

// identifier names an item version in one language; it must be an XML name, which
// an id that begins with a digit is not.
func identifier(i questions.Item, l questions.Lang) string {
	return fmt.Sprintf("item-%s-v%d-%s", i.ID, i.Version, l)
}

func itemFile(i questions.Item, l questions.Lang) string {
	return fmt.Sprintf("items/%s.%s.xml", i.ID, l)
}

func testFile(l questions.Lang) string { return fmt.Sprintf("tests/bank.%s.xml", l) }

// What an option is matched with: its rating, its rank or its role.
const (
	best  = "best"
	worst = "worst"
)

// target names what the value of a response's code stands for; nothing where an
// option is simply chosen.
func target(kind questions.Kind, value byte) string {
	switch kind {
	case questions.BestWorst:
		return [...]string{1: best, 2: worst}[value]
	case questions.Rate:
		return "rating-" + strconv.Itoa(int(value))
	case questions.Rank:
		return "rank-" + strconv.Itoa(int(value))
	}
	return ""
}

// values are the codes an option may have in a response.
func values(i questions.Item) []byte {
	switch i.Kind {
	case questions.BestWorst:
		return []byte{1, 2}
	case questions.Rate:
		return []byte{4, 3, 2, 1}
	case questions.Rank:
		var all []byte
		for n := range i.Options {
			all = append(all, byte(n+1))
		}
		return all
	}
	return []byte{1}
}

// key names a part of a response as QTI does: the option, or the directed pair of
// the option and what it is matched with.
func key(i questions.Item, p part) string {
	option := i.Options[p.option].ID
	if t := target(i.Kind, p.value); t != "" {
		return option + " " + t
	}
	return option
}
