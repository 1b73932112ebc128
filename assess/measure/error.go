package measure

import "math"

// normal95 is the .975 quantile of the standard normal distribution as measurement
// error is customarily reported.
const normal95 = 1.96

// SEM is the standard error of measurement: SD·√(1 − reliability). A negative
// reliability is taken as 0, the note says so, and the error is then the whole SD.
func SEM(sd, reliability Figure) (Figure, Note) {
	if why := firstReason(sd, reliability); why != "" {
		return unknown(why), ""
	}
	if reliability.Value < 0 {
		return sd, NegativeAsZero
	}
	return known(sd.Value * math.Sqrt(max(0, 1-reliability.Value))), ""
}

// ClosenessSEM is the SEM on the scale of closeness, 0..100, of a quality whose mean
// mark has the given standard deviation and chance level:
// 100·SD·√(1 − reliability) / (1 − chance).
func ClosenessSEM(sd, reliability Figure, chance float64) (Figure, Note) {
	sem, note := SEM(sd, reliability)
	if !sem.Known() {
		return sem, note
	}
	if chance >= 1 {
		return unknown(OutOfRange), note
	}
	return known(100 * sem.Value / (1 - chance)), note
}

// Score is a score with its standard error of measurement: neither travels alone.
type Score struct {
	Value float64 // signed and unrounded
	SEM   float64
}

// Band is the score ± 1.96 SEM, clipped to 0..100.
func (s Score) Band() (low, high float64) {
	half := normal95 * s.SEM
	return clip(s.Value - half), clip(s.Value + half)
}

func clip(v float64) float64 { return max(0, min(100, v)) }

// Distinguishable reports whether two persons differ by more than measurement error:
// |x−y| > 1.96·√(SEM_x² + SEM_y²). It means something only for scores on the same form,
// in the same language, under the same key.
func (s Score) Distinguishable(o Score) bool {
	return math.Abs(s.Value-o.Value) > normal95*math.Hypot(s.SEM, o.SEM)
}
