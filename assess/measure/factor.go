package measure

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Factor is the one-factor model of a covariance matrix fitted by maximum likelihood.
type Factor struct {
	Loadings     []float64 // in the items' own units, their sum not negative
	Uniquenesses []float64 // the variance of each item the factor leaves
	Reason       Reason    // why there is no solution, if so
}

// Omega is McDonald's coefficient (McDonald 1999): (Σλ)² / ((Σλ)² + Σψ) from one factor
// fitted to the covariances. It needs three items.
func Omega(c Covariance) Figure {
	f := OneFactor(c)
	if f.Reason != "" {
		return unknown(f.Reason)
	}
	common, unique := 0.0, 0.0
	for i, l := range f.Loadings {
		common += l
		unique += f.Uniquenesses[i]
	}
	common *= common
	return known(common / (common + unique))
}

// heywood is the share of an item's variance under which its uniqueness counts as gone;
// R's factanal stops at the same bound and reports what it has there.
const heywood = .005

// OneFactor fits the correlations and returns the solution in the items' units, which
// comes to the same since the likelihood does not mind scale (Lawley & Maxwell 1971).
//
// With ψ the uniquenesses, θ₁ > θ₂ ≥ … the eigenvalues and ω the eigenvectors of
// Ψ^−½·R·Ψ^−½, the loadings that maximize the likelihood for given ψ are
// √ψ_i·ω_i1·√(θ₁−1); what is left to minimize over log ψ is Σ_{m>1} (θ_m − log θ_m − 1)
// (Jöreskog 1967), done here by Newton's method with the exact second derivatives.
func OneFactor(c Covariance) Factor {
	if why := c.usable(3); why != "" {
		return Factor{Reason: why}
	}
	k := c.Items()
	r := mat.NewSymDense(k, nil)
	for i := range k {
		if c.At(i, i) <= 0 {
			return Factor{Reason: NoVariance}
		}
		for j := i; j < k; j++ {
			r.SetSym(i, j, c.At(i, j)/math.Sqrt(c.At(i, i))/math.Sqrt(c.At(j, j)))
		}
	}
	start, why := startUniqueness(r)
	if why != "" {
		return Factor{Reason: why}
	}
	fit, why := descend(r, start)
	if why != "" {
		return Factor{Reason: why}
	}
	f := Factor{Loadings: make([]float64, k), Uniquenesses: make([]float64, k)}
	size, sum := math.Sqrt(max(0, fit.theta[0]-1)), 0.0
	for i := range k {
		psi := math.Exp(fit.logPsi[i])
		f.Uniquenesses[i] = psi * c.At(i, i)
		f.Loadings[i] = math.Sqrt(f.Uniquenesses[i]) * fit.omega.At(i, 0) * size
		sum += f.Loadings[i]
	}
	if sum < 0 {
		for i := range f.Loadings {
			f.Loadings[i] = -f.Loadings[i]
		}
	}
	return f
}

// startUniqueness is Jöreskog's start: (1 − 1/2k) over the diagonal of the inverse.
func startUniqueness(r *mat.SymDense) ([]float64, Reason) {
	k := r.SymmetricDim()
	var eigen mat.EigenSym
	if !eigen.Factorize(r, true) {
		return nil, NoConvergence
	}
	values := eigen.Values(nil)
	if values[0] < 1e-10 {
		return nil, Singular
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	start := make([]float64, k)
	for i := range k {
		inverse := 0.0
		for m, v := range values {
			inverse += vectors.At(i, m) * vectors.At(i, m) / v
		}
		start[i] = math.Log((1 - .5/float64(k)) / inverse)
	}
	return start, ""
}
