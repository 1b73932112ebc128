package assess

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// hostForm is a host name or address with or without a port, as it stands in a URL.
var hostForm = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$`)

// foldHost is the form in which hosts are kept and compared: small letters, and no
// port where it is the usual one of https.
func foldHost(s string) (string, bool) {
	host := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), ":443")
	return host, len(host) <= 255 && hostForm.MatchString(host)
}

// callable reads an address we may be asked to call. It must be one that a webhook
// could have: https and of the outside, unless the switch for development is on.
func (c *Center) callable(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || len(address) > 2000 || strings.ContainsFunc(address, notPrintable) || urlFault(address, c.private) != "" {
		return nil, ErrCallback
	}
	host, ok := foldHost(u.Host)
	if !ok {
		return nil, ErrCallback
	}
	u.Host = host
	return u, nil
}

// checkCallback decides whether an order may name an address to be called back at.
// Whoever holds a key could otherwise have us call any host with the vendor's
// credential. What is refused stands in the audit log.
func (c *Center) checkCallback(ctx context.Context, n Connection, address string) error {
	u, err := c.callable(address)
	if err == nil && slices.Contains(n.Hosts, u.Host) {
		return nil
	}
	host := "malformed"
	if parsed, err := url.Parse(address); err == nil && parsed.Host != "" {
		host = clip(parsed.Scheme+"://"+parsed.Host, 200)
	}
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		return c.audit(ctx, tx, Actor{Organization: n.Organization, Kind: ConnectionActor, ID: n.ID}, "connection.callback_refused", n.ID, host)
	})
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", ErrCallback, host)
}

// Calling is where and with what a vendor is called.
type Calling struct {
	URL        *url.URL
	Credential string
}

// callingFor opens what a vendor must be called with, and checks once more that the
// address is one the connection may be sent to: the list may have changed since
// the order came. ErrNoCredential when the vendor has issued none yet, and
// ErrDisconnected when the connection has ended.
func (c *Center) callingFor(ctx context.Context, n Connection, callback string) (Calling, error) {
	var sealed string
	if err := c.read.GetContext(ctx, &sealed, "SELECT credential FROM connections WHERE organization_id = $1 AND id = $2", n.Organization, n.ID); err != nil {
		return Calling{}, readError(err)
	}
	rule, _ := n.Vendor.Rule()
	address := n.Base
	if rule.InOrder {
		address = callback
	}
	u, err := c.callable(address)
	switch {
	case !n.Open():
		return Calling{}, ErrDisconnected
	case err != nil, rule.InOrder && !slices.Contains(n.Hosts, u.Host):
		return Calling{}, ErrCallback
	case sealed == "":
		return Calling{}, ErrNoCredential
	}
	secret, err := c.decrypt(credentialPlace(n.Organization, n.ID), sealed)
	return Calling{URL: u, Credential: secret}, err
}
