package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type connectionsPage struct {
	desk
	Done string
	Rows []connectionRow
	// Vendors are those to connect with.
	Vendors []vendorChoice
}

type connectionRow struct {
	assess.Connection
	ID    string
	State string // ready, waiting or ended.
	Beta  bool
	// Untold is how many messages could not be delivered.
	Untold int
}

type vendorChoice struct {
	Vendor assess.Vendor
	Name   string
	Beta   bool
}

func rowOfConnection(n assess.Connection) connectionRow {
	r := connectionRow{Connection: n, ID: assess.FormatID(assess.ConnectionID, n.ID), State: "waiting"}
	rule, _ := n.Vendor.Rule()
	r.Beta = rule.Beta
	switch {
	case !n.Open():
		r.State = "ended"
	case n.Ready():
		r.State = "ready"
	}
	return r
}

// connections lists the applicant tracking systems that are connected, and those
// that could be.
func (h recruiter) connections(c *gin.Context) error {
	list, err := h.center.Connections(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	untold, err := h.center.Untold(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	p := connectionsPage{desk: deskAt(c, "settings")}
	for _, n := range list {
		row := rowOfConnection(n)
		row.Untold = untold[n.ID]
		p.Rows = append(p.Rows, row)
	}
	for _, v := range assess.Vendors {
		rule, _ := v.Rule()
		p.Vendors = append(p.Vendors, vendorChoice{v, assess.VendorNames[v], rule.Beta})
	}
	if c.Query("done") == "ended" {
		p.Done = h.sayer(c).say("connections.ended.done")
	}
	return h.render(c, http.StatusOK, "recruiter/connections", p)
}

type connectionNewPage struct {
	desk
	Vendor assess.Vendor
	Name   string
	Beta   bool
	Form   form
}

// newConnection asks what a connection to one vendor needs.
func (h recruiter) newConnection(c *gin.Context) error {
	if !actor(c).Can(assess.ManageHouse) {
		return assess.ErrForbidden
	}
	vendor := assess.Vendor(c.Query("vendor"))
	if _, known := vendor.Rule(); !known {
		return redirect(c, "/settings/connections")
	}
	return h.showNewConnection(c, http.StatusOK, vendor, connectionForm(vendor, member(c).Language))
}

func (h recruiter) showNewConnection(c *gin.Context, status int, vendor assess.Vendor, f form) error {
	rule, _ := vendor.Rule()
	return h.render(c, status, "recruiter/connection_new", connectionNewPage{
		desk: deskAt(c, "settings"), Vendor: vendor, Name: assess.VendorNames[vendor], Beta: rule.Beta, Form: f,
	})
}

func connectionForm(vendor assess.Vendor, l questions.Lang) form {
	rule, _ := vendor.Rule()
	said := "connection." + string(vendor) + "."
	f := form{Fields: []field{
		{Name: "name", Label: "connection.field.name", Hint: "connection.hint.name", Autocomplete: "off", Required: true, Value: assess.VendorNames[vendor]},
		{Name: "language", Label: "connection.field.language", Hint: "connection.hint.language", Required: true, Choices: languageChoices, Value: string(l)},
	}}
	add := func(x field) { f.Fields = append(f.Fields, x) }
	if rule.InOrder {
		add(field{Name: "hosts", Label: "connection.field.hosts", Hint: said + "hint.hosts", Autocomplete: "off", Required: true, Value: strings.Join(rule.Hosts, " ")})
	}
	if rule.Account {
		add(field{Name: "account", Label: said + "field.account", Hint: said + "hint.account", Autocomplete: "off", Required: true})
	}
	if rule.Base != "" {
		add(field{Name: "base", Label: "connection.field.base", Hint: said + "hint.base", Autocomplete: "off", Required: true, Value: rule.Base})
	}
	f.Fields = append(f.Fields, secretFields(vendor)...)
	return f
}

// secretFields ask for what a vendor issues.
func secretFields(vendor assess.Vendor) []field {
	rule, _ := vendor.Rule()
	said := "connection." + string(vendor) + "."
	var all []field
	if rule.Credential {
		all = append(all, field{Name: "credential", Label: said + "field.credential", Hint: said + "hint.credential", Type: "password", Autocomplete: "off"})
	}
	if rule.Signed {
		all = append(all, field{Name: "signing", Label: said + "field.signing", Hint: said + "hint.signing", Type: "password", Autocomplete: "off"})
	}
	return all
}

// connect makes a connection and shows its key this once.
func (h recruiter) connect(c *gin.Context) error {
	in := assess.NewConnection{
		Vendor:     assess.Vendor(c.PostForm("vendor")),
		Name:       c.PostForm("name"),
		Language:   questions.Lang(c.PostForm("language")),
		Hosts:      strings.FieldsFunc(c.PostForm("hosts"), func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) }),
		Base:       c.PostForm("base"),
		Account:    c.PostForm("account"),
		Credential: c.PostForm("credential"),
		Signing:    c.PostForm("signing"),
	}
	n, key, err := h.center.Connect(c.Request.Context(), actor(c), in)
	if texts := h.fieldTexts(c, err); texts != nil {
		if _, known := in.Vendor.Rule(); !known {
			return err
		}
		f := connectionForm(in.Vendor, member(c).Language)
		return h.showNewConnection(c, http.StatusBadRequest, in.Vendor, f.filled(c.Request.PostForm).faulty(texts))
	}
	if err != nil {
		return err
	}
	return h.showConnection(c, http.StatusOK, n, key, form{Fields: secretFields(n.Vendor)})
}

