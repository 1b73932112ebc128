package web

import (
	"reflect"
	"slices"
	"strings"

	"github.com/fourfold/fourfold/assess"
)

// docsCall is one call as the page of the documentation shows it, ready to be run in
// a shell that has FOURFOLD, KEY and the ids it names.
type docsCall struct {
	ID, Method, Path, Summary string
	Scope                     assess.Scope
	Curl                      string
}

// calls lists every call of the book.
func (b *book) calls() []docsCall {
	var all []docsCall
	for _, e := range b.entries {
		all = append(all, docsCall{e.id, e.method, openPath(e.path), e.summary, e.scope, e.curl()})
	}
	return all
}

// shellNames are the names the ids of the paths have in a shell, by what stands
// before them.
var shellNames = map[string]string{
	"invitations": "$INVITATION", "results": "$RESULT", "webhooks": "$WEBHOOK", "deliveries": "$DELIVERY",
}

// samples are the bodies of the calls that have one.
var samples = map[string]string{
	"createInvitation": `{"assessment": "'"$ASSESSMENT"'", "candidate": {"name": "Chen Jing", "email": "chen.jing@example.com"}, "language": "zh-CN"}`,
	"createInvitations": `{"invitations": [
    {"assessment": "'"$ASSESSMENT"'", "candidate": {"name": "Li Na", "email": "li.na@example.com"}}
  ]}`,
	"createWebhook": `{"url": "https://ats.example.com/hooks/fourfold", "events": ["result.ready"]}`,
	"changeWebhook": `{"url": "https://ats.example.com/hooks/fourfold", "name": "ATS"}`,
	"rotateWebhook": `{"overlap_hours": 48}`,
}

// curl writes a call as a command line.
func (e entry) curl() string {
	var b strings.Builder
	b.WriteString("curl -s")
	if e.method != "GET" {
		b.WriteString(" -X " + e.method)
	}
	parts := strings.Split(e.path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") {
			parts[i] = shellNames[parts[i-1]]
		}
	}
	b.WriteString(` "$FOURFOLD` + strings.Join(parts, "/") + `"`)
	if e.scope != "" {
		b.WriteString(" \\\n  -H \"Authorization: Bearer $KEY\"")
	}
	if slices.Contains(tagged(reflect.TypeOf(e.in).Elem(), "header"), "Idempotency-Key") {
		b.WriteString(" \\\n  -H \"Idempotency-Key: " + e.id + "-1\"")
	}
	if body, ok := samples[e.id]; ok {
		b.WriteString(" \\\n  -H \"Content-Type: application/json\" \\\n  -d '" + body + "'")
	}
	return b.String()
}
