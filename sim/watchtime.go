package sim

import (
	"fmt"
	"slices"
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
	front   clock.Time    // when what was in front then was sent last
	next    time.Duration // what it was set to when it expired last; 0: there was progress since
	resent  int           // how often it has expired since there was progress
	other   bool          // something else than an ACK or its expiry has started it anew
	shut    bool          // the peer's window was shut meanwhile: R2 counts from its last word
}

// restarters is the events beside an ACK and its own expiry that start the
// retransmission timer anew, if they send the SYN again. A loss probe always
// does (RFC 8985 7.3).
const restarters = 1<<tcp.SegSYNAgain | 1<<tcp.TimeoutSYN | 1<<tcp.SegRST

func sendsAgain(s *socket.Step) bool {
	return slices.ContainsFunc(s.Out.Segments, func(seg tcp.Segment) bool { return seg.Resend > 0 })
}

// checkTimes follows the timers of a life through one step.
func (c *watch) checkTimes(h *host, l *life, s *socket.Step, fired events) {
	t, v := &l.timer, s.Vars
	for i := range s.Out.Signals {
		sig := &s.Out.Signals[i]
		switch {
		case sig.Kind == tcp.TimedOut:
			c.checkGivenUp(h, l, v.Config, fired)
		case sig.Kind != tcp.TimerExpired:
		case sig.Timer == tcp.TimerRetransmit:
			c.checkRetransmit(h, l, s, sig)
		case sig.Timer == tcp.TimerTimeWait:
			c.checkTimeWait(h, l, v.Config.TimeWait)
		}
	}
	l.noRoom = l.noRoom || fired.has(tcp.SegACKNoRoom)
	restarted := s.To == tcp.TimeWait && fired.has(tcp.SegOutside) && v.Config.RestartTimeWait
	if fired.has(tcp.SegFIN) || s.To == tcp.TimeWait && s.From != tcp.TimeWait || restarted {
		l.timeWait = c.w.now
	}
	c.checkCalm(h, l, s, fired)
	if fired.has(tcp.TimeoutProbe) || fired&restarters != 0 && sendsAgain(s) {
		t.started, t.front, t.other = c.w.now, v.FrontSent, true
	}
	if v.SndUna != l.last.SndUna || l.last.InFlight == 0 && v.InFlight > 0 {
		*t = schedule{since: c.w.now, started: c.w.now, front: v.FrontSent}
	}
	t.shut = t.shut || v.SndWnd == 0
}

// restarts reports whether a timer counts from an instant because what was in
// front was sent then (RFC 7765 4). If it went again in the step that started
// the timer, nobody sees any more when that had been before.
func (t *schedule) restarts(from clock.Time) bool { return t.front == from || t.front == t.started }

// checkRetransmit is Q-1 and, for when it goes on, Q-2 at an expiry of the
// retransmission timer.
func (c *watch) checkRetransmit(h *host, l *life, s *socket.Step, sig *tcp.Signal) {
	t, cfg := &l.timer, s.Vars.Config
	waited, stalled := c.w.now.Sub(t.started), c.w.now.Sub(t.since)
	early := cfg.RTORestart && waited < sig.Value && t.next == 0 && t.restarts(c.w.now.Add(-sig.Value))
	switch next := l.nextRTO(cfg, sig.Value); {
	case waited != sig.Value && !early:
		c.violated("Q-1", h, fmt.Sprintf("an RTO of %v expires after %v", sig.Value, waited))
	case t.next != 0 && t.next != sig.Value:
		c.violated("Q-1", h, fmt.Sprintf("an RTO of %v expires, the last was followed by %v", sig.Value, t.next))
	case sig.Next != 0 && sig.Next != next:
		c.violated("Q-1", h, fmt.Sprintf("an RTO of %v is followed by %v, not %v", sig.Value, sig.Next, next))
	}
	t.started, t.next = c.w.now, sig.Next
	if s.To == tcp.Closed {
		return
	}
	t.resent++
	if l.over(cfg, stalled) && !t.shut && !l.byClock(cfg) {
		c.violated("Q-2", h, fmt.Sprintf("not given up after %v and %d retransmissions, %v", stalled, l.last.Tries, l.patience(cfg)))
	}
}

// checkGivenUp is, when a connection is given up for want of an
// ACK. USER TIMEOUT and keepalive have reasons of their own.
func (c *watch) checkGivenUp(h *host, l *life, cfg *tcp.Config, fired events) {
	t, stalled := &l.timer, c.w.now.Sub(l.timer.since)
	byUser := fired.has(tcp.TimeoutUser)
	if fired.has(tcp.KeepaliveDead) || byUser && (!l.opensActively() || cfg.UserTimeout != 0) {
		return
	}
	if !byUser && !l.over(cfg, stalled) {
		c.violated("Q-2", h, fmt.Sprintf("given up after %v and %d retransmissions, %v", stalled, l.last.Tries, l.patience(cfg)))
	}
	crossed := l.active && l.last.State != tcp.SynSent // two schedules, one after the other
	if !l.opens() || crossed || t.other {
		return
	}
	if resent, end := l.giveUp(cfg); t.resent != resent || stalled != end {
		c.violated("Q-5", h, fmt.Sprintf("sent again %d times and given up after %v, not %d times and %v", t.resent, stalled, resent, end))
	}
}

// checkTimeWait is I-15 and Q-6 when 2MSL expires.
func (c *watch) checkTimeWait(h *host, l *life, lasts time.Duration) {
	stay := c.w.now.Sub(l.timeWait)
	if stay < lasts {
		c.violated("I-15", h, fmt.Sprintf("left %v after the last FIN", stay))
	}
	if stay > lasts {
		c.violated("Q-6", h, fmt.Sprintf("left %v after the last FIN, not %v", stay, lasts))
	}
}

// checkCalm is Q-9. What it lets pass, for no packet need be lost or late for
// it:
//   - a SYN: a listener drops it when too many wait, and TIME-WAIT when it is
//     too old;
//   - what goes between ends of which one ignored the last ACK of the opening,
//     for the user had no room;
//   - a window probe, and a loss probe, which goes out before the peer must
//     acknowledge (RFC 8985 7.2);
//   - what goes to an end that was torn: who has lost its memory answers as it
//     can.
//
// Reneging and marks are no exceptions: where nothing is lost nothing waits
// beyond a hole, and a mark makes nothing go again.
func (c *watch) checkCalm(h *host, l *life, s *socket.Step, fired events) {
	if !c.calm || len(c.w.ports) > 0 || fired.has(tcp.TimeoutPersist) || l.noRoom || l.peer == 0 {
		return
	}
	if p := &c.lives[l.peer-1]; p.torn || p.noRoom {
		return
	}
	for i := range s.Out.Segments {
		seg := &s.Out.Segments[i]
		if seg.Resend > 0 && seg.Reason != tcp.ForLossProbe && seg.Flags&(wire.SYN|wire.ACK) != wire.SYN {
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
