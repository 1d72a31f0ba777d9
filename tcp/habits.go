package tcp

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// What systems do that RFC 9293 does not ask for. Each is a Config field; none
// is asked for twice.

// never is an instant at which nothing can have been sent again.
const never clock.Time = 0

// opensActively reports whether the front of the queue is the SYN of an active
// open.
func (c *Conn) opensActively() bool {
	return c.state.in(opening) && c.origin == active
}

// retries is after how many retransmissions the front is given up; 0 if the
// time decides.
func (c *Conn) retries() int {
	switch {
	case c.snd.flight.len() == 0:
		return 0
	case c.opensActively():
		return c.cfg.SYNRetries
	case c.state == SynReceived:
		return c.cfg.SYNACKRetries
	}
	return c.cfg.Retries
}

// staysLinear reports whether the RTO is not doubled: the first
// retransmissions of a SYN may follow each other evenly, for a lost SYN is
// more likely than a net that is too full for one.
func (c *Conn) staysLinear() bool {
	return c.state == SynSent && int(c.snd.flight.front().tries) < c.cfg.SYNLinear
}

// repeatsSYN reports whether a segment is the SYN that brought us to
// SYN-RECEIVED, again.
func (c *Conn) repeatsSYN(seg *wire.TCP) bool {
	return c.state == SynReceived && seg.Seq == c.rcv.irs &&
		seg.Flags&(wire.SYN|wire.ACK|wire.RST) == wire.SYN
}

// userLimit is how long the front of the queue may wait for its
// acknowledgment by the clock alone; 0 if the retransmissions decide.
func (c *Conn) userLimit() time.Duration {
	if c.cfg.UserTimeout == 0 && c.opensActively() {
		return c.cfg.OpenTimeout
	}
	return c.userTimeout()
}

// waitsSince is where userLimit counts from, and whether that has come.
func (c *Conn) waitsSince() (from clock.Time, counts bool) {
	if c.cfg.LateUserTimeout && c.userTimeout() != 0 && c.snd.flight.len() > 0 {
		return c.snd.resent, c.snd.resent != never
	}
	return c.snd.waits, true
}

// delaysFINACK reports whether the ACK of the peer's FIN waits like that of
// text.
func (c *Conn) delaysFINACK() bool {
	return c.cfg.FINACK == Delayed || c.cfg.FINACK == DelayedOpen && c.state == CloseWait
}

// answered ends the quick ACKs.
const answered = 255

// acksQuickly reports whether text is acknowledged at once because it is among
// the first: the peer's window is small then, and each ACK opens it. Text that
// answers text ends this, for ACKs can ride on answers.
func (c *Conn) acksQuickly() bool {
	if int(c.rcv.early) >= min(c.cfg.QuickACKs, answered) {
		return false
	}
	c.rcv.early++
	return true
}
