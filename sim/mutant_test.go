package sim_test

import (
	"errors"
	"testing"

	"simrun/sim"
	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/tcp"
)

// does is the actions of another row.
func does(t testing.TB, id string) func(*tcp.Row) {
	i, ok := tcp.RFC.Find(id)
	if !ok {
		t.Fatalf("no row %s", id)
	}
	return func(r *tcp.Row) { r.Do = tcp.RFC.Row(i).Do }
}

// TestWatchCatches breaks the machine in one row, and sees the watch say so.
// I-1 and I-3 are broken by scenarios of the book, which say that they are.
func TestWatchCatches(t *testing.T) {
	for _, c := range []struct{ id, scenario, dup, row, like string }{
		{"I-11", "tcp/reboot-then-data", "", "tcp.rst.open", "tcp.abort.open"},
		{"I-12", "tcp/connect-refused", "", "tcp.no-ack.closed", "tcp.ack.closed"},
		{"I-15", "tcp/last-ack-lost", "", "tcp.fin.time-wait", "tcp.fin.again"},
		{"I-22", "tcp/simultaneous-close", "b.ACK 1s", "tcp.ack.time-wait", "tcp.fin.again"},
	} {
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
			w.UseTable(tcp.RFC.Changed(c.row, does(t, c.like)))
			for range 1000 {
				if _, more := w.Next(); !more {
					break
				}
				var v *sim.Violation
				if errors.As(w.Step(), &v) {
					if v.ID != c.id {
						t.Errorf("caught by %v", v)
					}
					return
				}
			}
			t.Error("not caught")
		})
	}
}