type connectionPage struct {
	desk
	connectionRow
	Done       string
	VendorName string
	Pulls      bool
	Shown      *shownOnce
	Handover   Handover
	Places     []string // Where the vendor is called.
	Secrets    form
	Deliveries []tellingView
	Older      string
}

// tellingView is one message to the vendor, as the page shows it.
type tellingView struct {
	ID, Invitation string
	Event          assess.EventKind
	State          assess.DeliveryState
	Reason         assess.Reason
	Detail         string
	Attempts       int
	At, Due        assess.Time
	Again          bool
}

// connection shows one connection: what to hand over, and what was delivered.
func (h recruiter) connection(c *gin.Context) error {
	n, err := h.center.Connection(c.Request.Context(), actor(c), pathID(c, assess.ConnectionID))
	if err != nil {
		return err
	}
	return h.showConnection(c, http.StatusOK, n, "", form{Fields: secretFields(n.Vendor)})
}

const tellingsPerPage = 50

func (h recruiter) showConnection(c *gin.Context, status int, n assess.Connection, key string, secrets form) error {
	say := h.sayer(c)
	rule, _ := n.Vendor.Rule()
	p := connectionPage{
		desk: deskAt(c, "settings"), connectionRow: rowOfConnection(n), VendorName: assess.VendorNames[n.Vendor], Pulls: rule.Pulls,
		Handover: handoverOf(say, h.cfg.PublicURL, member(c).OrganizationName, n, key), Places: n.Hosts, Secrets: secrets,
	}
	if n.Base != "" {
		p.Places = []string{n.Base}
	}
	if key != "" {
		p.Shown = &shownOnce{say.say("connection.key", "name", n.Name), say.say("connection.key.text"), key}
	}
	if done := c.Query("done"); slices.Contains([]string{"secrets", "again"}, done) {
		p.Done = say.say("connection." + done + ".done")
	}
	filter := assess.DeliveryFilter{Target: n.ID, Limit: tellingsPerPage}
	if before, err := assess.ParseID(assess.DeliveryID, c.Query("before")); err == nil {
		filter.Before = before
	}
	page, err := h.center.Deliveries(c.Request.Context(), actor(c), filter)
	if err != nil {
		return err
	}
	for _, d := range page.Deliveries {
		view := viewOfTelling(d, n.Open())
		if d.State != assess.Delivered {
			view.Detail = d.Detail
		}
		p.Deliveries = append(p.Deliveries, view)
	}
	if page.Next != uuid.Nil {
		p.Older = "/settings/connections/" + p.ID + "?before=" + assess.FormatID(assess.DeliveryID, page.Next)
	}
	return h.render(c, status, "recruiter/connection", p)
}

func viewOfTelling(d assess.Delivery, open bool) tellingView {
	return tellingView{
		ID: assess.FormatID(assess.DeliveryID, d.ID), Invitation: assess.FormatID(assess.InvitationID, d.Invitation), Event: d.Kind,
		State: d.State, Reason: d.Reason, Attempts: d.Attempts, At: d.ChangedAt, Due: d.DueAt,
		Again: open && d.State != assess.Delivered,
	}
}

// setConnectionSecrets keeps what the vendor issued later.
func (h recruiter) setConnectionSecrets(c *gin.Context) error {
	id := pathID(c, assess.ConnectionID)
	err := h.center.SetConnectionSecrets(c.Request.Context(), actor(c), id, c.PostForm("credential"), c.PostForm("signing"))
	if texts := h.fieldTexts(c, err); texts != nil {
		n, err := h.center.Connection(c.Request.Context(), actor(c), id)
		if err != nil {
			return err
		}
		return h.showConnection(c, http.StatusBadRequest, n, "", form{Fields: secretFields(n.Vendor)}.faulty(texts))
	}
	if err != nil {
		return err
	}
	return redirect(c, "/settings/connections/"+c.Param("id")+"?done=secrets")
}

// disconnect ends a connection.
func (h recruiter) disconnect(c *gin.Context) error {
	if err := h.center.Disconnect(c.Request.Context(), actor(c), pathID(c, assess.ConnectionID)); err != nil {
		return err
	}
	return redirect(c, "/settings/connections?done=ended")
}

// tellAgain sends a vendor one message once more.
func (h recruiter) tellAgain(c *gin.Context) error {
	ctx, by, id := c.Request.Context(), actor(c), pathID(c, assess.DeliveryID)
	if err := h.center.Resend(ctx, by, id); err != nil {
		return err
	}
	d, err := h.center.Delivery(ctx, by, id)
	if err != nil {
		return err
	}
	return redirect(c, "/settings/connections/"+assess.FormatID(assess.ConnectionID, d.Target)+"?done=again")
}
