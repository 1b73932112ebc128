package web

import (
	"mime"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/notify"
)

var linkInLetter = regexp.MustCompile(`http://fourfold\.test/t/[A-Za-z0-9_-]+`)

// linkTo is the link in the last letter to an address.
func (w *atsWorld) linkTo(address string) string {
	w.Helper()
	letter, ok := w.mails.To(address)
	if !ok {
		w.Fatalf("no letter to %s", address)
	}
	link := linkInLetter.FindString(letter.Text)
	if link == "" || !strings.Contains(letter.HTML, `href="`+link+`"`) {
		w.Fatalf("the two forms of the letter lead to different places:\n%s\n%s", letter.Text, letter.HTML)
	}
	return link
}

func TestALetterSaysTheSameInBothLanguages(t *testing.T) {
	w := newATSWorld(t, assess.NewConnection{Vendor: assess.Greenhouse})
	for _, c := range []struct {
		language      questions.Lang
		name, subject string
		says          []string
	}{
		{questions.English, "Ann <b>", "Harbour Collections: your test is ready", []string{"Dear Ann <b>,", "Collector situational test", "45 minutes", "16 November 2026", "jobs@harbour.test"}},
		{questions.Chinese, "陈静", "Harbour Collections：请您完成测评", []string{"陈静，您好", "催收员情境测评", "45 分钟", "2026年11月16日", "jobs@harbour.test"}},
	} {
		w.house.Invited(c.name, func(o *assess.Order) { o.Email, o.Mail, o.Language = "ann@example.test", true, c.language })
		w.deliver()
		last, _ := w.mails.To("ann@example.test")
		subject, err := new(mime.WordDecoder).DecodeHeader(last.Header.Get("Subject"))
		if err != nil || subject != c.subject {
			t.Errorf("the subject is %q (%v), want %q", subject, err, c.subject)
		}
		from, err := mail.ParseAddress(last.Header.Get("From"))
		if err != nil || from.Name != "Harbour Collections" || from.Address != "tests@fourfold.test" {
			t.Errorf("it comes from %v (%v)", from, err)
		}
		to, err := last.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Name != c.name || to[0].Address != "ann@example.test" {
			t.Errorf("it goes to %v (%v)", to, err)
		}
		text, html := last.Text, last.HTML
		for _, want := range c.says {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		if strings.Contains(html, "<b>") || strings.Contains(text, "&#34;") {
			t.Errorf("the name is escaped where it should not be, or not where it should:\n%s\n%s", text, html)
		}
	}
	if n := len(w.mails.Letters()); n != 2 {
		t.Errorf("%d letters for two invitations", n)
	}
}

func TestWithoutAMailServerTheLinkIsCopied(t *testing.T) {
	w := newATSWorld(t, assess.NewConnection{Vendor: assess.Greenhouse})
	b := owner(t, w.house, "/candidates/new")
	b.Fill("name", "Ann").Fill("mail", "yes").Submit("main form button").Is("/candidates/new", http.StatusBadRequest).Has("#email-error", "fill this in")
	if len(b.All(`input#mail[checked]`)) != 1 {
		t.Error("the tick is gone")
	}
	b.Fill("email", "ann@example.test").Fill("mail", "yes").Submit("main form button").Has("main", "on its way")

	working := w.senders[assess.MailTarget]
	w.senders[assess.MailTarget] = notify.Letters(w.house.Center, nil, nil)
	w.deliver()
	page := strings.Split(b.Path(), "?")[0]
	b.Get(page).Has(".problem-box", "could not be sent").Has(".problem-box", "No mail server is set up")
	if link := attribute(b.One("input#url"), "value"); !strings.HasPrefix(link, "http://fourfold.test/t/") {
		t.Errorf("the link to copy is %q", link)
	}

	// The operator sets one up; the recruiter sends the letter again.
	w.senders[assess.MailTarget] = working
	b.Submit(`form[action="`+page+`/mail"] button`).Has(".done-box", "on its way")
	w.deliver()
	b.Get(page).Has(".notice-box", "took the email")
	if link := w.linkTo("ann@example.test"); link != attribute(b.One("input#url"), "value") {
		t.Errorf("the letter leads to %s, the page to another place", link)
	}
}

func TestALetterIsTriedAgainOrGivenUp(t *testing.T) {
	w := newATSWorld(t, assess.NewConnection{Vendor: assess.Greenhouse})
	p := w.house.Invited("Ann", func(o *assess.Order) { o.Email, o.Mail = "ann@example.test", true })
	status := func() assess.Mailed {
		t.Helper()
		m, err := w.house.Mailed(t.Context(), w.house.Owner, p.Invitation.ID)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := status(); m.State != assess.Pending {
		t.Errorf("before it is handed out: %+v", m)
	}
	w.mails.Refuse(451, "try later")
	w.deliver()
	if m := status(); m.State != assess.Pending || m.Reason != assess.ReasonRefused {
		t.Errorf("after a 451: %+v", m)
	}
	w.mails.Refuse(0, "")
	w.later(10 * time.Second)
	if m := status(); m.State != assess.Delivered || len(w.mails.Letters()) != 1 {
		t.Errorf("after the outage: %+v, %d letters", m, len(w.mails.Letters()))
	}

	w.mails.Refuse(550, "no such user ann@example.test")
	if err := w.house.MailLink(t.Context(), w.house.Owner, p.Invitation.ID); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	if m := status(); m.State != assess.Failed || m.Reason != assess.ReasonRefused {
		t.Errorf("after a 550: %+v", m)
	}
	mailer, err := w.house.Deliveries(t.Context(), w.house.Owner, assess.DeliveryFilter{Target: w.house.Owner.Organization})
	if err != nil {
		t.Fatal(err)
	}
	d, err := w.house.Delivery(t.Context(), w.house.Owner, mailer.Deliveries[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if detail := d.Log[0].Detail; strings.Contains(detail, "ann@example.test") || !strings.Contains(detail, "550") && !strings.Contains(detail, "no such user") {
		t.Errorf("the log says %q", detail)
	}

	// A link that was taken back goes out to nobody.
	w.mails.Refuse(0, "")
	if err := w.house.CancelInvitation(t.Context(), w.house.Owner, p.Invitation.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.house.MailLink(t.Context(), w.house.Owner, p.Invitation.ID); err != assess.ErrConflict {
		t.Errorf("a letter for a cancelled invitation: %v", err)
	}
	w.house.Invited("Nobody")
	silent := w.house.Invited("Silent")
	if err := w.house.MailLink(t.Context(), w.house.Owner, silent.Invitation.ID); err != assess.ErrNoAddress {
		t.Errorf("a letter to nowhere: %v", err)
	}
	if len(w.mails.Letters()) != 1 {
		t.Errorf("%d letters were taken, want 1", len(w.mails.Letters()))
	}
}

// A letter goes to the candidate's own house alone, and never to a webhook.
func TestLettersAreNobodyElsesBusiness(t *testing.T) {
	w := newATSWorld(t, assess.NewConnection{Vendor: assess.Greenhouse})
	p := w.house.Invited("Ann", func(o *assess.Order) { o.Email = "ann@example.test" })
	neighbour := w.house.Neighbour()
	if err := w.house.MailLink(t.Context(), neighbour.Owner, p.Invitation.ID); err != assess.ErrNotFound {
		t.Errorf("a neighbour's letter: %v", err)
	}
	endpoint, _, err := w.house.AddEndpoint(t.Context(), w.house.Owner, assess.NewEndpoint{URL: "https://hooks.example.com/all"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.house.MailLink(t.Context(), w.house.Owner, p.Invitation.ID); err != nil {
		t.Fatal(err)
	}
	w.house.EmptyOutbox()
	told, err := w.house.Deliveries(t.Context(), w.house.Owner, assess.DeliveryFilter{Target: endpoint.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range told.Deliveries {
		if d.Kind == assess.MailAsked {
			t.Error("a webhook is told of a letter")
		}
	}
}
