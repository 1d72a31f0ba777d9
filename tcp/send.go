package tcp

import (
	"time"

	"simrun/clock"
	"simrun/internal/ring"
	"simrun/wire"
)

// sender is the send sequence space of RFC 9293 3.3.1 with the octets in it.
type sender struct {
	iss, una, nxt wire.Seq
	max           wire.Seq // the highest number sent; beyond nxt only by a window probe
	wnd           uint32   // SND.WND
	wl1, wl2      wire.Seq // SND.WL1, SND.WL2
	maxWnd        uint32   // MAX.SND.WND (RFC 5961 5)
	mss           int      // octets of text in a full-sized segment

	queue octets   // from first on: unacknowledged, then unsent
	first wire.Seq // the number of the queue's first octet
	fin   finPhase
	// finSeq is the number of the FIN once it is sent.
	finSeq wire.Seq

	// inflight is what was sent and is not acknowledged, in order, a record
	// each segment. SYN and FIN stand in it like text.
	inflight ring.Ring[record]
	since    clock.Time // when the front record began to wait: sent first, or the octets before it acknowledged
	resends  uint8      // how often the front record was sent again
	probes   uint8      // window probes since the window shut
}

// finPhase is how far a CLOSE has come.
type finPhase uint8

const (
	finNone   finPhase = iota
	finQueued          // CLOSE was called; the FIN follows what is queued
	finSent
)

// record is one segment in flight.
type record struct {
	seq   wire.Seq
	n     int // octets of text
	flags wire.Flags
	lost  bool // presumed lost since the last RTO
}

func (r *record) end() wire.Seq {
	end := r.seq.Add(r.n)
	if r.flags&(wire.SYN|wire.FIN) != 0 {
		end = end.Add(1)
	}
	return end
}

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

// append adds p; it moves what is left to the front rather than grow.
func (o *octets) append(p []byte) {
	if len(o.buf)+len(p) > cap(o.buf) && o.head > 0 {
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
	snd.inflight.Clear()
	return sender{queue: snd.queue, inflight: snd.inflight}
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

// takeACK is the ACK field of an acceptable segment (RFC 9293 3.10.7.4 fifth).
func (c *Conn) takeACK(s *step) {
	snd, seg := &c.snd, s.seg
	if snd.una.Before(seg.Ack) && seg.Ack.AtOrBefore(snd.max) {
		c.advance(s, seg.Ack)
	}
	fresh := snd.wl1.Before(seg.Seq) || snd.wl1 == seg.Seq && snd.wl2.AtOrBefore(seg.Ack)
	if fresh || c.synchronizing() {
		c.updateWindow(s, seg)
	}
}

// synchronizing reports whether no window was ever learnt: the segment that
// synchronizes sets SND.WND, SND.WL1 and SND.WL2 whatever they were.
func (c *Conn) synchronizing() bool { return c.snd.maxWnd == 0 }

func (c *Conn) updateWindow(s *step, seg *wire.TCP) {
	snd := &c.snd
	snd.wnd, snd.wl1, snd.wl2 = uint32(seg.Window), seg.Seq, seg.Ack
	snd.maxWnd = max(snd.maxWnd, snd.wnd)
	if snd.wnd > 0 {
		snd.probes = 0
		c.stop(TimerPersist)
	}
}

// advance moves SND.UNA to ack and releases what that acknowledges.
func (c *Conn) advance(s *step, ack wire.Seq) {
	snd := &c.snd
	if snd.una == snd.iss && snd.resends > 0 {
		c.rtt.Restart(c.cfg.RTOAfterSYNLoss)
	}
	snd.una = ack
	snd.since = s.now
	snd.resends = 0
	if snd.nxt.Before(ack) {
		snd.nxt = ack // the octet of a window probe was taken
	}
	if text := ack.Sub(snd.first); text > 0 {
		if text > snd.queued() && snd.fin == finQueued {
			// The FIN went as a window probe, and was taken.
			snd.fin, snd.finSeq = finSent, ack.Add(-1)
			c.fire(s, FINSent)
		}
		snd.queue.release(min(text, snd.queued()))
		snd.first = snd.first.Add(text)
		s.out.signal(Signal{Kind: Writable})
	}
	for snd.inflight.Len() > 0 {
		front := snd.inflight.Front()
		if !front.end().AtOrBefore(ack) {
			front.trim(ack)
			break
		}
		snd.inflight.Pop()
	}
	if c.timing.running && c.timing.end.AtOrBefore(ack) {
		c.timing.running = false
		c.rtt.Sample(s.now.Sub(c.timing.start))
	}
	c.restartRetransmit(s.now)
	s.advanced = true
}

// trim takes from a record what lies before ack.
func (r *record) trim(ack wire.Seq) {
	cut := ack.Sub(r.seq)
	if cut <= 0 {
		return
	}
	if r.flags.Has(wire.SYN) {
		r.flags &^= wire.SYN
		cut--
		r.seq = r.seq.Add(1)
	}
	cut = min(cut, r.n)
	r.seq = r.seq.Add(cut)
	r.n -= cut
}

// restartRetransmit is RFC 6298 5.2 and 5.3: an ACK of new octets restarts the
// timer, or stops it when nothing is in flight.
func (c *Conn) restartRetransmit(now clock.Time) {
	if c.snd.inflight.Len() == 0 {
		c.stop(TimerRetransmit)
		return
	}
	c.arm(TimerRetransmit, now.Add(c.rto()))
}

func (c *Conn) rto() time.Duration { return c.rtt.RTO(&c.cfg.RTO) }

// stalledFor is how long the front of the queue has been waiting.
func (c *Conn) stalledFor(now clock.Time) time.Duration { return now.Sub(c.snd.since) }

// r2 is how long the front of the queue may wait (RFC 9293 3.8.3).
func (c *Conn) r2() time.Duration {
	if c.snd.inflight.Front().flags.Has(wire.SYN) {
		return c.cfg.R2SYN
	}
	return c.cfg.R2
}

// resendFront retransmits the oldest unacknowledged segment (RFC 6298 5.4);
// whatever else is in flight is presumed lost and follows ACK by ACK.
func (c *Conn) resendFront(s *step) {
	snd := &c.snd
	for i := range snd.inflight.Len() {
		snd.inflight.At(i).lost = true
	}
	c.resend(s, snd.inflight.Front())
	c.arm(TimerRetransmit, s.now.Add(c.rto()))
}

// resend sends a record again. Karn: a round trip that covers it is not
// measured.
func (c *Conn) resend(s *step, r *record) {
	r.lost = false
	c.timing.running = false
	c.snd.resends++
	c.emit(s, r, int(c.snd.resends))
}
