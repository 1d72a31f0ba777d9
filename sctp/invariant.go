package sctp

import (
	"fmt"
	"slices"

	"simrun/fsm"
	"simrun/wire"
)

// Vars is the variables of an association between two steps, for whoever
// looks: invariants, tests, ss.
type Vars struct {
	State          State
	MyTag, PeerTag wire.Tag
	NextTSN        wire.TSN // of the next new chunk
	Acked          wire.TSN // our Cumulative TSN Ack Point
	CumTSN         wire.TSN // of the peer's chunks, what we acknowledge
	RWnd           int      // the peer's window, less what is outstanding
	Outstanding    int      // octets
	Unacked        int      // chunks
	Waiting        int      // messages not wholly sent
	Unread         int      // messages for the user
	Held           int      // octets that are not delivered yet
	NeverSent      int      // TSNs of chunks that were given up before they were sent
	Timers         int      // how many are armed
}

// Vars is the association's variables now.
func (a *Assoc) Vars() Vars {
	v := Vars{
		State: a.state, MyTag: a.myTag, PeerTag: a.peerTag,
		NextTSN: a.snd.tsn(a.snd.flight.end()), Acked: a.snd.acked(), CumTSN: a.rcv.cum(),
		RWnd: a.snd.rwnd, Outstanding: a.snd.flight.outstanding, Unacked: a.snd.flight.len(),
		Waiting: a.snd.waiting.Len(), Unread: a.rcv.inbox.Len(), Held: a.rcv.reassembly.octets,
		NeverSent: a.snd.neverSent,
	}
	for t := range numTimers {
		if a.armed(t) {
			v.Timers++
		}
		for i := range a.paths {
			if a.paths[i].armed(t) {
				v.Timers++
			}
		}
	}
	return v
}

// Invariant is a statement about one association that must hold after every
// step: given its variables before and after, and what the step sent.
type Invariant struct {
	ID, Text, Ref string
	// holds returns what is wrong, or "".
	holds func(cfg *Config, before, after *Vars, out *Out) string
}

// Invariants is the statements that one end can be checked by alone; the sim
// package has those that need both ends.
var Invariants = []Invariant{
	{"I-19", "every change of state is a row of the table", "RFC 9260 4", statesByTable},
	{"I-23", "every packet carries the peer's tag, or one that RFC 9260 8.5.1 excepts", "RFC 9260 8.5", tagOfPeer},
	{"I-24", "the cumulative TSN acks never decrease, and new DATA takes the next TSN", "RFC 9260 3.3.1, 6.2.1", tsnsInOrder},
	{"I-26", "DATA is sent in ESTABLISHED, SHUTDOWN-PENDING and SHUTDOWN-RECEIVED alone, and with COOKIE ECHO", "RFC 9260 6", dataWhileSending},
	{"I-27", "SHUTDOWN is sent with nothing outstanding", "RFC 9260 9.2", shutdownWhenDrained},
	{"I-29", "SHUTDOWN-ACK-SENT leads to CLOSED alone, SHUTDOWN-RECEIVED to SHUTDOWN-ACK-SENT or CLOSED, but for a restart", "RFC 9260 9.2", endingsEnd},
	{"I-33", "the peer's window is never negative, and what is outstanding is counted", "RFC 9260 6.2.1", windowCounted},
	{"I-34", "gap ack blocks are sorted, apart, and beyond the cumulative TSN ack", "RFC 9260 3.3.4", gapsInOrder},
	{"R-1", "no timer runs in CLOSED", "RFC 9260 9", closedHasNoTimers},
	{"R-3", "CLOSED holds no chunks", "RFC 9260 9", closedHoldsNothing},
}

// Check returns the invariants that the step broke.
func Check(cfg *Config, before, after *Vars, out *Out) (broken []Violation) {
	for i := range Invariants {
		inv := &Invariants[i]
		if wrong := inv.holds(cfg, before, after, out); wrong != "" {
			broken = append(broken, Violation{inv.ID, inv.Text + ": " + wrong})
		}
	}
	return broken
}

// statesByTable follows the rows that fired, and must end where the
// association is.
func statesByTable(cfg *Config, before, after *Vars, out *Out) string {
	at := before.State
	for _, i := range out.Rows {
		row := cfg.Table.Row(i)
		if !fsm.Has(row.In, at) {
			return fmt.Sprintf("row %s fired in %v", row.ID, at)
		}
		at = row.Next(at)
	}
	if at != after.State {
		return fmt.Sprintf("%v, but the rows lead to %v", after.State, at)
	}
	return ""
}

