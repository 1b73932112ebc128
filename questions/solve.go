package questions

// A program is a question about whole numbers: is there a value for each variable,
// within its bounds, so that every sum lies within its own? Items are the variables
// of a form, quotas its sums. What is searched here knows nothing of either.
type program struct {
	lowest, highest []int64
	rows            []row
	in              [][]part // By variable: the rows it is part of.
}

// row is a sum that must lie from lo to hi. Its least and greatest value under the
// present bounds are kept up to date.
type row struct {
	lo, hi      int64
	parts       []part
	least, most int64
	widest      int64 // The most that one variable can move the sum.
	quota       bool  // Every coefficient is 1 and lo is a number to be reached.
	queued      bool
}

// part is a coefficient and what it belongs to: a variable in a row, a row in a
// variable.
type part struct {
	at     int
	weight int64
}

// unbounded is beyond any sum.
const unbounded = int64(1) << 60

// variable adds one that may be 0 to most and returns its number.
func (p *program) variable(most int64) int {
	p.lowest, p.highest = append(p.lowest, 0), append(p.highest, most)
	p.in = append(p.in, nil)
	return len(p.lowest) - 1
}

// sum adds a row. Parts without weight are left out.
func (p *program) sum(lo, hi int64, parts []part) {
	r := row{lo: lo, hi: hi, quota: lo > -unbounded}
	for _, t := range parts {
		if t.weight == 0 {
			continue
		}
		p.in[t.at] = append(p.in[t.at], part{len(p.rows), t.weight})
		r.parts = append(r.parts, t)
		r.quota = r.quota && t.weight == 1
		swing := t.weight * p.highest[t.at]
		r.least, r.most = r.least+min(swing, 0), r.most+max(swing, 0)
		r.widest = max(r.widest, swing, -swing)
	}
	p.rows = append(p.rows, r)
}

// search looks for a solution by branching and tightening bounds. It is complete:
// when it ends without a solution and without having spent its failures, there is none.
type search struct {
	*program
	rank  []int              // A random order in which variables are tried.
	fails int                // How often it may still turn back.
	found func([]int64) bool // Whether values that meet every row will do.
	queue []int              // Rows to look at again.
	trail []bounds           // What to restore when turning back.
}

// bounds are what a variable's were.
type bounds struct {
	variable        int
	lowest, highest int64
}

// solve reports whether found accepted a solution, and how often the search might
// still have turned back: when it found none and that is below 0, it gave up. The
// program is left as it was.
func (p *program) solve(d dice, fails int, found func([]int64) bool) (ok bool, left int) {
	s := search{program: p, rank: d.shuffled(len(p.lowest)), fails: fails, found: found}
	for n := range p.rows {
		p.rows[n].queued = true
		s.queue = append(s.queue, n)
	}
	ok = s.run()
	s.back(0)
	return ok, s.fails
}

// run searches below the present bounds.
func (s *search) run() bool {
	for {
		if !s.tighten() {
			s.fails--
			return false
		}
		v := s.next()
		if v < 0 { // The lowest values will do for every row: perhaps they are the solution.
			if s.found(s.lowest) {
				return true
			}
			s.fails--
			if v = s.anyOpen(); v < 0 || s.fails < 0 {
				return false
			}
		}
		mark := len(s.trail)
		if s.bind(v, s.lowest[v]+1, s.highest[v]) && s.run() {
			return true
		}
		s.back(mark)
		if s.fails < 0 {
			return false
		}
		if !s.bind(v, s.lowest[v], s.lowest[v]) {
			s.fails--
			return false
		}
	}
}

