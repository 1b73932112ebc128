package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// idp is an identity provider that others wrote, with the store of their example.
// What a test wants it to do wrong, it does by the provider's own means.
type idp struct {
	*storage.Storage
	URL string

	mu     sync.Mutex
	people map[string]*storage.User
	twist  func(*storage.AuthRequest) op.AuthRequest // What a token is made of.
	inside bool                                      // Addresses stand in the token, not only in userinfo.

	issuedTo string // The client tokens are made out to, when it is not the one that asks.
}

// tokenLife is how long its tokens are good.
const tokenLife = 2 * time.Minute

func startIDP(t *testing.T, clients map[string]*storage.Client) *idp {
	t.Helper()
	p := &idp{people: map[string]*storage.User{}}
	p.Storage = storage.NewStorageWithClients(p, clients)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.URL = server.URL
	config := &op.Config{CodeMethodS256: true, AuthMethodPost: true}
	rand.Read(config.CryptoKey[:])
	provider, err := op.NewProvider(config, p, op.StaticIssuer(server.URL), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", provider)
	mux.HandleFunc("GET /login/username", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "<form method=post>who are you</form>")
	})
	back := op.NewIssuerInterceptor(provider.IssuerFromRequest)
	mux.Handle("POST /login/username", back.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("authRequestID")
		if err := p.CheckUsernamePassword(r.PostFormValue("username"), r.PostFormValue("password"), id); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(provider)(r.Context(), id), http.StatusFound)
	})))
	return p
}

// person gives somebody an account, or changes it.
func (p *idp) person(subject, email string, verified bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[subject] = &storage.User{ID: subject, Username: subject, Password: "password of " + subject, Email: email, EmailVerified: verified}
}

func (p *idp) GetUserByID(id string) *storage.User {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.people[id]
}

func (p *idp) GetUserByUsername(name string) *storage.User { return p.GetUserByID(name) }

func (p *idp) ExampleClientID() string { return "" }

// GetClientByClientID makes the lives of tokens short.
func (p *idp) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	client, err := p.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	if p.issuedTo != "" {
		id = p.issuedTo
	}
	return shortLived{client, id, p.inside}, nil
}

type shortLived struct {
	op.Client
	id     string
	inside bool
}

func (c shortLived) GetID() string { return c.id }

func (c shortLived) IDTokenLifetime() time.Duration       { return tokenLife }
func (c shortLived) IDTokenUserinfoClaimsAssertion() bool { return c.inside }

func (p *idp) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	request, err := p.Storage.AuthRequestByCode(ctx, code)
	if asked, ok := request.(*storage.AuthRequest); ok && p.twist != nil {
		return p.twist(asked), err
	}
	return request, err
}

// forAnother is a request whose token is made out to another client.
type forAnother struct {
	*storage.AuthRequest
	client string
}

func (r forAnother) GetClientID() string   { return r.client }
func (r forAnother) GetAudience() []string { return []string{r.client} }

func (p *idp) CreateAccessToken(ctx context.Context, request op.TokenRequest) (string, time.Time, error) {
	if other, ok := request.(forAnother); ok {
		request = other.AuthRequest
	}
	return p.Storage.CreateAccessToken(ctx, request)
}
