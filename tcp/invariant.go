package tcp

import (
	"fmt"

	"simrun/clock"
	"simrun/fsm"
	"simrun/wire"
)

// Vars is the variables of a TCB between two steps (RFC 9293 3.3.1), for
// whoever looks: invariants, tests, ss.
type Vars struct {
	State                       State
	ISS, SndUna, SndNxt, SndMax wire.Seq
	SndWnd                      uint32
	FINSent                     bool
	FINSeq                      wire.Seq // our FIN's number, once sent
	IRS, RcvNxt, RcvEdge        wire.Seq
	FINTaken                    bool
	Queued, InFlight            int        // octets in the send queue, segments in flight
	FrontSent                   clock.Time // when the segment in front was sent last
	Tries                       int        // how often it was sent again
	Backoffs                    int        // how often the RTO is doubled
	Sampled                     bool       // a round trip was measured
	Abandoned                   bool       // no user has the connection any more
	Unread, Held                int        // octets for the user, octets beyond a hole
	Timers                      int        // how many are armed
	Waiting                     int        // of these, those that end a wait: not delayed ACK, not keepalive
	Config                      *Config
}

// Vars is the connection's variables now.
func (c *Conn) Vars() Vars {
	v := Vars{
		State: c.state,
		ISS:   c.snd.iss, SndUna: c.snd.una, SndNxt: c.snd.nxt, SndMax: c.snd.max, SndWnd: c.snd.wnd,
		FINSent: c.snd.fin == finSent, FINSeq: c.snd.finSeq,
		IRS: c.rcv.irs, RcvNxt: c.rcv.nxt, RcvEdge: c.rcv.edge, FINTaken: c.rcv.finTaken,
		Queued: c.snd.queued(), InFlight: c.snd.flight.len(),
		Unread: c.rcv.text.unread(), Held: int(c.rcv.text.held.Size()), Config: c.cfg,
	}
	v.Backoffs, v.Abandoned = c.rtt.Backoffs(), c.abandoned
	_, v.Sampled = c.rtt.SRTT()
	if v.InFlight > 0 {
		r := c.snd.flight.front()
		v.FrontSent, v.Tries = r.sent, int(r.tries)
	}
	for t := range numTimers {
		if c.armed(t) {
			v.Timers++
			if t != TimerDelayedACK && t != TimerKeepalive {
				v.Waiting++
			}
		}
	}
	return v
}

// Invariant is a statement about one connection that must hold after every
// step: given its variables before and after, and what the step sent.
type Invariant struct {
	ID, Text, Ref string
	// holds returns what is wrong, or "".
	holds func(cfg *Config, before, after *Vars, out *Out) string
}

