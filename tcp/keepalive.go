package tcp

import (
	"simrun/clock"
	"simrun/fsm"
	"simrun/wire"
)

// keepalive watches whether the peer is still there (RFC 9293 3.8.4).
type keepalive struct {
	heard  clock.Time // when the last segment came
	probes uint8      // unanswered since then
}

// garbage is the octet of a probe; nobody reads it.
var garbage = []byte{0}

// kept is the states in which an idle connection may be probed.
var kept = fsm.In(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck)

// watchPeer keeps the keepalive timer: it runs while the connection is open
// and the user asked for it (MUST-25), from when the peer was heard last.
func (c *Conn) watchPeer(now clock.Time, arrived bool) {
	if !c.cfg.Keepalive || !c.state.in(kept) {
		c.stop(TimerKeepalive)
		return
	}
	if arrived || !c.armed(TimerKeepalive) {
		c.alive = keepalive{heard: now}
		c.arm(TimerKeepalive, now.Add(c.cfg.KeepIdle))
	}
}

// expireKeepalive probes, or gives up after KeepCount probes (MUST-29: one
// that is lost is not enough). While something is in flight its
// retransmissions are probe enough (MUST-26).
func (c *Conn) expireKeepalive(s *step) {
	if c.snd.flight.len() > 0 {
		c.arm(TimerKeepalive, s.now.Add(c.cfg.KeepIdle))
		return
	}
	if int(c.alive.probes) >= c.cfg.KeepCount {
		s.expired(TimerKeepalive, c.cfg.KeepInterval, 0)
		c.fire(s, KeepaliveDead)
		return
	}
	value := c.cfg.KeepInterval
	if c.alive.probes == 0 {
		value = c.cfg.KeepIdle
	}
	s.expired(TimerKeepalive, value, c.cfg.KeepInterval)
	c.fire(s, TimeoutKeepalive)
}

// sendKeepalive sends a segment that fails the peer's sequence check, and so
// must be answered: SEG.SEQ = SND.NXT-1, without text (SHLD-12) or with one
// octet of garbage (MAY-6), which after our FIN there is no place for.
func (c *Conn) sendKeepalive(s *step) {
	c.alive.probes++
	var text []byte
	if c.cfg.KeepOctet && c.snd.fin != finSent {
		text = garbage
	}
	c.segment(s, c.snd.nxt.Add(-1), wire.ACK, text)
	c.arm(TimerKeepalive, s.now.Add(c.cfg.KeepInterval))
}

// watchUser keeps the user timeout: it counts from when the octets in front
// began to wait for their acknowledgment (RFC 5482).
func (c *Conn) watchUser() {
	waits := c.snd.flight.len() > 0 || c.armed(TimerPersist)
	from, counts := c.waitsSince()
	limit := c.userLimit()
	if limit == 0 || !waits || !counts || !c.state.in(sending|opening) {
		c.stop(TimerUser)
		return
	}
	c.arm(TimerUser, from.Add(limit))
}
