package assess

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
)

// scoreBins is how many bins the mean mark of a quality is counted in: every five
// points from 0 to 100, the nearest one.
const scoreBins = 21

// Closeness is counted in whole points. It ends at 100; below chance it reaches
// −c/(1−c), which for a chance level of two thirds is −200.
const (
	lowestPoint  = -200
	highestPoint = 100
	pointBins    = highestPoint - lowestPoint + 1
)

// clocks are the two references of response times: people with the standard limit,
// and those with more time.
const clocks = 2

// layout says which counter of a tally stands where, for one form. All counters are
// integers that add up, so a tally is one list of them: shards are summed, an erased
// person subtracted and two tallies compared place by place.
//
//	0                                     results
//	whole, then each quality              n, sums and cross-products of those who answered all
//	each quality                          results with a score; closeness in whole points
//	each item                             score bin × mark
//	each item, each option                score bin × what was done with the option
//	each item, each clock                 time spent, in measure's bins
type layout struct {
	form      *questions.Form
	items     []itemLayout
	whole     momentsLayout
	qualities []qualityLayout
	size      int
}

type momentsLayout struct {
	at    int
	items []int // places in the form
}

type qualityLayout struct {
	items   []int
	unit    int64   // what a full mark counts where the quality's items are added up
	chance  []int64 // by item of the quality, in that unit
	moments momentsLayout
	shown   int
	points  int
}

type itemLayout struct {
	quality int
	place   int   // among the quality's items
	units   int64 // what a full mark counts
	columns int   // what may be done with an option: 0 nothing, then the response's own code
	marks   int
	picks   int
	times   int
	known   []atomic.Int32 // marks by response, as asked for so far; see mark
}

const (
	notAsked  = 0
	noMark    = 1
	firstMark = 2
)

func layoutOf(form *questions.Form) *layout {
	l := &layout{form: form, items: make([]itemLayout, len(form.Items))}
	take := func(n int) int {
		at := l.size
		l.size += n
		return at
	}
	moments := func(items []int) momentsLayout {
		k := len(items)
		return momentsLayout{take(1 + k + k*(k+1)/2), items}
	}
	take(1)
	all := make([]int, len(form.Items))
	for i := range all {
		all[i] = i
	}
	l.whole = moments(all)
	for q, name := range questions.Qualities {
		var quality qualityLayout
		quality.unit = 1
		for i, item := range form.Items {
			if item.Quality != name {
				continue
			}
			l.items[i].quality, l.items[i].place = q, len(quality.items)
			l.items[i].units = item.FullMark()
			quality.items = append(quality.items, i)
			quality.unit = lcm(lcm(quality.unit, l.items[i].units), max(1, form.Chances[i].Mean.Den))
		}
		for _, i := range quality.items {
			c := form.Chances[i].Mean
			quality.chance = append(quality.chance, quality.unit/max(1, c.Den)*c.Num)
		}
		quality.moments = moments(quality.items)
		quality.shown, quality.points = take(1), take(pointBins)
		l.qualities = append(l.qualities, quality)
	}
	for i, item := range form.Items {
		at := &l.items[i]
		at.columns = codesOf(item)
		at.marks = take(scoreBins * int(at.units+1))
		at.picks = take(len(item.Options) * scoreBins * at.columns)
		at.times = take(clocks * measure.TimeBins)
		responses := 1
		for range item.Options {
			responses *= at.columns
		}
		at.known = make([]atomic.Int32, min(responses, mostKnown))
	}
	return l
}

// mostKnown bounds the memory of marks an item takes; longer items are marked anew
// each time.
const mostKnown = 1 << 16

// codesOf is how many different bytes an option of the item may have in a vector.
func codesOf(item questions.Item) int {
	switch item.Kind {
	case questions.BestWorst:
		return 3
	case questions.Rate:
		return 5
	case questions.Rank:
		return len(item.Options) + 1
	}
	return 2
}

