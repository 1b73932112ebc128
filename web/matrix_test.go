package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// callers are the columns of the matrix. A candidate is in the middle of a test;
// "narrow" is an API key with one scope that the call does not need, "key" one
// with all of them.
var callers = strings.Fields("anyone candidate owner recruiter reviewer author auditor narrow key")

// matrixRow is a route with the status every caller gets, in the order of callers.
// Where the route names an object, own makes one of the caller's organization; a
// caller who may touch it must be told that the same object of another
// organization does not exist, in the very bytes an unknown id gets.
type matrixRow struct {
	route string
	want  string
	kind  assess.IDKind
	own   func(*matrix, *assesstest.House) string
	send  func(*matrix) url.Values
}

var matrixRows = []matrixRow{
	//                                        anyone candidate owner recruiter reviewer author auditor narrow key
	{"GET /static/:file", "200 200 200 200 200 200 200 200 200", "", aFile, nil},
	{"GET /livez", "200 200 200 200 200 200 200 200 200", "", nil, nil},
	{"GET /readyz", "200 200 200 200 200 200 200 200 200", "", nil, nil},

	{"GET /t/:token", "200 200 200 200 200 200 200 200 200", "", aLink, nil},
	{"POST /t/:token", "303 303 303 303 303 303 303 303 303", "", aLink, nil},
	{"GET /sit", "401 303 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /sit/about", "401 200 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /sit/language", "401 409 401 401 401 401 401 401 401", "", nil, filling("language", "en")},
	{"POST /sit/consent", "401 303 401 401 401 401 401 401 401", "", nil, filling("notice", "yes", "data", "yes")},
	{"GET /sit/practice/:n", "401 303 401 401 401 401 401 401 401", "", theFirst, nil},
	{"POST /sit/practice/:n", "401 303 401 401 401 401 401 401 401", "", theFirst, nil},
	{"GET /sit/begin", "401 303 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /sit/begin", "401 303 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /sit/items/:n", "401 200 401 401 401 401 401 401 401", "", theFirst, nil},
	{"POST /sit/items/:n", "401 303 401 401 401 401 401 401 401", "", theFirst, filling("revision", "1")},
	{"GET /sit/state", "401 200 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /sit/review", "401 200 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /sit/submit", "401 303 401 401 401 401 401 401 401", "", nil, filling("confirm", "yes")},
	{"POST /sit/withdraw", "401 303 401 401 401 401 401 401 401", "", nil, filling("confirm", "yes")},
	{"GET /sit/done", "401 303 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /sit/voluntary", "401 303 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /sit/voluntary", "401 303 401 401 401 401 401 401 401", "", nil, filling("sex", "female", "consent", "yes", "skip", "yes")},
	{"GET /sit/receipt", "401 404 401 401 401 401 401 401 401", "", nil, nil},

	{"GET /method", "200 200 200 200 200 200 200 200 200", "", nil, nil},
	{"GET /signin", "200 200 200 200 200 200 200 200 200", "", nil, nil},
	{"POST /signin", "401 401 401 401 401 401 401 401 401", "", nil, filling("email", "nobody@harbour.test", "password", "a wrong password")},
	{"GET /signin/:token", "200 200 200 200 200 200 200 200 200", "", aSignInLink, nil},
	{"POST /signin/:token", "303 303 303 303 303 303 303 303 303", "", aSignInLink, nil},
	{"GET /signin/second", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /signin/second", "401 401 401 401 401 401 401 401 401", "", nil, filling("code", "123456")},
	{"POST /signin/second/passkey/begin", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /signin/second/passkey", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /signin/oidc/:organization", "404 404 404 404 404 404 404 404 404", "", nil, nil}, // nobody has a provider here; see signon_test.go
	{"GET /signin/oidc/:organization/callback", "404 404 404 404 404 404 404 404 404", "", nil, nil},
	{"GET /setup/:token", "404 404 404 404 404 404 404 404 404", "", theFirst, nil},
	{"POST /setup/:token", "404 404 404 404 404 404 404 404 404", "", theFirst, newHouse},

	{"GET /", "303 303 303 303 303 303 303 303 303", "", nil, nil},
	{"POST /signout", "303 303 303 303 303 303 303 303 303", "", nil, nil},
	{"GET /overview", "303 303 200 200 200 403 200 303 303", "", nil, nil},
	{"GET /candidates", "303 303 200 200 200 403 200 303 303", "", nil, nil},
	{"GET /candidates/new", "303 303 200 200 403 403 403 303 303", "", nil, nil},
	{"POST /candidates/new", "303 303 303 303 403 403 403 303 303", "", nil, newCandidate},
	{"GET /candidates/:id", "303 303 200 200 200 403 200 303 303", assess.InvitationID, anInvitation, nil},
	{"GET /candidates/:id/qr.svg", "303 303 200 200 403 403 403 303 303", assess.InvitationID, anInvitation, nil},
	{"POST /candidates/:id/cancel", "303 303 303 303 403 403 403 303 303", assess.InvitationID, anInvitation, nil},
	{"POST /candidates/:id/renew", "303 303 303 303 403 403 403 303 303", assess.InvitationID, anInvitation, nil},
	{"POST /candidates/:id/mail", "303 303 303 303 403 403 403 303 303", assess.InvitationID, aReachable, nil},
	{"GET /candidates/:id/report", "303 303 200 200 200 403 403 303 303", assess.InvitationID, aResult, nil},
	{"GET /candidates/compare", "303 303 400 400 400 403 403 303 303", "", nil, nil},
	{"GET /candidates/:id/erase", "303 303 200 200 403 403 403 303 303", assess.InvitationID, anInvitation, nil},
	{"POST /candidates/:id/erase", "303 303 303 303 403 403 403 303 303", assess.InvitationID, anInvitation, filling("confirm", "yes")},
	{"GET /candidates/:id/receipt", "303 303 200 200 200 403 403 303 303", assess.InvitationID, aResult, nil},
	{"GET /assessments", "303 303 200 200 200 200 200 303 303", "", nil, nil},
	{"GET /assessments/new", "303 303 200 200 403 403 403 303 303", "", nil, nil},
	{"POST /assessments/new", "303 303 303 303 403 403 403 303 303", "", nil, newAssessment},
	{"GET /assessments/:id", "303 303 200 200 200 200 200 303 303", assess.AssessmentID, anAssessment, nil},
	{"POST /assessments/:id/publish", "303 303 303 303 403 403 403 303 303", assess.AssessmentID, aDraft, nil},
	{"GET /assessments/:id/quality", "303 303 200 200 200 200 200 303 303", assess.AssessmentID, anAssessment, nil},
	{"GET /assessments/:id/quality/items/:n", "303 303 200 200 200 200 403 303 303", assess.AssessmentID, anAssessment, nil},
	{"GET /assessments/:id/norms", "303 303 200 200 200 200 200 303 303", assess.AssessmentID, anAssessment, nil},
	{"POST /assessments/:id/norms", "303 303 422 422 403 403 403 303 303", "", anAssessment, filling("language", "en")}, // too few to make one
	{"GET /assessments/:id/fairness", "303 303 403 403 403 403 200 303 303", assess.AssessmentID, anAssessment, nil},
	{"GET /assessments/:id/key.yaml", "303 303 200 200 200 200 403 303 303", assess.AssessmentID, anAssessment, nil},
	{"GET /assessments/:id/rescores", "303 303 200 403 403 403 200 303 303", assess.AssessmentID, anAssessment, nil},
	{"POST /assessments/:id/rescores", "303 303 303 403 403 403 403 303 303", assess.AssessmentID, anAssessment, filling("rule_rate", "distance/1")},
	{"GET /assessments/:id/stability", "303 303 200 200 200 200 403 303 303", assess.AssessmentID, anAssessment, nil},
	{"GET /rescores/:id", "303 303 200 403 403 403 200 303 303", assess.RescoreID, aRescore, nil},
	{"POST /rescores/:id/confirm", "303 303 303 403 403 403 403 303 303", assess.RescoreID, aRescore, nil},
	{"POST /rescores/:id/discard", "303 303 303 403 403 403 403 303 303", assess.RescoreID, aRescore, nil},
	{"GET /bank", "303 303 200 403 200 200 403 303 303", "", nil, nil},
	{"GET /bank/new", "303 303 200 403 403 200 403 303 303", "", nil, nil},
	{"POST /bank/new", "303 303 422 403 403 422 403 303 303", "", nil, filling("id", "com.explain.950")},
	{"GET /bank/upload", "303 303 200 403 403 200 403 303 303", "", nil, nil},
	{"POST /bank/upload", "303 303 422 403 403 422 403 303 303", "", nil, filling("text", "- id: x")},
	{"GET /bank/items/:id", "303 303 200 403 200 200 403 303 303", "", anItem, nil},
	{"GET /bank/items/:id/edit", "303 303 200 403 403 200 403 303 303", "", anItem, nil},
	{"POST /bank/items/:id/edit", "303 303 422 403 403 422 403 303 303", "", anItem, filling("version", "1")},
	{"POST /bank/items/:id/promote", "303 303 422 403 422 403 403 303 303", "", anItem, filling("to", "sme-reviewed")},
	{"GET /bank/panels", "303 303 200 403 200 200 403 303 303", "", nil, nil},
	{"POST /bank/panels", "303 303 303 403 303 303 403 303 303", "", nil, filling("title", "Panel", "items", "com.explain.001")},
	{"GET /bank/panels/:id", "303 303 200 403 200 200 403 303 303", assess.PanelID, aPanel, nil},
	{"POST /bank/panels/:id/raters", "303 303 200 403 200 200 403 303 303", assess.PanelID, aPanel, newRater},
	{"POST /bank/panels/:id/close", "303 303 303 403 303 303 403 303 303", assess.PanelID, aPanel, nil},
	{"POST /bank/raters/:id/cancel", "303 303 303 403 303 303 403 303 303", assess.RaterID, aRater, nil},
	{"GET /panel/:token", "200 200 200 200 200 200 200 200 200", "", aRaterLink, nil},
	{"POST /panel/:token", "303 303 303 303 303 303 303 303 303", "", aRaterLink, nil},
	{"GET /rate", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /rate/language", "401 401 401 401 401 401 401 401 401", "", nil, filling("language", "en")},
	{"GET /rate/items/:n", "401 401 401 401 401 401 401 401 401", "", theFirst, nil},
	{"POST /rate/items/:n", "401 401 401 401 401 401 401 401 401", "", theFirst, nil},
	{"GET /rate/review", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /rate/finish", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /rate/done", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /settings", "303 303 200 200 200 200 200 303 303", "", nil, nil},
	{"POST /settings/language", "303 303 303 303 303 303 303 303 303", "", nil, filling("language", "en")},
	{"POST /settings/password", "303 303 303 303 303 303 303 303 303", "", nil, filling("password", "quite a long new password")},
	{"POST /settings/members", "303 303 200 403 403 403 403 303 303", "", nil, newMember},
	{"POST /settings/members/:id/link", "303 303 200 403 403 403 403 303 303", assess.MemberID, aMember, nil},
	{"POST /settings/members/:id/reset", "303 303 303 403 403 403 403 303 303", assess.MemberID, aMember, nil},
	{"POST /settings/members/:id/disable", "303 303 303 403 403 403 403 303 303", assess.MemberID, aMember, nil},
	{"POST /settings/keys", "303 303 200 403 403 403 403 303 303", "", nil, filling("key_name", "ATS", "scopes", "results:read", "lifetime", "0")},
	{"POST /settings/keys/:id/revoke", "303 303 303 403 403 403 403 303 303", assess.KeyID, aKey, nil},
	{"GET /settings/connections", "303 303 200 403 403 403 403 303 303", "", nil, nil},
	{"GET /settings/connections/new", "303 303 303 403 403 403 403 303 303", "", nil, nil},
	{"POST /settings/connections", "303 303 200 403 403 403 403 303 303", "", nil, filling("vendor", "workable", "language", "en", "hosts", "acme.workable.com")},
	{"GET /settings/connections/:id", "303 303 200 403 403 403 403 303 303", assess.ConnectionID, aConnection, nil},
	{"POST /settings/connections/:id/secrets", "303 303 303 403 403 403 403 303 303", assess.ConnectionID, aConnection, filling("credential", "token")},
	{"POST /settings/connections/:id/end", "303 303 303 403 403 403 403 303 303", assess.ConnectionID, aConnection, nil},
	{"POST /settings/connections/deliveries/:id", "303 303 303 403 403 403 403 303 303", assess.DeliveryID, aTelling, nil},
	{"GET /settings/signin", "303 303 200 403 403 403 403 303 303", "", nil, nil},
	{"POST /settings/signin", "303 303 400 403 403 403 403 303 303", "", nil, filling("name", "Harbour ID")},
	{"POST /settings/signin/remove", "303 303 404 403 403 403 403 303 303", "", nil, nil},
	{"POST /settings/signin/factor", "303 303 303 403 403 403 403 303 303", "", nil, nil},
	{"GET /settings/factors", "303 303 200 200 200 200 200 303 303", "", nil, nil},
	{"POST /settings/factors/app", "303 303 200 200 200 200 200 303 303", "", nil, nil},
	{"POST /settings/factors/app/confirm", "303 303 400 400 400 400 400 303 303", "", nil, filling("app_code", "none")},
	{"POST /settings/factors/passkey/begin", "303 303 401 401 401 401 401 303 303", "", nil, nil}, // the test's server has no address for passkeys
	{"POST /settings/factors/passkey", "303 303 400 400 400 400 400 303 303", "", nil, nil},
	{"POST /settings/factors/codes", "303 303 400 400 400 400 400 303 303", "", nil, filling("renew_code", "none")},
	{"POST /settings/factors/remove", "303 303 404 404 404 404 404 303 303", "", nil, filling("factor", "fac_x", "remove_code", "none")},
	{"GET /settings/audit", "303 303 200 403 403 403 200 303 303", "", nil, nil},
	{"GET /settings/keys/:id", "303 303 200 403 403 403 403 303 303", assess.KeyID, aKey, nil},
	{"POST /settings/keys/:id/rotate", "303 303 200 403 403 403 403 303 303", assess.KeyID, aKey, filling("overlap", "24")},
	{"GET /settings/webhooks", "303 303 200 403 403 403 403 303 303", "", nil, nil},
	{"POST /settings/webhooks", "303 303 200 403 403 403 403 303 303", "", nil, newEndpoint},
	{"GET /settings/webhooks/:id", "303 303 200 403 403 403 403 303 303", assess.WebhookID, aWebhook, nil},
	{"POST /settings/webhooks/:id/change", "303 303 303 403 403 403 403 303 303", assess.WebhookID, aWebhook, newEndpoint},
	{"POST /settings/webhooks/:id/rotate", "303 303 200 403 403 403 403 303 303", assess.WebhookID, aWebhook, filling("overlap", "24")},
	{"POST /settings/webhooks/:id/test", "303 303 303 403 403 403 403 303 303", assess.WebhookID, aWebhook, nil},
	{"POST /settings/webhooks/:id/disable", "303 303 303 403 403 403 403 303 303", assess.WebhookID, aWebhook, nil},
	{"POST /settings/webhooks/:id/enable", "303 303 303 403 403 403 403 303 303", assess.WebhookID, aWebhook, nil},
	{"POST /settings/webhooks/:id/remove", "303 303 303 403 403 403 403 303 303", assess.WebhookID, aWebhook, nil},
	{"GET /settings/deliveries/:id", "303 303 200 403 403 403 403 303 303", assess.DeliveryID, aDelivery, nil},
	{"POST /settings/deliveries/:id/resend", "303 303 303 403 403 403 403 303 303", assess.DeliveryID, aDelivery, nil},

	// Only the key of a vendor's own connection opens its doors; see ats_doors_test.go.
	{"GET /ats/greenhouse/list_tests", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /ats/greenhouse/send_test", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /ats/greenhouse/test_status", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /ats/greenhouse/response_error", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /ats/ashby/assessment.list", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /ats/ashby/assessment.start", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /ats/ashby/assessment.cancel", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /ats/workable/tests", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /ats/workable/assessments", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"GET /ats/recruitee/tests", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /ats/recruitee/candidates", "401 401 401 401 401 401 401 401 401", "", nil, nil},
	{"POST /ats/kombo/orders/:token", "401 401 401 401 401 401 401 401 401", "", theFirst, nil},

	{"GET /api/v1/assessments", "401 401 401 401 401 401 401 403 200", "", nil, nil},
	{"POST /api/v1/invitations", "401 401 401 401 401 401 401 403 201", "", nil, nil},
	{"GET /api/v1/invitations", "401 401 401 401 401 401 401 403 200", "", nil, nil},
	{"GET /api/v1/invitations/:id", "401 401 401 401 401 401 401 403 200", assess.InvitationID, anInvitation, nil},
	{"GET /api/v1/invitations/:id/result", "401 401 401 401 401 401 401 403 200", assess.InvitationID, aResult, nil},
	{"POST /api/v1/invitations/bulk", "401 401 401 401 401 401 401 403 200", "", nil, nil},
	{"POST /api/v1/invitations/:id/cancel", "401 401 401 401 401 401 401 403 200", assess.InvitationID, anInvitation, nil},
	{"GET /api/v1/results/:id", "401 401 401 401 401 401 401 403 200", assess.ResultID, aResultID, nil},
	{"GET /api/v1/webhooks", "401 401 401 401 401 401 401 403 200", "", nil, nil},
	{"POST /api/v1/webhooks", "401 401 401 401 401 401 401 403 201", "", nil, nil},
	{"GET /api/v1/webhooks/:id", "401 401 401 401 401 401 401 403 200", assess.WebhookID, aWebhook, nil},
	{"PUT /api/v1/webhooks/:id", "401 401 401 401 401 401 401 403 200", assess.WebhookID, aWebhook, nil},
	{"DELETE /api/v1/webhooks/:id", "401 401 401 401 401 401 401 403 204", assess.WebhookID, aWebhook, nil},
	{"POST /api/v1/webhooks/:id/rotate", "401 401 401 401 401 401 401 403 200", assess.WebhookID, aWebhook, nil},
	{"POST /api/v1/webhooks/:id/disable", "401 401 401 401 401 401 401 403 200", assess.WebhookID, aWebhook, nil},
	{"POST /api/v1/webhooks/:id/enable", "401 401 401 401 401 401 401 403 200", assess.WebhookID, aWebhook, nil},
	{"POST /api/v1/webhooks/:id/test", "401 401 401 401 401 401 401 403 202", assess.WebhookID, aWebhook, nil},
	{"GET /api/v1/webhooks/:id/deliveries", "401 401 401 401 401 401 401 403 200", assess.WebhookID, aWebhook, nil},
	{"GET /api/v1/deliveries/:id", "401 401 401 401 401 401 401 403 200", assess.DeliveryID, aDelivery, nil},
	{"POST /api/v1/deliveries/:id/resend", "401 401 401 401 401 401 401 403 202", assess.DeliveryID, aDelivery, nil},
	{"GET /api/openapi.json", "200 200 200 200 200 200 200 200 200", "", nil, nil},
	{"GET /api/result.schema.json", "200 200 200 200 200 200 200 200 200", "", nil, nil},
	{"GET /api/receipt.schema.json", "200 200 200 200 200 200 200 200 200", "", nil, nil},
	{"GET /api/receipt-key.json", "200 200 200 200 200 200 200 200 200", "", nil, nil},
	{"GET /api/docs", "200 200 200 200 200 200 200 200 200", "", nil, nil},
	{"GET /api/docs/:file", "200 200 200 200 200 200 200 200 200", "", aDocsFile, nil},
}

// TestWhoMayDoWhat tries every route as every caller, on objects of the caller's
// own organization and of another one. A route that is not in the table fails.
func TestWhoMayDoWhat(t *testing.T) {
	listed := map[string]bool{}
	for _, row := range matrixRows {
		listed[row.route] = true
	}
	for _, route := range newApp(nil, Config{PublicURL: publicURL}).router().Routes() {
		method := strings.Replace(route.Method, http.MethodHead, http.MethodGet, 1)
		if !listed[method+" "+route.Path] {
			t.Errorf("%s %s is in no row of the matrix", route.Method, route.Path)
		}
	}

	house := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	m := &matrix{t: t, house: house, neighbour: house.Neighbour()}
	for _, row := range matrixRows {
		t.Run(row.route, func(t *testing.T) {
			m.t, m.app = t, newApp(house.Center, Config{PublicURL: publicURL}) // with budgets unspent
			m.server = m.app.handler()
			for i, want := range strings.Fields(row.want) {
				m.try(row, callers[i], want)
			}
		})
	}
}

// matrix is the world the rows are tried in.
type matrix struct {
	t                testing.TB
	app              *app
	server           http.Handler
	house, neighbour *assesstest.House
	people           int
}

func (m *matrix) try(row matrixRow, caller, want string) {
	m.t.Helper()
	as := m.credentials(row, caller)
	object := ""
	if row.own != nil {
		object = row.own(m, m.house)
	}
	got := m.send(row, object, as)
	if strconv.Itoa(got.Code) != want {
		m.t.Errorf("%s: %d, want %s", caller, got.Code, want)
		return
	}
	if row.kind == "" {
		return
	}
	unknown := m.send(row, assess.FormatID(row.kind, uuid.New()), as)
	for name, id := range map[string]string{"foreign": row.own(m, m.neighbour), "malformed": string(row.kind) + "_x"} {
		other := m.send(row, id, as)
		if other.Code != unknown.Code || scrubbed(other) != scrubbed(unknown) {
			m.t.Errorf("%s: a %s object differs from an unknown one: %d and %d\n%s\n%s", caller, name, other.Code, unknown.Code, other.Body, unknown.Body)
		}
	}
	if allowed := got.Code < 400 && as.known; allowed != (unknown.Code == http.StatusNotFound) {
		m.t.Errorf("%s: %d on an own object, %d on an unknown one", caller, got.Code, unknown.Code)
	}
}

// scrubbed is an answer without the number of its request.
func scrubbed(w *httptest.ResponseRecorder) string {
	return strings.ReplaceAll(w.Body.String(), w.Header().Get("X-Request-Id"), "")
}

// credentials are what a caller sends along; known callers are those the route's
// room can tell from anyone.
type credentials struct {
	cookie *http.Cookie
	key    string
	known  bool
}

func (m *matrix) credentials(row matrixRow, caller string) credentials {
	m.t.Helper()
	ats := strings.Contains(row.route, "/api/v1/")
	switch caller {
	case "anyone":
		return credentials{}
	case "candidate":
		seat := m.house.Invited("Candidate").Started().Seat
		return credentials{cookie: &http.Cookie{Name: m.app.cookieName(seatCookie), Value: m.house.SeatCookie(seat)}}
	case "narrow", "key":
		scopes := assess.Scopes
		if caller == "narrow" {
			scopes = []assess.Scope{assess.ReadAssessments}
			if strings.HasSuffix(row.route, "/assessments") {
				scopes = []assess.Scope{assess.ReadResults}
			}
		}
		_, secret, err := m.house.MakeKey(m.t.Context(), m.house.Owner, assess.NewKey{Name: caller, Scopes: scopes})
		m.must(err)
		return credentials{key: secret, known: ats}
	}
	session, err := m.house.SignInByLink(m.t.Context(), m.member(m.house, assess.Role(caller)))
	m.must(err)
	return credentials{cookie: &http.Cookie{Name: m.app.cookieName(sessionCookie), Value: session.Token}, known: !ats}
}

func (m *matrix) send(row matrixRow, object string, as credentials) *httptest.ResponseRecorder {
	m.t.Helper()
	method, path, _ := strings.Cut(row.route, " ")
	if strings.Contains(path, ":id") {
		path = strings.Replace(path, ":n", "1", 1) // a place within the object
	}
	for _, name := range []string{":id", ":token", ":file", ":n"} {
		path = strings.Replace(path, name, url.PathEscape(object), 1)
	}
	var body string
	if row.send != nil {
		body = row.send(m).Encode()
	}
	contentType := "application/x-www-form-urlencoded"
	if text, ok := apiBodies[row.route]; ok {
		body, contentType = text(m), "application/json"
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Idempotency-Key", uuid.NewString())
	if as.cookie != nil {
		r.AddCookie(as.cookie)
	}
	if as.key != "" {
		r.Header.Set("Authorization", "Bearer "+as.key)
	}
	w := httptest.NewRecorder()
	m.server.ServeHTTP(w, r)
	return w
}

func (m *matrix) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// member adds a member and returns the token of the link to sign in with.
func (m *matrix) member(house *assesstest.House, role assess.Role) string {
	m.t.Helper()
	_, link, err := house.AddMember(m.t.Context(), house.Owner, assess.NewMember{
		Email: m.address(), Name: "Someone", Role: role, Language: questions.English,
	})
	m.must(err)
	return assesstest.LinkToken(link)
}

func (m *matrix) address() string {
	m.people++
	return fmt.Sprintf("person-%d@harbour.test", m.people)
}

// apiBodies is what programs send.
var apiBodies = map[string]func(*matrix) string{
	"POST /api/v1/invitations":      func(m *matrix) string { return orderFor(m.house, "Ann", "") },
	"POST /api/v1/invitations/bulk": func(m *matrix) string { return `{"invitations": [` + orderFor(m.house, "Ann", "") + `]}` },
	"POST /api/v1/webhooks":         func(m *matrix) string { return `{"url": "` + newEndpoint(m).Get("url") + `"}` },
	"PUT /api/v1/webhooks/:id":      func(m *matrix) string { return `{"url": "` + newEndpoint(m).Get("url") + `"}` },

	"POST /api/v1/webhooks/:id/rotate": func(*matrix) string { return `{}` },
}

// The objects of the rows.

func theFirst(*matrix, *assesstest.House) string { return "1" }

func aFile(m *matrix, _ *assesstest.House) string {
	address, err := m.app.assets.url("base.css")
	m.must(err)
	return assesstest.LinkToken(address)
}

func aDocsFile(*matrix, *assesstest.House) string { return docsFiles[0] }

func aLink(_ *matrix, house *assesstest.House) string {
	return assesstest.LinkToken(house.Invited("Candidate").Link)
}

func aSignInLink(m *matrix, house *assesstest.House) string { return m.member(house, assess.Recruiter) }

func anInvitation(_ *matrix, house *assesstest.House) string {
	return assess.FormatID(assess.InvitationID, house.Invited("Candidate").Invitation.ID)
}

func aResult(m *matrix, house *assesstest.House) string {
	p := house.Invited("Candidate").Started()
	_, err := house.Submit(m.t.Context(), p.Seat)
	m.must(err)
	return assess.FormatID(assess.InvitationID, p.Invitation.ID)
}

func anAssessment(_ *matrix, house *assesstest.House) string {
	return assess.FormatID(assess.AssessmentID, house.Assessment.ID)
}

func aDraft(m *matrix, house *assesstest.House) string {
	draft, err := house.DraftAssessment(m.t.Context(), house.Owner, assess.NewAssessment{
		Title: questions.Text{Chinese: "草稿", English: "Draft"}, Blueprint: "S", Jurisdiction: "CN", ValidDays: 14, Contact: "jobs@harbour.test",
	})
	m.must(err)
	return assess.FormatID(assess.AssessmentID, draft.ID)
}

func aRescore(m *matrix, house *assesstest.House) string {
	draft, err := house.DraftRescore(m.t.Context(), house.Owner, assess.NewRescore{Assessment: house.Assessment.ID, Rules: []string{"distance/1"}})
	m.must(err)
	return assess.FormatID(assess.RescoreID, draft.ID)
}

func aMember(m *matrix, house *assesstest.House) string {
	added, _, err := house.AddMember(m.t.Context(), house.Owner, assess.NewMember{
		Email: m.address(), Name: "Someone", Role: assess.Reviewer, Language: questions.English,
	})
	m.must(err)
	return assess.FormatID(assess.MemberID, added.ID)
}

func aKey(m *matrix, house *assesstest.House) string {
	key, _, err := house.MakeKey(m.t.Context(), house.Owner, assess.NewKey{Name: "ATS", Scopes: assess.Scopes})
	m.must(err)
	return assess.FormatID(assess.KeyID, key.ID)
}

func aConnection(m *matrix, house *assesstest.House) string {
	n, _, err := house.Connect(m.t.Context(), house.Owner, assess.NewConnection{
		Vendor: assess.Workable, Language: questions.English, Hosts: []string{"acme.workable.com"},
	})
	m.must(err)
	return assess.FormatID(assess.ConnectionID, n.ID)
}

// aTelling is a message that waits for a connection.
func aTelling(m *matrix, house *assesstest.House) string {
	n, _, err := house.Connect(m.t.Context(), house.Owner, assess.NewConnection{
		Vendor: assess.Workable, Language: questions.English, Hosts: []string{"acme.workable.com"},
	})
	m.must(err)
	_, err = house.Invite(m.t.Context(), assess.Actor{Organization: n.Organization, Kind: assess.ConnectionActor, ID: n.ID}, assess.Order{
		AssessmentID: house.Assessment.ID, Name: "Ann", ExtraTime: 100, External: &assess.External{Key: "1", Callback: "https://acme.workable.com/1"},
	})
	m.must(err)
	house.EmptyOutbox()
	page, err := house.Deliveries(m.t.Context(), house.Owner, assess.DeliveryFilter{Target: n.ID})
	m.must(err)
	return assess.FormatID(assess.DeliveryID, page.Deliveries[0].ID)
}

func aReachable(_ *matrix, house *assesstest.House) string {
	p := house.Invited("Candidate", func(o *assess.Order) { o.Email = "candidate@harbour.test" })
	return assess.FormatID(assess.InvitationID, p.Invitation.ID)
}

func aResultID(m *matrix, house *assesstest.House) string {
	p := house.Invited("Candidate").Started()
	r, err := house.Submit(m.t.Context(), p.Seat)
	m.must(err)
	return assess.FormatID(assess.ResultID, r.ID)
}

// endpoint makes a webhook endpoint; those of the rows before make room.
func (m *matrix) endpoint(house *assesstest.House) uuid.UUID {
	m.t.Helper()
	all, err := house.Endpoints(m.t.Context(), house.Owner)
	m.must(err)
	for _, e := range all {
		m.must(house.RemoveEndpoint(m.t.Context(), house.Owner, e.ID))
	}
	e, _, err := house.AddEndpoint(m.t.Context(), house.Owner, assess.NewEndpoint{URL: newEndpoint(m).Get("url")})
	m.must(err)
	return e.ID
}

func aWebhook(m *matrix, house *assesstest.House) string {
	return assess.FormatID(assess.WebhookID, m.endpoint(house))
}

func aDelivery(m *matrix, house *assesstest.House) string {
	id, err := house.TestEndpoint(m.t.Context(), house.Owner, m.endpoint(house))
	m.must(err)
	return assess.FormatID(assess.DeliveryID, id)
}

func anItem(*matrix, *assesstest.House) string { return "com.explain.001" }

func aPanel(m *matrix, house *assesstest.House) string {
	panel, err := house.OpenPanel(m.t.Context(), house.Owner, "Panel", []string{"com.explain.001"})
	m.must(err)
	return assess.FormatID(assess.PanelID, panel.ID)
}

func (m *matrix) rater(house *assesstest.House) assess.Rater {
	panel, err := house.OpenPanel(m.t.Context(), house.Owner, "Panel", []string{"com.explain.001"})
	m.must(err)
	r, err := house.InviteRater(m.t.Context(), house.Owner, panel.ID, assess.NewRater{
		Name: "Someone", Role: assess.Lawyer, Years: 3, Employer: "law firm", Language: questions.English})
	m.must(err)
	return r
}

func aRater(m *matrix, house *assesstest.House) string {
	return assess.FormatID(assess.RaterID, m.rater(house).ID)
}

func aRaterLink(m *matrix, house *assesstest.House) string {
	return assesstest.LinkToken(house.RaterLink(m.rater(house)))
}

// The forms of the rows.

func filling(pairs ...string) func(*matrix) url.Values {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return func(*matrix) url.Values { return values }
}

func newCandidate(m *matrix) url.Values {
	return url.Values{"name": {"Ann"}, "assessment": {assess.FormatID(assess.AssessmentID, m.house.Assessment.ID)}, "language": {"en"}, "extra_time": {"100"}, "once": {uuid.NewString()}}
}

func newAssessment(*matrix) url.Values {
	return url.Values{"title_zh": {"测评"}, "title_en": {"Test"}, "blueprint": {"S"}, "jurisdiction": {"CN"}, "valid_days": {"14"}, "contact": {"jobs@harbour.test"}}
}

func newMember(m *matrix) url.Values {
	return url.Values{"name": {"Someone"}, "email": {m.address()}, "role": {"reviewer"}, "member_language": {"en"}}
}

func newEndpoint(m *matrix) url.Values {
	m.people++
	return url.Values{"url": {fmt.Sprintf("https://ats-%d.example/hooks", m.people)}}
}

func newRater(*matrix) url.Values {
	return url.Values{"name": {"Someone"}, "rater_role": {"qa"}, "years": {"2"}, "employer": {"agency"}, "rater_language": {"en"}}
}

func newHouse(*matrix) url.Values {
	return url.Values{"name": {"House"}, "language": {"en"}, "owner_name": {"Owner"}, "email": {"owner@house.test"}, "password": {"a long enough password"}}
}
