package tcp

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// sender is the send sequence space of RFC 9293 3.3.1 with the octets in it.
type sender struct {
	iss, una, nxt wire.Seq
	max           wire.Seq // the highest number sent; beyond nxt only by a window probe
	wnd           uint32   // SND.WND
	wl1, wl2      wire.Seq // SND.WL1, SND.WL2
	maxWnd        uint32   // MAX.SND.WND (RFC 5961 5)
	up            wire.Seq // SND.UP: behind the urgent octets; SND.UNA if there are none
	mss           int      // octets of text in a full-sized segment

	queue octets   // from first on: unacknowledged, then unsent
	first wire.Seq // the number of the queue's first octet
	more  bool     // the last SEND said that more follows at once (MSG_MORE)
	fin   finPhase
	// finSeq is the number of the FIN once it is sent.
	finSeq wire.Seq

	flight flight
	since  clock.Time // when the front record began to wait: sent first, or the octets before it acknowledged
	waits  clock.Time // the same, but no answer of a shut window begins it anew: what the user timeout counts from
	resent clock.Time // when the timer sent the front record again for the first time; 0: not yet
	probes uint8      // window probes since the window shut
}

// finPhase is how far a CLOSE has come.
type finPhase uint8

const (
	finNone   finPhase = iota
	finQueued          // CLOSE was called; the FIN follows what is queued
	finSent
)

// timing measures one round trip at a time (RFC 6298 3).
type timing struct {
	running bool
	end     wire.Seq // the ACK that ends the measurement covers this
	start   clock.Time
}

// octets is a queue of octets that grows at one end and is released at the
// other. What it hands out stays valid until the next append.
type octets struct {
	buf  []byte
	head int
}

func (o *octets) len() int { return len(o.buf) - o.head }

// append adds p. It moves what is left to the front rather than grow, once at
// least as much was released as is left, so that an octet is moved once.
func (o *octets) append(p []byte) {
	if len(o.buf)+len(p) > cap(o.buf) && o.head >= o.len() {
		o.buf = o.buf[:copy(o.buf, o.buf[o.head:])]
		o.head = 0
	}
	o.buf = append(o.buf, p...)
}

func (o *octets) at(offset, n int) []byte { return o.buf[o.head+offset:][:n:n] }

func (o *octets) release(n int) {
	o.head += n
	if o.head == len(o.buf) {
		o.buf, o.head = o.buf[:0], 0
	}
}

// reuse is an empty sender with the space of this one.
func (snd *sender) reuse() sender {
	snd.queue.release(snd.queue.len())
	snd.flight.clear()
	return sender{queue: snd.queue, flight: snd.flight}
}

func (snd *sender) queued() int { return snd.queue.len() }

// unsent is how many queued octets were never sent.
func (snd *sender) unsent() int {
	if snd.fin == finSent {
		return 0
	}
	return snd.queued() - max(0, snd.nxt.Sub(snd.first))
}

// usable is the usable window: how many numbers beyond SND.NXT the peer
// accepts. A window that shrank gives none (RFC 9293 3.8.6, MUST-34).
func (snd *sender) usable() int { return max(0, snd.una.Add(int(snd.wnd)).Sub(snd.nxt)) }

func (snd *sender) finAcked() bool { return snd.fin == finSent && snd.finSeq.Before(snd.una) }

func (snd *sender) enqueue(data []byte, limit int) int {
	n := min(len(data), max(0, limit-snd.queued()))
	snd.queue.append(data[:n])
	return n
}

// queueText is SEND (RFC 9293 3.10.2).
func (c *Conn) queueText(s *step) {
	s.n = c.snd.enqueue(s.data, c.cfg.SendBuffer)
	c.snd.more = s.flags&More != 0
	if s.flags&Urgent != 0 && s.n > 0 {
		c.markUrgent(s)
	}
}

// synchronizing reports whether no window was ever learnt: the segment that
// synchronizes sets SND.WND, SND.WL1 and SND.WL2 whatever they were.
func (c *Conn) synchronizing() bool { return c.snd.maxWnd == 0 }

// window is SEG.WND in octets; a SYN's is never scaled (RFC 7323 2.2).
func (c *Conn) window(seg *wire.TCP) uint32 {
	if seg.Flags.Has(wire.SYN) {
		return uint32(seg.Window)
	}
	return uint32(seg.Window) << c.opt.sndShift
}

func (c *Conn) updateWindow(s *step, seg *wire.TCP) {
	snd := &c.snd
	snd.wnd, snd.wl1, snd.wl2 = c.window(seg), seg.Seq, seg.Ack
	snd.maxWnd = max(snd.maxWnd, snd.wnd)
	if snd.wnd > 0 {
		snd.probes = 0
		c.stop(TimerPersist)
	} else {
		snd.since = s.now // a peer that answers is not given up (MUST-37)
	}
}

