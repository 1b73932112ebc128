package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/web/notify"
)

type webhooksPage struct {
	desk
	Done      string
	Endpoints []endpointView
	New       endpointForm
}

// endpointView is an endpoint as its pages show it.
type endpointView struct {
	assess.Endpoint
	ID    string
	State string // A key of texts: working, failing, owner or gone.
}

// Title is what an endpoint is called: its name, or its address.
func (e endpointView) Title() string {
	if e.Name != "" {
		return e.Name
	}
	return e.URL
}

func endpointViewOf(e assess.Endpoint) endpointView {
	v := endpointView{Endpoint: e, ID: assess.FormatID(assess.WebhookID, e.ID), State: "working"}
	switch {
	case !e.DisabledAt.IsZero():
		v.State = e.DisabledFor
	case !e.FailingSince.IsZero():
		v.State = "failing"
	}
	return v
}

// endpointForm asks for an endpoint, with the events to tick.
type endpointForm struct {
	form
	Events []choice
}

func (h recruiter) endpointForm(c *gin.Context, e assess.Endpoint) endpointForm {
	f := endpointForm{form: form{Fields: []field{
		{Name: "url", Label: "webhooks.field.url", Hint: "webhooks.hint.url", Type: "url", Autocomplete: "off", Required: true, Value: e.URL},
		{Name: "name", Label: "webhooks.field.name", Hint: "webhooks.hint.name", Autocomplete: "off", Value: e.Name},
	}}}
	ticked := e.Events
	if c.Request.Method == http.MethodPost {
		ticked = eventsTicked(c)
	}
	for _, k := range assess.EventKinds {
		f.Events = append(f.Events, choice{Value: string(k), Text: h.sayer(c).say("event." + string(k)), On: slices.Contains(ticked, k)})
	}
	return f
}

func eventsTicked(c *gin.Context) []assess.EventKind {
	var kinds []assess.EventKind
	for _, k := range c.PostFormArray("events") {
		kinds = append(kinds, assess.EventKind(k))
	}
	return kinds
}

func endpointAsked(c *gin.Context) assess.NewEndpoint {
	return assess.NewEndpoint{URL: c.PostForm("url"), Name: c.PostForm("name"), Events: eventsTicked(c)}
}

// webhooks lists the endpoints and offers to add one.
func (h recruiter) webhooks(c *gin.Context) error {
	p, err := h.webhooksPage(c)
	if err != nil {
		return err
	}
	if c.Query("done") == "removed" {
		p.Done = h.sayer(c).say("webhooks.removed")
	}
	return h.render(c, http.StatusOK, "recruiter/webhooks", p)
}

func (h recruiter) webhooksPage(c *gin.Context) (webhooksPage, error) {
	p := webhooksPage{desk: deskAt(c, "settings")}
	all, err := h.center.Endpoints(c.Request.Context(), actor(c))
	if err != nil {
		return p, err
	}
	for _, e := range all {
		p.Endpoints = append(p.Endpoints, endpointViewOf(e))
	}
	p.New = h.endpointForm(c, assess.Endpoint{})
	return p, nil
}

// addWebhook adds an endpoint and shows its secret this once.
func (h recruiter) addWebhook(c *gin.Context) error {
	e, secret, err := h.center.AddEndpoint(c.Request.Context(), actor(c), endpointAsked(c))
	if texts := h.fieldTexts(c, err); texts != nil {
		p, err := h.webhooksPage(c)
		if err != nil {
			return err
		}
		p.New.form = p.New.filled(c.Request.PostForm).faulty(texts)
		return h.render(c, http.StatusBadRequest, "recruiter/webhooks", p)
	}
	if err != nil {
		return err
	}
	return h.showWebhook(c, http.StatusOK, e, func(p *webhookPage) { p.Shown = h.signingSecret(c, e, secret) })
}

func (h recruiter) signingSecret(c *gin.Context, e assess.Endpoint, secret string) *shownOnce {
	say := h.sayer(c)
	once := &shownOnce{say.say("webhooks.secret", "name", endpointViewOf(e).Title()), say.say("webhooks.secret.text"), secret}
	if !e.OldUntil.IsZero() {
		once.Text += " " + say.say("webhooks.secret.both", "until", format(say.lang, e.OldUntil.Time, true))
	}
	return once
}

type webhookPage struct {
	desk
	endpointView
	Done, Problem string
	Shown         *shownOnce
	Change        endpointForm
	Rotate        form
	Chips         []chip
	Deliveries    []deliveryRow
	Filtered      bool
	Older         string
}

