package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fourfold/fourfold/assess"
)

type verifyCommand struct {
	File      string `arg:"" help:"Receipt; - reads standard input."`
	PublicKey string `name:"public-key" placeholder:"FILE|DIGITS" help:"The key it must be signed with, as /api/receipt-key.json or fourfold receipt-key gives it. Without it the key in the receipt is taken, which shows that nothing was changed but not who signed."`
	Whole     string `name:"whole" placeholder:"FILE" help:"The whole receipt that opens a candidate's: the answers and the outcome must be the same and every commitment must fit."`
	JSON      bool   `name:"json" help:"Answer in JSON."`
}

// Help says what is checked.
func (verifyCommand) Help() string {
	return `Works offline on one file. A whole receipt is scored again from its answers and its form; the result must come out to the very bytes. The first difference is named by its place, what is stated and what was found, and the exit status is 1.

How receipts are written, hashed and signed: docs/receipts.md`
}

// Run verifies one receipt.
func (v verifyCommand) Run(c console) error {
	text, err := readFile(c, v.File)
	if err != nil {
		return err
	}
	var pinned ed25519.PublicKey
	if v.PublicKey != "" {
		if pinned, err = publicKey(v.PublicKey); err != nil {
			return err
		}
	}
	var r assess.Receipt
	if v.Whole == "" {
		r, err = assess.VerifyReceipt(text, pinned)
	} else {
		var whole []byte
		if whole, err = readFile(c, v.Whole); err != nil {
			return err
		}
		r, _, err = assess.OpenReceipt(text, whole, pinned)
	}
	var found *assess.Difference
	if errors.As(err, &found) && v.JSON {
		answer := record{{"verified", false}, {"path", found.Path}, {"stated", found.Stated}, {"found", found.Found}}
		if err := answer.print(c.out, true); err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", v.File, err)
	}
	answer, err := v.verified(r, pinned != nil)
	if err != nil {
		return err
	}
	return answer.print(c.out, v.JSON)
}

// verified says what a receipt holds that was found in order.
func (v verifyCommand) verified(r assess.Receipt, pinned bool) (record, error) {
	answer := record{{"verified", true}, {"kind", string(r.Kind)}}
	if r.Kind == assess.WholeReceipt {
		var d assess.ResultDocument
		if err := json.Unmarshal(r.Result, &d); err != nil {
			return nil, err
		}
		answer = append(answer, record{{"result", d.ID}, {"version", d.Version}, {"form", d.Form.Hash}, {"key", d.Versions.Key}, {"key_status", string(d.KeyStatus)},
			{"rules", strings.Join(d.Versions.Rules, " ")}, {"engine", d.Versions.Engine}, {"answered", d.Answered}, {"of", d.Of}, {"rescored", true}}...)
	} else {
		o := r.Outcome
		answer = append(answer, record{{"result", o.Result}, {"version", o.Version}, {"key", o.Key}, {"key_status", string(o.KeyStatus)}, {"engine", o.Engine},
			{"answered", o.Answered}, {"of", o.Of}, {"opened", v.Whole != ""}}...)
	}
	return append(answer, record{{"public_key", r.Signature.PublicKey}, {"pinned", pinned}}...), nil
}

// readFile reads a file as a whole, or standard input for "-".
func readFile(c console, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(c.in)
	}
	return os.ReadFile(name)
}

// publicKey reads a key from a file, or the digits themselves.
func publicKey(text string) (ed25519.PublicKey, error) {
	if content, err := os.ReadFile(text); err == nil {
		text = string(content)
	}
	return assess.ParseReceiptKey(text)
}

type receiptKeyCommand struct {
	where `embed:""`
	JSON  bool `name:"json" help:"Answer in JSON, as /api/receipt-key.json does."`
}

// Run prints the public key that receipts of this installation are signed with.
func (k receiptKeyCommand) Run(ctx context.Context, c console) error {
	center, err := k.open(ctx)
	if err != nil {
		return err
	}
	defer center.Close()
	key, err := center.ReceiptKey()
	if err != nil {
		return err
	}
	if !k.JSON {
		_, err = fmt.Fprintf(c.out, "%s\n%s", key.PublicKey, key.PEM)
		return err
	}
	return json.NewEncoder(c.out).Encode(key)
}
