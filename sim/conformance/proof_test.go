package conformance

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"simrun/internal/rfc"
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
func prove(pr proof) (o rfc.Outcome, wrong []string) {
	p := new(P)
	func() {
		defer func() {
			if r := recover(); r != nil && r != stop {
				panic(r)
			}
		}()
		pr.run(p)
	}()
	where := rfc.Source(pr.run)
	for _, name := range p.scenarios {
		where += ", `" + name + "`"
	}
	return rfc.Outcome{Met: len(p.wrong) == 0, Where: where, Shows: pr.shows}, p.wrong
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

// conforms proves the requirements of a standard, and keeps its page.
func conforms(t *testing.T, s *rfc.Standard, all proofs) {
	proofs := map[string]rfc.Proof{}
	for id, pr := range all {
		proofs[id] = func(t *testing.T, r *rfc.Requirement) rfc.Outcome {
			o, wrong := prove(pr)
			complain(t, r, wrong)
			return o
		}
	}
	s.Prove(t, proofs, "../..", *update)
}

// complain fails the sub-test of a requirement whose proof went wrong; of one
// that is pending, if it did not.
func complain(t *testing.T, r *rfc.Requirement, wrong []string) {
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

// TestProof: what a proof finds wrong is its outcome.
func TestProof(t *testing.T) {
	if o, wrong := prove(proof{"it holds", func(p *P) {}}); !o.Met || wrong != nil || o.Where != "`proof_test.go`" {
		t.Errorf("%+v, wrong %q", o, wrong)
	}
	if o, wrong := prove(proof{"it does not", func(p *P) { p.fatalf("no") }}); o.Met || len(wrong) != 1 || wrong[0] != "no" {
		t.Errorf("%+v, wrong %q", o, wrong)
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
