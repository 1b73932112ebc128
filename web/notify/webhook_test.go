package notify

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

// The two vectors the specification's own repository has.
func TestSignaturesAreTheStandards(t *testing.T) {
	for _, v := range []struct {
		secret, id string
		at         int64
		body, want string
	}{
		{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		{"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1649367553, `{"email":"test@example.com","username":"test_user"}`, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="},
	} {
		got, err := sign([]string{v.secret}, v.id, time.Unix(v.at, 0), []byte(v.body))
		if err != nil || got != v.want {
			t.Errorf("%s: %s, %v; want %s", v.id, got, err, v.want)
		}
	}
}

// room is a center that may send to private addresses, with the post office beside.
type room struct {
	*assess.Center
	house  *assesstest.House
	office *office
}

func open(t *testing.T, dsn string) *room {
	t.Helper()
	house := assesstest.Open(t, dsn)
	center, err := assess.Open(t.Context(), assess.Config{Database: dsn, Secret: []byte(assesstest.Secret), PublicURL: "http://fourfold.test",
		Clock: house.Clock.Now, AllowPrivateWebhooks: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := center.Close(); err != nil {
			t.Error(err)
		}
	})
	senders := map[assess.TargetKind]Sender{assess.WebhookTarget: Webhooks(center, Client(true))}
	return &room{center, house, &office{center: center, senders: senders, log: slog.New(slog.DiscardHandler),
		free: make(chan struct{}, mostTargets), again: make(chan struct{}, 1)}}
}

// send makes one round and waits for what it began.
func (r *room) send(t *testing.T) {
	t.Helper()
	if err := r.office.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.office.under.Wait()
}

// endpoint adds an endpoint at a receiver.
func (r *room) endpoint(t *testing.T, address string, kinds ...assess.EventKind) (assess.Endpoint, string) {
	t.Helper()
	e, secret, err := r.AddEndpoint(t.Context(), r.house.Owner, assess.NewEndpoint{URL: address, Events: kinds})
	if err != nil {
		t.Fatal(err)
	}
	return e, secret
}

func (r *room) deliveries(t *testing.T, e assess.Endpoint) []assess.Delivery {
	t.Helper()
	page, err := r.Deliveries(t.Context(), r.house.Owner, assess.DeliveryFilter{Target: e.ID})
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range page.Deliveries {
		if page.Deliveries[i], err = r.Delivery(t.Context(), r.house.Owner, d.ID); err != nil {
			t.Fatal(err)
		}
	}
	return page.Deliveries
}

// received is a message as it came.
type received struct {
	header http.Header
	body   []byte
}

// receiver keeps what it gets, and answers as it is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	answer func(w http.ResponseWriter, n int)
}

func listen(t *testing.T, answer func(w http.ResponseWriter, n int)) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil || q.Method != http.MethodPost {
			t.Errorf("%s: %v", q.Method, err)
		}
		r.mu.Lock()
		r.got = append(r.got, received{q.Header, body})
		n := len(r.got)
		r.mu.Unlock()
		r.answer(w, n)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

func ok(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusNoContent) }

// verifies reports whether the reference library takes the message under a secret.
func (m received) verifies(t *testing.T, secret string) bool {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return hook.VerifyIgnoringTimestamp(m.body, m.header) == nil
}

