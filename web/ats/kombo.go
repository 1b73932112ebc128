package ats

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// kombo is an aggregator: behind it stand the systems it knows. It signs the
// orders it sends, lists those that are open, and takes packages and results.
type kombo struct{}

func (kombo) Doors() []Door {
	return []Door{{http.MethodPost, "/orders/:token", komboOrder}}
}

// KomboOrder is an order, sent or listed.
type KomboOrder struct {
	ID          text `json:"id"`
	Package     text `json:"package_id"`
	Status      text `json:"status"`
	Integration text `json:"integration_id"`
	Candidate   struct {
		Email text `json:"email"`
		First text `json:"first_name"`
		Last  text `json:"last_name"`
	} `json:"candidate"`
	Job struct {
		Name text `json:"name"`
		Code text `json:"job_code"`
	} `json:"job"`
}

func komboOrder(ctx context.Context, v *Visit) (Answer, error) {
	err := v.Center.SignatureHolds(ctx, v.Connection, func(secret string) bool {
		return hmac.Equal([]byte(komboSignature(secret, v.Body)), []byte(v.Header.Get("X-Kombo-Signature")))
	})
	if err != nil {
		return Answer{}, err
	}
	var in struct {
		Type text       `json:"type"`
		Data KomboOrder `json:"data"`
	}
	if err := v.read(&in); err != nil {
		return Answer{}, err
	}
	// Other kinds of message go to the same address; they are none of our business.
	if in.Type != "assessment:order-received" || in.Data.Integration != text(v.Connection.Account) && in.Data.Integration != "" {
		return Answer{http.StatusOK, object{{"status", "ignored"}}}, nil
	}
	if err := PlaceKombo(ctx, v, in.Data); err != nil {
		return Answer{}, err
	}
	return Answer{http.StatusOK, object{{"status", "success"}}}, nil
}

// PlaceKombo takes an order, whether it was sent or found in the list; one that is
// not open any more is left alone.
func PlaceKombo(ctx context.Context, v *Visit, in KomboOrder) error {
	if in.Status != "OPEN" {
		return nil
	}
	if err := pathPart("data.id", in.ID); err != nil {
		return err
	}
	reference := string(in.Job.Code)
	if reference == "" {
		reference = string(in.Job.Name)
	}
	first, last := string(in.Candidate.First), string(in.Candidate.Last)
	if first+last == "" { // names may be null; the address is how people know each other then
		first = string(in.Candidate.Email)
	}
	_, err := v.place(ctx, order{
		test: string(in.Package), testField: "package_id", first: first, last: last,
		email: string(in.Candidate.Email), emailField: "candidate.email", mayBeMute: true, reference: reference,
		key: string(in.ID), refs: map[string]string{"order": string(in.ID)},
	})
	return err
}

// komboSignature is how Kombo signs a message: HMAC-SHA256 over its bytes, in
// base64 for URLs without padding.
func komboSignature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Refuse speaks as Kombo's own API does.
func (kombo) Refuse(f Fault) Answer {
	return Answer{f.Status, object{{"status", "error"}, {"error", object{{"code", string(f.Word)}, {"message", f.Text}}}}}
}

func (kombo) Report(_ assess.EventKind, o assess.VendorOrder, at assess.Calling, w Words) (Call, bool, error) {
	var body object
	switch {
	case o.Result != nil:
		// No score: a result has four figures and no total. They are results of their own.
		attributes := []object{}
		for i, f := range facts(*o.Result, w) {
			if i < len(questions.Qualities) && f.number != nil {
				attributes = append(attributes, object{{"type", "SUB_RESULT"}, {"id", f.id}, {"label", f.label},
					{"score", object{{"value", *f.number}, {"max", 100}}}, {"status", "COMPLETED"}})
				continue
			}
			attributes = append(attributes, object{{"type", "TEXT"}, {"label", f.label}, {"value", f.words}})
		}
		body = object{
			{"status", "COMPLETED"},
			{"result_url", w.Report(o)},
			{"completed_at", o.Result.Document.Sitting.EndedAt.UTC().Format(time.RFC3339)},
			{"attributes", attributes},
		}
	case ended(o):
		body = object{
			{"status", "CANCELLED"},
			{"result_url", w.Page(o)},
			{"completed_at", o.Invitation.ChangedAt.UTC().Format(time.RFC3339)},
			{"attributes", []object{{{"type", "TEXT"}, {"label", w.Say("ats.reason")}, {"value", standing(o, w)}}}},
		}
	default:
		return Call{}, false, nil
	}
	c, err := komboCall(http.MethodPut, at, o.Connection, body, "assessment", "orders", o.Refs["order"], "result")
	return c, true, err
}

func komboCall(method string, at assess.Calling, n assess.Connection, body any, path ...string) (Call, error) {
	return call(method, at.URL.JoinPath(path...).String(), body, "Authorization", bearer(at.Credential), "X-Integration-Id", n.Account)
}

// Heard looks for an error in what came with status 200.
func (kombo) Heard(body []byte) error {
	var said struct {
		Status text `json:"status"`
		Error  struct {
			Code    text `json:"code"`
			Message text `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(body, &said); err == nil && said.Status == "error" {
		return fmt.Errorf("%s %s", said.Error.Code, said.Error.Message)
	}
	return nil
}

// KomboPackages is the call that replaces the list of what there is to order.
func KomboPackages(offered []assess.Assessment, at assess.Calling, n assess.Connection, w Words) (Call, error) {
	packages := []object{}
	for _, a := range offered {
		packages = append(packages, object{{"id", assess.FormatID(assess.AssessmentID, a.ID)}, {"type", "SKILLS_TEST"},
			{"name", w.label(a)}, {"description", w.description(a)}})
	}
	return komboCall(http.MethodPut, at, n, object{{"packages", packages}}, "assessment", "packages")
}

// KomboOpen is the call that lists open orders, from a cursor on.
func KomboOpen(at assess.Calling, n assess.Connection, cursor string) (Call, error) {
	c, err := komboCall(http.MethodGet, at, n, nil, "assessment", "orders")
	query := url.Values{"statuses": {"OPEN"}, "page_size": {"100"}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	c.URL += "?" + query.Encode()
	return c, err
}

// KomboPage reads a list of orders.
func KomboPage(body []byte) (orders []KomboOrder, next string, err error) {
	var said struct {
		Data struct {
			Next    text         `json:"next"`
			Results []KomboOrder `json:"results"`
		} `json:"data"`
	}
	err = json.Unmarshal(body, &said)
	return said.Data.Results, string(said.Data.Next), err
}
