package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// order is what a program sends to invite a candidate.
type order struct {
	Key        string         `header:"Idempotency-Key" json:"-" binding:"required" required:"true" maxLength:"300" description:"A text of your own for this order, at most 255 characters, bare or in double quotes. Sent again with the same body it returns the same invitation; with another body it is refused. It is remembered for 30 days." example:"order-2291"`
	Assessment string         `json:"assessment" binding:"required,max=40" description:"The id of a published assessment." example:"asm_01jd9m3v8h7f2a0q4c6r5t8wxy"`
	Candidate  orderCandidate `json:"candidate" binding:"required"`
	Language   questions.Lang `json:"language,omitempty" binding:"omitempty,oneof=zh-CN en" description:"The language the pages open in. Left out, the candidate's browser decides; the candidate may change it until the test starts."`
	ExtraTime  *int           `json:"extra_time,omitempty" binding:"omitempty,oneof=0 100 125 150 200 300" default:"100" description:"The time limit for this person in percent of the usual; 0 is no limit."`
	Reference  string         `json:"reference,omitempty" binding:"max=120" description:"Your own reference: a requisition, an application." example:"REQ-118"`
	ExpiresAt  *time.Time     `json:"expires_at,omitempty" description:"When the link stops opening the test. Left out, the assessment's own validity counts from now."`
}

type orderCandidate struct {
	Name  string `json:"name" binding:"required,max=120" example:"Chen Jing"`
	Email string `json:"email" binding:"required,email,max=254" example:"chen.jing@example.com"`
}

// invited is the answer to an order: the invitation, and where it stands.
type invited struct {
	Location string `header:"Location" json:"-" description:"The address of the invitation."`
	Replayed string `header:"Idempotency-Replayed" json:"-" description:"\"true\" when this order had been placed before."`
	invitationEntry
}

func (h api) invite() operation[order, invited] {
	return operation[order, invited]{
		id:      "createInvitation",
		summary: "Invite a candidate",
		detail: "Makes an invitation and answers with the candidate's secret link. Fourfold sends nothing: pass the link on yourself. " +
			"When no answer arrived, send the same order with the same Idempotency-Key again.",
		right:    assess.Inviting,
		status:   http.StatusCreated,
		declines: []assess.Error{errMediaType, errTooLarge, assess.ErrKeyReused, assess.ErrInFlight, assess.ErrNotPublished},
		handle: func(ctx context.Context, by assess.Actor, in order) (invited, error) {
			placed, err := in.placed()
			if err != nil {
				return invited{}, err
			}
			i, err := h.center.Invite(ctx, by, placed)
			if err != nil {
				return invited{}, rename(err, candidatePlaces)
			}
			out := invited{invitationEntry: h.invitationEntry(by, i)}
			out.Location = h.location("/api/v1/invitations", out.ID)
			if i.Replayed {
				out.Replayed = "true"
			}
			return out, nil
		},
	}
}

// placed is the order as the center takes it.
func (o order) placed() (assess.Order, error) {
	key, err := idempotencyKey(o.Key)
	if err != nil {
		return assess.Order{}, err
	}
	p, err := o.order()
	if err != nil {
		return p, err
	}
	p.IdempotencyKey = key
	p.Fingerprint, err = fingerprint(o)
	return p, err
}

// order is what is asked for, without the key it comes under.
func (o order) order() (assess.Order, error) {
	assessment, err := assess.ParseID(assess.AssessmentID, o.Assessment)
	if err != nil {
		return assess.Order{}, assess.FieldErrors{{Field: "assessment", Word: assess.WordUnknown}} // as for a foreign one
	}
	p := assess.Order{
		AssessmentID: assessment, Name: o.Candidate.Name, Email: o.Candidate.Email, Language: o.Language,
		ExtraTime: 100, Reference: o.Reference,
	}
	if o.ExtraTime != nil {
		p.ExtraTime = *o.ExtraTime
	}
	if o.ExpiresAt != nil {
		p.ExpiresAt = assess.At(*o.ExpiresAt)
	}
	return p, nil
}

// fingerprint tells whether two requests ask for the same, however their JSON was
// spaced and ordered.
func fingerprint(request any) (string, error) {
	text, err := json.Marshal(request, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// idempotencyKey reads the header as a structured-field string, as the draft of
// the IETF has it, or bare, as most programs send it.
func idempotencyKey(header string) (string, error) {
	const most, mostHeader = 255, 300 // with quotes and escapes
	wrong := func(word string, params map[string]string) (string, error) {
		return "", assess.FieldErrors{{Field: parameterMark + "Idempotency-Key", Word: word, Params: params}}
	}
	key := header
	if inner, ok := strings.CutPrefix(header, `"`); ok {
		if inner, ok = strings.CutSuffix(inner, `"`); !ok {
			return wrong("quotes", nil)
		}
		key = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(inner)
	}
	switch {
	case strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }):
		return wrong(assess.WordForbidden, nil)
	case key == "":
		return wrong(assess.WordRequired, nil)
	case len(key) > most, len(header) > mostHeader:
		return wrong(assess.WordTooLong, map[string]string{"n": strconv.Itoa(most)})
	}
	return key, nil
}