// A receiver that knows its secret can trust a message, during a rotation with
// either secret, and learns ids alone.
func TestAReceiverCanTrustAMessage(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		r := open(t, dsn)
		to := listen(t, func(w http.ResponseWriter, n int) {
			if n == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			ok(w, n)
		})
		e, secret := r.endpoint(t, to.URL+"/hooks?tenant=7", assess.ResultReady)
		ann := r.house.Invited("Ann Unusual-Name", func(o *assess.Order) { o.Email, o.Reference = "unusual@mail.test", "REQ-118" }).Started().Answers()
		result, err := r.house.Submit(t.Context(), ann.Seat)
		if err != nil {
			t.Fatal(err)
		}
		r.send(t)
		r.house.Clock.Advance(6 * time.Second)
		_, fresh, err := r.RotateEndpoint(t.Context(), r.house.Owner, e.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		r.send(t)

		got := to.all()
		if len(got) != 2 {
			t.Fatalf("%d messages", len(got))
		}
		first, second := got[0], got[1]
		if first.header.Get("webhook-id") != second.header.Get("webhook-id") || string(first.body) != string(second.body) {
			t.Error("a second try is another message")
		}
		if a, b := first.header.Get("webhook-attempt"), second.header.Get("webhook-attempt"); a != "1" || b != "2" {
			t.Errorf("attempts %s and %s", a, b)
		}
		if at := fmt.Sprint(r.Now().Unix()); second.header.Get("webhook-timestamp") != at || first.header.Get("webhook-timestamp") == at {
			t.Errorf("timestamps %s and %s at %s", first.header.Get("webhook-timestamp"), second.header.Get("webhook-timestamp"), at)
		}
		if !first.verifies(t, secret) || first.verifies(t, fresh) || !second.verifies(t, secret) || !second.verifies(t, fresh) {
			t.Error("the signatures are not those of the secrets")
		}
		forged := second
		forged.body = []byte(strings.Replace(string(second.body), "result.ready", "result.reedy", 1))
		if forged.verifies(t, fresh) {
			t.Error("a changed body is taken for the message")
		}
		var m Message
		if err := json.Unmarshal(second.body, &m); err != nil {
			t.Fatal(err)
		}
		want := MessageData{
			Invitation: assess.FormatID(assess.InvitationID, ann.Invitation.ID), Assessment: assess.FormatID(assess.AssessmentID, r.house.Assessment.ID),
			Candidate: assess.FormatID(assess.CandidateID, ann.Invitation.Candidate.ID), Sitting: assess.FormatID(assess.SittingID, ann.Seat.Sitting),
			Result: assess.FormatID(assess.ResultID, result.ID),
		}
		if m.Type != assess.ResultReady || m.Data != want || m.Timestamp.IsZero() {
			t.Errorf("%+v, want %+v", m, want)
		}
		for _, private := range []string{"Unusual", "unusual", "REQ-118", "closeness", "level", "http"} {
			if strings.Contains(string(second.body), private) {
				t.Errorf("the message says %q: %s", private, second.body)
			}
		}
		d := r.deliveries(t, e)
		if len(d) != 1 || d[0].State != assess.Delivered || len(d[0].Log) != 2 || d[0].Log[0].Status != 503 || d[0].Log[1].Status != 204 {
			t.Fatalf("%+v", d)
		}
		if line := d[0].Log[1].Request; line != "POST "+to.URL+"/hooks" {
			t.Errorf("the log shows %q", line)
		}
	})
}

func TestWhatAnAnswerMeans(t *testing.T) {
	elsewhere := listen(t, ok)
	for name, c := range map[string]struct {
		answer  func(w http.ResponseWriter, n int)
		verdict assess.Verdict
		reason  assess.Reason
		wait    time.Duration
	}{
		"200": {func(w http.ResponseWriter, _ int) { io.WriteString(w, "thanks") }, assess.Arrived, "", 0},
		"204": {ok, assess.Arrived, "", 0},
		"299": {func(w http.ResponseWriter, _ int) { w.WriteHeader(299) }, assess.Arrived, "", 0},
		"301": {func(w http.ResponseWriter, _ int) { w.Header().Set("Location", elsewhere.URL); w.WriteHeader(301) }, assess.Again, assess.ReasonRedirect, 0},
		"302": {func(w http.ResponseWriter, _ int) {
			w.Header().Set("Location", "http://169.254.169.254/latest")
			w.WriteHeader(302)
		}, assess.Again, assess.ReasonRedirect, 0},
		"307": {func(w http.ResponseWriter, _ int) { w.Header().Set("Location", elsewhere.URL); w.WriteHeader(307) }, assess.Again, assess.ReasonRedirect, 0},
		"400": {func(w http.ResponseWriter, _ int) { w.WriteHeader(400) }, assess.Again, assess.ReasonStatus, 0},
		"401": {func(w http.ResponseWriter, _ int) { w.WriteHeader(401) }, assess.Again, assess.ReasonStatus, 0},
		"410": {func(w http.ResponseWriter, _ int) { w.WriteHeader(410) }, assess.Gone, assess.ReasonGone, 0},
		"429": {func(w http.ResponseWriter, _ int) { w.Header().Set("Retry-After", "120"); w.WriteHeader(429) }, assess.Again, assess.ReasonStatus, 2 * time.Minute},
		"500": {func(w http.ResponseWriter, _ int) { w.Header().Set("Retry-After", "soon"); w.WriteHeader(500) }, assess.Again, assess.ReasonStatus, 0},
		"endless": {func(w http.ResponseWriter, _ int) {
			w.WriteHeader(200)
			for range 200 {
				w.Write(make([]byte, 64<<10))
			}
		}, assess.Arrived, "", 0},
		"broken": {func(http.ResponseWriter, int) { panic(http.ErrAbortHandler) }, assess.Again, assess.ReasonNoConnection, 0},
	} {
		to := listen(t, c.answer)
		got := sendTo(t, Client(true), to.URL)
		if got.Verdict != c.verdict || got.Reason != c.reason || got.Wait != c.wait {
			t.Errorf("%s: %+v", name, got)
		}
		if n := len(to.all()); n == 0 {
			t.Errorf("%s: nothing came", name)
		}
	}
	if n := len(elsewhere.all()); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}

	hangs := make(chan struct{})
	slow := listen(t, func(http.ResponseWriter, int) { <-hangs })
	defer close(hangs)
	hasty := Client(true)
	hasty.Timeout = 50 * time.Millisecond
	if got := sendTo(t, hasty, slow.URL); got.Reason != assess.ReasonTimeout || got.Verdict != assess.Again {
		t.Errorf("no answer: %+v", got)
	}
	self := httptest.NewTLSServer(http.NotFoundHandler())
	self.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	defer self.Close()
	if got := sendTo(t, Client(true), self.URL); got.Reason != assess.ReasonTLS {
		t.Errorf("a certificate of its own making: %+v", got)
	}
	deaf := listen(t, ok)
	deaf.Close()
	if got := sendTo(t, Client(true), deaf.URL); got.Reason != assess.ReasonNoConnection {
		t.Errorf("nobody listens: %+v", got)
	}
	at := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	if wait := retryAfter(at); wait < 59*time.Minute || wait > time.Hour {
		t.Errorf("Retry-After %s is %s", at, wait)
	}
}

