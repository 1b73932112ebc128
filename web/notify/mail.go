package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/fourfold/fourfold/assess"
)

// Mail is a letter as it is sent.
type Mail struct {
	To, Name            string
	FromName            string // Whom the reader knows; the address is the server's own.
	Subject, Text, HTML string
}

// Post is a mail server letters are given to.
type Post struct {
	host     string
	port     int
	user     string
	password string
	implicit bool // TLS from the first byte.
	must     bool // No mail without TLS.
	from     string
}

// NewPost reads smtp://user:password@host:port or smtps://…, and the address
// letters come from. Over smtp TLS is used where the server offers it and required
// as soon as there is a password, save to this very machine.
func NewPost(address, from string) (*Post, error) {
	u, err := url.Parse(address)
	if err != nil { // its text would hold the password
		return nil, errors.New("the address of the mail server is not like smtp://user:password@host:587")
	}
	if u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, errors.New("the address of the mail server is not like smtp://user:password@host:587")
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the address mail comes from, %q, is not one like tests@example.com", from)
	}
	p := &Post{host: u.Hostname(), port: 587, implicit: u.Scheme == "smtps", from: sender.Address}
	if p.implicit {
		p.port = 465
	}
	if u.Port() != "" {
		if p.port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("the port of the mail server, %q, is no number", u.Port())
		}
	}
	if u.User != nil {
		p.user = u.User.Username()
		p.password, _ = u.User.Password()
	}
	ip := net.ParseIP(p.host)
	p.must = p.user != "" && p.host != "localhost" && (ip == nil || !ip.IsLoopback())
	return p, nil
}

// Server is how the mail server is shown: without what proves us.
func (p *Post) Server() string { return net.JoinHostPort(p.host, strconv.Itoa(p.port)) }

func (p *Post) client() (*gomail.Client, error) {
	policy := gomail.TLSOpportunistic
	if p.must {
		policy = gomail.TLSMandatory
	}
	options := []gomail.Option{
		gomail.WithPort(p.port), gomail.WithTimeout(assess.AttemptTime - 2*time.Second), gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(&tls.Config{ServerName: p.host, MinVersion: tls.VersionTLS12}),
	}
	if p.implicit {
		options = append(options, gomail.WithSSL())
	}
	if p.user != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if !p.must && !p.implicit {
			auth = gomail.SMTPAuthPlainNoEnc // to this very machine
		}
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(p.user), gomail.WithPassword(p.password))
	}
	return gomail.NewClient(p.host, options...)
}

// Deliver gives one letter to the mail server. Its id is the same on every try, so
// that a reader's mail program can tell a repeat.
func (p *Post) Deliver(ctx context.Context, id string, m Mail) error {
	message := gomail.NewMsg()
	if err := message.FromFormat(m.FromName, p.from); err != nil {
		return err
	}
	if err := message.AddToFormat(m.Name, m.To); err != nil {
		return err
	}
	message.Subject(m.Subject)
	message.SetDate()
	message.SetMessageIDWithValue(id + "@" + p.host)
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	client, err := p.client()
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, message)
}

// letters sends candidates their links.
type letters struct {
	center *assess.Center
	post   *Post
	write  func(assess.Letter) (Mail, error)
}

// Letters returns the sender of letters to candidates. Without a mail server every
// letter fails with the reason, which its invitation shows.
func Letters(center *assess.Center, post *Post, write func(assess.Letter) (Mail, error)) Sender {
	return letters{center, post, write}
}

// Send writes the letter as things stand and gives it to the mail server.
func (s letters) Send(ctx context.Context, p assess.Parcel) assess.Outcome {
	letter, err := s.center.LetterFor(ctx, p)
	switch {
	case errors.Is(err, assess.ErrNoAddress):
		return assess.Outcome{Verdict: assess.Refused, Reason: assess.ReasonNoAddress}
	case errors.Is(err, assess.ErrConflict), errors.Is(err, assess.ErrNotFound):
		return assess.Outcome{Verdict: assess.Refused, Reason: assess.ReasonMoot}
	case err != nil:
		return broken(err)
	case s.post == nil:
		return assess.Outcome{Verdict: assess.Refused, Reason: assess.ReasonNoMailer}
	}
	m, err := s.write(letter)
	if err != nil {
		return broken(err)
	}
	began := time.Now()
	err = s.post.Deliver(ctx, assess.FormatID(assess.EventID, p.Event.ID), m)
	return posted("SMTP "+s.post.Server(), err, time.Since(began))
}

// posted reads what the mail server said: 5xx is for good, everything else passes.
func posted(request string, err error, took time.Duration) assess.Outcome {
	if err == nil {
		return assess.Outcome{Verdict: assess.Arrived, Request: request, Took: took}
	}
	out := assess.Outcome{Verdict: assess.Again, Request: request, Reason: assess.ReasonRefused, Detail: ownWords([]byte(err.Error())), Took: took}
	var send *gomail.SendError
	var reply *textproto.Error
	switch {
	case errors.As(err, &reply):
		if reply.Code >= 500 && reply.Code != 530 && reply.Code != 534 && reply.Code != 535 && reply.Code != 538 { // those are about our own key
			out.Verdict = assess.Refused
		}
	case errors.As(err, &send):
		if !send.IsTemp() && send.ErrorCode() >= 500 {
			out.Verdict = assess.Refused
		}
	default:
		out.Reason, out.Detail = reasonOf(err), ""
	}
	return out
}
