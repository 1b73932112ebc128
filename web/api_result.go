package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/swaggest/jsonschema-go"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// resultSummary is a result as most programs want it: the profile with what must be
// said beside it, and where to find the rest. The document it is drawn from stays
// as it was written.
type resultSummary struct {
	ID         string              `json:"id" example:"res_01jd9q7n4t5v6w8x9y0z1a2b3c"`
	Version    int                 `json:"version" description:"1, and one more for each time it was scored again."`
	Invitation string              `json:"invitation" example:"inv_01jd9m4k2b3c8d5e6f7g9h0jkm"`
	Assessment string              `json:"assessment" example:"asm_01jd9m3v8h7f2a0q4c6r5t8wxy"`
	Candidate  string              `json:"candidate" example:"can_01jd9m4k2b3c8d5e6f7g9h0jkn"`
	Sitting    assess.SittingFacts `json:"sitting"`
	KeyStatus  questions.Status    `json:"key_status" description:"How far the scoring key has been examined; repeat it wherever you show a score."`
	Answered   int                 `json:"answered"`
	Of         int                 `json:"of"`
	Profile    []qualityEntry      `json:"profile" description:"The four qualities. There is no total and no verdict."`
	Support    bool                `json:"decision_support_only" description:"Always true: a result supports a decision and never makes one."`
	Norm       *normEntry          `json:"norm"`   // The norm the bands rest on; null where there was none.
	Notice     questions.Text      `json:"notice"` // To be shown with any score.
	Hash       string              `json:"document_hash" description:"The SHA-256 hash of the frozen document; its ETag."`
	Links      resultLinks         `json:"links"`
}

// qualityEntry is one quality of a profile.
type qualityEntry struct {
	Quality    questions.Quality `json:"quality"`
	Answered   int               `json:"answered"`
	Of         int               `json:"of"`
	Raw        *int              `json:"raw" description:"Per cent of the marks that could be earned; null when too little was answered."`
	Chance     *int              `json:"chance" description:"What guessing earns on average, on the same scale."`
	Closeness  *int              `json:"closeness" description:"From 0 at chance or below to 100 at the key. Null when too little was answered."`
	Level      questions.Level   `json:"level" description:"The wording of the score: closer, mixed or further; not_shown when too little was answered."`
	Band       *bandEntry        `json:"band"` // The range of error; null where it is not known.
	BandReason string            `json:"band_reason,omitempty" description:"Why there is no band: no_norm, not_shown, or why the norm knows no error, such as too_few_persons."`
	Notes      []string          `json:"notes"`
}

// bandEntry is a range of error around a score, on the scale of closeness: one
// standard error each way, outwards to whole numbers.
type bandEntry struct {
	From        int                `json:"from"`
	To          int                `json:"to"`
	Coefficient assess.Coefficient `json:"coefficient" description:"Which coefficient of reliability it rests on."`
	Reliability float64            `json:"reliability"`
}

// normEntry says whom a result is compared with. No figure by a norm is shown without
// it.
type normEntry struct {
	ID        string      `json:"id" example:"nrm_01jd9q7n4t5v6w8x9y0z1a2b3g"`
	Version   int         `json:"version"`
	Size      int64       `json:"size" description:"How many sittings it holds."`
	CreatedAt assess.Time `json:"created_at"`
}

// PrepareJSONSchema says that there may be no norm.
func (normEntry) PrepareJSONSchema(s *jsonschema.Schema) error {
	s.AddType(jsonschema.Null)
	return nil
}

// PrepareJSONSchema says that a band may be null, as it is until there is a norm.
func (bandEntry) PrepareJSONSchema(s *jsonschema.Schema) error {
	s.AddType(jsonschema.Null)
	return nil
}

// resultLinks is where to look further.
type resultLinks struct {
	Report   string `json:"report" format:"uri" description:"The report for people, behind a member's sign-in."`
	Document string `json:"document" format:"uri" description:"The frozen document of the latest result, for a key that may fetch results."`
	Receipt  string `json:"receipt" format:"uri" description:"The signed bundle anyone can score again, behind a member's sign-in."`
}

type oneResultID struct {
	ID      string `path:"id" description:"The id of a result."`
	Matches string `header:"If-None-Match" description:"The ETag of the answer you have."`
}

func (h api) resultByID() operation[oneResultID, document] {
	return operation[oneResultID, document]{
		id:      "getResultByID",
		summary: "Fetch a result by its own id",
		detail: "The profile, what must be said beside it, and links to the report and the frozen document. The id is in an invitation and in the " +
			"webhook result.ready; a result that was scored again has another id, and the old one stays. Each reading is noted in the audit log.",
		right:    assess.SeeResults,
		declines: []assess.Error{assess.ErrNotFound},
		shape:    new(resultSummary),
		handle: func(ctx context.Context, by assess.Actor, in oneResultID) (document, error) {
			id, err := assess.ParseID(assess.ResultID, in.ID)
			if err != nil {
				return document{}, err
			}
			found, err := h.center.ResultByID(ctx, by, id)
			if err != nil {
				return document{}, err
			}
			text, err := json.Marshal(h.resultSummary(found), json.Deterministic(true))
			if err != nil {
				return document{}, err
			}
			sum := sha256.Sum256(text)
			return document{ETag: `"` + hex.EncodeToString(sum[:]) + `"`, Links: h.reportLink(found.Document.Invitation), Content: text}, nil
		},
	}
}

// reportLink is the Link header of a result.
func (h api) reportLink(invitation string) string {
	return "<" + h.location("/candidates", invitation, "report") + `>; rel="alternate"; type="text/html"`
}

func (h api) resultSummary(r assess.NormedResult) resultSummary {
	d := r.Document
	version := "?version=" + strconv.Itoa(d.Version)
	e := resultSummary{
		ID: d.ID, Version: d.Version, Invitation: d.Invitation, Assessment: d.Assessment, Candidate: d.Candidate, Sitting: d.Sitting,
		KeyStatus: d.KeyStatus, Answered: d.Answered, Of: d.Of, Support: d.DecisionSupportOnly, Notice: d.Notice, Hash: r.Hash,
		Profile: make([]qualityEntry, len(d.Qualities)),
		Links: resultLinks{
			Report:   h.location("/candidates", d.Invitation, "report") + version,
			Document: h.location("/api/v1/invitations", d.Invitation, "result"),
			Receipt:  h.location("/candidates", d.Invitation, "receipt") + version,
		},
	}
	if r.Norm != nil {
		n := r.Norm.Document
		e.Norm = &normEntry{n.ID, n.Version, n.N, n.CreatedAt}
	}
	for i, q := range d.Qualities {
		e.Profile[i] = qualityEntry{Quality: q.Quality, Answered: q.Answered, Of: q.Of, Level: q.Level, BandReason: "no_norm", Notes: q.Notes}
		if q.Shown {
			e.Profile[i].Raw, e.Profile[i].Chance, e.Profile[i].Closeness = q.Raw, q.Chance, q.Closeness
		} else {
			e.Profile[i].BandReason = "not_shown"
		}
		if s, ok := r.Standings.Of(q.Quality); ok {
			e.Profile[i].BandReason = string(s.Reason)
			if s.Banded {
				e.Profile[i].Band, e.Profile[i].BandReason = &bandEntry{s.Low, s.High, s.Coefficient, s.Reliability}, ""
			}
		}
		if q.Notes == nil {
			e.Profile[i].Notes = []string{}
		}
	}
	return e
}
