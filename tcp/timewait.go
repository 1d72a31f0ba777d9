package tcp

import (
	"simrun/clock"
	"simrun/internal/serial"
	"simrun/wire"
)

// startTimeWait starts the 2MSL timer, or restarts it when the peer's FIN
// comes again (RFC 9293 3.6.1, MUST-13). With a TIME-WAIT of zero the state is
// left in the step that enters it.
func (c *Conn) startTimeWait(s *step) {
	if c.cfg.TimeWait == 0 {
		if s.ack || c.armed(TimerDelayedACK) {
			c.emitACK(s, c.snd.nxt) // the peer's FIN is acknowledged all the same
		}
		c.fire(s, TimeoutTimeWait)
		return
	}
	if c.armed(TimerTimeWait) {
		s.out.signal(Signal{Kind: TimeWaitRestarted, Timer: TimerTimeWait, Next: c.cfg.TimeWait})
	}
	c.arm(TimerTimeWait, s.now.Add(c.cfg.TimeWait))
}

// startFinWait2 bounds FIN-WAIT-2, which RFC 9293 does not: a peer that never
// closes would hold it for ever. The bound is for connections that no user
// has a descriptor for any more.
func (c *Conn) startFinWait2(now clock.Time) {
	if c.abandoned && c.cfg.FinWait2 > 0 && !c.armed(TimerFinWait2) {
		c.arm(TimerFinWait2, now.Add(c.cfg.FinWait2))
	}
}

// Reopens reports whether a SYN that meets TIME-WAIT can only be of a new
// incarnation: its number lies beyond all of the old one's, or its timestamp
// is later (MAY-2, SHLD-4, RFC 6191 2).
func (c *Conn) Reopens(seg *wire.TCP) bool {
	if c.state != TimeWait || seg.Flags&(wire.SYN|wire.ACK|wire.RST) != wire.SYN {
		return false
	}
	if val, _, ok := seg.Options.Timestamps(); ok && c.opt.timestamps && val != c.ts.recent {
		return serial.Before(c.ts.recent, val)
	}
	return c.rcv.nxt.Before(seg.Seq)
}

// Reopen ends TIME-WAIT for a SYN that Reopens. The next incarnation must begin
// beyond Highest.
func (c *Conn) Reopen(now clock.Time, seg *wire.TCP, out *Out) {
	c.fire(&step{now: now, out: out, seg: seg}, SegSYNNew)
}
