package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/web/notify"
)

// webhookEntry is a webhook endpoint as programs see it; its secret is shown when it
// is made and when it is rotated, and never again.
type webhookEntry struct {
	ID        string             `json:"id" example:"whk_01jd9q7n4t5v6w8x9y0z1a2b3d"`
	URL       string             `json:"url" format:"uri" example:"https://ats.example.com/hooks/fourfold"`
	Name      string             `json:"name" example:"ATS"`
	Events    []assess.EventKind `json:"events" description:"The kinds of event it is told of; none is all, those of later versions too."`
	Status    string             `json:"status" enum:"enabled,disabled,gone" description:"gone: it answered 410 and was disabled."`
	CreatedAt assess.Time        `json:"created_at"`
	Failing   assess.Time        `json:"failing_since" description:"Since when no message arrives; null while the last one did."`
	OldUntil  assess.Time        `json:"old_secret_until" description:"Until when messages are signed with the secret of before, too; null when they are not."`
}

func webhookOf(e assess.Endpoint) webhookEntry {
	w := webhookEntry{ID: assess.FormatID(assess.WebhookID, e.ID), URL: e.URL, Name: e.Name, Events: e.Events, Status: "enabled",
		CreatedAt: e.CreatedAt, Failing: e.FailingSince, OldUntil: e.OldUntil}
	if w.Events == nil {
		w.Events = []assess.EventKind{}
	}
	if !e.DisabledAt.IsZero() {
		w.Status = "disabled"
		if e.DisabledFor == assess.DisabledGone {
			w.Status = "gone"
		}
	}
	return w
}

type webhookList struct {
	Webhooks []webhookEntry `json:"webhooks"`
}

// webhookBody is what a program says of an endpoint.
type webhookBody struct {
	URL    string             `json:"url" binding:"required,max=500" description:"A public https:// address, at port 443 or 8443." example:"https://ats.example.com/hooks/fourfold"`
	Name   string             `json:"name,omitempty" binding:"max=120" description:"For people." example:"ATS"`
	Events []assess.EventKind `json:"events,omitempty" binding:"max=20,unique,dive,oneof=invitation.created invitation.opened invitation.cancelled invitation.expired sitting.started sitting.submitted sitting.expired sitting.withdrawn result.ready result.rescored" description:"Left out or empty, all events are told."`
}

func (b webhookBody) endpoint() assess.NewEndpoint {
	return assess.NewEndpoint{URL: b.URL, Name: b.Name, Events: b.Events}
}

// webhookSecret is the only answer that shows a signing secret.
type webhookSecret struct {
	Location string `header:"Location" json:"-" description:"The address of the endpoint."`
	webhookEntry
	Secret string `json:"secret" description:"The signing secret, shown this once." example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"`
}

func (h api) secretOf(e assess.Endpoint, secret string) webhookSecret {
	w := webhookSecret{webhookEntry: webhookOf(e), Secret: secret}
	w.Location = h.location("/api/v1/webhooks", w.ID)
	return w
}

func (h api) webhooks() operation[struct{}, webhookList] {
	return operation[struct{}, webhookList]{
		id: "listWebhooks", summary: "List webhook endpoints", tag: tagHooks, right: assess.ManageWebhooks,
		handle: func(ctx context.Context, by assess.Actor, _ struct{}) (webhookList, error) {
			all, err := h.center.Endpoints(ctx, by)
			list := webhookList{make([]webhookEntry, len(all))}
			for i, e := range all {
				list.Webhooks[i] = webhookOf(e)
			}
			return list, err
		},
	}
}

func (h api) addWebhook() operation[webhookBody, webhookSecret] {
	return operation[webhookBody, webhookSecret]{
		id: "createWebhook", summary: "Add a webhook endpoint", tag: tagHooks, right: assess.ManageWebhooks, status: http.StatusCreated,
		detail: "Messages are signed by Standard Webhooks 1.0.0 with the secret in the answer, which is shown this once. An address can be added once; " +
			"adding it again is refused.",
		declines: []assess.Error{errMediaType, errTooLarge},
		handle: func(ctx context.Context, by assess.Actor, in webhookBody) (webhookSecret, error) {
			e, secret, err := h.center.AddEndpoint(ctx, by, in.endpoint())
			if err != nil {
				return webhookSecret{}, err
			}
			return h.secretOf(e, secret), nil
		},
	}
}

type oneWebhook struct {
	ID string `path:"id" json:"-" description:"The id of a webhook endpoint."`
}

func (w oneWebhook) parsed() (uuid.UUID, error) { return assess.ParseID(assess.WebhookID, w.ID) }

