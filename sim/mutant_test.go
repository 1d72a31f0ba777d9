package sim_test

import (
	"errors"
	"testing"

	"simrun/sctp"
	"simrun/sim"
	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/tcp"
)

// like makes a row do what another does.
func like(row, other string) func(*tcp.Config) {
	return changed(row, func(r *tcp.Row) {
		i, _ := tcp.RFC.Find(other)
		r.Do = tcp.RFC.Row(i).Do
	})
}

// becomes makes a row do what another does, and lead where that leads.
func becomes(row, other string) func(*tcp.Config) {
	return changed(row, func(r *tcp.Row) {
		i, _ := tcp.RFC.Find(other)
		r.To, r.Do = tcp.RFC.Row(i).To, tcp.RFC.Row(i).Do
	})
}

func leadsTo(row string, state tcp.State) func(*tcp.Config) {
	return changed(row, func(r *tcp.Row) { r.To = state })
}

func idle(row string) func(*tcp.Config) {
	return changed(row, func(r *tcp.Row) { r.Do = nil })
}

func changed(row string, change func(*tcp.Row)) func(*tcp.Config) {
	return func(cfg *tcp.Config) { cfg.Table = tcp.RFC.Changed(row, change) }
}

func defect(d tcp.Defects) func(*tcp.Config) {
	return func(cfg *tcp.Config) { cfg.Defects |= d }
}

// asItIs changes nothing: the scenario's settings are the mutant.
func asItIs(*tcp.Config) {}

// mutants is what each invariant of the watch must catch, on which scenario;
// also says which others a mutant breaks on the way.
var mutants = []struct {
	id, scenario, dup string
	change            func(*tcp.Config)
	also              []string
}{
	{"I-1", "tcp/wandering-response", "", asItIs, []string{"I-16", "I-17"}},
	{"I-2", "tcp/full-close-echo", "", defect(tcp.DeliverAgain), nil},
	{"I-3", "tcp/old-fin-hits-new-socket", "", asItIs, []string{"I-16", "I-17", "I-18"}},
	{"I-11", "tcp/reboot-then-data", "", like("tcp.rst.open", "tcp.abort.open"), nil},
	{"I-12", "tcp/connect-refused", "", like("tcp.no-ack.closed", "tcp.ack.closed"), nil},
	{"I-15", "tcp/last-ack-lost", "", like("tcp.fin.time-wait", "tcp.fin.again"), nil},
	{"I-16", "tcp/wandering-response", "", asItIs, []string{"I-17"}},
	{"I-17", "tcp/port-reuse-timestamps", "", asItIs, nil},
	{"I-18", "tcp/close-four-segments", "", leadsTo("tcp.close.established", tcp.FinWait2), nil},
	{"I-22", "tcp/simultaneous-close", "b.ACK 1s", like("tcp.ack.time-wait", "tcp.fin.again"), nil},
	{"L-2", "tcp/syn-lost", "", idle("tcp.timeout.rto"), nil},
	{"Q-1", "tcp/retransmit-give-up", "", defect(tcp.NoBackoff), nil},
	{"Q-2", "tcp/retransmit-give-up", "", becomes("tcp.retries.warning", "tcp.retries.exceeded"), []string{"table"}},
	{"Q-2", "tcp/retransmit-give-up", "", becomes("tcp.retries.exceeded", "tcp.timeout.rto"), nil},
	{"Q-5", "tcp/connect-blackhole", "", becomes("tcp.retries.warning", "tcp.retries.exceeded"), []string{"table", "Q-2"}},
	{"Q-6", "tcp/simultaneous-close", "b.ACK 1s", like("tcp.ack.time-wait", "tcp.ack-of-fin.closing"), nil},
	{"Q-9", "tcp/nagle-delayed-ack", "", idle("tcp.timeout.ack"), nil},
	{"R-2", "tcp/close-four-segments", "", defect(tcp.KeepTCB), nil},
}

// TestWatchCatches breaks the machine in one place, and sees the watch say so.
func TestWatchCatches(t *testing.T) {
	for _, c := range mutants {
		t.Run(c.id, func(t *testing.T) {
			f, err := catalogue.File(c.scenario)
			if err != nil {
				t.Fatal(err)
			}
			sc := f.Scenario
			if c.dup != "" { // an ACK comes again in TIME-WAIT
				if sc, err = f.Edit(script.Edits{{Flag: "dup", Value: c.dup}}); err != nil {
					t.Fatal(err)
				}
			}
			w := newWorld(t, sc)
			w.Change(c.change)
			w.Tolerate(c.also...)
			if id := firstBroken(w); id != c.id {
				t.Errorf("caught by %q", id)
			}
		})
	}
}

// firstBroken drives a world until an invariant does not hold, and says which.
func firstBroken(w *sim.World) string {
	for range 1000 {
		var v *sim.Violation
		if errors.As(w.Step(), &v) {
			return v.ID
		}
	}
	w.CheckEnd()
	for _, v := range w.Violations() {
		if !v.Tolerated {
			return v.ID
		}
	}
	return ""
}

// TestEveryInvariantIsBroken: no invariant that the watch checks lacks a
// mutant. What is checked across runs has tests of its own; I-4 needs a socket
// that delivers after end of file, which no table or setting makes.
func TestEveryInvariantIsBroken(t *testing.T) {
	ids := map[string]bool{"I-4": true, "I-25": true} // TestSCTPMessages breaks I-25
	for _, c := range assocMutants {
		ids[c.id] = true
	}
	for _, c := range mutants {
		ids[c.id] = true
	}
	single := map[string]bool{}
	for _, inv := range tcp.Invariants { // package tcp breaks these
		single[inv.ID] = true
	}
	for _, inv := range sctp.Invariants { // and package sctp these
		single[inv.ID] = true
	}
	for _, inv := range sim.Invariants() {
		if !single[inv.ID] && !ids[inv.ID] && inv.Scope != sim.AcrossRuns {
			t.Errorf("%s has no mutant", inv.ID)
		}
	}
}

// TestEventsFit: the watch keeps a step's events in 64 bits.
func TestEventsFit(t *testing.T) {
	if n := len(tcp.Events()); n > 64 {
		t.Errorf("%d events, want at most 64", n)
	}
}
