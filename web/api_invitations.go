package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// invitationEntry is an invitation as programs see it. Extra time is not in it:
// whoever may see invitations need not know of it.
type invitationEntry struct {
	ID         string         `json:"id" example:"inv_01jd9m4k2b3c8d5e6f7g9h0jkm"`
	Assessment string         `json:"assessment" example:"asm_01jd9m3v8h7f2a0q4c6r5t8wxy"`
	Candidate  candidateEntry `json:"candidate"`
	Reference  string         `json:"reference" description:"Your own reference, as you gave it." example:"REQ-118"`
	Language   questions.Lang `json:"language,omitempty" description:"The language the pages open in; absent when the candidate's browser decides."`
	Stage      assess.Stage   `json:"stage" description:"How far the candidate has come."`
	Answered   int            `json:"answered" description:"Items answered so far."`
	Items      int            `json:"items"`
	Link       *string        `json:"link" format:"uri" description:"The candidate's secret link; null once the test is over or taken back, and for keys that may not invite."`
	Result     *string        `json:"result" description:"The id of the result; null until there is one." example:"res_01jd9q7n4t5v6w8x9y0z1a2b3c"`
	CreatedAt  assess.Time    `json:"created_at"`
	ExpiresAt  assess.Time    `json:"expires_at" description:"When the link stops opening the test."`
	StartedAt  assess.Time    `json:"started_at"`
	EndedAt    assess.Time    `json:"ended_at"`
	ChangedAt  assess.Time    `json:"changed_at"`
}

type candidateEntry struct {
	ID    string `json:"id" example:"can_01jd9m4k2b3c8d5e6f7g9h0jkn"`
	Name  string `json:"name" example:"Chen Jing"`
	Email string `json:"email" example:"chen.jing@example.com"`
}

func (h api) invitationEntry(by assess.Actor, i assess.Invitation) invitationEntry {
	e := invitationEntry{
		ID:         assess.FormatID(assess.InvitationID, i.ID),
		Assessment: assess.FormatID(assess.AssessmentID, i.AssessmentID),
		Candidate:  candidateEntry{assess.FormatID(assess.CandidateID, i.Candidate.ID), i.Candidate.Name, i.Candidate.Email},
		Reference:  i.Reference, Language: i.Language, Stage: i.Stage, Answered: i.Answered, Items: i.Items,
		CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt, StartedAt: i.StartedAt, EndedAt: i.EndedAt, ChangedAt: i.ChangedAt,
	}
	if underWay(i.Stage) && by.Can(assess.Inviting) {
		link := h.center.Link(i)
		e.Link = &link
	}
	if i.ResultID != uuid.Nil {
		id := assess.FormatID(assess.ResultID, i.ResultID)
		e.Result = &id
	}
	return e
}

type oneInvitation struct {
	ID string `path:"id" description:"The id of an invitation."`
}

func (h api) invitation() operation[oneInvitation, invitationEntry] {
	return operation[oneInvitation, invitationEntry]{
		id:       "getInvitation",
		summary:  "See one invitation",
		right:    assess.SeeInvitations,
		declines: []assess.Error{assess.ErrNotFound},
		handle: func(ctx context.Context, by assess.Actor, in oneInvitation) (invitationEntry, error) {
			id, err := assess.ParseID(assess.InvitationID, in.ID)
			if err != nil {
				return invitationEntry{}, err
			}
			found, err := h.center.Invitation(ctx, by, id)
			if err != nil {
				return invitationEntry{}, err
			}
			return h.invitationEntry(by, found), nil
		},
	}
}

func (h api) cancelInvitation() operation[oneInvitation, invitationEntry] {
	return operation[oneInvitation, invitationEntry]{
		id:      "cancelInvitation",
		summary: "Take an invitation back",
		detail: "The link stops working; a test under way is closed without a result. Cancelling again changes nothing. A test that has ended " +
			"stays as it is: 409 conflict.",
		right:    assess.Inviting,
		declines: []assess.Error{assess.ErrNotFound, assess.ErrConflict},
		handle: func(ctx context.Context, by assess.Actor, in oneInvitation) (invitationEntry, error) {
			id, err := assess.ParseID(assess.InvitationID, in.ID)
			if err != nil {
				return invitationEntry{}, err
			}
			found, err := h.center.CancelAgain(ctx, by, id)
			if err != nil {
				return invitationEntry{}, err
			}
			return h.invitationEntry(by, found), nil
		},
	}
}

type invitationQuery struct {
	Cursor    string         `query:"cursor" binding:"max=2000" description:"Where to go on, from next_cursor of the page before."`
	Limit     *int           `query:"limit" binding:"omitempty,min=1,max=250" default:"50" description:"How many at most."`
	Reference string         `query:"reference" binding:"max=120" description:"Only those with exactly this reference."`
	Stage     []assess.Stage `query:"stage" collection_format:"csv" collectionFormat:"csv" binding:"max=10,unique,dive,oneof=invited opened consented started submitted expired withdrawn cancelled lapsed" description:"Only these stages, separated by commas."`
}

type invitationList struct {
	Next        string            `header:"Link" json:"-" description:"The next page, as rel=next."`
	Invitations []invitationEntry `json:"invitations"`
	NextCursor  *string           `json:"next_cursor" description:"Asks for the next page; null on the last."`
}

const invitationsPerPage = 50

func (h api) invitations() operation[invitationQuery, invitationList] {
	return operation[invitationQuery, invitationList]{
		id:      "listInvitations",
		summary: "List invitations, newest first",
		right:   assess.SeeInvitations,
		handle: func(ctx context.Context, by assess.Actor, in invitationQuery) (invitationList, error) {
			limit := invitationsPerPage
			if in.Limit != nil {
				limit = *in.Limit
			}
			page, err := h.center.Invitations(ctx, by, assess.InvitationFilter{
				Stages: in.Stage, Reference: in.Reference, Sort: "invited", Descending: true, Cursor: in.Cursor, Limit: limit,
			})
			if err != nil {
				return invitationList{}, rename(err, map[string]string{"cursor": "?cursor", "limit": "?limit"})
			}
			list := invitationList{Invitations: make([]invitationEntry, len(page.Invitations))}
			for i, found := range page.Invitations {
				list.Invitations[i] = h.invitationEntry(by, found)
			}
			if page.Next != "" {
				list.NextCursor = &page.Next
				list.Next = "<" + h.location("/api/v1/invitations") + "?" + in.after(page.Next) + `>; rel="next"`
			}
			return list, nil
		},
	}
}

// after is the query that goes on where a page ended.
func (q invitationQuery) after(cursor string) string {
	next := url.Values{"cursor": {cursor}}
	if q.Limit != nil {
		next.Set("limit", strconv.Itoa(*q.Limit))
	}
	if q.Reference != "" {
		next.Set("reference", q.Reference)
	}
	if len(q.Stage) > 0 {
		stages := make([]string, len(q.Stage))
		for i, s := range q.Stage {
			stages[i] = string(s)
		}
		next.Set("stage", strings.Join(stages, ","))
	}
	return next.Encode()
}
