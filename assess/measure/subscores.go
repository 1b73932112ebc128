package measure

// Subscore says whether one quality of several tells more than the whole (Haberman 2008).
type Subscore struct {
	Name     string
	Own      Figure // proportional reduction in mean squared error from the subscore itself: its reliability
	Total    Figure // the same from the total score
	Distinct bool   // the subscore predicts its own true score better than the total does
}

// Subscores compares every stratum's score with the total as predictors of the stratum's
// true score s_t. From itself the reduction is alpha; from the total x it is
// cov(s_t, x)² / (α_s·var_s · var_x), where cov(s_t, x) is the covariance of the stratum
// with the others plus α_s·var_s. strata names each item's stratum; where it does not
// name one per item there is no comparison.
func Subscores(c Covariance, strata []string) []Subscore {
	if len(strata) != c.Items() {
		return nil
	}
	all := make([]int, c.Items())
	for i := range all {
		all[i] = i
	}
	_, varTotal := c.Total()
	var out []Subscore
	for _, s := range placesOf(strata) {
		sub := Subscore{Name: s.name, Own: Alpha(c.Select(s.items))}
		within := c.between(s.items, s.items)
		varTrue := sub.Own.Value * within
		switch {
		case !sub.Own.Known():
			sub.Total = sub.Own
		case varTrue <= 0:
			sub.Total = unknown(NoReliability)
		case varTotal <= 0:
			sub.Total = unknown(NoVariance)
		default:
			shared := c.between(s.items, all) - within + varTrue
			sub.Total = known(shared * shared / (varTrue * varTotal))
			sub.Distinct = sub.Total.Known() && sub.Own.Value > sub.Total.Value
		}
		out = append(out, sub)
	}
	return out
}
