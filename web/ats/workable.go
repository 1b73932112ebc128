package ats

import (
	"context"
	"net/http"
	"strings"

	"github.com/fourfold/fourfold/assess"
)

// workable is the assessments provider API. Its addresses and its keys are known
// from Workable; the bodies of orders and results only from another vendor's
// implementation, so that this contract is beta until Workable has confirmed it.
type workable struct{}

func (workable) Doors() []Door {
	return []Door{
		{http.MethodGet, "/tests", workableTests},
		{http.MethodPost, "/assessments", workableOrder},
	}
}

type workableTest struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func workableTests(ctx context.Context, v *Visit) (Answer, error) {
	offered, err := v.packages(ctx)
	tests := make([]workableTest, len(offered))
	for i, a := range offered {
		tests[i] = workableTest{assess.FormatID(assess.AssessmentID, a.ID), v.Words.label(a)}
	}
	return Answer{http.StatusOK, object{{"tests", tests}}}, err
}

func workableOrder(ctx context.Context, v *Visit) (Answer, error) {
	var in struct {
		Test      text `json:"test_id"`
		Shortcode text `json:"job_shortcode"`
		Callback  text `json:"callback_url"`
		Candidate struct {
			First text `json:"first_name"`
			Last  text `json:"last_name"`
			Email text `json:"email"`
		} `json:"candidate"`
	}
	if err := v.read(&in); err != nil {
		return Answer{}, err
	}
	if in.Callback == "" {
		return Answer{}, assess.FieldErrors{{Field: "callback_url", Word: assess.WordRequired}}
	}
	inv, err := v.place(ctx, order{
		test: string(in.Test), testField: "test_id", first: string(in.Candidate.First), last: string(in.Candidate.Last),
		email: string(in.Candidate.Email), emailField: "candidate.email", reference: string(in.Shortcode),
		key: string(in.Callback), callback: string(in.Callback),
	})
	return Answer{http.StatusCreated, object{{"assessment_id", assess.FormatID(assess.InvitationID, inv.ID)}}}, err
}

// Refuse answers 422 where something is missing, 409 where the order is another
// one's, and 400 for the rest of what was sent wrongly.
func (workable) Refuse(f Fault) Answer {
	for _, field := range f.Fields {
		if field.Word == assess.WordRequired || field.Word == "required" {
			f.Status = http.StatusUnprocessableEntity
		}
	}
	if f.Word == assess.ErrKeyReused {
		f.Status = http.StatusConflict
	}
	return Answer{f.Status, object{{"status", f.Status}, {"message", f.Text}}}
}

func (workable) Report(kind assess.EventKind, o assess.VendorOrder, at assess.Calling, w Words) (Call, bool, error) {
	var body object
	switch {
	case kind == assess.InvitationCreated:
		if o.Result != nil || ended(o) {
			return Call{}, false, nil // the end is told by an event of its own
		}
		body = object{{"status", "pending"}}
	case o.Result != nil:
		details := object{}
		for _, f := range facts(*o.Result, w) {
			details = append(details, member{f.label, f.value()})
		}
		// No grade: "failed", "passed" and "excelled" would be a verdict.
		body = object{
			{"status", "completed"},
			{"results_url", w.Report(o)},
			{"assessment", object{
				{"score", profile(*o.Result, w)},
				{"summary", strings.Join([]string{w.Say("ats.scale.text"), w.Text(o.Result.Document.Notice.Chinese, o.Result.Document.Notice.English)}, " ")},
				{"details", details},
				{"duration", spent(*o.Result)},
			}},
		}
	case o.Invitation.Stage == assess.StageLapsed:
		body = object{{"status", "expired"}}
	case ended(o):
		body = object{{"status", "rejected"}}
	default:
		return Call{}, false, nil
	}
	c, err := call(http.MethodPut, at.URL.String(), body, "Authorization", bearer(at.Credential))
	return c, true, err
}

func (workable) Heard([]byte) error { return nil }