// sendTo sends a message of no meaning to an address.
func sendTo(t *testing.T, client *http.Client, address string) assess.Outcome {
	t.Helper()
	request, err := signed(t.Context(), assess.Address{URL: address, Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}, assess.Parcel{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return Unanswered("POST", err, 0)
	}
	defer answer.Body.Close()
	return Answered("POST", answer, 0)
}

// An endpoint that never answers keeps its own messages waiting, and no others.
func TestADeadEndpointDelaysNobody(t *testing.T) {
	r := open(t, t.TempDir()+"/fourfold.db")
	hangs := make(chan struct{})
	release := sync.OnceFunc(func() { close(hangs) })
	defer release()
	dead := listen(t, func(http.ResponseWriter, int) { <-hangs })
	arrived := make(chan struct{}, 100)
	alive := listen(t, func(w http.ResponseWriter, n int) { ok(w, n); arrived <- struct{}{} })
	r.endpoint(t, dead.URL, assess.InvitationCreated)
	good, _ := r.endpoint(t, alive.URL, assess.InvitationCreated)
	const messages = 30
	for range messages {
		r.house.Invited("Ann")
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Run(ctx, r.Center, r.office.senders, r.office.log)
	}()
	for n := range messages {
		select {
		case <-arrived:
		case <-time.After(time.Minute):
			t.Fatalf("%d of %d arrived while another endpoint hung", n, messages)
		}
	}
	if n := len(dead.all()); n == 0 || n > abreast {
		t.Errorf("%d messages are on their way to the dead endpoint, at most %d may be", n, abreast)
	}
	stop()
	release()
	<-done
	for _, d := range r.deliveries(t, good) {
		if d.State != assess.Delivered || d.Attempts != 1 {
			t.Errorf("%+v", d)
		}
	}
}

// A sender that panics, and a kind nobody sends to, fail their own message alone.
func TestAFaultOfOursIsTriedAgain(t *testing.T) {
	r := open(t, t.TempDir()+"/fourfold.db")
	e, _ := r.endpoint(t, "http://127.0.0.1:1/", assess.InvitationCreated)
	r.house.Invited("Ann")
	r.office.senders = map[assess.TargetKind]Sender{assess.WebhookTarget: panics{}}
	r.send(t)
	r.office.senders = nil
	r.house.Clock.Advance(time.Minute)
	r.send(t)
	d := r.deliveries(t, e)
	if len(d) != 1 || d[0].State != assess.Pending || len(d[0].Log) != 2 || d[0].Log[0].Reason != assess.ReasonInternal || d[0].Log[1].Reason != assess.ReasonInternal {
		t.Errorf("%+v", d)
	}
}

type panics struct{}

func (panics) Send(context.Context, assess.Parcel) assess.Outcome { panic("a fault") }
