package tcp

import (
	"time"

	"simrun/wire"
)

// peerTimeout is the user timeout option of RFC 5482: each end says how long
// it would wait, and both wait for the longer.
type peerTimeout struct {
	remote time.Duration // REMOTE_UTO; 0: the peer has not said
	told   time.Duration // what we have advertised of ADV_UTO
}

// userTimeout is how long octets may stay unacknowledged; 0: R2 decides. What
// the user has set counts (CHANGEABLE is false then); else the longer of both
// ends' wishes, not below R2 and not above what we put up with (RFC 5482 3.1).
// A SYN has R2 of its own.
func (c *Conn) userTimeout() time.Duration {
	if c.cfg.UserTimeout != 0 || c.cfg.UTO == 0 || !c.state.in(sending) {
		return c.cfg.UserTimeout
	}
	return min(c.cfg.UTOLimit, max(c.cfg.UTO, c.uto.remote, c.cfg.R2))
}

// takeUTO learns the peer's wish. One of zero means nothing (RFC 5482 3).
func (c *Conn) takeUTO(s *step) {
	minutes, value, ok := s.seg.Options.UserTimeout()
	if !ok || value == 0 || c.cfg.UTO == 0 {
		return
	}
	unit := time.Second
	if minutes {
		unit = time.Minute
	}
	before := c.userTimeout()
	c.uto.remote = time.Duration(value) * unit
	if after := c.userTimeout(); after != before {
		s.out.signal(Signal{Kind: UserTimeoutChanged, Value: after})
	}
}

// utoLen is what the option takes of the next segment: it is sent when its
// value has changed, and with every SYN.
func (c *Conn) utoLen() int {
	if c.cfg.UTO == c.uto.told || c.cfg.UTO == 0 {
		return 0
	}
	return 4
}

// addUTO writes the option, in seconds or, beyond what 15 bits can say, in
// minutes.
func (c *Conn) addUTO(seg *wire.TCP) {
	if seg.Options.Len()+4 > c.optionsRoom(len(seg.Payload)) {
		return
	}
	c.uto.told = c.cfg.UTO
	if n := c.cfg.UTO / time.Second; n < 1<<15 {
		seg.Options.AddUserTimeout(false, uint16(n))
		return
	}
	seg.Options.AddUserTimeout(true, uint16(min(c.cfg.UTO/time.Minute, 1<<15-1)))
}
