package tcp

import (
	"simrun/clock"
	"simrun/wire"
)

// fastOpen is how far TCP Fast Open (RFC 7413) has come on a connection, and
// the cookie of its option.
type fastOpen struct {
	phase  fastPhase
	n      uint8 // octets of the cookie
	cookie [maxFastCookie]byte
}

const maxFastCookie = 16 // RFC 7413 4.1.1

type fastPhase uint8

const (
	fastNone    fastPhase = iota
	fastAsking            // our SYN brings the cookie with text, or asks for one without
	fastLearnt            // the SYN,ACK brought a cookie
	fastTaken             // from LISTEN: the cookie was good, so the user has the text at once
	fastRefused           // from LISTEN: no text before the handshake; the SYN,ACK gives the cookie, if there is one
)

// OpenFast is an active OPEN whose SYN brings a cookie that the peer gave
// before, with as much of the data as fits into it (RFC 7413 4.2.1); mss is the
// peer's of then. Without a cookie the SYN asks for one, and the data waits. It
// returns how many octets it queued.
func (c *Conn) OpenFast(now clock.Time, cookie []byte, mss int, data []byte, out *Out) (int, error) {
	if c.state != Closed {
		return 0, ErrExists
	}
	c.fast = fastOpen{phase: fastAsking, n: uint8(min(len(cookie), maxFastCookie))}
	copy(c.fast.cookie[:], cookie)
	var trial wire.TCP
	if c.addSYNOptions(&trial, now); !hasFastOpen(&trial) {
		c.fast = fastOpen{} // no room for it beside the other options
	}
	c.snd.mss = mss
	n := c.snd.enqueue(data, c.cfg.SendBuffer)
	return n, c.Open(now, out)
}

func hasFastOpen(seg *wire.TCP) bool {
	_, ok := seg.Options.FastOpen()
	return ok
}

// fastText is how much text our SYN carries: what leaves room for any options.
func (c *Conn) fastText() int {
	if c.state != SynSent || c.fast.phase != fastAsking || c.fast.n == 0 {
		return 0
	}
	return min(c.snd.queued(), max(0, min(c.snd.mss, c.cfg.mss(c.remote.Addr))-wire.MaxOptionsLen))
}

// TakeFast lets the SYN that comes next bring text which the user has before
// the handshake ends: its cookie is good (RFC 7413 4.2.2).
func (c *Conn) TakeFast() { c.fast.phase = fastTaken }

// RefuseFast makes the SYN that comes next open as any other. Its text must
// come again; the SYN,ACK gives the cookie, unless it is empty.
func (c *Conn) RefuseFast(cookie []byte) {
	c.fast = fastOpen{phase: fastRefused}
	c.fast.n = uint8(copy(c.fast.cookie[:], cookie))
}

// FastCookie is the cookie that the peer gave with its SYN,ACK.
func (c *Conn) FastCookie() []byte {
	if c.fast.phase != fastLearnt {
		return nil
	}
	return c.fast.cookie[:c.fast.n]
}

// addFastOpen writes the option where it belongs: on the first SYN that asks,
// and on the SYN,ACK that gives.
func (c *Conn) addFastOpen(seg *wire.TCP) {
	asks := c.fast.phase == fastAsking && c.state != SynReceived
	gives := c.fast.phase == fastRefused && c.state == SynReceived && c.fast.n > 0
	if asks || gives {
		seg.Options.AddNop(2 - int(c.fast.n)%4)
		seg.Options.AddFastOpen(c.fast.cookie[:c.fast.n])
	}
}

// takeFastText puts the text of a SYN where it belongs: before the user at
// once, away, or aside until ESTABLISHED (RFC 9293 3.10.7.2 third).
func (c *Conn) takeFastText(s *step, text []byte) {
	if len(text) == 0 || c.fast.phase == fastRefused {
		return
	}
	c.rcv.text.insert(0, text[:min(len(text), c.cfg.ReceiveBuffer)])
	if c.fast.phase == fastTaken {
		s.out.signal(Signal{Kind: FastOpened})
		c.moveOn(s)
	}
}

// answeredFast takes what a SYN,ACK says to our Fast Open: a cookie for the
// next time; and text that it does not acknowledge goes again at once, for that
// is no loss (RFC 7413 4.2.1).
func (c *Conn) answeredFast(s *step) {
	if c.fast.phase != fastAsking {
		return
	}
	c.fast.phase = fastNone
	if cookie, ok := s.seg.Options.FastOpen(); ok && len(cookie) > 0 {
		c.fast = fastOpen{phase: fastLearnt, n: uint8(len(cookie))}
		copy(c.fast.cookie[:], cookie)
		s.out.signal(Signal{Kind: FastCookie})
	}
	if c.snd.flight.len() > 0 {
		c.snd.flight.loseFront()
		s.out.signal(Signal{Kind: FastRefused})
	}
}

// fallBack makes the SYN that goes again an ordinary one: what lost it may be
// a middlebox that knows neither the option nor SYNs with text (RFC 7413
// 4.1.3.1). If it was only the answer that was lost, that may still acknowledge
// the text.
func (c *Conn) fallBack() {
	if c.state != SynSent || c.fast.phase != fastAsking {
		return
	}
	c.fast = fastOpen{}
	f := &c.snd.flight
	r := f.front()
	f.pipe -= r.weight()
	r.n = 0
	f.pipe += r.weight()
	c.snd.nxt = r.end()
}

// mayAnswer reports whether text may go before the handshake ends: the user
// has the peer's already (RFC 7413 4.2.2).
func (c *Conn) mayAnswer() bool { return c.state == SynReceived && c.fast.phase == fastTaken }

func (e *encoder) fastOpen(f *fastOpen) {
	e.byte(byte(f.phase))
	e.byte(f.n)
	e.b = append(e.b, f.cookie[:]...)
}
