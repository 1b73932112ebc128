package web

import (
	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/web/chart"
)

// norm names the norm the result names; empty without one.
func (w writer) norm() string {
	if w.report.Norm == nil {
		return ""
	}
	return w.normName(w.report.Norm)
}

func (w writer) normID() string {
	if w.report.Norm == nil {
		return ""
	}
	return w.report.Norm.Document.ID
}

// standing words where a score lies in its norm; empty where that is not known.
func (w writer) standing(q questions.Quality) (band, sten, percentile string) {
	s, ok := w.report.Standings.Of(q)
	if !ok {
		return "", "", ""
	}
	if s.Banded {
		band = w.say("standing.band", "low", s.Low, "high", s.High)
	}
	if s.Sten.Known() {
		sten = signed(s.Sten.Value, 0)
	}
	if s.Percentile.Known() {
		percentile = signed(max(1, min(99, s.Percentile.Value)), 0)
	}
	return band, sten, percentile
}

// rawBand is the band on the axis of the raw score; nil where there is none.
func (w writer) rawBand(q questions.Quality) *chart.Band {
	s, ok := w.report.Standings.Of(q)
	if !ok || !s.Banded {
		return nil
	}
	low, high := s.RawBand()
	return &chart.Band{Low: low, High: high}
}

// coefficients say by which coefficient each band is drawn, and where a negative one
// was taken as 0.
func (w writer) coefficients() []string {
	var list []string
	for _, s := range w.report.Standings {
		name := w.quality(s.Quality)
		switch {
		case !s.Banded:
			list = append(list, w.say("standing.unbanded", "quality", name, "reason", w.say("reason."+string(s.Reason))))
		case s.AsZero:
			list = append(list, w.say("standing.as_zero", "quality", name, "coefficient", w.say("coefficient."+string(s.Coefficient)), "value", signed(s.Reliability, 2)))
		default:
			list = append(list, w.say("standing.coefficient", "quality", name, "coefficient", w.say("coefficient."+string(s.Coefficient)), "value", signed(s.Reliability, 2),
				"sem", signed(s.Score.SEM, 1)))
		}
	}
	return list
}

// signals word how the answers were given, for a person to read.
func (w writer) signals() []string {
	var list []string
	for _, s := range w.report.Signals {
		list = append(list, w.say("signal."+string(s.Word), "n", s.N, "of", s.Of))
	}
	return list
}
