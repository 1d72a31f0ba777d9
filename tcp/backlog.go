package tcp

import (
	"simrun/clock"
	"simrun/wire"
)

// RFC 9293 has one connection in LISTEN, which becomes the one that opens.
// Systems have a listener with queues instead; this is what they need besides.

// Completes reports whether a segment would complete the opening of a
// connection that came from LISTEN.
func (c *Conn) Completes(seg *wire.TCP) bool {
	const looked = wire.SYN | wire.RST | wire.ACK
	return c.state == SynReceived && c.origin == passive && seg.Flags&looked == wire.ACK &&
		c.acceptable(seg) && c.snd.una.Before(seg.Ack) && seg.Ack.AtOrBefore(c.snd.nxt)
}

// NoRoom is SEGMENT ARRIVES for a segment that Completes an opening when the
// user has no room for another connection.
func (c *Conn) NoRoom(now clock.Time, seg *wire.TCP, out *Out) {
	s := step{now: now, out: out, seg: seg}
	c.fire(&s, SegACKNoRoom)
	c.output(&s)
}

// Restore takes a connection in LISTEN to where the given SYN would have taken
// it, as one that has been answered already: a SYN cookie brought it back
// (RFC 4987 3.6). When the answer was sent nobody knows, so it is not timed.
func (c *Conn) Restore(now clock.Time, syn *wire.TCP, out *Out) {
	s := step{now: now, out: out, seg: syn}
	c.fire(&s, SegSYN)
	out.Segments = out.Segments[:0]
	c.timing = timing{}
}

// Highest is the end of what was ever sent: a later connection of the same
// endpoints must not begin before it.
func (c *Conn) Highest() wire.Seq { return c.snd.max }

// TSval is what a connection whose clock starts at an offset says the time is.
func TSval(now clock.Time, offset uint32) uint32 {
	c := Conn{ts: timestamps{offset: offset}}
	return c.tsval(now)
}
