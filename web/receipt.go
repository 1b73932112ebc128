package web

import (
	"context"
	_ "embed"
	"encoding/json"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

// receiptSchemaText is the JSON Schema of a receipt.
//
//go:embed receipt.schema.json
var receiptSchemaText string

// receipt hands out the whole receipt of a result, keys and marks included.
func (h recruiter) receipt(c *gin.Context) error {
	version, err := versionOf(c)
	if err != nil {
		return err
	}
	text, err := h.center.WholeReceipt(c.Request.Context(), actor(c), pathID(c, assess.InvitationID), version)
	if err != nil {
		return err
	}
	name := "receipt-" + c.Param("id")
	if version > 0 {
		name += "-version-" + strconv.Itoa(version)
	}
	attach(c, "application/json", name+".json", text)
	return nil
}

// versionOf reads which version of a result is asked for; 0 is the newest.
func versionOf(c *gin.Context) (int, error) {
	text := c.Query("version")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, assess.ErrNotFound
	}
	return n, nil
}

// receipt hands the candidate the own receipt, which holds nothing of the key.
func (h candidate) receipt(c *gin.Context) error {
	text, err := h.center.OwnReceipt(c.Request.Context(), seat(c))
	if err != nil {
		return err
	}
	attach(c, "application/json", "fourfold-receipt.json", text)
	return nil
}

func (h api) receiptSchema() operation[struct{}, document] {
	return operation[struct{}, document]{
		id:      "getReceiptSchema",
		summary: "The JSON Schema of a receipt",
		answer:  map[string]any{"type": "object"},
		handle: func(context.Context, assess.Actor, struct{}) (document, error) {
			return document{Content: []byte(receiptSchemaText)}, nil
		},
	}
}

func (h api) receiptKey() operation[struct{}, document] {
	return operation[struct{}, document]{
		id:      "getReceiptKey",
		summary: "The public key that receipts are signed with",
		detail:  "Whoever has a receipt checks it with this key, offline: `fourfold verify --public-key FILE RECEIPT`. It stays the same as long as the server's secret does.",
		answer: map[string]any{"type": "object", "required": []string{"algorithm", "public_key", "pem"}, "properties": map[string]any{
			"algorithm":  map[string]any{"const": assess.SignatureAlgorithm},
			"public_key": map[string]any{"type": "string", "pattern": "^[0-9a-f]{64}$"},
			"pem":        map[string]any{"type": "string"},
		}},
		handle: func(context.Context, assess.Actor, struct{}) (document, error) {
			key, err := h.center.ReceiptKey()
			if err != nil {
				return document{}, err
			}
			text, err := json.Marshal(key)
			return document{Content: text}, err
		},
	}
}
