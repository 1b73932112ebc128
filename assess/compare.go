package assess

import (
	"context"
	"slices"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// How many people one comparison takes.
const (
	fewestCompared = 2
	MostCompared   = 5
)

// Compared is one of the people of a comparison.
type Compared struct {
	Invitation Invitation
	Result     Result
	Norm       *Norm
	Standings  Standings
}

// Separation says what may be said of two people's scores on a quality. It is never who
// is better for a job.
type Separation string

// The verdicts.
const (
	Distinguishable    Separation = "distinguishable"
	NotDistinguishable Separation = "not_distinguishable"
	NotComparable      Separation = "not_comparable" // another form, language or key
	NoBand             Separation = "no_band"        // no norm, no reliability, or no score
)

// Pair is two of the people, by their places in the comparison, and a verdict for each
// of the four qualities in their order.
type Pair struct {
	A, B     int
	Verdicts []Separation
}

// Comparison is a few people side by side.
type Comparison struct {
	People []Compared
	Pairs  []Pair
	Form   *questions.Form // The first one's, for the names of the qualities.
}

// Compare puts two to five people side by side and says of each two on which
// qualities their scores differ by more than measurement error: |x − y| >
// 1.96·√(SEM² + SEM²). Scores are compared only on the same form, in the same
// language, under the same key and by norms. One who has no result yet is ErrNoResult.
func (c *Center) Compare(ctx context.Context, by Actor, invitations []uuid.UUID) (Comparison, error) {
	if err := by.may(SeeResults); err != nil {
		return Comparison{}, err
	}
	slices.SortFunc(invitations, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	invitations = slices.Compact(invitations)
	if len(invitations) < fewestCompared || len(invitations) > MostCompared {
		return Comparison{}, FieldErrors{{Field: "people", Word: WordTwoToFive}}
	}
	var all Comparison
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		for _, id := range invitations {
			p := Compared{}
			var err error
			if p.Invitation, err = invitationOf(ctx, tx, by.Organization, id); err != nil {
				return err
			}
			if p.Result, err = latestResult(ctx, tx, by.Organization, id); err != nil {
				if err == ErrNotFound {
					err = ErrNoResult
				}
				return err
			}
			if p.Norm, p.Standings, err = normOf(ctx, tx, by.Organization, p.Result.Document); err != nil {
				return err
			}
			all.People = append(all.People, p)
			if err := c.audit(ctx, tx, by, "result.compared", p.Result.ID, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Comparison{}, err
	}
	if all.Form, err = c.formOf(ctx, by.Organization, all.People[0].Invitation.AssessmentID); err != nil {
		return Comparison{}, err
	}
	for a := range all.People {
		for b := a + 1; b < len(all.People); b++ {
			pair := Pair{A: a, B: b}
			for _, q := range questions.Qualities {
				pair.Verdicts = append(pair.Verdicts, all.People[a].against(all.People[b], q))
			}
			all.Pairs = append(all.Pairs, pair)
		}
	}
	return all, nil
}

func (p Compared) against(o Compared, q questions.Quality) Separation {
	a, b := p.Result.Document, o.Result.Document
	if a.Form != b.Form || a.Sitting.Language != b.Sitting.Language || a.Versions.Key != b.Versions.Key || !slices.Equal(a.Versions.Rules, b.Versions.Rules) {
		return NotComparable
	}
	x, ok := p.Standings.Of(q)
	y, too := o.Standings.Of(q)
	switch {
	case !ok || !too || !x.Banded || !y.Banded:
		return NoBand
	case x.Score.Distinguishable(y.Score):
		return Distinguishable
	}
	return NotDistinguishable
}
