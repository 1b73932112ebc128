package questions_test

import (
	"reflect"
	"testing"

	"github.com/fourfold/fourfold/questions"
)

// Everything that comes with the program, written and read back, is the same.
func TestWriteItemsReadsBack(t *testing.T) {
	b := builtin(t)
	written, err := questions.WriteItems(b.Items)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := questions.ReadSheet("written.yaml", written)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(sheet.Items, b.Items) {
		t.Error("items read back differ")
	}
	again, err := questions.WriteItems(sheet.Items)
	if err != nil || string(again) != string(written) {
		t.Errorf("written again they differ: %v", err)
	}
	written, err = questions.WriteItems(b.Practice)
	if err != nil {
		t.Fatal(err)
	}
	if sheet, err = questions.ReadPractice("practice.yaml", written); err != nil || !reflect.DeepEqual(sheet.Items, b.Practice) {
		t.Errorf("practice items read back differ: %v", err)
	}
}

func TestSheetTakesTheItemsPlace(t *testing.T) {
	b := builtin(t)
	changed, added := b.Items[3], b.Items[0]
	changed.Stem.English, added.ID = "A stem with 汉 in it.", "com.explain.950"
	text, err := questions.WriteItems([]questions.Item{changed, added})
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := questions.ReadSheet("own.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	with := b.With(sheet)
	if got, _ := with.Item(changed.ID); len(with.Items) != len(b.Items)+1 || got.Stem != changed.Stem {
		t.Errorf("%d items; %s reads %q", len(with.Items), changed.ID, got.Stem.English)
	}
	if before, _ := b.Item(changed.ID); before.Stem == changed.Stem {
		t.Error("the bank itself was changed")
	}
	found := false
	for _, f := range with.Lint() {
		if f.Field == changed.ID+"/stem/en" && f.Word == "language" && f.File == "own.yaml" {
			found = true
		}
	}
	if !found {
		t.Errorf("lint does not say where the new stem is wrong: %v", with.Lint())
	}
}
