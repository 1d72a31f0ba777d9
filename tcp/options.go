package tcp

import (
	"simrun/clock"
	"simrun/wire"
)

// options is what the two SYNs agreed on (RFC 7323, RFC 2018).
type options struct {
	scale, timestamps, sack bool
	sndShift, rcvShift      uint8
}

// maxShift is the largest window scale (RFC 7323 2.3).
const maxShift = 14

// shift is the window scale that our receive buffer needs.
func (cfg *Config) shift() (shift uint8) {
	for shift < maxShift && cfg.ReceiveBuffer>>shift > 65535 {
		shift++
	}
	return max(shift, cfg.LeastShift)
}

// addSYNOptions writes the options of a SYN. A SYN,ACK has only those that the
// SYN had; MSS stands on no other segment (MUST-65).
func (c *Conn) addSYNOptions(seg *wire.TCP, now clock.Time) {
	answer := c.state == SynReceived
	o := &seg.Options
	o.AddMSS(uint16(min(c.cfg.mss(c.remote.Addr), 65535)))
	offer := synOptions{
		scale: c.cfg.WindowScale && (!answer || c.opt.scale),
		sack:  c.cfg.SACK && (!answer || c.opt.sack),
		stamp: c.cfg.Timestamps && (!answer || c.opt.timestamps),
		shift: c.cfg.shift(), val: c.tsval(now), ecr: c.ts.recent,
	}
	offer.write(o, c.cfg.OptionOrder)
	if c.cfg.UTO != 0 {
		c.addUTO(seg)
	}
	c.addFastOpen(seg)
}

// addOptions writes the options of any other segment: the timestamps, and what
// has arrived beyond a hole as far as the text leaves room.
func (c *Conn) addOptions(seg *wire.TCP, now clock.Time) {
	if c.opt.timestamps {
		seg.Options.AddNop(2)
		seg.Options.AddTimestamps(c.tsval(now), c.ts.recent)
	}
	if c.utoLen() > 0 {
		c.addUTO(seg)
	}
	if c.opt.sack && !seg.Flags.Has(wire.RST) {
		c.addSACK(seg)
	}
}

// optionsLen is what addOptions will write now, padded.
func (c *Conn) optionsLen() int {
	n := c.timestampLen() + c.utoLen()
	if blocks := c.rcv.sackBlocks(n, wire.MaxOptionsLen); c.opt.sack && blocks > 0 {
		n += 4 + 8*blocks
	}
	return n
}

// optionsRoom is how many octets of options may stand beside n octets of text:
// text that is sent again was cut for the options of its time (MUST-16).
func (c *Conn) optionsRoom(n int) int {
	if n == 0 {
		return wire.MaxOptionsLen
	}
	return max(c.snd.mss, c.path.size) - n
}

// timestampLen is what the timestamps take of every segment.
func (c *Conn) timestampLen() int {
	if c.opt.timestamps {
		return 12
	}
	return 0
}

// fullText is the text of a full-sized segment now: the peer's MSS less our
// options (MUST-16).
func (c *Conn) fullText() int { return max(1, c.snd.mss-c.optionsLen()) }

// takeSYNOptions learns the peer's options. The text of a full-sized segment
// is what the peer takes, and no more than our own path can carry (MUST-16).
func (c *Conn) takeSYNOptions(s *step) {
	seg := s.seg
	mss := defaultMSS(c.remote.Addr)
	if announced, ok := seg.Options.MSS(); ok {
		mss = max(int(announced), c.cfg.LeastMSS)
	}
	c.snd.mss = max(1, min(mss, c.cfg.mss(c.remote.Addr)))
	c.path = pathMTU{most: c.snd.mss, high: c.snd.mss}
	shift, ok := seg.Options.WindowScale()
	if c.opt.scale = ok && c.cfg.WindowScale; c.opt.scale {
		c.opt.sndShift, c.opt.rcvShift = min(shift, maxShift), c.cfg.shift()
	}
	c.takeUTO(s)
	c.opt.sack = seg.Options.SACKPermitted() && c.cfg.SACK
	val, _, ok := seg.Options.Timestamps()
	if c.opt.timestamps = ok && c.cfg.Timestamps; c.opt.timestamps {
		c.ts.recent, c.ts.at, c.ts.first, c.ts.firstAt = val, s.now, val, s.now
	}
}