// deliveryRow is a delivery in the list.
type deliveryRow struct {
	assess.Delivery
	ID string
}

// overlaps are how long an old secret may be good, in hours.
var overlaps = []string{"0", "1", "24", "168", "720"}

func (h recruiter) overlapForm(c *gin.Context) form {
	var all []choice
	for _, hours := range overlaps {
		all = append(all, choice{Value: hours, Text: h.sayer(c).say("webhooks.overlap." + hours)})
	}
	return form{Fields: []field{{Name: "overlap", Label: "webhooks.field.overlap", Required: true, Choices: all, Value: "24"}}}
}

// overlapAsked reads the choice; anything else the center refuses.
func overlapAsked(c *gin.Context) time.Duration {
	hours, err := strconv.Atoi(c.PostForm("overlap"))
	if err != nil || hours > 1e5 {
		return -1
	}
	return time.Duration(hours) * time.Hour
}

// deliveryGroups are the states a chip shows together.
var deliveryGroups = []struct {
	word   string
	states []assess.DeliveryState
}{
	{"deliveries.all", nil},
	{"deliveries.state.pending", []assess.DeliveryState{assess.Pending}},
	{"deliveries.state.delivered", []assess.DeliveryState{assess.Delivered}},
	{"deliveries.state.failed", []assess.DeliveryState{assess.Failed}},
	{"deliveries.state.dead", []assess.DeliveryState{assess.Dead}},
}

// webhookDone are the notices an action leaves behind.
var webhookDone = map[string]string{
	"saved": "webhooks.saved", "test": "webhooks.test.done", "disabled": "webhooks.disabled", "enabled": "webhooks.enabled",
}

// webhook shows one endpoint with what was sent to it.
func (h recruiter) webhook(c *gin.Context) error {
	e, err := h.center.Endpoint(c.Request.Context(), actor(c), pathID(c, assess.WebhookID))
	if err != nil {
		return err
	}
	return h.showWebhook(c, http.StatusOK, e, func(p *webhookPage) {
		if key, ok := webhookDone[c.Query("done")]; ok {
			p.Done = h.sayer(c).say(key)
		}
	})
}

func (h recruiter) showWebhook(c *gin.Context, status int, e assess.Endpoint, more func(*webhookPage)) error {
	p := webhookPage{desk: deskAt(c, "settings"), endpointView: endpointViewOf(e), Change: h.endpointForm(c, e), Rotate: h.overlapForm(c)}
	path, state := "/settings/webhooks/"+p.endpointView.ID, c.Query("state")
	f := assess.DeliveryFilter{Target: e.ID, Limit: deliveriesPerPage}
	for _, g := range deliveryGroups {
		to := path
		if g.states != nil {
			to += "?" + url.Values{"state": {string(g.states[0])}}.Encode()
		}
		on := g.states == nil && state == "" || g.states != nil && state == string(g.states[0])
		if on {
			f.States = g.states
		}
		p.Chips = append(p.Chips, chip{Text: h.sayer(c).say(g.word), URL: to + "#deliveries", On: on})
	}
	p.Filtered = f.States != nil
	if before, err := assess.ParseID(assess.DeliveryID, c.Query("before")); err == nil {
		f.Before = before
	}
	page, err := h.center.Deliveries(c.Request.Context(), actor(c), f)
	if err != nil {
		return err
	}
	for _, d := range page.Deliveries {
		p.Deliveries = append(p.Deliveries, deliveryRow{d, assess.FormatID(assess.DeliveryID, d.ID)})
	}
	if page.Next != uuid.Nil {
		older := url.Values{"before": {assess.FormatID(assess.DeliveryID, page.Next)}}
		if p.Filtered {
			older.Set("state", state)
		}
		p.Older = path + "?" + older.Encode() + "#deliveries"
	}
	more(&p)
	return h.render(c, status, "recruiter/webhook", p)
}

const deliveriesPerPage = 50

// changeWebhook gives an endpoint another address, name and choice of events.
func (h recruiter) changeWebhook(c *gin.Context) error {
	id := pathID(c, assess.WebhookID)
	_, err := h.center.ChangeEndpoint(c.Request.Context(), actor(c), id, endpointAsked(c))
	if texts := h.fieldTexts(c, err); texts != nil {
		e, err := h.center.Endpoint(c.Request.Context(), actor(c), id)
		if err != nil {
			return err
		}
		return h.showWebhook(c, http.StatusBadRequest, e, func(p *webhookPage) {
			p.Change.form = p.Change.filled(c.Request.PostForm).faulty(texts)
		})
	}
	if err != nil {
		return err
	}
	return h.backToWebhook(c, id, "saved")
}