// chunksOf calls f for every chunk that the step sent, until it says that one
// is wrong.
func chunksOf(out *Out, f func(p *Packet, c wire.Chunk) string) string {
	for i := range out.Packets {
		p := &out.Packets[i]
		for c, rest, ok := p.Chunks.Next(); ok; c, rest, ok = rest.Next() {
			if wrong := f(p, c); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

func tagOfPeer(_ *Config, before, after *Vars, out *Out) string {
	return chunksOf(out, func(p *Packet, c wire.Chunk) string {
		switch c.Type {
		case wire.ChunkInit:
			if p.Tag != 0 || p.Chunks.Count() != 1 {
				return fmt.Sprintf("INIT with tag %08x and %d chunks", uint32(p.Tag), p.Chunks.Count())
			}
		case wire.ChunkInitAck, wire.ChunkAbort, wire.ChunkShutdownComplete, wire.ChunkError: // to whoever asked
		default:
			if p.Tag != after.PeerTag && p.Tag != before.PeerTag || p.Tag == 0 {
				return fmt.Sprintf("%v with tag %08x, the peer's is %08x", c.Type, uint32(p.Tag), uint32(after.PeerTag))
			}
		}
		return ""
	})
}

// sameLife reports whether both variables are of one incarnation.
func sameLife(before, after *Vars) bool {
	return before.State != Closed && after.State != Closed && before.MyTag == after.MyTag && before.PeerTag == after.PeerTag
}

func tsnsInOrder(_ *Config, before, after *Vars, out *Out) string {
	if !sameLife(before, after) || slices.ContainsFunc(out.Signals, func(s Signal) bool { return s.Kind == AssocReset }) {
		return "" // RFC 6525 5.2.4 begins all numbers anew
	}
	if after.Acked.Before(before.Acked) || after.CumTSN.Before(before.CumTSN) {
		return fmt.Sprintf("acknowledged from %d to %d, acknowledging from %d to %d", before.Acked, after.Acked, before.CumTSN, after.CumTSN)
	}
	next, gaps := before.NextTSN, after.NeverSent-before.NeverSent
	wrong := chunksOf(out, func(_ *Packet, c wire.Chunk) string {
		if d, ok := c.Data(); ok && before.NextTSN.AtOrBefore(d.TSN) {
			if gaps -= d.TSN.Sub(next); gaps < 0 || d.TSN.Before(next) {
				return fmt.Sprintf("new DATA has TSN %d, want %d", d.TSN, next)
			}
			next = d.TSN.Add(1)
		}
		return ""
	})
	if wrong == "" && next.Add(gaps) != after.NextTSN {
		return fmt.Sprintf("the next TSN is %d, want %d", after.NextTSN, next)
	}
	return wrong
}

func dataWhileSending(_ *Config, before, after *Vars, out *Out) string {
	return chunksOf(out, func(p *Packet, c wire.Chunk) string {
		if _, ok := c.Data(); ok && !before.State.in(sending) && !after.State.in(sending) && !p.Chunks.Has(wire.ChunkCookieEcho) {
			return fmt.Sprintf("DATA sent in %v", after.State)
		}
		return ""
	})
}

func shutdownWhenDrained(_ *Config, _, after *Vars, out *Out) string {
	return chunksOf(out, func(_ *Packet, c wire.Chunk) string {
		if c.Type == wire.ChunkShutdown && (after.Unacked > 0 || after.Waiting > 0) {
			return fmt.Sprintf("%d chunks and %d messages are left", after.Unacked, after.Waiting)
		}
		return ""
	})
}

func endingsEnd(_ *Config, before, after *Vars, _ *Out) string {
	if before.MyTag != after.MyTag || before.State == after.State {
		return ""
	}
	if before.State == ShutdownAckSent && after.State != Closed ||
		before.State == ShutdownReceived && after.State != ShutdownAckSent && after.State != Closed {
		return fmt.Sprintf("from %v to %v", before.State, after.State)
	}
	return ""
}

func windowCounted(_ *Config, _, after *Vars, _ *Out) string {
	if after.RWnd < 0 || after.Outstanding < 0 || after.Unacked == 0 && after.Outstanding != 0 {
		return fmt.Sprintf("window %d, %d octets and %d chunks outstanding", after.RWnd, after.Outstanding, after.Unacked)
	}
	return ""
}

func gapsInOrder(_ *Config, _, _ *Vars, out *Out) string {
	return chunksOf(out, func(_ *Packet, c wire.Chunk) string {
		sack, ok := c.SACK()
		last := uint16(1) // the chunk after the cumulative TSN ack is missing
		for i := range sack.Gaps.Len() {
			g := sack.Gaps.At(i)
			if !ok || g.Start <= last || g.End < g.Start {
				return fmt.Sprintf("block %d-%d after %d", g.Start, g.End, last)
			}
			last = g.End + 1
		}
		return ""
	})
}

func closedHasNoTimers(_ *Config, _, after *Vars, _ *Out) string {
	if after.State == Closed && after.Timers > 0 {
		return fmt.Sprintf("%d are armed", after.Timers)
	}
	return ""
}

func closedHoldsNothing(_ *Config, _, after *Vars, _ *Out) string {
	if after.State == Closed && (after.Unacked > 0 || after.Waiting > 0 || after.Held > 0) {
		return fmt.Sprintf("%d chunks, %d messages, %d octets received", after.Unacked, after.Waiting, after.Held)
	}
	return ""
}
