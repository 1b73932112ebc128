package assess

import (
	"crypto/subtle"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// SignOnLasts is how long somebody may take at the provider.
const SignOnLasts = 10 * time.Minute

// SignOnFlow is one way to the provider and back. It waits in the browser that
// went, sealed, so that nobody can come back in another one, or to another
// organization.
type SignOnFlow struct {
	Organization uuid.UUID `json:"organization"`
	State        string    `json:"state"`
	Nonce        string    `json:"nonce"`
	Verifier     string    `json:"verifier"`
	Next         string    `json:"next"` // The page that was wanted.
	Until        time.Time `json:"until"`
}

var flowPlace = place{table: "sign_on_flow"}

// StartSignOn makes a flow, and the text that keeps it in a cookie.
func (c *Center) StartSignOn(organization uuid.UUID, next string) (SignOnFlow, string, error) {
	f := SignOnFlow{Organization: organization, State: newToken(), Nonce: newToken(), Verifier: newToken(), Next: next,
		Until: c.Now().Add(SignOnLasts)}
	text, err := json.Marshal(f)
	if err != nil {
		return f, "", err
	}
	cookie, err := c.encrypt(flowPlace, string(text))
	return f, cookie, err
}

// ReturnSignOn reads what StartSignOn kept and holds against it who comes back.
// Anything that does not fit is ErrSignOn: another browser, another organization,
// too late.
func (c *Center) ReturnSignOn(cookie string, organization uuid.UUID, state string) (SignOnFlow, error) {
	var f SignOnFlow
	text, err := c.decrypt(flowPlace, cookie)
	if err != nil || json.Unmarshal([]byte(text), &f) != nil {
		return SignOnFlow{}, ErrSignOn
	}
	if f.Organization != organization || subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 || c.Now().After(f.Until) {
		return SignOnFlow{}, ErrSignOn
	}
	return f, nil
}
