package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/ats"
)

// Speak returns the words of a language.
type Speak func(questions.Lang) ats.Words

// connections tells applicant tracking systems where their orders stand, each in
// its own shape.
type connections struct {
	center *assess.Center
	client *http.Client
	speak  Speak
}

// Connections returns the sender of connections.
func Connections(center *assess.Center, client *http.Client, speak Speak) Sender {
	return connections{center, client, speak}
}

// Send tells a vendor how an order stands now. When the order has gone past the
// event, there is nothing to tell: the later event has a message of its own.
func (s connections) Send(ctx context.Context, p assess.Parcel) assess.Outcome {
	t, err := s.center.TellingFor(ctx, p)
	for known, reason := range map[error]assess.Reason{
		assess.ErrNotFound: assess.ReasonDisabled, assess.ErrDisconnected: assess.ReasonDisabled,
		assess.ErrCallback: assess.ReasonCallback, assess.ErrNoCredential: assess.ReasonNoCredential,
	} {
		if errors.Is(err, known) {
			return assess.Outcome{Verdict: assess.Refused, Reason: reason}
		}
	}
	if err != nil {
		return broken(err)
	}
	n := t.Order.Connection
	vendor := ats.Vendors[n.Vendor]
	call, tell, err := vendor.Report(p.Event.Kind, t.Order, t.Calling, s.speak(n.Language))
	if err != nil {
		return broken(err)
	}
	if !tell {
		return assess.Outcome{Verdict: assess.Arrived, Reason: assess.ReasonMoot}
	}
	if err := s.center.Leaves(ctx, t.Order); err != nil {
		return broken(err)
	}
	out, body := carry(ctx, s.client, call)
	if out.Verdict == assess.Arrived {
		if err := vendor.Heard(body); err != nil {
			out.Verdict, out.Reason, out.Detail = assess.Again, assess.ReasonRefused, ownWords([]byte(err.Error()))
		}
		return out
	}
	return vendors(out, body)
}

// carry sends one request and reads what is worth reading of the answer.
func carry(ctx context.Context, client *http.Client, call ats.Call) (assess.Outcome, []byte) {
	r, err := http.NewRequestWithContext(ctx, call.Method, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return broken(err), nil
	}
	if len(call.Body) == 0 {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	r.Header = call.Header.Clone()
	r.Header.Set("User-Agent", "Fourfold-Connections/1")
	line := Line(r.Method, r.URL)
	began := time.Now()
	answer, err := client.Do(r)
	if err != nil {
		return Unanswered(line, err, time.Since(began)), nil
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostRead))
	if err != nil {
		return Unanswered(line, err, time.Since(began)), nil
	}
	return Answered(line, answer, time.Since(began)), body
}

// vendors reads a vendor's refusal. What says that the request itself is wrong
// will be said again however often it is asked, so it is not: somebody must look,
// and can send it once more. A key can be mended, a limit passes, an outage ends.
func vendors(o assess.Outcome, body []byte) assess.Outcome {
	switch o.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusConflict, http.StatusGone,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		o.Verdict, o.Reason = assess.Refused, assess.ReasonStatus
	}
	if o.Status >= 400 {
		o.Detail = ownWords(body)
	}
	return o
}

// addressLike finds mail addresses, which the log of attempts must not hold.
var addressLike = regexp.MustCompile(`[^\s"'<>]+@[^\s"'<>]+`)

// ownWords is what a vendor said, without candidates' addresses.
func ownWords(body []byte) string {
	const most = 300
	return string(addressLike.ReplaceAll(bytes.TrimSpace(body[:min(len(body), 4*most)]), []byte("…@…")))
}
