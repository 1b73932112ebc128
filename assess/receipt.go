package assess

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// ReceiptSchema names the shape of a receipt.
const ReceiptSchema = "fourfold.receipt/1"

// ReceiptKind says for whom a receipt is made.
type ReceiptKind string

// The kinds of receipt. A whole one holds all that is needed to score again; a
// candidate's holds nothing of the key, only commitments to it.
const (
	WholeReceipt     ReceiptKind = "whole"
	CandidateReceipt ReceiptKind = "candidate"
)

// Receipt is a result with what it rests on, signed, so that anyone can check it without
// asking the server. It holds no time of issue: the same result gives the same bytes.
// Its JSON Schema is web/receipt.schema.json, its rules are in docs/receipts.md.
type Receipt struct {
	Schema      string            `json:"schema"`
	Kind        ReceiptKind       `json:"kind"`
	Result      json.RawMessage   `json:"result,omitempty"`  // Whole: the frozen document, byte for byte.
	Outcome     *Told             `json:"outcome,omitempty"` // Candidate: what the thanks page says.
	Answers     []ReceiptAnswer   `json:"answers"`
	Form        *questions.Form   `json:"form,omitempty"` // Whole.
	Commitments Commitments       `json:"commitments"`
	Salts       *Commitments      `json:"salts,omitempty"` // Whole: what opens the commitments.
	Hashes      []PartHash        `json:"hashes"`          // Of every part before this one.
	Signature   *ReceiptSignature `json:"signature,omitempty"`
}

// Told is what a candidate may know of the result.
type Told struct {
	Result     string           `json:"result"`
	Version    int              `json:"version"`
	Assessment string           `json:"assessment"`
	Sitting    SittingFacts     `json:"sitting"`
	Engine     string           `json:"engine"`
	Key        string           `json:"key"`
	KeyStatus  questions.Status `json:"key_status"`
	Norm       *string          `json:"norm"`
	Answered   int              `json:"answered"`
	Of         int              `json:"of"`
	Qualities  []ToldQuality    `json:"qualities"`
	Notice     questions.Text   `json:"notice"`
}

// ToldQuality is a quality in words.
type ToldQuality struct {
	Quality  questions.Quality `json:"quality"`
	Answered int               `json:"answered"`
	Of       int               `json:"of"`
	Level    questions.Level   `json:"level"`
}

// ReceiptAnswer is what was answered at a position. Item is left out of a candidate's
// receipt.
type ReceiptAnswer struct {
	Position int                `json:"position"`
	Item     string             `json:"item,omitempty"`
	Response questions.Response `json:"response"`
}

// Commitments bind to the form, the result, each item with its key and each mark; the
// same shape holds the salts that open them. All are hexadecimal.
type Commitments struct {
	Form   string   `json:"form"`
	Result string   `json:"result"`
	Items  []string `json:"items"`
	Marks  []string `json:"marks"`
}

// PartHash is the SHA-256 of the bytes of one part, which a JSON pointer names. Where a
// receipt was changed, they tell which part.
type PartHash struct {
	At   string `json:"at"`
	Hash string `json:"hash"`
}

// ReceiptSignature is over the receipt's bytes without this member.
type ReceiptSignature struct {
	Algorithm string `json:"algorithm"`
	PublicKey string `json:"public_key"`
	Value     string `json:"value"`
}

func outcomeOf(d ResultDocument) *Told {
	o := &Told{Result: d.ID, Version: d.Version, Assessment: d.Assessment, Sitting: d.Sitting, Engine: d.Versions.Engine,
		Key: d.Versions.Key, KeyStatus: d.KeyStatus, Norm: d.Versions.Norm, Answered: d.Answered, Of: d.Of, Notice: d.Notice}
	for _, q := range d.Qualities {
		o.Qualities = append(o.Qualities, ToldQuality{q.Quality, q.Answered, q.Of, q.Level})
	}
	return o
}

// wholeReceipt puts a result's receipt together, unsigned.
func wholeReceipt(result Result, form *questions.Form, salt func(part string) []byte) (Receipt, error) {
	responses, err := form.Responses(result.vector)
	if err != nil {
		return Receipt{}, fmt.Errorf("result %s: %w", result.ID, err)
	}
	r := Receipt{Schema: ReceiptSchema, Kind: WholeReceipt, Result: result.JSON, Form: form, Answers: []ReceiptAnswer{}}
	for n, response := range responses {
		r.Answers = append(r.Answers, ReceiptAnswer{Position: n, Item: form.Items[n].ID, Response: response})
	}
	salts := Commitments{Form: hex.EncodeToString(salt("form")), Result: hex.EncodeToString(salt("result"))}
	for n := range form.Items {
		salts.Items = append(salts.Items, hex.EncodeToString(salt("item "+strconv.Itoa(n))))
		salts.Marks = append(salts.Marks, hex.EncodeToString(salt("mark "+strconv.Itoa(n))))
	}
	r.Salts = &salts
	r.Commitments, err = r.committed(result.Document)
	return r, err
}

// forCandidate is the receipt without what would show the key.
func (r Receipt) forCandidate(result ResultDocument) Receipt {
	c := Receipt{Schema: r.Schema, Kind: CandidateReceipt, Outcome: outcomeOf(result), Commitments: r.Commitments, Answers: []ReceiptAnswer{}}
	for _, a := range r.Answers {
		c.Answers = append(c.Answers, ReceiptAnswer{Position: a.Position, Response: a.Response})
	}
	return c
}

