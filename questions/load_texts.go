package questions

import "slices"

// confidences say how directly a rule's own text was read.
var confidences = []string{"H", "M-H", "M", "L"}

// lawOf lists whose rules facts may state: also of some for which there are no items.
var lawOf = append(slices.Clone(Jurisdictions), "EU")

// facts reads a file's list of rules of law.
func (r *reader) facts(file string, into map[string]Fact) {
	top, ok := r.open(file)
	if !ok {
		return
	}
	for _, entry := range top.list() {
		f := entry.named("id").fact()
		into[f.ID] = f
	}
}

func (o object) fact() Fact {
	defer o.close()
	f := Fact{
		ID:           o.text("id"),
		Jurisdiction: o.word("jurisdiction", lawOf...),
		Text:         o.bilingual("text"),
		Citation:     o.bilingual("citation"),
		Sources:      o.texts("sources"),
		CheckedOn:    o.date("checked_on"),
		ReviewBy:     o.date("review_by"),
		Confidence:   o.word("confidence", confidences...),
	}
	if o.has("effective_from") {
		f.EffectiveFrom = o.date("effective_from")
	}
	if o.has("effective_to") {
		f.EffectiveTo = o.date("effective_to")
	}
	if o.has("review_by") && f.ReviewBy < f.CheckedOn {
		o.at("review_by").fault("out_of_range", "is before checked_on")
	}
	return f
}

// interview reads what reports say and ask.
func (r *reader) interview(file string, b *Bank) {
	top, ok := r.open(file)
	if !ok {
		return
	}
	o := top.object()
	defer o.close()
	b.Notice = o.bilingual("notice")
	for _, entry := range o.list("follow_ups") {
		inner := entry.object()
		b.FollowUps = append(b.FollowUps, inner.both(""))
		inner.close()
	}
	for _, entry := range o.list("qualities") {
		g := entry.named("quality").qualityGuide()
		b.Qualities[g.Quality] = g
	}
	for _, entry := range o.list("facets") {
		g := entry.named("facet").guide()
		b.Guides[g.Facet] = g
	}
	for _, q := range Qualities {
		if _, ok := b.Qualities[q]; !ok && o.has("qualities") {
			o.at("qualities").fault("missing", "do not say anything of %s", q)
		}
	}
	for _, facet := range allFacets() {
		if _, ok := b.Guides[facet]; !ok && o.has("facets") {
			o.at("facets").fault("missing", "do not say anything of %s", facet)
		}
	}
}

func (o object) qualityGuide() QualityGuide {
	defer o.close()
	return QualityGuide{
		Quality:    Quality(o.word("quality", names(Qualities)...)),
		Name:       o.bilingual("name"),
		Closer:     o.bilingual("closer"),
		Mixed:      o.bilingual("mixed"),
		Further:    o.bilingual("further"),
		Onboarding: o.bilingual("onboarding"),
	}
}

func (o object) guide() Guide {
	defer o.close()
	return Guide{
		Facet:    Facet(o.word("facet", names(allFacets())...)),
		Name:     o.bilingual("name"),
		Probe:    o.bilingual("probe"),
		Probe2:   o.bilingual("probe2"),
		HearGood: o.bilingual("hear_good"),
		HearBad:  o.bilingual("hear_bad"),
		Strength: o.bilingual("strength"),
		Watch:    o.bilingual("watch"),
	}
}

// blueprints reads what forms must contain and what every form shows.
func (r *reader) blueprints(file string, b *Bank) {
	top, ok := r.open(file)
	if !ok {
		return
	}
	o := top.object()
	defer o.close()
	b.Premise = o.bilingual("premise")
	for n, entry := range o.list("scale") {
		label := entry.object()
		b.Scale = append(b.Scale, ScaleLabel{Value: label.number("value", 1, highestRating), Label: label.both("")})
		label.close()
		if label.has("value") && b.Scale[n].Value != highestRating-n {
			label.at("value").fault("order", "comes out of order: from %d down to 1", highestRating)
		}
	}
	if o.has("scale") && len(b.Scale) != highestRating {
		o.at("scale").fault("missing", "has %d labels, not %d", len(b.Scale), highestRating)
	}
	for _, entry := range o.list("blueprints") {
		bp := entry.named("name").blueprint()
		b.Blueprints[bp.Name] = bp
	}
}

// mostItems is a bound far above any real form.
const mostItems = 100

func (o object) blueprint() Blueprint {
	defer o.close()
	bp := Blueprint{
		Name:        o.text("name"),
		Title:       o.bilingual("title"),
		Kinds:       quota(o, "kinds", Kinds),
		Facets:      quota(o, "facets", allFacets()),
		Duty:        o.number("duty", 0, mostItems),
		Mindset:     o.number("mindset", 0, mostItems),
		Sensitive:   o.number("sensitive", 0, mostItems),
		SameProblem: o.number("same_problem", 1, mostItems),
		Run:         o.number("run", 1, mostItems),
		Limit:       o.number("limit_seconds", 60, 24*60*60),
	}
	if field, ok := o.get("gender_percent"); ok {
		inner := field.object()
		bp.Gender = Range{inner.number("min", 0, 50), inner.number("max", 50, 100)}
		inner.close()
	}
	bp.LengthKey = o.number("length_key_per_mille", 0, 1000)
	if field, ok := o.get("best_longest_percent"); ok {
		inner := field.object()
		bp.BestLongest = Range{inner.number("min", 0, 100), inner.number("max", 0, 100)}
		inner.close()
	}
	bp.Exposure = o.number("exposure_percent", 0, 100)
	if field, ok := o.get("parallel"); ok {
		inner := field.object()
		bp.Parallel = Balance{
			Chance:   inner.number("chance_per_mille", 0, 1000),
			Load:     inner.number("load_percent", 0, 100),
			Seconds:  inner.number("seconds_percent", 0, 100),
			Facility: inner.number("facility_per_mille", 0, 1000),
		}
		inner.close()
	}
	o.checkTotals(bp)
	return bp
}

// checkTotals notes a fault for each quality whose facets do not add up to its kinds.
func (o object) checkTotals(bp Blueprint) {
	kinds := 0
	for _, n := range bp.Kinds {
		kinds += n
	}
	for _, q := range Qualities {
		facets := 0
		for _, facet := range Facets[q] {
			facets += bp.Facets[facet]
		}
		if facets != kinds && o.has("kinds") && o.has("facets") {
			o.at("facets").fault("quota", "of %s add up to %d, the kinds to %d", q, facets, kinds)
		}
	}
}

// quota reads how many of each of the keys.
func quota[T ~string](o object, name string, keys []T) map[T]int {
	n := make(map[T]int, len(keys))
	field, ok := o.get(name)
	if !ok {
		return n
	}
	inner := field.object()
	defer inner.close()
	for _, key := range keys {
		n[key] = inner.number(string(key), 0, mostItems)
	}
	return n
}
