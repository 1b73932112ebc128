package measure

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Alpha is Cronbach's coefficient (Cronbach 1951): k/(k−1) · (1 − Σ item variances /
// total variance). It may be negative. It does not exist for fewer than two items or a
// total that never varies.
func Alpha(c Covariance) Figure {
	if why := c.usable(2); why != "" {
		return unknown(why)
	}
	_, total := c.Total()
	return alphaOf(c.Items(), c.trace(), total)
}

func alphaOf(items int, variances, total float64) Figure {
	switch k := float64(items); {
	case items < 2:
		return unknown(TooFewItems)
	case total <= 0:
		return unknown(NoVariance)
	default:
		return known(k / (k - 1) * (1 - variances/total))
	}
}

// AlphaInterval is the 95 % interval of alpha (Feldt 1965): each limit is
// 1 − (1−α)·F with N−1 and (N−1)(k−1) degrees of freedom, F at .975 below, .025 above.
func AlphaInterval(c Covariance) (low, high Figure) {
	alpha := Alpha(c)
	if !alpha.Known() {
		return alpha, alpha
	}
	df := float64(c.N - 1)
	f := distuv.F{D1: df, D2: df * float64(c.Items()-1)}
	return known(1 - (1-alpha.Value)*f.Quantile(.975)), known(1 - (1-alpha.Value)*f.Quantile(.025))
}

// StratifiedAlpha is alpha for items that fall into named strata (Cronbach, Schönemann &
// McKie 1965): 1 − Σ (1 − α_s)·var_s / total variance. strata names each item's stratum.
// It does not exist when a stratum that varies has a single item.
func StratifiedAlpha(c Covariance, strata []string) Figure {
	if len(strata) != c.Items() {
		return unknown(Mismatched)
	}
	if why := c.usable(2); why != "" {
		return unknown(why)
	}
	_, total := c.Total()
	lost := 0.0
	for _, places := range placesOf(strata) {
		part := c.Select(places.items)
		alpha := Alpha(part)
		if alpha.Reason == NoVariance {
			continue
		}
		if !alpha.Known() {
			return alpha
		}
		_, v := part.Total()
		lost += (1 - alpha.Value) * v
	}
	return known(1 - lost/total)
}

// stratum is a name and the places of the items that bear it.
type stratum struct {
	name  string
	items []int
}

// placesOf groups items by name in order of first appearance.
func placesOf(names []string) []stratum {
	var strata []stratum
	at := map[string]int{}
	for i, name := range names {
		s, seen := at[name]
		if !seen {
			s = len(strata)
			at[name] = s
			strata = append(strata, stratum{name: name})
		}
		strata[s].items = append(strata[s].items, i)
	}
	return strata
}

// SplitHalf is the odd–even coefficient stepped up to full length (Spearman 1910, Brown
// 1910): 2r/(1+r), r between the sums of the odd and of the even items.
func SplitHalf(c Covariance) Figure {
	if why := c.usable(2); why != "" {
		return unknown(why)
	}
	var odd, even []int
	for i := range c.Items() {
		if i%2 == 0 {
			odd = append(odd, i)
		} else {
			even = append(even, i)
		}
	}
	r := correlation(c.between(odd, even), c.between(odd, odd), c.between(even, even))
	if !r.Known() {
		return r
	}
	return SpearmanBrown(r.Value, 2)
}

// SpearmanBrown is the reliability of a test made times as long with like items:
// times·r / (1 + (times−1)·r).
func SpearmanBrown(r, times float64) Figure {
	below := 1 + (times-1)*r
	if below <= 0 {
		return unknown(NoReliability)
	}
	return known(times * r / below)
}

// Lengthening is how many times as long a test must be to go from one reliability to
// another: to·(1−from) / (from·(1−to)).
func Lengthening(from, to float64) Figure {
	if from <= 0 || to >= 1 {
		return unknown(NoReliability)
	}
	return known(to * (1 - from) / (from * (1 - to)))
}

// Retest is the reliability over time: the correlation of the scores of persons who sat
// twice, first[i] and second[i] being the same person's.
func Retest(first, second []float64) Figure {
	if len(first) != len(second) {
		return unknown(Mismatched)
	}
	both := NewRunning(2)
	for i := range first {
		if why := both.Add([]float64{first[i], second[i]}); why != "" {
			return unknown(why)
		}
	}
	c := both.Covariance()
	if c.N < 3 {
		return unknown(TooFewPersons)
	}
	return correlation(c.At(0, 1), c.At(0, 0), c.At(1, 1))
}

// correlation is covariance over the product of the standard deviations, kept within ±1
// against rounding.
func correlation(cov, varX, varY float64) Figure {
	if varX <= 0 || varY <= 0 {
		return unknown(NoVariance)
	}
	r := known(cov / math.Sqrt(varX) / math.Sqrt(varY))
	r.Value = max(-1, min(1, r.Value))
	return r
}
