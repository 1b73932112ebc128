package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/google/uuid"
)

// keyCommand works with API keys on the server itself, while it runs.
type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Make an API key and print its secret, once."`
	List   keyListCommand   `cmd:"" help:"List API keys; secrets are kept only hashed."`
	Rotate keyRotateCommand `cmd:"" help:"Give an API key a new secret and print it, once; the old one stays good for a while."`
	Revoke keyRevokeCommand `cmd:"" help:"End an API key at once."`
}

// tenant names an organization in a database; with only one it need not be said.
type tenant struct {
	where        `embed:""`
	Organization string `name:"organization" placeholder:"NAME|ID" help:"The organization, by name or id (org_…). Needed where there are several."`
}

// open opens the database and returns who works there: the program itself, for the
// organization.
func (t tenant) open(ctx context.Context) (*assess.Center, assess.Actor, error) {
	center, err := t.where.open(ctx)
	if err != nil {
		return nil, assess.Actor{}, err
	}
	house, err := t.find(ctx, center)
	if err != nil {
		return nil, assess.Actor{}, errors.Join(err, center.Close())
	}
	return center, programAt(house), nil
}

// programAt is the program itself, at work for an organization.
func programAt(o assess.Organization) assess.Actor {
	return assess.Actor{Organization: o.ID, Kind: assess.SystemActor}
}

// find finds the organization.
func (t tenant) find(ctx context.Context, center *assess.Center) (assess.Organization, error) {
	all, err := center.Organizations(ctx)
	if err != nil {
		return assess.Organization{}, err
	}
	if len(all) == 0 {
		return assess.Organization{}, errors.New("this server has not been set up yet: run fourfold serve and open the setup link")
	}
	var names []string
	var found []assess.Organization
	for _, o := range all {
		names = append(names, fmt.Sprintf("%s (%s)", o.Name, assess.FormatID(assess.OrganizationID, o.ID)))
		if t.Organization == "" || t.Organization == o.Name || t.Organization == assess.FormatID(assess.OrganizationID, o.ID) {
			found = append(found, o)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case t.Organization == "":
		return assess.Organization{}, fmt.Errorf("say with --organization which one: %s", strings.Join(names, ", "))
	case len(found) > 1:
		return assess.Organization{}, fmt.Errorf("several organizations are called %q: use the id. There are %s", t.Organization, strings.Join(names, ", "))
	}
	return assess.Organization{}, fmt.Errorf("no organization is called %q: there are %s", t.Organization, strings.Join(names, ", "))
}

type keyCreateCommand struct {
	tenant  `embed:""`
	Name    string   `name:"name" required:"" help:"What the key is for."`
	Scope   []string `name:"scope" required:"" placeholder:"SCOPE" help:"What it may do; repeat it or separate by commas: assessments:read, invitations:read, invitations:write, results:read, webhooks:manage."`
	Expires string   `name:"expires" placeholder:"DATE|DAYS" help:"When it ends: a date (2027-01-31), a time (2027-01-31T12:00:00Z) or a number of days (90d). Never, if not said."`
}

// Run prints the secret on standard output and nothing else there.
func (k keyCreateCommand) Run(ctx context.Context, c console) error {
	in := assess.NewKey{Name: k.Name}
	for _, s := range k.Scope {
		if !slices.Contains(assess.Scopes, assess.Scope(s)) {
			return fmt.Errorf("there is no scope %q: choose from %s", s, scopesText(assess.Scopes))
		}
		in.Scopes = append(in.Scopes, assess.Scope(s))
	}
	var err error
	if in.ExpiresAt, err = expiry(k.Expires, time.Now()); err != nil {
		return err
	}
	center, by, err := k.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	made, secret, err := center.MakeKey(ctx, by, in)
	if err != nil {
		return flagged(err)
	}
	return c.printSecret(made, secret)
}

// printSecret prints a secret where a script can take it, and what it is beside.
func (c console) printSecret(k assess.Key, secret string) error {
	end := "does not expire"
	if !k.ExpiresAt.IsZero() {
		end = "expires " + k.ExpiresAt.UTC().Format(time.RFC3339)
	}
	if _, err := fmt.Fprintf(c.err, "%s %q, %s, %s. The secret is shown this once:\n", assess.FormatID(assess.KeyID, k.ID), k.Name, scopesText(k.Scopes), end); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, secret)
	return err
}

