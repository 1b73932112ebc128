package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/web/ats"
)

// Kombo keeps Kombo's list of what there is to order as ours is, and asks for
// orders whose webhook was lost.
type Kombo struct {
	center *assess.Center
	client *http.Client
	speak  Speak
	log    *slog.Logger
	sent   map[uuid.UUID][]byte // The list each connection was last given.
}

// NewKombo returns what asks Kombo.
func NewKombo(center *assess.Center, client *http.Client, speak Speak, log *slog.Logger) *Kombo {
	return &Kombo{center: center, client: client, speak: speak, log: log, sent: map[uuid.UUID][]byte{}}
}

// Run asks until the context ends.
func (k *Kombo) Run(ctx context.Context) {
	tick := time.NewTicker(20 * time.Second)
	defer tick.Stop()
	for {
		if err := k.Ask(ctx); err != nil && ctx.Err() == nil {
			k.log.Error("Kombo was not asked", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// mostPages bounds how long a list is followed in one go.
const mostPages = 50

// Ask asks for every connection that is due. What goes wrong stands on the page of
// its connection. It is not for two goroutines at once.
func (k *Kombo) Ask(ctx context.Context) error {
	due, err := k.center.Pollings(ctx, assess.Kombo)
	for _, p := range due {
		asked, cancel := context.WithTimeout(ctx, time.Minute)
		failed := k.ask(asked, p)
		cancel()
		switch {
		case failed != nil && ctx.Err() == nil:
			err = errors.Join(err, k.center.Complain(ctx, p.By, failed.Error()))
		case failed == nil && p.Connection.Complaint != "":
			err = errors.Join(err, k.center.Complain(ctx, p.By, ""))
		}
	}
	return err
}

func (k *Kombo) ask(ctx context.Context, p assess.Polling) error {
	words := k.speak(p.Connection.Language)
	offered, err := ats.Packages(ctx, k.center, p.By)
	if err != nil {
		return err
	}
	list, err := ats.KomboPackages(offered, p.Calling, p.Connection, words)
	if err != nil {
		return err
	}
	if !bytes.Equal(k.sent[p.Connection.ID], list.Body) {
		if _, err := k.call(ctx, list); err != nil {
			return err
		}
		k.sent[p.Connection.ID] = list.Body
	}
	visit := &ats.Visit{Center: k.center, By: p.By, Connection: p.Connection, Words: words}
	var wrong []error
	cursor := ""
	for range mostPages {
		open, err := ats.KomboOpen(p.Calling, p.Connection, cursor)
		if err != nil {
			return err
		}
		body, err := k.call(ctx, open)
		if err != nil {
			return err
		}
		orders, next, err := ats.KomboPage(body)
		if err != nil {
			return fmt.Errorf("%s: %w", Line(open.Method, open.Address()), err)
		}
		for _, o := range orders {
			if err := ats.PlaceKombo(ctx, visit, o); err != nil {
				wrong = append(wrong, fmt.Errorf("order %s: %w", o.ID, err)) // one that cannot be taken must not hide the others
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	return errors.Join(wrong...)
}

// call sends one request and returns the body of a good answer.
func (k *Kombo) call(ctx context.Context, c ats.Call) ([]byte, error) {
	out, body := carry(ctx, k.client, c)
	if out.Verdict != assess.Arrived {
		return nil, fmt.Errorf("%s: %s %d %s", out.Request, out.Reason, out.Status, ownWords(body))
	}
	return body, ats.Vendors[assess.Kombo].Heard(body)
}
