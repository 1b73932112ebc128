package questions

import "math/rand/v2"

// dice draws numbers that are the same for a seed on any machine and in any year:
// PCG's stream is fixed by its authors, and what is done with it is written here,
// since math/rand/v2 does not promise the order in which Shuffle draws.
type dice struct {
	pcg *rand.PCG
}

func newDice(seed, stream uint64) dice {
	return dice{rand.NewPCG(seed, stream)}
}

// below draws from 0..n−1, each as likely as another.
func (d dice) below(n int) int {
	// Numbers past the last whole multiple of n would favour the small remainders.
	limit := ^uint64(0) - ^uint64(0)%uint64(n)
	for {
		if x := d.pcg.Uint64(); x < limit {
			return int(x % uint64(n))
		}
	}
}

// shuffled returns 0..n−1 in random order (Fisher and Yates).
func (d dice) shuffled(n int) []int {
	order := make([]int, n)
	for k := range order {
		j := d.below(k + 1)
		order[k] = order[j]
		order[j] = k
	}
	return order
}

// Order is the order in which a sitting with that seed sees the options of the item
// at a position, as indices into Options.
func (f Form) Order(position int, seed int64) []int {
	return newDice(uint64(seed), uint64(position)).shuffled(len(f.Items[position].Options))
}

// weighted returns 0..n−1 in an order drawn one after the other, each as likely as
// its weight among those left; those without weight come last.
func (d dice) weighted(weights []int) []int {
	total := 0
	for _, w := range weights {
		total += w
	}
	order := make([]int, 0, len(weights))
	taken := make([]bool, len(weights))
	for total > 0 {
		at := d.below(total)
		for n, w := range weights {
			if taken[n] {
				continue
			}
			if at -= w; at < 0 {
				order, taken[n] = append(order, n), true
				total -= w
				break
			}
		}
	}
	for n := range weights {
		if !taken[n] {
			order = append(order, n)
		}
	}
	return order
}
