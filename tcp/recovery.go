package tcp

import (
	"slices"

	"simrun/wire"
)

// phase is how the sender takes acknowledgments.
type phase uint8

const (
	phaseOpen     phase = iota
	phaseRecovery       // fast recovery, until point is acknowledged
	phaseLoss           // after an RTO, until point is acknowledged
	phaseProbe          // after an RTO, F-RTO: the front was sent again, and the next ACK decides what is sent
	phaseWatch          // F-RTO: new text was sent, and the next ACK tells whether the RTO was spurious
	phasePath           // a probe of the path was lost: as recovery, with the windows as they are
)

// probes reports whether F-RTO holds back what an RTO presumed lost.
func (p phase) probes() bool { return p == phaseProbe || p == phaseWatch }

// repairs reports whether a hole is being filled while the rest flows.
func (p phase) repairs() bool { return p == phaseRecovery || p == phasePath }

// recovery is loss recovery: RFC 6582 without SACK, RFC 6675 with it, or
// RFC 8985.
type recovery struct {
	phase phase
	// point is RecoveryPoint, or "recover": the highest number sent when the
	// last recovery began. Once more is acknowledged it follows SND.UNA, one
	// behind.
	point   wire.Seq
	dups    int      // duplicate ACKs, or ACKs with news in their SACK blocks
	limited int      // octets that limited transmit sent (RFC 3042)
	jump    int      // how far the last ACK moved SND.UNA
	latest  bool     // and whether it echoed the timestamp of the latest copy of what it acknowledged last
	high    wire.Seq // HighRxt: the highest number sent again in fast recovery
	rescued bool     // RescueRxt is RecoveryPoint (RFC 6675 4, NextSeg (4))
	prr     prr
}

// told is what an acknowledgment tells of what was sent.
type told struct {
	acked, text int  // numbers it newly acknowledges, and octets of text among them
	segments    int  // segments that were in flight until then
	delivered   int  // octets that the peer has now and had not, as far as SND.UNA and SACK tell
	undone      int  // duplicates that told of what it acknowledges now
	news        bool // its SACK blocks report what was not known
	beyond      bool // or are about what was sent after the recovery began
	duplicate   bool // RFC 5681 2
	again       bool // its first SACK block reports a duplicate (RFC 2883)
	latest      bool // it echoes the timestamp of the latest copy of what it acknowledges last
}

