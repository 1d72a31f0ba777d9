package sim

import (
	"bytes"
	"fmt"
	"slices"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/tcp"
	"simrun/wire"
)

// watch follows the lives of all connections from outside, and checks the
// invariants that one end alone cannot: it compares what one program sent with
// what the other received, and what a segment was with what answered it.
type watch struct {
	w     *World
	lives []life
	seg   *wire.TCP // the segment that the present step takes; nil for others

	assocs []assocLife
	pkt    *wire.SCTP // the packet of SCTP that the present step takes
}

// life is one incarnation of one end of a connection.
type life struct {
	host          int
	local, remote wire.Endpoint
	iss, irs      wire.Seq
	state         tcp.State
	sent          []byte // what SEND took
	finished      bool   // CLOSE was called: nothing can follow
	delivered     int    // how much of the peer's stream RECEIVE gave
	eof           bool
	deaf          bool       // the program will read no more: end of file may be its own
	lastFIN       clock.Time // when the peer's FIN arrived last
}

// Watch turns the whole-structure invariants on or off; they are on in a new
// world. A benchmark turns them off, and says so.
func (w *World) Watch(on bool) {
	w.watch = nil
	if on {
		w.watch = &watch{w: w}
	}
	for _, h := range w.hosts {
		h.stack.Watch(on)
	}
}

// Tolerate lets the run go on when these invariants do not hold, because the
// scenario is there to show it; they are noted all the same.
func (w *World) Tolerate(ids ...string) { w.tolerated = append(w.tolerated, ids...) }

// reset is a watch that has seen nothing.
func (c *watch) reset() *watch {
	if c == nil {
		return nil
	}
	return &watch{w: c.w}
}

func (c *watch) clone(w *World) *watch {
	if c == nil {
		return nil
	}
	d := &watch{w: w, lives: slices.Clone(c.lives)}
	for i := range d.lives {
		d.lives[i].sent = slices.Clip(d.lives[i].sent)
	}
	d.assocs = cloneAssocs(c.assocs)
	return d
}

// taking says which segment the step that follows takes.
func (c *watch) taking(p *wire.Packet) {
	if c == nil {
		return
	}
	c.seg, c.pkt = nil, nil
	switch {
	case p == nil:
	case p.Proto == wire.ProtoTCP:
		c.seg = &p.TCP
	case p.Proto == wire.ProtoSCTP:
		c.pkt = &p.SCTP
	}
}

// latest is the present incarnation of an end; nil if there never was one.
func (c *watch) latest(host int, local, remote wire.Endpoint) *life {
	for i := len(c.lives) - 1; i >= 0; i-- {
		if l := &c.lives[i]; l.host == host && l.local == local && l.remote == remote {
			return l
		}
	}
	return nil
}

// peer is the other end of an incarnation: the latest whose initial number is
// the one that this end learnt.
func (c *watch) peer(l *life) *life {
	for i := len(c.lives) - 1; i >= 0; i-- {
		if p := &c.lives[i]; p != l && p.local == l.remote && p.remote == l.local && p.iss == l.irs {
			return p
		}
	}
	return nil
}

// stepped follows a step of a connection.
func (c *watch) stepped(h *host, s *socket.Step) {
	if c == nil {
		return
	}
	c.checkReplies(h, s)
	if s.Conn == socket.None {
		return
	}
	l := c.latest(h.index, s.Local, s.Remote)
	over := s.To == tcp.Closed || s.To == tcp.Listen
	if l == nil || l.state == tcp.Closed || l.iss != s.ISS {
		if over {
			return // it was over before, or never began: a stray segment met a listener
		}
		c.lives = append(c.lives, life{host: h.index, local: s.Local, remote: s.Remote, iss: s.ISS})
		l = &c.lives[len(c.lives)-1]
	}
	l.irs = s.IRS
	if c.seg != nil && c.seg.Flags.Has(wire.FIN) {
		l.lastFIN = c.w.now
	}
	if l.state == tcp.TimeWait && s.To == tcp.Closed && c.expired(s) {
		if stay := c.w.now.Sub(l.lastFIN); stay < h.stack.Config().TCP.TimeWait {
			c.violated("I-15", h, fmt.Sprintf("left %v after the last FIN", stay))
		}
	}
	if l.state = s.To; over {
		l.state = tcp.Closed
	}
}

// expired reports whether the step was the expiry of 2MSL.
func (c *watch) expired(s *socket.Step) bool {
	return slices.ContainsFunc(s.Out.Signals, func(sig tcp.Signal) bool {
		return sig.Kind == tcp.TimerExpired && sig.Timer == tcp.TimerTimeWait
	})
}

