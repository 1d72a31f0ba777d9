package tcp

import (
	"simrun/clock"
	"simrun/wire"
)

// Arrive is SEGMENT ARRIVES (RFC 9293 3.10.7). The checks stand in the order
// of the text; each either raises an event and ends, or lets the segment pass.
func (c *Conn) Arrive(now clock.Time, seg *wire.TCP, out *Out) {
	s := step{now: now, out: out, seg: seg}
	switch c.state {
	case Closed:
		c.arriveClosed(&s)
	case Listen:
		c.arriveListen(&s)
	case SynSent:
		c.arriveSynSent(&s)
	default:
		c.arriveOther(&s)
	}
	c.output(&s)
}

// arriveClosed is RFC 9293 3.10.7.1.
func (c *Conn) arriveClosed(s *step) {
	switch flags := s.seg.Flags; {
	case flags.Has(wire.RST):
		c.fire(s, SegRST)
	case flags.Has(wire.ACK):
		c.fire(s, SegACK)
	default:
		c.fire(s, SegNoACK)
	}
}

// arriveListen is RFC 9293 3.10.7.2.
func (c *Conn) arriveListen(s *step) {
	switch flags := s.seg.Flags; {
	case flags.Has(wire.RST): // first
		c.fire(s, SegRST)
	case flags.Has(wire.ACK): // second
		c.fire(s, SegACK)
	case flags.Has(wire.SYN): // third
		c.fire(s, SegSYN)
	default: // fourth
		c.fire(s, SegNoACK)
	}
}

// arriveSynSent is RFC 9293 3.10.7.3.
func (c *Conn) arriveSynSent(s *step) {
	flags, ack := s.seg.Flags, s.seg.Ack
	ackGood := flags.Has(wire.ACK) && c.snd.una.Before(ack) && ack.AtOrBefore(c.snd.max)
	switch {
	case flags.Has(wire.ACK|wire.RST) && !ackGood: // first: a bad ACK, unless RST
		c.fire(s, SegRSTOutside)
	case flags.Has(wire.ACK) && !ackGood:
		c.fire(s, SegBadACK)
	case flags.Has(wire.RST) && ackGood: // second
		c.fire(s, SegRST)
	case flags.Has(wire.RST):
		c.fire(s, SegRSTOutside)
	case flags.Has(wire.SYN) && ackGood: // fourth
		c.fire(s, SegSYNACK)
		c.answeredFast(s)
		c.opened(s)
		c.checkUrgent(s)
		c.arriveText(s)
	case flags.Has(wire.SYN):
		c.fire(s, SegSYN)
	case flags.Has(wire.ACK): // fifth: neither SYN nor RST
		c.fire(s, SegACK)
	default:
		c.fire(s, SegNoACK)
	}
}

// arriveOther is RFC 9293 3.10.7.4.
func (c *Conn) arriveOther(s *step) {
	if c.state == SynReceived && s.seg.Flags.Has(wire.SYN) && s.seg.Seq == c.rcv.irs {
		c.hearSetup(s.seg)
	}
	if c.checkPAWS(s) && c.checkSEQ(s) && c.checkRST(s) && c.checkSYN(s) {
		c.takeTimestamp(s)
		if c.checkACK(s) {
			c.takeUTO(s)
			c.checkUrgent(s)
			c.arriveText(s)
		}
	}
}

// checkSEQ is the first check: is the segment acceptable (table 6)?
func (c *Conn) checkSEQ(s *step) bool {
	seg := s.seg
	if c.acceptable(seg) || c.completesSimultaneousOpen(seg) {
		return true
	}
	switch {
	case seg.Flags.Has(wire.RST):
		c.fire(s, SegRSTOutside)
	case seg.Flags.Has(wire.FIN) && c.state.in(finTaken) && seg.End() == c.rcv.nxt:
		// Read by the letter, a FIN that comes again fails this check, and
		// the restart of 2MSL that the text asks for would never be reached.
		c.fire(s, SegFIN)
	case c.repeatsSYN(seg):
		c.fire(s, SegSYNAgain)
	default:
		c.noteOld(seg.Seq, seg.Payload)
		c.fire(s, SegOutside)
		if c.windowShut(seg) || c.crossesProbe(seg) {
			// With no window nothing is acceptable, yet valid ACKs must be
			// taken, or two ends with shut windows would block each other.
			if c.checkACK(s) {
				c.checkUrgent(s) // MUST-66
			}
		}
	}
	return false
}

// acceptable is table 6 of RFC 9293 3.10.7.4.
func (c *Conn) acceptable(seg *wire.TCP) bool {
	length, window := seg.Len(), c.rcv.window()
	switch {
	case length == 0 && window == 0:
		return seg.Seq == c.rcv.nxt
	case window == 0:
		return seg.Flags.Has(wire.RST) && seg.Seq == c.rcv.nxt // MUST-66
	case length == 0:
		return seg.Seq.InWindow(c.rcv.nxt, window)
	default:
		return seg.Seq.InWindow(c.rcv.nxt, window) || seg.End().Add(-1).InWindow(c.rcv.nxt, window)
	}
}

