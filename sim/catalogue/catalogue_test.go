package catalogue_test

import (
	"testing"

	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/wire/codec"
)

// TestBook runs every scenario: its checks hold, and its ladder is the one in
// its file. "simrun test --update sim/catalogue/*/*.sim" writes new ladders.
func TestBook(t *testing.T) {
	for _, name := range catalogue.Names() {
		t.Run(name, func(t *testing.T) {
			f, err := catalogue.File(name)
			if err != nil {
				t.Fatal(err)
			}
			if f.Title == "" || len(f.Tags) == 0 || len(f.Ref) == 0 || len(f.Checks) == 0 {
				t.Errorf("want a title, tags, references and checks; found %q, %q, %q, %d", f.Title, f.Tags, f.Ref, len(f.Checks))
			}
			r, err := f.Run(nil, codec.New(), script.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range r.Problems() {
				t.Error(p)
			}
			ladder, err := r.Golden()
			if err != nil {
				t.Fatal(err)
			}
			if f.WantLine == 0 {
				t.Error("no want section")
			}
			if err := f.CompareWant(ladder); err != nil {
				t.Error(err)
			}
		})
	}
}
