package assess

import (
	"slices"

	"github.com/google/uuid"
)

// ActorKind says what sort of caller acts.
type ActorKind string

// The kinds of actor.
const (
	MemberActor    ActorKind = "member"
	KeyActor       ActorKind = "key"
	CandidateActor ActorKind = "candidate"
	RaterActor     ActorKind = "rater"
	SystemActor    ActorKind = "system"
	// ConnectionActor is an applicant tracking system at its own door.
	ConnectionActor ActorKind = "connection"
)

// Role is what a member may do.
type Role string

// The roles.
const (
	Owner     Role = "owner"
	Recruiter Role = "recruiter"
	Reviewer  Role = "reviewer"
	Author    Role = "author"
	Auditor   Role = "auditor"
)

// Roles lists the roles in the order pages offer them.
var Roles = []Role{Owner, Recruiter, Reviewer, Author, Auditor}

// Scope is what an API key may do.
type Scope string

// The scopes.
const (
	ReadAssessments  Scope = "assessments:read"
	ReadInvitations  Scope = "invitations:read"
	WriteInvitations Scope = "invitations:write"
	ReadResults      Scope = "results:read"
	ManageHooks      Scope = "webhooks:manage"
)

// Scopes lists every scope.
var Scopes = []Scope{ReadAssessments, ReadInvitations, WriteInvitations, ReadResults, ManageHooks}

// Actor is who asks for a use case, already proved by a session, an API key or
// the program itself.
type Actor struct {
	Organization uuid.UUID
	Kind         ActorKind
	ID           uuid.UUID
	Role         Role    // Members only.
	Scopes       []Scope // API keys only.
}

// Right is one thing a use case needs its actor to be allowed.
type Right string

// The rights, each granted to roles and, where keys may have it, to a scope.
const (
	SeeAssessments  Right = "see_assessments"
	EditAssessments Right = "edit_assessments"
	SeeKeys         Right = "see_answer_keys"
	SeeInvitations  Right = "see_invitations"
	Inviting        Right = "invite"
	SeeResults      Right = "see_results"
	ManageHouse     Right = "manage_house"
	SeeAudit        Right = "see_audit"
	SeeBank         Right = "see_bank"
	EditItems       Right = "edit_items"
	RunPanels       Right = "run_panels"
	PromoteItems    Right = "promote_items"
	ManageWebhooks  Right = "manage_webhooks"
	SeeQuality      Right = "see_quality"
	SeeFairness     Right = "see_fairness"
	MakeNorms       Right = "make_norms"
	Erasing         Right = "erase"
	Rescoring       Right = "rescore"
	SeeRescores     Right = "see_rescores"
	SeeReceipts     Right = "see_receipts" // Whole ones, with keys and marks.
	// Ordering is to order sittings and to follow one's own orders, which is all that
	// connections may do beside seeing what there is to order.
	Ordering Right = "order"
)

var granted = map[Right]struct {
	roles []Role
	scope Scope
}{
	SeeAssessments:  {[]Role{Owner, Recruiter, Reviewer, Author, Auditor}, ReadAssessments},
	EditAssessments: {[]Role{Owner, Recruiter}, ""},
	SeeKeys:         {[]Role{Owner, Recruiter, Reviewer, Author}, ""},
	SeeInvitations:  {[]Role{Owner, Recruiter, Reviewer, Auditor}, ReadInvitations},
	Inviting:        {[]Role{Owner, Recruiter}, WriteInvitations},
	SeeResults:      {[]Role{Owner, Recruiter, Reviewer}, ReadResults},
	ManageHouse:     {[]Role{Owner}, ""},
	SeeAudit:        {[]Role{Owner, Auditor}, ""},
	SeeBank:         {[]Role{Owner, Reviewer, Author}, ""},
	EditItems:       {[]Role{Owner, Author}, ""},
	RunPanels:       {[]Role{Owner, Reviewer, Author}, ""},
	PromoteItems:    {[]Role{Owner, Reviewer}, ""}, // a key is not passed by whoever wrote it
	ManageWebhooks:  {[]Role{Owner}, ManageHooks},
	SeeQuality:      {[]Role{Owner, Recruiter, Reviewer, Author, Auditor}, ""},
	SeeFairness:     {[]Role{Auditor}, ""}, // of what candidates said of themselves nobody else sees even totals
	MakeNorms:       {[]Role{Owner, Recruiter}, ""},
	Erasing:         {[]Role{Owner, Recruiter}, ""},
	Rescoring:       {[]Role{Owner}, ""},
	SeeRescores:     {[]Role{Owner, Auditor}, ""}, // an auditor sees adverse impact where the owner sees people
	SeeReceipts:     {[]Role{Owner, Recruiter, Reviewer}, ""},
	Ordering:        {nil, ""},
}

// Can reports whether the actor holds a right. Pages use it to leave out what
// would be refused; every use case asks again.
func (a Actor) Can(r Right) bool {
	g := granted[r]
	switch a.Kind {
	case MemberActor:
		return slices.Contains(g.roles, a.Role)
	case KeyActor:
		return g.scope != "" && slices.Contains(a.Scopes, g.scope)
	case ConnectionActor:
		return r == Ordering || r == SeeAssessments
	case SystemActor:
		return true
	}
	return false
}

// Needs returns the scope an API key must have for a right, "" when none gives it.
func Needs(r Right) Scope { return granted[r].scope }

func (a Actor) may(r Right) error {
	switch {
	case a.Can(r):
		return nil
	case a.Kind == KeyActor:
		return ErrScope
	}
	return ErrForbidden
}