// webhookCall is an operation on one endpoint that answers with it as it stands then.
func (h api) webhookCall(id, summary, detail string, do func(context.Context, assess.Actor, uuid.UUID) error) operation[oneWebhook, webhookEntry] {
	return operation[oneWebhook, webhookEntry]{
		id: id, summary: summary, detail: detail, tag: tagHooks, right: assess.ManageWebhooks, declines: []assess.Error{assess.ErrNotFound},
		handle: func(ctx context.Context, by assess.Actor, in oneWebhook) (webhookEntry, error) {
			id, err := in.parsed()
			if err != nil {
				return webhookEntry{}, err
			}
			if do != nil {
				if err := do(ctx, by, id); err != nil {
					return webhookEntry{}, err
				}
			}
			e, err := h.center.Endpoint(ctx, by, id)
			if err != nil {
				return webhookEntry{}, err
			}
			return webhookOf(e), nil
		},
	}
}

func (h api) webhook() operation[oneWebhook, webhookEntry] {
	return h.webhookCall("getWebhook", "See one webhook endpoint", "", nil)
}

func (h api) disableWebhook() operation[oneWebhook, webhookEntry] {
	return h.webhookCall("disableWebhook", "Disable a webhook endpoint",
		"What waits for it waits on; what happens meanwhile is not kept for it. Disabling it again changes nothing.", h.center.DisableEndpoint)
}

func (h api) enableWebhook() operation[oneWebhook, webhookEntry] {
	return h.webhookCall("enableWebhook", "Enable a webhook endpoint", "What waited is sent at once. Enabling it again changes nothing.", h.center.EnableEndpoint)
}

type webhookChange struct {
	ID string `path:"id" json:"-" description:"The id of a webhook endpoint."`
	webhookBody
}

func (h api) changeWebhook() operation[webhookChange, webhookEntry] {
	return operation[webhookChange, webhookEntry]{
		id: "changeWebhook", summary: "Give a webhook endpoint another address, name and choice of events", tag: tagHooks, right: assess.ManageWebhooks,
		declines: []assess.Error{errMediaType, errTooLarge, assess.ErrNotFound},
		handle: func(ctx context.Context, by assess.Actor, in webhookChange) (webhookEntry, error) {
			id, err := oneWebhook{in.ID}.parsed()
			if err != nil {
				return webhookEntry{}, err
			}
			e, err := h.center.ChangeEndpoint(ctx, by, id, in.endpoint())
			if err != nil {
				return webhookEntry{}, err
			}
			return webhookOf(e), nil
		},
	}
}

type nothing struct{}

func (h api) removeWebhook() operation[oneWebhook, nothing] {
	return operation[oneWebhook, nothing]{
		id: "removeWebhook", summary: "Remove a webhook endpoint", detail: "Its secret is gone for good, and what waits for it fails.", tag: tagHooks,
		right: assess.ManageWebhooks, status: http.StatusNoContent, declines: []assess.Error{assess.ErrNotFound},
		handle: func(ctx context.Context, by assess.Actor, in oneWebhook) (nothing, error) {
			id, err := in.parsed()
			if err != nil {
				return nothing{}, err
			}
			return nothing{}, h.center.RemoveEndpoint(ctx, by, id)
		},
	}
}

type webhookRotation struct {
	ID      string `path:"id" json:"-" description:"The id of a webhook endpoint."`
	Overlap *int   `json:"overlap_hours,omitempty" binding:"omitempty,min=0,max=720" default:"24" description:"How many hours messages are signed with both secrets."`
}

func (h api) rotateWebhook() operation[webhookRotation, webhookSecret] {
	return operation[webhookRotation, webhookSecret]{
		id: "rotateWebhook", summary: "Give a webhook endpoint a new secret", tag: tagHooks, right: assess.ManageWebhooks,
		detail:   "For the overlap every message bears two signatures, so that the receiver can change over without missing one.",
		declines: []assess.Error{errMediaType, errTooLarge, assess.ErrNotFound},
		handle: func(ctx context.Context, by assess.Actor, in webhookRotation) (webhookSecret, error) {
			id, err := oneWebhook{in.ID}.parsed()
			if err != nil {
				return webhookSecret{}, err
			}
			e, secret, err := h.center.RotateEndpoint(ctx, by, id, overlapOf(in.Overlap))
			if err != nil {
				return webhookSecret{}, err
			}
			return h.secretOf(e, secret), nil
		},
	}
}

// overlapOf is how long two secrets are good; a day when nothing is said.
func overlapOf(hours *int) time.Duration {
	if hours == nil {
		return 24 * time.Hour
	}
	return time.Duration(*hours) * time.Hour
}

