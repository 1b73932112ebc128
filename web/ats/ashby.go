package ats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/fourfold/fourfold/assess"
)

// ashby is the assessments API for partners: every call is a POST, whatever it
// asks, and a 200 may say that nothing was done.
type ashby struct{}

func (ashby) Doors() []Door {
	return []Door{
		{http.MethodPost, "/assessment.list", ashbyList},
		{http.MethodPost, "/assessment.start", ashbyStart},
		{http.MethodPost, "/assessment.cancel", ashbyCancel},
	}
}

type ashbyType struct {
	ID          string `json:"assessment_type_id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

func ashbyList(ctx context.Context, v *Visit) (Answer, error) {
	offered, err := v.packages(ctx)
	types := make([]ashbyType, len(offered))
	for i, a := range offered {
		types[i] = ashbyType{assess.FormatID(assess.AssessmentID, a.ID), v.Words.label(a), v.Words.description(a)}
	}
	return ashbyDone(types), err
}

func ashbyDone(results any) Answer {
	return Answer{http.StatusOK, object{{"success", true}, {"results", results}}}
}

type ashbyOrder struct {
	Type      text `json:"assessment_type_id"`
	Candidate struct {
		ID    text `json:"ashby_id"`
		First text `json:"first_name"`
		Last  text `json:"last_name"`
		Email text `json:"email"`
	} `json:"candidate"`
	Application struct {
		ID text `json:"ashby_id"`
	} `json:"application"`
	Job struct {
		Name        text `json:"name"`
		Requisition text `json:"req_id"`
	} `json:"job"`
}

func ashbyStart(ctx context.Context, v *Visit) (Answer, error) {
	var in ashbyOrder
	if err := v.read(&in); err != nil {
		return Answer{}, err
	}
	if in.Application.ID == "" {
		return Answer{}, assess.FieldErrors{{Field: "application.ashby_id", Word: assess.WordRequired}}
	}
	reference := string(in.Job.Requisition)
	if reference == "" {
		reference = string(in.Job.Name)
	}
	inv, err := v.place(ctx, order{
		test: string(in.Type), testField: "assessment_type_id", first: string(in.Candidate.First), last: string(in.Candidate.Last),
		email: string(in.Candidate.Email), emailField: "candidate.email", reference: reference,
		key: string(in.Application.ID) + " " + string(in.Type), again: true,
	})
	if err != nil {
		return Answer{}, err
	}
	return ashbyStarted(ctx, v, assess.FormatID(assess.InvitationID, inv.ID), inv.Replayed)
}

// ashbyStarted names the order, and says of a repeated one at once how it stands.
func ashbyStarted(ctx context.Context, v *Visit, id string, replayed bool) (Answer, error) {
	results := object{{"assessment_id", id}}
	if replayed {
		o, err := v.follow(ctx, id)
		if err != nil {
			return Answer{}, err
		}
		if update, ok := ashbyUpdate(o, v.Words); ok {
			results = append(results, member{"update_request", update})
		}
	}
	return ashbyDone(results), nil
}

func ashbyCancel(ctx context.Context, v *Visit) (Answer, error) {
	var in struct {
		ID text `json:"assessment_id"`
	}
	if err := v.read(&in); err != nil {
		return Answer{}, err
	}
	id, err := assess.ParseID(assess.InvitationID, string(in.ID))
	if err != nil {
		return Answer{}, err
	}
	if err := v.Center.CancelOrder(ctx, v.By, id); err != nil {
		return Answer{}, err
	}
	return ashbyDone(object{{"assessment_id", string(in.ID)}}), nil
}

// Refuse answers in one of Ashby's three ways: 409 when the candidate is being
// assessed already, 422 with a message for the recruiter, else success false.
func (ashby) Refuse(f Fault) Answer {
	switch {
	case f.Word == assess.ErrKeyReused || f.Word == assess.ErrConflict:
		f.Status = http.StatusConflict
	case f.Status == http.StatusBadRequest || f.Status == http.StatusConflict:
		f.Status = http.StatusUnprocessableEntity
	}
	if f.Status == http.StatusUnprocessableEntity {
		return Answer{f.Status, object{{"message", f.Text}}}
	}
	return Answer{f.Status, object{
		{"success", false},
		{"errors", []string{string(f.Word)}},
		{"errorInfo", object{{"code", string(f.Word)}, {"message", f.Text}, {"requestId", f.ID}}},
	}}
}

func (ashby) Report(kind assess.EventKind, o assess.VendorOrder, at assess.Calling, w Words) (Call, bool, error) {
	if kind == assess.SittingStarted && o.Invitation.Stage != assess.StageStarted {
		return Call{}, false, nil // the end is told by an event of its own
	}
	update, ok := ashbyUpdate(o, w)
	if !ok {
		return Call{}, false, nil
	}
	c, err := call(http.MethodPost, at.URL.JoinPath("/assessment.update").String(), update,
		"Authorization", basic(at.Credential), "Accept", "application/json; version=1")
	return c, true, err
}

// ashbyField is the one shape in which Ashby takes what is to be shown.
type ashbyField struct {
	ID    string `json:"identifier"`
	Label string `json:"label"`
	Type  string `json:"type"`
	Value any    `json:"value"`
}

// ashbyUpdate is how an order stands, once there is anything to tell.
func ashbyUpdate(o assess.VendorOrder, w Words) (object, bool) {
	status := func(value string) ashbyField {
		return ashbyField{"fourfold_status", w.Say("ats.status"), "string", value}
	}
	link := func(address string) ashbyField {
		return ashbyField{"fourfold_report", w.Say("ats.report"), "url", address}
	}
	update := func(at assess.Time, rest ...member) object {
		return append(object{{"assessment_id", orderID(o)}, {"timestamp", at.UnixMilli()}}, rest...)
	}
	switch {
	case o.Result != nil:
		var metadata []ashbyField
		for _, f := range facts(*o.Result, w) {
			kind := "string"
			if f.number != nil {
				kind = "numeric_score"
			}
			metadata = append(metadata, ashbyField{"fourfold_" + f.id, f.label, kind, f.value()})
		}
		return update(o.Result.Document.Sitting.EndedAt,
			member{"assessment_status", status("Completed")},
			member{"assessment_profile_url", link(w.Report(o))},
			// As a string: a result has four figures and no total.
			member{"assessment_result", ashbyField{"fourfold_result", w.Say("ats.result"), "string", profile(*o.Result, w)}},
			member{"metadata", metadata}), true
	case ended(o):
		return update(o.Invitation.ChangedAt,
			member{"cancelled_reason", ashbyField{"fourfold_cancelled", w.Say("ats.reason"), "string", standing(o, w)}}), true
	case o.Invitation.Stage == assess.StageStarted:
		return update(o.Invitation.StartedAt,
			member{"assessment_status", status("Started")},
			member{"assessment_profile_url", link(w.Page(o))}), true
	}
	return nil, false
}

// Heard looks for success false, which comes with status 200.
func (ashby) Heard(body []byte) error {
	if len(body) == 0 {
		return nil // no body is documented for success
	}
	var said struct {
		Success *bool  `json:"success"`
		Errors  []text `json:"errors"`
		Info    struct {
			Code    text `json:"code"`
			Message text `json:"message"`
		} `json:"errorInfo"`
	}
	if err := json.Unmarshal(body, &said); err != nil || said.Success == nil || *said.Success {
		return nil
	}
	if said.Info.Code != "" || said.Info.Message != "" {
		return fmt.Errorf("%s %s", said.Info.Code, said.Info.Message)
	}
	if len(said.Errors) > 0 {
		return errors.New(string(said.Errors[0]))
	}
	return errors.New("success: false")
}
