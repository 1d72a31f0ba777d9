package sim

import (
	"fmt"

	"simrun/clock"
	"simrun/sctp"
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
	// check returns what is wrong at a host, or ""; nil for statements that
	// others check: single connections' are package tcp's, those of both ends
	// the watch's, and those across runs are tests.
	check func(w *World, h *host) string
}

// Invariants is the registry: every statement that is checked, by whomever.
func Invariants() []Invariant {
	var all []Invariant
	for _, inv := range tcp.Invariants {
		all = append(all, Invariant{ID: inv.ID, Text: inv.Text, Ref: inv.Ref, Scope: AfterStep})
	}
	for _, inv := range sctp.Invariants {
		all = append(all, Invariant{ID: inv.ID, Text: inv.Text, Ref: inv.Ref, Scope: AfterStep})
	}
	return append(all, worldInvariants...)
}

// worldInvariants is the statements that need more than one connection.
var worldInvariants = []Invariant{
	{"I-1", "what is received is what was sent in the same incarnation: a prefix of it", "RFC 9293 3.4, 2.2", AfterStep, nil},
	{"I-2", "what was received and what waits for the program are together what RCV.NXT has passed: no octet twice", "RFC 9293 3.4", AfterStep, nil},
	{"I-3", "end of file comes after every octet that was sent before it", "RFC 9293 3.10.7.4 eighth", AfterStep, nil},
	{"I-4", "nothing is received after end of file", "RFC 9293 3.10.3", AfterStep, nil},
	{"I-11", "a RST is not answered by a RST", "RFC 9293 3.5.2", AfterStep, nil},
	{"I-12", "a RST in answer to a segment has the numbers that make it acceptable", "RFC 9293 3.5.2", AfterStep, nil},
	{"I-15", "TIME-WAIT ends by its timer no sooner than 2MSL after the last FIN", "RFC 9293 3.6.1 MUST-13", AfterStep, nil},
	{"I-16", "no text or FIN of one incarnation is taken into another", "RFC 9293 3.4.1, 3.4.3", AfterStep, nil},
	{"I-17", "an incarnation's numbers begin beyond those of the one before, unless that sent faster than the clock of initial numbers counts", "RFC 9293 3.4.1, 3.6.1 MAY-2", AfterStep, nil},
	{"I-18", "the states of the two ends are a pair that a connection can come to", "RFC 9293 3.5, 3.6", AfterStep, nil},
	{"I-22", "a step sends one ACK at most, and TIME-WAIT answers no ACK", "RFC 9293 3.10.7.4", AfterStep, nil},
	{"I-25", "of each stream, ordered messages are received as they were sent: whole, in order, each once; unordered ones whole and once", "RFC 9260 6.5, 6.6, 6.9", AfterStep, nil},
	{"I-28", "never are both ends in SHUTDOWN-RECEIVED, nor one there and the other in COOKIE-ECHOED", "RFC 9260 9.2", AfterStep, nil},
	{"I-30", "a packet with an ABORT is not answered", "RFC 9260 8.4, 9.1", AfterStep, nil},
	{"I-31", "an INIT makes no association", "RFC 9260 5.1.3", AfterStep, nil},
	{"I-32", "two ends have one association at most", "RFC 9260 5.2", AfterStep, nil},
	{"I-35", "a step sends one SACK at most", "RFC 9260 6.2", AfterStep, nil},
	{"Q-1", "the k-th retransmission comes when the RTO, doubled each time up to its maximum as the configuration says, has passed k times", "RFC 6298 5.4, 5.5", AfterStep, nil},
	{"Q-2", "a connection is given up at the first expiry after R2, or after as many retransmissions as are allowed, and at no other", "RFC 9293 3.8.3 MUST-20", AfterStep, nil},
	{"Q-5", "a SYN is sent as often, and given up when, the configuration says: with an initial RTO of 1 s and R2 of 3 minutes at 0, 1, 3, ... 63, 123 s, and 183 s", "RFC 9293 3.8.3 MUST-23", AfterStep, nil},
	{"Q-6", "TIME-WAIT lasts 2MSL from its beginning, or from the last FIN that it took", "RFC 9293 3.10.8, 3.6.1", AfterStep, nil},
	{"Q-7", "without loss, opening takes 3 segments and closing 4, or 3 when the FIN rides on an ACK", "RFC 9293 3.5, 3.6", AcrossRuns, nil},
	{"Q-8", "the loss of a control segment whose sender's timer runs on costs just one interval of that timer", "RFC 6298 5", AcrossRuns, nil},
	{"Q-9", "where nothing is lost and nothing late, nothing is retransmitted", "RFC 6298 5", AfterStep, nil},
	{"R-2", "no timer is left in the heap of a host without connections, and no TCB, socket or queue that nobody can use", "RFC 9293 3.10", AtEnd, nothingLeft},
	{"R-5", "the same scenario and seed give the same trace and capture", "", AcrossRuns, nil},
}

// Violation is an invariant that did not hold: a bug of ours, or of a defect
// that was asked for. It is an error.
type Violation struct {
	ID, Text string
	Host     string
	At       clock.Time
	// Tolerated: the scenario says that this happens.
	Tolerated bool
}

func (v *Violation) Error() string {
	return fmt.Sprintf("invariant %s violated at host %s, %v: %s", v.ID, v.Host, v.At, v.Text)
}

// Violations is every invariant that did not hold so far.
func (w *World) Violations() []Violation { return w.broken }

// violation is the first that the present step broke, as an error.
func (w *World) violation() error {
	for w.reported < len(w.broken) {
		v := &w.broken[w.reported]
		if w.reported++; !v.Tolerated {
			w.reported = len(w.broken)
			return v
		}
	}
	return nil
}

// CheckEnd checks what must hold when nothing can happen any more.
func (w *World) CheckEnd() {
	for i := range worldInvariants {
		inv := &worldInvariants[i]
		if inv.Scope != AtEnd || inv.check == nil {
			continue
		}
		for _, h := range w.hosts {
			if wrong := inv.check(w, h); wrong != "" {
				w.violate(h, inv.ID, inv.Text+": "+wrong)
			}
		}
	}
}

func nothingLeft(_ *World, h *host) string {
	if at, ok := h.stack.NextTimeout(); ok && h.stack.Conns() == 0 {
		return fmt.Sprintf("a timer is due at %v", at)
	}
	return h.stack.Leftover()
}