type testSent struct {
	Delivery string `json:"delivery" description:"The delivery to look at." example:"dlv_01jd9q7n4t5v6w8x9y0z1a2b3e"`
}

func (h api) testWebhook() operation[oneWebhook, testSent] {
	return operation[oneWebhook, testSent]{
		id: "testWebhook", summary: "Send a webhook endpoint a test", detail: "A message of the type webhook.test, by the way all messages take.", tag: tagHooks,
		right: assess.ManageWebhooks, status: http.StatusAccepted, declines: []assess.Error{assess.ErrNotFound, assess.ErrConflict},
		handle: func(ctx context.Context, by assess.Actor, in oneWebhook) (testSent, error) {
			id, err := in.parsed()
			if err != nil {
				return testSent{}, err
			}
			delivery, err := h.center.TestEndpoint(ctx, by, id)
			return testSent{assess.FormatID(assess.DeliveryID, delivery)}, err
		},
	}
}

// deliveryEntry is one message to one target as programs see it.
type deliveryEntry struct {
	ID         string               `json:"id" example:"dlv_01jd9q7n4t5v6w8x9y0z1a2b3e"`
	Event      string               `json:"event" description:"The id of the event, which the webhook-id header bears; the same on every try and at every endpoint." example:"evt_01jd9q7n4t5v6w8x9y0z1a2b3f"`
	Type       assess.EventKind     `json:"type"`
	Invitation *string              `json:"invitation" description:"The invitation it is about; null where there is none."`
	State      assess.DeliveryState `json:"state" description:"pending, delivered, failed (refused for good) or dead (every try of the schedule was in vain)."`
	Reason     *assess.Reason       `json:"reason" description:"Why the last attempt did not arrive; null when it did."`
	Attempts   int                  `json:"attempts"`
	EventAt    assess.Time          `json:"event_at" description:"When it happened."`
	DueAt      assess.Time          `json:"due_at" description:"When it is tried next; null unless it is pending."`
	ChangedAt  assess.Time          `json:"changed_at"`
}

func deliveryOf(d assess.Delivery) deliveryEntry {
	e := deliveryEntry{ID: assess.FormatID(assess.DeliveryID, d.ID), Event: assess.FormatID(assess.EventID, d.Event), Type: d.Kind, State: d.State,
		Attempts: d.Attempts, EventAt: d.EventAt, DueAt: d.DueAt, ChangedAt: d.ChangedAt}
	if d.Invitation != uuid.Nil {
		id := assess.FormatID(assess.InvitationID, d.Invitation)
		e.Invitation = &id
	}
	if d.Reason != "" {
		e.Reason = &d.Reason
	}
	return e
}

type deliveryQuery struct {
	ID     string                 `path:"id" json:"-" description:"The id of a webhook endpoint."`
	Cursor string                 `query:"cursor" binding:"max=40" description:"Where to go on, from next_cursor of the page before."`
	Limit  *int                   `query:"limit" binding:"omitempty,min=1,max=250" default:"50" description:"How many at most."`
	State  []assess.DeliveryState `query:"state" collection_format:"csv" collectionFormat:"csv" binding:"max=4,unique,dive,oneof=pending delivered failed dead" description:"Only these states, separated by commas."`
}

type deliveryList struct {
	Next       string          `header:"Link" json:"-" description:"The next page, as rel=next."`
	Deliveries []deliveryEntry `json:"deliveries"`
	NextCursor *string         `json:"next_cursor" description:"Asks for the next page; null on the last."`
}

func (h api) deliveries() operation[deliveryQuery, deliveryList] {
	return operation[deliveryQuery, deliveryList]{
		id: "listDeliveries", summary: "List what was sent to a webhook endpoint, newest first", tag: tagHooks, right: assess.ManageWebhooks,
		declines: []assess.Error{assess.ErrNotFound},
		handle: func(ctx context.Context, by assess.Actor, in deliveryQuery) (deliveryList, error) {
			id, err := oneWebhook{in.ID}.parsed()
			if err != nil {
				return deliveryList{}, err
			}
			f := assess.DeliveryFilter{Target: id, States: in.State}
			if in.Limit != nil {
				f.Limit = *in.Limit
			}
			if in.Cursor != "" {
				if f.Before, err = assess.ParseID(assess.DeliveryID, in.Cursor); err != nil {
					return deliveryList{}, assess.FieldErrors{{Field: "?cursor", Word: assess.WordUnknown}}
				}
			}
			if _, err := h.center.Endpoint(ctx, by, id); err != nil {
				return deliveryList{}, err
			}
			page, err := h.center.Deliveries(ctx, by, f)
			if err != nil {
				return deliveryList{}, err
			}
			list := deliveryList{Deliveries: make([]deliveryEntry, len(page.Deliveries))}
			for i, d := range page.Deliveries {
				list.Deliveries[i] = deliveryOf(d)
			}
			if page.Next != uuid.Nil {
				next := assess.FormatID(assess.DeliveryID, page.Next)
				list.NextCursor = &next
				list.Next = "<" + h.location("/api/v1/webhooks", in.ID, "deliveries") + "?" + in.after(next) + `>; rel="next"`
			}
			return list, nil
		},
	}
}

