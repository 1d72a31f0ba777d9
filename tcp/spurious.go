package tcp

import (
	"time"

	"simrun/clock"
	"simrun/internal/rto"
	"simrun/internal/serial"
	"simrun/wire"
)

// answer is what the sender did about a loss, as far as it may have to be
// taken back.
type answer uint8

const (
	answeredNothing    answer = iota
	answeredRetransmit        // fast retransmit
	answeredTimeout           // an RTO
	takenBack                 // an RTO that was spurious: the next round trip of new text makes the timer more careful
)

// standing reports whether there is an answer that may have to be taken back.
func (a answer) standing() bool { return a == answeredRetransmit || a == answeredTimeout }

// eifel is how far the Eifel detection is (RFC 3522): it decides on the first
// ACK that acknowledges something new, and on none after that.
type eifel uint8

const (
	eifelIdle eifel = iota
	eifelWaits
)

// Means is how a retransmission was found to be spurious.
type Means uint8

const (
	ByFRTO  Means = iota + 1 // RFC 5682: text that was sent once is acknowledged after the RTO
	ByEifel                  // RFC 3522: the ACK echoes a timestamp from before the retransmission
	ByDSACK                  // RFC 3708: the peer had all that was sent again
)

var meansNames = [...]string{ByFRTO: "F-RTO", ByEifel: "Eifel", ByDSACK: "D-SACK"}

func (m Means) String() string { return meansNames[m] }

// undo is what it takes to take an answer back. It lasts until what was in
// flight at the end of the recovery is acknowledged.
//
// The response is the plain one, for all three means: the congestion state is
// what it was, whichever control keeps it. RFC 4015 allows less after an RTO,
// FlightSize + min(bytes acked, IW), to avoid a burst; yet what is in flight
// counts as in flight again, so no more goes out than the same ACK would have
// let out had the timer not expired. And it speaks of time-outs alone, where a
// fast retransmit that only reordering caused halves the window as wrongly.
type undo struct {
	answer answer
	eifel  eifel
	stamp  uint32 // RetransmitTS
	saved  congestion
	rtt    rto.Estimator
	until  wire.Seq
}

// undoes reports whether the configuration lets any answer be taken back.
func (c *Conn) undoes() bool { return c.cfg.FRTO || c.cfg.Eifel || c.cfg.UndoDSACK }

// remember saves the state before an answer. What follows before all is
// repaired belongs to the same episode (RFC 3522 3.2, RFC 4015 3.1).
func (c *Conn) remember(now clock.Time, a answer) {
	u := &c.undo
	switch {
	case !c.undoes() || !c.state.in(sending):
		return
	case c.rec.phase != phaseOpen:
		if u.answer == answeredRetransmit {
			u.answer = a
		}
		return
	}
	*u = undo{answer: a, saved: c.cc, rtt: c.rtt, until: c.snd.nxt}
	if c.cfg.Eifel && c.opt.timestamps {
		u.eifel, u.stamp = eifelWaits, c.tsval(now)
	}
	c.copies.begin(c.snd.una)
}

// review looks at an ACK for signs that the last answer was wrong.
func (c *Conn) review(s *step, t *told) {
	u := &c.undo
	if t.acked > 0 && u.eifel == eifelWaits {
		u.eifel = eifelIdle
		if c.echoesOriginal(s, t) {
			c.takeBack(s, ByEifel)
		}
	}
	if c.rec.phase.probes() {
		c.stepFRTO(s, t)
	}
	if t.again && c.copies.needless() && u.answer.standing() {
		c.takeBack(s, ByDSACK)
	}
	c.endUndo()
}

// endUndo forgets what can no longer be taken back: a window has passed since
// the recovery.
func (c *Conn) endUndo() {
	u := &c.undo
	switch {
	case !u.answer.standing():
	case c.rec.phase != phaseOpen && !c.rec.point.AtOrBefore(c.snd.una):
		u.until = c.snd.nxt
	case u.until.Before(c.snd.una):
		*u = undo{}
	}
}

