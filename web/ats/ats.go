// Package ats speaks with applicant tracking systems, each in its own shapes: what
// they ask of us, what they are told, and the errors they understand. It knows no
// rules of assessment and calls nobody; the rooms around it do.
package ats

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/fourfold/fourfold/assess"
)

// Vendor is the contract of one applicant tracking system.
type Vendor interface {
	// Doors lists what the vendor calls, below /ats/<vendor>.
	Doors() []Door
	// Refuse is an error in the vendor's own body, with the status it understands.
	Refuse(f Fault) Answer
	// Report is the call that tells the vendor where an order stands. Without one
	// there is nothing to tell any more: the order has gone past the event.
	Report(kind assess.EventKind, o assess.VendorOrder, at assess.Calling, w Words) (call Call, tell bool, err error)
	// Heard reads an answer of status 2xx for what the status does not say.
	Heard(body []byte) error
}

// Vendors are the contracts by vendor.
var Vendors = map[assess.Vendor]Vendor{
	assess.Greenhouse: greenhouse{},
	assess.Ashby:      ashby{},
	assess.Workable:   workable{},
	assess.Recruitee:  recruitee{},
	assess.Kombo:      kombo{},
}

// Door is one call a vendor makes.
type Door struct {
	Method, Path string
	Serve        func(context.Context, *Visit) (Answer, error)
}

// Visit is a vendor's call, its caller already proved.
type Visit struct {
	Center     *assess.Center
	By         assess.Actor
	Connection assess.Connection
	Query      url.Values
	Header     http.Header
	Body       []byte
	Words      Words
}

// Answer is what a vendor gets back.
type Answer struct {
	Status int
	Body   any
}

// Fault is why a call is refused, with the sentence for the person at the other end.
type Fault struct {
	Status int
	Word   assess.Error
	Fields assess.FieldErrors
	Text   string
	ID     string // Of the request, for enquiries.
}

// Call is one request to a vendor.
type Call struct {
	Method, URL string
	Header      http.Header
	Body        []byte
}

// Address is where the request goes.
func (c Call) Address() *url.URL {
	u, err := url.Parse(c.URL)
	if err != nil {
		return &url.URL{}
	}
	return u
}

// Words speaks the language of a connection, and knows where our pages are.
type Words struct {
	Say    func(key string, slots ...any) string
	Text   func(zh, en string) string
	Public *url.URL
}

// Report is the page a recruiter reads a result on.
func (w Words) Report(o assess.VendorOrder) string {
	return w.Public.JoinPath("/candidates", orderID(o), "report").String()
}

// Page is the page a recruiter follows an order on.
func (w Words) Page(o assess.VendorOrder) string {
	return w.Public.JoinPath("/candidates", orderID(o)).String()
}

// orderID is our name for an order, as every vendor keeps it.
func orderID(o assess.VendorOrder) string {
	return assess.FormatID(assess.InvitationID, o.Invitation.ID)
}

// packages are the published assessments: what there is to order.
func (v *Visit) packages(ctx context.Context) ([]assess.Assessment, error) {
	return Packages(ctx, v.Center, v.By)
}

// Packages lists what there is to order, for whoever asks.
func Packages(ctx context.Context, center *assess.Center, by assess.Actor) ([]assess.Assessment, error) {
	all, err := center.Assessments(ctx, by)
	var published []assess.Assessment
	for _, a := range all {
		if a.State == assess.Published {
			published = append(published, a)
		}
	}
	return published, err
}

// label names a test so that one can be told from another in a list.
func (w Words) label(a assess.Assessment) string {
	return w.Say("ats.package", "title", w.Text(a.Title.Chinese, a.Title.English), "items", a.Items, "minutes", a.LimitSeconds/60,
		"id", assess.FormatID(assess.AssessmentID, a.ID)[len("asm_")+22:])
}

// description says what a test is, and what it is not yet.
func (w Words) description(a assess.Assessment) string {
	return w.Say("ats.package.about", "status", w.Say("key_status."+string(a.KeyStatus)))
}

// order is what the vendors' orders have in common.
type order struct {
	test             string // The id of an assessment, under the vendor's name for the field.
	testField        string
	first, last      string
	email            string
	emailField       string
	reference        string
	key, callback    string
	refs             map[string]string
	again, mayBeMute bool // mayBeMute: the vendor may not know the address.
}

// place turns a vendor's order into ours.
func (v *Visit) place(ctx context.Context, o order) (assess.Invitation, error) {
	var missing assess.FieldErrors
	name := fullName(o.first, o.last)
	nameField := strings.TrimSuffix(o.emailField, "email") + "first_name" // they stand side by side
	for _, f := range []struct{ name, value string }{{o.testField, o.test}, {nameField, name}, {o.emailField, o.email}} {
		if f.value == "" && !(f.name == o.emailField && o.mayBeMute) {
			missing = append(missing, assess.FieldError{Field: f.name, Word: assess.WordRequired})
		}
	}
	if missing != nil {
		return assess.Invitation{}, missing
	}
	id, err := assess.ParseID(assess.AssessmentID, o.test)
	if err != nil {
		return assess.Invitation{}, assess.FieldErrors{{Field: o.testField, Word: assess.WordUnknown}}
	}
	inv, err := v.Center.Invite(ctx, v.By, assess.Order{
		AssessmentID: id, Name: name, Email: o.email, ExtraTime: 100, Reference: firstRunes(o.reference, 120), Mail: true,
		External: &assess.External{Key: o.key, Callback: o.callback, Refs: o.refs, Again: o.again},
	})
	return inv, renamed(err, map[string]string{"assessment": o.testField, "email": o.emailField, "name": nameField})
}

// fullName puts a name together as its script does.
func fullName(first, last string) string {
	first, last = strings.TrimSpace(first), strings.TrimSpace(last)
	switch {
	case first == "" || last == "":
		return first + last
	case han(first) && han(last):
		return last + first
	}
	return first + " " + last
}

func han(s string) bool {
	for _, r := range s {
		if r < 0x3400 || r > 0x9fff {
			return false
		}
	}
	return true
}

func firstRunes(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), n)])
}

func renamed(err error, names map[string]string) error {
	fields, ok := err.(assess.FieldErrors)
	if !ok {
		return err
	}
	moved := make(assess.FieldErrors, len(fields))
	for i, f := range fields {
		if name, ok := names[f.Field]; ok {
			f.Field = name
		}
		moved[i] = f
	}
	return moved
}

// follow finds an order of the visitor by the name we gave it.
func (v *Visit) follow(ctx context.Context, id string) (assess.VendorOrder, error) {
	parsed, err := assess.ParseID(assess.InvitationID, id)
	if err != nil {
		return assess.VendorOrder{}, err
	}
	return v.Center.VendorOrder(ctx, v.By, parsed)
}
