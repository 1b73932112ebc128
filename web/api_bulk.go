package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin/binding"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// batch is many orders at once.
type batch struct {
	Key         string       `header:"Idempotency-Key" json:"-" binding:"required" required:"true" maxLength:"300" description:"A text of your own for this batch, at most 255 characters. Sent again with the same body it returns what became of it; with another body it is refused. It is remembered for 30 days." example:"import-2026-11-02"`
	Invitations []batchOrder `json:"invitations" binding:"required,min=1,max=500" description:"At most 500 orders. One that is refused holds up no other."`
}

// batchOrder is one of them; its members are those of a single order.
type batchOrder struct {
	Assessment string         `json:"assessment" binding:"required,max=40" description:"The id of a published assessment." example:"asm_01jd9m3v8h7f2a0q4c6r5t8wxy"`
	Candidate  orderCandidate `json:"candidate" binding:"required"`
	Language   questions.Lang `json:"language,omitempty" binding:"omitempty,oneof=zh-CN en"`
	ExtraTime  *int           `json:"extra_time,omitempty" binding:"omitempty,oneof=0 100 125 150 200 300" default:"100"`
	Reference  string         `json:"reference,omitempty" binding:"max=120" example:"REQ-118"`
	ExpiresAt  *time.Time     `json:"expires_at,omitempty"`
}

type batchAnswer struct {
	Replayed string        `header:"Idempotency-Replayed" json:"-" description:"\"true\" when this batch had been sent before."`
	Created  int           `json:"created" description:"How many invitations were made."`
	Refused  int           `json:"refused" description:"How many orders were refused."`
	Results  []batchResult `json:"results" description:"What became of each order, in the order they were sent."`
}

// batchResult is an invitation or a problem, never both.
type batchResult struct {
	Invitation *invitationEntry `json:"invitation,omitempty"` // Absent where the order was refused.
	Problem    *batchProblem    `json:"problem,omitempty"`    // Absent where there is an invitation.
}

type batchProblem struct {
	Code   assess.Error   `json:"code" description:"A stable word to branch on."`
	Title  string         `json:"title"`
	Errors []problemField `json:"errors,omitempty" description:"Everything that is wrong with this order; pointers begin at the order."`
}

func (h api) inviteMany() operation[batch, batchAnswer] {
	return operation[batch, batchAnswer]{
		id:      "createInvitations",
		summary: "Invite many candidates at once",
		detail: "Places up to 500 orders in one request. Each becomes an invitation or is refused with its own reason; the answer holds one result for " +
			"each, in their order. Correct those refused and send them under another Idempotency-Key.",
		right:    assess.Inviting,
		declines: []assess.Error{errMediaType, errTooLarge, assess.ErrKeyReused, assess.ErrInFlight},
		spoken: func(ctx context.Context, by assess.Actor, in batch, l questions.Lang) (batchAnswer, error) {
			key, err := idempotencyKey(in.Key)
			if err != nil {
				return batchAnswer{}, err
			}
			asked, err := fingerprint(in)
			if err != nil {
				return batchAnswer{}, err
			}
			orders := make([]assess.BatchOrder, len(in.Invitations))
			for i, o := range in.Invitations {
				if orders[i], err = o.placed(); err != nil {
					return batchAnswer{}, err
				}
			}
			placed, replayed, err := h.center.InviteMany(ctx, by, key, asked, orders)
			if err != nil {
				return batchAnswer{}, err
			}
			out := batchAnswer{Results: make([]batchResult, len(placed))}
			if replayed {
				out.Replayed = "true"
			}
			for i, p := range placed {
				if p.Err != nil {
					out.Refused++
					out.Results[i].Problem = h.batchProblem(l, rename(p.Err, candidatePlaces))
					continue
				}
				out.Created++
				entry := h.invitationEntry(by, p.Invitation)
				out.Results[i].Invitation = &entry
			}
			return out, nil
		},
	}
}

// candidatePlaces is where the center's names of fields stand in an order.
var candidatePlaces = map[string]string{"name": "candidate.name", "email": "candidate.email"}

// placed is the order as the center takes it. What is wrong with its form goes along
// as its own reason, so that the others are placed.
func (o batchOrder) placed() (assess.BatchOrder, error) {
	if err := binding.Validator.ValidateStruct(o); err != nil {
		if faults := fieldErrors(err); len(faults) > 0 {
			return assess.BatchOrder{Faults: faults}, nil
		}
		return assess.BatchOrder{}, err
	}
	single := order{Assessment: o.Assessment, Candidate: o.Candidate, Language: o.Language, ExtraTime: o.ExtraTime, Reference: o.Reference, ExpiresAt: o.ExpiresAt}
	placed, err := single.order()
	if err != nil {
		return assess.BatchOrder{Faults: fieldErrors(err)}, nil
	}
	return assess.BatchOrder{Order: placed}, nil
}

func (h api) batchProblem(l questions.Lang, err error) *batchProblem {
	f := faultOf(err)
	p := &batchProblem{Code: f.Word, Title: h.problemText(l, string(f.Word)+".title")}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, h.problemField(l, field))
	}
	return p
}

// bodies are how large the body of a call may be where it may be larger than others.
var bodies = map[string]int64{
	http.MethodPost + " /api/v1/invitations/bulk": 512 << 10,
	http.MethodPost + " /bank/upload":             maxUpload,
}