// echoesOriginal is RFC 3522 3.2 steps 4 and 5: the ACK echoes a timestamp from
// before the retransmission, so it answers an original. It must not be that all
// ACKs of a window were lost: then it would cover everything, and a peer that
// tells of duplicates would have told of this one.
func (c *Conn) echoesOriginal(s *step, t *told) bool {
	return serial.Before(s.echo(), c.undo.stamp) && !t.again &&
		(c.copies.told || c.snd.una != c.snd.nxt)
}

// phaseAfterRTO is step 1 of RFC 5682 2.1 and 3.1: F-RTO begins if nothing else
// was being repaired, or again if the timer expires before an ACK came.
func (c *Conn) phaseAfterRTO() phase {
	begins := c.rec.phase == phaseOpen || c.rec.phase == phaseProbe
	if c.cfg.FRTO && begins && c.state.in(sending) && !c.snd.flight.front().flags.Has(wire.SYN) {
		return phaseProbe
	}
	return phaseLoss
}

// stepFRTO is steps 2 and 3 of RFC 5682: of 2.1, or of 3.1 with SACK, where
// duplicates only tell more.
func (c *Conn) stepFRTO(s *step, t *told) {
	rec, snd, sack := &c.rec, &c.snd, c.opt.sack
	switch {
	case rec.phase == phaseProbe && t.acked > 0:
		rec.phase = phaseLoss // 2a
		if n, fin := c.nextSegment(); (n > 0 || fin) && snd.una.Before(rec.point) && !snd.flight.front().resent {
			rec.phase = phaseWatch // 2b
		}
	case rec.phase == phaseProbe && t.duplicate && !sack: // 2a
		rec.phase = phaseLoss
	case rec.phase == phaseProbe: // neither new nor a duplicate, or more to learn by SACK
	case sack && (t.beyond || rec.point.Before(snd.una)), t.acked == 0 && !t.news && t.duplicate: // 3a
		rec.phase = phaseLoss
		c.cc.cwnd = 3 * snd.mss
		c.signalWindow(s, 0)
	case t.acked > 0 || t.news: // 3b
		c.takeBack(s, ByFRTO)
	}
}

// takeBack undoes the last answer: what was presumed lost is in the network
// again, and the windows are no smaller than they were. If the peer has seen
// congestion meanwhile, they stay as they are (RFC 4015 3.1 step 9).
func (c *Conn) takeBack(s *step, by Means) {
	u, now := &c.undo, c.cc
	timeout := u.answer == answeredTimeout
	if !s.seg.Flags.Has(wire.ECE) {
		c.cc = u.saved
		c.cc.cwnd, c.cc.ssthresh = max(now.cwnd, u.saved.cwnd), max(now.ssthresh, u.saved.ssthresh)
		c.cc.limited = now.limited
	}
	if c.rec.phase != phaseOpen {
		c.snd.flight.findAll(timeout)
		c.rec = recovery{point: c.snd.una.Add(-1)} // duplicates may begin a recovery (RFC 5682 3.1)
	}
	kind := SpuriousRetransmit
	if timeout {
		kind = SpuriousRTO
	}
	s.out.signal(Signal{Kind: kind, Means: by, N: c.cc.cwnd, Ssthresh: c.cc.ssthresh, Pipe: c.inNetwork()})
	*u = undo{rtt: u.rtt}
	if timeout {
		u.answer = takenBack
	}
	c.copies.begin(c.snd.una)
}

// sampled gives a round trip to the estimator. The first one of new text after
// a spurious RTO makes it more careful, for the timer was too short (RFC 4015
// 3.1 step 11).
func (c *Conn) sampled(rtt time.Duration) {
	if c.undo.answer == takenBack {
		c.rtt = c.undo.rtt.Careful(rtt, c.cfg.RTO.Granularity)
		c.undo = undo{}
		c.probe.sampled = true
		return
	}
	c.sample(rtt)
}

// findAll presumes in the network again what was presumed lost. After an RTO
// what the peer has reported since tells anew what is lost; after a fast
// retransmit it was just that report that was mistaken.
func (f *flight) findAll(anew bool) {
	for i := range f.len() {
		r := f.records.At(i)
		f.change(r, r.sacked, false, r.resent)
	}
	if anew {
		f.judgeAnew()
	}
}
