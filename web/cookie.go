package web

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// Cookies of this server. On https they carry the __Host- prefix, which ties
// them to this very host and to TLS.
const (
	seatCookie    = "seat"
	sessionCookie = "session"
	langCookie    = "lang"
	stepCookie    = "step"     // From a first proof to the second factor.
	signOnCookie  = "signon"   // One way to a provider and back.
	houseCookie   = "provider" // The organization whose provider was last used here.
)

// setCookie keeps a value in the browser for the given time; zero means until
// the browser closes. Scripts cannot read it, other sites cannot send it.
func (a *app) setCookie(c *gin.Context, name, value string, keep time.Duration) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: a.cookieName(name), Value: value, Path: "/", MaxAge: int(keep.Seconds()),
		Secure: a.https(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// dropCookie makes the browser forget a value.
func (a *app) dropCookie(c *gin.Context, name string) {
	a.setCookie(c, name, "", -time.Second)
}

// cookie returns what the browser sent under that name, or "".
func (a *app) cookie(c *gin.Context, name string) string {
	v, err := c.Request.Cookie(a.cookieName(name))
	if err != nil {
		return ""
	}
	return v.Value
}

func (a *app) cookieName(name string) string {
	if a.https() {
		return "__Host-" + name
	}
	return name
}
