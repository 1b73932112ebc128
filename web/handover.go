package web

import (
	"net/url"
	"strings"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/ats"
)

// Handover is what a vendor must be given so that its system finds us: the
// addresses it calls, and a text to send them in.
type Handover struct {
	Beta      string // What is not certain of this contract; empty where it is known.
	Addresses []HandoverAddress
	To        string // Whom the text is for.
	Subject   string
	Text      string
}

// HandoverAddress is one call the vendor makes.
type HandoverAddress struct {
	Name   string // As the vendor calls it.
	Method string
	URL    string
}

// HandoverOf writes it for a connection. The key is shown where it is known: it is
// so only when the connection has just been made.
func (s *Stationery) HandoverOf(l questions.Lang, organization string, n assess.Connection, key string) Handover {
	return handoverOf(sayer{l, s.read().words}, s.cfg.PublicURL, organization, n, key)
}

func handoverOf(s sayer, public *url.URL, organization string, n assess.Connection, key string) Handover {
	shown := key
	if shown == "" {
		shown = n.Prefix + "…" + n.Tail
	}
	vendor := string(n.Vendor)
	var beta string
	if rule, _ := n.Vendor.Rule(); rule.Beta {
		beta = s.say("connection.beta.text")
	}
	h := Handover{
		Beta:    beta,
		To:      s.say("handover." + vendor + ".to"),
		Subject: s.say("handover."+vendor+".subject", "organization", organization),
	}
	var lines []string
	for _, door := range ats.Vendors[n.Vendor].Doors() {
		token := key
		if token == "" {
			token = "…" // the address holds the key, which we no longer know
		}
		a := HandoverAddress{
			Name:   strings.TrimSuffix(strings.TrimPrefix(door.Path, "/"), "/:token"),
			Method: door.Method,
			URL:    strings.Replace(public.JoinPath(doorPath(n.Vendor, door)).String(), ":token", token, 1),
		}
		h.Addresses = append(h.Addresses, a)
		lines = append(lines, a.Name+": "+a.URL)
	}
	base := public.JoinPath("/ats", vendor).String()
	h.Text = s.say("handover."+vendor, "organization", organization, "addresses", strings.Join(lines, "\n"), "key", shown, "base", base)
	return h
}
