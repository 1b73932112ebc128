package ats

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/fourfold/fourfold/assess"
)

// greenhouse is the Assessment Partner API: four calls to us, and a PATCH without
// a body by which we say that the result can be fetched.
type greenhouse struct{}

func (greenhouse) Doors() []Door {
	return []Door{
		{http.MethodGet, "/list_tests", greenhouseList},
		{http.MethodPost, "/send_test", greenhouseSend},
		{http.MethodGet, "/test_status", greenhouseStatus},
		{http.MethodPost, "/response_error", greenhouseError},
	}
}

type greenhouseTest struct {
	ID   string `json:"partner_test_id"`
	Name string `json:"partner_test_name"`
}

func greenhouseList(ctx context.Context, v *Visit) (Answer, error) {
	offered, err := v.packages(ctx)
	tests := make([]greenhouseTest, len(offered))
	for i, a := range offered {
		tests[i] = greenhouseTest{assess.FormatID(assess.AssessmentID, a.ID), v.Words.label(a)}
	}
	return Answer{http.StatusOK, tests}, err
}

type greenhouseOrder struct {
	Test      text `json:"partner_test_id"`
	Candidate struct {
		First   text `json:"first_name"`
		Last    text `json:"last_name"`
		Email   text `json:"email"`
		Profile text `json:"greenhouse_profile_url"`
	} `json:"candidate"`
	URL text `json:"url"`
}

func greenhouseSend(ctx context.Context, v *Visit) (Answer, error) {
	var in greenhouseOrder
	if err := v.read(&in); err != nil {
		return Answer{}, err
	}
	if in.URL == "" {
		return Answer{}, assess.FieldErrors{{Field: "url", Word: assess.WordRequired}}
	}
	inv, err := v.place(ctx, order{
		test: string(in.Test), testField: "partner_test_id", first: string(in.Candidate.First), last: string(in.Candidate.Last),
		email: string(in.Candidate.Email), emailField: "candidate.email", reference: applicationOf(string(in.Candidate.Profile)),
		key: takeHome(string(in.URL)), callback: string(in.URL),
	})
	return Answer{http.StatusOK, object{{"partner_interview_id", assess.FormatID(assess.InvitationID, inv.ID)}}}, err
}

// takeHome is the id of Greenhouse's own take-home test, the last part of the
// address it wants to be told at: the one name that a repeated order keeps.
func takeHome(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return path.Base(u.Path)
}

// applicationOf is the application a profile's address is about.
func applicationOf(profile string) string {
	u, err := url.Parse(profile)
	if err != nil {
		return ""
	}
	if id := u.Query().Get("application_id"); id != "" {
		return "application " + id
	}
	return ""
}

func greenhouseStatus(ctx context.Context, v *Visit) (Answer, error) {
	o, err := v.follow(ctx, v.Query.Get("partner_interview_id"))
	if err != nil {
		return Answer{}, err
	}
	if o.Result == nil {
		// Only the word "complete" means something to Greenhouse; the rest is read by people.
		return Answer{http.StatusOK, object{{"partner_status", strings.ToLower(standing(o, v.Words))}}}, nil
	}
	var metadata object
	for _, f := range facts(*o.Result, v.Words) {
		metadata = append(metadata, member{f.label, f.value()})
	}
	// No partner_score: it is optional, and a result has four figures and no total.
	return Answer{http.StatusOK, object{
		{"partner_status", "complete"},
		{"partner_profile_url", v.Words.Report(o)},
		{"metadata", metadata},
	}}, nil
}

func greenhouseError(ctx context.Context, v *Visit) (Answer, error) {
	var in struct {
		Call   text   `json:"api_call"`
		Errors []text `json:"errors"`
	}
	if err := v.read(&in); err != nil {
		return Answer{}, err
	}
	what := string(in.Call)
	for _, e := range in.Errors {
		what += "; " + string(e)
	}
	return Answer{http.StatusOK, object{{"status", http.StatusOK}}}, v.Center.Complain(ctx, v.By, what)
}

// Refuse answers with the statuses Greenhouse documents – 401 for a bad key, 404
// for what does not exist – and else with what HTTP has. It publishes no shape for
// errors; people read the text.
func (greenhouse) Refuse(f Fault) Answer {
	for _, field := range f.Fields {
		if field.Field == "partner_test_id" && field.Word == assess.WordUnknown {
			f.Status = http.StatusNotFound
		}
	}
	return Answer{f.Status, object{{"errors", []string{f.Text}}}}
}

// Report marks the test complete; Greenhouse then asks for its status. It is
// called with the very key it calls us with.
func (greenhouse) Report(_ assess.EventKind, o assess.VendorOrder, at assess.Calling, _ Words) (Call, bool, error) {
	if o.Result == nil {
		return Call{}, false, nil
	}
	c, err := call(http.MethodPatch, at.URL.String(), nil, "Authorization", basic(at.Credential))
	return c, true, err
}

func (greenhouse) Heard([]byte) error { return nil }
