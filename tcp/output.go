package tcp

import (
	"simrun/clock"
	"simrun/wire"
)

// output ends every step: it sends what may be sent now, and the ACK that is
// owed rides on it or goes alone. Nothing pending survives a step.
func (c *Conn) output(s *step) {
	if c.state.in(sending) {
		c.sendQueued(s)
		c.watchWindow(s.now)
	}
	if s.ack && c.state.in(acknowledging) {
		c.emitACK(s, c.snd.nxt)
	}
	c.watchPeer(s.now, s.seg != nil)
	c.watchUser()
}

// sendQueued sends what was lost and then what is new, as far as the congestion
// window allows; new text also as far as the peer's window, Nagle's algorithm
// and silly-window avoidance do, and the FIN behind it.
func (c *Conn) sendQueued(s *step) {
	c.cc.limited = false
	for {
		if r := c.snd.flight.nextLost(); r != nil {
			if !c.allows(r.n) {
				c.cc.limited = true
				return
			}
			c.resend(s, r)
			continue
		}
		n, fin := c.nextSegment()
		if n == 0 && !fin {
			return
		}
		if !c.allows(n) {
			c.cc.limited = true
			return
		}
		if c.rec.phase == phaseOpen && c.rec.dups > 0 {
			c.rec.limited += n
		}
		c.sendNew(s, n, fin)
	}
}

// nextSegment is how many octets the next new segment carries, and whether
// the FIN goes with them; nothing if it must wait. The conditions are those of
// RFC 9293 3.8.6.2.1 (MUST-38) with the FIN as one more octet of the window.
func (c *Conn) nextSegment() (n int, fin bool) {
	snd := &c.snd
	unsent, usable := snd.unsent(), snd.usable()
	full := c.fullText()
	n = min(unsent, usable, full)
	last := n == unsent
	fin = snd.fin == finQueued && last && usable > n
	switch {
	case n == full, fin: // (1) a full-sized segment; a FIN lets nothing wait
		return n, fin
	case n == 0:
		return 0, false
	case snd.nxt != snd.una && !c.cfg.NoDelay: // Nagle (SHLD-7)
		return 0, false
	case last: // (2) all there is, pushed
		return n, false
	case n >= int(snd.maxWnd)/2: // (3) a good part of the largest window seen
		return n, false
	}
	return 0, false
}

// sendNew sends the next n octets of the queue, and the FIN with them.
func (c *Conn) sendNew(s *step, n int, fin bool) {
	snd := &c.snd
	r := record{seq: snd.nxt, n: n, flags: wire.ACK}
	if n > 0 && n == snd.unsent() {
		r.flags |= wire.PSH // MUST-61: the last segment of what was queued
	}
	if fin {
		r.flags |= wire.FIN
		snd.fin, snd.finSeq = finSent, snd.nxt.Add(n)
	}
	c.launch(s, r)
	if fin {
		c.fire(s, FINSent)
	}
}

// sendSYN sends our SYN; with ACK once the peer's SYN is known. In a
// simultaneous open the SYN goes a second time, now with an ACK: that is no
// retransmission.
func (c *Conn) sendSYN(s *step) {
	if c.snd.flight.len() > 0 {
		c.emit(s, c.snd.flight.front(), 0)
		return
	}
	c.launch(s, record{seq: c.snd.iss, flags: wire.SYN})
}

// launch sends a record for the first time: SND.NXT moves, the round trip is
// timed if none is, and the retransmission timer runs (RFC 6298 5.1).
func (c *Conn) launch(s *step, r record) {
	if c.snd.flight.len() == 0 {
		c.snd.since, c.snd.waits = s.now, s.now
	}
	c.snd.nxt = r.end()
	if c.snd.max.Before(c.snd.nxt) {
		c.snd.max = c.snd.nxt
	}
	if !c.timing.running {
		c.timing = timing{running: true, end: r.end(), start: s.now}
	}
	if !c.armed(TimerRetransmit) {
		c.arm(TimerRetransmit, s.now.Add(c.rto()))
	}
	c.emit(s, c.snd.flight.push(r), 0)
}

// emit puts the segment of a record into the step's output, with the
// acknowledgment and window of now.
func (c *Conn) emit(s *step, r *record, resend int) {
	seg := c.segment(s, r.seq, r.flags)
	if r.flags.Has(wire.SYN) {
		c.addSYNOptions(seg, s.now)
		if c.state == SynSent {
			seg.Flags &^= wire.ACK
			seg.Ack = 0
		}
	}
	if r.n > 0 {
		seg.Payload = c.snd.queue.at(r.seq.Sub(c.snd.first), r.n)
	}
	s.out.Segments[len(s.out.Segments)-1].Resend = resend
}

// emitACK sends a segment without text.
func (c *Conn) emitACK(s *step, seq wire.Seq) { c.segment(s, seq, wire.ACK) }

// segment appends a segment with its header filled in; every segment that
// acknowledges comes from here, so that its ACK field is RCV.NXT and what is
// owed is paid.
func (c *Conn) segment(s *step, seq wire.Seq, flags wire.Flags) *wire.TCP {
	s.out.Segments = append(s.out.Segments, Segment{TCP: wire.TCP{
		Net: wire.Net{
			Src: c.local.Addr, Dst: c.remote.Addr, TTL: c.cfg.TTL, DontFragment: true,
		},
		SrcPort: c.local.Port, DstPort: c.remote.Port,
		Seq: seq, Ack: c.rcv.nxt, Flags: flags | wire.ACK,
		Window: c.rcv.advertise(c.cfg, c.snd.mss, c.scaleFor(flags)),
	}})
	s.ack = false
	c.rcv.owed = 0
	c.stop(TimerDelayedACK)
	seg := &s.out.Segments[len(s.out.Segments)-1].TCP
	if !flags.Has(wire.SYN) {
		c.addOptions(seg, s.now)
	}
	c.ts.lastACK = c.rcv.nxt
	return seg
}

// scaleFor is the window scale of a segment: that of a SYN is never scaled
// (RFC 7323 2.2).
func (c *Conn) scaleFor(flags wire.Flags) uint8 {
	if flags.Has(wire.SYN) {
		return 0
	}
	return c.opt.rcvShift
}

// watchWindow keeps the persist timer: it runs while octets or a FIN wait for
// a shut window and nothing in flight would bring an ACK (RFC 9293 3.8.6.1).
func (c *Conn) watchWindow(now clock.Time) {
	snd := &c.snd
	waiting := snd.unsent() > 0 || snd.fin == finQueued
	switch {
	case !waiting || snd.flight.len() > 0 || c.cfg.NoPersist:
		c.stop(TimerPersist)
	case !c.armed(TimerPersist):
		snd.since, snd.waits = now, now
		c.arm(TimerPersist, now.Add(c.persistInterval()))
	}
}

// sendProbe sends one octet, or the FIN, into the shut window (MUST-36). It
// is not in flight: SND.NXT stays, and only an ACK can move it.
func (c *Conn) sendProbe(s *step) {
	snd := &c.snd
	r := record{seq: snd.nxt, flags: wire.ACK}
	if snd.unsent() > 0 {
		r.n = 1
	} else {
		r.flags |= wire.FIN
	}
	if snd.max.Before(r.end()) {
		snd.max = r.end()
	}
	c.emit(s, &r, int(snd.probes))
	snd.probes = min(snd.probes+1, 30)
	c.arm(TimerPersist, s.now.Add(c.persistInterval()))
}
