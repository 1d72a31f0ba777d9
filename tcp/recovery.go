package tcp

import "simrun/wire"

// phase is how the sender takes acknowledgments.
type phase uint8

const (
	phaseOpen     phase = iota
	phaseRecovery       // fast recovery, until point is acknowledged
	phaseLoss           // after an RTO, until point is acknowledged
)

// recovery is loss recovery: RFC 6582 without SACK, RFC 6675 with it (but for
// rules 3 and 4 of its NextSeg, which send again what is not known to be lost).
type recovery struct {
	phase   phase
	point   wire.Seq // RecoveryPoint, or "recover": the highest number sent when it began
	dups    int      // duplicate ACKs, or ACKs with news in their SACK blocks
	limited int      // octets that limited transmit sent (RFC 3042)
}

// takeACK is the ACK field of an acceptable segment (RFC 9293 3.10.7.4 fifth).
func (c *Conn) takeACK(s *step) {
	snd, seg := &c.snd, s.seg
	acked, text, segments := 0, 0, snd.flight.len()
	if snd.una.Before(seg.Ack) && seg.Ack.AtOrBefore(snd.max) {
		acked, text = c.advance(s, seg.Ack)
	}
	segments -= snd.flight.len()
	news := c.takeSACK(seg)
	duplicate := acked == 0 && c.isDuplicate(seg)
	fresh := snd.wl1.Before(seg.Seq) || snd.wl1 == seg.Seq && snd.wl2.AtOrBefore(seg.Ack)
	if fresh && snd.una.AtOrBefore(seg.Ack) || c.synchronizing() {
		c.updateWindow(s, seg)
	}
	if c.state.in(sending) {
		c.recover(s, acked, text, segments, news || duplicate && !c.opt.sack)
	}
}

// isDuplicate is RFC 5681 2: it acknowledges nothing new, carries nothing, and
// leaves the window as it is, while something is in flight.
func (c *Conn) isDuplicate(seg *wire.TCP) bool {
	return c.snd.flight.len() > 0 && seg.Len() == 0 && seg.Ack == c.snd.una &&
		c.window(seg) == c.snd.wnd
}

// takeSACK takes the SACK blocks of a segment that speak of what is in flight;
// those that report duplicates do not.
func (c *Conn) takeSACK(seg *wire.TCP) (news bool) {
	if !c.opt.sack {
		return false
	}
	snd := &c.snd
	blocks, n := seg.Options.SACK()
	for _, b := range blocks[:n] {
		if snd.una.Before(b.Left) && b.Left.Before(b.Right) && b.Right.AtOrBefore(snd.max) {
			news = snd.flight.report(b, snd.mss) || news
		}
	}
	return news
}

// recover is what an ACK means for what was lost. It acknowledged so many
// numbers, octets of text and segments; dup says that it tells of another
// segment that has left the network.
func (c *Conn) recover(s *step, acked, text, segments int, dup bool) {
	rec, snd := &c.rec, &c.snd
	covered := rec.point.AtOrBefore(snd.una)
	switch {
	case acked > 0 && rec.phase == phaseRecovery && covered:
		c.cc.cwnd = c.cc.ssthresh
		c.leaveRecovery()
		s.out.signal(Signal{Kind: RecoveryEnded})
	case acked > 0 && rec.phase == phaseRecovery:
		rec.dups = max(0, rec.dups-max(0, segments-1))
		if !c.opt.sack {
			snd.flight.loseFront() // a partial ACK: the next one is lost too (RFC 6582 3.2)
		}
	case acked > 0:
		rec.dups, rec.limited = 0, 0
		if covered {
			rec.phase, rec.point = phaseOpen, snd.una
		}
		before := c.cc.cwnd
		c.cc.grow(c.counted(text), snd.mss)
		if c.cc.cwnd != before {
			c.signalWindow(s, 0)
		}
	}
	if dup && snd.flight.len() > 0 {
		rec.dups++
	}
	snd.flight.judge(snd.mss)
	if rec.phase == phaseOpen && rec.point.AtOrBefore(snd.una) && c.holeIsLoss() {
		c.enterRecovery(s)
	}
}

// holeIsLoss reports whether the oldest segment must be presumed lost.
func (c *Conn) holeIsLoss() bool {
	f := &c.snd.flight
	return f.len() > 0 && c.rec.dups > 0 && (c.rec.dups >= dupThresh || f.front().lost)
}

// enterRecovery is fast retransmit: the windows are cut, and the oldest
// segment is sent again whatever they are (RFC 6675 5 step 4, RFC 6582 3.2).
func (c *Conn) enterRecovery(s *step) {
	snd := &c.snd
	c.cc.cut(snd.nxt.Sub(snd.una)-c.rec.limited, snd.mss)
	c.rec.phase, c.rec.point = phaseRecovery, snd.nxt
	s.out.signal(Signal{Kind: FastRetransmit, N: c.rec.dups})
	c.signalWindow(s, c.cc.ssthresh)
	snd.flight.loseFront()
	c.resend(s, snd.flight.front())
}

func (c *Conn) leaveRecovery() { c.rec = recovery{point: c.snd.una} }

// enterLoss is the answer to an expiry of the retransmission timer: one
// segment, and slow start from there (RFC 5681 3.1).
func (c *Conn) enterLoss(s *step) {
	snd, before := &c.snd, c.cc
	if snd.flight.front().tries == 0 {
		c.cc.cut(snd.nxt.Sub(snd.una)-c.rec.limited, snd.mss)
	}
	c.cc.cwnd = snd.mss
	c.rec = recovery{phase: phaseLoss, point: snd.nxt}
	snd.flight.loseAll()
	if c.cc != before && snd.mss > 0 && snd.queued() >= snd.mss { // less than a segment never filled a window: no news
		c.signalWindow(s, c.cc.ssthresh)
	}
}

// signalWindow tells of a new congestion window; and of ssthresh when that is
// new too.
func (c *Conn) signalWindow(s *step, ssthresh int) {
	s.out.signal(Signal{Kind: CongestionWindow, N: c.cc.cwnd, Ssthresh: ssthresh, Pipe: c.inNetwork()})
}

// inNetwork is RFC 6675's pipe. Without SACK each duplicate ACK stands for one
// segment that has left the network, whichever it was; before recovery only
// limited transmit may act on that (RFC 3042).
func (c *Conn) inNetwork() int {
	pipe := c.snd.flight.pipe
	if !c.opt.sack {
		pipe = max(0, pipe-c.rec.dups*c.snd.mss)
	}
	if c.rec.phase == phaseOpen && c.cfg.NoLimitedTransmit {
		return c.snd.nxt.Sub(c.snd.una)
	}
	return pipe
}

// allows reports whether the congestion window has room for a segment of n
// octets: while losses are being repaired, only if a full-sized one would fit
// (RFC 6675 5 step C), so that an RTO sends one segment and no more.
func (c *Conn) allows(n int) bool {
	if c.rec.phase != phaseOpen {
		n = c.snd.mss
	}
	return c.inNetwork()+n <= c.cc.cwnd
}