// bind narrows a variable's bounds and tells its rows. It reports false when a row
// cannot be met any more.
func (s *search) bind(v int, lowest, highest int64) bool {
	if lowest > highest {
		return false
	}
	up, down := lowest-s.lowest[v], s.highest[v]-highest
	if up == 0 && down == 0 {
		return true
	}
	s.trail = append(s.trail, bounds{v, s.lowest[v], s.highest[v]})
	s.lowest[v], s.highest[v] = lowest, highest
	sound := true
	for _, t := range s.in[v] {
		r := &s.rows[t.at]
		if t.weight > 0 {
			r.least, r.most = r.least+t.weight*up, r.most-t.weight*down
		} else {
			r.least, r.most = r.least-t.weight*down, r.most+t.weight*up
		}
		if r.least > r.hi || r.most < r.lo {
			sound = false
		}
		if !r.queued && (r.hi-r.least < r.widest || r.most-r.lo < r.widest) {
			r.queued = true
			s.queue = append(s.queue, t.at)
		}
	}
	return sound
}

// back restores the bounds as they were at a mark of the trail.
func (s *search) back(mark int) {
	for n := len(s.trail) - 1; n >= mark; n-- {
		b := s.trail[n]
		up, down := s.lowest[b.variable]-b.lowest, b.highest-s.highest[b.variable]
		for _, t := range s.in[b.variable] {
			r := &s.rows[t.at]
			if t.weight > 0 {
				r.least, r.most = r.least-t.weight*up, r.most+t.weight*down
			} else {
				r.least, r.most = r.least+t.weight*down, r.most-t.weight*up
			}
		}
		s.lowest[b.variable], s.highest[b.variable] = b.lowest, b.highest
	}
	s.trail = s.trail[:mark]
	for _, n := range s.queue {
		s.rows[n].queued = false
	}
	s.queue = s.queue[:0]
}

// tighten narrows bounds until no row asks for more. It reports false when a row
// cannot be met.
func (s *search) tighten() bool {
	for len(s.queue) > 0 {
		n := s.queue[len(s.queue)-1]
		s.queue = s.queue[:len(s.queue)-1]
		s.rows[n].queued = false
		if !s.tightenRow(n) {
			return false
		}
	}
	return true
}

func (s *search) tightenRow(n int) bool {
	r := &s.rows[n]
	if r.least > r.hi || r.most < r.lo {
		return false
	}
	for _, t := range r.parts {
		lowest, highest := s.lowest[t.at], s.highest[t.at]
		if lowest == highest {
			continue
		}
		above, below := r.hi-r.least, r.most-r.lo // What the sum may still rise and fall.
		if w := t.weight; w > 0 {
			highest = min(highest, lowest+above/w)
			lowest = max(lowest, s.highest[t.at]-below/w)
		} else {
			lowest = max(lowest, highest-above/-w)
			highest = min(highest, s.lowest[t.at]+below/-w)
		}
		if !s.bind(t.at, lowest, highest) {
			return false
		}
	}
	return true
}

// next chooses the variable to branch on: one of the quota with the least to spare,
// else one that helps a row that the lowest values do not meet. It is −1 when they
// meet every row.
func (s *search) next() int {
	tightest, least := -1, unbounded
	for n := range s.rows {
		if r := &s.rows[n]; r.quota && r.least < r.lo && r.most-r.lo < least {
			tightest, least = n, r.most-r.lo
		}
	}
	if tightest >= 0 {
		return s.first(s.rows[tightest].parts, 1)
	}
	for n := range s.rows {
		r := &s.rows[n]
		if r.quota {
			continue
		}
		sum := int64(0)
		for _, t := range r.parts {
			sum += t.weight * s.lowest[t.at]
		}
		if sum < r.lo {
			return s.first(r.parts, 1)
		}
		if sum > r.hi {
			return s.first(r.parts, -1)
		}
	}
	return -1
}

// first returns the first open variable among the parts whose weight has the sign.
// After tightening there is one wherever the lowest values miss a row.
func (s *search) first(parts []part, sign int64) int {
	v := -1
	for _, t := range parts {
		if t.weight*sign > 0 && s.lowest[t.at] < s.highest[t.at] && (v < 0 || s.rank[t.at] < s.rank[v]) {
			v = t.at
		}
	}
	return v
}

// anyOpen returns the first open variable of all, or −1.
func (s *search) anyOpen() int {
	v := -1
	for n := range s.lowest {
		if s.lowest[n] < s.highest[n] && (v < 0 || s.rank[n] < s.rank[v]) {
			v = n
		}
	}
	return v
}