// committed computes the commitments of a whole receipt from its salts.
func (r Receipt) committed(result ResultDocument) (c Commitments, err error) {
	bind := func(salt string, v any) string {
		raw, badSalt := hex.DecodeString(salt)
		text, badText := canonical(v)
		if err == nil && badSalt != nil {
			err = badSalt
		}
		if err == nil && badText != nil {
			err = badText
		}
		return commitment(raw, text)
	}
	c.Form, c.Result = bind(r.Salts.Form, r.Form), bind(r.Salts.Result, r.Result)
	for n, i := range r.Form.Items {
		c.Items = append(c.Items, bind(r.Salts.Items[n], i))
		c.Marks = append(c.Marks, bind(r.Salts.Marks[n], result.Items[n]))
	}
	return c, err
}

// signed writes the receipt down with its hashes and its signature.
func (r Receipt) signed(key ed25519.PrivateKey) ([]byte, error) {
	r.Hashes, r.Signature = []PartHash{}, nil
	text, err := canonical(r)
	if err != nil {
		return nil, err
	}
	root, err := readCanonical(text)
	if err != nil {
		return nil, err
	}
	for _, p := range parts(root) {
		r.Hashes = append(r.Hashes, PartHash{p.at, hashOf(p.text(text))})
	}
	payload, err := canonical(r)
	if err != nil {
		return nil, err
	}
	signature, err := canonical(ReceiptSignature{Algorithm: SignatureAlgorithm,
		PublicKey: hex.EncodeToString(key.Public().(ed25519.PublicKey)), Value: hex.EncodeToString(ed25519.Sign(key, payload))})
	if err != nil {
		return nil, err
	}
	var whole bytes.Buffer
	whole.Write(payload[:len(payload)-1])
	whole.WriteString(`,"signature":`)
	whole.Write(signature)
	whole.WriteByte('}')
	return whole.Bytes(), nil
}

type part struct {
	*node
	at string
}

// sections are the members whose own members are parts.
var sections = map[string]bool{"result": true, "outcome": true, "form": true, "commitments": true, "salts": true}

// parts lists what is hashed on its own: every member before the hashes, of a section
// every member, and of a list every element.
func parts(root *node) []part {
	var list []part
	add := func(at string, n *node) {
		if n.kind != '[' || len(n.inner) == 0 {
			list = append(list, part{n, at})
			return
		}
		for i, inner := range n.inner {
			list = append(list, part{inner, at + "/" + strconv.Itoa(i)})
		}
	}
	for i, name := range root.names {
		member := root.inner[i]
		switch {
		case name == "hashes" || name == "signature":
		case sections[name] && member.kind == '{':
			for j, inner := range member.inner {
				add(jsonPointer(name, member.names[j]), inner)
			}
		default:
			add(jsonPointer(name), member)
		}
	}
	return list
}

// WholeReceipt returns the receipt of an invitation's result, keys and marks included,
// and notes in the audit log who took it. Version 0 is the newest.
func (c *Center) WholeReceipt(ctx context.Context, by Actor, invitation uuid.UUID, version int) ([]byte, error) {
	for _, right := range []Right{SeeReceipts, SeeResults} {
		if err := by.may(right); err != nil {
			return nil, err
		}
	}
	var found Report
	err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		if found, err = c.readVersion(ctx, tx, by, invitation, version); err != nil {
			return err
		}
		return c.receiptTaken(ctx, tx, by, found.Result, WholeReceipt)
	})
	if err != nil {
		return nil, err
	}
	form, err := c.formOfResult(ctx, by.Organization, found.Invitation.AssessmentID, found.Result)
	if err != nil {
		return nil, err
	}
	r, err := c.receipt(found.Result, form)
	if err != nil {
		return nil, err
	}
	return r.signed(c.signing)
}

// OwnReceipt returns the candidate's receipt of the newest result: the answers, what the
// candidate was told, and commitments to everything else. Before the sitting has a
// result it is ErrNoResult.
func (c *Center) OwnReceipt(ctx context.Context, seat Seat) ([]byte, error) {
	s, err := sittingOf(ctx, c.read, seat)
	if err != nil {
		return nil, err
	}
	if s.State != Submitted && s.State != Expired {
		return nil, ErrNoResult
	}
	result, err := latestResult(ctx, c.read, seat.Organization, s.invitation)
	if err != nil {
		return nil, err
	}
	form, err := c.formOfResult(ctx, seat.Organization, seat.Assessment, result)
	if err != nil {
		return nil, err
	}
	r, err := c.receipt(result, form)
	if err != nil {
		return nil, err
	}
	err = c.tx(ctx, func(tx *sqlx.Tx) error { return c.receiptTaken(ctx, tx, s.actor(), result, CandidateReceipt) })
	if err != nil {
		return nil, err
	}
	return r.forCandidate(result.Document).signed(c.signing)
}

func (c *Center) receipt(result Result, form *questions.Form) (Receipt, error) {
	return wholeReceipt(result, form, func(part string) []byte { return c.receiptSalt(result.ID, part) })
}

func (c *Center) receiptTaken(ctx context.Context, tx *sqlx.Tx, by Actor, result Result, kind ReceiptKind) error {
	return c.audit(ctx, tx, by, "receipt.taken", result.ID, string(kind))
}
