package assesstest

import "github.com/fourfold/fourfold/assess"

// EmptyOutbox hands out whatever has happened, to those who want to be told.
func (h *House) EmptyOutbox() {
	h.t.Helper()
	for {
		n, err := h.HandOut(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// Post is a post office moved by hand: it hands out, takes what is due, lets carry
// say what became of each message, and leaves the targets. It returns what was carried.
func (h *House) Post(carry func(assess.Parcel) assess.Outcome) []assess.Parcel {
	h.t.Helper()
	h.EmptyOutbox()
	loads, err := h.TakeTargets(h.t.Context(), 100)
	if err != nil {
		h.t.Fatal(err)
	}
	var carried []assess.Parcel
	for _, load := range loads {
		for _, p := range load.Parcels {
			carried = append(carried, p)
			if err := h.Tried(h.t.Context(), p, carry(p)); err != nil {
				h.t.Fatal(err)
			}
		}
		if err := h.LeaveTarget(h.t.Context(), load); err != nil {
			h.t.Fatal(err)
		}
	}
	return carried
}