// checkReplies compares what a step sent with what it was an answer to.
func (c *watch) checkReplies(h *host, s *socket.Step) {
	acks := 0
	for i := range s.Out.Segments {
		seg := &s.Out.Segments[i]
		if seg.Flags.Has(wire.RST) {
			if c.seg != nil && c.seg.Flags.Has(wire.RST) {
				c.violated("I-11", h, "RST sent")
			}
			if wrong := c.wrongReset(&seg.TCP, s); wrong != "" {
				c.violated("I-12", h, wrong)
			}
		}
		if seg.Flags == wire.ACK && len(seg.Payload) == 0 {
			acks++
		}
	}
	if acks > 1 {
		c.violated("I-22", h, fmt.Sprintf("%d ACKs in one step", acks))
	}
	idle := c.seg != nil && c.seg.Len() == 0 && c.seg.Seq == s.RcvNxtBefore
	if s.From == tcp.TimeWait && s.To == tcp.TimeWait && acks > 0 && idle {
		c.violated("I-22", h, "TIME-WAIT answers an ACK")
	}
}

// wrongReset says what is wrong with a RST (RFC 9293 3.5.2, 3.10.5): in answer
// to a segment with ACK its number is that ACK's; without one it is 0 and
// acknowledges the segment; an aborted connection's is SND.NXT.
func (c *watch) wrongReset(rst *wire.TCP, s *socket.Step) string {
	if s.From != tcp.Closed && s.To == tcp.Closed || c.seg == nil {
		return "" // an abort: the connection's own invariants know SND.NXT
	}
	switch {
	case c.seg.Flags.Has(wire.ACK) && rst.Seq != c.seg.Ack:
		return fmt.Sprintf("RST at %d in answer to ACK %d", rst.Seq, c.seg.Ack)
	case !c.seg.Flags.Has(wire.ACK) && (rst.Seq != 0 || !rst.Flags.Has(wire.ACK) || rst.Ack != c.seg.End()):
		return fmt.Sprintf("RST at %d acknowledging %d in answer to a segment that ends at %d", rst.Seq, rst.Ack, c.seg.End())
	}
	return ""
}

// sent follows octets that SEND took.
func (c *watch) sent(h *host, local, remote wire.Endpoint, data []byte) {
	if c == nil {
		return
	}
	if l := c.latest(h.index, local, remote); l != nil {
		l.sent = append(l.sent, data...)
	}
}

// finished follows a CLOSE.
func (c *watch) finished(h *host, local, remote wire.Endpoint) {
	if c == nil {
		return
	}
	if l := c.latest(h.index, local, remote); l != nil {
		l.finished = true
	}
}

// deaf follows a program that will read no more: an end of file that it gets
// is its own, and on some systems text may follow it.
func (c *watch) deaf(h *host, local, remote wire.Endpoint) {
	if c == nil {
		return
	}
	if l := c.latest(h.index, local, remote); l != nil {
		l.deaf = true
	}
}

// received compares octets that RECEIVE gave with those that the other end
// sent in this incarnation.
func (c *watch) received(h *host, local, remote wire.Endpoint, data []byte) {
	if c == nil {
		return
	}
	l := c.latest(h.index, local, remote)
	if l == nil {
		return
	}
	p := c.peer(l)
	if p == nil {
		return // the other end was forged
	}
	if end := l.delivered + len(data); end > len(p.sent) || !bytes.Equal(p.sent[l.delivered:end], data) {
		c.violated("I-1", h, fmt.Sprintf("octets %d to %d are not those that were sent", l.delivered, end))
	}
	l.delivered += len(data)
	if l.eof {
		c.violated("I-4", h, "text after end of file")
	}
}

// passed notes that a receive passes over the out-of-band octet.
func (c *watch) passed(h *host, local, remote wire.Endpoint) {
	if c == nil {
		return
	}
	if l := c.latest(h.index, local, remote); l != nil {
		l.delivered++
	}
}

// ended compares an end of file with what the other end sent.
func (c *watch) ended(h *host, local, remote wire.Endpoint) {
	if c == nil {
		return
	}
	l := c.latest(h.index, local, remote)
	if l == nil || l.eof || l.deaf || l.state == tcp.Closed {
		return
	}
	l.eof = true
	if p := c.peer(l); p != nil && (l.delivered != len(p.sent) || !p.finished) {
		c.violated("I-3", h, fmt.Sprintf("end of file after %d octets of %d", l.delivered, len(p.sent)))
	}
}

func (c *watch) violated(id string, h *host, text string) {
	for i := range worldInvariants {
		if worldInvariants[i].ID == id {
			text = worldInvariants[i].Text + ": " + text
		}
	}
	c.w.violate(h, id, text)
}

// violate records an invariant that did not hold at a host.
func (w *World) violate(h *host, id, text string) {
	w.rec.note(h, "violates "+id)
	w.broken = append(w.broken, Violation{
		ID: id, Text: text, Host: h.spec.Name, At: w.now, Tolerated: slices.Contains(w.tolerated, id),
	})
}
