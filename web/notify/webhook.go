package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/fourfold/fourfold/assess"
)

// mostBody is how large a message may be, as Standard Webhooks advises. Ours hold
// ids and are far smaller.
const mostBody = 20 << 10

// Message is the body of a webhook: what happened, when, and to which things. It
// holds no name, no answer and no score; those are fetched with a key, and that is
// noted in the audit log.
type Message struct {
	Type      assess.EventKind `json:"type" description:"What happened."`
	Timestamp assess.Time      `json:"timestamp" description:"When it happened; not when it was sent."`
	Data      MessageData      `json:"data"`
}

// MessageData names what the event happened to and what that belongs to.
type MessageData struct {
	Invitation string `json:"invitation,omitzero" description:"The invitation." example:"inv_01jd9m4k2b3c8d5e6f7g9h0jkm"`
	Assessment string `json:"assessment,omitzero" description:"What the candidate was invited to." example:"asm_01jd9m3v8h7f2a0q4c6r5t8wxy"`
	Candidate  string `json:"candidate,omitzero" description:"The candidate." example:"can_01jd9m4k2b3c8d5e6f7g9h0jkn"`
	Sitting    string `json:"sitting,omitzero" description:"The sitting, once the link was opened." example:"sit_01jd9m7k2b3c8d5e6f7g9h0jkp"`
	Result     string `json:"result,omitzero" description:"The result, where the event is about one." example:"res_01jd9q7n4t5v6w8x9y0z1a2b3c"`
	Webhook    string `json:"webhook,omitzero" description:"The endpoint, in a test." example:"whk_01jd9q7n4t5v6w8x9y0z1a2b3d"`
}

// MessageOf is what an endpoint is told of an event, the same on every try.
func MessageOf(e assess.Event) Message {
	write := func(kind assess.IDKind, id uuid.UUID) string {
		if id == uuid.Nil {
			return ""
		}
		return assess.FormatID(kind, id)
	}
	m := Message{Type: e.Kind, Timestamp: e.At, Data: MessageData{
		Invitation: write(assess.InvitationID, e.Invitation), Assessment: write(assess.AssessmentID, e.Assessment),
		Candidate: write(assess.CandidateID, e.Candidate), Sitting: write(assess.SittingID, e.Sitting), Result: write(assess.ResultID, e.Result),
	}}
	if e.Kind == assess.WebhookTest {
		m.Data.Webhook = write(assess.WebhookID, e.Subject)
	}
	return m
}

// webhooks sends to the organizations' own endpoints, by Standard Webhooks 1.0.0.
type webhooks struct {
	center *assess.Center
	client *http.Client
}

// Webhooks returns the sender of webhook endpoints.
func Webhooks(center *assess.Center, client *http.Client) Sender { return webhooks{center, client} }

// Send posts the message, signed with every secret that is good now.
func (w webhooks) Send(ctx context.Context, p assess.Parcel) assess.Outcome {
	to, err := w.center.EndpointFor(ctx, p)
	if errors.Is(err, assess.ErrNotFound) {
		return assess.Outcome{Verdict: assess.Refused, Reason: assess.ReasonDisabled}
	}
	if err != nil {
		return broken(err)
	}
	request, err := signed(ctx, to, p, w.center.Now())
	if err != nil {
		return broken(err)
	}
	line := Line(request.Method, request.URL)
	began := time.Now()
	answer, err := w.client.Do(request)
	if err != nil {
		return Unanswered(line, err, time.Since(began))
	}
	defer answer.Body.Close()
	return Answered(line, answer, time.Since(began))
}

// broken is a fault of ours; the message waits until it is mended.
func broken(err error) assess.Outcome {
	return assess.Outcome{Verdict: assess.Again, Reason: assess.ReasonInternal, Detail: err.Error()}
}

// Line is how a request is shown: method and address, without what a query may hold.
func Line(method string, u *url.URL) string {
	return method + " " + (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// signed writes the request of one attempt. Its id and body are the same on every
// try; the time, and with it the signatures, are the attempt's own.
func signed(ctx context.Context, to assess.Address, p assess.Parcel, at time.Time) (*http.Request, error) {
	body, err := json.Marshal(MessageOf(p.Event), json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	if len(body) > mostBody {
		return nil, fmt.Errorf("a message of %d bytes is longer than %d", len(body), mostBody)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	id := assess.FormatID(assess.EventID, p.Event.ID)
	signatures, err := sign(to.Secrets, id, at, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Fourfold-Webhooks/1 (+standardwebhooks.com)")
	r.Header.Set(standardwebhooks.HeaderWebhookID, id)
	r.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(standardwebhooks.HeaderWebhookSignature, signatures)
	r.Header.Set("webhook-attempt", strconv.Itoa(p.Attempt))
	return r, nil
}

// sign signs with each secret, the newest first; a receiver is content with any.
func sign(secrets []string, id string, at time.Time, body []byte) (string, error) {
	all := make([]string, len(secrets))
	for i, secret := range secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return "", err
		}
		if all[i], err = signer.Sign(id, at, body); err != nil {
			return "", err
		}
	}
	return strings.Join(all, " "), nil
}
