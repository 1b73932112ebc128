package web

import (
	"net/http"

	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/web/notify"
)

// toldOf are the events in words, for the document.
var toldOf = map[assess.EventKind]string{
	assess.InvitationCreated:   "A candidate was invited",
	assess.InvitationOpened:    "A candidate opened the link",
	assess.InvitationCancelled: "An invitation was taken back",
	assess.InvitationExpired:   "An invitation lapsed before the test was started",
	assess.SittingStarted:      "A candidate began the test",
	assess.SittingSubmitted:    "A candidate handed the test in",
	assess.SittingExpired:      "The time of a test was over; what was answered counts",
	assess.SittingWithdrawn:    "A candidate gave the test up",
	assess.ResultReady:         "A result is there to be fetched",
	assess.ResultRescored:      "A result was scored again; the new one stands beside the old",
	assess.WebhookTest:         "A test somebody asked for",
}

const toldDetail = "A POST by Standard Webhooks 1.0.0, signed in `webhook-signature`; take each `webhook-id` once. " +
	"It holds ids alone. Answer with 2xx within 15 seconds."

// webhookHeaders are the headers of a message.
type webhookHeaders struct {
	ID        string `header:"webhook-id" required:"true" description:"The event's id, the same on every try and at every endpoint." example:"evt_01jd9q7n4t5v6w8x9y0z1a2b3f"`
	Timestamp int64  `header:"webhook-timestamp" required:"true" description:"When this try was signed, in seconds."`
	Signature string `header:"webhook-signature" required:"true" description:"v1, and HMAC-SHA256 over id, timestamp and body; two during a rotation."`
	Attempt   int    `header:"webhook-attempt" required:"true" description:"The number of this try, from 1."`
	notify.Message
}

// describeWebhooks writes what endpoints are sent into the document.
func describeWebhooks(r *openapi31.Reflector) error {
	apart := openapi31.NewReflector() // its paths are no paths of this server
	apart.DefaultOptions = r.DefaultOptions
	apart.Spec.Components = r.Spec.Components
	r.Spec.Webhooks = map[string]openapi31.PathItemOrReference{}
	for kind, summary := range toldOf {
		path := "/" + string(kind)
		op, err := apart.NewOperationContext(http.MethodPost, path)
		if err != nil {
			return err
		}
		op.SetSummary(summary)
		op.SetDescription(toldDetail)
		op.SetTags(tagHooks)
		op.AddReqStructure(new(webhookHeaders))
		op.AddRespStructure(nil, func(u *openapi.ContentUnit) {
			u.HTTPStatus, u.Description = http.StatusNoContent, "Any 2xx: it has arrived."
		})
		if err := apart.AddOperation(op); err != nil {
			return err
		}
		item := apart.Spec.Paths.MapOfPathItemValues[path]
		r.Spec.Webhooks[string(kind)] = openapi31.PathItemOrReference{PathItem: &item}
	}
	return nil
}
