package tcp

import (
	"time"

	"simrun/clock"
)

// usage is how the connection has made use of its window of late. An ACK clock
// that stopped says nothing about the path any more, and a window that was
// never filled was never tested.
type usage struct {
	sent clock.Time // when something in flight was sent last
	full clock.Time // T_prev: when the window was full last, or cut because it was not
	most int        // W_used: the most in flight since then
}

// afterIdle is asked before new text is sent. After an RTO without sending,
// the window is an initial one again (RFC 5681 4.1); or, with congestion window
// validation, half for each RTO that passed, ssthresh keeping what is known
// (RFC 2861 3.2). RFC 7661, which obsoletes that, is an experiment whose
// answer to loss is another, too; RFC 2861 is what systems do.
func (c *Conn) afterIdle(s *step) {
	cc, idle, rto := &c.cc, s.now.Sub(c.use.sent), c.rto()
	before := *cc
	switch {
	case idle <= rto:
		return
	case c.cfg.CWV:
		c.keepThreshold()
		for i := idle / rto; i > 0 && cc.cwnd > c.snd.mss; i-- {
			cc.cwnd = max(min(cc.cwnd, int(c.snd.wnd))/2, c.snd.mss)
		}
		c.use.full, c.use.most = s.now, 0
	case c.cfg.IdleRestart:
		cc.cwnd = min(cc.cwnd, initialWindow(c.cfg, c.snd.mss))
	}
	if cc.cwnd != before.cwnd {
		cc.cubic.pause()
		s.out.signal(Signal{Kind: RestartedAfterIdle, Value: idle})
		c.signalWindow(s, c.newThreshold(&before))
	}
}

// validate is asked after text was sent: a window that was not full for an RTO
// comes half the way down to what was used of it (RFC 2861 3.2).
func (c *Conn) validate(s *step) {
	if !c.cfg.CWV || c.use.sent != s.now {
		return
	}
	if c.cc.limited {
		c.use.full, c.use.most = s.now, 0
		return
	}
	c.use.most = max(c.use.most, c.snd.nxt.Sub(c.snd.una))
	if s.now.Sub(c.use.full) < c.rto() || c.rec.phase != phaseOpen {
		return
	}
	before := c.cc
	c.keepThreshold()
	c.cc.cwnd = max((min(c.cc.cwnd, int(c.snd.wnd))+c.use.most)/2, c.snd.mss)
	c.use.full, c.use.most = s.now, 0
	if c.cc.cwnd < before.cwnd {
		c.cc.cubic.pause()
		s.out.signal(Signal{Kind: WindowUnused})
		c.signalWindow(s, c.newThreshold(&before))
	}
}

// keepThreshold remembers in ssthresh how large the window was.
func (c *Conn) keepThreshold() {
	c.cc.ssthresh = max(c.cc.ssthresh, int(int64(c.cc.cwnd)*3/4))
}

// newThreshold is ssthresh if it has changed, else 0.
func (c *Conn) newThreshold(before *congestion) int {
	if c.cc.ssthresh == before.ssthresh {
		return 0
	}
	return c.cc.ssthresh
}

// idleFor is how long nothing was sent, as far as it can matter: no RTO is
// longer than the longest.
func (c *Conn) idleFor(now clock.Time, since clock.Time) time.Duration {
	return min(now.Sub(since), c.cfg.RTO.Max+1)
}
