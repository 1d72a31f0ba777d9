package tcp

import (
	"strings"
	"testing"

	"simrun/fsm"
	"simrun/wire"
)

// row is a row's index by its ID.
func row(t *testing.T, id string) fsm.RowIndex {
	t.Helper()
	i, ok := RFC.Find(id)
	if !ok {
		t.Fatalf("no row %s", id)
	}
	return i
}

// TestInvariantsCanFail breaks each in turn, and no other beside it.
func TestInvariantsCanFail(t *testing.T) {
	cfg := Defaults()
	good := Vars{
		State: Established, ISS: 100, SndUna: 110, SndNxt: 120, SndMax: 120, SndWnd: 50,
		IRS: 500, RcvNxt: 510, RcvEdge: 600,
	}
	seg := func(flags wire.Flags, seq wire.Seq, n int) Segment {
		return Segment{TCP: wire.TCP{Flags: flags, Seq: seq, Ack: 510, Payload: make([]byte, n)}}
	}
	if broken := Check(&cfg, &good, &good, &Out{Segments: []Segment{seg(wire.ACK, 120, 40)}}); broken != nil {
		t.Fatalf("the good step breaks %v", broken)
	}
	for _, c := range []struct {
		id, what string
		breakIt  func(before, after *Vars, out *Out)
	}{
		{"I-5", "SND.NXT", func(_, v *Vars, _ *Out) { v.SndNxt = 109 }},
		{"I-5", "highest sent", func(_, v *Vars, _ *Out) { v.SndMax = 119 }},
		{"I-6", "SND.UNA", func(b, _ *Vars, _ *Out) { b.SndUna = 111 }},
		{"I-6", "RCV.NXT", func(b, v *Vars, _ *Out) { b.RcvNxt = 511 }},
		{"I-7", "text up to", func(_, _ *Vars, out *Out) { out.Segments = []Segment{seg(wire.ACK, 120, 41)} }},
		{"I-8", "from", func(b, _ *Vars, _ *Out) { b.RcvEdge = 601 }},
		{"I-9", "acknowledges", func(b, _ *Vars, out *Out) {
			b.RcvNxt = 505
			out.Segments = []Segment{seg(wire.ACK, 120, 0)}
			out.Segments[0].Ack = 505
		}},
		{"I-9", "acknowledges", func(_, _ *Vars, out *Out) {
			out.Segments = []Segment{seg(wire.ACK, 120, 0), seg(wire.ACK, 120, 0)}
			out.Segments[0].Ack = 507
		}},
		{"I-10", "FIN moved", func(b, v *Vars, _ *Out) { b.FINSent, v.FINSent, b.FINSeq, v.FINSeq = true, true, 119, 118 }},
		{"I-10", "FIN at", func(_, v *Vars, out *Out) {
			v.FINSent, v.FINSeq = true, 119
			out.Segments = []Segment{seg(wire.FIN|wire.ACK, 120, 0)}
		}},
		{"I-10", "text up to", func(_, v *Vars, out *Out) {
			v.FINSent, v.FINSeq = true, 115
			out.Segments = []Segment{seg(wire.ACK, 110, 6)}
		}},
		{"I-13", "flags", func(b, v *Vars, out *Out) {
			b.State, v.State = Closed, Closed
			out.Segments = []Segment{seg(wire.ACK, 0, 0)}
		}},
		{"I-14", "SYN sent in ESTABLISHED", func(_, _ *Vars, out *Out) { out.Segments = []Segment{seg(wire.SYN|wire.ACK, 100, 0)} }},
		{"I-14", "SYN sent in ESTABLISHED", func(_, _ *Vars, out *Out) {
			out.Segments = []Segment{seg(wire.SYN|wire.ACK, 100, 0)}
			out.Segments[0].Resend = 1
		}},
		{"I-19", "lead to", func(_, v *Vars, _ *Out) { v.State = FinWait2 }},
		{"I-19", "fired in", func(_, _ *Vars, out *Out) { out.Rows = []fsm.RowIndex{row(t, "tcp.ack.time-wait")} }},
		{"I-20", "after the FIN", func(b, v *Vars, _ *Out) { b.FINTaken, v.FINTaken, b.RcvNxt = true, true, 509 }},
		{"L-2", "in ESTABLISHED", func(_, v *Vars, _ *Out) { v.InFlight = 1 }},
		{"L-2", "octets queued", func(_, v *Vars, _ *Out) { v.Queued, v.Timers = 1, 1 }},
		{"L-2", "in LAST-ACK", func(b, v *Vars, _ *Out) { b.State, v.State = LastAck, LastAck }},
		{"L-2", "in TIME-WAIT", func(b, v *Vars, _ *Out) { b.State, v.State = TimeWait, TimeWait }},
		{"R-1", "run", func(b, v *Vars, _ *Out) { b.State, v.State, v.Timers = Closed, Closed, 1 }},
		{"R-3", "in flight", func(b, v *Vars, _ *Out) { b.State, v.State, v.InFlight = Closed, Closed, 1 }},
		{"R-3", "queued", func(b, v *Vars, _ *Out) { b.State, v.State, v.Queued = Closed, Closed, 1 }},
		{"R-3", "hole", func(b, v *Vars, _ *Out) { b.State, v.State, v.Held = Closed, Closed, 1 }},
	} {
		t.Run(c.id+" "+c.what, func(t *testing.T) {
			before, after, out := good, good, Out{}
			c.breakIt(&before, &after, &out)
			broken := Check(&cfg, &before, &after, &out)
			if len(broken) != 1 || broken[0].ID != c.id || !strings.Contains(broken[0].Text, c.what) {
				t.Errorf("broke %v, want %s with %q", broken, c.id, c.what)
			}
		})
	}
}

// A row that cannot fire, and a row that is missing, are violations.
func TestTableViolations(t *testing.T) {
	seg := wire.TCP{Flags: wire.ACK, Seq: testIRS, Ack: testISS}
	for _, c := range []struct {
		name, want string
		change     func(*Row)
	}{
		{"assertion", "tcp.ack.closed fired", func(r *Row) { r.Do = do(violate) }},
		{"hole", "no row for SegACK in CLOSED", func(r *Row) { r.In = 0 }},
	} {
		cfg := small()
		cfg.Table = RFC.Changed("tcp.ack.closed", c.change)
		var conn Conn
		var out Out
		conn.Init(&cfg, testLocal, testRemote, testISS, 0)
		conn.Arrive(0, &seg, &out)
		if len(out.Violations) != 1 || out.Violations[0].ID != "table" || !strings.Contains(out.Violations[0].Text, c.want) {
			t.Errorf("%s: %v, want %q", c.name, out.Violations, c.want)
		}
	}
}

// Every action and guard has a name, or tables and diagrams show holes.
func TestEveryActionAndGuardHasAName(t *testing.T) {
	for a := range violate + 1 {
		if a.String() == "" {
			t.Errorf("action %d has no name", a)
		}
	}
	for g := range timeWaitProtected + 1 {
		if (g.String() == "") != (g == always) {
			t.Errorf("guard %d is called %q", g, g)
		}
	}
	for _, e := range Events() {
		if e.String() == "" {
			t.Errorf("event %d has no name", e)
		}
	}
	for _, s := range States() {
		if s.String() == "" {
			t.Errorf("state %d has no name", s)
		}
	}
}
