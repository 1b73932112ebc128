package assess_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/google/uuid"
)

func TestTheLifeOfAnAPIKey(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		k, secret, err := h.MakeKey(t.Context(), h.Owner, assess.NewKey{
			Name: "ATS", Scopes: []assess.Scope{assess.WriteInvitations, assess.ReadResults, assess.WriteInvitations},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(secret, "fourfold_live_") || !strings.HasPrefix(secret, k.Prefix) || !strings.HasSuffix(secret, k.Tail) || len(k.Prefix)+len(k.Tail) > 24 {
			t.Errorf("the secret is shown as %s…%s", k.Prefix, k.Tail)
		}
		for table, rows := range dump(t, h.Database()) {
			if strings.Contains(strings.Join(rows, "\n"), secret) {
				t.Errorf("the secret lies in %s", table)
			}
		}
		by, err := h.KeyActor(t.Context(), secret)
		if err != nil || by.Kind != assess.KeyActor || by.ID != k.ID || by.Organization != h.Owner.Organization || len(by.Scopes) != 2 {
			t.Fatalf("the key speaks for %+v, %v", by, err)
		}
		if _, err := h.Invite(t.Context(), by, assess.Order{AssessmentID: h.Assessment.ID, Name: "Ann", ExtraTime: 100}); err != nil {
			t.Errorf("inviting with the scope for it: %v", err)
		}
		if _, err := h.Invitations(t.Context(), by, assess.InvitationFilter{}); !errors.Is(err, assess.ErrScope) {
			t.Errorf("listing without its scope: %v, want %v", err, assess.ErrScope)
		}
		if _, _, err := h.MakeKey(t.Context(), by, assess.NewKey{Name: "more", Scopes: assess.Scopes}); !errors.Is(err, assess.ErrScope) {
			t.Errorf("a key that makes keys: %v", err)
		}

		used := func() time.Time {
			t.Helper()
			keys, err := h.Keys(t.Context(), h.Owner)
			if err != nil || len(keys) != 1 {
				t.Fatal(keys, err)
			}
			return keys[0].LastUsedAt.Time
		}
		first := used()
		for _, step := range []struct {
			wait time.Duration
			want time.Time
		}{{59 * time.Second, first}, {time.Second, first.Add(time.Minute)}} {
			h.Clock.Advance(step.wait)
			if _, err := h.KeyActor(t.Context(), secret); err != nil || !used().Equal(step.want) {
				t.Errorf("%v later last used at %v, want %v: its use is noted once a minute; %v", step.wait, used(), step.want, err)
			}
		}

		for _, by := range []assess.Actor{h.Neighbour().Owner, {Organization: h.Owner.Organization, Kind: assess.MemberActor, Role: assess.Recruiter}} {
			if err := h.RevokeKey(t.Context(), by, k.ID); !errors.Is(err, assess.ErrNotFound) && !errors.Is(err, assess.ErrForbidden) {
				t.Errorf("revoked by another: %v", err)
			}
		}
		if err := h.RevokeKey(t.Context(), h.Owner, k.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.KeyActor(t.Context(), secret); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("revoked: %v, want %v", err, assess.ErrUnauthenticated)
		}
		for _, id := range []uuid.UUID{k.ID, uuid.New()} {
			if err := h.RevokeKey(t.Context(), h.Owner, id); !errors.Is(err, assess.ErrNotFound) {
				t.Errorf("revoking what is not there any more: %v", err)
			}
		}
	})
}

func TestAKeyExpires(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		_, secret, err := h.MakeKey(t.Context(), h.Owner, assess.NewKey{Name: "ATS", Scopes: assess.Scopes, ExpiresAt: assess.At(h.Now().Add(time.Hour))})
		if err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(time.Hour - time.Microsecond)
		if _, err := h.KeyActor(t.Context(), secret); err != nil {
			t.Errorf("just before its end: %v", err)
		}
		h.Clock.Advance(time.Microsecond)
		if _, err := h.KeyActor(t.Context(), secret); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("at its end: %v", err)
		}
	})
}

