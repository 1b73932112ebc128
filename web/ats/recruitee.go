package ats

import (
	"context"
	"net/http"
	"time"

	"github.com/fourfold/fourfold/assess"
)

// recruitee is the partners API of Recruitee, now Tellent: it sends candidates to
// us, and its report on each is ours to write.
type recruitee struct{}

func (recruitee) Doors() []Door {
	return []Door{
		{http.MethodGet, "/tests", recruiteeTests},
		{http.MethodPost, "/candidates", recruiteeSend},
	}
}

type recruiteeTest struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

func recruiteeTests(ctx context.Context, v *Visit) (Answer, error) {
	offered, err := v.packages(ctx)
	tests := make([]recruiteeTest, len(offered))
	for i, a := range offered {
		tests[i] = recruiteeTest{v.Words.label(a), assess.FormatID(assess.AssessmentID, a.ID)}
	}
	return Answer{http.StatusOK, tests}, err
}

func recruiteeSend(ctx context.Context, v *Visit) (Answer, error) {
	var in struct {
		First     text `json:"first_name"`
		Last      text `json:"last_name"`
		Email     text `json:"email"`
		Candidate text `json:"candidate_id"`
		Company   text `json:"company_id"`
		Report    text `json:"report_id"`
		Test      text `json:"test_id"`
	}
	if err := v.read(&in); err != nil {
		return Answer{}, err
	}
	if err := pathPart("report_id", in.Report); err != nil {
		return Answer{}, err
	}
	reference := ""
	if in.Candidate != "" {
		reference = "candidate " + string(in.Candidate)
	}
	inv, err := v.place(ctx, order{
		test: string(in.Test), testField: "test_id", first: string(in.First), last: string(in.Last),
		email: string(in.Email), emailField: "email", reference: reference,
		key: string(in.Report), refs: map[string]string{"report": string(in.Report), "company": string(in.Company)},
	})
	// What the body of success holds is not documented; our id helps whoever reads it.
	return Answer{http.StatusOK, object{{"id", assess.FormatID(assess.InvitationID, inv.ID)}}}, err
}

// Refuse: 401 says the token is wrong, the other statuses are not documented.
func (recruitee) Refuse(f Fault) Answer {
	return Answer{f.Status, object{{"error", f.Text}}}
}

func (recruitee) Report(_ assess.EventKind, o assess.VendorOrder, at assess.Calling, w Words) (Call, bool, error) {
	var body object
	switch {
	case o.Result != nil:
		body = object{
			{"status", "completed"},
			{"score", profile(*o.Result, w)},
			{"subtitle", w.Say("key_status." + string(o.Result.Document.KeyStatus))},
			{"completed_at", o.Result.Document.Sitting.EndedAt.UTC().Format(time.RFC3339)},
		}
	case ended(o):
		body = object{{"status", "canceled"}, {"subtitle", standing(o, w)}}
	default:
		return Call{}, false, nil
	}
	address := at.URL.JoinPath("p", o.Connection.Account, "reports", o.Refs["report"]).String()
	c, err := call(http.MethodPatch, address, body, "RT-PARTNER-SECRET", at.Credential)
	return c, true, err
}

func (recruitee) Heard([]byte) error { return nil }
