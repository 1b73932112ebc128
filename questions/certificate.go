package questions

// Certificate says of a form what was asked and what it came to, counted from its
// items. It certifies contents, nothing that only data of candidates could show.
type Certificate struct {
	On      Date         `json:"on"`    // The day whose rules and reviews count.
	Claim   string       `json:"claim"` // ContentBalanced.
	Lines   []Line       `json:"lines"`
	Chance  Fraction     `json:"chance"` // What guessing earns on average.
	Load    map[Lang]int `json:"load"`   // Characters in Chinese, words in English: situations and options.
	Seconds int          `json:"seconds"`
}

// What a certificate claims.
const (
	ContentBalanced = "content-balanced, unpiloted" // An item at least has never been tried out.
	ContentOfTried  = "content-balanced"            // Every item has been piloted.
)

// Met reports whether every line is.
func (c *Certificate) Met() bool {
	for _, l := range c.Lines {
		if !l.Met {
			return false
		}
	}
	return true
}

// certify counts what the ordered items come to.
func certify(constraints []constraint, r Request, items []Item) *Certificate {
	c := &Certificate{
		On: r.On, Claim: ContentOfTried, Chance: meanChance(items), Load: map[Lang]int{}, Seconds: planned(items),
	}
	for _, i := range items {
		if i.Status != Piloted && i.Status != Validated {
			c.Claim = ContentBalanced
		}
	}
	ruler := newRuler(items)
	for _, l := range languages {
		for _, i := range items {
			c.Load[l] += ruler.of(i, l).load
		}
	}
	for _, con := range constraints {
		if con.reach == nil {
			continue
		}
		c.Lines = append(c.Lines, con.line(items))
		if con.second != nil {
			c.Lines = append(c.Lines, con.second(items))
		}
	}
	return c
}

// line says what the items come to; whether that keeps the constraint is looked at
// exactly where the number reached is rounded.
func (c constraint) line(items []Item) Line {
	reached := c.reach(items)
	l := Line{c.Requirement, &reached, c.allows(reached)}
	if c.keeps != nil {
		l.Met = c.keeps(items)
	}
	return l
}

// allows reports whether a number keeps the requirement's bounds.
func (r Requirement) allows(n int) bool {
	return (r.Least == nil || n >= *r.Least) && (r.Most == nil || n <= *r.Most)
}

// certifyBetween counts what every two forms share and differ in, and tells the worst.
func certifyBetween(constraints []constraint, forms [][]Item) []Line {
	var lines []Line
	for _, c := range constraints {
		if c.between == nil {
			continue
		}
		worst := 0
		l := Line{Requirement: c.Requirement, Reached: &worst, Met: true}
		for f, b := range forms {
			for _, a := range forms[:f] {
				n := c.between(a, b)
				worst = max(worst, n)
				if c.balances != nil {
					l.Met = l.Met && c.balances(a, b)
				} else {
					l.Met = l.Met && c.allows(n)
				}
			}
		}
		lines = append(lines, l)
	}
	return lines
}
