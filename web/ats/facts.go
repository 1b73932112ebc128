package ats

import (
	"fmt"
	"strings"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// fact is one line of a result as a vendor shows it. A result has four figures and
// no total: what has no number says why.
type fact struct {
	id     string
	label  string
	number *int
	words  string
}

// facts are the four qualities and what must stand beside them.
func facts(r assess.Result, w Words) []fact {
	var all []fact
	d := r.Document
	for _, q := range d.Qualities {
		f := fact{id: string(q.Quality), label: w.Say("quality." + string(q.Quality)), number: q.Closeness}
		if q.Closeness == nil {
			f.words = w.Say("ats.not_shown", "answered", q.Answered, "of", q.Of)
		}
		all = append(all, f)
	}
	return append(all,
		fact{id: "scale", label: w.Say("ats.scale"), words: w.Say("ats.scale.text")},
		fact{id: "answered", label: w.Say("ats.answered"), words: fmt.Sprintf("%d/%d", d.Answered, d.Of)},
		fact{id: "ended", label: w.Say("ats.ended"), words: w.Say("stage." + string(d.Sitting.Ended))},
		fact{id: "finished_at", label: w.Say("ats.finished_at"), words: d.Sitting.EndedAt.UTC().Format("2006-01-02 15:04 MST")},
		fact{id: "key_status", label: w.Say("ats.key_status"), words: w.Say("key_status." + string(d.KeyStatus))},
		fact{id: "notice", label: w.Say("ats.notice"), words: w.Text(d.Notice.Chinese, d.Notice.English)},
	)
}

// value is what a fact says, as a number where it has one.
func (f fact) value() any {
	if f.number != nil {
		return *f.number
	}
	return f.words
}

// profile is the result in one line. It is never one number: there is none.
func profile(r assess.Result, w Words) string {
	var parts []string
	for _, f := range facts(r, w)[:len(questions.Qualities)] {
		figure := "–"
		if f.number != nil {
			figure = fmt.Sprint(*f.number)
		}
		parts = append(parts, f.label+" "+figure)
	}
	return strings.Join(parts, " · ")
}

// spent is how long the sitting took, as hours, minutes and seconds.
func spent(r assess.Result) string {
	d := r.Document.Sitting.EndedAt.Sub(r.Document.Sitting.StartedAt.Time).Round(time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// standing is where an order stands, in words.
func standing(o assess.VendorOrder, w Words) string {
	return w.Say("stage." + string(o.Invitation.Stage))
}

// ended reports whether an order is over without a result.
func ended(o assess.VendorOrder) bool {
	switch o.Invitation.Stage {
	case assess.StageCancelled, assess.StageLapsed, assess.StageWithdrawn:
		return true
	}
	return false
}
