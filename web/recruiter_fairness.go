package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type fairnessPage struct {
	desk
	assessmentView
	Language   questions.Lang
	Languages  []chip
	Floor      int
	Rules      string
	Attributes []attributeView
}

// attributeView compares the groups one question makes.
type attributeView struct {
	Name   string
	Hidden []string
	Single bool // One group only is over the floor: there is nobody to compare with.
	None   bool
	Impact []impactView
	DIF    []difView
}

type impactView struct {
	Quality, Median string
	Rows            []impactRow
	Disagree        []string
}

type impactRow struct {
	Group, Rate, Ratio, Interval, Rule, Z, P, Fisher, Shortfall string
	N, Above                                                    int64
	Notes                                                       []string
}

type difView struct {
	Focal, Reference   string
	FocalN, ReferenceN int64
	Flagged            int
	Rows               []difRow
	Small              bool
}

type difRow struct {
	Number                                              int
	ID, Effect, P, Adjusted, Class, Odds, Added, Class2 string
	Marked, Disagree                                    bool
}

// fewForDIF is the size of a group under which the verdicts have little power.
const fewForDIF = 200

// fairness shows auditors how groups fare, as totals over a floor.
func (h recruiter) fairness(c *gin.Context) error {
	f, err := h.center.Fairness(c.Request.Context(), actor(c), pathID(c, assess.AssessmentID), questions.Lang(c.Query("language")))
	if err != nil {
		return err
	}
	say := h.sayer(c)
	p := fairnessPage{desk: deskAt(c, "assessments"), assessmentView: viewOf(f.Assessment), Language: f.Language, Floor: assess.GroupFloor, Rules: assess.FairnessRules}
	p.Languages = languageChips(say, "/assessments/"+p.ID+"/fairness", c.Request.URL.Query(), f.Language, f.Results)
	for _, a := range f.Attributes {
		v := attributeView{Name: say.say("demographics." + a.Name), None: len(a.Groups) == 0, Single: len(a.Groups) == 1}
		for _, group := range a.Hidden {
			v.Hidden = append(v.Hidden, say.group(a.Name, group))
		}
		for _, q := range a.Impact {
			v.Impact = append(v.Impact, say.impact(a.Name, f.Form, q))
		}
		for _, d := range a.DIF {
			v.DIF = append(v.DIF, say.dif(a.Name, f.Form, d))
		}
		p.Attributes = append(p.Attributes, v)
	}
	return h.render(c, http.StatusOK, "recruiter/fairness", p)
}

func (s sayer) group(attribute, group string) string {
	return s.say("demographics." + attribute + "." + group)
}

func (s sayer) impact(attribute string, form *questions.Form, q assess.QualityImpact) impactView {
	v := impactView{Quality: qualityName(s, form, q.Quality), Median: decimals(q.Median, 0)}
	for _, g := range q.Groups {
		name := s.group(attribute, g.Name)
		row := impactRow{Group: name, N: g.Total, Above: g.Selected, Rate: share(g.Rate, 0), Ratio: s.either(g.Ratio, 2),
			Z: decimals(g.Z, 2), P: decimals(g.ZP, 3), Fisher: decimals(g.FisherP, 3), Shortfall: decimals(g.Shortfall, 1), Interval: "–"}
		if g.Low.Known() && g.High.Known() {
			row.Interval = s.say("quality.interval", "low", decimals(g.Low, 2), "high", decimals(g.High, 2))
		}
		switch {
		case g.Reference:
			row.Ratio, row.Rule = "1.00", s.say("fairness.reference")
		case g.Adverse:
			row.Rule = s.say("fairness.under")
		case g.Ratio.Known():
			row.Rule = s.say("fairness.over")
		}
		if g.Note != "" {
			row.Notes = append(row.Notes, s.say("fairness.note."+string(g.Note)))
		}
		if g.Flip {
			row.Notes = append(row.Notes, s.say("fairness.flip"))
		}
		if g.Contradicted {
			word := "fairness.disagree.over"
			if g.Adverse {
				word = "fairness.disagree.under"
			}
			v.Disagree = append(v.Disagree, s.say(word, "group", name, "p", row.Fisher))
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

func (s sayer) dif(attribute string, form *questions.Form, d assess.FocalDIF) difView {
	v := difView{Focal: s.group(attribute, d.Focal), Reference: s.group(attribute, d.Reference), FocalN: d.FocalN, ReferenceN: d.ReferenceN,
		Small: min(d.FocalN, d.ReferenceN) < fewForDIF}
	for _, i := range d.Items {
		row := difRow{Number: i.Position + 1, ID: form.Items[i.Position].ID, Effect: s.either(i.Mantel.Effect, 2), P: decimals(i.Mantel.P, 3),
			Adjusted: decimals(i.Adjusted, 3), Class: string(i.Mantel.Class), Class2: string(i.Logistic.Class), Odds: "–", Added: "–", Disagree: i.Contradicted}
		if i.MH.OddsRatio.Known() && i.MH.OddsLow.Known() {
			row.Odds = decimals(i.MH.OddsRatio, 2) + " (" + s.say("quality.interval", "low", decimals(i.MH.OddsLow, 2), "high", decimals(i.MH.OddsHigh, 2)) + ")"
		}
		if i.Logistic.UniformR2.Known() && i.Logistic.NonuniformR2.Known() {
			row.Added = signed(i.Logistic.UniformR2.Value+i.Logistic.NonuniformR2.Value, 3)
		}
		if i.Adjusted.Known() && i.Adjusted.Value < .05 && (row.Class == "B" || row.Class == "C") {
			row.Marked = true
			v.Flagged++
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}
