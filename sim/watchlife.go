package sim

import (
	"bytes"
	"fmt"

	"simrun/clock"
	"simrun/fsm"
	"simrun/sim/socket"
	"simrun/tcp"
	"simrun/wire"
)

// What the watch checks of whole lives: what they take from whom, what their
// numbers are, and which states their two ends are in.

// octets is what one end has sent and the other not yet received.
type octets struct {
	buf  []byte
	head int
}

func (o *octets) len() int { return len(o.buf) - o.head }

// append adds p; it moves what is left to the front rather than grow.
func (o *octets) append(p []byte) {
	if len(o.buf)+len(p) > cap(o.buf) && o.head >= o.len() {
		o.buf, o.head = o.buf[:copy(o.buf, o.buf[o.head:])], 0
	}
	o.buf = append(o.buf, p...)
}

// release takes from the front what was received, and reports whether it was
// what stood there.
func (o *octets) release(p []byte) bool {
	n := min(len(p), o.len())
	same := bytes.Equal(o.buf[o.head:o.head+n], p)
	if o.head += n; o.head == len(o.buf) {
		o.buf, o.head = o.buf[:0], 0
	}
	return same
}

// skip passes over one octet, which nobody compares.
func (o *octets) skip() {
	if o.len() > 0 {
		o.release(o.buf[o.head : o.head+1])
	}
}

// conserves says what is wrong with I-2: every octet that RCV.NXT has passed
// was received once, or waits. Numbers are those of the sequence space, for
// streams that are longer.
func (l *life) conserves() string {
	passed := uint32(l.last.RcvNxt-l.last.IRS) - 1
	if l.last.FINTaken {
		passed--
	}
	if l.eof || l.state == tcp.Closed || uint32(l.delivered+l.last.Unread) == passed {
		return ""
	}
	return fmt.Sprintf("%d received, %d wait, %d came", l.delivered, l.last.Unread, passed)
}

// checkOrigin is I-16: what a step takes into the stream was sent by the life
// at the other end, and by none before it. A forged segment is nobody's; what
// it brings about says nothing of two ends.
func (c *watch) checkOrigin(h *host, l *life, s *socket.Step, fired events) {
	if c.seg == nil || !fired.has(tcp.SegText) && s.From == s.To {
		return
	}
	if c.from == 0 {
		l.torn = true
		return
	}
	takes := fired.has(tcp.SegText) && len(c.seg.Payload) > 0 || fired.has(tcp.SegFIN) && c.seg.Flags.Has(wire.FIN) && s.From != s.To
	if takes && l.peer != 0 && l.peer != c.from {
		p := &c.lives[c.from-1]
		c.violated("I-16", h, fmt.Sprintf("number %d is number %d of the incarnation that began at %v", c.seg.Seq-s.IRS, c.seg.Seq-p.iss, p.began))
	}
}

// isnTick is how long a number of the clock of initial numbers lasts (RFC 9293
// 3.4.1).
const isnTick = clock.Time(4000)

// checkNumbers is I-17, for an incarnation that follows another. Who sends
// more than 250,000 octets a second outruns the clock: TIME-WAIT alone protects
// its followers, whose numbers RFC 9293 3.6.1 then puts beyond. Numbers that
// are 2^31 apart cannot be compared, and are old.
func (c *watch) checkNumbers(h *host, old *life, s *socket.Step) {
	ticks := (c.w.now - old.began) / isnTick
	outran := clock.Time(old.last.SndMax.Sub(old.iss)) > ticks
	if s.ISS.Before(old.last.SndMax) && !outran && ticks < 1<<31 {
		c.violated("I-17", h, fmt.Sprintf("the new one begins %d numbers before the end of the old one", old.last.SndMax.Sub(s.ISS)))
	}
}

// pairs is the states that the two ends of a connection can be in at one
// instant, each pair one way around: as long as neither is reset, gives up,
// is deleted while it opens, or loses its memory.
var pairs = [...][2]tcp.State{
	// Opening. A CLOSE in SYN-RECEIVED leads to FIN-WAIT-1 at once.
	{tcp.SynSent, tcp.SynReceived}, {tcp.SynSent, tcp.FinWait1},
	{tcp.SynReceived, tcp.SynReceived}, {tcp.SynReceived, tcp.Established}, {tcp.SynReceived, tcp.FinWait1},
	{tcp.Established, tcp.Established},
	// Closing, without loss.
	{tcp.Established, tcp.FinWait1}, {tcp.CloseWait, tcp.FinWait1}, {tcp.CloseWait, tcp.FinWait2},
	{tcp.LastAck, tcp.FinWait1}, {tcp.LastAck, tcp.FinWait2}, {tcp.LastAck, tcp.TimeWait},
	{tcp.FinWait1, tcp.FinWait1}, {tcp.FinWait1, tcp.Closing}, {tcp.FinWait2, tcp.Closing},
	{tcp.Closing, tcp.Closing}, {tcp.Closing, tcp.TimeWait}, {tcp.TimeWait, tcp.TimeWait},
	{tcp.Closed, tcp.TimeWait}, {tcp.Closed, tcp.Closed},
	// With loss: 2MSL ends while the peer still waits for an ACK.
	{tcp.Closed, tcp.Closing}, {tcp.Closed, tcp.LastAck},
}

// reachable is pairs, both ways around.
var reachable = func() (of [tcp.TimeWait + 1]fsm.States) {
	for _, p := range pairs {
		of[p[0]] |= fsm.In(p[1])
		of[p[1]] |= fsm.In(p[0])
	}
	return of
}()

// checkPair is I-18, after a change of state. Two lives are a pair when each
// knows no better peer: an old duplicate SYN makes a half-open end that is
// nobody's. A life that was torn, or is torn now, says nothing.
func (c *watch) checkPair(h *host, l *life) {
	if l.peer == 0 && l.state != tcp.SynSent {
		c.join(l)
	}
	if l.peer == 0 || l.torn {
		return
	}
	p := &c.lives[l.peer-1]
	if p.torn || p.peer == 0 || &c.lives[p.peer-1] != l || fsm.Has(reachable[l.stands()], p.stands()) {
		return
	}
	c.violated("I-18", h, fmt.Sprintf("%v, and %v at the other end", l.state, p.state))
}

// stands is the state for pairs. A FIN that goes as a window probe is not in
// flight, and leaves its sender in CLOSE-WAIT until it is acknowledged; the
// peer that has taken it is where LAST-ACK would have it.
func (l *life) stands() tcp.State {
	if l.state == tcp.CloseWait && l.sentFIN {
		return tcp.LastAck
	}
	return l.state
}

func sendsFIN(s *socket.Step) bool {
	for i := range s.Out.Segments {
		if s.Out.Segments[i].Flags.Has(wire.FIN) {
			return true
		}
	}
	return false
}

// join finds the other end of a life that has just learnt its number.
func (c *watch) join(l *life) {
	p := c.peer(l)
	if p == nil {
		return
	}
	for i := range c.lives {
		switch &c.lives[i] {
		case p:
			l.peer = i + 1
		case l:
			if p.peer == 0 || p.state == tcp.SynSent && c.lives[p.peer-1].torn {
				p.peer = i + 1
			}
		}
	}
}

// rebooted follows a host that forgets its connections.
func (c *watch) rebooted(h *host) {
	if c == nil {
		return
	}
	for i := range c.lives {
		if l := &c.lives[i]; l.host == h.index && l.state != tcp.Closed {
			l.state, l.torn = tcp.Closed, true
		}
	}
}
