package tcp

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// output ends every step: it sends what may be sent now, and the ACK that is
// owed rides on it or goes alone. Nothing pending survives a step.
func (c *Conn) output(s *step) {
	if c.state.in(sending) || c.mayAnswer() {
		c.sendQueued(s)
		c.validate(s)
		c.watchWindow(s.now)
		if s.urgent {
			c.tellUrgent(s)
		}
	}
	c.watchReordering()
	c.watchProbe(s)
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
	c.cc.note(s.now)
	for {
		if r := c.snd.flight.nextLost(); r != nil && c.rec.phase.probes() {
			c.cc.limited = true // held back by F-RTO
		} else if r != nil {
			if !c.allows(r.n) {
				c.cc.limited = true
				return
			}
			if c.path.size != 0 && r.seq == c.path.probe { // lost beside others
				c.failProbe(s)
				c.snd.flight.resegment(c.fullText())
				continue
			}
			c.resend(s, r)
			continue
		}
		c.agePath(s)
		if n := c.probeText(); n > 0 {
			if !c.allows(n) {
				c.cc.limited = true
				return
			}
			c.sendPathProbe(s, n)
			continue
		}
		n, fin := c.nextSegment()
		if n == 0 && !fin {
			if !c.rescue(s) {
				return
			}
			continue
		}
		if n > 0 {
			c.afterIdle(s)
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
	urgent := snd.nxt.Before(snd.up) // it waits for no company
	fin = snd.fin == finQueued && last && usable > n
	switch {
	case n == full, fin: // (1) a full-sized segment; a FIN lets nothing wait
		return n, fin
	case n == 0:
		return 0, false
	case last && c.corked() && !urgent:
		return 0, false
	case snd.first.Before(snd.nxt) && !c.cfg.NoDelay && !urgent: // Nagle (SHLD-7): text is in flight
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
	if n > 0 {
		c.rcv.quick = false
	}
	if n > 0 && n == snd.unsent() {
		r.flags |= wire.PSH // MUST-61: the last segment of what was queued
	}
	if fin {
		r.flags |= wire.FIN
		snd.fin, snd.finSeq = finSent, snd.nxt.Add(n)
	}
	if n > 0 && c.rcv.nxt != c.rcv.irs.Add(1) {
		c.rcv.early = answered
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
	c.launch(s, record{seq: c.snd.iss, n: c.fastText(), flags: wire.SYN})
}

// launch sends a record for the first time: SND.NXT moves, the round trip is
// timed if none is, and the retransmission timer runs (RFC 6298 5.1).
func (c *Conn) launch(s *step, r record) {
	if c.snd.flight.len() == 0 {
		c.snd.since, c.snd.waits = s.now, s.now
	}
	r.sent = s.now
	c.snd.nxt = r.end()
	if c.snd.max.Before(c.snd.nxt) {
		c.snd.max = c.snd.nxt
	}
	if !c.timing.running {
		c.timing = timing{running: true, end: r.end(), start: s.now}
		if r.flags.Has(wire.SYN) {
			c.timing.end = r.text() // an answer may leave its text out
		}
	}
	if !c.armed(TimerRetransmit) {
		c.arm(TimerRetransmit, s.now.Add(c.rto()))
	}
	r.sent, s.moved = s.now, true
	c.emit(s, c.snd.flight.push(r), 0)
	c.mark(&s.out.Segments[len(s.out.Segments)-1].TCP)
	c.use.sent = s.now
}

// emit puts the segment of a record into the step's output, with the
// acknowledgment and window of now.
func (c *Conn) emit(s *step, r *record, resend int) {
	var text []byte
	if r.n > 0 {
		text = c.snd.queue.at(r.text().Sub(c.snd.first), r.n)
	}
	seg := c.segment(s, r.seq, r.flags, text)
	if r.flags.Has(wire.SYN) {
		c.addSYNOptions(seg, s.now)
		if c.state == SynSent {
			seg.Flags &^= wire.ACK
			seg.Ack = 0
		}
		seg.Flags |= c.offer(resend)
	}
	s.out.Segments[len(s.out.Segments)-1].Resend = resend
	c.rec.prr.sent(r.n)
}

// emitACK sends a segment without text.
func (c *Conn) emitACK(s *step, seq wire.Seq) { c.segment(s, seq, wire.ACK, nil) }

// segment appends a segment with its header filled in; every segment that
// acknowledges comes from here, so that its ACK field is RCV.NXT and what is
// owed is paid.
func (c *Conn) segment(s *step, seq wire.Seq, flags wire.Flags, text []byte) *wire.TCP {
	s.out.Segments = append(s.out.Segments, Segment{TCP: wire.TCP{
		Net: wire.Net{
			Src: c.local.Addr, Dst: c.remote.Addr, TTL: c.cfg.TTL, DontFragment: true,
		},
		SrcPort: c.local.Port, DstPort: c.remote.Port,
		Seq: seq, Ack: c.rcv.nxt, Flags: flags | wire.ACK,
		Window:  c.rcv.advertise(c.cfg, c.snd.mss, c.scaleFor(flags)),
		Payload: text,
	}})
	s.ack = false
	c.rcv.owed = 0
	c.stop(TimerDelayedACK)
	seg := &s.out.Segments[len(s.out.Segments)-1].TCP
	if !flags.Has(wire.SYN) {
		c.addUrgent(seg)
		c.addOptions(seg, s.now)
		if c.ecn.echo {
			seg.Flags |= wire.ECE
		}
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

// corked reports whether the user has asked to hold back what fills no
// segment. It is stronger than NoDelay, and a CLOSE is stronger than it.
func (c *Conn) corked() bool { return c.cfg.Cork || c.snd.more }

// watchWindow keeps two timers for octets that wait with nothing in flight
// that would bring an ACK: persist, while the window is shut (RFC 9293
// 3.8.6.1), and the override, while it is open but small, or the user has put
// the cork in (3.8.6.2.1).
func (c *Conn) watchWindow(now clock.Time) {
	snd := &c.snd
	waiting := snd.unsent() > 0 || snd.fin == finQueued
	switch {
	case !waiting || snd.flight.len() > 0 || snd.wnd > 0 || c.cfg.NoPersist:
		c.stop(TimerPersist)
	case !c.armed(TimerPersist):
		snd.since, snd.waits = now, now
		c.arm(TimerPersist, now.Add(c.persistInterval()))
	}
	switch hold := c.holdback(); {
	case hold == 0:
		c.stop(TimerOverride)
	case !c.armed(TimerOverride):
		c.arm(TimerOverride, now.Add(hold))
	}
}

// holdback is how long the text that waits may be held back for want of
// company; 0 if there is none, or if it waits for an ACK or a shut window.
func (c *Conn) holdback() time.Duration {
	snd := &c.snd
	unsent, usable := snd.unsent(), snd.usable()
	switch {
	case unsent == 0 || usable == 0:
		return 0
	case snd.flight.len() > 0 && !(c.cfg.NoDelay && c.corked() && unsent < min(c.fullText(), usable)):
		return 0
	case c.corked() && unsent <= usable:
		return c.cfg.CorkLimit
	}
	return c.cfg.SWSOverride
}

// sendHeld sends what was held back, as far as the window takes it: no probe,
// for the window is open.
func (c *Conn) sendHeld(s *step) {
	if n := min(c.snd.unsent(), c.snd.usable(), c.fullText()); n > 0 && (c.snd.flight.len() == 0 || c.allows(n)) {
		c.sendNew(s, n, false)
	}
}

// sendProbe sends one octet, or the FIN, into the shut window (MUST-36). It
// is not in flight: SND.NXT stays, and only an ACK can move it.
func (c *Conn) sendProbe(s *step) {
	snd := &c.snd
	if c.cfg.EmptyProbe {
		c.emitACK(s, snd.nxt.Add(-1))
		c.probed(s)
		return
	}
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
	s.out.Segments[len(s.out.Segments)-1].Reason = ForWindow
	c.probed(s)
}

// probed counts a window probe and waits for the next.
func (c *Conn) probed(s *step) {
	snd := &c.snd
	snd.probes = min(snd.probes+1, 30)
	c.arm(TimerPersist, s.now.Add(c.persistInterval()))
}
