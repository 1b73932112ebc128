package web

import (
	"context"
	"slices"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// assessmentEntry is a published assessment as programs see it: enough to choose
// one, nothing of its form.
type assessmentEntry struct {
	ID        string           `json:"id" example:"asm_01jd9m3v8h7f2a0q4c6r5t8wxy"`
	Title     questions.Text   `json:"title"`
	Blueprint string           `json:"blueprint" description:"The blueprint the form was assembled by." example:"S"`
	Items     int              `json:"items" example:"24"`
	Minutes   int              `json:"minutes" description:"The time limit, before extra time." example:"30"`
	Languages []questions.Lang `json:"languages" description:"The languages a candidate may choose from."`
	KeyStatus questions.Status `json:"key_status" description:"How far the scoring key has been examined; repeat it wherever you show a score."`
}

type assessmentList struct {
	Assessments []assessmentEntry `json:"assessments"`
}

func (h api) assessments() operation[struct{}, assessmentList] {
	return operation[struct{}, assessmentList]{
		id:      "listAssessments",
		summary: "List what candidates can be invited to",
		detail:  "Every published assessment. A published assessment never changes.",
		right:   assess.SeeAssessments,
		handle: func(ctx context.Context, by assess.Actor, _ struct{}) (assessmentList, error) {
			all, err := h.center.Assessments(ctx, by)
			if err != nil {
				return assessmentList{}, err
			}
			all = slices.DeleteFunc(all, func(a assess.Assessment) bool { return a.State != assess.Published })
			list := assessmentList{make([]assessmentEntry, len(all))}
			for i, a := range all {
				list.Assessments[i] = assessmentEntry{
					ID: assess.FormatID(assess.AssessmentID, a.ID), Title: a.Title, Blueprint: a.Blueprint,
					Items: a.Items, Minutes: a.LimitSeconds / 60, Languages: languages, KeyStatus: a.KeyStatus,
				}
			}
			return list, nil
		},
	}
}
