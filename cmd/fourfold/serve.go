package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/web"
	"github.com/fourfold/fourfold/web/notify"
)

type serveCommand struct {
	where   `embed:""`
	Address string   `name:"address" env:"FOURFOLD_ADDRESS" default:"localhost:8080" placeholder:"HOST:PORT" help:"Where to listen. Port 0 takes a free one."`
	Demo    bool     `name:"demo" env:"FOURFOLD_DEMO" help:"Fill an empty database with a demo organization and 200 simulated sittings, and print links and a key to try."`
	Dev     bool     `name:"dev" env:"FOURFOLD_DEV" help:"Read pages, styles and texts from the source folder on every request."`
	Proxies []string `name:"trusted-proxy" env:"FOURFOLD_TRUSTED_PROXIES" placeholder:"CIDR" help:"Proxies whose X-Forwarded-For is believed. None by default."`
	Private bool     `name:"allow-private-webhooks" env:"FOURFOLD_ALLOW_PRIVATE_WEBHOOKS" help:"Let webhooks and identity providers be at private addresses and at plain http. For development and tests alone."`
	SMTP    string   `name:"smtp" env:"FOURFOLD_SMTP" placeholder:"URL" help:"Mail server for letters to candidates, smtp://user:password@host:587 or smtps://…; without one, links are passed on by hand."`
	From    string   `name:"mail-from" env:"FOURFOLD_MAIL_FROM" placeholder:"ADDRESS" help:"Address the letters come from. Needed with --smtp."`
	LogAll  bool     `name:"log-requests" env:"FOURFOLD_LOG_REQUESTS" help:"Log every request, not only those that failed or took over a second."`
	LogJSON bool     `name:"log-json" env:"FOURFOLD_LOG_JSON" help:"Write the log as JSON."`
}

// How long the server waits for what is under way when it is told to stop.
const drainTime = 25 * time.Second

// headStart is what whoever waits for the server has of it alone: what happens by
// itself opens connections of its own, and has waited all the while it was down.
const headStart = 200 * time.Millisecond

// Run serves until the context ends, then finishes what is under way.
func (s serveCommand) Run(ctx context.Context, c console) error {
	var detail slog.HandlerOptions
	if s.LogAll {
		detail.Level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(c.err, &detail))
	if s.LogJSON {
		log = slog.New(slog.NewJSONHandler(c.err, &detail))
	}
	listener, err := net.Listen("tcp", s.Address)
	if err != nil {
		return err
	}
	defer listener.Close()
	if s.PublicURL == "" {
		host, _, err := net.SplitHostPort(s.Address)
		if err != nil {
			return err
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "localhost"
		}
		s.PublicURL = fmt.Sprintf("http://%s", net.JoinHostPort(host, fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)))
	}
	public, err := readPublicURL(s.PublicURL)
	if err != nil {
		return err
	}
	for _, proxy := range s.Proxies {
		if _, err := netip.ParsePrefix(proxy); err != nil {
			return fmt.Errorf("trusted proxy %q is not a network such as 10.0.0.0/8", proxy)
		}
	}
	post, err := s.post(log)
	if err != nil {
		return err
	}
	stationery := web.NewStationery(web.Config{PublicURL: public, Dev: s.Dev})
	if s.Demo {
		if err := seedDemo(ctx, s.config(), c.err); err != nil {
			return err
		}
	}
	cfg := s.config()
	cfg.Log, cfg.Serving, cfg.AllowPrivateWebhooks = log, true, s.Private
	center, err := assess.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer center.Close()
	if err := s.invite(ctx, c, center); err != nil {
		return err
	}
	client := notify.Client(s.Private)
	handler := web.New(center, web.Config{PublicURL: public, Dev: s.Dev, Log: log, TrustedProxies: s.Proxies, Outbound: client})
	log.Info("serving", "address", listener.Addr().String(), "url", s.PublicURL)
	senders := map[assess.TargetKind]notify.Sender{
		assess.WebhookTarget:    notify.Webhooks(center, client),
		assess.ConnectionTarget: notify.Connections(center, client, stationery.Speak),
		assess.MailTarget:       notify.Letters(center, post, stationery.Write),
	}
	return serve(ctx, listener, handler, func(ctx context.Context) {
		var both sync.WaitGroup
		both.Go(func() { center.Run(ctx) })
		both.Go(func() { notify.Run(ctx, center, senders, log) })
		both.Go(func() { notify.NewKombo(center, client, stationery.Speak, log).Run(ctx) })
		both.Wait()
	})
}

// post is the mail server; without one, that is said and nobody is written to.
func (s serveCommand) post(log *slog.Logger) (*notify.Post, error) {
	if s.SMTP == "" {
		log.Warn("no mail server is set up (--smtp): candidates are not written to, their links are passed on by hand")
		return nil, nil
	}
	post, err := notify.NewPost(s.SMTP, s.From)
	if err != nil {
		return nil, err
	}
	log.Info("letters to candidates", "server", post.Server(), "from", s.From)
	return post, nil
}

// invite prints the links a person begins with, one per line.
func (s serveCommand) invite(ctx context.Context, c console, center *assess.Center) error {
	if s.Demo {
		links, err := demoLinks(ctx, center)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "candidate %s\nrecruiter %s\napikey %s\n", links.candidate, links.recruiter, links.key)
		return err
	}
	link, err := center.SetUpLink(ctx)
	if errors.Is(err, assess.ErrSetUpDone) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "setup %s\n", link)
	return err
}

// serve answers requests, with what happens by itself beside, until the context
// ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, beside func(context.Context)) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	background, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-time.After(headStart):
			beside(background)
		case <-background.Done():
		}
	}()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		drain, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		err = server.Shutdown(drain)
	}
	stop()
	<-done
	return err
}