func scopesText(scopes []assess.Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

// expiry reads a date, a time or a number of days from now; nothing is never.
func expiry(text string, now time.Time) (assess.Time, error) {
	if text == "" {
		return assess.Time{}, nil
	}
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && strings.HasSuffix(text, "d") && days > 0 {
		return assess.At(now.AddDate(0, 0, days)), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return assess.At(at), nil
		}
	}
	return assess.Time{}, fmt.Errorf("--expires %q is neither a date (2027-01-31), a time (2027-01-31T12:00:00Z) nor a number of days (90d)", text)
}

type keyListCommand struct {
	tenant `embed:""`
}

// Run lists the organization's keys, newest first.
func (k keyListCommand) Run(ctx context.Context, c console) error {
	center, by, err := k.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	keys, err := center.Keys(ctx, by)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tSECRET\tSTATE\tEXPIRES\tLAST USED\tSCOPES\tNAME")
	for _, key := range keys {
		fmt.Fprintf(t, "%s\t%s…%s\t%s\t%s\t%s\t%s\t%s\n", assess.FormatID(assess.KeyID, key.ID), key.Prefix, key.Tail, key.State(time.Now()),
			dateOr(key.ExpiresAt, "never"), dateOr(key.LastUsedAt, "never"), scopesText(key.Scopes), key.Name)
	}
	return t.Flush()
}

func dateOr(at assess.Time, otherwise string) string {
	if at.IsZero() {
		return otherwise
	}
	return at.UTC().Format(time.DateOnly)
}

// oneKey names a key by its id.
type oneKey struct {
	ID string `arg:"" help:"The key's id, from fourfold key list."`
}

func (k oneKey) parsed() (uuid.UUID, error) {
	id, err := assess.ParseID(assess.KeyID, k.ID)
	if err != nil {
		return id, fmt.Errorf("%q is no key's id; fourfold key list shows them", k.ID)
	}
	return id, nil
}

func (k oneKey) unknown(err error) error {
	if errors.Is(err, assess.ErrNotFound) {
		return fmt.Errorf("no key that could be changed has the id %s", k.ID)
	}
	if errors.Is(err, assess.ErrConflict) {
		return fmt.Errorf("the key %s has expired or was revoked", k.ID)
	}
	return flagged(err)
}

type keyRotateCommand struct {
	tenant  `embed:""`
	oneKey  `embed:""`
	Overlap time.Duration `name:"overlap" default:"24h" placeholder:"DURATION" help:"How long the old secret stays good, at most 720h; 0 ends it at once."`
}

// Run prints the new secret on standard output and nothing else there.
func (k keyRotateCommand) Run(ctx context.Context, c console) error {
	id, err := k.parsed()
	if err != nil {
		return err
	}
	center, by, err := k.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	key, secret, err := center.RotateKey(ctx, by, id, k.Overlap)
	if err != nil {
		return k.unknown(err)
	}
	return c.printSecret(key, secret)
}

type keyRevokeCommand struct {
	tenant `embed:""`
	oneKey `embed:""`
}

// Run ends the key.
func (k keyRevokeCommand) Run(ctx context.Context, c console) error {
	id, err := k.parsed()
	if err != nil {
		return err
	}
	center, by, err := k.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	if err := center.RevokeKey(ctx, by, id); err != nil {
		return k.unknown(err)
	}
	_, err = fmt.Fprintf(c.err, "%s is revoked\n", k.ID)
	return err
}