// advance moves SND.UNA to ack and releases what that acknowledges; it returns
// how many numbers that was, and how many of them were text.
func (c *Conn) advance(s *step, ack wire.Seq) (acked, text int) {
	snd := &c.snd
	if snd.una == snd.iss && snd.flight.len() > 0 && snd.flight.front().tries > 0 {
		// The SYN had to be sent again (RFC 6298 5.7, RFC 5681 3.1).
		c.rtt.Restart(c.cfg.RTOAfterSYNLoss)
		c.cc.cwnd = snd.mss
	}
	acked = ack.Sub(snd.una)
	snd.una, snd.since, snd.waits, snd.resent = ack, s.now, s.now, never
	if snd.up.Before(ack) {
		snd.up = ack
	}
	if snd.nxt.Before(ack) {
		snd.nxt = ack // the octet of a window probe was taken
	}
	if moved := ack.Sub(snd.first); moved > 0 {
		if moved > snd.queued() && snd.fin == finQueued {
			// The FIN went as a window probe, and was taken.
			snd.fin, snd.finSeq = finSent, ack.Add(-1)
			c.stop(TimerPersist)
			c.fire(s, FINSent)
		}
		text = min(moved, snd.queued())
		snd.queue.release(text)
		snd.first = snd.first.Add(moved)
		s.out.signal(Signal{Kind: Writable})
	}
	snd.flight.acknowledge(ack, c.delivery(s))
	c.probeAcked(s)
	s.moved = true
	c.measure(s, ack)
	c.restartRetransmit(s.now)
	return acked, text
}

// measure takes a round-trip sample: of the segment that is timed, or, when
// Karn's rule left none, of what the peer echoes.
func (c *Conn) measure(s *step, ack wire.Seq) {
	if c.timing.running {
		if c.timing.end.AtOrBefore(ack) {
			c.timing.running = false
			c.sampled(s.now.Sub(c.timing.start))
		}
		return
	}
	if rtt, ok := c.echoed(s); ok {
		c.sample(rtt)
	}
}

// restartRetransmit is RFC 6298 5.2 and 5.3: an ACK of new octets restarts the
// timer, or stops it when nothing is in flight.
func (c *Conn) restartRetransmit(now clock.Time) {
	if c.snd.flight.len() == 0 {
		c.stop(TimerRetransmit)
		return
	}
	c.arm(TimerRetransmit, now.Add(c.untilRTO(now)))
}

// fewSegments is how many segments, in flight and unsent, are too few to tell of
// a loss by duplicate ACKs: rrthresh of RFC 7765.
const fewSegments = 4

// untilRTO is how long the timer runs from now: an RTO, or with RTO restart,
// where only the timer can tell of a loss, an RTO from when the oldest segment
// was sent (RFC 7765 4).
func (c *Conn) untilRTO(now clock.Time) time.Duration {
	snd, rto := &c.snd, c.rto()
	if full := c.fullText(); c.cfg.RTORestart && snd.flight.len()+(snd.unsent()+full-1)/full < fewSegments {
		if left := rto - now.Sub(snd.flight.front().sent); left > 0 {
			return left
		}
	}
	return rto
}

func (c *Conn) rto() time.Duration { return c.rtt.RTO(&c.cfg.RTO) }

// stalledFor is how long the front of the queue has been waiting.
func (c *Conn) stalledFor(now clock.Time) time.Duration { return now.Sub(c.snd.since) }

// r2 is how long the front of the queue may wait (RFC 9293 3.8.3).
func (c *Conn) r2() time.Duration {
	if c.snd.flight.len() > 0 && c.snd.flight.front().flags.Has(wire.SYN) {
		return c.cfg.R2SYN
	}
	if c.abandoned && c.cfg.R2Abandoned > 0 {
		return c.cfg.R2Abandoned
	}
	return c.cfg.R2
}

// resendFront retransmits the oldest unacknowledged segment (RFC 6298 5.4);
// whatever else is in flight is presumed lost and follows as the window opens.
func (c *Conn) resendFront(s *step) {
	c.fallBack()
	c.mendPath(s)
	if c.snd.resent == never {
		c.snd.resent = s.now
	}
	c.enterLoss(s)
	c.resend(s, c.snd.flight.front())
	c.arm(TimerRetransmit, s.now.Add(c.rto()))
}

// resend sends a record again. Karn: a round trip that covers it is not
// measured.
func (c *Conn) resend(s *step, r *record) {
	c.copy(s, r, true)
	if c.rec.high.Before(r.end()) {
		c.rec.high = r.end()
	}
}

// copy sends one more copy of a record. A copy beside one that is not presumed
// lost weighs too if it counts as sent again.
func (c *Conn) copy(s *step, r *record, resent bool) {
	c.noteCopy(r)
	c.snd.flight.again(r, s.now, resent)
	c.timing.running = false
	c.use.sent = s.now
	c.emit(s, r, int(r.tries))
	s.out.Segments[len(s.out.Segments)-1].Reason = reasons[c.rec.phase]
}
