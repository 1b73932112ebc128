// Command fourfold serves situational-judgment tests for hiring and reads what
// they hold.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// program is every command, flag and environment variable.
type program struct {
	Serve    serveCommand        `cmd:"" help:"Run the server."`
	SignIn   signInCommand       `cmd:"" help:"Print a one-time sign-in link for a member who forgot the password."`
	Add      organizationCommand `cmd:"" name:"add-organization" help:"Add another organization to a server that has been set up, and print its owner's one-time sign-in link."`
	Connect  connectCommand      `cmd:"" help:"Connect an applicant tracking system: print its key, the addresses it calls and the text to send its vendor."`
	Key      keyCommand          `cmd:"" help:"Work with API keys."`
	Audit    auditCommand        `cmd:"" help:"Work with the audit log."`
	Bank     bankCommand         `cmd:"" help:"Work with a bank of items."`
	Stats    statsCommand        `cmd:"" help:"Work with the statistics of items and scores."`
	Mark     markCommand         `cmd:"" help:"Mark one response under a named rule."`
	Measure  measureCommand      `cmd:"" help:"Statistics of a CSV file: reliability, items, fairness, agreement, equating, norms."`
	Simulate simulateCommand     `cmd:"" help:"Made-up candidates: what rules reward, how many sittings a statistic needs."`
	Rescore  rescoreCommand      `cmd:"" help:"Put an assessment's sittings under another key or rule: show what would change, then write new results beside the old."`
	Verify   verifyCommand       `cmd:"" help:"Verify a receipt offline and name the first difference."`
	Receipt  receiptKeyCommand   `cmd:"" name:"receipt-key" help:"Print the public key that receipts are signed with."`
	Version  versionCommand      `cmd:"" help:"Print the version."`
}

// where is what every command that opens the database needs.
type where struct {
	Database  string `name:"database" env:"DATABASE_URL,FOURFOLD_DATABASE" default:"fourfold.db" placeholder:"FILE|URL" help:"SQLite file, or a postgres:// address for production."`
	Secret    string `name:"secret" env:"FOURFOLD_SECRET" placeholder:"TEXT" help:"Server secret, at least 32 random characters, the same on every server. Needed on PostgreSQL; beside an SQLite file one is made and kept in FILE.secret."`
	PublicURL string `name:"public-url" env:"FOURFOLD_PUBLIC_URL" placeholder:"URL" help:"Address at which candidates and members reach the server. Default: http://localhost and the port."`
}

func (w where) config() assess.Config {
	if w.PublicURL == "" {
		w.PublicURL = "http://localhost:8080"
	}
	return assess.Config{Database: w.Database, Secret: []byte(w.Secret), PublicURL: strings.TrimSuffix(w.PublicURL, "/")}
}

// readPublicURL reads the address at which the outside reaches the server.
func readPublicURL(text string) (*url.URL, error) {
	public, err := url.Parse(text)
	if err != nil || public.Scheme != "http" && public.Scheme != "https" || public.Host == "" {
		return nil, fmt.Errorf("the public URL %q is not an http:// or https:// address", text)
	}
	return public, nil
}

// existing is for a short command: a name with a typing error must not become a new
// database.
func (w where) existing() assess.Config {
	cfg := w.config()
	cfg.Existing = true
	return cfg
}

// open opens the database for a short command.
func (w where) open(ctx context.Context) (*assess.Center, error) {
	return assess.Open(ctx, w.existing())
}

// everywhere opens the database and does something for each organization in it.
func (w where) everywhere(ctx context.Context, do func(*assess.Center, assess.Organization) error) error {
	center, err := w.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	organizations, err := center.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, o := range organizations {
		if err := do(center, o); err != nil {
			return err
		}
	}
	return nil
}

// console is where a command reads and prints.
type console struct {
	in  io.Reader
	out io.Writer // What was asked for.
	err io.Writer // What happens meanwhile.
}

// run is the whole program: it returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var p program
	exited := -1
	parser, err := kong.New(&p,
		kong.Name("fourfold"),
		kong.Description("Hiring assessment you can trust: candidates sit a situational-judgment test, recruiters read a profile, an ATS fetches the result.\n\nTry it: fourfold serve --demo"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(status int) { exited = status }),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(console{in: stdin, out: stdout, err: stderr}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "fourfold:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(stderr, "fourfold:", err)
		return 2
	}
	if err := command.Run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "fourfold:", err)
		return 1
	}
	return 0
}

type versionCommand struct{}

// Run prints the engine's version and what it was built from.
func (versionCommand) Run(c console) error {
	text := assess.Engine
	if info, ok := debug.ReadBuildInfo(); ok {
		text += " " + info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				text += " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintln(c.out, text)
	return err
}

type signInCommand struct {
	where `embed:""`
	Email string `arg:"" help:"The member's address."`
	Reset bool   `name:"reset" help:"Also forget the member's second factors, recovery codes and link to the identity provider."`
}

// Run prints a link that signs the member in once.
func (s signInCommand) Run(ctx context.Context, c console) error {
	center, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	m, err := center.MemberByEmail(ctx, s.Email)
	if errors.Is(err, assess.ErrNotFound) {
		return fmt.Errorf("no member has the address %s", s.Email)
	}
	if err != nil {
		return err
	}
	by := assess.Actor{Organization: m.Organization, Kind: assess.SystemActor}
	if s.Reset {
		if err := center.ResetSignIn(ctx, by, m.ID); err != nil {
			return err
		}
	}
	link, err := center.SignInLink(ctx, by, m.ID)
	if errors.Is(err, assess.ErrForbidden) {
		return fmt.Errorf("the member %s is disabled", s.Email)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, link)
	return err
}

type organizationCommand struct {
	where    `embed:""`
	Name     string `arg:"" help:"The organization's name."`
	Owner    string `name:"owner" required:"" help:"The owner's name."`
	Email    string `name:"email" required:"" help:"The owner's address."`
	Language string `name:"language" default:"zh-CN" enum:"zh-CN,en" help:"Language of the organization and its owner: ${enum}."`
}

// Run adds an organization; the owner sets a password after signing in.
func (h organizationCommand) Run(ctx context.Context, c console) error {
	center, err := h.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	owner, err := center.AddOrganization(ctx, assess.NewOrganization{
		Name: h.Name, Language: questions.Lang(h.Language), OwnerName: h.Owner, Email: h.Email,
	})
	if err != nil {
		return err
	}
	link, err := center.SignInLink(ctx, owner.Actor(), owner.ID)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, link)
	return err
}

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check that no entry of the audit log was changed, removed or moved."`
}

type auditVerifyCommand struct {
	where `embed:""`
}

// Run walks every organization's chain.
func (a auditVerifyCommand) Run(ctx context.Context, c console) error {
	return a.everywhere(ctx, func(center *assess.Center, o assess.Organization) error {
		n, err := center.VerifyAudit(ctx, o.ID)
		if err != nil {
			return fmt.Errorf("%s: %w", o.Name, err)
		}
		_, err = fmt.Fprintf(c.out, "%s: %d entries hold\n", o.Name, n)
		return err
	})
}
