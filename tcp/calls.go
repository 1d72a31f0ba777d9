package tcp

import (
	"errors"

	"simrun/clock"
	"simrun/wire"
)

// What a user call is refused with, in the words of RFC 9293 3.9.1 and 3.10.
var (
	ErrNotOpen = errors.New("connection does not exist")
	ErrExists  = errors.New("connection already exists")
	ErrClosing = errors.New("connection closing")
	// EOF: all text was delivered, and the peer's FIN follows it.
	EOF = errors.New("end of file")
)

// Open is OPEN, active: it sends a SYN (RFC 9293 3.10.1).
func (c *Conn) Open(now clock.Time, out *Out) error {
	return c.open(&step{now: now, out: out}, CallOpen, active)
}

// Listen is OPEN, passive: the connection waits for a SYN.
func (c *Conn) Listen(now clock.Time, out *Out) error {
	return c.open(&step{now: now, out: out}, CallListen, passive)
}

// open notes how the connection was opened, unless the call is refused.
func (c *Conn) open(s *step, e Event, o origin) error {
	err := c.call(s, e)
	if err == nil {
		c.origin = o
	}
	return err
}

// Send is SEND: it queues what there is room for, sends what the window
// allows, and returns how many octets it queued (RFC 9293 3.10.2).
func (c *Conn) Send(now clock.Time, data []byte, out *Out) (int, error) {
	return c.SendWith(now, data, 0, out)
}

// SendWith is SEND with flags.
func (c *Conn) SendWith(now clock.Time, data []byte, flags SendFlags, out *Out) (int, error) {
	s := step{now: now, out: out, data: data, flags: flags}
	err := c.call(&s, CallSend)
	return s.n, err
}

// Receive is RECEIVE: it puts text that came in order into p and returns how
// many octets; none without an error means that none has come. The error is
// EOF once all text before the peer's FIN was delivered (RFC 9293 3.10.3).
func (c *Conn) Receive(now clock.Time, p []byte, out *Out) (int, error) {
	s := step{now: now, out: out, data: p}
	err := c.call(&s, CallReceive)
	return s.n, err
}

// Peek reads like Receive and leaves the text where it is.
func (c *Conn) Peek(p []byte) int { return c.rcv.text.peek(p) }

// Unread is how many octets in order wait for the user.
func (c *Conn) Unread() int { return c.rcv.text.unread() }

// FINTaken reports whether the peer's FIN has come, in order.
func (c *Conn) FINTaken() bool { return c.rcv.finTaken }

// AtEOF reports whether the peer's FIN has come and all text was delivered.
func (c *Conn) AtEOF() bool { return c.rcv.finTaken && c.Unread() == 0 }

// SendSpace is how many octets Send would queue now.
func (c *Conn) SendSpace() int { return max(0, c.cfg.SendBuffer-c.snd.queued()) }

// Close is CLOSE: the user has no more to send, and may still RECEIVE
// (RFC 9293 3.10.4). This is what shutdown(SHUT_WR) does.
func (c *Conn) Close(now clock.Time, out *Out) error {
	return c.call(&step{now: now, out: out}, CallClose)
}

// Abandon says that the user will RECEIVE no more. Text that is unread, or
// that arrives later, is lost, and a RST tells the peer (RFC 9293 3.6.1,
// SHLD-3). With Close it is what close() of the last descriptor does.
func (c *Conn) Abandon(now clock.Time, out *Out) {
	c.abandoned = true
	s := step{now: now, out: out}
	if c.rcv.text.unread() > 0 && (c.state.in(synchronized) || c.mayAnswer()) {
		c.fire(&s, UnreadAtClose)
	}
	c.rcv.text.discard()
	if c.state == FinWait2 {
		c.startFinWait2(now)
	}
	c.output(&s)
}

// Abort is ABORT: all queues are flushed and the peer gets a RST
// (RFC 9293 3.10.5).
func (c *Conn) Abort(now clock.Time, out *Out) error {
	return c.call(&step{now: now, out: out}, CallAbort)
}

func (c *Conn) call(s *step, e Event) error {
	c.fire(s, e)
	c.output(s)
	return s.err
}

// Unreachable takes an ICMP error about a segment of this connection
// (RFC 9293 3.9.2.2).
func (c *Conn) Unreachable(now clock.Time, e *wire.ICMP, out *Out) {
	s := step{now: now, out: out, icmp: e.Kind}
	// A quoted number that is not in flight proves nothing (RFC 5927 4.1).
	if !c.cfg.TrustICMP && (e.Quote.Seq.Before(c.snd.una) || !e.Quote.Seq.Before(c.snd.max)) {
		return
	}
	switch e.Kind {
	case wire.SourceQuench, wire.ICMPOther: // MUST-55: silently discarded
	case wire.ProtocolUnreachable, wire.PortUnreachable, wire.AdminProhibited:
		c.fire(&s, ICMPHard)
	case wire.PacketTooBig:
		c.lowerMSS(&s, e.MTU)
	default:
		c.fire(&s, ICMPSoft)
	}
	c.output(&s)
}

// Set gives the connection another configuration, and does at once what that
// allows: without Nagle's algorithm, text that waited is sent.
//
// NoDelay pushes once what a cork holds back, as Linux does.
func (c *Conn) Set(now clock.Time, cfg *Config, out *Out) {
	s := step{now: now, out: out}
	push := cfg.NoDelay && !c.cfg.NoDelay && c.corked() && c.state.in(sending)
	c.cfg = cfg
	s.ack = c.utoLen() > 0 && c.state.in(synchronized)
	if push {
		c.sendHeld(&s)
	}
	if c.armed(TimerKeepalive) && c.alive.probes == 0 {
		c.arm(TimerKeepalive, c.alive.heard.Add(cfg.KeepIdle))
	}
	c.output(&s)
}

// MSS is how many octets of text a full-sized segment to the peer carries.
func (c *Conn) MSS() int { return c.snd.mss }