func (h recruiter) backToWebhook(c *gin.Context, id uuid.UUID, done string) error {
	return redirect(c, "/settings/webhooks/"+assess.FormatID(assess.WebhookID, id)+"?done="+done)
}

// rotateWebhook gives an endpoint a new secret and shows it this once.
func (h recruiter) rotateWebhook(c *gin.Context) error {
	e, secret, err := h.center.RotateEndpoint(c.Request.Context(), actor(c), pathID(c, assess.WebhookID), overlapAsked(c))
	if err != nil {
		return err
	}
	return h.showWebhook(c, http.StatusOK, e, func(p *webhookPage) { p.Shown = h.signingSecret(c, e, secret) })
}

// testWebhook sends an endpoint a test.
func (h recruiter) testWebhook(c *gin.Context) error {
	id := pathID(c, assess.WebhookID)
	if _, err := h.center.TestEndpoint(c.Request.Context(), actor(c), id); err != nil {
		return err
	}
	return h.backToWebhook(c, id, "test")
}

// disableWebhook stops an endpoint.
func (h recruiter) disableWebhook(c *gin.Context) error {
	id := pathID(c, assess.WebhookID)
	if err := h.center.DisableEndpoint(c.Request.Context(), actor(c), id); err != nil {
		return err
	}
	return h.backToWebhook(c, id, "disabled")
}

// enableWebhook lets an endpoint be told again.
func (h recruiter) enableWebhook(c *gin.Context) error {
	id := pathID(c, assess.WebhookID)
	if err := h.center.EnableEndpoint(c.Request.Context(), actor(c), id); err != nil {
		return err
	}
	return h.backToWebhook(c, id, "enabled")
}

// removeWebhook takes an endpoint away for good.
func (h recruiter) removeWebhook(c *gin.Context) error {
	if err := h.center.RemoveEndpoint(c.Request.Context(), actor(c), pathID(c, assess.WebhookID)); err != nil {
		return err
	}
	return redirect(c, "/settings/webhooks?done=removed")
}

type deliveryPage struct {
	desk
	assess.Delivery
	ID, EventID, InvitationID string
	Back, BackTo              string // The target's page and its name.
	Done                      string
	CanResend                 bool
	Body                      string
}

// delivery shows one message with every attempt.
func (h recruiter) delivery(c *gin.Context) error {
	ctx, by := c.Request.Context(), actor(c)
	d, err := h.center.Delivery(ctx, by, pathID(c, assess.DeliveryID))
	if err != nil {
		return err
	}
	p := deliveryPage{desk: deskAt(c, "settings"), Delivery: d, ID: assess.FormatID(assess.DeliveryID, d.ID),
		EventID: assess.FormatID(assess.EventID, d.Event), Back: "/settings/webhooks", BackTo: h.sayer(c).say("webhooks.title")}
	if d.Invitation != uuid.Nil {
		p.InvitationID = assess.FormatID(assess.InvitationID, d.Invitation)
	}
	if c.Query("done") == "resent" {
		p.Done = h.sayer(c).say("webhooks.resent")
	}
	if d.TargetKind == assess.WebhookTarget {
		e, err := h.center.Endpoint(ctx, by, d.Target)
		if err != nil && !errors.Is(err, assess.ErrNotFound) { // its deliveries outlive an endpoint
			return err
		}
		if err == nil {
			v := endpointViewOf(e)
			p.Back, p.BackTo = "/settings/webhooks/"+v.ID, v.Title()
			p.CanResend = d.State != assess.Pending && e.DisabledAt.IsZero()
		}
		body, err := json.Marshal(notify.MessageOf(d.Message), json.Deterministic(true), jsontext.WithIndent("  "))
		if err != nil {
			return err
		}
		p.Body = strings.TrimSpace(string(body))
	}
	return h.render(c, http.StatusOK, "recruiter/delivery", p)
}

// resend sends a message again.
func (h recruiter) resend(c *gin.Context) error {
	id := pathID(c, assess.DeliveryID)
	if err := h.center.Resend(c.Request.Context(), actor(c), id); err != nil {
		return err
	}
	return redirect(c, "/settings/deliveries/"+assess.FormatID(assess.DeliveryID, id)+"?done=resent")
}