// Invariants is the statements that one end can be checked by alone; the sim
// package has those that need both ends.
var Invariants = []Invariant{
	{"I-5", "SND.UNA =< SND.NXT, and no more is in flight than the sequence space allows", "RFC 9293 3.4", sendSpaceInOrder},
	{"I-6", "SND.UNA and RCV.NXT never decrease", "RFC 9293 3.4", neverBackwards},
	{"I-7", "new text stays within SND.UNA+SND.WND, but for a probe of one octet", "RFC 9293 3.8.6", withinWindow},
	{"I-8", "the right edge of the receive window never moves left", "RFC 9293 3.8.6 SHLD-14", edgeNeverLeft},
	{"I-9", "every segment acknowledges RCV.NXT", "RFC 9293 3.3.1", acknowledgesRcvNxt},
	{"I-10", "the FIN has one number, and no text follows it", "RFC 9293 3.6", nothingBeyondFIN},
	{"I-13", "CLOSED sends nothing but RST", "RFC 9293 3.10.7.1", closedSendsRST},
	{"I-14", "SYN is sent in SYN-SENT and SYN-RECEIVED alone, but for one again that was not acknowledged", "RFC 9293 3.5", synWhileOpening},
	{"I-19", "every change of state is a row of the table", "RFC 9293 3.3.2", statesByTable},
	{"I-20", "RCV.NXT passes the peer's FIN by one, once", "RFC 9293 3.10.7.4 eighth", finTakenOnce},
	{"L-2", "who waits for an ACK, for a window or for 2MSL has a timer that ends the wait", "RFC 9293 3.8.1, 3.8.6.1 MUST-36", waitsEnd},
	{"R-1", "no timer runs in CLOSED", "RFC 9293 3.10", closedHasNoTimers},
	{"R-3", "CLOSED holds no segments", "RFC 9293 3.10", closedHoldsNothing},
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

// sameLife reports whether both variables are of one incarnation.
func sameLife(before, after *Vars) bool {
	return before.State != Closed && before.State != Listen && before.ISS == after.ISS
}

func sendSpaceInOrder(_ *Config, _, v *Vars, _ *Out) string {
	if v.SndNxt.Before(v.SndUna) || v.SndMax.Before(v.SndNxt) {
		return fmt.Sprintf("SND.UNA %d, SND.NXT %d, highest sent %d", v.SndUna, v.SndNxt, v.SndMax)
	}
	return ""
}

func neverBackwards(_ *Config, before, after *Vars, _ *Out) string {
	if !sameLife(before, after) {
		return ""
	}
	if after.SndUna.Before(before.SndUna) {
		return fmt.Sprintf("SND.UNA from %d to %d", before.SndUna, after.SndUna)
	}
	if before.State != SynSent && before.IRS == after.IRS && after.RcvNxt.Before(before.RcvNxt) {
		return fmt.Sprintf("RCV.NXT from %d to %d", before.RcvNxt, after.RcvNxt)
	}
	return ""
}

func withinWindow(_ *Config, before, after *Vars, out *Out) string {
	if after.State == Closed {
		return ""
	}
	edge := after.SndUna.Add(int(after.SndWnd))
	for i := range out.Segments {
		seg := &out.Segments[i]
		if seg.Flags.Has(wire.SYN) {
			continue // the window is not known yet (RFC 7413 4.2.1)
		}
		isNew := seg.Resend == 0 && len(seg.Payload) > 0 && before.SndMax.Before(seg.End())
		if isNew && edge.Before(seg.End()) && len(seg.Payload) > 1 {
			return fmt.Sprintf("text up to %d with the edge at %d", seg.End(), edge)
		}
	}
	return ""
}

func edgeNeverLeft(_ *Config, before, after *Vars, _ *Out) string {
	if sameLife(before, after) && before.State != SynSent && before.IRS == after.IRS && after.RcvEdge.Before(before.RcvEdge) {
		return fmt.Sprintf("from %d to %d", before.RcvEdge, after.RcvEdge)
	}
	return ""
}

func acknowledgesRcvNxt(_ *Config, before, after *Vars, out *Out) string {
	for i := range out.Segments {
		seg := &out.Segments[i]
		if !seg.Flags.Has(wire.ACK) || seg.Flags.Has(wire.RST) || seg.Flags.Has(wire.SYN) {
			continue
		}
		// A segment that the step sent early acknowledges what was in order
		// then; a retransmission goes out before the text is looked at.
		last := i == len(out.Segments)-1 && seg.Resend == 0
		if seg.Ack != after.RcvNxt && (last || seg.Ack != before.RcvNxt) {
			return fmt.Sprintf("acknowledges %d, RCV.NXT is %d", seg.Ack, after.RcvNxt)
		}
	}
	return ""
}

func nothingBeyondFIN(_ *Config, before, after *Vars, out *Out) string {
	if before.FINSent && after.FINSent && before.FINSeq != after.FINSeq && before.ISS == after.ISS {
		return fmt.Sprintf("FIN moved from %d to %d", before.FINSeq, after.FINSeq)
	}
	for i := range out.Segments {
		seg := &out.Segments[i]
		if seg.Flags.Has(wire.RST) || !after.FINSent {
			continue
		}
		if seg.Flags.Has(wire.FIN) && seg.End() != after.FINSeq.Add(1) {
			return fmt.Sprintf("FIN at %d, sent before at %d", seg.End().Add(-1), after.FINSeq)
		}
		if len(seg.Payload) > 0 && after.FINSeq.Before(seg.Seq.Add(len(seg.Payload))) {
			return fmt.Sprintf("text up to %d, FIN at %d", seg.End(), after.FINSeq)
		}
	}
	return ""
}

func closedSendsRST(_ *Config, before, _ *Vars, out *Out) string {
	if before.State != Closed {
		return ""
	}
	for i := range out.Segments {
		if f := out.Segments[i].Flags; !f.Has(wire.RST) && !f.Has(wire.SYN) {
			return fmt.Sprintf("flags %#x", f)
		}
	}
	return ""
}

func synWhileOpening(_ *Config, _, after *Vars, out *Out) string {
	for i := range out.Segments {
		// A CLOSE in SYN-RECEIVED leads to FIN-WAIT-1 with the SYN in flight.
		again := out.Segments[i].Resend > 0 && after.SndUna == after.ISS
		if out.Segments[i].Flags.Has(wire.SYN) && !again && after.State != SynSent && after.State != SynReceived {
			return "SYN sent in " + after.State.String()
		}
	}
	return ""
}

func statesByTable(cfg *Config, before, after *Vars, out *Out) string {
	state := before.State
	for _, i := range out.Rows {
		row := cfg.Table.Row(i)
		if !fsm.Has(row.In, state) {
			return row.ID + " fired in " + state.String()
		}
		state = row.Next(state)
	}
	if state != after.State {
		return fmt.Sprintf("the rows lead to %v, the state is %v", state, after.State)
	}
	return ""
}

func finTakenOnce(_ *Config, before, after *Vars, _ *Out) string {
	if before.FINTaken && after.FINTaken && before.IRS == after.IRS && sameLife(before, after) && before.RcvNxt != after.RcvNxt {
		return fmt.Sprintf("RCV.NXT from %d to %d after the FIN", before.RcvNxt, after.RcvNxt)
	}
	return ""
}

func closedHasNoTimers(_ *Config, _, v *Vars, _ *Out) string {
	if v.State == Closed && v.Timers > 0 {
		return fmt.Sprintf("%d run", v.Timers)
	}
	return ""
}

func closedHoldsNothing(_ *Config, _, v *Vars, _ *Out) string {
	if v.State == Closed && (v.InFlight > 0 || v.Queued > 0 || v.Held > 0) {
		return fmt.Sprintf("%d segments in flight, %d octets queued, %d beyond a hole", v.InFlight, v.Queued, v.Held)
	}
	return ""
}

// waitsEnd is what keeps two ends from waiting for each other for ever. Who
// waits for its user, or for a peer that owes it nothing, needs no timer.
func waitsEnd(cfg *Config, _, v *Vars, _ *Out) string {
	waits := v.InFlight > 0 || v.Queued > 0 || v.State.in(finUnacked) || v.State.in(opening) || v.State == TimeWait
	if v.State.Exists() && waits && v.Waiting == 0 && !cfg.NoPersist {
		return fmt.Sprintf("none in %v with %d segments in flight, %d octets queued", v.State, v.InFlight, v.Queued)
	}
	return ""
}
