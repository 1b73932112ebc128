package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type methodPage struct {
	desk
	Qualities []qualityFacets
	Groups    []elementGroup
	Manual    []manualHeading
}

// manualHeading is a heading of the technical manual and what stands under it: described,
// computed from an organization's own sittings, or none.
type manualHeading struct{ Name, State string }

var manualHeadings = []manualHeading{
	{"purpose", "described"}, {"content", "described"}, {"administration", "described"}, {"scoring", "described"},
	{"reliability", "computed"}, {"dimensionality", "none"}, {"interviews", "none"}, {"criterion", "none"},
	{"fairness", "computed"}, {"speededness", "computed"}, {"consistency", "none"}, {"retest", "none"},
	{"equating", "none"}, {"qualifications", "described"}, {"security", "described"}, {"revisions", "described"},
}

type qualityFacets struct {
	Quality questions.Quality
	Facets  []questions.Facet
}

// elementGroup is a part of the article the test was derived from.
type elementGroup struct {
	Name     string
	Elements []element
}

// element is one thing the article says of the job, and the facets that carry it;
// none where it goes into the job preview alone.
type element struct {
	ID     string
	Facets []questions.Facet
}

var elementGroups = []elementGroup{
	{"requirements", []element{
		{"R1", []questions.Facet{"com.explain", "com.listen"}},
		{"R2", []questions.Facet{"end.calm", "end.persist"}},
		{"R3", []questions.Facet{"neg.plan", "neg.deadlock"}},
		{"R4", []questions.Facet{"law.debt", "law.conduct"}},
	}},
	{"mindsets", []element{
		{"M1", []questions.Facet{"com.explain", "com.listen", "end.persist", "law.debt"}},
		{"M2", []questions.Facet{"com.listen", "end.objective", "neg.adapt", "neg.plan"}},
		{"M3", []questions.Facet{"neg.adapt"}},
		{"M4", []questions.Facet{"com.tone", "law.conduct"}},
		{"M5", []questions.Facet{"law.procedure", "law.conduct", "com.record"}},
		{"M6", []questions.Facet{"neg.initiate", "end.persist", "neg.deadlock", "neg.plan"}},
		{"M7", []questions.Facet{"end.calm", "end.load", "neg.deadlock"}},
		{"M8", []questions.Facet{"law.privacy"}},
	}},
	{"duties", []element{
		{"D1", []questions.Facet{"com.listen", "end.persist", "neg.initiate"}},
		{"D2", []questions.Facet{"com.explain", "law.debt"}},
		{"D3", []questions.Facet{"neg.plan", "neg.deadlock"}},
		{"D4", []questions.Facet{"com.record", "neg.deadlock", "law.procedure"}},
		{"D5", []questions.Facet{"com.record", "law.procedure"}},
	}},
	{"challenges", []element{
		{"C1", []questions.Facet{"com.listen", "end.calm"}},
		{"C2", []questions.Facet{"end.persist", "end.load"}},
		{"C3", []questions.Facet{"law.debt", "law.conduct"}},
	}},
	{"preview", []element{{ID: "P0"}, {ID: "P1"}, {ID: "P2"}, {ID: "P3"}, {ID: "P4"}, {ID: "A1"}, {ID: "A2"}, {ID: "A3"}}},
}

// method tells anyone what the test measures, how it is scored and what is not
// known of it.
func (h recruiter) method(c *gin.Context) error {
	p := methodPage{Groups: elementGroups, Manual: manualHeadings}
	if m, err := h.center.Member(c.Request.Context(), h.cookie(c, sessionCookie)); err == nil {
		p.Member = m
		speak(c, m.Language)
	} else if faultOf(err).Word != assess.ErrUnauthenticated {
		return err
	}
	for _, q := range questions.Qualities {
		p.Qualities = append(p.Qualities, qualityFacets{q, questions.Facets[q]})
	}
	return h.render(c, http.StatusOK, "recruiter/method", p)
}
