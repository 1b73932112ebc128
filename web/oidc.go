package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/fourfold/fourfold/assess"
)

// providers knows the identity providers that were asked of late: where their doors
// are, and their keys.
type providers struct {
	client *http.Client
	mu     sync.Mutex
	known  map[string]knownProvider
}

type knownProvider struct {
	*oidc.Provider
	asked time.Time
}

const (
	// providerFresh is for how long a provider's description is believed, and
	// mostProviders how many are kept. Its keys are fetched again whenever a token
	// names an unknown one.
	providerFresh = 15 * time.Minute
	mostProviders = 1000
	// mostOfProvider is how much of one answer is read: a description with keys is
	// some ten kB.
	mostOfProvider = 1 << 20
)

// newProviders asks through the client, which decides what may be reached.
func newProviders(client *http.Client) *providers {
	bounded := *client
	if bounded.Transport == nil {
		bounded.Transport = http.DefaultTransport
	}
	bounded.Transport = bounding{bounded.Transport}
	return &providers{client: &bounded, known: map[string]knownProvider{}}
}

// bounding ends an answer that is longer than any honest one.
type bounding struct{ http.RoundTripper }

func (b bounding) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, mostOfProvider), answer.Body}
	}
	return answer, err
}

// of finds what an issuer says of itself. A failure is remembered by nobody.
func (p *providers) of(ctx context.Context, issuer string, now time.Time) (*oidc.Provider, error) {
	p.mu.Lock()
	kept, ok := p.known[issuer]
	p.mu.Unlock()
	if ok && now.Sub(kept.asked).Abs() < providerFresh {
		return kept.Provider, nil
	}
	fresh, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), issuer)
	if err != nil {
		return nil, err
	}
	for _, door := range []string{fresh.Endpoint().AuthURL, fresh.Endpoint().TokenURL} {
		if u, err := url.Parse(door); err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || strings.HasPrefix(issuer, "https:")) {
			return nil, fmt.Errorf("the provider %s names a door %q that is none", issuer, door)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= mostProviders {
		clear(p.known)
	}
	p.known[issuer] = knownProvider{fresh, now}
	return fresh, nil
}

// client is how we ask one organization's provider.
func (h recruiter) providerClient(p *oidc.Provider, known assess.Provider) oauth2.Config {
	return oauth2.Config{
		ClientID: known.ClientID, ClientSecret: known.Secret, Endpoint: p.Endpoint(),
		RedirectURL: h.callbackOf(known.SignOn), Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// claims are what we read of a token.
type claims struct {
	Email    string `json:"email"`
	Verified truth  `json:"email_verified"`
	Party    string `json:"azp"`

	Audience audience `json:"aud"`
}

// truth is a boolean that some providers write as a text.
type truth bool

func (t *truth) UnmarshalJSON(text []byte) error {
	*t = string(text) == "true" || string(text) == `"true"`
	return nil
}

// audience counts for whom a token is meant.
type audience int

func (a *audience) UnmarshalJSON(text []byte) error {
	*a = 1
	if strings.HasPrefix(string(text), "[") {
		*a = audience(1 + strings.Count(string(text), ","))
	}
	return nil
}

// identify exchanges the code a person came back with for what the provider says of
// that person. Whatever does not hold is an error: signature, issuer, audience,
// time, nonce.
func (h recruiter) identify(ctx context.Context, known assess.Provider, flow assess.SignOnFlow, code string) (assess.Identity, error) {
	ctx = oidc.ClientContext(ctx, h.oidc.client)
	p, err := h.oidc.of(ctx, known.Issuer, h.center.Now())
	if err != nil {
		return assess.Identity{}, err
	}
	client := h.providerClient(p, known)
	tokens, err := client.Exchange(ctx, code, oauth2.VerifierOption(flow.Verifier))
	if err != nil {
		return assess.Identity{}, err
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return assess.Identity{}, errors.New("the provider sent no id_token")
	}
	token, err := p.VerifierContext(ctx, &oidc.Config{ClientID: known.ClientID, Now: h.center.Now}).Verify(ctx, raw)
	if err != nil {
		return assess.Identity{}, err
	}
	var said claims
	if err := token.Claims(&said); err != nil {
		return assess.Identity{}, err
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(flow.Nonce)) != 1 {
		return assess.Identity{}, errors.New("the token is for another flow: its nonce differs")
	}
	if said.Audience > 1 && said.Party != known.ClientID {
		return assess.Identity{}, errors.New("the token was issued to another party")
	}
	who := assess.Identity{Issuer: token.Issuer, Subject: token.Subject, Email: said.Email, Verified: bool(said.Verified)}
	if who.Email != "" || p.UserInfoEndpoint() == "" {
		return who, nil
	}
	// Many providers tell addresses only here.
	more, err := p.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return assess.Identity{}, err
	}
	if more.Subject != token.Subject {
		return assess.Identity{}, errors.New("the provider's userinfo is of another person")
	}
	who.Email, who.Verified = more.Email, more.EmailVerified
	return who, nil
}
