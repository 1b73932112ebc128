package assess

import (
	"context"
	"time"

	"github.com/fourfold/fourfold/assess/measure"
	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
)

// Signal is a remark on how the answers of a sitting were given. It is for a person to
// read and to ask about; no score knows it.
type Signal struct {
	Word SignalWord
	N    int // How often.
	Of   int // Out of how many.
}

// SignalWord is a stable word for a remark.
type SignalWord string

// The remarks.
const (
	TooFast   SignalWord = "too_fast"   // answered in less than a tenth of the item's median time, or in under three seconds
	LongRun   SignalWord = "long_run"   // the same rating many times in a row, in the order seen
	SamePlace SignalWord = "same_place" // the most effective option was always the one in the same place
	AtTheEnd  SignalWord = "at_the_end" // nearly everything was answered in the last tenth of the time taken
)

const (
	longRun     = 12 // ratings in a row; three items of four options
	placesAsked = 6  // best_worst items it takes to speak of one place
	lastTenth   = 10
	answersLate = 8 // answers it takes to speak of the end
)

const sittingTrace = `
	SELECT seed, extra_time, started_at, ended_at
	FROM sittings
	WHERE organization_id = $1 AND id = $2`

const answersSaved = `
	SELECT item, saved_at
	FROM responses
	WHERE organization_id = $1 AND sitting_id = $2 AND response <> '{}'`

// signals looks at how a reported sitting was answered. Times are compared with those
// of people under the same clock, in the same language.
func (c *Center) signals(ctx context.Context, organization uuid.UUID, r Report) ([]Signal, error) {
	d := r.Result.Document
	sitting, err := ParseID(SittingID, d.Sitting.ID)
	if err != nil {
		return nil, err
	}
	var s struct {
		Seed      int64 `db:"seed"`
		ExtraTime int   `db:"extra_time"`
		StartedAt Time  `db:"started_at"`
		EndedAt   Time  `db:"ended_at"`
	}
	if err := c.read.GetContext(ctx, &s, sittingTrace, organization, sitting); err != nil {
		return nil, readError(err)
	}
	var saved []struct {
		Item int  `db:"item"`
		At   Time `db:"saved_at"`
	}
	if err := c.read.SelectContext(ctx, &saved, answersSaved, organization, sitting); err != nil {
		return nil, readError(err)
	}
	all, err := c.tallies(ctx, organization, r.Form, d.Form.Hash, everybody)
	if err != nil {
		return nil, err
	}
	clock := 0
	if s.ExtraTime != 100 {
		clock = 1
	}
	var found []Signal
	note := func(word SignalWord, n, of int, when bool) {
		if when {
			found = append(found, Signal{word, n, of})
		}
	}
	fast, timed := all[d.Sitting.Language].tooFast(d, clock)
	note(TooFast, fast, timed, fast > 0)
	run, ratings := longestRun(r.Form, r.Responses, s.Seed)
	note(LongRun, run, ratings, run >= longRun)
	place, of := samePlace(r.Form, r.Responses, s.Seed)
	note(SamePlace, place, of, of >= placesAsked && place == of)
	late := 0
	whole := s.EndedAt.Sub(s.StartedAt.Time)
	for _, a := range saved {
		if a.At.After(s.EndedAt.Add(-whole / lastTenth)) {
			late++
		}
	}
	note(AtTheEnd, late, len(saved), len(saved) >= answersLate && 4*late >= 3*len(saved))
	return found, nil
}

// tooFast counts the answers that were hardly read. Items without a median of enough
// people are asked for three seconds.
func (t tally) tooFast(d ResultDocument, clock int) (fast, timed int) {
	for i, s := range d.Items {
		if !s.Answered || d.SpentMS[i] == 0 {
			continue
		}
		timed++
		times := t.times(i, clock)
		n := int64(0)
		for _, count := range times {
			n += count
		}
		limit := measure.TooFast(0)
		if median := enough(n, ItemFloor, measure.MedianTime(times)); median.Known() {
			limit = measure.TooFast(median.Value)
		}
		if time.Duration(d.SpentMS[i])*time.Millisecond < time.Duration(limit*float64(time.Second)) {
			fast++
		}
	}
	return fast, timed
}

// longestRun is the longest string of equal ratings in the order in which the
// candidate saw the options, and how many ratings there are.
func longestRun(form *questions.Form, responses []questions.Response, seed int64) (longest, ratings int) {
	last, run := 0, 0
	for position, item := range form.Items {
		if item.Kind != questions.Rate {
			continue
		}
		for _, option := range form.Order(position, seed) {
			rating := responses[position].Ratings[item.Options[option].ID]
			if rating == 0 {
				run, last = 0, 0
				continue
			}
			ratings++
			if rating != last {
				run, last = 0, rating
			}
			run++
			longest = max(longest, run)
		}
	}
	return longest, ratings
}

// samePlace is how often the option called best stood in the place where it stood most
// often, and in how many items one was called so.
func samePlace(form *questions.Form, responses []questions.Response, seed int64) (most, of int) {
	places := map[int]int{}
	for position, item := range form.Items {
		if item.Kind != questions.BestWorst || responses[position].Best == "" {
			continue
		}
		of++
		for place, option := range form.Order(position, seed) {
			if item.Options[option].ID == responses[position].Best {
				places[place]++
			}
		}
	}
	for _, n := range places {
		most = max(most, n)
	}
	return most, of
}