// windowShut reports whether the segment failed for want of a window alone.
func (c *Conn) windowShut(seg *wire.TCP) bool {
	return c.rcv.window() == 0 && seg.Seq == c.rcv.nxt && seg.Flags&(wire.SYN|wire.RST) == 0
}

// crossesProbe reports whether the segment acknowledges our window probe and
// comes from below RCV.NXT because the peer does not know yet that we took
// its own. If its ACK were not taken, two ends whose probes crossed would
// refuse each other's ACKs for ever, each with another ACK.
func (c *Conn) crossesProbe(seg *wire.TCP) bool {
	return seg.Seq.Add(1) == c.rcv.nxt && seg.End().AtOrBefore(c.rcv.nxt) &&
		seg.Flags&(wire.SYN|wire.RST|wire.ACK) == wire.ACK &&
		c.snd.nxt.Before(seg.Ack) && seg.Ack.AtOrBefore(c.snd.max)
}

// completesSimultaneousOpen is the exception that figure 7 needs: the SYN,ACK
// that meets SYN-RECEIVED starts one left of RCV.NXT, so table 6 would refuse
// the segment that the figure draws as completing the handshake (appendix A.2
// admits it).
func (c *Conn) completesSimultaneousOpen(seg *wire.TCP) bool {
	return c.state == SynReceived && c.origin == active && !c.cfg.LiteralSEQ &&
		seg.Flags.Has(wire.SYN|wire.ACK) && seg.Flags&wire.RST == 0 &&
		seg.Seq == c.rcv.irs && seg.Ack == c.snd.nxt
}

// checkRST is the second check.
func (c *Conn) checkRST(s *step) bool {
	switch {
	case !s.seg.Flags.Has(wire.RST):
		return true
	case s.seg.Seq == c.rcv.nxt || !c.cfg.ChallengeACK:
		c.fire(s, SegRST)
	default:
		c.fire(s, SegRSTInWindow)
	}
	return false
}

// checkSYN is the fourth check; the third, security, is not modelled.
func (c *Conn) checkSYN(s *step) bool {
	if !s.seg.Flags.Has(wire.SYN) || c.completesSimultaneousOpen(s.seg) {
		return true
	}
	c.fire(s, SegSYN)
	return false
}

// checkACK is the fifth check.
func (c *Conn) checkACK(s *step) bool {
	c.believe(s)
	ack := s.seg.Ack
	if !s.seg.Flags.Has(wire.ACK) {
		c.fire(s, SegNoACK)
		return false
	}
	opening := c.snd.una == c.snd.iss
	if c.state == SynReceived {
		if !c.snd.una.Before(ack) || !ack.AtOrBefore(c.snd.nxt) {
			c.fire(s, SegBadACK)
			return false
		}
	} else {
		oldest := c.snd.una.Add(-int(c.snd.maxWnd))
		switch {
		case c.snd.max.Before(ack):
			c.fire(s, SegACKBeyond)
			return false
		case c.cfg.ChallengeACK && ack.Before(oldest):
			c.fire(s, SegACKTooOld)
			return false
		}
	}
	c.fire(s, SegACK)
	if opening && c.snd.una != c.snd.iss {
		c.opened(s)
	}
	if c.snd.finAcked() && c.state.in(finUnacked) {
		c.fire(s, AckOfFIN)
	}
	return c.state != Closed
}

// opened carries out what had to wait for the ACK of our SYN: text that came
// with the peer's (RFC 9293 3.10.7.2 third), and a CLOSE (3.10.4).
func (c *Conn) opened(s *step) {
	if c.moveOn(s) > 0 || c.cfg.AckSYNACK && s.seg.Flags.Has(wire.SYN) {
		s.ack = true
	}
	if c.state == Established && c.snd.fin == finQueued {
		c.fire(s, CallClose)
	}
}

// arriveText is the seventh and eighth check: text and FIN.
func (c *Conn) arriveText(s *step) {
	seg := s.seg
	start := seg.Seq
	if seg.Flags.Has(wire.SYN) {
		start = start.Add(1)
	}
	end := start.Add(len(seg.Payload))
	if seg.Flags.Has(wire.FIN) {
		c.noteFIN(end)
	}
	c.noteMark(s)
	c.noteOld(start, seg.Payload)
	text, whole := c.rcv.trim(start, seg.Payload)
	if !whole {
		s.out.Drops = append(s.out.Drops, Drop{Reason: DropTrimmed})
	}
	s.text = text
	if len(text.data) > 0 {
		if c.abandoned && c.state.in(receiving) {
			c.fire(s, TextAfterClose)
			return
		}
		c.fire(s, SegText)
	}
	switch {
	case c.rcv.finKnown && !c.rcv.finTaken && c.rcv.finSeq == c.rcv.nxt && c.state.in(receiving):
		c.fire(s, SegFIN)
	case seg.Flags.Has(wire.FIN) && c.state.in(receiving|finTaken):
		s.ack = true // a FIN that cannot be taken: say what is expected (RFC 5681 4.2)
	}
}
