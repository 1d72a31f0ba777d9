package sctp

import (
	"slices"
	"testing"

	"simrun/fsm"
	"simrun/wire"
)

// TestInvariantsCanFail breaks each invariant once, with variables and packets
// that no association of ours has.
func TestInvariantsCanFail(t *testing.T) {
	up := Vars{State: Established, MyTag: 1, PeerTag: 2, NextTSN: 10, Acked: 9, CumTSN: 20}
	sends := func(tag wire.Tag, chunks wire.Chunks) func(*Vars, *Out) {
		return func(_ *Vars, out *Out) {
			out.Packets = append(out.Packets, Packet{SCTP: wire.SCTP{Tag: tag, Chunks: chunks}})
		}
	}
	data := wire.Data{Flags: wire.FlagBegin | wire.FlagEnd, TSN: 11, Payload: []byte("x")}
	closing := wire.AppendTSN(nil, wire.ChunkShutdown, 20)
	broken := map[string]bool{}
	for _, c := range []struct {
		id    string
		from  State
		spoil func(after *Vars, out *Out)
	}{
		{"I-19", Established, func(v *Vars, _ *Out) { v.State = ShutdownSent }},
		{"I-19", Established, func(_ *Vars, out *Out) { i, _ := RFC.Find("sctp.init.listening"); out.Rows = []fsm.RowIndex{i} }},
		{"I-23", Established, sends(3, wire.Chunk{Type: wire.ChunkHeartbeat}.Append(nil))},
		{"I-23", Established, sends(2, wire.Chunk{Type: wire.ChunkInit}.Append(nil))},
		{"I-24", Established, func(v *Vars, _ *Out) { v.Acked = 8 }},
		{"I-24", Established, func(v *Vars, _ *Out) { v.CumTSN = 19 }},
		{"I-24", Established, sends(2, data.Append(nil))},
		{"I-24", Established, func(v *Vars, _ *Out) { v.NextTSN = 12 }},
		{"I-26", ShutdownSent, sends(2, (&wire.Data{TSN: 9, Payload: []byte("x")}).Append(nil))},
		{"I-27", ShutdownPending, func(v *Vars, out *Out) { v.Unacked = 1; sends(2, closing)(v, out) }},
		{"I-29", ShutdownAckSent, func(v *Vars, _ *Out) { v.State = Established }},
		{"I-29", ShutdownReceived, func(v *Vars, _ *Out) { v.State = ShutdownSent }},
		{"I-33", Established, func(v *Vars, _ *Out) { v.RWnd = -1 }},
		{"I-33", Established, func(v *Vars, _ *Out) { v.Outstanding = 5 }},
		{"I-34", Established, sends(2, wire.AppendSACK(nil, 20, 1, []wire.GapAckBlock{{Start: 1, End: 1}}, nil))},
		{"I-34", Established, sends(2, wire.AppendSACK(nil, 20, 1, []wire.GapAckBlock{{Start: 2, End: 3}, {Start: 4, End: 4}}, nil))},
		{"R-1", Established, func(v *Vars, _ *Out) { v.State, v.Timers = Closed, 1 }},
		{"R-3", Established, func(v *Vars, _ *Out) { v.State, v.Waiting = Closed, 1 }},
	} {
		before, out := up, Out{}
		before.State = c.from
		after := before
		cfg := Defaults()
		if found := Check(&cfg, &before, &after, &out); len(found) > 0 {
			t.Fatalf("before it is broken: %v", found)
		}
		c.spoil(&after, &out)
		found := Check(&cfg, &before, &after, &out)
		if !slices.ContainsFunc(found, func(v Violation) bool { return v.ID == c.id }) {
			t.Errorf("%s: found %v", c.id, found)
		}
		broken[c.id] = true
	}
	for _, inv := range Invariants {
		if !broken[inv.ID] {
			t.Errorf("%s is not broken", inv.ID)
		}
	}
}
