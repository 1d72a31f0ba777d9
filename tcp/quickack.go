package tcp

import "simrun/clock"

// QuickACK makes text be acknowledged at once, and pays the ACK that is owed.
// It holds until the user sends: then the connection is interactive again, and
// the ACK had better wait for the next answer (TCP_QUICKACK; RFC 9293 3.8.6.3
// leaves it open).
func (c *Conn) QuickACK(now clock.Time, on bool, out *Out) {
	c.rcv.quick = on
	s := step{now: now, out: out}
	s.ack = on && c.armed(TimerDelayedACK)
	c.output(&s)
}

// Quick reports whether QuickACK holds.
func (c *Conn) Quick() bool { return c.rcv.quick }
