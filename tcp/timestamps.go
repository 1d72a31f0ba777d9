package tcp

import (
	"time"

	"simrun/clock"
	"simrun/internal/serial"
	"simrun/wire"
)

// timestamps is the state of RFC 7323: TS.Recent and when it was learnt.
type timestamps struct {
	offset  uint32 // of our clock, so that no two connections tell one clock
	recent  uint32 // TS.Recent
	at      clock.Time
	first   uint32 // the peer's first TSval, which its later ones count from
	firstAt clock.Time
	lastACK wire.Seq // Last.ACK.sent
}

// tsTick is how long a timestamp counts: RFC 7323 5.4 allows 1 ms to 1 s.
const tsTick = time.Millisecond

// tsIdle is how long TS.Recent is valid on an idle connection (RFC 7323 5.5).
const tsIdle = 24 * 24 * time.Hour

// tsval is our timestamp clock.
func (c *Conn) tsval(now clock.Time) uint32 {
	return c.ts.offset + uint32(now/clock.Time(tsTick))
}

// checkPAWS protects against wrapped sequence numbers (RFC 7323 5.3 R1): a
// segment older than TS.Recent is an old duplicate whatever its number. It
// also drops segments without the option, once both ends agreed on it (3.2).
func (c *Conn) checkPAWS(s *step) bool {
	if !c.opt.timestamps || s.seg.Flags.Has(wire.RST) {
		return true
	}
	val, _, ok := s.seg.Options.Timestamps()
	switch {
	case !ok:
		c.fire(s, SegNoTimestamp)
		return false
	case serial.Before(val, c.ts.recent) && s.now.Sub(c.ts.at) < tsIdle:
		c.fire(s, SegOldTimestamp)
		return false
	}
	return true
}

// takeTimestamp updates TS.Recent from a segment that covers the last ACK we
// sent (RFC 7323 4.3, 5.3 R3): delayed ACKs and holes then echo the oldest.
func (c *Conn) takeTimestamp(s *step) {
	if !c.opt.timestamps {
		return
	}
	val, _, ok := s.seg.Options.Timestamps()
	if ok && !serial.Before(val, c.ts.recent) && s.seg.Seq.AtOrBefore(c.ts.lastACK) {
		c.ts.recent, c.ts.at = val, s.now
	}
}

// echoed is the round trip that a segment's TSecr measures. It serves where
// Karn's rule forbids to time a segment (RFC 7323 4.1).
func (c *Conn) echoed(s *step) (time.Duration, bool) {
	if !c.opt.timestamps {
		return 0, false
	}
	_, ecr, ok := s.seg.Options.Timestamps()
	ticks := c.tsval(s.now) - ecr
	if !ok || ecr == 0 || ticks > uint32(time.Hour/tsTick) {
		return 0, false
	}
	return time.Duration(ticks) * tsTick, true
}