func TestAMistypedKeyIsNoKey(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	_, secret, err := h.MakeKey(t.Context(), h.Owner, assess.NewKey{Name: "ATS", Scopes: assess.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	wrong := []string{"", "fourfold_live_", secret + "0", secret[1:], " " + secret, strings.ToUpper(secret), strings.Repeat("x", len(secret))}
	for i := range secret {
		for _, b := range []byte{'0', 'z', '\x00', 0xff} {
			if secret[i] != b {
				wrong = append(wrong, secret[:i]+string([]byte{b})+secret[i+1:])
			}
		}
		if i > 0 && secret[i] != secret[i-1] { // two characters in each other's place
			wrong = append(wrong, secret[:i-1]+string([]byte{secret[i], secret[i-1]})+secret[i+1:])
		}
	}
	for _, s := range wrong {
		if _, err := h.KeyActor(t.Context(), s); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("%q instead of %q: %v", s, secret, err)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for _, s := range wrong { // the checksum alone refuses them: there is no database any more
		if _, err := h.KeyActor(t.Context(), s); !errors.Is(err, assess.ErrUnauthenticated) {
			t.Errorf("%q reached the database: %v", s, err)
		}
	}
}

func TestWhatANewKeyMustSay(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		for what, c := range map[string]struct {
			in    assess.NewKey
			field string
			word  string
		}{
			"no name":              {assess.NewKey{Scopes: assess.Scopes}, "name", assess.WordRequired},
			"no scope":             {assess.NewKey{Name: "k"}, "scopes", assess.WordRequired},
			"a scope there is not": {assess.NewKey{Name: "k", Scopes: []assess.Scope{"results:write"}}, "scopes", assess.WordUnknown},
			"an end in the past":   {assess.NewKey{Name: "k", Scopes: assess.Scopes, ExpiresAt: assess.At(h.Now())}, "expires_at", assess.WordInPast},
			"an end too far away":  {assess.NewKey{Name: "k", Scopes: assess.Scopes, ExpiresAt: assess.At(time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("west", -12*3600)))}, "expires_at", assess.WordTooFar},
		} {
			if _, _, err := h.MakeKey(t.Context(), h.Owner, c.in); !isField(err, c.field, c.word) {
				t.Errorf("%s: %v, want %s: %s", what, err, c.field, c.word)
			}
		}
		n := h.Neighbour()
		if _, _, err := n.MakeKey(t.Context(), n.Owner, assess.NewKey{Name: "theirs", Scopes: assess.Scopes}); err != nil {
			t.Fatal(err)
		}
		if keys, err := h.Keys(t.Context(), h.Owner); err != nil || len(keys) != 0 {
			t.Errorf("the house sees %d keys of its neighbour, %v", len(keys), err)
		}
	})
}

// The table is written out on purpose: whoever changes a right changes it here, too.
func TestWhoMayDoWhat(t *testing.T) {
	type row struct {
		right assess.Right
		roles []assess.Role
		scope assess.Scope
	}
	table := []row{
		{assess.SeeAssessments, []assess.Role{"owner", "recruiter", "reviewer", "author", "auditor"}, "assessments:read"},
		{assess.EditAssessments, []assess.Role{"owner", "recruiter"}, ""},
		{assess.SeeKeys, []assess.Role{"owner", "recruiter", "reviewer", "author"}, ""},
		{assess.SeeInvitations, []assess.Role{"owner", "recruiter", "reviewer", "auditor"}, "invitations:read"},
		{assess.Inviting, []assess.Role{"owner", "recruiter"}, "invitations:write"},
		{assess.SeeResults, []assess.Role{"owner", "recruiter", "reviewer"}, "results:read"},
		{assess.ManageHouse, []assess.Role{"owner"}, ""},
		{assess.SeeAudit, []assess.Role{"owner", "auditor"}, ""},
		{assess.SeeBank, []assess.Role{"owner", "reviewer", "author"}, ""},
		{assess.EditItems, []assess.Role{"owner", "author"}, ""},
		{assess.RunPanels, []assess.Role{"owner", "reviewer", "author"}, ""},
		{assess.PromoteItems, []assess.Role{"owner", "reviewer"}, ""},
		{assess.ManageWebhooks, []assess.Role{"owner"}, "webhooks:manage"},
		{assess.SeeQuality, []assess.Role{"owner", "recruiter", "reviewer", "author", "auditor"}, ""},
		{assess.SeeFairness, []assess.Role{"auditor"}, ""},
		{assess.MakeNorms, []assess.Role{"owner", "recruiter"}, ""},
		{assess.Erasing, []assess.Role{"owner", "recruiter"}, ""},
		{assess.Rescoring, []assess.Role{"owner"}, ""},
		{assess.SeeRescores, []assess.Role{"owner", "auditor"}, ""},
		{assess.SeeReceipts, []assess.Role{"owner", "recruiter", "reviewer"}, ""},
		{assess.Ordering, nil, ""},
	}
	for _, right := range assess.Rights() {
		if !slices.ContainsFunc(table, func(r row) bool { return r.right == right }) {
			t.Errorf("%s is not in the table", right)
		}
	}
	for _, r := range table {
		orders := r.right == assess.Ordering || r.right == assess.SeeAssessments
		if got := (assess.Actor{Kind: assess.ConnectionActor, Role: assess.Owner, Scopes: assess.Scopes}).Can(r.right); got != orders {
			t.Errorf("%s, a connection: %v", r.right, got)
		}
		for _, role := range append(slices.Clone(assess.Roles), "", "root") {
			if got, want := (assess.Actor{Kind: assess.MemberActor, Role: role}).Can(r.right), slices.Contains(r.roles, role); got != want {
				t.Errorf("%s, a member who is %q: %v", r.right, role, got)
			}
			if (assess.Actor{Kind: assess.KeyActor, Role: role}).Can(r.right) || (assess.Actor{Kind: assess.CandidateActor, Role: role, Scopes: assess.Scopes}).Can(r.right) || (assess.Actor{Role: role}).Can(r.right) {
				t.Errorf("%s: the role %q counts for one who is no member", r.right, role)
			}
		}
		for _, scope := range append(slices.Clone(assess.Scopes), "", "*") {
			if got, want := (assess.Actor{Kind: assess.KeyActor, Scopes: []assess.Scope{scope}}).Can(r.right), scope != "" && scope == r.scope; got != want {
				t.Errorf("%s, a key with %q: %v", r.right, scope, got)
			}
			if (assess.Actor{Kind: assess.MemberActor, Scopes: []assess.Scope{scope}}).Can(r.right) {
				t.Errorf("%s: the scope %q counts for a member", r.right, scope)
			}
		}
		if assess.Needs(r.right) != r.scope {
			t.Errorf("%s needs %q, want %q", r.right, assess.Needs(r.right), r.scope)
		}
	}
	if (assess.Actor{Kind: assess.MemberActor, Role: assess.Owner}).Can("fly") || (assess.Actor{Kind: assess.KeyActor, Scopes: []assess.Scope{""}}).Can("fly") {
		t.Error("a right there is not was granted")
	}
}