func lcm(a, b int64) int64 {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

// mark is what a response earns, in the item's units; false where it earns none. Each
// response is marked by the item's own rule once and remembered.
func (l *layout) mark(i int, code []byte) (int, bool) {
	at := &l.items[i]
	number := 0
	for _, b := range code {
		number = number*at.columns + int(b)
	}
	if number >= len(at.known) {
		m, ok := l.judge(i, code)
		return m, ok
	}
	switch kept := at.known[number].Load(); kept {
	case notAsked:
		m, ok := l.judge(i, code)
		kept = noMark
		if ok {
			kept = int32(firstMark + m)
		}
		at.known[number].Store(kept)
		return m, ok
	case noMark:
		return 0, false
	default:
		return int(kept - firstMark), true
	}
}

func (l *layout) judge(i int, code []byte) (int, bool) {
	r, err := l.form.Items[i].Decode(code)
	if err != nil {
		return 0, false
	}
	m, ok := l.form.Items[i].Mark(r)
	return m.Num, ok
}

// counted is what statistics are made of: a sitting's response vector, the bins of
// its times, and whether the person had more time than others.
type counted struct {
	vector []byte
	times  []byte
	extra  bool
}

var errVector = errors.New("the response vector does not fit its form")

// marksOf marks a vector, −1 where an item has no mark, and cuts it into the items'
// codes.
func (l *layout) marksOf(vector []byte) (marks []int64, codes [][]byte, err error) {
	marks, codes = make([]int64, len(l.items)), make([][]byte, len(l.items))
	for i, item := range l.form.Items {
		n := len(item.Options)
		if len(vector) < n {
			return nil, nil, errVector
		}
		for _, b := range vector[:n] {
			if int(b) >= l.items[i].columns {
				return nil, nil, errVector
			}
		}
		codes[i], vector = vector[:n], vector[n:]
		marks[i] = -1
		if m, ok := l.mark(i, codes[i]); ok {
			marks[i] = int64(m)
		}
	}
	if len(vector) > 0 {
		return nil, nil, errVector
	}
	return marks, codes, nil
}

// count adds a result to the counters, by times.
func (l *layout) count(to []int64, c counted, by int64) error {
	marks, codes, err := l.marksOf(c.vector)
	if err != nil {
		return err
	}
	to[0] += by
	l.whole.count(to, marks, by)
	for q := range l.qualities {
		l.countQuality(to, q, marks, codes, by)
	}
	clock := 0
	if c.extra {
		clock = 1
	}
	for i, at := range l.items {
		if i < len(c.times) && c.times[i] > 0 && int(c.times[i]) <= measure.TimeBins && marks[i] >= 0 {
			to[at.times+clock*measure.TimeBins+int(c.times[i])-1] += by
		}
	}
	return nil
}

// count adds the marks of one who answered every item.
func (m momentsLayout) count(to []int64, marks []int64, by int64) {
	for _, i := range m.items {
		if marks[i] < 0 {
			return
		}
	}
	to[m.at] += by
	sums := to[m.at+1:]
	products := sums[len(m.items):]
	at := 0
	for a, i := range m.items {
		x := by * marks[i]
		sums[a] += x
		for _, j := range m.items[a:] {
			products[at] += x * marks[j]
			at++
		}
	}
}

// countQuality counts the score on one quality and, by it, the items; a result in
// which too little was answered for a score has none.
func (l *layout) countQuality(to []int64, q int, marks []int64, codes [][]byte, by int64) {
	quality := &l.qualities[q]
	quality.moments.count(to, marks, by)
	above, whole, answered := quality.sum(l, marks)
	if !questions.Enough(answered, len(quality.items)) {
		return
	}
	sum := above + quality.luck(marks)
	to[quality.shown] += by
	point := floorDiv(200*above+whole, 2*whole) // 100 · above / whole, half up
	to[quality.points+int(min(max(point, lowestPoint), highestPoint)-lowestPoint)] += by
	full := quality.unit * int64(answered)
	bin := int((2*(scoreBins-1)*sum + full) / (2 * full))
	for _, i := range quality.items {
		if marks[i] < 0 {
			continue
		}
		at := &l.items[i]
		to[at.marks+bin*int(at.units+1)+int(marks[i])] += by
		for option, code := range codes[i] {
			to[at.picks+(option*scoreBins+bin)*at.columns+int(code)] += by
		}
	}
}

// sum returns what lies above chance and what could, over the items answered, in the
// quality's unit: their quotient is closeness.
func (q *qualityLayout) sum(l *layout, marks []int64) (above, whole int64, answered int) {
	for place, i := range q.items {
		if marks[i] < 0 {
			continue
		}
		answered++
		above += q.unit/l.items[i].units*marks[i] - q.chance[place]
		whole += q.unit - q.chance[place]
	}
	return above, whole, answered
}

// luck is the chance level of the items answered, in the quality's unit.
func (q *qualityLayout) luck(marks []int64) int64 {
	sum := int64(0)
	for place, i := range q.items {
		if marks[i] >= 0 {
			sum += q.chance[place]
		}
	}
	return sum
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// timesOf keeps the time spent on each item as a byte: its bin from 1, 0 for none.
func timesOf(spentMS []int64) []byte {
	times := make([]byte, len(spentMS))
	for i, ms := range spentMS {
		if ms > 0 {
			times[i] = byte(1 + measure.TimeBin(time.Duration(min(ms, longestSpent))*time.Millisecond))
		}
	}
	return times
}

// countsVersion begins every kept list of counters; another order of counters is
// another version.
const countsVersion = 1

// encodeCounts writes counters as text: the version, then for each that is not zero
// how many places it is further on, and its value.
func encodeCounts(counts []int64) []byte {
	out := []byte{countsVersion}
	last := 0
	for at, n := range counts {
		if n != 0 {
			out = binary.AppendUvarint(out, uint64(at-last))
			out = binary.AppendVarint(out, n)
			last = at
		}
	}
	return out
}

var errCounts = errors.New("the kept counts cannot be read")

// addCounts adds what encodeCounts wrote.
func addCounts(to []int64, text []byte) error {
	if len(text) == 0 || text[0] != countsVersion {
		return errCounts
	}
	at, text := uint64(0), text[1:]
	for len(text) > 0 {
		gap, n := binary.Uvarint(text)
		if n <= 0 || gap > math.MaxInt32 {
			return errCounts
		}
		value, m := binary.Varint(text[n:])
		if at += gap; m <= 0 || at >= uint64(len(to)) {
			return errCounts
		}
		to[at] += value
		text = text[n+m:]
	}
	return nil
}

// place says in words what a counter counts, for who compares two tallies.
func (l *layout) place(at int) string {
	if at == 0 {
		return "results"
	}
	if text := l.whole.place("whole form", at); text != "" {
		return text
	}
	for q, quality := range l.qualities {
		name := string(questions.Qualities[q])
		if text := quality.moments.place(name, at); text != "" {
			return text
		}
		if at == quality.shown {
			return name + ": results with a score"
		}
		if at >= quality.points && at < quality.points+pointBins {
			return fmt.Sprintf("%s: closeness %d", name, at-quality.points+lowestPoint)
		}
	}
	for i, item := range l.items {
		name := l.form.Items[i].ID
		levels := int(item.units + 1)
		switch {
		case at < item.picks:
			return fmt.Sprintf("%s: score bin %d, mark %d/%d", name, (at-item.marks)/levels, (at-item.marks)%levels, item.units)
		case at < item.times:
			cell := (at - item.picks) / item.columns
			return fmt.Sprintf("%s: option %s, score bin %d, code %d", name, l.form.Items[i].Options[cell/scoreBins].ID, cell%scoreBins, (at-item.picks)%item.columns)
		case at < item.times+clocks*measure.TimeBins:
			return fmt.Sprintf("%s: clock %d, time bin %d", name, (at-item.times)/measure.TimeBins, (at-item.times)%measure.TimeBins)
		}
	}
	return fmt.Sprintf("counter %d", at)
}

func (m momentsLayout) place(name string, at int) string {
	k := len(m.items)
	switch at -= m.at; {
	case at < 0 || at >= 1+k+k*(k+1)/2:
		return ""
	case at == 0:
		return name + ": answered every item"
	case at <= k:
		return fmt.Sprintf("%s: sum of marks, item %d", name, m.items[at-1]+1)
	default:
		return fmt.Sprintf("%s: cross-product %d", name, at-1-k)
	}
}
