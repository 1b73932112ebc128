package questions

import (
	"fmt"
	"strings"
)

// Requirement is one thing asked of a form, or of parallel forms together.
type Requirement struct {
	Quota string `json:"quota"`           // One of the Quota words.
	Of    string `json:"of,omitempty"`    // What is counted, such as "legal/rank", "law.debt", "D3" or "en".
	Unit  string `json:"unit"`            // One of the Unit words.
	Least *int   `json:"least,omitempty"` // Absent where nothing is asked from below.
	Most  *int   `json:"most,omitempty"`  // Absent where nothing is asked from above.
}

// The quotas a Requirement names.
const (
	QuotaJurisdiction = "jurisdiction" // Items that rest on another country's rules.
	QuotaLaw          = "law"          // Items whose rule is not in force, or not reviewed, that day.
	QuotaExposure     = "exposure"     // Forms that hold one item, this one included.
	QuotaItems        = "items"
	QuotaQuality      = "quality"
	QuotaKind         = "kind" // Items of a kind in a quality, as "legal/rank".
	QuotaFacet        = "facet"
	QuotaDuty         = "duty"
	QuotaMindset      = "mindset"
	QuotaSensitive    = "sensitive"
	QuotaProblem      = "problem" // Items of one problem.
	QuotaSurname      = "surname" // Debtors of one name.
	QuotaGender       = "gender"  // Women among the debtors.
	QuotaEnemies      = "enemies" // Pairs that must not share a form.
	QuotaTime         = "time"
	QuotaLongest      = "longest"           // Items whose best option is longer than all others.
	QuotaLongestTied  = "longest_tied"      // Items with no option longer than the best.
	QuotaLengthKey    = "length_key"        // Correlation of length and effectiveness over all options.
	QuotaLengthWithin = "length_key_within" // The same about each item's own means.
	QuotaRun          = "run"               // Items of one quality in a row.
	QuotaRanksApart   = "ranks_apart"       // Rank items side by side.

	QuotaShared          = "shared"           // Items that two parallel forms share.
	QuotaChanceDiffers   = "chance_differs"   // Difference of the chance level of a quality.
	QuotaLoadDiffers     = "load_differs"     // Difference of what there is to read.
	QuotaTimeDiffers     = "time_differs"     // Difference of the planned time.
	QuotaFacilityDiffers = "facility_differs" // Difference of the mean facility.
)

// The units of requirements.
const (
	UnitItems    = "items"
	UnitForms    = "forms"
	UnitSeconds  = "seconds"
	UnitPercent  = "percent"
	UnitPerMille = "per_mille"
)

func exactly(n int) (least, most *int) { return &n, &n }

func atLeast(n int) (least, most *int) { return &n, nil }

func atMost(n int) (least, most *int) { return nil, &n }

func within(r Range) (least, most *int) { return &r.Min, &r.Max }

// requirement makes a requirement; its bounds come from exactly, atLeast, atMost or within.
func requirement(quota, of, unit string, least, most *int) Requirement {
	return Requirement{quota, of, unit, least, most}
}

// Asked puts the bounds into words, such as "exactly 1", "at least 2" or "40 to 60 %".
func (r Requirement) Asked() string {
	switch {
	case r.Least == nil && r.Most == nil:
		return "no bound"
	case r.Most == nil:
		return "at least " + r.amount(*r.Least)
	case r.Least == nil && *r.Most == 0:
		return "none"
	case r.Least == nil:
		return "at most " + r.amount(*r.Most)
	case *r.Least == *r.Most:
		return "exactly " + r.amount(*r.Least)
	}
	return fmt.Sprintf("%s to %s", strings.TrimSuffix(r.amount(*r.Least), " %"), r.amount(*r.Most))
}

// amount writes a number of the requirement's unit.
func (r Requirement) amount(n int) string {
	switch r.Unit {
	case UnitPercent:
		return fmt.Sprintf("%d %%", n)
	case UnitPerMille:
		sign := ""
		if n < 0 {
			sign, n = "−", -n
		}
		return fmt.Sprintf("%s%d.%03d", sign, n/1000, n%1000)
	case UnitSeconds:
		return fmt.Sprintf("%d s", n)
	}
	return fmt.Sprint(n)
}

// Line is a requirement and what a form, or a search for one, came to.
type Line struct {
	Requirement
	Reached *int `json:"reached"` // Null where no number says it.
	Met     bool `json:"met"`
}

// String is such as "kind legal/rank: exactly 1, reached 0".
func (l Line) String() string {
	text := l.name() + ": " + l.Asked()
	if l.Reached != nil {
		text += ", reached " + l.amount(*l.Reached)
	}
	return text
}
