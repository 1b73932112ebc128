package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

// admit proves who calls and that the key allows it, and takes one call from its
// budget. A call that needs no right is open to anyone.
func (h api) admit(c *gin.Context, needs assess.Right) (assess.Actor, error) {
	if needs == "" {
		return assess.Actor{}, nil
	}
	secret := apiKey(c.Request)
	by, err := h.center.KeyActor(c.Request.Context(), secret)
	if errors.Is(err, assess.ErrUnauthenticated) {
		if err := h.attempts.spend(c, c.ClientIP()); err != nil {
			return by, err
		}
		c.Header("WWW-Authenticate", challenge(secret, ""))
	}
	if err != nil {
		return by, err
	}
	if err := h.calls.spend(c, by.ID.String()); err != nil {
		return by, err
	}
	if !by.Can(needs) {
		c.Set(missingScope, string(assess.Needs(needs)))
		c.Header("WWW-Authenticate", challenge(secret, assess.Needs(needs)))
		return by, assess.ErrScope
	}
	return by, nil
}

// apiKey returns the key a program sent: as a bearer token, or as the user name
// of basic authentication, which is all some applicant tracking systems can do.
func apiKey(r *http.Request) string {
	if user, _, ok := r.BasicAuth(); ok {
		return user
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// challenge tells a program how to prove itself (RFC 6750, section 3). Basic is
// accepted but not offered: a browser would ask its user for a password.
func challenge(secret string, missing assess.Scope) string {
	switch {
	case missing != "":
		return `Bearer realm="Fourfold", error="insufficient_scope", scope="` + string(missing) + `"`
	case secret != "":
		return `Bearer realm="Fourfold", error="invalid_token"`
	}
	return `Bearer realm="Fourfold"`
}