// takeACK is the ACK field of an acceptable segment (RFC 9293 3.10.7.4 fifth).
func (c *Conn) takeACK(s *step) {
	snd, seg := &c.snd, s.seg
	t := told{segments: snd.flight.len(), delivered: -snd.flight.have}
	t.again = c.takeDSACK(seg)
	if snd.una.Before(seg.Ack) && seg.Ack.AtOrBefore(snd.max) {
		t.latest = c.echoesLatest(s)
		t.acked, t.text = c.advance(s, seg.Ack)
	}
	t.segments -= snd.flight.len()
	c.takeSACK(s, &t)
	t.delivered += snd.flight.have + t.acked
	c.takeProbeACK(s, t.acked)
	t.duplicate = t.acked == 0 && c.isDuplicate(seg)
	fresh := snd.wl1.Before(seg.Seq) || snd.wl1 == seg.Seq && snd.wl2.AtOrBefore(seg.Ack)
	if fresh && snd.una.AtOrBefore(seg.Ack) || c.synchronizing() {
		c.updateWindow(s, seg)
	}
	if c.state.in(sending) {
		c.recover(s, &t)
		c.takeECE(s, t.acked)
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
func (c *Conn) takeSACK(s *step, t *told) {
	if !c.opt.sack {
		return
	}
	snd, d := &c.snd, c.delivery(s)
	blocks, n := s.seg.Options.SACK()
	slices.SortFunc(blocks[:n], func(a, b wire.SACKBlock) int { return a.Left.Sub(b.Left) })
	for _, b := range blocks[:n] {
		if snd.una.Before(b.Left) && b.Left.Before(b.Right) && b.Right.AtOrBefore(snd.max) {
			t.news = snd.flight.report(b, snd.mss, d) || t.news
			t.beyond = t.beyond || c.rec.point.Before(b.Right)
		}
	}
}

// recover is what an ACK means for what was lost, or only seemed to be.
func (c *Conn) recover(s *step, t *told) {
	rec, snd := &c.rec, &c.snd
	c.review(s, t)
	covered, pipe := rec.point.AtOrBefore(snd.una), snd.flight.pipe
	repairing := rec.phase != phaseOpen
	switch {
	case t.acked > 0 && rec.phase.repairs() && covered:
		if rec.phase == phaseRecovery {
			c.cc.cwnd = c.cc.ssthresh
		}
		c.leaveRecovery()
		s.out.signal(c.windowSignal(RecoveryEnded, 0))
	case t.acked > 0 && rec.phase.repairs():
		t.undone = min(rec.dups, max(0, t.segments-1))
		rec.dups -= t.undone
		if !c.opt.sack && !(rec.phase == phasePath && snd.flight.len() > 0 && snd.flight.front().resent) {
			snd.flight.loseFront() // a partial ACK: the next one is lost too (RFC 6582 3.2)
		}
	case t.acked > 0:
		rec.dups, rec.limited = 0, 0
		if covered {
			rec.phase = phaseOpen
			c.followUna()
		}
		c.openWindow(s, c.counted(t.text))
	}
	if (t.news || t.duplicate && !c.opt.sack) && snd.flight.len() > 0 {
		rec.dups++
	}
	c.judge(s, repairing && rec.phase == phaseOpen)
	switch {
	case c.mayRecover():
		c.enterRecovery(s, t)
	case rec.phase == phaseRecovery:
		before := c.cc.cwnd
		c.reduce(t, t.acked > 0 && snd.flight.pipe >= pipe)
		if c.cc.cwnd != before {
			c.signalWindow(s, 0)
		}
	}
	if t.acked > 0 {
		rec.jump, rec.latest = t.acked, t.latest
	}
}

// mayRecover reports whether there is a loss to recover from; what was sent
// before an RTO does not count (RFC 6582 4.1, RFC 6675 5.1).
func (c *Conn) mayRecover() bool {
	return c.rec.phase == phaseOpen && c.holeIsLoss() && c.newHole()
}

// holeIsLoss reports whether the oldest segment must be presumed lost.
func (c *Conn) holeIsLoss() bool {
	f := &c.snd.flight
	if c.hasRACK() {
		return f.waiting.head != 0
	}
	return f.len() > 0 && c.rec.dups > 0 && (c.rec.dups >= dupThresh || f.front().lost)
}

// newHole reports whether the duplicates tell of a loss since the last
// recovery. Without SACK those that come when just what it sent is acknowledged
// may be the peer's answer to what was sent again without need (RFC 6582 3.2
// step 2, 4). They tell of a loss if the ACK before them answered the latest
// copy of what it acknowledged, so that no copy is still to be answered (4.2);
// or, without timestamps, if that ACK moved SND.UNA by little (4.1).
func (c *Conn) newHole() bool {
	rec := &c.rec
	switch {
	case c.opt.sack || rec.point.Before(c.snd.una):
		return true
	case c.opt.timestamps:
		return rec.latest
	}
	return c.cc.cwnd > c.snd.mss && rec.jump <= 4*c.snd.mss
}

// echoesLatest reports whether an ACK that advances echoes the timestamp of the
// last segment that it acknowledges, as that was sent last.
func (c *Conn) echoesLatest(s *step) bool {
	f := &c.snd.flight
	if !c.opt.timestamps || f.len() == 0 {
		return false
	}
	i := f.find(s.seg.Ack, c.snd.mss) - 1
	return i > f.base && s.echo() == c.tsval(f.at(i).sent)
}

// echo is the TSecr of the segment that arrived, 0 if it has none.
func (s *step) echo() uint32 {
	_, ecr, _ := s.seg.Options.Timestamps()
	return ecr
}

// enterRecovery is fast retransmit: the windows are cut, and the oldest
// segment is sent again whatever they are (RFC 6675 5 step 4, RFC 6582 3.2).
func (c *Conn) enterRecovery(s *step, t *told) {
	if c.probeLost(s) {
		return
	}
	snd := &c.snd
	c.remember(s.now, answeredRetransmit)
	c.cc.cut(c.cfg, snd.nxt.Sub(snd.una)-c.rec.limited, snd.mss)
	c.reduced()
	c.rec.phase, c.rec.point, c.rec.high = phaseRecovery, snd.nxt, snd.una
	if !c.hasRACK() {
		s.out.signal(Signal{Kind: FastRetransmit, N: c.rec.dups})
	}
	first := c.firstLost()
	c.startPRR(t)
	c.signalWindow(s, c.cc.ssthresh)
	c.resend(s, first)
}

// leaveRecovery takes acknowledgments as usual again. That just the recovery
// point is acknowledged, and no more, stays known: see newHole.
func (c *Conn) leaveRecovery() {
	c.rec = recovery{point: c.rec.point}
	c.followUna()
}

// followUna keeps point behind SND.UNA once more than it is acknowledged.
func (c *Conn) followUna() {
	if c.rec.point.Before(c.snd.una) {
		c.rec.point = c.snd.una.Add(-1)
	}
}

// enterLoss is the answer to an expiry of the retransmission timer: one
// segment, and slow start from there (RFC 5681 3.1).
func (c *Conn) enterLoss(s *step) {
	snd, before := &c.snd, c.cc
	c.remember(s.now, answeredTimeout)
	if snd.flight.front().tries == 0 {
		c.cc.cut(c.cfg, snd.nxt.Sub(snd.una)-c.rec.limited, snd.mss)
	}
	c.cc.collapse(snd.mss)
	c.reduced()
	c.rec = recovery{phase: c.phaseAfterRTO(), point: snd.nxt}
	c.loseOnTimeout(s)
	if c.cc != before && snd.mss > 0 && snd.queued() >= snd.mss { // less than a segment never filled a window: no news
		c.signalWindow(s, c.cc.ssthresh)
	}
}

// inNetwork is RFC 6675's pipe. Without SACK each duplicate ACK stands for one
// segment that has left the network, whichever it was; before recovery only
// limited transmit may act on that (RFC 3042), on two of them.
func (c *Conn) inNetwork() int {
	pipe, dups := c.snd.flight.pipe, c.rec.dups
	if c.rec.phase == phaseOpen {
		if c.cfg.NoLimitedTransmit {
			return c.snd.nxt.Sub(c.snd.una)
		}
		dups = min(dups, dupThresh-1)
	}
	if c.opt.sack {
		return pipe
	}
	left := dups * c.snd.mss
	if size := c.rec.prr.size; size > 0 {
		left = min(left, size) // RFC 9937 6.2: whatever the peer makes up
	}
	return max(0, pipe-left)
}

// allows reports whether the congestion window has room for a segment of n
// octets: while losses are being repaired, only if a full-sized one would fit
// (RFC 6675 5 step C), so that an RTO sends one segment and no more. PRR says
// to the octet what may be sent.
func (c *Conn) allows(n int) bool {
	if c.rec.phase != phaseOpen && c.rec.prr.size == 0 {
		n = c.snd.mss
	}
	return c.inNetwork()+n <= c.cc.cwnd
}
