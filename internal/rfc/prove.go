package rfc

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
)

// Proof shows that a requirement is met, or fails the test, and says what it
// has observed.
type Proof func(t *testing.T, r *Requirement) Outcome

// Prove runs the proofs of a standard, a sub-test each with the requirement's
// ID, and compares its page, which stands below root, with what they came to;
// with update it writes the page.
func (s *Standard) Prove(t *testing.T, proofs map[string]Proof, root string, update bool) {
	for _, problem := range s.Check() {
		t.Error(problem)
	}
	outcomes := map[string]Outcome{}
	known := map[string]bool{}
	for i := range s.Requirements {
		r := &s.Requirements[i]
		known[r.ID] = true
		proof := proofs[r.ID]
		t.Run(r.ID, func(t *testing.T) {
			switch {
			case r.OutOfScope != "" && proof != nil:
				t.Error("it is out of scope and has a proof")
			case r.OutOfScope != "":
				t.Skip(r.OutOfScope)
			case proof == nil && r.Pending == "":
				t.Error("it is in scope and has no proof")
			case proof != nil:
				o := proof(t, r)
				o.Met = o.Met && !t.Failed()
				outcomes[r.ID] = o
			}
		})
	}
	for id := range proofs {
		if !known[id] {
			t.Errorf("a proof for %s, which %s does not have", id, s.Name)
		}
	}
	if partial() {
		return
	}
	name := filepath.Join(root, filepath.FromSlash(s.Page))
	page := Report(s, outcomes)
	if update {
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old, err := os.ReadFile(name); err != nil || string(old) != page {
		t.Errorf("%s is stale: run the test with -update (%v)", s.Page, err)
	}
}

// partial reports whether only some sub-tests were asked for.
func partial() bool {
	return flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.skip").Value.String() != ""
}

// Source is the file in which a proof stands, as a page writes it.
func Source(proof any) string {
	fn := runtime.FuncForPC(reflect.ValueOf(proof).Pointer())
	file, _ := fn.FileLine(fn.Entry())
	return "`" + filepath.Base(file) + "`"
}
