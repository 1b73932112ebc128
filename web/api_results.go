package web

import (
	"context"
	_ "embed"
	"encoding/json"
	"strings"

	"github.com/fourfold/fourfold/assess"
)

// resultSchemaText is the JSON Schema of the result document: the one shape that
// pages, programs and receipts share.
//
//go:embed result.schema.json
var resultSchemaText string

type oneResult struct {
	ID      string `path:"id" description:"The id of an invitation."`
	Matches string `header:"If-None-Match" description:"The ETag of the document you have."`
}

func (h api) result() operation[oneResult, document] {
	return operation[oneResult, document]{
		id:      "getResult",
		summary: "Fetch the result of an invitation",
		detail: "The frozen result document, byte for byte as it was written when the sitting ended; its ETag is the SHA-256 hash of those bytes. " +
			"Until then the answer is 404 with the code result_not_ready. A result supports a decision and never makes one.",
		right:    assess.SeeResults,
		declines: []assess.Error{assess.ErrNotFound, assess.ErrNoResult},
		answer:   map[string]any{"$ref": "#/components/schemas/Result"},
		handle: func(ctx context.Context, by assess.Actor, in oneResult) (document, error) {
			id, err := assess.ParseID(assess.InvitationID, in.ID)
			if err != nil {
				return document{}, err
			}
			found, err := h.center.Result(ctx, by, id)
			if err != nil {
				return document{}, err
			}
			return document{ETag: `"` + found.Hash + `"`, Links: h.reportLink(in.ID), Content: found.JSON}, nil
		},
	}
}

func (h api) resultSchema() operation[struct{}, document] {
	return operation[struct{}, document]{
		id:      "getResultSchema",
		summary: "The JSON Schema of a result document",
		answer:  map[string]any{"type": "object"},
		handle: func(context.Context, assess.Actor, struct{}) (document, error) {
			return document{Content: []byte(resultSchemaText)}, nil
		},
	}
}

// resultComponent is the result's schema as a component of the OpenAPI document:
// the same text with its references moved along.
func resultComponent() (map[string]any, error) {
	moved := strings.ReplaceAll(resultSchemaText, `"#/$defs/`, `"#/components/schemas/Result/$defs/`)
	var schema map[string]any
	err := json.Unmarshal([]byte(moved), &schema)
	delete(schema, "$id")
	return schema, err
}
