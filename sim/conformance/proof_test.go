package conformance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/wire/codec"
)

var update = flag.Bool("update", false, "rewrite the pages that report on the requirements")

// proof shows that a requirement is met: what it observes, in words, and the
// function that observes it.
type proof struct {
	shows string
	run   func(p *P)
}

// proofs is the proofs of one subject, by requirement.
type proofs map[string]proof

// P is one proof while it runs.
type P struct {
	wrong     []string
	scenarios []string // those of the book that it ran
}

// stop unwinds a proof that cannot go on.
var stop = new(struct{ _ byte })

func (p *P) errorf(format string, args ...any) {
	p.wrong = append(p.wrong, fmt.Sprintf(format, args...))
}

func (p *P) fatalf(format string, args ...any) {
	p.errorf(format, args...)
	panic(stop)
}

// prove runs a proof and says what it came to.
func prove(pr proof) (o Outcome, wrong []string) {
	p := new(P)
	func() {
		defer func() {
			if r := recover(); r != nil && r != stop {
				panic(r)
			}
		}()
		pr.run(p)
	}()
	where := "`" + fileOf(pr.run) + "`"
	for _, name := range p.scenarios {
		where += ", `" + name + "`"
	}
	return Outcome{Met: len(p.wrong) == 0, Where: where, Shows: pr.shows}, p.wrong
}

// fileOf is the file that a proof stands in.
func fileOf(run func(*P)) string {
	fn := runtime.FuncForPC(reflect.ValueOf(run).Pointer())
	file, _ := fn.FileLine(fn.Entry())
	return filepath.Base(file)
}

// gather is all proofs of the subjects; one that stands twice is an error.
func gather(t *testing.T, subjects ...proofs) proofs {
	all := proofs{}
	for _, s := range subjects {
		for id, pr := range s {
			if _, ok := all[id]; ok {
				t.Errorf("%s has two proofs", id)
			}
			all[id] = pr
		}
	}
	return all
}

// conforms runs the proofs of a standard, a sub-test each, and compares its
// page with what they came to; with -update it writes the page.
func conforms(t *testing.T, s *Standard, all proofs) {
	for _, problem := range s.Check() {
		t.Error(problem)
	}
	outcomes := map[string]Outcome{}
	for i := range s.Requirements {
		r := &s.Requirements[i]
		pr, ok := all[r.ID]
		t.Run(r.ID, func(t *testing.T) {
			switch {
			case r.OutOfScope != "" && ok:
				t.Error("it is out of scope and has a proof")
			case r.OutOfScope != "":
				t.Skip(r.OutOfScope)
			case !ok && r.Pending == "":
				t.Error("it is in scope and has no proof")
			case ok:
				o, wrong := prove(pr)
				outcomes[r.ID] = o
				r.complain(t, wrong)
			}
		})
		delete(all, r.ID)
	}
	for id := range all {
		t.Errorf("a proof for %s, which %s does not have", id, s.Name)
	}
	if partial() {
		return
	}
	name := filepath.Join("../..", filepath.FromSlash(s.Page))
	page := Report(s, outcomes)
	if *update {
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old, err := os.ReadFile(name); err != nil || string(old) != page {
		t.Errorf("%s is stale: go test ./sim/conformance -update (%v)", s.Page, err)
	}
}

// complain fails the sub-test of a requirement whose proof went wrong; of one
// that is pending, if it did not.
func (r *Requirement) complain(t *testing.T, wrong []string) {
	if r.Pending != "" {
		if len(wrong) == 0 {
			t.Error("its proof holds: it is pending no more")
		}
		t.Skip(r.Pending)
	}
	for _, w := range wrong {
		t.Error(w)
	}
}

// partial reports whether only some sub-tests were asked for.
func partial() bool {
	return flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.skip").Value.String() != ""
}

// TestMachinery: a page cannot say more than the proofs have shown.
func TestMachinery(t *testing.T) {
	s := &Standard{Name: "RFC 0", Requirements: []Requirement{
		{ID: "A", Section: "1", Text: "met"}, {ID: "B", Section: "1", Text: "not met"},
		{ID: "C", Section: "2", Text: "a|b", OutOfScope: "never"}, {ID: "D", Section: "2", Text: "later", Pending: "soon"},
	}}
	good, _ := prove(proof{"it holds", func(p *P) {}})
	bad, wrong := prove(proof{"it does not", func(p *P) { p.fatalf("no") }})
	if !slices.Equal(wrong, []string{"no"}) {
		t.Errorf("wrong %q", wrong)
	}
	page := Report(s, map[string]Outcome{"A": good, "B": bad})
	for _, line := range []string{
		"4 requirements: 1 implemented, 1 out of scope, 2 failing.",
		"| A | 1 | met | implemented | `proof_test.go`: it holds |",
		"| B | 1 | not met | failing | its proof fails |",
		`| C | 2 | a\|b | out of scope | never |`,
		"| D | 2 | later | failing | soon |",
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("no line %q in\n%s", line, page)
		}
	}
	s.Requirements = append(s.Requirements, Requirement{ID: "A", OutOfScope: "x", Pending: "y"})
	if got := s.Check(); len(got) != 3 {
		t.Errorf("problems %q, want three", got)
	}
}

// sim runs a scenario, from its net section on, whose checks and expectations
// must all hold.
func (p *P) sim(text string) *script.Run {
	f, err := script.Parse("", "proof.sim", []byte("# proof: a proof\n"+text))
	if err != nil {
		p.fatalf("%v", err)
	}
	r := p.drive(f)
	for _, problem := range r.Problems() {
		p.errorf("%s", problem)
	}
	return r
}

// hosts is the beginning of a scenario: two hosts 10 ms apart, each with its
// settings.
func hosts(a, b string) string {
	return "-- net --\nhost A 10.0.0.1 " + a + "\nhost B 10.0.0.2 " + b + "\nlink A B delay=10ms\n"
}

// book runs a scenario of the book, whose checks and expectations must hold.
func (p *P) book(name string) *script.Run {
	f, err := catalogue.File(name)
	if err != nil {
		p.fatalf("%v", err)
	}
	p.scenarios = append(p.scenarios, name)
	r := p.drive(f)
	if !r.OK() {
		p.errorf("%s: %s", name, strings.Join(r.Problems(), "\n"))
	}
	return r
}

func (p *P) drive(f *script.File) *script.Run {
	r, err := f.Run(nil, codec.New(), script.DefaultLimits)
	if err != nil {
		p.fatalf("%v", err)
	}
	return r
}
