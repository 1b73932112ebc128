package questions

import "math"

// The section statistics. They look at all ratings of a section at once and in floating
// point, so they are no marks and no item can name them as its rule.
const (
	ProfileStatistic = "profile/1"
	ZScoreStatistic  = "zscore/1"
)

// Section is every rating a person gave in a section, each beside the key's.
type Section struct {
	Ratings, Key []int
}

// Section gathers the ratings of the rate items whose every option was rated.
func (f Form) Section(responses []Response) Section {
	var s Section
	for position, i := range f.Items {
		if i.Kind != Rate || !i.Complete(responses[position]) {
			continue
		}
		for _, o := range i.Options {
			s.Ratings = append(s.Ratings, responses[position].Ratings[o.ID])
			s.Key = append(s.Key, o.Effectiveness)
		}
	}
	return s
}

// RatingProfile compares a person's ratings with the key's in three respects that a
// distance mixes up (Cronbach & Gleser 1953; Legree, Kilcullen, Psotka, Putka & Ginter
// 2010). With n ratings r and keys e,
// Σ(r−e)²= n·ΔElevation² + (n−1)·(ΔScatter² + 2·sd(r)·sd(e)·(1 − Shape)).
type RatingProfile struct {
	Elevation      float64 // the mean rating
	Scatter        float64 // the standard deviation of the ratings, divisor n−1
	Shape          float64 // the correlation of ratings and key
	DeltaElevation float64 // Elevation less the key's
	DeltaScatter   float64 // Scatter less the key's
}

// Profile returns how the person rated; ok is false, and the person not scorable, when
// the ratings or the keys never vary.
func (s Section) Profile() (p RatingProfile, ok bool) {
	r, sameRatings := describe(s.Ratings)
	e, sameKeys := describe(s.Key)
	if len(s.Ratings) != len(s.Key) || sameRatings || sameKeys {
		return RatingProfile{}, false
	}
	covariance := 0.0
	for n := range s.Key {
		covariance += (float64(s.Ratings[n]) - r.mean) * (float64(s.Key[n]) - e.mean)
	}
	covariance /= float64(len(s.Key) - 1)
	return RatingProfile{
		Elevation: r.mean, Scatter: r.sd, Shape: max(-1, min(1, covariance/(r.sd*e.sd))),
		DeltaElevation: r.mean - e.mean, DeltaScatter: r.sd - e.sd,
	}, true
}

// ZScore standardizes the person's ratings and the key, each over the whole section, and
// returns (1 + r)/2 with r their correlation, which takes elevation and scatter out of
// the score (McDaniel, Psotka, Legree, Yost & Weekley 2011). ok is false, and the
// person not scorable, when the ratings or the keys never vary: such a person is flagged,
// never scored as average.
func (s Section) ZScore() (z float64, ok bool) {
	p, ok := s.Profile()
	return (1 + p.Shape) / 2, ok
}

type description struct{ mean, sd float64 }

// describe returns mean and standard deviation, and whether the numbers never vary.
func describe(numbers []int) (d description, same bool) {
	if len(numbers) < 2 {
		return d, true
	}
	same = true
	for _, x := range numbers {
		same = same && x == numbers[0]
	}
	n := float64(len(numbers))
	d.mean = float64(sum(numbers)) / n
	for _, x := range numbers {
		d.sd += (float64(x) - d.mean) * (float64(x) - d.mean)
	}
	d.sd = math.Sqrt(d.sd / (n - 1))
	return d, same
}
