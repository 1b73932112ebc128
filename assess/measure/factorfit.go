package measure

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// fit is the one-factor model at given log uniquenesses, eigenvalues largest first.
type fit struct {
	logPsi []float64
	theta  []float64
	omega  *mat.Dense // a column per eigenvalue
	misfit float64
}

const (
	factorSteps     = 200
	factorTolerance = 1e-12 // on the gradient; the minimum is then exact to about its square
	factorRounding  = 1e-9  // a gradient so small that rounding may hide the descent still left
	rounding        = 1e-16 // eigenvalues are exact to about this times the largest
)

// descend minimizes the misfit from start. Where the second derivatives do not point
// downhill, or a step overshoots, it leans towards the gradient (Levenberg 1944).
func descend(r *mat.SymDense, start []float64) (fit, Reason) {
	at, ok := fitAt(r, start)
	if !ok {
		return at, NoConvergence
	}
	lean := 1e-6
	for range factorSteps {
		gradient, hessian := at.derivatives()
		steepest := 0.0
		for _, g := range gradient {
			steepest = max(steepest, math.Abs(g))
		}
		if steepest < factorTolerance+10*rounding*at.theta[0] {
			return at.settled()
		}
		next, ok := at.step(r, gradient, hessian, lean)
		switch {
		case steepest < factorRounding && (!ok || next.misfit >= at.misfit):
			return at.settled()
		case !ok && lean > 1e6:
			return at, NoConvergence
		case !ok:
			lean *= 10
			continue
		}
		at, lean = next, max(1e-14, lean/10)
		if slices.Min(at.logPsi) < math.Log(heywood)-5 {
			return at, HeywoodCase // running off towards no uniqueness at all
		}
	}
	if slices.Min(at.logPsi) < math.Log(heywood) {
		return at, HeywoodCase
	}
	return at, NoConvergence
}

func (f fit) settled() (fit, Reason) {
	if slices.Min(f.logPsi) < math.Log(heywood) {
		return f, HeywoodCase
	}
	return f, ""
}

// step returns the fit one damped Newton step on, and whether it is no worse.
func (f fit) step(r *mat.SymDense, gradient []float64, hessian *mat.SymDense, lean float64) (fit, bool) {
	k := len(gradient)
	damped := mat.NewSymDense(k, nil)
	damped.CopySym(hessian)
	for i := range k {
		damped.SetSym(i, i, hessian.At(i, i)+lean)
	}
	var chol mat.Cholesky
	if !chol.Factorize(damped) {
		return fit{}, false
	}
	var move mat.VecDense
	if err := chol.SolveVecTo(&move, mat.NewVecDense(k, gradient)); err != nil && !math.IsInf(chol.Cond(), 0) {
		return fit{}, false
	}
	to := make([]float64, k)
	for i := range to {
		to[i] = f.logPsi[i] - max(-2, min(2, move.AtVec(i)))
	}
	next, ok := fitAt(r, to)
	last := f.theta[k-1]
	return next, ok && next.misfit <= f.misfit+10*rounding*(1+f.theta[0]/last)
}

// fitAt solves the eigenproblem at the given log uniquenesses.
func fitAt(r *mat.SymDense, logPsi []float64) (fit, bool) {
	k := len(logPsi)
	scaled := mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			scaled.SetSym(i, j, r.At(i, j)*math.Exp(-(logPsi[i]+logPsi[j])/2))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(scaled, true) {
		return fit{}, false
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	f := fit{logPsi: logPsi, theta: eigen.Values(nil), omega: mat.NewDense(k, k, nil)}
	slices.Reverse(f.theta)
	for m := range k {
		for i := range k {
			f.omega.Set(i, m, vectors.At(i, k-1-m))
		}
	}
	for _, t := range f.theta[1:] {
		if t <= 0 {
			return fit{}, false
		}
		f.misfit += t - 1 - math.Log(t)
	}
	return f, !math.IsNaN(f.misfit)
}

// derivatives of the misfit by x = log ψ. From ∂θ_m/∂x_i = −θ_m·ω_im² the gradient is
// Σ_{m>1} (1−θ_m)·ω_im²; differentiating the eigenvectors too, with B = Σ_{m>1} ω_im·ω_jm
// and D = Σ_{m>1} θ_m·ω_im·ω_jm, the second derivative is
// B·D + ω_i1·ω_j1·Σ_{m>1} (θ_m−1)(θ_m+θ₁)/(θ_m−θ₁)·ω_im·ω_jm.
func (f fit) derivatives() ([]float64, *mat.SymDense) {
	k := len(f.theta)
	gradient, hessian := make([]float64, k), mat.NewSymDense(k, nil)
	first := f.theta[0]
	for i := range k {
		for j := i; j < k; j++ {
			var b, d, cross float64
			for m := 1; m < k; m++ {
				both, t := f.omega.At(i, m)*f.omega.At(j, m), f.theta[m]
				b += both
				d += t * both
				if t < first {
					cross += (t - 1) * (t + first) / (t - first) * both
				}
			}
			if i == j {
				gradient[i] = b - d
			}
			hessian.SetSym(i, j, b*d+f.omega.At(i, 0)*f.omega.At(j, 0)*cross)
		}
	}
	return gradient, hessian
}
