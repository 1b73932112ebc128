package assesstest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Mailbox is a real mail server that keeps what it is given.
type Mailbox struct {
	Address string // Host and port.

	mu      sync.Mutex
	refuse  error
	letters []Letter
}

// Letter is a letter as it was received.
type Letter struct {
	To         string
	Header     mail.Header
	Text, HTML string
}

// OpenMailbox starts a mail server that ends with the test.
func OpenMailbox(t testing.TB) *Mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Mailbox{Address: listener.Addr().String()}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &posting{box: m}, nil }))
	server.Domain, server.EnableSMTPUTF8 = "mailbox.test", true
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("the mailbox: %v", err)
		}
	})
	return m
}

// Refuse answers every recipient with an SMTP code and a text; code 0 ends it.
func (m *Mailbox) Refuse(code int, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = nil
	if code != 0 {
		m.refuse = &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
	}
}

// Letters are all that came, oldest first.
func (m *Mailbox) Letters() []Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Letter(nil), m.letters...)
}

// To is the last letter to an address.
func (m *Mailbox) To(address string) (Letter, bool) {
	all := m.Letters()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].To == address {
			return all[i], true
		}
	}
	return Letter{}, false
}

// posting is one conversation with a sender.
type posting struct {
	box *Mailbox
	to  string
}

func (p *posting) Reset()        { p.to = "" }
func (p *posting) Logout() error { return nil }

func (p *posting) Mail(string, *smtp.MailOptions) error { return nil }

func (p *posting) Rcpt(to string, _ *smtp.RcptOptions) error {
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	p.to = to
	return p.box.refuse
}

func (p *posting) Data(r io.Reader) error {
	read, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	l := Letter{To: p.to, Header: read.Header}
	if l.Text, l.HTML, err = forms(read); err != nil {
		return err
	}
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	p.box.letters = append(p.box.letters, l)
	return nil
}

// forms are the two forms of a letter, plain and HTML.
func forms(m *mail.Message) (text, html string, err error) {
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return "", "", err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return text, html, nil
		}
		if err != nil {
			return "", "", err
		}
		var content io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			content = quotedprintable.NewReader(part)
		}
		var all bytes.Buffer
		if _, err := all.ReadFrom(content); err != nil {
			return "", "", err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			text = all.String()
		} else {
			html = all.String()
		}
	}
}
