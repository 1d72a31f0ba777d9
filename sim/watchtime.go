package sim

import (
	"fmt"
	"time"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/tcp"
	"simrun/wire"
)

// What the watch checks of time: when timers expire, when a connection is
// given up, and that nothing is retransmitted without a reason. It follows the
// numbers of RFC 6298 and RFC 9293 3.8.3 from outside.

// schedule is what the watch knows of a retransmission timer.
type schedule struct {
	since   clock.Time    // when what is in front began to wait
	started clock.Time    // when the timer was started
	unknown bool          // by something else than an ACK or its own expiry
	next    time.Duration // what it was set to when it expired last; 0: there was progress since
	resent  int           // how often it has expired since there was progress
	shut    bool          // the peer's window was shut meanwhile: R2 counts from its last word
}

// checkTimes follows the timers of a life through one step.
func (c *watch) checkTimes(h *host, l *life, s *socket.Step, fired events) {
	for i := range s.Out.Signals {
		sig := &s.Out.Signals[i]
		if sig.Kind == tcp.TimedOut && !fired.has(tcp.TimeoutUser) && !fired.has(tcp.KeepaliveDead) {
			c.checkGivenUp(h, l, s.Vars.Config)
		}
		if sig.Kind != tcp.TimerExpired {
			continue
		}
		switch sig.Timer {
		case tcp.TimerRetransmit:
			c.checkRetransmit(h, l, s, sig)
		case tcp.TimerTimeWait:
			c.checkTimeWait(h, l, s.Vars.Config.TimeWait)
		case tcp.TimerDelayedACK, tcp.TimerKeepalive, tcp.TimerPersist:
		default:
			l.timer.unknown = true // it may have set the retransmission timer anew
		}
	}
	if fired.has(tcp.SegFIN) || s.To == tcp.TimeWait && s.From != tcp.TimeWait {
		l.lastFIN = c.w.now
	}
	c.checkCalm(h, l, s, fired)
	v := s.Vars
	if v.SndUna != l.last.SndUna || l.last.InFlight == 0 && v.InFlight > 0 {
		l.timer = schedule{since: c.w.now, started: c.w.now}
	}
	l.timer.shut = l.timer.shut || v.SndWnd == 0
}

// checkRetransmit is Q-1 and, for when it goes on, Q-2 at an expiry of the
// retransmission timer.
func (c *watch) checkRetransmit(h *host, l *life, s *socket.Step, sig *tcp.Signal) {
	t, cfg := &l.timer, s.Vars.Config
	waited, stalled := c.w.now.Sub(t.started), c.w.now.Sub(t.since)
	switch {
	case t.unknown:
	case waited != sig.Value:
		c.violated("Q-1", h, fmt.Sprintf("an RTO of %v expires after %v", sig.Value, waited))
	case t.next != 0 && t.next != sig.Value:
		c.violated("Q-1", h, fmt.Sprintf("an RTO of %v expires, the last was followed by %v", sig.Value, t.next))
	case sig.Next != 0 && sig.Next != min(2*sig.Value, cfg.RTO.Max):
		c.violated("Q-1", h, fmt.Sprintf("an RTO of %v is followed by %v", sig.Value, sig.Next))
	}
	t.started, t.next, t.unknown = c.w.now, sig.Next, false
	if s.To != tcp.Closed {
		t.resent++
		if stalled >= l.r2(cfg) && !t.shut && cfg.UserTimeout == 0 {
			c.violated("Q-2", h, fmt.Sprintf("not given up after %v of %v", stalled, l.r2(cfg)))
		}
	}
}

// r2 is how long a life may wait for an ACK of what is in front.
func (l *life) r2(cfg *tcp.Config) time.Duration {
	if l.opening() {
		return cfg.R2SYN
	}
	return cfg.R2
}

func (l *life) opening() bool { return l.last.SndUna == l.iss }

// checkGivenUp is, when a connection is given up for want of an
// ACK.
func (c *watch) checkGivenUp(h *host, l *life, cfg *tcp.Config) {
	t, stalled, r2 := &l.timer, c.w.now.Sub(l.timer.since), l.r2(cfg)
	if stalled < r2 {
		c.violated("Q-2", h, fmt.Sprintf("given up after %v of %v", stalled, r2))
	}
	if !l.opening() {
		return
	}
	if resent, end := giveUp(cfg.RTO.Initial, cfg.RTO.Max, r2); t.resent != resent || stalled != end {
		c.violated("Q-5", h, fmt.Sprintf("sent again %d times and given up after %v, not %d times and %v", t.resent, stalled, resent, end))
	}
}

// giveUp is how often something is sent again that is never answered, and when
// it is given up: at the first expiry that finds R2 over.
func giveUp(rto, most, r2 time.Duration) (resent int, end time.Duration) {
	rto = min(rto, most)
	for end = rto; end < r2; end += rto {
		rto = min(2*rto, most)
		resent++
	}
	return resent, end
}

// checkTimeWait is I-15 and Q-6 when 2MSL expires.
func (c *watch) checkTimeWait(h *host, l *life, lasts time.Duration) {
	stay := c.w.now.Sub(l.lastFIN)
	if stay < lasts {
		c.violated("I-15", h, fmt.Sprintf("left %v after the last FIN", stay))
	}
	if stay > lasts {
		c.violated("Q-6", h, fmt.Sprintf("left %v after the last FIN, not %v", stay, lasts))
	}
}

// checkCalm is Q-9. A SYN may go again all the same, for a listener drops it
// when too many wait, and TIME-WAIT when it is too old; a window probe is no
// retransmission; and who has lost its memory answers as it can.
func (c *watch) checkCalm(h *host, l *life, s *socket.Step, fired events) {
	if !c.calm || len(c.w.ports) > 0 || fired.has(tcp.TimeoutPersist) || l.peer == 0 || c.lives[l.peer-1].torn {
		return
	}
	for i := range s.Out.Segments {
		if seg := &s.Out.Segments[i]; seg.Resend > 0 && seg.Flags&(wire.SYN|wire.ACK) != wire.SYN {
			c.violated("Q-9", h, fmt.Sprintf("number %d is sent again", seg.Seq-s.ISS))
		}
	}
}

// calm reports whether no packet of a scenario can be lost or late: nothing
// meddles, and every round trip is shorter than the shortest RTO.
func (sc *Scenario) calm(w *World) bool {
	if len(sc.Faults)+len(sc.Inject) > 0 {
		return false
	}
	var slowest, shortest time.Duration
	for i := range sc.Links {
		l := &sc.Links[i]
		if l.Jitter > 0 || l.Rate > 0 || l.MTU > 0 {
			return false
		}
		slowest = max(slowest, 2*l.Delay)
	}
	for i, h := range w.hosts {
		cfg := &h.stack.Config().TCP
		rto := min(cfg.RTO.Initial, cfg.RTO.Min)
		if i == 0 || rto < shortest {
			shortest = rto
		}
	}
	for _, h := range w.hosts {
		if slowest+h.stack.Config().TCP.ACKDelay >= shortest {
			return false
		}
	}
	for i := range sc.Apps {
		for j := range sc.Apps[i].Code {
			if sc.Apps[i].Code[j].Op == OpSet {
				return false
			}
		}
	}
	return true
}
