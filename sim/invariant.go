package sim

import (
	"fmt"

	"simrun/clock"
	"simrun/tcp"
)

// Scope says when an invariant is checked.
type Scope uint8

const (
	AfterStep  Scope = iota + 1 // after every step
	AtEnd                       // when nothing can happen any more
	AcrossRuns                  // by comparing runs
)

func (s Scope) String() string {
	return [...]string{"never", "after every step", "at the end of a run", "across runs"}[s]
}

// Invariant is a statement that must hold of every run.
type Invariant struct {
	ID, Text, Ref string
	Scope         Scope
	// check returns what is wrong, a text each; nil for statements that
	// others check: single connections' are package tcp's, and those across
	// runs are tests.
	check func(w *World) []string
}

// Invariants is the registry: every statement that is checked, by whomever.
func Invariants() []Invariant {
	var all []Invariant
	for _, inv := range tcp.Invariants {
		all = append(all, Invariant{ID: inv.ID, Text: inv.Text, Ref: inv.Ref, Scope: AfterStep})
	}
	return append(all, worldInvariants...)
}

// worldInvariants is the statements that need more than one connection.
var worldInvariants = []Invariant{
	{"I-21", "a packet that fails its checksum changes nothing", "RFC 9293 3.1 MUST-3", AfterStep, nil},
	{"R-2", "no timer is left in the heap of a host without connections", "RFC 9293 3.10", AtEnd, noTimersLeft},
	{"R-5", "the same scenario and seed give the same trace and capture", "", AcrossRuns, nil},
}

// Violation is an invariant that did not hold: a bug of ours, or of a defect
// that was asked for. It is an error.
type Violation struct {
	ID, Text string
	Host     string
	At       clock.Time
}

func (v *Violation) Error() string {
	return fmt.Sprintf("invariant %s violated at host %s, %v: %s", v.ID, v.Host, v.At, v.Text)
}

// Violations is every invariant that did not hold so far.
func (w *World) Violations() []Violation { return w.broken }

// violation is the first that the present step broke, as an error.
func (w *World) violation() error {
	if w.reported == len(w.broken) {
		return nil
	}
	first := &w.broken[w.reported]
	w.reported = len(w.broken)
	return first
}

// CheckEnd checks what must hold when nothing can happen any more.
func (w *World) CheckEnd() {
	for i := range worldInvariants {
		inv := &worldInvariants[i]
		if inv.Scope != AtEnd || inv.check == nil {
			continue
		}
		for _, wrong := range inv.check(w) {
			w.broken = append(w.broken, Violation{ID: inv.ID, Text: inv.Text + ": " + wrong, At: w.now})
		}
	}
}

func noTimersLeft(w *World) (wrong []string) {
	for _, h := range w.hosts {
		if at, ok := h.stack.NextTimeout(); ok && h.stack.Conns() == 0 {
			wrong = append(wrong, fmt.Sprintf("host %s has one at %v", h.spec.Name, at))
		}
	}
	return wrong
}