func TestEveryUseCaseAsksForItsRight(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	ctx := t.Context()
	done := h.Invited("Ann").Started()
	if _, err := h.Submit(ctx, done.Seat); err != nil {
		t.Fatal(err)
	}
	id := done.Invitation.ID
	cases := map[assess.Right]map[string]func(by assess.Actor) error{
		assess.SeeAssessments: {
			"Assessments": func(by assess.Actor) error { return second(h.Assessments(ctx, by)) },
			"Assessment":  func(by assess.Actor) error { return second(h.Center.Assessment(ctx, by, h.Assessment.ID)) },
		},
		assess.EditAssessments: {
			"DraftAssessment":   func(by assess.Actor) error { return second(h.DraftAssessment(ctx, by, assess.NewAssessment{})) },
			"PublishAssessment": func(by assess.Actor) error { return second(h.PublishAssessment(ctx, by, uuid.New())) },
		},
		assess.SeeKeys: {"Form": func(by assess.Actor) error { return second(h.Center.Form(ctx, by, h.Assessment.ID)) }},
		assess.SeeInvitations: {
			"Invitation":  func(by assess.Actor) error { return second(h.Invitation(ctx, by, id)) },
			"Invitations": func(by assess.Actor) error { return second(h.Invitations(ctx, by, assess.InvitationFilter{})) },
			"Overview":    func(by assess.Actor) error { return second(h.Overview(ctx, by)) },
		},
		assess.Inviting: {
			"Invite":           func(by assess.Actor) error { return second(h.Invite(ctx, by, assess.Order{})) },
			"CancelInvitation": func(by assess.Actor) error { return h.CancelInvitation(ctx, by, id) },
			"RenewLink":        func(by assess.Actor) error { return second(h.RenewLink(ctx, by, id)) },
		},
		assess.SeeResults: {
			"Result": func(by assess.Actor) error { return second(h.Result(ctx, by, id)) },
			"Report": func(by assess.Actor) error { return second(h.Report(ctx, by, id)) },
		},
		assess.ManageHouse: {
			"Members":       func(by assess.Actor) error { return second(h.Members(ctx, by)) },
			"AddMember":     func(by assess.Actor) error { _, _, err := h.AddMember(ctx, by, assess.NewMember{}); return err },
			"DisableMember": func(by assess.Actor) error { return h.DisableMember(ctx, by, uuid.New()) },
			"SignInLink":    func(by assess.Actor) error { return second(h.SignInLink(ctx, by, uuid.New())) },
			"MakeKey":       func(by assess.Actor) error { _, _, err := h.MakeKey(ctx, by, assess.NewKey{}); return err },
			"Keys":          func(by assess.Actor) error { return second(h.Keys(ctx, by)) },
			"RevokeKey":     func(by assess.Actor) error { return h.RevokeKey(ctx, by, uuid.New()) },
		},
		assess.SeeAudit: {"AuditEntries": func(by assess.Actor) error { return second(h.AuditEntries(ctx, by, 0, 10)) }},
	}
	organization := h.Owner.Organization
	for right, uses := range cases {
		for name, use := range uses {
			for _, role := range assess.Roles {
				by := assess.Actor{Organization: organization, Kind: assess.MemberActor, ID: uuid.New(), Role: role}
				if denied := errors.Is(use(by), assess.ErrForbidden); denied == by.Can(right) {
					t.Errorf("%s by a member who is %s: denied %v", name, role, denied)
				}
			}
			for _, scope := range assess.Scopes {
				by := assess.Actor{Organization: organization, Kind: assess.KeyActor, ID: uuid.New(), Scopes: []assess.Scope{scope}}
				if denied := errors.Is(use(by), assess.ErrScope); denied == by.Can(right) {
					t.Errorf("%s by a key with %s: denied %v", name, scope, denied)
				}
			}
			if err := use(assess.Actor{Organization: organization, Kind: assess.CandidateActor, ID: done.Invitation.Candidate.ID}); !errors.Is(err, assess.ErrForbidden) {
				t.Errorf("%s by a candidate: %v", name, err)
			}
		}
	}
}
