package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web"
)

type connectCommand struct {
	tenant     `embed:""`
	Vendor     string   `arg:"" enum:"greenhouse,ashby,workable,recruitee,kombo" help:"The applicant tracking system: ${enum}."`
	Name       string   `name:"name" help:"What to call the connection. Default: the vendor's name."`
	Language   string   `name:"language" default:"en" enum:"zh-CN,en" help:"Language of test names, labels and reasons in the system, and of letters to candidates: ${enum}."`
	Hosts      []string `name:"host" placeholder:"HOST" help:"Host that orders may ask results to be sent to, exactly; may be given more than once. Greenhouse has app.greenhouse.io by default, Workable needs your account's host."`
	Base       string   `name:"base" placeholder:"URL" help:"Address of the vendor's API, where it is not the usual one."`
	Account    string   `name:"account" placeholder:"TEXT" help:"Recruitee: the partner's codename. Kombo: the integration's id."`
	Credential string   `name:"credential" env:"FOURFOLD_CREDENTIAL" placeholder:"TEXT" help:"What the vendor issued for calls to it; better given in the environment than on the command line. It can follow in the pages."`
	Signing    string   `name:"signing-secret" env:"FOURFOLD_SIGNING_SECRET" placeholder:"TEXT" help:"Kombo: the secret its webhooks are signed with."`
	Private    bool     `name:"allow-private-webhooks" env:"FOURFOLD_ALLOW_PRIVATE_WEBHOOKS" help:"Let private addresses and plain http be named. For development and tests alone."`
}

// Run makes the connection and prints the key, the addresses and the text to send.
func (s connectCommand) Run(ctx context.Context, c console) error {
	if s.PublicURL == "" {
		return errors.New("name the address the vendor reaches this server at: --public-url or FOURFOLD_PUBLIC_URL")
	}
	public, err := readPublicURL(strings.TrimSuffix(s.PublicURL, "/"))
	if err != nil {
		return err
	}
	stationery := web.NewStationery(web.Config{PublicURL: public})
	cfg := s.existing()
	cfg.AllowPrivateWebhooks = s.Private
	center, err := assess.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer center.Close()
	house, err := s.find(ctx, center)
	if err != nil {
		return err
	}
	n, key, err := center.Connect(ctx, programAt(house), assess.NewConnection{
		Vendor: assess.Vendor(s.Vendor), Name: s.Name, Language: questions.Lang(s.Language), Hosts: s.Hosts, Base: s.Base,
		Account: s.Account, Credential: s.Credential, Signing: s.Signing,
	})
	if err != nil {
		return flagged(err)
	}
	return printHandover(c.out, stationery.HandoverOf(questions.Lang(s.Language), house.Name, n, key), key)
}

// flags are those that are not called what the center calls their fields.
var flags = map[string]string{"hosts": "host", "signing": "signing-secret", "scopes": "scope", "expires_at": "expires"}

// flagged names the flags that something is wrong with, in words.
func flagged(err error) error {
	var fields assess.FieldErrors
	if !errors.As(err, &fields) {
		return err
	}
	say := web.NewStationery(web.Config{}).Speak(questions.English).Say
	lines := make([]string, len(fields))
	for i, f := range fields {
		slots := []any{}
		for name, value := range f.Params {
			slots = append(slots, name, value)
		}
		lines[i] = "--" + cmp.Or(flags[f.Field], f.Field) + ": " + say("field."+f.Word, slots...)
	}
	return errors.New(strings.Join(lines, "\n"))
}

func printHandover(out io.Writer, h web.Handover, key string) error {
	if _, err := fmt.Fprintf(out, "key %s\n", key); err != nil {
		return err
	}
	for _, a := range h.Addresses {
		if _, err := fmt.Fprintf(out, "%s %s %s\n", a.Name, a.Method, a.URL); err != nil {
			return err
		}
	}
	if h.Beta != "" {
		h.To = h.Beta + "\n\n" + h.To
	}
	_, err := fmt.Fprintf(out, "\n%s\n\n%s\n\n%s\n", h.To, h.Subject, h.Text)
	return err
}
