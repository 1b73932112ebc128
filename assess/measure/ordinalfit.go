package measure

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

const (
	ordinalSteps   = 100
	settledStep    = 1e-8 // logits; Newton's next error is about the square
	separatedAt    = 50   // logits; past any estimate, a parameter on its way to infinity
	wanderingSteps = 1e-3 // a larger step that gains nothing is one towards infinity
)

// fit maximizes the log-likelihood with the first so many predictors by Newton's method.
// The likelihood of this model is concave (Pratt 1981), so halving a step that overshoots
// is enough; a maximum at infinity is separation.
func (o ordinal) fit(predictors int) (float64, Reason) {
	cuts := o.levels - 1
	at := make([]float64, cuts+predictors)
	reached := 0.0
	for j := range cuts {
		for _, c := range o.cells {
			reached += c.counts[j]
		}
		at[j] = math.Log(reached / (o.n - reached))
	}
	value := o.likelihood(at)
	for range ordinalSteps {
		gradient, information := o.derivatives(at)
		var chol mat.Cholesky
		var move mat.VecDense
		if !chol.Factorize(information) || chol.SolveVecTo(&move, mat.NewVecDense(len(at), gradient)) != nil {
			return 0, Separated
		}
		largest := mat.Norm(&move, math.Inf(1))
		if largest < settledStep {
			return value, ""
		}
		before := value
		next, better := make([]float64, len(at)), 0.0
		for size := 1.0; ; size /= 2 {
			for i := range next {
				next[i] = at[i] + size*move.AtVec(i)
			}
			better = o.likelihood(next)
			if better >= value {
				break
			}
			switch {
			case size > 1e-10:
			case largest < wanderingSteps:
				return value, "" // rounding allows no further ascent
			default:
				return 0, Separated
			}
		}
		at, value = next, better
		if value == before && largest < wanderingSteps {
			return value, "" // nor any visible in the likelihood
		}
		for _, v := range at {
			if math.Abs(v) > separatedAt {
				return 0, Separated
			}
		}
	}
	return 0, Separated // a concave likelihood that does not settle has no maximum
}

// eta returns the linear predictor of a cell.
func (c ordinalCell) eta(slopes []float64) float64 {
	sum := 0.0
	for i, b := range slopes {
		sum += b * c.x[i]
	}
	return sum
}

// likelihood is −∞ where the cut points are out of order.
func (o ordinal) likelihood(at []float64) float64 {
	cuts, slopes := at[:o.levels-1], at[o.levels-1:]
	l := 0.0
	for _, c := range o.cells {
		eta := c.eta(slopes)
		for level, n := range c.counts {
			if n == 0 {
				continue
			}
			p := levelChance(cuts, level, eta)
			if p <= 0 {
				return math.Inf(-1)
			}
			l += n * math.Log(p)
		}
	}
	return l
}

// levelChance is F(α_level − η) − F(α_level−1 − η), taken on the side of the
// distribution where the difference keeps its digits.
func levelChance(cuts []float64, level int, eta float64) float64 {
	low, high := math.Inf(-1), math.Inf(1)
	if level > 0 {
		low = cuts[level-1] - eta
	}
	if level < len(cuts) {
		high = cuts[level] - eta
	}
	if low > 0 {
		return logistic(-low) - logistic(-high)
	}
	return logistic(high) - logistic(low)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// derivatives returns the gradient and the observed information. With F the logistic
// function, f = F(1−F) and f' = f(1−2F), a person between the cuts u and l, both less η,
// has log p = log(F(u) − F(l)), whose derivatives by u and −l are f(u)/p and f(l)/p.
func (o ordinal) derivatives(at []float64) ([]float64, *mat.SymDense) {
	cuts, slopes := at[:o.levels-1], at[o.levels-1:]
	size := len(at)
	gradient, information := make([]float64, size), mat.NewSymDense(size, nil)
	upper, lower := make([]float64, size), make([]float64, size)
	for _, c := range o.cells {
		eta := c.eta(slopes)
		for level, n := range c.counts {
			if n == 0 {
				continue
			}
			p := levelChance(cuts, level, eta)
			fu, fu2 := edge(cuts, level, eta, slopes, c, upper)
			fl, fl2 := edge(cuts, level-1, eta, slopes, c, lower)
			for i := range size {
				gi := (fu*upper[i] - fl*lower[i]) / p
				gradient[i] += n * gi
				for j := i; j < size; j++ {
					gj := (fu*upper[j] - fl*lower[j]) / p
					second := (fu2*upper[i]*upper[j]-fl2*lower[i]*lower[j])/p - gi*gj
					information.SetSym(i, j, information.At(i, j)-n*second)
				}
			}
		}
	}
	return gradient, information
}

// edge returns the density and its derivative at a cut, and writes the derivatives of
// the cut less η by every parameter. Beyond the first and the last cut all are 0.
func edge(cuts []float64, cut int, eta float64, slopes []float64, c ordinalCell, by []float64) (f, f2 float64) {
	clear(by)
	if cut < 0 || cut >= len(cuts) {
		return 0, 0
	}
	by[cut] = 1
	for i := range slopes {
		by[len(cuts)+i] = -c.x[i]
	}
	u := cuts[cut] - eta
	f = logistic(u) * logistic(-u)
	return f, f * (logistic(-u) - logistic(u))
}
