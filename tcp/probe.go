package tcp

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// probe is the tail loss probe (RFC 8985 7): when no ACK has come for two
// round trips, one segment more draws one, and that tells what is lost long
// before the retransmission timer would.
type probe struct {
	phase   probePhase
	end     wire.Seq   // TLP.end_seq
	sampled bool       // a round trip was measured since the last probe
	since   clock.Time // when the timer was started
}

// probePhase is whether a probe is out, and TLP.is_retrans.
type probePhase uint8

const (
	probeNone  probePhase = iota
	probeNew              // it was new text
	probeAgain            // it was the last segment again
)

// maxACKDelay is how long the peer may delay the ACK of a lone segment
// (RFC 8985 7.2, TLP.max_ack_delay).
const maxACKDelay = 200 * time.Millisecond

// hasTLP reports whether tails are probed; that takes SACK.
func (c *Conn) hasTLP() bool { return c.cfg.TLP && c.opt.sack }

// sample takes a round-trip time measurement.
func (c *Conn) sample(rtt time.Duration) {
	c.rtt.Sample(rtt)
	c.probe.sampled = true
}

// pto is TLP_calc_PTO of RFC 8985 7.2, but for the RTO that bounds it.
func (c *Conn) pto() time.Duration {
	srtt, ok := c.rtt.SRTT()
	switch {
	case !ok:
		return time.Second
	case c.snd.flight.len() == 1:
		return 2*srtt + maxACKDelay
	}
	return 2 * srtt
}

// watchProbe keeps the probe timer. New text and ACKs of it start it anew; it
// is no matter for it while losses are repaired, or while the peer reports
// text beyond a hole (RFC 8985 7.2): there are others to tell of that.
func (c *Conn) watchProbe(s *step) {
	f := &c.snd.flight
	switch {
	case c.rec.phase != phaseOpen:
		c.probe.phase = probeNone
		c.stop(TimerProbe)
	case !c.hasTLP() || !c.state.in(sending) || f.len() == 0 || f.reports > 0:
		c.stop(TimerProbe)
	case s.moved:
		rto, _ := c.timers.Deadline(uint8(TimerRetransmit))
		c.probe.since = s.now
		c.arm(TimerProbe, min(s.now.Add(c.pto()), rto))
	}
}

// expireProbe is the probe timer. A second probe while one is out, or before
// a round trip was measured again, would be one too many (RFC 8985 7.3).
func (c *Conn) expireProbe(s *step) {
	var next time.Duration
	if c.holds(mayProbe) {
		next = c.rto()
	}
	s.expired(TimerProbe, s.now.Sub(c.probe.since), next)
	c.fire(s, TimeoutProbe)
}

// sendLossProbe is TLP_send_probe of RFC 8985 7.3: new text if the peer's
// window takes any, else the last segment again. Neither the congestion window
// nor Nagle's algorithm holds it back.
func (c *Conn) sendLossProbe(s *step) {
	snd := &c.snd
	n := min(snd.unsent(), snd.usable(), c.fullText())
	fin := snd.fin == finQueued && n == snd.unsent() && snd.usable() > n
	c.probe.sampled = false
	if n > 0 || fin {
		c.probe.phase = probeNew
		c.sendNew(s, n, fin)
	} else {
		c.probe.phase = probeAgain
		c.resend(s, snd.flight.at(snd.flight.last()))
	}
	c.probe.end = snd.nxt
	s.moved = false // the probe starts no probe timer
	c.restartRetransmit(s.now)
}

// takeProbeACK is TLP_process_ack of RFC 8985 7.4.2. A probe that filled the
// hole itself has hidden a loss: the window must answer all the same. If the
// last segment arrived twice, there was none. The ACK acknowledged so many
// numbers.
func (c *Conn) takeProbeACK(s *step, acked int) {
	p, seg := &c.probe, s.seg
	if p.phase == probeNone || seg.Ack.Before(p.end) {
		return
	}
	block, dsack := duplicate(seg)
	_, blocks := seg.Options.SACK()
	switch {
	case p.phase == probeNew:
	case dsack && block.Right == p.end: // both copies arrived
	case p.end.Before(seg.Ack):
		s.out.signal(Signal{Kind: ProbeRepaired})
		c.answerLoss(s, acked)
	case acked == 0 && blocks == 0 && seg.Len() == 0 && c.window(seg) == c.snd.wnd: // both did, and the peer does not report it
	default:
		return
	}
	p.phase = probeNone
}

// answerLoss halves the window for a loss that is repaired already; what was
// in flight when the ACK came counts.
func (c *Conn) answerLoss(s *step, acked int) {
	if c.rec.phase != phaseOpen {
		return
	}
	c.cc.cut(c.cfg, acked+c.snd.nxt.Sub(c.snd.una), c.snd.mss)
	c.reduced()
	c.signalWindow(s, c.cc.ssthresh)
}