func (q deliveryQuery) after(cursor string) string {
	next := url.Values{"cursor": {cursor}}
	if q.Limit != nil {
		next.Set("limit", strconv.Itoa(*q.Limit))
	}
	if len(q.State) > 0 {
		states := make([]string, len(q.State))
		for i, s := range q.State {
			states[i] = string(s)
		}
		next.Set("state", strings.Join(states, ","))
	}
	return next.Encode()
}

type oneDelivery struct {
	ID string `path:"id" json:"-" description:"The id of a delivery."`
}

// attemptEntry is one try at a delivery.
type attemptEntry struct {
	Number  int            `json:"number" description:"From 1; the webhook-attempt header bears it."`
	At      assess.Time    `json:"at"`
	Request string         `json:"request" description:"Method and address, without the query." example:"POST https://ats.example.com/hooks/fourfold"`
	Status  *int           `json:"status" description:"The HTTP status of the answer; null when none came." example:"503"`
	Verdict assess.Verdict `json:"verdict" description:"arrived, again, refused or gone."`
	Reason  *assess.Reason `json:"reason" description:"Why it did not arrive; null when it did."`
	Detail  string         `json:"detail" description:"The receiver's own words, where its contract has some."`
	TookMS  int64          `json:"took_ms"`
}

type deliveryDetail struct {
	deliveryEntry
	Message *notify.Message `json:"message,omitempty"` // The body that is sent, where the target is a webhook endpoint.
	Log     []attemptEntry  `json:"log" description:"Every attempt, oldest first."`
}

func (h api) deliveryDetail(ctx context.Context, by assess.Actor, id uuid.UUID) (deliveryDetail, error) {
	d, err := h.center.Delivery(ctx, by, id)
	if err != nil {
		return deliveryDetail{}, err
	}
	out := deliveryDetail{deliveryEntry: deliveryOf(d), Log: make([]attemptEntry, len(d.Log))}
	if d.TargetKind == assess.WebhookTarget {
		m := notify.MessageOf(d.Message)
		out.Message = &m
	}
	for i, a := range d.Log {
		out.Log[i] = attemptEntry{Number: a.Number, At: a.At, Request: a.Request, Verdict: a.Verdict, Detail: a.Detail, TookMS: a.TookMS}
		if a.Status != 0 {
			out.Log[i].Status = &d.Log[i].Status
		}
		if a.Reason != "" {
			out.Log[i].Reason = &d.Log[i].Reason
		}
	}
	return out, nil
}

func (h api) delivery() operation[oneDelivery, deliveryDetail] {
	return operation[oneDelivery, deliveryDetail]{
		id: "getDelivery", summary: "See one delivery with its attempts", tag: tagHooks, right: assess.ManageWebhooks, declines: []assess.Error{assess.ErrNotFound},
		handle: func(ctx context.Context, by assess.Actor, in oneDelivery) (deliveryDetail, error) {
			id, err := assess.ParseID(assess.DeliveryID, in.ID)
			if err != nil {
				return deliveryDetail{}, err
			}
			return h.deliveryDetail(ctx, by, id)
		},
	}
}

func (h api) resend() operation[oneDelivery, deliveryDetail] {
	return operation[oneDelivery, deliveryDetail]{
		id: "resendDelivery", summary: "Send a message again", tag: tagHooks, right: assess.ManageWebhooks, status: http.StatusAccepted,
		detail:   "The same message with the same id, and the whole schedule of tries again. To an endpoint that is disabled nothing is sent.",
		declines: []assess.Error{assess.ErrNotFound, assess.ErrConflict},
		handle: func(ctx context.Context, by assess.Actor, in oneDelivery) (deliveryDetail, error) {
			id, err := assess.ParseID(assess.DeliveryID, in.ID)
			if err != nil {
				return deliveryDetail{}, err
			}
			if err := h.center.Resend(ctx, by, id); err != nil {
				return deliveryDetail{}, err
			}
			return h.deliveryDetail(ctx, by, id)
		},
	}
}
