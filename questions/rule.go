package questions

// rule turns the code of a response into a mark. It decides itself what it can mark: the
// default rules call ties and blanks missing, others score them. The denominator
// must depend on the item alone.
type rule struct {
	name string
	kind Kind
	mark func(i Item, code []byte) (m Mark, ok bool)
}

// rules holds every scoring rule by its name. A name ends in the rule's version,
// and what a name means never changes: frozen results rest on it.
var rules = named(bestWorst1, concordance1, pairs1, sumK1)

func named(list ...rule) map[string]rule {
	byName := make(map[string]rule, len(list))
	for _, r := range list {
		byName[r.name] = r
	}
	return byName
}

// rule returns the rule the item names, or else its kind's default; ok is false
// for an unknown name and for a rule of another kind.
func (i Item) rule() (r rule, ok bool) {
	if i.Rule == "" {
		return formats[i.Kind].rule(), true
	}
	r, ok = rules[i.Rule]
	return r, ok && r.kind == i.Kind
}
