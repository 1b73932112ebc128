package measure

// Flag is a remark on an item for its author, with the threshold it crossed. It asks for
// a look, not for a deletion.
type Flag struct {
	Word      FlagWord
	Option    int // the option it is about, −1 for the item as a whole
	Threshold float64
}

// FlagWord is a stable word for a remark.
type FlagWord string

// The remarks.
const (
	TooEasy        FlagWord = "too_easy"         // mean mark above the threshold
	TooHard        FlagWord = "too_hard"         // mean mark below it
	NegativeRest   FlagWord = "negative_rest"    // those who do well elsewhere do worse here
	LowRest        FlagWord = "low_rest"         // the item has little to do with the others
	AlphaRises     FlagWord = "alpha_rises"      // the test is more reliable without it
	UnusedOption   FlagWord = "unused_option"    // hardly anybody picks it
	KeyBeaten      FlagWord = "key_beaten"       // another option is chosen more than the keyed one
	KeyScoresLower FlagWord = "key_scores_lower" // those who pick another option score higher
)

// The thresholds are rules of thumb, the item–rest correlation lower than for tests of
// knowledge, since judgement items share little.
const (
	easy       = .95
	hard       = .20
	weakRest   = .10
	rareOption = .02
)

// FlagItem remarks on an item within a test of the given alpha.
func FlagItem(i Item, alpha Figure) []Flag {
	var flags []Flag
	note := func(f Figure, crossed bool, word FlagWord, threshold float64) {
		if f.Known() && crossed {
			flags = append(flags, Flag{word, -1, threshold})
		}
	}
	note(i.Mean, i.Mean.Value > easy, TooEasy, easy)
	note(i.Mean, i.Mean.Value < hard, TooHard, hard)
	note(i.ItemRest, i.ItemRest.Value < 0, NegativeRest, 0)
	note(i.ItemRest, i.ItemRest.Value >= 0 && i.ItemRest.Value < weakRest, LowRest, weakRest)
	note(i.AlphaIfDeleted, alpha.Known() && i.AlphaIfDeleted.Value > alpha.Value, AlphaRises, alpha.Value)
	return flags
}

// FlagOptions remarks on the options of an item whose keyed option is at the given place.
func FlagOptions(options []Option, keyed int) []Flag {
	if keyed < 0 || keyed >= len(options) {
		return nil
	}
	var flags []Flag
	key := options[keyed]
	for i, o := range options {
		if o.Share.Known() && o.Share.Value < rareOption {
			flags = append(flags, Flag{UnusedOption, i, rareOption})
		}
		if o.N > key.N {
			flags = append(flags, Flag{KeyBeaten, i, key.Share.Value})
		}
		if firstReason(o.MeanScore, key.MeanScore) == "" && o.MeanScore.Value > key.MeanScore.Value {
			flags = append(flags, Flag{KeyScoresLower, i, key.MeanScore.Value})
		}
	}
	return flags
}
