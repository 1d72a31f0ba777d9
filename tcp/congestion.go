package tcp

import (
	"math"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// Algorithm is how the window grows in congestion avoidance, and by how much a
// loss cuts it.
type Algorithm uint8

const (
	Reno  Algorithm = iota // RFC 5681
	CUBIC                  // RFC 9438
)

// congestion is the congestion window. Windows are octets. It is one value,
// so that what it was before a loss can be put back.
type congestion struct {
	cwnd, ssthresh int
	limited        bool // the window was what stopped the last output
	cubic          cubic
	slow           hystart
}

// unlimited is ssthresh before the first loss: "arbitrarily high" (RFC 5681
// 3.1).
const unlimited = math.MaxInt32

// initialWindow is the first window of a connection (RFC 5681 3.1, RFC 6928).
func initialWindow(cfg *Config, mss int) int {
	segments := cfg.InitialWindow
	if segments == 0 {
		switch {
		case mss > 2190:
			segments = 2
		case mss > 1095:
			segments = 3
		default:
			segments = 4
		}
	}
	return segments * mss
}

// initial sets the windows of a new connection, whose text begins at first.
func (cc *congestion) initial(cfg *Config, mss int, first wire.Seq) {
	*cc = congestion{cwnd: initialWindow(cfg, mss), ssthresh: unlimited, slow: hystart{end: first}}
}

// slowStart reports whether the window is below the threshold; where both are
// equal either algorithm may serve (RFC 5681 3.1).
func (cc *congestion) slowStart() bool { return cc.cwnd < cc.ssthresh }

// news is what an acknowledgment of new text tells the window.
type news struct {
	now  clock.Time
	n    int // octets of text
	mss  int
	srtt time.Duration
}

// openWindow opens the window for text that was acknowledged: fast in slow
// start, slowly in congestion avoidance. A window that was not used is not
// opened (RFC 2861 3.1, RFC 9438 5.8), nor is it by an ACK that tells of
// congestion (RFC 3168 6.1.2).
func (c *Conn) openWindow(s *step, text int) {
	cc := &c.cc
	if text == 0 {
		return // of a SYN, say: not what rounds are made of
	}
	before := cc.cwnd
	if cc.limited && !c.hearsECE(s.seg) {
		c.grow(s, text)
	}
	c.watchRound(s)
	if cc.cwnd != before {
		c.signalWindow(s, 0)
	}
}

// grow is by how much: the algorithms part here.
func (c *Conn) grow(s *step, text int) {
	cc := &c.cc
	srtt, _ := c.rtt.SRTT()
	a := news{now: s.now, n: text, mss: c.snd.mss, srtt: srtt}
	switch {
	case c.cc.firstSlowStart(c.cfg):
		cc.cwnd += cc.slow.growth(&a)
	case cc.slowStart():
		cc.cwnd += c.slowGrowth(&a)
	case c.cfg.Congestion == CUBIC:
		cc.cwnd = cc.cubic.avoid(cc.cwnd, &a)
	default:
		cc.cwnd = renoAvoid(cc.cwnd, &a)
	}
}

// slowGrowth is slow start's: a segment for each ACK (RFC 5681 3.1, equation 2),
// or as many as it acknowledges up to a limit, so that delayed ACKs do not slow
// it down. After an RTO the limit is one segment: an ACK may then cover text
// that had left the network long before (RFC 3465 2.2, 2.3).
func (c *Conn) slowGrowth(a *news) int {
	switch limit := c.cfg.SlowStartLimit; {
	case limit == 0:
		return a.n
	case c.rec.phase == phaseOpen:
		return min(a.n, limit*a.mss)
	}
	return min(a.n, a.mss)
}

// cut is the answer to congestion: less than what was in flight, but two
// segments at least (RFC 5681 3.1, equation 4; RFC 9438 4.6). RFC 9438 would
// let ECN cut to one; RFC 3168 6.1.2 then asks for a slower pace yet, so we
// stop at two as for a loss.
func (cc *congestion) cut(cfg *Config, flight, mss int) {
	cc.ssthresh = renoThreshold(flight)
	if cfg.Congestion == CUBIC {
		cc.ssthresh = cc.cubic.threshold(cc.cwnd, flight)
	}
	cc.ssthresh = max(cc.ssthresh, 2*mss)
	cc.cwnd = cc.ssthresh
}

// collapse is what an RTO leaves: one segment, and nothing of what CUBIC knew
// of the path but where the window was (RFC 5681 3.1, RFC 9438 4.8).
func (cc *congestion) collapse(mss int) {
	cc.cwnd = mss
	cc.cubic.forget()
}

// note keeps CUBIC's clock before the next output tells anew whether the window
// is what limits it: the clock stands while it is not (RFC 9438 4.2, 5.8).
func (cc *congestion) note(now clock.Time) {
	cc.cubic.tick(now, cc.limited)
	cc.limited = false
}

// Phase is what congestion control is doing.
type Phase uint8

const (
	SlowStart Phase = iota
	ConservativeSlowStart
	CongestionAvoidance
	FastRecovery
	LossRecovery
)

var phaseNames = [...]string{
	SlowStart: "slow-start", ConservativeSlowStart: "conservative-slow-start",
	CongestionAvoidance: "congestion-avoidance", FastRecovery: "fast-recovery", LossRecovery: "loss-recovery",
}

func (p Phase) String() string { return phaseNames[p] }

// PhaseNames is what phases are called.
func PhaseNames() []string { return phaseNames[:] }

// Phase is the connection's, which follows from its windows and its recovery.
func (c *Conn) Phase() Phase {
	switch {
	case c.rec.phase == phaseRecovery:
		return FastRecovery
	case c.rec.phase != phaseOpen:
		return LossRecovery
	case !c.cc.slowStart():
		return CongestionAvoidance
	case c.cc.firstSlowStart(c.cfg) && c.cc.slow.round > 0:
		return ConservativeSlowStart
	}
	return SlowStart
}

// signalWindow tells of a new congestion window; and of ssthresh when that is
// new too.
func (c *Conn) signalWindow(s *step, ssthresh int) {
	s.out.signal(c.windowSignal(CongestionWindow, ssthresh))
}

// windowSignal is a signal that carries what the windows are now.
func (c *Conn) windowSignal(kind SignalKind, ssthresh int) Signal {
	return Signal{Kind: kind, N: c.cc.cwnd, Ssthresh: ssthresh, Pipe: c.inNetwork(), Phase: c.Phase(), Threshold: c.cc.ssthresh}
}
