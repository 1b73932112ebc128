package questions_test

import (
	"encoding/json"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

func TestFractionAsText(t *testing.T) {
	for text, want := range map[string]questions.Fraction{
		`"1/2"`:   {Num: 1, Den: 2},
		`"-7/15"`: {Num: -7, Den: 15},
		`"0/1"`:   {Num: 0, Den: 1},
		`""`:      {},
	} {
		var got questions.Fraction
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s read as %v, %v", text, got, err)
		}
		if again, err := json.Marshal(want); err != nil || string(again) != text {
			t.Errorf("%v written as %s, %v", want, again, err)
		}
	}
	for _, text := range []string{`"2/4"`, `"1"`, `"1/0"`, `"1/-2"`, `"0/2"`, `"+1/2"`, `"01/2"`, `"0.5"`, `"1/2/3"`, `"x/2"`} {
		var got questions.Fraction
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s read as %v", text, got)
		}
	}
}

func TestFractionInArithmetic(t *testing.T) {
	if r := (questions.Fraction{Num: 7, Den: 15}).Rat(); r.String() != "7/15" {
		t.Errorf("7/15 is %v", r)
	}
	if r := (questions.Fraction{}).Rat(); r.Sign() != 0 {
		t.Errorf("no number is %v", r)
	}
}
